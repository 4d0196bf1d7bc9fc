/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that the benchmark needs of a publish/subscribe system: each
 * system has an adapter in systems/
 *
 * A publisher and each subscriber is a process of its own, or, where a step for
 * some systems says so, a thread. publisher() and subscriber() run in these, at
 * the same time, and return once their side is set up. The first message is
 * published when all have returned. A process that is both calls subscriber()
 * first: publisher() may wait until the topic's subscribers are there, but not
 * the other way round. Nothing is closed because the processes end. One process
 * may call subscriber() many times.
 *
 * On failure, publisher() and subscriber() return NULL, and all other functions
 * a negative number. They call system_fail() to give the reason.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The minimum and maximum size of a message in bytes. */
#define SYSTEM_SIZE_MIN 64
#define SYSTEM_SIZE_MAX 16384

/* Bytes before a message's data, aligned like the data. */
#define SYSTEM_HEADROOM 16

/*
 * The time in milliseconds after which a message that has not come counts as
 * lost. A system that must not lose messages is waited for without a limit,
 * which some systems do at less cost.
 */
#define SYSTEM_PATIENCE_MS(system) ((system)->lossy ? 500 : -1)

/*
 * The maximum number of subscribers to one topic, except in a step for kbus
 * alone.
 */
#define SYSTEM_SUBSCRIBERS_MAX 1000

/* The kinds of systems. Each has a colour in chart.gnuplot. */
#define KIND_KBUS "kbus"
#define KIND_KERNEL "kernel mechanism"
#define KIND_LIBRARY "library without a broker"
#define KIND_BROKER "broker"

/*
 * Whether a system collects messages to send them together, or lets a message
 * wait for others
 */
enum collects {
	COLLECTS_NEVER,
	COLLECTS_ALWAYS, /* it cannot be used otherwise */
	COLLECTS_CHOSEN, /* another variant of the system does not */
};

/**
 * struct system - a system to measure
 * @name: its name, such as "zeromq-nodrop"
 * @options: how it is used, for the foot of the table: transport, quality of
 *	service, limits, batching
 * @lossy: it may lose messages; losses are shown, and are not an error
 * @one_publisher: a topic has only one publisher; it is not measured with four
 * @kind: one of KIND_...
 * @collects: a system that collects by choice has no place in the plots of
 *	those that do not; each measure has another plot for all that collect
 * @shown_in: the measures whose plots show this variant of a system, as begins
 *	of their names with commas between; NULL: all. The tables show it in all
 */
struct system {
	const char *name;
	const char *options;
	const char *kind;
	const char *shown_in;
	enum collects collects;
	bool lossy;
	bool one_publisher;

	/*
	 * In the parent, before it forks: start the daemon and wait until it
	 * answers, create the objects that the processes share. There will be
	 * topics 0 to @topics - 1, each with up to @subscribers subscribers,
	 * and messages of @size bytes, of which @messages are published in
	 * total. A system with a limited queue sets the queue's length to that.
	 * Threads are not allowed.
	 */
	int (*start)(unsigned int topics, unsigned int subscribers,
		     unsigned int messages, size_t size);
	/* In the parent, after the others have ended, and after a failure. */
	void (*stop)(void);

	/* The returned object is passed to the functions below. */
	void *(*publisher)(unsigned int topic);
	/*
	 * Publish; may wait for room, and may collect messages to send
	 * together. The SYSTEM_HEADROOM bytes before @data may be written to,
	 * for a header that is sent with the data from one buffer.
	 */
	int (*publish)(void *publisher, const void *data, size_t size);
	/*
	 * Send the messages that publish() has collected. NULL: it never
	 * collects.
	 */
	int (*flush)(void *publisher);

	/*
	 * One publisher for topics 0 to @topics - 1, and how it publishes on
	 * one of them. NULL: it is not measured.
	 */
	void *(*publisher_of)(unsigned int topics);
	int (*publish_on)(void *publisher, unsigned int topic, const void *data,
			  size_t size);
	/*
	 * Whether a message of that publisher on the topic would reach anybody.
	 * NULL: the system does not say.
	 */
	bool (*has_receivers)(void *publisher, unsigned int topic);

	/*
	 * The topic's subscribers have an @index from 0 on. Nobody publishes on
	 * a @topic of @topics or more. For such a topic, a system without a
	 * broker connects to topic 0's publisher and subscribes to the topic
	 * there.
	 */
	void *(*subscriber)(unsigned int topic, unsigned int index);
	/*
	 * Wait up to @timeout_ms (-1: forever) for a message, blocking and
	 * without spinning, and read it into *@data. @size is the size of every
	 * message, so a stream needs no framing. A message in a library's own
	 * memory is not copied: *@data is then set to that memory, which is
	 * valid until the next call.
	 *
	 * Return: bytes received, 0 if none came in time, or -1.
	 */
	ssize_t (*receive)(void *subscriber, void **data, size_t size,
			   int timeout_ms);
	/* Subscribe to a further topic. NULL: the system has no topics. */
	int (*also)(void *subscriber, unsigned int topic);
	/*
	 * Subscribe to pattern @number, which differs from the others, has a
	 * wildcard and matches none of the topics. NULL: the system has no
	 * patterns.
	 */
	int (*also_pattern)(void *subscriber, unsigned int number);
};

/* In the order of the table; the last is NULL. */
extern const struct system *const systems[];

/*
 * Give the reason for a failure, in the form of printf(). The first reason from
 * any of the processes is kept. Return: -1
 */
int system_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, followed by the text of errno. */
int system_fail_errno(const char *what);

#endif
