// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hand-made bad requests: each gets its errno and a text, and changes nothing
 */
#include "guest_test.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <poll.h>
#include <sys/socket.h>

static struct mnl_socket *sk;
static char text[256]; /* of the broker, for the last error */

static int note_text(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
		snprintf(text, sizeof(text), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int open_socket(void **state)
{
	int on = 1;

	sk = mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);
	if (!sk || mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID))
		return -1;
	mnl_socket_setsockopt(sk, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(sk, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

static int close_socket(void **state)
{
	return mnl_socket_close(sk);
}

/* Sends raw bytes; returns the errno of the answer, or 1 if none came. */
static int send_raw(const void *data, size_t len)
{
	char buffer[8192];
	const struct nlmsghdr *nlh = (void *)buffer;
	const struct nlmsgerr *error;
	ssize_t n;

	text[0] = '\0';
	assert_int_equal(mnl_socket_sendto(sk, data, len), len);
	n = recv(mnl_socket_get_fd(sk), buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n < 0)
		return 1;
	assert_true(mnl_nlmsg_ok(nlh, (int)n));
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	error = mnl_nlmsg_get_payload(nlh);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, sizeof(*error), note_text, NULL);
	return error->error;
}

static int send_request(const struct nlmsghdr *nlh)
{
	return send_raw(nlh, nlh->nlmsg_len);
}

static char request[4096] __attribute__((aligned(8)));

static struct nlmsghdr *new_request(uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);

	memset(request + sizeof(*nlh), 0, sizeof(request) - sizeof(*nlh));
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 77;
	return nlh;
}

static void assert_refused(int answer, int err, const char *word)
{
	assert_int_equal(answer, err);
	if (!strstr(text, word))
		fail_msg("text: %s", text);
}

static void half_a_message_is_refused(void **state)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	uint32_t len;
	size_t cut;

	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "half");
	len = nlh->nlmsg_len;
	for (cut = 1; cut < len; cut++)
		assert_refused(send_raw(request, cut), -EBADMSG,
			       "half a message");
	nlh->nlmsg_len = 15;
	assert_refused(send_raw(request, len), -EBADMSG, "half a message");
	nlh->nlmsg_len = 0xffffffff;
	assert_refused(send_raw(request, len), -EBADMSG, "half a message");
	/* A good request before the broken one is not executed either. */
	nlh->nlmsg_len = len;
	assert_refused(send_raw(request, len + 4), -EBADMSG, "nothing of it");
	nlh = new_request(KBUS_CMD_TOPIC_GET);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "half");
	assert_int_equal(send_request(nlh), -ENOENT);
}

static void what_is_no_request_is_refused(void **state)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_TOPIC_CREATE);

	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "norequest");
	nlh->nlmsg_flags = NLM_F_ACK;
	assert_refused(send_request(nlh), -EINVAL, "NLM_F_REQUEST");
}

static void unknown_request_types_are_refused(void **state)
{
	static const uint16_t types[] = {
		KBUS_CMD_INFO + 1,
		KBUS_MSG_MESSAGE,
		KBUS_MSG_GAP,
		KBUS_MSG_TOPIC,
		KBUS_MSG_SUBSCRIBER,
		0x100,
		0xffff,
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_refused(send_request(new_request(types[i])), -EOPNOTSUPP,
			       "unknown request type");
}

static void dumps_of_what_has_none_are_refused(void **state)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_PUBLISH);

	nlh->nlmsg_flags |= NLM_F_DUMP;
	assert_refused(send_request(nlh), -EOPNOTSUPP, "NLM_F_DUMP");
	assert_refused(send_request(new_request(KBUS_CMD_BACKLOG)), -EOPNOTSUPP,
		       "NLM_F_DUMP");
}

static void unknown_attributes_are_refused(void **state)
{
	static const uint16_t types[] = {
		KBUS_CMD_TOPIC_CREATE,	 KBUS_CMD_TOPIC_DELETE,
		KBUS_CMD_TOPIC_GET,	 KBUS_CMD_REGISTER,
		KBUS_CMD_SUBSCRIBE,	 KBUS_CMD_UNSUBSCRIBE,
		KBUS_CMD_SUBSCRIBER_GET, KBUS_CMD_TOPIC_CHANGE,
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct nlmsghdr *nlh = new_request(types[i]);

		mnl_attr_put_u32(nlh, 99, 1);
		assert_int_equal(send_request(nlh), -EINVAL);
		assert_true(text[0]);
		/* Known attributes that are not allowed in requests. */
		nlh = new_request(types[i]);
		mnl_attr_put_u32(nlh,
				 types[i] >= KBUS_CMD_REGISTER &&
						 types[i] !=
							 KBUS_CMD_TOPIC_CHANGE ?
					 KBUS_A_SUBSCRIBER_STATE :
					 KBUS_A_TOPIC_GROUP,
				 1);
		assert_int_equal(send_request(nlh), -EINVAL);
		assert_true(text[0]);
	}
}

