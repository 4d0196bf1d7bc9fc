/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the guest's tests
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include "bus.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* Fails with the error's text. */
#define assert_bus_ok(bus, call)                            \
	do {                                                \
		int err_ = (call);                          \
		if (err_)                                   \
			fail_msg("%s: %d, %s", #call, err_, \
				 bus_strerror(bus, err_));  \
	} while (0)

/*
 * The time limit in milliseconds for events that must happen, even on a busy
 * host.
 */
#define PATIENCE_MS 900000

/* Waits until the condition holds. */
#define await_that(condition)                                            \
	do {                                                             \
		int ms_;                                                 \
		for (ms_ = 0; !(condition); ms_++) {                     \
			if (ms_ == PATIENCE_MS)                          \
				fail_msg("never comes: %s", #condition); \
			usleep(1000);                                    \
		}                                                        \
	} while (0)

/* Options for bus_publish(). */
static const struct bus_publish_options no_create __attribute__((unused)) = {
	.size = sizeof(no_create),
	.flags = BUS_NO_CREATE,
};

/* A bus without other tests' topics: that of a new network namespace. */
static inline void enter_fresh_bus(void)
{
	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		exit(1);
	}
}

static inline struct bus *open_bus(void)
{
	struct bus *bus;

	assert_bus_ok(NULL, bus_open(&bus));
	return bus;
}

static inline const struct bus_message *receive(struct bus *bus)
{
	const struct bus_message *message;

	assert_bus_ok(bus, bus_receive(bus, &message, PATIENCE_MS));
	return message;
}

static inline void assert_nothing_comes(struct bus *bus)
{
	const struct bus_message *message;

	assert_int_equal(bus_receive(bus, &message, 0), -EAGAIN);
}

static inline void publish(struct bus *bus, const char *topic, const char *text)
{
	assert_bus_ok(bus, bus_publish(bus, topic, text, strlen(text), NULL));
}

static inline void assert_message(const struct bus_message *message,
				  const char *topic, uint64_t seq,
				  const char *text)
{
	assert_int_equal(message->kind, BUS_MESSAGE);
	assert_string_equal(message->topic, topic);
	assert_int_equal(message->seq, seq);
	assert_int_equal(message->size, strlen(text));
	assert_memory_equal(message->payload, text, strlen(text));
}

static inline void expect(struct bus *bus, const char *topic, uint64_t seq,
			  const char *text)
{
	assert_message(receive(bus), topic, seq, text);
}

static inline void expect_gap(struct bus *bus, const char *topic,
			      uint64_t first, uint64_t last)
{
	const struct bus_message *gap = receive(bus);

	assert_int_equal(gap->kind, BUS_GAP);
	assert_string_equal(gap->topic, topic);
	assert_int_equal(gap->first_seq, first);
	assert_int_equal(gap->last_seq, last);
	assert_int_equal(gap->count, last - first + 1);
}

/*
 * Checks that the message or gap begins with number @next, and sets @next to
 * the number after it. Returns the number of lost messages, 0 for a message.
 */
static inline uint64_t follow(const struct bus_message *message, uint64_t *next)
{
	if (message->kind == BUS_GAP) {
		assert_int_equal(message->first_seq, *next);
		*next = message->last_seq + 1;
		return message->count;
	}
	assert_int_equal(message->seq, *next);
	++*next;
	return 0;
}

/* Publishes until the socket is full, and then @more messages. */
static inline uint64_t overfill(struct bus *bus, const char *topic, int more)
{
	struct bus_stats stats = { .size = sizeof(stats) };
	uint64_t count = 0;
	uint64_t before;

	assert_bus_ok(bus, bus_get_stats(bus, &stats));
	before = stats.overruns;
	for (; stats.overruns == before; count++) {
		publish(bus, topic, "flood");
		assert_bus_ok(bus, bus_get_stats(bus, &stats));
		assert_in_range(count, 0, 100000);
	}
	for (; more > 0; more--, count++)
		publish(bus, topic, "flood");
	return count;
}

static inline int keep_topic(const struct bus_topic *topic, void *data)
{
	*(struct bus_topic *)data = *topic;
	return 0;
}

/* Its strings are valid until the next call with the handle. */
static inline struct bus_topic look_up(struct bus *bus, const char *topic)
{
	struct bus_topic found = { 0 };

	assert_bus_ok(bus, bus_topic_get(bus, topic, keep_topic, &found));
	return found;
}

/* The smallest possible receive buffer: some fifteen small messages. */
static inline void shrink_socket(struct bus *bus)
{
	int size = 1;

	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)),
			 0);
}

/* A filter on the socket that checks the lowest byte of kbus_header.seq. */
static inline void take_odd_numbers_only(struct bus *bus)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 24),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 100000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = 5, .filter = code };

	assert_int_equal(setsockopt(bus_fd(bus), SOL_SOCKET, SO_ATTACH_FILTER,
				    &program, sizeof(program)),
			 0);
}

/*
 * Attaches a filter that does up to 600 slow loads, the most that fit, and lets
 * @keep bytes of each datagram pass. Returns the result of setsockopt().
 */
static inline int attach_slow_filter(int fd, unsigned long loads, uint32_t keep)
{
	struct sock_filter code[601];
	const struct sock_fprog program = { .len = loads + 1, .filter = code };
	unsigned long i;

	for (i = 0; i < loads; i++)
		code[i] = (struct sock_filter)BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS,
			(uint32_t)SKF_AD_OFF + SKF_AD_PAY_OFFSET);
	code[loads] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, keep);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

/* Loads one of kbus's modules; returns 0 or a negative errno. */
static inline int try_load_module(const char *name, const char *parameters)
{
	char path[64];
	int err, fd;

	snprintf(path, sizeof(path), "/lib/kbus/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return err;
}

static inline void load_module(const char *name, const char *parameters)
{
	assert_int_equal(try_load_module(name, parameters), 0);
}

static inline void unload_module(const char *name)
{
	assert_int_equal(syscall(SYS_delete_module, name, 0), 0);
}

static inline long module_parameter(const char *module, const char *name)
{
	char path[128];
	long value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module,
		 name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &value), 1);
	fclose(file);
	return value;
}

static inline void kbus_parameter(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/kbus/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

/*
 * Sets a sysctl of kbus in the network namespace of this process. Returns 0, or
 * a negative errno.
 */
static inline int try_kbus_sysctl(const char *name, const char *value)
{
	char path[128];
	int err, fd;

	snprintf(path, sizeof(path), "/proc/sys/net/kbus/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static inline void kbus_sysctl(const char *name, const char *value)
{
	assert_int_equal(try_kbus_sysctl(name, value), 0);
}

/* A numeric parameter of kbus, and its old value. */
struct kbus_limit {
	const char *name;
	long before;
};

static inline struct kbus_limit set_kbus_limit(const char *name, long value)
{
	struct kbus_limit limit = {
		.name = name,
		.before = module_parameter("kbus", name),
	};
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	kbus_parameter(name, text);
	return limit;
}

static inline void put_limit_back(struct kbus_limit limit)
{
	set_kbus_limit(limit.name, limit.before);
}

/* Has kbus_puppet make a call; returns the result. */
static inline long puppet_call(const char *text)
{
	int fd = open("/sys/module/kbus_puppet/parameters/call",
		      O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return module_parameter("kbus_puppet", "result");
}

static inline unsigned long env_number(const char *name, unsigned long absent)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : absent;
}

#endif /* GUEST_TEST_H */
