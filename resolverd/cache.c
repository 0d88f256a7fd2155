/*
 * See cache.h. Called by the front and by what brings answers; trusts its callers.
 */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cache.h"
#include "hints.h"
#include "sandbox.h"

#define HEADER_FLAGS	2	/* place of the flags in a message */

LIST_HEAD(cached_list, cached);
TAILQ_HEAD(cached_queue, cached);

static struct cached_list	*buckets;
static struct cached_queue	 used = TAILQ_HEAD_INITIALIZER(used);
static unsigned			 mask, count, count_most;
static size_t			 bytes, bytes_most;

void
cache_init(unsigned entries, size_t size)
{
	unsigned	n = 1024;

	while (n < entries)
		n *= 2;
	if ((buckets = calloc(n, sizeof(*buckets))) == NULL)
		fatal("memory for the cache");
	mask = n - 1;
	count_most = entries;
	bytes_most = size;
}

/* One name's answers lie apart. */
static struct cached_list *
bucket(uint64_t name_hash, uint16_t type, uint8_t variant)
{
	return &buckets[(name_hash + type * 32u + variant) & mask];
}

static size_t
size_of(size_t len, unsigned ttls)
{
	return sizeof(struct cached) + ttls * sizeof(uint16_t) + len;
}

static void
drop(struct cached *c)
{
	LIST_REMOVE(c, by_key);
	TAILQ_REMOVE(&used, c, by_use);
	bytes -= size_of(c->len, c->ttls);
	count--;
	free(c);
}

static bool
is_named(const struct cached *c, const struct dname *name)
{
	return c->name_len == name->len && memcmp(c->message + DNS_HEADER, name->wire, name->len) == 0;
}

static struct cached *
find(const struct dname *name, uint64_t name_hash, uint16_t type, uint8_t variant)
{
	struct cached	*c;

	LIST_FOREACH(c, bucket(name_hash, type, variant), by_key)
		if (c->type == type && c->variant == variant && is_named(c, name))
			return c;
	return NULL;
}

/* What kind of addresses is looked for. */
struct kind {
	bool	(*four)(const uint8_t[static 4]);
	bool	(*six)(const uint8_t[static 16]);
};

static const struct kind	inner = { address4_is_private, address6_is_private },
				here = { address4_is_here, address6_is_here };

static bool
hints_are(const uint8_t *message, const struct record *r, const struct kind *k)
{
	struct hints	 h;
	const uint8_t	*address;
	uint8_t		 family;

	hints_begin(&h, message + r->data, r->data_len);
	while ((address = hints_next(&h, &family)) != NULL)
		if (family == 4 ? k->four(address) : k->six(address))
			return true;
	return false;
}

static bool
is_of(const uint8_t *message, const struct record *r, const struct kind *k)
{
	return (r->type == QTYPE_A && r->data_len == 4 && k->four(message + r->data)) ||
	    (r->type == QTYPE_AAAA && r->data_len == 16 && k->six(message + r->data)) ||
	    ((r->type == QTYPE_HTTPS || r->type == QTYPE_SVCB) && hints_are(message, r, k));
}

static struct cached *
entry_new(const uint8_t *message, size_t len, const struct reply *r)
{
	struct cached	*c = calloc(1, size_of(len, r->count));

	if (c == NULL)
		return NULL;
	c->ttl_at = (uint16_t *)(c + 1);
	c->message = (uint8_t *)(c->ttl_at + r->count);
	memcpy(c->message, message, len);
	c->len = (uint16_t)len;
	for (unsigned i = 0; i < r->count; i++) {
		c->ttl_at[c->ttls++] = (uint16_t)r->record[i].ttl_at;
		c->inner |= is_of(message, &r->record[i], &inner);
		c->here |= c->inner && is_of(message, &r->record[i], &here);
	}
	return c;
}

/* What is the same of both, whatever the message says. */
static void
take_over(struct cached *to, const struct cached *from)
{
	to->stored_s = from->stored_s;
	to->until_s = from->until_s;
	to->origin = from->origin;
	to->name_hash = from->name_hash;
	to->type = from->type;
	to->variant = from->variant;
	to->kind = from->kind;
	to->name_len = from->name_len;
}

struct cached *
cache_remade(const struct cached *c, const uint8_t *message, size_t len, const struct reply *r)
{
	struct cached	*n = entry_new(message, len, r);

	if (n != NULL)
		take_over(n, c);
	return n;
}

struct cached *
cache_copy(const struct cached *c)
{
	struct cached	*n = malloc(size_of(c->len, c->ttls));

	if (n == NULL)
		return NULL;
	memcpy(n, c, size_of(c->len, c->ttls));
	n->ttl_at = (uint16_t *)(n + 1);
	n->message = (uint8_t *)(n->ttl_at + n->ttls);
	return n;
}

uint64_t
cache_identity(const struct cached *c)
{
	return (uint64_t)c->stored_s << 32 | c->origin.took_us;
}

