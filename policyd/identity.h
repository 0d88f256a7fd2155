/*
 * Names of programs beside their path, by what the kernel says of them: the cgroup that
 * they are in, their mounts, their file. Never by arguments or environment.
 */
#ifndef POLICYD_IDENTITY_H
#define POLICYD_IDENTITY_H

#include "facts.h"

#define IDENTITY_BYTES	256

/*
 * A name that nobody but root could have given it: a unit of the system, a snap. For
 * profiles that count as the program's own. Returns its length, 0: it has none.
 */
size_t	identity_proven(const struct program *, char out[IDENTITY_BYTES]);
/*
 * A name that a user could give to any program of his: a unit of his, a Flatpak, an AppImage.
 * For profiles that only tighten.
 */
size_t	identity_claimed(const struct program *, char out[IDENTITY_BYTES]);
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
