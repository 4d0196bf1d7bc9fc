// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the requests about subscribers
 */
#include "protocol.h"

#define CONTROL \
	"the sending socket is not the subscriber's control socket: the first socket of the same user that sends a request from the port id that the subscriber named"

static int register_with(uint16_t attr, uint32_t number)
{
	return refused(socket_of(0), with_number(new_request(KBUS_CMD_REGISTER),
						 attr, number));
}

static int register_no_backlog(void)
{
	return both(register_with(KBUS_A_SUBSCRIBER_MESSAGES, 0),
		    register_with(KBUS_A_SUBSCRIBER_BYTES, 0));
}

static int register_unknown_policy(void)
{
	return register_with(KBUS_A_SUBSCRIBER_OVERFLOW, KBUS_OVERFLOW_MAX + 1);
}

static int register_long_coalesce(void)
{
	return register_with(KBUS_A_SUBSCRIBER_COALESCE_US,
			     KBUS_COALESCE_US_MAX + 1);
}

static int register_flag_with_value(void)
{
	return register_with(KBUS_A_SUBSCRIBER_NO_ENOBUFS, 1);
}

static int register_long_backlog(void)
{
	return register_with(KBUS_A_SUBSCRIBER_MESSAGES, 1000001);
}

static int register_large_backlog(void)
{
	return register_with(KBUS_A_SUBSCRIBER_BYTES, 67108865);
}

static int register_too_many(void)
{
	set_parameter("user_subscribers_max", "0");
	return refused_as(ALICE, socket_of(ALICE),
			  new_request(KBUS_CMD_REGISTER));
}

static int register_again(void)
{
	return refused(new_subscriber(0, 0), new_request(KBUS_CMD_REGISTER));
}

static struct nlmsghdr *about(uint16_t type, const char *pattern)
{
	struct nlmsghdr *nlh = new_request(type);

	return pattern ? with_text(nlh, KBUS_A_SUBSCRIBER_PATTERN, pattern) :
			 nlh;
}

static struct nlmsghdr *subscribe(const char *pattern)
{
	return about(KBUS_CMD_SUBSCRIBE, pattern);
}

/* KBUS_CMD_SUBSCRIBER_GET is open to every user, and takes no pattern. */
static const char *pattern_of(uint16_t type)
{
	return type == KBUS_CMD_SUBSCRIBER_GET ? NULL : "a";
}

static int of_nobody(uint16_t type)
{
	const char *pattern = pattern_of(type);

	return both(refused(socket_of(0), about(type, pattern)),
		    refused(socket_of(0),
			    with_number(about(type, pattern),
					KBUS_A_SUBSCRIBER_PORTID, 0x7fffffff)));
}

/*
 * From a socket that is not a control socket, and from a control socket of
 * another user.
 */
static int of_another(uint16_t type)
{
	struct mnl_socket *control = socket_of(BOB);
	struct mnl_socket *sk =
		new_subscriber(ALICE, mnl_socket_get_portid(control));
	uint32_t id = mnl_socket_get_portid(sk);
	const char *pattern = pattern_of(type);

	return both(refused(socket_of(0),
			    with_number(about(type, pattern),
					KBUS_A_SUBSCRIBER_PORTID, id)),
		    refused_as(BOB, control,
			       with_number(about(type, pattern),
					   KBUS_A_SUBSCRIBER_PORTID, id)));
}

#define SPEAKING(name, type)               \
	static int name##_of_nobody(void)  \
	{                                  \
		return of_nobody(type);    \
	}                                  \
                                           \
	static int name##_of_another(void) \
	{                                  \
		return of_another(type);   \
	}

SPEAKING(subscribe, KBUS_CMD_SUBSCRIBE)
SPEAKING(unsubscribe, KBUS_CMD_UNSUBSCRIBE)

static int subscriber_of_nobody(void)
{
	return of_nobody(KBUS_CMD_SUBSCRIBER_GET);
}

static int subscribers_of_no_topic(void)
{
	return refused(socket_of(0),
		       with_number(new_dump(KBUS_CMD_SUBSCRIBER_GET),
				   KBUS_A_SUBSCRIBER_TOPIC, 0x7fffffff));
}

