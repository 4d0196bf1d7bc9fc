/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbus: publish and subscribe on the bus of this network namespace
 *
 * Threads: only one thread at a time may use a handle. Different handles are
 * independent of each other. The library starts no threads, has no global
 * state and writes to no log.
 *
 * Fork: after fork() either the parent or the child may go on using a handle.
 * The other process closes its copy with bus_close(), calls exec() or exits.
 * The handle's subscriptions last until both copies are gone.
 *
 * Network namespaces: a handle stays on the bus of the network namespace in
 * which it was opened, even if a thread enters another namespace later.
 *
 * Errors: a function that returns int returns 0 on success or a negative errno
 * on failure, unless its description says otherwise. bus_strerror() returns the
 * text of an error. A call that fails has changed nothing, unless its
 * description says otherwise. Any function that talks to the broker may also
 * fail with these:
 *
 *   -EPROTO	libbus does not understand the broker's answer.
 *   -EAGAIN	kbus is being loaded and does not serve requests yet.
 *   -ENOMEM	The process or the kernel is out of memory.
 *   -ENOBUFS	The kernel is out of memory for an answer. The request may have
 *		been carried out.
 *
 * and with the other errors of the system calls that libbus makes.
 *
 * Blocking: a function that talks to the broker sends a request and reads the
 * answer. It may sleep while the broker serves the request, and while the
 * broker serves requests of other programs. It does not wait for subscribers to
 * read or for messages to arrive, unless its description says so.
 *
 * Ownership: a function does not use the strings and structures that it was
 * given after it has returned. The one exception is the descriptor of a
 * Protocol Buffers message: see bus_publish_message().
 */
#ifndef BUS_H
#define BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest payload of a message, in bytes. */
#define BUS_PAYLOAD_MAX 64512

/* Of <protobuf-c/protobuf-c.h>, which only users of these messages need. */
struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;

/* A handle: a connection to the bus. */
struct bus;

/* A topic that is open for publishing: see bus_publisher_open(). */
struct bus_publisher;

/**
 * bus_open() - connect to the bus
 * @bus: set to the new handle. The caller owns it and closes it with
 *	bus_close(). Set to NULL on failure.
 *
 * The handle belongs to the bus of the calling thread's network namespace.
 * Opening it may make the kernel load an installed kbus module, and the call
 * then sleeps until the module is loaded.
 *
 * Return: 0 on success. -EPROTONOSUPPORT if kbus is not loaded; -EMFILE if the
 * process has too many open files; -ENOMEM if memory is short. Pass NULL as the
 * handle to bus_strerror() for the text.
 */
int bus_open(struct bus **bus);

/**
 * bus_close() - disconnect from the bus
 * @bus: the handle, or NULL, for which the call does nothing. The handle is
 *	freed on success and on failure.
 *
 * The handle's subscriptions end, and messages that wait in its backlog are
 * discarded.
 *
 * Messages that wait in the handle to be sent (see BUS_MORE and
 * bus_set_linger()) are sent first, as by bus_flush(). The call may block for
 * as long as bus_flush() may. Messages that the broker refuses are lost, and
 * the call returns the reason. A process that ends without bus_close() loses
 * all messages that wait in the handle.
 *
 * After fork() each process sends only the messages that it has published
 * itself. Messages that waited in the handle at the time of fork() are sent by
 * the parent. They are lost if the parent ends without bus_close() or
 * bus_flush(), as it does in daemon(): call bus_flush() before fork(). If
 * messages waited at the time of fork(), a child that closes its copy of the
 * handle gets -ECHILD, unless an earlier call in the child has returned it.
 *
 * Return: 0 on success, or the errors of bus_flush(). Pass NULL as the handle
 * to bus_strerror() for the text, because the handle no longer exists.
 */
int bus_close(struct bus *bus);

/**
 * bus_strerror() - explain an error
 * @bus: the handle whose last call returned @err, or NULL
 * @err: the negative errno that the call returned
 *
 * The call does not block and does not fail.
 *
 * Return: a text that says what to do. It is the broker's own text if the
 * broker gave one. The pointer is never NULL. The text belongs to the library:
 * the caller does not change or free it. It is valid until the next call with
 * this handle. If @bus is NULL or has no text of its own, the text may come
 * from strerror(3) and is valid for as long as that function says.
 */
const char *bus_strerror(const struct bus *bus, int err);

/* Publishing */

/* Fail with -ENOENT if the topic does not exist, instead of creating it. */
#define BUS_NO_CREATE (1U << 0)

/* More messages of this topic follow. The message may wait in the handle to be
 * sent together with them: see bus_flush().
 */
#define BUS_MORE (1U << 1)

/* Largest key of a message, in bytes. */
#define BUS_KEY_MAX 255

/**
 * struct bus_result - where a published message went
 * @size: sizeof(struct bus_result)
 * @seq: number of the message within its topic; the first is 1
 * @live: number of subscribers that have the message in their sockets
 * @queued: number of subscribers that have the message in their backlogs
 * @dropped: number of subscribers that lost the message, because their backlog
 *	was full or memory was short; they receive a gap
 */
