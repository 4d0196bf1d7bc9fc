// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Topics: create, delete, look up
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

struct listing {
	bus_topic_fn *fn;
	void *data;
};

/* Reads the attributes of enum kbus_topic_attr that libbus knows. */
static int topic_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **attrs = data;
	int type = mnl_attr_get_type(attr);

	if (mnl_attr_type_valid(attr, KBUS_TOPIC_MAX) > 0)
		attrs[type] = attr;
	return MNL_CB_OK;
}

/* An absent number, and one of another size, is 0. */
uint32_t attr_u32(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0 ?
		       mnl_attr_get_u32(attr) :
		       0;
}

uint64_t attr_u64(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_U64) >= 0 ?
		       mnl_attr_get_u64(attr) :
		       0;
}

static uint8_t get_u8(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_U8) >= 0 ?
		       mnl_attr_get_u8(attr) :
		       0;
}

const char *attr_string(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 ?
		       mnl_attr_get_str(attr) :
		       "";
}

/* Reads a KBUS_TOPIC; the strings are in @nlh. Returns 0 or -EPROTO. */
int topic_parse(const struct nlmsghdr *nlh, struct bus_topic *record)
{
	const struct nlattr *attrs[KBUS_TOPIC_MAX + 1] = { 0 };

	if (nlh->nlmsg_type != KBUS_TOPIC)
		return -EPROTO;
	mnl_attr_parse(nlh, 0, topic_attr, attrs);
	*record = (struct bus_topic){
		.id = attr_u32(attrs[KBUS_TOPIC_ID]),
		.group = attr_u32(attrs[KBUS_TOPIC_GROUP]),
		.name = attr_string(attrs[KBUS_TOPIC_NAME]),
		.type = attr_string(attrs[KBUS_TOPIC_TYPE]),
		.kernel = attrs[KBUS_TOPIC_DEFERRED],
		.uid = attr_u32(attrs[KBUS_TOPIC_UID]),
		.gid = attr_u32(attrs[KBUS_TOPIC_GID]),
		.mode = attr_u32(attrs[KBUS_TOPIC_MODE]),
		.seq = attr_u64(attrs[KBUS_TOPIC_SEQ]),
		.bytes = attr_u64(attrs[KBUS_TOPIC_BYTES]),
		.subscribers = attr_u32(attrs[KBUS_TOPIC_SUBSCRIBERS]),
		.listeners = get_u8(attrs[KBUS_TOPIC_LISTENERS]),
		.history = attr_u32(attrs[KBUS_TOPIC_HISTORY]),
		.history_bytes = attr_u32(attrs[KBUS_TOPIC_HISTORY_BYTES]),
		.allow_block = attrs[KBUS_TOPIC_ALLOW_BLOCK],
		.kept = attr_u32(attrs[KBUS_TOPIC_KEPT]),
		.kept_bytes = attr_u32(attrs[KBUS_TOPIC_KEPT_BYTES]),
		.deferred = attr_u64(attrs[KBUS_TOPIC_DEFERRED]),
		.lost = attr_u64(attrs[KBUS_TOPIC_LOST]),
	};
	return record->id && record->name[0] ? 0 : -EPROTO;
}

static int topic_answer(const struct nlmsghdr *nlh, void *data)
{
	const struct listing *listing = data;
	struct bus_topic record;
	int err;

	err = topic_parse(nlh, &record);
	return err ? err : listing->fn(&record, listing->data);
}

static const struct bus_topic_options defaults;

static void put_access(struct nlmsghdr *nlh,
		       const struct bus_topic_access *access)
{
	if (access->set & BUS_SET_UID)
		mnl_attr_put_u32(nlh, KBUS_TOPIC_UID, access->uid);
	if (access->set & BUS_SET_GID)
		mnl_attr_put_u32(nlh, KBUS_TOPIC_GID, access->gid);
	if (access->set & BUS_SET_MODE)
		mnl_attr_put_u32(nlh, KBUS_TOPIC_MODE, access->mode);
}

static void put_options(struct nlmsghdr *nlh,
			const struct bus_topic_options *options)
{
	if (options->type)
		mnl_attr_put_strz(nlh, KBUS_TOPIC_TYPE, options->type);
	if (options->history)
		mnl_attr_put_u32(nlh, KBUS_TOPIC_HISTORY, options->history);
	if (options->history_bytes)
		mnl_attr_put_u32(nlh, KBUS_TOPIC_HISTORY_BYTES,
				 options->history_bytes);
	if (options->allow_block)
		mnl_attr_put(nlh, KBUS_TOPIC_ALLOW_BLOCK, 0, NULL);
	put_access(nlh, &options->access);
}

