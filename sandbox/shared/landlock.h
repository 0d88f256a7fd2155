/*
 * The second layer for files: Landlock, as far as the kernel has it.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "table.h"

/*
 * Handles every right that kernel and we both know and allows the row's paths.
 * binary: descriptor of a file that may be run besides, or -1. Needs
 * no-new-privileges. Returns the ABI reached, 0 where the kernel has none.
 */
unsigned	landlock_enter(const struct row *, int binary);

#endif