struct bus_result {
	size_t size;
	uint64_t seq;
	uint32_t live;
	uint32_t queued;
	uint32_t dropped;
};

/**
 * struct bus_publish_options - options of a message
 * @size: sizeof(struct bus_publish_options)
 * @flags: bitwise or of BUS_NO_CREATE and BUS_MORE
 * @wait_ms: longest time to wait for room in the backlogs of BUS_BLOCK
 *	subscribers, in milliseconds. 0: do not wait. Negative: wait without a
 *	time limit.
 * @key: the subject of the message. Of the messages of one topic that have the
 *	same key, or no key, the last supersedes the others: see BUS_CONFLATE.
 * @key_size: length of @key in bytes, up to BUS_KEY_MAX. 0: the message has no
 *	key, and @key is ignored.
 * @result: filled in on success, or NULL. A message with a result does not wait
 *	in the handle for others.
 * @type: full name of the Protocol Buffers message that the payload holds, or
 *	NULL. A topic that the call creates gets this type. If the topic has
 *	another type, the call fails with -EPROTOTYPE. If the message waits in
 *	the handle, the string has to stay valid until the message has been
 *	sent.
 *	bus_publish_message() ignores it.
 *
 * 0 or NULL selects the default of each other member.
 */
struct bus_publish_options {
	size_t size;
	unsigned int flags;
	int wait_ms;
	const void *key;
	size_t key_size;
	struct bus_result *result;
	const char *type;
};

/**
 * bus_publish() - publish bytes
 * @bus: the handle
 * @topic: name of the topic. The topic is created if it does not exist, unless
 *	BUS_NO_CREATE is set.
 * @payload: the payload. It may be NULL if @size is 0.
 * @size: length of the payload in bytes, up to BUS_PAYLOAD_MAX
 * @options: the options of the message, or NULL for the defaults
 *
 * When the call returns 0, each subscriber of the topic has the message in its
 * socket or in its backlog, or has lost a message and receives a gap. With
 * BUS_MORE or bus_set_linger() the message may instead wait in the handle for
 * others: see bus_flush().
 *
 * By default the call does not wait for subscribers. If bus_publish_options has
 * a @wait_ms, the call blocks for up to that time while a BUS_BLOCK subscriber
 * has no room. If the time is over, no subscriber gets the message.
 *
 * The call may first have to send messages that wait in the handle. In that
 * case it may block as bus_flush() does. If it then returns an error that
 * concerns one of those messages, the new message has not been published.
 *
 * On failure no subscriber gets the message, and the message does not wait in
 * the handle. The topic may have been created. -ENOBUFS is the exception: the
 * answer is lost, and the message may have been published.
 *
 * Return: 0 on success. -EINVAL if the name or the type is ill-formed, or if a
 * flag is unknown; -EPROTOTYPE if the topic is known to carry another type;
 * -EMSGSIZE if the payload or the key is too large, or if the message is larger
 * than net.core.wmem_max allows; -ENOENT if the topic does not exist and
 * BUS_NO_CREATE is set, or if another program deleted the topic during the
 * call; -EACCES if the topic's mode does not let the caller publish; -EPERM if
 * only kernel modules or the broker publish on the topic, or if the caller may
 * not create it; -EDQUOT if the caller has too many topics to create another,
 * or too much memory in use to wait; -EAGAIN if a BUS_BLOCK subscriber has no
 * room and the time to wait is over; -EINTR if a signal arrived during the
 * wait; -ECHILD as for bus_flush().
 */
int bus_publish(struct bus *bus, const char *topic, const void *payload,
		size_t size, const struct bus_publish_options *options);

/**
 * bus_publish_message() - publish a Protocol Buffers message
 * @bus: the handle
 * @topic: name of the topic. The topic is created with the message's type if it
 *	does not exist, unless BUS_NO_CREATE is set.
 * @message: the message. The call packs it and does not change or keep it. If
 *	the message waits in the handle, its descriptor has to stay valid until
 *	the message has been sent. Descriptors that protoc-c generates always
 *	are.
 * @options: the options of the message, or NULL for the defaults
 *
 * The call is the same as bus_publish() in all other respects.
 *
 * Return: 0 on success. -EPROTOTYPE if the topic is known to carry another
 * type; or the errors of bus_publish().
 */
int bus_publish_message(struct bus *bus, const char *topic,
			const struct ProtobufCMessage *message,
			const struct bus_publish_options *options);

