/*
 * See sift.h. Called by the front, and by policy.c with policyd's words, which come in the order
 * of the questions.
 */
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "build.h"
#include "hints.h"
#include "policy.h"
#include "recent.h"
#include "sift.h"

#define WORDS	1024

/* One answer that waits for policyd. */
struct waiting {
	STAILQ_ENTRY(waiting)	 entry;
	uint32_t		 id;
	uint64_t		 is;		/* what is asked: key_of() */
	unsigned		 addresses;
	struct names_address	 address[NAMES_ADDRESSES];
	struct cached		*answer;	/* a copy */
	sifted_fn		*done;
	void			*ctx;
};
STAILQ_HEAD(waitings, waiting);

/* What policyd said is out of reach. Of two that fall on one place the later stays. */
struct word {
	uint64_t	is, out;
	char		why[NAMES_REASON_BYTES];
};

/* The addresses that go out. */
struct refused {
	const struct names_address *address;
	unsigned	count;
	uint64_t	out;
};

static struct waitings	queue = STAILQ_HEAD_INITIALIZER(queue);
static uint32_t		last_id;
static struct recent	whole;		/* what policyd said is not */
static struct word	words[WORDS];
static uint8_t		hash_key[crypto_shorthash_KEYBYTES];

/* --- what is asked --- */

static void
add(struct names_sift *m, uint8_t family, const uint8_t *address)
{
	struct names_address	a = { .family = family };

	memcpy(a.address, address, family == 4 ? 4 : 16);
	for (unsigned i = 0; i < m->addresses; i++)
		if (memcmp(&m->address[i], &a, sizeof(a)) == 0)
			return;
	if (m->addresses < NAMES_ADDRESSES)
		m->address[m->addresses++] = a;
}

static void
add_hints(struct names_sift *m, const uint8_t *data, size_t len)
{
	struct hints	 h;
	const uint8_t	*address;
	uint8_t		 family;

	hints_begin(&h, data, len);
	while ((address = hints_next(&h, &family)) != NULL)
		add(m, family, address);
}

/* False: no address is in it. */
static bool
collect(const struct cached *c, struct names_sift *m)
{
	m->addresses = 0;
	for (unsigned i = 0; i < c->ttls; i++) {
		uint16_t	 type = cached_type(c, i);
		size_t		 len;
		const uint8_t	*data = cached_data(c, i, &len);

		if (type == QTYPE_A && len == 4)
			add(m, 4, data);
		else if (type == QTYPE_AAAA && len == 16)
			add(m, 6, data);
		else if (type == QTYPE_HTTPS || type == QTYPE_SVCB)
			add_hints(m, data, len);
	}
	return m->addresses > 0;
}

/* Of asker, name and addresses. */
static uint64_t
key_of(const struct names_sift *m, uint64_t name_hash)
{
	uint8_t		in[2 * sizeof(uint64_t) + sizeof(m->address)];
	size_t		len = m->addresses * sizeof(m->address[0]);
	uint64_t	key;

	memcpy(in, &m->asker, sizeof(uint64_t));
	memcpy(in + sizeof(uint64_t), &name_hash, sizeof(uint64_t));
	memcpy(in + 2 * sizeof(uint64_t), m->address, len);
	(void)crypto_shorthash((uint8_t *)&key, in, 2 * sizeof(uint64_t) + len, hash_key);
	return key;
}

static void
note(uint64_t is, const struct names_sifted *m)
{
	struct word	*word = &words[is % WORDS];

	if (m->out == 0) {
		recent_note(&whole, is, true);
		return;
	}
	word->is = is;
	word->out = m->out;
	(void)snprintf(word->why, sizeof(word->why), "%s", m->reason);
}

/* What was noted by the former key is not found any more. */
void
sift_forget(void)
{
	crypto_shorthash_keygen(hash_key);
}

/* --- what is taken out --- */

static bool
is_refused(const void *ctx, uint8_t family, const uint8_t *address)
{
	const struct refused	*r = ctx;

	for (unsigned i = 0; i < r->count; i++)
		if ((r->out & 1ull << i) != 0 && r->address[i].family == family &&
		    memcmp(r->address[i].address, address, family == 4 ? 4 : 16) == 0)
			return true;
	return false;
}

/* False: the whole record goes. *changed: it is not the same as before. */
static bool
record_stays(uint8_t *m, struct record *r, const struct refused *out, bool *changed)
{
	size_t	left;

	if (r->type == QTYPE_A || r->type == QTYPE_AAAA) {
		*changed = is_refused(out, r->type == QTYPE_A ? 4 : 6, m + r->data);
		return !*changed;
	}
	if (r->type != QTYPE_HTTPS && r->type != QTYPE_SVCB)
		return true;
	left = hints_take_out(m + r->data, r->data_len, is_refused, out);
	*changed = left != r->data_len;
	r->data_len = left;
	return left > 0;
}

/* Signatures of what is not what it was prove nothing. */
static void
drop_signatures(const uint8_t *m, uint16_t type, struct reply *r)
{
	unsigned	kept = 0;

	for (unsigned i = 0; i < r->count; i++) {
		const struct record	*rec = &r->record[i];

		if (rec->type == QTYPE_RRSIG && rec->data_len >= 2 &&
		    (m[rec->data] << 8 | m[rec->data + 1]) == type)
			continue;
		r->record[kept++] = *rec;
	}
	r->count = kept;
}

