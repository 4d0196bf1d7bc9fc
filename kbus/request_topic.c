// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about topics
 */
#include "access.h"
#include "broker.h"
#include "group.h"
#include "history.h"
#include "hold.h"
#include "net.h"
#include "outbox.h"
#include "record.h"
#include "refuse.h"
#include "registry.h"
#include "request.h"
#include "request_topic.h"
#include "sys.h"
#include "topic.h"
#include "topic_change.h"

#include <linux/kbus.h>
#include <net/netlink.h>
#include <net/sock.h>

static int put_options(struct sk_buff *skb, const struct kbus_topic *topic)
{
	const struct kbus_history *history = &topic->history;

	if (history->limits.messages &&
	    (nla_put_u32(skb, KBUS_A_TOPIC_HISTORY, history->limits.messages) ||
	     nla_put_u32(skb, KBUS_A_TOPIC_HISTORY_BYTES,
			 history->limits.bytes)))
		return -EMSGSIZE;
	return topic->allow_block ?
		       nla_put_flag(skb, KBUS_A_TOPIC_ALLOW_BLOCK) :
		       0;
}

/* The ids are those in the reader's user namespace. */
static int put_access(struct sk_buff *skb, const struct kbus_topic *topic)
{
	const struct kbus_access *access = &topic->access;
	struct user_namespace *user_ns = current_user_ns();

	return nla_put_u32(skb, KBUS_A_TOPIC_UID,
			   from_kuid_munged(user_ns, access->uid)) ||
	       nla_put_u32(skb, KBUS_A_TOPIC_GID,
			   from_kgid_munged(user_ns, access->gid)) ||
	       nla_put_u32(skb, KBUS_A_TOPIC_MODE, access->mode);
}

static int put_outbox(struct sk_buff *skb, const struct kbus_topic *topic)
{
	struct kbus_topic_counters counters;

	if (!topic->outbox)
		return 0;
	kbus_outbox_count(topic->outbox, &counters);
	return nla_put_u64_64bit(skb, KBUS_A_TOPIC_DEFERRED, counters.deferred,
				 KBUS_A_TOPIC_PAD) ||
	       nla_put_u64_64bit(skb, KBUS_A_TOPIC_LOST, counters.lost,
				 KBUS_A_TOPIC_PAD);
}

