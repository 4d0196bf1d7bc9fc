// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conflation: finds the messages of a backlog that later ones supersede
 *
 * A message supersedes the previous message of the same cursor and key. The
 * latest message of each cursor and key is in a balanced tree, because
 * publishers choose the keys and could make a hash table degenerate. Superseded
 * messages are in a list.
 *
 * Like the backlog, this code takes no locks and allocates no memory.
 */
#include "conflation.h"
#include "entry.h"

#include <linux/kernel.h>
#include <linux/string.h>

static struct kbus_keyed_entry *keyed_of(struct rb_node *latest)
{
	return rb_entry(latest, struct kbus_keyed_entry, latest);
}

static int compare_keys(const struct kbus_keyed_entry *a,
			const struct kbus_keyed_entry *b)
{
	if (a->entry.cursor != b->entry.cursor)
		return a->entry.cursor < b->entry.cursor ? -1 : 1;
	if (a->key_len != b->key_len)
		return a->key_len < b->key_len ? -1 : 1;
	return memcmp(a->key, b->key, a->key_len);
}

/**
 * kbus_conflation_init() - set up for an empty backlog
 * @conflation: the conflation
 */
void kbus_conflation_init(struct kbus_conflation *conflation)
{
	conflation->latest = RB_ROOT;
	INIT_LIST_HEAD(&conflation->superseded);
}

static void supersede_entry(struct kbus_conflation *conflation,
			    struct kbus_keyed_entry *old,
		      struct kbus_keyed_entry *new)
{
	rb_replace_node(&old->latest, &new->latest, &conflation->latest);
	old->is_latest = false;
	list_add_tail(&old->superseded, &conflation->superseded);
}

/**
 * kbus_conflation_add() - add a message that joins the backlog
 * @conflation: the conflation
 * @keyed: the message's entry
 */
void kbus_conflation_add(struct kbus_conflation *conflation,
			 struct kbus_keyed_entry *keyed)
{
	struct rb_node **link = &conflation->latest.rb_node;
	struct rb_node *parent = NULL;
	int order;

	keyed->is_latest = true;
	while (*link) {
		parent = *link;
		order = compare_keys(keyed, keyed_of(parent));
		if (!order) {
			supersede_entry(conflation, keyed_of(parent), keyed);
			return;
		}
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&keyed->latest, parent, link);
	rb_insert_color(&keyed->latest, &conflation->latest);
}

/**
 * kbus_conflation_remove() - remove a message that leaves the backlog
 * @conflation: the conflation
 * @keyed: the message's entry
 */
void kbus_conflation_remove(struct kbus_conflation *conflation,
			    struct kbus_keyed_entry *keyed)
{
	if (keyed->is_latest)
		rb_erase(&keyed->latest, &conflation->latest);
	else
		list_del(&keyed->superseded);
}

/**
 * kbus_conflation_superseded() - find the message to drop first
 * @conflation: the conflation
 *
 * Return: the entry that was superseded the longest ago, or NULL if there is
 * none.
 */
struct kbus_entry *
kbus_conflation_superseded(const struct kbus_conflation *conflation)
{
	if (list_empty(&conflation->superseded))
		return NULL;
	return &list_first_entry(&conflation->superseded,
				 struct kbus_keyed_entry, superseded)->entry;
}
