/*
 * See insecure.h. Called by lookup.c. What is read here the validator has proved, but for
 * what it says is insecure: of that only what could not be there without a proof counts.
 */
#include <string.h>
#include <time.h>

#include "insecure.h"
#include "recent.h"
#include "reply.h"
#include "resolve.h"
#include "validate.h"

#define NAMES		64	/* of which it is counted how often they were seen */
#define SITE_LABELS	2
#define NSEC3_OPT_OUT	1	/* RFC 5155, 3.1.2.1 */
#define NSEC3_HASHINGS	150	/* beyond, the validator proves nothing by it (RFC 9276) */

/* What is known of a name. */
enum delegation {
	DELEGATION_UNKNOWN,
	DELEGATION_NONE,	/* no zone of its own begins there, or a signed one */
	DELEGATION_INSECURE,
};

/* A look for the proof, from the top down to the name. */
struct walk {
	struct dname	 name, zone;	/* zone: that is asked about */
	unsigned	 below;		/* labels of the name that are not yet in it */
	unsigned	 era;
	bool		 goes;
};

static struct recent	zones;		/* hash to: until when << 1 | is it insecure */
static bool		noted, any;	/* something is known; of insecure ones */
static struct { uint64_t site; unsigned count; } seen[NAMES];
static struct walk	walks[INSECURE_WALKS];

