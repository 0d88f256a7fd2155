/*
 * See reply.h. Called by the transports, and for what the validator hands back.
 * The bytes come from a server that may lie.
 */
#include <string.h>

#include "reply.h"

#define CLASS_IN	1
#define TTL_MOST	86400u
#define RR_FIXED	10	/* type, class, TTL, length */

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)u16(p) << 16 | u16(p + 2);
}

bool
reply_fits(const uint8_t *m, size_t len, const struct asked *a)
{
	struct dname	name;
	size_t		at = DNS_HEADER;

	if (len < DNS_HEADER || u16(m) != a->id || (m[2] & 0xf8) != 0x80 || u16(m + 4) != 1)
		return false;
	if (dname_read(m, len, &at, &name) == -1 || at != DNS_HEADER + (size_t)name.len || len - at < 4)
		return false;
	if (u16(m + at) != a->type || u16(m + at + 2) != CLASS_IN)
		return false;
	if (a->exact_case)
		return name.len == a->name.len && memcmp(name.wire, a->name.wire, name.len) == 0;
	return dname_equal(&name, &a->name);
}

/* An address has one length; what has another makes clients fail. */
static bool
is_whole(const struct record *r)
{
	return r->type == QTYPE_A ? r->data_len == 4 : r->type == QTYPE_AAAA ? r->data_len == 16 : true;
}

static int
read_record(const uint8_t *m, size_t len, size_t *at, struct record *r)
{
	const uint8_t	*p;
	struct dname	 owner;

	r->name = *at;
	if (dname_read(m, len, at, &owner) == -1 || len - *at < RR_FIXED)
		return -1;
	p = m + *at;
	r->type = u16(p);
	r->class = u16(p + 2);
	r->ttl_at = *at + 4;
	r->ttl = u32(p + 4);
	r->data_len = u16(p + 8);
	r->data = *at + RR_FIXED;
	*at = r->data + r->data_len;
	return *at <= len && is_whole(r) ? 0 : -1;
}

/* RFC 2181, 8: a TTL with the first bit set counts as 0; a day is enough for any. */
static uint32_t
clamp_ttl(uint32_t ttl)
{
	return ttl > INT32_MAX ? 0 : ttl > TTL_MOST ? TTL_MOST : ttl;
}

/* All records but OPT, whose upper bits of the response code are taken. */
static int
read_all(const uint8_t *m, size_t len, struct record *all, unsigned *count, struct reply *r)
{
	size_t		at = DNS_HEADER;
	unsigned	sections[] = { u16(m + 6), u16(m + 8), u16(m + 10) };

	*count = 0;
	if (dname_skip(m, len, &at) == -1 || len - at < 4)
		return -1;
	at += 4;
	for (unsigned s = SECTION_ANSWER; s <= SECTION_ADDITIONAL; s++)
		for (unsigned i = 0; i < sections[s]; i++) {
			struct record	*rec = &all[*count];

			if (*count == REPLY_RECORDS || read_record(m, len, &at, rec) == -1 ||
			    (rec->class != CLASS_IN && rec->type != QTYPE_OPT))
				return -1;
			rec->section = (enum section)s;
			if (rec->type == QTYPE_OPT) {
				r->rcode = (uint16_t)(r->rcode | m[rec->ttl_at] << 4);
				continue;
			}
			rec->ttl = clamp_ttl(rec->ttl);
			(*count)++;
		}
	return at == len ? 0 : -1;
}

bool
reply_is_whole(const uint8_t *m, size_t len)
{
	static struct record	all[REPLY_RECORDS + 1];
	static struct reply	r;
	unsigned		count;

	return read_all(m, len, all, &count, &r) == 0;
}

static bool
named(const uint8_t *m, size_t len, const struct record *rec, const struct dname *name)
{
	struct dname	n;
	size_t		at = rec->name;

	return dname_read(m, len, &at, &n) == 0 && dname_equal(&n, name);
}

/* The type that an RRSIG covers. */
static uint16_t
covered(const uint8_t *m, const struct record *rec)
{
	return rec->type == QTYPE_RRSIG && rec->data_len >= 2 ? u16(m + rec->data) : 0;
}

static void
take(const struct record *rec, struct reply *r)
{
	if (r->count == REPLY_RECORDS)
		return;
	r->record[r->count++] = *rec;
	if (rec->ttl < r->ttl)
		r->ttl = rec->ttl;
}

/* A name that is the record's whole data. */
static int
target_of(const uint8_t *m, size_t len, const struct record *rec, struct dname *target)
{
	size_t	at = rec->data;

	if (dname_read(m, len, &at, target) == -1 || at != rec->data + rec->data_len)
		return -1;
	return 0;
}

struct chain {
	const uint8_t		*m;
	size_t			 len;
	const struct record	*all;
	unsigned		 count;
	struct dname		 at;	/* where the aliases have led */
	bool			 answered;
};

/* Records of one name and type in the answer section, with their signatures; how many without those. */
static unsigned
take_set(const struct chain *c, uint16_t type, struct reply *r)
{
	unsigned	n = 0;

	for (unsigned i = 0; i < c->count; i++) {
		const struct record	*rec = &c->all[i];
		bool			 is = rec->type == type || (type == QTYPE_ANY && rec->type != 0);

		if (rec->section != SECTION_ANSWER || (!is && covered(c->m, rec) != type) ||
		    !named(c->m, c->len, rec, &c->at))
			continue;
		take(rec, r);
		n += is;
	}
	return n;
}

