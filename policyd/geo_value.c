/*
 * See geo_value.h.
 */
#include <string.h>

#include "geo_value.h"

enum { TYPE_ARRAY = 11, TYPE_BOOL = 14 };

/* A big-endian number of 0 to 4 bytes. */
static bool
get_number(const struct geo_data *d, size_t *at, unsigned bytes, uint32_t *out)
{
	uint32_t n = 0;

	if (*at > d->size || d->size - *at < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | d->bytes[(*at)++];
	*out = n;
	return true;
}

/* The pointer's bytes hold its length, too. size becomes the offset it leads to. */
static bool
get_pointer(const struct geo_data *d, uint32_t control, struct geo_value *v)
{
	static const uint32_t added[] = { 0, 2048, 526336, 0 };
	unsigned kind = control >> 3 & 3;
	uint32_t rest;

	if (!get_number(d, &v->at, kind + 1, &rest))
		return false;
	v->size = kind == 3 ? rest : ((control & 7) << 8 * (kind + 1) | rest) + added[kind];
	return true;
}

/* What stands at an offset; at then is behind its control bytes. */
static bool
get_value(struct geo_data *d, size_t offset, struct geo_value *v)
{
	static const uint32_t added[] = { 29, 285, 65821 };
	uint32_t control, more;

	v->at = offset;
	if (++d->looked > GEO_VALUES_MOST || !get_number(d, &v->at, 1, &control))
		return false;
	v->type = control >> 5;
	if (v->type == GEO_POINTER)
		return get_pointer(d, control, v);
	if (v->type == 0) {
		if (!get_number(d, &v->at, 1, &more))
			return false;
		v->type = more + 7;
	}
	v->size = control & 31;
	if (v->size < 29)
		return true;
	if (!get_number(d, &v->at, v->size - 28, &more))
		return false;
	v->size = added[v->size - 29] + more;
	return true;
}

static bool
follow(struct geo_data *d, struct geo_value *v)
{
	return v->type != GEO_POINTER || (get_value(d, v->size, v) && v->type != GEO_POINTER);
}

bool
geo_value_at(struct geo_data *d, size_t offset, struct geo_value *v)
{
	return get_value(d, offset, v) && follow(d, v);
}

/* Bytes that belong to the value itself: not those of the values in it, nor what it points to. */
static size_t
own_bytes(const struct geo_value *v)
{
	if (v->type == GEO_POINTER || v->type == GEO_MAP || v->type == TYPE_ARRAY || v->type == TYPE_BOOL)
		return 0;
	return v->size;
}

/* Where the next value begins after this one with all that is in it. */
static bool
skip(struct geo_data *d, const struct geo_value *first, size_t *next)
{
	struct geo_value v = *first;
	uint64_t left = 1;

	for (;;) {
		size_t own = own_bytes(&v);

		if (v.at > d->size || d->size - v.at < own)
			return false;
		left--;
		if (v.type == GEO_MAP)
			left += 2 * (uint64_t)v.size;
		else if (v.type == TYPE_ARRAY)
			left += v.size;
		*next = v.at + own;
		if (left == 0)
			return true;
		if (!get_value(d, *next, &v))
			return false;
	}
}

static bool
is_key(const struct geo_data *d, const struct geo_value *v, const char *key)
{
	return v->type == GEO_TEXT && v->at <= d->size && d->size - v->at >= v->size && v->size == strlen(key) &&
	    memcmp(d->bytes + v->at, key, v->size) == 0;
}

bool
geo_value_in(struct geo_data *d, const struct geo_value *map, const char *key, struct geo_value *out)
{
	size_t at = map->at;

	if (map->type != GEO_MAP)
		return false;
	for (uint32_t i = 0; i < map->size; i++) {
		struct geo_value name, value, target;

		if (!get_value(d, at, &name) || !skip(d, &name, &at))
			return false;
		target = name;
		if (!follow(d, &target) || !get_value(d, at, &value))
			return false;
		if (is_key(d, &target, key)) {
			*out = value;
			return follow(d, out);
		}
		if (!skip(d, &value, &at))
			return false;
	}
	return false;
}

bool
geo_value_number(const struct geo_data *d, const struct geo_value *v, uint32_t *out)
{
	size_t at = v->at;

	return v->type == GEO_UINT32 && v->size <= 4 && get_number(d, &at, v->size, out);
}
