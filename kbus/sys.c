// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of the broker about itself: topics and subscribers that come and go
 *
 * Events of topics are published on "$sys/topics", events of subscribers on
 * "$sys/subscribers", of each bus. proto/sys.proto describes the messages. All
 * these events happen under kbus_net.lock. The messages about one topic or
 * subscriber are therefore in the order of the events, and only one is written
 * at a time. There are no events of these two topics.
 */
#include "access.h"
#include "backlog.h"
#include "broker.h"
#include "history.h"
#include "subscriber.h"
#include "sys.h"

#include <linux/err.h>
#include <linux/kbus_protobuf.h>
#include <linux/pid.h>
#include <linux/sched.h>

/* kbus.v1.TopicEvent */
enum topic_field {
	TOPIC_ACTION = 1,
	TOPIC_ID = 2,
	TOPIC_NAME = 3,
	TOPIC_TYPE = 4,
	TOPIC_GROUP = 5,
	TOPIC_UID = 6,
	TOPIC_GID = 7,
	TOPIC_MODE = 8,
	TOPIC_HISTORY = 9,
	TOPIC_HISTORY_BYTES = 10,
	TOPIC_ALLOW_BLOCK = 11,
	TOPIC_KERNEL = 12,
	TOPIC_SEQ = 13,
	TOPIC_BY = 14,
};

/* kbus.v1.TopicEvent.Program */
enum program_field {
	PROGRAM_PID = 1,
	PROGRAM_UID = 2,
	PROGRAM_NAME = 3,
};

/* kbus.v1.SubscriberEvent */
enum subscriber_field {
	SUBSCRIBER_ACTION = 1,
	SUBSCRIBER_PORTID = 2,
	SUBSCRIBER_PID = 3,
	SUBSCRIBER_UID = 4,
	SUBSCRIBER_PROGRAM = 5,
	SUBSCRIBER_SUBSCRIPTIONS = 6,
	SUBSCRIBER_BACKLOG = 7,
	SUBSCRIBER_PATTERN = 8,
	SUBSCRIBER_ACCOUNT = 9,
};

/* kbus.v1.SubscriberEvent.Backlog */
enum backlog_field {
	BACKLOG_MESSAGES = 1,
	BACKLOG_BYTES = 2,
	BACKLOG_OVERFLOW = 3,
	BACKLOG_COALESCE_US = 4,
};

/* kbus.v1.SubscriberEvent.Account */
enum account_field {
	ACCOUNT_DELIVERED = 1,
	ACCOUNT_LOST = 2,
	ACCOUNT_WAITING = 3,
};

/* Upper bounds of the events' sizes, without names, types and patterns. */
#define TOPIC_EVENT_SIZE 256
#define SUBSCRIBER_EVENT_SIZE 192

/* There is no such topic before the bus has begun or while it ends. */
static bool has_receivers(const struct kbus_topic *topic)
{
	return topic && kbus_topic_has_receivers(topic);
}

/* Adds the program that made the request. */
static void encode_program(struct kbus_pb *pb, const struct kbus_net *kn)
{
	char name[TASK_COMM_LEN];

	get_task_comm(name, current->group_leader);
	kbus_pb_begin(pb, TOPIC_BY);
	kbus_pb_uint(pb, PROGRAM_PID, task_tgid_nr(current));
	kbus_pb_uint(pb, PROGRAM_UID,
		     from_kuid_munged(kn->net->user_ns, current_uid()));
	kbus_pb_text(pb, PROGRAM_NAME, name, strlen(name));
	kbus_pb_end(pb);
}

static void encode_access(struct kbus_pb *pb, const struct kbus_topic *topic)
{
	const struct kbus_access *access = &topic->access;
	struct user_namespace *user_ns = topic->kn->net->user_ns;

	kbus_pb_uint(pb, TOPIC_UID, from_kuid_munged(user_ns, access->uid));
	kbus_pb_uint(pb, TOPIC_GID, from_kgid_munged(user_ns, access->gid));
	kbus_pb_uint(pb, TOPIC_MODE, access->mode);
}

static u64 last_seq(struct kbus_topic *topic)
{
	u64 seq;

	kbus_topic_lock(topic);
	seq = topic->seq;
	kbus_topic_unlock(topic);
	return seq;
}

static ssize_t encode_topic(const struct kbus_draft *draft,
			    struct kbus_topic *topic,
			    enum kbus_sys_topic_action action)
{
	const struct kbus_history *history = &topic->history;
	struct kbus_pb pb;

	kbus_pb_init(&pb, draft->payload, draft->size);
	kbus_pb_uint(&pb, TOPIC_ACTION, action);
	kbus_pb_uint(&pb, TOPIC_ID, topic->id);
	kbus_pb_string(&pb, TOPIC_NAME, topic->name);
	kbus_pb_string(&pb, TOPIC_TYPE, topic->type);
	kbus_pb_uint(&pb, TOPIC_GROUP, topic->group);
	encode_access(&pb, topic);
	if (history->limits.messages) {
		kbus_pb_uint(&pb, TOPIC_HISTORY, history->limits.messages);
		kbus_pb_uint(&pb, TOPIC_HISTORY_BYTES, history->limits.bytes);
	}
	kbus_pb_uint(&pb, TOPIC_ALLOW_BLOCK, topic->allow_block);
	kbus_pb_uint(&pb, TOPIC_KERNEL, !!topic->outbox);
	kbus_pb_uint(&pb, TOPIC_SEQ, last_seq(topic));
	/*
	 * A module's topic is created and deleted by the module, whoever loads
	 * it.
	 */
	if (!topic->outbox || action == KBUS_SYS_CHANGED)
		encode_program(&pb, topic->kn);
	return kbus_pb_length(&pb);
}

