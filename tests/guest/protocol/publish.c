// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of publishing
 */
#include "protocol.h"

#include <signal.h>
#include <sys/time.h>

static char zeros[KBUS_PAYLOAD_MAX + 1];

static int publish_stamped(void)
{
	struct nlmsghdr *nlh = new_publish(new_topic("a"), "x");
	struct kbus_header *header = mnl_nlmsg_get_payload(nlh);

	header->flags = KBUS_F_KERNEL;
	return refused(socket_of(0), nlh);
}

static int publish_nothing(void)
{
	return refused(socket_of(0), new_publish(new_topic("a"), NULL));
}

static int publish_with_key(size_t size)
{
	struct nlmsghdr *nlh = new_publish(new_topic("a"), "x");

	mnl_attr_put(nlh, KBUS_A_MESSAGE_KEY, size, zeros);
	return refused(socket_of(0), nlh);
}

static int publish_empty_key(void)
{
	return publish_with_key(0);
}

static int publish_long_key(void)
{
	return publish_with_key(KBUS_KEY_MAX + 1);
}

static int publish_too_much(void)
{
	struct nlmsghdr *nlh = new_publish(new_topic("a"), NULL);

	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, sizeof(zeros), zeros);
	return refused(socket_of(0), nlh);
}

/* A topic blocked by a subscriber that never reads. */
static uint32_t blocked_topic(struct mnl_socket *sk)
{
	struct mnl_socket *reader = socket_of(0);
	struct nlmsghdr *nlh = with_text(new_request(KBUS_CMD_TOPIC_CREATE),
					 KBUS_A_TOPIC_NAME, "a");
	int err, i, size = 1;
	uint32_t id;

	mnl_attr_put(nlh, KBUS_A_TOPIC_ALLOW_BLOCK, 0, NULL);
	must(sk, nlh);
	id = topic_id("a");
	must(reader, with_number(with_number(new_request(KBUS_CMD_REGISTER),
					     KBUS_A_SUBSCRIBER_MESSAGES, 1),
				 KBUS_A_SUBSCRIBER_OVERFLOW, KBUS_BLOCK));
	must(reader, with_text(new_request(KBUS_CMD_SUBSCRIBE),
			       KBUS_A_SUBSCRIBER_PATTERN, "a"));
	setsockopt(mnl_socket_get_fd(reader), SOL_SOCKET, SO_RCVBUF, &size,
		   sizeof(size));
	for (i = 0, err = 0; !err; i++) {
		err = ask(sk, new_publish(id, "x"));
		assert_true(i < 1000);
	}
	assert_int_equal(err, EAGAIN);
	return id;
}

static int publish_blocked(void)
{
	struct mnl_socket *sk = socket_of(0);
	uint32_t id = blocked_topic(sk);

	return both(refused(sk, new_publish(id, "x")),
		    refused(sk, with_number(new_publish(id, "x"),
					    KBUS_A_MESSAGE_WAIT_MS, 20)));
}

static int publish_without_memory_to_wait(void)
{
	struct mnl_socket *sk = socket_of(0);
	uint32_t id = blocked_topic(sk);

	set_parameter("total_memory_max", "0");
	return refused(sk,
		       with_number(new_publish(id, "x"), KBUS_A_MESSAGE_WAIT_MS,
				   KBUS_WAIT_FOREVER));
}

static void pass_over(int signal)
{
}

static int publish_interrupted(void)
{
	static const struct itimerval often = { { 0, 100000 }, { 0, 100000 } };
	static const struct itimerval never;
	const struct sigaction action = { .sa_handler = pass_over };
	struct mnl_socket *sk = socket_of(0);
	uint32_t id = blocked_topic(sk);
	int err;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	err = refused(sk,
		      with_number(new_publish(id, "x"), KBUS_A_MESSAGE_WAIT_MS,
				  KBUS_WAIT_FOREVER));
	setitimer(ITIMER_REAL, &never, NULL);
	return err;
}

/* Two messages in a datagram; the topic of the first does not exist. */
static int publish_after_a_refused(void)
{
	static char datagram[512] __attribute__((aligned(8)));
	struct mnl_socket *sk = socket_of(0);
	struct nlmsghdr *nlh = new_publish(1000, "x");
	size_t len = nlh->nlmsg_len;
	uint32_t seq;

	memcpy(datagram, nlh, len);
	nlh = new_publish(new_topic("a"), "x");
	seq = nlh->nlmsg_seq;
	memcpy(datagram + len, nlh, nlh->nlmsg_len);
	len += nlh->nlmsg_len;
	return refused_raw(sk, datagram, len, seq);
}

static int publish_nowhere(void)
{
	return refused(socket_of(0), new_publish(1000, "x"));
}

static int publish_on_kernels(void)
{
	enter_first_bus();
	load_module("kbus_puppet", "");
	return refused(socket_of(0),
		       new_publish(topic_id("kernel/puppet"), "x"));
}

static int publish_on_the_brokers(void)
{
	return refused(socket_of(0), new_publish(topic_id("$sys/topics"), "x"));
}

static int publish_on_no_programs(void)
{
	return both(publish_on_kernels(), publish_on_the_brokers());
}

static int publish_on_anothers(void)
{
	return refused_as(ALICE, socket_of(ALICE),
			  new_publish(new_topic("a"), "x"));
}

#define PUBLISH(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_PUBLISH", #error, error, clause, provoke)

/* clang-format off */
const struct error publish_errors[] = {
	PUBLISH(EINVAL, "a field of `kbus_header` other than `topic` is not 0", publish_stamped),
	PUBLISH(EINVAL, "`KBUS_A_MESSAGE_PAYLOAD` is missing", publish_nothing),
	PUBLISH(EINVAL, "`KBUS_A_MESSAGE_KEY` is empty", publish_empty_key),
	PUBLISH(EMSGSIZE, "the payload has more than 64512 bytes", publish_too_much),
	PUBLISH(EMSGSIZE, "the key has more than 255 bytes", publish_long_key),
	PUBLISH(EAGAIN, "a subscriber that blocks has no room, and the time to wait is over", publish_blocked),
	PUBLISH(EDQUOT, "a subscriber that blocks has no room, and the user's account has no memory left for a publisher that waits: see [Quotas](#quotas)", publish_without_memory_to_wait),
	PUBLISH(EINTR, "a signal interrupted the wait", publish_interrupted),
	PUBLISH(ECANCELED, "an earlier `KBUS_CMD_PUBLISH` in the datagram failed", publish_after_a_refused),
	PUBLISH(ENOENT, "no topic has this id", publish_nowhere),
	PUBLISH(EPERM, "the topic is a kernel module's or the broker's", publish_on_no_programs),
	PUBLISH(EACCES, "the sender may not write: see [Access](#access)", publish_on_anothers),
};
/* clang-format on */
const size_t publish_errors_count = COUNT(publish_errors);
