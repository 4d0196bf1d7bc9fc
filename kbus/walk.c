// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks through the tree of names: the patterns that match a name, and the
 * topics that match a pattern
 *
 * The patterns that match a name are found along the paths that the name's
 * levels take, with a branch at each '+'. The topics that match a pattern are
 * found by following the pattern, and at a wildcard all nodes that it matches.
 * Neither walk is recursive, because a name may have 128 levels.
 *
 * At each step the caller may let the tree change. A walk keeps the node at
 * which it stands. It finds every match that exists from its beginning to its
 * end. It may or may not find matches that come or go meanwhile.
 *
 * Matching follows MQTT 5, section 4.7: '+' is one level; '#' is any number of
 * levels, including none; neither matches a first level that begins with '$'.
 *
 * Like the tree, this code takes no locks.
 */
#include "topic_name.h"
#include "tree.h"
#include "walk.h"

#include <linux/kernel.h>

/* Moves to another node; NULL ends the walk. */
static void walk_to(struct kbus_walk *walk, struct kbus_node *node)
{
	struct kbus_node *left = walk->node;

	if (node)
		node->walks++;
	walk->node = node;
	if (left) {
		left->walks--;
		kbus_node_put(left);
	}
}

static void walk_begin(struct kbus_walk *walk, const struct kbus_tree *tree,
		       const char *text, size_t len)
{
	kbus_levels_cut(&walk->levels, text, len);
	walk->rest = walk->levels.count;
	walk->node = NULL;
	walk_to(walk, tree->root);
	walk->depth = 0;
	walk->stage = 0;
}

static void walk_down(struct kbus_walk *walk, struct kbus_node *child)
{
	walk_to(walk, child);
	walk->depth++;
	walk->stage = 0;
}

static void walk_up(struct kbus_walk *walk)
{
	walk_to(walk, walk->node->parent);
	walk->depth--;
}

/* Returns the child for the name's next level. */
static struct kbus_node *next_literal(const struct kbus_walk *walk)
{
	const struct kbus_levels *levels = &walk->levels;

	return kbus_node_literal(walk->node, kbus_level(levels, walk->depth),
				 kbus_level_len(levels, walk->depth));
}

/* Stages of a walk through patterns, at each node. */
enum {
	AT_REST,	/* its '#' */
	AT_SELF,	/* the node itself, if the name ends here */
	AT_LITERAL,	/* patterns that continue with the name's next level */
	AT_ANY,		/* patterns that continue with '+' */
	AT_END,
};

/**
 * kbus_walk_patterns() - begin to look for the patterns that match a name
 * @walk: the walk, with @pause and @data set
 * @tree: the tree
 * @name: a topic's name, well-formed, not necessarily terminated; it must stay
 *	valid until the end of the walk
 * @len: its length
 *
 * Context: process; the walk sleeps if @pause does.
 */
void kbus_walk_patterns(struct kbus_walk *walk, const struct kbus_tree *tree,
			const char *name, size_t len)
{
	walk_begin(walk, tree, name, len);
}

/* Whether a wildcard may match the next level. */
static bool wildcard_may(const struct kbus_walk *walk)
{
	return walk->depth || walk->levels.text[0] != '$';
}

/**
 * kbus_walk_next_pattern() - continue to the next node that matches the name
 * @walk: a walk that kbus_walk_patterns() began
 *
 * Return: the node of the name itself or of a pattern, each once, valid until
 * the next step, or longer if it has subscriptions; or NULL at the end.
 */
struct kbus_node *kbus_walk_next_pattern(struct kbus_walk *walk)
{
	const struct kbus_levels *levels = &walk->levels;
	struct kbus_node *node, *child;
	bool was_any;

	while (walk->node) {
		walk->pause(walk->data);
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
			child = next_literal(walk);
			if (child)
				walk_down(walk, child);
			break;
		case AT_ANY:
			if (node->any && wildcard_may(walk))
				walk_down(walk, node->any);
			break;
		case AT_END:
			was_any = node->parent && node == node->parent->any;
			walk_up(walk);
			walk->stage = was_any ? AT_END : AT_ANY;
			break;
		}
	}
	return NULL;
}

/**
 * kbus_walk_topics() - begin to look for the topics that a pattern matches
 * @walk: the walk, with @pause and @data set
 * @tree: the tree
 * @pattern: a pattern or name, well-formed, not necessarily terminated; it must
 *	stay valid until the end of the walk
 * @len: its length
 *
 * Context: process; the walk sleeps if @pause does.
 */
void kbus_walk_topics(struct kbus_walk *walk, const struct kbus_tree *tree,
		      const char *pattern, size_t len)
{
	walk_begin(walk, tree, pattern, len);
	if (pattern[len - 1] == '#')
		walk->rest--;
}

/* Whether any literal level matches below the level @depth. */
static bool takes_any(const struct kbus_walk *walk, unsigned int depth)
{
	return depth >= walk->rest ||
	       kbus_is_wildcard(kbus_level(&walk->levels, depth),
				kbus_level_len(&walk->levels, depth));
}

/* Skips the nodes that no wildcard matches. */
static struct kbus_node *wildcard_takes(const struct kbus_walk *walk,
					unsigned int depth,
					struct rb_node *by_text)
{
	while (by_text && !depth && kbus_node_of(by_text)->text[0] == '$')
		by_text = rb_next(by_text);
	return by_text ? kbus_node_of(by_text) : NULL;
}

static struct kbus_node *first_below(const struct kbus_walk *walk)
{
	const struct kbus_levels *levels = &walk->levels;

	if (walk->depth == levels->count && walk->rest == levels->count)
		return NULL;
	if (takes_any(walk, walk->depth))
		return wildcard_takes(walk, walk->depth,
				      rb_first(&walk->node->children));
	return next_literal(walk);
}

/*
 * Visits the nodes in preorder: first down, then to the next sibling, else up.
 */
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
			walk_to(walk, next);
			return;
		}
	}
	kbus_walk_end(walk);
}

/**
 * kbus_walk_next_topic() - continue to the next topic that the pattern matches
 * @walk: a walk that kbus_walk_topics() began
 *
 * Return: the topic, each once, valid until the next step; or NULL at the end.
 */
struct kbus_topic *kbus_walk_next_topic(struct kbus_walk *walk)
{
	while (walk->node) {
		walk->pause(walk->data);
		walk_on(walk);
		if (walk->node && walk->node->topic &&
		    walk->depth >= walk->rest)
			return walk->node->topic;
	}
	return NULL;
}

/**
 * kbus_walk_end() - end a walk early
 * @walk: the walk
 */
void kbus_walk_end(struct kbus_walk *walk)
{
	walk_to(walk, NULL);
}
