/*
 * See package_index.h. Called by packages.c; trusts its caller, not the texts.
 */
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "package_index.h"
#include "sandbox.h"

#define NAME_PLACES	32768u	/* more than PACKAGES_MOST; a power of two */
#define NUMBER_BITS	16	/* of a place: the package's number plus one; above it the hash */

struct diversion {
	const char	*from, *to, *by;
	size_t		 from_len;
};

struct package_index {
	struct arena	 arena;		/* names and domains */
	struct package	*package;	/* PACKAGES_MOST, and behind them: */
	uint16_t	*by_name;	/* number plus one; 0: free */
	unsigned	 count;
	unsigned	 diversions;
	struct diversion diversion[DIVERSIONS_MOST];
	uint64_t	*place;		/* 0: free; NULL: no room yet */
	size_t		 places, paths, room;
};

/* Never 0 above the bits of the number. */
static uint64_t
hash_of(const char *path, size_t len)
{
	uint64_t h = hash_bytes(path, len);

	return h >> NUMBER_BITS == 0 ? UINT64_C(1) << NUMBER_BITS : h >> NUMBER_BITS << NUMBER_BITS;
}

static void *
map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fatal("memory for packages");
	return p;
}

#define NAMES_BYTES	(PACKAGES_MOST * sizeof(struct package) + NAME_PLACES * sizeof(uint16_t))

struct package_index *
package_index_new(void)
{
	struct package_index *x = calloc(1, sizeof *x);

	if (x == NULL)
		fatal("memory for packages");
	x->package = map(NAMES_BYTES);
	x->by_name = (uint16_t *)(x->package + PACKAGES_MOST);
	return x;
}

void
package_index_room(struct package_index *x, size_t paths)
{
	x->room = paths < PATHS_MOST ? paths : PATHS_MOST;
	x->places = x->room + x->room / 2 + 1;
	x->place = map(x->places * sizeof *x->place);
}

void
package_index_free(struct package_index *x)
{
	if (x == NULL)
		return;
	if (x->place != NULL)
		(void)munmap(x->place, x->places * sizeof *x->place);
	(void)munmap(x->package, NAMES_BYTES);
	arena_free(&x->arena);
	free(x);
}

/* Where it is, or the free place where it would be. */
static uint16_t *
place_of_name(const struct package_index *x, const char *name)
{
	size_t at = (size_t)(hash_of(name, strlen(name)) >> NUMBER_BITS) & (NAME_PLACES - 1);

	while (x->by_name[at] != 0 && strcmp(x->package[x->by_name[at] - 1].name, name) != 0)
		at = (at + 1) & (NAME_PLACES - 1);
	return &x->by_name[at];
}

static const char *
keep(struct package_index *x, const char *text)
{
	return text[0] == '\0' ? NULL : arena_text(&x->arena, text, strlen(text));
}

bool
package_index_add(struct package_index *x, const char *name, const char *homepage, const char *maintainer)
{
	uint16_t *place = place_of_name(x, name);

	if (*place != 0)
		return true;		/* of another architecture */
	if (x->count == PACKAGES_MOST)
		return false;
	x->package[x->count] = (struct package){ keep(x, name), { keep(x, homepage), keep(x, maintainer) } };
	*place = (uint16_t)++x->count;
	return true;
}

const struct package *
package_index_named(const struct package_index *x, const char *name)
{
	uint16_t number = *place_of_name(x, name);

	return number == 0 ? NULL : &x->package[number - 1];
}

bool
package_index_divert(struct package_index *x, const char *from, const char *to, const char *by)
{
	if (x->diversions == DIVERSIONS_MOST)
		return false;
	x->diversion[x->diversions++] = (struct diversion){ arena_text(&x->arena, from, strlen(from)),
		arena_text(&x->arena, to, strlen(to)), arena_text(&x->arena, by, strlen(by)), strlen(from) };
	return true;
}

/* Where this package's file really lies. */
static const char *
diverted(const struct package_index *x, const struct package *p, const char *path, size_t *len)
{
	for (unsigned i = 0; i < x->diversions; i++) {
		const struct diversion *d = &x->diversion[i];

		if (d->from_len == *len && memcmp(d->from, path, *len) == 0 && strcmp(d->by, p->name) != 0) {
			*len = strlen(d->to);
			return d->to;
		}
	}
	return path;
}

static size_t
first_place(const struct package_index *x, uint64_t hash)
{
	return (size_t)((unsigned __int128)hash * x->places >> 64);
}

bool
package_index_path(struct package_index *x, const struct package *p, const char *path, size_t len)
{
	uint64_t hash;
	size_t at;

	if (x->paths >= x->room)
		return false;
	path = diverted(x, p, path, &len);
	hash = hash_of(path, len);
	for (at = first_place(x, hash); x->place[at] != 0; at = at + 1 < x->places ? at + 1 : 0)
		if (x->place[at] >> NUMBER_BITS == hash >> NUMBER_BITS)
			return true;	/* a folder of several packages, or of two architectures */
	x->place[at] = hash | (uint64_t)(p - x->package + 1);
	x->paths++;
	return true;
}

const struct package *
package_index_find(const struct package_index *x, const char *path, size_t len)
{
	uint64_t hash = hash_of(path, len);

	for (size_t at = first_place(x, hash); x->place[at] != 0; at = at + 1 < x->places ? at + 1 : 0)
		if (x->place[at] >> NUMBER_BITS == hash >> NUMBER_BITS)
			return &x->package[(x->place[at] & ((1u << NUMBER_BITS) - 1)) - 1];
	return NULL;
}

size_t
package_index_bytes(const struct package_index *x)
{
	return sizeof *x + NAMES_BYTES + x->places * sizeof *x->place + x->arena.bytes;
}
