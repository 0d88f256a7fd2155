/*
 * Names of programs beside their path, by what the kernel says of them: the cgroup that
 * they are in, their mounts, their file. Never by arguments or environment.
 */
#ifndef POLICYD_IDENTITY_H
#define POLICYD_IDENTITY_H

#include "facts.h"

#define IDENTITY_BYTES	256

#define IDENTITIES	4	/* names that one program may have of either kind */

/*
 * Names that nobody but root could have given it: a snap, a container, a unit of the system, all containers of one
 * kind. For profiles that count as the program's own; the first that has one counts. Returns how many.
 */
unsigned identity_proven(const struct program *, char out[IDENTITIES][IDENTITY_BYTES]);
/*
 * Names that a user could give to any program of his: a container of his, a unit, a Flatpak, an AppImage.
 * For profiles that only tighten.
 */
unsigned identity_claimed(const struct program *, char out[IDENTITIES][IDENTITY_BYTES]);
/*
 * Is this file of known origin: root's, writable by nobody else, and in no folder for everybody's files? flags:
 * of its process or script, PROCESS_*.
 */
bool	identity_safe_file(uint32_t flags, const char *path, size_t len);
/* Is this a name that a program has by its cgroup? */
bool	identity_by_cgroup(const char *name);
/* Is this the form of such a name, or of one that a framework makes ("script:NAME")? */
bool	identity_is_known(const char *name);

#endif
