// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sysctls: what the administrator of a network namespace sets for its bus
 *
 * The files are in /proc/sys/net/kbus. A process sees those of its own network
 * namespace. It may write them with CAP_NET_ADMIN in the user namespace that
 * owns the network namespace. What all namespaces share, such as the limits of
 * users' accounts, is set by module parameters.
 */
#include "broker.h"
#include "compat.h"
#include "sysctl.h"

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>

/* Built in, so that a new namespace depends on no other one. */
static const struct kbus_settings default_settings = {
	.default_mode = 0644,
	.create_restricted = 0,
	.history_messages_max = 4096,
	.history_bytes_max = 16 << 20,
	.backlog_messages_max = 1000000,
	.backlog_bytes_max = 64 << 20,
};

/* Shows and reads a mode in octal. */
static int mode_handler(kbus_ctl_table *table, int write, void *buffer,
			size_t *lenp, loff_t *ppos)
{
	char text[16];
	kbus_ctl_table octal = {
		.procname = table->procname,
		.data = text,
		.maxlen = sizeof(text),
	};
	u16 *mode = table->data;
	u16 value;
	int err;

	/* A value is written at once. */
	if (write && *ppos)
		return -EINVAL;
	snprintf(text, sizeof(text), "0%03o", READ_ONCE(*mode));
	err = proc_dostring(&octal, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	/* proc_dostring() cuts a text that is too long. */
	if (strlen(text) == sizeof(text) - 1 || kstrtou16(text, 8, &value) ||
	    value & ~KBUS_MODE_MASK)
		return -EINVAL;
	WRITE_ONCE(*mode, value);
	return 0;
}

enum {
	DEFAULT_MODE,
	CREATE_RESTRICTED,
	HISTORY_MESSAGES_MAX,
	HISTORY_BYTES_MAX,
	BACKLOG_MESSAGES_MAX,
	BACKLOG_BYTES_MAX,
	SYSCTLS,
};

/*
 * Each namespace has a copy. Older kernels look for an empty entry at the end.
 */
static const struct ctl_table sysctl_table[SYSCTLS + 1] = {
	[DEFAULT_MODE] = {
		.procname = "default_mode",
		.maxlen = sizeof(u16),
		.mode = 0644,
		.proc_handler = mode_handler,
	},
	[CREATE_RESTRICTED] = {
		.procname = "create_restricted",
		.maxlen = sizeof(u8),
		.mode = 0644,
		.proc_handler = proc_dou8vec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
	[HISTORY_MESSAGES_MAX] = {
		.procname = "history_messages_max",
		.maxlen = sizeof(unsigned int),
		.mode = 0644,
		.proc_handler = proc_douintvec_minmax,
		.extra1 = SYSCTL_ONE,
		.extra2 = SYSCTL_INT_MAX,
	},
	[HISTORY_BYTES_MAX] = {
		.procname = "history_bytes_max",
		.maxlen = sizeof(unsigned int),
		.mode = 0644,
		.proc_handler = proc_douintvec_minmax,
		.extra1 = SYSCTL_ONE,
		.extra2 = SYSCTL_INT_MAX,
	},
	[BACKLOG_MESSAGES_MAX] = {
		.procname = "backlog_messages_max",
		.maxlen = sizeof(unsigned int),
		.mode = 0644,
		.proc_handler = proc_douintvec_minmax,
		.extra1 = SYSCTL_ONE,
		.extra2 = SYSCTL_INT_MAX,
	},
	[BACKLOG_BYTES_MAX] = {
		.procname = "backlog_bytes_max",
		.maxlen = sizeof(unsigned int),
		.mode = 0644,
		.proc_handler = proc_douintvec_minmax,
		.extra1 = SYSCTL_ONE,
		.extra2 = SYSCTL_INT_MAX,
	},
};

static struct ctl_table *new_table(struct kbus_net *kn)
{
	struct kbus_settings *settings = &kn->settings;
	struct ctl_table *table;

	table = kmemdup(sysctl_table, sizeof(sysctl_table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	table[DEFAULT_MODE].data = &settings->default_mode;
	table[CREATE_RESTRICTED].data = &settings->create_restricted;
	table[HISTORY_MESSAGES_MAX].data = &settings->history_messages_max;
	table[HISTORY_BYTES_MAX].data = &settings->history_bytes_max;
	table[BACKLOG_MESSAGES_MAX].data = &settings->backlog_messages_max;
	table[BACKLOG_BYTES_MAX].data = &settings->backlog_bytes_max;
	/*
	 * A replay of a history holds spinlocks for as long as it takes. No
	 * user may make that longer by making a namespace.
	 */
	if (kn->net->user_ns != &init_user_ns)
		table[HISTORY_MESSAGES_MAX].extra2 =
			(void *)&default_settings.history_messages_max;
	return table;
}

/**
 * kbus_sysctl_init() - give a bus its settings, and let them be changed
 * @kn: the bus, which has not served any request yet
 *
 * Without CONFIG_SYSCTL the defaults stay.
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM.
 */
int kbus_sysctl_init(struct kbus_net *kn)
{
	struct ctl_table *table;

	kn->settings = default_settings;
	if (!IS_ENABLED(CONFIG_SYSCTL))
		return 0;
	table = new_table(kn);
	if (!table)
		return -ENOMEM;
	kn->sysctls = register_net_sysctl_sz(kn->net, "net/kbus", table,
					     SYSCTLS);
	if (kn->sysctls)
		return 0;
	kfree(table);
	return -ENOMEM;
}

/**
 * kbus_sysctl_exit() - end the sysctls of a bus
 * @kn: the bus
 *
 * Context: process, may sleep.
 */
void kbus_sysctl_exit(struct kbus_net *kn)
{
	const struct ctl_table *table;

	if (!kn->sysctls)
		return;
	table = kn->sysctls->ctl_table_arg;
	unregister_net_sysctl_table(kn->sysctls);
	kfree(table);
}
