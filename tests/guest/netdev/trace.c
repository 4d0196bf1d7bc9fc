// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reported events of devices and addresses, reduced to changes of state
 *
 * rtnetlink reports some changes several times, and some changes for which no
 * notifier is called. Both sides are reduced by the same rules:
 *
 * - A device is a line of index, name, up, carrier, MTU, master and hardware
 *   address. A line that equals the device's last line is dropped. The end is a
 *   line of its own, which says whether the device moved or died.
 * - An address that is added is a line, and one that is removed is a line. If
 *   an existing address is added again, the line is dropped unless the address
 *   changed from secondary to primary or back: its lifetime, other flags or
 *   label changed.
 * - The kernel makes link-local addresses, and rtnetlink reports them only
 *   after duplicate address detection. They are compared for each address
 *   separately. If such an address is removed that rtnetlink never reported, a
 *   line that adds it is put just before. All other lines are compared in their
 *   order.
 */
#include "guest_test.h"
#include "netdev.h"

static const struct line *last_of(const struct trace *trace, const char *key)
{
	size_t i;

	for (i = trace->count; i > 0; i--)
		if (!strcmp(trace->lines[i - 1].key, key))
			return &trace->lines[i - 1];
	return NULL;
}

static void add_line(struct trace *trace, const struct line *line)
{
	trace->lines = realloc(trace->lines,
			       (trace->count + 1) * sizeof(*trace->lines));
	assert_non_null(trace->lines);
	trace->lines[trace->count++] = *line;
}

void trace_link(struct traces *traces, const struct link_state *link)
{
	const uint8_t *name = link->name;
	const struct line *last;
	struct line line;
	char *s = line.state;
	size_t i;

	snprintf(line.key, sizeof(line.key), "%u", link->index);
	for (i = 0; i < link->name_size; i++)
		s += sprintf(s, name[i] < 0x80 ? "%c" : "\\x%02x", name[i]);
	s += sprintf(s, "%s%s mtu %u master %u ", link->up ? " up" : "",
		     link->carrier ? " carrier" : "", link->mtu, link->master);
	for (i = 0; i < link->address_size; i++)
		s += sprintf(s, "%02x", link->address[i]);
	last = last_of(&traces->links, line.key);
	if (!last || strcmp(last->state, line.state))
		add_line(&traces->links, &line);
}

void trace_link_end(struct traces *traces, unsigned int index, bool moved)
{
	struct line line;

	snprintf(line.key, sizeof(line.key), "%u", index);
	strcpy(line.state, moved ? "moves" : "dies");
	add_line(&traces->links, &line);
}

static struct trace *trace_of(struct traces *traces,
			      const struct address_state *address)
{
	return strncmp(address->address, "fe80:", 5) ? &traces->addresses :
						       &traces->local_addresses;
}

static void address_key(struct line *line, const struct address_state *address)
{
	snprintf(line->key, sizeof(line->key), "%u %s/%u %s", address->index,
		 address->address, address->prefix_len, address->peer);
}

bool trace_has_address(struct traces *traces,
		       const struct address_state *address)
{
	const struct line *last;
	struct line line;

	address_key(&line, address);
	last = last_of(trace_of(traces, address), line.key);
	return last && last->state[0] == '+';
}

void trace_address(struct traces *traces, const struct address_state *address,
		   bool added)
{
	struct trace *trace = trace_of(traces, address);
	const struct line *last;
	struct line line;

	address_key(&line, address);
	if (added)
		snprintf(line.state, sizeof(line.state), "+ scope %u%s",
			 address->scope,
			 address->secondary ? " secondary" : "");
	else
		strcpy(line.state, "-");
	last = last_of(trace, line.key);
	if (!added || !last || strcmp(last->state, line.state))
		add_line(trace, &line);
}

/* By key; lines of the same key keep their order. */
static void sort_trace(struct trace *trace)
{
	struct line moved;
	size_t i, k;

	for (i = 1; i < trace->count; i++) {
		moved = trace->lines[i];
		for (k = i;
		     k > 0 && strcmp(trace->lines[k - 1].key, moved.key) > 0;
		     k--)
			trace->lines[k] = trace->lines[k - 1];
		trace->lines[k] = moved;
	}
}

static void print_around(const struct trace *trace, const char *who,
			 size_t where)
{
	size_t i;

	for (i = where < 5 ? 0 : where - 5; i < trace->count && i < where + 3;
	     i++)
		printf("# %s %zu%s %s: %s\n", who, i, i == where ? " >" : "  ",
		       trace->lines[i].key, trace->lines[i].state);
}

static void assert_same_trace(const struct trace *bus,
			      const struct trace *rtnetlink)
{
	size_t i = 0;

	while (i < bus->count && i < rtnetlink->count &&
	       !strcmp(bus->lines[i].key, rtnetlink->lines[i].key) &&
	       !strcmp(bus->lines[i].state, rtnetlink->lines[i].state))
		i++;
	if (i == bus->count && i == rtnetlink->count)
		return;
	print_around(bus, "bus      ", i);
	print_around(rtnetlink, "rtnetlink", i);
	fail_msg("they differ from line %zu on", i);
}

void compare_traces(struct traces *told, struct traces *monitored)
{
	sort_trace(&told->local_addresses);
	sort_trace(&monitored->local_addresses);
	printf("# %zu changes of links, %zu of addresses, %zu of link-local ones\n",
	       told->links.count, told->addresses.count,
	       told->local_addresses.count);
	assert_same_trace(&told->links, &monitored->links);
	assert_same_trace(&told->addresses, &monitored->addresses);
	assert_same_trace(&told->local_addresses, &monitored->local_addresses);
	assert_true(told->links.count > 20);
	assert_true(told->addresses.count > 10);
}

void free_traces(struct traces *traces)
{
	free(traces->links.lines);
	free(traces->addresses.lines);
	free(traces->local_addresses.lines);
}
