// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds messages after they were published, like a publisher that is preempted
 * before it frees them. It holds the next messages, up to the module's
 * parameter, until it is unloaded.
 */
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#define MESSAGES_MAX 200

static unsigned int messages = MESSAGES_MAX;
module_param(messages, uint, 0444);
MODULE_PARM_DESC(messages, "how many, up to 200");

static unsigned int held;
module_param(held, uint, 0444);
MODULE_PARM_DESC(held, "how many are held");

struct kbus_topic;
struct kbus_outcome;

static struct tracepoint *published;
static struct module *kbus;
static struct sk_buff *skbs[MESSAGES_MAX];
static DEFINE_SPINLOCK(lock);

/* The arguments of tracepoint kbus_publish. */
static void on_publish(void *unused, const struct kbus_topic *topic,
		       struct sk_buff *skb, const struct kbus_outcome *outcome)
{
	spin_lock(&lock);
	if (held < messages)
		skbs[held++] = skb_get(skb);
	spin_unlock(&lock);
}

static int find(struct notifier_block *unused, unsigned long action, void *data)
{
	const struct tp_module *tp_module = data;
	struct module *module = tp_module->mod;
	struct tracepoint *tracepoint;
	unsigned int i;

	for (i = 0; i < module->num_tracepoints; i++) {
		tracepoint = tracepoint_ptr_deref(&module->tracepoints_ptrs[i]);
		if (strcmp(tracepoint->name, "kbus_publish"))
			continue;
		published = tracepoint;
		kbus = module;
	}
	return 0;
}

static struct notifier_block finder = { .notifier_call = find };

static int __init kbus_late_init(void)
{
	int err;

	messages = min_t(unsigned int, messages, MESSAGES_MAX);
	err = register_tracepoint_module_notifier(&finder);
	if (err)
		return err;
	unregister_tracepoint_module_notifier(&finder);
	/* Freeing a held message calls into kbus. */
	if (!published || !try_module_get(kbus))
		return -ENOENT;
	err = tracepoint_probe_register(published, on_publish, NULL);
	if (err)
		module_put(kbus);
	return err;
}

static void __exit kbus_late_exit(void)
{
	tracepoint_probe_unregister(published, on_publish, NULL);
	tracepoint_synchronize_unregister();
	while (held)
		consume_skb(skbs[--held]);
	module_put(kbus);
}

module_init(kbus_late_init);
module_exit(kbus_late_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION(
	"Holds messages after they were published, for kbus's tests");
