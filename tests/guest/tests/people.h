/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users other than root
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "guest_test.h"

#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>

#define ALICE 1000
#define BOB 1001

/* Changes only effective ids, so that become_root() can undo it. */
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

/* Permanently, in a child process, which ends with its parent. */
static inline void be(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setgid(gid) || setuid(uid))
		_exit(97);
	/* A change of user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Makes a call as a user, and gives its result. */
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

static inline void write_or_exit(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(99);
	close(fd);
}

/*
 * Enters a new user namespace as its user 0 and group 0, the only ones there,
 * and other new namespaces by @flags.
 */
static inline void enter_user_namespace(int flags)
{
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | flags))
		_exit(98);
	/* Needed to own its files in /proc after a change of user. */
	prctl(PR_SET_DUMPABLE, 1);
	write_or_exit("/proc/self/setgroups", "deny");
	write_or_exit("/proc/self/uid_map", users);
	write_or_exit("/proc/self/gid_map", groups);
}

#endif /* PEOPLE_H */
