/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbus: publish and subscribe on the bus of this network namespace
 *
 * A handle is for one thread at a time; different handles are independent of
 * each other. After fork() either the parent or the child goes on with a
 * handle, and the other closes its copy, or calls exec() or ends; until then
 * the handle's subscriptions last. A handle stays on the bus of the network
 * namespace in which it was opened, whatever namespaces its threads enter
 * later. The library has no threads, no global state, and writes nothing to any
 * log.
 *
 * Functions that return int return 0, or a negative errno; bus_strerror() has
 * the text. A failed call has changed nothing, unless it says otherwise.
 * -EPROTO, the broker's answer makes no sense, and what the system calls
 * beneath return, such as -ENOMEM or -ENOBUFS, may come from any of them.
 */
#ifndef BUS_H
#define BUS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of payload in one message. */
#define BUS_PAYLOAD_MAX 64512

/* A connection to the bus. */
struct bus;

/**
 * bus_open() - connect to the bus
 * @bus: set to the handle, to be closed with bus_close(); NULL on failure
 *
 * Return: 0, or -EPROTONOSUPPORT if kbus is not loaded, -ENOMEM, -EMFILE.
 */
int bus_open(struct bus **bus);

/**
 * bus_close() - disconnect
 * @bus: the handle, or NULL; with it go its subscriptions and what waits in
 *	its backlog
 *
 * Messages that wait in the handle (BUS_MORE, bus_set_linger()) are sent first,
 * as by bus_flush(). Those that are refused are lost, and the return value says
 * so. A process that ends without bus_close() loses all that wait.
 *
 * After fork() each process sends what it has itself published: what waits in
 * the handle at that moment is the parent's to send. If the parent ends without
 * bus_close() or bus_flush(), as daemon() has it end, that is lost: call
 * bus_flush() before. A child that closes its copy gets -ECHILD where anything
 * waited.
 *
 * Return: 0, or as bus_flush(), with the text of bus_strerror(NULL, ...): the
 * handle is gone in any case.
 */
int bus_close(struct bus *bus);

/**
 * bus_strerror() - explain an error
 * @bus: the handle whose call returned @err, or NULL
 * @err: what the call returned
 *
 * Return: a text that says what to do, the broker's own where it gave one;
 * never NULL; valid until the next call with this handle.
 */
const char *bus_strerror(const struct bus *bus, int err);

/* Publishing */

/* Fail with -ENOENT where there is no such topic instead of creating it. */
#define BUS_NO_CREATE (1U << 0)

/* More follows on this topic: the message may wait for it, see bus_flush(). */
#define BUS_MORE (1U << 1)

/* Bytes of a message's key. */
#define BUS_KEY_MAX 255

/**
 * struct bus_result - what became of a message
 * @seq: its number within the topic
 * @live: subscribers that have it in their sockets
 * @queued: subscribers that have it in their backlogs
 * @dropped: subscribers whose backlog had no place for it: they will be told
 */
struct bus_result {
	uint64_t seq;
	uint32_t live;
	uint32_t queued;
	uint32_t dropped;
};

/**
 * struct bus_publish_options - what may be chosen for a message
 * @flags: BUS_NO_CREATE, BUS_MORE
 * @wait_ms: how long to wait for subscribers that block, in milliseconds; 0:
 *	not at all; negative: for ever
 * @key: what the message is about: of the messages of a topic that have the
 *	same key, or none, the last supersedes the others (see BUS_CONFLATE)
 * @key_size: length of @key in bytes, up to BUS_KEY_MAX; 0: it has none
 * @result: filled in on success; may be NULL; with it the message does not wait
 *	for others
 *
 * Zero stands for the default in each.
 */
struct bus_publish_options {
	unsigned int flags;
	int wait_ms;
	const void *key;
	size_t key_size;
	struct bus_result *result;
};

