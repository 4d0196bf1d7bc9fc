/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference: the topics and subscribers that exist, the messages offered to
 * each subscriber, and the messages and gaps that each must have received
 *
 * It knows nothing of the broker's implementation. It cannot know how much a
 * socket holds. So it is given the broker's counters, which show whether a
 * message went straight into the socket and how much of a backlog was handed
 * over. It checks that these numbers are possible.
 */
#ifndef WORLD_H
#define WORLD_H

#include "actor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	NAMES = 7,
	PATTERNS = 15,
	SUBSCRIBERS = 6,
	HISTORY_MAX = 6,
};

extern const char *const world_names[NAMES];
extern const char *const world_patterns[PATTERNS];

struct publication {
	uint64_t seq;
	uint64_t id; /* in its payload */
	char key;    /* 0: none */
	pid_t pid;
};

struct topic {
	bool exists;
	uint64_t seq;
	bool allow_block;
	unsigned int history;
	unsigned int kept;
	struct publication last[HISTORY_MAX]; /* oldest first */
};

enum offer_state {
	OFFERED, /* socket or backlog: not known yet */
	QUEUED,
	SENT, /* it left the broker */
	LOST,
};

struct offer {
	struct publication publication;
	int name;
	uint32_t binding;
	bool replayed;
	bool received;
	enum offer_state state;
	uint64_t superseded; /* when; 0: not superseded */
	uint64_t reads;	     /* number of reads when it was lost */
};

struct subscriber {
	bool open;
	enum bus_overflow overflow;
	unsigned int depth;
	bool subscribed[PATTERNS];
	uint32_t binding[NAMES]; /* 0: none */
	struct offer *offers;
	size_t count;
	size_t size;
	size_t first; /* all before it were received */
	uint64_t reads;
	uint64_t live;
	uint64_t drained;
	uint64_t lost;
};

struct world {
	struct topic topics[NAMES];
	struct subscriber subscribers[SUBSCRIBERS];
	uint32_t bindings;
	uint64_t clock;
};

/* The broker's report about a subscriber. */
struct observation {
	uint64_t live;
	uint64_t drained;
	uint64_t lost;
	uint32_t backlog;
};

/* Each returns 0 or the expected negative errno. */
int world_create(struct world *world, int name, unsigned int history,
		 bool allow_block);
int world_delete(struct world *world, int name);
int world_subscribe(struct world *world, int s, int pattern,
		    unsigned int replay);
int world_unsubscribe(struct world *world, int s, int pattern);
int world_publish(struct world *world, int name,
		  const struct publication *publication);

void world_open(struct world *world, int s, enum bus_overflow overflow,
		unsigned int depth);
void world_close(struct world *world, int s);
void world_free(struct world *world);

/* Each returns NULL, or a description of the fault. */
const char *world_observe(struct world *world, int s,
			  const struct observation *seen,
			  struct bus_result *result);
const char *world_receive(struct world *world, int s, const struct item *item);
const char *world_all_received(const struct world *world, int s);

unsigned int world_receivers(const struct world *world, int name);

#endif /* WORLD_H */
