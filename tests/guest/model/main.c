// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model test: several processes perform random operations, one at a time.
 * The result of each is compared with the result that the reference in world.c
 * predicts.
 *
 * It runs SEEDS rounds of OPERATIONS operations, starting from seed SEED. If a
 * round fails, its seed and last operations are printed. SEED=n SEEDS=1 runs it
 * again.
 */
#include "guest_test.h"
#include "world.h"

#include <libmnl/libmnl.h>
#include <linux/kbus.h>

#define ACTORS (SUBSCRIBERS / ACTOR_SLOTS)

/* Operations to print after a failure. */
#define TRACE 30

static struct world world;
static struct actor actors[ACTORS];
static uint32_t portids[SUBSCRIBERS];
static bool stalled[SUBSCRIBERS];
static struct bus *watcher;
static struct mnl_socket *control;

static unsigned int seed;
static unsigned long operation;
static uint64_t next_id;
static char trace[TRACE][128];

static struct {
	unsigned long messages, gaps, lost, replayed, blocked, kills;
} tally;

static int any(int n)
{
	return rand() % n;
}

#define note(...) \
	snprintf(trace[operation % TRACE], sizeof(trace[0]), __VA_ARGS__)

static void wrong(const char *what, int s, const char *why)
{
	unsigned long i = operation < TRACE ? 0 : operation - TRACE + 1;

	print_message("# seed %u, operation %lu\n", seed, operation);
	for (; i <= operation; i++)
		print_message("#   %lu %s\n", i, trace[i % TRACE]);
	fail_msg("seed %u, operation %lu: %s%.0d: %s", seed, operation, what, s,
		 why);
}

static void assert_error(const char *what, int got, int due)
{
	char why[64];

	if (got == due)
		return;
	snprintf(why, sizeof(why), "%d, %d is due", got, due);
	wrong(what, 0, why);
}

static struct reply ask(int a, const struct command *command)
{
	struct reply reply;

	actor_ask(&actors[a], command, &reply);
	return reply;
}

static struct command order(enum order what, const char *name)
{
	struct command command = { .order = what };

	if (name)
		snprintf(command.name, sizeof(command.name), "%s", name);
	return command;
}

static struct command order_subscriber(enum order what, int s,
				       const char *pattern)
{
	struct command command = order(what, pattern);

	command.slot = s % ACTOR_SLOTS;
	return command;
}

/* The broker's report about all subscribers. */
struct census {
	struct observation seen[SUBSCRIBERS];
	int found;
};

static uint64_t number(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == sizeof(uint64_t) ?
		       mnl_attr_get_u64(attr) :
		       mnl_attr_get_u32(attr);
}

static int census_record(const struct nlmsghdr *nlh, void *data)
{
	uint64_t values[KBUS_A_SUBSCRIBER_MAX + 1] = { 0 };
	struct census *census = data;
	const struct nlattr *attr;
	int s;

	mnl_attr_for_each(attr, nlh, 0)
		values[mnl_attr_get_type(attr)] = number(attr);
	for (s = 0; s < SUBSCRIBERS; s++)
		if (portids[s] &&
		    portids[s] == values[KBUS_A_SUBSCRIBER_PORTID]) {
			census->seen[s] = (struct observation){
				.live = values[KBUS_A_SUBSCRIBER_LIVE],
				.drained = values[KBUS_A_SUBSCRIBER_DRAINED],
				.lost = values[KBUS_A_SUBSCRIBER_LOST],
				.backlog = values
					[KBUS_A_SUBSCRIBER_BACKLOG_MESSAGES],
			};
			census->found++;
		}
	return MNL_CB_OK;
}

static void take_census(struct census *census)
{
	static char buffer[65536] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	ssize_t len;

	nlh->nlmsg_type = KBUS_CMD_SUBSCRIBER_GET;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	assert_true(mnl_socket_sendto(control, nlh, nlh->nlmsg_len) > 0);
	do {
		len = mnl_socket_recvfrom(control, buffer, sizeof(buffer));
		assert_true(len > 0);
	} while (mnl_cb_run(buffer, len, 0, 0, census_record, census) > 0);
}

/* Compares the broker's report of all subscribers with the prediction. */
static struct bus_result observe(void)
{
	struct bus_result result = { .size = sizeof(result) };
	struct census census = { 0 };
	const char *fault;
	int open = 0;
	int s;

	take_census(&census);
	for (s = 0; s < SUBSCRIBERS; s++) {
		if (!world.subscribers[s].open)
			continue;
		open++;
		fault = world_observe(&world, s, &census.seen[s], &result);
		if (fault)
			wrong("subscriber", s, fault);
	}
	if (census.found != open)
		wrong("subscribers", 0, "another number of them is there");
	return result;
}

