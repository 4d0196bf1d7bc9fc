// SPDX-License-Identifier: GPL-2.0-only
/*
 * The request to publish
 */
#include "backpressure.h"
#include "broker.h"
#include "fanout.h"
#include "message.h"
#include "publish.h"
#include "quota.h"
#include "record.h"
#include "refuse.h"
#include "registry.h"
#include "request.h"
#include "request_publish.h"
#include "subscriber.h"
#include "sys.h"
#include "topic.h"

static int check_request(const struct kbus_request *req)
{
	const struct nlattr *payload = req->attrs[KBUS_A_MESSAGE_PAYLOAD];
	const struct nlattr *key = req->attrs[KBUS_A_MESSAGE_KEY];

	if (!kbus_header_is_blank(req->nlh))
		return kbus_refuse(req->extack, -EINVAL,
				   "all fields of kbus_header but the topic must be 0");
	if (!payload)
		return kbus_refuse(req->extack, -EINVAL,
				   "KBUS_A_MESSAGE_PAYLOAD is missing");
	if (nla_len(payload) > KBUS_PAYLOAD_MAX)
		return kbus_refuse(req->extack, -EMSGSIZE,
				   "payload too large: at most "
				   __stringify(KBUS_PAYLOAD_MAX) " bytes");
	if (key && !nla_len(key))
		return kbus_refuse(req->extack, -EINVAL,
				   "a key has at least one byte: for none leave it out");
	if (key && nla_len(key) > KBUS_KEY_MAX)
		return kbus_refuse(req->extack, -EMSGSIZE,
				   "key too long: at most "
				   __stringify(KBUS_KEY_MAX) " bytes");
	return 0;
}

static struct sk_buff *new_message(const struct kbus_request *req)
{
	const struct nlattr *payload = req->attrs[KBUS_A_MESSAGE_PAYLOAD];
	const struct nlattr *key = req->attrs[KBUS_A_MESSAGE_KEY];
	const struct kbus_content content = {
		.payload = nla_data(payload),
		.len = nla_len(payload),
		.key = key ? nla_data(key) : NULL,
		.key_len = key ? nla_len(key) : 0,
	};

	return kbus_message_new(&content, GFP_KERNEL);
}

static int refuse_program(const struct kbus_request *req,
			  const struct kbus_topic *topic)
{
	if (kbus_topic_is_brokers(topic))
		return kbus_refuse(req->extack, -EPERM,
				   "this topic takes messages from the broker only");
	return kbus_refuse(req->extack, -EPERM,
			   "this topic takes messages from kernel modules only");
}

static int try_to_publish(const struct kbus_request *req, struct sk_buff *skb,
			  struct kbus_fanout *fanout,
			  struct kbus_backpressure *pressure)
{
	struct kbus_topic *topic;
	int err = -ENOENT;

	topic = kbus_topic_get(req->kn, kbus_header_topic(req->nlh));
	if (topic && topic->outbox)
		err = refuse_program(req, topic);
	else if (topic)
		err = kbus_publish_skb(topic, skb, &req->sender, fanout,
				       pressure);
	if (topic)
		kbus_topic_put(topic);
	if (err == -EACCES)
		NL_SET_ERR_MSG(req->extack,
			       "you may not publish on this topic: ask its owner to change its mode");
	if (err == -ENOENT)
		NL_SET_ERR_MSG(req->extack,
			       "no topic has this id: look up its name again");
	return err;
}

/**
 * struct waiting - a publisher that waits for room
 * @user: the account that is charged for what the publisher holds meanwhile; a
 *	reference is held; NULL: it has not waited yet
 * @bill: memory of the datagram, which is held until it is served, and of the
 *	message
 */
struct waiting {
	struct kbus_user *user;
	struct kbus_bill bill;
};

static int begin_wait(struct waiting *waiting, const struct kbus_request *req,
		      const struct sk_buff *skb)
{
	if (waiting->user)
		return 0;
	waiting->user = kbus_user_get(req->sender.rights.caller);
	if (!waiting->user)
		return -ENOMEM;
	waiting->bill = (struct kbus_bill){ .of = {
		[KBUS_MEMORY] = req->skb->truesize + skb->truesize,
	} };
	if (!kbus_charge(waiting->user, &waiting->bill, NULL))
		return 0;
	kbus_user_put(waiting->user);
	waiting->user = NULL;
	return kbus_refuse(req->extack, -EDQUOT,
			   "a subscriber that blocks has no room, and what waits for it takes too much memory (kbus's user_memory_max): have fewer publishers wait");
}

