// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the requests about topics
 */
#include "protocol.h"

static struct nlmsghdr *create(const char *name)
{
	return with_text(new_request(KBUS_CMD_TOPIC_CREATE), KBUS_A_TOPIC_NAME,
			 name);
}

static struct nlmsghdr *create_with(uint16_t attr, uint32_t number)
{
	return with_number(create("a"), attr, number);
}

static int create_nameless(void)
{
	return refused(socket_of(0), new_request(KBUS_CMD_TOPIC_CREATE));
}

static int create_by_id(void)
{
	return refused(socket_of(0), create_with(KBUS_A_TOPIC_ID, 1));
}

static int create_ill_formed(void)
{
	return refused(socket_of(0), create("a//b"));
}

static int create_long_type(void)
{
	char type[KBUS_TYPE_MAX + 2] = { 0 };

	memset(type, 'a', sizeof(type) - 1);
	return refused(socket_of(0),
		       with_text(create("a"), KBUS_A_TOPIC_TYPE, type));
}

static int create_ill_formed_type(void)
{
	return refused(socket_of(0),
		       with_text(create("a"), KBUS_A_TOPIC_TYPE, "a-b"));
}

static int create_no_history(void)
{
	return both(refused(socket_of(0), create_with(KBUS_A_TOPIC_HISTORY, 0)),
		    refused(socket_of(0),
			    with_number(create_with(KBUS_A_TOPIC_HISTORY, 1),
					KBUS_A_TOPIC_HISTORY_BYTES, 0)));
}

static int create_bytes_alone(void)
{
	return refused(socket_of(0),
		       create_with(KBUS_A_TOPIC_HISTORY_BYTES, 1));
}

static int create_executable(void)
{
	return refused(socket_of(0), create_with(KBUS_A_TOPIC_MODE, 0755));
}

static int create_nobodys(void)
{
	return both(refused(socket_of(0), create_with(KBUS_A_TOPIC_UID, -1)),
		    refused(socket_of(0), create_with(KBUS_A_TOPIC_GID, -1)));
}

static int create_flag_with_value(void)
{
	return refused(socket_of(0), create_with(KBUS_A_TOPIC_ALLOW_BLOCK, 1));
}

static int create_long_history(void)
{
	return refused(socket_of(0), create_with(KBUS_A_TOPIC_HISTORY, 4097));
}

static int create_large_history(void)
{
	return refused(socket_of(0),
		       with_number(create_with(KBUS_A_TOPIC_HISTORY, 1),
				   KBUS_A_TOPIC_HISTORY_BYTES, 16777217));
}

static int create_too_many(void)
{
	set_parameter("user_topics_max", "0");
	return refused_as(ALICE, socket_of(ALICE), create("a"));
}

static int create_reserved(void)
{
	struct nlmsghdr *nlh;
	int err;

	err = both(refused(socket_of(0), create("$a")),
		   both(refused(socket_of(0), create("kernel")),
			refused(socket_of(0), create("kernel/a"))));
	nlh = create("kernel/a");
	nlh->nlmsg_flags |= NLM_F_EXCL;
	return both(err, refused(socket_of(0), nlh));
}

static int create_restricted(void)
{
	kbus_sysctl("create_restricted", "1");
	must(socket_of(0), create("b"));
	return refused_as(ALICE, socket_of(ALICE), create("a"));
}

static int create_anothers(void)
{
	return refused_as(ALICE, socket_of(ALICE),
			  create_with(KBUS_A_TOPIC_UID, BOB));
}

static int create_strange_group(void)
{
	return refused_as(ALICE, socket_of(ALICE),
			  create_with(KBUS_A_TOPIC_GID, BOB));
}

static int create_through_anothers_socket(void)
{
	return both(refused_as(ALICE, socket_of(BOB), create("a")),
		    both(refused_as(ALICE, socket_of(0), create("a")),
			 refused_as(0, socket_of(ALICE), create("a"))));
}

static int create_again(void)
{
	struct nlmsghdr *nlh;

	new_topic("a");
	nlh = create("a");
	nlh->nlmsg_flags |= NLM_F_EXCL;
	return refused(socket_of(0), nlh);
}

/* For requests that name a topic by name or by id. */
static int neither_or_both(uint16_t type, uint16_t attr)
{
	uint32_t id = new_topic("a");
	struct nlmsghdr *nlh = new_request(type);
	int err;

	if (attr)
		with_number(nlh, attr, 0600);
	err = refused(socket_of(0), nlh);
	nlh = with_number(with_text(new_request(type), KBUS_A_TOPIC_NAME, "a"),
			  KBUS_A_TOPIC_ID, id);
	if (attr)
		with_number(nlh, attr, 0600);
	return both(err, refused(socket_of(0), nlh));
}

