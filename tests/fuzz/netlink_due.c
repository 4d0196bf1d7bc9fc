// SPDX-License-Identifier: GPL-2.0-only
#include "netlink_due.h"

#include <stdio.h>
#include <unistd.h>

static const struct datagram *last;

_Noreturn void wrong(const char *what, const struct due *due)
{
	size_t i;

	printf("# process %u, request %lu, type %#x, number %u: %s\n",
	       known.process, tally->requests, due ? due->type : 0,
	       due ? due->seq : 0, what);
	if (last)
		printf("# the last datagram, of %zu bytes:", last->size);
	for (i = 0; last && i < last->size && i < 512; i++)
		printf("%s%02x", i % 32 ? " " : "\n#  ", last->data[i]);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

static void count_outcome(struct due *due, int err)
{
	unsigned int type = due->type < TYPES ? due->type : 0;

	due->done = true;
	if (err >= 0)
		tally->served[type] += due->requests;
	else if (-err < ERRNOS)
		tally->refused[type][-err] += due->requests;
	else
		wrong("no errno", due);
}

/* Later answers came, but none for this request. */
static void count_silence(const struct ledger *ledger, struct due *due)
{
	if (ledger->lossy || ledger->deaf) {
		tally->unknown += due->requests;
		due->done = true;
		return;
	}
	if (due->acked || due->dump)
		wrong("it was not answered", due);
	count_outcome(due, 0);
}

void ledger_settle(struct ledger *ledger, uint32_t seq, int err,
		   bool dump_ended)
{
	size_t i, at;

	for (at = 0; at < ledger->count; at++)
		if (ledger->due[at].seq == seq && !ledger->due[at].done)
			break;
	if (at == ledger->count) {
		/* A dump's error may have been counted before its end. */
		if (!dump_ended && !ledger->lossy && !ledger->deaf)
			wrong("an answer to nothing", NULL);
		return;
	}
	count_outcome(&ledger->due[at], err);
	if (dump_ended)
		return;
	for (i = 0; i < at; i++)
		if (!ledger->due[i].done && !ledger->due[i].dump)
			count_silence(ledger, &ledger->due[i]);
}

void ledger_close(struct ledger *ledger)
{
	size_t i;

	for (i = 0; i < ledger->count; i++)
		if (!ledger->due[i].done)
			count_silence(ledger, &ledger->due[i]);
	ledger->count = 0;
	ledger->lossy = false;
}

void ledger_forget(struct ledger *ledger)
{
	size_t i;

	for (i = 0; i < ledger->count; i++)
		if (!ledger->due[i].done)
			tally->unknown += ledger->due[i].requests;
	ledger->count = 0;
}

void ledger_refuse(struct ledger *ledger, size_t before, int err)
{
	while (ledger->count > before)
		count_outcome(&ledger->due[--ledger->count], err);
}

/* The broker's check of a datagram's frame, see docs/protocol.md. */
static bool is_framed(const struct datagram *datagram)
{
	const struct nlmsghdr *nlh;
	size_t at = 0;

	do {
		nlh = (void *)(datagram->data + at);
		if (datagram->size - at < NLMSG_HDRLEN ||
		    nlh->nlmsg_len < NLMSG_HDRLEN ||
		    nlh->nlmsg_len > datagram->size - at)
			return false;
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE &&
		    !(nlh->nlmsg_flags & NLM_F_REQUEST))
			return false;
		at += NLMSG_ALIGN((size_t)nlh->nlmsg_len);
	} while (at < datagram->size);
	return true;
}

/* A privileged request could harm the bystander. */
static void spare_the_bystander(struct nlmsghdr *nlh)
{
	uint32_t *words = (uint32_t *)(nlh + 1);
	size_t count = (nlh->nlmsg_len - NLMSG_HDRLEN) / sizeof(*words);
	size_t i;

	for (i = 0; i < count; i++)
		if (words[i] == known.spared)
			words[i] = 0;
}

static void expect(struct ledger *ledger, struct due due)
{
	tally->requests += due.requests;
	ledger->due[ledger->count++] = due;
}

/* Numbers a request. */
static void expect_answer(struct ledger *ledger, struct nlmsghdr *nlh)
{
	bool dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP &&
		    nlh->nlmsg_type >= NLMSG_MIN_TYPE;

	nlh->nlmsg_seq = ++ledger->seq;
	spare_the_bystander(nlh);
	expect(ledger, (struct due){
			       .seq = nlh->nlmsg_seq,
			       .type = nlh->nlmsg_type,
			       .acked = nlh->nlmsg_flags & NLM_F_ACK,
			       .dump = dump,
			       .requests = 1,
		       });
}

/* One answer to the whole datagram. */
static void expect_refusal(struct ledger *ledger, struct datagram *datagram)
{
	struct nlmsghdr *nlh = (void *)datagram->data;
	struct due due = { .acked = true, .requests = datagram->requests };

	if (datagram->size >= NLMSG_HDRLEN) {
		nlh->nlmsg_seq = ++ledger->seq;
		due.seq = nlh->nlmsg_seq;
	}
	expect(ledger, due);
}

size_t ledger_expect(struct ledger *ledger, struct datagram *datagram)
{
	struct nlmsghdr *nlh;
	size_t before;
	size_t at;

	last = datagram;
	if (ledger->count > UNREAD_MAX) {
		ledger_forget(ledger);
		ledger->lossy = true;
	}
	before = ledger->count;
	if (!is_framed(datagram)) {
		expect_refusal(ledger, datagram);
		return before;
	}
	for (at = 0; at < datagram->size; at += NLMSG_ALIGN(nlh->nlmsg_len)) {
		nlh = (void *)(datagram->data + at);
		expect_answer(ledger, nlh);
	}
	return before;
}
