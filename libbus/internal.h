/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUS_INTERNAL_H
#define BUS_INTERNAL_H

#include "bus.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <protobuf-c/protobuf-c.h>
#include <sys/types.h>
#include <time.h>

/*
 * Large enough for any datagram from the broker. The largest is a message with
 * its bookkeeping. A part of a backlog has at most 32 KiB, unless it is a
 * single message that is larger.
 */
#define BUS_BUFFER_SIZE 65536

/*
 * Large enough for any request except KBUS_CMD_PUBLISH: two strings and some
 * numbers.
 */
#define BUS_REQUEST_SIZE 1024

/* Returned by the receiving functions: go on, there may be more. */
#define AGAIN 1

enum bus_mode {
	BUS_IDLE,
	BUS_SUBSCRIBES,
	BUS_LISTENS,
};

/*
 * A topic that this handle knows. The struct and its strings are in one
 * allocation.
 */
struct topic {
	uint32_t id;
	uint32_t group;
	uint64_t next_seq;   /* listener: the next number expected */
	uint64_t seq;	     /* the last number at the lookup */
	struct topic *older; /* earlier topic of this name, deleted */
	const char *name;
	const char *type;
	char text[];
};

struct topic_cache {
	void *by_name; /* tsearch(3) */
	void *by_id;
	struct topic *latest_name; /* last found by name; or NULL */
	struct topic *latest_id;   /* last found by id; or NULL */
	size_t count;
	uint32_t chance; /* of bus_topic_cache_any() */
};

/**
 * struct expiry - how deleted topics are forgotten: see topic_expiry.c
 * @kept: during an expiry, the topics that still exist
 * @goes_on: an expiry is under way. All messages of the other topics have been
 *	read when the socket is next read empty.
 * @from: number of known topics at which the next expiry begins
 */
struct expiry {
	struct topic_cache kept;
	bool goes_on;
	size_t from;
};

/**
 * struct info - what the broker says about itself
 * @batch_bytes: largest length of a datagram of several messages, in bytes; 0:
 *	send each message alone
 * @batch_messages: largest number of messages in it
 * @error_page: id of the page that counts this handle's errors; 0: none
 */
struct info {
	uint32_t batch_bytes;
	uint32_t batch_messages;
	uint64_t error_page;
};

/**
 * struct publication - a message to be published
 * @known: where its topic is looked up and remembered
 * @topic: name of its topic
 * @type: full name of its payload's type; NULL: the payload is bytes
 * @message: the message to pack; NULL: @payload is the payload
 * @payload: the payload
 * @size: length of the payload in bytes, packed
 * @options: the options of the message
 */
struct publication {
	struct topic_cache *known;
	const char *topic;
	const char *type;
	const ProtobufCMessage *message;
	const void *payload;
	size_t size;
	const struct bus_publish_options *options;
};

/**
 * struct batch_pages - pages in which messages wait to be sent
 * @present: 1. In a child made by fork() the kernel clears the pages, and this
 *	is 0.
 * @messages: the messages, in the form in which they are sent
 */
struct batch_pages {
	uint64_t present;
	char messages[];
};

/**
 * struct batch - messages of one topic that wait to be sent
 * @pages: the messages; NULL before the first batch
 * @size: room for messages, in bytes
 * @used: length of the messages, in bytes
 * @count: number of messages
 * @count_max: limit of @count
 * @known: where the topic is remembered
 * @topic: id of the topic
 * @name: name of the topic
 * @type: full name of the first message's type; NULL: its payload is bytes
 * @create: create the topic again if it was deleted
 * @wait_ms: how long to wait for subscribers that block, in milliseconds
 * @since_us: when the first message was added, in microseconds of
 *	CLOCK_MONOTONIC
 * @linger_us: how long a message may wait, in microseconds; 0: messages wait
 *	only with BUS_MORE
 */
struct batch {
	struct batch_pages *pages;
	size_t size;
	size_t used;
	uint32_t count;
	uint32_t count_max;
	struct topic_cache *known;
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
	const struct kbus_error_page *error_page;     /* or NULL */
	const struct kbus_receivers_table *receivers; /* or NULL */
	const uint32_t *errors; /* this socket's counter in the page */
	uint32_t errors_seen;
	uint32_t seq;
	char error[256]; /* text of the last error; or empty */
	int error_of;	 /* the -errno that it belongs to */
	struct topic_cache published;
	char *send_buffer;
	struct batch batch;
	char *control_buffer;

	enum bus_mode mode;
	struct bus_backlog backlog;
	struct mnl_socket *messages;
	int wait_limit_ms;	     /* of receiving from messages; 0: none */
	struct topic_cache received; /* its own: old ids may still arrive */
	struct expiry expiry;
	bool behind;  /* there is a backlog to ask for */
	bool asked;   /* it was asked for, and has not ended yet */
	bool in_vain; /* nothing arrived since the request */
	char *buffer;
	const struct nlmsghdr *next; /* within buffer */
	int left;		     /* bytes from next onwards */
	struct bus_message message;
};

