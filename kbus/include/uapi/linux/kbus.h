/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kbus: the wire protocol between programs and the broker
 *
 * All communication is netlink (see netlink(7)). A datagram holds one or more
 * messages. Each is a struct nlmsghdr, then for some types a fixed header, then
 * attributes. Numbers are in host byte order. docs/protocol.md explains the
 * exchanges, and proto/kbus.yaml is their machine-readable description.
 */
#ifndef _UAPI_LINUX_KBUS_H
#define _UAPI_LINUX_KBUS_H

#include <linux/netlink.h>
#include <linux/types.h>

/*
 * The netlink protocol number, unless the module parameter "protocol" is set:
 * read /sys/module/kbus/parameters/protocol.
 */
#define KBUS_PROTOCOL 31

/*
 * Limits in bytes of a topic's name (UTF-8), and of the full name of its
 * payload's type.
 */
#define KBUS_NAME_MAX 255
#define KBUS_TYPE_MAX 255

/*
 * Limit of a payload in bytes: 64 KiB less the size of the headers, so that a
 * whole message and its bookkeeping fit into one 64 KiB allocation.
 */
#define KBUS_PAYLOAD_MAX 64512

/* Limit of a message's key in bytes. */
#define KBUS_KEY_MAX 255

/* Bits of a topic's mode: read and write for owner, group and others. */
#define KBUS_MODE_MASK 0666

/* Number of counters in struct kbus_error_page. */
#define KBUS_ERROR_COUNTERS 1022

/* Number of places in struct kbus_receivers_table. */
#define KBUS_RECEIVERS_PLACES 4096

/* KBUS_A_MESSAGE_WAIT_MS: wait without limit. */
#define KBUS_WAIT_FOREVER 0xffffffffU

/*
 * Default limits of a subscriber's backlog: messages, and bytes of kernel
 * memory as SO_RCVBUF counts them. A maximum that is less takes their place.
 */
#define KBUS_BACKLOG_MESSAGES_DEFAULT 10000
#define KBUS_BACKLOG_BYTES_DEFAULT (16 << 20)

/* Limit of KBUS_A_SUBSCRIBER_COALESCE_US: one second. */
#define KBUS_COALESCE_US_MAX 1000000

/* Default limit of the kernel memory that a topic's history takes, in bytes. */
#define KBUS_HISTORY_BYTES_DEFAULT (1 << 20)

/**
 * enum kbus_cmd - nlmsg_type of programs' requests
 * @KBUS_CMD_PUBLISH: publish a message: struct kbus_header, enum
 *	kbus_message_attr. With NLM_F_ECHO, answered with %KBUS_MSG_RESULT.
 * @KBUS_CMD_TOPIC_CREATE: create or find a topic; with NLM_F_EXCL, create only.
 *	Answered with %KBUS_MSG_TOPIC.
 * @KBUS_CMD_TOPIC_DELETE: delete a topic
 * @KBUS_CMD_TOPIC_GET: get one topic by name or id, or with NLM_F_DUMP all
 *	topics
 * @KBUS_CMD_REGISTER: make the sending socket a subscriber
 * @KBUS_CMD_SUBSCRIBE: receive all present and future topics that match a name
 *	or pattern
 * @KBUS_CMD_UNSUBSCRIBE: end a subscription
 * @KBUS_CMD_BACKLOG: with NLM_F_DUMP, hand over the sending socket's backlog
 * @KBUS_CMD_SUBSCRIBER_GET: get one subscriber, or with NLM_F_DUMP all
 *	subscribers
 * @KBUS_CMD_TOPIC_CHANGE: change a topic's owner, group or mode
 * @KBUS_CMD_INFO: ask what a client needs to know about the broker. Answered
 *	with %KBUS_MSG_INFO.
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
	KBUS_CMD_INFO,
};

/**
 * enum kbus_msg - nlmsg_type of the broker's messages
 * @KBUS_MSG_MESSAGE: a message: struct kbus_header, enum kbus_message_attr
 * @KBUS_MSG_GAP: messages were lost here: enum kbus_gap_attr
 * @KBUS_MSG_TOPIC: a topic: enum kbus_topic_attr. A subscriber gets it before a
 *	topic's first message, with id, name, type and group; an answer has all
 *	attributes.
 * @KBUS_MSG_SUBSCRIBER: a subscriber: enum kbus_subscriber_attr
 * @KBUS_MSG_RESULT: the outcome of a message: enum kbus_result_attr
 * @KBUS_MSG_BEHIND: to a subscriber that is behind: it must ask for its backlog
 *	with %KBUS_CMD_BACKLOG; no attributes
 * @KBUS_MSG_INFO: about the broker: enum kbus_info_attr
 */
