/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kbus API for kernel modules: publishing on the bus
 *
 * A module that uses these functions pins kbus. Before it exits, it stops
 * everything of its own that still publishes, and releases its topics. It
 * releases the topics of a network namespace in its own pernet exit.
 *
 * The functions that publish may be called in any context but NMI: by
 * processes, in softirqs and hard interrupts, with interrupts off, under
 * spinlocks and rcu_read_lock(). They never wait for a subscriber, and sleep
 * only if @gfp allows it. If the caller can be preempted, the message is sent
 * before the call returns. Otherwise the call sends it to about the first 64
 * subscribers, and a softirq sends it to the others after that.
 *
 * With interrupts off, a message gets its number and time at the call, and is
 * sent from a softirq. A topic's messages keep the order of their numbers,
 * whatever contexts they come from. The number of messages that wait to be sent
 * is bounded, see struct kbus_topic_options. A message beyond the bound is
 * lost, and the topic's subscribers receive a gap.
 *
 * Code that publishing itself calls cannot publish: the memory allocator and
 * its tracepoints and, with interrupts on, the wake-up of a waiting reader and
 * the tracepoints of struct sk_buff. A kprobe's handler may count as an NMI.
 * With CONFIG_PREEMPT_RT, publishing is refused if the caller cannot be
 * preempted. CONFIG_PROVE_RAW_LOCK_NESTING, which checks on behalf of such
 * kernels, warns about memory allocated in a hard interrupt.
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
 * struct kbus_topic_options - the options of a topic
 * @type: full name of the Protocol Buffers message that the payloads hold, or
 *	NULL
 * @history: number of last messages that the topic keeps, for subscribers that
 *	come later; 0: none
 * @history_bytes: maximum of kernel memory that they take, in bytes; 0:
 *	KBUS_HISTORY_BYTES_DEFAULT, or net.kbus.history_bytes_max if less
 * @allow_block: subscribers may make kbus_publish() fail with -EAGAIN
 * @mode: permissions to read it, as a file's mode; its owner and group are the
 *	administrator's, user and group 0; 0: 0444, readable by anybody.
 *	Programs cannot publish on it, whatever the mode.
 * @deferred: maximum number of messages published with interrupts off that wait
 *	to be sent, up to KBUS_DEFERRED_MAX; 0: KBUS_DEFERRED_DEFAULT. They
 *	never take more than KBUS_DEFERRED_BYTES_MAX bytes of kernel memory; a
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
 * struct kbus_topic_counters - counters of a topic's messages
 * @messages: numbers given, which is the last message's number; includes @lost
 * @deferred: messages published with interrupts off, sent from a softirq
 * @waiting: messages that are waiting to be sent now
 * @lost: messages that got a number only, because too many were waiting or
 *	kbus_publish_gap() was called
 * @subscribers: current number of subscribers
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
 * @net: network namespace of the bus; it must outlive the topic
 * @name: the topic's name, below "kernel/"
 * @options: the options; NULL: the defaults for a new topic, or any options of
 *	an existing one; copied. A shared topic keeps its history, its bounds
 *	and its mode.
 *
 * Context: process; may sleep.
 * Return: the topic, for kbus_topic_release(); or an ERR_PTR: -EINVAL if the
 * name or an option is ill-formed, -EDQUOT if the history is larger than the
 * sysctls net.kbus.* of the initial network namespace allow, whatever @net is,
 * -EPERM if the name is not below "kernel/", -EEXIST if the topic exists with
 * another type or allow_block, -ENOMEM.
 */
struct kbus_topic *kbus_topic_create(struct net *net, const char *name,
				     const struct kbus_topic_options *options);

/**
 * kbus_topic_release() - release a topic
 * @topic: the topic that kbus_topic_create() returned; NULL and ERR_PTRs are
 *	ignored. The caller publishes nothing on it any more.
 *
 * The last release sends the waiting messages and deletes the topic. Messages
 * in the backlogs of its subscribers stay there. The subscribers also receive
 * the next topic with this name, whose numbers start from 1 again.
 *
 * Context: process; may sleep.
 */
void kbus_topic_release(struct kbus_topic *topic);

/*
 * First member of every struct kbus_topic; used only by
 * kbus_topic_has_receivers().
 */
struct kbus_topic_receivers {
	unsigned int count;
};

bool __kbus_topic_has_receivers(const struct kbus_topic *topic);

/**
 * kbus_topic_has_receivers() - check whether a message would reach anybody
 * @topic: the topic
 *
 * If not, there is no need to make one. The check takes one load and one
 * branch, until somebody subscribes or listens.
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
 * @counters: receives the counters, all read at one moment except @subscribers
 *
 * Context: any but NMI.
 */
void kbus_topic_count(struct kbus_topic *topic,
		      struct kbus_topic_counters *counters);

