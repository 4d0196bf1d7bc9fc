// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: what the broker says beside messages
 *
 * Each function appends one netlink message to @skb, for @portid, in answer
 * to request number @seq, with netlink's @flags; and returns 0, or -EMSGSIZE
 * if it does not fit, with @skb as before.
 */
#include "publish.h"

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>

#include <net/netlink.h>

static int record_end(struct sk_buff *skb, struct nlmsghdr *nlh, int err)
{
	if (err) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

static int put_name(struct sk_buff *skb, const struct kbus_topic *topic)
{
	return nla_put_u32(skb, KBUS_TOPIC_ID, topic->id) ||
	       nla_put_string(skb, KBUS_TOPIC_NAME, topic->name) ||
	       (topic->type[0] &&
		nla_put_string(skb, KBUS_TOPIC_TYPE, topic->type)) ||
	       nla_put_u32(skb, KBUS_TOPIC_GROUP, READ_ONCE(topic->group));
}

/* Room for kbus_record_name(). */
size_t kbus_record_name_size(const struct kbus_topic *topic)
{
	return NLMSG_HDRLEN + 2 * nla_total_size(sizeof(u32)) +
	       nla_total_size(topic->name_len + 1) +
	       nla_total_size(strlen(topic->type) + 1);
}

/* What a subscriber needs to know of a topic. */
int kbus_record_name(struct sk_buff *skb, const struct kbus_topic *topic,
		     u32 portid, u32 seq, int flags)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, portid, seq, KBUS_TOPIC, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	return record_end(skb, nlh, put_name(skb, topic));
}

static int put_options(struct sk_buff *skb, const struct kbus_topic *topic)
{
	const struct kbus_history *history = &topic->history;

	if (history->limits.messages &&
	    (nla_put_u32(skb, KBUS_TOPIC_HISTORY, history->limits.messages) ||
	     nla_put_u32(skb, KBUS_TOPIC_HISTORY_BYTES,
			 history->limits.bytes)))
		return -EMSGSIZE;
	return topic->allow_block ? nla_put_flag(skb, KBUS_TOPIC_ALLOW_BLOCK) :
				    0;
}

/* The numbers are those of the reader's user namespace. */
static int put_access(struct sk_buff *skb, const struct kbus_topic *topic)
{
	const struct kbus_access *access = &topic->access;
	struct user_namespace *user_ns = current_user_ns();

	return nla_put_u32(skb, KBUS_TOPIC_UID,
			   from_kuid_munged(user_ns, access->uid)) ||
	       nla_put_u32(skb, KBUS_TOPIC_GID,
			   from_kgid_munged(user_ns, access->gid)) ||
	       nla_put_u32(skb, KBUS_TOPIC_MODE, access->mode);
}

static int put_outbox(struct sk_buff *skb, const struct kbus_topic *topic)
{
	struct kbus_topic_counters counters;

	if (!topic->outbox)
		return 0;
	kbus_outbox_count(topic->outbox, &counters);
	return nla_put_u64_64bit(skb, KBUS_TOPIC_DEFERRED, counters.deferred,
				 KBUS_TOPIC_PAD) ||
	       nla_put_u64_64bit(skb, KBUS_TOPIC_LOST, counters.lost,
				 KBUS_TOPIC_PAD);
}

