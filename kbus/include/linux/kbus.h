/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbus for kernel modules: publish on the bus
 *
 * A module that uses these functions pins kbus. It releases its topics before
 * it is gone, and those of a network namespace in its own pernet exit.
 */
#ifndef _LINUX_KBUS_H
#define _LINUX_KBUS_H

#include <linux/gfp.h>
#include <linux/types.h>

struct kbus_topic;
struct net;

/**
 * struct kbus_topic_options - what may be chosen for a topic
 * @type: full name of the Protocol Buffers message that the payloads hold, or
 *	NULL
 * @history: how many of its last messages the topic keeps, for subscribers
 *	that come later; 0: none
 * @history_bytes: and how many bytes of kernel memory at most; 0:
 *	KBUS_HISTORY_BYTES_DEFAULT
 * @allow_block: subscribers may make kbus_publish() fail with -EAGAIN
 */
struct kbus_topic_options {
	const char *type;
	u32 history;
	u32 history_bytes;
	bool allow_block;
};

/**
 * kbus_topic_create() - create a topic, or share one that a module created
 * @net: network namespace whose bus it is to be on; it must outlive the topic
 * @name: the topic's name, below "kernel/"
 * @options: what to choose, or NULL for nothing of it; copied. A topic that is
 *	shared stays as it is.
 *
 * Context: process; may sleep.
 * Return: the topic, to be released with kbus_topic_release(); or an ERR_PTR:
 * -EINVAL if the name or an option is ill-formed, -EDQUOT if the history is
 * larger than kbus's parameters allow, -EPERM if the name is not below
 * "kernel/", -ENOSPC if the topic table is full, -ENOMEM.
 */
struct kbus_topic *kbus_topic_create(struct net *net, const char *name,
				     const struct kbus_topic_options *options);

/**
 * kbus_topic_release() - release a topic
 * @topic: what kbus_topic_create() returned; NULL and ERR_PTRs are ignored
 *
 * The last release deletes the topic. What its subscribers have in their
 * backlogs stays there for them.
 *
 * Context: process; may sleep.
 */
void kbus_topic_release(struct kbus_topic *topic);

/**
 * kbus_publish() - publish a message
 * @topic: the topic
 * @payload: the payload; copied
 * @len: its length in bytes, up to KBUS_PAYLOAD_MAX
 * @gfp: how to allocate: GFP_KERNEL where the caller may sleep, or GFP_ATOMIC
 *
 * Never waits for a subscriber.
 *
 * Context: process or softirq; interrupts on. May sleep if @gfp says so.
 * Return: 0, or -EMSGSIZE if the payload is too large, -ENOMEM, -EAGAIN if the
 * topic allows subscribers to block and one of them has no room, or has
 * promised it to another message, -EOPNOTSUPP in hard interrupt context or with
 * interrupts off; then nobody got it.
 */
int kbus_publish(struct kbus_topic *topic, const void *payload, size_t len,
		 gfp_t gfp);

#endif /* _LINUX_KBUS_H */
