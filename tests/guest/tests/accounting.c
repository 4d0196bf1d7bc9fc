// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bus's first promise, under a flood. For every subscriber and topic, the
 * messages published while subscribed are those received plus those reported
 * lost, in order.
 */
#include "guest_test.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define PUBLISHERS 3
#define TOPICS (PUBLISHERS + 1)
#define PAYLOAD_SIZE 64

/* Messages: far more than a socket holds. */
#define STOPPED_FOR 4000

/* Each publisher has a topic of its own and shares the last one. */
static const char *const topics[TOPICS] = {
	"flood/0",
	"flood/1",
	"flood/2",
	"flood/shared",
};

struct payload {
	uint32_t publisher;
	uint32_t pid;
	uint64_t count[TOPICS]; /* so far, including this message */
	char filler[PAYLOAD_SIZE - 8 - 8 * TOPICS];
};

enum speed {
	FAST,
	SLOW,	 /* sleeps repeatedly during the flood */
	STOPPED, /* stopped during part of the flood */
	LISTENS,
};

#define ACCOUNTS 7

struct account {
	const char *name;
	enum speed speed;
	struct bus_backlog backlog;
	bool patterns; /* several overlapping ones, not names */
	/* results */
	uint64_t next[TOPICS];
	uint64_t received[TOPICS];
	uint64_t lost[TOPICS];
	uint64_t gaps;
	uint64_t faults;
	struct bus_stats stats;
	bool done;
};

static struct shared {
	atomic_int ready;
	atomic_int progress; /* messages published */
	atomic_bool stopped; /* the reader to stop has stopped */
	atomic_bool over;
	uint64_t published[TOPICS];
	struct account accounts[ACCOUNTS];
} * shared;

static unsigned long flood_size;

static int topic_index(const char *name)
{
	int i;

	for (i = 0; i < TOPICS; i++)
		if (!strcmp(topics[i], name))
			return i;
	return -1;
}

static void fault(struct account *account, const char *what, uint64_t a,
		  uint64_t b)
{
	if (account->faults++ < 5)
		fprintf(stderr, "%s: %s: %lu, %lu\n", account->name, what, a,
			b);
}

static void take_message(struct account *account,
			 const struct bus_message *message)
{
	static uint64_t last[PUBLISHERS][TOPICS];
	const struct payload *payload = message->payload;
	int t = topic_index(message->topic);

	if (t < 0 || message->size != sizeof(*payload) ||
	    payload->publisher >= PUBLISHERS) {
		fault(account, "not ours", t, message->size);
		return;
	}
	if (message->seq != account->next[t])
		fault(account, "out of order", message->seq, account->next[t]);
	if (payload->count[t] <= last[payload->publisher][t])
		fault(account, "publisher's order", payload->count[t],
		      last[payload->publisher][t]);
	if (message->pid != payload->pid)
		fault(account, "sender", message->pid, payload->pid);
	last[payload->publisher][t] = payload->count[t];
	account->next[t] = message->seq + 1;
	account->received[t]++;
}

static void take_gap(struct account *account, const struct bus_message *gap)
{
	int t = topic_index(gap->topic);

	if (t < 0) {
		fault(account, "gap not ours", t, 0);
		return;
	}
	if (gap->first_seq != account->next[t] ||
	    gap->count != gap->last_seq - gap->first_seq + 1)
		fault(account, "gap's place", gap->first_seq, account->next[t]);
	account->next[t] = gap->last_seq + 1;
	account->lost[t] += gap->count;
	account->gaps++;
}

static bool all_accounted(const struct account *account)
{
	int t;

	if (!atomic_load(&shared->over))
		return false;
	/* A listener cannot detect a loss at the end. */
	if (account->speed == LISTENS)
		return true;
	for (t = 0; t < TOPICS; t++)
		if (account->next[t] <= shared->published[t])
			return false;
	return true;
}

static void dawdle(const struct account *account)
{
	static unsigned int turns;

	if (account->speed == SLOW && turns++ % 16 == 0 &&
	    !atomic_load(&shared->over))
		usleep(50000);
}

static void subscriber(struct account *account)
{
	const struct bus_message *message;
	struct bus *bus = open_bus();
	int idle_ms = 0;
	int err;
	int t;

	account->backlog.size = sizeof(account->backlog);
	assert_bus_ok(bus, bus_set_backlog(bus, &account->backlog));
	if (account->patterns) {
		assert_bus_ok(bus, bus_subscribe(bus, "flood/+"));
		assert_bus_ok(bus, bus_subscribe(bus, "#"));
		assert_bus_ok(bus, bus_subscribe(bus, "+/shared"));
	}
	for (t = 0; t < TOPICS; t++) {
		if (account->speed == LISTENS)
			assert_bus_ok(bus, bus_listen(bus, topics[t]));
		else if (!account->patterns)
			assert_bus_ok(bus, bus_subscribe(bus, topics[t]));
		account->next[t] = 1;
	}
	atomic_fetch_add(&shared->ready, 1);

	while (idle_ms < PATIENCE_MS) {
		err = bus_receive(bus, &message, 100);
		if (err == -EAGAIN && all_accounted(account))
			break;
		idle_ms = err == -EAGAIN ? idle_ms + 100 : 0;
		/* Some are stopped and continued. */
		if (err == -EAGAIN || err == -EINTR)
			continue;
		assert_bus_ok(bus, err);
		if (message->kind == BUS_GAP)
			take_gap(account, message);
		else
			take_message(account, message);
		dawdle(account);
	}
	if (account->speed != LISTENS) {
		account->stats.size = sizeof(account->stats);
		assert_bus_ok(bus, bus_get_stats(bus, &account->stats));
	}
	account->done = true;
	bus_close(bus);
	exit(0);
}

