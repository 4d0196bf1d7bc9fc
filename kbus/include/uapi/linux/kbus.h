/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kbus: the wire protocol between programs and the broker
 *
 * Everything is netlink (see netlink(7)): a datagram holds one or more
 * messages, each a struct nlmsghdr, then for some types a fixed header, then
 * attributes. Numbers are in host byte order. docs/protocol.md explains the
 * exchanges, proto/kbus.yaml describes them to machines.
 */
#ifndef _UAPI_LINUX_KBUS_H
#define _UAPI_LINUX_KBUS_H

#include <linux/netlink.h>
#include <linux/types.h>

/* The netlink protocol number, unless the module parameter "protocol" says
 * otherwise: read /sys/module/kbus/parameters/protocol.
 */
#define KBUS_PROTOCOL 31

/* Bytes of UTF-8 in a topic's name, in the full name of its payload's type. */
#define KBUS_NAME_MAX 255
#define KBUS_TYPE_MAX 255

/* Bytes of payload: 64 KiB less what headers take, so that a whole message
 * and its bookkeeping fit one 64 KiB allocation.
 */
#define KBUS_PAYLOAD_MAX 64512

/* Bytes of a message's key. */
#define KBUS_KEY_MAX 255

/* Bits of a topic's mode: read and write for owner, group and others. */
#define KBUS_MODE_MASK 0666

/* Counters in the page that can be mapped from /proc/net/kbus_error_counters, each a
 * __u32: that of a socket is its port id modulo this. It changes when a request
 * of the socket is refused, before the sendmsg() returns that brought it. Each
 * user has a page, that of the sockets that it opened: it is the page of the
 * effective user who opened the file.
 */
#define KBUS_ERROR_COUNTERS 1024

/* KBUS_A_MESSAGE_WAIT_MS: as long as it takes. */
#define KBUS_WAIT_FOREVER 0xffffffffU

/* A subscriber's backlog unless it asks for another: messages, and bytes of
 * kernel memory as SO_RCVBUF counts them.
 */
#define KBUS_BACKLOG_MESSAGES_DEFAULT 10000
#define KBUS_BACKLOG_BYTES_DEFAULT (16 << 20)

/* KBUS_A_SUBSCRIBER_COALESCE_US: a second. */
#define KBUS_COALESCE_US_MAX 1000000

/* Bytes of kernel memory that a topic's history takes at most unless its
 * creator asks for another limit.
 */
#define KBUS_HISTORY_BYTES_DEFAULT (1 << 20)

/**
 * enum kbus_cmd - nlmsg_type of programs' requests
 * @KBUS_CMD_PUBLISH: struct kbus_header, enum kbus_message_attr. With
 *	NLM_F_ECHO answered with %KBUS_MSG_RESULT.
 * @KBUS_CMD_TOPIC_CREATE: create or find a topic; with NLM_F_EXCL create only.
 *	Answered with %KBUS_MSG_TOPIC.
 * @KBUS_CMD_TOPIC_DELETE: delete a topic
 * @KBUS_CMD_TOPIC_GET: one topic by name or id, or with NLM_F_DUMP all
 * @KBUS_CMD_REGISTER: make the sending socket a subscriber
 * @KBUS_CMD_SUBSCRIBE: receive the topics of a name or pattern, present and
 *	future
 * @KBUS_CMD_UNSUBSCRIBE: end a subscription
 * @KBUS_CMD_BACKLOG: with NLM_F_DUMP, hand over the sending socket's backlog
 * @KBUS_CMD_SUBSCRIBER_GET: one subscriber, or with NLM_F_DUMP all
 * @KBUS_CMD_TOPIC_CHANGE: change a topic's owner, group or mode
 */
enum kbus_cmd {
	KBUS_CMD_PUBLISH = NLMSG_MIN_TYPE,
	KBUS_CMD_TOPIC_CREATE,
	KBUS_CMD_TOPIC_DELETE,
	KBUS_CMD_TOPIC_GET,
	KBUS_CMD_REGISTER,
	KBUS_CMD_SUBSCRIBE,
	KBUS_CMD_UNSUBSCRIBE,
	KBUS_CMD_BACKLOG,
	KBUS_CMD_SUBSCRIBER_GET,
	KBUS_CMD_TOPIC_CHANGE,
};