/**
 * struct bus_publisher - a topic that a program publishes on
 * @bus: its handle
 * @known: the topic, once it has been looked up
 * @name: name of the topic
 */
struct bus_publisher {
	struct bus *bus;
	struct topic_cache known;
	char name[];
};

/* Numbers of the protocol, for texts. */
#define TEXT_1(number) #number
#define TEXT(number) TEXT_1(number)
#define PROTOCOL_TEXT TEXT(KBUS_PROTOCOL)
#define NAME_MAX_TEXT TEXT(KBUS_NAME_MAX)
#define TYPE_MAX_TEXT TEXT(KBUS_TYPE_MAX)
#define PAYLOAD_MAX_TEXT TEXT(BUS_PAYLOAD_MAX)
#define KEY_MAX_TEXT TEXT(BUS_KEY_MAX)
#define BUFFER_SIZE_TEXT TEXT(BUS_BUFFER_SIZE)

/* Microseconds of CLOCK_MONOTONIC. */
static inline int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long to wait for subscribers that block, as the broker takes it. */
static inline uint32_t
publication_wait_ms(const struct publication *publication)
{
	int wait_ms = publication->options->wait_ms;

	return wait_ms < 0 ? KBUS_WAIT_FOREVER : (uint32_t)wait_ms;
}

/* Whether the topic of a message is created if it does not exist. */
static inline bool publication_creates(const struct publication *publication)
{
	return !(publication->options->flags & BUS_NO_CREATE);
}

/*
 * Whether a message is complete. mnl_nlmsg_ok() is not enough: it takes a
 * length of 2 GiB or more for a negative number, which is less than @left. And
 * libmnl looks for attributes up to the next multiple of 4 of the length.
 */
static inline bool bus_message_fits(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (uint32_t)left &&
	       NLMSG_ALIGN(nlh->nlmsg_len) <= (uint32_t)left;
}

/* protocol.c */
bool bus_protocol_is_told(void);
int bus_socket_open(struct mnl_socket **socket);

/* socket.c */
int bus_socket_pass_over_losses(struct mnl_socket *socket);
int bus_socket_compare_namespaces(struct mnl_socket *a, struct mnl_socket *b);
size_t bus_socket_room(struct mnl_socket *socket, size_t wanted);
int bus_socket_send(struct mnl_socket *socket, struct iovec *iov, int count);
int bus_socket_limit_wait(struct mnl_socket *socket, int wait_ms);
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
uint32_t bus_attr_u32(const struct nlattr *attr);
uint64_t bus_attr_u64(const struct nlattr *attr);
const char *bus_attr_string(const struct nlattr *attr);
int bus_topic_parse(const struct nlmsghdr *nlh, struct bus_topic *record);

/* pages.c */
void bus_pages_open(struct bus *bus);
void bus_pages_check(struct bus *bus, uint64_t id);
bool bus_pages_show_errors(struct bus *bus);
bool bus_pages_show_receivers(const struct bus *bus, uint32_t topic);
void bus_pages_close(struct bus *bus);

/* info.c */
struct info bus_info_ask(struct bus *bus);

/* message.c */
void bus_publication_begin(struct nlmsghdr *nlh, uint32_t topic,
			   const struct publication *publication);
void bus_publication_end_without(struct nlmsghdr *nlh,
				 const struct publication *publication);
void bus_publication_end(struct nlmsghdr *nlh,
			 const struct publication *publication);

/* batch.c */
extern const char bus_batch_inherited_text[];
void bus_batch_init(struct bus *bus, const struct info *info);
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
struct topic *bus_topic_cache_any(struct topic_cache *cache);
int bus_topic_cache_learn(struct topic_cache *cache,
			  const struct bus_topic *record, struct topic **topic);
void bus_topic_cache_forget_older(struct topic_cache *cache,
				  struct topic *topic);
void bus_topic_cache_forget(struct topic_cache *cache, struct topic *topic);
void bus_topic_cache_free(struct topic_cache *cache);

/* datagram.c */
int bus_datagram_take(struct bus *bus);

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
int bus_topic_check_length(struct bus *bus, const char *name);
int bus_topic_ask(struct bus *bus, uint16_t type, uint16_t flags,
		  const char *name, const struct bus_topic_options *options,
		  struct topic_listing *listing);
int bus_topic_resolve(struct bus *bus, struct topic_cache *cache,
		      const char *name, const char *type, bool create,
		      struct topic **topic);
int bus_topic_check_type(struct bus *bus, const struct topic *topic,
			 const char *type);

/* sized.c */

/* No structure of bus.h will be larger. A size above it is not initialized. */
#define BUS_SIZED_MAX 4096

int bus_sized_check(struct bus *bus, const void *given, size_t ours);
int bus_sized_begin(struct bus *bus, void *given, size_t ours);

#endif /* BUS_INTERNAL_H */
