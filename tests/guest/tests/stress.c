// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of three users do everything that they may, in this namespace and in
 * new ones, until they are killed in the middle of it. Each user also has a
 * publisher. Six subscribers keep accounts: every published message is received
 * or reported lost.
 *
 * STRESS is the duration in seconds.
 */
#include "havoc.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define USERS 3
#define ACCOUNTS (2 * USERS)
#define RUFFIANS 2

/*
 * A group for each publisher, so that its user's other programs cannot publish
 * on its topic or delete it.
 */
#define PUBLISHERS 2000

struct account {
	uint64_t received;
	uint64_t lost;
	uint64_t gaps;
};

/* Shared by all processes. */
struct state {
	bool ends;
	unsigned long ready;
	uint64_t published[USERS];
	struct account accounts[ACCOUNTS];
	unsigned long kills;
};

static volatile struct state *state;

static const char *account_topic(int user)
{
	static char name[64];

	snprintf(name, sizeof(name), "stress/%d/account", ALICE + user);
	return name;
}

static void say_ready(void)
{
	__atomic_add_fetch(&state->ready, 1, __ATOMIC_SEQ_CST);
}

/* Alone or in batches, quickly or slowly. */
static void publish_until_the_end(int user)
{
	static const char payload[3000];
	struct bus_publish_options how = { .size = sizeof(how),
					   .flags = BUS_NO_CREATE };
	const char *topic = account_topic(user);
	struct bus *bus;
	uint64_t count;

	be(ALICE + user, PUBLISHERS + user);
	srand48(getpid());
	bus = open_bus();
	say_ready();
	for (count = 1; !state->ends; count++) {
		how.flags = BUS_NO_CREATE | (any(2) ? BUS_MORE : 0);
		assert_bus_ok(bus,
			      bus_publish(bus, topic, payload,
					  1 + any(any(20) ? 100 : 3000), &how));
		if (any(200) == 0)
			usleep(any(20000));
	}
	assert_bus_ok(bus, bus_publish(bus, topic, NULL, 0, &no_create));
	state->published[user] = count;
	bus_close(bus);
	_exit(0);
}

/*
 * Reads up to the empty message, which is the last, or a gap that includes it.
 */
static void keep_account(int nth)
{
	const struct bus_backlog backlog = {
		.size = sizeof(backlog),
		.messages = nth % 2 ? 300 : 20000,
		.overflow = nth % 3,
	};
	volatile struct account *account = &state->accounts[nth];
	const int user = nth / 2;
	const struct bus_message *message;
	uint64_t next = 1;
	struct bus *bus;
	int err;

	be(ALICE + (user + nth % 2) % USERS, ALICE);
	srand48(getpid());
	bus = open_bus();
	assert_bus_ok(bus, bus_set_backlog(bus, &backlog));
	if (nth % 3 == 1)
		assert_bus_ok(bus, bus_set_linger(bus, 2000));
	assert_bus_ok(bus, bus_subscribe(bus, account_topic(user)));
	say_ready();
	for (;;) {
		err = bus_receive(bus, &message, 1000);
		if (err == -EAGAIN && state->published[user] &&
		    next > state->published[user])
			break;
		if (err == -EAGAIN)
			continue;
		assert_bus_ok(bus, err);
		account->lost += follow(message, &next);
		account->received += message->kind == BUS_MESSAGE;
		account->gaps += message->kind == BUS_GAP;
		if (nth % 2 && any(300) == 0)
			usleep(any(300000));
	}
	bus_close(bus);
	_exit(0);
}

/* Sometimes in a network namespace of its own, with rights of its own there. */
static void do_whatever(uid_t uid)
{
	struct havoc havoc = { .uid = uid };

	be(uid, uid);
	srand48(getpid());
	signal(SIGIO, SIG_IGN);
	if (any(4) == 0)
		enter_user_namespace(CLONE_NEWNET);
	else if (any(4) == 0)
		enter_user_namespace(0);
	for (;;)
		havoc_step(&havoc);
}

/* Starts programs, and kills them at random moments. */
static void lead_ruffians(int user)
{
	int status;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srand48(getpid());
	while (!state->ends) {
		pid = fork();
		if (pid < 0)
			_exit(91);
		if (!pid)
			do_whatever(ALICE + user);
		usleep(any(any(3) ? 300000 : 3000000));
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			_exit(92);
		__atomic_add_fetch(&state->kills, 1, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

static pid_t start(void (*what)(int), int nth)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		what(nth);
	return pid;
}

static void expect_success(pid_t *pids, int count)
{
	int i, status;

	for (i = 0; i < count; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void six_accounts_balance(void **unused)
{
	const unsigned long seconds = env_number("STRESS", 20);
	pid_t ruffians[USERS * RUFFIANS], publishers[USERS], keepers[ACCOUNTS];
	struct bus *root = open_bus();
	volatile struct account *account;
	unsigned long second;
	int i;

	for (i = 0; i < USERS; i++) {
		const struct bus_topic_options options = {
			.size = sizeof(options),
			.access = {
				.set = BUS_SET_GID | BUS_SET_MODE,
				.gid = PUBLISHERS + i,
				.mode = 0664,
			},
		};

		assert_bus_ok(root, bus_topic_create(root, account_topic(i),
						     &options));
	}
	for (i = 0; i < ACCOUNTS; i++)
		keepers[i] = start(keep_account, i);
	await_that(state->ready == ACCOUNTS);
	for (i = 0; i < USERS; i++)
		publishers[i] = start(publish_until_the_end, i);
	for (i = 0; i < USERS * RUFFIANS; i++)
		ruffians[i] = start(lead_ruffians, i % USERS);
	for (second = 0; second < seconds; second++) {
		sleep(1);
		if (second % 60 == 59) {
			printf("# %lu s, %lu killed\n", second + 1,
			       state->kills);
			fflush(stdout);
		}
	}
	state->ends = true;
	expect_success(publishers, USERS);
	expect_success(ruffians, USERS * RUFFIANS);
	expect_success(keepers, ACCOUNTS);
	for (i = 0; i < ACCOUNTS; i++) {
		account = &state->accounts[i];
		printf("# published %lu, received %lu, told of %lu lost in %lu gaps\n",
		       state->published[i / 2], account->received,
		       account->lost, account->gaps);
		assert_int_equal(account->received + account->lost,
				 state->published[i / 2]);
	}
	printf("# %lu killed\n", state->kills);
	assert_true(state->kills > 0);
	bus_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(six_accounts_balance),
	};

	/*
	 * Its users' topics end with the bus, and no longer count against their
	 * accounts.
	 */
	enter_fresh_bus();
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