static void attributes_of_the_wrong_shape_are_refused(void **state)
{
	struct nlmsghdr *nlh;

	/* A name without its NUL. */
	nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	mnl_attr_put(nlh, KBUS_A_TOPIC_NAME, 3, "abc");
	assert_int_equal(send_request(nlh), -EINVAL);
	/* A name with a NUL in its middle. */
	nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	mnl_attr_put(nlh, KBUS_A_TOPIC_NAME, 4, "a\0c");
	assert_refused(send_request(nlh), -EINVAL, "control");
	/* An empty name. */
	nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	mnl_attr_put(nlh, KBUS_A_TOPIC_NAME, 0, "");
	assert_int_equal(send_request(nlh), -EINVAL);
	/* Numbers of another size. */
	nlh = new_request(KBUS_CMD_TOPIC_GET);
	mnl_attr_put_u8(nlh, KBUS_A_TOPIC_ID, 1);
	assert_int_equal(send_request(nlh), -EINVAL);
	nlh = new_request(KBUS_CMD_REGISTER);
	mnl_attr_put_u64(nlh, KBUS_A_SUBSCRIBER_MESSAGES, 1);
	assert_int_equal(send_request(nlh), -EINVAL);
	/* The nested flag on an attribute that is not nested. */
	nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME | NLA_F_NESTED, "nested");
	assert_int_equal(send_request(nlh), -EINVAL);
	assert_true(text[0]);
	/* An attribute whose length exceeds the message. */
	nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "abc");
	((struct nlattr *)mnl_nlmsg_get_payload(nlh))->nla_len = 200;
	assert_int_equal(send_request(nlh), -EINVAL);
	assert_true(text[0]);
	/* An unknown policy. */
	nlh = new_request(KBUS_CMD_REGISTER);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_OVERFLOW, 77);
	assert_int_equal(send_request(nlh), -ERANGE);
	assert_true(text[0]);
}

static void missing_attributes_are_named(void **state)
{
	assert_refused(send_request(new_request(KBUS_CMD_TOPIC_CREATE)),
		       -EINVAL, "KBUS_A_TOPIC_NAME");
	assert_refused(send_request(new_request(KBUS_CMD_TOPIC_GET)), -EINVAL,
		       "KBUS_A_TOPIC_NAME");
	assert_refused(send_request(new_request(KBUS_CMD_TOPIC_DELETE)),
		       -EINVAL, "KBUS_A_TOPIC_NAME");
}

static void bad_types_are_refused(void **state)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_TOPIC_CREATE);

	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "badtype");
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_TYPE, "a\x1b[2J");
	assert_refused(send_request(nlh), -EINVAL, "a type's name");
	nlh = new_request(KBUS_CMD_TOPIC_GET);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "badtype");
	assert_int_equal(send_request(nlh), -ENOENT);
}

static void bad_histories_are_refused(void **state)
{
	static const struct {
		uint16_t attr;
		uint32_t value;
		int err;
		const char *text;
	} cases[] = {
		{ KBUS_A_TOPIC_HISTORY, 0, -EINVAL, "at least one" },
		{ KBUS_A_TOPIC_HISTORY_BYTES, 0, -EINVAL, "at least one" },
		{ KBUS_A_TOPIC_HISTORY_BYTES, 1, -EINVAL, "how many" },
		{ KBUS_A_TOPIC_HISTORY, 4097, -EDQUOT, "history_messages_max" },
	};
	struct nlmsghdr *nlh;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		nlh = new_request(KBUS_CMD_TOPIC_CREATE);
		mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "badhistory");
		mnl_attr_put_u32(nlh, cases[i].attr, cases[i].value);
		assert_refused(send_request(nlh), cases[i].err, cases[i].text);
	}
	/* A flag has no value. */
	nlh = new_request(KBUS_CMD_TOPIC_CREATE);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "badhistory");
	mnl_attr_put_u32(nlh, KBUS_A_TOPIC_ALLOW_BLOCK, 1);
	assert_int_equal(send_request(nlh), -ERANGE);
	nlh = new_request(KBUS_CMD_TOPIC_GET);
	mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, "badhistory");
	assert_int_equal(send_request(nlh), -ENOENT);
}

