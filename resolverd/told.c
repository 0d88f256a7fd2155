/*
 * See told.h. Called by the front. What a program asks again and again is told once, but
 * when it asked for another name of the same address in between: the last one counts.
 */
#include <string.h>

#include <sodium.h>

#include "names.h"
#include "policy.h"
#include "told.h"

#define WORDS	16384

static uint64_t	words[WORDS];	/* which name was told last, by asker and address */
static uint8_t	key[crypto_shorthash_KEYBYTES];

static bool
is_address(const struct cached *c, unsigned i)
{
	unsigned	type = cached_type(c, i);
	size_t		len;

	(void)cached_data(c, i, &len);
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

/*
 * The place of this asker's word on this address, and what stands there if it is this
 * answer's name. Of two that fall on one place the later stays: then one is told again.
 */
static uint64_t *
word_on(uint64_t asker, const struct cached *c, unsigned i, uint64_t *is)
{
	uint8_t		in[sizeof(asker) + 16] = { 0 };
	uint64_t	hash;
	size_t		len;
	const uint8_t	*address = cached_data(c, i, &len);

	memcpy(in, &asker, sizeof(asker));
	memcpy(in + sizeof(asker), address, len);
	(void)crypto_shorthash((uint8_t *)&hash, in, sizeof(in), key);
	*is = hash ^ c->name_hash;
	return &words[hash % WORDS];
}

static bool
has_it(uint64_t asker, const struct cached *c)
{
	uint64_t	is;

	for (unsigned i = 0; i < c->ttls; i++)
		if (is_address(c, i) && *word_on(asker, c, i, &is) != is)
			return false;
	return true;
}

static void
note(uint64_t asker, const struct cached *c)
{
	uint64_t	is, *at;

	for (unsigned i = 0; i < c->ttls; i++)
		if (is_address(c, i)) {
			at = word_on(asker, c, i, &is);
			*at = is;
		}
}

void
told_forget(void)
{
	crypto_shorthash_keygen(key);
	memset(words, 0, sizeof(words));
}

static void
add_address(struct names_learnt *m, const struct cached *c, unsigned i)
{
	struct names_address	*a = &m->address[m->addresses++];
	size_t			 len;
	const uint8_t		*data = cached_data(c, i, &len);

	memset(a, 0, sizeof(*a));
	a->family = len == 4 ? 4 : 6;
	memcpy(a->address, data, len);
}

bool
told_alias(const struct cached *c, unsigned *i, struct dname *alias)
{
	size_t	at;

	for (; *i < c->ttls; (*i)++) {
		at = (size_t)c->ttl_at[*i] + 6;
		if (cached_type(c, *i) == QTYPE_CNAME && dname_read(c->message, c->len, &at, alias) == 0) {
			dname_lower(alias);
			return true;
		}
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
	for (unsigned i = 0; m->names < NAMES_ALIASES && told_alias(c, &i, &alias); i++)
		dname_text(&alias, m->name[m->names++]);
}

bool
told_policyd(uint64_t asker, const struct cached *c)
{
	static struct names_learnt	m;
	struct dname			name;
	size_t				at = DNS_HEADER;

	if (has_it(asker, c))
		return true;
	if (dname_read(c->message, c->len, &at, &name) == -1)
		return false;
	m.asker = asker;
	m.names = 1;
	m.addresses = 0;
	dname_text(&name, m.name[0]);
	collect(&m, c);
	if (!policy_learnt(&m))
		return false;
	note(asker, c);
	return true;
}
