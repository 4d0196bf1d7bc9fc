// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hand-made requests, their answers, and the state that the broker reports
 */
#include "protocol.h"

#define DATAGRAM (64 << 10)

static struct mnl_socket *sockets[16];
static struct mnl_socket *observer; /* root's */
/* Requests, used in turn: one may be built while another waits to be sent. */
static char requests[8][80000] __attribute__((aligned(8)));
static char text[256];	 /* of the last refusal */
static uint32_t id_told; /* id in the last answer */
static uint32_t next_seq;

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *sk = mnl_socket_open2(KBUS_PROTOCOL, SOCK_CLOEXEC);
	int on = 1;

	assert_non_null(sk);
	assert_int_equal(mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID), 0);
	mnl_socket_setsockopt(sk, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(sk, NETLINK_CAP_ACK, &on, sizeof(on));
	return sk;
}

static int open_into(struct mnl_socket **sk)
{
	*sk = open_socket();
	return 0;
}

struct mnl_socket *socket_of(uid_t uid)
{
	size_t i = 0;

	while (sockets[i])
		assert_true(++i < COUNT(sockets));
	AS(uid, open_into(&sockets[i]));
	return sockets[i];
}

void close_sockets(void)
{
	size_t i;

	for (i = 0; i < COUNT(sockets); i++) {
		if (sockets[i])
			mnl_socket_close(sockets[i]);
		sockets[i] = NULL;
	}
	if (observer)
		mnl_socket_close(observer);
	observer = NULL;
}

/* The bus on which kernel modules publish. */
void enter_first_bus(void)
{
	int fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(setns(fd, CLONE_NEWNET), 0);
	close(fd);
}

struct nlmsghdr *new_request(uint16_t type)
{
	char *request = requests[++next_seq % COUNT(requests)];
	struct nlmsghdr *nlh;

	memset(request, 0, sizeof(requests[0]));
	nlh = mnl_nlmsg_put_header(request);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = next_seq;
	return nlh;
}

struct nlmsghdr *new_dump(uint16_t type)
{
	struct nlmsghdr *nlh = new_request(type);

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	return nlh;
}

struct nlmsghdr *new_publish(uint32_t topic, const char *payload)
{
	struct nlmsghdr *nlh = new_request(KBUS_CMD_PUBLISH);
	struct kbus_header *header;

	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->topic = topic;
	if (payload)
		mnl_attr_put(nlh, KBUS_A_MESSAGE_PAYLOAD, strlen(payload),
			     payload);
	return nlh;
}

struct nlmsghdr *with_text(struct nlmsghdr *nlh, uint16_t attr,
			   const char *value)
{
	mnl_attr_put_strz(nlh, attr, value);
	return nlh;
}

struct nlmsghdr *with_number(struct nlmsghdr *nlh, uint16_t attr,
			     uint32_t number)
{
	mnl_attr_put_u32(nlh, attr, number);
	return nlh;
}