static struct nlmsghdr *new_publish(uint32_t topic, struct kbus_header **header)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_PUBLISH);

	*header = mnl_nlmsg_put_extra_header(nlh, sizeof(**header));
	(*header)->topic = topic;
	return nlh;
}

static void bad_publishing_is_refused(void **state)
{
	struct bus *bus = open_bus();
	struct bus_topic topic;
	static const char key[KBUS_KEY_MAX + 1];
	struct kbus_header *header;
	struct nlmsghdr *nlh;
	size_t offset;

	assert_bus_ok(bus, bus_topic_create(bus, "wire", NULL));
	topic = look_up(bus, "wire");

	assert_int_equal(send_request(new_request(KBUS_CMD_PUBLISH)), -EINVAL);
	nlh = new_publish(topic.id, &header);
	assert_refused(send_request(nlh), -EINVAL, "KBUS_A_MESSAGE_PAYLOAD");
	nlh = new_publish(topic.id + 1000, &header);
	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
	assert_refused(send_request(nlh), -ENOENT, "no topic has this id");
	/* Every byte that the broker fills. */
	for (offset = sizeof(header->topic); offset < sizeof(*header);
	     offset++) {
		nlh = new_publish(topic.id, &header);
		((char *)header)[offset] = 1;
		mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
		assert_refused(send_request(nlh), -EINVAL, "must be 0");
	}
	nlh = new_publish(topic.id, &header);
	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
	mnl_attr_put(nlh, KBUS_A_MESSAGE_MAX + 1, 1, "x");
	assert_int_equal(send_request(nlh), -EINVAL);

	nlh = new_publish(topic.id, &header);
	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
	mnl_attr_put(nlh, KBUS_A_MESSAGE_KEY, 0, NULL);
	assert_refused(send_request(nlh), -EINVAL, "at least one byte");
	nlh = new_publish(topic.id, &header);
	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
	mnl_attr_put(nlh, KBUS_A_MESSAGE_KEY, sizeof(key), key);
	assert_refused(send_request(nlh), -EMSGSIZE, "255");
	nlh = new_publish(topic.id, &header);
	mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
	mnl_attr_put_u8(nlh, KBUS_A_MESSAGE_WAIT_MS, 1);
	assert_int_equal(send_request(nlh), -EINVAL);

	/* None of these messages was published. */
	topic = look_up(bus, "wire");
	assert_int_equal(topic.seq, 0);
	bus_close(bus);
}

static void too_large_a_payload_is_refused(void **state)
{
	static char large[70000] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (void *)large;
	struct bus *bus = open_bus();
	struct bus_topic topic;
	struct kbus_header *header;
	struct nlattr *nla;

	assert_bus_ok(bus, bus_topic_create(bus, "large", NULL));
	topic = look_up(bus, "large");
	memcpy(large, new_publish(topic.id, &header), 60);
	nla = mnl_nlmsg_get_payload_tail(nlh);
	nla->nla_type = KBUS_A_MESSAGE_PAYLOAD;
	nla->nla_len = NLA_HDRLEN + KBUS_PAYLOAD_MAX + 1;
	nlh->nlmsg_len += NLA_ALIGN(nla->nla_len);
	assert_refused(send_raw(nlh, nlh->nlmsg_len), -EMSGSIZE, "64512");
	bus_close(bus);
}

static void only_subscribers_may_subscribe(void **state)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_SUBSCRIBE);

	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "a");
	assert_refused(send_request(nlh), -ENOTCONN, "KBUS_CMD_REGISTER");
	nlh = new_request(KBUS_CMD_BACKLOG);
	nlh->nlmsg_flags |= NLM_F_DUMP;
	assert_refused(send_request(nlh), -ENOTCONN, "KBUS_CMD_REGISTER");
	assert_refused(send_request(new_request(KBUS_CMD_SUBSCRIBER_GET)),
		       -ENOTCONN, "KBUS_CMD_REGISTER");
	nlh = new_request(KBUS_CMD_SUBSCRIBE);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_PORTID, 0x7fffffff);
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "a");
	assert_refused(send_request(nlh), -ENOTCONN, "KBUS_CMD_REGISTER");
}

static void a_subscriber_is_its_owners(void **state)
{
	struct bus *bus = open_bus();
	struct sockaddr_nl address;
	socklen_t size = sizeof(address);
	struct nlmsghdr *nlh;

	assert_bus_ok(bus, bus_subscribe(bus, "mine"));
	assert_int_equal(getsockname(bus_fd(bus), (void *)&address, &size), 0);
	nlh = new_request(KBUS_CMD_SUBSCRIBE);
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_PORTID, address.nl_pid);
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "yours");
	assert_refused(send_request(nlh), -EPERM, "another control socket");
	nlh->nlmsg_type = KBUS_CMD_UNSUBSCRIBE;
	assert_refused(send_request(nlh), -EPERM, "another control socket");
	bus_close(bus);
}

