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

/* No text is longer. */
#define TEXT_SIZE 160

/**
 * struct limit - how much there may be of a resource
 * @most: the limits, by enum kbus_scope; 0: depends on the machine's memory
 * @part: if @most is 0: the limit is this part of the memory, in bytes
 * @name: part of the parameters' names
 * @what: what there is too much of
 * @advice: what the user can do
 * @text: the texts for a request that would exceed the limit, by
 *	enum kbus_scope
 */
struct limit {
	unsigned long most[KBUS_SCOPES];
	unsigned int part[KBUS_SCOPES];
	const char *name;
	const char *what;
	const char *advice;
	char text[KBUS_SCOPES][TEXT_SIZE];
};

/* For one user, and for all users together. */
static struct limit limits[KBUS_RESOURCES] = {
	/* Each of 64 users can have its limit. */
	[KBUS_TOPICS] = {
		.most = { 1024, 65536 },
		.name = "topics",
		.what = "topics",
		.advice = "delete some",
	},
	/* A deleted topic's group stays while somebody listens. */
	[KBUS_GROUPS] = {
		.most = { 2 * 1024, 2 * 65536 },
		.name = "groups",
		.what = "groups",
		.advice = "end who listens to deleted topics",
	},
	/* For one user: see default_receivers(). */
	[KBUS_SUBSCRIBERS] = {
		.most = { 0, 16384 },
		.name = "subscribers",
		.what = "subscribers",
		.advice = "close some",
	},
	/* 16 for each subscriber. */
	[KBUS_SUBSCRIPTIONS] = {
		.most = { 16 * 256, 16 * 16384 },
		.name = "subscriptions",
		.what = "subscriptions",
		.advice = "end some",
	},
	[KBUS_LISTENERS] = {
		.most = { 4096, 262144 },
		.name = "listeners",
		.what = "groups joined",
		.advice = "leave some",
	},
	/* Each subscriber can receive all topics of one user. */
	[KBUS_BINDINGS] = {
		.most = { 256 * 1024, 4194304 },
		.name = "bindings",
		.what = "topics to receive",
		.advice = "subscribe to fewer",
	},
	[KBUS_RECEIVERS] = {
		.most = { ULONG_MAX, 0 },
		.name = "receivers",
		.what = "topics that came to subscribers",
		.advice = "have fewer topics that all receive",
	},
	/* 100 backlogs of the default length. */
	[KBUS_BACKLOG_MESSAGES] = {
		.most = { 1000000, 16777216 },
		.name = "backlog_messages",
		.what = "messages in backlogs",
		.advice = "receive them",
	},
	[KBUS_BACKLOG_BYTES] = {
		.part = { 16, 4 },
		.name = "backlog_bytes",
		.what = "bytes in backlogs",
		.advice = "receive them",
	},
	[KBUS_HISTORY_BYTES] = {
		.part = { 32, 8 },
		.name = "history_bytes",
		.what = "bytes in histories",
		.advice = "delete topics that have one",
	},
	[KBUS_MEMORY] = {
		.part = { 16, 4 },
		.name = "memory",
		.what = "bytes in use",
		.advice = "delete topics, receive messages",
	},
};

#define LIMITS(resource, name, what...)					\
	module_param_named(user_##name##_max,				\
			   limits[KBUS_##resource].most[KBUS_ONE_USER],	\
			   ulong, 0644);				\
	MODULE_PARM_DESC(user_##name##_max, "for one user: " #what);	\
	module_param_named(total_##name##_max,				\
			   limits[KBUS_##resource].most[KBUS_ALL_USERS], \
			   ulong, 0644);				\
	MODULE_PARM_DESC(total_##name##_max, "for all users: " #what)

LIMITS(TOPICS, topics, topics);
LIMITS(GROUPS, groups, multicast groups, also of deleted topics);
LIMITS(SUBSCRIBERS, subscribers, subscribers);
LIMITS(SUBSCRIPTIONS, subscriptions, subscriptions);
LIMITS(LISTENERS, listeners, groups joined, for each socket);
LIMITS(BINDINGS, bindings, topics subscribed to, for each subscriber);
LIMITS(BACKLOG_MESSAGES, backlog_messages, messages in backlogs);
LIMITS(BACKLOG_BYTES, backlog_bytes, bytes in backlogs);
LIMITS(HISTORY_BYTES, history_bytes, bytes in histories);
LIMITS(MEMORY, memory, bytes of kernel memory);

/* Others cause these, so that there is none for one user. */
module_param_named(total_receivers_max,
		   limits[KBUS_RECEIVERS].most[KBUS_ALL_USERS], ulong, 0644);
MODULE_PARM_DESC(total_receivers_max,
		 "for all users: topics that came to subscribers, for each subscriber");

static void set_texts(struct limit *limit)
{
	snprintf(limit->text[KBUS_ONE_USER], TEXT_SIZE,
		 "you have too many %s (kbus's user_%s_max): %s", limit->what,
		 limit->name, limit->advice);
	snprintf(limit->text[KBUS_ALL_USERS], TEXT_SIZE,
		 "all users together have too many %s (kbus's total_%s_max): %s",
		 limit->what, limit->name, limit->advice);
}

static void set_part(struct limit *limit, enum kbus_scope scope)
{
	if (!limit->most[scope] && limit->part[scope])
		limit->most[scope] = totalram_pages() / limit->part[scope]
				     << PAGE_SHIFT;
}

/*
 * Leaves room for the topics of one user to be bound to all subscribers of
 * another user, twice over.
 */
static void default_receivers(void)
{
	unsigned long *subscribers =
		&limits[KBUS_SUBSCRIBERS].most[KBUS_ONE_USER];
	unsigned long *receivers = &limits[KBUS_RECEIVERS].most[KBUS_ALL_USERS];
	const unsigned long topics =
		max(limits[KBUS_TOPICS].most[KBUS_ONE_USER], 1UL);

	if (!*receivers)
		*receivers = (totalram_pages() / 8 << PAGE_SHIFT) /
			     sizeof(struct kbus_binding);
	if (!*subscribers)
		*subscribers = clamp(*receivers / 2 / topics, 16UL, 256UL);
}

/**
 * kbus_limits_init() - set the limits that depend on the machine, and the texts
 */
void __init kbus_limits_init(void)
{
	enum kbus_resource resource;

	for (resource = 0; resource < KBUS_RESOURCES; resource++) {
		set_part(&limits[resource], KBUS_ONE_USER);
		set_part(&limits[resource], KBUS_ALL_USERS);
		set_texts(&limits[resource]);
	}
	default_receivers();
}

/**
 * kbus_limit() - get a limit
 * @resource: the resource
 * @scope: whose limit
 *
 * Context: any.
 * Return: the limit, in the resource's unit; ULONG_MAX: there is none.
 */
unsigned long kbus_limit(enum kbus_resource resource, enum kbus_scope scope)
{
	return READ_ONCE(limits[resource].most[scope]);
}

/**
 * kbus_limit_text() - get the text for a request that would exceed a limit
 * @resource: the resource
 * @scope: whose limit
 *
 * Context: any.
 * Return: the text.
 */
const char *kbus_limit_text(enum kbus_resource resource, enum kbus_scope scope)
{
	return limits[resource].text[scope];
}

static unsigned long first_part(enum kbus_scope scope)
{
	const unsigned long bytes = kbus_limit(KBUS_BACKLOG_BYTES, scope);
	const unsigned long subscribers = kbus_limit(KBUS_SUBSCRIBERS, scope);

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
	return min(first_part(KBUS_ONE_USER), first_part(KBUS_ALL_USERS));
}
