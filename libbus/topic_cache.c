// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The topics that a handle knows, by name and by id
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

static struct topic *find_name(struct topic_cache *cache, const char *name)
{
	const struct topic key = { .name = name };
	struct topic **found = tfind(&key, &cache->by_name, compare_names);

	return found ? cache->latest_name = *found : NULL;
}

struct topic *bus_topic_cache_by_name(struct topic_cache *cache,
				      const char *name)
{
	struct topic *latest = cache->latest_name;

	return latest && strcmp(latest->name, name) == 0 ?
		       latest :
		       find_name(cache, name);
}

static struct topic *find_id(struct topic_cache *cache, uint32_t id)
{
	const struct topic key = { .id = id };
	struct topic **found = tfind(&key, &cache->by_id, compare_ids);

	return found ? cache->latest_id = *found : NULL;
}

struct topic *bus_topic_cache_by_id(struct topic_cache *cache, uint32_t id)
{
	struct topic *latest = cache->latest_id;

	return latest && latest->id == id ? latest : find_id(cache, id);
}

/* A way through the tree: the next turn, and how far it has come. */
struct way {
	uint32_t chance;
	struct topic *last;
};

static int turn(const void *a, const void *b)
{
	struct way *way = (struct way *)a;

	way->last = (struct topic *)b;
	way->chance = way->chance * 1103515245 + 12345;
	return way->chance >> 31 ? 1 : -1;
}

/*
 * Picks a topic at random, one of those where the tree ends; or NULL if there
 * is none.
 */
struct topic *bus_topic_cache_any(struct topic_cache *cache)
{
	struct way way = { .chance = cache->chance };

	tfind(&way, &cache->by_id, turn);
	cache->chance = way.chance;
	return way.last;
}

static void remove_name(struct topic_cache *cache, struct topic *topic)
{
	tdelete(topic, &cache->by_name, compare_names);
	if (cache->latest_name == topic)
		cache->latest_name = NULL;
}

static void remove_id(struct topic_cache *cache, struct topic *topic)
{
	tdelete(topic, &cache->by_id, compare_ids);
	if (cache->latest_id == topic)
		cache->latest_id = NULL;
	cache->count--;
	free(topic);
}

/* Frees the earlier topics that had the same name as this one. */
void bus_topic_cache_forget_older(struct topic_cache *cache,
				  struct topic *topic)
{
	struct topic *older;

	while ((older = topic->older)) {
		topic->older = older->older;
		remove_id(cache, older);
	}
}

void bus_topic_cache_forget(struct topic_cache *cache, struct topic *topic)
{
	bus_topic_cache_forget_older(cache, topic);
	remove_name(cache, topic);
	remove_id(cache, topic);
}

/*
 * Adds a topic. Returns 0, -ENOMEM, or -EPROTO if a topic of another name has
 * its id. An earlier topic of the same name can still be found by its id, until
 * bus_topic_cache_forget_older().
 */
int bus_topic_cache_learn(struct topic_cache *cache,
			  const struct bus_topic *record, struct topic **result)
{
	struct topic *topic = bus_topic_cache_by_name(cache, record->name);
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

	found = tsearch(topic, &cache->by_id, compare_ids);
	if (!found || *found != topic) {
		free(topic);
		return found ? -EPROTO : -ENOMEM;
	}
	cache->count++;
	if (older)
		remove_name(cache, older);
	if (!tsearch(topic, &cache->by_name, compare_names)) {
		remove_id(cache, topic);
		return -ENOMEM;
	}
	topic->older = older;
	cache->latest_name = topic;
	*result = topic;
	return 0;
}

static void leave(void *topic)
{
	(void)topic;
}

void bus_topic_cache_free(struct topic_cache *cache)
{
	tdestroy(cache->by_name, leave);
	tdestroy(cache->by_id, free);
	*cache = (struct topic_cache){ 0 };
}
