// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: a ring in shared memory for each topic. One process writes it, all
 * subscribers read it in place, each at its own position, and futexes wake them
 */
#include "../system.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 1024

/* @waiting counts the processes that wait for @count to change. */
struct counter {
	_Alignas(64) _Atomic uint32_t count;
	_Atomic uint32_t waiting;
};

struct ring {
	struct counter written;
	struct counter read[SYSTEM_SUBSCRIBERS_MAX];
	unsigned int subscribers;
	size_t size;
	char slots[SLOTS * SYSTEM_SIZE_MAX];
};

struct reader {
	struct ring *ring;
	struct counter *read;
};

static struct ring *rings;
static unsigned int all;

static int ring_start(unsigned int topics, unsigned int subscribers,
		      unsigned int messages, size_t size)
{
	unsigned int i;

	rings = mmap(NULL, topics * sizeof(*rings), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rings == MAP_FAILED)
		return system_fail_errno("mmap");
	all = topics;
	for (i = 0; i < topics; i++) {
		rings[i].subscribers = subscribers;
		rings[i].size = size;
		/* Page faults must not be measured. */
		memset(rings[i].slots, 1, SLOTS * size);
	}
	return 0;
}

static void ring_stop(void)
{
	munmap(rings, all * sizeof(*rings));
}

/* Wait until the counter is no longer @seen. Return: 0, or ETIMEDOUT */
static int counter_wait(struct counter *counter, uint32_t seen, int timeout_ms)
{
	const struct timespec timeout = { timeout_ms / 1000,
					  timeout_ms % 1000 * 1000000L };
	int err = 0;

	if (atomic_load(&counter->count) != seen)
		return 0;
	atomic_fetch_add(&counter->waiting, 1);
	while (!err && atomic_load(&counter->count) == seen)
		if (syscall(SYS_futex, &counter->count, FUTEX_WAIT, seen,
			    timeout_ms < 0 ? NULL : &timeout, NULL, 0) &&
		    errno == ETIMEDOUT)
			err = ETIMEDOUT;
	atomic_fetch_sub(&counter->waiting, 1);
	return err;
}

static void counter_advance(struct counter *counter, bool wakes)
{
	atomic_fetch_add(&counter->count, 1);
	if (wakes && atomic_load(&counter->waiting))
		syscall(SYS_futex, &counter->count, FUTEX_WAKE, INT_MAX, NULL,
			NULL, 0);
}

static void *ring_publisher(unsigned int topic)
{
	return &rings[topic];
}

static int ring_publish(void *publisher, const void *data, size_t size)
{
	struct ring *ring = publisher;
	uint32_t number = atomic_load(&ring->written.count);
	unsigned int i;

	for (i = 0; i < ring->subscribers; i++)
		while (number - atomic_load(&ring->read[i].count) == SLOTS)
			counter_wait(&ring->read[i], number - SLOTS, -1);
	memcpy(ring->slots + number % SLOTS * size, data, size);
	counter_advance(&ring->written, true);
	return 0;
}

static void *ring_subscriber(unsigned int topic, unsigned int index)
{
	static struct reader reader;

	reader.ring = &rings[topic];
	reader.read = &rings[topic].read[index];
	return &reader;
}

static ssize_t ring_receive(void *subscriber, void **data, size_t size,
			    int timeout_ms)
{
	struct reader *reader = subscriber;
	uint32_t number = atomic_load(&reader->read->count);

	if (counter_wait(&reader->ring->written, number, timeout_ms))
		return 0;
	memcpy(*data, reader->ring->slots + number % SLOTS * size, size);
	/*
	 * A writer that is woken for each slot writes one message in its turn.
	 * A full ring always has a multiple of half its size ahead.
	 */
	counter_advance(reader->read, (number + 1) % (SLOTS / 2) == 0);
	return (ssize_t)size;
}

const struct system system_ring = {
	.name = "ring",
	.kind = KIND_KERNEL,
	.options =
		"no broker: 1024 messages in shared memory, copied in and out, "
		"futexes to wake, the publisher waits until up to half is read",
	.one_publisher = true,
	.start = ring_start,
	.stop = ring_stop,
	.publisher = ring_publisher,
	.publish = ring_publish,
	.subscriber = ring_subscriber,
	.receive = ring_receive,
};
