/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of devices and addresses, as reported over the bus and over rtnetlink
 */
#ifndef NETDEV_H
#define NETDEV_H

#include "link.pb-c.h"

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPACES 2

struct line {
	/* The subject, and the state that is compared with the one before. */
	char key[128];
	char state[256];
};

struct trace {
	struct line *lines;
	size_t count;
};

struct traces {
	struct trace links;
	struct trace addresses;
	struct trace local_addresses;
};

struct link_state {
	unsigned int index;
	const void *name;
	size_t name_size;
	bool up;
	bool carrier;
	unsigned int mtu;
	unsigned int master;
	const uint8_t *address;
	size_t address_size;
};

struct address_state {
	unsigned int index;
	/* As inet_ntop() writes them; peer may be empty. */
	char address[48];
	char peer[48];
	unsigned int prefix_len;
	unsigned int scope;
	bool secondary;
};

void trace_link(struct traces *traces, const struct link_state *link);
void trace_link_end(struct traces *traces, unsigned int index, bool moved);
bool trace_has_address(struct traces *traces,
		       const struct address_state *address);
void trace_address(struct traces *traces, const struct address_state *address,
		   bool added);
void compare_traces(struct traces *told, struct traces *monitored);
void free_traces(struct traces *traces);

/* A network namespace, and the events reported about it. */
struct space {
	/* Whether secondary IPv4 addresses become primary ones. */
	bool promote;
	int fd;
	struct bus *bus;
	struct mnl_socket *socket;
	struct traces told;
	struct traces monitored;
	/* The last state of each device that the bus reported. */
	Kbus__V1__LinkEvent *devices[1024];
};

void open_space(struct space *space);
void enter_space(const struct space *space);
void drain_space(struct space *space);
void close_space(struct space *space);

void begin_changes(struct space *spaces, unsigned int seed);
bool change(void);
void end_changes(void);

#endif /* NETDEV_H */
