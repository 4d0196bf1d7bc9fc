// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of names and patterns
 *
 * Names and patterns are spelled level by level from the root. A topic hangs
 * at the node of its name, a subscription at that of its name or pattern, and
 * a wildcard is a level like any other, apart from the literal ones:
 *
 *	root -+- sensors -+- kitchen		topic sensors/kitchen
 *	      |           +- +  --- door	pattern sensors/+/door
 *	      |           +- #			pattern sensors/#
 *	      +- #				pattern #
 *
 * So the patterns that match a name are found on the ways that the name's
 * levels take, with a branch at each '+'; and the topics that match a pattern
 * by following the pattern. Neither looks at what does not match. Both go
 * without recursion: a name may have 128 levels.
 *
 * Matching is MQTT 5, section 4.7: '+' is one level; '#' is any number of
 * levels, none included; neither stands for a first level that begins with
 * '$'.
 *
 * Not here: locks. The caller serialises.
 */
#include "tree.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

static bool is_wildcard(const char *text, size_t len)
{
	return len == 1 && (*text == '+' || *text == '#');
}

static struct kbus_node *node_new(const char *text, size_t len)
{
	struct kbus_node *node;

	node = kzalloc(struct_size(node, text, len), GFP_KERNEL_ACCOUNT);
	if (!node)
		return NULL;
	node->children = RB_ROOT;
	INIT_LIST_HEAD(&node->subscriptions);
	node->len = len;
	memcpy(node->text, text, len);
	return node;
}

/**
 * kbus_tree_init() - make an empty tree
 * @tree: the tree
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM.
 */
int kbus_tree_init(struct kbus_tree *tree)
{
	tree->root = node_new("", 0);
	return tree->root ? 0 : -ENOMEM;
}

/**
 * kbus_tree_exit() - free a tree that has neither topics nor subscriptions
 * @tree: the tree
 */
void kbus_tree_exit(struct kbus_tree *tree)
{
	kfree(tree->root);
}

static struct kbus_node *node_of(struct rb_node *by_text)
{
	return rb_entry(by_text, struct kbus_node, by_text);
}

static int compare(const char *text, size_t len, const struct kbus_node *node)
{
	int order = memcmp(text, node->text, min_t(size_t, len, node->len));

	return order ? order : (int)len - node->len;
}

/* Where a literal child is, or would be linked below *@parent. */
static struct rb_node **child_link(struct kbus_node *node, const char *text,
				   size_t len, struct rb_node **parent)
{
	struct rb_node **link = &node->children.rb_node;
	int order;

	*parent = NULL;
	while (*link) {
		order = compare(text, len, node_of(*link));
		if (!order)
			break;
		*parent = *link;
		link = order < 0 ? &(*link)->rb_left : &(*link)->rb_right;
	}
	return link;
}

static struct kbus_node *literal_child(struct kbus_node *node,
				       const char *text, size_t len)
{
	struct rb_node *parent;
	struct rb_node **link = child_link(node, text, len, &parent);

	return *link ? node_of(*link) : NULL;
}

static struct kbus_node **wildcard_child(struct kbus_node *node, char wildcard)
{
	return wildcard == '+' ? &node->any : &node->rest;
}

static struct kbus_node *child_find(struct kbus_node *node, const char *text,
				    size_t len)
{
	if (is_wildcard(text, len))
		return *wildcard_child(node, *text);
	return literal_child(node, text, len);
}

static struct kbus_node *child_new(struct kbus_node *node, const char *text,
				   size_t len)
{
	struct kbus_node *child = node_new(text, len);
	struct rb_node **link, *parent;

	if (!child)
		return NULL;
	child->parent = node;
	if (is_wildcard(text, len)) {
		*wildcard_child(node, *text) = child;
		return child;
	}
	link = child_link(node, text, len, &parent);
	rb_link_node(&child->by_text, parent, link);
	rb_insert_color(&child->by_text, &node->children);
	return child;
}

