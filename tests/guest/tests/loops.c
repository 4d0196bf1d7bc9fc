// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event loops in programs where other code reads the descriptor's error, or
 * peeks at its data, before libbus does. The handle must still see its events.
 */
#include "guest_test.h"

#include <event2/event.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <uv.h>

/* Each test has its own. */
static char topic[32];

/*
 * More than a socket holds, and repeated, because each round is another edge.
 */
#define FLOOD 4000
#define ROUNDS 3

/**
 * struct reader - the reader in a loop
 * @bus: its handle
 * @next: number of the next message
 * @end: number of the message up to which the loop runs, not included
 * @err: the error that ended the loop before that
 * @pending: it reads while bus_pending(), not until there is nothing
 */
struct reader {
	struct bus *bus;
	uint64_t next;
	uint64_t end;
	int err;
	bool pending;
};

/* Simulates other code's access to the descriptor. */
static void look(int fd)
{
	socklen_t size = sizeof(int);
	char byte;
	int err;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
	recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
}

/* Called by each loop when it is woken; returns whether all has come. */
static bool take_all(struct reader *reader)
{
	const struct bus_message *message;

	look(bus_fd(reader->bus));
	do {
		reader->err = bus_receive(reader->bus, &message, 0);
		if (!reader->err)
			assert_int_equal(follow(message, &reader->next), 0);
	} while (reader->pending ? bus_pending(reader->bus) : !reader->err);
	assert_false(bus_pending(reader->bus));
	if (reader->err == -EAGAIN)
		reader->err = 0;
	look(bus_fd(reader->bus));
	return reader->err || reader->next >= reader->end;
}

static void run_epoll(int epoll, struct reader *reader)
{
	struct epoll_event event;

	do
		if (epoll_wait(epoll, &event, 1, PATIENCE_MS) <= 0)
			fail_msg("no event comes after number %lu",
				 reader->next - 1);
	while (!take_all(reader));
}

/* Each round, the reader falls behind, and then is LIVE for a while. */
static void run_rounds(struct reader *reader,
		       void (*run)(void *loop, struct reader *reader),
		       void *loop)
{
	struct bus *bus = open_bus();
	int i, round;

	for (round = 0; round < 2 * ROUNDS; round++) {
		for (i = 0; i < (round % 2 ? 1 : FLOOD); i++)
			publish(bus, topic, "flood");
		reader->end += i;
		look(bus_fd(reader->bus));
		run(loop, reader);
		assert_bus_ok(reader->bus, reader->err);
		assert_int_equal(reader->next, reader->end);
	}
	assert_bus_ok(bus, bus_topic_delete(bus, topic));
	bus_close(bus);
}

/* Level-triggered loops read while bus_pending(), or until there is nothing. */
static bool pending;

static struct reader new_reader(void)
{
	struct reader reader = {
		.bus = open_bus(),
		.next = 1,
		.end = 1,
		.pending = pending,
	};

	assert_bus_ok(reader.bus, bus_subscribe(reader.bus, topic));
	return reader;
}

static void epoll_rounds(void *loop, struct reader *reader)
{
	run_epoll(*(int *)loop, reader);
}

static void epoll_loop(uint32_t events)
{
	struct epoll_event came = { .events = events };
	struct reader reader = new_reader();
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	assert_true(epoll >= 0);
	assert_int_equal(
		epoll_ctl(epoll, EPOLL_CTL_ADD, bus_fd(reader.bus), &came), 0);
	run_rounds(&reader, epoll_rounds, &epoll);
	close(epoll);
	bus_close(reader.bus);
}

static void level_triggered(void **state)
{
	epoll_loop(EPOLLIN);
}

#define BURSTS 300

/* More than a small socket holds, or less. */
static int burst(int number)
{
	return number * 7919 % 40;
}

static void *publish_bursts(void *data)
{
	struct bus *bus = data;
	int number, i;

	for (number = 0; number < BURSTS; number++) {
		for (i = 0; i < burst(number); i++)
			publish(bus, topic, "burst");
		usleep(number * 104729 % 2000);
	}
	return NULL;
}

/* The reader is LIVE and behind in turns, while messages come. */
static void level_triggered_during_bursts(void **state)
{
	struct epoll_event came = { .events = EPOLLIN };
	struct reader reader = new_reader();
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct bus *bus = open_bus();
	pthread_t publisher;
	int i;

	shrink_socket(reader.bus);
	for (i = 0; i < BURSTS; i++)
		reader.end += burst(i);
	assert_true(epoll >= 0);
	assert_int_equal(
		epoll_ctl(epoll, EPOLL_CTL_ADD, bus_fd(reader.bus), &came), 0);
	assert_int_equal(pthread_create(&publisher, NULL, publish_bursts, bus),
			 0);
	run_epoll(epoll, &reader);
	assert_bus_ok(reader.bus, reader.err);
	assert_int_equal(reader.next, reader.end);
	assert_int_equal(pthread_join(publisher, NULL), 0);
	assert_bus_ok(bus, bus_topic_delete(bus, topic));
	close(epoll);
	bus_close(reader.bus);
	bus_close(bus);
}

static void edge_triggered(void **state)
{
	epoll_loop(EPOLLIN | EPOLLET);
}

struct uv {
	uv_loop_t loop;
	uv_poll_t watch;
	uv_timer_t patience;
};

static void uv_ready(uv_poll_t *watch, int status, int events)
{
	struct reader *reader = watch->data;

	/* libuv stops watching on an error. */
	assert_int_equal(status, 0);
	if (take_all(reader))
		uv_stop(watch->loop);
}

static void uv_late(uv_timer_t *timer)
{
	fail_msg("no event comes");
}

