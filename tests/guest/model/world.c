// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include "pattern_rule.h"

#include <errno.h>
#include <stdlib.h>

/*
 * In the order in which a pattern's replays come. The broker promises no order
 * between topics, but the choice of the messages that a full backlog evicts
 * depends on this order.
 */
const char *const world_names[NAMES] = {
	"a", "a/b", "a/b/c", "a/c", "aa", "b", "b/c",
};

const char *const world_patterns[PATTERNS] = {
	"a",   "a/b", "a/b/c", "a/c", "b",   "b/c",   "#",     "+",
	"a/#", "a/+", "+/c",   "+/+", "b/#", "a/+/c", "+/b/#",
};

static bool matches(int pattern, int name)
{
	return pattern_rule(world_patterns[pattern], world_names[name]);
}

static bool wants(const struct subscriber *subscriber, int name)
{
	int p;

	for (p = 0; p < PATTERNS; p++)
		if (subscriber->subscribed[p] && matches(p, name))
			return true;
	return false;
}

static struct offer *add_offer(struct subscriber *subscriber, int name,
			       const struct publication *publication)
{
	struct offer *offer;

	if (subscriber->count == subscriber->size) {
		subscriber->size = 2 * subscriber->size + 64;
		subscriber->offers = realloc(subscriber->offers,
					     subscriber->size * sizeof(*offer));
	}
	offer = &subscriber->offers[subscriber->count++];
	*offer = (struct offer){
		.publication = *publication,
		.name = name,
		.binding = subscriber->binding[name],
		.state = OFFERED,
	};
	return offer;
}

static unsigned int queued(const struct subscriber *subscriber)
{
	unsigned int count = 0;
	size_t i;

	for (i = subscriber->first; i < subscriber->count; i++)
		count += subscriber->offers[i].state == QUEUED;
	return count;
}

static void lose(struct subscriber *subscriber, struct offer *offer)
{
	offer->state = LOST;
	offer->reads = subscriber->reads;
	subscriber->lost++;
}

/* The offer to evict: the first one superseded, or else the oldest. */
static struct offer *victim(struct subscriber *subscriber)
{
	struct offer *found = NULL;
	struct offer *offer;
	size_t i;

	for (i = subscriber->first; i < subscriber->count; i++) {
		offer = &subscriber->offers[i];
		if (offer->state != QUEUED)
			continue;
		if (!found || (offer->superseded &&
			       (!found->superseded ||
				offer->superseded < found->superseded)))
			found = offer;
	}
	return found;
}

static void supersede(struct world *world, struct subscriber *subscriber,
		      const struct offer *by)
{
	struct offer *offer;
	size_t i;

	if (subscriber->overflow != BUS_CONFLATE)
		return;
	for (i = subscriber->first; i < subscriber->count; i++) {
		offer = &subscriber->offers[i];
		if (offer->state == QUEUED && !offer->superseded &&
		    offer->binding == by->binding &&
		    offer->publication.key == by->publication.key)
			offer->superseded = ++world->clock;
	}
}

static void queue(struct world *world, struct subscriber *subscriber,
		  struct offer *offer)
{
	bool drops_queued = subscriber->overflow == BUS_DROP_OLDEST ||
			    subscriber->overflow == BUS_CONFLATE;

	supersede(world, subscriber, offer);
	if (queued(subscriber) == subscriber->depth) {
		if (!drops_queued) {
			lose(subscriber, offer);
			return;
		}
		lose(subscriber, victim(subscriber));
	}
	offer->state = QUEUED;
}

int world_create(struct world *world, int name, unsigned int history,
		 bool allow_block)
{
	struct topic *topic = &world->topics[name];
	int s;

	if (topic->exists)
		return -EEXIST;
	*topic = (struct topic){
		.exists = true,
		.history = history,
		.allow_block = allow_block,
	};
	for (s = 0; s < SUBSCRIBERS; s++)
		if (wants(&world->subscribers[s], name))
			world->subscribers[s].binding[name] = ++world->bindings;
	return 0;
}

int world_delete(struct world *world, int name)
{
	int s;

	if (!world->topics[name].exists)
		return -ENOENT;
	world->topics[name].exists = false;
	for (s = 0; s < SUBSCRIBERS; s++)
		world->subscribers[s].binding[name] = 0;
	return 0;
}

/* The topic whose name is @pattern itself. */
static const struct topic *topic_named(const struct world *world, int pattern)
{
	int n;

	for (n = 0; n < NAMES; n++)
		if (world->topics[n].exists &&
		    !strcmp(world_names[n], world_patterns[pattern]))
			return &world->topics[n];
	return NULL;
}

