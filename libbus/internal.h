/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUS_INTERNAL_H
#define BUS_INTERNAL_H

#include "bus.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <sys/types.h>
#include <time.h>

/* Any datagram of the broker's fits: it sends none larger than a message and
 * its bookkeeping, and no chunk of a backlog larger than 32 KiB but for one
 * such message.
 */
#define BUS_BUFFER_SIZE (64 * 1024)

/* The largest request but KBUS_CMD_PUBLISH: two strings and some numbers. */
#define BUS_REQUEST_SIZE 1024

/* What receives: go on, there may be more. */
#define AGAIN 1

enum bus_mode {
	BUS_IDLE,
	BUS_SUBSCRIBES,
	BUS_LISTENS,
};

/* A topic that this handle has met; the strings are in one allocation. */
struct topic {
	uint32_t id;
	uint32_t group;
	uint64_t next_seq;   /* listening: the number expected next */
	uint64_t seq;	     /* the last number when it was looked up */
	struct topic *older; /* of the same name, deleted since */
	const char *name;
	const char *type;
	char text[];
};

struct topic_cache {
	void *by_name; /* tsearch(3) */
	void *by_id;
	struct topic *latest_name; /* that was looked up by its name; or NULL */
	struct topic *latest_id;   /* by its id */
	size_t count;
};

/**
 * struct expiry - forgetting the topics that were deleted, see topic_expiry.c
 * @kept: those that were not, while it goes on
 * @goes_on: all that was published on others will have been read soon
 * @from: how many there have to be for the next
 */
struct expiry {
	struct topic_cache kept;
	bool goes_on;
	size_t from;
};

/**
 * struct publication - a message to be published
 * @topic: name of its topic
 * @type: full name of its payload's type; NULL: bytes
 * @message: to be packed; or NULL: @payload is the payload
 * @payload: the payload
 * @size: its length in bytes, packed
 * @options: what may be chosen
 */
struct publication {
	const char *topic;
	const char *type;
	const ProtobufCMessage *message;
	const void *payload;
	size_t size;
	const struct bus_publish_options *options;
};

/**
 * struct batch_pages - where messages wait to be sent
 * @present: 1; in a child made by fork() the kernel wipes it, and all else here
 * @messages: as they are to be sent
 */
struct batch_pages {
	uint64_t present;
	char messages[];
};

/**
 * struct batch - messages that wait to be sent, of one topic
 * @pages: the messages; or NULL
 * @size: room for them, in bytes
 * @used: their length in bytes
 * @count: how many they are
 * @topic: their topic's id
 * @name: its name
 * @type: full name of the type of the first; NULL: bytes
 * @create: the topic is to be created if it was deleted
 * @wait_ms: how long to wait for subscribers that block
 * @since_us: when the first came, in microseconds of CLOCK_MONOTONIC
 * @linger_us: how long one may wait, in microseconds; 0: only with BUS_MORE
 */
struct batch {
	struct batch_pages *pages;
	size_t size;
	size_t used;
	uint32_t count;
	uint32_t topic;
	char name[KBUS_NAME_MAX + 1];
	const char *type;
	bool create;
	uint32_t wait_ms;
	int64_t since_us;
	int64_t linger_us;
};

struct bus {
	struct mnl_socket *control;
	const uint32_t *error_counters; /* see error_counters.c; or NULL */
	uint32_t error_slot;
	uint32_t errors_seen;
	uint32_t seq;
	char error[256]; /* the broker's text for the last refusal */
	struct topic_cache published;
	char *send_buffer;
	struct batch batch;
	char *control_buffer;

	enum bus_mode mode;
	struct bus_backlog backlog;
	struct mnl_socket *messages;
	struct topic_cache
		received; /* apart: an old id may still be on its way */
	struct expiry expiry;
	bool behind;  /* the broker has a backlog that was not asked for yet */
	bool asked;   /* it was asked for, and has not come to its end */
	bool in_vain; /* nothing has come since then */
	char *buffer;
	const struct nlmsghdr *next; /* within buffer */
	int left;		     /* bytes from next on */
	struct bus_message message;
};

/* Microseconds of CLOCK_MONOTONIC. */
static inline int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long a publisher waits for subscribers that block. */
static inline uint32_t
publication_wait_ms(const struct publication *publication)
{
	int wait_ms = publication->options->wait_ms;

	return wait_ms < 0 ? KBUS_WAIT_FOREVER : (uint32_t)wait_ms;
}

/* Whether a message's topic is made where there is none. */
static inline bool publication_creates(const struct publication *publication)
{
	return !(publication->options->flags & BUS_NO_CREATE);
}

/* protocol.c */
bool bus_protocol_is_told(void);
int bus_socket_open(struct mnl_socket **socket);