/**
 * enum kbus_msg - nlmsg_type of what the broker sends
 * @KBUS_MSG_MESSAGE: a message: struct kbus_header, enum kbus_message_attr
 * @KBUS_MSG_GAP: messages were lost here, enum kbus_gap_attr
 * @KBUS_MSG_TOPIC: enum kbus_topic_attr. To a subscriber, before a topic's
 *	first message: id and name; in an answer: all attributes.
 * @KBUS_MSG_SUBSCRIBER: enum kbus_subscriber_attr
 * @KBUS_MSG_RESULT: what became of a message, enum kbus_result_attr
 * @KBUS_MSG_BEHIND: to a subscriber: ask for the backlog with
 *	%KBUS_CMD_BACKLOG; no attributes
 */
enum kbus_msg {
	KBUS_MSG_MESSAGE = 0x40,
	KBUS_MSG_GAP,
	KBUS_MSG_TOPIC,
	KBUS_MSG_SUBSCRIBER,
	KBUS_MSG_RESULT,
	KBUS_MSG_BEHIND,
};

/* kbus_header.flags */
#define KBUS_F_KERNEL (1U << 0)		/* published by a kernel module */
#define KBUS_F_REPLAYED (1U << 1)	/* from the topic's history */

/**
 * struct kbus_header - fixed header of %KBUS_CMD_PUBLISH and %KBUS_MSG_MESSAGE
 * @topic: the topic's id
 * @flags: KBUS_F_*
 * @seq: number of this message within its topic; the first is 1
 * @time_ns: when it was published, nanoseconds of CLOCK_REALTIME
 * @pid: publishing process; 0: a kernel module, or it cannot be told
 * @uid: its real user id
 * @gid: its real group id
 * @reserved: 0
 *
 * A publisher fills in @topic and leaves all else 0; the broker stamps the
 * rest. A subscriber sees @pid, @uid and @gid as the namespaces do in which it
 * registered, but for the @pid of a replayed message if its pid namespace is
 * not the initial one. Who listens sees the process as the initial pid
 * namespace does, and ids as the user namespace that owns the network
 * namespace.
 */
struct kbus_header {
	__u32 topic;
	__u32 flags;
	__u64 seq;
	__u64 time_ns;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__u32 reserved;
};

/**
 * enum kbus_message_attr - attributes of %KBUS_CMD_PUBLISH and %KBUS_MSG_MESSAGE
 * @KBUS_A_MESSAGE_UNSPEC: unused
 * @KBUS_A_MESSAGE_PAYLOAD: binary, up to %KBUS_PAYLOAD_MAX bytes, may be empty
 * @KBUS_A_MESSAGE_KEY: binary, 1 to %KBUS_KEY_MAX bytes: what the message is
 *	about, for %KBUS_CONFLATE; absent: the topic as a whole
 * @KBUS_A_MESSAGE_WAIT_MS: u32, to the broker only: how long to wait for
 *	subscribers that block, in milliseconds; absent or 0: not at all
 */
enum kbus_message_attr {
	KBUS_A_MESSAGE_UNSPEC,
	KBUS_A_MESSAGE_PAYLOAD,
	KBUS_A_MESSAGE_KEY,
	KBUS_A_MESSAGE_WAIT_MS,

	__KBUS_A_MESSAGE_MAX,
};

#define KBUS_A_MESSAGE_MAX (__KBUS_A_MESSAGE_MAX - 1)

