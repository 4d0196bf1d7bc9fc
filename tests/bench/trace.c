// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cost of tracepoints: publishing to one LIVE subscriber with all of them
 * off, and with some on, which write to ftrace's buffer
 *
 * The figures are CPU time of this process, kernel included. The settings take
 * turns, and the results are the medians.
 */
#include "bench.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define EVENTS "/sys/kernel/tracing/events/kbus/"
#define TURNS 15

static const struct setting {
	const char *name;
	const char *switches[2];
} settings[] = {
	{ "off", { NULL, NULL } },
	{ "kbus_publish on", { EVENTS "kbus_publish/enable", NULL } },
	{ "kbus_publish and kbus_deliver on",
	  { EVENTS "kbus_publish/enable", EVENTS "kbus_deliver/enable" } },
	{ "all on", { EVENTS "enable", NULL } },
};

#define SETTINGS (sizeof(settings) / sizeof(*settings))

static void write_switches(const struct setting *setting, const char *on)
{
	int fd, i;

	for (i = 0; i < 2 && setting->switches[i]; i++) {
		fd = open(setting->switches[i], O_WRONLY);
		if (fd < 0 || write(fd, on, 1) != 1) {
			perror(setting->switches[i]);
			exit(1);
		}
		close(fd);
	}
}

int main(void)
{
	double us[SETTINGS][TURNS];
	struct bus *bus, *sub;
	size_t s, turn;

	if (unshare(CLONE_NEWNET)) {
		perror("bench-trace");
		return 1;
	}
	bus = open_bus();
	sub = open_bus();
	check(sub, bus_subscribe(sub, "bench/here"));
	publish_us(bus, sub);
	for (turn = 0; turn < TURNS; turn++)
		for (s = 0; s < SETTINGS; s++) {
			write_switches(&settings[s], "1");
			us[s][turn] = publish_us(bus, sub);
			write_switches(&settings[s], "0");
		}

	printf("%-44s %9s %9s\n", "publish to one subscriber: tracepoints",
	       "us of CPU", "more");
	for (s = 0; s < SETTINGS; s++) {
		qsort(us[s], TURNS, sizeof(*us[s]), compare);
		printf("%-44s %9.2f %9.2f\n", settings[s].name,
		       us[s][TURNS / 2], us[s][TURNS / 2] - us[0][TURNS / 2]);
	}
	bus_close(sub);
	bus_close(bus);
	return 0;
}
