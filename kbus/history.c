// SPDX-License-Identifier: GPL-2.0-only
/*
 * History: the last messages of a topic, for subscribers that come later
 *
 * A message belongs to one topic, and all receivers get clones of it or
 * references to it. The buffer itself can therefore be on the topic's list, and
 * keeping it takes no additional memory.
 *
 * Unless stated otherwise, the caller must hold kbus_topic.lock.
 */
#include "broker.h"
#include "history.h"
#include "quota.h"
#include "refuse.h"
#include "sysctl.h"

/**
 * kbus_history_check() - check the limits that a topic's creator requests
 * @settings: the settings with the maximums
 * @messages: number of messages; 0: no history
 * @bytes: bytes of kernel memory; 0: the default
 * @extack: receives the reason of a failure
 *
 * Context: any.
 * Return: 0, or -EINVAL or -EDQUOT.
 */
int kbus_history_check(const struct kbus_settings *settings, u32 messages,
		       u32 bytes, struct netlink_ext_ack *extack)
{
	if (!messages && bytes)
		return kbus_refuse(extack, -EINVAL,
				   "a limit in bytes goes with a history: say how many messages");
	if (messages > READ_ONCE(settings->history_messages_max))
		return kbus_refuse(extack, -EDQUOT,
				   "history too long: ask for fewer messages, or raise net.kbus.history_messages_max");
	if (bytes > READ_ONCE(settings->history_bytes_max))
		return kbus_refuse(extack, -EDQUOT,
				   "history too large: ask for fewer bytes, or raise net.kbus.history_bytes_max");
	return 0;
}

/* Memory is charged in multiples of this many bytes. */
#define HISTORY_PIECE 4096

static struct kbus_bill history_bill(u32 bytes)
{
	return (struct kbus_bill){ .of = { [KBUS_HISTORY_BYTES] = bytes,
					   [KBUS_MEMORY] = bytes } };
}

/* Grows the quota to @bytes, which do not exceed the history's limit. */
static int history_grow(struct kbus_history *history, u64 bytes,
			struct netlink_ext_ack *extack)
{
	struct kbus_bill bill;
	u32 more;
	int err;

	if (bytes <= history->quota)
		return 0;
	more = roundup(bytes - history->quota, HISTORY_PIECE);
	bill = history_bill(more);
	err = kbus_charge(history->user, &bill, extack);
	if (!err)
		history->quota += more;
	return err;
}

/**
 * kbus_history_init() - make an empty history
 * @history: the history
 * @settings: the settings with the maximums
 * @user: the account to charge, or NULL
 * @messages: limit in messages, checked
 * @bytes: limit in bytes, checked
 * @extack: receives the reason of a failure
 *
 * Return: 0, or -EDQUOT if the user's account has no room for any message.
 */
int kbus_history_init(struct kbus_history *history,
		      const struct kbus_settings *settings,
		      struct kbus_user *user, u32 messages, u32 bytes,
		      struct netlink_ext_ack *extack)
{
	__skb_queue_head_init(&history->messages);
	history->bytes = 0;
	history->quota = 0;
	history->user = user;
	history->limits.messages = messages;
	history->limits.bytes = bytes;
	if (messages && !bytes)
		history->limits.bytes = min_t(u32, KBUS_HISTORY_BYTES_DEFAULT,
					      READ_ONCE(settings->history_bytes_max));
	return messages ? history_grow(history, 1, extack) : 0;
}

/**
 * kbus_history_keep() - keep a message, and drop the oldest ones beyond the
 *	limits
 * @history: the history
 * @skb: the message, stamped; a reference is taken
 *
 * If the message alone exceeds the limit, the history is left empty, because
 * the older messages would no longer be the last ones. If the account of the
 * topic's user has no room, fewer messages are kept.
 */
void kbus_history_keep(struct kbus_history *history, struct sk_buff *skb)
{
	struct sk_buff *oldest;
	u64 bytes;

	if (!history->limits.messages)
		return;
	__skb_queue_tail(&history->messages, skb_get(skb));
	bytes = (u64)history->bytes + skb->truesize;
	while (history->messages.qlen > history->limits.messages ||
	       bytes > history->limits.bytes ||
	       history_grow(history, bytes, NULL)) {
		oldest = __skb_dequeue(&history->messages);
		bytes -= oldest->truesize;
		consume_skb(oldest);
	}
	history->bytes = bytes;
}

/**
 * kbus_history_last() - find the last messages
 * @history: the history
 * @count: number of messages to look for; set to the number found
 *
 * Return: the first of them, from which the caller continues with
 * skb_queue_walk_from(&history->messages); or NULL if there are none.
 */
struct sk_buff *kbus_history_last(struct kbus_history *history, u32 *count)
{
	u32 left = min(*count, history->messages.qlen);
	struct sk_buff *skb;

	*count = left;
	skb_queue_reverse_walk(&history->messages, skb)
		if (left-- <= 1)
			break;
	return *count ? skb : NULL;
}

/**
 * kbus_history_end() - drop a deleted topic's messages
 * @topic: the topic, which takes no more messages
 *
 * Context: any but hard interrupt.
 */
void kbus_history_end(struct kbus_topic *topic)
{
	struct sk_buff_head messages;
	struct kbus_bill bill;

	__skb_queue_head_init(&messages);
	kbus_topic_lock(topic);
	skb_queue_splice_init(&topic->history.messages, &messages);
	topic->history.bytes = 0;
	kbus_topic_unlock(topic);
	while (!skb_queue_empty(&messages))
		consume_skb(__skb_dequeue(&messages));
	bill = history_bill(topic->history.quota);
	topic->history.quota = 0;
	kbus_uncharge(topic->history.user, &bill);
}