/**
 * bus_publish() - publish bytes
 * @bus: the handle
 * @topic: name of the topic, created unless there
 * @payload: the payload; copied
 * @size: its length in bytes, up to BUS_PAYLOAD_MAX
 * @options: what to choose, or NULL for the defaults
 *
 * When this returns 0, each subscriber has the message in its socket or its
 * backlog, or has lost one to a full backlog and will be told; or the message
 * waits for others, see bus_flush().
 *
 * Return: 0, or -EINVAL if the name is ill-formed or an option unknown,
 * -EMSGSIZE if the payload or the key is too large, or the message larger than
 * net.core.wmem_max allows, -ENOENT, -EACCES if the
 * topic's mode does not let the caller publish, -EPERM if the topic is not for
 * programs to publish on, or may not be created, -EDQUOT if the caller has too
 * many topics for another, or too much memory to wait, -EAGAIN if a subscriber
 * blocks and the time to wait is over, -EINTR if a signal came while waiting; then
 * nobody got it, nor does it wait.
 */
int bus_publish(struct bus *bus, const char *topic, const void *payload,
		size_t size, const struct bus_publish_options *options);

/**
 * bus_publish_message() - publish a Protocol Buffers message
 * @bus: the handle
 * @topic: name of the topic, created unless there, with the message's type
 * @message: the message; packed straight into the send buffer
 * @options: what to choose, or NULL for the defaults
 *
 * Return: as bus_publish(), or -EPROTOTYPE if the topic is known to carry
 * another type.
 */
int bus_publish_message(struct bus *bus, const char *topic,
			const ProtobufCMessage *message,
			const struct bus_publish_options *options);

/**
 * bus_flush() - send the messages that wait for others
 * @bus: the handle
 *
 * A message published with BUS_MORE, and each after bus_set_linger(), waits in
 * the handle for others of its topic, to be sent with them in one system call:
 * that is much cheaper than one by one. One of more than 1.7 KB, since Linux 6.9
 * 7.9 KB, does not wait, for a second like it would not fit. They are sent when there is no room for
 * another, when a message comes that is of another topic or does not wait, by
 * bus_flush(), by bus_receive() unless its timeout is 0, as soon as there is room
 * for them, before their topic is changed or deleted with this handle, and by
 * bus_close().
 *
 * Any of these may find out that messages which waited are refused, and returns
 * why: then those up to the refused one are published, and it and the later ones
 * are given up, but after -EAGAIN, -EINTR or -ENOMEM: then they wait still, and
 * the next call tries again.
 *
 * In a child made by fork() the first of them returns -ECHILD if messages
 * waited then: they are the parent's to send, and wait no more in the child's
 * copy.
 *
 * Return: 0, or as bus_publish(), or -ECHILD.
 */
int bus_flush(struct bus *bus);

/**
 * bus_set_linger() - let messages wait for others
 * @bus: the handle
 * @linger_us: how long at most, in microseconds; 0: not at all, as at first
 *
 * The handle has no thread to send them when the time is over: a program that
 * has published calls bus_flush() by then, see bus_flush_due_us().
 *
 * Return: 0, or with @linger_us 0 as bus_flush().
 */
int bus_set_linger(struct bus *bus, unsigned int linger_us);

/**
 * bus_flush_due_us() - in how long bus_flush() is due
 * @bus: the handle
 *
 * Return: microseconds from now, for the timeout of an event loop; 0: it is due;
 * -1: no message waits.
 */
int64_t bus_flush_due_us(const struct bus *bus);

/* Subscribing */

/**
 * enum bus_overflow - what a full backlog gives up
 * @BUS_DROP_OLDEST: the messages that have waited longest
 * @BUS_DROP_NEWEST: the message that does not fit
 * @BUS_CONFLATE: messages that a later one of the same topic and key
 *	supersedes; if there are none, those that have waited longest
 * @BUS_BLOCK: nothing: publishers wait, on topics that allow it; on others the
 *	message that does not fit
 */
enum bus_overflow {
	BUS_DROP_OLDEST,
	BUS_DROP_NEWEST,
	BUS_CONFLATE,
	BUS_BLOCK,
};

/**
 * struct bus_backlog - the queue in the broker
 * @messages: its limit in messages; 0: the default, 10000
 * @bytes: its limit in bytes of kernel memory, as SO_RCVBUF counts them;
 *	0: the default, 16 MiB
 * @overflow: what a full backlog gives up
 * @coalesce_us: for so long a message may wait in it for others, in microseconds,
 *	up to a second, before the subscriber's descriptor is readable: then all
 *	are received together, at less cost for each. The wait ends early when
 *	the backlog is half full. 0, the default: not at all
 */
