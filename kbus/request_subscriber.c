// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about subscribers: registration, subscriptions and backlogs
 */
#include "access.h"
#include "backlog.h"
#include "binding.h"
#include "broker.h"
#include "drain.h"
#include "hold.h"
#include "inbox.h"
#include "net.h"
#include "record.h"
#include "refuse.h"
#include "registration.h"
#include "request.h"
#include "request_subscriber.h"
#include "sift.h"
#include "subscribe.h"
#include "subscriber.h"
#include "subscription.h"

#include <linux/pid_namespace.h>
#include <linux/sizes.h>
#include <net/netlink.h>
#include <net/sock.h>

int kbus_request_register(struct kbus_request *req)
{
	struct nlattr **attrs = req->attrs;
	const struct kbus_subscriber_options options = {
		.control = kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_CONTROL], 0),
		.limits.messages =
			kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_MESSAGES], 0),
		.limits.bytes = kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_BYTES], 0),
		.limits.overflow =
			kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_OVERFLOW],
				     KBUS_DROP_OLDEST),
		.coalesce_us =
			kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_COALESCE_US], 0),
		.no_error = attrs[KBUS_A_SUBSCRIBER_NO_ENOBUFS],
	};

	if (!kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_MESSAGES], 1) ||
	    !kbus_get_u32(attrs[KBUS_A_SUBSCRIBER_BYTES], 1))
		return kbus_refuse(req->extack, -EINVAL,
				   "a backlog needs room for at least one message and one byte");
	return kbus_subscriber_register(req->kn, NETLINK_CB(req->skb).sk,
					req->portid, &options, &req->sender,
					req->extack);
}

static int refuse_stranger(const struct kbus_request *req)
{
	return kbus_refuse(req->extack, -ENOTCONN,
			   "not a subscriber: send KBUS_CMD_REGISTER first");
}

/* Returns the subscriber that a request names. */
static struct kbus_subscriber *subscriber_meant(const struct kbus_request *req)
{
	u32 portid =
		kbus_get_u32(req->attrs[KBUS_A_SUBSCRIBER_PORTID], req->portid);
	struct kbus_subscriber *sub;

	sub = kbus_subscriber_find(req->kn, portid);
	if (!sub ||
	    (portid == req->portid && sub->sk != NETLINK_CB(req->skb).sk))
		return ERR_PTR(refuse_stranger(req));
	return sub;
}

/*
 * As subscriber_meant(), if the request's sender may speak for the subscriber.
 */
static struct kbus_subscriber *subscriber_owned(const struct kbus_request *req)
{
	struct kbus_subscriber *sub = subscriber_meant(req);

	if (IS_ERR(sub))
		return sub;
	if (sub->portid != req->portid &&
	    !kbus_subscriber_controlled_by(sub, NETLINK_CB(req->skb).sk,
					   req->portid, &req->sender.rights))
		return ERR_PTR(kbus_refuse(req->extack, -EPERM,
					   "this subscriber named another control socket"));
	return sub;
}

/* As subscriber_owned(), if the request has a pattern. */
static struct kbus_subscriber *pattern_for(const struct kbus_request *req)
{
	struct kbus_subscriber *sub = subscriber_owned(req);

	if (!IS_ERR(sub) && !req->attrs[KBUS_A_SUBSCRIBER_PATTERN])
		return ERR_PTR(kbus_refuse(req->extack, -EINVAL,
					   "KBUS_A_SUBSCRIBER_PATTERN is missing"));
	return sub;
}

int kbus_request_subscribe(struct kbus_request *req)
{
	const struct nlattr *pattern = req->attrs[KBUS_A_SUBSCRIBER_PATTERN];
	const struct nlattr *replay = req->attrs[KBUS_A_SUBSCRIBER_REPLAY];
	struct kbus_subscriber *sub = pattern_for(req);
	int err;

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	if (!kbus_may_act_with(req->kn, &req->sender.rights, &sub->rights))
		return kbus_refuse(req->extack, -EPERM,
				   "another user registered this subscriber: open a socket of your own");
	if (!kbus_get_u32(replay, 1))
		return kbus_refuse(req->extack, -EINVAL,
				   "a replay is of at least one message: for none leave it out");
	err = kbus_subscriber_claim(sub, req->extack);
	if (err)
		return err;
	err = kbus_subscribe(sub, nla_data(pattern),
			     kbus_string_length(pattern),
			     kbus_get_u32(replay, 0), req->extack);
	kbus_subscriber_unclaim(sub);
	return err;
}

