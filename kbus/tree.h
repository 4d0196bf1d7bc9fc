/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_TREE_H
#define _KBUS_TREE_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct kbus_topic;

/**
 * struct kbus_node - a level of a name or pattern
 * @by_text: in @parent's children
 * @parent: the node one level up; NULL: this is the root
 * @children: the nodes one level down, except for wildcards
 * @any: the node one level down for '+'
 * @rest: the node one level down for '#'
 * @topic: the topic with this name, or NULL
 * @subscriptions: subscriptions to this name or pattern
 * @walks: number of walks that have stopped here
 * @len: length of @text
 * @text: text of this level alone
 */
struct kbus_node {
	struct rb_node by_text;
	struct kbus_node *parent;
	struct rb_root children;
	struct kbus_node *any;
	struct kbus_node *rest;
	struct kbus_topic *topic;
	struct list_head subscriptions;
	unsigned int walks;
	u8 len;
	char text[];
};

struct kbus_tree {
	struct kbus_node *root;
};

static inline struct kbus_node *kbus_node_of(struct rb_node *by_text)
{
	return rb_entry(by_text, struct kbus_node, by_text);
}

/* Upper bound of the bytes that the nodes of a name or pattern take. */
static inline size_t kbus_name_memory(const char *text, size_t len)
{
	size_t levels = 1;
	size_t i;

	for (i = 0; i < len; i++)
		levels += text[i] == '/';
	return levels * sizeof(struct kbus_node) + len;
}

static inline bool kbus_is_wildcard(const char *level, size_t len)
{
	return len == 1 && (*level == '+' || *level == '#');
}

int kbus_tree_init(struct kbus_tree *tree);
void kbus_tree_exit(struct kbus_tree *tree);
struct kbus_node *kbus_node_literal(struct kbus_node *node, const char *text,
				    size_t len);
struct kbus_node *kbus_node_find(const struct kbus_tree *tree,
				 const char *text, size_t len);
struct kbus_node *kbus_node_get(struct kbus_tree *tree, const char *text,
				size_t len);
void kbus_node_put(struct kbus_node *node);

#endif /* _KBUS_TREE_H */
