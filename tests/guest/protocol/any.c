// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of any request: each request, with each of its attributes, is made
 * wrong in every way
 */
#include "protocol.h"
#include "forms.h"

#include <sched.h>
#include <sys/wait.h>

/* For errors found by the parser: the request is right except for one thing. */
static int refused_form(const struct form *form, struct mnl_socket *sk,
			struct nlmsghdr *nlh)
{
	int err = refused(sk, nlh);

	if (err != EINVAL && err != ERANGE)
		fail_msg("%s: %s", form->name, strerror(err));
	if (!text_told()[0])
		fail_msg("%s: no text", form->name);
	return err;
}

/* Sends a request of each kind that @spoil has made wrong. */
static int spoil_each(bool (*spoil)(const struct form *form,
				    struct nlmsghdr *nlh))
{
	size_t i;

	for (i = 0; i < forms_count; i++) {
		struct mnl_socket *sk = form_socket(&forms[i], 0);
		struct nlmsghdr *nlh = form_fill(&forms[i], NULL);

		if (spoil(&forms[i], nlh))
			assert_int_equal(refused_form(&forms[i], sk, nlh),
					 EINVAL);
		close_sockets();
	}
	return EINVAL;
}

/* The same for each attribute of @kind in each request. */
static int spoil_attrs(unsigned int kinds,
		       void (*spoil)(struct nlmsghdr *nlh,
				     const struct attr *attr))
{
	const struct attr *attr;
	size_t i, made = 0;

	for (i = 0; i < forms_count; i++)
		for (attr = forms[i].attrs; attr->number; attr++) {
			struct mnl_socket *sk;
			struct nlmsghdr *nlh;

			if (!(kinds & 1U << attr->kind))
				continue;
			sk = form_socket(&forms[i], 0);
			nlh = form_fill(&forms[i], attr);
			spoil(nlh, attr);
			refused_form(&forms[i], sk, nlh);
			close_sockets();
			made++;
		}
	assert_true(made >= 3);
	return EINVAL;
}

#define NUMBERS (1U << NUMBER)
#define STRINGS (1U << STRING)
#define ALL (NUMBERS | STRINGS | 1U << BINARY | 1U << FLAG)

static bool add_unknown(const struct form *form, struct nlmsghdr *nlh)
{
	with_number(nlh, 99, 1);
	return true;
}

static int unknown_attribute(void)
{
	return spoil_each(add_unknown);
}

/* All numbers below the first unknown one, and 0. */
static int attribute_of_others(void)
{
	size_t i;
	int n;

	for (i = 0; i < forms_count; i++) {
		struct mnl_socket *sk = form_socket(&forms[i], 0);

		for (n = 0; n <= KBUS_A_SUBSCRIBER_MAX + 1; n++) {
			struct nlmsghdr *nlh;

			if (form_has(&forms[i], n))
				continue;
			nlh = with_number(form_fill(&forms[i], NULL), n, 1);
			assert_int_equal(refused_form(&forms[i], sk, nlh),
					 EINVAL);
		}
		close_sockets();
	}
	return EINVAL;
}

static void too_short(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, 3, "\1\0\0");
}

static void too_long(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, 5, "\1\0\0\0\0");
}

static void without_value(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, 0, NULL);
}

static int number_of_another_size(void)
{
	return both(spoil_attrs(NUMBERS, too_short),
		    both(spoil_attrs(NUMBERS, too_long),
			 spoil_attrs(NUMBERS, without_value)));
}

static void without_nul(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, strlen(attr->text), attr->text);
}

static int string_without_nul(void)
{
	return both(spoil_attrs(STRINGS, without_nul),
		    spoil_attrs(STRINGS, without_value));
}

static void with_nul(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, 4, "a\0b");
}

static void with_nul_at_end(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, 3, "a\0");
}

static void with_nul_in_it_alone(struct nlmsghdr *nlh, const struct attr *attr)
{
	mnl_attr_put(nlh, attr->number, 3, "a\0b");
}