/* socket.c */
int bus_socket_pass_over_losses(struct mnl_socket *socket);
int bus_socket_compare_namespaces(struct mnl_socket *a, struct mnl_socket *b);
size_t bus_socket_room(struct mnl_socket *socket, size_t wanted);
int bus_socket_send(struct mnl_socket *socket, struct iovec *iov, int count);
int bus_socket_receive(struct mnl_socket *socket, void *buffer, size_t *size,
		       int flags);
int bus_socket_receive_group(struct mnl_socket *socket, void *buffer,
			     size_t *size, int flags);

/* request.c */
struct nlmsghdr *bus_request_new(struct bus *bus, void *buffer, uint16_t type,
				 uint16_t flags);
typedef int answer_fn(const struct nlmsghdr *nlh, void *data);
int bus_request_send(struct bus *bus, struct mnl_socket *socket,
		     struct nlmsghdr *nlh, answer_fn *fn, void *data);
int bus_request_sendv(struct bus *bus, struct mnl_socket *socket,
		      struct iovec *iov, int count, answer_fn *fn, void *data);
int bus_request_send_quietly(struct bus *bus, struct nlmsghdr *nlh,
			     struct iovec *iov, int count);
int bus_request_send_all_quietly(struct bus *bus, struct iovec *iov, int count,
				 uint32_t first, uint32_t *done);
int bus_refuse(struct bus *bus, int err, const char *text);

/* parse.c */
int bus_answer_errno(const struct nlmsghdr *nlh);
bool bus_message_fits(const struct nlmsghdr *nlh, int left);
uint32_t bus_attr_u32(const struct nlattr *attr);
uint64_t bus_attr_u64(const struct nlattr *attr);
const char *bus_attr_string(const struct nlattr *attr);
int bus_topic_parse(const struct nlmsghdr *nlh, struct bus_topic *record);

/* error_counters.c */
void bus_error_counters_map(struct bus *bus);
bool bus_error_counters_changed(struct bus *bus);
void bus_error_counters_close(struct bus *bus);

/* message.c */
void bus_publication_begin(struct nlmsghdr *nlh, uint32_t topic,
			   const struct publication *publication);
void bus_publication_end_without(struct nlmsghdr *nlh,
				 const struct publication *publication);
void bus_publication_end(struct nlmsghdr *nlh,
			 const struct publication *publication);

/* batch.c */
extern const char bus_batch_inherited_text[];
void bus_batch_init(struct bus *bus);
void bus_batch_free(struct batch *batch);
bool bus_batch_takes(const struct bus *bus,
		     const struct publication *publication);
bool bus_batch_goes_on(const struct bus *bus,
		       const struct publication *publication);
int bus_batch_begin(struct bus *bus, const struct topic *topic,
		    const struct publication *publication);
int bus_batch_add(struct bus *bus, const struct publication *publication);
int bus_batch_try(struct bus *bus);
int bus_batch_flush_topic(struct bus *bus, const char *topic);

/* backlog.c */
int bus_backlog_take_outcome(struct bus *bus, const struct nlmsghdr *nlh);
int bus_backlog_when_empty(struct bus *bus);

/* topic_cache.c */
struct topic *bus_topic_cache_by_name(struct topic_cache *cache,
				      const char *name);
struct topic *bus_topic_cache_by_id(struct topic_cache *cache, uint32_t id);
int bus_topic_cache_learn(struct topic_cache *cache,
			  const struct bus_topic *record, struct topic **topic);
void bus_topic_cache_forget_older(struct topic_cache *cache,
				  struct topic *topic);
void bus_topic_cache_forget(struct topic_cache *cache, struct topic *topic);
void bus_topic_cache_free(struct topic_cache *cache);

/* topic_expiry.c */
bool bus_topic_expiry_is_due(const struct bus *bus);
bool bus_topic_expiry_when_empty(struct bus *bus);
int bus_topic_expiry_keep(struct bus *bus, const struct bus_topic *record);
void bus_topic_expiry_end(struct bus *bus);

/* subscribers.c */
bool bus_subscriber_is_live(struct bus *bus);

/* lookup.c */
struct topic_listing {
	bus_topic_fn *fn;
	void *data;
};

int bus_topic_answer(const struct nlmsghdr *nlh, void *data);
int bus_topic_ask(struct bus *bus, uint16_t type, uint16_t flags,
		  const char *name, const struct bus_topic_options *options,
		  struct topic_listing *listing);
int bus_topic_resolve(struct bus *bus, struct topic_cache *cache,
		      const char *name, const char *type, bool create,
		      struct topic **topic);
int bus_topic_check_type(struct bus *bus, const struct topic *topic,
			 const char *type);

#endif /* BUS_INTERNAL_H */
