/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The crew: processes that set themselves up, begin together, and end together,
 * so that neither fork() nor exit() is measured
 *
 * Only one crew exists at a time.
 */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs in a process or thread of its own; returns 0, or -1 after system_fail().
 */
typedef int crew_fn(void *argument, unsigned int index);

/* Memory that the processes share, zeroed; freed by crew_end(). */
void *crew_share(size_t size);

/* Add a member; crew_wait_done() does not wait for an idle one. */
void crew_add(crew_fn *fn, void *argument, unsigned int index);
void crew_add_idle(crew_fn *fn, void *argument, unsigned int index);

/*
 * Add @count members, @first and the following, as threads of one process, for
 * crews that would take too long to start and end as processes.
 */
void crew_add_threads(crew_fn *fn, void *argument, unsigned int first,
		      unsigned int count, bool idle);

/* In a member: report that it is set up. */
void crew_ready(void);
/* In a member that takes part: wait until crew_go(). */
void crew_wait_go(void);

/* In the parent: wait until all are set up (0), or one has failed (-1). */
int crew_wait_ready(void);
/* @again members will call crew_ready() once more. */
void crew_unready(unsigned int again);
/* Let the members begin. */
void crew_go(void);
/*
 * Wait until all but the idle ones have returned (0), or one has failed (-1).
 */
int crew_wait_done(void);
/* Kill all members. */
void crew_end(void);

/* The reason given to system_fail(), or "". */
const char *crew_reason(void);
void crew_forget_reason(void);

#endif