/**
 * enum kbus_topic_attr - attributes that name or describe a topic
 * @KBUS_A_TOPIC_UNSPEC: unused
 * @KBUS_A_TOPIC_PAD: padding of 64-bit attributes
 * @KBUS_A_TOPIC_ID: u32, not used for another topic before 2^32 others
 * @KBUS_A_TOPIC_NAME: NUL-terminated string
 * @KBUS_A_TOPIC_TYPE: NUL-terminated string: full name of the Protocol Buffers
 *	message that the payloads hold, letters, digits, '_' and '.'; absent:
 *	not told
 * @KBUS_A_TOPIC_HISTORY: u32, how many of its last messages the topic keeps,
 *	for subscribers that come later; absent: none
 * @KBUS_A_TOPIC_HISTORY_BYTES: u32, and how many bytes of kernel memory at most
 * @KBUS_A_TOPIC_ALLOW_BLOCK: flag: subscribers may hold up its publishers, see
 *	%KBUS_BLOCK
 * @KBUS_A_TOPIC_UID: u32, owner, as the user namespace of who asks sees it
 * @KBUS_A_TOPIC_GID: u32, group, likewise
 * @KBUS_A_TOPIC_MODE: u32, who may read (subscribe, listen) and write (publish),
 *	as a file's mode: bits of %KBUS_MODE_MASK
 * @KBUS_A_TOPIC_GROUP: u32, netlink multicast group; another one after a change
 *	of owner, group or mode that takes it from those who had joined
 * @KBUS_A_TOPIC_SEQ: u64, number of the last message; 0: none yet
 * @KBUS_A_TOPIC_BYTES: u64, payload bytes published
 * @KBUS_A_TOPIC_SUBSCRIBERS: u32, how many subscribers receive it
 * @KBUS_A_TOPIC_LISTENERS: u8, 1: some socket, in whatever network namespace,
 *	has joined a group of this number
 * @KBUS_A_TOPIC_KEPT: u32, messages in its history now
 * @KBUS_A_TOPIC_KEPT_BYTES: u32, bytes of kernel memory in its history now
 * @KBUS_A_TOPIC_DEFERRED: u64, messages that kernel modules published with
 *	interrupts off, so that they were sent a little later; absent: it is not
 *	kernel modules' topic
 * @KBUS_A_TOPIC_LOST: u64, messages that kernel modules numbered but could not
 *	send, of which subscribers are told; absent likewise
 */
enum kbus_topic_attr {
	KBUS_A_TOPIC_UNSPEC,
	KBUS_A_TOPIC_PAD,
	KBUS_A_TOPIC_ID,
	KBUS_A_TOPIC_NAME,
	KBUS_A_TOPIC_TYPE,
	KBUS_A_TOPIC_HISTORY,
	KBUS_A_TOPIC_HISTORY_BYTES,
	KBUS_A_TOPIC_ALLOW_BLOCK,
	KBUS_A_TOPIC_UID,
	KBUS_A_TOPIC_GID,
	KBUS_A_TOPIC_MODE,
	KBUS_A_TOPIC_GROUP,
	KBUS_A_TOPIC_SEQ,
	KBUS_A_TOPIC_BYTES,
	KBUS_A_TOPIC_SUBSCRIBERS,
	KBUS_A_TOPIC_LISTENERS,
	KBUS_A_TOPIC_KEPT,
	KBUS_A_TOPIC_KEPT_BYTES,
	KBUS_A_TOPIC_DEFERRED,
	KBUS_A_TOPIC_LOST,

	__KBUS_A_TOPIC_MAX,
};

#define KBUS_A_TOPIC_MAX (__KBUS_A_TOPIC_MAX - 1)

/**
 * enum kbus_gap_attr - attributes of %KBUS_MSG_GAP
 * @KBUS_A_GAP_UNSPEC: unused
 * @KBUS_A_GAP_PAD: padding of 64-bit attributes
 * @KBUS_A_GAP_TOPIC: u32, topic id; absent: see %KBUS_A_GAP_TOPICS
 * @KBUS_A_GAP_FIRST: u64, number of the first message lost
 * @KBUS_A_GAP_LAST: u64, number of the last
 * @KBUS_A_GAP_COUNT: u64, how many
 * @KBUS_A_GAP_TOPICS: u32, instead of topic, first and last: the messages were of
 *	so many topics that the subscriber receives no more, because they were
 *	deleted mostly, and too many to tell of each
 */
