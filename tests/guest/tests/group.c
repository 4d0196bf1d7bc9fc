// SPDX-License-Identifier: GPL-2.0-only
/*
 * Multicast groups: which topics get which group, and how many a user may join
 *
 * A program that was allowed to join a group may join it again at any later
 * time. So from then on, the group is given only to topics that everybody may
 * read.
 */
#include "people.h"

#include <linux/kbus.h>
#include <linux/netlink.h>
#include <sys/utsname.h>

#define GROUPS 32

static void create(struct bus *bus, const char *topic, uint32_t mode)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.access = { .set = BUS_SET_MODE, .mode = mode },
	};

	assert_bus_ok(bus, bus_topic_create(bus, topic, &options));
}

static void change_mode(struct bus *bus, const char *topic, uint32_t mode)
{
	const struct bus_topic_access access = {
		.size = sizeof(access),
		.set = BUS_SET_MODE,
		.mode = mode,
	};

	assert_bus_ok(bus, bus_topic_change(bus, topic, &access));
}

/* Netlink skips a socket without a port id. */
static int open_listener(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)),
			 0);
	return fd;
}

static int membership(int fd, int option, uint32_t group)
{
	return setsockopt(fd, SOL_NETLINK, option, &group, sizeof(group)) ?
		       -errno :
		       0;
}

static int join(int fd, uint32_t group)
{
	return membership(fd, NETLINK_ADD_MEMBERSHIP, group);
}

/* A listener was allowed to join it, and has left. */
static uint32_t create_joined(struct bus *bus, const char *topic)
{
	uint32_t group;
	int fd;

	create(bus, topic, 0644);
	group = look_up(bus, topic).group;
	fd = open_listener();
	assert_int_equal(join(fd, group), 0);
	close(fd);
	return group;
}

static void a_narrow_topic_gets_a_group_of_its_own(void **state)
{
	struct bus *bus = open_bus();
	uint32_t group = create_joined(bus, "open");
	int i;

	assert_bus_ok(bus, bus_topic_delete(bus, "open"));
	for (i = 0; i < 4 * GROUPS; i++) {
		create(bus, "secret", i % 2 ? 0600 : 0640);
		assert_int_not_equal(look_up(bus, "secret").group, 0);
		assert_int_not_equal(look_up(bus, "secret").group, group);
		assert_bus_ok(bus, bus_topic_delete(bus, "secret"));
	}
	/* The broker notices a moment later that the last listener has left. */
	for (i = 0; i < 1000; i++) {
		create(bus, "open", 0644);
		if (look_up(bus, "open").group == group)
			break;
		assert_bus_ok(bus, bus_topic_delete(bus, "open"));
		close(open_listener());
		create_joined(bus, "other");
		assert_bus_ok(bus, bus_topic_delete(bus, "other"));
		usleep(10000);
	}
	assert_int_equal(look_up(bus, "open").group, group);
	/* There is no listener, but one may come at any time. */
	change_mode(bus, "open", 0600);
	assert_int_not_equal(look_up(bus, "open").group, group);
	bus_close(bus);
}

static void a_topic_may_be_left_without(void **state)
{
	struct bus *bus = open_bus();
	int fd = open_listener();
	char name[32];
	int i;

	for (i = 0; i < GROUPS; i++) {
		snprintf(name, sizeof(name), "used/%d", i);
		create(bus, name, 0644);
		if (look_up(bus, name).group)
			assert_int_equal(join(fd, look_up(bus, name).group), 0);
	}
	create(bus, "secret", 0600);
	assert_int_equal(look_up(bus, "secret").group, 0);
	/* It still has publishers and subscribers. */
	assert_bus_ok(bus, bus_subscribe(bus, "secret"));
	publish(bus, "secret", "x");
	expect(bus, "secret", 1, "x");
	close(fd);
	bus_close(bus);
}

