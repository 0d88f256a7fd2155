/*
 * Which user each child becomes.
 */
#ifndef SANDBOX_USERS_H
#define SANDBOX_USERS_H

#include <sys/types.h>

#include "shared/table.h"

/* The row's user from the system's list; failure is fatal. */
void	users_find(const struct row *, uid_t *, gid_t *);
/*
 * Instead, for running without installing: a uid from *next upwards that no
 * user, group or process has; *next moves on.
 */
void	users_unused(uid_t *next, uid_t *, gid_t *);

#define USERS_FIRST_UNUSED	64000

#endif
