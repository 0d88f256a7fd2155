/*
 * See told.h. Called by the front and by udp_out.c. What a program asks again and again is told once, but
 * when it asked for another name of the same address in between: the last one counts.
 */
#include <string.h>

#include <sodium.h>

#include "lists.h"
#include "names.h"
#include "policy.h"
#include "recent.h"
#include "told.h"

static struct recent	told;	/* the name that was told last, by asker and address */
static uint8_t		hash_key[crypto_shorthash_KEYBYTES];

static struct names_learnt	now;	/* to be told together */
static size_t			now_bytes;
static unsigned			losses;

static bool
is_address(const struct cached *c, unsigned i)
{
	unsigned	type = cached_type(c, i);
	size_t		len;

	(void)cached_data(c, i, &len);
	return (type == QTYPE_A && len == 4) || (type == QTYPE_AAAA && len == 16);
}

uint8_t
told_addresses(const struct cached *c)
{
	unsigned	n = 0;

	for (unsigned i = 0; i < c->ttls; i++)
		n += is_address(c, i) ? 1 : 0;
	return n < UINT8_MAX ? (uint8_t)n : UINT8_MAX;
}

uint8_t
told_validation(const struct cached *c)
{
	static const uint8_t	words[] = { [VALID_NONE] = NAMES_UNCHECKED, [VALID_SECURE] = NAMES_SECURE,
					    [VALID_INSECURE] = NAMES_INSECURE, [VALID_CAPTIVE] = NAMES_CAPTIVE };

	return words[c->origin.validation];
}

static uint64_t
key_of(uint64_t asker, const struct cached *c, unsigned i)
{
	uint8_t		in[sizeof(asker) + 16];
	uint64_t	key;
	size_t		len;
	const uint8_t	*address = cached_data(c, i, &len);

	memcpy(in, &asker, sizeof(asker));
	memcpy(in + sizeof(asker), address, len);
	(void)crypto_shorthash((uint8_t *)&key, in, sizeof(asker) + len, hash_key);
	return key;
}

static bool
has_it(uint64_t asker, const struct cached *c)
{
	const uint64_t	*name;

	for (unsigned i = 0; i < c->ttls; i++) {
		if (!is_address(c, i))
			continue;
		name = recent_find(&told, key_of(asker, c, i));
		if (name == NULL || *name != c->name_hash)
			return false;
	}
	return true;
}

static void
note(uint64_t asker, const struct cached *c)
{
	for (unsigned i = 0; i < c->ttls; i++)
		if (is_address(c, i))
			recent_note(&told, key_of(asker, c, i), c->name_hash);
}

void
told_forget(void)
{
	crypto_shorthash_keygen(hash_key);	/* what was noted by the former one is not found any more */
}

bool
told_send(void)
{
	bool	ok = now.count == 0 || policy_learnt(&now);

	now.count = 0;
	now_bytes = 0;
	if (ok)
		return true;
	losses++;
	told_forget();
	return false;
}

unsigned
told_losses(void)
{
	return losses;
}

static void
add_address(struct names_told *m, const struct cached *c, unsigned i)
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
collect(struct names_told *m, const struct dname *name, const struct cached *c)
{
	struct dname	alias;

	m->addresses = 0;
	m->lists = lists_having(name);
	for (unsigned i = 0; i < c->ttls; i++)
		if (is_address(c, i) && m->addresses < NAMES_ADDRESSES)
			add_address(m, c, i);
	for (unsigned i = 0; m->names < NAMES_ALIASES && told_alias(c, &i, &alias); i++) {
		m->lists |= lists_having(&alias);
		dname_text(&alias, m->name[m->names++]);
	}
}

/* Of what told_bytes() counts nothing is longer in the message. */
static size_t
told_bytes(const struct names_told *m)
{
	size_t	bytes = NAMES_TOLD_BYTES - NAMES_ALIASES * NAME_BYTES;

	for (unsigned i = 0; i < m->names; i++)
		bytes += strlen(m->name[i]);
	return bytes;
}

bool
told_policyd(uint64_t asker, const struct cached *c)
{
	struct names_told	*m;
	struct dname		 name;
	size_t			 at = DNS_HEADER;

	if (has_it(asker, c))
		return true;
	if (dname_read(c->message, c->len, &at, &name) == -1)
		return false;
	if ((now.count == NAMES_TOLD_MOST || now_bytes + NAMES_TOLD_BYTES > NAMES_LEARNT_MAX) && !told_send())
		return false;
	m = &now.told[now.count++];
	m->asker = asker;
	m->names = 1;
	dname_text(&name, m->name[0]);
	dname_lower(&name);
	collect(m, &name, c);
	now_bytes += told_bytes(m);
	note(asker, c);
	return true;
}