static void publisher(uint32_t number)
{
	struct payload payload = { .publisher = number, .pid = getpid() };
	struct bus_publish_options about = { .size = sizeof(about),
					     .key_size = 1 };
	struct bus *bus = open_bus();
	unsigned long i;
	int t;

	for (i = 0; i < flood_size / PUBLISHERS; i++) {
		if (i == flood_size / PUBLISHERS / 10)
			await_that(atomic_load(&shared->stopped));
		t = i % 4 ? (int)number : TOPICS - 1;
		about.key = &"0123456789abcdef"[i / 4 % 16];
		payload.count[t]++;
		assert_bus_ok(bus, bus_publish(bus, topics[t], &payload,
					       sizeof(payload), &about));
		atomic_fetch_add(&shared->progress, 1);
	}
	bus_close(bus);
	exit(0);
}

static pid_t start(void (*fn)(struct account *), struct account *account)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		fn(account);
	return pid;
}

static void stop(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}

static void assert_exits_cleanly(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void assert_exact(const struct account *account)
{
	uint64_t received = 0;
	uint64_t lost = 0;
	int t;

	for (t = 0; t < TOPICS; t++) {
		received += account->received[t];
		lost += account->lost[t];
	}
	printf("# %-12s received %lu, told of %lu lost in %lu gaps\n",
	       account->name, received, lost, account->gaps);
	assert_true(account->done);
	assert_int_equal(account->faults, 0);
	if (account->speed == LISTENS)
		return;
	for (t = 0; t < TOPICS; t++)
		assert_int_equal(account->received[t] + account->lost[t],
				 shared->published[t]);
	assert_int_equal(account->stats.live + account->stats.drained,
			 received);
	assert_int_equal(account->stats.lost, lost);
	assert_int_equal(account->stats.reported, lost);
	assert_int_equal(account->stats.gaps, account->gaps);
	assert_int_equal(account->stats.backlog_messages, 0);
	assert_int_equal(account->stats.backlog_bytes, 0);
}

static void flood_is_accounted_for_exactly(void **state)
{
	static const struct account accounts[] = {
		{ .name = "fast", .speed = FAST },
		{ .name = "slow",
		  .speed = SLOW,
		  .backlog = { .messages = 500 } },
		{ .name = "stopped",
		  .speed = STOPPED,
		  .backlog = { .bytes = 1 << 20 } },
		{ .name = "drop-newest",
		  .speed = SLOW,
		  .backlog = { .messages = 300, .overflow = BUS_DROP_NEWEST } },
		{ .name = "conflate",
		  .speed = SLOW,
		  .backlog = { .messages = 300, .overflow = BUS_CONFLATE } },
		{ .name = "patterns",
		  .speed = SLOW,
		  .patterns = true,
		  .backlog = { .messages = 500 } },
		{ .name = "listener", .speed = LISTENS },
	};
	const int count = sizeof(accounts) / sizeof(*accounts);
	pid_t subscribers[ACCOUNTS], publishers[PUBLISHERS];
	struct bus *bus = open_bus();
	uint64_t total = 0;
	int i, before;

	memcpy(shared->accounts, accounts, sizeof(accounts));
	/* A listener needs an existing topic; a subscriber does not. */
	for (i = 0; i < TOPICS; i++)
		assert_bus_ok(bus, bus_topic_create(bus, topics[i], NULL));
	for (i = 0; i < count; i++)
		subscribers[i] = start(subscriber, &shared->accounts[i]);
	await_that(atomic_load(&shared->ready) == count);

	for (i = 0; i < PUBLISHERS; i++) {
		publishers[i] = fork();
		if (publishers[i] == 0)
			publisher(i);
	}
	/* The publishers wait for it after a tenth of the flood. */
	await_that(atomic_load(&shared->progress) > 0);
	stop(subscribers[2]);
	before = atomic_load(&shared->progress);
	atomic_store(&shared->stopped, true);
	await_that(atomic_load(&shared->progress) - before >= STOPPED_FOR);
	assert_int_equal(kill(subscribers[2], SIGCONT), 0);

	for (i = 0; i < PUBLISHERS; i++)
		assert_exits_cleanly(publishers[i]);
	for (i = 0; i < TOPICS; i++) {
		shared->published[i] = look_up(bus, topics[i]).seq;
		total += shared->published[i];
	}
	assert_int_equal(total, flood_size / PUBLISHERS * PUBLISHERS);
	atomic_store(&shared->over, true);

	for (i = 0; i < count; i++)
		assert_exits_cleanly(subscribers[i]);
	printf("# published %lu by %d publishers on %d topics\n", total,
	       PUBLISHERS, TOPICS);
	for (i = 0; i < count; i++)
		assert_exact(&shared->accounts[i]);
	/* Proves that the flood overran a subscriber. */
	assert_true(shared->accounts[2].stats.overruns > 0);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_is_accounted_for_exactly),
	};

	flood_size = env_number("FLOOD", 20000);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
