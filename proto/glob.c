/*
 * See glob.h. Patterns come from an administrator, texts from anybody: the time is
 * bounded by the product of their lengths.
 */
#include <stdint.h>
#include <string.h>

#include "glob.h"

/* After a miss the last '*' takes one byte more: earlier ones need never be tried again. */
bool
glob_fits(const char *glob, size_t glob_len, const char *text, size_t len)
{
	size_t g = 0, n = 0, star = SIZE_MAX, from = 0;

	while (n < len) {
		if (g < glob_len && glob[g] == '*') {
			star = g++;
			from = n;
		} else if (g < glob_len && glob[g] == text[n]) {
			g++;
			n++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			n = ++from;
		} else
			return false;
	}
	while (g < glob_len && glob[g] == '*')
		g++;
	return g == glob_len;
}

/* Bytes up to the last slash, with it. */
static size_t
folder_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len;
}

bool
glob_fits_path(const char *glob, size_t glob_len, const char *path, size_t len)
{
	size_t folder = folder_len(glob, glob_len);

	return folder > 0 && folder == folder_len(path, len) && memcmp(glob, path, folder) == 0 &&
	    glob_fits(glob + folder, glob_len - folder, path + folder, len - folder);
}
