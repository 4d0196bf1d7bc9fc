// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several processes create, delete, subscribe, unsubscribe, publish, listen,
 * fall behind and leave, all on the same few topics. Calls fail only with
 * expected errors, and the accounts of one other topic stay exact.
 */
#include "guest_test.h"

#include <sys/wait.h>

#define PROCESSES 5
#define TOPICS 6
#define PAYLOAD_SIZE 100

static unsigned long rounds;

static const char *const patterns[] = { "churn/+", "churn/#", "+/1", "#" };

#define PATTERNS (sizeof(patterns) / sizeof(*patterns))

/* The knowledge of each process about the topics that it receives. */
struct reader {
	struct bus *bus;
	bool subscribed[TOPICS];
};

static const char *topic_name(int t)
{
	static char name[16];

	snprintf(name, sizeof(name), "churn/%d", t);
	return name;
}

static void assert_one_of(struct bus *bus, int err, int a, int b)
{
	if (err && err != a && err != b)
		fail_msg("%d: %s", err, bus_strerror(bus, err));
}

static void open_reader(struct reader *reader)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = 1 + rand() % 200,
		.overflow = rand() % (BUS_BLOCK + 1),
	};

	*reader = (struct reader){ .bus = open_bus() };
	assert_bus_ok(reader->bus, bus_set_backlog(reader->bus, &backlog));
}

static void check_shape(const struct bus_message *message)
{
	if (!strcmp(message->topic, "bystander"))
		return;
	assert_int_equal(strncmp(message->topic, "churn/", 6), 0);
	if (message->kind == BUS_GAP) {
		assert_true(message->first_seq <= message->last_seq);
		assert_int_equal(message->count,
				 message->last_seq - message->first_seq + 1);
	} else {
		assert_int_equal(message->size, PAYLOAD_SIZE);
	}
}

static void step(struct reader *reader)
{
	static const char payload[PAYLOAD_SIZE];
	const struct bus_message *message;
	struct bus *bus = reader->bus;
	int t = rand() % TOPICS;
	const char *name = topic_name(t);
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.type = "a.Type",
		.history = rand() % 2 ? 1 + rand() % 50 : 0,
		.allow_block = rand() % 2,
	};
	struct bus_publish_options how = {
		.size = sizeof(how),
		.flags = rand() % 2 ? BUS_NO_CREATE : 0,
		.key = "abcd" + rand() % 4,
		.key_size = rand() % 2,
		.wait_ms = rand() % 3,
	};
	struct bus_stats stats = { .size = sizeof(stats) };
	int err;
	int i;

	switch (rand() % 14) {
	case 0:
		assert_one_of(bus, bus_topic_delete(bus, name), -ENOENT, 0);
		break;
	case 1:
		assert_one_of(bus, bus_topic_create(bus, name, &options),
			      -EEXIST, 0);
		break;
	case 2:
		if (reader->subscribed[t])
			break;
		/* The topic may not allow the request. */
		err = rand() % 2 ? bus_subscribe_replay(bus, name, 20) :
				   bus_subscribe(bus, name);
		assert_one_of(bus, err, -ENODATA, -EPERM);
		reader->subscribed[t] = !err;
		break;
	case 3:
		assert_one_of(bus, bus_unsubscribe(bus, name),
			      reader->subscribed[t] ? 0 : -ENOENT, 0);
		reader->subscribed[t] = false;
		break;
	case 4:
		bus_close(bus);
		open_reader(reader);
		break;
	case 5:
		assert_one_of(bus, bus_get_stats(bus, &stats), -ENOTCONN, 0);
		break;
	case 6:
	case 7:
		for (i = rand() % 200; i > 0; i--) {
			if (bus_receive(bus, &message, 0))
				break;
			check_shape(message);
		}
		break;
	case 8:
		assert_one_of(bus,
			      bus_subscribe_replay(
				      bus, patterns[rand() % PATTERNS], 20),
			      -EEXIST, 0);
		break;
	case 9:
		assert_one_of(bus,
			      bus_unsubscribe(bus, patterns[rand() % PATTERNS]),
			      -ENOENT, 0);
		break;
	default:
		/* Another process may have deleted it in between: -ENOENT. */
		for (i = rand() % 100; i > 0; i--)
			assert_one_of(bus,
				      bus_publish(bus, name, payload,
						  sizeof(payload), &how),
				      -ENOENT, -EAGAIN);
	}
}

static void churn(unsigned int seed)
{
	struct reader reader;
	unsigned long i;

	srand(seed);
	open_reader(&reader);
	for (i = 0; i < rounds; i++)
		step(&reader);
	bus_close(reader.bus);
	exit(0);
}

/* Meanwhile, one topic that is never deleted stays exact. */
static void the_bystander_sees_nothing_of_it(void **state)
{
	struct bus *bus = open_bus();
	pid_t pids[PROCESSES];
	int left = PROCESSES;
	uint64_t seq = 0;
	int status;
	int i;

	assert_bus_ok(bus, bus_subscribe(bus, "bystander"));
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			churn(i + 1);
	}
	while (left) {
		assert_bus_ok(bus, bus_publish(bus, "bystander", "x", 1, NULL));
		assert_int_equal(receive(bus)->seq, ++seq);
		while (left && waitpid(-1, &status, WNOHANG) > 0) {
			assert_int_equal(status, 0);
			left--;
		}
	}
	printf("# %d processes, %lu steps each; %lu messages beside them\n",
	       PROCESSES, rounds, seq);
	bus_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bystander_sees_nothing_of_it),
	};

	rounds = env_number("CHURN", 500);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