struct bus_backlog {
	uint32_t messages;
	uint32_t bytes;
	enum bus_overflow overflow;
	uint32_t coalesce_us;
};

/**
 * bus_set_backlog() - choose the backlog, before the first subscription
 * @bus: the handle
 * @backlog: limits and policy; copied, and checked when they take effect, by
 *	bus_subscribe()
 *
 * Return: 0, or -EBUSY after the first subscription.
 */
int bus_set_backlog(struct bus *bus, const struct bus_backlog *backlog);

/**
 * bus_subscribe() - receive topics: in order, and told of every loss
 * @bus: the handle
 * @pattern: name of a topic, which need not exist yet; or a pattern, in which
 *	the level "+" stands for any one level, and the last level "#" for any
 *	number of levels, none included (MQTT 5, section 4.7)
 *
 * Every message that is published after this returns will come, and comes
 * once, however many of the handle's patterns match; those of topics that are
 * created later as well. A wildcard does not stand for a first level that
 * begins with "$". Topics whose mode does not let the handle's owner read them
 * are left out without a word, until their mode changes.
 *
 * Return: 0, or -EEXIST if this very pattern is subscribed to already, -EINVAL
 * if it is ill-formed, -EACCES if there is a topic of this name that may not be
 * read, -EDQUOT if the backlog asked for is too large, or the caller has too many
 * subscribers, subscriptions, topics to receive, or too much memory, -ERANGE if its
 * policy is unknown, -EPERM if its policy is BUS_BLOCK and the topic of this
 * name does not allow that, -EBUSY if the handle listens, -EXDEV if it is the
 * first subscription, and this thread is in another network namespace than when
 * it called bus_open().
 */
int bus_subscribe(struct bus *bus, const char *pattern);

/**
 * bus_subscribe_replay() - subscribe, and begin with what topics have kept
 * @bus: the handle
 * @pattern: as for bus_subscribe()
 * @max: up to how many kept messages of each topic, 1 or more
 *
 * The last @max messages of each topic's history come first, marked as
 * replayed, and then all that are published: none is missing between, none
 * comes twice. A topic that the handle receives already is not replayed.
 * Replays wait in the backlog like any message, and are lost like any if they
 * do not fit.
 *
 * Return: as bus_subscribe(), or -EINVAL if @max is 0, -ENODATA if there is a
 * topic of this name and it keeps no history.
 */
int bus_subscribe_replay(struct bus *bus, const char *pattern, uint32_t max);

/**
 * bus_unsubscribe() - end a subscription
 * @bus: the handle
 * @pattern: as it was given to bus_subscribe()
 *
 * Messages that were published before may still come, and those of topics that
 * another subscription matches.
 *
 * Return: 0, or -EINVAL if @pattern is ill-formed, -ENOENT if not subscribed.
 */
int bus_unsubscribe(struct bus *bus, const char *pattern);

/**
 * bus_listen() - receive a topic as a plain member of its multicast group
 * @bus: the handle
 * @topic: name of a topic that exists
 *
 * No backlog: when the socket is full, messages are lost. Losses show as gaps
 * once a later message of the topic comes. A change of the topic's owner, group
 * or mode ends it without a word: listen again.
 *
 * Return: 0, or -ENOENT if there is no such topic, -EACCES if it may not be
 * read, -ENOSPC if no multicast group is free for it now, -EDQUOT if the
 * caller's user listens with too many sockets, -EBUSY if the handle subscribes,
 * -EXDEV as for bus_subscribe().
 */
int bus_listen(struct bus *bus, const char *topic);

enum bus_kind {
	BUS_MESSAGE,
	BUS_GAP, /* messages were lost at this place */
};

