/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol's errors: each clause of docs/protocol.md, and a function that
 * provokes the error
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include "people.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Returned by ask() if nothing came, not even an acknowledgement. */
#define NO_ANSWER 9999

/**
 * struct error - a clause of one of the document's tables of errors
 * @request: its name there; "ANY": errors of any request
 * @name: the errno's name
 * @errno_: the errno
 * @clause: the clause, verbatim
 * @silent: netlink, not the broker, refuses the request, without a text
 * @provoke: provokes the error on an empty bus; returns the result of
 *	refused()
 */
struct error {
	const char *request;
	const char *name;
	int errno_;
	const char *clause;
	bool silent;
	int (*provoke)(void);
};

/*
 * Use this where the errno's name has already been expanded by another macro.
 */
#define NAMED_ERROR(request, name, error, clause, provoke)   \
	{                                                    \
		request, name, error, clause, false, provoke \
	}

#define ERROR(request, error, clause, provoke) \
	NAMED_ERROR(request, #error, error, clause, provoke)

/* Errors from netlink itself. */
#define SILENT_ERROR(request, error, clause, provoke)         \
	{                                                     \
		request, #error, error, clause, true, provoke \
	}

extern const struct error any_errors[], publish_errors[], topic_errors[],
	subscriber_errors[];
extern const size_t any_errors_count, publish_errors_count, topic_errors_count,
	subscriber_errors_count;

/* A socket, opened by user @uid, that is closed after the case. */
struct mnl_socket *socket_of(uid_t uid);
void close_sockets(void);
void enter_first_bus(void);

/* Several requests can be built before the first is sent. */
struct nlmsghdr *new_request(uint16_t type);
struct nlmsghdr *new_dump(uint16_t type);
struct nlmsghdr *new_publish(uint32_t topic, const char *payload);
struct nlmsghdr *with_text(struct nlmsghdr *nlh, uint16_t attr,
			   const char *text);
struct nlmsghdr *with_number(struct nlmsghdr *nlh, uint16_t attr,
			     uint32_t number);

/* Each sends, and returns the errno of the answer; 0: success. */
int ask(struct mnl_socket *sk, struct nlmsghdr *nlh);
int ask_raw(struct mnl_socket *sk, const void *data, size_t len, uint32_t seq);
void must(struct mnl_socket *sk, struct nlmsghdr *nlh);

/* The same, and checks that nothing the broker reports has changed. */
int refused(struct mnl_socket *sk, struct nlmsghdr *nlh);
int refused_raw(struct mnl_socket *sk, const void *data, size_t len,
		uint32_t seq);
int refused_as(uid_t uid, struct mnl_socket *sk, struct nlmsghdr *nlh);

/* The text of the last refusal. */
const char *text_told(void);
/* Both provoke the same clause, and return its errno. */
int both(int one, int other);

uint32_t new_topic(const char *name);
uint32_t topic_id(const char *name);
struct mnl_socket *new_subscriber(uid_t uid, uint32_t control);
void set_parameter(const char *name, const char *value);
void put_parameters_back(void);

#endif /* PROTOCOL_H */
