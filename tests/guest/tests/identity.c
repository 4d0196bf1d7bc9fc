// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender of a message is stamped by the broker, is shown as the reader's
 * namespaces see it, and cannot be forged
 */
#include "people.h"

#include <linux/kbus.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/wait.h>

#define NOBODY 65534 /* a user without a number in a user namespace */

/* Runs the program in a child process, which must exit with 0. */
static void in_child(int (*program)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(program());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void enter_alices_namespace(void)
{
	be(ALICE, ALICE);
	enter_user_namespace(0);
}

/* For a process outside that publishes, and reports that it has. */
static int start, done;

static void tell(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(97);
}

static void await(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(96);
}

static pid_t start_publisher(uid_t uid, const char *topic, const char *payload,
			     size_t size)
{
	int to[2], from[2];
	pid_t pid;

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct bus *bus;

		if (setgid(uid) || setuid(uid) || bus_open(&bus))
			_exit(1);
		for (;;) {
			await(to[0]);
			if (bus_publish(bus, topic, payload, size, NULL))
				_exit(2);
			tell(from[1]);
		}
	}
	start = to[1];
	done = from[0];
	return pid;
}

static void publish_once(void)
{
	tell(start);
	await(done);
}

static void stop_publisher(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool is_from(const struct bus_message *message, uint32_t pid,
		    uint32_t uid, uint32_t gid)
{
	if (message->pid == pid && message->uid == uid && message->gid == gid)
		return true;
	printf("# pid %u, uid %u, gid %u\n", message->pid, message->uid,
	       message->gid);
	return false;
}

static void who_is_stamped(void **state)
{
	struct bus *root = open_bus();
	pid_t pid = start_publisher(ALICE, "who", "x", 1);

	assert_bus_ok(root, bus_subscribe(root, "who"));
	publish_once();
	assert_true(is_from(receive(root), pid, ALICE, ALICE));
	publish(root, "mine", "x");
	stop_publisher(pid);
	assert_bus_ok(root, bus_topic_delete(root, "who"));
	assert_bus_ok(root, bus_topic_delete(root, "mine"));
	bus_close(root);
}

static char large[BUS_PAYLOAD_MAX];

/* Straight, queued and replayed; small and large. */
static int reads_elsewhere(bool users, bool small)
{
	const uint32_t uid = users ? NOBODY : BOB;
	const struct bus_message *message;
	struct bus *bus, *late;
	int i;

	if (users)
		enter_alices_namespace();
	if (bus_open(&bus) || bus_open(&late) || bus_subscribe(bus, "who"))
		return 1;
	publish_once();
	if (bus_receive(bus, &message, PATIENCE_MS) ||
	    !is_from(message, users ? message->pid : 0, uid, uid))
		return 2;
	if (users && !message->pid)
		return 3;
	if (!small && (message->size != sizeof(large) ||
		       memcmp(message->payload, large, sizeof(large))))
		return 4;
	shrink_socket(bus);
	for (i = 0; i < 50; i++)
		publish_once();
	for (i = 0; i < 50; i++)
		if (bus_receive(bus, &message, PATIENCE_MS) ||
		    message->kind != BUS_MESSAGE ||
		    !is_from(message, users ? message->pid : 0, uid, uid))
			return 5;
	if (!small && memcmp(message->payload, large, sizeof(large)))
		return 6;
	if (bus_subscribe_replay(late, "who", 3))
		return 7;
	for (i = 0; i < 3; i++)
		if (bus_receive(late, &message, PATIENCE_MS) ||
		    !message->replayed || !is_from(message, 0, uid, uid))
			return 8;
	return 0;
}

static int reads_in_user_namespace(void)
{
	return reads_elsewhere(true, false);
}

static int reads_in_pid_namespace(void)
{
	return reads_elsewhere(false, false);
}

/* The kernel's credentials beside a message agree with the message. */
static int reads_credentials(void)
{
	char buffer[4096], control[256];
	struct iovec iov = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	const struct nlmsghdr *nlh = (void *)buffer;
	const struct ucred *creds;
	struct cmsghdr *cmsg;
	struct bus *bus;
	int on = 1;

	if (bus_open(&bus) || bus_subscribe(bus, "who") ||
	    setsockopt(bus_fd(bus), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		return 1;
	publish_once();
	do {
		msg.msg_controllen = sizeof(control);
		if (recvmsg(bus_fd(bus), &msg, 0) < 0)
			return 2;
	} while (nlh->nlmsg_type != KBUS_MSG_MESSAGE);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_CREDENTIALS)
		return 3;
	creds = (void *)CMSG_DATA(cmsg);
	printf("# pid %d, uid %u\n", creds->pid, creds->uid);
	return creds->pid == 0 && creds->uid == BOB ? 0 : 4;
}

static int in_new_pid_namespace(int (*program)(void))
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		return 95;
	pid = fork();
	if (!pid)
		_exit(program());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 94;
}

static int reads_small_in_user_namespace(void)
{
	return reads_elsewhere(true, true);
}

static int reads_from_pid_namespace(void)
{
	return in_new_pid_namespace(reads_in_pid_namespace);
}

static int reads_credentials_from_pid_namespace(void)
{
	return in_new_pid_namespace(reads_credentials);
}

static void with_publisher(const char *payload, size_t size,
			   int (*program)(void))
{
	const struct bus_topic_options kept = {
		.size = sizeof(kept),
		.history = 5,
		.history_bytes = 1 << 20,
		.access = { .set = BUS_SET_MODE, .mode = 0666 },
	};
	struct bus *root = open_bus();
	pid_t pid;

	assert_bus_ok(root, bus_topic_create(root, "who", &kept));
	pid = start_publisher(BOB, "who", payload, size);
	in_child(program);
	/* Others see the usual numbers. */
	assert_bus_ok(root, bus_subscribe_replay(root, "who", 1));
	assert_true(is_from(receive(root), pid, BOB, BOB));
	stop_publisher(pid);
	assert_bus_ok(root, bus_topic_delete(root, "who"));
	bus_close(root);
}

static void users_are_the_readers(void **state)
{
	memset(large, 'y', sizeof(large));
	with_publisher(large, sizeof(large), reads_in_user_namespace);
	with_publisher("x", 1, reads_small_in_user_namespace);
}

static void processes_are_the_readers(void **state)
{
	with_publisher(large, sizeof(large), reads_from_pid_namespace);
	with_publisher("x", 1, reads_credentials_from_pid_namespace);
}

/* In the reader's namespace, the sender has a number. */
static int publishes_to_itself(void)
{
	const struct bus_message *message;
	struct bus *bus;

	enter_alices_namespace();
	if (bus_open(&bus) || bus_subscribe(bus, "self") ||
	    bus_publish(bus, "self", "x", 1, NULL) ||
	    bus_receive(bus, &message, PATIENCE_MS))
		return 1;
	if (getpid() != 1 || !is_from(message, 1, 0, 0))
		return 2;
	return bus_topic_delete(bus, "self");
}

static int publishes_to_itself_elsewhere(void)
{
	return in_new_pid_namespace(publishes_to_itself);
}

static void who_is_in_the_namespace_has_a_number(void **state)
{
	in_child(publishes_to_itself_elsewhere);
}

static int is_mine(const struct bus_topic *topic, void *data)
{
	return topic->uid == 0 && topic->gid == 0 ? 0 : -EILSEQ;
}

static int is_nobodys(const struct bus_topic *topic, void *data)
{
	return topic->uid == NOBODY && topic->gid == NOBODY ? 0 : -EILSEQ;
}

static int owns_in_user_namespace(void)
{
	struct bus_topic_access give = { .size = sizeof(give),
					 .set = BUS_SET_GID,
					 .gid = 0 };
	struct bus *bus;

	enter_alices_namespace();
	if (bus_open(&bus) || bus_topic_create(bus, "own", NULL))
		return 1;
	if (bus_topic_get(bus, "own", is_mine, NULL) ||
	    bus_topic_get(bus, "roots", is_nobodys, NULL))
		return 2;
	if (bus_topic_change(bus, "own", &give))
		return 3;
	/* The namespace has no such group. */
	give.gid = ALICE;
	if (bus_topic_change(bus, "own", &give) != -EINVAL)
		return 4;
	/* Root of that namespace is only alice outside. */
	if (bus_topic_delete(bus, "roots") != -EPERM)
		return 5;
	return 0;
}

static void owners_are_the_readers(void **state)
{
	struct bus *root = open_bus();

	publish(root, "roots", "x");
	in_child(owns_in_user_namespace);
	assert_int_equal(look_up(root, "own").uid, ALICE);
	assert_bus_ok(root, bus_topic_delete(root, "own"));
	assert_bus_ok(root, bus_topic_delete(root, "roots"));
	bus_close(root);
}

static int open_netlink(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), 0);
	return fd;
}