static const struct record *
find(const struct chain *c, uint16_t type)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->all[i].section == SECTION_ANSWER && c->all[i].type == type &&
		    named(c->m, c->len, &c->all[i], &c->at))
			return &c->all[i];
	return NULL;
}

/* The DNAME above the name, taken along with its signature: a CNAME made from it is proved by it. */
static void
take_dname(const struct chain *c, struct reply *r)
{
	struct dname	owner;
	size_t		at;

	for (unsigned i = 0; i < c->count; i++) {
		const struct record	*rec = &c->all[i];

		at = rec->name;
		if (rec->section != SECTION_ANSWER ||
		    (rec->type != QTYPE_DNAME && covered(c->m, rec) != QTYPE_DNAME) ||
		    dname_read(c->m, c->len, &at, &owner) == -1 || owner.len >= c->at.len ||
		    !dname_within(&c->at, &owner))
			continue;
		for (unsigned k = 0; ; k++) {
			if (k == r->count) {
				take(rec, r);
				break;
			}
			if (r->record[k].name == rec->name)
				break;
		}
	}
}

static int
follow(struct chain *c, uint16_t type, struct reply *r)
{
	const struct record	*alias;

	while (!c->answered && type != QTYPE_CNAME && type != QTYPE_ANY &&
	    (alias = find(c, QTYPE_CNAME)) != NULL) {
		if (r->aliases == REPLY_ALIASES)
			return -1;
		take_dname(c, r);
		if (take_set(c, QTYPE_CNAME, r) != 1 ||	/* RFC 2181, 10.1: one, or none is true */
		    target_of(c->m, c->len, alias, &r->alias[r->aliases]) == -1)
			return -1;
		r->upto[r->aliases] = r->count;
		c->at = r->alias[r->aliases++];
		for (unsigned i = 0; i + 1 < r->aliases; i++)
			if (dname_equal(&r->alias[i], &c->at))
				return -1;	/* a loop */
	}
	c->answered = take_set(c, type, r) > 0;
	return 0;
}

/*
 * What denies: the SOA of a zone that the name is in, and the proofs beside it. Its
 * TTL, or its last field if that is less, is how long the denial holds (RFC 2308, 5).
 */
static bool
take_denial(const struct chain *c, struct reply *r)
{
	struct dname	zone;
	bool		soa = false;
	size_t		at;

	for (unsigned i = 0; i < c->count; i++) {
		const struct record	*rec = &c->all[i];
		uint16_t		 what = rec->type == QTYPE_RRSIG ? covered(c->m, rec) : rec->type;

		at = rec->name;
		if (rec->section != SECTION_AUTHORITY ||
		    (what != QTYPE_SOA && what != QTYPE_NSEC && what != QTYPE_NSEC3) ||
		    dname_read(c->m, c->len, &at, &zone) == -1 ||
		    (what == QTYPE_SOA && !dname_within(&c->at, &zone)))
			continue;
		take(rec, r);
		if (rec->type != QTYPE_SOA || rec->data_len < 22)
			continue;
		soa = true;
		if (clamp_ttl(u32(c->m + rec->data + rec->data_len - 4)) < r->ttl)
			r->ttl = clamp_ttl(u32(c->m + rec->data + rec->data_len - 4));
	}
	return soa;
}

/* What proves that an answer made from a wildcard is no other's (RFC 4035, 3.1.3.3). */
static void
take_proofs(const struct chain *c, struct reply *r)
{
	for (unsigned i = 0; i < c->count; i++) {
		const struct record	*rec = &c->all[i];
		uint16_t		 what = rec->type == QTYPE_RRSIG ? covered(c->m, rec) : rec->type;

		if (rec->section == SECTION_AUTHORITY && (what == QTYPE_NSEC || what == QTYPE_NSEC3))
			take(rec, r);
	}
}

static bool
refers(const struct chain *c)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->all[i].section == SECTION_AUTHORITY && c->all[i].type == QTYPE_NS)
			return true;
	return false;
}

static void
classify(const struct chain *c, struct reply *r)
{
	bool	denied;

	if (r->rcode != RCODE_NOERROR && r->rcode != RCODE_NXDOMAIN) {
		r->kind = REPLY_FAILED;
		return;
	}
	if (c->answered && r->rcode == RCODE_NOERROR) {
		take_proofs(c, r);
		r->kind = REPLY_DATA;
		return;
	}
	denied = take_denial(c, r);
	if (!denied)
		r->ttl = 0;
	if (r->rcode == RCODE_NXDOMAIN)
		r->kind = REPLY_NXDOMAIN;
	else
		r->kind = !denied && refers(c) ? REPLY_REFERRAL : REPLY_NODATA;
}

int
reply_parse(const uint8_t *m, size_t len, const struct asked *a, struct reply *r)
{
	static struct record	all[REPLY_RECORDS + 1];
	struct chain		c = { .m = m, .len = len, .all = all, .at = a->name };

	r->rcode = m[3] & 15;
	r->truncated = (m[2] & 0x02) != 0;
	r->authentic = (m[3] & 0x20) != 0;
	r->aliases = r->count = 0;
	r->ttl = TTL_MOST;
	/* Of a truncated one nothing is used: it is asked for again over TCP. */
	if (r->truncated) {
		r->kind = REPLY_FAILED;
		return 0;
	}
	if (read_all(m, len, all, &c.count, r) == -1 || follow(&c, a->type, r) == -1)
		return -1;
	classify(&c, r);
	return 0;
}

bool
reply_is_of_use(const struct reply *r)
{
	return r->kind == REPLY_DATA || r->kind == REPLY_NODATA || r->kind == REPLY_NXDOMAIN;
}
