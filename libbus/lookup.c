// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Looking up a topic by its name, and creating it
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

/* Passes a KBUS_MSG_TOPIC to the function of a listing. */
int bus_topic_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct topic_listing *listing = data;
	struct bus_topic record;
	int err;

	err = bus_topic_parse(nlh, &record);
	return err ? err : listing->fn(&record, listing->data);
}

static void put_access(struct nlmsghdr *nlh,
		       const struct bus_topic_access *access)
{
	if (access->set & BUS_SET_UID)
		mnl_attr_put_u32(nlh, KBUS_A_TOPIC_UID, access->uid);
	if (access->set & BUS_SET_GID)
		mnl_attr_put_u32(nlh, KBUS_A_TOPIC_GID, access->gid);
	if (access->set & BUS_SET_MODE)
		mnl_attr_put_u32(nlh, KBUS_A_TOPIC_MODE, access->mode);
}

static void put_options(struct nlmsghdr *nlh,
			const struct bus_topic_options *options)
{
	if (options->type)
		mnl_attr_put_strz(nlh, KBUS_A_TOPIC_TYPE, options->type);
	if (options->history)
		mnl_attr_put_u32(nlh, KBUS_A_TOPIC_HISTORY, options->history);
	if (options->history_bytes)
		mnl_attr_put_u32(nlh, KBUS_A_TOPIC_HISTORY_BYTES,
				 options->history_bytes);
	if (options->allow_block)
		mnl_attr_put(nlh, KBUS_A_TOPIC_ALLOW_BLOCK, 0, NULL);
	put_access(nlh, &options->access);
}

/* Checks that a name is not longer than a topic's may be; 0 or -EINVAL. */
int bus_topic_check_length(struct bus *bus, const char *name)
{
	bus->error[0] = '\0';
	if (strlen(name) > KBUS_NAME_MAX)
		return bus_refuse(bus, -EINVAL,
				  "a topic name has at most " NAME_MAX_TEXT
				  " bytes");
	return 0;
}

/*
 * Sends a request that names a topic. Returns 0, -EINVAL if the name or an
 * option is ill-formed, another -errno, or the value that the listing's
 * function returned.
 */
int bus_topic_ask(struct bus *bus, uint16_t type, uint16_t flags,
		  const char *name, const struct bus_topic_options *options,
		  struct topic_listing *listing)
{
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int err = bus_topic_check_length(bus, name);

	if (err)
		return err;
	if (options->access.set & ~(BUS_SET_UID | BUS_SET_GID | BUS_SET_MODE))
		return bus_refuse(bus, -EINVAL,
				  "unknown bits in bus_topic_access.set");
	if (options->type && strlen(options->type) > KBUS_TYPE_MAX)
		return bus_refuse(bus, -EINVAL,
				  "a type's name has at most " TYPE_MAX_TEXT
				  " bytes");
	nlh = bus_request_new(bus, buffer, type, flags);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, name);
	put_options(nlh, options);
	return bus_request_send(bus, bus->control, nlh,
				listing ? bus_topic_answer : NULL, listing);
}

struct resolving {
	struct topic_cache *cache;
	struct topic *topic;
};

static int resolved(const struct bus_topic *record, void *data)
{
	struct resolving *resolving = data;
	int err;

	err = bus_topic_cache_learn(resolving->cache, record,
				    &resolving->topic);
	if (!err)
		resolving->topic->seq = record->seq;
	return err;
}

/*
 * Asks the broker for a topic. With @create, the broker creates it if it does
 * not exist. Returns 0 or -errno.
 */
int bus_topic_resolve(struct bus *bus, struct topic_cache *cache,
		      const char *name, const char *type, bool create,
		      struct topic **topic)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.type = create ? type : NULL,
	};
	struct resolving resolving = { .cache = cache };
	struct topic_listing listing = { .fn = resolved, .data = &resolving };
	int err;

	err = bus_topic_ask(bus,
			    create ? KBUS_CMD_TOPIC_CREATE : KBUS_CMD_TOPIC_GET,
			    0, name, &options, &listing);
	if (err)
		return err;
	if (!resolving.topic)
		return -EPROTO;
	*topic = resolving.topic;
	return 0;
}

/*
 * Checks that payloads of a type may be published on a topic; 0 or -EPROTOTYPE.
 */
int bus_topic_check_type(struct bus *bus, const struct topic *topic,
			 const char *type)
{
	if (type && topic->type[0] && strcmp(topic->type, type) != 0)
		return bus_refuse(
			bus, -EPROTOTYPE,
			"this topic carries payloads of another type");
	return 0;
}
