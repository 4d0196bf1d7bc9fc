// SPDX-License-Identifier: GPL-2.0-only
/*
 * The crew: see crew.h
 */
#include "crew.h"
#include "system.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMBERS_MAX (SYSTEM_SUBSCRIBERS_MAX + 16)
#define REASON_MAX 256

/* The time limit in seconds for setting up, and for the run. */
#define PATIENCE 120

static struct {
	sem_t ready;
	sem_t go;
	sem_t done;
	atomic_bool said; /* a reason has been given */
	char reason[REASON_MAX];
} * common;

static struct {
	pid_t pid;
	bool idle;
} members[MEMBERS_MAX];

static unsigned int count, idle;
static unsigned int unready; /* members that have yet to call crew_ready() */
static void *shared;
static size_t shared_size;

static void *map_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("bench: mmap");
		exit(1);
	}
	return memory;
}

static void open_common(void)
{
	if (common)
		return;
	common = map_shared(sizeof(*common));
	sem_init(&common->ready, 1, 0);
	sem_init(&common->go, 1, 0);
	sem_init(&common->done, 1, 0);
}

int system_fail(const char *format, ...)
{
	va_list arguments;

	open_common();
	if (atomic_exchange(&common->said, true))
		return -1;
	va_start(arguments, format);
	vsnprintf(common->reason, sizeof(common->reason), format, arguments);
	va_end(arguments);
	return -1;
}

int system_fail_errno(const char *what)
{
	return system_fail("%s: %s", what, strerror(errno));
}

const char *crew_reason(void)
{
	return common->reason;
}

void crew_forget_reason(void)
{
	open_common();
	common->reason[0] = '\0';
	atomic_store(&common->said, false);
}

void *crew_share(size_t size)
{
	open_common();
	shared = map_shared(size);
	shared_size = size;
	return shared;
}

static void add(crew_fn *fn, void *argument, unsigned int index, bool is_idle)
{
	pid_t pid = fork();

	if (pid < 0) {
		system_fail_errno("fork");
		return;
	}
	if (pid) {
		members[count].pid = pid;
		members[count++].idle = is_idle;
		unready++;
		idle += is_idle;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fn(argument, index)) {
		system_fail("a process failed");
		_exit(1);
	}
	if (!is_idle)
		sem_post(&common->done);
	for (;;)
		pause();
}

void crew_add(crew_fn *fn, void *argument, unsigned int index)
{
	add(fn, argument, index, false);
}

void crew_add_idle(crew_fn *fn, void *argument, unsigned int index)
{
	add(fn, argument, index, true);
}

void crew_ready(void)
{
	sem_post(&common->ready);
}

void crew_wait_go(void)
{
	while (sem_wait(&common->go))
		;
}

/* Whether a member has ended; members do not end unless they are killed. */
static bool member_ended(void)
{
	siginfo_t info;
	unsigned int i;

	for (i = 0; i < count; i++) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)members[i].pid, &info,
			   WEXITED | WNOHANG | WNOWAIT) ||
		    !info.si_pid)
			continue;
		if (info.si_code != CLD_EXITED)
			system_fail("a process ended by signal %d",
				    info.si_status);
		return true;
	}
	return false;
}

static int wait_for(sem_t *semaphore, unsigned int posts, const char *what)
{
	unsigned int seconds = 0;
	struct timespec until;

	while (posts) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		if (!sem_timedwait(semaphore, &until)) {
			posts--;
			continue;
		}
		if (errno != ETIMEDOUT)
			continue;
		if (member_ended())
			return -1;
		if (++seconds >= PATIENCE)
			return system_fail("%s: not within %d s", what,
					   PATIENCE);
	}
	return 0;
}

int crew_wait_ready(void)
{
	/* Time for all members to finish setting up and sleep. */
	const struct timespec settle = { 0, 30000000 };

	if (common->said || wait_for(&common->ready, unready, "setting up"))
		return -1;
	unready = 0;
	nanosleep(&settle, NULL);
	return 0;
}

void crew_unready(unsigned int again)
{
	unready += again;
}

void crew_go(void)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		sem_post(&common->go);
}

int crew_wait_done(void)
{
	return wait_for(&common->done, count - idle, "the run");
}

void crew_end(void)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		kill(members[i].pid, SIGKILL);
	for (i = 0; i < count; i++)
		waitpid(members[i].pid, NULL, 0);
	count = 0;
	idle = 0;
	unready = 0;
	while (!sem_trywait(&common->ready) || !sem_trywait(&common->go) ||
	       !sem_trywait(&common->done))
		;
	if (shared)
		munmap(shared, shared_size);
	shared = NULL;
}
