// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "pattern_rule.h"
#include "topic_name.h"
#include "tree.h"
#include "walk.h"

#include <linux/slab.h>
#include <stdbool.h>

/* These topics consist of a name only. */
struct kbus_topic {
	char name[KBUS_NAME_MAX + 1];
};

static long allocations_left = -1; /* negative: no limit */

void *kzalloc(size_t size, int gfp)
{
	if (allocations_left == 0)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	return calloc(1, size);
}

static struct kbus_tree new_tree(void)
{
	struct kbus_tree tree;

	assert_int_equal(kbus_tree_init(&tree), 0);
	return tree;
}

static struct kbus_node *get(struct kbus_tree *tree, const char *text)
{
	struct kbus_node *node = kbus_node_get(tree, text, strlen(text));

	assert_non_null(node);
	return node;
}

static struct kbus_node *add_topic(struct kbus_tree *tree,
				   struct kbus_topic *topic, const char *name)
{
	struct kbus_node *node = get(tree, name);

	snprintf(topic->name, sizeof(topic->name), "%s", name);
	node->topic = topic;
	return node;
}

/* The tests' subscriptions are all alike. */
static struct kbus_node *add_subscription(struct kbus_tree *tree,
					  struct list_head *subscription,
					  const char *pattern)
{
	struct kbus_node *node = get(tree, pattern);

	list_add_tail(subscription, &node->subscriptions);
	return node;
}

static void remove_subscription(struct list_head *subscription,
				struct kbus_node *node)
{
	list_del(subscription);
	kbus_node_put(node);
}

static void remove_topic(struct kbus_node *node)
{
	node->topic = NULL;
	kbus_node_put(node);
}

static bool is_pattern(const struct kbus_node *node, const char *pattern,
		       const struct kbus_tree *tree)
{
	return node == kbus_node_find(tree, pattern, strlen(pattern));
}

static void random_text(char *text, bool pattern)
{
	static const char *const levels[] = { "a", "b", "aa", "$" };
	int depth = 1 + rand() % 4;
	int i;

	*text = '\0';
	for (i = 0; i < depth; i++) {
		if (i)
			strcat(text, "/");
		if (pattern && rand() % 3 == 0)
			strcat(text, "+");
		else if (pattern && i == depth - 1 && rand() % 3 == 0)
			strcat(text, "#");
		else
			strcat(text, levels[rand() % 4]);
	}
}

/* Topics and subscriptions that are added and removed during a walk. */
struct bustle {
	struct kbus_tree *tree;
	struct {
		struct kbus_topic topic;
		struct list_head subscription;
		struct kbus_node *topic_node, *pattern_node;
	} some[20];
};

static struct bustle *bustle;
static long steps;

static void toggle_topic(int i)
{
	char name[64];

	if (bustle->some[i].topic_node) {
		remove_topic(bustle->some[i].topic_node);
		bustle->some[i].topic_node = NULL;
		return;
	}
	random_text(name, false);
	if (!get(bustle->tree, name)->topic)
		bustle->some[i].topic_node =
			add_topic(bustle->tree, &bustle->some[i].topic, name);
}

static void toggle_subscription(int i)
{
	char pattern[64];

	if (bustle->some[i].pattern_node) {
		remove_subscription(&bustle->some[i].subscription,
				    bustle->some[i].pattern_node);
		bustle->some[i].pattern_node = NULL;
		return;
	}
	random_text(pattern, true);
	bustle->some[i].pattern_node = add_subscription(
		bustle->tree, &bustle->some[i].subscription, pattern);
}

static void pause_walk(void *data)
{
	int i;

	steps++;
	for (i = 0; bustle && i < 4; i++) {
		toggle_topic(rand() % 20);
		toggle_subscription(rand() % 20);
	}
}

static void end_bustle(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		if (bustle->some[i].topic_node)
			toggle_topic(i);
		if (bustle->some[i].pattern_node)
			toggle_subscription(i);
	}
	bustle = NULL;
}

/*
 * Whether @pattern is found for @name; each pattern must be found at most once.
 */
static bool finds_pattern(struct kbus_tree *tree, const char *name,
			  const char *pattern)
{
	struct kbus_walk walk = { .pause = pause_walk };
	const struct kbus_node *node;
	int found = 0;

	kbus_walk_patterns(&walk, tree, name, strlen(name));
	while ((node = kbus_walk_next_pattern(&walk)))
		found += is_pattern(node, pattern, tree);
	assert_in_range(found, 0, 1);
	return found;
}