enum kbus_gap_attr {
	KBUS_A_GAP_UNSPEC,
	KBUS_A_GAP_PAD,
	KBUS_A_GAP_TOPIC,
	KBUS_A_GAP_FIRST,
	KBUS_A_GAP_LAST,
	KBUS_A_GAP_COUNT,
	KBUS_A_GAP_TOPICS,

	__KBUS_A_GAP_MAX,
};

#define KBUS_A_GAP_MAX (__KBUS_A_GAP_MAX - 1)

/**
 * enum kbus_result_attr - attributes of %KBUS_MSG_RESULT
 * @KBUS_A_RESULT_UNSPEC: unused
 * @KBUS_A_RESULT_PAD: padding of 64-bit attributes
 * @KBUS_A_RESULT_TOPIC: u32, topic id
 * @KBUS_A_RESULT_SEQ: u64, number that the message was given
 * @KBUS_A_RESULT_LIVE: u32, subscribers that have it in their sockets
 * @KBUS_A_RESULT_QUEUED: u32, subscribers that have it in their backlogs
 * @KBUS_A_RESULT_DROPPED: u32, subscribers that will be told of its loss
 */
enum kbus_result_attr {
	KBUS_A_RESULT_UNSPEC,
	KBUS_A_RESULT_PAD,
	KBUS_A_RESULT_TOPIC,
	KBUS_A_RESULT_SEQ,
	KBUS_A_RESULT_LIVE,
	KBUS_A_RESULT_QUEUED,
	KBUS_A_RESULT_DROPPED,

	__KBUS_A_RESULT_MAX,
};

#define KBUS_A_RESULT_MAX (__KBUS_A_RESULT_MAX - 1)

/**
 * enum kbus_overflow - what a full backlog gives up
 * @KBUS_DROP_OLDEST: the messages that have waited longest
 * @KBUS_DROP_NEWEST: the message that does not fit
 * @KBUS_CONFLATE: messages that a later one of the same topic and key
 *	supersedes, first what was superseded first; if there are none, those
 *	that have waited longest
 * @KBUS_BLOCK: nothing: the publisher waits, where the topic allows it
 *	(%KBUS_A_TOPIC_ALLOW_BLOCK); elsewhere the message that does not fit
 */
enum kbus_overflow {
	KBUS_DROP_OLDEST,
	KBUS_DROP_NEWEST,
	KBUS_CONFLATE,
	KBUS_BLOCK,

	__KBUS_OVERFLOW_MAX,
};

#define KBUS_OVERFLOW_MAX (__KBUS_OVERFLOW_MAX - 1)

/**
 * enum kbus_state - how messages reach a subscriber
 * @KBUS_LIVE: straight into its socket
 * @KBUS_QUEUED: into its backlog, until it has asked for all of that
 */
enum kbus_state {
	KBUS_LIVE,
	KBUS_QUEUED,
};