static void bad_registrations_are_refused(void **state)
{
	static const struct {
		uint16_t attr;
		uint32_t value;
		int err;
	} cases[] = {
		{ KBUS_A_SUBSCRIBER_MESSAGES, 0, -EINVAL },
		{ KBUS_A_SUBSCRIBER_BYTES, 0, -EINVAL },
		{ KBUS_A_SUBSCRIBER_MESSAGES, 1000001, -EDQUOT },
		{ KBUS_A_SUBSCRIBER_BYTES, 0xffffffff, -EDQUOT },
	};
	struct nlmsghdr *nlh;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		nlh = new_request(KBUS_CMD_REGISTER);
		mnl_attr_put_u32(nlh, cases[i].attr, cases[i].value);
		assert_refused(send_request(nlh), cases[i].err, "backlog");
	}
	assert_int_equal(send_request(new_request(KBUS_CMD_REGISTER)), 0);
	assert_refused(send_request(new_request(KBUS_CMD_REGISTER)), -EALREADY,
		       "already");
	nlh = new_request(KBUS_CMD_SUBSCRIBE);
	assert_refused(send_request(nlh), -EINVAL, "KBUS_A_SUBSCRIBER_PATTERN");
	nlh = new_request(KBUS_CMD_UNSUBSCRIBE);
	assert_refused(send_request(nlh), -EINVAL, "KBUS_A_SUBSCRIBER_PATTERN");
	nlh = new_request(KBUS_CMD_SUBSCRIBE);
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "a#");
	assert_refused(send_request(nlh), -EINVAL, "wildcard");
	nlh = new_request(KBUS_CMD_SUBSCRIBE);
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "a/#");
	mnl_attr_put_u32(nlh, KBUS_A_SUBSCRIBER_REPLAY, 0);
	assert_refused(send_request(nlh), -EINVAL, "at least one");
	nlh = new_request(KBUS_CMD_UNSUBSCRIBE);
	mnl_attr_put_strz(nlh, KBUS_A_SUBSCRIBER_PATTERN, "a/#");
	assert_refused(send_request(nlh), -ENOENT, "not subscribed");
}

static void groups_without_a_topic_cannot_be_joined(void **state)
{
	static const int groups[] = { 5000, 16384 };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		assert_int_equal(mnl_socket_setsockopt(
					 sk, NETLINK_ADD_MEMBERSHIP,
					 (void *)&groups[i], sizeof(groups[i])),
				 -1);
		assert_int_equal(errno, ENOENT);
	}
	fd = socket(AF_NETLINK, SOCK_RAW, KBUS_PROTOCOL);
	address.nl_groups = 1U << 31;
	assert_int_equal(bind(fd, (void *)&address, sizeof(address)), -1);
	assert_int_equal(errno, ENOENT);
	close(fd);
}

static void reserved_names_are_refused(void **state)
{
	static const char *const names[] = { "kernel", "kernel/net/x", "$sys" };
	struct nlmsghdr *nlh;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		nlh = new_request(KBUS_CMD_TOPIC_CREATE);
		mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, names[i]);
		assert_refused(send_request(nlh), -EPERM, "choose another");
	}
}

