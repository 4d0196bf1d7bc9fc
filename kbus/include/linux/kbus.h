/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbus for kernel modules: publish on the bus
 *
 * A module that uses these functions pins kbus. Before it is gone it stops
 * whatever of its own still publishes, and releases its topics; those of a
 * network namespace in its own pernet exit.
 *
 * What publishes may be called in any context but NMI: by processes, in
 * softirqs and hard interrupts, with interrupts off, under spinlocks and
 * rcu_read_lock(). It never waits for a subscriber, and sleeps only if @gfp
 * says so. If the caller can be preempted, the message is sent before the call
 * returns. Otherwise the call sends it to the first 64 subscribers or so, and a
 * softirq to the others after that.
 * With interrupts off, it gets its number and time at the call, and is sent
 * from a softirq: a topic's messages keep the order of their numbers, whatever
 * contexts they came from. What waits to be sent is bounded, see struct
 * kbus_topic_options; what is too much is lost, and the topic's subscribers
 * are told of it.
 *
 * What publishing itself calls cannot publish: the memory allocator and its
 * tracepoints and, with interrupts on, the wake-up of a waiting reader and the
 * tracepoints of struct sk_buff. A kprobe's handler may count as an NMI. With
 * CONFIG_PREEMPT_RT, publishing is refused where the caller cannot be
 * preempted; CONFIG_PROVE_RAW_LOCK_NESTING, which checks on behalf of such
 * kernels, complains of memory that is taken in a hard interrupt.
 */
#ifndef _LINUX_KBUS_H
#define _LINUX_KBUS_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/types.h>
#include <uapi/linux/kbus.h>

struct kbus_topic;
struct net;
struct sk_buff;

#define KBUS_DEFERRED_DEFAULT	1024
#define KBUS_DEFERRED_MAX	4096
#define KBUS_DEFERRED_BYTES_MAX	(4 << 20)

/**
 * struct kbus_topic_options - what may be chosen for a topic
 * @type: full name of the Protocol Buffers message that the payloads hold, or
 *	NULL
 * @history: how many of its last messages the topic keeps, for subscribers
 *	that come later; 0: none
 * @history_bytes: and how many bytes of kernel memory at most; 0:
 *	KBUS_HISTORY_BYTES_DEFAULT
 * @allow_block: subscribers may make kbus_publish() fail with -EAGAIN
 * @mode: who may read it, as a file's mode; its owner and group are the
 *	administrator's, user and group 0; 0: 0444, anybody. Programs cannot
 *	publish on it whatever it says.
 * @deferred: how many messages published with interrupts off may wait to be
 *	sent, up to KBUS_DEFERRED_MAX; 0: KBUS_DEFERRED_DEFAULT. In any case no
 *	more than KBUS_DEFERRED_BYTES_MAX bytes of kernel memory, of which a
 *	small message takes about 768.
 */
struct kbus_topic_options {
	const char *type;
	u32 history;
	u32 history_bytes;
	bool allow_block;
	u16 mode;
	u32 deferred;
};

/**
 * struct kbus_topic_counters - what has become of a topic's messages
 * @messages: numbers given, so the last message's; with @lost
 * @deferred: messages published with interrupts off, sent from a softirq
 * @waiting: messages that wait to be sent now
 * @lost: messages that got a number only: too many were waiting, or
 *	kbus_publish_gap() said so
 * @subscribers: how many subscribers there are now
 */
struct kbus_topic_counters {
	u64 messages;
	u64 deferred;
	u64 lost;
	u32 waiting;
	u32 subscribers;
};

