/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the benchmark asks of a publish/subscribe system: one adapter each, in
 * systems/
 *
 * A publisher and each subscriber is a process of its own. publisher() and
 * subscriber() run in these, at the same time, and return once their side is
 * set up; the first message is published when all have returned. A process that
 * is both calls subscriber() first: publisher() may wait until the topic's
 * subscribers are there, but not the other way round. Nothing is closed: the
 * processes end. One process may call subscriber() many times.
 *
 * All functions but publisher() and subscriber() return a negative number on
 * failure, those NULL; they call system_fail() to say why.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Bytes of a message, at least and at most. */
#define SYSTEM_SIZE_MIN 64
#define SYSTEM_SIZE_MAX 16384

/*
 * How long a message may be away, in milliseconds, until it counts as lost. What
 * must not be lost is waited for without an end, which some do at less cost.
 */
#define SYSTEM_PATIENCE_MS(system) ((system)->lossy ? 500 : -1)

/* Subscribers to one topic, at most. */
#define SYSTEM_SUBSCRIBERS_MAX 1000

/**
 * struct system - a system to measure
 * @name: its name, such as "zeromq-nodrop"
 * @options: how it is used, for the foot of the table: transport, quality of
 *	service, limits, batching
 * @lossy: it may lose messages: that is shown, and not an error
 * @one_publisher: a topic has one publisher: it is not measured with four
 */
struct system {
	const char *name;
	const char *options;
	bool lossy;
	bool one_publisher;

	/*
	 * In the parent, before it forks: start the daemon and wait until it
	 * answers, create what the processes share. There will be topics 0 to
	 * @topics - 1, each with up to @subscribers subscribers, and messages of
	 * @size bytes, of which @messages are published in all; a system with a
	 * queue of a limited length makes it so long. Threads are not allowed.
	 */
	int (*start)(unsigned int topics, unsigned int subscribers,
		     unsigned int messages, size_t size);
	/* In the parent, after the others have ended, and after a failure. */
	void (*stop)(void);

	/* The object is handed to the functions below. */
	void *(*publisher)(unsigned int topic);
	/* Publish; may wait for room, and may collect messages to send together. */
	int (*publish)(void *publisher, const void *data, size_t size);
	/* Send what publish() has collected. NULL: it never does that. */
	int (*flush)(void *publisher);

	/*
	 * @index counts the topic's subscribers from 0. With a @topic of @topics
	 * or more, which nobody publishes on, a system without a broker connects
	 * to topic 0's publisher, and asks it for that other topic.
	 */
	void *(*subscriber)(unsigned int topic, unsigned int index);
	/*
	 * Wait with blocking, no spinning, for a message up to @timeout_ms (-1:
	 * for ever), and read it into *@data, @size bytes, which is the size of
	 * every message: a stream needs no framing. What a library has in memory
	 * of its own is not copied: then *@data is set to that, which is valid
	 * until the next call.
	 * Return: bytes received, 0 if none came in time, or -1.
	 */
	ssize_t (*receive)(void *subscriber, void **data, size_t size,
			   int timeout_ms);
	/* Subscribe to a further topic. NULL: the system has no topics. */
	int (*also)(void *subscriber, unsigned int topic);
	/*
	 * Subscribe to pattern @number, unlike the others, which has a wildcard
	 * and matches none of the topics. NULL: the system has no patterns.
	 */
	int (*also_pattern)(void *subscriber, unsigned int number);
};

/* In the order of the table; the last is NULL. */
extern const struct system *const systems[];

/*
 * Say why something failed, as printf() does; the first to say it in any of the
 * processes counts. Return: -1
 */
int system_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, followed by the text of errno. */
int system_fail_errno(const char *what);

#endif
