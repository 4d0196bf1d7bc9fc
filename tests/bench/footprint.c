// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that the broker's objects take: the decrease of free memory in the
 * whole machine, kernel included, divided by the number of objects
 *
 * A subscriber is compared with a plain socket, and a message queued for one
 * subscriber with one queued for several.
 */
#include "bench.h"
#include "memory_free.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>

#define TOPICS 10000
#define SUBSCRIBERS 1000
#define MESSAGES 10000
#define TURNS 3

static double topics(int turn)
{
	struct bus *bus = open_bus();
	double before;
	char name[64];
	int i;

	before = memory_free();
	for (i = 0; i < TOPICS; i++) {
		snprintf(name, sizeof(name), "bench/%d/%d", turn, i);
		check(bus, bus_topic_create(bus, name, NULL));
	}
	return (before - memory_free()) / TOPICS;
}

static void request(struct mnl_socket *socket, uint16_t type,
		    const char *pattern)
{
	char buffer[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (pattern)
		mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, pattern);
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(socket, buffer, sizeof(buffer)) < 0 ||
	    *(int *)mnl_nlmsg_get_payload((void *)buffer)) {
		perror("bench-footprint: no subscriber");
		exit(1);
	}
}

/* Without libbus, whose buffers would be counted as well. */
static double sockets(bool subscribe)
{
	double before = memory_free();
	struct mnl_socket *socket;
	int i;

	for (i = 0; i < SUBSCRIBERS; i++) {
		socket = mnl_socket_open(KBUS_PROTOCOL);
		if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID)) {
			perror("bench-footprint: no socket");
			exit(1);
		}
		if (!subscribe)
			continue;
		request(socket, KBUS_CMD_REGISTER, NULL);
		request(socket, KBUS_CMD_SUBSCRIBE, "bench/here");
	}
	return (before - memory_free()) / SUBSCRIBERS;
}

static double only_sockets(int turn)
{
	return sockets(false);
}

static double subscribers(int turn)
{
	return sockets(true);
}

static double waiting(int count, int turn)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = MESSAGES };
	static const char payload[64];
	struct bus *bus = open_bus();
	struct bus *sub;
	double before;
	char topic[64];
	int i;

	snprintf(topic, sizeof(topic), "bench/%d for %d", turn, count);
	for (i = 0; i < count; i++) {
		sub = open_bus();
		check(sub, bus_set_backlog(sub, &backlog));
		check(sub, bus_subscribe(sub, topic));
	}
	before = memory_free();
	for (i = 0; i < MESSAGES; i++)
		check(bus,
		      bus_publish(bus, topic, payload, sizeof(payload), NULL));
	return (before - memory_free()) / MESSAGES;
}

static double waiting_for_one(int turn)
{
	return waiting(1, turn);
}

static double waiting_for_eleven(int turn)
{
	return waiting(11, turn);
}

/*
 * The median, because the first figure includes memory that the kernel keeps
 * for later. Nothing is freed before the end because the kernel would reuse it.
 */
static double measured(double (*measure)(int turn))
{
	double bytes[TURNS];
	int turn;

	for (turn = 0; turn < TURNS; turn++)
		bytes[turn] = measure(turn);
	qsort(bytes, TURNS, sizeof(*bytes), compare);
	return bytes[TURNS / 2];
}

int main(void)
{
	const struct rlimit files = { 8 * SUBSCRIBERS, 8 * SUBSCRIBERS };
	double alone, together;

	if (setrlimit(RLIMIT_NOFILE, &files) || unshare(CLONE_NEWNET)) {
		perror("bench-footprint");
		return 1;
	}
	printf("# bytes\n");
	printf("%-40s %8.0f\n", "a topic", measured(topics));
	alone = measured(only_sockets);
	together = measured(subscribers);
	printf("%-40s %8.0f\n", "a socket", alone);
	printf("%-40s %8.0f\n", "a socket that subscribes", together);
	printf("%-40s %8.0f\n", "hence a subscriber", together - alone);
	alone = measured(waiting_for_one);
	together = measured(waiting_for_eleven);
	printf("%-40s %8.0f\n", "a message of 64 bytes that waits", alone);
	printf("%-40s %8.0f\n", "hence for a further subscriber",
	       (together - alone) / 10);
	return 0;
}
