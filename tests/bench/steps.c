// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of a full benchmark, and of a quick one
 *
 * The numbers of messages are just large enough for a stable figure in an
 * emulated guest. Where aims depend on the figure, they are large enough that a
 * process's first messages, which take new memory, do not count.
 */
#include "step.h"

#define LATENCY(at, bytes, rounds)                                     \
	{                                                              \
		.measure = "latency", .point = at, .run = latency_run, \
		.size = bytes, .messages = rounds                      \
	}

#define FANOUT(what, at, count, bytes, number)                        \
	{                                                             \
		.measure = what, .point = at, .run = fanout_run,      \
		.publishers = 1, .subscribers = count, .size = bytes, \
		.messages = number                                    \
	}

#define FANOUT_TURNS(what, at, count, bytes, number)                      \
	{                                                                 \
		.measure = what ", no preemption", .point = at,           \
		.run = fanout_run, .publishers = 1, .subscribers = count, \
		.size = bytes, .messages = number, .no_preemption = true  \
	}

/*
 * One publisher, one subscriber, and others that receive nothing. If a system
 * leaves the filtering to its subscribers, it sends each message to all of
 * them.
 */
#define UNRELATED(what, at, number, ...)                         \
	{                                                        \
		.measure = what, .point = at, .run = fanout_run, \
		.publishers = 1, .subscribers = 1, .size = 64,   \
		.messages = number, .load = {                    \
			__VA_ARGS__                              \
		}                                                \
	}

/* Subscribers are threads, because processes take too long to start and end. */
#define MANY(at, systems, count, number)                                    \
	{                                                                   \
		.measure = "many subscribers, 64 B", .point = at,           \
		.run = fanout_run, .only = systems, .publishers = 1,        \
		.subscribers = count, .threads = count < 100 ? count : 100, \
		.warm_up = 2, .size = 64, .messages = number                \
	}

#define PUBLISH(what, at, ...)                                              \
	{                                                                   \
		.measure = what, .point = at, .run = publish_run,           \
		.publishers = 1, .size = 64, .messages = 20000, __VA_ARGS__ \
	}

#define MEMORY(at, ...)                                                      \
	{                                                                    \
		.measure = "memory, each", .point = at,                      \
		.run = memory_load_run, .load = { __VA_ARGS__ }, .size = 64, \
		.messages = 1                                                \
	}

#define MEMORY_QUEUED(at, bytes, number)                                     \
	{                                                                    \
		.measure = "memory, each that waits", .point = at,           \
		.run = memory_queued_run, .publishers = 1, .subscribers = 1, \
		.size = bytes, .messages = number                            \
	}

