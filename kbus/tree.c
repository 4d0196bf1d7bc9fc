// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of names and patterns
 *
 * Names and patterns are spelled level by level from the root. A topic is
 * attached to the node of its name, a subscription to the node of its name or
 * pattern. A wildcard is a level like any other, but is kept apart from the
 * literal ones:
 *
 *	root -+- sensors -+- kitchen		topic sensors/kitchen
 *	      |           +- +  --- door	pattern sensors/+/door
 *	      |           +- #			pattern sensors/#
 *	      +- #				pattern #
 *
 * A node exists as long as it, or a node below it, has a topic or
 * subscriptions, or a walk has stopped there.
 *
 * The tree takes no locks. The caller serialises.
 */
#include "topic_name.h"
#include "tree.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

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

static int compare_levels(const char *text, size_t len, const struct kbus_node *node)
{
	int order = memcmp(text, node->text, min_t(size_t, len, node->len));

	return order ? order : (int)len - node->len;
}

/*
 * Returns the link to a literal child, or the place to link one below *@parent.
 */
static struct rb_node **child_link(struct kbus_node *node, const char *text,
				   size_t len, struct rb_node **parent)
{
	struct rb_node **link = &node->children.rb_node;
	int order;

	*parent = NULL;
	while (*link) {
		order = compare_levels(text, len, kbus_node_of(*link));
		if (!order)
			break;
		*parent = *link;
		link = order < 0 ? &(*link)->rb_left : &(*link)->rb_right;
	}
	return link;
}

/**
 * kbus_node_literal() - find a literal child of a node
 * @node: the node
 * @text: one level, no wildcard, not necessarily terminated
 * @len: its length
 *
 * Return: the child, or NULL.
 */
struct kbus_node *kbus_node_literal(struct kbus_node *node, const char *text,
				    size_t len)
{
	struct rb_node *parent;
	struct rb_node **link = child_link(node, text, len, &parent);

	return *link ? kbus_node_of(*link) : NULL;
}

static struct kbus_node **wildcard_child(struct kbus_node *node, char wildcard)
{
	return wildcard == '+' ? &node->any : &node->rest;
}

static struct kbus_node *child_find(struct kbus_node *node, const char *text,
				    size_t len)
{
	if (kbus_is_wildcard(text, len))
		return *wildcard_child(node, *text);
	return kbus_node_literal(node, text, len);
}

static struct kbus_node *child_new(struct kbus_node *node, const char *text,
				   size_t len)
{
	struct kbus_node *child = node_new(text, len);
	struct rb_node **link, *parent;

	if (!child)
		return NULL;
	child->parent = node;
	if (kbus_is_wildcard(text, len)) {
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
 * @text: the name or pattern, well-formed, not necessarily terminated
 * @len: its length
 *
 * Return: its node, or NULL if it is not in the tree.
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
 * kbus_node_get() - find a name or pattern, or add it
 * @tree: the tree
 * @text: the name or pattern, well-formed, not necessarily terminated
 * @len: its length
 *
 * Context: process, may sleep.
 * Return: its node, for kbus_node_put() once it has neither topic nor
 * subscription, or if it gets none; or NULL if the kernel is out of memory.
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
	       node->walks || !list_empty(&node->subscriptions) ||
	       !RB_EMPTY_ROOT(&node->children);
}

/**
 * kbus_node_put() - free a node that is not needed, and its ancestors as far as
 *	they are not
 * @node: the node
 */
void kbus_node_put(struct kbus_node *node)
{
	struct kbus_node *parent;

	for (; !is_needed(node); node = parent) {
		parent = node->parent;
		if (kbus_is_wildcard(node->text, node->len))
			*wildcard_child(parent, *node->text) = NULL;
		else
			rb_erase(&node->by_text, &parent->children);
		kfree(node);
	}
}
