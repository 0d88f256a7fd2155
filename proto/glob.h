/*
 * Patterns of paths, as framework profiles have them. policyd and whod must read them
 * alike: what one of them misses the other would wait for.
 */
#ifndef PROTO_GLOB_H
#define PROTO_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Each '*' stands for any bytes, or none. */
bool	glob_fits(const char *glob, size_t glob_len, const char *text, size_t len);
/* Folders are alike, and the last part fits. A pattern without '/' fits nothing. */
bool	glob_fits_path(const char *glob, size_t glob_len, const char *path, size_t len);

#endif
