// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report's plots
 */
#include "report.h"

int report_plots(const char *directory)
{
	return 0;
}
