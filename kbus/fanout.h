/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_FANOUT_H
#define _KBUS_FANOUT_H

#include <linux/list.h>
#include <linux/skbuff.h>

struct kbus_topic;
struct pid;

/* So many deliveries at a time, then others have their turn at the processor. */
#define KBUS_FANOUT_BATCH 64

/* The ways that a message may go for a subscriber. */
enum kbus_way {
	KBUS_WAY_LIVE,
	KBUS_WAY_QUEUED,
	KBUS_WAY_DROPPED,
	KBUS_WAYS,
};

/**
 * struct kbus_outcome - what became of a message
 * @topic: id of its topic
 * @seq: its number
 * @count: how many subscribers it reached how
 */
struct kbus_outcome {
	u32 topic;
	u64 seq;
	u32 count[KBUS_WAYS];
};

/**
 * struct kbus_fanout - a message on its way to all who receive its topic
 * @skb: the message; or NULL: there is none behind what was lost
 * @sender: the process that publishes it, which waits until it is sent; or NULL
 * @lost: so many messages before it were lost
 * @next: whose turn it is, in kbus_topic.bindings; NULL: it has not begun
 * @outcome: what became of it so far
 */
struct kbus_fanout {
	struct sk_buff *skb;
	struct pid *sender;
	u64 lost;
	struct list_head *next;
	struct kbus_outcome outcome;
};

void kbus_fanout_begin(struct kbus_fanout *fanout, struct kbus_topic *topic,
		       struct sk_buff *skb, struct pid *sender, u64 lost);
bool kbus_fanout_go_on(struct kbus_fanout *fanout, struct kbus_topic *topic,
		       unsigned int *left);
void kbus_fanout_slice(struct kbus_topic *topic);
void kbus_fanout_finish(struct kbus_topic *topic);

#endif /* _KBUS_FANOUT_H */