static void create(void)
{
	int name = any(NAMES);
	struct command command = order(CREATE, world_names[name]);

	command.history = any(4) ? 1 + any(HISTORY_MAX) : 0;
	command.allow_block = any(2);
	note("create %s history %u%s", command.name, command.history,
	     command.allow_block ? " allow-block" : "");
	assert_error("create", ask(any(ACTORS), &command).err,
		     world_create(&world, name, command.history,
				  command.allow_block));
}

static void delete (void)
{
	int name = any(NAMES);
	const struct command command = order(DELETE, world_names[name]);

	note("delete %s", command.name);
	assert_error("delete", ask(any(ACTORS), &command).err,
		     world_delete(&world, name));
}

static void open_subscriber(int s)
{
	struct command command = order_subscriber(OPEN, s, NULL);
	struct reply reply;

	command.overflow = any(BUS_BLOCK + 1);
	command.depth = 1 + any(8);
	command.small = any(4);
	note("open %d overflow %d depth %u%s", s, command.overflow,
	     command.depth, command.small ? " small" : "");
	reply = ask(s / ACTOR_SLOTS, &command);
	assert_error("open", reply.err, 0);
	portids[s] = reply.portid;
	stalled[s] = false;
	world_open(&world, s, command.overflow, command.depth);
}

static void close_subscriber(int s)
{
	const struct command command = order_subscriber(CLOSE, s, NULL);

	note("close %d", s);
	ask(s / ACTOR_SLOTS, &command);
	portids[s] = 0;
	world_close(&world, s);
}

static void subscribe(int s)
{
	int p = any(PATTERNS);
	struct command command =
		order_subscriber(SUBSCRIBE, s, world_patterns[p]);

	command.replay = any(3) ? 1 + any(HISTORY_MAX + 2) : 0;
	note("subscribe %d %s replay %u", s, command.name, command.replay);
	assert_error("subscribe", ask(s / ACTOR_SLOTS, &command).err,
		     world_subscribe(&world, s, p, command.replay));
}

static void unsubscribe(int s)
{
	int p = any(PATTERNS);
	const struct command command =
		order_subscriber(UNSUBSCRIBE, s, world_patterns[p]);

	note("unsubscribe %d %s", s, command.name);
	assert_error("unsubscribe", ask(s / ACTOR_SLOTS, &command).err,
		     world_unsubscribe(&world, s, p));
}

static void publish_on(int name)
{
	static const char keys[] = { 0, 0, 'x', 'y', 'z' };
	struct command command = order(PUBLISH, world_names[name]);
	struct publication publication = { .id = ++next_id };
	struct bus_result due = { .size = sizeof(due) };
	struct reply reply;
	int a = any(ACTORS);
	int err;

	publication.key = keys[any(sizeof(keys))];
	publication.pid = actors[a].pid;
	command.id = publication.id;
	command.key = publication.key;
	command.size = any(10) ? 8 + any(100) : 8 + any(12000);
	note("publish %s key %c id %llu size %zu", command.name,
	     command.key ? command.key : '-', (unsigned long long)command.id,
	     command.size);
	reply = ask(a, &command);
	err = world_publish(&world, name, &publication);
	assert_error("publish", reply.err, err);
	tally.blocked += err == -EAGAIN;
	due = observe();
	if (!err && (reply.result.seq != world.topics[name].seq ||
		     reply.result.live != due.live ||
		     reply.result.queued != due.queued ||
		     reply.result.dropped != due.dropped))
		wrong("publish", 0, "the result is another");
	tally.messages += !err;
}

static void publish_some(void)
{
	int name = any(NAMES);
	int n = any(5) ? 1 : any(20);

	for (; n >= 0; n--)
		publish_on(any(4) ? name : any(NAMES));
}

/* Up to @count items; false when there are no more. */
static bool read_some(int s, unsigned int count)
{
	struct command command = order_subscriber(READ, s, NULL);
	const struct item *item;
	struct reply reply;
	const char *fault;
	unsigned int i;

	command.count = count;
	note("read %d up to %u", s, count);
	reply = ask(s / ACTOR_SLOTS, &command);
	assert_error("read", reply.err, 0);
	world.subscribers[s].reads++;
	observe();
	for (i = 0; i < reply.items; i++) {
		item = &reply.item[i];
		fault = world_receive(&world, s, item);
		tally.gaps += item->gap;
		tally.lost += item->gap ? item->last - item->seq + 1 : 0;
		tally.replayed += item->replayed;
		if (fault) {
			note("read %d got %s %s seq %llu-%llu id %llu", s,
			     item->gap ? "gap" : "message", item->name,
			     (unsigned long long)item->seq,
			     (unsigned long long)item->last,
			     (unsigned long long)item->id);
			wrong("subscriber", s, fault);
		}
	}
	return reply.items == count;
}

