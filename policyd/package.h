/*
 * A Debian package, as far as its domains go: who writes and keeps it.
 */
#ifndef POLICYD_PACKAGE_H
#define POLICYD_PACKAGE_H

#include <stdint.h>

#define PACKAGE_ZONES	2	/* of the homepage, of the maintainer's address */

struct package {
	const char	*name;
	/* Registrable domains, lower case; NULL: none, or one that says nothing (packages.c). */
	const char	*zone[PACKAGE_ZONES];
};

#endif