static bool finds_topic(struct kbus_tree *tree, const char *pattern,
			const struct kbus_topic *topic)
{
	struct kbus_walk walk = { .pause = pause_walk };
	const struct kbus_topic *candidate;
	int found = 0;

	kbus_walk_topics(&walk, tree, pattern, strlen(pattern));
	while ((candidate = kbus_walk_next_topic(&walk)))
		found += candidate == topic;
	assert_in_range(found, 0, 1);
	return found;
}

/* Both lookups: from the pattern and from the topic. */
static bool matches(const char *pattern, const char *name)
{
	struct kbus_tree tree = new_tree();
	struct kbus_topic topic;
	struct kbus_node *topic_node = add_topic(&tree, &topic, name);
	struct list_head subscription;
	struct kbus_node *pattern_node =
		add_subscription(&tree, &subscription, pattern);
	bool one = finds_pattern(&tree, name, pattern);
	bool other = finds_topic(&tree, pattern, &topic);

	assert_int_equal(one, other);
	remove_topic(topic_node);
	remove_subscription(&subscription, pattern_node);
	kbus_tree_exit(&tree);
	return one;
}

/* The examples of MQTT 5, section 4.7. */
static void the_standards_examples_hold(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool matches;
	} cases[] = {
		/* 4.7.1.2, the multi-level wildcard */
		{ "sport/tennis/player1/#", "sport/tennis/player1", true },
		{ "sport/tennis/player1/#", "sport/tennis/player1/ranking",
		  true },
		{ "sport/tennis/player1/#",
		  "sport/tennis/player1/score/wimbledon", true },
		{ "sport/#", "sport", true },
		{ "#", "sport/tennis/player1", true },
		{ "#", "sport", true },
		{ "sport/tennis/#", "sport/tennis", true },
		{ "sport/tennis/#", "sport/football", false },
		/* 4.7.1.3, the single-level wildcard */
		{ "sport/tennis/+", "sport/tennis/player1", true },
		{ "sport/tennis/+", "sport/tennis/player2", true },
		{ "sport/tennis/+", "sport/tennis/player1/ranking", false },
		{ "sport/+", "sport", false },
		{ "sport/+", "sport/tennis", true },
		{ "+", "finance", true },
		{ "+", "sport/tennis", false },
		{ "+/+", "sport/tennis", true },
		{ "+/tennis/#", "sport/tennis", true },
		{ "+/tennis/#", "sport/tennis/player1/ranking", true },
		{ "+/tennis/#", "tennis/player1", false },
		{ "sport/+/player1", "sport/tennis/player1", true },
		{ "sport/+/player1", "sport/tennis/player2", false },
		/* 4.7.2, topics that begin with $ */
		{ "#", "$SYS/monitor/Clients", false },
		{ "+/monitor/Clients", "$SYS/monitor/Clients", false },
		{ "$SYS/#", "$SYS/monitor/Clients", true },
		{ "$SYS/#", "$SYS", true },
		{ "$SYS/monitor/+", "$SYS/monitor/Clients", true },
		{ "+", "$SYS", false },
		{ "a/+", "a/$b", true },
		{ "a/#", "a/$b", true },
		/* 4.7.3, semantics: case, and a level must match as a whole */
		{ "ACCOUNTS", "Accounts", false },
		{ "Accounts payable", "Accounts payable", true },
		{ "sport/tennis", "sport/tennis", true },
		{ "sport/tennis", "sport/tennis/player1", false },
		{ "sport/ten", "sport/tennis", false },
		{ "sport/tennis/#", "sport/tennis2", false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (matches(cases[i].pattern, cases[i].name) !=
		    cases[i].matches)
			fail_msg("'%s' and '%s'", cases[i].pattern,
				 cases[i].name);
}

static void a_forgotten_name_leaves_nothing(void **state)
{
	struct kbus_tree tree = new_tree();
	struct kbus_node *upper = get(&tree, "a");
	struct kbus_node *lower;
	struct kbus_topic topic;

	upper->topic = &topic;
	lower = get(&tree, "a/+/c/#");
	assert_ptr_equal(kbus_node_find(&tree, "a/+/c/#", 7), lower);
	kbus_node_put(upper); /* still needed */
	kbus_node_put(lower);
	assert_null(kbus_node_find(&tree, "a/+", 3));
	assert_ptr_equal(kbus_node_find(&tree, "a", 1), upper);
	remove_topic(upper);
	assert_null(kbus_node_find(&tree, "a", 1));
	kbus_tree_exit(&tree);
}

static void short_memory_leaves_the_tree_as_it_was(void **state)
{
	struct kbus_tree tree = new_tree();
	struct kbus_topic topic;
	struct kbus_node *node = add_topic(&tree, &topic, "a/b");
	long n;

	for (n = 0; n < 4; n++) {
		allocations_left = n;
		assert_null(kbus_node_get(&tree, "a/x/+/y/#", 9));
		assert_null(kbus_node_find(&tree, "a/x", 3));
	}
	allocations_left = -1;
	assert_ptr_equal(kbus_node_find(&tree, "a/b", 3), node);
	remove_topic(node);
	kbus_tree_exit(&tree);
}

static void the_deepest_name_matches(void **state)
{
	char name[KBUS_NAME_MAX + 1] = "";
	char pattern[KBUS_NAME_MAX + 1] = "";
	size_t i;

	for (i = 0; i < KBUS_NAME_MAX; i++) {
		name[i] = i % 2 ? '/' : 'a';
		pattern[i] = i % 2 ? '/' : '+';
	}
	assert_true(matches(pattern, name));
	pattern[KBUS_NAME_MAX - 1] = '#';
	assert_true(matches(pattern, name));
	name[KBUS_NAME_MAX - 2] = '\0';
	assert_true(matches(pattern, name));
	name[KBUS_NAME_MAX - 4] = '\0';
	assert_false(matches(pattern, name));
}

/* Trees with many patterns that overlap. */
static void try_random_trees(bool busy)
{
	enum { TOPICS = 40, PATTERNS = 40, ROUNDS = 50 };
	static struct kbus_topic topics[TOPICS];
	static char patterns[PATTERNS][64];
	static struct list_head subscriptions[PATTERNS];
	int round, i, j;

	srand(1);
	for (round = 0; round < ROUNDS; round++) {
		struct kbus_tree tree = new_tree();
		struct bustle others = { .tree = &tree };
		struct kbus_node *node;

		for (i = 0; i < TOPICS; i++) {
			random_text(topics[i].name, false);
			node = get(&tree, topics[i].name);
			if (!node->topic)
				node->topic = &topics[i];
		}
		for (i = 0; i < PATTERNS; i++) {
			random_text(patterns[i], true);
			add_subscription(&tree, &subscriptions[i], patterns[i]);
		}
		bustle = busy ? &others : NULL;
		for (i = 0; i < PATTERNS; i++)
			for (j = 0; j < TOPICS; j++) {
				const char *name = topics[j].name;
				bool should = pattern_rule(patterns[i], name);

				node = get(&tree, name);
				if (finds_pattern(&tree, name, patterns[i]) !=
					    should ||
				    finds_topic(&tree, patterns[i],
						node->topic) != should)
					fail_msg("'%s' and '%s'", patterns[i],
						 name);
			}
		if (busy)
			end_bustle();
		for (i = 0; i < PATTERNS; i++) {
			node = kbus_node_find(&tree, patterns[i],
					      strlen(patterns[i]));
			remove_subscription(&subscriptions[i], node);
		}
		for (i = 0; i < TOPICS; i++) {
			node = kbus_node_find(&tree, topics[i].name,
					      strlen(topics[i].name));
			if (node)
				remove_topic(node);
		}
		/* The leak checker finds anything that the tree still holds. */
		kbus_tree_exit(&tree);
	}
}

static void random_trees_follow_the_rules(void **state)
{
	try_random_trees(false);
}

static void walks_go_on_while_the_tree_changes(void **state)
{
	steps = 0;
	try_random_trees(true);
	assert_true(steps > 100000);
}

static void a_walk_may_end_early(void **state)
{
	struct kbus_walk walk = { .pause = pause_walk };
	struct kbus_tree tree = new_tree();
	struct kbus_topic topic;
	struct kbus_node *node = add_topic(&tree, &topic, "a/b/c");

	kbus_walk_topics(&walk, &tree, "#", 1);
	assert_ptr_equal(kbus_walk_next_topic(&walk), &topic);
	remove_topic(node);
	/* The walk is at this node. */
	assert_ptr_equal(kbus_node_find(&tree, "a/b/c", 5), node);
	kbus_walk_end(&walk);
	assert_null(kbus_node_find(&tree, "a", 1));
	assert_null(kbus_walk_next_topic(&walk));
	kbus_tree_exit(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standards_examples_hold),
		cmocka_unit_test(a_forgotten_name_leaves_nothing),
		cmocka_unit_test(short_memory_leaves_the_tree_as_it_was),
		cmocka_unit_test(the_deepest_name_matches),
		cmocka_unit_test(random_trees_follow_the_rules),
		cmocka_unit_test(walks_go_on_while_the_tree_changes),
		cmocka_unit_test(a_walk_may_end_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