/* How many records answer the question. */
static unsigned
answers_left(const struct reply *r, uint16_t asked)
{
	unsigned	n = 0;

	for (unsigned i = 0; i < r->count; i++)
		n += r->record[i].section == SECTION_ANSWER && (r->record[i].type == asked ||
		    (asked == QTYPE_ANY && r->record[i].type != QTYPE_RRSIG));
	return n;
}

static void
take_out(uint8_t *m, struct reply *r, const struct refused *out)
{
	uint16_t	types[] = { QTYPE_A, QTYPE_AAAA, QTYPE_SVCB, QTYPE_HTTPS };
	bool		change[sizeof(types) / sizeof(types[0])] = { false };
	unsigned	kept = 0;

	for (unsigned i = 0; i < r->count; i++) {
		struct record	rec = r->record[i];
		bool		changed = false, stays = record_stays(m, &rec, out, &changed);

		for (unsigned k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			change[k] |= changed && rec.type == types[k];
		if (stays)
			r->record[kept++] = rec;
	}
	r->count = kept;
	for (unsigned k = 0; k < sizeof(types) / sizeof(types[0]); k++)
		if (change[k])
			drop_signatures(m, types[k], r);
}

/* The answer without these. NULL: nothing of it is left. */
static struct cached *
without(const struct cached *c, const struct refused *out)
{
	static uint8_t		message[SIFT_MOST], to[BUILD_MAX];
	static struct reply	r, written;
	struct asked		a = { .type = c->type };
	size_t			at = DNS_HEADER, len;

	memcpy(message, c->message, c->len);
	if (dname_read(message, c->len, &at, &a.name) == -1 || reply_parse(message, c->len, &a, &r) == -1)
		return NULL;
	take_out(message, &r, out);
	if (answers_left(&r, c->type) == 0)
		return NULL;
	len = build_answer(message, c->len, &a, &r, (c->variant & CACHE_DO) != 0, false, to, sizeof(to), &written);
	return len == 0 ? NULL : cache_remade(c, to, len, &written);
}

/* --- the answer --- */

static void
deliver(const struct cached *c, const struct refused *out, const char *why, sifted_fn *done, void *ctx)
{
	struct cached	*left;

	if (out->out == 0) {
		done(ctx, c, NULL);
		return;
	}
	left = without(c, out);
	done(ctx, left, why);
	free(left);
}

/* False: policyd was not asked, or has taken its word back. */
static bool
remembered(const struct names_sift *m, uint64_t is, const struct cached *c, sifted_fn *done, void *ctx)
{
	const struct word	*word = &words[is % WORDS];
	struct refused		 out = { m->address, m->addresses, 0 };

	if (recent_find(&whole, is) == NULL) {
		if (word->is != is)
			return false;
		out.out = word->out;
	}
	deliver(c, &out, word->why, done, ctx);
	return true;
}

static void
waiting_free(struct waiting *w)
{
	if (w == NULL)
		return;
	free(w->answer);
	free(w);
}

/* m is whole but for the name. False: it can't be asked. */
static bool
ask_policyd(struct names_sift *m, uint64_t is, const struct cached *c, sifted_fn *done, void *ctx)
{
	struct waiting	*w = calloc(1, sizeof(*w));
	struct dname	 name;
	size_t		 at = DNS_HEADER;

	if (w == NULL || (w->answer = cache_copy(c)) == NULL || dname_read(c->message, c->len, &at, &name) == -1) {
		waiting_free(w);
		return false;
	}
	dname_text(&name, m->name);
	w->id = ++last_id == 0 ? ++last_id : last_id;
	w->is = is;
	w->addresses = m->addresses;
	memcpy(w->address, m->address, sizeof(w->address));
	w->done = done;
	w->ctx = ctx;
	if (!policy_sift(w->id, m)) {
		waiting_free(w);
		return false;
	}
	STAILQ_INSERT_TAIL(&queue, w, entry);
	return true;
}

void
sift(uint64_t asker, const struct cached *c, sifted_fn *done, void *ctx)
{
	static struct names_sift	m;
	uint64_t			is;

	if (c->len > SIFT_MOST || !collect(c, &m)) {
		done(ctx, c, NULL);
		return;
	}
	m.asker = asker;
	is = key_of(&m, c->name_hash);
	if (!remembered(&m, is, c, done, ctx) && !ask_policyd(&m, is, c, done, ctx))
		done(ctx, NULL, NULL);
}

int
sift_heard(uint32_t id, const struct names_sifted *m)
{
	struct waiting	*w = STAILQ_FIRST(&queue);

	if (w == NULL || w->id != id ||
	    (w->addresses < NAMES_ADDRESSES && m->out >> w->addresses != 0))
		return -1;
	STAILQ_REMOVE_HEAD(&queue, entry);
	note(w->is, m);
	deliver(w->answer, &(struct refused){ w->address, w->addresses, m->out }, m->reason, w->done, w->ctx);
	waiting_free(w);
	return 0;
}

void
sift_lost(void)
{
	struct waiting	*w;

	while ((w = STAILQ_FIRST(&queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&queue, entry);
		w->done(w->ctx, NULL, NULL);
		waiting_free(w);
	}
}
