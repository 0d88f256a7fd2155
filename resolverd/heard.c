/*
 * See heard.h. Called by resolve.c with what multicast.c received. The bytes are a neighbour's, who may lie
 * about any name of the link, but not lead programs to the Internet or back into this machine.
 */
#include "address.h"
#include "heard.h"
#include "special.h"

/* Aliases to names that others have a say in say nothing of those. */
static bool
stays(const struct reply *r)
{
	struct dname	n;

	for (unsigned i = 0; i < r->aliases; i++) {
		n = r->alias[i];
		dname_lower(&n);
		if (special_multicast(&n) == NULL)
			return false;
	}
	return true;
}

/* SVCB and HTTPS records hold addresses, too, and nobody needs them here. */
static bool
may_be_told(const uint8_t *m, const struct record *rec)
{
	const uint8_t	*a = m + rec->data;

	switch (rec->type) {
	case QTYPE_A:
		return address4_is_private(a) && !address4_is_here(a);
	case QTYPE_AAAA:
		return address6_is_private(a) && !address6_is_here(a);
	case QTYPE_SVCB:
	case QTYPE_HTTPS:
		return false;
	default:
		return true;
	}
}

/* Leaves out what may not be told. How many records of the type are left? */
static unsigned
keep_what_may(const uint8_t *m, uint16_t type, struct reply *r)
{
	unsigned	kept = 0, of_type = 0;

	for (unsigned i = 0; i < r->count; i++) {
		struct record	*rec = &r->record[i];

		if (!may_be_told(m, rec))
			continue;
		rec->ttl = rec->ttl > HEARD_TTL ? HEARD_TTL : rec->ttl;
		of_type += rec->section == SECTION_ANSWER && (rec->type == type || type == QTYPE_ANY);
		r->record[kept++] = *rec;
	}
	r->count = kept;
	r->ttl = r->ttl > HEARD_TTL ? HEARD_TTL : r->ttl;
	return of_type;
}

/* Who has the name for himself says so of types that it does not have (RFC 6762, 6.1). */
static bool
denies_type(const uint8_t *m, size_t len, const struct asked *a, struct reply *r)
{
	struct asked	proof = *a;

	proof.type = QTYPE_NSEC;
	return reply_parse(m, len, &proof, r) == 0 && r->kind == REPLY_DATA && r->aliases == 0;
}

enum heard
heard_take(const uint8_t *m, size_t len, const struct asked *a, struct reply *r)
{
	if (reply_parse(m, len, a, r) == -1 || r->truncated || r->rcode != RCODE_NOERROR || !stays(r))
		return HEARD_NOTHING;
	if (r->kind == REPLY_DATA)
		return keep_what_may(m, a->type, r) > 0 ? HEARD_ANSWER : HEARD_NOTHING;
	return denies_type(m, len, a, r) ? HEARD_EMPTY : HEARD_NOTHING;
}
