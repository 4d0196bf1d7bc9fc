// SPDX-License-Identifier: GPL-2.0-only
/*
 * The broker's report of subscribers, compared with their actual state
 */
#include "guest_test.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define FOUND_MAX 8

struct found {
	int count;
	struct bus_subscriber subscribers[FOUND_MAX];
	char programs[FOUND_MAX][32];
};

/* Of the last that were found. */
static struct bus_backlog limits[FOUND_MAX];
static struct bus_stats counters[FOUND_MAX];

static struct bus *watcher;

static int open_watcher(void **state)
{
	enter_fresh_bus();
	return bus_open(&watcher);
}

static int close_watcher(void **state)
{
	bus_close(watcher);
	return 0;
}

static int keep(const struct bus_subscriber *subscriber, void *data)
{
	struct found *found = data;
	int i = found->count++;

	assert_in_range(i, 0, FOUND_MAX - 1);
	found->subscribers[i] = *subscriber;
	limits[i] = *subscriber->limits;
	found->subscribers[i].limits = &limits[i];
	counters[i] = *subscriber->stats;
	found->subscribers[i].stats = &counters[i];
	snprintf(found->programs[i], sizeof(found->programs[i]), "%s",
		 subscriber->program);
	return 0;
}

static struct found find(const char *topic)
{
	struct found found = { 0 };

	assert_bus_ok(watcher,
		      bus_subscriber_list(watcher, topic, keep, &found));
	return found;
}

static struct bus_subscriber find_one(const char *topic)
{
	struct found found = find(topic);

	assert_int_equal(found.count, 1);
	return found.subscribers[0];
}

static uint32_t port_of(int fd)
{
	struct sockaddr_nl address = { 0 };
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (void *)&address, &size), 0);
	return address.nl_pid;
}

static struct bus *subscriber(const struct bus_backlog *backlog,
			      const char *pattern)
{
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, backlog));
	assert_bus_ok(bus, bus_subscribe(bus, pattern));
	return bus;
}

static void assert_stats(const struct bus_subscriber *found,
			 const struct bus_stats *expected)
{
	assert_int_equal(found->stats->live, expected->live);
	assert_int_equal(found->stats->drained, expected->drained);
	assert_int_equal(found->stats->lost, expected->lost);
	assert_int_equal(found->stats->reported, expected->reported);
	assert_int_equal(found->stats->gaps, expected->gaps);
	assert_int_equal(found->stats->overruns, expected->overruns);
	assert_int_equal(found->stats->backlog_messages,
			 expected->backlog_messages);
	/* The kernel decides how many bytes a message takes. */
	assert_int_equal(!found->stats->backlog_bytes,
			 !expected->backlog_messages);
}

static void receive_all(struct bus *bus)
{
	const struct bus_message *message;
	int err;

	do
		err = bus_receive(bus, &message, 0);
	while (!err);
	assert_int_equal(err, -EAGAIN);
}

static void one_that_keeps_up_is_live(void **state)
{
	struct bus *bus = open_bus();
	struct bus_subscriber found;

	assert_bus_ok(bus, bus_subscribe(bus, "live"));
	assert_bus_ok(bus, bus_subscribe(bus, "live/#"));
	for (int i = 0; i < 3; i++)
		publish(watcher, "live", "x");
	found = find_one("live");
	assert_int_equal(found.portid, port_of(bus_fd(bus)));
	assert_int_equal(found.pid, getpid());
	assert_int_equal(found.uid, getuid());
	assert_int_equal(found.state, BUS_LIVE);
	assert_int_equal(found.subscriptions, 2);
	assert_int_equal(found.limits->messages, 10000);
	assert_int_equal(found.limits->bytes, 16 << 20);
	assert_int_equal(found.limits->overflow, BUS_DROP_OLDEST);
	assert_stats(&found, &(struct bus_stats){ .live = 3 });
	bus_close(bus);
	assert_int_equal(find("live").count, 0);
}

