// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another socket takes over a port id as soon as the first socket is closed. It
 * must receive nothing that was meant for the first socket, and must not have
 * its rights. Also, a group of a deleted topic, joined in time, must not
 * receive messages of a new topic.
 */
#include "people.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define PORTID 123456
#define PUBLIC_TOPICS 100

static unsigned long rounds;

/* Written by the processes: how often each got the port id. */
static struct {
	volatile unsigned long owners, thieves;
	volatile bool stop;
} * shared;

static struct mnl_socket *take_portid(void)
{
	struct mnl_socket *socket =
		mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);

	if (!socket)
		_exit(10);
	if (!mnl_socket_bind(socket, 0, PORTID))
		return socket;
	mnl_socket_close(socket);
	return NULL;
}

/*
 * Sends a request, and returns its errno. Messages that come first are read. If
 * they overflow the socket, there is no answer: -ENOBUFS.
 */
static int ask(struct mnl_socket *socket, struct nlmsghdr *nlh)
{
	static char buffer[65536];
	const struct nlmsgerr *error;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		_exit(11);
	for (;;) {
		if (mnl_socket_recvfrom(socket, buffer, sizeof(buffer)) < 0) {
			if (errno == ENOBUFS)
				return -ENOBUFS;
			_exit(12);
		}
		if (((struct nlmsghdr *)buffer)->nlmsg_type != NLMSG_ERROR)
			continue;
		error = mnl_nlmsg_get_payload((struct nlmsghdr *)buffer);
		return error->error;
	}
}

static struct nlmsghdr *new_request(uint16_t type)
{
	static char buffer[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	return nlh;
}

/* May read the secret, and closes its socket repeatedly. */
static void own(void)
{
	struct mnl_socket *socket;
	struct nlmsghdr *nlh;
	int err;

	be(BOB, BOB);
	while (!shared->stop) {
		socket = take_portid();
		if (!socket)
			continue;
		if (ask(socket, new_request(KBUS_CMD_REGISTER)))
			_exit(20);
		nlh = new_request(KBUS_CMD_SUBSCRIBE);
		mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "#");
		err = ask(socket, nlh);
		if (err && err != -ENOBUFS)
			_exit(21);
		shared->owners++;
		usleep(200);
		mnl_socket_close(socket);
	}
	_exit(0);
}

/* Takes the port id whenever it is free, and must gain nothing. */
static void steal(void)
{
	static char buffer[65536];
	struct mnl_socket *socket;
	struct nlmsghdr *nlh;
	int err;

	be(ALICE, ALICE);
	while (!shared->stop) {
		struct pollfd pfd = { .events = POLLIN };

		socket = take_portid();
		if (!socket)
			continue;
		shared->thieves++;
		pfd.fd = mnl_socket_get_fd(socket);
		/* It is not a subscriber, even if the socket before was. */
		nlh = new_request(KBUS_CMD_UNSUBSCRIBE);
		mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "secret/#");
		err = ask(socket, nlh);
		if (err != -ENOTCONN)
			_exit(30);
		if (poll(&pfd, 1, 1) &&
		    recv(pfd.fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
			_exit(31);
		/* It may become a subscriber, with its own rights. */
		if (ask(socket, new_request(KBUS_CMD_REGISTER)))
			_exit(32);
		nlh = new_request(KBUS_CMD_SUBSCRIBE);
		mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "#");
		if (ask(socket, nlh))
			_exit(33);
		if (poll(&pfd, 1, 1) &&
		    recv(pfd.fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
			_exit(34);
		mnl_socket_close(socket);
	}
	_exit(0);
}

static pid_t start(void (*program)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		program();
	return pid;
}

static void end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void create_for_bob(struct bus *root, const char *topic)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.access = {
			.set = BUS_SET_MODE | BUS_SET_UID | BUS_SET_GID,
			.uid = BOB,
			.gid = BOB,
			.mode = 0600,
		},
	};

	assert_bus_ok(root, bus_topic_create(root, topic, &options));
}

/*
 * Enough topics that ending a subscriber to "#" takes several turns of the
 * lock.
 */
static const char *public_topic(int i)
{
	static char name[32];

	snprintf(name, sizeof(name), "public/%d", i);
	return name;
}

static void a_port_id_inherits_nothing(void **state)
{
	struct bus *root = open_bus();
	unsigned long published = 0;
	time_t end_by = time(NULL) + 60;
	time_t at_last = time(NULL) + PATIENCE_MS / 1000;
	pid_t owner, thieves[2];
	int i;

	create_for_bob(root, "secret/a");
	create_for_bob(root, "secret/b");
	for (i = 0; i < PUBLIC_TOPICS; i++)
		assert_bus_ok(root,
			      bus_topic_create(root, public_topic(i), NULL));
	owner = start(own);
	for (i = 0; i < 2; i++)
		thieves[i] = start(steal);
	/* For a minute, or until each has had it a few times. */
	while (shared->thieves < 10 || shared->owners < 10 ||
	       ((shared->thieves < rounds || shared->owners < rounds / 4) &&
		time(NULL) < end_by)) {
		assert_true(time(NULL) < at_last);
		publish(root, published % 2 ? "secret/a" : "secret/b", "x");
		published++;
	}
	shared->stop = true;
	end(owner);
	end(thieves[0]);
	end(thieves[1]);
	printf("# %lu messages; the owner had the port id %lu times, others %lu times\n",
	       published, shared->owners, shared->thieves);
	for (i = 0; i < PUBLIC_TOPICS; i++)
		assert_bus_ok(root, bus_topic_delete(root, public_topic(i)));
	assert_bus_ok(root, bus_topic_delete(root, "secret/a"));
	assert_bus_ok(root, bus_topic_delete(root, "secret/b"));
	bus_close(root);
}