static const struct step full[] = {
	LATENCY("64 B", 64, 1000),
	LATENCY("16 KiB", 16384, 600),
	FANOUT("fan-out, 64 B", "1 to 1", 1, 64, 6000),
	FANOUT("fan-out, 64 B", "1 to 4", 4, 64, 500),
	FANOUT("fan-out, 64 B", "1 to 16", 16, 64, 150),
	FANOUT("fan-out, 64 B", "1 to 100", 100, 64, 30),
	FANOUT("fan-out, 1 KiB", "1 to 1", 1, 1024, 1000),
	FANOUT("fan-out, 1 KiB", "1 to 4", 4, 1024, 300),
	FANOUT("fan-out, 1 KiB", "1 to 16", 16, 1024, 100),
	FANOUT("fan-out, 1 KiB", "1 to 100", 100, 1024, 20),
	FANOUT("fan-out, 16 KiB", "1 to 1", 1, 16384, 500),
	FANOUT("fan-out, 16 KiB", "1 to 4", 4, 16384, 150),
	FANOUT("fan-out, 16 KiB", "1 to 16", 16, 16384, 50),
	FANOUT("fan-out, 16 KiB", "1 to 100", 100, 16384, 15),
	FANOUT_TURNS("fan-out, 64 B", "1 to 1", 1, 64, 6000),
	FANOUT_TURNS("fan-out, 64 B", "1 to 4", 4, 64, 3000),
	FANOUT_TURNS("fan-out, 64 B", "1 to 16", 16, 64, 1000),
	FANOUT_TURNS("fan-out, 16 KiB", "1 to 1", 1, 16384, 2000),
	FANOUT_TURNS("fan-out, 16 KiB", "1 to 4", 4, 16384, 600),
	FANOUT_TURNS("fan-out, 16 KiB", "1 to 16", 16, 16384, 200),
	PUBLISH("publishing, 64 B", "to nobody", .subscribers = 0),
	PUBLISH("publishing, 64 B", "to nobody, asked first", .load.topics = 1,
		.asks_first = true),
	PUBLISH("publishing, 64 B", "to one", .subscribers = 1),
	PUBLISH("topics in turn, 64 B", "1 topic", .load.topics = 1),
	PUBLISH("topics in turn, 64 B", "1,000 topics", .load.topics = 1000),
	PUBLISH("topics in turn, 64 B", "10,000 topics", .load.topics = 10000),
	{ .measure = "four publishers, 64 B",
	  .point = "4 to 4",
	  .run = fanout_run,
	  .publishers = 4,
	  .subscribers = 4,
	  .size = 64,
	  .messages = 250 },
	MANY("1 to 16", "kbus", 16, 100),
	MANY("1 to 1,000", "kbus,kbus-batch,kbus-coalesce,kbus-block", 1000,
	     20),
	MANY("1 to 10,000", "kbus", 10000, 10),
	{ .measure = "beside a large topic, 64 B",
	  .point = "of 1,000 subscribers",
	  .run = beside_run,
	  .only = "kbus,netlink",
	  .subscribers = 1000,
	  .threads = 100,
	  .size = 64,
	  .messages = 4000 },
	UNRELATED("unrelated subscribers", "0", 100, 0),
	UNRELATED("unrelated subscribers", "10", 100, .subscribers = 10),
	UNRELATED("unrelated subscribers", "100", 100, .subscribers = 100),
	UNRELATED("unrelated subscribers", "1,000", 100, .subscribers = 1000),
	UNRELATED("unrelated subscriptions", "10,000 topics", 500,
		  .topics = 10000),
	UNRELATED("unrelated subscriptions", "1,000 patterns", 500,
		  .patterns = 1000),
	{ .measure = "one subscriber is slow, 64 B",
	  .point = "beside a fast one",
	  .run = fanout_run,
	  .publishers = 1,
	  .subscribers = 2,
	  .size = 64,
	  .messages = 1500,
	  .pace = PACE_SLOW },
	{ .measure = "overload, 64 B",
	  .point = "held until all is published",
	  .run = fanout_run,
	  .publishers = 1,
	  .subscribers = 1,
	  .size = 64,
	  .messages = 3000,
	  .pace = PACE_HELD },
	/*
	 * Numbers large enough to outweigh memory that a daemon had reserved
	 * before.
	 */
	MEMORY("a subscriber", .subscribers = 200),
	MEMORY("a topic", .topics = 10000),
	MEMORY_QUEUED("a message of 64 B", 64, 20000),
	MEMORY_QUEUED("a message of 1 KiB", 1024, 5000),
	{ .measure = "from a hard interrupt",
	  .point = "to a process",
	  .run = interrupt_run,
	  .only = "kbus",
	  .subscribers = 1,
	  .messages = 2000 },
	{ 0 },
};

static const struct step quick[] = {
	LATENCY("64 B", 64, 300),
	FANOUT("fan-out, 64 B", "1 to 1", 1, 64, 1000),
	FANOUT("fan-out, 64 B", "1 to 16", 16, 64, 100),
	FANOUT("fan-out, 16 KiB", "1 to 16", 16, 16384, 30),
	{ 0 },
};

const struct step *steps_full(void)
{
	return full;
}

const struct step *steps_quick(void)
{
	return quick;
}
