// SPDX-License-Identifier: GPL-2.0-only
/*
 * The crew: see crew.h
 */
#include "crew.h"
#include "system.h"

#include <errno.h>
#include <pthread.h>
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

#define PROCESSES_MAX (SYSTEM_SUBSCRIBERS_MAX + 16)
#define REASON_MAX 256

/* For a message on the stack. */
#define STACK_SIZE (8 * SYSTEM_SIZE_MAX)

/* The time limit in seconds for setting up, and for the run. */
#define PATIENCE 120

static struct {
	sem_t ready;
	sem_t go;
	sem_t done; /* posted by the last that ends */
	atomic_uint running;
	atomic_bool said; /* a reason has been given */
	char reason[REASON_MAX];
} * common;

static pid_t processes[PROCESSES_MAX];

/* What a member does. */
struct job {
	crew_fn *fn;
	void *argument;
	unsigned int index;
	bool idle;
};

static unsigned int count;   /* processes */
static unsigned int all;     /* members */
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
	/* The parent, so that no member is the last before all were added. */
	atomic_store(&common->running, 1);
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

static bool is_last_running(void)
{
	return atomic_fetch_sub(&common->running, 1) == 1;
}

static void *be_member(void *argument)
{
	const struct job *job = argument;

	if (job->fn(job->argument, job->index)) {
		system_fail("a process failed");
		_exit(1);
	}
	/* A post by each would cost as much as some messages. */
	if (!job->idle && is_last_running())
		sem_post(&common->done);
	for (;;)
		pause();
	return NULL;
}

/* The first member is the process's first thread. */
static void be_members(struct job *first, unsigned int threads)
{
	struct job *jobs = calloc(threads, sizeof(*jobs));
	pthread_attr_t attributes;
	pthread_t thread;
	unsigned int i;

	if (!jobs || pthread_attr_init(&attributes) ||
	    pthread_attr_setstacksize(&attributes, STACK_SIZE)) {
		system_fail("no memory");
		_exit(1);
	}
	for (i = 0; i < threads; i++) {
		jobs[i] = *first;
		jobs[i].index += i;
		if (i &&
		    pthread_create(&thread, &attributes, be_member, &jobs[i])) {
			system_fail("a thread does not start");
			_exit(1);
		}
	}
	be_member(&jobs[0]);
}

static void add(struct job job, unsigned int threads)
{
	pid_t pid = fork();

	if (pid < 0) {
		system_fail_errno("fork");
		return;
	}
	if (pid) {
		processes[count++] = pid;
		all += threads;
		unready += threads;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (threads > 1)
		be_members(&job, threads);
	be_member(&job);
}

void crew_add_threads(crew_fn *fn, void *argument, unsigned int first,
		      unsigned int threads, bool idle)
{
	const struct job job = {
		.fn = fn,
		.argument = argument,
		.index = first,
		.idle = idle,
	};

	if (!idle)
		atomic_fetch_add(&common->running, threads);
	add(job, threads);
}

void crew_add(crew_fn *fn, void *argument, unsigned int index)
{
	crew_add_threads(fn, argument, index, 1, false);
}

void crew_add_idle(crew_fn *fn, void *argument, unsigned int index)
{
	crew_add_threads(fn, argument, index, 1, true);
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
		if (waitid(P_PID, (id_t)processes[i], &info,
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

	for (i = 0; i < all; i++)
		sem_post(&common->go);
}

int crew_wait_done(void)
{
	return is_last_running() ? 0 : wait_for(&common->done, 1, "the run");
}

void crew_end(void)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		kill(processes[i], SIGKILL);
	for (i = 0; i < count; i++)
		waitpid(processes[i], NULL, 0);
	count = 0;
	all = 0;
	unready = 0;
	atomic_store(&common->running, 1);
	while (!sem_trywait(&common->ready) || !sem_trywait(&common->go) ||
	       !sem_trywait(&common->done))
		;
	if (shared)
		munmap(shared, shared_size);
	shared = NULL;
}
