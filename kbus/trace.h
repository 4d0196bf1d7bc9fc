/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: one for each outcome
 *
 * For each subscriber, a published message ends in exactly one of kbus_deliver,
 * kbus_drain and kbus_drop. Each event is recorded where the outcome is
 * decided, under the lock that decides it. The events of a topic, and those of
 * a subscriber, are therefore in the order in which they happened.
 *
 * Topic ids and port ids are unique only within a network namespace. Every
 * event therefore contains the namespace, as its inode number in
 * /proc/PID/ns/net.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kbus

#if !defined(_KBUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KBUS_TRACE_H

#include "binding.h"
#include "broker.h"
#include "compat.h"
#include "delivery.h"
#include "entry.h"
#include "fanout.h"
#include "message.h"
#include "subscriber.h"

#include <linux/tracepoint.h>
#include <net/netlink.h>

TRACE_DEFINE_ENUM(KBUS_LIVE);
TRACE_DEFINE_ENUM(KBUS_QUEUED);

#define show_kbus_state(state)			\
	__print_symbolic(state,			\
		{ KBUS_LIVE, "LIVE" },		\
		{ KBUS_QUEUED, "QUEUED" })

TRACE_DEFINE_ENUM(KBUS_DROP_OLDEST);
TRACE_DEFINE_ENUM(KBUS_DROP_NEWEST);
TRACE_DEFINE_ENUM(KBUS_CONFLATE);
TRACE_DEFINE_ENUM(KBUS_BLOCK);
TRACE_DEFINE_ENUM(KBUS_LOSS_SIZE);
TRACE_DEFINE_ENUM(KBUS_LOSS_MEMORY);
TRACE_DEFINE_ENUM(KBUS_LOSS_OUTBOX);
TRACE_DEFINE_ENUM(KBUS_LOSS_CLOSED);
TRACE_DEFINE_ENUM(KBUS_LOSS_FORSAKEN);

#define show_kbus_loss(reason)				\
	__print_symbolic(reason,			\
		{ KBUS_DROP_OLDEST, "drop-oldest" },	\
		{ KBUS_DROP_NEWEST, "drop-newest" },	\
		{ KBUS_CONFLATE, "conflate" },		\
		{ KBUS_BLOCK, "block" },		\
		{ KBUS_LOSS_SIZE, "size" },		\
		{ KBUS_LOSS_MEMORY, "memory" },		\
		{ KBUS_LOSS_OUTBOX, "outbox" },		\
		{ KBUS_LOSS_CLOSED, "closed" },		\
		{ KBUS_LOSS_FORSAKEN, "forsaken" })

/*
 * A message was published: it has been offered to all subscribers. Comes after
 * their kbus_deliver, kbus_queue and kbus_drop.
 */
TRACE_EVENT(kbus_publish,
	    TP_PROTO(const struct kbus_topic *topic, const struct sk_buff *skb,
		     const struct kbus_outcome *outcome),
	TP_ARGS(topic, skb, outcome),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, count)
		__field(u32, net)
		__field(u32, topic)
		__string(name, topic->name)
		__field(u32, len)
		__field(pid_t, pid)
		__field(u32, uid)
		__field(bool, kernel)
		__field(u32, live)
		__field(u32, queued)
		__field(u32, dropped)
	),
	TP_fast_assign(
		const struct kbus_header *header = nlmsg_data(nlmsg_hdr(skb));

		__entry->seq = header->seq;
		__entry->count = kbus_message_count(skb);
		__entry->net = topic->kn->net->ns.inum;
		__entry->topic = topic->id;
		kbus_assign_str(name, topic->name);
		__entry->len = kbus_message_payload_bytes(skb);
		__entry->pid = header->pid;
		__entry->uid = header->uid;
		__entry->kernel = header->flags & KBUS_F_KERNEL;
		__entry->live = outcome->count[KBUS_WAY_LIVE];
		__entry->queued = outcome->count[KBUS_WAY_QUEUED];
		__entry->dropped = outcome->count[KBUS_WAY_DROPPED];
	),
	TP_printk("net=%u topic=%u name=%s seq=%llu count=%u len=%u pid=%d uid=%u kernel=%d live=%u queued=%u dropped=%u",
		  __entry->net, __entry->topic, __get_str(name),
		  __entry->seq, __entry->count, __entry->len, __entry->pid,
		  __entry->uid, __entry->kernel, __entry->live,
		  __entry->queued, __entry->dropped)
);