/**
 * kbus_publish_keyed() - publish a message with a key
 * @topic: the topic
 * @key: the subject of the message, for subscribers that conflate: a later
 *	message with the same key supersedes it; copied
 * @key_len: its length in bytes, up to KBUS_KEY_MAX; 0: the topic as a whole
 * @payload: the payload; copied
 * @len: its length in bytes, up to KBUS_PAYLOAD_MAX
 * @gfp: allocation flags: GFP_KERNEL if the caller may sleep, or GFP_ATOMIC.
 *	With interrupts off nobody is woken to reclaim memory, whatever the
 *	flags.
 *
 * With interrupts off there is no -EAGAIN. Subscribers that block lose a
 * message for which they have no room, and receive a gap.
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: 0; or -EMSGSIZE if the payload or the key is too large, -ENOMEM,
 * -EOPNOTSUPP in an NMI, or with CONFIG_PREEMPT_RT if the caller cannot be
 * preempted, -EAGAIN if the topic allows subscribers to block and one of them
 * has no room, has promised it to another message, or is just coming or going:
 * then nobody got the message, and it took no number. With interrupts off,
 * -ENOBUFS if too many messages wait to be sent: then the message is lost and
 * subscribers receive a gap.
 */
int kbus_publish_keyed(struct kbus_topic *topic, const void *key,
		       size_t key_len, const void *payload, size_t len,
		       gfp_t gfp);

/**
 * kbus_publish() - publish a message
 * @topic: the topic
 * @payload: the payload; copied
 * @len: its length in bytes, up to KBUS_PAYLOAD_MAX
 * @gfp: allocation flags: GFP_KERNEL if the caller may sleep, or GFP_ATOMIC
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: see kbus_publish_keyed().
 */
static inline int kbus_publish(struct kbus_topic *topic, const void *payload,
			       size_t len, gfp_t gfp)
{
	return kbus_publish_keyed(topic, NULL, 0, payload, len, gfp);
}

/**
 * struct kbus_draft - a message that is written in place
 * @payload: room for the payload, contiguous, aligned to 4 bytes
 * @size: size of @payload in bytes
 * @topic: used by kbus
 * @skb: used by kbus
 */
struct kbus_draft {
	void *payload;
	size_t size;
	struct kbus_topic *topic;
	struct sk_buff *skb;
};

/**
 * kbus_reserve_keyed() - begin a message with a key
 * @draft: the draft, initialized. On failure it has no room, and committing or
 *	discarding it does nothing.
 * @topic: the topic
 * @key: the subject of the message, see kbus_publish_keyed(); copied
 * @key_len: its length in bytes; 0: the topic as a whole
 * @size: room for the payload in bytes, up to KBUS_PAYLOAD_MAX. The memory is
 *	contiguous: a large amount may not be available where kbus_publish()
 *	would find pages. A message that uses far less of it is copied when
 *	committed.
 * @gfp: allocation flags: GFP_KERNEL if the caller may sleep, or GFP_ATOMIC
 *
 * This saves the copy that kbus_publish() makes. The message gets its number
 * when it is committed, and delays no other message until then.
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: 0, and the caller must commit or discard the draft; or -EMSGSIZE,
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
 * @gfp: allocation flags: GFP_KERNEL if the caller may sleep, or GFP_ATOMIC
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: see kbus_reserve_keyed().
 */
static inline int kbus_reserve(struct kbus_draft *draft,
			       struct kbus_topic *topic, size_t size, gfp_t gfp)
{
	return kbus_reserve_keyed(draft, topic, NULL, 0, size, gfp);
}

/**
 * kbus_commit() - publish a draft
 * @draft: the draft; it is spent unless -EOPNOTSUPP is returned
 * @len: length of the payload in bytes, all of it written, up to
 *	kbus_draft.size; or an error, as kbus_pb_length() returns it: then the
 *	draft is discarded
 *
 * Context: any but NMI; does not sleep.
 * Return: @len if that is an error; -EMSGSIZE if it is more than the draft has
 * room for, -EINVAL if the draft is spent; otherwise as kbus_publish_keyed(),
 * except for -ENOMEM.
 */
int kbus_commit(struct kbus_draft *draft, ssize_t len);

/**
 * kbus_discard() - drop a draft
 * @draft: the draft; spent
 *
 * The draft takes no number, and subscribers do not notice it.
 *
 * Context: any but NMI; does not sleep.
 */
void kbus_discard(struct kbus_draft *draft);

/**
 * kbus_publish_gap() - report a gap to subscribers
 * @topic: the topic
 * @count: number of lost messages
 *
 * This is for a publisher that could not make its messages, for example because
 * the kernel was out of memory, and cannot try again. The messages get numbers,
 * and each subscriber receives a gap in their place.
 *
 * Context: any but NMI; does not sleep.
 * Return: 0, or -EOPNOTSUPP in an NMI.
 */
int kbus_publish_gap(struct kbus_topic *topic, u32 count);

#endif /* _LINUX_KBUS_H */