static void one_that_is_behind_is_queued(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 100,
					     .bytes = 1 << 20,
					     .overflow = BUS_DROP_NEWEST };
	struct bus *bus = subscriber(&backlog, "queued");
	struct bus_subscriber found;
	uint64_t count;

	shrink_socket(bus);
	/* The first message that did not fit is in the backlog. */
	count = overfill(bus, "queued", 5);
	found = find_one("queued");
	assert_int_equal(found.state, BUS_QUEUED);
	assert_int_equal(found.limits->messages, 100);
	assert_int_equal(found.limits->bytes, 1 << 20);
	assert_int_equal(found.limits->overflow, BUS_DROP_NEWEST);
	assert_stats(&found, &(struct bus_stats){ .live = count - 6,
						  .overruns = 1,
						  .backlog_messages = 6 });
	receive_all(bus);
	found = find_one("queued");
	assert_int_equal(found.state, BUS_LIVE);
	assert_stats(&found, &(struct bus_stats){ .live = count - 6,
						  .drained = 6,
						  .overruns = 1 });
	bus_close(bus);
}

static void what_was_lost_shows(void **state)
{
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 3,
					     .overflow = BUS_CONFLATE };
	struct bus *bus = subscriber(&backlog, "lossy");
	struct bus_subscriber found;
	uint64_t live;

	shrink_socket(bus);
	live = overfill(bus, "lossy", 7) - 8;
	found = find_one("lossy");
	assert_int_equal(found.limits->overflow, BUS_CONFLATE);
	assert_stats(&found, &(struct bus_stats){ .live = live,
						  .lost = 5,
						  .overruns = 1,
						  .backlog_messages = 3 });
	receive_all(bus);
	found = find_one("lossy");
	assert_stats(&found, &(struct bus_stats){ .live = live,
						  .drained = 3,
						  .lost = 5,
						  .reported = 5,
						  .gaps = 1,
						  .overruns = 1 });
	bus_close(bus);
}

static void one_that_blocks_shows(void **state)
{
	const struct bus_topic_options options = { .size = sizeof(options),
						   .allow_block = true };
	const struct bus_backlog backlog = { .size = sizeof(backlog),
					     .messages = 2,
					     .overflow = BUS_BLOCK };
	struct bus_subscriber found;
	uint64_t count = 0;
	struct bus *bus;
	int err;

	assert_bus_ok(watcher, bus_topic_create(watcher, "held", &options));
	bus = subscriber(&backlog, "held");
	shrink_socket(bus);
	while (!(err = bus_publish(watcher, "held", "x", 1, NULL)))
		count++;
	assert_int_equal(err, -EAGAIN);
	found = find_one("held");
	assert_int_equal(found.state, BUS_QUEUED);
	assert_int_equal(found.limits->overflow, BUS_BLOCK);
	assert_stats(&found, &(struct bus_stats){ .live = count - 2,
						  .overruns = 1,
						  .backlog_messages = 2 });
	bus_close(bus);
}

static void only_who_receives_a_topic_is_listed(void **state)
{
	struct bus *a = open_bus(), *b = open_bus(), *all = open_bus();
	struct found found;

	assert_bus_ok(a, bus_subscribe(a, "who/a"));
	assert_bus_ok(b, bus_subscribe(b, "who/b"));
	assert_bus_ok(all, bus_subscribe(all, "who/+"));
	assert_bus_ok(watcher, bus_topic_create(watcher, "who/a", NULL));
	assert_bus_ok(watcher, bus_topic_create(watcher, "who/b", NULL));
	assert_bus_ok(watcher, bus_topic_create(watcher, "who", NULL));

	found = find("who/a");
	assert_int_equal(found.count, 2);
	assert_int_equal(found.subscribers[0].portid, port_of(bus_fd(a)));
	assert_int_equal(found.subscribers[1].portid, port_of(bus_fd(all)));
	found = find("who/b");
	assert_int_equal(found.count, 2);
	assert_int_equal(found.subscribers[0].portid, port_of(bus_fd(b)));
	assert_int_equal(find("who").count, 0);
	assert_int_equal(find(NULL).count, 3);

	assert_bus_ok(all, bus_unsubscribe(all, "who/+"));
	assert_int_equal(find_one("who/a").portid, port_of(bus_fd(a)));
	assert_int_equal(bus_subscriber_list(watcher, "who/nobody", keep,
					     &found),
			 -ENOENT);
	assert_int_equal(bus_subscriber_list(watcher, "who/+", keep, &found),
			 -EINVAL);
	bus_close(a);
	bus_close(b);
	bus_close(all);
	assert_int_equal(find(NULL).count, 0);
}

