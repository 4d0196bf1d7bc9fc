/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subscriber of kernel/proc that checks the rules for all processes: one
 * start, then executions, then one exit
 */
#ifndef PROC_WATCH_H
#define PROC_WATCH_H

#include "guest_test.h"
#include "process.pb-c.h"

#include <pthread.h>
#include <sys/wait.h>

#define TOPIC "kernel/proc"
#define MODULE "kbus_proc"
#define PIDS 65536

typedef Kbus__V1__ProcessEvent event_t;

enum process_state {
	UNKNOWN, /* older than the subscription */
	ALIVE,
	EXITED,
};

struct process {
	enum process_state state;
	unsigned int starts;
	unsigned int execs;
	unsigned int children;
	event_t *last;
};

struct watch {
	struct bus *bus;
	uint64_t next;
	uint64_t received;
	uint64_t lost;
	struct process processes[PIDS];
};

static inline void forget_processes(struct watch *watch)
{
	size_t i;

	for (i = 0; i < PIDS; i++)
		if (watch->processes[i].last)
			kbus__v1__process_event__free_unpacked(
				watch->processes[i].last, NULL);
	memset(watch->processes, 0, sizeof(watch->processes));
}

static inline struct watch *watch_new(void)
{
	/* Room for all events, however late they are read. */
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 1000000,
		.bytes = 64 << 20,
	};
	struct watch *watch = calloc(1, sizeof(*watch));

	assert_non_null(watch);
	watch->bus = open_bus();
	assert_bus_ok(watch->bus, bus_set_backlog(watch->bus, &backlog));
	assert_bus_ok(watch->bus, bus_subscribe(watch->bus, TOPIC));
	return watch;
}

static inline void watch_free(struct watch *watch)
{
	bus_close(watch->bus);
	forget_processes(watch);
	free(watch);
}

static inline struct process *process_of(struct watch *watch, uint32_t pid)
{
	assert_in_range(pid, 0, PIDS - 1);
	return &watch->processes[pid];
}

static inline void take_event(struct watch *watch, event_t *event)
{
	struct process *process = process_of(watch, event->pid);

	switch (event->action) {
	case KBUS__V1__PROCESS_EVENT__ACTION__STARTED:
		assert_int_not_equal(process->state, ALIVE);
		assert_int_equal(event->detail_case, 0);
		process->state = ALIVE;
		process->starts++;
		process->execs = 0;
		process->children = 0;
		process_of(watch, event->ppid)->children++;
		break;
	case KBUS__V1__PROCESS_EVENT__ACTION__EXECUTED:
		assert_int_not_equal(process->state, EXITED);
		assert_int_equal(event->detail_case,
				 KBUS__V1__PROCESS_EVENT__DETAIL_FILE);
		process->execs++;
		break;
	case KBUS__V1__PROCESS_EVENT__ACTION__EXITED:
		assert_int_not_equal(process->state, EXITED);
		assert_int_equal(event->detail_case,
				 KBUS__V1__PROCESS_EVENT__DETAIL_EXIT);
		process->state = EXITED;
		break;
	default:
		fail_msg("action %d", event->action);
	}
	if (process->last && !watch->lost &&
	    event->action != KBUS__V1__PROCESS_EVENT__ACTION__STARTED)
		assert_true(event->start_time_ns ==
			    process->last->start_time_ns);
	if (process->last)
		kbus__v1__process_event__free_unpacked(process->last, NULL);
	process->last = event;
}

static inline void take_message(struct watch *watch,
				const struct bus_message *message)
{
	ProtobufCMessage *unpacked;
	char key[12];

	assert_string_equal(message->topic, TOPIC);
	if (message->kind == BUS_GAP) {
		if (watch->next)
			assert_int_equal(message->first_seq, watch->next);
		watch->next = message->last_seq + 1;
		watch->lost += message->count;
		return;
	}
	/* The topic was created again: events in between were not seen. */
	if (message->seq == 1)
		forget_processes(watch);
	else if (watch->next)
		assert_int_equal(message->seq, watch->next);
	watch->next = message->seq + 1;
	watch->received++;
	assert_true(message->kernel);
	assert_string_equal(message->type, "kbus.v1.ProcessEvent");
	assert_int_equal(bus_unpack(message,
				    &kbus__v1__process_event__descriptor,
				    &unpacked),
			 0);
	snprintf(key, sizeof(key), "%u", ((event_t *)unpacked)->pid);
	assert_int_equal(message->key_size, strlen(key));
	assert_memory_equal(message->key, key, strlen(key));
	take_event(watch, (event_t *)unpacked);
}

static inline void drain(struct watch *watch)
{
	const struct bus_message *message;

	while (!bus_receive(watch->bus, &message, 0))
		take_message(watch, message);
}

/*
 * Waits for a child, and compares its events with the result of wait(). All
 * events are published before wait() returns.
 */
static inline int expect_exit(struct watch *watch, pid_t pid,
			      unsigned int execs)
{
	struct process *process = process_of(watch, pid);
	const Kbus__V1__ProcessEvent__Exit *exit;
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	drain(watch);
	assert_int_equal(process->starts, 1);
	process->starts = 0;
	assert_int_equal(process->execs, execs);
	assert_int_equal(process->state, EXITED);
	assert_int_equal(process->last->ppid, getpid());
	exit = process->last->exit;
	if (WIFEXITED(status)) {
		assert_int_equal(exit->code, WEXITSTATUS(status));
		assert_int_equal(exit->signal, 0);
		assert_int_equal(exit->core_dumped, 0);
	} else {
		assert_true(WIFSIGNALED(status));
		assert_int_equal(exit->code, 0);
		assert_int_equal(exit->signal, WTERMSIG(status));
		assert_int_equal(exit->core_dumped, !!WCOREDUMP(status));
	}
	return status;
}

/* The program is small and has no libraries. */
static inline void __attribute__((noreturn))
execute(const char *path, const char *script)
{
	execl(path, "sh", "-c", script, NULL);
	_exit(127);
}

static inline void __attribute__((noreturn)) exit_thread(int code)
{
	syscall(SYS_exit, code);
	abort();
}

static inline pthread_t start_thread(void *(*run)(void *), void *data)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, data))
		_exit(126);
	return thread;
}

static inline int set_up(void **state)
{
	load_module(MODULE, "");
	*state = watch_new();
	return 0;
}

static inline int tear_down(void **state)
{
	watch_free(*state);
	unload_module(MODULE);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif /* PROC_WATCH_H */