/**
 * bus_publisher_open() - open a topic for publishing
 * @bus: the handle
 * @topic: name of the topic. It is copied.
 * @publisher: set to the new publisher. The caller owns it, and closes it with
 *	bus_publisher_close() before it closes the handle. Set to NULL on
 *	failure.
 *
 * bus_publish() looks for the name in a table of up to 16384 topics on which
 * the handle has published. bus_publish_with() does not need to: the publisher
 * remembers its topic. This is worth it for a program that publishes on many
 * topics.
 *
 * The call does not talk to the broker. The first message finds the topic, or
 * creates it, as bus_publish() does. The publisher stands for the name: if the
 * topic is deleted and created again, later messages are published on the new
 * topic. One topic may have several publishers.
 *
 * A publisher is part of its handle: what bus.h says of a handle, about threads
 * and fork() for example, holds for the handle and its publishers together.
 *
 * Return: 0 on success. -EINVAL if the name is longer than any topic's;
 * -ENOMEM if memory is short.
 */
int bus_publisher_open(struct bus *bus, const char *topic,
		       struct bus_publisher **publisher);

/**
 * bus_publisher_close() - close a publisher
 * @publisher: the publisher, or NULL, for which the call does nothing. It is
 *	freed. Its handle must still be open.
 *
 * The topic stays. Messages that wait in the handle go on waiting: see
 * bus_flush().
 *
 * The call does not block and does not fail.
 */
void bus_publisher_close(struct bus_publisher *publisher);

/**
 * bus_publisher_has_receivers() - whether a message would reach anybody
 * @publisher: the publisher. Its handle must still be open.
 *
 * If a topic has no receivers, a program need not make its messages. Messages
 * that are not published get no numbers.
 *
 * Before the first message, and on a system without procfs, the topic seems to
 * have receivers. If the bus has thousands of topics without receivers, some of
 * them seem to have receivers.
 *
 * The call makes no system call. It does not block and does not fail.
 *
 * Return: false if the topic exists, has no subscriber and keeps no history,
 * and no program has ever listened to it. Otherwise true.
 */
bool bus_publisher_has_receivers(const struct bus_publisher *publisher);

/**
 * bus_publish_with() - publish bytes by publisher
 * @publisher: the publisher. Its handle must still be open.
 * @payload: the payload. It may be NULL if @size is 0.
 * @size: length of the payload in bytes, up to BUS_PAYLOAD_MAX
 * @options: the options of the message, or NULL for the defaults
 *
 * The call is the same as bus_publish() with the publisher's handle and topic.
 *
 * Return: 0 on success, or the errors of bus_publish(). Pass the handle to
 * bus_strerror() for the text.
 */
int bus_publish_with(struct bus_publisher *publisher, const void *payload,
		     size_t size, const struct bus_publish_options *options);

/**
 * bus_publish_message_with() - publish a Protocol Buffers message by publisher
 * @publisher: the publisher. Its handle must still be open.
 * @message: the message, as for bus_publish_message()
 * @options: the options of the message, or NULL for the defaults
 *
 * The call is the same as bus_publish_message() with the publisher's handle and
 * topic.
 *
 * Return: 0 on success, or the errors of bus_publish_message(). Pass the handle
 * to bus_strerror() for the text.
 */
int bus_publish_message_with(struct bus_publisher *publisher,
			     const struct ProtobufCMessage *message,
			     const struct bus_publish_options *options);

/**
 * bus_flush() - send the messages that wait in the handle
 * @bus: the handle
 *
 * A message published with BUS_MORE, and each message published after
 * bus_set_linger(), waits in the handle for other messages of its topic. They
 * are sent together in one system call, which costs much less than sending them
 * one by one. A message of more than 1.7 KB, or 7.9 KB since Linux 6.9, does
 * not wait, because there would be no room for a second one of its size.
 *
 * Waiting messages are sent:
 *
 * - by a message without BUS_MORE, if no linger time is set or it has passed;
 * - when there is no room for the next message;
 * - when the next message has another topic, type or options, or does not wait;
 * - by bus_receive() with a @timeout_ms other than 0, as soon as there is room;
 * - before this handle changes or deletes their topic;
 * - by bus_flush(), bus_set_linger() with 0, and bus_close().
 *
 * Each of these calls returns the error if the broker refuses a message that
 * waited. The messages before the refused one are published. The refused one
 * and all later ones are discarded, except after -EAGAIN, -EINTR and -ENOMEM:
 * after these they keep waiting, and the next call tries again.
 *
 * The call blocks if a message was published with a @wait_ms: it waits up to
 * that time for each message for which a BUS_BLOCK subscriber has no room.
 *
 * If messages waited at the time of fork(), the first of these calls in the
 * child returns -ECHILD. Those messages are sent by the parent. They are
 * removed from the child's copy of the handle.
 *
 * Return: 0 on success, also if no message waits. -ECHILD if the messages were
 * published before fork() by the parent; or the errors of bus_publish_message()
 * for one of the messages.
 */
int bus_flush(struct bus *bus);

