// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbus_heartbeat: publishes the time at a steady rate, from hard interrupts
 *
 * Each beat is published on "kernel/heartbeat" on the initial network
 * namespace's bus, as a kbus.v1.Heartbeat (proto/heartbeat.proto). It serves to
 * measure the latency of messages, and as a sign of life.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "../compat.h"

#include <linux/err.h>
#include <linux/kbus.h>
#include <linux/kbus_protobuf.h>
#include <linux/module.h>
#include <net/net_namespace.h>

#define RATE_MAX 100000

static unsigned int rate = 1000;
module_param(rate, uint, 0444);
MODULE_PARM_DESC(rate, "beats per second, 1 to 100000 (default 1000)");

/* kbus.v1.Heartbeat */
enum heartbeat_field {
	HEARTBEAT_BEAT = 1,
	HEARTBEAT_TIME_NS = 2,
	HEARTBEAT_DUE_NS = 3,
	HEARTBEAT_MISSED = 4,
};

/* Upper bound of a message's size: four tags, two varints, two times. */
#define HEARTBEAT_SIZE 48

static struct kbus_topic *topic;
static struct hrtimer timer;
static ktime_t period;

static int publish_now(u64 beat, ktime_t due, u32 missed)
{
	struct kbus_draft draft;
	struct kbus_pb pb;
	int err;

	err = kbus_reserve(&draft, topic, HEARTBEAT_SIZE, GFP_ATOMIC);
	if (err)
		return err;
	kbus_pb_init(&pb, draft.payload, draft.size);
	kbus_pb_uint(&pb, HEARTBEAT_BEAT, beat);
	kbus_pb_fixed64(&pb, HEARTBEAT_TIME_NS, ktime_get_ns());
	kbus_pb_fixed64(&pb, HEARTBEAT_DUE_NS, ktime_to_ns(due));
	kbus_pb_uint(&pb, HEARTBEAT_MISSED, missed);
	return kbus_commit(&draft, kbus_pb_length(&pb));
}

static enum hrtimer_restart publish_beat(struct hrtimer *unused)
{
	static u64 last_beat;
	static u32 missed;
	ktime_t due = hrtimer_get_expires(&timer);
	int err = 0;

	last_beat += missed + 1;
	if (kbus_topic_has_receivers(topic))
		err = publish_now(last_beat, due, missed);
	/* After -ENOBUFS subscribers already receive a gap. */
	if (err && err != -ENOBUFS)
		kbus_publish_gap(topic, 1);
	missed = hrtimer_forward_now(&timer, period) - 1;
	return HRTIMER_RESTART;
}

static int __init heartbeat_init(void)
{
	static const struct kbus_topic_options options = {
		.type = "kbus.v1.Heartbeat",
	};

	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		pr_err("this kernel is PREEMPT_RT: it publishes nothing from hard interrupts\n");
		return -EOPNOTSUPP;
	}
	if (rate < 1 || rate > RATE_MAX) {
		pr_err("rate=%u: choose 1 to %u\n", rate, RATE_MAX);
		return -EINVAL;
	}
	topic = kbus_topic_create(&init_net, "kernel/heartbeat", &options);
	if (IS_ERR(topic)) {
		pr_err("no topic kernel/heartbeat: error %ld\n", PTR_ERR(topic));
		return PTR_ERR(topic);
	}
	period = ns_to_ktime(NSEC_PER_SEC / rate);
	hrtimer_setup(&timer, publish_beat, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	hrtimer_start(&timer, ktime_add(ktime_get(), period),
		      HRTIMER_MODE_ABS_HARD);
	return 0;
}

static void __exit heartbeat_exit(void)
{
	hrtimer_cancel(&timer);
	kbus_topic_release(topic);
}

module_init(heartbeat_init);
module_exit(heartbeat_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Publishes the time on kbus at a steady rate");
MODULE_VERSION(KBUS_VERSION);
