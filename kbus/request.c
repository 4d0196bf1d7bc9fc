// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: what programs may ask of the broker, and its answers
 */
#include "request.h"

#include <net/netlink.h>
#include <net/sock.h>

static const struct nla_policy publish_policy[KBUS_MESSAGE_PAYLOAD + 1] = {
	[KBUS_MESSAGE_PAYLOAD] = { .type = NLA_BINARY },
};

static const struct nla_policy topic_policy[KBUS_TOPIC_TYPE + 1] = {
	[KBUS_TOPIC_ID] = { .type = NLA_U32 },
	[KBUS_TOPIC_NAME] = { .type = NLA_NUL_STRING },
	[KBUS_TOPIC_TYPE] = { .type = NLA_NUL_STRING },
};

static const struct nla_policy
register_policy[KBUS_SUBSCRIBER_OVERFLOW + 1] = {
	[KBUS_SUBSCRIBER_CONTROL] = { .type = NLA_U32 },
	[KBUS_SUBSCRIBER_MESSAGES] = { .type = NLA_U32 },
	[KBUS_SUBSCRIBER_BYTES] = { .type = NLA_U32 },
	[KBUS_SUBSCRIBER_OVERFLOW] =
		NLA_POLICY_MAX(NLA_U32, KBUS_OVERFLOW_MAX),
};

static const struct nla_policy subscribe_policy[KBUS_SUBSCRIBER_PATTERN + 1] = {
	[KBUS_SUBSCRIBER_PORTID] = { .type = NLA_U32 },
	[KBUS_SUBSCRIBER_PATTERN] = { .type = NLA_NUL_STRING },
};

static const struct nla_policy
subscriber_policy[KBUS_SUBSCRIBER_PORTID + 1] = {
	[KBUS_SUBSCRIBER_PORTID] = { .type = NLA_U32 },
};

/* Strings may hold a second NUL: the name check refuses it. */
static size_t string_length(const struct nlattr *attr)
{
	return nla_len(attr) - 1;
}

static int publish(struct kbus_request *req)
{
	const struct nlattr *payload = req->attrs[KBUS_MESSAGE_PAYLOAD];
	const struct kbus_header *header = nlmsg_data(req->nlh);
	const struct kbus_header asked = { .topic = header->topic };
	struct kbus_topic *topic;
	struct sk_buff *skb;
	int err;

	if (memcmp(header, &asked, sizeof(asked)))
		return kbus_refuse(req->extack, -EINVAL,
				   "all fields of kbus_header but the topic must be 0");
	if (!payload)
		return kbus_refuse(req->extack, -EINVAL,
				   "KBUS_MESSAGE_PAYLOAD is missing");
	if (nla_len(payload) > KBUS_PAYLOAD_MAX)
		return kbus_refuse(req->extack, -EMSGSIZE,
				   "payload too large: at most 64512 bytes");
	skb = kbus_message_new(nla_data(payload), nla_len(payload),
			       GFP_KERNEL);
	if (!skb)
		return -ENOMEM;

	rcu_read_lock();
	topic = xa_load(&req->kn->topics, asked.topic);
	if (topic && !topic->kernel) {
		err = kbus_publish_skb(topic, skb, nla_len(payload),
				       &req->sender);
	} else {
		err = topic ? -EPERM : -ENOENT;
		kfree_skb(skb);
	}
	rcu_read_unlock();

	if (err == -EPERM)
		NL_SET_ERR_MSG(req->extack,
			       "this topic takes messages from kernel modules only");
	if (err == -ENOENT)
		NL_SET_ERR_MSG(req->extack,
			       "no topic has this id: look up its name again");
	return err;
}

/* Consumes the answer's buffer. */
static int answer_topic(const struct kbus_request *req, struct sk_buff *skb,
			struct kbus_topic *topic)
{
	int err;

	err = kbus_record_topic(skb, topic, req->portid, req->nlh->nlmsg_seq,
				0);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return nlmsg_unicast(req->kn->sk, skb, req->portid);
}

static int topic_create(struct kbus_request *req)
{
	const struct nlattr *name = req->attrs[KBUS_TOPIC_NAME];
	const struct nlattr *type = req->attrs[KBUS_TOPIC_TYPE];
	struct kbus_topic *topic;
	struct sk_buff *skb;
	int err;

	if (!name || req->attrs[KBUS_TOPIC_ID])
		return kbus_refuse(req->extack, -EINVAL,
				   "give KBUS_TOPIC_NAME and no KBUS_TOPIC_ID");
	if (type) {
		err = kbus_refuse_fault(req->extack,
					kbus_type_name_fault(nla_data(type),
							     string_length(type)));
		if (err)
			return err;
	}

	/* First, so that nothing has changed if it fails. */
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	topic = kbus_topic_find(req->kn, nla_data(name), string_length(name),
				NULL);
	if (IS_ERR(topic) || req->nlh->nlmsg_flags & NLM_F_EXCL)
		topic = kbus_topic_new(req->kn, nla_data(name),
				       string_length(name),
				       type ? nla_data(type) : "",
				       &req->sender, req->extack);
	if (IS_ERR(topic)) {
		nlmsg_free(skb);
		return PTR_ERR(topic);
	}
	/* The topic is there, whatever becomes of the answer. */
	answer_topic(req, skb, topic);
	return 0;
}