/* No byte of the name is changed on the way either. */
static void the_programs_name_is_that_of_then(void **state)
{
	static const char name[] = "\x1b[2J\xff\t\xc2\x9b x";
	char before[16];
	struct found found;
	struct bus *bus;

	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, name);
	bus = open_bus();
	assert_bus_ok(bus, bus_subscribe(bus, "named"));
	prctl(PR_SET_NAME, "");
	found = find(NULL);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.programs[0], name);
	bus_close(bus);
	bus = open_bus();
	assert_bus_ok(bus, bus_subscribe(bus, "named"));
	prctl(PR_SET_NAME, before);
	found = find(NULL);
	assert_string_equal(found.programs[0], "");
	bus_close(bus);
}

struct patterns {
	int count;
	char last[KBUS_NAME_MAX + 1];
	const char *const *expected; /* NULL: numbered patterns */
};

static int check_pattern(const char *pattern, void *data)
{
	struct patterns *patterns = data;

	if (patterns->expected)
		assert_string_equal(pattern,
				    patterns->expected[patterns->count]);
	else
		assert_int_equal(atoi(pattern), patterns->count);
	snprintf(patterns->last, sizeof(patterns->last), "%s", pattern);
	patterns->count++;
	return 0;
}

static void anybody_may_ask_what_is_subscribed_to(void **state)
{
	static const char *const expected[] = { "what/b", "#", "what/+/x" };
	struct patterns patterns = { .expected = expected };
	struct bus *bus = open_bus();
	uint32_t portid;

	assert_bus_ok(bus, bus_subscribe(bus, "what/b"));
	assert_bus_ok(bus, bus_subscribe(bus, "what/a"));
	assert_bus_ok(bus, bus_subscribe(bus, "#"));
	assert_bus_ok(bus, bus_subscribe(bus, "what/+/x"));
	assert_bus_ok(bus, bus_unsubscribe(bus, "what/a"));
	portid = port_of(bus_fd(bus));
	assert_bus_ok(watcher,
		      bus_subscriber_patterns(watcher, portid, check_pattern,
					      &patterns));
	assert_int_equal(patterns.count, 3);
	bus_close(bus);
	assert_int_equal(bus_subscriber_patterns(watcher, portid, check_pattern,
						 &patterns),
			 -ENOTCONN);
	assert_int_equal(patterns.count, 3);
}

static void of_many_patterns_the_first_come(void **state)
{
	struct patterns patterns = { 0 };
	char pattern[KBUS_NAME_MAX + 1];
	struct bus *bus = open_bus();

	for (int i = 0; i < 200; i++) {
		memset(pattern, 'x', KBUS_NAME_MAX);
		pattern[KBUS_NAME_MAX] = '\0';
		pattern[snprintf(pattern, sizeof(pattern), "%03d", i)] = '/';
		assert_bus_ok(bus, bus_subscribe(bus, pattern));
	}
	assert_bus_ok(watcher,
		      bus_subscriber_patterns(watcher, port_of(bus_fd(bus)),
					      check_pattern, &patterns));
	assert_in_range(patterns.count, 55, 65);
	assert_int_equal(strlen(patterns.last), KBUS_NAME_MAX);
	assert_int_equal(find(NULL).subscribers[0].subscriptions, 200);
	bus_close(bus);
}