static int subscribe_to_nothing(void)
{
	return refused(new_subscriber(0, 0), subscribe(NULL));
}

/* A socket of root's, passed to another user. */
static int subscribe_with_others_rights(void)
{
	return refused_as(ALICE, new_subscriber(0, 0), subscribe("a"));
}

static int subscribe_ill_formed(void)
{
	return both(refused(new_subscriber(0, 0), subscribe("a#")),
		    refused(new_subscriber(0, 0), subscribe("a//b")));
}

static int subscribe_no_replay(void)
{
	return refused(new_subscriber(0, 0),
		       with_number(subscribe("a"), KBUS_A_SUBSCRIBER_REPLAY,
				   0));
}

static int subscribe_to_unreadable(void)
{
	must(socket_of(0),
	     with_number(with_text(new_request(KBUS_CMD_TOPIC_CREATE),
				   KBUS_A_TOPIC_NAME, "a"),
			 KBUS_A_TOPIC_MODE, 0600));
	return refused(new_subscriber(ALICE, 0), subscribe("a"));
}

static int subscribe_without_history(void)
{
	new_topic("a");
	return refused(new_subscriber(0, 0),
		       with_number(subscribe("a"), KBUS_A_SUBSCRIBER_REPLAY,
				   1));
}

static int subscribe_to_block(void)
{
	struct mnl_socket *sk = socket_of(0);

	new_topic("a");
	must(sk, with_number(new_request(KBUS_CMD_REGISTER),
			     KBUS_A_SUBSCRIBER_OVERFLOW, KBUS_BLOCK));
	return refused(sk, subscribe("a"));
}

static int subscribe_again(void)
{
	struct mnl_socket *sk = new_subscriber(0, 0);

	must(sk, subscribe("a/+"));
	return refused(sk, subscribe("a/+"));
}

static int subscribe_too_often(void)
{
	set_parameter("user_subscriptions_max", "0");
	return refused(new_subscriber(ALICE, 0), subscribe("a"));
}

static int unsubscribe_from_nothing(void)
{
	return refused(new_subscriber(0, 0), about(KBUS_CMD_UNSUBSCRIBE, NULL));
}

static int unsubscribe_ill_formed(void)
{
	return both(refused(new_subscriber(0, 0),
			    about(KBUS_CMD_UNSUBSCRIBE, "a#")),
		    refused(new_subscriber(0, 0),
			    about(KBUS_CMD_UNSUBSCRIBE, "")));
}

static int unsubscribe_from_another(void)
{
	struct mnl_socket *sk = new_subscriber(0, 0);

	must(sk, subscribe("a/b"));
	return both(refused(sk, about(KBUS_CMD_UNSUBSCRIBE, "a")),
		    refused(sk, about(KBUS_CMD_UNSUBSCRIBE, "a/+")));
}

static int backlog_of_nobody(void)
{
	return refused(socket_of(0), new_dump(KBUS_CMD_BACKLOG));
}

/* The dump runs until it is read. */
static int dump_twice(struct mnl_socket *sk, uint16_t type)
{
	struct nlmsghdr *nlh = new_dump(type);

	assert_int_equal(mnl_socket_sendto(sk, nlh, nlh->nlmsg_len),
			 nlh->nlmsg_len);
	return ask(sk, new_dump(type));
}

/* A backlog that a replay began. */
static int backlog_twice(void)
{
	struct mnl_socket *sk = new_subscriber(0, 0);

	must(socket_of(0),
	     with_number(with_text(new_request(KBUS_CMD_TOPIC_CREATE),
				   KBUS_A_TOPIC_NAME, "a"),
			 KBUS_A_TOPIC_HISTORY, 1));
	must(socket_of(0), new_publish(topic_id("a"), "x"));
	must(sk, with_number(subscribe("a"), KBUS_A_SUBSCRIBER_REPLAY, 1));
	return dump_twice(sk, KBUS_CMD_BACKLOG);
}

static int subscriber_twice(void)
{
	new_subscriber(0, 0);
	return dump_twice(socket_of(0), KBUS_CMD_SUBSCRIBER_GET);
}

