// SPDX-License-Identifier: GPL-2.0-only
/*
 * The request for what a client needs to know about the broker
 */
#include "backlog.h"
#include "broker.h"
#include "compat.h"
#include "error_counters.h"
#include "record.h"
#include "request.h"
#include "request_info.h"

#include <linux/cred.h>
#include <net/netlink.h>

static int put_info(struct sk_buff *skb, const struct kbus_request *req)
{
	const u64 page =
		kbus_error_page_id(req->kn, req->sender.rights.opener->euid);

	if (nla_put_u32(skb, KBUS_A_INFO_BATCH_BYTES, KBUS_DATAGRAM_BYTES) ||
	    nla_put_u32(skb, KBUS_A_INFO_BATCH_MESSAGES,
			KBUS_BACKLOG_LONG / KBUS_BATCH_PART))
		return -EMSGSIZE;
	return page ? nla_put_u64_64bit(skb, KBUS_A_INFO_ERROR_PAGE, page,
					KBUS_A_INFO_PAD) :
		      0;
}

int kbus_request_info(struct kbus_request *req)
{
	struct nlmsghdr *nlh;
	struct sk_buff *skb;
	int err;

	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	nlh = nlmsg_put(skb, req->portid, req->nlh->nlmsg_seq, KBUS_MSG_INFO, 0,
			0);
	err = nlh ? kbus_record_end(skb, nlh, put_info(skb, req)) : -EMSGSIZE;
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return nlmsg_unicast(req->kn->sk, skb, req->portid);
}