static int note_text(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
		snprintf(text, sizeof(text), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int note_id(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == KBUS_A_TOPIC_ID)
		id_told = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

/* Whether this ends the answer; sets its errno. */
static bool is_end(const struct nlmsghdr *nlh, uint32_t seq, int *err)
{
	if (nlh->nlmsg_seq != seq)
		return false;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		*err = -*(const int *)mnl_nlmsg_get_payload(nlh);
		if (*err)
			text[0] = '\0';
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			mnl_attr_parse(nlh, sizeof(struct nlmsgerr), note_text,
				       NULL);
		return true;
	case KBUS_MSG_TOPIC:
		mnl_attr_parse(nlh, 0, note_id, NULL);
	}
	return false;
}

/* Reads to the end of the answer; keeps earlier messages if @kept. */
static int read_answer(struct mnl_socket *sk, uint32_t seq, char *kept,
		       size_t *size)
{
	static char datagram[DATAGRAM] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	int err, left, n;

	for (;;) {
		n = recv(mnl_socket_get_fd(sk), datagram, sizeof(datagram),
			 MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS)
			continue;
		if (n < 0)
			return NO_ANSWER;
		nlh = (void *)datagram;
		for (left = n; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (is_end(nlh, seq, &err))
				return err;
			if (!kept)
				continue;
			nlh->nlmsg_seq = 0;
			assert_true(*size + nlh->nlmsg_len < DATAGRAM);
			memcpy(kept + *size, nlh, nlh->nlmsg_len);
			*size += nlh->nlmsg_len;
		}
	}
}

int ask_raw(struct mnl_socket *sk, const void *data, size_t len, uint32_t seq)
{
	assert_int_equal(mnl_socket_sendto(sk, data, len), len);
	return read_answer(sk, seq, NULL, NULL);
}

int ask(struct mnl_socket *sk, struct nlmsghdr *nlh)
{
	return ask_raw(sk, nlh, nlh->nlmsg_len, nlh->nlmsg_seq);
}

void must(struct mnl_socket *sk, struct nlmsghdr *nlh)
{
	int err = ask(sk, nlh);

	if (err)
		fail_msg("request 0x%x: %s, %s", nlh->nlmsg_type, strerror(err),
			 text);
}

/* All topics and subscribers, with their counters. */
static size_t look(char *seen)
{
	static const uint16_t dumps[] = { KBUS_CMD_TOPIC_GET,
					  KBUS_CMD_SUBSCRIBER_GET };
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	size_t i, size = 0;

	if (!observer)
		observer = open_socket();
	for (i = 0; i < COUNT(dumps); i++) {
		nlh.nlmsg_type = dumps[i];
		nlh.nlmsg_seq = ++next_seq;
		assert_int_equal(mnl_socket_sendto(observer, &nlh, sizeof(nlh)),
				 sizeof(nlh));
		assert_int_equal(
			read_answer(observer, nlh.nlmsg_seq, seen, &size), 0);
	}
	return size;
}

static int refused_by(uid_t uid, struct mnl_socket *sk, const void *data,
		      size_t len, uint32_t seq)
{
	static char before[DATAGRAM], after[DATAGRAM];
	size_t size = look(before);
	int err = AS(uid, ask_raw(sk, data, len, seq));

	if (!err)
		return 0;
	assert_int_equal(look(after), size);
	assert_memory_equal(after, before, size);
	return err;
}

int refused_raw(struct mnl_socket *sk, const void *data, size_t len,
		uint32_t seq)
{
	return refused_by(0, sk, data, len, seq);
}

int refused(struct mnl_socket *sk, struct nlmsghdr *nlh)
{
	return refused_by(0, sk, nlh, nlh->nlmsg_len, nlh->nlmsg_seq);
}

int refused_as(uid_t uid, struct mnl_socket *sk, struct nlmsghdr *nlh)
{
	return refused_by(uid, sk, nlh, nlh->nlmsg_len, nlh->nlmsg_seq);
}

const char *text_told(void)
{
	return text;
}

int both(int one, int other)
{
	if (one != other)
		fail_msg("%s and %s", strerror(one), strerror(other));
	return one;
}

uint32_t topic_id(const char *name)
{
	id_told = 0;
	must(socket_of(0), with_text(new_request(KBUS_CMD_TOPIC_GET),
				     KBUS_A_TOPIC_NAME, name));
	return id_told;
}

/* A topic that belongs to root. */
uint32_t new_topic(const char *name)
{
	must(socket_of(0), with_text(new_request(KBUS_CMD_TOPIC_CREATE),
				     KBUS_A_TOPIC_NAME, name));
	return id_told;
}

struct mnl_socket *new_subscriber(uid_t uid, uint32_t control)
{
	struct mnl_socket *sk = socket_of(uid);
	struct nlmsghdr *nlh = with_number(new_request(KBUS_CMD_REGISTER),
					   KBUS_A_SUBSCRIBER_CONTROL, control);

	assert_int_equal(AS(uid, ask(sk, nlh)), 0);
	return sk;
}

static struct {
	const char *name;
	char value[32];
} parameters[4];

void set_parameter(const char *name, const char *value)
{
	char path[128];
	FILE *file;
	size_t i = 0;

	while (parameters[i].name)
		assert_true(++i < COUNT(parameters));
	snprintf(path, sizeof(path), "/sys/module/kbus/parameters/%s", name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%31s", parameters[i].value), 1);
	fclose(file);
	parameters[i].name = name;
	kbus_parameter(name, value);
}

void put_parameters_back(void)
{
	size_t i;

	for (i = 0; i < COUNT(parameters) && parameters[i].name; i++) {
		kbus_parameter(parameters[i].name, parameters[i].value);
		parameters[i].name = NULL;
	}
}
