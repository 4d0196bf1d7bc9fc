/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users who are not root
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "guest_test.h"

#include <grp.h>

#define ALICE 1000
#define BOB 1001

/* Effective ids only, so that there is a way back. */
static inline void become(uid_t uid, gid_t gid, const gid_t *groups,
			  size_t count)
{
	assert_int_equal(setgroups(count, groups), 0);
	assert_int_equal(setegid(gid), 0);
	assert_int_equal(seteuid(uid), 0);
}

static inline void become_root(void)
{
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(setgroups(0, NULL), 0);
}

/* A call by somebody, and its result. */
#define AS(uid, call)                               \
	({                                          \
		int result_;                        \
                                                    \
		become(uid, (gid_t)(uid), NULL, 0); \
		result_ = (call);                   \
		become_root();                      \
		result_;                            \
	})

static inline struct bus *open_as(uid_t uid)
{
	struct bus *bus = NULL;

	assert_int_equal(AS(uid, bus_open(&bus)), 0);
	return bus;
}

#endif /* PEOPLE_H */
