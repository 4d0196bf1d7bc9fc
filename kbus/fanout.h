/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_FANOUT_H
#define _KBUS_FANOUT_H

#include <linux/list.h>
#include <linux/skbuff.h>

struct kbus_topic;
struct pid;

/* Subscribers in one slice; after that, other tasks may run. */
#define KBUS_FANOUT_BATCH 64

/**
 * enum kbus_way - the way that a message goes at one subscriber
 * @KBUS_WAY_LIVE: it was delivered: put straight into the socket
 * @KBUS_WAY_QUEUED: it joined the backlog
 * @KBUS_WAY_DROPPED: it was lost
 * @KBUS_WAYS: number of ways
 */
enum kbus_way {
	KBUS_WAY_LIVE,
	KBUS_WAY_QUEUED,
	KBUS_WAY_DROPPED,
	KBUS_WAYS,
};

/**
 * struct kbus_outcome - how a message went
 * @topic: id of its topic
 * @seq: its sequence number; that of the last message if it is a batch
 * @count: by enum kbus_way, number of subscribers at which it went this way;
 *	each message of a batch counts
 */
struct kbus_outcome {
	u32 topic;
	u64 seq;
	u32 count[KBUS_WAYS];
};

/**
 * struct kbus_fanout - a message on its way to all receivers of its topic
 * @skb: the message; NULL if there is only a loss to report
 * @sender: the process that publishes it, which waits until it is sent; NULL if
 *	it is the kernel
 * @lost: number of messages that were lost before it
 * @next: the next entry of kbus_topic.bindings to serve; NULL if the message
 *	has not begun or is complete
 * @outcome: the outcome so far
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