/* A message was delivered, in one of two ways. */
DECLARE_EVENT_CLASS(kbus_delivery,
		    TP_PROTO(const struct kbus_binding *binding, const struct sk_buff *skb),
	TP_ARGS(binding, skb),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, count)
		__field(u32, net)
		__field(u32, topic)
		__field(u32, portid)
	),
	TP_fast_assign(
		__entry->seq = kbus_message_seq(skb);
		__entry->count = kbus_message_count(skb);
		__entry->net = binding->key.topic->kn->net->ns.inum;
		__entry->topic = binding->key.topic->id;
		__entry->portid = binding->key.subscriber->portid;
	),
	TP_printk("net=%u topic=%u seq=%llu count=%u portid=%u",
		  __entry->net, __entry->topic, __entry->seq, __entry->count,
		  __entry->portid)
);

/* At once: it was put straight into a LIVE subscriber's socket. */
DEFINE_EVENT(kbus_delivery, kbus_deliver,
	     TP_PROTO(const struct kbus_binding *binding, const struct sk_buff *skb),
	TP_ARGS(binding, skb)
);

/* Later: it was handed over from the backlog. */
DEFINE_EVENT(kbus_delivery, kbus_drain,
	     TP_PROTO(const struct kbus_binding *binding, const struct sk_buff *skb),
	TP_ARGS(binding, skb)
);

/* A message was put into the backlog; kbus_drain or kbus_drop follows. */
TRACE_EVENT(kbus_queue,
	    TP_PROTO(const struct kbus_subscriber *sub,
		     const struct kbus_entry *waiting),
	TP_ARGS(sub, waiting),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u32, count)
		__field(u32, net)
		__field(u32, topic)
		__field(u32, portid)
		__field(bool, replayed)
		__field(u32, messages)
		__field(u32, bytes)
	),
	TP_fast_assign(
		__entry->seq = waiting->seq;
		__entry->count = waiting->count;
		__entry->net = sub->kn->net->ns.inum;
		__entry->topic = kbus_cursor_binding(waiting->cursor)->key.topic->id;
		__entry->portid = sub->portid;
		__entry->replayed = waiting->replayed;
		__entry->messages = sub->backlog.messages;
		__entry->bytes = sub->backlog.bytes;
	),
	TP_printk("net=%u topic=%u seq=%llu count=%u portid=%u replayed=%d messages=%u bytes=%u",
		  __entry->net, __entry->topic, __entry->seq, __entry->count,
		  __entry->portid, __entry->replayed, __entry->messages, __entry->bytes)
);

/* A message was dropped, or never existed: the subscriber never gets it. */
TRACE_EVENT(kbus_drop,
	    TP_PROTO(const struct kbus_binding *binding, u64 seq, u64 count,
		     unsigned int reason),
	TP_ARGS(binding, seq, count, reason),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u64, count)
		__field(u32, net)
		__field(u32, topic)
		__string(name, binding->key.topic->name)
		__field(u32, portid)
		__field(pid_t, pid)
		__field(unsigned int, reason)
	),
	TP_fast_assign(
		__entry->seq = seq;
		__entry->count = count;
		__entry->net = binding->key.topic->kn->net->ns.inum;
		__entry->topic = binding->key.topic->id;
		kbus_assign_str(name, binding->key.topic->name);
		__entry->portid = binding->key.subscriber->portid;
		__entry->pid = pid_nr(binding->key.subscriber->pid);
		__entry->reason = reason;
	),
	TP_printk("net=%u topic=%u name=%s seq=%llu count=%llu portid=%u pid=%d reason=%s",
		  __entry->net, __entry->topic, __get_str(name),
		  __entry->seq, __entry->count, __entry->portid, __entry->pid,
		  show_kbus_loss(__entry->reason))
);

