/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_OUTBOX_H
#define _KBUS_OUTBOX_H

#include "fanout.h"

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

struct kbus_topic;
struct kbus_topic_counters;

/**
 * struct kbus_outbox - messages on their way from kernel modules to a topic
 * @topic: the topic
 * @tasklet: sends messages where interrupts are on
 * @irq_work: schedules @tasklet where the publisher must not wake a thread
 * @fanout: the message that is being sent; kbus_topic.lock
 * @fence: messages with a larger number are not sent; kbus_topic.lock
 * @limit: how many messages may wait
 * @rcu: for freeing
 * @lock: protects the fields below
 * @messages: waiting messages, numbered without holes except for lost ones
 * @bytes: kernel memory that @messages take
 * @seq: last number given
 * @deferred: number of messages that were left to @tasklet
 * @lost: number of lost messages
 */
struct kbus_outbox {
	struct kbus_topic *topic;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct kbus_fanout fanout;
	u64 fence;
	u32 limit;
	struct rcu_head rcu;
	raw_spinlock_t lock;	/* see above */
	struct sk_buff_head messages;
	u32 bytes;
	u64 seq;
	u64 deferred;
	u64 lost;
};

void kbus_outbox_send(struct kbus_topic *topic);
bool kbus_outbox_send_up_to(struct kbus_topic *topic, u64 last);
void kbus_outbox_kick(struct kbus_outbox *outbox);
struct kbus_outbox *kbus_outbox_new(struct kbus_topic *topic, u32 limit);
u64 kbus_outbox_add(struct kbus_outbox *outbox, struct sk_buff *skb);
bool kbus_outbox_is_full(const struct kbus_outbox *outbox, size_t bytes);
bool kbus_outbox_defer(struct kbus_outbox *outbox, struct sk_buff *skb);
void kbus_outbox_lose(struct kbus_outbox *outbox, u32 count);
void kbus_outbox_count(struct kbus_outbox *outbox,
		       struct kbus_topic_counters *counters);
void kbus_outbox_hold(struct kbus_outbox *outbox);
bool kbus_outbox_is_held(const struct kbus_outbox *outbox);
void kbus_outbox_resume(struct kbus_outbox *outbox);
void kbus_outbox_end(struct kbus_outbox *outbox);

#endif /* _KBUS_OUTBOX_H */
