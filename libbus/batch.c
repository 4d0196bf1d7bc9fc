// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Batches: messages of one topic that are sent together in one datagram
 *
 * The broker takes a batch as a unit, or message by message up to the first one
 * that it refuses. The messages that are left to send are therefore always the
 * end of the batch.
 *
 * A child made by fork() has a copy of the handle, and would send the messages
 * a second time. Therefore they are in pages that the kernel clears in the
 * child. Only messages that the child itself has published wait there.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void bus_batch_init(struct bus *bus, const struct info *info)
{
	bus->batch.size = bus_socket_room(bus->control, info->batch_bytes);
	bus->batch.count_max = info->batch_messages;
}

static size_t pages_size(const struct batch *batch)
{
	return sizeof(*batch->pages) + batch->size;
}

/* Allocates pages that the kernel clears in a child made by fork(); or NULL. */
static void *allocate(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return NULL;
	if (madvise(pages, size, MADV_WIPEONFORK)) {
		munmap(pages, size);
		return NULL;
	}
	return pages;
}

void bus_batch_free(struct batch *batch)
{
	if (batch->pages)
		munmap(batch->pages, pages_size(batch));
}

const char bus_batch_inherited_text[] =
	"messages that waited at fork() are for the parent to send: call bus_flush() before fork()";

/* Whether the parent of this process has published the waiting messages. */
static bool is_inherited(const struct batch *batch)
{
	return batch->used && !batch->pages->present;
}

static struct nlmsghdr *first(const struct batch *batch)
{
	return (struct nlmsghdr *)batch->pages->messages;
}

static struct nlmsghdr *end(const struct batch *batch)
{
	return (struct nlmsghdr *)(batch->pages->messages + batch->used);
}

static struct nlmsghdr *following(struct nlmsghdr *nlh)
{
	return (struct nlmsghdr *)((char *)nlh + nlh->nlmsg_len);
}

/* Removes the first @count messages. */
static void remove_first(struct batch *batch, uint32_t count)
{
	struct nlmsghdr *nlh = first(batch);

	if (count >= batch->count) {
		batch->count = 0;
		batch->used = 0;
		return;
	}
	batch->count -= count;
	while (count--)
		nlh = following(nlh);
	batch->used = (char *)end(batch) - (char *)nlh;
	memmove(batch->pages->messages, nlh, batch->used);
}

static void set_topic(struct batch *batch, const struct topic *topic)
{
	const struct kbus_header header = { .topic = topic->id };
	struct nlmsghdr *nlh;

	batch->topic = topic->id;
	for (nlh = first(batch); nlh < end(batch); nlh = following(nlh))
		memcpy(mnl_nlmsg_get_payload(nlh), &header, sizeof(header));
}

/*
 * Numbers the messages; returns the first number. If acknowledgements are
 * needed, only the last message asks for one, which stands for all.
 */
static uint32_t number(struct bus *bus)
{
	struct batch *batch = &bus->batch;
	struct nlmsghdr *nlh, *last = NULL;
	uint32_t from = bus->seq + 1;

	for (nlh = first(batch); nlh < end(batch); nlh = following(nlh)) {
		nlh->nlmsg_flags = NLM_F_REQUEST;
		nlh->nlmsg_seq = ++bus->seq;
		last = nlh;
	}
	if (last && !bus->error_page)
		last->nlmsg_flags |= NLM_F_ACK;
	return from;
}

static int send_all(struct bus *bus)
{
	struct batch *batch = &bus->batch;
	struct iovec iov = {
		.iov_base = batch->pages->messages,
		.iov_len = batch->used,
	};
	uint32_t from = number(bus);
	uint32_t done;
	int err;

	err = bus_request_send_all_quietly(bus, &iov, 1, from, &done);
	remove_first(batch, done);
	return err;
}

/* Sends the first message alone, with the time to wait. */
static int send_first(struct bus *bus)
{
	struct batch *batch = &bus->batch;
	struct nlmsghdr *nlh = first(batch);
	struct {
		struct nlattr attr;
		uint32_t ms;
	} wait = {
		.attr.nla_len = sizeof(wait),
		.attr.nla_type = KBUS_A_MESSAGE_WAIT_MS,
		.ms = batch->wait_ms,
	};
	struct iovec iov[] = {
		{ .iov_base = nlh, .iov_len = nlh->nlmsg_len },
		{ .iov_base = &wait, .iov_len = sizeof(wait) },
	};
	int err;

	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++bus->seq;
	nlh->nlmsg_len += sizeof(wait);
	err = bus_request_send_quietly(bus, nlh, iov, 2);
	nlh->nlmsg_len -= sizeof(wait);
	if (!err)
		remove_first(batch, 1);
	return err;
}

/* The topic was deleted: finds or creates another one of its name. */
static int look_up_again(struct bus *bus)
{
	struct batch *batch = &bus->batch;
	struct topic *topic =
		bus_topic_cache_by_name(batch->known, batch->name);
	int err;

	if (topic)
		bus_topic_cache_forget(batch->known, topic);
	err = bus_topic_resolve(bus, batch->known, batch->name, batch->type,
				batch->create, &topic);
	if (!err)
		err = bus_topic_check_type(bus, topic, batch->type);
	if (!err)
		set_topic(batch, topic);
	return err;
}