#define REGISTER(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_REGISTER", #error, error, clause, provoke)
#define SUBSCRIBE(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_SUBSCRIBE", #error, error, clause, provoke)
#define UNSUBSCRIBE(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_UNSUBSCRIBE", #error, error, clause, provoke)
#define GET(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_SUBSCRIBER_GET", #error, error, clause, provoke)

/* clang-format off */
const struct error subscriber_errors[] = {
	REGISTER(EINVAL, "a limit is 0", register_no_backlog),
	REGISTER(ERANGE, "`KBUS_A_SUBSCRIBER_OVERFLOW` is more than 3", register_unknown_policy),
	REGISTER(ERANGE, "`KBUS_A_SUBSCRIBER_COALESCE_US` is more than 1000000", register_long_coalesce),
	REGISTER(ERANGE, "`KBUS_A_SUBSCRIBER_NO_ENOBUFS` has a value", register_flag_with_value),
	REGISTER(EDQUOT, "a limit is more than the sysctl `net.kbus.backlog_messages_max` (default 1000000) allows", register_long_backlog),
	REGISTER(EDQUOT, "a limit is more than `net.kbus.backlog_bytes_max` (default 67108864) allows", register_large_backlog),
	REGISTER(EDQUOT, "a [quota](#quotas) is exhausted", register_too_many),
	REGISTER(EALREADY, "the socket is already a subscriber", register_again),
	SUBSCRIBE(ENOTCONN, "no subscriber has this port id", subscribe_of_nobody),
	SUBSCRIBE(EPERM, CONTROL, subscribe_of_another),
	SUBSCRIBE(EPERM, "another user registered the subscriber, and the sender lacks the capability", subscribe_with_others_rights),
	SUBSCRIBE(EINVAL, "`KBUS_A_SUBSCRIBER_PATTERN` is missing", subscribe_to_nothing),
	SUBSCRIBE(EINVAL, "the name or pattern is ill-formed", subscribe_ill_formed),
	SUBSCRIBE(EINVAL, "`KBUS_A_SUBSCRIBER_REPLAY` is 0", subscribe_no_replay),
	SUBSCRIBE(EACCES, "a topic with exactly this name exists, and the subscriber may not read it", subscribe_to_unreadable),
	SUBSCRIBE(ENODATA, "`KBUS_A_SUBSCRIBER_REPLAY` is present, and a topic with exactly this name exists that keeps no history", subscribe_without_history),
	SUBSCRIBE(EPERM, "the subscriber's policy is `KBUS_BLOCK`, and a topic with exactly this name exists that does not allow it", subscribe_to_block),
	SUBSCRIBE(EEXIST, "the subscriber already subscribes to exactly this name or pattern", subscribe_again),
	SUBSCRIBE(EDQUOT, "a [quota](#quotas) is exhausted", subscribe_too_often),
	UNSUBSCRIBE(ENOTCONN, "no subscriber has this port id", unsubscribe_of_nobody),
	UNSUBSCRIBE(EPERM, CONTROL, unsubscribe_of_another),
	UNSUBSCRIBE(EINVAL, "`KBUS_A_SUBSCRIBER_PATTERN` is missing", unsubscribe_from_nothing),
	UNSUBSCRIBE(EINVAL, "the name or pattern is ill-formed", unsubscribe_ill_formed),
	UNSUBSCRIBE(ENOENT, "the subscriber does not subscribe to exactly this name or pattern", unsubscribe_from_another),
	ERROR("KBUS_CMD_BACKLOG", ENOTCONN, "the sending socket is not a subscriber", backlog_of_nobody),
	SILENT_ERROR("KBUS_CMD_BACKLOG", EBUSY, "a dump is running on this socket", backlog_twice),
	GET(ENOTCONN, "no subscriber has this port id", subscriber_of_nobody),
	GET(ENOENT, "dump: no topic has this id", subscribers_of_no_topic),
	SILENT_ERROR("KBUS_CMD_SUBSCRIBER_GET", EBUSY, "dump: another dump is running on this socket", subscriber_twice),
};
/* clang-format on */
const size_t subscriber_errors_count = COUNT(subscriber_errors);
