/*
 * From a row of the table to a filter in the kernel.
 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "table.h"

/* Installs the row's filter for good; returns the number of its rules. Failure is fatal. */
unsigned	filter_enter(const struct row *);

#endif
