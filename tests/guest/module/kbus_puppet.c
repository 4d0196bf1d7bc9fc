// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the in-kernel API on request. The call written to the parameter "call"
 * is made on the topic kernel/puppet, and its result is in "result". The bytes
 * of a payload count up from 0.
 */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kbus.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#define PAYLOAD_SIZE 70000

static int result;
module_param(result, int, 0444);
MODULE_PARM_DESC(result, "what the last call returned");

static unsigned int history;
module_param(history, uint, 0444);
MODULE_PARM_DESC(history, "messages that the topic keeps");

static unsigned int deferred;
module_param(deferred, uint, 0444);
MODULE_PARM_DESC(deferred, "messages that may wait to be sent");

static bool allow_block;
module_param(allow_block, bool, 0444);
MODULE_PARM_DESC(allow_block, "subscribers may block");

static unsigned int last_words;
module_param(last_words, uint, 0444);
MODULE_PARM_DESC(last_words,
		 "messages to publish with interrupts off at the end");

static struct kbus_topic *topic;
static u8 *bytes;

static int publish(unsigned int count, unsigned int len)
{
	int err, last = 0;

	while (count--) {
		err = kbus_publish(topic, bytes, len, GFP_ATOMIC);
		last = err ? err : last;
	}
	return last;
}

static int publish_irqs_off(unsigned int count, unsigned int len)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = publish(count, len);
	local_irq_restore(flags);
	return err;
}

/* Pretends to be in an NMI, as far as preempt_count shows. */
static int publish_in_nmi(unsigned int count, unsigned int len)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	preempt_count_add(NMI_OFFSET);
	err = publish(count, len);
	if (!err)
		err = kbus_publish_gap(topic, 1);
	preempt_count_sub(NMI_OFFSET);
	local_irq_restore(flags);
	return err;
}

/*
 * Publishes on another CPU, with interrupts off until it is released, so that
 * nothing is sent before that. The wait is limited: the kernel may want every
 * CPU to answer an interrupt, for example after it has loaded a module, and all
 * other CPUs then wait for this one.
 */
#define HELD_MS_MAX 2000

static unsigned int held_count;
static bool released, overdue;

static void await_release(void)
{
	unsigned int ms;

	for (ms = 0; !smp_load_acquire(&released); ms++) {
		if (ms == HELD_MS_MAX) {
			overdue = true;
			return;
		}
		mdelay(1);
	}
}

static void publish_and_hold(struct work_struct *unused)
{
	unsigned long flags;

	local_irq_save(flags);
	publish(held_count, 10);
	await_release();
	local_irq_restore(flags);
}

static DECLARE_WORK(hold_work, publish_and_hold);

/* The same with only bottom halves off. */
static void publish_and_hold_softirqs(struct work_struct *unused)
{
	local_bh_disable();
	publish(held_count, 10);
	await_release();
	local_bh_enable();
}

static DECLARE_WORK(hold_softirqs_work, publish_and_hold_softirqs);

/* Returns when all messages have their number. */
static int hold_with(struct work_struct *work, unsigned int count)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask, get_cpu());
	struct kbus_topic_counters before, now;

	put_cpu();
	kbus_topic_count(topic, &before);
	held_count = count;
	released = false;
	overdue = false;
	schedule_work_on(cpu, work);
	do {
		usleep_range(1000, 2000);
		kbus_topic_count(topic, &now);
	} while (now.messages < before.messages + count);
	return 0;
}

static int hold(unsigned int count, unsigned int unused)
{
	return hold_with(&hold_work, count);
}

static int hold_softirqs(unsigned int count, unsigned int unused)
{
	return hold_with(&hold_softirqs_work, count);
}

static int release(unsigned int unused, unsigned int unused_too)
{
	smp_store_release(&released, true);
	flush_work(&hold_work);
	flush_work(&hold_softirqs_work);
	return overdue ? -ETIMEDOUT : 0;
}

/* Publishes behind waiting messages, with bottom halves off. */
static int publish_behind(unsigned int count, unsigned int len)
{
	unsigned long flags;
	int err;

	local_bh_disable();
	local_irq_save(flags);
	publish(count, len);
	local_irq_restore(flags);
	err = publish(1, len);
	local_bh_enable();
	return err;
}