static void end_wait(struct waiting *waiting)
{
	if (waiting->user)
		kbus_uncharge(waiting->user, &waiting->bill);
	kbus_user_put(waiting->user);
}

/* Drops the reference in @pressure. */
static int wait_for_room(struct waiting *waiting,
			 const struct kbus_request *req,
			 const struct sk_buff *skb,
			 struct kbus_backpressure *pressure, u64 end)
{
	const u64 now = get_jiffies_64();
	int err = 0;

	if (end > now)
		err = begin_wait(waiting, req, skb);
	if (err) {
		kbus_subscriber_put(pressure->subscriber);
		return err;
	}
	err = kbus_backpressure_wait(pressure, end);
	if (err == -ERESTARTSYS)
		return kbus_refuse(req->extack, err,
				   "interrupted while a subscriber blocked: nobody got the message");
	if (err)
		return kbus_refuse(req->extack, err,
				   "a subscriber that blocks has no room: nobody got the message; wait longer or try again");
	return 0;
}

/*
 * The topic may be deleted between two attempts, so each attempt looks it up by
 * its id. Other publishers may take the room each time, so the end of the wait
 * is fixed.
 */
static int publish_patiently(const struct kbus_request *req, struct sk_buff *skb,
			     struct kbus_fanout *fanout)
{
	u32 wait_ms = kbus_get_u32(req->attrs[KBUS_A_MESSAGE_WAIT_MS], 0);
	u64 end = get_jiffies_64() + msecs_to_jiffies(wait_ms);
	struct kbus_backpressure pressure;
	struct waiting waiting = {};
	int err;

	if (wait_ms == KBUS_WAIT_FOREVER)
		end = U64_MAX;
	do {
		err = try_to_publish(req, skb, fanout, &pressure);
		if (err != -EAGAIN)
			break;
		err = wait_for_room(&waiting, req, skb, &pressure, end);
	} while (!err);
	end_wait(&waiting);
	return err;
}

/* Size of the record that put_result() writes. */
static size_t result_size(void)
{
	return NLMSG_HDRLEN + nla_total_size_64bit(sizeof(u64)) +
	       4 * nla_total_size(sizeof(u32));
}

/* Writes the outcome of a message. */
static int put_result(struct sk_buff *skb, const struct kbus_outcome *outcome,
		      u32 portid, u32 seq, int flags)
{
	const u32 *count = outcome->count;
	struct nlmsghdr *nlh;
	int err;

	nlh = nlmsg_put(skb, portid, seq, KBUS_MSG_RESULT, 0, flags);
	if (!nlh)
		return -EMSGSIZE;
	err = nla_put_u32(skb, KBUS_A_RESULT_TOPIC, outcome->topic) ||
	      nla_put_u64_64bit(skb, KBUS_A_RESULT_SEQ, outcome->seq,
				KBUS_A_RESULT_PAD) ||
	      nla_put_u32(skb, KBUS_A_RESULT_LIVE, count[KBUS_WAY_LIVE]) ||
	      nla_put_u32(skb, KBUS_A_RESULT_QUEUED, count[KBUS_WAY_QUEUED]) ||
	      nla_put_u32(skb, KBUS_A_RESULT_DROPPED, count[KBUS_WAY_DROPPED]);
	return kbus_record_end(skb, nlh, err);
}

int kbus_request_publish(struct kbus_request *req)
{
	struct kbus_fanout fanout;
	struct sk_buff *answer = NULL;
	struct sk_buff *skb;
	int err;

	err = check_request(req);
	if (err)
		return err;
	skb = new_message(req);
	if (!skb)
		return -ENOMEM;
	/*
	 * Allocate this first: if it fails, nobody must have got the message.
	 */
	err = -ENOMEM;
	if (req->nlh->nlmsg_flags & NLM_F_ECHO) {
		answer = nlmsg_new(result_size(), GFP_KERNEL);
		if (!answer)
			goto out;
	}
	err = publish_patiently(req, skb, &fanout);
	if (err || !answer)
		goto out;
	if (!WARN_ON_ONCE(put_result(answer, &fanout.outcome, req->portid,
				     req->nlh->nlmsg_seq, 0))) {
		nlmsg_unicast(req->kn->sk, answer, req->portid);
		answer = NULL;
	}
out:
	nlmsg_free(answer);
	consume_skb(skb);
	return err;
}
