// SPDX-License-Identifier: GPL-2.0-only
#include "unit_test.h"

#include "backlog.h"
#include "entry.h"
#include "remains.h"
#include "cursor.h"

#define CURSORS 3

static struct kbus_backlog backlog;
static struct kbus_cursor cursors[CURSORS];

static void set_up(u32 messages, u32 bytes, enum kbus_overflow overflow)
{
	const struct kbus_backlog_limits limits = {
		.messages = messages,
		.bytes = bytes,
		.overflow = overflow,
	};
	int i;

	kbus_backlog_init(&backlog, &limits);
	for (i = 0; i < CURSORS; i++)
		kbus_cursor_init(&cursors[i], 1);
}

static int free_dropped(struct list_head *dropped)
{
	struct kbus_entry *entry, *next;
	int count = 0;

	list_for_each_entry_safe(entry, next, dropped, node) {
		free(entry);
		count++;
	}
	return count;
}

static void end(int cursor)
{
	kbus_backlog_end(&backlog, &cursors[cursor]);
}

static void forsake(int cursor)
{
	kbus_backlog_forsake(&backlog, &cursors[cursor]);
}

/*
 * Offers messages seq to seq + count - 1; returns the number of entries
 * dropped.
 */
static int push_about(const char *key, int cursor, u64 seq, u32 count,
		      u32 bytes)
{
	struct kbus_keyed_entry *keyed = calloc(1, sizeof(*keyed));
	struct kbus_entry *entry = &keyed->entry;
	LIST_HEAD(dropped);
	bool queued;

	keyed->key = key;
	keyed->key_len = strlen(key);

	entry->cursor = &cursors[cursor];
	entry->seq = seq;
	entry->count = count;
	entry->bytes = bytes;
	queued = kbus_backlog_push(&backlog, entry, &dropped);
	assert_int_equal(queued, !list_empty(&backlog.entries) &&
					 backlog.entries.prev == &entry->node);
	return free_dropped(&dropped);
}

static int push_many(int cursor, u64 seq, u32 count, u32 bytes)
{
	return push_about("", cursor, seq, count, bytes);
}

static int push(int cursor, u64 seq)
{
	return push_many(cursor, seq, 1, 100);
}

static int push_key(const char *key, int cursor, u64 seq)
{
	return push_about(key, cursor, seq, 1, 100);
}

static void expect_message(int cursor, u64 seq)
{
	struct kbus_item item = kbus_backlog_peek(&backlog);

	assert_int_equal(item.kind, KBUS_ITEM_MESSAGE);
	assert_ptr_equal(item.cursor, &cursors[cursor]);
	assert_int_equal(item.entry->seq, seq);
	kbus_backlog_take(&backlog, &item);
	free(item.entry);
}

static void expect_gap(int cursor, u64 first, u64 last)
{
	struct kbus_item item = kbus_backlog_peek(&backlog);

	assert_int_equal(item.kind, KBUS_ITEM_GAP);
	assert_ptr_equal(item.cursor, &cursors[cursor]);
	assert_int_equal(item.first, first);
	assert_int_equal(item.last, last);
	kbus_backlog_take(&backlog, &item);
}

static void expect_forsaken(u32 count, u64 messages)
{
	struct kbus_item item = kbus_backlog_peek(&backlog);

	assert_int_equal(item.kind, KBUS_ITEM_FORSAKEN);
	assert_int_equal(item.forsaken.cursors, count);
	assert_int_equal(item.forsaken.messages, messages);
	kbus_backlog_take(&backlog, &item);
}

static void expect_dead(int cursor)
{
	struct kbus_item item = kbus_backlog_peek(&backlog);

	assert_int_equal(item.kind, KBUS_ITEM_DEAD);
	assert_ptr_equal(item.cursor, &cursors[cursor]);
	kbus_backlog_take(&backlog, &item);
	free(item.entry);
}

static void expect_spent(int cursor)
{
	assert_ptr_equal(kbus_backlog_spent(&backlog),
			 cursor < 0 ? NULL : &cursors[cursor]);
}

static void expect_nothing(void)
{
	int i;

	assert_int_equal(kbus_backlog_peek(&backlog).kind, KBUS_ITEM_NONE);
	assert_int_equal(backlog.messages, 0);
	assert_int_equal(backlog.bytes, 0);
	for (i = 0; i < CURSORS; i++) {
		assert_true(kbus_cursor_settled(&cursors[i]));
		assert_int_equal(cursors[i].queued, 0);
		assert_true(list_empty(&cursors[i].marker.node));
	}
}