static void begin_binding(struct world *world, int s, int name,
			  unsigned int replay)
{
	struct subscriber *subscriber = &world->subscribers[s];
	const struct topic *topic = &world->topics[name];
	struct offer *offer;
	unsigned int i;

	subscriber->binding[name] = ++world->bindings;
	if (replay > topic->kept)
		replay = topic->kept;
	for (i = topic->kept - replay; i < topic->kept; i++) {
		offer = add_offer(subscriber, name, &topic->last[i]);
		offer->replayed = true;
		queue(world, subscriber, offer);
	}
}

int world_subscribe(struct world *world, int s, int pattern,
		    unsigned int replay)
{
	struct subscriber *subscriber = &world->subscribers[s];
	const struct topic *topic = topic_named(world, pattern);
	int n;

	if (subscriber->subscribed[pattern])
		return -EEXIST;
	if (topic && replay && !topic->history)
		return -ENODATA;
	if (topic && subscriber->overflow == BUS_BLOCK && !topic->allow_block)
		return -EPERM;
	subscriber->subscribed[pattern] = true;
	for (n = 0; n < NAMES; n++)
		if (world->topics[n].exists && matches(pattern, n) &&
		    !subscriber->binding[n])
			begin_binding(world, s, n, replay);
	return 0;
}

int world_unsubscribe(struct world *world, int s, int pattern)
{
	struct subscriber *subscriber = &world->subscribers[s];
	int n;

	if (!subscriber->subscribed[pattern])
		return -ENOENT;
	subscriber->subscribed[pattern] = false;
	for (n = 0; n < NAMES; n++)
		if (!wants(subscriber, n))
			subscriber->binding[n] = 0;
	return 0;
}

static bool is_blocked(const struct world *world, int name)
{
	const struct subscriber *subscriber;
	int s;

	if (!world->topics[name].allow_block)
		return false;
	for (s = 0; s < SUBSCRIBERS; s++) {
		subscriber = &world->subscribers[s];
		if (subscriber->binding[name] &&
		    subscriber->overflow == BUS_BLOCK &&
		    queued(subscriber) == subscriber->depth)
			return true;
	}
	return false;
}

static void keep(struct topic *topic, const struct publication *publication)
{
	if (!topic->history)
		return;
	if (topic->kept == topic->history)
		memmove(topic->last, topic->last + 1,
			--topic->kept * sizeof(*topic->last));
	topic->last[topic->kept++] = *publication;
}

int world_publish(struct world *world, int name,
		  const struct publication *publication)
{
	struct topic *topic = &world->topics[name];
	struct publication numbered = *publication;
	int s;

	if (!topic->exists)
		return -ENOENT;
	if (is_blocked(world, name))
		return -EAGAIN;
	numbered.seq = ++topic->seq;
	for (s = 0; s < SUBSCRIBERS; s++)
		if (world->subscribers[s].binding[name])
			add_offer(&world->subscribers[s], name, &numbered);
	keep(topic, &numbered);
	return 0;
}

void world_open(struct world *world, int s, enum bus_overflow overflow,
		unsigned int depth)
{
	world_close(world, s);
	world->subscribers[s].open = true;
	world->subscribers[s].overflow = overflow;
	world->subscribers[s].depth = depth;
}

void world_close(struct world *world, int s)
{
	free(world->subscribers[s].offers);
	world->subscribers[s] = (struct subscriber){ 0 };
}

void world_free(struct world *world)
{
	int s;

	for (s = 0; s < SUBSCRIBERS; s++)
		world_close(world, s);
}

/*
 * Whether the subscriber is certainly QUEUED: a message is still queued, or was
 * lost since the last read.
 */
static bool is_behind(const struct subscriber *subscriber)
{
	const struct offer *offer;
	size_t i;

	for (i = subscriber->first; i < subscriber->count; i++) {
		offer = &subscriber->offers[i];
		if (offer->state == QUEUED ||
		    (offer->state == LOST && offer->reads == subscriber->reads))
			return true;
	}
	return false;
}

/* The last message: sent straight into the socket, or put into the backlog. */
static const char *settle_offer(struct world *world,
				struct subscriber *subscriber,
				const struct observation *seen,
				struct bus_result *result)
{
	struct offer *offer;