static struct kbus_topic *topic_named(const struct kbus_request *req)
{
	const struct nlattr *name = req->attrs[KBUS_TOPIC_NAME];
	const struct nlattr *id = req->attrs[KBUS_TOPIC_ID];
	struct kbus_topic *topic;

	if (!name == !id)
		return ERR_PTR(kbus_refuse(req->extack, -EINVAL,
					   "give either KBUS_TOPIC_NAME or KBUS_TOPIC_ID"));
	if (name)
		return kbus_topic_find(req->kn, nla_data(name),
				       string_length(name), req->extack);
	topic = xa_load(&req->kn->topics, nla_get_u32(id));
	if (!topic)
		return ERR_PTR(kbus_refuse(req->extack, -ENOENT,
					   "no topic has this id"));
	return topic;
}

static int topic_delete(struct kbus_request *req)
{
	struct kbus_topic *topic = topic_named(req);

	if (IS_ERR(topic))
		return PTR_ERR(topic);
	if (topic->kernel)
		return kbus_refuse(req->extack, -EBUSY,
				   "a kernel module holds this topic: unload the module");
	if (!uid_eq(topic->owner, req->sender.uid) &&
	    !netlink_ns_capable(req->skb, req->kn->net->user_ns,
				CAP_NET_ADMIN))
		return kbus_refuse(req->extack, -EPERM,
				   "only the topic's owner or CAP_NET_ADMIN may delete it");
	kbus_topic_delete(topic);
	return 0;
}

static int topic_get(struct kbus_request *req)
{
	struct kbus_topic *topic = topic_named(req);
	struct sk_buff *skb;

	if (IS_ERR(topic))
		return PTR_ERR(topic);
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	return answer_topic(req, skb, topic);
}

static int topic_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kbus_net *kn = kbus_net(sock_net(cb->skb->sk));
	unsigned long id = cb->args[0];
	struct kbus_topic *topic;

	mutex_lock(&kn->lock);
	xa_for_each_start(&kn->topics, id, topic, id)
		if (kbus_record_topic(skb, topic, NETLINK_CB(cb->skb).portid,
				      cb->nlh->nlmsg_seq, NLM_F_MULTI))
			break;
	mutex_unlock(&kn->lock);
	cb->args[0] = topic ? id : ULONG_MAX;
	return skb->len;
}

static u32 get_u32(const struct nlattr *attr, u32 absent)
{
	return attr ? nla_get_u32(attr) : absent;
}

static int subscriber_register(struct kbus_request *req)
{
	struct nlattr **attrs = req->attrs;
	const struct kbus_backlog_limits limits = {
		.messages = get_u32(attrs[KBUS_SUBSCRIBER_MESSAGES],
				    KBUS_BACKLOG_MESSAGES_DEFAULT),
		.bytes = get_u32(attrs[KBUS_SUBSCRIBER_BYTES],
				 KBUS_BACKLOG_BYTES_DEFAULT),
		.overflow = get_u32(attrs[KBUS_SUBSCRIBER_OVERFLOW],
				    KBUS_DROP_OLDEST),
	};

	return kbus_subscriber_register(req->kn, NETLINK_CB(req->skb).sk,
					req->portid,
					get_u32(attrs[KBUS_SUBSCRIBER_CONTROL],
						0),
					&limits, &req->sender, req->extack);
}

/* The subscriber that a request means, if its sender may speak for it. */
static struct kbus_subscriber *subscriber_meant(const struct kbus_request *req)
{
	u32 portid = get_u32(req->attrs[KBUS_SUBSCRIBER_PORTID], req->portid);
	struct sock *sk = NETLINK_CB(req->skb).sk;
	struct kbus_subscriber *sub;

	sub = kbus_subscriber_find(req->kn, portid);
	if (!sub || (portid == req->portid && sub->sk != sk))
		return ERR_PTR(kbus_refuse(req->extack, -ENOTCONN,
					   "not a subscriber: send KBUS_REGISTER first"));
	if (portid != req->portid &&
	    !kbus_subscriber_controlled_by(sub, sk, req->portid))
		return ERR_PTR(kbus_refuse(req->extack, -EPERM,
					   "this subscriber named another control socket"));
	return sub;
}

static int subscribe(struct kbus_request *req)
{
	const struct nlattr *pattern = req->attrs[KBUS_SUBSCRIBER_PATTERN];
	struct kbus_subscriber *sub = subscriber_meant(req);

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	if (!pattern)
		return kbus_refuse(req->extack, -EINVAL,
				   "KBUS_SUBSCRIBER_PATTERN is missing");
	return kbus_subscribe(sub, nla_data(pattern), string_length(pattern),
			      req->extack);
}

