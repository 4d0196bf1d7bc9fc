// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Error counters: libbus sees a refusal without a system call
 *
 * The broker counts the requests that it refuses in a page that programs map. A
 * request that has not changed its socket's counter has succeeded. If there is
 * no such page, libbus asks for acknowledgements.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A thread may be in another network namespace than its process. */
#define ERROR_COUNTERS_FILE "/proc/thread-self/net/kbus_error_counters"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Maps the page of this process's user. */
void bus_error_counters_open(struct bus *bus)
{
	int fd = open(ERROR_COUNTERS_FILE, O_RDONLY | O_CLOEXEC);
	void *page;

	if (fd < 0)
		return;
	page = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return;
	bus->error_page = page;
	bus->errors =
		&bus->error_page->errors[mnl_socket_get_portid(bus->control) %
					 KBUS_ERROR_COUNTERS];
}

/*
 * Closes the page if it is not the one that counts this socket's errors. @page:
 * the id of that one.
 */
void bus_error_counters_check(struct bus *bus, uint64_t page)
{
	if (bus->error_page && bus->error_page->id != page)
		bus_error_counters_close(bus);
}

/*
 * Whether a request may have been refused since the last call. Also true if
 * there is no page.
 */
bool bus_error_counters_changed(struct bus *bus)
{
	uint32_t before = bus->errors_seen;

	if (!bus->error_page)
		return true;
	bus->errors_seen = __atomic_load_n(bus->errors, __ATOMIC_ACQUIRE);
	return bus->errors_seen != before;
}

void bus_error_counters_close(struct bus *bus)
{
	if (bus->error_page)
		munmap((void *)bus->error_page, page_size());
	bus->error_page = NULL;
}