static int send_what_is_left(struct bus *bus, bool may_wait)
{
	struct batch *batch = &bus->batch;
	int err = 0;

	while (!err && batch->used) {
		err = send_all(bus);
		if (err == -EAGAIN && batch->wait_ms && may_wait)
			err = send_first(bus);
		if (err == -ENOENT)
			err = look_up_again(bus);
	}
	return err;
}

static bool may_be_tried_again(int err)
{
	return err == -EAGAIN || err == -EINTR || err == -ENOMEM;
}

static int flush(struct bus *bus, bool may_wait)
{
	int err;

	if (is_inherited(&bus->batch))
		err = bus_refuse(bus, -ECHILD, bus_batch_inherited_text);
	else
		err = send_what_is_left(bus, may_wait);

	if (err && !may_be_tried_again(err))
		remove_first(&bus->batch, bus->batch.count);
	return err;
}

int bus_flush(struct bus *bus)
{
	return flush(bus, true);
}

/* Sends the waiting messages as far as there is room; 0 or -errno. */
int bus_batch_try(struct bus *bus)
{
	int err = bus->batch.used ? flush(bus, false) : 0;

	return err == -EAGAIN ? 0 : err;
}

/* Sends the waiting messages if they are of this topic; 0 or -errno. */
int bus_batch_flush_topic(struct bus *bus, const char *topic)
{
	bool waits = bus->batch.used && strcmp(bus->batch.name, topic) == 0;

	return waits ? bus_flush(bus) : 0;
}

int bus_set_linger(struct bus *bus, unsigned int linger_us)
{
	bus->batch.linger_us = linger_us;
	return linger_us ? 0 : bus_flush(bus);
}

int64_t bus_flush_due_us(const struct bus *bus)
{
	const struct batch *batch = &bus->batch;
	int64_t left = batch->since_us + batch->linger_us - now_us();

	if (!batch->used)
		return -1;
	return left > 0 ? left : 0;
}

/* Length of a message with its headers, in bytes. */
static size_t message_size(const struct publication *publication)
{
	size_t key_size = publication->options->key_size;

	return NLMSG_HDRLEN + sizeof(struct kbus_header) +
	       (key_size ? NLA_HDRLEN + NLA_ALIGN(key_size) : 0) + NLA_HDRLEN +
	       NLA_ALIGN(publication->size);
}

/*
 * Whether a message may wait for others. There must be room for a second one of
 * its size.
 */
bool bus_batch_takes(const struct bus *bus,
		     const struct publication *publication)
{
	const struct bus_publish_options *options = publication->options;

	return (bus->batch.linger_us || bus->batch.used ||
		options->flags & BUS_MORE) &&
	       !options->result &&
	       message_size(publication) <= bus->batch.size / 2;
}

/* A topic of any type takes bytes. */
static bool is_of_type(const struct batch *batch, const char *type)
{
	return !type || (batch->type && strcmp(batch->type, type) == 0);
}

/* Whether a message may join the messages that wait now. */
bool bus_batch_goes_on(const struct bus *bus,
		       const struct publication *publication)
{
	const struct batch *batch = &bus->batch;

	return batch->used && !is_inherited(batch) &&
	       bus_batch_takes(bus, publication) &&
	       strcmp(batch->name, publication->topic) == 0 &&
	       is_of_type(batch, publication->type) &&
	       batch->wait_ms == publication_wait_ms(publication) &&
	       batch->create == publication_creates(publication) &&
	       batch->count < batch->count_max &&
	       batch->used + message_size(publication) <= batch->size;
}

/* Begins a batch with a message; 0 or -errno. */
int bus_batch_begin(struct bus *bus, const struct topic *topic,
		    const struct publication *publication)
{
	struct batch *batch = &bus->batch;

	if (!batch->pages)
		batch->pages = allocate(pages_size(batch));
	if (!batch->pages)
		return -ENOMEM;
	batch->pages->present = 1;
	batch->known = publication->known;
	batch->topic = topic->id;
	strcpy(batch->name, publication->topic);
	batch->type = publication->type;
	batch->create = publication_creates(publication);
	batch->wait_ms = publication_wait_ms(publication);
	batch->since_us = now_us();
	return bus_batch_add(bus, publication);
}

/* Whether a message completes the batch, which is then sent. */
static bool is_due(const struct batch *batch,
		   const struct publication *publication)
{
	if (publication->options->flags & BUS_MORE)
		return false;
	return !batch->linger_us ||
	       now_us() - batch->since_us >= batch->linger_us;
}

/*
 * Adds a message, and sends the batch if it is due. Returns 0 or -errno. On
 * failure the message is not in the batch any more.
 */
int bus_batch_add(struct bus *bus, const struct publication *publication)
{
	struct batch *batch = &bus->batch;
	struct nlmsghdr *nlh = end(batch);
	int err;

	bus_publication_begin(nlh, batch->topic, publication);
	bus_publication_end(nlh, publication);
	batch->used += nlh->nlmsg_len;
	batch->count++;
	if (!is_due(batch, publication))
		return 0;
	err = bus_flush(bus);
	if (err && batch->used) {
		batch->used -= message_size(publication);
		batch->count--;
	}
	return err;
}