	if (!subscriber->count)
		return NULL;
	offer = &subscriber->offers[subscriber->count - 1];
	if (offer->state != OFFERED)
		return NULL;
	if (seen->live == subscriber->live + 1) {
		if (is_behind(subscriber))
			return "it overtook what is queued";
		subscriber->live++;
		offer->state = SENT;
		result->live++;
		return NULL;
	}
	queue(world, subscriber, offer);
	if (offer->state == QUEUED)
		result->queued++;
	else
		result->dropped++;
	return NULL;
}

/* The head of the queue has been handed over. */
static void drain(struct subscriber *subscriber, uint64_t count)
{
	size_t i;

	for (i = subscriber->first; count && i < subscriber->count; i++)
		if (subscriber->offers[i].state == QUEUED) {
			subscriber->offers[i].state = SENT;
			subscriber->drained++;
			count--;
		}
}

const char *world_observe(struct world *world, int s,
			  const struct observation *seen,
			  struct bus_result *result)
{
	struct subscriber *subscriber = &world->subscribers[s];
	const char *fault;

	drain(subscriber, seen->drained - subscriber->drained);
	fault = settle_offer(world, subscriber, seen, result);
	if (fault)
		return fault;
	if (seen->live != subscriber->live)
		return "a message went straight that was not published";
	if (seen->drained != subscriber->drained)
		return "more was handed over than was queued";
	if (seen->lost != subscriber->lost)
		return "another number of messages was lost";
	if (seen->backlog != queued(subscriber))
		return "another number of messages is queued";
	return NULL;
}

static void pass_received(struct subscriber *subscriber)
{
	while (subscriber->first < subscriber->count &&
	       subscriber->offers[subscriber->first].received)
		subscriber->first++;
}

/* The first offer of this name that has not been received. */
static struct offer *next_of_name(struct subscriber *subscriber,
				  const char *name)
{
	struct offer *offer;
	size_t i;

	for (i = subscriber->first; i < subscriber->count; i++) {
		offer = &subscriber->offers[i];
		if (!offer->received && !strcmp(world_names[offer->name], name))
			return offer;
	}
	return NULL;
}

static const char *receive_message(struct subscriber *subscriber,
				   const struct item *item)
{
	struct offer *offer = next_of_name(subscriber, item->name);
	size_t i;

	if (!offer)
		return "nothing of this topic is due";
	if (offer->state == LOST)
		return "a gap is missing";
	if (offer->state != SENT)
		return "it is still in the broker";
	if (offer->publication.seq != item->seq ||
	    offer->publication.id != item->id)
		return "another message is due";
	if (offer->publication.key != item->key)
		return "its key is another";
	if (offer->publication.pid != item->pid)
		return "its publisher is another";
	if (offer->replayed != item->replayed)
		return "it is marked wrongly as replayed, or not";
	for (i = subscriber->first; &subscriber->offers[i] != offer; i++)
		if (!subscriber->offers[i].received &&
		    subscriber->offers[i].state != LOST)
			return "it comes before an older one";
	offer->received = true;
	return NULL;
}

/* The offer before this one in its binding. */
static const struct offer *previous(const struct subscriber *subscriber,
				    const struct offer *offer)
{
	const struct offer *other;

	for (other = offer; other-- != subscriber->offers;)
		if (other->binding == offer->binding)
			return other;
	return NULL;
}

static const char *receive_gap(struct subscriber *subscriber,
			       const struct item *item)
{
	const struct offer *before;
	struct offer *offer;
	uint64_t seq;

	for (seq = item->seq; seq <= item->last; seq++) {
		offer = next_of_name(subscriber, item->name);
		if (!offer || offer->publication.seq != seq)
			return "another number is due";
		if (offer->state != LOST)
			return "it was not lost";
		before = previous(subscriber, offer);
		if (seq == item->seq && before && before->state == LOST &&
		    before->reads == offer->reads)
			return "it belongs to the gap before";
		offer->received = true;
	}
	return NULL;
}

const char *world_receive(struct world *world, int s, const struct item *item)
{
	struct subscriber *subscriber = &world->subscribers[s];
	const char *fault;

	if (item->gap)
		fault = receive_gap(subscriber, item);
	else
		fault = receive_message(subscriber, item);
	pass_received(subscriber);
	return fault;
}

const char *world_all_received(const struct world *world, int s)
{
	const struct subscriber *subscriber = &world->subscribers[s];

	return subscriber->first < subscriber->count ? "not all has come" :
						       NULL;
}

unsigned int world_receivers(const struct world *world, int name)
{
	unsigned int count = 0;
	int s;

	for (s = 0; s < SUBSCRIBERS; s++)
		count += world->subscribers[s].binding[name] != 0;
	return count;
}
