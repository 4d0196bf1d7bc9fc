/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The broker's fuzzer: requests of every type, whole and damaged, from several
 * users on several sockets. A bystander must not be affected.
 *
 *	netlink_table.c		all requests and attributes
 *	netlink_value.c		values of attributes, good and bad
 *	netlink_request.c	requests, and datagrams of requests
 *	netlink_socket.c	sockets
 *	netlink_due.c		the answers that are due to them
 *	netlink_bystander.c	publishes and receives; nothing may be lost
 *	netlink.c		processes, rounds, counts
 *
 * All choices come from lrand48(). Apart from topic ids, they never depend on
 * the broker's answers, so a seed gives the same requests again.
 */
#ifndef FUZZ_NETLINK_H
#define FUZZ_NETLINK_H

#include <linux/kbus.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	PROCESSES = 4,
	SOCKETS = 6,	     /* of each process */
	KNOWN = 8,	     /* topics that a process remembers */
	ATTRIBUTES_MAX = 16, /* of one request */
	TYPES = 0x20,	     /* request types that are counted separately */
	ERRNOS = 134,
	VALUE_MAX = 65531,	/* the most that fits nla_len */
	DATAGRAM_MAX = 1 << 19, /* more than SO_SNDBUF takes */
};

static inline unsigned int any(unsigned int n)
{
	return (unsigned long)lrand48() % n;
}

static inline bool chance(unsigned int percent)
{
	return any(100) < percent;
}

/* The kind of value that makes sense to the broker. */
enum kind {
	PAYLOAD,
	KEY,
	WAIT_MS,
	TOPIC_ID,
	NAME,
	PATTERN,
	TYPE,
	COUNT,
	BYTES,
	FLAG,
	UID,
	MODE,
	OVERFLOW,
	COALESCE,
	PORTID,
};

/* Instead of a percentage: only if the attribute before it is absent. */
#define ELSE 101

struct attribute {
	uint16_t request;
	uint16_t type;
	enum kind kind;
	unsigned int percent; /* of the requests that have it */
};

struct request {
	uint16_t type;
	const char *name;
	size_t header_size;
	unsigned int weight;
	unsigned int dumps; /* percent */
	uint16_t flags;	    /* set in some requests */
};

struct value {
	uint16_t type;
	uint16_t claimed; /* nla_len */
	size_t size;
	unsigned int times; /* 0: leave it out */
	unsigned char data[VALUE_MAX];
};

struct datagram {
	size_t size;
	unsigned int requests; /* as they were made, before the damage */
	unsigned char data[DATAGRAM_MAX] __attribute__((aligned(8)));
};

/* Ids that a process has learned from the broker, and its own number. */
struct knowledge {
	unsigned int process;
	uint32_t spared; /* id of the bystander's topic */
	uint32_t topics[KNOWN];
	uint32_t groups[KNOWN];
	unsigned int learned;
};

/* Each process has its own, in memory that all share. */
struct tally {
	unsigned long requests;
	unsigned long datagrams;
	unsigned long overflows;
	unsigned long unknown; /* requests whose answer may have been lost */
	unsigned long messages;
	unsigned long served[TYPES];
	unsigned long refused[TYPES][ERRNOS];
	unsigned long mark; /* the last random number */
};

extern struct knowledge known;
extern struct tally *tally;

/* netlink_table.c */
const struct request *request_any(void);
const struct request *request_at(size_t i);
size_t request_attributes(const struct request *request,
			  const struct attribute **attributes);

/* netlink_value.c */
void value_make(struct value *value, const struct attribute *attribute);
void value_damage(struct value *value);
uint32_t portid_of(unsigned int process, unsigned int socket);

/* netlink_request.c */
void datagram_make(struct datagram *datagram);

/* netlink_socket.c */
void sockets_open(void);
unsigned int sockets_step(void);
void sockets_finish(void);

/* netlink_bystander.c */
uint32_t bystander_open(void);
void bystander_step(void);
void bystander_finish(void);

#endif /* FUZZ_NETLINK_H */
