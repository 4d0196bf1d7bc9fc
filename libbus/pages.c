// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages that the broker shares with programs: what libbus sees without a system
 * call
 *
 * The broker counts the requests that it refuses in a page. A request that has
 * not changed its socket's counter has succeeded. Without the page, libbus asks
 * for acknowledgements.
 *
 * The pages after it have the topics without receivers. Without them, each
 * topic seems to have receivers.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A thread may be in another network namespace than its process. */
#define PAGES_FILE "/proc/thread-self/net/kbus_pages"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The size of a mapping is a number of whole pages. */
static size_t table_size(void)
{
	const size_t page = page_size();

	return (sizeof(struct kbus_receivers_table) + page - 1) / page * page;
}

static const void *map(int fd, size_t size, size_t offset)
{
	void *pages =
		mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)offset);

	return pages == MAP_FAILED ? NULL : pages;
}

/* Maps the pages of this process's user and of its network namespace. */
void bus_pages_open(struct bus *bus)
{
	int fd = open(PAGES_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	bus->error_page = map(fd, page_size(), 0);
	bus->receivers = map(fd, table_size(), page_size());
	close(fd);
	if (bus->error_page)
		bus->errors =
			&bus->error_page
				 ->errors[mnl_socket_get_portid(bus->control) %
					  KBUS_ERROR_COUNTERS];
}

/*
 * Closes the pages if the first is not the one that counts this socket's
 * errors. @id: the id of that one.
 */
void bus_pages_check(struct bus *bus, uint64_t id)
{
	if (!bus->error_page || bus->error_page->id != id)
		bus_pages_close(bus);
}

/*
 * Whether a request may have been refused since the last call. Also true if
 * there is no page.
 */
bool bus_pages_show_errors(struct bus *bus)
{
	uint32_t before = bus->errors_seen;

	if (!bus->error_page)
		return true;
	bus->errors_seen = __atomic_load_n(bus->errors, __ATOMIC_ACQUIRE);
	return bus->errors_seen != before;
}

/* Whether a topic may have receivers. */
bool bus_pages_show_receivers(const struct bus *bus, uint32_t topic)
{
	const uint32_t *place;

	if (!bus->receivers)
		return true;
	place = &bus->receivers->without[topic % KBUS_RECEIVERS_PLACES];
	return __atomic_load_n(place, __ATOMIC_ACQUIRE) != topic;
}

void bus_pages_close(struct bus *bus)
{
	if (bus->error_page)
		munmap((void *)bus->error_page, page_size());
	if (bus->receivers)
		munmap((void *)bus->receivers, table_size());
	bus->error_page = NULL;
	bus->receivers = NULL;
}