int kbus_request_unsubscribe(struct kbus_request *req)
{
	const struct nlattr *pattern = req->attrs[KBUS_A_SUBSCRIBER_PATTERN];
	struct kbus_subscriber *sub = pattern_for(req);
	int err;

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	err = kbus_subscriber_claim(sub, req->extack);
	if (err)
		return err;
	err = kbus_unsubscribe(sub, nla_data(pattern),
			       kbus_string_length(pattern), req->extack);
	kbus_subscriber_unclaim(sub);
	return err;
}

/*
 * Size of the record that put_subscriber() writes: one string, and fewer than
 * KBUS_A_SUBSCRIBER_MAX numbers.
 */
static size_t subscriber_record_size(void)
{
	return NLMSG_HDRLEN + nla_total_size(TASK_COMM_LEN) +
	       KBUS_A_SUBSCRIBER_MAX * nla_total_size_64bit(sizeof(u64));
}

static int put_identity(struct sk_buff *skb, const struct kbus_subscriber *sub)
{
	u32 uid = from_kuid_munged(current_user_ns(), sub->uid);
	u32 pid = pid_nr_ns(sub->pid, task_active_pid_ns(current));

	return nla_put_u32(skb, KBUS_A_SUBSCRIBER_PORTID, sub->portid) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_CONTROL, sub->control) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_PID, pid) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_UID, uid) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_COALESCE_US,
			   sub->coalesce.coalesce_us) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_SUBSCRIPTIONS,
			   sub->subscription_count);
}

static int put_backlog(struct sk_buff *skb, const struct kbus_backlog *backlog)
{
	const struct kbus_backlog_limits *limits = &backlog->limits;

	return nla_put_u32(skb, KBUS_A_SUBSCRIBER_MESSAGES, limits->messages) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_BYTES, limits->bytes) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_OVERFLOW, limits->overflow) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_BACKLOG_MESSAGES,
			   backlog->messages) ||
	       nla_put_u32(skb, KBUS_A_SUBSCRIBER_BACKLOG_BYTES,
			   backlog->bytes);
}

static int put_counter(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, KBUS_A_SUBSCRIBER_PAD);
}

static int put_counters(struct sk_buff *skb, const struct kbus_subscriber *sub)
{
	return nla_put_u32(skb, KBUS_A_SUBSCRIBER_STATE, sub->state) ||
	       put_counter(skb, KBUS_A_SUBSCRIBER_LIVE, sub->live) ||
	       put_counter(skb, KBUS_A_SUBSCRIBER_DRAINED, sub->drained) ||
	       put_counter(skb, KBUS_A_SUBSCRIBER_LOST, sub->backlog.lost) ||
	       put_counter(skb, KBUS_A_SUBSCRIBER_REPORTED, sub->reported) ||
	       put_counter(skb, KBUS_A_SUBSCRIBER_GAPS, sub->gaps) ||
	       put_counter(skb, KBUS_A_SUBSCRIBER_OVERRUNS, sub->overruns);
}

/*
 * Writes all properties of a subscriber except its patterns. Caller must hold
 * kbus_net.lock.
 */