/* A subscriber of one user, as another user sees it. */
static void users_see_each_other(void **state)
{
	struct bus_subscriber found;
	int status, to_child[2];
	pid_t child;

	assert_bus_ok(watcher, bus_topic_create(watcher, "users", NULL));
	assert_int_equal(pipe(to_child), 0);
	child = fork();
	if (!child) {
		struct bus *bus;
		char byte;

		close(to_child[1]);
		if (setuid(1000) || bus_open(&bus) ||
		    bus_subscribe(bus, "users"))
			_exit(1);
		_exit(read(to_child[0], &byte, 1) != 0);
	}
	close(to_child[0]);
	await_that(find("users").count || waitpid(child, &status, WNOHANG));
	found = find_one("users");
	assert_int_equal(found.uid, 1000);
	assert_int_equal(found.pid, child);
	if (!fork()) {
		struct patterns patterns = { .expected = (const char *[]){
						     "users" } };
		struct bus *bus;

		_exit(setuid(1001) || bus_open(&bus) ||
		      bus_subscriber_patterns(bus, found.portid, check_pattern,
					      &patterns) ||
		      patterns.count != 1 ||
		      bus_subscriber_list(bus, "users", keep,
					  &(struct found){ 0 }));
	}
	close(to_child[1]);
	for (int i = 0; i < 2; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

/* From here on with raw sockets. */

static struct mnl_socket *open_raw(uint32_t portid)
{
	struct mnl_socket *sk = mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);

	assert_non_null(sk);
	assert_int_equal(mnl_socket_bind(sk, 0, portid), 0);
	return sk;
}

static struct nlmsghdr *request(void *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return nlh;
}

static void send_request(struct mnl_socket *sk, const struct nlmsghdr *nlh)
{
	assert_int_equal(mnl_socket_sendto(sk, nlh, nlh->nlmsg_len),
			 nlh->nlmsg_len);
}

/* The errno of a refusal, or 0 for any other answer. */
static int answer_to(struct mnl_socket *sk, const struct nlmsghdr *nlh)
{
	char buffer[8192];
	const struct nlmsghdr *answer = (void *)buffer;
	const struct nlmsgerr *error;

	send_request(sk, nlh);
	assert_true(mnl_socket_recvfrom(sk, buffer, sizeof(buffer)) > 0);
	if (answer->nlmsg_type != NLMSG_ERROR)
		return 0;
	error = mnl_nlmsg_get_payload(answer);
	return error->error;
}

static void dumps_are_strict(void **state)
{
	static const struct {
		uint16_t type, flags, attr;
		uint32_t value;
		int err;
	} cases[] = {
		{ KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP, KBUS_A_SUBSCRIBER_TOPIC,
		  0, -ENOENT },
		{ KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP, KBUS_A_SUBSCRIBER_TOPIC,
		  UINT32_MAX, -ENOENT },
		{ KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP, KBUS_A_SUBSCRIBER_PORTID,
		  1, -EINVAL },
		{ KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP, 99, 1, -EINVAL },
		{ KBUS_CMD_SUBSCRIBER_GET, 0, KBUS_A_SUBSCRIBER_TOPIC, 1,
		  -EINVAL },
		{ KBUS_CMD_SUBSCRIBER_GET, 0, KBUS_A_SUBSCRIBER_PORTID, 1,
		  -ENOTCONN },
		{ KBUS_CMD_TOPIC_GET, NLM_F_DUMP, KBUS_A_TOPIC_ID, 1, -EINVAL },
		{ KBUS_CMD_BACKLOG, NLM_F_DUMP, KBUS_A_SUBSCRIBER_TOPIC, 1,
		  -EINVAL },
	};
	struct mnl_socket *sk = open_raw(MNL_SOCKET_AUTOPID);
	char buffer[256];
	struct nlmsghdr *nlh;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		nlh = request(buffer, cases[i].type, cases[i].flags);
		mnl_attr_put_u32(nlh, cases[i].attr, cases[i].value);
		if (answer_to(sk, nlh) != cases[i].err)
			fail_msg("case %zu is answered otherwise", i);
	}
	nlh = request(buffer, KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP);
	mnl_attr_put_u64(nlh, KBUS_A_SUBSCRIBER_TOPIC, 1);
	assert_int_equal(answer_to(sk, nlh), -EINVAL);
	mnl_socket_close(sk);
}

#define CROWD 2000
#define CROWD_PORT 1000000
#define PASSERS_PORT 2000000
#define PASSERS_MAX 1000000

static struct mnl_socket *crowd[CROWD];
static uint8_t seen[CROWD];
static uint8_t passed[PASSERS_MAX];

static void join_crowd(int i)
{
	struct mnl_socket *sk = open_raw(CROWD_PORT + i);
	char buffer[256];
	struct nlmsghdr *nlh;

	nlh = request(buffer, KBUS_CMD_REGISTER, NLM_F_ACK);
	assert_int_equal(answer_to(sk, nlh), 0);
	if (i % 2) {
		nlh = request(buffer, KBUS_CMD_SUBSCRIBE, NLM_F_ACK);
		mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "crowd");
		assert_int_equal(answer_to(sk, nlh), 0);
	}
	crowd[i] = sk;
}