static int named(uint16_t type, const char *name, uint16_t attr)
{
	struct nlmsghdr *nlh =
		with_text(new_request(type), KBUS_A_TOPIC_NAME, name);

	if (attr)
		with_number(nlh, attr, 0600);
	return refused(socket_of(0), nlh);
}

static int unknown(uint16_t type, uint16_t attr)
{
	struct nlmsghdr *nlh;
	int err = named(type, "nosuch", attr);

	nlh = with_number(new_request(type), KBUS_A_TOPIC_ID, 1000);
	if (attr)
		with_number(nlh, attr, 0600);
	return both(err, refused(socket_of(0), nlh));
}

#define NAMING(name, type, attr)                    \
	static int name##_unnamed(void)             \
	{                                           \
		return neither_or_both(type, attr); \
	}                                           \
                                                    \
	static int name##_ill_formed(void)          \
	{                                           \
		return named(type, "a/+", attr);    \
	}                                           \
                                                    \
	static int name##_unknown(void)             \
	{                                           \
		return unknown(type, attr);         \
	}

NAMING(delete, KBUS_CMD_TOPIC_DELETE, 0)
NAMING(change, KBUS_CMD_TOPIC_CHANGE, KBUS_A_TOPIC_MODE)
NAMING(get, KBUS_CMD_TOPIC_GET, 0)

static int delete_kernels(void)
{
	enter_first_bus();
	load_module("kbus_puppet", "");
	return named(KBUS_CMD_TOPIC_DELETE, "kernel/puppet", 0);
}

static int delete_the_brokers(void)
{
	return named(KBUS_CMD_TOPIC_DELETE, "$sys/topics", 0);
}

static int delete_anothers(void)
{
	new_topic("a");
	return refused_as(ALICE, socket_of(ALICE),
			  with_text(new_request(KBUS_CMD_TOPIC_DELETE),
				    KBUS_A_TOPIC_NAME, "a"));
}

static int change(uint16_t attr, uint32_t number)
{
	struct nlmsghdr *nlh;

	must(socket_of(0), with_number(create("a"), KBUS_A_TOPIC_UID, ALICE));
	nlh = with_text(new_request(KBUS_CMD_TOPIC_CHANGE), KBUS_A_TOPIC_NAME,
			"a");
	return refused_as(ALICE, socket_of(ALICE),
			  attr ? with_number(nlh, attr, number) : nlh);
}

static int change_nothing(void)
{
	return change(0, 0);
}

static int change_to_executable(void)
{
	return change(KBUS_A_TOPIC_MODE, 0755);
}

static int change_to_nobodys(void)
{
	return both(change(KBUS_A_TOPIC_UID, -1), change(KBUS_A_TOPIC_GID, -1));
}

static int change_anothers(void)
{
	new_topic("a");
	return refused_as(
		ALICE, socket_of(ALICE),
		with_number(with_text(new_request(KBUS_CMD_TOPIC_CHANGE),
				      KBUS_A_TOPIC_NAME, "a"),
			    KBUS_A_TOPIC_MODE, 0666));
}

static int give_away(void)
{
	return change(KBUS_A_TOPIC_UID, BOB);
}

/* A subscriber that waits for the topic may not read it yet. */
static int change_for_too_many(void)
{
	struct mnl_socket *sk = socket_of(0);
	struct mnl_socket *alice = new_subscriber(ALICE, 0);

	must(sk, with_number(create("a"), KBUS_A_TOPIC_MODE, 0600));
	must(alice, with_text(new_request(KBUS_CMD_SUBSCRIBE),
			      KBUS_A_SUBSCRIBER_PATTERN, "#"));
	set_parameter("total_receivers_max", "0");
	return refused(sk,
		       with_number(with_text(new_request(KBUS_CMD_TOPIC_CHANGE),
					     KBUS_A_TOPIC_NAME, "a"),
				   KBUS_A_TOPIC_MODE, 0644));
}

static int change_to_strange_group(void)
{
	return change(KBUS_A_TOPIC_GID, BOB);
}

/* The dump runs until it is read. */
static int get_twice(void)
{
	struct mnl_socket *sk = socket_of(0);
	struct nlmsghdr *nlh;

	new_topic("a");
	nlh = new_dump(KBUS_CMD_TOPIC_GET);
	assert_int_equal(mnl_socket_sendto(sk, nlh, nlh->nlmsg_len),
			 nlh->nlmsg_len);
	return refused(sk, new_dump(KBUS_CMD_TOPIC_GET));
}