/* The memory that refused messages take with interrupts off, in KiB. */
static int measure(unsigned int count, unsigned int len)
{
	struct sysinfo before, after;
	struct kbus_draft draft;
	unsigned long flags;

	local_irq_save(flags);
	si_meminfo(&before);
	publish(count, len);
	while (count--) {
		kbus_reserve(&draft, topic, len, GFP_ATOMIC);
		kbus_commit(&draft, draft.size);
	}
	si_meminfo(&after);
	local_irq_restore(flags);
	return (before.freeram - after.freeram) << (PAGE_SHIFT - 10);
}

/* From the scheduler, with its locks held: no task may be woken. */
static unsigned int switches;

static void on_switch(void *unused, bool preempt, struct task_struct *prev,
		      struct task_struct *next, unsigned int prev_state)
{
	struct kbus_draft draft;

	/* These are more messages than may wait; some are lost. */
	publish(10, 10);
	kbus_publish_gap(topic, 1);
	if (!kbus_reserve(&draft, topic, 100, GFP_ATOMIC)) {
		if (switches % 2)
			kbus_commit(&draft, 10);
		else
			kbus_discard(&draft);
	}
	switches++;
}

static void find_switch(struct tracepoint *tracepoint, void *found)
{
	if (!strcmp(tracepoint->name, "sched_switch"))
		*(struct tracepoint **)found = tracepoint;
}

static int publish_in_scheduler(unsigned int ms, unsigned int unused)
{
	struct tracepoint *tracepoint = NULL;
	int err;

	switches = 0;
	for_each_kernel_tracepoint(find_switch, &tracepoint);
	if (!tracepoint)
		return -ENOENT;
	err = tracepoint_probe_register(tracepoint, on_switch, NULL);
	if (err)
		return err;
	msleep(ms);
	tracepoint_probe_unregister(tracepoint, on_switch, NULL);
	tracepoint_synchronize_unregister();
	return switches;
}

static int publish_keyed(unsigned int key_len, unsigned int len)
{
	return kbus_publish_keyed(topic, bytes, key_len, bytes, len,
				  GFP_KERNEL);
}

static int draft(unsigned int size, unsigned int len)
{
	struct kbus_draft draft;
	int err;

	err = kbus_reserve_keyed(&draft, topic, "key", 3, size, GFP_KERNEL);
	if (err)
		return err;
	memcpy(draft.payload, bytes, draft.size);
	return kbus_commit(&draft, len);
}

static int draft_irqs_off(unsigned int size, unsigned int len)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = kbus_reserve(&(struct kbus_draft){}, topic, PAYLOAD_SIZE,
			   GFP_ATOMIC);
	if (err == -EMSGSIZE) {
		struct kbus_draft draft;

		err = kbus_reserve(&draft, topic, size, GFP_ATOMIC);
		memcpy(draft.payload, bytes, draft.size);
		err = err ? err : kbus_commit(&draft, len);
	}
	local_irq_restore(flags);
	return err;
}

static int discard(unsigned int count, unsigned int size)
{
	struct kbus_draft draft;
	unsigned long flags;
	int err = 0;

	while (count-- && !err) {
		err = kbus_reserve(&draft, topic, size, GFP_KERNEL);
		if (count % 2) {
			kbus_discard(&draft);
		} else {
			local_irq_save(flags);
			kbus_discard(&draft);
			local_irq_restore(flags);
		}
		kbus_discard(&draft);
	}
	return err ? err : kbus_commit(&draft, 0);
}

static int commit_error(unsigned int error, unsigned int size)
{
	struct kbus_draft draft;
	int err;

	err = kbus_reserve(&draft, topic, size, GFP_KERNEL);
	return err ? err : kbus_commit(&draft, -(ssize_t)error);
}

static int gap(unsigned int count, unsigned int unused)
{
	return kbus_publish_gap(topic, count);
}

static int heard(unsigned int unused, unsigned int unused_too)
{
	return kbus_topic_has_receivers(topic);
}

static int count_lost(unsigned int unused, unsigned int unused_too)
{
	struct kbus_topic_counters counters;

	kbus_topic_count(topic, &counters);
	return counters.lost;
}