/**
 * bus_set_linger() - set how long messages may wait for others
 * @bus: the handle
 * @linger_us: longest time that a message may wait in the handle, in
 *	microseconds. 0, the default of a new handle: messages wait only with
 *	BUS_MORE.
 *
 * The handle has no thread that could send the messages when the time is over.
 * A program that has published calls bus_flush() by then: see
 * bus_flush_due_us().
 *
 * If @linger_us is 0, the call sends the messages that wait, and may block as
 * bus_flush() does. Otherwise it does not block and does not fail. The new time
 * is set even on failure.
 *
 * Return: 0 on success, or the errors of bus_flush() if @linger_us is 0.
 */
int bus_set_linger(struct bus *bus, unsigned int linger_us);

/**
 * bus_flush_due_us() - time until bus_flush() is due
 * @bus: the handle
 *
 * Use the result as the timeout of an event loop. The call does not block and
 * does not fail.
 *
 * Return: the time from now in microseconds. 0 if bus_flush() is due now; -1 if
 * no message waits in the handle.
 */
int64_t bus_flush_due_us(const struct bus *bus);

/* Subscribing */

/**
 * enum bus_overflow - what is lost when a backlog is full
 * @BUS_DROP_OLDEST: the messages that have waited longest
 * @BUS_DROP_NEWEST: the message that does not fit
 * @BUS_CONFLATE: messages that a later one of the same topic and key
 *	supersedes. If there are none, the messages that have waited longest.
 * @BUS_BLOCK: nothing, on topics that allow it: publishers wait. On other
 *	topics, the message that does not fit.
 */
enum bus_overflow { BUS_DROP_OLDEST, BUS_DROP_NEWEST, BUS_CONFLATE, BUS_BLOCK };

/**
 * struct bus_backlog - limits of a subscriber's queue in the broker
 * @size: sizeof(struct bus_backlog)
 * @messages: limit in messages. 0: the default, 10000 or the largest that the
 *	broker allows.
 * @bytes: limit in bytes of kernel memory, as SO_RCVBUF counts them. 0: the
 *	default, 16 MiB or the largest that the broker allows.
 * @overflow: what is lost when the backlog is full
 * @coalesce_us: longest time that a message may wait in the backlog for others
 *	before the subscriber's descriptor becomes readable, in microseconds, up
 *	to one second. The messages are then received together, at less cost for
 *	each. The wait ends early when the backlog is half full. 0, the default:
 *	messages do not wait.
 */
struct bus_backlog {
	size_t size;
	uint32_t messages;
	uint32_t bytes;
	enum bus_overflow overflow;
	uint32_t coalesce_us;
};

/**
 * bus_set_backlog() - set the backlog's limits before the first subscription
 * @bus: the handle
 * @backlog: the limits and the policy. They are copied. The first
 *	bus_subscribe() applies and checks them.
 *
 * The call does not block.
 *
 * Return: 0 on success. -EBUSY if the handle already subscribes or listens.
 */
int bus_set_backlog(struct bus *bus, const struct bus_backlog *backlog);

/**
 * bus_subscribe() - receive topics in order, with a gap for every loss
 * @bus: the handle
 * @pattern: the name of a topic, which need not exist yet, or a pattern. In a
 *	pattern the level "+" matches any one level, and the last level "#"
 *	matches any number of levels, including none (MQTT 5, section 4.7).
 *
 * The handle receives every message that is published after the call has
 * returned, also those of topics that are created later. It receives each
 * message once, even if several of its patterns match. A wildcard does not
 * match a first level that begins with "$".
 *
 * A pattern skips topics whose mode does not let the handle's owner read them,
 * without an error. Their messages arrive from the moment the mode allows it.
 *
 * The call does not wait for messages. A handle either subscribes or listens.
 *
 * Return: 0 on success. -EEXIST if the handle already subscribes to this exact
 * name or pattern; -EINVAL if it is ill-formed; -EACCES if a topic of this
 * exact name exists and the caller may not read it; -EDQUOT if the backlog
 * asked for is too large, or if the caller has too many subscribers,
 * subscriptions or topics to receive, or too much memory in use; -ERANGE if the
 * backlog's policy is unknown or its @coalesce_us is more than one second;
 * -EPERM if the policy is BUS_BLOCK and a topic of this exact name exists that
 * does not allow it, or if the process has changed its effective user since the
 * first subscription; -EBUSY if the handle listens. The first subscription
 * opens a socket, and may also fail with -EXDEV if the calling thread is in
 * another network namespace than at bus_open(), and with the errors of
 * bus_open().
 */
int bus_subscribe(struct bus *bus, const char *pattern);

/**
 * bus_subscribe_replay() - subscribe, beginning with kept messages
 * @bus: the handle
 * @pattern: as for bus_subscribe()
 * @max: largest number of kept messages to replay of each topic, 1 or more
 *
 * The handle first receives the last @max messages of each topic's history,
 * marked as replayed, and then every message that is published later. No
 * message between the two is missing, and none arrives twice. A topic that the
 * handle already receives is not replayed.
 *
 * Replayed messages wait in the backlog like any others. They are lost like any
 * others if they do not fit.
 *
 * The call does not wait for messages.
 *
 * Return: 0 on success. -EINVAL if @max is 0; -ENODATA if a topic of this exact
 * name exists and keeps no history; or the errors of bus_subscribe().
 */