/**
 * kbus_node_find() - find a name or pattern
 * @tree: the tree
 * @text: it, well-formed, not necessarily terminated
 * @len: its length
 *
 * Return: its node, or NULL if nobody uses it.
 */
struct kbus_node *kbus_node_find(const struct kbus_tree *tree,
				 const char *text, size_t len)
{
	struct kbus_node *node = tree->root;
	struct kbus_levels levels;
	unsigned int i;

	kbus_levels_cut(&levels, text, len);
	for (i = 0; node && i < levels.count; i++)
		node = child_find(node, kbus_level(&levels, i),
				  kbus_level_len(&levels, i));
	return node;
}

/**
 * kbus_node_get() - find a name or pattern, or enter it
 * @tree: the tree
 * @text: it, well-formed, not necessarily terminated
 * @len: its length
 *
 * Context: process, may sleep.
 * Return: its node, to be given to kbus_node_put() when it has, or has got,
 * neither topic nor subscription; or NULL if memory is short.
 */
struct kbus_node *kbus_node_get(struct kbus_tree *tree, const char *text,
				size_t len)
{
	struct kbus_node *node = tree->root;
	struct kbus_levels levels;
	struct kbus_node *child;
	const char *level;
	unsigned int i;

	kbus_levels_cut(&levels, text, len);
	for (i = 0; i < levels.count; i++) {
		level = kbus_level(&levels, i);
		child = child_find(node, level, kbus_level_len(&levels, i));
		if (!child)
			child = child_new(node, level,
					  kbus_level_len(&levels, i));
		if (!child) {
			kbus_node_put(node);
			return NULL;
		}
		node = child;
	}
	return node;
}

static bool is_needed(const struct kbus_node *node)
{
	return !node->parent || node->topic || node->any || node->rest ||
	       !list_empty(&node->subscriptions) ||
	       !RB_EMPTY_ROOT(&node->children);
}

/**
 * kbus_node_put() - forget a node, and what led there, unless needed
 * @node: the node
 */
void kbus_node_put(struct kbus_node *node)
{
	struct kbus_node *parent;

	for (; !is_needed(node); node = parent) {
		parent = node->parent;
		if (is_wildcard(node->text, node->len))
			*wildcard_child(parent, *node->text) = NULL;
		else
			rb_erase(&node->by_text, &parent->children);
		kfree(node);
	}
}

static void walk_begin(struct kbus_walk *walk, const struct kbus_tree *tree,
		       const char *text, size_t len)
{
	kbus_levels_cut(&walk->levels, text, len);
	walk->rest = walk->levels.count;
	walk->node = tree->root;
	walk->depth = 0;
	walk->stage = 0;
}

static void walk_down(struct kbus_walk *walk, struct kbus_node *child)
{
	walk->node = child;
	walk->depth++;
	walk->stage = 0;
}

static void walk_up(struct kbus_walk *walk)
{
	walk->node = walk->node->parent;
	walk->depth--;
}

/* Stages of the walk to patterns, at each node. */
enum {
	AT_REST,	/* its '#' */
	AT_SELF,	/* itself, where the name ends */
	AT_LITERAL,	/* what begins with the name's next level */
	AT_ANY,		/* what begins with '+' */
	AT_END,
};

/**
 * kbus_walk_patterns() - begin to look for what matches a name
 * @walk: the walk
 * @tree: the tree, not to be changed until the end of the walk
 * @name: a topic's name, well-formed, not necessarily terminated
 * @len: its length
 */
void kbus_walk_patterns(struct kbus_walk *walk, const struct kbus_tree *tree,
			const char *name, size_t len)
{
	walk_begin(walk, tree, name, len);
}

/* Whether a wildcard may stand for the level that comes next. */
static bool wildcard_may(const struct kbus_walk *walk)
{
	return walk->depth || walk->levels.text[0] != '$';
}