/* Registers and closes until it is killed, each time under another port id. */
static void pass_by(void)
{
	char buffer[256];

	for (int i = 0; i < PASSERS_MAX; i++) {
		struct mnl_socket *sk = open_raw(PASSERS_PORT + i);

		send_request(sk, request(buffer, KBUS_CMD_REGISTER, 0));
		if (i > 2 && i % 3 == 0)
			usleep(100);
		mnl_socket_close(sk);
	}
	pause();
}

static int count_record(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	uint32_t portid = 0;

	mnl_attr_for_each(attr, nlh, 0) {
		if (mnl_attr_get_type(attr) == KBUS_A_SUBSCRIBER_PORTID)
			portid = mnl_attr_get_u32(attr);
	}
	if (portid >= CROWD_PORT && portid < CROWD_PORT + CROWD)
		assert_int_equal(seen[portid - CROWD_PORT]++, 0);
	if (portid >= PASSERS_PORT && portid < PASSERS_PORT + PASSERS_MAX)
		assert_int_equal(passed[portid - PASSERS_PORT]++, 0);
	++*(int *)data;
	return MNL_CB_OK;
}

/*
 * Counts the records of a dump in many small parts. If @deletes, the topic is
 * deleted after the first part.
 */
static int dump(uint32_t topic, bool deletes)
{
	struct mnl_socket *sk = open_raw(MNL_SOCKET_AUTOPID);
	char buffer[8192];
	struct nlmsghdr *nlh;
	int count = 0, more;
	ssize_t len;

	memset(seen, 0, sizeof(seen));
	memset(passed, 0, sizeof(passed));
	nlh = request(buffer, KBUS_CMD_SUBSCRIBER_GET, NLM_F_DUMP);
	if (topic)
		mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_TOPIC, topic);
	send_request(sk, nlh);
	do {
		len = mnl_socket_recvfrom(sk, buffer, sizeof(buffer));
		assert_true(len > 0);
		more = mnl_cb_run(buffer, len, 0, 0, count_record, &count);
		assert_in_range(more, MNL_CB_STOP, MNL_CB_OK);
		if (deletes)
			assert_bus_ok(watcher,
				      bus_topic_delete(watcher, "crowd"));
		deletes = false;
	} while (more == MNL_CB_OK);
	mnl_socket_close(sk);
	return count;
}

static void a_crowd_is_told_of_completely(void **state)
{
	const struct rlimit files = { CROWD + 100, CROWD + 100 };
	int i, n, passers = 0;
	uint32_t topic;
	pid_t child;

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_bus_ok(watcher, bus_topic_create(watcher, "crowd", NULL));
	topic = look_up(watcher, "crowd").id;
	for (i = 0; i < CROWD; i++)
		join_crowd(i);
	assert_int_equal(dump(0, false), CROWD);

	child = fork();
	if (!child)
		pass_by();
	/* Until a dump has shown some of them. */
	for (n = 0; n < 20 || !passers; n++) {
		assert_in_range(n, 0, 1000);
		passers += dump(0, false) - CROWD;
		for (i = 0; i < CROWD; i++)
			assert_int_equal(seen[i], 1);
		assert_int_equal(dump(topic, false), CROWD / 2);
		for (i = 0; i < CROWD; i++)
			assert_int_equal(seen[i], i % 2);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);

	assert_in_range(dump(topic, true), 1, CROWD / 2 - 1);
	for (i = 0; i < CROWD; i++)
		mnl_socket_close(crowd[i]);
}

/* Each on a bus of its own. */
#define seeing_test(name) \
	cmocka_unit_test_setup_teardown(name, open_watcher, close_watcher)

int main(void)
{
	const struct CMUnitTest tests[] = {
		seeing_test(one_that_keeps_up_is_live),
		seeing_test(one_that_is_behind_is_queued),
		seeing_test(what_was_lost_shows),
		seeing_test(one_that_blocks_shows),
		seeing_test(only_who_receives_a_topic_is_listed),
		seeing_test(the_programs_name_is_that_of_then),
		seeing_test(anybody_may_ask_what_is_subscribed_to),
		seeing_test(of_many_patterns_the_first_come),
		seeing_test(users_see_each_other),
		seeing_test(dumps_are_strict),
		seeing_test(a_crowd_is_told_of_completely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
