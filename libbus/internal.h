/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUS_INTERNAL_H
#define BUS_INTERNAL_H

#include "bus.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>

/* Any datagram of the broker's fits: it sends none larger than a message and
 * its bookkeeping, and no chunk of a backlog larger than 32 KiB but for one
 * such message.
 */
#define BUS_BUFFER_SIZE (64 * 1024)

/* The largest request but KBUS_PUBLISH: two strings and some numbers. */
#define BUS_REQUEST_SIZE 1024

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

struct topics {
	void *by_name; /* tsearch(3) */
	void *by_id;
};

struct bus {
	struct mnl_socket *control;
	uint32_t seq;
	char error[256]; /* the broker's text for the last refusal */
	struct topics published;
	char *send_buffer;
	char *control_buffer;

	enum bus_mode mode;
	struct bus_backlog backlog;
	struct mnl_socket *messages;
	struct topics received; /* apart: an old id may still be on its way */
	bool behind;   /* the broker has a backlog that was not asked for yet */
	bool expelled; /* the broker ended the subscriber */
	char *buffer;
	const struct nlmsghdr *next; /* within buffer */
	int left;		     /* bytes from next on */
	struct bus_message message;
};

/* socket.c */
int socket_open(struct mnl_socket **socket);
int socket_send(struct mnl_socket *socket, struct iovec *iov, int count);
int socket_receive(struct mnl_socket *socket, void *buffer, size_t *size);

/* request.c */
struct nlmsghdr *request_new(struct bus *bus, void *buffer, uint16_t type,
			     uint16_t flags);
typedef int answer_fn(const struct nlmsghdr *nlh, void *data);
int request_send(struct bus *bus, struct mnl_socket *socket,
		 struct nlmsghdr *nlh, answer_fn *fn, void *data);
int request_sendv(struct bus *bus, struct mnl_socket *socket, struct iovec *iov,
		  int count, answer_fn *fn, void *data);
int refuse(struct bus *bus, int err, const char *text);
int answer_errno(const struct nlmsghdr *nlh);
bool message_fits(const struct nlmsghdr *nlh, int left);

/* topics.c */
struct topic *topics_by_name(const struct topics *topics, const char *name);
struct topic *topics_by_id(const struct topics *topics, uint32_t id);
int topics_learn(struct topics *topics, const struct bus_topic *record,
		 struct topic **topic);
void topics_forget_older(struct topics *topics, struct topic *topic);
void topics_forget(struct topics *topics, struct topic *topic);
void topics_free(struct topics *topics);

/* topic.c */
int topic_parse(const struct nlmsghdr *nlh, struct bus_topic *record);
int topic_resolve(struct bus *bus, struct topics *topics, const char *name,
		  const char *type, bool create, struct topic **topic);
uint32_t attr_u32(const struct nlattr *attr);
uint64_t attr_u64(const struct nlattr *attr);
const char *attr_string(const struct nlattr *attr);

#endif /* BUS_INTERNAL_H */
