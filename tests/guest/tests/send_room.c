// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system's sockets have small send buffers: libbus raises its own as far as
 * allowed, and names the obstacle if that is too little
 */
#include "people.h"

#define TOPIC "room"

/* The smallest value that the kernel accepts. */
#define LEAST 4608

static long default_before, max_before;

static void path_of(char path[64], const char *name)
{
	snprintf(path, 64, "/proc/sys/net/core/wmem_%s", name);
}

static long read_limit(const char *name)
{
	char path[64];
	long value = 0;
	FILE *file;

	path_of(path, name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &value), 1);
	fclose(file);
	return value;
}

static void write_limit(const char *name, long value)
{
	char path[64];
	FILE *file;

	path_of(path, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fprintf(file, "%ld", value) > 0);
	assert_int_equal(fclose(file), 0);
}

/*
 * The default size of a socket, and the maximum: half of the size it then gets.
 */
static void set_limits(long usual, long max)
{
	write_limit("default", usual);
	write_limit("max", max);
}

static int set_up(void **state)
{
	default_before = read_limit("default");
	max_before = read_limit("max");
	return 0;
}

static int tear_down(void **state)
{
	set_limits(default_before, max_before);
	return 0;
}

static int publish_as(uid_t uid, struct bus *bus, size_t size)
{
	static const char payload[BUS_PAYLOAD_MAX];

	return AS(uid, bus_publish(bus, TOPIC, payload, size, NULL));
}

/* Enough messages that several sends are needed. */
static void publish_together(struct bus *bus, int count)
{
	const struct bus_publish_options more = { .size = sizeof(more),
						  .flags = BUS_MORE };
	struct bus_publish_options largest_key = { .size = sizeof(largest_key),
						   .key_size = BUS_KEY_MAX };
	static const char key[BUS_KEY_MAX];
	uint64_t before = look_up(bus, TOPIC).seq;
	int i;

	for (i = 0; i < count; i++)
		assert_bus_ok(bus, AS(ALICE, bus_publish(bus, TOPIC, "small", 5,
							 &more)));
	largest_key.key = key;
	assert_bus_ok(bus, AS(ALICE, bus_publish(bus, TOPIC, "last", 4,
						 &largest_key)));
	assert_int_equal(look_up(bus, TOPIC).seq, before + count + 1);
}

static void assert_too_large(struct bus *bus, int err)
{
	assert_int_equal(err, -EMSGSIZE);
	assert_non_null(strstr(bus_strerror(bus, err), "net.core.wmem_max"));
}

static void delete_and_close(struct bus *bus)
{
	assert_bus_ok(bus, AS(ALICE, bus_topic_delete(bus, TOPIC)));
	bus_close(bus);
}

static void small_ones_are_raised(void **state)
{
	struct bus *bus;

	set_limits(LEAST, max_before);
	bus = open_as(ALICE);
	assert_bus_ok(bus, publish_as(ALICE, bus, LEAST));
	assert_bus_ok(bus, publish_as(ALICE, bus, BUS_PAYLOAD_MAX));
	publish_together(bus, 500);
	delete_and_close(bus);
}

static void up_to_the_limit(void **state)
{
	struct bus *bus;

	set_limits(LEAST, LEAST);
	bus = open_as(ALICE);
	publish_as(ALICE, bus, 10);
	publish_together(bus, 500);
	assert_bus_ok(bus, publish_as(ALICE, bus, LEAST + 1000));
	assert_too_large(bus, publish_as(ALICE, bus, 3 * LEAST));
	assert_bus_ok(bus, publish_as(ALICE, bus, LEAST + 1000));
	publish_together(bus, 500);
	delete_and_close(bus);
}

static void which_is_not_an_administrators(void **state)
{
	struct bus *bus;

	set_limits(LEAST, LEAST);
	bus = open_as(ALICE);
	assert_bus_ok(bus, publish_as(ALICE, bus, 10));
	assert_bus_ok(bus, publish_as(0, bus, BUS_PAYLOAD_MAX));
	delete_and_close(bus);
}

static void and_large_ones_do_not_get_smaller(void **state)
{
	const long usual = 60000;
	struct bus *bus;

	set_limits(usual, LEAST);
	bus = open_as(ALICE);
	assert_bus_ok(bus, publish_as(ALICE, bus, usual - 1000));
	assert_too_large(bus, publish_as(ALICE, bus, usual + 1000));
	assert_bus_ok(bus, publish_as(ALICE, bus, usual - 1000));
	delete_and_close(bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_ones_are_raised),
		cmocka_unit_test(up_to_the_limit),
		cmocka_unit_test(which_is_not_an_administrators),
		cmocka_unit_test(and_large_ones_do_not_get_smaller),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