#define CREATE(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_TOPIC_CREATE", #error, error, clause, provoke)
#define DELETE(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_TOPIC_DELETE", #error, error, clause, provoke)
#define CHANGE(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_TOPIC_CHANGE", #error, error, clause, provoke)
#define GET(error, clause, provoke) \
	NAMED_ERROR("KBUS_CMD_TOPIC_GET", #error, error, clause, provoke)

/* clang-format off */
const struct error topic_errors[] = {
	CREATE(EINVAL, "`KBUS_A_TOPIC_NAME` is missing", create_nameless),
	CREATE(EINVAL, "`KBUS_A_TOPIC_ID` is present", create_by_id),
	CREATE(EINVAL, "the name is ill-formed", create_ill_formed),
	CREATE(EINVAL, "the type has more than 255 bytes", create_long_type),
	CREATE(EINVAL, "the type has characters other than ASCII letters, digits, `_` and `.`", create_ill_formed_type),
	CREATE(EINVAL, "`KBUS_A_TOPIC_HISTORY` or `KBUS_A_TOPIC_HISTORY_BYTES` is 0", create_no_history),
	CREATE(EINVAL, "`KBUS_A_TOPIC_HISTORY_BYTES` is present without `KBUS_A_TOPIC_HISTORY`", create_bytes_alone),
	CREATE(EINVAL, "`KBUS_A_TOPIC_MODE` has bits other than 0666", create_executable),
	CREATE(EINVAL, "the user namespace has no such uid or gid", create_nobodys),
	CREATE(ERANGE, "`KBUS_A_TOPIC_ALLOW_BLOCK` has a value", create_flag_with_value),
	CREATE(EDQUOT, "the history is longer than the sysctl `net.kbus.history_messages_max` (default 4096) allows", create_long_history),
	CREATE(EDQUOT, "the history is larger than `net.kbus.history_bytes_max` (default 16777216) allows", create_large_history),
	CREATE(EDQUOT, "a [quota](#quotas) is exhausted", create_too_many),
	CREATE(EPERM, "the name begins with `$`, is `kernel` or begins with `kernel/`, and the topic does not exist or `NLM_F_EXCL` is set", create_reserved),
	CREATE(EPERM, "creating is restricted, and the sender lacks the capability", create_restricted),
	CREATE(EPERM, "the uid is not the sender's, and the sender lacks the capability", create_anothers),
	CREATE(EPERM, "the gid is none of the sender's groups, and the sender lacks the capability", create_strange_group),
	CREATE(EPERM, "another user opened the socket, and one of the two lacks the capability", create_through_anothers_socket),
	CREATE(EEXIST, "`NLM_F_EXCL` is set, and a topic with this name exists", create_again),
	DELETE(EINVAL, "neither or both of the attributes are present", delete_unnamed),
	DELETE(EINVAL, "the name is ill-formed", delete_ill_formed),
	DELETE(ENOENT, "no topic has this name or id", delete_unknown),
	DELETE(EBUSY, "a kernel module holds the topic", delete_kernels),
	DELETE(EPERM, "the sender is not the topic's owner and lacks the capability", delete_anothers),
	DELETE(EPERM, "the topic is the broker's", delete_the_brokers),
	CHANGE(EINVAL, "neither or both of name and id are present", change_unnamed),
	CHANGE(EINVAL, "no attribute to change is present", change_nothing),
	CHANGE(EINVAL, "the name is ill-formed", change_ill_formed),
	CHANGE(EINVAL, "the mode has bits other than 0666", change_to_executable),
	CHANGE(EINVAL, "the user namespace has no such uid or gid", change_to_nobodys),
	CHANGE(ENOENT, "no topic has this name or id", change_unknown),
	CHANGE(EPERM, "the sender is not the topic's owner and lacks the capability", change_anothers),
	CHANGE(EPERM, "the uid is not the owner's, and the sender lacks the capability", give_away),
	CHANGE(EPERM, "the gid is none of the sender's groups, and the sender lacks the capability", change_to_strange_group),
	CHANGE(EDQUOT, "a [quota](#quotas) is exhausted: too many subscribers would receive the topic", change_for_too_many),
	GET(EINVAL, "neither or both of the attributes are present", get_unnamed),
	GET(EINVAL, "the name is ill-formed", get_ill_formed),
	GET(ENOENT, "no topic has this name or id", get_unknown),
	SILENT_ERROR("KBUS_CMD_TOPIC_GET", EBUSY, "dump: another dump is running on this socket", get_twice),
};
/* clang-format on */
const size_t topic_errors_count = COUNT(topic_errors);
