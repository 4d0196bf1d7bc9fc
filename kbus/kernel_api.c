// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel API, see include/linux/kbus.h
 */
#include "broker.h"
#include "message.h"
#include "outbox.h"
#include "publish.h"

#include <linux/export.h>

bool __kbus_topic_has_receivers(const struct kbus_topic *topic)
{
	static_assert(offsetof(struct kbus_topic, receivers) == 0);

	return READ_ONCE(topic->subscribers) ||
	       topic->history.limits.messages ||
	       netlink_has_listeners(topic->kn->sk, READ_ONCE(topic->group));
}
EXPORT_SYMBOL_GPL(__kbus_topic_has_receivers);

void kbus_topic_count(struct kbus_topic *topic,
		      struct kbus_topic_counters *counters)
{
	kbus_outbox_count(topic->outbox, counters);
	counters->subscribers = READ_ONCE(topic->subscribers);
}
EXPORT_SYMBOL_GPL(kbus_topic_count);

/* Contexts in which a topic's lock must not be taken and no thread woken. */
static bool interrupts_are_off(void)
{
	return in_hardirq() || irqs_disabled();
}

/*
 * With PREEMPT_RT memory and spinlocks are available only to callers that can
 * sleep.
 */
static bool context_is_bad(void)
{
	return in_nmi() || (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible());
}

/* Returns why the caller must not publish such a message, or 0. */
static int check_publish(size_t key_len, size_t len)
{
	if (context_is_bad())
		return -EOPNOTSUPP;
	if (key_len > KBUS_KEY_MAX || len > KBUS_PAYLOAD_MAX)
		return -EMSGSIZE;
	return 0;
}

/*
 * Whether the outbox has no room for a message that must wait in it. To be
 * checked before the message is built: a publisher that overloads the outbox
 * must not spend more time on it.
 */
static bool outbox_is_overloaded(const struct kbus_topic *topic, size_t len)
{
	return interrupts_are_off() && kbus_outbox_is_full(topic->outbox, len);
}

/* The message gets a number only: subscribers receive a gap. */
static int lose_message(struct kbus_topic *topic)
{
	kbus_outbox_lose(topic->outbox, 1);
	return -ENOBUFS;
}

/*
 * The caller may hold the scheduler's locks, so the allocation must not wake
 * anybody.
 */
static gfp_t allowed_gfp(gfp_t gfp)
{
	return interrupts_are_off() ?
	       (gfp & ~__GFP_KSWAPD_RECLAIM) | __GFP_NOWARN : gfp;
}

static int publish_message(struct kbus_topic *topic, struct sk_buff *skb)
{
	return interrupts_are_off() ? kbus_publish_deferred(topic, skb) :
				      kbus_publish_now(topic, skb);
}

int kbus_publish_keyed(struct kbus_topic *topic, const void *key,
		       size_t key_len, const void *payload, size_t len,
		       gfp_t gfp)
{
	const struct kbus_content content = {
		.payload = payload,
		.len = len,
		.key_len = key_len,
		.key = key,
	};
	struct sk_buff *skb;
	int err;

	err = check_publish(key_len, len);
	if (err)
		return err;
	if (outbox_is_overloaded(topic, len))
		return lose_message(topic);
	skb = kbus_message_new(&content, allowed_gfp(gfp));
	return skb ? publish_message(topic, skb) : -ENOMEM;
}
EXPORT_SYMBOL_GPL(kbus_publish_keyed);

int kbus_reserve_keyed(struct kbus_draft *draft, struct kbus_topic *topic,
		       const void *key, size_t key_len, size_t size, gfp_t gfp)
{
	const struct kbus_content content = {
		.len = size,
		.key_len = key_len,
		.key = key,
	};
	int err;

	*draft = (struct kbus_draft){ .topic = topic };
	err = check_publish(key_len, size);
	if (err)
		return err;
	if (outbox_is_overloaded(topic, size))
		return lose_message(topic);
	draft->skb = kbus_message_draft(&content, allowed_gfp(gfp));
	if (!draft->skb)
		return -ENOMEM;
	draft->payload = kbus_message_payload(draft->skb);
	draft->size = size;
	return 0;
}
EXPORT_SYMBOL_GPL(kbus_reserve_keyed);

int kbus_commit(struct kbus_draft *draft, ssize_t len)
{
	struct sk_buff *skb = draft->skb;
	struct kbus_topic *topic = draft->topic;

	if (context_is_bad())
		return -EOPNOTSUPP;
	if (len < 0 || !skb || len > draft->size) {
		kbus_discard(draft);
		return len < 0 ? len : skb ? -EMSGSIZE : -EINVAL;
	}
	*draft = (struct kbus_draft){};
	return publish_message(topic, kbus_message_finish(skb, len));
}
EXPORT_SYMBOL_GPL(kbus_commit);

void kbus_discard(struct kbus_draft *draft)
{
	consume_skb(draft->skb);
	*draft = (struct kbus_draft){};
}
EXPORT_SYMBOL_GPL(kbus_discard);

int kbus_publish_gap(struct kbus_topic *topic, u32 count)
{
	if (in_nmi())
		return -EOPNOTSUPP;
	kbus_outbox_lose(topic->outbox, count);
	return 0;
}
EXPORT_SYMBOL_GPL(kbus_publish_gap);
