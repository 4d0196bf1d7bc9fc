// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishes on one topic from several contexts at once, while it is loaded.
 * Each message holds its context and its number in that context, as two 32-bit
 * numbers. A message that took a number and was lost is counted as well.
 */
#include "compat.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kbus.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <net/net_namespace.h>

static unsigned int burst = 20;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "messages at each tick");

static unsigned int period_us = 5000;
module_param(period_us, uint, 0444);
MODULE_PARM_DESC(period_us, "microseconds between ticks in hard interrupts");

static unsigned int contexts = 3;
module_param(contexts, uint, 0444);
MODULE_PARM_DESC(contexts,
		 "which publish: a bit for each, as enum context has them");

static unsigned int history;
module_param(history, uint, 0444);
MODULE_PARM_DESC(history, "messages that the topic keeps");

static unsigned int deferred;
module_param(deferred, uint, 0444);
MODULE_PARM_DESC(deferred, "messages that may wait to be sent");

static bool allow_block;
module_param(allow_block, bool, 0444);
MODULE_PARM_DESC(allow_block, "subscribers may block");

static unsigned int refused;
module_param(refused, uint, 0444);
MODULE_PARM_DESC(refused, "messages that a subscriber had no room for");

static unsigned int lost;
module_param(lost, uint, 0444);
MODULE_PARM_DESC(lost, "messages that could not wait to be sent");

enum context {
	CONTEXT_PROCESS,
	CONTEXT_SOFTIRQ,
	CONTEXT_HARDIRQ,
	CONTEXT_IRQS_OFF,
};

static struct kbus_topic *topic;
static struct timer_list timer;
static struct hrtimer hrtimer;
static struct task_struct *tasks[2];
static DEFINE_SPINLOCK(lock);

/* Messages with even numbers are written in place. */
static int publish_one(enum context context, u32 number, gfp_t gfp)
{
	const u32 payload[] = { context, number };
	struct kbus_draft draft;
	int err;

	if (number % 2)
		return kbus_publish(topic, payload, sizeof(payload), gfp);
	err = kbus_reserve(&draft, topic, 100, gfp);
	if (err)
		return err;
	memcpy(draft.payload, payload, sizeof(payload));
	return kbus_commit(&draft, sizeof(payload));
}

static void publish(enum context context, u32 *number, gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < burst; i++) {
		switch (publish_one(context, *number + 1, gfp)) {
		case -ENOBUFS:
			WRITE_ONCE(lost, lost + 1);
			fallthrough;
		case 0:
			++*number;
			break;
		case -EAGAIN:
			WRITE_ONCE(refused, refused + 1);
			break;
		}
	}
}

static int process_loop(void *unused)
{
	u32 number = 0;

	while (!kthread_should_stop()) {
		publish(CONTEXT_PROCESS, &number, GFP_KERNEL);
		usleep_range(500, 1500);
	}
	return 0;
}

static int irqs_off_loop(void *unused)
{
	unsigned long flags;
	u32 number = 0;

	while (!kthread_should_stop()) {
		spin_lock_irqsave(&lock, flags);
		publish(CONTEXT_IRQS_OFF, &number, GFP_ATOMIC);
		spin_unlock_irqrestore(&lock, flags);
		usleep_range(500, 1500);
	}
	return 0;
}

static void softirq_tick(struct timer_list *unused)
{
	static u32 number;

	WARN_ON_ONCE(!in_serving_softirq());
	rcu_read_lock();
	publish(CONTEXT_SOFTIRQ, &number, GFP_ATOMIC);
	rcu_read_unlock();
	mod_timer(&timer, jiffies + 1);
}

static enum hrtimer_restart hardirq_tick(struct hrtimer *unused)
{
	static u32 number;

	WARN_ON_ONCE(!in_hardirq());
	publish(CONTEXT_HARDIRQ, &number, GFP_ATOMIC);
	hrtimer_forward_now(&hrtimer,
			    ns_to_ktime((u64)period_us * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void stop(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		if (!IS_ERR_OR_NULL(tasks[i]))
			kthread_stop(tasks[i]);
	timer_shutdown_sync(&timer);
	hrtimer_cancel(&hrtimer);
	kbus_topic_release(topic);
}

static int start(void)
{
	if (contexts & BIT(CONTEXT_PROCESS)) {
		tasks[0] = kthread_run(process_loop, NULL, "kbus_test");
		if (IS_ERR(tasks[0]))
			return PTR_ERR(tasks[0]);
	}
	if (contexts & BIT(CONTEXT_IRQS_OFF)) {
		tasks[1] = kthread_run(irqs_off_loop, NULL, "kbus_test_off");
		if (IS_ERR(tasks[1]))
			return PTR_ERR(tasks[1]);
	}
	if (contexts & BIT(CONTEXT_SOFTIRQ))
		mod_timer(&timer, jiffies + 1);
	if (contexts & BIT(CONTEXT_HARDIRQ))
		hrtimer_start(&hrtimer, 0, HRTIMER_MODE_REL_HARD);
	return 0;
}

static int __init kbus_test_init(void)
{
	const struct kbus_topic_options options = {
		.history = history,
		.allow_block = allow_block,
		.deferred = deferred,
	};
	int err;

	topic = kbus_topic_create(&init_net, "kernel/test", &options);
	if (IS_ERR(topic))
		return PTR_ERR(topic);
	timer_setup(&timer, softirq_tick, 0);
	hrtimer_setup(&hrtimer, hardirq_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	err = start();
	if (err)
		stop();
	return err;
}

static void __exit kbus_test_exit(void)
{
	stop();
}

module_init(kbus_test_init);
module_exit(kbus_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes from several contexts, for kbus's tests");