/* All that is known of a topic; caller must hold kbus_net.lock. */
int kbus_record_topic(struct sk_buff *skb, struct kbus_topic *topic,
		      u32 portid, u32 seq, int flags)
{
	struct kbus_net *kn = topic->kn;
	u8 listeners = netlink_has_listeners(kn->sk, topic->group);
	u32 subscribers, kept, kept_bytes;
	struct nlmsghdr *nlh;
	u64 last, bytes;

	kbus_topic_lock(topic);
	last = topic->seq;
	bytes = topic->bytes;
	subscribers = topic->subscribers;
	kept = topic->history.messages.qlen;
	kept_bytes = topic->history.bytes;
	kbus_topic_unlock(topic);

	lockdep_assert_held(&kn->lock);
	nlh = nlmsg_put(skb, portid, seq, KBUS_TOPIC, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	return record_end(skb, nlh,
			  put_name(skb, topic) ||
			  put_options(skb, topic) ||
			  put_access(skb, topic) ||
			  nla_put_u64_64bit(skb, KBUS_TOPIC_SEQ, last,
					    KBUS_TOPIC_PAD) ||
			  nla_put_u64_64bit(skb, KBUS_TOPIC_BYTES, bytes,
					    KBUS_TOPIC_PAD) ||
			  put_outbox(skb, topic) ||
			  nla_put_u32(skb, KBUS_TOPIC_SUBSCRIBERS,
				      subscribers) ||
			  nla_put_u8(skb, KBUS_TOPIC_LISTENERS, listeners) ||
			  nla_put_u32(skb, KBUS_TOPIC_KEPT, kept) ||
			  nla_put_u32(skb, KBUS_TOPIC_KEPT_BYTES, kept_bytes));
}

/* Room for kbus_record_gap(). */
size_t kbus_record_gap_size(void)
{
	return NLMSG_HDRLEN + nla_total_size(sizeof(u32)) +
	       3 * nla_total_size_64bit(sizeof(u64));
}

int kbus_record_gap(struct sk_buff *skb, const struct kbus_topic *topic,
		    const struct kbus_item *gap, u32 portid, u32 seq,
		    int flags)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, portid, seq, KBUS_GAP, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	return record_end(skb, nlh,
			  nla_put_u32(skb, KBUS_GAP_TOPIC, topic->id) ||
			  nla_put_u64_64bit(skb, KBUS_GAP_FIRST, gap->first,
					    KBUS_GAP_PAD) ||
			  nla_put_u64_64bit(skb, KBUS_GAP_LAST, gap->last,
					    KBUS_GAP_PAD) ||
			  nla_put_u64_64bit(skb, KBUS_GAP_COUNT,
					    gap->last - gap->first + 1,
					    KBUS_GAP_PAD));
}

/* Losses of topics that are known by their number alone; no larger than a gap. */
int kbus_record_forsaken(struct sk_buff *skb,
			 const struct kbus_forsaken *forsaken, u32 portid,
			 u32 seq, int flags)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, portid, seq, KBUS_GAP, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	return record_end(skb, nlh,
			  nla_put_u64_64bit(skb, KBUS_GAP_COUNT,
					    forsaken->messages,
					    KBUS_GAP_PAD) ||
			  nla_put_u32(skb, KBUS_GAP_TOPICS,
				      forsaken->tracks));
}

/* Room for kbus_record_subscriber(): one string, and less than
 * KBUS_SUBSCRIBER_MAX numbers.
 */
size_t kbus_record_subscriber_size(void)
{
	return NLMSG_HDRLEN + nla_total_size(TASK_COMM_LEN) +
	       KBUS_SUBSCRIBER_MAX * nla_total_size_64bit(sizeof(u64));
}

static int put_identity(struct sk_buff *skb, const struct kbus_subscriber *sub)
{
	u32 uid = from_kuid_munged(current_user_ns(), sub->uid);
	u32 pid = pid_nr_ns(sub->pid, task_active_pid_ns(current));

	return nla_put_u32(skb, KBUS_SUBSCRIBER_PORTID, sub->portid) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_CONTROL, sub->control) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_PID, pid) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_UID, uid) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_DELAY_US,
			   sub->bell.delay_us) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_SUBSCRIPTIONS,
			   sub->subscription_count);
}

static int put_backlog(struct sk_buff *skb, const struct kbus_backlog *backlog)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;

	return nla_put_u32(skb, KBUS_SUBSCRIBER_MESSAGES, limits->messages) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_BYTES, limits->bytes) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_OVERFLOW, limits->overflow) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_BACKLOG_MESSAGES,
			   backlog->messages) ||
	       nla_put_u32(skb, KBUS_SUBSCRIBER_BACKLOG_BYTES,
			   backlog->bytes);
}