static void uv_rounds(void *loop, struct reader *reader)
{
	struct uv *uv = loop;

	assert_int_equal(uv_timer_start(&uv->patience, uv_late, PATIENCE_MS, 0),
			 0);
	uv_run(&uv->loop, UV_RUN_DEFAULT);
	uv_timer_stop(&uv->patience);
}

static void libuv(void **state)
{
	struct reader reader = new_reader();
	struct uv uv;

	assert_int_equal(uv_loop_init(&uv.loop), 0);
	assert_int_equal(uv_timer_init(&uv.loop, &uv.patience), 0);
	assert_int_equal(uv_poll_init(&uv.loop, &uv.watch, bus_fd(reader.bus)),
			 0);
	uv.watch.data = &reader;
	assert_int_equal(uv_poll_start(&uv.watch, UV_READABLE, uv_ready), 0);
	run_rounds(&reader, uv_rounds, &uv);
	uv_close((uv_handle_t *)&uv.watch, NULL);
	uv_close((uv_handle_t *)&uv.patience, NULL);
	uv_run(&uv.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&uv.loop), 0);
	bus_close(reader.bus);
}

static struct event_base *base;

static void event_ready(evutil_socket_t fd, short events, void *data)
{
	if (!(events & EV_READ) || take_all(data))
		event_base_loopbreak(base);
}

static void event_rounds(void *loop, struct reader *reader)
{
	event_base_dispatch(base);
	if (!reader->err && reader->next < reader->end)
		fail_msg("no event comes after number %lu", reader->next - 1);
}

static void event_loop(short how)
{
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct reader reader = new_reader();
	struct event *watch;

	base = event_base_new();
	assert_non_null(base);
	watch = event_new(base, bus_fd(reader.bus), EV_READ | EV_PERSIST | how,
			  event_ready, &reader);
	assert_non_null(watch);
	assert_int_equal(event_add(watch, &patience), 0);
	run_rounds(&reader, event_rounds, NULL);
	event_free(watch);
	event_base_free(base);
	bus_close(reader.bus);
}

static void libevent(void **state)
{
	event_loop(0);
}

static void libevent_edge_triggered(void **state)
{
	event_loop(EV_ET);
}

/* The subscriber is behind from the beginning, with an empty socket. */
static void a_replay_can_be_read(void **state)
{
	const struct bus_topic_options keeps = { .size = sizeof(keeps),
						 .history = 10 };
	struct bus *bus = open_bus();
	struct bus *sub = open_bus();
	struct pollfd pfd = { .events = POLLIN };

	assert_bus_ok(bus, bus_topic_create(bus, topic, &keeps));
	publish(bus, topic, "kept");
	assert_bus_ok(sub, bus_subscribe_replay(sub, topic, 1));
	pfd.fd = bus_fd(sub);
	look(pfd.fd);
	assert_int_equal(poll(&pfd, 1, 0), 1);
	assert_int_equal(pfd.revents, POLLIN);
	look(pfd.fd);
	expect(sub, topic, 1, "kept");
	assert_nothing_comes(sub);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	assert_bus_ok(bus, bus_topic_delete(bus, topic));
	bus_close(sub);
	bus_close(bus);
}

/* Lost messages of a listener raise no error either. */
static void a_listener_is_not_in_error(void **state)
{
	struct pollfd pfd = { .events = POLLIN };
	struct bus *listener = open_bus();
	struct bus *witness = open_bus();
	const struct bus_message *message;
	const int room = 16 << 20;
	struct bus *bus = open_bus();
	uint64_t next = 1, lost = 0;
	int i;

	assert_bus_ok(bus, bus_topic_create(bus, topic, NULL));
	/* It has room for all and joins first, so it gets each message last. */
	assert_bus_ok(witness, bus_listen(witness, topic));
	assert_int_equal(setsockopt(bus_fd(witness), SOL_SOCKET, SO_RCVBUFFORCE,
				    &room, sizeof(room)),
			 0);
	assert_bus_ok(listener, bus_listen(listener, topic));
	for (i = 0; i < FLOOD; i++)
		publish(bus, topic, "flood");
	while (receive(witness)->seq < FLOOD)
		;
	pfd.fd = bus_fd(listener);
	assert_int_equal(poll(&pfd, 1, 0), 1);
	assert_int_equal(pfd.revents, POLLIN);
	while (!bus_receive(listener, &message, 0))
		lost += follow(message, &next);
	publish(bus, topic, "last");
	lost += follow(receive(listener), &next);
	expect(listener, topic, FLOOD + 1, "last");
	assert_in_range(lost, 1, FLOOD - 1);
	assert_bus_ok(bus, bus_topic_delete(bus, topic));
	bus_close(witness);
	bus_close(listener);
	bus_close(bus);
}

static int set_up(void **state)
{
	static int number;

	snprintf(topic, sizeof(topic), "loops/%d", number++);
	pending = false;
	return 0;
}

static int set_up_pending(void **state)
{
	set_up(state);
	pending = true;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(level_triggered, set_up),
		cmocka_unit_test_setup(level_triggered, set_up_pending),
		cmocka_unit_test_setup(level_triggered_during_bursts, set_up),
		cmocka_unit_test_setup(level_triggered_during_bursts,
				       set_up_pending),
		cmocka_unit_test_setup(edge_triggered, set_up),
		cmocka_unit_test_setup(libuv, set_up),
		cmocka_unit_test_setup(libuv, set_up_pending),
		cmocka_unit_test_setup(libevent, set_up),
		cmocka_unit_test_setup(libevent, set_up_pending),
		cmocka_unit_test_setup(libevent_edge_triggered, set_up),
		cmocka_unit_test_setup(a_replay_can_be_read, set_up),
		cmocka_unit_test_setup(a_listener_is_not_in_error, set_up),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
