// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page with a user's error counters, and how libbus works without it
 */
#include "people.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define FILE_NAME "/proc/thread-self/net/kbus_pages"

static size_t page;

static void *map(int flags, int protection, size_t size, off_t offset)
{
	int fd = open(FILE_NAME, flags | O_CLOEXEC);
	void *mapped;

	assert_true(fd >= 0);
	mapped = mmap(NULL, size, protection, MAP_SHARED, fd, offset);
	close(fd);
	return mapped;
}

static void only_one_page_and_only_to_read(void **state)
{
	void *counters;

	assert_ptr_equal(map(O_RDWR, PROT_READ | PROT_WRITE, page, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EPERM);
	assert_ptr_equal(map(O_RDONLY, PROT_READ, 2 * page, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(map(O_RDONLY, PROT_READ, page, (off_t)page),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	/* It cannot be made writable later. */
	counters = map(O_RDWR, PROT_READ, page, 0);
	assert_ptr_not_equal(counters, MAP_FAILED);
	assert_int_equal(mprotect(counters, page, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(munmap(counters, page), 0);
	assert_int_equal(AS(ALICE, open(FILE_NAME, O_RDWR)), -1);
}

static struct mnl_socket *raw_socket(void)
{
	struct mnl_socket *sk = mnl_socket_open(KBUS_PROTOCOL);

	assert_non_null(sk);
	assert_int_equal(mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID), 0);
	return sk;
}

/* Publishes; a message without a payload is refused. */
static void say(struct mnl_socket *sk, uint32_t topic, const char *payload)
{
	char buffer[256] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct kbus_header *header;

	nlh->nlmsg_type = KBUS_CMD_PUBLISH;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->topic = topic;
	if (payload)
		mnl_attr_put_str(nlh, KBUS_A_MESSAGE_PAYLOAD, payload);
	assert_int_equal(mnl_socket_sendto(sk, nlh, nlh->nlmsg_len),
			 nlh->nlmsg_len);
}

static int page_attr(const struct nlattr *attr, void *data)
{
	uint64_t *id = data;

	if (mnl_attr_get_type(attr) == KBUS_A_INFO_ERROR_PAGE)
		*id = mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

/* The id of the page that counts a socket's refusals; 0: there is none. */
static uint64_t page_told(struct mnl_socket *sk)
{
	char buffer[256] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	uint64_t id = 0;
	ssize_t len;

	nlh->nlmsg_type = KBUS_CMD_INFO;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	assert_int_equal(mnl_socket_sendto(sk, nlh, nlh->nlmsg_len),
			 nlh->nlmsg_len);
	len = recv(mnl_socket_get_fd(sk), buffer, sizeof(buffer), MSG_DONTWAIT);
	assert_true(len >= NLMSG_HDRLEN && mnl_nlmsg_ok(nlh, (int)len));
	assert_int_equal(nlh->nlmsg_type, KBUS_MSG_INFO);
	mnl_attr_parse(nlh, 0, page_attr, &id);
	return id;
}

/* A user's sockets have one page, and no other page ever has its number. */
static void a_socket_is_told_which_page_counts(void **state)
{
	const volatile struct kbus_error_page *counters;
	struct mnl_socket *sk, *alice;
	uint64_t id;

	become(ALICE, ALICE, NULL, 0);
	alice = raw_socket();
	assert_int_equal(page_told(alice), 0);
	counters = map(O_RDONLY, PROT_READ, page, 0);
	become_root();
	id = counters->id;
	assert_int_not_equal(id, 0);
	/* Whoever asks. */
	assert_int_equal(page_told(alice), id);
	sk = raw_socket();
	assert_int_not_equal(page_told(sk), id);
	munmap((void *)counters, page);
	assert_int_equal(page_told(alice), 0);
	become(ALICE, ALICE, NULL, 0);
	counters = map(O_RDONLY, PROT_READ, page, 0);
	become_root();
	assert_true(counters->id > id);
	assert_int_equal(page_told(alice), counters->id);
	munmap((void *)counters, page);
	mnl_socket_close(sk);
	mnl_socket_close(alice);
}

static void each_refusal_counts_and_nothing_else(void **state)
{
	const volatile struct kbus_error_page *counters =
		map(O_RDONLY, PROT_READ, page, 0);
	struct mnl_socket *sk = raw_socket();
	const volatile uint32_t *mine =
		&counters->errors[mnl_socket_get_portid(sk) %
				  KBUS_ERROR_COUNTERS];
	struct bus *bus = open_bus();
	uint32_t id, before = *mine;
	char answer[4096];

	assert_bus_ok(bus, bus_topic_create(bus, "t", NULL));
	id = look_up(bus, "t").id;
	say(sk, id, "hello");
	assert_int_equal(*mine, before);
	assert_int_equal(recv(mnl_socket_get_fd(sk), answer, sizeof(answer),
			      MSG_DONTWAIT),
			 -1);
	say(sk, id, NULL);
	assert_int_equal(*mine, before + 1);
	say(sk, id + 1, "hello");
	assert_int_equal(*mine, before + 2);
	/* Half a message; netlink itself ignores it. */
	assert_int_equal(mnl_socket_sendto(sk, "x", 1), 1);
	assert_int_equal(*mine, before + 3);
	assert_int_equal(look_up(bus, "t").seq, 1);
	mnl_socket_close(sk);
	bus_close(bus);
	munmap((void *)counters, page);
}

static struct mnl_socket *socket_with_remainder(uint32_t portid)
{
	struct mnl_socket *sk = mnl_socket_open(KBUS_PROTOCOL);

	assert_non_null(sk);
	do
		portid += KBUS_ERROR_COUNTERS;
	while (mnl_socket_bind(sk, 0, (pid_t)portid));
	return sk;
}

/* Whatever the port id is. */
static void each_user_has_its_own(void **state)
{
	const volatile struct kbus_error_page *roots =
		map(O_RDONLY, PROT_READ, page, 0);
	const volatile struct kbus_error_page *alices, *again;
	struct mnl_socket *alice, *other, *bob, *root;
	uint32_t slot, before;

	become(ALICE, ALICE, NULL, 0);
	alices = map(O_RDONLY, PROT_READ, page, 0);
	alice = raw_socket();
	other = socket_with_remainder(mnl_socket_get_portid(alice));
	become_root();
	become(BOB, BOB, NULL, 0);
	bob = socket_with_remainder(mnl_socket_get_portid(other));
	become_root();
	root = socket_with_remainder(mnl_socket_get_portid(bob));
	slot = mnl_socket_get_portid(alice) % KBUS_ERROR_COUNTERS;
	assert_int_equal(slot,
			 mnl_socket_get_portid(bob) % KBUS_ERROR_COUNTERS);
	before = roots->errors[slot];
	say(alice, 1, NULL);
	assert_int_equal(alices->errors[slot], 1);
	say(other, 1, NULL);
	assert_int_equal(alices->errors[slot], 2);
	say(bob, 1, NULL);
	assert_int_equal(alices->errors[slot], 2);
	assert_int_equal(roots->errors[slot], before);
	say(root, 1, NULL);
	assert_int_equal(alices->errors[slot], 2);
	assert_int_equal(roots->errors[slot], before + 1);
	/* All of a user's mappings show the same page. */
	become(ALICE, ALICE, NULL, 0);
	again = map(O_RDONLY, PROT_READ, page, 0);
	become_root();
	assert_int_equal(again->errors[slot], 2);
	munmap((void *)alices, page);
	say(alice, 1, NULL);
	assert_int_equal(again->errors[slot], 3);
	munmap((void *)again, page);
	munmap((void *)roots, page);
	mnl_socket_close(alice);
	mnl_socket_close(other);
	mnl_socket_close(bob);
	mnl_socket_close(root);
}

/* If the account has no room, libbus requests acknowledgements. */
static void a_page_is_on_its_users_account(void **state)
{
	struct kbus_limit limit = set_kbus_limit("user_memory_max", 3000);
	struct bus *alice;

	assert_int_equal(AS(ALICE, open(FILE_NAME, O_RDONLY)), -1);
	alice = open_as(ALICE);
	assert_int_equal(AS(ALICE, bus_topic_create(alice, "mine", NULL)), 0);
	assert_int_equal(AS(ALICE, bus_publish(alice, "mine", "x", 1, NULL)),
			 0);
	assert_int_equal(AS(ALICE, bus_topic_delete(alice, "mine")), 0);
	assert_int_equal(AS(ALICE,
			    bus_publish(alice, "mine", "x", 1, &no_create)),
			 -ENOENT);
	put_limit_back(limit);
	bus_close(alice);
}

static void each_namespace_has_its_own(void **state)
{
	const volatile struct kbus_error_page *here =
		map(O_RDONLY, PROT_READ, page, 0);
	const volatile struct kbus_error_page *there;
	struct mnl_socket *sk;
	uint32_t slot, before;

	enter_fresh_bus();
	there = map(O_RDONLY, PROT_READ, page, 0);
	sk = raw_socket();
	slot = mnl_socket_get_portid(sk) % KBUS_ERROR_COUNTERS;
	before = here->errors[slot];
	say(sk, 1, NULL);
	assert_int_equal(there->errors[slot], 1);
	assert_int_equal(here->errors[slot], before);
	mnl_socket_close(sk);
	munmap((void *)here, page);
	munmap((void *)there, page);
}

/* Mappings of the page outlive the bus. */
static void the_page_outlives_its_bus(void **state)
{
	const volatile struct kbus_error_page *counters =
		map(O_RDONLY, PROT_READ, page, 0);
	struct bus *bus;

	unload_module("kbus");
	assert_in_range(counters->errors[0] +
				counters->errors[KBUS_ERROR_COUNTERS - 1],
			0, 100);
	load_module("kbus", "");
	bus = open_bus();
	publish(bus, "t", "x");
	assert_int_equal(look_up(bus, "t").seq, 1);
	bus_close(bus);
	munmap((void *)counters, page);
}

static int in_a_root_without_proc(void)
{
	const struct bus_publish_options more = { .size = sizeof(more),
						  .flags = BUS_MORE };
	const struct bus_message *message;
	struct bus *bus, *sub;
	int i;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		return 1;
	if (bus_open(&bus) || bus_open(&sub) || bus_subscribe(sub, "bare"))
		return 2;
	for (i = 1; i <= 3; i++)
		if (bus_publish(bus, "bare", "x", 1, i < 3 ? &more : NULL))
			return 3;
	for (i = 1; i <= 3; i++)
		if (bus_receive(sub, &message, PATIENCE_MS) ||
		    message->seq != (uint64_t)i)
			return 4;
	if (bus_publish(bus, "$sys/topics", "x", 1, &no_create) != -EPERM)
		return 5;
	if (bus_topic_delete(sub, "bare") ||
	    bus_publish(bus, "bare", "x", 1, &more) || bus_flush(bus))
		return 6;
	if (bus_receive(sub, &message, PATIENCE_MS) || message->seq != 1)
		return 7;
	return 0;
}

static void libbus_does_without(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		alarm(1800);
		_exit(in_a_root_without_proc());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_page_and_only_to_read),
		cmocka_unit_test(each_refusal_counts_and_nothing_else),
		cmocka_unit_test(each_user_has_its_own),
		cmocka_unit_test(a_socket_is_told_which_page_counts),
		cmocka_unit_test(a_page_is_on_its_users_account),
		cmocka_unit_test(each_namespace_has_its_own),
		cmocka_unit_test(libbus_does_without),
		cmocka_unit_test(the_page_outlives_its_bus),
	};

	page = (size_t)sysconf(_SC_PAGESIZE);
	enter_fresh_bus();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
