// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each network namespace has a bus of its own, which ends with it. Namespaces
 * are tested in user namespaces, nested, and created by an unprivileged user
 */
#include "people.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LEVELS 3
#define TOPICS 5

/* Set by the processes inside. */
static struct {
	volatile int ready; /* levels that are set up */
	volatile int failed;
} * shared;

#define must(condition)                            \
	do {                                       \
		if (!(condition)) {                \
			shared->failed = __LINE__; \
			_exit(97);                 \
		}                                  \
	} while (0)

static struct bus *open_reader(const char *pattern)
{
	struct bus *bus;

	must(!bus_open(&bus));
	must(!bus_subscribe(bus, pattern));
	shrink_socket(bus);
	return bus;
}

/* Sockets of every kind, and messages in every place that can hold them. */
static void fill_bus(int level)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = 10,
		.allow_block = true,
	};
	const struct bus_message *message;
	char name[32], text[32];
	struct bus *bus, *listener, *reader;
	int i;

	must(!bus_open(&bus) && !bus_open(&listener));
	/* Topics of the outer namespaces are not visible here. */
	must(bus_topic_delete(bus, "level/0") == -ENOENT);
	open_reader("#");
	open_reader("gone");
	reader = open_reader("level/+");
	for (i = 0; i < TOPICS; i++) {
		snprintf(name, sizeof(name), "level/%d", i);
		must(!bus_topic_create(bus, name, &options));
		must(!bus_listen(listener, name));
	}
	snprintf(text, sizeof(text), "of %d", level);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "level/%d", i % TOPICS);
		must(!bus_publish(bus, name, text, strlen(text), NULL));
		must(!bus_publish(bus, "gone", text, strlen(text), NULL));
	}
	must(!bus_topic_delete(bus, "gone"));
	for (i = 0; i < 200; i++) {
		must(!bus_receive(reader, &message, PATIENCE_MS));
		must(message->kind == BUS_MESSAGE && message->uid == 0);
		must(message->size == strlen(text) &&
		     !memcmp(message->payload, text, strlen(text)));
	}
	must(bus_receive(reader, &message, 0) == -EAGAIN);
}

/* Each level has one more within it. */
static void live(void)
{
	int level;

	for (level = 0; level < LEVELS; level++) {
		enter_user_namespace(CLONE_NEWNET);
		fill_bus(level);
		shared->ready++;
		if (fork())
			break;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pause();
	_exit(0);
}

static pid_t start_life(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (setpgid(0, 0) || setgroups(0, NULL) || setgid(ALICE) ||
		    setuid(ALICE))
			_exit(96);
		live();
	}
	return pid;
}

static void await_life(void)
{
	await_that(shared->ready == LEVELS || shared->failed);
	if (shared->failed)
		fail_msg("line %d", shared->failed);
}

static void end_life(pid_t pid)
{
	assert_int_equal(kill(-pid, SIGKILL), 0);
	while (waitpid(-pid, NULL, 0) > 0)
		;
}

/* The number of topics that alice can still create; they are deleted again. */
static int topics_left(struct bus *root, struct bus *alice)
{
	char name[32];
	int count = 0, i;

	for (;; count++) {
		snprintf(name, sizeof(name), "left/%d", count);
		if (AS(ALICE, bus_topic_create(alice, name, NULL)))
			break;
	}
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "left/%d", i);
		assert_bus_ok(root, bus_topic_delete(root, name));
	}
	return count;
}

static void a_bus_ends_with_its_namespace(void **state)
{
	const int most = LEVELS * TOPICS + 20;
	struct kbus_limit limit = set_kbus_limit("user_topics_max", most);
	unsigned long rounds = env_number("BURST", 50), i;
	struct bus *root = open_bus();
	struct bus *alice = open_as(ALICE);
	pid_t pid;

	/* The kernel may still be ending the namespaces of the test before. */
	await_that(topics_left(root, alice) == most);
	for (i = 0; i < rounds; i++) {
		shared->ready = 0;
		pid = start_life();
		await_life();
		/* The topics inside count against alice's quota. */
		if (i == 0)
			assert_int_equal(topics_left(root, alice), 20);
		end_life(pid);
		/* Its topics end a moment later. */
		await_that(topics_left(root, alice) == most);
	}
	printf("# %lu times %d namespaces in one another\n", rounds, LEVELS);
	put_limit_back(limit);
	bus_close(alice);
	bus_close(root);
}

/* Root inside, and an unprivileged user outside. */
static int administers(void)
{
	const struct bus_topic_access closed = { .size = sizeof(closed),
						 .set = BUS_SET_MODE };
	struct bus *outside, *inside;

	if (setgroups(0, NULL) || setgid(ALICE) || setuid(ALICE) ||
	    bus_open(&outside))
		return 1;
	if (bus_topic_create(outside, "mine", NULL) != -EPERM)
		return 2;
	enter_user_namespace(CLONE_NEWNET);
	if (try_kbus_sysctl("create_restricted", "1") || bus_open(&inside))
		return 3;
	/*
	 * CAP_NET_ADMIN over the inner bus: it creates where that is
	 * restricted, and publishes and reads where nobody may.
	 */
	if (bus_topic_create(inside, "mine", NULL) ||
	    bus_topic_change(inside, "mine", &closed) ||
	    bus_publish(inside, "mine", "x", 1, NULL) ||
	    bus_subscribe(inside, "mine"))
		return 4;
	/* It has no rights over the outer bus, even through an older socket. */
	if (bus_topic_create(outside, "mine", NULL) != -EPERM ||
	    bus_publish(outside, "closed", "x", 1, &no_create) != -EACCES ||
	    bus_topic_delete(outside, "closed") != -EPERM)
		return 5;
	return 0;
}

static void an_administrator_is_one_of_a_bus(void **state)
{
	const struct bus_topic_options closed = {
		.size = sizeof(closed),
		.access = { .set = BUS_SET_MODE, .mode = 0600 },
	};
	struct bus *root = open_bus();
	int status;
	pid_t pid;

	assert_bus_ok(root, bus_topic_create(root, "closed", &closed));
	kbus_sysctl("create_restricted", "1");
	pid = fork();
	if (!pid)
		_exit(administers());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	kbus_sysctl("create_restricted", "0");
	assert_int_equal(status, 0);
	assert_bus_ok(root, bus_topic_delete(root, "closed"));
	bus_close(root);
}

static void send_descriptor(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	must(sendmsg(socket, &msg, 0) == 1);
}

static int receive_descriptor(int socket)
{
	char control[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	assert_int_equal(recvmsg(socket, &msg, MSG_CMSG_CLOEXEC), 1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/*
 * A socket passed to the outside keeps its bus and its queued messages after
 * all processes of the namespace have died.
 */
static void a_socket_outlives_the_inhabitants(void **state)
{
	static char buffer[65536];
	int pair[2], fd;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (!pid) {
		struct bus *bus, *reader;
		int i;

		must(!setgroups(0, NULL) && !setgid(ALICE) && !setuid(ALICE));
		enter_user_namespace(CLONE_NEWNET);
		must(!bus_open(&bus));
		reader = open_reader("last");
		for (i = 0; i < 50; i++)
			must(!bus_publish(bus, "last", "words", 5, NULL));
		send_descriptor(pair[1], bus_fd(reader));
		_exit(0);
	}
	fd = receive_descriptor(pair[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	sleep(1);
	assert_true(recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bus_ends_with_its_namespace),
		cmocka_unit_test(an_administrator_is_one_of_a_bus),
		cmocka_unit_test(a_socket_outlives_the_inhabitants),
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
