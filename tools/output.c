// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output in lines, each of which is flushed
 */
#include "output.h"

#include <errno.h>

/* Returns 0, or -ECANCELED if the output cannot be written. */
int output_end_line(struct output *output)
{
	putc('\n', output->file);
	return fflush(output->file) || ferror(output->file) ? -ECANCELED : 0;
}

/*
 * Writes an object as one line, and drops the caller's reference. Returns 0,
 * -ECANCELED if the output cannot be written, or -ENOMEM.
 */
int output_json(struct output *output, json_t *object)
{
	int failed = json_dumpf(object, output->file, JSON_COMPACT);
	int err = output_end_line(output);

	json_decref(object);
	return failed && !err ? -ENOMEM : err;
}
