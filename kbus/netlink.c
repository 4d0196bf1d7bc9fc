// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: the broker's sockets, and the dispatch of requests
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "broker.h"
#include "datagram.h"
#include "error_counters.h"
#include "group.h"
#include "hold.h"
#include "limits.h"
#include "message.h"
#include "net.h"
#include "netlink.h"
#include "refuse.h"
#include "request.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <net/netlink.h>
#include <net/sock.h>

static int protocol = KBUS_PROTOCOL;
module_param(protocol, int, 0444);
MODULE_PARM_DESC(protocol, "netlink protocol number, 23 to 31 (default 31)");

int kbus_netlink_protocol(void)
{
	return protocol;
}

static int parse_request(struct kbus_request *req, const struct kbus_request_type *type,
			 bool dump)
{
	BUILD_BUG_ON(KBUS_REQUEST_ATTR_MAX < KBUS_A_TOPIC_MAX);
	if (dump)
		return nlmsg_parse(req->nlh, 0, req->attrs,
				   type->dump_attr_max, type->dump_policy,
				   req->extack);
	return nlmsg_parse(req->nlh, type->header_size, req->attrs,
			   type->attr_max, type->policy, req->extack);
}

static int serve_locked(struct kbus_request *req,
			const struct kbus_request_type *type)
{
	struct kbus_user *turn;
	int err;

	turn = kbus_net_lock(req->kn, req->sender.rights.caller);
	if (IS_ERR(turn))
		return PTR_ERR(turn);
	err = type->serve(req);
	kbus_net_unlock(req->kn, turn);
	return err;
}

static int serve_request(struct kbus_request *req)
{
	bool dump = (req->nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	const struct kbus_request_type *type;
	int err;

	if (req->nlh->nlmsg_type >= KBUS_REQUEST_TYPES)
		return kbus_refuse(req->extack, -EOPNOTSUPP,
				   "unknown request type: is this program made for a newer kbus?");
	type = &kbus_request_types[req->nlh->nlmsg_type];
	if (dump ? !type->dump : !type->serve)
		return kbus_refuse(req->extack, -EOPNOTSUPP,
				   "this request is served only the other way: with or without NLM_F_DUMP");
	if (type->ordered && KBUS_MESSAGE_CB(req->skb)->refused)
		return kbus_refuse(req->extack, -ECANCELED,
				   "an earlier message of the datagram was refused: publish that first, then this");
	err = parse_request(req, type, dump);
	if (err)
		return err;
	if (dump)
		return type->dump(req);
	return type->locked ? serve_locked(req, type) : type->serve(req);
}

/* Ill-formed requests of an ordered type count, too. */
static bool is_ordered(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type < KBUS_REQUEST_TYPES &&
	       kbus_request_types[nlh->nlmsg_type].ordered;
}

static const struct cred *socket_opener(const struct sk_buff *skb)
{
	const struct socket *socket = NETLINK_CB(skb).sk->sk_socket;

	/* A kernel module's socket has no file. */
	return socket->file ? socket->file->f_cred : current_cred();
}

/* A request is served within its sender's sendmsg(). */
static struct kbus_sender identify_sender(const struct sk_buff *skb)
{
	return (struct kbus_sender){
		.pid = task_tgid(current),
		.uid = current_uid(),
		.gid = current_gid(),
		.rights.caller = current_cred(),
		.rights.opener = socket_opener(skb),
	};
}

static int receive_datagram(struct sk_buff *skb, struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack)
{
	struct kbus_request req = {
		.kn = kbus_net(sock_net(skb->sk)),
		.skb = skb,
		.nlh = nlh,
		.extack = extack,
		.portid = NETLINK_CB(skb).portid,
		.sender = identify_sender(skb),
	};
	int err = serve_request(&req);

	/*
	 * netlink_rcv_skb() takes -EINTR as a dump that has begun, and sends no
	 * reply. Otherwise -EINTR means that the sender was killed and needs
	 * none.
	 */
	if (!err || err == -EINTR)
		return err;
	kbus_error_count(req.kn, req.sender.rights.opener->euid, req.portid);
	KBUS_MESSAGE_CB(skb)->refused |= is_ordered(nlh);
	if (err != -ERESTARTSYS)
		return err;
	netlink_ack(skb, nlh, -EINTR, extack);
	return -EINTR;
}

/* netlink_rcv_skb() silently skips a truncated message. */
static int check_framing(const struct sk_buff *skb,
			 struct netlink_ext_ack *extack)
{
	const u8 *data = skb->data;
	size_t left = skb->len;

	do {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)data;
		size_t step;

		if (left < NLMSG_HDRLEN || nlh->nlmsg_len < NLMSG_HDRLEN ||
		    nlh->nlmsg_len > left)
			return kbus_refuse(extack, -EBADMSG,
					   "half a message: nlmsg_len and the datagram's length disagree; nothing of it was done");
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE &&
		    !(nlh->nlmsg_flags & NLM_F_REQUEST))
			return kbus_refuse(extack, -EINVAL,
					   "not a request: set NLM_F_REQUEST; nothing of the datagram was done");
		step = min_t(size_t, NLMSG_ALIGN(nlh->nlmsg_len), left);
		data += step;
		left -= step;
	} while (left);
	return 0;
}