/**
 * kbus_walk_next_pattern() - go on to the next node that matches the name
 * @walk: what kbus_walk_patterns() began
 *
 * Return: the node of the name itself or of a pattern, each but once, or NULL
 * at the end.
 */
struct kbus_node *kbus_walk_next_pattern(struct kbus_walk *walk)
{
	const struct kbus_levels *levels = &walk->levels;
	struct kbus_node *node, *child;

	while (walk->node) {
		node = walk->node;
		switch (walk->stage++) {
		case AT_REST:
			if (node->rest && wildcard_may(walk))
				return node->rest;
			break;
		case AT_SELF:
			if (walk->depth < levels->count)
				break;
			walk->stage = AT_END;
			return node;
		case AT_LITERAL:
			child = literal_child(node,
					      kbus_level(levels, walk->depth),
					      kbus_level_len(levels,
							     walk->depth));
			if (child)
				walk_down(walk, child);
			break;
		case AT_ANY:
			if (node->any && wildcard_may(walk))
				walk_down(walk, node->any);
			break;
		case AT_END:
			walk_up(walk);
			if (walk->node)
				walk->stage = node == walk->node->any ?
						      AT_END : AT_ANY;
			break;
		}
	}
	return NULL;
}

/**
 * kbus_walk_topics() - begin to look for the topics that a pattern matches
 * @walk: the walk
 * @tree: the tree, not to be changed until the end of the walk
 * @pattern: a pattern or name, well-formed, not necessarily terminated
 * @len: its length
 */
void kbus_walk_topics(struct kbus_walk *walk, const struct kbus_tree *tree,
		      const char *pattern, size_t len)
{
	walk_begin(walk, tree, pattern, len);
	if (pattern[len - 1] == '#')
		walk->rest--;
}

/* Whether any literal level will do below the level @depth. */
static bool takes_any(const struct kbus_walk *walk, unsigned int depth)
{
	return depth >= walk->rest ||
	       is_wildcard(kbus_level(&walk->levels, depth),
			   kbus_level_len(&walk->levels, depth));
}

/* Passes over what no wildcard stands for. */
static struct kbus_node *wildcard_takes(const struct kbus_walk *walk,
					unsigned int depth,
					struct rb_node *by_text)
{
	while (by_text && !depth && node_of(by_text)->text[0] == '$')
		by_text = rb_next(by_text);
	return by_text ? node_of(by_text) : NULL;
}

static struct kbus_node *first_below(const struct kbus_walk *walk)
{
	const struct kbus_levels *levels = &walk->levels;

	if (walk->depth == levels->count && walk->rest == levels->count)
		return NULL;
	if (takes_any(walk, walk->depth))
		return wildcard_takes(walk, walk->depth,
				      rb_first(&walk->node->children));
	return literal_child(walk->node, kbus_level(levels, walk->depth),
			     kbus_level_len(levels, walk->depth));
}

/* In the order of a book's chapters: down first, then on, else up and on. */
static void walk_on(struct kbus_walk *walk)
{
	struct kbus_node *next = first_below(walk);

	if (next) {
		walk_down(walk, next);
		return;
	}
	for (; walk->depth; walk_up(walk)) {
		if (!takes_any(walk, walk->depth - 1))
			continue;
		next = wildcard_takes(walk, walk->depth - 1,
				      rb_next(&walk->node->by_text));
		if (next) {
			walk->node = next;
			return;
		}
	}
	walk->node = NULL;
}

/**
 * kbus_walk_next_topic() - go on to the next topic that the pattern matches
 * @walk: what kbus_walk_topics() began
 *
 * Return: the topic, each but once, or NULL at the end.
 */
struct kbus_topic *kbus_walk_next_topic(struct kbus_walk *walk)
{
	while (walk->node) {
		walk_on(walk);
		if (walk->node && walk->node->topic &&
		    walk->depth >= walk->rest)
			return walk->node->topic;
	}
	return NULL;
}
