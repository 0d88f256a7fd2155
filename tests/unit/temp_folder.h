/*
 * For tests: a folder of their own, which goes with the test.
 */
#ifndef TESTS_TEMP_FOLDER_H
#define TESTS_TEMP_FOLDER_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char	top[64];

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
folder_start(void)
{
	snprintf(top, sizeof top, "%s/bulwark-test-XXXXXX", P_tmpdir);
	cr_assert_not_null(mkdtemp(top));
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
folder_finish(void)
{
	(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void __attribute__((format(printf, 2, 3), unused))
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

#endif
