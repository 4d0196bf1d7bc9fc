// SPDX-License-Identifier: GPL-2.0-only
/*
 * The outbox: messages of kernel modules on their way to their topic
 *
 * A topic's lock must not be taken in hard interrupts, and a publisher there
 * must not wait until a thousand subscribers are served. A message therefore
 * gets its number and time, which determine its place, under a lock that is
 * held only for that, and waits in the outbox. If interrupts are on, the
 * publisher then takes the topic's lock and sends the waiting messages up to
 * its own. If interrupts are off, a tasklet sends them. All messages of kernel
 * modules go this way, and therefore in the order of their numbers.
 *
 * A message for which the outbox has no room gets a number only. The sender
 * finds the missing number and reports a gap to the subscribers in its place.
 */
#include "broker.h"
#include "fanout.h"
#include "message.h"
#include "outbox.h"

#include <linux/slab.h>

/*
 * Takes the first waiting message that is not beyond the fence, or returns
 * NULL. Caller must hold kbus_topic.lock until the message is sent. @before is
 * set to the number before the message's, or without a message to the last
 * number given, up to the fence. All numbers up to @before that were not sent
 * are lost.
 */
static struct sk_buff *take_waiting(struct kbus_outbox *outbox, u64 *before)
{
	struct sk_buff *skb;
	unsigned long flags;

	lockdep_assert_held(&outbox->topic->lock);
	raw_spin_lock_irqsave(&outbox->lock, flags);
	skb = skb_peek(&outbox->messages);
	if (skb && kbus_message_seq(skb) <= outbox->fence) {
		__skb_unlink(skb, &outbox->messages);
		WRITE_ONCE(outbox->bytes, outbox->bytes - skb->truesize);
		*before = kbus_message_seq(skb) - 1;
	} else {
		skb = NULL;
		*before = min(outbox->seq, outbox->fence);
	}
	raw_spin_unlock_irqrestore(&outbox->lock, flags);
	return skb;
}

/*
 * Begins to send the first waiting message, or the gap of lost ones. Returns
 * false if there is neither.
 */
static bool begin_next(struct kbus_topic *topic)
{
	struct sk_buff *skb;
	u64 before;

	skb = take_waiting(topic->outbox, &before);
	if (!skb && before == topic->seq)
		return false;
	kbus_fanout_begin(&topic->outbox->fanout, topic, skb, NULL,
			  before - topic->seq);
	return true;
}

/**
 * kbus_outbox_send() - send some of the waiting messages
 * @topic: a topic of kernel modules; caller must hold kbus_topic.lock
 *
 * Context: process or softirq, interrupts on; does not sleep.
 */
void kbus_outbox_send(struct kbus_topic *topic)
{
	struct kbus_fanout *fanout = &topic->outbox->fanout;
	unsigned int left = KBUS_FANOUT_BATCH;

	while (fanout->next || begin_next(topic)) {
		if (!kbus_fanout_go_on(fanout, topic, &left))
			break;
		consume_skb(fanout->skb);
		/* A message without receivers takes time as well. */
		if (!left || !--left)
			break;
	}
}

/**
 * kbus_outbox_send_up_to() - send waiting messages of a kernel topic's outbox
 * @topic: the topic
 * @last: number of the last message to send
 *
 * Context: process or softirq, interrupts on; does not sleep.
 * Return: true if there is more to send. Not everything is sent at once, so
 * that bottom halves are not off for long.
 */
bool kbus_outbox_send_up_to(struct kbus_topic *topic, u64 last)
{
	bool more;

	kbus_topic_lock(topic);
	last = min(last, topic->outbox->fence);
	if (topic->seq < last)
		kbus_outbox_send(topic);
	more = topic->seq < last;
	kbus_topic_unlock(topic);
	return more;
}

/* Returns the last number given. */
static u64 last_number(struct kbus_outbox *outbox)
{
	struct kbus_topic_counters counters;

	kbus_outbox_count(outbox, &counters);
	return counters.messages;
}