/**
 * kbus_topic_create() - create a topic, or share one that a module created
 * @net: network namespace whose bus it is to be on; it must outlive the topic
 * @name: the topic's name, below "kernel/"
 * @options: what to choose, or NULL for nothing of it, or for whatever a topic
 *	that is there has; copied. A topic that is shared keeps its history, its
 *	bounds and its mode.
 *
 * Context: process; may sleep.
 * Return: the topic, to be released with kbus_topic_release(); or an ERR_PTR:
 * -EINVAL if the name or an option is ill-formed, -EDQUOT if the history is
 * larger than kbus's parameters allow, -EPERM if the name is not below
 * "kernel/", -EEXIST if the topic is there with another type or allow_block,
 * -ENOMEM.
 */
struct kbus_topic *kbus_topic_create(struct net *net, const char *name,
				     const struct kbus_topic_options *options);

/**
 * kbus_topic_release() - release a topic
 * @topic: what kbus_topic_create() returned; NULL and ERR_PTRs are ignored.
 *	The caller publishes nothing on it any more.
 *
 * The last release sends what waits to be sent, and deletes the topic. What
 * its subscribers have in their backlogs stays there for them; they receive
 * the next topic of this name as well, which counts from 1 again.
 *
 * Context: process; may sleep.
 */
void kbus_topic_release(struct kbus_topic *topic);

/* What every struct kbus_topic begins with; of kbus_topic_has_receivers() alone. */
struct kbus_topic_receivers {
	unsigned int count;
};

bool __kbus_topic_has_receivers(const struct kbus_topic *topic);

/**
 * kbus_topic_has_receivers() - whether a message would reach anybody
 * @topic: the topic
 *
 * Where not, there is no need to make one. One load and one branch, until
 * somebody subscribes or listens.
 *
 * Context: any.
 * Return: true if there is a subscriber, a listener, or a history to keep.
 */
static inline bool kbus_topic_has_receivers(const struct kbus_topic *topic)
{
	const struct kbus_topic_receivers *receivers = (const void *)topic;

	return READ_ONCE(receivers->count) && __kbus_topic_has_receivers(topic);
}

/**
 * kbus_topic_count() - read a topic's counters
 * @topic: the topic
 * @counters: filled in, all at one moment but @subscribers
 *
 * Context: any but NMI.
 */
void kbus_topic_count(struct kbus_topic *topic,
		      struct kbus_topic_counters *counters);

/**
 * kbus_publish_keyed() - publish a message about something
 * @topic: the topic
 * @key: what the message is about, for subscribers that conflate: a later
 *	message of the same key supersedes it; copied
 * @key_len: its length in bytes, up to KBUS_KEY_MAX; 0: the topic as a whole
 * @payload: the payload; copied
 * @len: its length in bytes, up to KBUS_PAYLOAD_MAX
 * @gfp: how to allocate: GFP_KERNEL where the caller may sleep, or GFP_ATOMIC.
 *	With interrupts off nobody is woken to reclaim memory, whatever it says.
 *
 * Context: any but NMI. May sleep if @gfp says so.
 * Return: 0; or -EMSGSIZE if the payload or the key is too large, -ENOMEM,
 * -EOPNOTSUPP in an NMI, or with CONFIG_PREEMPT_RT where the caller cannot be
 * preempted, -EAGAIN if the topic allows subscribers to block and one of them
 * has no room, has promised it to another message, or is just coming or going:
 * then nobody got it, and it took no number. Or -ENOBUFS with interrupts off if
 * too much waits to be sent: then subscribers are told that it is lost.
 *
 * With interrupts off there is no -EAGAIN: subscribers that block lose what
 * they have no room for, and are told.
 */
int kbus_publish_keyed(struct kbus_topic *topic, const void *key,
		       size_t key_len, const void *payload, size_t len,
		       gfp_t gfp);

/**
 * kbus_publish() - publish a message
 * @topic: the topic
 * @payload: the payload; copied
 * @len: its length in bytes, up to KBUS_PAYLOAD_MAX
 * @gfp: how to allocate: GFP_KERNEL where the caller may sleep, or GFP_ATOMIC
 *
 * Context: any but NMI. May sleep if @gfp says so.
 * Return: as kbus_publish_keyed().
 */
