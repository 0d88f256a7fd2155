/*
 * What a program says of itself and who began it: working directory, arguments,
 * those of them that name files, parents. Read by the reader only: all of it may
 * lead through file systems that wait.
 */
#ifndef WHO_HINTS_H
#define WHO_HINTS_H

#include "reader.h"

/* dir: the process's /proc/PID. hints must be zero; what can't be read stays so. */
void	hints_read(const struct reader_question *, int dir, struct process_hints *);
/*
 * The path behind all links, in the initial mount namespace, of what name means in the folder
 * cwd: bytes in to, NUL-terminated, or 0 if it is no regular file there. *flags as origin_path().
 * Also for tests.
 */
size_t	hints_resolve(const char *cwd, const char *name, char *to, size_t size, uint32_t *flags,
	    uint64_t *dev, uint64_t *ino);

#endif
