/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_RECORD_H
#define _KBUS_RECORD_H

#include <linux/types.h>

struct kbus_forsaken;
struct kbus_item;
struct kbus_topic;
struct nlmsghdr;
struct sk_buff;

int kbus_record_end(struct sk_buff *skb, struct nlmsghdr *nlh, int err);
int kbus_record_put_name(struct sk_buff *skb, const struct kbus_topic *topic);
size_t kbus_record_name_size(const struct kbus_topic *topic);
int kbus_record_name(struct sk_buff *skb, const struct kbus_topic *topic,
		     u32 portid, u32 seq, int flags);
size_t kbus_record_gap_size(void);
int kbus_record_gap(struct sk_buff *skb, const struct kbus_topic *topic,
		    const struct kbus_item *gap, u32 portid, u32 seq,
		    int flags);
int kbus_record_forsaken(struct sk_buff *skb,
			 const struct kbus_forsaken *forsaken, u32 portid,
			 u32 seq, int flags);

#endif /* _KBUS_RECORD_H */
