// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sysctls of each network namespace: who may set them, to which values, and
 * what they affect
 */
#include "people.h"

#include <limits.h>
#include <sys/wait.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	const char *name;
	const char *usual;
	const char *other;
} sysctls[] = {
	{ "default_mode", "0644", "0600" },
	{ "create_restricted", "0", "1" },
	{ "history_messages_max", "4096", "5" },
	{ "history_bytes_max", "16777216", "5000" },
	{ "backlog_messages_max", "1000000", "50" },
	{ "backlog_bytes_max", "67108864", "20000" },
};

static int open_sysctl(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/kbus/%s", name);
	return open(path, flags | O_CLOEXEC);
}

static void assert_sysctl(const char *name, const char *value)
{
	char text[32] = { 0 };
	int fd = open_sysctl(name, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, value);
	close(fd);
}

static void assert_all_usual(void)
{
	size_t i;

	for (i = 0; i < COUNT(sysctls); i++)
		assert_sysctl(sysctls[i].name, sysctls[i].usual);
}

static void set_all_other(void)
{
	size_t i;

	for (i = 0; i < COUNT(sysctls); i++)
		kbus_sysctl(sysctls[i].name, sysctls[i].other);
}

static int this_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void enter_namespace(int fd)
{
	assert_int_equal(setns(fd, CLONE_NEWNET), 0);
}

/* The test's process is in the initial namespace before and after. */
static int home;

static int leave_home(void **state)
{
	home = this_namespace();
	enter_fresh_bus();
	return 0;
}

static int return_home(void **state)
{
	enter_namespace(home);
	close(home);
	return 0;
}

static int create_topic(struct bus *bus, const char *name, uint32_t history,
			uint32_t bytes)
{
	const struct bus_topic_options options = {
		.size = sizeof(options),
		.history = history,
		.history_bytes = bytes,
	};

	return bus_topic_create(bus, name, &options);
}

static void assert_refused(struct bus *bus, int err, const char *sysctl)
{
	assert_int_equal(err, -EDQUOT);
	assert_non_null(strstr(bus_strerror(bus, err), sysctl));
}

/* Those of the namespace that this process is in. */
static void assert_usual_topics(struct bus *bus)
{
	struct bus *alice = open_as(ALICE);

	assert_int_equal(AS(ALICE, create_topic(alice, "hers", 0, 0)), 0);
	assert_bus_ok(bus, create_topic(bus, "usual", 4096, 16 << 20));
	assert_int_equal(look_up(bus, "usual").mode, 0644);
	assert_refused(bus, create_topic(bus, "long", 4097, 0),
		       "net.kbus.history_messages_max");
	assert_refused(bus, create_topic(bus, "large", 1, (16 << 20) + 1),
		       "net.kbus.history_bytes_max");
	bus_close(alice);
}

static void a_namespace_has_its_own(void **state)
{
	struct bus *changed = open_bus();
	struct bus *alice = open_as(ALICE);
	int here = this_namespace();
	struct bus *usual;

	set_all_other();
	enter_fresh_bus();
	assert_all_usual();
	usual = open_bus();
	assert_usual_topics(usual);
	/* A socket stays on the bus on which it was opened. */
	assert_refused(changed, create_topic(changed, "long", 6, 0),
		       "net.kbus.history_messages_max");
	assert_refused(changed, create_topic(changed, "large", 5, 5001),
		       "net.kbus.history_bytes_max");
	assert_bus_ok(changed, create_topic(changed, "other", 5, 5000));
	assert_int_equal(look_up(changed, "other").mode, 0600);
	assert_int_equal(AS(ALICE, create_topic(alice, "hers", 0, 0)), -EPERM);
	assert_non_null(strstr(bus_strerror(alice, -EPERM),
			       "net.kbus.create_restricted"));
	kbus_sysctl("default_mode", "0666");
	enter_namespace(here);
	assert_sysctl("default_mode", "0600");
	enter_namespace(home);
	assert_all_usual();
	enter_namespace(here);
	close(here);
	bus_close(usual);
	bus_close(alice);
	bus_close(changed);
}

static void what_is_out_of_bounds_is_refused(void **state)
{
	static const char *const bad_modes[] = {
		"0777", "9",	 "x",	     "-1",
		"01",	"01000", "0644x",    "0600 0600",
		"\n",	"0x1b6", "0o644",    "00000000000000000644",
		"644,", " 0644", "0000644 ",
	};
	static const char *const bad_flags[] = { "2", "-1", "x", "256" };
	static const char *const bad_numbers[] = { "0", "-1", "x", "2147483648",
						   "4294967297" };
	size_t i, k;

	set_all_other();
	for (i = 0; i < COUNT(bad_modes); i++)
		assert_int_equal(try_kbus_sysctl("default_mode", bad_modes[i]),
				 -EINVAL);
	for (i = 0; i < COUNT(bad_flags); i++)
		assert_true(try_kbus_sysctl("create_restricted", bad_flags[i]) <
			    0);
	for (k = 2; k < COUNT(sysctls); k++)
		for (i = 0; i < COUNT(bad_numbers); i++)
			assert_true(try_kbus_sysctl(sysctls[k].name,
						    bad_numbers[i]) < 0);
	for (k = 0; k < COUNT(sysctls); k++)
		assert_sysctl(sysctls[k].name, sysctls[k].other);
}