static int64_t
now(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static enum delegation
known(const struct dname *zone, int64_t now_s)
{
	const uint64_t	*word = recent_find(&zones, dname_hash(zone));

	if (word == NULL || (int64_t)(*word >> 1) <= now_s)
		return DELEGATION_UNKNOWN;
	return (*word & 1) != 0 ? DELEGATION_INSECURE : DELEGATION_NONE;
}

static void
note(const struct dname *zone, enum delegation d, uint32_t ttl)
{
	uint64_t	until = (uint64_t)now() + (ttl < INSECURE_S ? ttl : INSECURE_S);

	recent_note(&zones, dname_hash(zone), until << 1 | (d == DELEGATION_INSECURE));
	noted = true;
	any |= d == DELEGATION_INSECURE;
}

/* DS records are the zone above's. */
bool
insecure_covers(const struct dname *n, uint16_t type, int64_t now_s)
{
	unsigned	labels = any ? dname_labels(n) : 0;
	struct dname	zone;

	for (unsigned off = type == QTYPE_DS; off < labels; off++) {
		dname_parent(n, off, &zone);
		if (known(&zone, now_s) == DELEGATION_INSECURE)
			return true;
	}
	return false;
}

void
insecure_forget(void)
{
	if (noted)		/* memory that was never used stays the kernel's */
		memset(&zones, 0, sizeof(zones));
	memset(seen, 0, sizeof(seen));
	noted = any = false;
}

/* Types of a bitmap (RFC 4034, 4.1.2) up to 255, in its first window. */
static bool
has_type(const uint8_t *bitmap, size_t len, unsigned type)
{
	return len >= 2 && bitmap[0] == 0 && bitmap[1] > type / 8 && len - 2 > type / 8 &&
	    (bitmap[2 + type / 8] & 0x80 >> type % 8) != 0;
}

/* A delegation without DS, seen from the zone above (RFC 4035, 5.2). */
static bool
delegates(const uint8_t *bitmap, size_t len)
{
	return has_type(bitmap, len, QTYPE_NS) && !has_type(bitmap, len, QTYPE_SOA) &&
	    !has_type(bitmap, len, QTYPE_DS);
}

static bool
nsec_delegates(const uint8_t *m, size_t len, const struct record *r, const struct dname *zone)
{
	struct dname	owner;
	size_t		at = r->name, bitmap = r->data;

	return dname_read(m, len, &at, &owner) == 0 && dname_equal(&owner, zone) &&
	    dname_skip(m, len, &bitmap) == 0 && bitmap <= r->data + r->data_len &&
	    delegates(m + bitmap, r->data + r->data_len - bitmap);
}

/* One of NSEC3, taken apart (RFC 5155, 3.2). */
struct nsec3 {
	bool		 opt_out;
	unsigned	 hashings;
	const uint8_t	*bitmap;
	size_t		 bitmap_len;
};

static bool
nsec3_read(const uint8_t *m, const struct record *r, struct nsec3 *n)
{
	const uint8_t	*p = m + r->data, *end = p + r->data_len;

	if (end - p < 5 || end - p < 5 + p[4] + 1)
		return false;
	n->opt_out = (p[1] & NSEC3_OPT_OUT) != 0;
	n->hashings = (unsigned)p[2] << 8 | p[3];
	p += 5 + p[4];
	if (end - p < 1 + p[0])
		return false;
	n->bitmap = p + 1 + p[0];
	n->bitmap_len = (size_t)(end - n->bitmap);
	return true;
}

/*
 * A denial that was proved. One record of NSEC3 is about the name itself only if it stands alone: more
 * are a wildcard's, and beside one of NSEC (of a zone that goes over to NSEC3) it may be any name's.
 */
static bool
proves_delegation(const uint8_t *m, size_t len, const struct reply *r, const struct dname *zone)
{
	unsigned	proofs = 0;
	bool		by_nsec = false, by_nsec3 = false;
	struct nsec3	n;

	for (unsigned i = 0; i < r->count; i++)
		if (r->record[i].type == QTYPE_NSEC) {
			proofs++;
			by_nsec |= nsec_delegates(m, len, &r->record[i], zone);
		} else if (r->record[i].type == QTYPE_NSEC3) {
			proofs++;
			by_nsec3 |= nsec3_read(m, &r->record[i], &n) && delegates(n.bitmap, n.bitmap_len);
		}
	return by_nsec || (by_nsec3 && proofs == 1);
}

/*
 * One that is insecure is so by opt-out: then no signed name is there and below. Or nothing
 * above was signed, or too often hashed: that says nothing of this name.
 */
static bool
opts_out(const uint8_t *m, const struct reply *r)
{
	bool		out = false;
	struct nsec3	n;

	for (unsigned i = 0; i < r->count; i++) {
		if (r->record[i].type != QTYPE_NSEC3)
			continue;
		if (!nsec3_read(m, &r->record[i], &n) || n.hashings > NSEC3_HASHINGS)
			return false;
		out |= n.opt_out;
	}
	return out;
}

static enum delegation
read_ds(const struct dname *zone, const struct validated *v, uint32_t *ttl)
{
	static struct reply	r;
	struct asked		a = { .type = QTYPE_DS, .name = *zone };

	if (!reply_fits(v->message, v->len, &a) || reply_parse(v->message, v->len, &a, &r) == -1)
		return DELEGATION_UNKNOWN;
	*ttl = r.ttl;
	if (r.aliases > 0 || (r.kind != REPLY_DATA && r.kind != REPLY_NODATA))
		return DELEGATION_UNKNOWN;
	if (v->finding == FOUND_INSECURE)
		return r.kind == REPLY_NODATA && opts_out(v->message, &r) ? DELEGATION_INSECURE : DELEGATION_UNKNOWN;
	return r.kind == REPLY_NODATA && proves_delegation(v->message, v->len, &r, zone) ?
	    DELEGATION_INSECURE : DELEGATION_NONE;
}

static void	walk_on(struct walk *);

static void
on_ds(void *ctx, const struct validated *v)
{
	struct walk	*w = ctx;
	enum delegation	 d = DELEGATION_UNKNOWN;
	uint32_t	 ttl = 0;

	if (w->era == resolve_era() && (v->finding == FOUND_SECURE || v->finding == FOUND_INSECURE))
		d = read_ds(&w->zone, v, &ttl);
	if (d == DELEGATION_INSECURE && validate_trusts_within(&w->zone))
		d = DELEGATION_UNKNOWN;
	if (d != DELEGATION_UNKNOWN)
		note(&w->zone, d, ttl);
	if (d == DELEGATION_NONE)
		walk_on(w);
	else
		w->goes = false;
}

/* The next name that nothing is known of. */
static void
walk_on(struct walk *w)
{
	enum delegation	d = DELEGATION_NONE;

	while (d == DELEGATION_NONE && w->below > 0) {
		dname_parent(&w->name, --w->below, &w->zone);
		d = known(&w->zone, now());
	}
	if (d == DELEGATION_UNKNOWN)
		(void)validate(&w->zone, QTYPE_DS, on_ds, w);
	else
		w->goes = false;
}

static void
walk_begin(const struct dname *n)
{
	struct dname	to = *n;
	unsigned	labels = dname_labels(n);

	if (labels > INSECURE_LABELS)
		dname_parent(n, labels - INSECURE_LABELS, &to);
	for (unsigned i = 0; i < INSECURE_WALKS; i++)
		if (!walks[i].goes) {
			walks[i] = (struct walk){ .name = to, .below = dname_labels(&to), .era = resolve_era(),
				.goes = true };
			walk_on(&walks[i]);
			return;
		}
}

void
insecure_saw(const struct dname *n, int64_t now_s)
{
	unsigned	labels = dname_labels(n);
	struct dname	site = *n;
	uint64_t	hash;

	if (labels > SITE_LABELS)
		dname_parent(n, labels - SITE_LABELS, &site);
	hash = dname_hash(&site);
	if (seen[hash % NAMES].site != hash)
		seen[hash % NAMES].count = 0;
	seen[hash % NAMES].site = hash;
	if (++seen[hash % NAMES].count < INSECURE_AFTER || insecure_covers(n, QTYPE_A, now_s))
		return;
	seen[hash % NAMES].count = 0;
	walk_begin(n);
}