static int string_with_nul(void)
{
	return both(spoil_attrs(STRINGS, with_nul),
		    both(spoil_attrs(STRINGS, with_nul_at_end),
			 spoil_attrs(STRINGS, with_nul_in_it_alone)));
}

static void nested(struct nlmsghdr *nlh, const struct attr *attr)
{
	struct attr marked = *attr;

	marked.number |= NLA_F_NESTED;
	form_put(nlh, &marked);
}

static int attribute_nested(void)
{
	return spoil_attrs(ALL, nested);
}

/* Bytes after the last attribute, and an attribute larger than the rest. */
static bool add_bytes(const struct form *form, struct nlmsghdr *nlh)
{
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + 3;
	return true;
}

static bool add_half_an_attribute(const struct form *form, struct nlmsghdr *nlh)
{
	struct nlattr *nla = mnl_nlmsg_get_payload_tail(nlh);

	nla->nla_type = form->attrs->number;
	nla->nla_len = 9;
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + 8;
	return true;
}

static int bytes_left(void)
{
	return both(spoil_each(add_bytes), spoil_each(add_half_an_attribute));
}

static bool cut_header(const struct form *form, struct nlmsghdr *nlh)
{
	nlh->nlmsg_len = NLMSG_HDRLEN + sizeof(struct kbus_header) - 1;
	return form->type == KBUS_CMD_PUBLISH;
}

static int header_short(void)
{
	return spoil_each(cut_header);
}

static bool with_dump(const struct form *form, struct nlmsghdr *nlh)
{
	nlh->nlmsg_flags |= NLM_F_DUMP;
	if (nlh->nlmsg_len == NLMSG_HDRLEN)
		with_number(nlh, 1, 1);
	return form->dump;
}

static int dump_with_body(void)
{
	return spoil_each(with_dump);
}

static int refused_kind(bool (*is_other)(const struct form *form), int flags)
{
	size_t i;
	int err = EOPNOTSUPP;

	for (i = 0; i < forms_count; i++) {
		struct nlmsghdr *nlh = new_request(forms[i].type);

		if (is_other(&forms[i]))
			continue;
		nlh->nlmsg_flags |= flags;
		err = both(err, refused(socket_of(0), nlh));
		close_sockets();
	}
	return err;
}

static bool has_dump(const struct form *form)
{
	return form->dump;
}

static bool has_more_than_dump(const struct form *form)
{
	return !form->only_dump;
}

static int dump_where_none(void)
{
	return refused_kind(has_dump, NLM_F_DUMP);
}

static int no_dump_where_only(void)
{
	return refused_kind(has_more_than_dump, 0);
}

/* All unassigned types. */
static int no_such_request(void)
{
	struct mnl_socket *sk = socket_of(0);
	int type, err = EOPNOTSUPP;
	size_t i;

	for (type = NLMSG_MIN_TYPE; type < 0x110; type++) {
		for (i = 0; i < forms_count && forms[i].type != type; i++)
			;
		if (i == forms_count)
			err = both(err, refused(sk, new_request(type)));
	}
	return both(err, refused(sk, new_request(0xffff)));
}

static int half_a_message(void)
{
	struct mnl_socket *sk = socket_of(0);
	struct nlmsghdr *nlh = form_fill(&forms[0], NULL);
	uint32_t len = nlh->nlmsg_len, seq = nlh->nlmsg_seq;
	int err = EBADMSG;
	int more;

	nlh->nlmsg_len = NLMSG_HDRLEN - 1;
	err = both(err, refused_raw(sk, nlh, len, seq));
	nlh->nlmsg_len = len + 1;
	err = both(err, refused_raw(sk, nlh, len, seq));
	nlh->nlmsg_len = len;
	for (more = 1; more < NLMSG_HDRLEN; more++)
		err = both(err,
			   refused_raw(sk, nlh, NLMSG_ALIGN(len) + more, seq));
	for (len = 1; len < NLMSG_HDRLEN; len++)
		err = both(err, refused_raw(sk, nlh, len, 0));
	return err;
}