enum kbus_msg {
	KBUS_MSG_MESSAGE = 0x40,
	KBUS_MSG_GAP,
	KBUS_MSG_TOPIC,
	KBUS_MSG_SUBSCRIBER,
	KBUS_MSG_RESULT,
	KBUS_MSG_BEHIND,
	KBUS_MSG_INFO,
};

/* kbus_header.flags */
#define KBUS_F_KERNEL (1U << 0)		/* published by a kernel module */
#define KBUS_F_REPLAYED (1U << 1)	/* from the topic's history */

/**
 * struct kbus_header - fixed header of %KBUS_CMD_PUBLISH and %KBUS_MSG_MESSAGE
 * @topic: the topic's id
 * @flags: KBUS_F_*
 * @seq: number of this message within its topic; the first is 1
 * @time_ns: time of publication, nanoseconds of CLOCK_REALTIME
 * @pid: publishing process; 0: a kernel module, or unknown
 * @uid: its real user id
 * @gid: its real group id
 * @reserved: 0
 *
 * A publisher sets @topic and leaves all other fields 0; the broker sets them.
 * A subscriber sees @pid, @uid and @gid as in the namespaces in which it
 * registered. The @pid of a replayed message is 0 unless the subscriber is in
 * the initial pid namespace and in the user namespace that owns the network
 * namespace. A listener sees @pid as in the initial pid namespace,
 * and @uid and @gid as in the user namespace that owns the network namespace.
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
 * enum kbus_message_attr - attributes of %KBUS_CMD_PUBLISH and
 *	%KBUS_MSG_MESSAGE
 * @KBUS_A_MESSAGE_UNSPEC: unused
 * @KBUS_A_MESSAGE_PAYLOAD: binary, up to %KBUS_PAYLOAD_MAX bytes, may be empty
 * @KBUS_A_MESSAGE_KEY: binary, 1 to %KBUS_KEY_MAX bytes: the subject of the
 *	message, for %KBUS_CONFLATE; absent: the topic as a whole
 * @KBUS_A_MESSAGE_WAIT_MS: u32, to the broker only: how long to wait for
 *	subscribers that block, in milliseconds; absent or 0: do not wait
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
 * @KBUS_A_TOPIC_ID: u32, not reused for another topic before 2^32 others
 * @KBUS_A_TOPIC_NAME: NUL-terminated string
 * @KBUS_A_TOPIC_TYPE: NUL-terminated string: full name of the Protocol Buffers
 *	message that the payloads hold, letters, digits, '_' and '.'; absent: no
 *	type is given
 * @KBUS_A_TOPIC_HISTORY: u32, number of last messages that the topic keeps, for
 *	subscribers that come later; absent: none
 * @KBUS_A_TOPIC_HISTORY_BYTES: u32, maximum of kernel memory that they take, in
 *	bytes
 * @KBUS_A_TOPIC_ALLOW_BLOCK: flag: subscribers may block its publishers, see
 *	%KBUS_BLOCK
 * @KBUS_A_TOPIC_UID: u32, owner, in the user namespace of the requester
 * @KBUS_A_TOPIC_GID: u32, group, in the user namespace of the requester
 * @KBUS_A_TOPIC_MODE: u32, permissions to read (subscribe, listen) and write
 *	(publish), as a file's mode: bits of %KBUS_MODE_MASK
 * @KBUS_A_TOPIC_GROUP: u32, netlink multicast group; changes if a change of
 *	owner, group or mode takes the topic from sockets that had joined
 * @KBUS_A_TOPIC_SEQ: u64, number of the last message; 0: none yet
 * @KBUS_A_TOPIC_BYTES: u64, payload bytes published
 * @KBUS_A_TOPIC_SUBSCRIBERS: u32, number of subscribers that receive it
 * @KBUS_A_TOPIC_LISTENERS: u8, 1: a socket, in any network namespace, has
 *	joined a group with this number
 * @KBUS_A_TOPIC_KEPT: u32, messages in its history now
 * @KBUS_A_TOPIC_KEPT_BYTES: u32, bytes of kernel memory in its history now
 * @KBUS_A_TOPIC_DEFERRED: u64, messages that kernel modules published with
 *	interrupts off, so that they were sent a little later; absent: the topic
 *	does not belong to kernel modules
 * @KBUS_A_TOPIC_LOST: u64, messages that kernel modules numbered but could not
 *	send, for which subscribers receive a gap; absent: the topic does not
 *	belong to kernel modules
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
 * @KBUS_A_GAP_LAST: u64, number of the last message lost
 * @KBUS_A_GAP_COUNT: u64, number of messages lost
 * @KBUS_A_GAP_TOPICS: u32, instead of topic, first and last: number of topics
 *	that the lost messages belong to. The subscriber no longer receives
 *	these topics, mostly because they were deleted, and they are too many to
 *	be reported one by one.
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
 * @KBUS_A_RESULT_DROPPED: u32, subscribers that lost it and receive a gap
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
 * enum kbus_overflow - what a full backlog drops
 * @KBUS_DROP_OLDEST: the messages that have waited longest
 * @KBUS_DROP_NEWEST: the message that does not fit
 * @KBUS_CONFLATE: messages that a later one of the same topic and key
 *	supersedes, in the order in which they were superseded; if there are
 *	none, the messages that have waited longest
 * @KBUS_BLOCK: nothing, and the publisher waits, if the topic allows it
 *	(%KBUS_A_TOPIC_ALLOW_BLOCK); otherwise the message that does not fit
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
 * @KBUS_QUEUED: into its backlog, until it has asked for the whole backlog
 */
