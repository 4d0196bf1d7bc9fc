/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest's tests share
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include "bus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Succeeds, or prints the error's text. */
#define assert_bus_ok(bus, call)                            \
	do {                                                \
		int err_ = (call);                          \
		if (err_)                                   \
			fail_msg("%s: %d, %s", #call, err_, \
				 bus_strerror(bus, err_));  \
	} while (0)

static inline struct bus *open_bus(void)
{
	struct bus *bus;

	assert_bus_ok(NULL, bus_open(&bus));
	return bus;
}

static inline const struct bus_message *receive(struct bus *bus)
{
	const struct bus_message *message;

	assert_bus_ok(bus, bus_receive(bus, &message, 10000));
	return message;
}

static inline void assert_nothing_comes(struct bus *bus)
{
	const struct bus_message *message;

	assert_int_equal(bus_receive(bus, &message, 0), -EAGAIN);
}

static inline unsigned long env_number(const char *name, unsigned long absent)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : absent;
}

#endif /* GUEST_TEST_H */