static void outbox_tasklet(struct tasklet_struct *tasklet)
{
	struct kbus_outbox *outbox =
		container_of(tasklet, struct kbus_outbox, tasklet);

	if (kbus_outbox_send_up_to(outbox->topic, last_number(outbox)))
		tasklet_schedule(tasklet);
}

static void outbox_irq(struct irq_work *irq_work)
{
	struct kbus_outbox *outbox =
		container_of(irq_work, struct kbus_outbox, irq_work);

	tasklet_schedule(&outbox->tasklet);
}

/**
 * kbus_outbox_kick() - have the waiting messages sent soon
 * @outbox: the outbox
 *
 * Scheduling a tasklet outside of hard interrupts may wake a thread, which may
 * not be allowed under the caller's locks.
 *
 * Context: any but NMI.
 */
void kbus_outbox_kick(struct kbus_outbox *outbox)
{
	if (in_hardirq())
		tasklet_schedule(&outbox->tasklet);
	else
		irq_work_queue(&outbox->irq_work);
}

/**
 * kbus_outbox_new() - make an outbox
 * @topic: the topic that the outbox is for
 * @limit: how many messages may wait in it; 0: the default
 *
 * Context: process; may sleep.
 * Return: the outbox, for kbus_outbox_end(); or NULL if the kernel is out of
 * memory.
 */
struct kbus_outbox *kbus_outbox_new(struct kbus_topic *topic, u32 limit)
{
	struct kbus_outbox *outbox;

	outbox = kzalloc(sizeof(*outbox), GFP_KERNEL_ACCOUNT);
	if (!outbox)
		return NULL;
	outbox->topic = topic;
	outbox->fence = U64_MAX;
	outbox->limit = limit ? limit : KBUS_DEFERRED_DEFAULT;
	raw_spin_lock_init(&outbox->lock);
	__skb_queue_head_init(&outbox->messages);
	tasklet_setup(&outbox->tasklet, outbox_tasklet);
	init_irq_work(&outbox->irq_work, outbox_irq);
	return outbox;
}

static void add_message(struct kbus_outbox *outbox, struct sk_buff *skb)
{
	static const struct kbus_sender kernel_sender;

	lockdep_assert_held(&outbox->lock);
	kbus_message_stamp(skb, outbox->topic, ++outbox->seq, &kernel_sender);
	__skb_queue_tail(&outbox->messages, skb);
	WRITE_ONCE(outbox->bytes, outbox->bytes + skb->truesize);
}

/**
 * kbus_outbox_add() - number a message that its publisher sends itself
 * @outbox: the outbox; caller must hold kbus_topic.lock, and sends the waiting
 *	messages up to this one
 * @skb: the message; it belongs to the outbox from now on
 *
 * There is always room for the message, because it does not wait for the
 * tasklet.
 *
 * Context: bottom halves off, interrupts on.
 * Return: its number.
 */
u64 kbus_outbox_add(struct kbus_outbox *outbox, struct sk_buff *skb)
{
	unsigned long flags;
	u64 seq;

	lockdep_assert_held(&outbox->topic->lock);
	raw_spin_lock_irqsave(&outbox->lock, flags);
	add_message(outbox, skb);
	seq = outbox->seq;
	raw_spin_unlock_irqrestore(&outbox->lock, flags);
	return seq;
}

/**
 * kbus_outbox_is_full() - check whether the outbox has no room for a message
 * @outbox: the outbox
 * @bytes: lower bound of the bytes that the message takes
 *
 * Context: any.
 * Return: true if kbus_outbox_defer() would find no room for the message now.
 */
bool kbus_outbox_is_full(const struct kbus_outbox *outbox, size_t bytes)
{
	return READ_ONCE(outbox->messages.qlen) >= outbox->limit ||
	       READ_ONCE(outbox->bytes) + bytes > KBUS_DEFERRED_BYTES_MAX;
}