static void serve_all(struct sk_buff *skb)
{
	const struct kbus_sender sender = identify_sender(skb);

	KBUS_MESSAGE_CB(skb)->refused = false;
	if (!kbus_datagram_publish(kbus_net(sock_net(skb->sk)), skb, &sender))
		netlink_rcv_skb(skb, receive_datagram);
}

static void refuse_all(struct sk_buff *skb, int err,
		       const struct netlink_ext_ack *extack)
{
	struct nlmsghdr nlh = { .nlmsg_len = NLMSG_HDRLEN };

	if (skb->len >= NLMSG_HDRLEN)
		nlh.nlmsg_seq = nlmsg_hdr(skb)->nlmsg_seq;
	kbus_error_count(kbus_net(sock_net(skb->sk)), socket_opener(skb)->euid,
			 NETLINK_CB(skb).portid);
	netlink_ack(skb, &nlh, err, extack);
}

static void kbus_netlink_input(struct sk_buff *skb)
{
	struct netlink_ext_ack extack = {};
	int err;

	err = check_framing(skb, &extack);
	if (!err && !kbus_is_running())
		err = kbus_refuse(&extack, -EAGAIN,
				  "the broker is starting: try again");
	if (err)
		refuse_all(skb, err, &extack);
	else
		serve_all(skb);
}

/* A socket is about to join a group. */
static int kbus_netlink_bind(struct net *net, int group)
{
	/* The namespace may not have its bus yet. */
	if (!kbus_is_running())
		return -EAGAIN;
	return kbus_group_join(kbus_net(net), group);
}

/* A socket has left a group, or was closed. */
static void kbus_netlink_unbind(struct net *net, int group)
{
	if (kbus_is_running())
		kbus_group_leave(kbus_net(net), group);
}

/**
 * kbus_netlink_check() - check the module parameters
 *
 * Return: 0, or -EINVAL with a line in the kernel log.
 */
int kbus_netlink_check(void)
{
	if (protocol <= NETLINK_SMC || protocol >= MAX_LINKS) {
		pr_err("protocol=%d: choose one of %d to %d, the others are other protocols'\n",
		       protocol, NETLINK_SMC + 1, MAX_LINKS - 1);
		return -EINVAL;
	}
	if (kbus_groups_max < KBUS_GROUPS_MIN ||
	    kbus_groups_max > KBUS_GROUPS_MAX) {
		pr_err("groups_max=%u: choose %u to %u\n", kbus_groups_max,
		       KBUS_GROUPS_MIN, KBUS_GROUPS_MAX);
		return -EINVAL;
	}
	return 0;
}

/**
 * kbus_netlink_open() - open a namespace's bus
 * @kn: the bus
 *
 * Return: 0, or -EADDRINUSE.
 */
int kbus_netlink_open(struct kbus_net *kn)
{
	struct netlink_kernel_cfg config = {
		.groups = kbus_groups_max,
		.flags = NL_CFG_F_NONROOT_RECV,
		.input = kbus_netlink_input,
		.bind = kbus_netlink_bind,
		.unbind = kbus_netlink_unbind,
	};

	kn->sk = netlink_kernel_create(kn->net, protocol, &config);
	if (kn->sk)
		return 0;
	/* Netlink does not distinguish the two causes. */
	pr_err("netlink protocol %d is in use or memory is short: load kbus with another protocol=\n",
	       protocol);
	return -EADDRINUSE;
}

/**
 * kbus_netlink_close() - close a namespace's bus
 * @kn: the bus
 */
void kbus_netlink_close(struct kbus_net *kn)
{
	netlink_kernel_release(kn->sk);
	kn->sk = NULL;
}
