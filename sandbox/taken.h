/*
 * Who has port 53, where a door of ours could not be opened.
 */
#ifndef SANDBOX_TAKEN_H
#define SANDBOX_TAKEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes "name[pid]" of a program that has port 53 of this address (in hex, as the kernel's
 * tables have it) or of all. False: none is found; to is as it was.
 */
bool	taken_by(bool tcp, bool six, const char *address, char *to, size_t room);

#endif