static void the_bounds_themselves_are_taken(void **state)
{
	size_t k;

	for (k = 2; k < COUNT(sysctls); k++) {
		kbus_sysctl(sysctls[k].name, "1");
		assert_sysctl(sysctls[k].name, "1");
		kbus_sysctl(sysctls[k].name, "2147483647\n");
		assert_sysctl(sysctls[k].name, "2147483647");
	}
}

static void a_mode_is_octal(void **state)
{
	static const struct {
		const char *written, *shown;
	} modes[] = {
		{ "0640", "0640" }, { "600", "0600" },	  { "0", "0000" },
		{ "0666", "0666" }, { "0444\n", "0444" }, { "4", "0004" },
	};
	int fd = open_sysctl("default_mode", O_RDWR);
	struct bus *bus = open_bus();
	char text[8] = { 0 };
	size_t i;

	assert_true(fd >= 0);
	for (i = 0; i < COUNT(modes); i++) {
		kbus_sysctl("default_mode", modes[i].written);
		assert_sysctl("default_mode", modes[i].shown);
		assert_bus_ok(bus, bus_topic_create(bus, "m", NULL));
		assert_int_equal(look_up(bus, "m").mode,
				 strtoul(modes[i].written, NULL, 8));
		assert_bus_ok(bus, bus_topic_delete(bus, "m"));
	}
	/* In parts it is read, but not written. */
	assert_int_equal(pread(fd, text, 2, 2), 2);
	assert_string_equal(text, "04");
	assert_int_equal(pwrite(fd, "6", 1, 2), -1);
	assert_int_equal(errno, EINVAL);
	assert_sysctl("default_mode", "0004");
	close(fd);
	bus_close(bus);
}

/* In the initial network namespace. */
static int tries_as_root_of_nothing(void)
{
	size_t i;

	be(ALICE, ALICE);
	enter_user_namespace(0);
	for (i = 0; i < COUNT(sysctls); i++)
		if (try_kbus_sysctl(sysctls[i].name, sysctls[i].other) !=
		    -EACCES)
			return 1;
	return 0;
}

static int result_of(int (*child)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(child());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void strangers_may_not_set_them(void **state)
{
	size_t i;

	enter_namespace(home);
	for (i = 0; i < COUNT(sysctls); i++)
		assert_int_equal(AS(ALICE, try_kbus_sysctl(sysctls[i].name,
							   sysctls[i].other)),
				 -EACCES);
	assert_int_equal(result_of(tries_as_root_of_nothing), 0);
	assert_all_usual();
}

static int sets_her_own(void)
{
	struct bus *bus;
	size_t i;

	be(ALICE, ALICE);
	enter_user_namespace(CLONE_NEWNET);
	/* A replay may not last longer because she owns the namespace. */
	if (try_kbus_sysctl("history_messages_max", "4097") >= 0 ||
	    try_kbus_sysctl("history_messages_max", "4096"))
		return 1;
	for (i = 0; i < COUNT(sysctls); i++)
		if (try_kbus_sysctl(sysctls[i].name, sysctls[i].other))
			return 2;
	if (bus_open(&bus))
		return 3;
	if (create_topic(bus, "long", 6, 0) != -EDQUOT ||
	    create_topic(bus, "large", 5, 5001) != -EDQUOT ||
	    create_topic(bus, "hers", 5, 5000))
		return 4;
	return 0;
}

static void an_owner_sets_her_own(void **state)
{
	struct bus *bus = open_bus();

	assert_int_equal(result_of(sets_her_own), 0);
	assert_all_usual();
	assert_usual_topics(bus);
	enter_namespace(home);
	assert_all_usual();
	bus_close(bus);
}

#define ACCOUNT_BYTES 200000

static int wants_too_much(void)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = INT_MAX,
		.bytes = INT_MAX,
	};
	struct bus_stats stats = { .size = sizeof(stats) };
	static char payload[1000];
	struct bus *bus, *sub;
	int i;

	be(ALICE, ALICE);
	enter_user_namespace(CLONE_NEWNET);
	if (try_kbus_sysctl("backlog_messages_max", "2147483647") ||
	    try_kbus_sysctl("backlog_bytes_max", "2147483647"))
		return 1;
	if (bus_open(&bus) || bus_open(&sub) ||
	    bus_set_backlog(sub, &backlog) || bus_subscribe(sub, "flood"))
		return 2;
	for (i = 0; i < 3000; i++)
		if (bus_publish(bus, "flood", payload, sizeof(payload), NULL))
			return 3;
	if (bus_get_stats(sub, &stats) || !stats.lost ||
	    !stats.backlog_messages || stats.backlog_bytes > ACCOUNT_BYTES)
		return 4;
	return 0;
}

