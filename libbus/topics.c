// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The topics that a handle has met, by name and by id
 */
#include "internal.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
	const struct topic *x = a;
	const struct topic *y = b;

	return strcmp(x->name, y->name);
}

static int compare_ids(const void *a, const void *b)
{
	const struct topic *x = a;
	const struct topic *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct topic *find_name(struct topics *topics, const char *name)
{
	const struct topic key = { .name = name };
	struct topic **found = tfind(&key, &topics->by_name, compare_names);

	return found ? topics->latest_name = *found : NULL;
}

struct topic *bus_topics_by_name(struct topics *topics, const char *name)
{
	struct topic *latest = topics->latest_name;

	return latest && strcmp(latest->name, name) == 0 ?
		       latest :
		       find_name(topics, name);
}

static struct topic *find_id(struct topics *topics, uint32_t id)
{
	const struct topic key = { .id = id };
	struct topic **found = tfind(&key, &topics->by_id, compare_ids);

	return found ? topics->latest_id = *found : NULL;
}

struct topic *bus_topics_by_id(struct topics *topics, uint32_t id)
{
	struct topic *latest = topics->latest_id;

	return latest && latest->id == id ? latest : find_id(topics, id);
}

static void remove_name(struct topics *topics, struct topic *topic)
{
	tdelete(topic, &topics->by_name, compare_names);
	if (topics->latest_name == topic)
		topics->latest_name = NULL;
}

static void remove_id(struct topics *topics, struct topic *topic)
{
	tdelete(topic, &topics->by_id, compare_ids);
	if (topics->latest_id == topic)
		topics->latest_id = NULL;
	topics->count--;
	free(topic);
}

/* Frees the earlier topics of this one's name. */
void bus_topics_forget_older(struct topics *topics, struct topic *topic)
{
	struct topic *older;

	while ((older = topic->older)) {
		topic->older = older->older;
		remove_id(topics, older);
	}
}

void bus_topics_forget(struct topics *topics, struct topic *topic)
{
	bus_topics_forget_older(topics, topic);
	remove_name(topics, topic);
	remove_id(topics, topic);
}

/*
 * Enters a topic; 0, -ENOMEM, or -EPROTO if a topic of another name has its id.
 * An earlier topic of its name is still found by id until bus_topics_forget_older().
 */
int bus_topics_learn(struct topics *topics, const struct bus_topic *record,
		     struct topic **result)
{
	struct topic *topic = bus_topics_by_name(topics, record->name);
	struct topic **found;
	struct topic *older;
	size_t name_size = strlen(record->name) + 1;
	size_t type_size = strlen(record->type) + 1;

	*result = topic;
	if (topic && topic->id == record->id) {
		topic->group = record->group;
		return 0;
	}
	older = topic;
	*result = NULL;
	topic = calloc(1, sizeof(*topic) + name_size + type_size);
	if (!topic)
		return -ENOMEM;
	topic->id = record->id;
	topic->group = record->group;
	topic->name = memcpy(topic->text, record->name, name_size);
	topic->type = memcpy(topic->text + name_size, record->type, type_size);

	found = tsearch(topic, &topics->by_id, compare_ids);
	if (!found || *found != topic) {
		free(topic);
		return found ? -EPROTO : -ENOMEM;
	}
	topics->count++;
	if (older)
		remove_name(topics, older);
	if (!tsearch(topic, &topics->by_name, compare_names)) {
		remove_id(topics, topic);
		return -ENOMEM;
	}
	topic->older = older;
	*result = topic;
	return 0;
}

static void leave(void *topic)
{
	(void)topic;
}

void bus_topics_free(struct topics *topics)
{
	tdestroy(topics->by_name, leave);
	tdestroy(topics->by_id, free);
	*topics = (struct topics){ 0 };
}
