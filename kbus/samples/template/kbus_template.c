// SPDX-License-Identifier: GPL-2.0-only
/* kbus_template: the module to copy. Publishes once a second. */
#include <linux/kbus.h>
#include <linux/kbus_protobuf.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <net/net_namespace.h>

static struct kbus_topic *topic;
static struct timer_list timer;

static void template_tick(struct timer_list *unused)
{
	struct kbus_draft draft;
	struct kbus_pb pb;

	mod_timer(&timer, jiffies + HZ);
	if (!kbus_topic_has_receivers(topic))	/* costs next to nothing */
		return;
	/* Enough for the largest; GFP_KERNEL where you may sleep. */
	if (kbus_reserve(&draft, topic, 64, GFP_ATOMIC)) {
		kbus_publish_gap(topic, 1);	/* nothing is lost in silence */
		return;
	}
	/* A kbus.v1.Event with one field; the numbers are event.proto's. */
	kbus_pb_init(&pb, draft.payload, draft.size);
	kbus_pb_begin(&pb, 2);
	kbus_pb_string(&pb, 1, "uptime_s");
	kbus_pb_uint(&pb, 4, ktime_get_boottime_seconds());
	kbus_pb_end(&pb);
	kbus_commit(&draft, kbus_pb_length(&pb));	/* errors of both */
}

static int __init template_init(void)
{
	const struct kbus_topic_options options = { .type = "kbus.v1.Event" };

	topic = kbus_topic_create(&init_net, "kernel/template", &options);
	if (IS_ERR(topic))
		return PTR_ERR(topic);
	timer_setup(&timer, template_tick, 0);
	mod_timer(&timer, jiffies);
	return 0;
}

static void __exit template_exit(void)
{
	timer_shutdown_sync(&timer);	/* nothing publishes any more */
	kbus_topic_release(topic);
}

module_init(template_init);
module_exit(template_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes on kbus once a second: the module to copy");
