/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KBUS_REFUSE_H
#define _KBUS_REFUSE_H

#include <linux/errno.h>
#include <linux/netlink.h>

/* Refuses a request with an errno and a text for its sender. */
#define kbus_refuse(extack, err, text)		\
({						\
	NL_SET_ERR_MSG(extack, text);		\
	(err);					\
})

/* Refuses an ill-formed name. @fault: the text of the error, or NULL. */
static inline int kbus_refuse_fault(struct netlink_ext_ack *extack,
				    const char *fault)
{
	if (fault && extack)
		extack->_msg = fault;
	return fault ? -EINVAL : 0;
}

#endif /* _KBUS_REFUSE_H */