/* Writes all properties of a topic. Caller must hold kbus_net.lock. */
static int put_topic(struct sk_buff *skb, struct kbus_topic *topic,
		     u32 portid, u32 seq, int flags)
{
	struct kbus_net *kn = topic->kn;
	u8 listeners = netlink_has_listeners(kn->sk, topic->group);
	u32 subscribers, kept, kept_bytes;
	struct nlmsghdr *nlh;
	u64 last, bytes;
	int err;

	kbus_topic_lock(topic);
	last = topic->seq;
	bytes = topic->bytes;
	subscribers = topic->subscribers;
	kept = topic->history.messages.qlen;
	kept_bytes = topic->history.bytes;
	kbus_topic_unlock(topic);

	lockdep_assert_held(&kn->lock);
	nlh = nlmsg_put(skb, portid, seq, KBUS_MSG_TOPIC, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	err = kbus_record_put_name(skb, topic) || put_options(skb, topic) ||
	      put_access(skb, topic) ||
	      nla_put_u64_64bit(skb, KBUS_A_TOPIC_SEQ, last,
				KBUS_A_TOPIC_PAD) ||
	      nla_put_u64_64bit(skb, KBUS_A_TOPIC_BYTES, bytes,
				KBUS_A_TOPIC_PAD) ||
	      put_outbox(skb, topic) ||
	      nla_put_u32(skb, KBUS_A_TOPIC_SUBSCRIBERS, subscribers) ||
	      nla_put_u8(skb, KBUS_A_TOPIC_LISTENERS, listeners) ||
	      nla_put_u32(skb, KBUS_A_TOPIC_KEPT, kept) ||
	      nla_put_u32(skb, KBUS_A_TOPIC_KEPT_BYTES, kept_bytes);
	return kbus_record_end(skb, nlh, err);
}

/* Consumes the answer's buffer. */
static int answer_topic(const struct kbus_request *req, struct sk_buff *skb,
			struct kbus_topic *topic)
{
	int err;

	kbus_group_ensure(topic);
	err = put_topic(skb, topic, req->portid, req->nlh->nlmsg_seq,
			0);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return nlmsg_unicast(req->kn->sk, skb, req->portid);
}

/* Sets the fields of @access that the request gives, and leaves the others. */
static int read_access(const struct kbus_request *req,
		       struct kbus_access *access)
{
	struct user_namespace *user_ns = current_user_ns();
	const struct nlattr *uid = req->attrs[KBUS_A_TOPIC_UID];
	const struct nlattr *gid = req->attrs[KBUS_A_TOPIC_GID];

	if (uid)
		access->uid = make_kuid(user_ns, nla_get_u32(uid));
	if (gid)
		access->gid = make_kgid(user_ns, nla_get_u32(gid));
	access->mode =
		kbus_get_u32(req->attrs[KBUS_A_TOPIC_MODE], access->mode);
	if (!uid_valid(access->uid) || !gid_valid(access->gid))
		return kbus_refuse(req->extack, -EINVAL,
				   "your user namespace has no such uid or gid");
	return 0;
}

static struct kbus_topic *create_topic(const struct kbus_request *req,
				       struct kbus_topic_plan *plan)
{
	struct kbus_access usual;
	int err;

	kbus_access_default(req->kn, &req->sender, &usual);
	plan->access = usual;
	err = read_access(req, &plan->access);
	if (!err)
		err = kbus_access_check_change(req->kn, &usual, &plan->access,
					       &req->sender.rights,
					       req->extack);
	if (err)
		return ERR_PTR(err);
	return kbus_topic_new(req->kn, plan, req->extack);
}

static struct kbus_topic *find_or_create(const struct kbus_request *req)
{
	const struct nlattr *name = req->attrs[KBUS_A_TOPIC_NAME];
	const struct nlattr *type = req->attrs[KBUS_A_TOPIC_TYPE];
	const struct kbus_topic_options options = {
		.type = type ? nla_data(type) : NULL,
		.history = kbus_get_u32(req->attrs[KBUS_A_TOPIC_HISTORY], 0),
		.history_bytes =
			kbus_get_u32(req->attrs[KBUS_A_TOPIC_HISTORY_BYTES], 0),
		.allow_block = req->attrs[KBUS_A_TOPIC_ALLOW_BLOCK],
	};
	struct kbus_topic_plan plan = {
		.name = nla_data(name),
		.name_len = kbus_string_length(name),
		.options = &options,
		.creator = &req->sender,
	};
	struct kbus_topic *topic;

	if (!(req->nlh->nlmsg_flags & NLM_F_EXCL)) {
		topic = kbus_topic_claim(req->kn, plan.name, plan.name_len,
					 true, NULL);
		if (!IS_ERR(topic) || topic == ERR_PTR(-EINTR))
			return topic;
	}
	return create_topic(req, &plan);
}

int kbus_request_topic_create(struct kbus_request *req)
{
	struct kbus_topic *topic;
	struct sk_buff *skb;

	if (!req->attrs[KBUS_A_TOPIC_NAME] || req->attrs[KBUS_A_TOPIC_ID])
		return kbus_refuse(req->extack, -EINVAL,
				   "give KBUS_A_TOPIC_NAME and no KBUS_A_TOPIC_ID");
	if (!kbus_get_u32(req->attrs[KBUS_A_TOPIC_HISTORY], 1) ||
	    !kbus_get_u32(req->attrs[KBUS_A_TOPIC_HISTORY_BYTES], 1))
		return kbus_refuse(req->extack, -EINVAL,
				   "a history keeps at least one message and one byte: for none leave it out");
	/* Allocate this first: if it fails, nothing must have changed. */
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	topic = find_or_create(req);
	if (IS_ERR(topic)) {
		nlmsg_free(skb);
		return PTR_ERR(topic);
	}
	/* The topic exists whether or not the answer can be sent. */
	answer_topic(req, skb, topic);
	kbus_topic_unclaim(topic);
	return 0;
}

static struct kbus_topic *topic_named(const struct kbus_request *req)
{
	const struct nlattr *name = req->attrs[KBUS_A_TOPIC_NAME];
	const struct nlattr *id = req->attrs[KBUS_A_TOPIC_ID];

	if (!name == !id)
		return ERR_PTR(kbus_refuse(req->extack, -EINVAL,
					   "give either KBUS_A_TOPIC_NAME or KBUS_A_TOPIC_ID"));
	if (name)
		return kbus_topic_claim(req->kn, nla_data(name),
					kbus_string_length(name), true,
					req->extack);
	return kbus_topic_claim_id(req->kn, nla_get_u32(id), req->extack);
}

static int delete_topic(const struct kbus_request *req, struct kbus_topic *topic)
{
	int err;

	if (kbus_topic_is_brokers(topic))
		return kbus_refuse(req->extack, -EPERM,
				   "this topic is the broker's own: it stays as long as the bus");
	if (topic->outbox)
		return kbus_refuse(req->extack, -EBUSY,
				   "a kernel module holds this topic: unload the module");
	err = kbus_access_check_owner(req->kn, &topic->access,
				      &req->sender.rights, req->extack);
	if (!err)
		kbus_topic_delete(topic);
	return err;
}

int kbus_request_topic_delete(struct kbus_request *req)
{
	struct kbus_topic *topic = topic_named(req);
	int err;

	if (IS_ERR(topic))
		return PTR_ERR(topic);
	err = delete_topic(req, topic);
	kbus_topic_unclaim(topic);
	return err;
}

static int change_access(const struct kbus_request *req, struct kbus_topic *topic)
{
	struct kbus_access access;
	int err;

	if (!req->attrs[KBUS_A_TOPIC_UID] && !req->attrs[KBUS_A_TOPIC_GID] &&
	    !req->attrs[KBUS_A_TOPIC_MODE])
		return kbus_refuse(req->extack, -EINVAL,
				   "say what to change: KBUS_A_TOPIC_UID, KBUS_A_TOPIC_GID or KBUS_A_TOPIC_MODE");
	access = topic->access;
	err = read_access(req, &access);
	if (!err)
		err = kbus_access_check_change(req->kn, &topic->access,
					       &access, &req->sender.rights,
					       req->extack);
	return err ? err : kbus_topic_change(topic, &access,
					       req->extack);
}

int kbus_request_topic_change(struct kbus_request *req)
{
	struct kbus_topic *topic = topic_named(req);
	int err;

	if (IS_ERR(topic))
		return PTR_ERR(topic);
	err = change_access(req, topic);
	kbus_topic_unclaim(topic);
	return err;
}

int kbus_request_topic_get(struct kbus_request *req)
{
	struct kbus_topic *topic = topic_named(req);
	struct sk_buff *skb;
	int err = -ENOMEM;

	if (IS_ERR(topic))
		return PTR_ERR(topic);
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (skb)
		err = answer_topic(req, skb, topic);
	kbus_topic_unclaim(topic);
	return err;
}

static int topic_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kbus_net *kn = kbus_net(sock_net(cb->skb->sk));
	unsigned long id = cb->args[0];
	struct kbus_topic *topic;
	struct kbus_user *turn;

	turn = kbus_net_lock(kn, current_cred());
	if (IS_ERR(turn))
		return PTR_ERR(turn);
	xa_for_each_start(&kn->topics, id, topic, id)
		if (put_topic(skb, topic, NETLINK_CB(cb->skb).portid,
			      cb->nlh->nlmsg_seq, NLM_F_MULTI))
			break;
	kbus_net_unlock(kn, turn);
	cb->args[0] = topic ? id : ULONG_MAX;
	return skb->len;
}

int kbus_request_topics(struct kbus_request *req)
{
	struct netlink_dump_control control = { .dump = topic_dump };

	return netlink_dump_start(req->kn->sk, req->skb, req->nlh, &control);
}