static void read_all(int s)
{
	const char *fault;

	while (read_some(s, ITEMS_MAX))
		;
	fault = world_all_received(&world, s);
	if (fault)
		wrong("subscriber", s, fault);
}

static void kill_actor(int a)
{
	int s;

	note("kill %d", a);
	actor_kill(&actors[a]);
	actor_start(&actors[a]);
	for (s = a * ACTOR_SLOTS; s < (a + 1) * ACTOR_SLOTS; s++) {
		portids[s] = 0;
		world_close(&world, s);
	}
	tally.kills++;
}

static int check_topic(const struct bus_topic *topic, void *data)
{
	const struct topic *due;
	int *count = data;
	int n;

	/* The broker's own topics. */
	if (topic->name[0] == '$')
		return 0;
	for (n = 0; n < NAMES; n++) {
		due = &world.topics[n];
		if (!due->exists || strcmp(world_names[n], topic->name) != 0)
			continue;
		++*count;
		if (topic->seq != due->seq || topic->kept != due->kept ||
		    topic->history != due->history ||
		    topic->allow_block != due->allow_block ||
		    topic->subscribers != world_receivers(&world, n))
			wrong("topic", n, "it is not as it must be");
		return 0;
	}
	wrong("topic", 0, "it must not be there");
	return 0;
}

static void check_topics(void)
{
	int count = 0;
	int n;

	note("list");
	assert_bus_ok(watcher, bus_topic_list(watcher, check_topic, &count));
	for (n = 0; n < NAMES; n++)
		count -= world.topics[n].exists;
	if (count)
		wrong("topics", 0, "one is missing");
}

static void operate_on(int s)
{
	if (!world.subscribers[s].open) {
		open_subscriber(s);
		return;
	}
	switch (any(20)) {
	case 0:
		close_subscriber(s);
		break;
	case 1 ... 4:
		subscribe(s);
		break;
	case 5 ... 8:
		unsubscribe(s);
		break;
	case 9:
		note("stall %d", s);
		stalled[s] = true;
		break;
	case 10:
		stalled[s] = false;
		read_all(s);
		break;
	case 11 ... 14:
		if (!stalled[s])
			read_all(s);
		break;
	default:
		if (!stalled[s])
			read_some(s, 1 + any(5));
	}
}

static void operate(void)
{
	note("nothing");
	switch (any(50)) {
	case 0 ... 3:
		create();
		break;
	case 4 ... 5:
		delete ();
		break;
	case 6 ... 25:
		publish_some(); /* this observes as well */
		return;
	case 26 ... 27:
		check_topics();
		break;
	case 28:
		if (!any(4))
			kill_actor(any(ACTORS));
		break;
	default:
		operate_on(any(SUBSCRIBERS));
	}
	observe();
}

static void finish_round(void)
{
	struct command command;
	int s, n;

	for (s = 0; s < SUBSCRIBERS; s++) {
		if (!world.subscribers[s].open)
			continue;
		read_all(s);
		close_subscriber(s);
	}
	for (n = 0; n < NAMES; n++) {
		command = order(DELETE, world_names[n]);
		assert_error("delete", ask(0, &command).err,
			     world_delete(&world, n));
	}
	check_topics();
}

static void each_seed_is_as_the_reference_says(void **state)
{
	unsigned int first = env_number("SEED", 1);
	unsigned int last = first + env_number("SEEDS", 20);
	unsigned long operations = env_number("OPERATIONS", 1000);
	int a;

	for (seed = first; seed != last; seed++) {
		srand(seed);
		memset(&tally, 0, sizeof(tally));
		for (a = 0; a < ACTORS; a++)
			actor_start(&actors[a]);
		for (operation = 1; operation <= operations; operation++)
			operate();
		finish_round();
		world_free(&world);
		for (a = 0; a < ACTORS; a++)
			actor_kill(&actors[a]);
		print_message("# seed %u: %lu operations, %lu messages, "
			      "%lu refused for want of room, %lu lost in %lu "
			      "gaps, %lu replayed, %lu processes killed\n",
			      seed, operations, tally.messages, tally.blocked,
			      tally.lost, tally.gaps, tally.replayed,
			      tally.kills);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_seed_is_as_the_reference_says),
	};

	enter_fresh_bus();
	watcher = open_bus();
	control = mnl_socket_open(KBUS_PROTOCOL);
	if (!control || mnl_socket_bind(control, 0, MNL_SOCKET_AUTOPID))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