const struct cached *
cache_store(const struct dname *name, uint16_t type, uint8_t variant, const uint8_t *message,
    size_t len, const struct reply *r, const struct origin *o, int64_t now_s)
{
	uint64_t	 hash = dname_hash(name);
	struct cached	*c = find(name, hash, type, variant);
	bool		 early = c != NULL && now_s < c->until_s;
	uint64_t	 former = early ? cache_identity(c) : 0;
	int64_t		 former_until_s = early ? c->until_s : 0;

	if (c != NULL)
		drop(c);
	if (r->ttl == 0 || len > UINT16_MAX || (c = entry_new(message, len, r)) == NULL)
		return NULL;
	c->name_len = name->len;
	c->name_hash = hash;
	c->type = type;
	c->variant = variant;
	c->kind = (uint8_t)r->kind;
	c->origin = *o;
	c->stored_s = now_s;
	c->until_s = now_s + r->ttl;
	c->former = former;
	c->former_until_s = former_until_s;
	bytes += size_of(c->len, c->ttls);
	count++;
	LIST_INSERT_HEAD(bucket(hash, type, variant), c, by_key);
	TAILQ_INSERT_HEAD(&used, c, by_use);
	while ((count > count_most || bytes > bytes_most) && TAILQ_LAST(&used, cached_queue) != c)
		drop(TAILQ_LAST(&used, cached_queue));
	return c;
}

const struct cached *
cache_find(const struct dname *name, uint16_t type, uint8_t variant, bool stale, int64_t now_s)
{
	struct cached	*c = find(name, dname_hash(name), type, variant);

	if (c == NULL)
		return NULL;
	if (now_s >= c->until_s + STALE_S) {
		drop(c);
		return NULL;
	}
	if (now_s >= c->until_s && !stale)
		return NULL;
	if (TAILQ_FIRST(&used) != c) {
		TAILQ_REMOVE(&used, c, by_use);
		TAILQ_INSERT_HEAD(&used, c, by_use);
	}
	return c;
}

bool
cache_is_late(const struct cached *c, int64_t now_s)
{
	return now_s < c->until_s && (c->until_s - now_s) * 10 < c->until_s - c->stored_s;
}

bool
cache_take_late(const struct dname *name, uint16_t type, uint8_t variant, int64_t now_s)
{
	struct cached	*c = find(name, dname_hash(name), type, variant);

	if (c == NULL || c->anew || !cache_is_late(c, now_s))
		return false;
	c->anew = true;
	return true;
}

static uint32_t
ttl_now(const uint8_t *ttl, const struct cached *c, int64_t now_s)
{
	uint32_t	was = (uint32_t)ttl[0] << 24 | (uint32_t)ttl[1] << 16 | (uint32_t)ttl[2] << 8 | ttl[3];
	int64_t		gone = now_s - c->stored_s;

	if (now_s >= c->until_s)
		return STALE_TTL;
	/* None lives longer than the answer, which lives as long as its least. */
	if ((int64_t)was > c->until_s - c->stored_s)
		was = (uint32_t)(c->until_s - c->stored_s);
	return gone < (int64_t)was ? was - (uint32_t)gone : 1;
}

size_t
cache_answer(const struct cached *c, const struct query *q, int64_t now_s, uint8_t *to, size_t size)
{
	uint32_t	ttl;

	if (c->len > size)
		return 0;
	memcpy(to, c->message, c->len);
	to[0] = (uint8_t)(q->id >> 8);
	to[1] = (uint8_t)q->id;
	to[HEADER_FLAGS] = (uint8_t)((to[HEADER_FLAGS] & ~1) | q->recursion_desired);
	to[HEADER_FLAGS + 1] = (uint8_t)((to[HEADER_FLAGS + 1] & ~0x10) | q->checking_disabled << 4);
	if (!q->dnssec_ok && !q->authentic_data)
		to[HEADER_FLAGS + 1] &= (uint8_t)~0x20;
	memcpy(to + DNS_HEADER, q->name.wire, q->name.len);
	for (unsigned i = 0; i < c->ttls; i++) {
		uint8_t	*at = to + c->ttl_at[i];

		ttl = ttl_now(at, c, now_s);
		at[0] = (uint8_t)(ttl >> 24);
		at[1] = (uint8_t)(ttl >> 16);
		at[2] = (uint8_t)(ttl >> 8);
		at[3] = (uint8_t)ttl;
	}
	return c->len;
}

void
cache_drop(const struct dname *name, uint16_t type, uint8_t variant)
{
	struct cached	*c = find(name, dname_hash(name), type, variant);

	if (c != NULL)
		drop(c);
}

void
cache_flush(void)
{
	struct cached	*c, *next;

	for (c = TAILQ_FIRST(&used); c != NULL; c = next) {
		next = TAILQ_NEXT(c, by_use);
		drop(c);
	}
}

const struct cached *
cache_first(void)
{
	return TAILQ_FIRST(&used);
}

const struct cached *
cache_next(const struct cached *c)
{
	return TAILQ_NEXT(c, by_use);
}

unsigned
cache_count(void)
{
	return count;
}

size_t
cache_bytes(void)
{
	return bytes;
}
