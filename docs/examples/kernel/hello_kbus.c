#include <linux/err.h>
#include <linux/kbus.h>
#include <linux/module.h>
#include <net/net_namespace.h>

static struct kbus_topic *topic;

static int __init hello_init(void)
{
	topic = kbus_topic_create(&init_net, "kernel/hello", NULL);
	if (IS_ERR(topic))
		return PTR_ERR(topic);
	kbus_publish(topic, "hello", 5, GFP_KERNEL);
	return 0;
}

static void __exit hello_exit(void)
{
	kbus_topic_release(topic);
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Says hello on the bus");
