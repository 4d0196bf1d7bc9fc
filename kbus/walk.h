/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_WALK_H
#define _KBUS_WALK_H

#include "topic_name.h"

struct kbus_node;
struct kbus_topic;
struct kbus_tree;

/**
 * struct kbus_walk - a walk through the tree
 * @pause: called at each step; it may let the tree change
 * @data: argument of @pause
 * @levels: the name or pattern that the walk follows
 * @rest: index of the level '#' in a pattern, or one past the last level
 * @node: the node at which the walk stands; NULL: it has ended
 * @depth: number of levels above @node
 * @stage: the next thing to do at @node
 */
struct kbus_walk {
	void (*pause)(void *data);
	void *data;
	struct kbus_levels levels;
	unsigned int rest;
	struct kbus_node *node;
	unsigned int depth;
	unsigned int stage;
};

void kbus_walk_patterns(struct kbus_walk *walk, const struct kbus_tree *tree,
			const char *name, size_t len);
struct kbus_node *kbus_walk_next_pattern(struct kbus_walk *walk);
void kbus_walk_topics(struct kbus_walk *walk, const struct kbus_tree *tree,
		      const char *pattern, size_t len);
struct kbus_topic *kbus_walk_next_topic(struct kbus_walk *walk);
void kbus_walk_end(struct kbus_walk *walk);

#endif /* _KBUS_WALK_H */