int bus_subscribe_replay(struct bus *bus, const char *pattern, uint32_t max);

/**
 * bus_unsubscribe() - end a subscription
 * @bus: the handle
 * @pattern: the same string as was given to bus_subscribe()
 *
 * Messages that were published before may still arrive. So do messages of
 * topics that another subscription of the handle matches.
 *
 * The call does not wait for messages.
 *
 * Return: 0 on success. -EINVAL if @pattern is ill-formed; -ENOENT if the
 * handle does not subscribe to it, or if @pattern is longer than any name.
 */
int bus_unsubscribe(struct bus *bus, const char *pattern);

/**
 * bus_listen() - receive a topic as a plain member of its multicast group
 * @bus: the handle
 * @topic: name of a topic that exists
 *
 * A listener has no backlog: messages are lost when its socket is full. A loss
 * is reported as a gap when a later message of the topic arrives.
 *
 * A change of the topic's owner, group or mode ends the membership without
 * notice. Call bus_listen() again after such a change.
 *
 * The call does not wait for messages. A handle may listen to several topics,
 * but it either subscribes or listens.
 *
 * Return: 0 on success. -ENOENT if there is no such topic, or if it was deleted
 * during the call; -EINVAL if the name is ill-formed; -EACCES if the caller may
 * not read the topic; -ENOSPC if no multicast group is free for it now; -EDQUOT
 * if sockets of the caller's user have joined too many groups, or this group
 * too often; -EAGAIN if the topic's group keeps changing; -EBUSY if the handle
 * subscribes. The first call opens a socket, and may also fail with -EXDEV if
 * the calling thread is in another network namespace than at bus_open(), and
 * with the errors of bus_open().
 */
int bus_listen(struct bus *bus, const char *topic);

/**
 * enum bus_kind - kinds of records that bus_receive() returns
 * @BUS_MESSAGE: a message
 * @BUS_GAP: messages were lost at this place
 */
enum bus_kind { BUS_MESSAGE, BUS_GAP };

/**
 * struct bus_message - a message or a gap, as bus_receive() returns it
 * @kind: BUS_MESSAGE or BUS_GAP
 * @topic: name of the topic. In a BUS_GAP of several topics an empty string:
 *	see @topics.
 * @type: full name of the payload's type. Empty if it is not known.
 * @seq: in a BUS_MESSAGE, number of the message within its topic; the first is
 *	1
 * @time_ns: in a BUS_MESSAGE, time of publication, in nanoseconds of
 *	CLOCK_REALTIME
 * @pid: in a BUS_MESSAGE, id of the publishing process. 0 if the kernel
 *	published it, if the process is not in the reader's pid namespace, or if
 *	the message is replayed and that pid namespace is not the initial one.
 * @uid: in a BUS_MESSAGE, real user id of the process
 * @gid: in a BUS_MESSAGE, real group id of the process
 * @kernel: in a BUS_MESSAGE, true if a kernel module or the broker published it
 * @replayed: in a BUS_MESSAGE, true if it comes from the topic's history
 * @key: in a BUS_MESSAGE, the key: see struct bus_publish_options
 * @key_size: in a BUS_MESSAGE, length of @key in bytes. 0: it has no key.
 * @payload: in a BUS_MESSAGE, the payload
 * @size: in a BUS_MESSAGE, length of @payload in bytes
 * @first_seq: in a BUS_GAP, number of the first lost message; 0 if @topics is
 *	not 0
 * @last_seq: in a BUS_GAP, number of the last lost message; 0 if @topics is not
 *	0
 * @count: in a BUS_GAP, number of lost messages
 * @topics: in a BUS_GAP, normally 0. Otherwise the number of topics to which
 *	the lost messages belonged. The handle no longer receives these topics,
 *	for example because they were deleted, and the program did not read:
 *	there are too many of them to report each in a gap of its own.
 *
 * The broker sets all members except the key and the payload, so a publisher
 * cannot forge the others. A subscriber sees @pid, @uid and @gid in its own
 * namespaces. A listener sees @pid in the initial pid namespace, and @uid and
 * @gid in the user namespace that owns the network namespace. Members may be
 * added at the end in later versions.
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
 * @message: set to the message or gap. It and the strings and bytes in it
 *	belong to the handle, and are valid until the next bus_receive() or
 *	bus_close(). Set to NULL on failure.
 * @timeout_ms: longest time to wait, in milliseconds. 0: do not wait. Negative:
 *	wait without a time limit.
 *
 * The call blocks until a message or a gap arrives or the time is over. If
 * @timeout_ms is not 0, it also sends messages that wait in the handle, as soon
 * as there is room for them: see bus_flush().
 *
 * Nothing is lost if the call fails because memory is short. Call it again
 * after some milliseconds, without waiting for the descriptor to become
 * readable.
 *
 * Return: 0 on success. -EAGAIN if nothing arrived in time; -EINTR if a signal
 * handler ran during the wait (with a negative @timeout_ms the call may go on
 * waiting if the handler was installed with SA_RESTART), or if the process was
 * stopped and continued during a wait with a time limit; -ENOTCONN if the
 * handle neither subscribes nor listens; -ENOBUFS or -ENOMEM if memory is
 * short; or, if @timeout_ms is not 0, the errors of bus_flush() other than
 * -EAGAIN.
 */
