/*
 * A database of places, whatever it holds: its values alone, and as a whole file that libmaxminddb opens.
 * What is found is a country that exists or none; nothing outside is read, and it ends.
 */
/* links: policyd/geo.c policyd/geo_value.c policyd/country.c policyd/scope.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo.h"
#include "geo_value.h"

int		 LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char	*__lsan_default_suppressions(void);

/* MMDB_open() of version 1.7 forgets a list that it began of a broken file's languages or descriptions. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libmaxminddb.so";
}

static char folder[] = "/tmp/bulwark-fuzz-geo-XXXXXX";

static void
told(const char *name, const char *why)
{
	if (name[0] == '\0' || why[0] == '\0')
		abort();
}

static void
remove_folder(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s/country.mmdb", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void
values(const uint8_t *data, size_t size)
{
	struct geo_data d = { .bytes = data, .size = size };
	struct geo_value map, v;
	uint32_t number;

	for (size_t at = 0; at < size && at < 8; at++) {
		d.looked = 0;
		if (!geo_value_at(&d, at, &map))
			continue;
		if (geo_value_in(&d, &map, "country", &v) && geo_value_in(&d, &v, "iso_code", &v))
			(void)geo_value_number(&d, &v, &number);
	}
}

static void
whole(const uint8_t *data, size_t size)
{
	struct geo *geo = geo_new(folder);
	char path[64];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/country.mmdb", folder);
	if ((out = fopen(path, "w")) == NULL || fwrite(data, 1, size, out) != size || fclose(out) != 0)
		abort();
	geo_want(geo, true, false);
	(void)geo_look(geo, told);
	for (unsigned i = 0; i < 64; i++) {
		uint8_t address[16] = { (uint8_t)(i << 2), (uint8_t)(i * 37), 3, (uint8_t)i };
		struct whereabouts w = { .of = NULL };
		uint16_t country = geo_country(geo, i % 2 ? 4 : 6, address, &w);

		if (country != 0 && !country_exists(country))
			abort();
	}
	geo_free(geo);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int made;

	if (!made++ && (mkdtemp(folder) == NULL || atexit(remove_folder) != 0))
		abort();
	values(data, size);
	whole(data, size);
	return 0;
}