/*
 * The control socket is named by its port id. A later owner of the port id may
 * not act for the subscriber.
 */
static void a_control_socket_is_its_users(void **state)
{
	struct mnl_socket *messages, *control;
	struct nlmsghdr *nlh;

	become(BOB, BOB, NULL, 0);
	messages = mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);
	assert_int_equal(mnl_socket_bind(messages, 0, MNL_SOCKET_AUTOPID), 0);
	nlh = new_request(KBUS_CMD_REGISTER);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_CONTROL, PORTID);
	assert_int_equal(ask(messages, nlh), 0);
	become_root();

	become(ALICE, ALICE, NULL, 0);
	control = take_portid();
	assert_non_null(control);
	nlh = new_request(KBUS_CMD_SUBSCRIBE);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_PORTID,
			 mnl_socket_get_portid(messages));
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "flood/#");
	assert_int_equal(ask(control, nlh), -EPERM);
	mnl_socket_close(control);
	become_root();

	/*
	 * Among a user's sockets, the first one that asks is the control socket
	 * for good.
	 */
	become(BOB, BOB, NULL, 0);
	control = take_portid();
	assert_int_equal(ask(control, nlh), 0);
	mnl_socket_close(control);
	control = take_portid();
	nlh->nlmsg_type = KBUS_CMD_UNSUBSCRIBE;
	assert_int_equal(ask(control, nlh), -EPERM);
	mnl_socket_close(control);
	mnl_socket_close(messages);
	become_root();
}

static struct mnl_socket *open_listener(void)
{
	struct mnl_socket *socket =
		mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		_exit(42);
	return socket;
}

/* Joins the group of each topic that it may read, and keeps listening. */
static void listen_to_the_old(void)
{
	static char buffer[65536];
	const struct kbus_header *header;
	const struct nlmsghdr *nlh = (void *)buffer;
	struct bus *bus;
	struct mnl_socket *socket;
	struct bus_topic topic = { 0 };
	int group;

	be(ALICE, ALICE);
	if (bus_open(&bus))
		_exit(40);
	socket = open_listener();
	while (!shared->stop) {
		/* If it held all groups, none would be used again. */
		if (shared->thieves % 10 == 9) {
			mnl_socket_close(socket);
			socket = open_listener();
		}
		if (!bus_topic_get(bus, "open", keep_topic, &topic)) {
			group = (int)topic.group;
			if (!mnl_socket_setsockopt(socket,
						   NETLINK_ADD_MEMBERSHIP,
						   &group, sizeof(group)))
				shared->thieves++;
		}
		while (recv(mnl_socket_get_fd(socket), buffer, sizeof(buffer),
			    MSG_DONTWAIT) > 0) {
			header = mnl_nlmsg_get_payload(nlh);
			if (nlh->nlmsg_type == KBUS_MSG_MESSAGE &&
			    header->uid && header->uid != ALICE)
				_exit(41);
		}
	}
	_exit(0);
}

/* So few groups that they are reused often. */
static int load_with_few_groups(void **state)
{
	unload_module("kbus");
	load_module("kbus", "groups_max=32");
	return 0;
}

static int load_as_ever(void **state)
{
	unload_module("kbus");
	load_module("kbus", "");
	return 0;
}

/*
 * bob publishes on topics that only bob may read, and whose groups may have
 * been the open topic's a moment before.
 */
static void a_group_inherits_nothing(void **state)
{
	struct bus *root = open_bus();
	struct bus *bob = open_as(BOB);
	unsigned long i;
	pid_t spy;

	shared->stop = false;
	shared->thieves = 0;
	spy = start(listen_to_the_old);
	for (i = 0; i < rounds || shared->thieves < 10; i++) {
		publish(root, "open", "x");
		if (i % 3 == 0)
			usleep(100);
		assert_bus_ok(root, bus_topic_delete(root, "open"));
		create_for_bob(root, "secret");
		assert_int_equal(
			AS(BOB, bus_publish(bob, "secret", "x", 1, NULL)), 0);
		assert_bus_ok(root, bus_topic_delete(root, "secret"));
		assert_in_range(i, 0, 1000000);
	}
	shared->stop = true;
	end(spy);
	printf("# %lu topics came and went, %lu groups were joined\n", i,
	       shared->thieves);
	bus_close(bob);
	bus_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_id_inherits_nothing),
		cmocka_unit_test(a_control_socket_is_its_users),
		cmocka_unit_test_setup_teardown(a_group_inherits_nothing,
						load_with_few_groups,
						load_as_ever),
	};

	rounds = env_number("BURST", 100) * 20;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