/**
 * kbus_sys_tell_topic() - report an event of a topic
 * @topic: the topic; caller must hold kbus_net.lock
 * @action: the event; the caller is the process that caused it
 *
 * Context: process, may sleep.
 */
void kbus_sys_tell_topic(struct kbus_topic *topic,
			 enum kbus_sys_topic_action action)
{
	struct kbus_topic *sys = topic->kn->sys_topics;
	struct kbus_draft draft;
	int err;

	lockdep_assert_held(&topic->kn->lock);
	if (!has_receivers(sys) || kbus_topic_is_brokers(topic))
		return;
	err = kbus_reserve_keyed(&draft, sys, topic->name, topic->name_len,
				 TOPIC_EVENT_SIZE + topic->name_len +
					 strlen(topic->type), GFP_KERNEL);
	if (!err)
		err = kbus_commit(&draft, encode_topic(&draft, topic, action));
	if (err)
		kbus_publish_gap(sys, 1);
}

static void encode_backlog(struct kbus_pb *pb,
			   const struct kbus_subscriber *sub)
{
	const struct kbus_backlog_limits *limits = &sub->backlog.limits;

	kbus_pb_begin(pb, SUBSCRIBER_BACKLOG);
	kbus_pb_uint(pb, BACKLOG_MESSAGES, limits->messages);
	kbus_pb_uint(pb, BACKLOG_BYTES, limits->bytes);
	kbus_pb_uint(pb, BACKLOG_OVERFLOW, limits->overflow);
	kbus_pb_uint(pb, BACKLOG_COALESCE_US, sub->coalesce.coalesce_us);
	kbus_pb_end(pb);
}

static void encode_account(struct kbus_pb *pb, struct kbus_subscriber *sub)
{
	kbus_pb_begin(pb, SUBSCRIBER_ACCOUNT);
	spin_lock_bh(&sub->lock);
	kbus_pb_uint(pb, ACCOUNT_DELIVERED, sub->live + sub->drained);
	kbus_pb_uint(pb, ACCOUNT_LOST, sub->backlog.lost);
	kbus_pb_uint(pb, ACCOUNT_WAITING, sub->backlog.messages);
	spin_unlock_bh(&sub->lock);
	kbus_pb_end(pb);
}

static ssize_t encode_subscriber(const struct kbus_draft *draft,
				 struct kbus_subscriber *sub,
				 enum kbus_sys_subscriber_action action,
				 const char *pattern, size_t len)
{
	struct user_namespace *user_ns = sub->kn->net->user_ns;
	struct kbus_pb pb;

	kbus_pb_init(&pb, draft->payload, draft->size);
	kbus_pb_uint(&pb, SUBSCRIBER_ACTION, action);
	kbus_pb_uint(&pb, SUBSCRIBER_PORTID, sub->portid);
	kbus_pb_uint(&pb, SUBSCRIBER_PID, pid_nr(sub->pid));
	kbus_pb_uint(&pb, SUBSCRIBER_UID, from_kuid_munged(user_ns, sub->uid));
	kbus_pb_text(&pb, SUBSCRIBER_PROGRAM, sub->program,
		     strlen(sub->program));
	kbus_pb_uint(&pb, SUBSCRIBER_SUBSCRIPTIONS, sub->subscription_count);
	if (action == KBUS_SYS_REGISTERED)
		encode_backlog(&pb, sub);
	else if (action == KBUS_SYS_ENDED)
		encode_account(&pb, sub);
	else
		kbus_pb_bytes(&pb, SUBSCRIBER_PATTERN, pattern, len);
	return kbus_pb_length(&pb);
}

/**
 * kbus_sys_tell_subscription() - report an event of a subscriber and a pattern
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @action: the event
 * @pattern: the name or pattern, well-formed, not necessarily terminated
 * @len: its length
 *
 * Context: process, may sleep.
 */
void kbus_sys_tell_subscription(struct kbus_subscriber *sub,
				enum kbus_sys_subscriber_action action,
				const char *pattern, size_t len)
{
	struct kbus_topic *sys = sub->kn->sys_subscribers;
	struct kbus_draft draft;
	char key[12];
	int key_len;
	int err;

	lockdep_assert_held(&sub->kn->lock);
	if (!has_receivers(sys))
		return;
	key_len = scnprintf(key, sizeof(key), "%u", sub->portid);
	err = kbus_reserve_keyed(&draft, sys, key, key_len,
				 SUBSCRIBER_EVENT_SIZE + len, GFP_KERNEL);
	if (!err)
		err = kbus_commit(&draft, encode_subscriber(&draft, sub, action,
							    pattern, len));
	if (err)
		kbus_publish_gap(sys, 1);
}

/**
 * kbus_sys_tell_subscriber() - report that a subscriber begins or ends
 * @sub: the subscriber; caller must hold kbus_net.lock
 * @action: which of the two
 *
 * Context: process, may sleep.
 */
void kbus_sys_tell_subscriber(struct kbus_subscriber *sub,
			      enum kbus_sys_subscriber_action action)
{
	kbus_sys_tell_subscription(sub, action, "", 0);
}