static inline int kbus_publish(struct kbus_topic *topic, const void *payload,
			       size_t len, gfp_t gfp)
{
	return kbus_publish_keyed(topic, NULL, 0, payload, len, gfp);
}

/**
 * struct kbus_draft - a message that is written in place
 * @payload: room for the payload, contiguous, aligned to 4 bytes
 * @size: how much of it, in bytes
 * @topic: kbus's
 * @skb: kbus's
 */
struct kbus_draft {
	void *payload;
	size_t size;
	struct kbus_topic *topic;
	struct sk_buff *skb;
};

/**
 * kbus_reserve_keyed() - begin a message about something
 * @draft: the draft, filled in. On failure it has no room, and to commit or
 *	discard it does nothing.
 * @topic: the topic
 * @key: what the message is about, see kbus_publish_keyed(); copied
 * @key_len: its length in bytes; 0: the topic as a whole
 * @size: room for the payload in bytes, up to KBUS_PAYLOAD_MAX. Contiguous
 *	memory: much of it may not be had, where kbus_publish() would find
 *	pages. A message that uses far less of it is copied when committed.
 * @gfp: how to allocate: GFP_KERNEL where the caller may sleep, or GFP_ATOMIC
 *
 * Saves the copy of kbus_publish(). The message gets its number when it is
 * committed, and holds nobody up until then.
 *
 * Context: any but NMI. May sleep if @gfp says so.
 * Return: 0, and the draft is to be committed or discarded; or -EMSGSIZE,
 * -ENOMEM, -EOPNOTSUPP, -ENOBUFS as kbus_publish_keyed().
 */
int kbus_reserve_keyed(struct kbus_draft *draft, struct kbus_topic *topic,
		       const void *key, size_t key_len, size_t size,
		       gfp_t gfp);

/**
 * kbus_reserve() - begin a message
 * @draft: the draft, see kbus_reserve_keyed()
 * @topic: the topic
 * @size: room for the payload in bytes, up to KBUS_PAYLOAD_MAX
 * @gfp: how to allocate: GFP_KERNEL where the caller may sleep, or GFP_ATOMIC
 *
 * Context: any but NMI. May sleep if @gfp says so.
 * Return: as kbus_reserve_keyed().
 */
static inline int kbus_reserve(struct kbus_draft *draft,
			       struct kbus_topic *topic, size_t size, gfp_t gfp)
{
	return kbus_reserve_keyed(draft, topic, NULL, 0, size, gfp);
}

/**
 * kbus_commit() - publish a draft
 * @draft: the draft; spent, whatever is returned but -EOPNOTSUPP
 * @len: length of the payload in bytes, all of it written, up to
 *	kbus_draft.size; or an error, as kbus_pb_length() gives it: the draft is
 *	discarded
 *
 * Context: any but NMI; does not sleep.
 * Return: @len if that is an error; -EMSGSIZE if it is more than the draft has
 * room for, -EINVAL if the draft is spent; or as kbus_publish_keyed(), but for
 * -ENOMEM.
 */
int kbus_commit(struct kbus_draft *draft, ssize_t len);

/**
 * kbus_discard() - drop a draft
 * @draft: the draft; spent
 *
 * Nobody gets to know of it.
 *
 * Context: any but NMI; does not sleep.
 */
void kbus_discard(struct kbus_draft *draft);

/**
 * kbus_publish_gap() - tell subscribers that messages were lost
 * @topic: the topic
 * @count: how many
 *
 * For a publisher that cannot say what it should have said, because memory was
 * short, say, nor try again: the messages get numbers, and each subscriber is
 * told in its place that they are lost.
 *
 * Context: any but NMI; does not sleep.
 * Return: 0, or -EOPNOTSUPP in an NMI.
 */
int kbus_publish_gap(struct kbus_topic *topic, u32 count);

#endif /* _LINUX_KBUS_H */
