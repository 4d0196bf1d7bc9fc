// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Structures of the caller, which begin with their size
 *
 * A program may know more members than libbus. Members that libbus does not
 * know must be zero, which selects their defaults. All structures still have
 * their first sizes, so that a smaller size is an error.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

static int refuse_size(struct bus *bus)
{
	return bus_refuse(
		bus, -EINVAL,
		"a structure's member size is not sizeof the structure");
}

/* Checks that nothing is set beyond the @ours bytes that libbus knows. */
static bool tail_is_zero(const void *given, size_t ours, size_t size)
{
	const char *bytes = given;

	for (; ours < size; ours++)
		if (bytes[ours])
			return false;
	return true;
}

/*
 * Checks the size of a structure with options, of which libbus knows @ours
 * bytes; 0, -EINVAL or -E2BIG.
 */
int bus_sized_check(struct bus *bus, const void *given, size_t ours)
{
	const size_t size = *(const size_t *)given;

	if (size == ours)
		return 0;
	if (size < ours)
		return refuse_size(bus);
	if (size > BUS_SIZED_MAX || !tail_is_zero(given, ours, size))
		return bus_refuse(
			bus, -E2BIG,
			"this libbus is too old for an option that is set");
	return 0;
}

/*
 * Checks the size of a structure that libbus fills in, and sets to zero what
 * follows the @ours bytes that libbus knows; 0 or -EINVAL.
 */
int bus_sized_begin(struct bus *bus, void *given, size_t ours)
{
	const size_t size = *(const size_t *)given;

	if (size < ours || size > BUS_SIZED_MAX)
		return refuse_size(bus);
	memset((char *)given + ours, 0, size - ours);
	return 0;
}
