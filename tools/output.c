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
	if ((fflush(output->file) || ferror(output->file)) && !output->err)
		output->err = errno ? errno : EIO;
	return output->err ? -ECANCELED : 0;
}

/* Writes an object, which is given away, as one line; returns the same. */
int output_json(struct output *output, json_t *object)
{
	json_dumpf(object, output->file, JSON_COMPACT);
	json_decref(object);
	return output_end_line(output);
}
