/*
 * The list of programs whose hints are wanted (who.h): made by policyd, handed on by
 * intercept, kept by whod.
 */
#include "who.h"

#include <string.h>

#include "who.pb-c.h"
#include "wire.h"

static bool
path_valid(const struct hinted_path *p)
{
	const char *last, *star;

	if (p->len == 0 || p->len > HINTED_BYTES || p->text[0] != '/' || memchr(p->text, '\0', p->len) != NULL)
		return false;
	last = memrchr(p->text, '/', p->len);
	star = memchr(p->text, '*', p->len);
	return star == NULL || star > last;
}

static bool
who_hinted_valid(const struct who_hinted *m)
{
	if (m->count > HINTED_MOST || (m->all && m->count > 0))
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (!path_valid(&m->path[i]))
			return false;
	return true;
}

size_t
who_hinted_pack(const struct who_hinted *m, uint8_t *out, size_t room)
{
	Wire__WhoHinted w = WIRE__WHO_HINTED__INIT;
	ProtobufCBinaryData path[HINTED_MOST];

	if (!who_hinted_valid(m))
		return 0;
	for (size_t i = 0; i < m->count; i++)
		path[i] = wire_bytes(m->path[i].text, m->path[i].len);
	w.all = m->all;
	w.n_path = m->count;
	w.path = path;
	return wire_pack(&w.base, out, room);
}

int
who_hinted_unpack(const uint8_t *body, size_t len, struct who_hinted *m)
{
	const Wire__WhoHinted *w = wire_unpack(&wire__who_hinted__descriptor, body, len, WHO_HINTED_MAX);

	if (w == NULL || w->n_path > HINTED_MOST)
		return -1;
	memset(m, 0, sizeof(*m));
	m->all = w->all != 0;
	m->count = (uint16_t)w->n_path;
	for (size_t i = 0; i < w->n_path; i++) {
		uint16_t n = 0;

		if (!field_bytes(m->path[i].text, &n, HINTED_BYTES, &w->path[i]))
			return -1;
		m->path[i].len = (uint8_t)n;
	}
	return who_hinted_valid(m) ? 0 : -1;
}