static void accounts_bound_what_she_sets(void **state)
{
	struct kbus_limit limit =
		set_kbus_limit("user_backlog_bytes_max", ACCOUNT_BYTES);
	int status = result_of(wants_too_much);

	put_limit_back(limit);
	assert_int_equal(status, 0);
}

static int keep_limits(const struct bus_subscriber *subscriber, void *data)
{
	*(struct bus_backlog *)data = *subscriber->limits;
	return 0;
}

/* The limits of the namespace's only subscriber, who chooses none. */
static struct bus_backlog chosen_by_nobody(void)
{
	struct bus_backlog limits = { 0 };
	struct bus *watcher = open_bus();
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_subscribe(bus, "any"));
	assert_bus_ok(watcher,
		      bus_subscriber_list(watcher, NULL, keep_limits, &limits));
	bus_close(bus);
	bus_close(watcher);
	return limits;
}

static void assert_backlog_refused(uint32_t messages, uint32_t bytes,
				   const char *sysctl)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = messages,
		.bytes = bytes,
	};
	struct bus *bus = open_bus();

	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	assert_refused(bus, bus_subscribe(bus, "any"), sysctl);
	bus_close(bus);
}

static void defaults_are_lowered_with_the_maximums(void **state)
{
	struct bus *bus = open_bus();
	struct bus_backlog limits = chosen_by_nobody();

	assert_int_equal(limits.messages, 10000);
	assert_int_equal(limits.bytes, 16 << 20);
	kbus_sysctl("backlog_messages_max", "50");
	kbus_sysctl("backlog_bytes_max", "20000");
	kbus_sysctl("history_bytes_max", "5000");
	limits = chosen_by_nobody();
	assert_int_equal(limits.messages, 50);
	assert_int_equal(limits.bytes, 20000);
	assert_backlog_refused(51, 0, "net.kbus.backlog_messages_max");
	assert_backlog_refused(0, 20001, "net.kbus.backlog_bytes_max");
	assert_bus_ok(bus, create_topic(bus, "kept", 5, 0));
	assert_int_equal(look_up(bus, "kept").history_bytes, 5000);
	bus_close(bus);
}

#define LINKS "kernel/net/link"

/* They follow the initial namespace, whatever the owner of another one sets. */
static void kernel_topics_do_not_depend_on_others(void **state)
{
	int here = this_namespace();
	struct bus *bus = open_bus();

	kbus_sysctl("history_messages_max", "1");
	kbus_sysctl("history_bytes_max", "1");
	kbus_sysctl("create_restricted", "1");
	load_module("kbus_netdev", "history=100");
	assert_int_equal(look_up(bus, LINKS).history, 100);
	assert_int_equal(look_up(bus, LINKS).history_bytes, 1 << 20);
	unload_module("kbus_netdev");
	enter_namespace(home);
	kbus_sysctl("history_messages_max", "99");
	assert_int_equal(try_load_module("kbus_netdev", "history=100"),
			 -EDQUOT);
	kbus_sysctl("history_messages_max", "4096");
	enter_namespace(here);
	close(here);
	bus_close(bus);
}

/* Nothing but the file refers to the namespace. */
static void a_file_does_not_keep_its_namespace(void **state)
{
	char text[32];
	int fd = open_sysctl("backlog_bytes_max", O_RDWR);
	int mode_fd = open_sysctl("default_mode", O_RDWR);

	assert_true(fd >= 0 && mode_fd >= 0);
	assert_true(pread(fd, text, sizeof(text), 0) > 0);
	enter_fresh_bus();
	await_that(pread(fd, text, sizeof(text), 0) < 0);
	assert_int_equal(pwrite(mode_fd, "0600", 4, 0), -1);
	assert_all_usual();
	close(fd);
	close(mode_fd);
}

int main(void)
{
#define sysctl_test(test) \
	cmocka_unit_test_setup_teardown(test, leave_home, return_home)
	const struct CMUnitTest tests[] = {
		sysctl_test(a_namespace_has_its_own),
		sysctl_test(what_is_out_of_bounds_is_refused),
		sysctl_test(the_bounds_themselves_are_taken),
		sysctl_test(a_mode_is_octal),
		sysctl_test(strangers_may_not_set_them),
		sysctl_test(an_owner_sets_her_own),
		sysctl_test(accounts_bound_what_she_sets),
		sysctl_test(defaults_are_lowered_with_the_maximums),
		sysctl_test(kernel_topics_do_not_depend_on_others),
		sysctl_test(a_file_does_not_keep_its_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