int bus_receive(struct bus *bus, const struct bus_message **message,
		int timeout_ms);

/**
 * bus_pending() - whether to receive again before waiting for the descriptor
 * @bus: the handle
 *
 * The handle may hold messages that it has read, or may have to ask the broker
 * for the backlog. In both cases there may be more to receive while the
 * descriptor is not readable. A program that waits for the descriptor calls
 * bus_receive() with timeout 0, and again for as long as bus_pending() returns
 * true. This includes errors: if memory is short, it calls again after some
 * milliseconds. After -EAGAIN nothing is pending.
 *
 * A bus_receive() that returns -EAGAIN costs a system call, and bus_pending()
 * none. It is for loops that are level-triggered, as those of poll(), epoll,
 * libuv and libevent are by default: see bus_fd().
 *
 * The call does not block and does not fail.
 *
 * Return: true if bus_receive() has to be called again. False if the descriptor
 * is readable whenever there is something to receive.
 */
bool bus_pending(const struct bus *bus);

/**
 * bus_fd() - descriptor to wait on
 * @bus: a handle that subscribes or listens
 *
 * The descriptor is readable (POLLIN) when there may be messages. Call
 * bus_receive() with timeout 0, and again for as long as bus_pending() returns
 * true, and then wait again. An edge-triggered loop calls bus_receive() until
 * it returns -EAGAIN: there is another edge whenever bus_receive() has to be
 * called again.
 *
 * The descriptor is in error (POLLERR) only when memory is short, which is
 * rare. Treat an error as readable, and keep watching the descriptor. libuv
 * stops watching it and has to be started again. The handle does not depend on
 * the error: a loop may read SO_ERROR, and may examine the descriptor in any
 * way that takes no datagram from it. bus_receive() sets SO_RCVTIMEO and relies
 * on it. docs/examples/ has loops with epoll, libuv and libevent.
 *
 * The call does not block.
 *
 * Return: the descriptor, which belongs to the handle: do not close it.
 * -ENOTCONN if the handle neither subscribes nor listens.
 */
int bus_fd(const struct bus *bus);

/**
 * bus_unpack() - unpack the payload of a Protocol Buffers message
 * @message: a message from bus_receive()
 * @descriptor: the type to unpack to
 * @unpacked: set to the unpacked message. The caller owns it and frees it with
 *	protobuf_c_message_free_unpacked(). It does not refer to @message. Set
 *	to NULL on failure.
 *
 * The call does not block.
 *
 * Return: 0 on success. -EBADMSG if the payload is not of this type, or if
 * memory is short; -EINVAL if @message is a gap. Pass NULL as the handle to
 * bus_strerror() for the text.
 */
int bus_unpack(const struct bus_message *message,
	       const struct ProtobufCMessageDescriptor *descriptor,
	       struct ProtobufCMessage **unpacked);

/**
 * struct bus_stats - counters of a subscriber, since its first subscription
 * @size: sizeof(struct bus_stats)
 * @live: messages that were put straight into the socket
 * @drained: messages that were put into the socket from the backlog
 * @lost: messages that were lost
 * @reported: lost messages that gaps have reported so far
 * @gaps: gaps that were put into the socket
 * @overruns: number of times that the socket was full
 * @backlog_messages: messages that are in the backlog now
 * @backlog_bytes: bytes of kernel memory that are in the backlog now
 */