/* The subscriber receives a gap. */
TRACE_EVENT(kbus_gap,
	    TP_PROTO(const struct kbus_binding *binding, const struct kbus_item *gap),
	TP_ARGS(binding, gap),
	TP_STRUCT__entry(
		__field(u64, first)
		__field(u64, last)
		__field(u32, net)
		__field(u32, topic)
		__string(name, binding->key.topic->name)
		__field(u32, portid)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->first = gap->first;
		__entry->last = gap->last;
		__entry->net = binding->key.topic->kn->net->ns.inum;
		__entry->topic = binding->key.topic->id;
		kbus_assign_str(name, binding->key.topic->name);
		__entry->portid = binding->key.subscriber->portid;
		__entry->pid = pid_nr(binding->key.subscriber->pid);
	),
	TP_printk("net=%u topic=%u name=%s first=%llu last=%llu portid=%u pid=%d",
		  __entry->net, __entry->topic, __get_str(name),
		  __entry->first, __entry->last, __entry->portid, __entry->pid)
);

/*
 * The subscriber receives one gap for many topics that it no longer receives.
 */
TRACE_EVENT(kbus_forsaken,
	    TP_PROTO(const struct kbus_subscriber *sub,
		     const struct kbus_forsaken *forsaken),
	TP_ARGS(sub, forsaken),
	TP_STRUCT__entry(
		__field(u64, messages)
		__field(u32, topics)
		__field(u32, net)
		__field(u32, portid)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->messages = forsaken->messages;
		__entry->topics = forsaken->cursors;
		__entry->net = sub->kn->net->ns.inum;
		__entry->portid = sub->portid;
		__entry->pid = pid_nr(sub->pid);
	),
	TP_printk("net=%u messages=%llu topics=%u portid=%u pid=%d",
		  __entry->net, __entry->messages, __entry->topics,
		  __entry->portid, __entry->pid)
);

/* A subscriber changed from LIVE to QUEUED, or back. */
TRACE_EVENT(kbus_state,
	    TP_PROTO(const struct kbus_subscriber *sub, enum kbus_state state),
	TP_ARGS(sub, state),
	TP_STRUCT__entry(
		__field(u32, net)
		__field(u32, portid)
		__field(pid_t, pid)
		__field(unsigned int, before)
		__field(unsigned int, after)
	),
	TP_fast_assign(
		__entry->net = sub->kn->net->ns.inum;
		__entry->portid = sub->portid;
		__entry->pid = pid_nr(sub->pid);
		__entry->before = sub->state;
		__entry->after = state;
	),
	TP_printk("net=%u portid=%u pid=%d %s -> %s",
		  __entry->net, __entry->portid, __entry->pid,
		  show_kbus_state(__entry->before),
		  show_kbus_state(__entry->after))
);

/*
 * A subscriber that blocks has no room for a message of @bytes. The publisher
 * waits or is refused. Only a message that a kernel module published with
 * interrupts off goes to the other subscribers without it.
 */
TRACE_EVENT(kbus_block,
	    TP_PROTO(const struct kbus_binding *binding, u32 bytes),
	TP_ARGS(binding, bytes),
	TP_STRUCT__entry(
		__field(u32, net)
		__field(u32, topic)
		__string(name, binding->key.topic->name)
		__field(u32, bytes)
		__field(u32, portid)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->net = binding->key.topic->kn->net->ns.inum;
		__entry->topic = binding->key.topic->id;
		kbus_assign_str(name, binding->key.topic->name);
		__entry->bytes = bytes;
		__entry->portid = binding->key.subscriber->portid;
		__entry->pid = pid_nr(binding->key.subscriber->pid);
	),
	TP_printk("net=%u topic=%u name=%s bytes=%u portid=%u pid=%d",
		  __entry->net, __entry->topic, __get_str(name),
		  __entry->bytes, __entry->portid, __entry->pid)
);

#endif /* _KBUS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
