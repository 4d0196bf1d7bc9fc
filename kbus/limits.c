// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: how much each user, and all users together, may have, and the texts
 * for requests that would exceed a limit
 */
#include "binding.h"
#include "limits.h"
#include "quota.h"

#include <linux/mm.h>
#include <linux/module.h>

unsigned long kbus_user_limits[KBUS_RESOURCES] = {
	[KBUS_TOPICS] = 1024,
	[KBUS_GROUPS] = 2048,
	[KBUS_SUBSCRIPTIONS] = 4096,
	[KBUS_LISTENERS] = 4096,
	[KBUS_BINDINGS] = 262144,
	[KBUS_RECEIVERS] = ULONG_MAX,
	[KBUS_BACKLOG_MESSAGES] = 1000000,
};

unsigned long kbus_total_limits[KBUS_RESOURCES] = {
	[KBUS_TOPICS] = 65536,
	[KBUS_GROUPS] = 131072,
	[KBUS_SUBSCRIBERS] = 16384,
	[KBUS_SUBSCRIPTIONS] = 262144,
	[KBUS_LISTENERS] = 262144,
	[KBUS_BINDINGS] = 4194304,
	[KBUS_BACKLOG_MESSAGES] = 16777216,
};

#define USER_LIMIT(name, resource, what)				\
	module_param_named(user_##name##_max, kbus_user_limits[resource],	\
			   ulong, 0644);				\
	MODULE_PARM_DESC(user_##name##_max, "for one user: " what)

#define TOTAL_LIMIT(name, resource, what)				\
	module_param_named(total_##name##_max, kbus_total_limits[resource],	\
			   ulong, 0644);				\
	MODULE_PARM_DESC(total_##name##_max, "for all users: " what)

USER_LIMIT(topics, KBUS_TOPICS, "topics");
TOTAL_LIMIT(topics, KBUS_TOPICS, "topics");
USER_LIMIT(groups, KBUS_GROUPS,
	   "multicast groups, deleted topics' that are listened to included");
TOTAL_LIMIT(groups, KBUS_GROUPS,
	    "multicast groups, deleted topics' that are listened to included");
USER_LIMIT(subscribers, KBUS_SUBSCRIBERS,
	   "subscribers (default: 256, less if there is less than 700 MiB of memory)");
TOTAL_LIMIT(subscribers, KBUS_SUBSCRIBERS, "subscribers");
USER_LIMIT(subscriptions, KBUS_SUBSCRIPTIONS, "subscriptions");
TOTAL_LIMIT(subscriptions, KBUS_SUBSCRIPTIONS, "subscriptions");
USER_LIMIT(listeners, KBUS_LISTENERS,
	   "groups joined, for each socket, but at most 64 sockets in a group");
TOTAL_LIMIT(listeners, KBUS_LISTENERS, "groups joined, for each socket");
USER_LIMIT(bindings, KBUS_BINDINGS,
	   "topics that were there when they were subscribed to, for each subscriber");
TOTAL_LIMIT(bindings, KBUS_BINDINGS,
	    "topics that were there when they were subscribed to, for each subscriber");
TOTAL_LIMIT(receivers, KBUS_RECEIVERS,
	    "topics that came to subscribers, for each subscriber (default: what 1/8 of the memory holds)");
USER_LIMIT(backlog_messages, KBUS_BACKLOG_MESSAGES, "messages in backlogs");
TOTAL_LIMIT(backlog_messages, KBUS_BACKLOG_MESSAGES, "messages in backlogs");
USER_LIMIT(backlog_bytes, KBUS_BACKLOG_BYTES,
	   "bytes in backlogs (default: 1/16 of the memory)");
TOTAL_LIMIT(backlog_bytes, KBUS_BACKLOG_BYTES,
	    "bytes in backlogs (default: 1/4 of the memory)");
USER_LIMIT(history_bytes, KBUS_HISTORY_BYTES,
	   "bytes in histories (default: 1/32 of the memory)");
TOTAL_LIMIT(history_bytes, KBUS_HISTORY_BYTES,
	    "bytes in histories (default: 1/8 of the memory)");
USER_LIMIT(memory, KBUS_MEMORY,
	   "bytes of kernel memory (default: 1/16 of the memory)");
TOTAL_LIMIT(memory, KBUS_MEMORY,
	    "bytes of kernel memory (default: 1/4 of the memory)");

#define USER_OVER(name, what, advice) \
	("you have too many " what " (kbus's user_" name "_max): " advice)

#define TOTAL_OVER(name, what, advice)					\
	("all users together have too many " what " (kbus's total_"	\
	 name "_max): " advice)

static const char *const limit_texts[KBUS_RESOURCES][2] = {
	[KBUS_TOPICS] = {
		USER_OVER("topics", "topics",
			  "delete some"),
		TOTAL_OVER("topics", "topics",
			   "delete some"),
	},
	[KBUS_GROUPS] = {
		USER_OVER("groups", "groups",
			  "end who listens to deleted topics"),
		TOTAL_OVER("groups", "groups",
			   "end who listens to deleted topics"),
	},
	[KBUS_SUBSCRIBERS] = {
		USER_OVER("subscribers", "subscribers",
			  "close some"),
		TOTAL_OVER("subscribers", "subscribers",
			   "close some"),
	},
	[KBUS_SUBSCRIPTIONS] = {
		USER_OVER("subscriptions", "subscriptions",
			  "end some"),
		TOTAL_OVER("subscriptions", "subscriptions",
			   "end some"),
	},
	[KBUS_LISTENERS] = {
		USER_OVER("listeners", "groups joined",
			  "leave some"),
		TOTAL_OVER("listeners", "groups joined",
			   "leave some"),
	},
	[KBUS_BINDINGS] = {
		USER_OVER("bindings", "topics to receive",
			  "subscribe to fewer"),
		TOTAL_OVER("bindings", "topics to receive",
			   "subscribe to fewer"),
	},
	[KBUS_RECEIVERS] = {
		[1] = TOTAL_OVER("receivers", "topics that came to subscribers",
				 "have fewer topics that all receive"),
	},
	[KBUS_BACKLOG_MESSAGES] = {
		USER_OVER("backlog_messages", "messages in backlogs",
			  "receive them"),
		TOTAL_OVER("backlog_messages", "messages in backlogs",
			   "receive them"),
	},
	[KBUS_BACKLOG_BYTES] = {
		USER_OVER("backlog_bytes", "bytes in backlogs",
			  "receive them"),
		TOTAL_OVER("backlog_bytes", "bytes in backlogs",
			   "receive them"),
	},
	[KBUS_HISTORY_BYTES] = {
		USER_OVER("history_bytes", "bytes in histories",
			  "delete topics that have one"),
		TOTAL_OVER("history_bytes", "bytes in histories",
			   "delete topics that have one"),
	},
	[KBUS_MEMORY] = {
		USER_OVER("memory", "bytes in use",
			  "delete topics, receive messages"),
		TOTAL_OVER("memory", "bytes in use",
			   "delete topics, receive messages"),
	},
};

static void default_to(enum kbus_resource what, unsigned int user_share,
		       unsigned int total_share)
{
	unsigned long pages = totalram_pages();

	if (!kbus_user_limits[what])
		kbus_user_limits[what] = pages / user_share << PAGE_SHIFT;
	if (!kbus_total_limits[what])
		kbus_total_limits[what] = pages / total_share << PAGE_SHIFT;
}

/*
 * Leaves room for the topics of one user to be bound to all subscribers of
 * another user, twice over.
 */
static void default_receivers(void)
{
	unsigned long *subscribers = &kbus_user_limits[KBUS_SUBSCRIBERS];
	unsigned long *receivers = &kbus_total_limits[KBUS_RECEIVERS];
	const unsigned long topics =
		max(kbus_user_limits[KBUS_TOPICS], 1UL);

	if (!*receivers)
		*receivers = (totalram_pages() / 8 << PAGE_SHIFT) /
			     sizeof(struct kbus_binding);
	if (!*subscribers)
		*subscribers = clamp(*receivers / 2 / topics, 16UL, 256UL);
}

/**
 * kbus_limits_init() - set the limits that depend on the machine
 */
void __init kbus_limits_init(void)
{
	default_to(KBUS_BACKLOG_BYTES, 16, 4);
	default_to(KBUS_HISTORY_BYTES, 32, 8);
	default_to(KBUS_MEMORY, 16, 4);
	default_receivers();
}

/**
 * kbus_limit_text() - get the text for a request that would exceed a limit
 * @resource: the resource
 * @total: it is the limit of all users together
 *
 * Context: any.
 * Return: the text.
 */
const char *kbus_limit_text(enum kbus_resource resource, bool total)
{
	return limit_texts[resource][total];
}

static unsigned long first_part(const unsigned long *limits)
{
	const unsigned long bytes = READ_ONCE(limits[KBUS_BACKLOG_BYTES]);
	const unsigned long subscribers = READ_ONCE(limits[KBUS_SUBSCRIBERS]);

	return bytes / 2 / max(subscribers, 1UL);
}

/**
 * kbus_backlog_bytes_first() - get the part of the quota that each backlog has
 *	to itself
 *
 * Half of the bytes that all backlogs may take, divided by the maximum number
 * of subscribers. No subscriber is therefore refused for lack of its part.
 *
 * Context: any.
 * Return: bytes of kernel memory.
 */
unsigned long kbus_backlog_bytes_first(void)
{
	return min(first_part(kbus_user_limits),
		   first_part(kbus_total_limits));
}
