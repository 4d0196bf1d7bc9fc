/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that perform the conductor's operations
 */
#ifndef ACTOR_H
#define ACTOR_H

#include "bus.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Subscribers of one actor. */
#define ACTOR_SLOTS 2

#define ITEMS_MAX 64

enum order {
	CREATE,
	DELETE,
	OPEN,
	CLOSE,
	SUBSCRIBE,
	UNSUBSCRIBE,
	PUBLISH,
	READ,
};

struct command {
	enum order order;
	int slot;
	char name[32]; /* of a topic, or a pattern */
	unsigned int history;
	bool allow_block;
	enum bus_overflow overflow;
	unsigned int depth;
	bool small; /* the smallest socket */
	unsigned int replay;
	uint64_t id;
	size_t size;
	char key;
	unsigned int count; /* how many items to read */
};

/* A message or gap as it was received. */
struct item {
	bool gap;
	char name[32];
	uint64_t seq; /* of a gap: the first */
	uint64_t last;
	uint64_t id;
	char key;
	bool replayed;
	pid_t pid;
};

struct reply {
	int err;
	uint32_t portid; /* OPEN */
	struct bus_result result;
	unsigned int items; /* READ: items read; 0: no more */
	struct item item[ITEMS_MAX];
};

struct actor {
	pid_t pid;
	int fd;
};

void actor_start(struct actor *actor);
void actor_kill(struct actor *actor);
void actor_ask(struct actor *actor, const struct command *command,
	       struct reply *reply);

#endif /* ACTOR_H */