static int put_subscriber(struct sk_buff *skb, struct kbus_subscriber *sub,
			  u32 portid, u32 seq, int flags)
{
	struct nlmsghdr *nlh;
	int err;

	lockdep_assert_held(&sub->kn->lock);
	nlh = nlmsg_put(skb, portid, seq, KBUS_MSG_SUBSCRIBER, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	spin_lock_bh(&sub->lock);
	err = put_identity(skb, sub) || put_backlog(skb, &sub->backlog) ||
	      put_counters(skb, sub) ||
	      nla_put_string(skb, KBUS_A_SUBSCRIBER_PROGRAM, sub->program);
	spin_unlock_bh(&sub->lock);
	return kbus_record_end(skb, nlh, err);
}

/*
 * Returns the room that put_patterns() needs, but at most @max. Caller must
 * hold kbus_net.lock.
 */
static size_t patterns_size(const struct kbus_subscriber *sub, size_t max)
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

/*
 * Adds a subscriber's patterns to its record, which is all of @skb, until no
 * more fit. Caller must hold kbus_net.lock.
 */
static void put_patterns(struct sk_buff *skb,
			 const struct kbus_subscriber *sub)
{
	const struct kbus_subscription *subscription;

	lockdep_assert_held(&sub->kn->lock);
	list_for_each_entry(subscription, &sub->subscriptions, by_subscriber)
		if (nla_put_string(skb, KBUS_A_SUBSCRIBER_PATTERN,
				   subscription->pattern))
			break;
	nlmsg_end(skb, nlmsg_hdr(skb));
}

/* Room for patterns in an answer: about 60 of the maximum length. */
#define PATTERNS_SIZE_MAX (SZ_16K - 1024)

int kbus_request_subscriber_get(struct kbus_request *req)
{
	struct kbus_subscriber *sub = subscriber_meant(req);
	struct sk_buff *skb;
	int err;

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	skb = nlmsg_new(subscriber_record_size() +
			patterns_size(sub, PATTERNS_SIZE_MAX),
			GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = put_subscriber(skb, sub, req->portid,
			     req->nlh->nlmsg_seq, 0);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	put_patterns(skb, sub);
	return nlmsg_unicast(req->kn->sk, skb, req->portid);
}

/*
 * Whether a dump includes a subscriber. A dump for a topic that was deleted
 * meanwhile includes none.
 */
static bool dump_wants(const struct netlink_callback *cb,
		       struct kbus_subscriber *sub)
{
	u32 id = (unsigned long)cb->data;
	struct kbus_topic *topic;
	struct kbus_binding *binding;

	if (!id)
		return true;
	topic = xa_load(&sub->kn->topics, id);
	binding = topic ? kbus_binding_find(topic, sub) : NULL;
	return binding && binding->attached;
}

static int subscriber_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kbus_net *kn = kbus_net(sock_net(cb->skb->sk));
	struct kbus_subscriber *sub;
	struct kbus_user *turn;
	unsigned long number;

	turn = kbus_net_lock(kn, current_cred());
	if (IS_ERR(turn))
		return PTR_ERR(turn);
	xa_for_each_start(&kn->subscriber_numbers, number, sub, cb->args[0]) {
		if (dump_wants(cb, sub) &&
		    put_subscriber(skb, sub,
				   NETLINK_CB(cb->skb).portid,
					   cb->nlh->nlmsg_seq, NLM_F_MULTI))
			break;
		cb->args[0] = number + 1;
		kbus_net_pause(kn);
	}
	kbus_net_unlock(kn, turn);
	return skb->len;
}

int kbus_request_subscribers(struct kbus_request *req)
{
	const struct nlattr *topic = req->attrs[KBUS_A_SUBSCRIBER_TOPIC];
	struct netlink_dump_control control = { .dump = subscriber_dump };

	if (topic) {
		u32 id = nla_get_u32(topic);

		if (!xa_load(&req->kn->topics, id))
			return kbus_refuse(req->extack, -ENOENT,
					   "no topic has this id");
		control.data = (void *)(unsigned long)id;
	}
	return netlink_dump_start(req->kn->sk, req->skb, req->nlh, &control);
}

/*
 * Served without kbus_net.lock, so that readers need not wait for requests that
 * change something.
 */
int kbus_request_backlog(struct kbus_request *req)
{
	struct netlink_dump_control control = {
		.start = kbus_drain_start,
		.dump = kbus_drain_chunk,
		.done = kbus_drain_done,
	};
	struct kbus_subscriber *sub;
	int err;

	sub = kbus_subscriber_get(req->kn, req->portid);
	if (!sub || sub->sk != NETLINK_CB(req->skb).sk) {
		err = refuse_stranger(req);
		goto out;
	}

	control.data = sub;
	if (kbus_inbox_filters(sub->sk))
		err = kbus_sift(sub, req->portid, req->nlh->nlmsg_seq,
				req->extack);
	else
		err = netlink_dump_start(req->kn->sk, req->skb, req->nlh,
					 &control);
out:
	if (sub)
		kbus_subscriber_put(sub);
	return err;
}
