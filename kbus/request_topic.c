// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about topics
 */
#include "hold.h"
#include "request.h"
#include "sys.h"

#include <linux/kbus.h>
#include <net/netlink.h>
#include <net/sock.h>

/* Consumes the answer's buffer. */
static int answer_topic(const struct kbus_request *req, struct sk_buff *skb,
			struct kbus_topic *topic)
{
	int err;

	kbus_group_ensure(topic);
	err = kbus_record_topic(skb, topic, req->portid, req->nlh->nlmsg_seq,
				0);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return nlmsg_unicast(req->kn->sk, skb, req->portid);
}

static int check_options(const struct kbus_request *req)
{
	struct nlattr *const *attrs = req->attrs;

	if (!kbus_get_u32(attrs[KBUS_TOPIC_HISTORY], 1) ||
	    !kbus_get_u32(attrs[KBUS_TOPIC_HISTORY_BYTES], 1))
		return kbus_refuse(req->extack, -EINVAL,
				   "a history keeps at least one message and one byte: for none leave it out");
	if (attrs[KBUS_TOPIC_TYPE] &&
	    memchr(nla_data(attrs[KBUS_TOPIC_TYPE]), 0,
		   kbus_string_length(attrs[KBUS_TOPIC_TYPE])))
		return kbus_refuse(req->extack, -EINVAL,
				   "a type's name has no NUL");
	return 0;
}

/* What the request says of @access, and leaves the rest. */
static int read_access(const struct kbus_request *req,
		       struct kbus_access *access)
{
	struct user_namespace *user_ns = current_user_ns();
	const struct nlattr *uid = req->attrs[KBUS_TOPIC_UID];
	const struct nlattr *gid = req->attrs[KBUS_TOPIC_GID];

	if (uid)
		access->uid = make_kuid(user_ns, nla_get_u32(uid));
	if (gid)
		access->gid = make_kgid(user_ns, nla_get_u32(gid));
	access->mode = kbus_get_u32(req->attrs[KBUS_TOPIC_MODE], access->mode);
	if (!uid_valid(access->uid) || !gid_valid(access->gid))
		return kbus_refuse(req->extack, -EINVAL,
				   "your user namespace has no such uid or gid");
	return 0;
}

static struct kbus_topic *create(const struct kbus_request *req,
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
	const struct nlattr *name = req->attrs[KBUS_TOPIC_NAME];
	const struct nlattr *type = req->attrs[KBUS_TOPIC_TYPE];
	const struct kbus_topic_options options = {
		.type = type ? nla_data(type) : NULL,
		.history = kbus_get_u32(req->attrs[KBUS_TOPIC_HISTORY], 0),
		.history_bytes =
			kbus_get_u32(req->attrs[KBUS_TOPIC_HISTORY_BYTES], 0),
		.allow_block = req->attrs[KBUS_TOPIC_ALLOW_BLOCK],
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
	return create(req, &plan);
}

int kbus_request_topic_create(struct kbus_request *req)
{
	struct kbus_topic *topic;
	struct sk_buff *skb;
	int err;

	if (!req->attrs[KBUS_TOPIC_NAME] || req->attrs[KBUS_TOPIC_ID])
		return kbus_refuse(req->extack, -EINVAL,
				   "give KBUS_TOPIC_NAME and no KBUS_TOPIC_ID");
	err = check_options(req);
	if (err)
		return err;

	/* First, so that nothing has changed if it fails. */
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	topic = find_or_create(req);
	if (IS_ERR(topic)) {
		nlmsg_free(skb);
		return PTR_ERR(topic);
	}
	/* The topic is there, whatever becomes of the answer. */
	answer_topic(req, skb, topic);
	kbus_topic_unclaim(topic);
	return 0;
}

static struct kbus_topic *topic_named(const struct kbus_request *req)
{
	const struct nlattr *name = req->attrs[KBUS_TOPIC_NAME];
	const struct nlattr *id = req->attrs[KBUS_TOPIC_ID];

	if (!name == !id)
		return ERR_PTR(kbus_refuse(req->extack, -EINVAL,
					   "give either KBUS_TOPIC_NAME or KBUS_TOPIC_ID"));
	if (name)
		return kbus_topic_claim(req->kn, nla_data(name),
					kbus_string_length(name), true,
					req->extack);
	return kbus_topic_claim_id(req->kn, nla_get_u32(id), req->extack);
}

static int delete(const struct kbus_request *req, struct kbus_topic *topic)
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
	err = delete(req, topic);
	kbus_topic_unclaim(topic);
	return err;
}

static int change_access(const struct kbus_request *req, struct kbus_topic *topic)
{
	struct kbus_access access;
	int err;

	if (!req->attrs[KBUS_TOPIC_UID] && !req->attrs[KBUS_TOPIC_GID] &&
	    !req->attrs[KBUS_TOPIC_MODE])
		return kbus_refuse(req->extack, -EINVAL,
				   "say what to change: KBUS_TOPIC_UID, KBUS_TOPIC_GID or KBUS_TOPIC_MODE");
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
		if (kbus_record_topic(skb, topic, NETLINK_CB(cb->skb).portid,
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
