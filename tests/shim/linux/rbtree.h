/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's search tree, as far as the pure code uses it. It is not
 * balanced: the tests look only at order and links.
 */
#ifndef SHIM_LINUX_RBTREE_H
#define SHIM_LINUX_RBTREE_H

#include <linux/kernel.h>

struct rb_node {
	struct rb_node *rb_parent;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT          \
	(struct rb_root) \
	{                \
		NULL     \
	}
#define RB_EMPTY_ROOT(root) (!(root)->rb_node)
#define RB_EMPTY_NODE(node) ((node)->rb_parent == (node))
#define RB_CLEAR_NODE(node) ((node)->rb_parent = (node))
#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->rb_parent = parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
}

static inline void rb_put_in_place(struct rb_node *old, struct rb_node *new,
				   struct rb_root *root)
{
	if (!old->rb_parent)
		root->rb_node = new;
	else if (old->rb_parent->rb_left == old)
		old->rb_parent->rb_left = new;
	else
		old->rb_parent->rb_right = new;
	if (new)
		new->rb_parent = old->rb_parent;
}

static inline void rb_replace_node(struct rb_node *old, struct rb_node *new,
				   struct rb_root *root)
{
	*new = *old;
	rb_put_in_place(old, new, root);
	if (new->rb_left)
		new->rb_left->rb_parent = new;
	if (new->rb_right)
		new->rb_right->rb_parent = new;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next = node->rb_right;

	if (!node->rb_left || !node->rb_right) {
		rb_put_in_place(node, next ? next : node->rb_left, root);
		return;
	}
	while (next->rb_left)
		next = next->rb_left;
	if (next != node->rb_right) {
		rb_put_in_place(next, next->rb_right, root);
		next->rb_right = node->rb_right;
		next->rb_right->rb_parent = next;
	}
	rb_put_in_place(node, next, root);
	next->rb_left = node->rb_left;
	next->rb_left->rb_parent = next;
}

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	const struct rb_node *next = node->rb_right;

	if (next) {
		while (next->rb_left)
			next = next->rb_left;
		return (struct rb_node *)next;
	}
	for (next = node->rb_parent; next && node == next->rb_right;
	     next = next->rb_parent)
		node = next;
	return (struct rb_node *)next;
}

#endif /* SHIM_LINUX_RBTREE_H */
