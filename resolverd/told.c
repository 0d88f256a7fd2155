/*
 * See told.h. Called by the front. Who has an entry already is kept with the entry,
 * so that what a program asks again and again is told once.
 */
#include <string.h>

#include "names.h"
#include "policy.h"
#include "told.h"

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* A record's type and data lie around its TTL. */
static uint16_t
type_at(const struct cached *c, unsigned i)
{
	return (uint16_t)be16(c->message + c->ttl_at[i] - 4);
}

static bool
is_address(const struct cached *c, unsigned i)
{
	unsigned	type = type_at(c, i), len = be16(c->message + c->ttl_at[i] + 4);

	return (type == QTYPE_A && len == 4) || (type == QTYPE_AAAA && len == 16);
}

unsigned
told_addresses(const struct cached *c)
{
	unsigned	n = 0;

	for (unsigned i = 0; i < c->ttls; i++)
		n += is_address(c, i) ? 1 : 0;
	return n;
}

static bool
has_it(const struct cached *c, uint64_t asker)
{
	for (unsigned i = 0; i < CACHED_TOLD; i++)
		if (c->told[i] == asker)
			return true;
	return false;
}

static void
note(const struct cached *c, uint64_t asker)
{
	memmove(c->told + 1, c->told, (CACHED_TOLD - 1) * sizeof(c->told[0]));
	c->told[0] = asker;
}

static void
add_address(struct names_learnt *m, const struct cached *c, unsigned i)
{
	const uint8_t		*data = c->message + c->ttl_at[i] + 6;
	struct names_address	*a = &m->address[m->addresses++];

	memset(a, 0, sizeof(*a));
	a->family = type_at(c, i) == QTYPE_A ? 4 : 6;
	memcpy(a->address, data, a->family == 4 ? 4 : 16);
}

bool
told_alias(const struct cached *c, unsigned *i, struct dname *alias)
{
	size_t	at;

	for (; *i < c->ttls; (*i)++) {
		at = (size_t)c->ttl_at[*i] + 6;
		if (type_at(c, *i) == QTYPE_CNAME && dname_read(c->message, c->len, &at, alias) == 0)
			return true;
	}
	return false;
}

static void
collect(struct names_learnt *m, const struct cached *c)
{
	struct dname	alias;

	for (unsigned i = 0; i < c->ttls; i++)
		if (is_address(c, i) && m->addresses < NAMES_ADDRESSES)
			add_address(m, c, i);
	for (unsigned i = 0; m->names < NAMES_ALIASES && told_alias(c, &i, &alias); i++) {
		dname_lower(&alias);
		dname_text(&alias, m->name[m->names++]);
	}
}

bool
told_policyd(uint64_t asker, const struct dname *name, const struct cached *c)
{
	static struct names_learnt	m;
	struct dname			lower = *name;

	if (has_it(c, asker))
		return true;
	m.asker = asker;
	m.names = 1;
	m.addresses = 0;
	dname_lower(&lower);
	dname_text(&lower, m.name[0]);
	collect(&m, c);
	if (m.addresses > 0 && !policy_learnt(&m))
		return false;
	note(c, asker);
	return true;
}