static int listens_in_user_namespace(void)
{
	char buffer[65536], control[256];
	struct iovec iov = { buffer, sizeof(buffer) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct bus *bus;
	struct ucred *creds;
	struct cmsghdr *cmsg;
	int fd, group, on = 1;

	enter_alices_namespace();
	if (bus_open(&bus))
		return 1;
	group = look_up(bus, "who").group;
	fd = open_netlink();
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return 2;
	publish_once();
	if (recvmsg(fd, &msg, 0) < 0)
		return 3;
	/*
	 * The header is the same for all readers; netlink translates beside it.
	 */
	if (((struct kbus_header *)NLMSG_DATA(buffer))->uid != BOB)
		return 4;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		creds = (void *)CMSG_DATA(cmsg);
		if (cmsg->cmsg_type == SCM_CREDENTIALS)
			return creds->uid == NOBODY && creds->gid == NOBODY ?
				       0 :
				       5;
	}
	return 6;
}

static void listeners_are_told_beside_the_message(void **state)
{
	with_publisher("x", 1, listens_in_user_namespace);
}

static ssize_t send_to(int fd, uint32_t pid, uint32_t groups, void *data,
		       size_t size)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_pid = pid,
		.nl_groups = groups,
	};
	ssize_t sent =
		sendto(fd, data, size, 0, (void *)&address, sizeof(address));

	return sent < 0 ? -errno : sent;
}

