/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_WALK_H
#define _KBUS_WALK_H

#include "topic_name.h"

struct kbus_node;
struct kbus_topic;
struct kbus_tree;

/**
 * struct kbus_walk - a way through the tree
 * @pause: called at each step; the tree may change meanwhile
 * @data: for @pause
 * @levels: the name or pattern that it follows
 * @rest: the level that is '#' in a pattern, or one past the last
 * @node: where it is; NULL: at its end
 * @depth: how many levels down that is
 * @stage: what to do there next
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
