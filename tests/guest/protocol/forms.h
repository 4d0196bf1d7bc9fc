/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each request in its correct form
 */
#ifndef FORMS_H
#define FORMS_H

#include "protocol.h"

enum kind { NUMBER, STRING, BINARY, FLAG };

/* attr.value: known only at run time. */
#define THE_TOPIC 0xfffffffe
#define THE_SOCKET 0xfffffffd

/**
 * struct attr - an attribute of a request
 * @number: its number; 0: the end
 * @kind: its type
 * @required: it is always present
 * @key: it is one of the attributes that exclude each other
 * @text: a correct value, if it is not a number
 * @value: a correct value, if it is a number
 */
struct attr {
	uint16_t number;
	enum kind kind;
	bool required;
	bool key;
	const char *text;
	uint32_t value;
};

/**
 * struct form - a request and its attributes
 * @name: its name
 * @type: nlmsg_type
 * @dump: it may be sent with NLM_F_DUMP
 * @only_dump: it may only be sent with NLM_F_DUMP
 * @subscriber: it is for a socket that is a subscriber
 * @strangers: errno for a user who neither owns the topic nor has the
 *	capability
 * @attrs: its attributes
 */
struct form {
	const char *name;
	uint16_t type;
	bool dump;
	bool only_dump;
	bool subscriber;
	int strangers;
	struct attr attrs[10];
};

extern const struct form forms[];
extern const size_t forms_count;

/* A socket of @uid for the request; creates its target, which is alice's. */
struct mnl_socket *form_socket(const struct form *form, uid_t uid);
/*
 * The request with all required attributes, except @except, which may be NULL.
 */
struct nlmsghdr *form_fill(const struct form *form, const struct attr *except);
void form_put(struct nlmsghdr *nlh, const struct attr *attr);
bool form_has(const struct form *form, uint16_t attr);

#endif /* FORMS_H */
