// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time at which a tool ends, even if it is in a blocking call
 */
#include "deadline.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

/* After the deadline, blocking calls are interrupted at this interval. */
#define REPEAT_US 20000

static volatile sig_atomic_t over;

static void note_end(int signal)
{
	over = 1;
}

/**
 * deadline_set() - set the deadline
 * @seconds: time until the deadline; 0 or less: now
 *
 * After the deadline, deadline_is_over() is true and blocking calls fail with
 * EINTR. A signal that arrives just before such a call does not interrupt it,
 * so the signal is repeated.
 */
void deadline_set(double seconds)
{
	/* No SA_RESTART: the signal has to interrupt system calls. */
	const struct sigaction action = { .sa_handler = note_end };
	struct itimerval timer = { .it_interval.tv_usec = REPEAT_US };
	sigset_t alarm;

	if (seconds <= 0) {
		over = 1;
		return;
	}
	timer.it_value.tv_sec = (time_t)seconds;
	timer.it_value.tv_usec =
		(suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
	/* Zero would disarm the timer. */
	if (!timer.it_value.tv_sec && !timer.it_value.tv_usec)
		timer.it_value.tv_usec = 1;
	sigaction(SIGALRM, &action, NULL);
	/* The parent may have blocked the signal. */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

bool deadline_is_over(void)
{
	return over;
}