static int count_messages(unsigned int unused, unsigned int unused_too)
{
	struct kbus_topic_counters counters;

	kbus_topic_count(topic, &counters);
	return counters.messages;
}

/* Another module's reference to the same topic. */
static int share_with(const struct kbus_topic_options *options)
{
	struct kbus_topic *same;
	int err;

	same = kbus_topic_create(&init_net, "kernel/puppet", options);
	if (IS_ERR(same))
		return PTR_ERR(same);
	err = same == topic ? 0 : -EINVAL;
	kbus_topic_release(same);
	return err;
}

static int share(unsigned int unused, unsigned int unused_too)
{
	return share_with(NULL);
}

static int share_same_type(unsigned int block, unsigned int deferred)
{
	const struct kbus_topic_options options = {
		.type = "kbus.test.Puppet",
		.allow_block = block,
		.deferred = deferred,
	};

	return share_with(&options);
}

static int share_other_type(unsigned int unused, unsigned int unused_too)
{
	const struct kbus_topic_options options = { .type = "Other" };

	return share_with(&options);
}

static int create(unsigned int deferred, unsigned int unused)
{
	const struct kbus_topic_options options = { .deferred = deferred };
	struct kbus_topic *other;

	other = kbus_topic_create(&init_net, "kernel/other", &options);
	kbus_topic_release(other);
	return PTR_ERR_OR_ZERO(other);
}

static int create_brokers(unsigned int there, unsigned int unused)
{
	struct kbus_topic *other;

	other = kbus_topic_create(&init_net,
				  there ? "$sys/topics" : "$sys/other", NULL);
	kbus_topic_release(other);
	return PTR_ERR_OR_ZERO(other);
}

static const struct {
	const char *name;
	int (*fn)(unsigned int a, unsigned int b);
} calls[] = {
	{ "publish", publish },
	{ "publish_irqs_off", publish_irqs_off },
	{ "publish_in_nmi", publish_in_nmi },
	{ "publish_keyed", publish_keyed },
	{ "draft", draft },
	{ "draft_irqs_off", draft_irqs_off },
	{ "discard", discard },
	{ "commit_error", commit_error },
	{ "gap", gap },
	{ "heard", heard },
	{ "count_lost", count_lost },
	{ "count_messages", count_messages },
	{ "hold", hold },
	{ "hold_softirqs", hold_softirqs },
	{ "release", release },
	{ "publish_behind", publish_behind },
	{ "publish_in_scheduler", publish_in_scheduler },
	{ "measure", measure },
	{ "share", share },
	{ "share_same_type", share_same_type },
	{ "share_other_type", share_other_type },
	{ "create", create },
	{ "create_brokers", create_brokers },
};

static int set_call(const char *text, const struct kernel_param *param)
{
	unsigned int a = 0, b = 0;
	char name[32];
	size_t i;

	if (IS_ERR_OR_NULL(topic) ||
	    sscanf(text, "%31s %u %u", name, &a, &b) < 1)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!strcmp(calls[i].name, name)) {
			result = calls[i].fn(a, b);
			return 0;
		}
	}
	return -ENOENT;
}

static const struct kernel_param_ops call_ops = { .set = set_call };
module_param_cb(call, &call_ops, NULL, 0200);
MODULE_PARM_DESC(call, "what to call, and up to two numbers");

static int __init kbus_puppet_init(void)
{
	const struct kbus_topic_options options = {
		.type = "kbus.test.Puppet",
		.history = history,
		.deferred = deferred,
		.allow_block = allow_block,
	};
	size_t i;

	bytes = kvmalloc(PAYLOAD_SIZE, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	for (i = 0; i < PAYLOAD_SIZE; i++)
		bytes[i] = i;
	topic = kbus_topic_create(&init_net, "kernel/puppet", &options);
	if (IS_ERR(topic))
		kvfree(bytes);
	return PTR_ERR_OR_ZERO(topic);
}

static void __exit kbus_puppet_exit(void)
{
	release(0, 0);
	publish_irqs_off(last_words, 10);
	kbus_topic_release(topic);
	kvfree(bytes);
}

module_init(kbus_puppet_init);
module_exit(kbus_puppet_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Calls the in-kernel API, for kbus's tests");
