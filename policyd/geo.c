/*
 * See geo.h. The databases are files of the package or of the administrator, and may be broken: what
 * can't be found in one is not known. libmaxminddb opens them and walks the search tree; values are
 * read by geo_value.c.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <limits.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo.h"
#include "geo_value.h"
#include "sandbox.h"
#include "scope.h"

#define FILE_MOST	(128u << 20)	/* bytes of a database */

struct database {
	bool		 wanted;
	bool		 open;
	bool		 tried;
	struct stat	 as_tried;	/* what the file was when it was opened last, or could not be */
	MMDB_s		 db;
};

struct geo {
	char		 folder[PATH_MAX];
	struct database	 country, as;
};

/*
 * Into memory of our own, in the place of the mapped file: whoever cuts the file short does not end this
 * process, and a look never waits for the disk.
 */
static int
take_home(MMDB_s *db)
{
	size_t size = (size_t)db->file_size;
	void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
	    -1, 0);

	if (copy == MAP_FAILED)
		return -1;
	memcpy(copy, db->file_content, size);
	if (mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, db->file_content) == MAP_FAILED) {
		(void)munmap(copy, size);
		return -1;
	}
	return 0;
}

static void
close_database(struct database *d)
{
	if (d->open)
		MMDB_close(&d->db);
	d->open = false;
}

/* NULL, or why it can't be used. */
static const char *
open_database(struct database *d, const char *path)
{
	int error;

	if (!S_ISREG(d->as_tried.st_mode))
		return "it is no file";
	if (d->as_tried.st_size > FILE_MOST)
		return "it is too large";
	if ((error = MMDB_open(path, MMDB_MODE_MMAP, &d->db)) != MMDB_SUCCESS)
		return MMDB_strerror(error);
	d->open = true;
	if (take_home(&d->db) == 0)
		return NULL;
	close_database(d);
	return "there is no memory for it";
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
want(struct database *d, bool wanted)
{
	d->wanted = wanted;
	if (wanted)
		return;
	close_database(d);
	d->tried = false;
}

/* True if it is another one than before, or gone. */
static bool
look(const char *folder, const char *name, struct database *d, geo_told *told)
{
	char path[PATH_MAX + 16];
	struct stat st = { .st_ino = 0 };
	bool was = d->open;
	const char *why;

	if (!d->wanted)
		return false;
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	if (stat(path, &st) == -1) {
		close_database(d);
		d->tried = false;
		return was;
	}
	if (d->tried && is_same(&st, &d->as_tried))
		return false;
	close_database(d);
	d->tried = true;
	d->as_tried = st;
	if ((why = open_database(d, path)) != NULL)
		told(name, why);
	return was || d->open;
}

struct geo *
geo_new(const char *folder)
{
	struct geo *geo = calloc(1, sizeof *geo);

	if (geo == NULL)
		fatal("memory for databases");
	(void)snprintf(geo->folder, sizeof geo->folder, "%s", folder);
	return geo;
}

void
geo_free(struct geo *geo)
{
	if (geo == NULL)
		return;
	close_database(&geo->country);
	close_database(&geo->as);
	free(geo);
}

void
geo_want(struct geo *geo, bool countries, bool as)
{
	want(&geo->country, countries);
	want(&geo->as, as);
}

bool
geo_look(struct geo *geo, geo_told *told)
{
	return look(geo->folder, "country.mmdb", &geo->country, told) || look(geo->folder, "as.mmdb", &geo->as, told);
}

bool
geo_has_countries(const struct geo *geo)
{
	return geo != NULL && geo->country.open;
}

bool
geo_has_as(const struct geo *geo)
{
	return geo != NULL && geo->as.open;
}

/* An IPv6 address that holds an IPv4 one lies where that lies. */
static void
socket_address(uint8_t family, const uint8_t address[16], struct sockaddr_storage *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	uint8_t inverted[4];
	const uint8_t *v4 = address;

	memset(out, 0, sizeof *out);
	if (family == 4 || (v4 = address_embedded(address, inverted)) != NULL) {
		memcpy(&in.sin_addr, v4, 4);
		memcpy(out, &in, sizeof in);
	} else {
		memcpy(&in6.sin6_addr, address, 16);
		memcpy(out, &in6, sizeof in6);
	}
}

/* The value that the database has for the address: a map. */
static bool
find(const struct database *d, uint8_t family, const uint8_t address[16], struct geo_data *data,
    struct geo_value *v)
{
	struct sockaddr_storage at;
	MMDB_lookup_result_s result;
	int error = MMDB_SUCCESS;

	if (!d->open)
		return false;
	socket_address(family, address, &at);
	result = MMDB_lookup_sockaddr(&d->db, (const struct sockaddr *)&at, &error);
	if (error != MMDB_SUCCESS || !result.found_entry)
		return false;
	*data = (struct geo_data){ .bytes = d->db.data_section, .size = d->db.data_section_size };
	return geo_value_at(data, result.entry.offset, v);
}

/* {"country_code": "CH"}, or as MaxMind has it {"country": {"iso_code": "CH"}}. */
static uint16_t
country_in(struct geo_data *data, const struct geo_value *map)
{
	struct geo_value inner, code;
	uint16_t country;

	if (!geo_value_in(data, map, "country_code", &code) && (!geo_value_in(data, map, "country", &inner) ||
	    !geo_value_in(data, &inner, "iso_code", &code)))
		return 0;
	if (code.type != GEO_TEXT || code.size != 2 || data->size < 2 || code.at > data->size - 2)
		return 0;
	country = country_of((const char *)data->bytes + code.at, 2);
	return country_exists(country) ? country : 0;
}

/* Forgets what was found of another address. */
static void
look_at(struct whereabouts *w, const uint8_t *address)
{
	if (w->of != address)
		*w = (struct whereabouts){ .of = address };
}

uint16_t
geo_country(const struct geo *geo, uint8_t family, const uint8_t address[16], struct whereabouts *w)
{
	struct geo_value map;
	struct geo_data data;

	look_at(w, address);
	if (!w->country_found && geo != NULL && find(&geo->country, family, address, &data, &map))
		w->country = country_in(&data, &map);
	w->country_found = true;
	return w->country;
}

uint32_t
geo_as(const struct geo *geo, uint8_t family, const uint8_t address[16], struct whereabouts *w)
{
	struct geo_value map, number;
	struct geo_data data;

	look_at(w, address);
	if (!w->as_found && geo != NULL && find(&geo->as, family, address, &data, &map) &&
	    geo_value_in(&data, &map, "autonomous_system_number", &number))
		(void)geo_value_number(&data, &number, &w->as);
	w->as_found = true;
	return w->as;
}