enum kbus_state {
	KBUS_LIVE,
	KBUS_QUEUED,
};

/**
 * enum kbus_subscriber_attr - attributes that select or describe a subscriber
 * @KBUS_A_SUBSCRIBER_UNSPEC: unused
 * @KBUS_A_SUBSCRIBER_PAD: padding of 64-bit attributes
 * @KBUS_A_SUBSCRIBER_PORTID: u32, port id of its message socket; absent in a
 *	request: the sending socket
 * @KBUS_A_SUBSCRIBER_CONTROL: u32, port id of a second socket that may send
 *	requests for it, so that answers are not lost to a full message socket
 * @KBUS_A_SUBSCRIBER_MESSAGES: u32, the backlog's limit in messages
 * @KBUS_A_SUBSCRIBER_BYTES: u32, the backlog's limit in bytes of kernel memory
 * @KBUS_A_SUBSCRIBER_OVERFLOW: u32, enum kbus_overflow
 * @KBUS_A_SUBSCRIBER_PATTERN: NUL-terminated string: name to subscribe to, or
 *	pattern. In a pattern, the level "+" matches any one level, and "#" as
 *	the last level matches any number of levels, including none. Neither
 *	matches a first level that begins with "$" (MQTT 5, section 4.7). The
 *	answer about one subscriber has one of these attributes for each
 *	subscription, as far as they fit.
 * @KBUS_A_SUBSCRIBER_REPLAY: u32, with %KBUS_CMD_SUBSCRIBE: maximum number of
 *	messages from the history to begin with, for each topic that the
 *	subscriber did not receive before; absent: none
 * @KBUS_A_SUBSCRIBER_STATE: u32, enum kbus_state
 * @KBUS_A_SUBSCRIBER_PID: u32, process that registered it, in the pid namespace
 *	of the requester; 0: not visible there
 * @KBUS_A_SUBSCRIBER_UID: u32, real user id of that process, in the user
 *	namespace of the requester
 * @KBUS_A_SUBSCRIBER_BACKLOG_MESSAGES: u32, messages in the backlog now
 * @KBUS_A_SUBSCRIBER_BACKLOG_BYTES: u32, bytes in the backlog now
 * @KBUS_A_SUBSCRIBER_SUBSCRIPTIONS: u32, number of subscriptions
 * @KBUS_A_SUBSCRIBER_LIVE: u64, messages put straight into the socket
 * @KBUS_A_SUBSCRIBER_DRAINED: u64, messages handed over from the backlog
 * @KBUS_A_SUBSCRIBER_LOST: u64, messages lost
 * @KBUS_A_SUBSCRIBER_REPORTED: u64, lost messages that gap records have
 *	reported so far
 * @KBUS_A_SUBSCRIBER_GAPS: u64, gap records handed over
 * @KBUS_A_SUBSCRIBER_OVERRUNS: u64, how often its socket was full
 * @KBUS_A_SUBSCRIBER_PROGRAM: NUL-terminated string: name of the process that
 *	registered it, at that time (PR_GET_NAME of its first thread); any bytes
 * @KBUS_A_SUBSCRIBER_TOPIC: u32, in a dump request: only the subscribers that
 *	receive the topic with this id
 * @KBUS_A_SUBSCRIBER_COALESCE_US: u32, how long a message may wait for others
 *	before the subscriber is woken, in microseconds, up to
 *	%KBUS_COALESCE_US_MAX; 0 or absent: not at all. Otherwise messages of up
 *	to 4096 bytes wait in its backlog, while there is room.
 * @KBUS_A_SUBSCRIBER_NO_ENOBUFS: flag: %KBUS_MSG_BEHIND alone notifies the
 *	subscriber; otherwise its next recv() fails with ENOBUFS as well
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

/**
 * enum kbus_info_attr - attributes of %KBUS_MSG_INFO
 * @KBUS_A_INFO_UNSPEC: unused
 * @KBUS_A_INFO_PAD: padding of 64-bit attributes
 * @KBUS_A_INFO_BATCH_BYTES: u32, length of the longest datagram that the kernel
 *	stores in one contiguous buffer. Messages that are sent together are
 *	cheapest if their datagram is not longer.
 * @KBUS_A_INFO_BATCH_MESSAGES: u32, how many messages of one topic to send
 *	together at most. A subscriber whose backlog has a limit of 1000
 *	messages or more takes that many as one entry.
 * @KBUS_A_INFO_ERROR_PAGE: u64, the id of the struct kbus_error_page that
 *	counts the failures of the sending socket; absent: no process of the
 *	user that opened the socket has the page's file open
 */
