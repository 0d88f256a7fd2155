/*
 * See list_set.h. Called by lists.c and list_file.c; trusts its callers. Who writes a
 * list can't choose names that meet in the table: the hash is keyed.
 */
#include <sys/mman.h>

#include <sodium.h>

#include "list_set.h"

static uint8_t	hash_key[crypto_shorthash_KEYBYTES];

void
list_hash_init(void)
{
	crypto_shorthash_keygen(hash_key);
}

uint64_t
list_hash(const uint8_t *wire, size_t len)
{
	uint64_t	hash;

	(void)crypto_shorthash((uint8_t *)&hash, wire, len, hash_key);
	return hash != 0 ? hash : 1;
}

/* Where to look first. */
static size_t
first_place(const struct list_set *s, uint64_t hash)
{
	return (size_t)((unsigned __int128)hash * s->places >> 64);
}

static size_t
next_place(const struct list_set *s, size_t at)
{
	return at + 1 < s->places ? at + 1 : 0;
}

static void
put(struct list_set *s, const struct list_entry *e)
{
	size_t	at = first_place(s, e->hash);

	for (; s->place[at].hash != 0; at = next_place(s, at))
		if (s->place[at].hash == e->hash && s->place[at].kind == e->kind &&
		    s->place[at].list == e->list)
			return;
	s->place[at] = *e;
	s->count++;
}

static bool
is_kept(const struct list_entry *e, unsigned without)
{
	return e->hash != 0 && e->list != without;
}

int
list_set_build(struct list_set *s, const struct list_set *old, unsigned without,
    const struct list_entry *more, size_t count)
{
	size_t	n = count;

	for (size_t i = 0; i < old->places; i++)
		n += is_kept(&old->place[i], without);
	/* A third is free, so that a look ends soon; one place always. */
	*s = (struct list_set){ .places = n + n / 2 + 1 };
	s->place = mmap(NULL, list_set_bytes(s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->place == MAP_FAILED) {
		*s = (struct list_set){ 0 };
		return -1;
	}
	for (size_t i = 0; i < old->places; i++)
		if (is_kept(&old->place[i], without))
			put(s, &old->place[i]);
	for (size_t i = 0; i < count; i++)
		put(s, &more[i]);
	return 0;
}

void
list_set_free(struct list_set *s)
{
	if (s->place != NULL)
		(void)munmap(s->place, list_set_bytes(s));
	*s = (struct list_set){ 0 };
}

static bool
goes_before(const struct list_entry *a, const struct list_entry *b)
{
	return a->kind != b->kind ? a->kind < b->kind : a->list < b->list;
}

const struct list_entry *
list_set_find(const struct list_set *s, uint64_t hash, bool whole, uint64_t counts)
{
	const struct list_entry	*found = NULL, *e;

	if (s->places == 0)
		return NULL;
	for (size_t at = first_place(s, hash); s->place[at].hash != 0; at = next_place(s, at)) {
		e = &s->place[at];
		if (e->hash == hash && (whole || e->kind != LIST_EXACT) && (counts >> e->list & 1) != 0 &&
		    (found == NULL || goes_before(e, found)))
			found = e;
	}
	return found;
}

bool
list_set_having(const struct list_set *s, uint64_t hash, bool whole, uint64_t *lists)
{
	const struct list_entry	*e;

	*lists = 0;
	if (s->places == 0)
		return true;
	for (size_t at = first_place(s, hash); s->place[at].hash != 0; at = next_place(s, at)) {
		e = &s->place[at];
		if (e->hash != hash || (!whole && e->kind == LIST_EXACT))
			continue;
		if (e->kind == LIST_EXCEPT)
			return false;
		*lists |= UINT64_C(1) << e->list;
	}
	return true;
}

size_t
list_set_bytes(const struct list_set *s)
{
	return s->places * sizeof(s->place[0]);
}