/**
 * enum kbus_subscriber_attr - attributes that choose or describe a subscriber
 * @KBUS_A_SUBSCRIBER_UNSPEC: unused
 * @KBUS_A_SUBSCRIBER_PAD: padding of 64-bit attributes
 * @KBUS_A_SUBSCRIBER_PORTID: u32, port id of its message socket; in a request
 *	absent: the sending socket
 * @KBUS_A_SUBSCRIBER_CONTROL: u32, port id of a second socket that may speak
 *	for it, so that a full message socket swallows no answer
 * @KBUS_A_SUBSCRIBER_MESSAGES: u32, the backlog's limit in messages
 * @KBUS_A_SUBSCRIBER_BYTES: u32, the backlog's limit in bytes of kernel memory
 * @KBUS_A_SUBSCRIBER_OVERFLOW: u32, enum kbus_overflow
 * @KBUS_A_SUBSCRIBER_PATTERN: NUL-terminated string: name to subscribe to, or
 *	pattern: the level "+" stands for any one, the last level "#" for any
 *	number, none included; not for a first level that begins with "$"
 *	(MQTT 5, section 4.7); in the answer about one subscriber there as often
 *	as it has subscriptions, while they fit
 * @KBUS_A_SUBSCRIBER_REPLAY: u32, with %KBUS_CMD_SUBSCRIBE: begin with up to so many
 *	kept messages of each topic that the subscriber did not receive before;
 *	absent: none
 * @KBUS_A_SUBSCRIBER_STATE: u32, enum kbus_state
 * @KBUS_A_SUBSCRIBER_PID: u32, process that registered it, as the pid namespace
 *	of who asks sees it; 0: not at all
 * @KBUS_A_SUBSCRIBER_UID: u32, its real user id, as the user namespace of who
 *	asks sees it
 * @KBUS_A_SUBSCRIBER_BACKLOG_MESSAGES: u32, messages in the backlog now
 * @KBUS_A_SUBSCRIBER_BACKLOG_BYTES: u32, bytes in the backlog now
 * @KBUS_A_SUBSCRIBER_SUBSCRIPTIONS: u32, how many
 * @KBUS_A_SUBSCRIBER_LIVE: u64, messages handed straight to the socket
 * @KBUS_A_SUBSCRIBER_DRAINED: u64, messages handed over from the backlog
 * @KBUS_A_SUBSCRIBER_LOST: u64, messages lost
 * @KBUS_A_SUBSCRIBER_REPORTED: u64, of these, reported in gap records so far
 * @KBUS_A_SUBSCRIBER_GAPS: u64, gap records handed over
 * @KBUS_A_SUBSCRIBER_OVERRUNS: u64, how often its socket was full
 * @KBUS_A_SUBSCRIBER_PROGRAM: NUL-terminated string: name of the process that
 *	registered it, as it was then (PR_GET_NAME of its first thread); any
 *	bytes
 * @KBUS_A_SUBSCRIBER_TOPIC: u32, in a dump request: only the subscribers that
 *	receive the topic with this id
 * @KBUS_A_SUBSCRIBER_COALESCE_US: u32, for so long a message may wait for others
 *	before the subscriber is called, in microseconds, up to
 *	%KBUS_COALESCE_US_MAX; 0 or absent: not at all. Otherwise messages of up to
 *	4096 bytes wait in its backlog, while there is room.
 * @KBUS_A_SUBSCRIBER_NO_ENOBUFS: flag: %KBUS_MSG_BEHIND alone calls the subscriber;
 *	otherwise its next recv() fails with ENOBUFS as well
 */
enum kbus_subscriber_attr {
	KBUS_A_SUBSCRIBER_UNSPEC,
	KBUS_A_SUBSCRIBER_PAD,
	KBUS_A_SUBSCRIBER_PORTID,
	KBUS_A_SUBSCRIBER_CONTROL,
	KBUS_A_SUBSCRIBER_MESSAGES,
	KBUS_A_SUBSCRIBER_BYTES,
	KBUS_A_SUBSCRIBER_OVERFLOW,
	KBUS_A_SUBSCRIBER_PATTERN,
	KBUS_A_SUBSCRIBER_REPLAY,
	KBUS_A_SUBSCRIBER_STATE,
	KBUS_A_SUBSCRIBER_PID,
	KBUS_A_SUBSCRIBER_UID,
	KBUS_A_SUBSCRIBER_BACKLOG_MESSAGES,
	KBUS_A_SUBSCRIBER_BACKLOG_BYTES,
	KBUS_A_SUBSCRIBER_SUBSCRIPTIONS,
	KBUS_A_SUBSCRIBER_LIVE,
	KBUS_A_SUBSCRIBER_DRAINED,
	KBUS_A_SUBSCRIBER_LOST,
	KBUS_A_SUBSCRIBER_REPORTED,
	KBUS_A_SUBSCRIBER_GAPS,
	KBUS_A_SUBSCRIBER_OVERRUNS,
	KBUS_A_SUBSCRIBER_PROGRAM,
	KBUS_A_SUBSCRIBER_TOPIC,
	KBUS_A_SUBSCRIBER_COALESCE_US,
	KBUS_A_SUBSCRIBER_NO_ENOBUFS,

	__KBUS_A_SUBSCRIBER_MAX,
};

#define KBUS_A_SUBSCRIBER_MAX (__KBUS_A_SUBSCRIBER_MAX - 1)

#endif /* _UAPI_LINUX_KBUS_H */