/**
 * struct bus_message - what bus_receive() returns
 * @kind: a message or a gap
 * @topic: name of the topic; BUS_GAP: empty if it is of several, see @topics
 * @type: full name of the payload's type; empty: not known
 * @seq: BUS_MESSAGE: number within the topic, the first is 1
 * @time_ns: BUS_MESSAGE: when it was published, ns of CLOCK_REALTIME
 * @pid: BUS_MESSAGE: publishing process; 0: the kernel, or one that cannot be
 *	told: it is not in the reader's pid namespace, or that is not the initial
 *	one and the message is replayed
 * @uid: BUS_MESSAGE: its real user id
 * @gid: BUS_MESSAGE: its real group id
 * @kernel: BUS_MESSAGE: a kernel module published it, or the broker
 * @replayed: BUS_MESSAGE: it comes from the topic's history
 * @key: BUS_MESSAGE: what it is about
 * @key_size: BUS_MESSAGE: length of @key in bytes; 0: it has none
 * @payload: BUS_MESSAGE: the payload
 * @size: BUS_MESSAGE: length of @payload in bytes
 * @first_seq: BUS_GAP: number of the first message lost; 0 if @topics is not
 * @last_seq: BUS_GAP: number of the last; likewise
 * @count: BUS_GAP: how many
 * @topics: BUS_GAP: 0; or the messages were of so many topics that are not
 *	received any more, because they were deleted for example, while the program
 *	did not read: more than can be told one by one
 *
 * The broker stamps all but the key and the payload. Fields may be added at the end.
 */
struct bus_message {
	enum bus_kind kind;
	const char *topic;
	const char *type;
	uint64_t seq;
	uint64_t time_ns;
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
	bool kernel;
	bool replayed;
	const void *key;
	size_t key_size;
	const void *payload;
	size_t size;
	uint64_t first_seq;
	uint64_t last_seq;
	uint64_t count;
	uint32_t topics;
};

/**
 * bus_receive() - receive the next message or gap
 * @bus: the handle
 * @message: set to the message, which is the handle's and valid until the next
 *	bus_receive() or bus_close(); NULL on failure
 * @timeout_ms: how long to wait in milliseconds; 0: not at all; negative: for
 *	ever
 *
 * Return: 0, or -EAGAIN if nothing came in time, -EINTR on a signal (unless
 * @timeout_ms is negative and its handler was set with SA_RESTART), -ENOTCONN
 * if the handle neither subscribes nor listens; -ENOBUFS or -ENOMEM if memory
 * is short: nothing is lost, call again, after some milliseconds, without
 * waiting for the descriptor.
 */
int bus_receive(struct bus *bus, const struct bus_message **message,
		int timeout_ms);

/**
 * bus_fd() - descriptor to wait on
 * @bus: a handle that subscribes or listens
 *
 * Readable when there may be messages: call bus_receive() with timeout 0 until
 * it returns -EAGAIN, then wait again, for POLLIN. This holds for
 * edge-triggered loops as well: each need to call bus_receive() is another
 * edge.
 *
 * The descriptor is hardly ever in error (POLLERR): only when memory is short.
 * Treat that as if it were readable, and go on watching it; libuv stops, and is
 * to be started again. The handle does not need the error: a loop may read
 * SO_ERROR, and look at the descriptor in whatever way that takes no datagram
 * from it. docs/examples/ has loops with epoll, libuv and libevent.
 *
 * Return: the descriptor, the handle's own, or -ENOTCONN.
 */
int bus_fd(const struct bus *bus);

/**
 * bus_unpack() - unpack a message's payload
 * @message: a BUS_MESSAGE
 * @descriptor: the type to unpack to
 * @unpacked: set to the result, to be freed with
 *	protobuf_c_message_free_unpacked(); NULL on failure
 *
 * Return: 0, or -EBADMSG if the payload is not of this type, -EINVAL for a gap.
 */
int bus_unpack(const struct bus_message *message,
	       const ProtobufCMessageDescriptor *descriptor,
	       ProtobufCMessage **unpacked);

/**
 * struct bus_stats - a subscriber's counters, since it subscribed first
 * @live: messages handed straight to the socket
 * @drained: messages handed over from the backlog
 * @lost: messages lost
 * @reported: of these, reported in gaps so far
 * @gaps: gaps handed over
 * @overruns: how often the socket was full
 * @backlog_messages: messages in the backlog now
 * @backlog_bytes: bytes of kernel memory in the backlog now
 */
struct bus_stats {
	uint64_t live;
	uint64_t drained;
	uint64_t lost;
	uint64_t reported;
	uint64_t gaps;
	uint64_t overruns;
	uint32_t backlog_messages;
	uint32_t backlog_bytes;
};

