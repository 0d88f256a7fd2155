/*
 * dpkg's texts, as packages and whoever broke its database may write them.
 */
/* links: policyd/dpkg_text.c policyd/registrable.c */
#include <stdlib.h>
#include <string.h>

#include "dpkg_text.h"
#include "registrable.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* A registrable domain in lower case, or nothing. */
static void
zone_holds(const char *zone)
{
	size_t	len = strlen(zone);

	must(len <= DOMAIN_MOST && strspn(zone, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len);
	must(len == 0 || zone_begin(zone, len) == 0);
}

static void
path_holds(const char *line, size_t len)
{
	char	path[128], again[128];
	size_t	n = dpkg_path(line, len, path, sizeof(path));

	must(n < sizeof(path) && n <= len + 4);
	if (n == 0)
		return;
	must(path[0] == '/' && strlen(path) == n);
	must(dpkg_path(path, n, again, sizeof(again)) == n && strcmp(path, again) == 0);
	(void)dpkg_path_may_run(path, n);
}

static void
name_holds(const char *line, size_t len)
{
	char	*file = strndup(line, len), name[PACKAGE_NAME_MOST + 1];

	must(file != NULL);
	if (dpkg_list_name(file, name))
		must(name[0] != '\0' && strlen(name) <= PACKAGE_NAME_MOST && strchr(name, ':') == NULL);
	free(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dpkg_paragraph	p = { 0 };
	char			*text = malloc(size + 1);	/* of this size, so that a byte behind a line is found */
	const char		*at, *end;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\n';
	for (at = text; at < text + size; at = end + 1) {
		end = memchr(at, '\n', (size_t)(text + size + 1 - at));
		if (dpkg_status_line(&p, at, (size_t)(end - at)))
			must(p.name[0] != '\0' && p.installed);
		must(strlen(p.name) <= PACKAGE_NAME_MOST);
		zone_holds(p.homepage);
		zone_holds(p.maintainer);
		path_holds(at, (size_t)(end - at));
		name_holds(at, (size_t)(end - at));
		if (end == at)
			p = (struct dpkg_paragraph){ 0 };
	}
	free(text);
	return 0;
}