static int unsubscribe(struct kbus_request *req)
{
	const struct nlattr *pattern = req->attrs[KBUS_SUBSCRIBER_PATTERN];
	struct kbus_subscriber *sub = subscriber_meant(req);

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	if (!pattern)
		return kbus_refuse(req->extack, -EINVAL,
				   "KBUS_SUBSCRIBER_PATTERN is missing");
	return kbus_unsubscribe(sub, nla_data(pattern), string_length(pattern),
				req->extack);
}

static int subscriber_get(struct kbus_request *req)
{
	struct kbus_subscriber *sub = subscriber_meant(req);
	struct sk_buff *skb;
	int err;

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	skb = nlmsg_new(kbus_record_subscriber_size(), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = kbus_record_subscriber(skb, sub, req->portid,
				     req->nlh->nlmsg_seq, 0);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return nlmsg_unicast(req->kn->sk, skb, req->portid);
}

static int subscriber_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kbus_net *kn = kbus_net(sock_net(cb->skb->sk));
	struct kbus_subscriber *sub;
	u64 from = cb->args[0];

	mutex_lock(&kn->lock);
	list_for_each_entry(sub, &kn->subscriber_list, list) {
		if (sub->number < from)
			continue;
		if (kbus_record_subscriber(skb, sub,
					   NETLINK_CB(cb->skb).portid,
					   cb->nlh->nlmsg_seq, NLM_F_MULTI))
			break;
		cb->args[0] = sub->number + 1;
	}
	mutex_unlock(&kn->lock);
	return skb->len;
}

static int start_dump(struct kbus_request *req,
		      int (*dump)(struct sk_buff *, struct netlink_callback *))
{
	struct netlink_dump_control control = { .dump = dump };

	return netlink_dump_start(req->kn->sk, req->skb, req->nlh, &control);
}

static int dump_topics(struct kbus_request *req)
{
	return start_dump(req, topic_dump);
}

static int dump_subscribers(struct kbus_request *req)
{
	return start_dump(req, subscriber_dump);
}

static int dump_backlog(struct kbus_request *req)
{
	struct netlink_dump_control control = {
		.start = kbus_drain_start,
		.dump = kbus_drain,
		.done = kbus_drain_done,
	};
	struct kbus_subscriber *sub;
	int err;

	mutex_lock(&req->kn->lock);
	sub = subscriber_meant(req);
	if (!IS_ERR(sub))
		refcount_inc(&sub->refs);
	mutex_unlock(&req->kn->lock);
	if (IS_ERR(sub))
		return PTR_ERR(sub);

	control.data = sub;
	err = netlink_dump_start(req->kn->sk, req->skb, req->nlh, &control);
	kbus_subscriber_put(sub);
	return err;
}

const struct kbus_request_type kbus_request_types[KBUS_REQUEST_TYPES] = {
	[KBUS_PUBLISH] = {
		.header_size = sizeof(struct kbus_header),
		.policy = publish_policy,
		.attr_max = KBUS_MESSAGE_PAYLOAD,
		.serve = publish,
	},
	[KBUS_TOPIC_CREATE] = {
		.policy = topic_policy,
		.attr_max = KBUS_TOPIC_TYPE,
		.locked = true,
		.serve = topic_create,
	},
	[KBUS_TOPIC_DELETE] = {
		.policy = topic_policy,
		.attr_max = KBUS_TOPIC_NAME,
		.locked = true,
		.serve = topic_delete,
	},
	[KBUS_TOPIC_GET] = {
		.policy = topic_policy,
		.attr_max = KBUS_TOPIC_NAME,
		.locked = true,
		.serve = topic_get,
		.dump = dump_topics,
	},
	[KBUS_REGISTER] = {
		.policy = register_policy,
		.attr_max = KBUS_SUBSCRIBER_OVERFLOW,
		.locked = true,
		.serve = subscriber_register,
	},
	[KBUS_SUBSCRIBE] = {
		.policy = subscribe_policy,
		.attr_max = KBUS_SUBSCRIBER_PATTERN,
		.locked = true,
		.serve = subscribe,
	},
	[KBUS_UNSUBSCRIBE] = {
		.policy = subscribe_policy,
		.attr_max = KBUS_SUBSCRIBER_PATTERN,
		.locked = true,
		.serve = unsubscribe,
	},
	[KBUS_BACKLOG] = {
		.dump = dump_backlog,
	},
	[KBUS_SUBSCRIBER_GET] = {
		.policy = subscriber_policy,
		.attr_max = KBUS_SUBSCRIBER_PORTID,
		.locked = true,
		.serve = subscriber_get,
		.dump = dump_subscribers,
	},
};