enum kbus_info_attr {
	KBUS_A_INFO_UNSPEC,
	KBUS_A_INFO_PAD,
	KBUS_A_INFO_BATCH_BYTES,
	KBUS_A_INFO_BATCH_MESSAGES,
	KBUS_A_INFO_ERROR_PAGE,

	__KBUS_A_INFO_MAX,
};

#define KBUS_A_INFO_MAX (__KBUS_A_INFO_MAX - 1)

/**
 * struct kbus_error_page - what the first page of /proc/net/kbus_pages maps
 * @id: number of the page; see %KBUS_A_INFO_ERROR_PAGE
 * @errors: counters of failed requests. The index of a socket's counter is its
 *	port id modulo %KBUS_ERROR_COUNTERS.
 *
 * A socket's counter changes when a request of the socket fails, before the
 * sendmsg() that sent the request returns. Each user has one page for the
 * sockets that it opened. The file maps the page of the effective user that
 * opened the file.
 */
struct kbus_error_page {
	__u64 id;
	__u32 errors[KBUS_ERROR_COUNTERS];
};

/**
 * struct kbus_receivers_table - what /proc/net/kbus_pages maps from its second
 *	page on
 * @without: ids of topics without receivers. The index of a topic's place is
 *	its id modulo %KBUS_RECEIVERS_PLACES.
 *
 * If a topic's place has its id, nobody receives the topic: it has no
 * subscriber, no listener has ever joined its group, and it keeps no history.
 * Otherwise somebody may receive it. The broker changes a topic's place before
 * it answers the request that made the difference.
 */
struct kbus_receivers_table {
	__u32 without[KBUS_RECEIVERS_PLACES];
};

#endif /* _UAPI_LINUX_KBUS_H */
