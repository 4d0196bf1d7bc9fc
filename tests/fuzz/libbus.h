/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libbus's fuzzers: its own code on sockets without a kernel
 *
 * The input is a script: bytes that choose calls, and records that the calls
 * receive:
 *
 *	1 byte	kind: RECORD_STAMPED: a datagram whose messages get the number
 *		of the last request sent, like the broker's answers
 *		RECORD_PLAIN: a datagram without changes
 *		others: recvmsg() fails, see libbus_socket.c
 *	2 bytes	length of the datagram, little endian
 *	rest	the datagram
 *
 * After the last record there is nothing to receive.
 */
#ifndef FUZZ_LIBBUS_H
#define FUZZ_LIBBUS_H

#include <bus.h>

enum record {
	RECORD_STAMPED,
	RECORD_PLAIN,
	RECORD_ENOBUFS,
	RECORD_EAGAIN,
	RECORD_ENOMEM,
	RECORD_EMSGSIZE,

	RECORDS,
};

/* libbus_socket.c */
void script_begin(const uint8_t *data, size_t size);
bool script_ended(void);
uint8_t script_byte(void);

/* libbus_check.c */
void check_result(const struct bus *bus, int err);
void check_received(struct bus *bus, bool unpack);
int check_topic(const struct bus_topic *topic, void *data);
int check_subscriber(const struct bus_subscriber *subscriber, void *data);
int check_pattern(const char *pattern, void *data);

#endif /* FUZZ_LIBBUS_H */
