/*
 * What dpkg's files say, line by line: status, diversions, and info/PACKAGE.list (dpkg(1)).
 * Written by root, but with texts that packages bring, so each line is read as
 * anybody's. Pure functions of the bytes.
 */
#ifndef POLICYD_DPKG_TEXT_H
#define POLICYD_DPKG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "name.h"

#define PACKAGE_NAME_MOST	127	/* bytes; longer ones are left out */

/* One paragraph of status as it is read. Zeroed: at its begin. */
struct dpkg_paragraph {
	char	name[PACKAGE_NAME_MOST + 1];
	bool	installed;
	/* Registrable domains; "": none, or one where anybody may have something. */
	char	homepage[DOMAIN_MOST + 1], maintainer[DOMAIN_MOST + 1];
};

/* A line without its end. True: the paragraph ended before it and is whole; to be zeroed then. */
bool	dpkg_status_line(struct dpkg_paragraph *, const char *line, size_t len);

/* The name in "PACKAGE.list" or "PACKAGE:ARCHITECTURE.list"; false: no such file. */
bool	dpkg_list_name(const char *file, char name[PACKAGE_NAME_MOST + 1]);

/*
 * The only way to write a path: /bin, /sbin and /lib* are in /usr on a system whose
 * folders are merged. Returns its length, at most len + 4; 0: it does not fit, or is no path.
 */
size_t	dpkg_path(const char *path, size_t len, char *out, size_t room);
/*
 * May this path, as dpkg_path() makes it, be a program's file? Not what architectures share, settings, headers, and
 * by its ending what other programs load: of one that ran nevertheless no package is known.
 */
bool	dpkg_path_may_run(const char *path, size_t len);

#endif