static void messages_come_out_as_they_went_in(void **state)
{
	set_up(10, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(1, 1);
	push(0, 2);
	assert_int_equal(backlog.messages, 3);
	assert_int_equal(backlog.bytes, 300);
	expect_message(0, 1);
	expect_message(1, 1);
	expect_message(0, 2);
	expect_nothing();
}

static void drop_oldest_reports_the_loss_before_what_is_left(void **state)
{
	set_up(2, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(0, 2);
	assert_int_equal(push(0, 3), 1);
	assert_int_equal(push(0, 4), 1);
	assert_int_equal(backlog.lost, 2);
	expect_gap(0, 1, 2);
	expect_message(0, 3);
	expect_message(0, 4);
	expect_nothing();
}

static void drop_newest_reports_the_loss_after_what_is_left(void **state)
{
	set_up(2, 10000, KBUS_DROP_NEWEST);
	push(0, 1);
	push(0, 2);
	assert_int_equal(push(0, 3), 1);
	expect_message(0, 1);
	push(0, 4);
	assert_int_equal(push(0, 5), 1);
	expect_message(0, 2);
	expect_gap(0, 3, 3);
	expect_message(0, 4);
	expect_gap(0, 5, 5);
	expect_nothing();
}

static void a_loss_with_no_message_after_it_is_reported_at_once(void **state)
{
	set_up(2, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(1, 1);
	push(1, 2);
	expect_gap(0, 1, 1);
	expect_message(1, 1);
	expect_message(1, 2);
	expect_nothing();
}

/* Cursor 1 is another topic of cursor 0's name, created after it. */
static void a_loss_does_not_overtake_what_was_queued_before(void **state)
{
	set_up(3, 10000, KBUS_DROP_NEWEST);
	push(0, 1);
	push(0, 2);
	push(0, 3);
	assert_int_equal(push(1, 1), 1);
	expect_message(0, 1);
	push(2, 1);
	assert_int_equal(push(1, 2), 1);
	expect_message(0, 2);
	expect_message(0, 3);
	expect_gap(1, 1, 2);
	expect_message(2, 1);
	expect_nothing();
}

/* Here the loss is followed by a topic of the same name again. */
static void a_loss_behind_its_own_keeps_its_place(void **state)
{
	set_up(2, 10000, KBUS_DROP_NEWEST);
	push(0, 1);
	push(0, 2);
	assert_int_equal(push(0, 3), 1);
	expect_message(0, 1);
	push(1, 1);
	expect_message(0, 2);
	push(2, 1);
	expect_gap(0, 3, 3);
	expect_message(1, 1);
	expect_message(2, 1);
	expect_nothing();
}

static void nor_is_it_overtaken_by_what_came_later(void **state)
{
	set_up(3, 1000, KBUS_DROP_OLDEST);
	push(2, 1);
	/* This never fits. */
	assert_int_equal(push_many(0, 1, 1, 2000), 1);
	push(1, 1);
	push(1, 2);
	/* The marker of the gap reaches the front. */
	assert_int_equal(push(1, 3), 1);
	assert_int_equal(push(1, 4), 1);
	expect_gap(2, 1, 1);
	expect_gap(0, 1, 1);
	expect_gap(1, 1, 1);
	expect_message(1, 2);
	expect_message(1, 3);
	expect_message(1, 4);
	expect_nothing();
}

static void losses_of_several_topics_are_kept_apart(void **state)
{
	set_up(3, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(1, 1);
	push(0, 2);
	push(1, 2);
	push(0, 3);
	push(2, 1);
	/* Left: 1:2, 0:3, 2:1. */
	expect_gap(1, 1, 1);
	expect_message(1, 2);
	expect_gap(0, 1, 2);
	expect_message(0, 3);
	expect_message(2, 1);
	expect_nothing();
}

static void byte_limit_drops_as_many_as_it_takes(void **state)
{
	set_up(100, 1000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(0, 2);
	push(0, 3);
	assert_int_equal(push_many(0, 4, 1, 800), 1);
	assert_int_equal(backlog.bytes, 1000);
	assert_int_equal(push_many(0, 5, 1, 900), 3);
	expect_gap(0, 1, 4);
	expect_message(0, 5);
	expect_nothing();
}

static void what_never_fits_displaces_nothing(void **state)
{
	set_up(100, 1000, KBUS_DROP_OLDEST);
	push(0, 1);
	assert_int_equal(push_many(0, 2, 1, 1001), 1);
	push(0, 3);
	expect_message(0, 1);
	expect_gap(0, 2, 2);
	expect_message(0, 3);
	expect_nothing();
}

static void messages_are_counted_not_entries(void **state)
{
	set_up(10, 100000, KBUS_DROP_OLDEST);
	push_many(0, 1, 6, 100);
	assert_int_equal(push_many(0, 7, 5, 100), 1);
	assert_int_equal(backlog.messages, 5);
	assert_int_equal(backlog.lost, 6);
	assert_int_equal(push_many(1, 1, 11, 100), 1);
	expect_gap(0, 1, 6);
	expect_message(0, 7);
	expect_gap(1, 1, 11);
	expect_nothing();
}

static void a_message_without_an_entry_is_a_loss(void **state)
{
	set_up(10, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	kbus_backlog_lose(&backlog, &cursors[0], 2, 1);
	kbus_backlog_lose(&backlog, &cursors[1], 1, 2);
	push(0, 3);
	assert_int_equal(backlog.lost, 3);
	expect_message(0, 1);
	expect_gap(1, 1, 2);
	expect_gap(0, 2, 2);
	expect_message(0, 3);
	expect_nothing();
}

static void a_jump_in_the_numbers_is_a_gap(void **state)
{
	set_up(10, 10000, KBUS_DROP_OLDEST);
	assert_false(kbus_cursor_continues(&cursors[0], 4));
	assert_true(kbus_cursor_continues(&cursors[0], 1));
	push(0, 4);
	expect_gap(0, 1, 3);
	expect_message(0, 4);
	expect_nothing();
}

static void passing_by_moves_the_cursor(void **state)
{
	set_up(10, 10000, KBUS_DROP_OLDEST);
	kbus_cursor_pass(&cursors[0], 3);
	assert_true(kbus_cursor_settled(&cursors[0]));
	assert_true(kbus_cursor_continues(&cursors[0], 4));
	push(0, 4);
	assert_false(kbus_cursor_continues(&cursors[0], 5));
	expect_message(0, 4);
	expect_nothing();
}

static void purge_settles_everything(void **state)
{
	LIST_HEAD(dropped);

	set_up(2, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(1, 1);
	push(1, 2);
	kbus_backlog_purge(&backlog, &dropped);
	assert_int_equal(free_dropped(&dropped), 2);
	expect_nothing();
}

static void conflate_loses_nothing_while_there_is_room(void **state)
{
	set_up(3, 10000, KBUS_CONFLATE);
	push_key("a", 0, 1);
	push_key("a", 0, 2);
	assert_int_equal(push_key("a", 0, 3), 0);
	expect_message(0, 1);
	expect_message(0, 2);
	expect_message(0, 3);
	expect_nothing();
}

static void conflate_keeps_the_last_of_each_key_in_order(void **state)
{
	set_up(4, 10000, KBUS_CONFLATE);
	push_key("a", 0, 1);
	push_key("b", 0, 2);
	push_key("c", 0, 3);
	push_key("a", 0, 4);
	/* Drops message 1 of a, 2 of b, 4 of a, each for its successor. */
	assert_int_equal(push_key("b", 0, 5), 1);
	assert_int_equal(push_key("a", 0, 6), 1);
	assert_int_equal(push_key("d", 0, 7), 1);
	expect_gap(0, 1, 2);
	expect_message(0, 3);
	expect_gap(0, 4, 4);
	expect_message(0, 5);
	expect_message(0, 6);
	expect_message(0, 7);
	expect_nothing();
}

static void conflate_without_a_key_is_by_topic(void **state)
{
	set_up(3, 10000, KBUS_CONFLATE);
	push(0, 1);
	push(1, 1);
	push_key("a", 0, 2);
	assert_int_equal(push(1, 2), 1);
	assert_int_equal(push(0, 3), 1);
	expect_gap(0, 1, 1);
	expect_message(0, 2);
	expect_gap(1, 1, 1);
	expect_message(1, 2);
	expect_message(0, 3);
	expect_nothing();
}

static void conflate_gives_up_the_oldest_where_none_is_superseded(void **state)
{
	set_up(2, 10000, KBUS_CONFLATE);
	push_key("a", 0, 1);
	push_key("b", 0, 2);
	assert_int_equal(push_key("c", 0, 3), 1);
	assert_int_equal(push_key("ab", 1, 1), 1);
	expect_gap(0, 1, 2);
	expect_message(0, 3);
	expect_message(1, 1);
	expect_nothing();
	/* A message that was handed over supersedes nothing. */
	push_key("c", 0, 4);
	push_key("d", 0, 5);
	assert_int_equal(push_key("c", 0, 6), 1);
	expect_gap(0, 4, 4);
	expect_message(0, 5);
	expect_message(0, 6);
	expect_nothing();
}

static void conflate_displaces_nothing_for_what_never_fits(void **state)
{
	set_up(3, 300, KBUS_CONFLATE);
	push_key("a", 0, 1);
	assert_int_equal(push_about("a", 0, 2, 1, 301), 1);
	push_key("b", 0, 3);
	push_key("c", 0, 4);
	assert_int_equal(push_key("b", 0, 5), 1);
	expect_message(0, 1);
	expect_gap(0, 2, 3);
	expect_message(0, 4);
	expect_message(0, 5);
	expect_nothing();
}

static void reserved_room_is_kept(void **state)
{
	set_up(2, 1000, KBUS_BLOCK);
	assert_true(kbus_backlog_reserve(&backlog, 1, 100));
	push(1, 1);
	assert_false(kbus_backlog_reserve(&backlog, 1, 100));
	/* A message of a topic that does not allow blocking. */
	assert_int_equal(push(1, 2), 1);
	kbus_backlog_unreserve(&backlog, 1, 100);
	assert_int_equal(push(0, 1), 0);
	expect_message(1, 1);
	assert_true(kbus_backlog_reserve(&backlog, 1, 900));
	assert_false(kbus_backlog_reserve(&backlog, 1, 1));
	kbus_backlog_unreserve(&backlog, 1, 900);
	/* A message that can never fit is not waited for. */
	assert_true(kbus_backlog_reserve(&backlog, 1, 1001));
	kbus_backlog_unreserve(&backlog, 1, 1001);
	assert_int_equal(push_many(0, 2, 1, 1001), 1);
	expect_gap(1, 2, 2);
	expect_message(0, 1);
	expect_gap(0, 2, 2);
	expect_nothing();
}

static void set_quota(u32 messages, u32 bytes)
{
	const struct kbus_backlog_quota quota = { messages, bytes };

	kbus_backlog_set_quota(&backlog, &quota);
}

static void no_more_is_used_than_the_quota(void **state)
{
	set_up(10, 1000, KBUS_DROP_OLDEST);
	set_quota(2, 300);
	assert_false(kbus_backlog_wants(&backlog, 1, 300));
	assert_true(kbus_backlog_wants(&backlog, 1, 301));
	push(0, 1);
	assert_false(kbus_backlog_wants(&backlog, 1, 100));
	push(0, 2);
	assert_true(kbus_backlog_wants(&backlog, 1, 100));
	assert_int_equal(push(0, 3), 1);
	set_quota(3, 300);
	assert_int_equal(push(0, 4), 0);
	assert_true(kbus_backlog_wants(&backlog, 1, 100));
	/* The most that its limits allow. */
	set_quota(10, 1000);
	push_many(0, 5, 7, 700);
	assert_false(kbus_backlog_wants(&backlog, 1, 100));
	expect_gap(0, 1, 1);
	expect_message(0, 2);
	/* Less than the backlog already holds. */
	set_quota(1, 100);
	assert_int_equal(push(1, 1), 3);
	expect_gap(0, 3, 11);
	expect_message(1, 1);
	expect_nothing();
	/* A message that exceeds the quota displaces nothing. */
	set_quota(10, 150);
	push(1, 2);
	assert_int_equal(push_many(1, 3, 1, 200), 1);
	expect_message(1, 2);
	expect_gap(1, 3, 3);
	set_quota(0, 0);
	assert_int_equal(push(1, 4), 1);
	expect_gap(1, 4, 4);
	expect_nothing();
}

static void expect_first(int cursor, u64 seq, bool is_last)
{
	struct kbus_item item = kbus_backlog_peek(&backlog);
	struct kbus_entry *entry;

	assert_int_equal(item.kind, KBUS_ITEM_MESSAGE);
	assert_ptr_equal(item.cursor, &cursors[cursor]);
	assert_int_equal(item.entry->seq, seq);
	entry = kbus_backlog_take_first(&backlog, &item);
	assert_ptr_equal(entry, is_last ? item.entry : NULL);
	free(entry);
}

static void messages_of_an_entry_are_taken_one_by_one(void **state)
{
	set_up(4, 1000, KBUS_DROP_OLDEST);
	push_many(0, 1, 3, 300);
	push(1, 1);
	expect_first(0, 1, false);
	assert_int_equal(backlog.messages, 3);
	assert_int_equal(backlog.bytes, 400);
	/* The rest of the first entry is lost to make room. */
	assert_int_equal(push_many(1, 2, 2, 200), 1);
	expect_gap(0, 2, 3);
	expect_first(1, 1, true);
	expect_first(1, 2, false);
	expect_message(1, 3);
	expect_nothing();
}

static void what_is_cut_out_is_a_backlog(void **state)
{
	struct kbus_backlog rest;
	LIST_HEAD(dropped);

	set_up(2, 1000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(1, 1);
	push(1, 2);
	kbus_backlog_lose(&backlog, &cursors[2], 1, 1);
	kbus_backlog_cut(&backlog, &rest);
	assert_int_equal(kbus_backlog_peek(&backlog).kind, KBUS_ITEM_NONE);
	assert_int_equal(backlog.messages, 0);
	assert_int_equal(backlog.bytes, 0);
	assert_int_equal(rest.messages, 2);
	kbus_backlog_purge(&rest, &dropped);
	assert_int_equal(free_dropped(&dropped), 2);
	assert_true(kbus_cursor_settled(&cursors[0]));
	assert_true(kbus_cursor_settled(&cursors[1]));
	assert_true(kbus_cursor_settled(&cursors[2]));
	push(1, 3);
	expect_message(1, 3);
	expect_nothing();
}

/* Random pushes and takes, compared with the published numbers. */
static void random_load_is_accounted_for_exactly(void **state)
{
	static const char *const keys[] = { "", "a", "b", "ab" };
	unsigned int seed;

	for (seed = 1; seed <= 200; seed++) {
		u64 published[CURSORS] = { 0 }, seen[CURSORS] = { 0 };
		u64 reported = 0;
		struct kbus_item item;
		int step;

		srand(seed);
		set_up(1 + rand() % 20, 500 + rand() % 5000,
		       rand() % (KBUS_OVERFLOW_MAX + 1));
		for (step = 0; step < 2000; step++) {
			int t = rand() % CURSORS;
			u32 count = 1 + rand() % 3;

			if (step < 1900 && rand() % 3) {
				push_about(keys[rand() % 4], t,
					   published[t] + 1, count,
					   1 + rand() % 600);
				published[t] += count;
				continue;
			}
			item = kbus_backlog_peek(&backlog);
			if (item.kind == KBUS_ITEM_NONE)
				continue;
			t = (int)(item.cursor - cursors);
			if (item.kind == KBUS_ITEM_GAP) {
				assert_int_equal(item.first, seen[t] + 1);
				assert_true(item.last >= item.first);
				reported += item.last - item.first + 1;
				seen[t] = item.last;
			} else {
				assert_int_equal(item.entry->seq, seen[t] + 1);
				seen[t] += item.entry->count;
			}
			kbus_backlog_take(&backlog, &item);
			if (item.kind == KBUS_ITEM_MESSAGE)
				free(item.entry);
		}
		assert_memory_equal(seen, published, sizeof(seen));
		assert_int_equal(reported, backlog.lost);
		expect_nothing();
	}
}

/*
 * Finds the oldest first. A cursor that has a message, is settled, or has not
 * ended is not found.
 */
static void what_owes_a_loss_alone_is_found(void **state)
{
	set_up(2, 10000, KBUS_DROP_OLDEST);
	end(2);
	push(0, 1);
	push(1, 1);
	end(0);
	end(1);
	assert_null(kbus_backlog_ended(&backlog));
	kbus_cursor_init(&cursors[2], 1);
	push(2, 1);
	push(2, 2);
	assert_ptr_equal(kbus_backlog_ended(&backlog), &cursors[0]);
	expect_gap(0, 1, 1);
	assert_ptr_equal(kbus_backlog_ended(&backlog), &cursors[1]);
	expect_gap(1, 1, 1);
	assert_null(kbus_backlog_ended(&backlog));
	expect_spent(-1);
	expect_message(2, 1);
	expect_message(2, 2);
	expect_nothing();
}

static void the_forsaken_are_told_together(void **state)
{
	set_up(2, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push(1, 1);
	push(1, 2);
	push(2, 1);
	push(2, 2);
	end(0);
	end(1);
	assert_int_equal(backlog.lost, 3);
	forsake(0);
	expect_spent(0);
	forsake(1);
	expect_spent(1);
	expect_spent(-1);
	assert_int_equal(backlog.lost, 3);
	expect_forsaken(2, 3);
	expect_message(2, 1);
	expect_message(2, 2);
	expect_nothing();
}

/*
 * Messages of a forsaken cursor no longer count, and are dropped like others.
 */
static void what_has_messages_is_forsaken_with_them(void **state)
{
	set_up(4, 10000, KBUS_DROP_OLDEST);
	push(0, 1);
	push_many(1, 1, 2, 200);
	push(0, 2);
	end(0);
	forsake(0);
	expect_spent(-1);
	assert_int_equal(backlog.lost, 2);
	assert_int_equal(backlog.messages, 2);
	assert_int_equal(backlog.bytes, 400);
	push(1, 3);
	expect_forsaken(1, 2);
	expect_dead(0);
	expect_message(1, 1);
	expect_spent(-1);
	expect_dead(0);
	expect_spent(0);
	expect_message(1, 3);
	expect_nothing();
}

static void the_dead_are_dropped_without_a_loss(void **state)
{
	set_up(10, 300, KBUS_CONFLATE);
	push(0, 1);
	push(0, 2);
	push(1, 1);
	end(0);
	forsake(0);
	assert_int_equal(push(1, 2), 1);
	expect_spent(-1);
	assert_int_equal(push(1, 3), 1);
	assert_int_equal(backlog.lost, 3);
	assert_int_equal(push(2, 1), 1);
	expect_forsaken(1, 2);
	free_dropped(&backlog.entries); /* The entries that are left. */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out_as_they_went_in),
		cmocka_unit_test(
			drop_oldest_reports_the_loss_before_what_is_left),
		cmocka_unit_test(
			drop_newest_reports_the_loss_after_what_is_left),
		cmocka_unit_test(
			a_loss_with_no_message_after_it_is_reported_at_once),
		cmocka_unit_test(
			a_loss_does_not_overtake_what_was_queued_before),
		cmocka_unit_test(a_loss_behind_its_own_keeps_its_place),
		cmocka_unit_test(nor_is_it_overtaken_by_what_came_later),
		cmocka_unit_test(losses_of_several_topics_are_kept_apart),
		cmocka_unit_test(byte_limit_drops_as_many_as_it_takes),
		cmocka_unit_test(what_never_fits_displaces_nothing),
		cmocka_unit_test(messages_are_counted_not_entries),
		cmocka_unit_test(a_message_without_an_entry_is_a_loss),
		cmocka_unit_test(a_jump_in_the_numbers_is_a_gap),
		cmocka_unit_test(passing_by_moves_the_cursor),
		cmocka_unit_test(purge_settles_everything),
		cmocka_unit_test(conflate_loses_nothing_while_there_is_room),
		cmocka_unit_test(conflate_keeps_the_last_of_each_key_in_order),
		cmocka_unit_test(conflate_without_a_key_is_by_topic),
		cmocka_unit_test(
			conflate_gives_up_the_oldest_where_none_is_superseded),
		cmocka_unit_test(
			conflate_displaces_nothing_for_what_never_fits),
		cmocka_unit_test(reserved_room_is_kept),
		cmocka_unit_test(no_more_is_used_than_the_quota),
		cmocka_unit_test(messages_of_an_entry_are_taken_one_by_one),
		cmocka_unit_test(what_is_cut_out_is_a_backlog),
		cmocka_unit_test(what_owes_a_loss_alone_is_found),
		cmocka_unit_test(the_forsaken_are_told_together),
		cmocka_unit_test(what_has_messages_is_forsaken_with_them),
		cmocka_unit_test(the_dead_are_dropped_without_a_loss),
		cmocka_unit_test(random_load_is_accounted_for_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