static void each_user_may_join_so_many(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_listeners_max", 3);
	struct bus *bus = open_bus();
	int other = open_listener();
	uint32_t groups[5];
	char name[32];
	int fd, i;

	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "listened/%d", i);
		create(bus, name, 0644);
		groups[i] = look_up(bus, name).group;
	}
	fd = open_listener();
	for (i = 0; i < 3; i++)
		assert_int_equal(AS(ALICE, join(fd, groups[i])), 0);
	assert_int_equal(AS(ALICE, join(fd, groups[3])), -EDQUOT);
	assert_int_equal(AS(BOB, join(other, groups[3])), 0);
	/* A group that she or an unknown user leaves is given back. */
	assert_int_equal(AS(ALICE,
			    membership(fd, NETLINK_DROP_MEMBERSHIP, groups[0])),
			 0);
	assert_int_equal(AS(ALICE, join(fd, groups[3])), 0);
	assert_int_equal(AS(ALICE, join(fd, groups[4])), -EDQUOT);
	close(fd);
	fd = open_listener();
	for (i = 0; i < 3; i++)
		assert_int_equal(AS(ALICE, join(fd, groups[i])), 0);
	assert_int_equal(AS(ALICE, join(fd, groups[4])), -EDQUOT);
	close(fd);
	close(other);
	put_limit_back(limit);
	bus_close(bus);
}

static void so_many_sockets_of_a_user_may_join_one(void **state)
{
	struct bus *bus = open_bus();
	int fds[65];
	uint32_t group;
	int i;

	create(bus, "popular", 0644);
	group = look_up(bus, "popular").group;
	for (i = 0; i < 65; i++) {
		fds[i] = open_listener();
		assert_int_equal(AS(ALICE, join(fds[i], group)),
				 i < 64 ? 0 : -EDQUOT);
	}
	assert_int_equal(AS(BOB, join(fds[64], group)), 0);
	for (i = 0; i < 65; i++)
		close(fds[i]);
	bus_close(bus);
}

/* One listener is full, and has a filter that cuts each message. */
static void a_cut_copy_is_nobody_elses(void **state)
{
	static const struct sock_filter cut = BPF_STMT(BPF_RET | BPF_K, 60);
	const struct sock_fprog program = {
		.len = 1,
		.filter = (struct sock_filter *)&cut,
	};
	struct bus *bus = open_bus();
	const struct nlmsghdr *nlh;
	char buffer[4096];
	const int one = 1;
	int whole, full, i;
	uint32_t group;
	ssize_t n;

	create(bus, "cut", 0644);
	group = look_up(bus, "cut").group;
	whole = open_listener();
	full = open_listener();
	assert_int_equal(
		setsockopt(full, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one)), 0);
	assert_int_equal(setsockopt(full, SOL_SOCKET, SO_ATTACH_FILTER,
				    &program, sizeof(program)),
			 0);
	/* The last to join is served first. */
	assert_int_equal(join(whole, group), 0);
	assert_int_equal(join(full, group), 0);
	nlh = (void *)buffer;
	for (i = 0; i < 100; i++) {
		publish(bus, "cut", "a message that is longer than that");
		n = recv(whole, buffer, sizeof(buffer), 0);
		assert_int_equal(n, nlh->nlmsg_len);
		assert_true(nlh->nlmsg_len > 60);
	}
	assert_int_equal(recv(full, buffer, sizeof(buffer), 0), 60);
	close(full);
	close(whole);
	bus_close(bus);
}

/* Before Linux 6.6, netlink itself always serves listeners. */
static bool listeners_are_the_brokers(void)
{
	struct utsname kernel;
	int major, minor;

	return !uname(&kernel) &&
	       sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 6));
}

static int load_with_few_groups(void **state)
{
	unload_module("kbus");
	load_module("kbus", "groups_max=32");
	enter_fresh_bus();
	return 0;
}

static int load_as_ever(void **state)
{
	unload_module("kbus");
	load_module("kbus", "");
	return 0;
}

static int fresh_bus(void **state)
{
	enter_fresh_bus();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_narrow_topic_gets_a_group_of_its_own,
			load_with_few_groups, load_as_ever),
		cmocka_unit_test_setup_teardown(a_topic_may_be_left_without,
						load_with_few_groups,
						load_as_ever),
		cmocka_unit_test_setup(each_user_may_join_so_many, fresh_bus),
		cmocka_unit_test_setup(so_many_sockets_of_a_user_may_join_one,
				       fresh_bus),
	};

	const struct CMUnitTest since_6_6[] = {
		cmocka_unit_test_setup(a_cut_copy_is_nobody_elses, fresh_bus),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (listeners_are_the_brokers())
		failed += cmocka_run_group_tests(since_6_6, NULL, NULL);
	return failed;
}