/**
 * bus_get_stats() - read the counters of this handle's subscriber
 * @bus: the handle
 * @stats: filled in
 *
 * Return: 0, or -ENOTCONN if the handle does not subscribe.
 */
int bus_get_stats(struct bus *bus, struct bus_stats *stats);

/* Topics */

/**
 * struct bus_topic - what the broker knows of a topic
 * @id: its id
 * @group: its netlink multicast group; 0: none was free
 * @name: its name
 * @type: full name of the payload's type; empty: not known
 * @kernel: it belongs to a kernel module or to the broker, and none else
 *	publishes on it
 * @uid: its owner
 * @gid: its group
 * @mode: who may read and write it, see struct bus_topic_access
 * @seq: number of the last message; 0: none yet
 * @bytes: payload bytes published
 * @subscribers: how many subscribers receive it
 * @listeners: some socket listens to its group
 * @history: how many of its last messages it keeps; 0: none
 * @history_bytes: and how many bytes of kernel memory at most
 * @allow_block: subscribers may hold up its publishers
 * @kept: messages in its history now
 * @kept_bytes: bytes of kernel memory in its history now
 * @deferred: messages that kernel modules published with interrupts off, so
 *	that they were sent a little later
 * @lost: messages that kernel modules could not send; subscribers are told of
 *	them
 */
struct bus_topic {
	uint32_t id;
	uint32_t group;
	const char *name;
	const char *type;
	bool kernel;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
	uint64_t seq;
	uint64_t bytes;
	uint32_t subscribers;
	bool listeners;
	uint32_t history;
	uint32_t history_bytes;
	bool allow_block;
	uint32_t kept;
	uint32_t kept_bytes;
	uint64_t deferred;
	uint64_t lost;
};

/* Called for each topic; a negative return value ends the listing. */
typedef int bus_topic_fn(const struct bus_topic *topic, void *data);

/* What of struct bus_topic_access is set. */
#define BUS_SET_UID (1U << 0)
#define BUS_SET_GID (1U << 1)
#define BUS_SET_MODE (1U << 2)

/**
 * struct bus_topic_access - who may do what with a topic
 * @set: BUS_SET_UID, BUS_SET_GID, BUS_SET_MODE: which of the others count
 * @uid: its owner
 * @gid: its group
 * @mode: as a file's mode: who may read (subscribe, replay, listen) and write
 *	(publish), the owner, the group's members and others; up to 0666
 *
 * Uids and gids are those of the caller's user namespace. Who has CAP_NET_ADMIN
 * in the user namespace that owns the network namespace may do all.
 */
struct bus_topic_access {
	unsigned int set;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
};

/**
 * struct bus_topic_options - what may be chosen for a topic
 * @type: full name of the payloads' type, or NULL
 * @history: how many of its last messages to keep for later subscribers; 0:
 *	none
 * @history_bytes: and how many bytes of kernel memory at most; 0: 1 MiB
 * @allow_block: subscribers may hold up its publishers, see BUS_BLOCK
 * @access: who may do what with it; by default it belongs to its creator and
 *	the creator's group, with kbus's default_mode, which is 0644
 *
 * Zero stands for the default in each.
 */
struct bus_topic_options {
	const char *type;
	uint32_t history;
	uint32_t history_bytes;
	bool allow_block;
	struct bus_topic_access access;
};

/**
 * bus_topic_create() - create a topic
 * @bus: the handle
 * @topic: its name
 * @options: what to choose, or NULL for the defaults
 *
 * Return: 0, or -EEXIST, -EINVAL if the name or an option is ill-formed,
 * -EDQUOT if the history is larger than kbus's parameters allow or the caller
 * has too many topics, or too much memory, -EPERM if the name is reserved,
 * creating topics is restricted, or the owner or group not the caller's to
 * choose.
 */
int bus_topic_create(struct bus *bus, const char *topic,
		     const struct bus_topic_options *options);

