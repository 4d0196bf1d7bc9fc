// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output in lines, each written at once
 */
#include "output.h"

#include <errno.h>

/* Returns 0, or -ECANCELED if writing is of no use any more. */
int output_end_line(struct output *output)
{
	putc('\n', output->file);
	return fflush(output->file) || ferror(output->file) ? -ECANCELED : 0;
}

/*
 * Writes an object, which is given away, as one line; returns the same, or
 * -ENOMEM.
 */
int output_json(struct output *output, json_t *object)
{
	int failed = json_dumpf(object, output->file, JSON_COMPACT);
	int err = output_end_line(output);

	json_decref(object);
	return failed && !err ? -ENOMEM : err;
}