static int put_counter(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, KBUS_SUBSCRIBER_PAD);
}

static int put_counters(struct sk_buff *skb, const struct kbus_subscriber *sub)
{
	return nla_put_u32(skb, KBUS_SUBSCRIBER_STATE, sub->state) ||
	       put_counter(skb, KBUS_SUBSCRIBER_LIVE, sub->live) ||
	       put_counter(skb, KBUS_SUBSCRIBER_DRAINED, sub->drained) ||
	       put_counter(skb, KBUS_SUBSCRIBER_LOST, sub->backlog.lost) ||
	       put_counter(skb, KBUS_SUBSCRIBER_REPORTED, sub->reported) ||
	       put_counter(skb, KBUS_SUBSCRIBER_GAPS, sub->gaps) ||
	       put_counter(skb, KBUS_SUBSCRIBER_OVERRUNS, sub->overruns);
}

/* What is known of a subscriber, but for its patterns; caller must hold
 * kbus_net.lock.
 */
int kbus_record_subscriber(struct sk_buff *skb, struct kbus_subscriber *sub,
			   u32 portid, u32 seq, int flags)
{
	struct nlmsghdr *nlh;
	int err;

	lockdep_assert_held(&sub->kn->lock);
	nlh = nlmsg_put(skb, portid, seq, KBUS_SUBSCRIBER, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	spin_lock_bh(&sub->lock);
	err = put_identity(skb, sub) || put_backlog(skb, &sub->backlog) ||
	      put_counters(skb, sub) ||
	      nla_put_string(skb, KBUS_SUBSCRIBER_PROGRAM, sub->program);
	spin_unlock_bh(&sub->lock);
	return record_end(skb, nlh, err);
}

/* Room for kbus_record_patterns(), or @max if that is less; caller must hold
 * kbus_net.lock.
 */
size_t kbus_record_patterns_size(const struct kbus_subscriber *sub, size_t max)
{
	const struct kbus_subscription *subscription;
	size_t size = 0;

	lockdep_assert_held(&sub->kn->lock);
	list_for_each_entry(subscription, &sub->subscriptions, by_subscriber) {
		size += nla_total_size(subscription->len + 1);
		if (size >= max)
			return max;
	}
	return size;
}

/* Adds to the record of a subscriber, which is all of @skb, its patterns: the
 * first of them, as many as fit. Caller must hold kbus_net.lock.
 */
void kbus_record_patterns(struct sk_buff *skb,
			  const struct kbus_subscriber *sub)
{
	const struct kbus_subscription *subscription;

	lockdep_assert_held(&sub->kn->lock);
	list_for_each_entry(subscription, &sub->subscriptions, by_subscriber)
		if (nla_put_string(skb, KBUS_SUBSCRIBER_PATTERN,
				   subscription->pattern))
			break;
	nlmsg_end(skb, nlmsg_hdr(skb));
}

/* Room for kbus_record_result(). */
size_t kbus_record_result_size(void)
{
	return NLMSG_HDRLEN + nla_total_size_64bit(sizeof(u64)) +
	       4 * nla_total_size(sizeof(u32));
}

/* What became of a message. */
int kbus_record_result(struct sk_buff *skb, const struct kbus_outcome *outcome,
		       u32 portid, u32 seq, int flags)
{
	const u32 *count = outcome->count;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, portid, seq, KBUS_RESULT, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	return record_end(skb, nlh,
			  nla_put_u32(skb, KBUS_RESULT_TOPIC,
				      outcome->topic) ||
			  nla_put_u64_64bit(skb, KBUS_RESULT_SEQ, outcome->seq,
					    KBUS_RESULT_PAD) ||
			  nla_put_u32(skb, KBUS_RESULT_LIVE,
				      count[KBUS_WAY_LIVE]) ||
			  nla_put_u32(skb, KBUS_RESULT_QUEUED,
				      count[KBUS_WAY_QUEUED]) ||
			  nla_put_u32(skb, KBUS_RESULT_DROPPED,
				      count[KBUS_WAY_DROPPED]));
}
