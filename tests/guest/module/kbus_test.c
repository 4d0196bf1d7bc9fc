// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishes on one topic from process and from softirq context at once, while
 * it is loaded. Each message holds its context and its number in that context,
 * as two 32-bit numbers.
 */
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

static unsigned int history;
module_param(history, uint, 0444);
MODULE_PARM_DESC(history, "messages that the topic keeps");

static bool allow_block;
module_param(allow_block, bool, 0444);
MODULE_PARM_DESC(allow_block, "subscribers may block");

static unsigned int refused;
module_param(refused, uint, 0444);
MODULE_PARM_DESC(refused, "messages that a subscriber had no room for");

enum context {
	CONTEXT_PROCESS,
	CONTEXT_SOFTIRQ,
};

static struct kbus_topic *topic;
static struct timer_list timer;
static struct task_struct *task;
static bool stopping;

static void publish(enum context context, u32 *number, gfp_t gfp)
{
	u32 payload[2];
	unsigned int i;

	for (i = 0; i < burst; i++) {
		payload[0] = context;
		payload[1] = *number + 1;
		switch (kbus_publish(topic, payload, sizeof(payload), gfp)) {
		case 0:
			++*number;
			break;
		case -EAGAIN:
			WRITE_ONCE(refused, refused + 1);
			break;
		}
	}
}

static void tick(struct timer_list *unused)
{
	static u32 number;

	WARN_ON_ONCE(!in_serving_softirq());
	publish(CONTEXT_SOFTIRQ, &number, GFP_ATOMIC);
	if (!READ_ONCE(stopping))
		mod_timer(&timer, jiffies + 1);
}

static int loop(void *unused)
{
	u32 number = 0;

	while (!kthread_should_stop()) {
		publish(CONTEXT_PROCESS, &number, GFP_KERNEL);
		usleep_range(500, 1500);
	}
	return 0;
}

static int __init kbus_test_init(void)
{
	const struct kbus_topic_options options = {
		.history = history,
		.allow_block = allow_block,
	};

	topic = kbus_topic_create(&init_net, "kernel/test", &options);
	if (IS_ERR(topic))
		return PTR_ERR(topic);
	task = kthread_run(loop, NULL, "kbus_test");
	if (IS_ERR(task)) {
		kbus_topic_release(topic);
		return PTR_ERR(task);
	}
	timer_setup(&timer, tick, 0);
	mod_timer(&timer, jiffies + 1);
	return 0;
}

static void __exit kbus_test_exit(void)
{
	WRITE_ONCE(stopping, true);
	del_timer_sync(&timer);
	/* A tick may have armed it before it saw the flag. */
	del_timer_sync(&timer);
	kthread_stop(task);
	kbus_topic_release(topic);
}

module_init(kbus_test_init);
module_exit(kbus_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes from several contexts, for kbus's tests");
