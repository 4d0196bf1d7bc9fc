// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost of patterns: each operation on an empty bus, and on a loaded one
 * with 10,000 topics, 1,000 subscribers and 1,000 patterns that do not match
 *
 * The figures are CPU time of this process, kernel included. The two buses take
 * turns, and the result is the median of the turns. Compare only the ratios:
 * the machine may be emulated.
 */
#include "bench.h"

#include <sched.h>
#include <sys/resource.h>

#define TOPICS 10000
#define SUBSCRIBERS 1000
#define TURNS 9

struct side {
	struct bus *bus; /* publishes, creates */
	struct bus *sub;
};

static struct side plain, loaded;
static struct bus *others[SUBSCRIBERS];

/* Each of these returns microseconds for each operation. */
typedef double measure_fn(struct side *side, int turn);

static double publish(struct side *side, int turn)
{
	return publish_us(side->bus, side->sub);
}

static double create(struct side *side, int turn)
{
	enum { COUNT = 200 };
	double used = 0;
	char name[64];
	int i;

	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "new/%d/%d", turn, i);
		used -= cpu_us();
		check(side->bus, bus_topic_create(side->bus, name, NULL));
		used += cpu_us();
		check(side->bus, bus_topic_delete(side->bus, name));
	}
	return used / COUNT;
}

static double subscribe_few(struct side *side, int turn)
{
	enum { COUNT = 100 };
	double used = -cpu_us();
	int i;

	for (i = 0; i < COUNT; i++) {
		check(side->sub, bus_subscribe(side->sub, "bench/+/few"));
		check(side->sub, bus_unsubscribe(side->sub, "bench/+/few"));
	}
	return (used + cpu_us()) / COUNT;
}

static void turns(const char *what, measure_fn *measure)
{
	double without[TURNS], with[TURNS], ratio[TURNS];
	int i;

	for (i = 0; i < TURNS; i++) {
		without[i] = measure(&plain, i);
		with[i] = measure(&loaded, i);
		ratio[i] = with[i] / without[i];
	}
	qsort(without, TURNS, sizeof(*without), compare);
	qsort(with, TURNS, sizeof(*with), compare);
	qsort(ratio, TURNS, sizeof(*ratio), compare);
	printf("%-44s %9.1f %9.1f %7.2f  (%.2f to %.2f)\n", what,
	       without[TURNS / 2], with[TURNS / 2], ratio[TURNS / 2], ratio[0],
	       ratio[TURNS - 1]);
	fflush(stdout);
}

/* On the loaded bus only. */
static void once(const char *what, int count, double used)
{
	printf("%-44s %9s %9.1f          %.0f ms in all\n", what, "",
	       used / count, used / 1e3);
	fflush(stdout);
}

static void open_side(struct side *side)
{
	char name[64];
	int i;

	side->bus = open_bus();
	side->sub = open_bus();
	check(side->sub, bus_subscribe(side->sub, "bench/here"));
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "bench/%d/few", i);
		check(side->bus, bus_topic_create(side->bus, name, NULL));
	}
}

static void load(void)
{
	double used = -cpu_us();
	char name[64];
	int i;

	for (i = 0; i < TOPICS; i++) {
		snprintf(name, sizeof(name), "load/%d/%d", i % 1000, i / 1000);
		check(loaded.bus, bus_topic_create(loaded.bus, name, NULL));
	}
	once("create 10,000 topics", TOPICS, used + cpu_us());

	for (i = 0; i < SUBSCRIBERS; i++) {
		others[i] = open_bus();
		check(others[i], bus_subscribe(others[i], "other"));
	}
	used = -cpu_us();
	for (i = 0; i < SUBSCRIBERS; i++) {
		snprintf(name, sizeof(name), "load/%d/+", i);
		check(others[i], bus_subscribe(others[i], name));
	}
	once("subscribe 1,000 patterns, 10 topics each", SUBSCRIBERS,
	     used + cpu_us());
}

static void one_for_all(void)
{
	struct bus *bus = open_bus();
	double used = -cpu_us();

	check(bus, bus_subscribe(bus, "#"));
	once("subscribe '#', for each topic", TOPICS, used + cpu_us());
	used = -cpu_us();
	check(bus, bus_unsubscribe(bus, "#"));
	once("unsubscribe '#', for each topic", TOPICS, used + cpu_us());
	bus_close(bus);
}

int main(void)
{
	const struct rlimit files = { 4 * SUBSCRIBERS, 4 * SUBSCRIBERS };

	if (setrlimit(RLIMIT_NOFILE, &files) || unshare(CLONE_NEWNET)) {
		perror("bench-patterns");
		return 1;
	}
	open_side(&plain);
	if (unshare(CLONE_NEWNET)) {
		perror("bench-patterns");
		return 1;
	}
	open_side(&loaded);

	printf("%-44s %9s %9s %7s\n", "microseconds of CPU each", "plain",
	       "loaded", "ratio");
	load();
	one_for_all();
	turns("publish to one subscriber", publish);
	turns("create a topic that none matches", create);
	turns("subscribe and unsubscribe, 10 topics match", subscribe_few);
	return 0;
}
