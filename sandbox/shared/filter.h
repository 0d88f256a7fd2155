/*
 * From a row of the table to a filter in the kernel.
 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "table.h"

struct filter;

/* Makes the row's program; failure is fatal. Early: it takes files and memory. */
struct filter	*filter_make(const struct row *);
/* Installs it for good and frees it; returns the number of its rules. Failure is fatal. */
unsigned	 filter_enter(struct filter *);

#endif