/**
 * bus_topic_change() - change who may do what with a topic
 * @bus: the handle
 * @topic: its name
 * @access: what to change
 *
 * When this returns, it holds for all: publishers are refused, and subscribers
 * get no later message, who lost the right; subscribers whose patterns match
 * and who have it now get all. Listeners, if there may be any, have lost the
 * topic: those who still may read it listen again.
 *
 * Return: 0, or -ENOENT, -EPERM unless owner or CAP_NET_ADMIN; only the latter
 * may give a topic away, and an owner chooses among the groups that it is in;
 * -EINVAL if @access is ill-formed or empty, -EDQUOT if it would come to more
 * subscribers than all topics together may.
 */
int bus_topic_change(struct bus *bus, const char *topic,
		     const struct bus_topic_access *access);

/**
 * bus_topic_delete() - delete a topic
 * @bus: the handle
 * @topic: its name
 *
 * Subscriptions to the name stay, for another topic of that name.
 *
 * Return: 0, or -ENOENT, -EPERM unless owner or CAP_NET_ADMIN, or if it is the
 * broker's, -EBUSY if a kernel module holds it.
 */
int bus_topic_delete(struct bus *bus, const char *topic);

/**
 * bus_topic_get() - look a topic up
 * @bus: the handle
 * @topic: its name
 * @fn: called with what is known; its strings are valid until it returns; it
 *	must not use the handle
 * @data: for @fn
 *
 * Return: 0, or -ENOENT, -EINVAL if the name is ill-formed, what @fn returned.
 */
int bus_topic_get(struct bus *bus, const char *topic, bus_topic_fn *fn,
		  void *data);

/**
 * bus_topic_list() - look all topics up
 * @bus: the handle
 * @fn: called for each, with strings that are valid until it returns; it must
 *	not use the handle
 * @data: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int bus_topic_list(struct bus *bus, bus_topic_fn *fn, void *data);

/* Subscribers */

/**
 * enum bus_state - how messages reach a subscriber
 * @BUS_LIVE: straight into its socket
 * @BUS_QUEUED: into its backlog, for it is behind
 */
enum bus_state {
	BUS_LIVE,
	BUS_QUEUED,
};

/**
 * struct bus_subscriber - what the broker knows of a subscriber
 * @portid: port id of its message socket, which is its own while that is open
 * @pid: process that subscribed
 * @uid: its real user id
 * @program: name of the process that subscribed, as it was then; any
 *	bytes but NUL, chosen by the program: not fit for a terminal as it is
 * @state: how messages reach it
 * @subscriptions: how many names and patterns it subscribes to
 * @limits: of its backlog
 * @stats: its counters, over all topics
 *
 * Fields may be added at the end.
 */
struct bus_subscriber {
	uint32_t portid;
	uint32_t pid;
	uint32_t uid;
	const char *program;
	enum bus_state state;
	uint32_t subscriptions;
	struct bus_backlog limits;
	struct bus_stats stats;
};

/* Called for each subscriber; a negative return value ends the listing. */
typedef int bus_subscriber_fn(const struct bus_subscriber *subscriber,
			      void *data);

/**
 * bus_subscriber_list() - look subscribers up, those of all programs
 * @bus: the handle
 * @topic: name of a topic: only those that receive it; NULL: all
 * @fn: called for each, in the order in which they came, with a string that is
 *	valid until it returns; it must not use the handle
 * @data: for @fn
 *
 * Those that come or go meanwhile may be left out.
 *
 * Return: 0, or -ENOENT if there is no such topic, -EINVAL if the name is
 * ill-formed, what @fn returned.
 */
int bus_subscriber_list(struct bus *bus, const char *topic,
			bus_subscriber_fn *fn, void *data);

/* Called for each pattern; a negative return value ends the listing. */
typedef int bus_pattern_fn(const char *pattern, void *data);

/**
 * bus_subscriber_patterns() - look up what a subscriber subscribes to
 * @bus: the handle
 * @portid: the subscriber's
 * @fn: called for each name or pattern, in the order of subscribing, with a
 *	string that is valid until it returns; it must not use the handle
 * @data: for @fn
 *
 * Where these are many, only the first come: 60 of the longest, some hundred
 * of the usual length.
 *
 * Return: 0, or -ENOTCONN if there is no such subscriber, what @fn returned.
 */
int bus_subscriber_patterns(struct bus *bus, uint32_t portid,
			    bus_pattern_fn *fn, void *data);

#ifdef __cplusplus
}
#endif

#endif /* BUS_H */