struct bus_stats {
	size_t size;
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
 * @stats: filled in on success
 *
 * The call does not wait for messages.
 *
 * Return: 0 on success. -ENOTCONN if the handle does not subscribe.
 */
int bus_get_stats(struct bus *bus, struct bus_stats *stats);

/* Topics */

/**
 * struct bus_topic - properties and counters of a topic
 * @id: id of the topic
 * @group: netlink multicast group of the topic. 0 if no group was free.
 * @name: name of the topic
 * @type: full name of the payloads' type. Empty if it is not known.
 * @kernel: true if the topic belongs to a kernel module or to the broker. No
 *	program can publish on it.
 * @uid: owner of the topic
 * @gid: group of the topic
 * @mode: permissions of the topic: see struct bus_topic_access
 * @seq: number of the last message. 0: no message has been published.
 * @bytes: total of the payloads published, in bytes
 * @subscribers: number of subscribers that receive the topic
 * @listeners: true if at least one socket listens to the topic's group
 * @history: largest number of messages that the topic keeps. 0: it keeps none.
 * @history_bytes: limit of the history in bytes of kernel memory
 * @allow_block: true if subscribers may make the topic's publishers wait
 * @kept: messages that are in the history now
 * @kept_bytes: bytes of kernel memory that are in the history now
 * @deferred: messages that kernel modules published with interrupts off, and
 *	that were therefore sent a little later
 * @lost: messages that kernel modules could not send. Subscribers receive gaps
 *	for them.
 *
 * Members may be added at the end in later versions.
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

/**
 * typedef bus_topic_fn - function that is called with a topic
 * @topic: the topic. It and its strings are valid until the function returns.
 * @data: the pointer that was given to bus_topic_get() or bus_topic_list()
 *
 * The function must not use the handle.
 *
 * Return: 0 to go on, or a negative errno. A negative errno ends the listing,
 * and bus_topic_get() or bus_topic_list() returns it.
 */
typedef int bus_topic_fn(const struct bus_topic *topic, void *data);

/* bus_topic_access.set: which other members are used. */
#define BUS_SET_UID (1U << 0)
#define BUS_SET_GID (1U << 1)
#define BUS_SET_MODE (1U << 2)

/**
 * struct bus_topic_access - owner, group and permissions of a topic
 * @size: sizeof(struct bus_topic_access)
 * @set: bitwise or of BUS_SET_UID, BUS_SET_GID and BUS_SET_MODE: which other
 *	members are used
 * @uid: owner of the topic
 * @gid: group of the topic
 * @mode: permissions, as the mode of a file. The read bits let the owner, the
 *	members of the group and others subscribe, replay and listen. The write
 *	bits let them publish. At most 0666.
 *
 * User and group ids are those of the caller's user namespace. A process that
 * has CAP_NET_ADMIN in the user namespace that owns the network namespace has
 * all rights.
 *
 * The structure gets no more members, because bus_topic_options contains it.
 */
struct bus_topic_access {
	size_t size;
	unsigned int set;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
};

/**
 * struct bus_topic_options - options of a new topic
 * @size: sizeof(struct bus_topic_options)
 * @type: full name of the payloads' type, or NULL
 * @history: largest number of messages to keep for later subscribers. 0: keep
 *	none.
 * @history_bytes: limit of the history in bytes of kernel memory. 0: the
 *	default, 1 MiB or the largest that the broker allows.
 * @allow_block: true to let subscribers make the topic's publishers wait: see
 *	BUS_BLOCK
 * @access: owner, group and permissions. Its own size is not looked at. By
 *	default the topic belongs to its creator and the creator's group, and
 *	has the mode of the sysctl net.kbus.default_mode, by default 0644.
 *
 * 0 or NULL selects the default of each other member.
 */
struct bus_topic_options {
	size_t size;
	const char *type;
	uint32_t history;
	uint32_t history_bytes;
	bool allow_block;
	struct bus_topic_access access;
};

/**
 * bus_topic_create() - create a topic
 * @bus: the handle
 * @topic: name of the topic
 * @options: the options of the topic, or NULL for the defaults
 *
 * The call does not wait for other programs to read or publish.
 *
 * Return: 0 on success. -EEXIST if the topic exists; -EINVAL if the name or an
 * option is ill-formed; -EDQUOT if the history is larger than the sysctls
 * net.kbus.history_messages_max and net.kbus.history_bytes_max allow, or if the
 * caller has too many topics or too much memory in use; -EPERM if the name is
 * reserved, if the creation of topics is restricted, or if the caller may not
 * choose this owner or group.
 */
int bus_topic_create(struct bus *bus, const char *topic,
		     const struct bus_topic_options *options);

/**
 * bus_topic_change() - change the owner, group or permissions of a topic
 * @bus: the handle
 * @topic: name of the topic
 * @access: the members to change
 *
 * Messages of this topic that wait in the handle are sent first, and the call
 * may block as bus_flush() does.
 *
 * The change has taken effect for all programs when the call returns.
 * Publishers that lost the right to publish are refused. Subscribers that lost
 * the right to read get no later message. Subscribers that gained it, and whose
 * patterns match, get every later message. Sockets that listen to the topic
 * receive no later message: those that may still read it have to listen again.
 *
 * Return: 0 on success. -ENOENT if there is no such topic; -EINVAL if the name
 * or @access is ill-formed, or if @access changes nothing; -EPERM if the caller
 * is neither the owner nor has CAP_NET_ADMIN, if an owner without CAP_NET_ADMIN
 * gives the topic away, or if it chooses a group that it is not in; -EDQUOT if
 * the topic would reach more subscribers than the limit for all topics together
 * allows; or the errors of bus_flush(), after which the topic is not changed.
 */
int bus_topic_change(struct bus *bus, const char *topic,
		     const struct bus_topic_access *access);

/**
 * bus_topic_delete() - delete a topic
 * @bus: the handle
 * @topic: name of the topic
 *
 * Messages of this topic that wait in the handle are sent first, and the call
 * may block as bus_flush() does. Subscriptions to the name stay, and apply to a
 * later topic of the same name.
 *
 * Return: 0 on success. -ENOENT if there is no such topic; -EINVAL if the name
 * is ill-formed; -EPERM if the caller is neither the owner nor has
 * CAP_NET_ADMIN, or if the topic is the broker's; -EBUSY if a kernel module
 * holds the topic; or the errors of bus_flush(), after which the topic is not
 * deleted.
 */
int bus_topic_delete(struct bus *bus, const char *topic);

/**
 * bus_topic_get() - look up a topic
 * @bus: the handle
 * @topic: name of the topic
 * @fn: called once with the topic, if it exists. It must not use the handle.
 * @data: passed to @fn
 *
 * The call does not wait for other programs to read or publish.
 *
 * Return: 0 on success. -ENOENT if there is no such topic; -EINVAL if the name
 * is ill-formed; or the value that @fn returned.
 */
int bus_topic_get(struct bus *bus, const char *topic, bus_topic_fn *fn,
		  void *data);

/**
 * bus_topic_list() - look up all topics
 * @bus: the handle
 * @fn: called once for each topic. It must not use the handle.
 * @data: passed to @fn
 *
 * The call does not wait for other programs to read or publish.
 *
 * Return: 0 on success, or the value with which @fn ended the listing.
 */
int bus_topic_list(struct bus *bus, bus_topic_fn *fn, void *data);

/* Subscribers */

/**
 * enum bus_state - how messages reach a subscriber
 * @BUS_LIVE: they are put straight into its socket
 * @BUS_QUEUED: they are put into its backlog, because it is behind
 */
enum bus_state { BUS_LIVE, BUS_QUEUED };

/**
 * struct bus_subscriber - properties and counters of a subscriber
 * @portid: netlink port id of its message socket. No other socket has this port
 *	id while that socket is open.
 * @pid: id of the process that subscribed
 * @uid: real user id of that process
 * @program: name of that process at the time it subscribed. The program chooses
 *	the name, which may contain any bytes except NUL: do not write it to a
 *	terminal unchanged.
 * @state: how messages reach the subscriber
 * @subscriptions: number of names and patterns that it subscribes to
 * @limits: limits of its backlog
 * @stats: its counters, over all topics
 *
 * Members may be added at the end in later versions.
 */
struct bus_subscriber {
	uint32_t portid;
	uint32_t pid;
	uint32_t uid;
	const char *program;
	enum bus_state state;
	uint32_t subscriptions;
	const struct bus_backlog *limits;
	const struct bus_stats *stats;
};

/**
 * typedef bus_subscriber_fn - function that is called with a subscriber
 * @subscriber: the subscriber. It, its string, its limits and its counters are
 *	valid until the function returns.
 * @data: the pointer that was given to bus_subscriber_list()
 *
 * The function must not use the handle.
 *
 * Return: 0 to go on, or a negative errno. A negative errno ends the listing,
 * and bus_subscriber_list() returns it.
 */
typedef int bus_subscriber_fn(const struct bus_subscriber *subscriber,
			      void *data);

/**
 * bus_subscriber_list() - look up subscribers of all programs
 * @bus: the handle
 * @topic: name of a topic, to look up only the subscribers that receive it; or
 *	NULL, to look up all subscribers
 * @fn: called once for each subscriber, in the order of their first
 *	subscriptions. It must not use the handle.
 * @data: passed to @fn
 *
 * Subscribers that appear or end during the call may be left out. The call does
 * not wait for other programs to read or publish.
 *
 * Return: 0 on success. -ENOENT if there is no such topic; -EINVAL if the name
 * is ill-formed; or the value with which @fn ended the listing.
 */
int bus_subscriber_list(struct bus *bus, const char *topic,
			bus_subscriber_fn *fn, void *data);

/**
 * typedef bus_pattern_fn - function that is called with a name or pattern
 * @pattern: the name or pattern. It is valid until the function returns.
 * @data: the pointer that was given to bus_subscriber_patterns()
 *
 * The function must not use the handle.
 *
 * Return: 0 to go on, or a negative errno. A negative errno ends the listing,
 * and bus_subscriber_patterns() returns it.
 */
typedef int bus_pattern_fn(const char *pattern, void *data);

/**
 * bus_subscriber_patterns() - look up the subscriptions of a subscriber
 * @bus: the handle
 * @portid: port id of the subscriber, from struct bus_subscriber
 * @fn: called once for each name or pattern, in the order of subscribing. It
 *	must not use the handle.
 * @data: passed to @fn
 *
 * If the subscriber has a great many subscriptions, only the first are listed:
 * about 60 of the longest, or some hundred of the usual length. The call does
 * not wait for other programs to read or publish.
 *
 * Return: 0 on success. -ENOTCONN if there is no such subscriber; or the value
 * with which @fn ended the listing.
 */
int bus_subscriber_patterns(struct bus *bus, uint32_t portid,
			    bus_pattern_fn *fn, void *data);

#ifdef __cplusplus
}
#endif

#endif /* BUS_H */