static void several_requests_in_a_datagram_are_served(void **state)
{
	char batch[512] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *nlh = (void *)batch;
	struct bus *bus = open_bus();
	char name[16];
	size_t len = 0;
	int i;

	for (i = 0; i < 4; i++) {
		nlh = mnl_nlmsg_put_header(batch + len);
		nlh->nlmsg_type = KBUS_CMD_TOPIC_CREATE;
		nlh->nlmsg_flags = NLM_F_REQUEST;
		snprintf(name, sizeof(name), "batch/%d", i);
		mnl_attr_put_strz(nlh, KBUS_A_TOPIC_NAME, name);
		len += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	assert_int_equal(send_raw(batch, len), 0);
	look_up(bus, "batch/3");
	bus_close(bus);
}

/* Random bytes, and good requests with random bytes in them. */
static void garbage_is_survived(void **state)
{
	unsigned long rounds = env_number("GARBAGE", 20000);
	char buffer[512] __attribute__((aligned(8)));
	struct bus *bus = open_bus();
	unsigned long i;
	size_t len, k;

	srand(7);
	for (i = 0; i < rounds; i++) {
		struct nlmsghdr *nlh = (void *)buffer;

		len = 1 + rand() % (sizeof(buffer) - 1);
		for (k = 0; k < sizeof(buffer); k++)
			buffer[k] = rand();
		if (i % 2) {
			len = len < 16 ? 16 : len;
			nlh->nlmsg_len = len;
			nlh->nlmsg_type = NLMSG_MIN_TYPE + rand() % 12;
			nlh->nlmsg_flags = NLM_F_REQUEST | (rand() & 0x304);
		}
		assert_int_equal(mnl_socket_sendto(sk, buffer, len), len);
		while (recv(mnl_socket_get_fd(sk), buffer, sizeof(buffer),
			    MSG_DONTWAIT) >= 0)
			;
	}
	assert_bus_ok(bus, bus_publish(bus, "garbage", "x", 1, NULL));
	bus_close(bus);
}

static void put_random_attr(struct nlmsghdr *nlh)
{
	static const char *const texts[] = {
		"a", "a/b", "+", "#", "a/+", "+/b/#", "a#", "", "$x", "x.Y",
	};
	static const char filler[300] = "filler";
	const char *string = texts[rand() % 10];
	uint16_t type = rand() % 12;

	switch (rand() % 8) {
	case 0 ... 3:
		/* Small, so that a wait is short. */
		mnl_attr_put_u32(nlh, type, rand() % 5);
		break;
	case 4 ... 5:
		mnl_attr_put_strz(nlh, type, string);
		break;
	case 6:
		mnl_attr_put(nlh, type, 0, NULL);
		break;
	default:
		mnl_attr_put(nlh, type, rand() % sizeof(filler), filler);
	}
}

/* Well-formed requests with attributes of all kinds; many of them succeed. */
static void nonsense_is_survived(void **state)
{
	unsigned long rounds = env_number("GARBAGE", 20000);
	unsigned long served = 0;
	struct kbus_header *header;
	struct nlmsghdr *nlh;
	struct bus *bus = open_bus();
	unsigned long i;
	char answer[8192];
	int n;

	srand(8);
	for (i = 0; i < rounds; i++) {
		if (i % 1000 == 0) {
			close_socket(NULL);
			open_socket(NULL);
		}
		nlh = new_request(KBUS_CMD_PUBLISH + rand() % 9);
		nlh->nlmsg_flags |= rand() % 8 ? 0 : rand() & 0xf00;
		nlh->nlmsg_flags |= rand() % 2 ? NLM_F_ECHO : 0;
		if (nlh->nlmsg_type == KBUS_CMD_PUBLISH) {
			header = mnl_nlmsg_put_extra_header(nlh,
							    sizeof(*header));
			header->topic = 1 + rand() % 20;
			mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, 1, "x");
		}
		for (n = rand() % 4; n > 0; n--)
			put_random_attr(nlh);
		assert_int_equal(mnl_socket_sendto(sk, nlh, nlh->nlmsg_len),
				 nlh->nlmsg_len);
		while ((n = recv(mnl_socket_get_fd(sk), answer, sizeof(answer),
				 MSG_DONTWAIT)) >= 0) {
			nlh = (void *)answer;
			served += nlh->nlmsg_type >= KBUS_MSG_MESSAGE;
		}
	}
	print_message("# %lu answered with more than an errno\n", served);
	assert_true(served > rounds / 100);
	assert_bus_ok(bus, bus_publish(bus, "nonsense", "x", 1, NULL));
	bus_close(bus);
}

int main(void)
{
#define wire_test(test) \
	cmocka_unit_test_setup_teardown(test, open_socket, close_socket)
	const struct CMUnitTest tests[] = {
		wire_test(half_a_message_is_refused),
		wire_test(what_is_no_request_is_refused),
		wire_test(unknown_request_types_are_refused),
		wire_test(dumps_of_what_has_none_are_refused),
		wire_test(unknown_attributes_are_refused),
		wire_test(attributes_of_the_wrong_shape_are_refused),
		wire_test(missing_attributes_are_named),
		wire_test(bad_types_are_refused),
		wire_test(bad_histories_are_refused),
		wire_test(bad_publishing_is_refused),
		wire_test(too_large_a_payload_is_refused),
		wire_test(only_subscribers_may_subscribe),
		wire_test(a_subscriber_is_its_owners),
		wire_test(bad_registrations_are_refused),
		wire_test(groups_without_a_topic_cannot_be_joined),
		wire_test(reserved_names_are_refused),
		wire_test(several_requests_in_a_datagram_are_served),
		wire_test(garbage_is_survived),
		wire_test(nonsense_is_survived),
	};

	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
