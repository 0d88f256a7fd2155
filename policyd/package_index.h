/*
 * Which package a file is from: a set of hashed paths, built once and then only
 * read. Paths are not kept; their hash is keyed, so that nobody can choose one that meets another's.
 */
#ifndef POLICYD_PACKAGE_INDEX_H
#define POLICYD_PACKAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "package.h"

#define PACKAGES_MOST	20000
#define PATHS_MOST	600000	/* 8 bytes each, a third of the places free */
#define DIVERSIONS_MOST	1024

struct package_index;

/* Ends the process without memory. */
struct package_index	*package_index_new(void);
void	package_index_free(struct package_index *);
/* zone: as in struct package, "" for none. Texts are copied. False: there are too many. */
bool	package_index_add(struct package_index *, const char *name, const char *homepage, const char *maintainer);
/* NULL: none of this name. */
const struct package *package_index_named(const struct package_index *, const char *name);
/*
 * Files from, of all packages but by, are moved to to (dpkg-divert(8)). by "": of all packages.
 * Before the first path. Paths as dpkg_path() makes them. False: there are too many.
 */
bool	package_index_divert(struct package_index *, const char *from, const char *to, const char *by);
/* Room for so many paths, PATHS_MOST at most; once, before the first. Ends the process without memory. */
void	package_index_room(struct package_index *, size_t paths);
/* A path of this package, as dpkg_path() makes it. False: there is no room for more. */
bool	package_index_path(struct package_index *, const struct package *, const char *path, size_t len);
const struct package *package_index_find(const struct package_index *, const char *path, size_t len);
/* All memory it has. */
size_t	package_index_bytes(const struct package_index *);

#endif
