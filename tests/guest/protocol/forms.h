/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each request as it is right
 */
#ifndef FORMS_H
#define FORMS_H

#include "protocol.h"

enum kind { NUMBER, STRING, BINARY, FLAG };

/* attr.value: what is known only later. */
#define THE_TOPIC 0xfffffffe
#define THE_SOCKET 0xfffffffd

/**
 * struct attr - an attribute of a request
 * @number: its number; 0: the end
 * @kind: its type
 * @required: always there
 * @key: one of those that exclude each other
 * @text: what is right for it, if not a number
 * @value: the same, if it is one
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
 * @dump: it can be asked for with NLM_F_DUMP
 * @only_dump: and in no other way
 * @subscriber: it is for a socket that is a subscriber
 * @strangers: errno for who neither owns the topic nor has the capability
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

/* A socket of @uid's to send it by; makes what it is about: alice's. */
struct mnl_socket *form_socket(const struct form *form, uid_t uid);
/* The request with all that is required, but for @except, which may be NULL. */
struct nlmsghdr *form_fill(const struct form *form, const struct attr *except);
void form_put(struct nlmsghdr *nlh, const struct attr *attr);
bool form_has(const struct form *form, uint16_t attr);

#endif /* FORMS_H */
