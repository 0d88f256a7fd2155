/*
 * The Debian package that a program's file is from, by dpkg's database. It is read in
 * slices, beside all other work; while a new state is read the former one counts.
 */
#ifndef POLICYD_PACKAGES_H
#define POLICYD_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "package.h"

struct event_base;

/*
 * Begins to read. folder: /var/lib/dpkg as this process sees it, which may be missing: then no
 * package is known. changed() is called each time that another state counts.
 */
void	packages_start(struct event_base *, const char *folder, void (*changed)(void));
/* Once a second: was the database changed? */
void	packages_tick(void);
/* path is as the kernel gives it. NULL: of none. Valid until the event loop goes on. */
const struct package *packages_find(const char *path, size_t len);
/* One slice of what is to be read; false: nothing is. For the timer, and for tests. */
bool	packages_read_some(void);

#endif