/**
 * kbus_outbox_defer() - number a message and have it sent soon
 * @outbox: the outbox
 * @skb: the message; it belongs to the outbox from now on, if there is room
 *
 * Context: any but NMI.
 * Return: true; or false if there is no room. The message then still belongs to
 * the caller, and its number is lost.
 */
bool kbus_outbox_defer(struct kbus_outbox *outbox, struct sk_buff *skb)
{
	unsigned long flags;
	bool room;

	raw_spin_lock_irqsave(&outbox->lock, flags);
	room = !kbus_outbox_is_full(outbox, skb->truesize);
	if (room) {
		add_message(outbox, skb);
		outbox->deferred++;
	} else {
		outbox->seq++;
		outbox->lost++;
	}
	raw_spin_unlock_irqrestore(&outbox->lock, flags);
	kbus_outbox_kick(outbox);
	return room;
}

/**
 * kbus_outbox_lose() - give numbers to messages that were lost
 * @outbox: the outbox
 * @count: number of messages
 *
 * Context: any but NMI.
 */
void kbus_outbox_lose(struct kbus_outbox *outbox, u32 count)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&outbox->lock, flags);
	outbox->seq += count;
	outbox->lost += count;
	raw_spin_unlock_irqrestore(&outbox->lock, flags);
	kbus_outbox_kick(outbox);
}

/**
 * kbus_outbox_count() - read an outbox's counters
 * @outbox: the outbox
 * @counters: receives the counters
 *
 * Context: any but NMI.
 */
void kbus_outbox_count(struct kbus_outbox *outbox,
		       struct kbus_topic_counters *counters)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&outbox->lock, flags);
	counters->messages = outbox->seq;
	counters->deferred = outbox->deferred;
	counters->lost = outbox->lost;
	counters->waiting = outbox->messages.qlen;
	raw_spin_unlock_irqrestore(&outbox->lock, flags);
}

/**
 * kbus_outbox_hold() - send the messages published so far, and hold later ones
 * @outbox: the outbox; caller must hold kbus_net.lock
 *
 * Messages published before kbus_outbox_resume() wait. No message is being sent
 * in the meantime.
 *
 * Context: process; may sleep.
 */
void kbus_outbox_hold(struct kbus_outbox *outbox)
{
	struct kbus_topic *topic = outbox->topic;

	lockdep_assert_held(&topic->kn->lock);
	kbus_topic_lock(topic);
	outbox->fence = last_number(outbox);
	kbus_topic_unlock(topic);
	while (kbus_outbox_send_up_to(topic, U64_MAX))
		cond_resched();
}

/**
 * kbus_outbox_is_held() - check whether later messages are held
 * @outbox: the outbox; caller must hold kbus_topic.lock
 *
 * Context: any but hard interrupt.
 * Return: true if they are.
 */
bool kbus_outbox_is_held(const struct kbus_outbox *outbox)
{
	lockdep_assert_held(&outbox->topic->lock);
	return outbox->fence != U64_MAX;
}

/**
 * kbus_outbox_resume() - have the messages sent that were published since
 *	kbus_outbox_hold()
 * @outbox: the outbox; caller must hold kbus_topic.lock
 *
 * Context: any but hard interrupt.
 */
void kbus_outbox_resume(struct kbus_outbox *outbox)
{
	lockdep_assert_held(&outbox->topic->lock);
	outbox->fence = U64_MAX;
	if (outbox->topic->seq < last_number(outbox))
		kbus_outbox_kick(outbox);
}

/**
 * kbus_outbox_end() - send the waiting messages of an outbox that ends
 * @outbox: the outbox, which takes no more messages; caller must hold
 *	kbus_net.lock
 *
 * Context: process; may sleep.
 */
void kbus_outbox_end(struct kbus_outbox *outbox)
{
	irq_work_sync(&outbox->irq_work);
	tasklet_kill(&outbox->tasklet);
	kbus_outbox_hold(outbox);
}
