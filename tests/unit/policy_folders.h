/*
 * For tests: the three folders of policy files, in a folder of their own that goes with the test.
 */
#ifndef TESTS_POLICY_FOLDERS_H
#define TESTS_POLICY_FOLDERS_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layers.h"

static char		top[64];
static struct layers	layers;

/* Below the top folder; a few at once stay valid. */
static const char *
place(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", top, name);
	return path;
}

static void
folders_start(void)
{
	snprintf(top, sizeof top, "%s/bulwark-test-XXXXXX", P_tmpdir);
	cr_assert_not_null(mkdtemp(top));
	cr_assert_eq(mkdir(place("vendor"), 0755) | mkdir(place("etc"), 0755) |
	    mkdir(place("etc/profiles"), 0755) | mkdir(place("state"), 0755) |
	    mkdir(place("state/profiles"), 0755), 0);
	layers_init(&layers, place("vendor"), place("etc"), place("state"));
	layers_shown(&layers, "/usr", "/etc", "/var");
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
folders_finish(void)
{
	layers_free(&layers);
	(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *name, const char *format, ...)
{
	FILE *out = fopen(place(name), "w");
	va_list ap;

	cr_assert_not_null(out, "%s", name);
	va_start(ap, format);
	vfprintf(out, format, ap);
	va_end(ap);
	fclose(out);
}

static inline void
put_profile(const char *name, const char *profile)
{
	put(name, "profile \"%s\" { path \"/bin/%s\" }\n", profile, profile);
}

/* As if all files had been there for long: the next look believes their times. */
static inline void
grow_old(void)
{
	struct conf *conf = layers.conf.file == NULL ? NULL : layers.conf.file->conf;

	layers.conf.stamp.fresh = false;
	for (size_t i = 0; i < layers.count; i++)
		layers.slots[i].stamp.fresh = false;
	for (unsigned i = 0; conf != NULL && i < conf->includes; i++)
		conf->include_stamp[i].fresh = false;
}

#endif