/* A request that names a topic; -EINVAL if it cannot be a name. */
static int send_named(struct bus *bus, uint16_t type, uint16_t flags,
		      const char *name, const struct bus_topic_options *options,
		      struct listing *listing)
{
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	if (strlen(name) > KBUS_NAME_MAX)
		return refuse(bus, -EINVAL,
			      "a topic name has at most 255 bytes");
	if (options->access.set & ~(BUS_SET_UID | BUS_SET_GID | BUS_SET_MODE))
		return refuse(bus, -EINVAL,
			      "unknown bits in bus_topic_access.set");
	if (options->type && strlen(options->type) > KBUS_TYPE_MAX)
		return refuse(bus, -EINVAL,
			      "a type's name has at most 255 bytes");
	nlh = request_new(bus, buffer, type, flags);
	mnl_attr_put_strz(nlh, KBUS_TOPIC_NAME, name);
	put_options(nlh, options);
	return request_send(bus, bus->control, nlh,
			    listing ? topic_answer : NULL, listing);
}

int bus_topic_create(struct bus *bus, const char *topic,
		     const struct bus_topic_options *options)
{
	return send_named(bus, KBUS_TOPIC_CREATE, NLM_F_EXCL, topic,
			  options ? options : &defaults, NULL);
}

/* What was published before comes first. */
static int send_in_turn(struct bus *bus, uint16_t type, const char *topic,
			const struct bus_topic_options *options)
{
	int err = batch_flush_topic(bus, topic);

	return err ? err : send_named(bus, type, 0, topic, options, NULL);
}

int bus_topic_change(struct bus *bus, const char *topic,
		     const struct bus_topic_access *access)
{
	const struct bus_topic_options options = { .access = *access };

	return send_in_turn(bus, KBUS_TOPIC_CHANGE, topic, &options);
}

int bus_topic_delete(struct bus *bus, const char *topic)
{
	return send_in_turn(bus, KBUS_TOPIC_DELETE, topic, &defaults);
}

int bus_topic_get(struct bus *bus, const char *topic, bus_topic_fn *fn,
		  void *data)
{
	struct listing listing = { .fn = fn, .data = data };

	return send_named(bus, KBUS_TOPIC_GET, 0, topic, &defaults, &listing);
}

int bus_topic_list(struct bus *bus, bus_topic_fn *fn, void *data)
{
	struct listing listing = { .fn = fn, .data = data };
	char buffer[BUS_REQUEST_SIZE];
	struct nlmsghdr *nlh;

	nlh = request_new(bus, buffer, KBUS_TOPIC_GET, NLM_F_DUMP);
	return request_send(bus, bus->control, nlh, topic_answer, &listing);
}

struct resolving {
	struct topics *topics;
	struct topic *topic;
};

static int resolved(const struct bus_topic *record, void *data)
{
	struct resolving *resolving = data;
	int err;

	err = topics_learn(resolving->topics, record, &resolving->topic);
	if (!err)
		resolving->topic->seq = record->seq;
	return err;
}

/* Asks the broker for a topic, to be created if @create; 0 or -errno. */
int topic_resolve(struct bus *bus, struct topics *topics, const char *name,
		  const char *type, bool create, struct topic **topic)
{
	const struct bus_topic_options options = { .type = type };
	struct resolving resolving = { .topics = topics };
	struct listing listing = { .fn = resolved, .data = &resolving };
	int err;

	err = send_named(bus, create ? KBUS_TOPIC_CREATE : KBUS_TOPIC_GET, 0,
			 name, create ? &options : &defaults, &listing);
	if (err)
		return err;
	if (!resolving.topic)
		return -EPROTO;
	*topic = resolving.topic;
	return 0;
}

/* Whether what is of a type may be published on a topic; 0 or -EPROTOTYPE. */
int topic_check_type(struct bus *bus, const struct topic *topic,
		     const char *type)
{
	if (type && topic->type[0] && strcmp(topic->type, type) != 0)
		return refuse(bus, -EPROTOTYPE,
			      "this topic carries payloads of another type");
	return 0;
}