struct forged {
	struct nlmsghdr nlh;
	struct kbus_header header;
	struct nlattr nla;
	char payload[4];
};

static struct forged new_forged(uint16_t type, uint32_t topic)
{
	return (struct forged){
		.nlh = {
			.nlmsg_len = sizeof(struct forged),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.header = { .topic = topic },
		.nla = {
			.nla_len = sizeof(struct nlattr) + 4,
			.nla_type = KBUS_A_MESSAGE_PAYLOAD,
		},
		.payload = "fake",
	};
}

static uint32_t portid_of(int fd)
{
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (void *)&address, &size), 0);
	return address.nl_pid;
}

/* Masks can name only the first 32 group numbers. */
static void programs_send_to_neither_group_nor_subscriber(void **state)
{
	struct bus *root = open_bus();
	struct bus *listener = open_bus();
	struct bus_topic topic;
	struct forged forged;
	uint32_t mask;
	int fd;

	assert_bus_ok(root, bus_subscribe(root, "target"));
	publish(root, "target", "1");
	topic = look_up(root, "target");
	assert_in_range(topic.group, 1, 32);
	mask = 1U << (topic.group - 1);
	assert_bus_ok(listener, bus_listen(listener, "target"));
	expect(root, "target", 1, "1");
	forged = new_forged(KBUS_MSG_MESSAGE, topic.id);
	forged.header.seq = 2;

	become(ALICE, ALICE, NULL, 0);
	fd = open_netlink();
	assert_int_equal(send_to(fd, 0, mask, &forged, sizeof(forged)), -EPERM);
	assert_int_equal(send_to(fd, portid_of(bus_fd(root)), 0, &forged,
				 sizeof(forged)),
			 -EPERM);
	become_root();
	close(fd);

	/* The administrator may send, but handles receive nothing of it. */
	fd = open_netlink();
	assert_true(send_to(fd, 0, mask, &forged, sizeof(forged)) > 0 ||
		    errno == ECONNREFUSED);
	assert_int_equal(send_to(fd, portid_of(bus_fd(root)), 0, &forged,
				 sizeof(forged)),
			 -ECONNREFUSED);
	assert_int_equal(send_to(fd, portid_of(bus_fd(listener)), 0, &forged,
				 sizeof(forged)),
			 -ECONNREFUSED);
	close(fd);
	assert_nothing_comes(root);
	assert_nothing_comes(listener);
	publish(root, "target", "2");
	expect(root, "target", 2, "2");
	expect(listener, "target", 2, "2");
	assert_bus_ok(root, bus_topic_delete(root, "target"));
	bus_close(listener);
	bus_close(root);
}

/* Forged nlmsg_pid and ancillary credentials have no effect. */
static void what_a_publisher_says_of_itself_is_not_believed(void **state)
{
	struct bus *root = open_bus();
	const struct bus_message *message;
	char control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct forged forged;
	struct iovec iov = { &forged, sizeof(forged) };
	struct msghdr msg = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct ucred creds = { .pid = 1, .uid = ALICE, .gid = ALICE };
	int fd = open_netlink();

	assert_bus_ok(root, bus_subscribe(root, "target"));
	publish(root, "target", "1");
	expect(root, "target", 1, "1");
	forged = new_forged(KBUS_CMD_PUBLISH, look_up(root, "target").id);
	forged.nlh.nlmsg_pid = portid_of(bus_fd(root));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_CREDENTIALS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(creds));
	memcpy(CMSG_DATA(cmsg), &creds, sizeof(creds));
	assert_true(sendmsg(fd, &msg, 0) > 0);
	message = receive(root);
	assert_message(message, "target", 2, "fake");
	assert_true(is_from(message, getpid(), 0, 0));
	assert_false(message->kernel);
	close(fd);

	/* nlmsg_pid selects no other socket either. */
	fd = open_netlink();
	forged.nlh = (struct nlmsghdr){
		.nlmsg_len = sizeof(forged.nlh),
		.nlmsg_type = KBUS_CMD_BACKLOG,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.nlmsg_pid = portid_of(bus_fd(root)),
	};
	assert_true(send_to(fd, 0, 0, &forged, sizeof(forged.nlh)) > 0);
	assert_true(recv(fd, &forged, sizeof(forged), 0) > 0);
	assert_int_equal(((struct nlmsgerr *)NLMSG_DATA(&forged))->error,
			 -ENOTCONN);
	assert_nothing_comes(root);
	close(fd);
	assert_bus_ok(root, bus_topic_delete(root, "target"));
	bus_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_stamped),
		cmocka_unit_test(users_are_the_readers),
		cmocka_unit_test(processes_are_the_readers),
		cmocka_unit_test(who_is_in_the_namespace_has_a_number),
		cmocka_unit_test(owners_are_the_readers),
		cmocka_unit_test(listeners_are_told_beside_the_message),
		cmocka_unit_test(programs_send_to_neither_group_nor_subscriber),
		cmocka_unit_test(
			what_a_publisher_says_of_itself_is_not_believed),
	};

	/* In a new bus, the group numbers fit a mask. */
	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
