/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of later kernels for earlier ones: the sources use the latest names
 */
#ifndef _KBUS_COMPAT_H
#define _KBUS_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/sizes.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* Used in trace.h only. Since Linux 6.10, __assign_str() takes no source. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define kbus_assign_str(dst, src) __assign_str(dst, src)
#else
#define kbus_assign_str(dst, src) __assign_str(dst)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_clear(struct vm_area_struct *vma,
				  unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* A sysctl's handler gets a constant table since Linux 6.11. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define kbus_ctl_table struct ctl_table
#else
#define kbus_ctl_table const struct ctl_table
#endif

/* An empty entry must follow the @size entries of @table. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
static inline struct ctl_table_header *
register_net_sysctl_sz(struct net *net, const char *path,
		       struct ctl_table *table, size_t size)
{
	return register_net_sysctl(net, path, table);
}
#endif

/*
 * Length of the longest datagram that netlink stores in one kmalloc'ed buffer.
 * Before Linux 6.9 netlink allocates a longer one with vmalloc().
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define KBUS_DATAGRAM_BYTES NLMSG_GOODSIZE
#else
#define KBUS_DATAGRAM_BYTES SKB_WITH_OVERHEAD(SZ_16K)
#endif

/*
 * Sends @skb to @group, and takes a reference to @skb for that. Since Linux
 * 6.6, netlink skips each listener for which @aside returns non-zero. May
 * sleep.
 */
static inline void kbus_broadcast(struct sock *sk, struct sk_buff *skb,
				  u32 group,
				  int (*aside)(struct sock *sk,
					       struct sk_buff *skb, void *data),
				  void *data)
{
	skb_get(skb);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	netlink_broadcast(sk, skb, 0, group, GFP_KERNEL);
#else
	netlink_broadcast_filtered(sk, skb, 0, group, GFP_KERNEL, aside, data);
#endif
}

#endif /* _KBUS_COMPAT_H */