static int no_request(void)
{
	int err = EINVAL;
	size_t i;

	for (i = 0; i < forms_count; i++) {
		struct mnl_socket *sk = form_socket(&forms[i], 0);
		struct nlmsghdr *nlh = form_fill(&forms[i], NULL);

		nlh->nlmsg_flags &= ~NLM_F_REQUEST;
		err = both(err, refused(sk, nlh));
		close_sockets();
	}
	return err;
}

static void write_text(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

/* Asks as soon as the protocol is registered. */
static int ask_first(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct nlmsghdr *nlh = new_request(KBUS_CMD_TOPIC_GET);
	char answer[256] __attribute__((aligned(8)));
	const struct nlmsgerr *error;
	int fd;

	do
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, KBUS_PROTOCOL);
	while (fd < 0);
	if (sendto(fd, nlh, nlh->nlmsg_len, 0, (void *)&address,
		   sizeof(address)) < 0 ||
	    recv(fd, answer, sizeof(answer), MSG_DONTWAIT) < 0)
		return NO_ANSWER;
	error = mnl_nlmsg_get_payload((void *)answer);
	return -error->error;
}

/*
 * Loading kbus takes longer if it must create many buses. The first bus answers
 * first.
 */
static int broker_starting(void)
{
	static int spaces[100];
	int i, status = 0;
	pid_t pid;

	for (i = 0; i < (int)COUNT(spaces); i++) {
		enter_fresh_bus();
		spaces[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	}
	enter_first_bus();
	write_text("/proc/sys/kernel/modprobe", "\n");
	for (i = 0; i < 200 && status != EAGAIN << 8; i++) {
		unload_module("kbus");
		pid = fork();
		if (!pid)
			_exit(ask_first());
		usleep(20000);
		load_module("kbus", "");
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	write_text("/proc/sys/kernel/modprobe", "/sbin/modprobe\n");
	for (i = 0; i < (int)COUNT(spaces); i++)
		close(spaces[i]);
	return WEXITSTATUS(status);
}

#define ANY(error, clause, provoke) \
	NAMED_ERROR("ANY", #error, error, clause, provoke)

/* clang-format off */
const struct error any_errors[] = {
	ANY(EBADMSG, "an incomplete message: `nlmsg_len` is less than 16 or goes beyond the datagram, or 1 to 15 bytes are left at its end. No request of the datagram was served.", half_a_message),
	ANY(EINVAL, "a message of type 0x10 or more lacks `NLM_F_REQUEST`. No request of the datagram was served.", no_request),
	SILENT_ERROR("ANY", EAGAIN, "the broker is starting: try again. No request of the datagram was served.", broker_starting),
	ANY(EOPNOTSUPP, "the request type does not exist", no_such_request),
	ANY(EOPNOTSUPP, "`NLM_F_DUMP` is set in a request that has no dump", dump_where_none),
	ANY(EOPNOTSUPP, "`NLM_F_DUMP` is not set in a request that has only a dump", no_dump_where_only),
	ANY(EINVAL, "the fixed header is cut short", header_short),
	ANY(EINVAL, "an attribute is unknown", unknown_attribute),
	ANY(EINVAL, "an attribute does not belong to this request", attribute_of_others),
	ANY(EINVAL, "a number does not have the size of its type", number_of_another_size),
	ANY(EINVAL, "a string has no NUL", string_without_nul),
	ANY(EINVAL, "a string has a NUL before its end", string_with_nul),
	ANY(EINVAL, "an attribute is marked as nested", attribute_nested),
	ANY(EINVAL, "bytes are left after the last attribute", bytes_left),
	ANY(EINVAL, "a dump request has content other than the attributes that its dump takes", dump_with_body),
};
/* clang-format on */
const size_t any_errors_count = COUNT(any_errors);
