/*
 * See build.h. Called by the front and by the transports. What is taken from a
 * server's message was found whole by reply_parse().
 */
#include <string.h>

#include "build.h"

#define CLASS_IN	1
#define LOCALHOST_TTL	3600
#define BLOCKED_TTL	10	/* seconds: what is blocked now may not be so soon */
#define TXT_MOST	255	/* one string of a TXT record (RFC 1035, 3.3.14) */
#define OPTION_EDE	15
#define OPT_FIXED	11	/* bytes of an OPT record without options */
#define OPTION_PADDING	12
#define PAD_BLOCK	128
#define POINTERS	64	/* names that later ones may point to */
#define POINTER_MOST	0x3fff
#define FLAG_QR		0x8000
#define FLAG_TC		0x0200
#define FLAG_RD		0x0100
#define FLAG_RA		0x0080
#define FLAG_AD		0x0020
#define FLAG_CD		0x0010

struct writer {
	uint8_t		*to;
	size_t		 len, size;
	bool		 full;
	unsigned	 names;
	uint16_t	 at[POINTERS];		/* of names written before */
};

static void
put(struct writer *w, const void *bytes, size_t n)
{
	if (n > w->size - w->len) {
		w->full = true;
		return;
	}
	memcpy(w->to + w->len, bytes, n);
	w->len += n;
}

static void
put8(struct writer *w, unsigned v)
{
	uint8_t	b = (uint8_t)v;

	put(w, &b, 1);
}

static void
put16(struct writer *w, unsigned v)
{
	uint8_t	b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(w, b, sizeof(b));
}

static void
put32(struct writer *w, uint32_t v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

static void
set16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void
begin(struct writer *w, uint8_t *to, size_t size, uint16_t id, unsigned flags, unsigned questions)
{
	*w = (struct writer){ .to = to, .size = size < BUILD_MAX ? size : BUILD_MAX };
	put16(w, id);
	put16(w, flags);
	put16(w, questions);
	put16(w, 0);
	put16(w, 0);
	put16(w, 0);
}

static size_t
finish(const struct writer *w)
{
	return w->full ? 0 : w->len;
}

static bool
is_at(const struct writer *w, size_t at, const struct dname *n)
{
	struct dname	there;

	return dname_read(w->to, w->len, &at, &there) == 0 && there.len == n->len &&
	    memcmp(there.wire, n->wire, n->len) == 0;
}

/* A name, or a pointer to the same one before (RFC 1035, 4.1.4), letters and all. */
static void
put_name(struct writer *w, const struct dname *n)
{
	for (unsigned i = 0; i < w->names; i++)
		if (is_at(w, w->at[i], n)) {
			put16(w, 0xc000u | w->at[i]);
			return;
		}
	if (w->names < POINTERS && w->len <= POINTER_MOST && n->len > 1)
		w->at[w->names++] = (uint16_t)w->len;
	put(w, n->wire, n->len);
}

static void
put_question(struct writer *w, const struct dname *name, uint16_t type)
{
	put_name(w, name);
	put16(w, type);
	put16(w, CLASS_IN);
}

/* OPT up to its options' length, whose place is returned. */
static size_t
begin_opt(struct writer *w, uint16_t rcode, bool dnssec_ok)
{
	size_t	at;

	put8(w, 0);
	put16(w, QTYPE_OPT);
	put16(w, UDP_MOST);
	put8(w, rcode >> 4);
	put8(w, 0);
	put16(w, dnssec_ok ? 0x8000 : 0);
	at = w->len;
	put16(w, 0);
	return at;
}

static void
end_opt(struct writer *w, size_t at)
{
	if (!w->full)
		set16(w->to + at, (unsigned)(w->len - at - 2));
}

static void
put_padding(struct writer *w)
{
	static const uint8_t	zero[PAD_BLOCK];
	size_t			n = (PAD_BLOCK - (w->len + 4) % PAD_BLOCK) % PAD_BLOCK;

	put16(w, OPTION_PADDING);
	put16(w, (unsigned)n);
	put(w, zero, n);
}

size_t
build_question(const struct asked *a, const struct question_options *o, uint8_t *to, size_t size)
{
	struct writer	w;
	size_t		opt;

	begin(&w, to, size, a->id, o->multicast ? 0 : FLAG_RD | (o->checking_disabled ? FLAG_CD : 0), 1);
	put_question(&w, &a->name, a->type);
	if (o->multicast)
		return finish(&w);
	opt = begin_opt(&w, 0, o->dnssec_ok);
	if (o->padded)
		put_padding(&w);
	end_opt(&w, opt);
	if (!w.full)
		set16(to + 10, 1);
	return finish(&w);
}

static void
put_ede(struct writer *w, enum ede ede, const char *text)
{
	size_t	n = text == NULL ? 0 : strlen(text);

	if (ede == EDE_NONE)
		return;
	put16(w, OPTION_EDE);
	put16(w, (unsigned)n + 2);
	put16(w, (unsigned)ede);
	if (n > 0)
		put(w, text, n);
}

/* One more of what is counted at this place of the header. */
static void
count(struct writer *w, size_t at)
{
	set16(w->to + at, (unsigned)(w->to[at] << 8 | w->to[at + 1]) + 1);
}

/* A text that does not fit is left out; an OPT that does not, too. */
static bool
put_edns(struct writer *w, const struct query *q, uint16_t rcode, enum ede ede, const char *text)
{
	struct writer	before = *w;
	size_t		opt = begin_opt(w, rcode, q->dnssec_ok);

	put_ede(w, ede, text);
	if (w->full) {
		*w = before;
		opt = begin_opt(w, rcode, q->dnssec_ok);
		put_ede(w, ede, NULL);
	}
	end_opt(w, opt);
	if (w->full)
		return false;
	count(w, 10);
	return true;
}

static unsigned
flags_for(const struct query *q, enum rcode rcode)
{
	return FLAG_QR | (unsigned)q->opcode << 11 | (q->recursion_desired ? FLAG_RD : 0) | FLAG_RA |
	    (q->checking_disabled ? FLAG_CD : 0) | ((unsigned)rcode & 15);
}

size_t
build_error(const struct query *q, enum rcode rcode, enum ede ede, const char *text, uint8_t *to,
    size_t size)
{
	struct writer	w;

	begin(&w, to, size, q->id, flags_for(q, rcode), q->has_question ? 1 : 0);
	if (q->has_question)
		put_question(&w, &q->name, q->type);
	if (q->has_edns && !w.full && !put_edns(&w, q, (uint16_t)rcode, ede, text))
		return 0;
	return finish(&w);
}

static void
put_head(struct writer *w, const struct dname *name, uint16_t type, uint32_t ttl, size_t data_len)
{
	put_name(w, name);
	put16(w, type);
	put16(w, CLASS_IN);
	put32(w, ttl);
	put16(w, (unsigned)data_len);
}

static void
put_zero(struct writer *w, const struct query *q)
{
	static const uint8_t	none[16];
	size_t			n = q->type == QTYPE_A ? 4 : sizeof(none);

	if (q->type != QTYPE_A && q->type != QTYPE_AAAA)
		return;
	put_head(w, &q->name, q->type, BLOCKED_TTL, n);
	put(w, none, n);
	if (!w->full)
		count(w, 6);
}

/* Left out where it does not fit beside an OPT with the same text. */
static void
put_why(struct writer *w, const struct query *q, const char *why)
{
	struct writer	before = *w;
	size_t		n = strnlen(why, TXT_MOST), opt = q->has_edns ? OPT_FIXED + 6 + strlen(why) : 0;

	put_head(w, &q->name, QTYPE_TXT, BLOCKED_TTL, n + 1);
	put8(w, (unsigned)n);
	put(w, why, n);
	if (w->full || opt > w->size - w->len)
		*w = before;
	else
		count(w, 10);
}

size_t
build_blocked(const struct query *q, enum names_blocked as, enum ede ede, const char *why, uint8_t *to, size_t size)
{
	enum rcode	rcode = as == NAMES_AS_REFUSED ? RCODE_REFUSED :
			    as == NAMES_AS_ZERO || ede == EDE_FILTERED ? RCODE_NOERROR : RCODE_NXDOMAIN;
	struct writer	w;

	begin(&w, to, size, q->id, flags_for(q, rcode), 1);
	put_question(&w, &q->name, q->type);
	if (as == NAMES_AS_ZERO)
		put_zero(&w, q);
	if (w.full)
		return 0;
	put_why(&w, q, why);
	if (q->has_edns && !put_edns(&w, q, (uint16_t)rcode, ede, why))
		return 0;
	return finish(&w);
}

/* Types whose data holds names that a server may have compressed (RFC 3597, 4). */
static bool
is_name_alone(uint16_t type)
{
	return type == QTYPE_CNAME || type == QTYPE_NS || type == QTYPE_PTR || type == QTYPE_DNAME;
}

/* How many bytes before the first name, how many names; the rest is plain. */
static bool
names_in(uint16_t type, unsigned *before, unsigned *names)
{
	*before = type == 15 ? 2 : type == 33 ? 6 : 0;	/* MX, SRV */
	*names = type == QTYPE_SOA ? 2 : 1;
	return type == QTYPE_SOA || type == 15 || type == 33 || is_name_alone(type);
}

static void
put_data(struct writer *w, const uint8_t *m, size_t len, const struct record *r)
{
	size_t		at = r->data, end = r->data + r->data_len, length = w->len;
	unsigned	before, names;
	struct dname	n;

	put16(w, 0);
	if (names_in(r->type, &before, &names)) {
		if (before > r->data_len) {
			w->full = true;
			return;
		}
		put(w, m + at, before);
		at += before;
		while (names-- > 0) {
			if (dname_read(m, len, &at, &n) == -1 || at > end) {
				w->full = true;
				return;
			}
			if (is_name_alone(r->type))
				put_name(w, &n);
			else
				put(w, n.wire, n.len);
		}
	}
	put(w, m + at, end - at);
	if (!w->full)
		set16(w->to + length, (unsigned)(w->len - length - 2));
}

static void
put_record(struct writer *w, const uint8_t *m, size_t len, const struct record *r, struct record *now)
{
	struct dname	owner;
	size_t		at = r->name;

	*now = *r;
	if (dname_read(m, len, &at, &owner) == -1) {
		w->full = true;
		return;
	}
	now->name = w->len;
	put_name(w, &owner);
	put16(w, r->type);
	put16(w, CLASS_IN);
	now->ttl_at = w->len;
	put32(w, r->ttl);
	now->data = w->len + 2;
	put_data(w, m, len, r);
	now->data_len = w->len - now->data;
}

static bool
is_proof(const struct record *r, uint16_t asked)
{
	return r->type != asked &&
	    (r->type == QTYPE_RRSIG || r->type == QTYPE_NSEC || r->type == QTYPE_NSEC3);
}

static void
put_part(struct writer *w, const struct part *p, uint16_t asked, bool dnssec_ok, struct reply *written)
{
	const struct record	*r = p->reply->record;
	size_t			 counts;

	for (const struct record *end = r + p->reply->count; r < end; r++) {
		if (!dnssec_ok && is_proof(r, asked))
			continue;
		if (written->count == REPLY_RECORDS) {
			w->full = true;
			return;
		}
		put_record(w, p->message, p->len, r, &written->record[written->count++]);
		counts = r->section == SECTION_ANSWER ? 6 : 8;
		set16(w->to + counts, (unsigned)(w->to[counts] << 8 | w->to[counts + 1]) + 1);
	}
}

size_t
build_answer(const uint8_t *m, size_t len, const struct asked *a, const struct reply *r,
    bool dnssec_ok, bool validated, uint8_t *to, size_t size, struct reply *written)
{
	const struct part	p = { m, len, r };
	struct writer		w;

	*written = *r;
	written->count = 0;
	begin(&w, to, size, a->id, FLAG_QR | FLAG_RD | FLAG_RA | (validated ? FLAG_AD : 0) |
	    (r->rcode & 15u), 1);
	put_question(&w, &a->name, a->type);
	if (!w.full)
		put_part(&w, &p, a->type, dnssec_ok, written);
	return finish(&w);
}

size_t
build_joined(const struct part *head, const struct part *tail, const struct asked *a, bool dnssec_ok,
    uint8_t *to, size_t size, struct reply *written)
{
	struct writer	w;

	*written = *tail->reply;
	written->count = 0;
	if (head->reply->ttl < written->ttl)
		written->ttl = head->reply->ttl;
	begin(&w, to, size, a->id, FLAG_QR | FLAG_RD | FLAG_RA | (tail->reply->rcode & 15u), 1);
	put_question(&w, &a->name, a->type);
	if (!w.full) {
		put_part(&w, head, a->type, dnssec_ok, written);
		put_part(&w, tail, a->type, dnssec_ok, written);
	}
	return finish(&w);
}

size_t
build_localhost(const struct asked *a, uint8_t *to, size_t size)
{
	static const uint8_t	four[4] = { 127, 0, 0, 1 }, six[16] = { [15] = 1 };
	struct writer		w;

	begin(&w, to, size, a->id, FLAG_QR | FLAG_RD | FLAG_RA, 1);
	put_question(&w, &a->name, a->type);
	put_head(&w, &a->name, a->type, LOCALHOST_TTL, a->type == QTYPE_A ? sizeof(four) : sizeof(six));
	if (a->type == QTYPE_A)
		put(&w, four, sizeof(four));
	else
		put(&w, six, sizeof(six));
	if (w.full)
		return 0;
	set16(to + 6, 1);
	return w.len;
}

size_t
build_denial(const struct asked *a, const struct dname *zone, enum rcode rcode, uint32_t ttl, uint8_t *to,
    size_t size)
{
	struct writer	w;

	begin(&w, to, size, a->id, FLAG_QR | FLAG_RD | FLAG_RA | (unsigned)rcode, 1);
	put_question(&w, &a->name, a->type);
	put_head(&w, zone, QTYPE_SOA, ttl, 2 + 5 * 4);
	put8(&w, 0);		/* by no server, in nobody's care */
	put8(&w, 0);
	for (int i = 0; i < 4; i++)
		put32(&w, 0);
	put32(&w, ttl);
	if (w.full)
		return 0;
	set16(to + 8, 1);
	return w.len;
}

size_t
build_edns(const struct query *q, enum ede ede, const char *text, uint8_t *answer, size_t len, size_t size)
{
	struct writer	w = { .to = answer, .len = len, .size = size < BUILD_MAX ? size : BUILD_MAX };

	if (!q->has_edns)
		return len;
	return put_edns(&w, q, answer[3] & 15, ede, text) ? w.len : 0;
}

size_t
build_truncated(const struct query *q, uint8_t *answer)
{
	struct writer	w = { .to = answer, .len = DNS_HEADER + (size_t)q->name.len + 4,
			      .size = UDP_PLAIN };

	answer[2] |= FLAG_TC >> 8;
	memset(answer + 6, 0, 6);
	if (q->has_edns)
		(void)put_edns(&w, q, answer[3] & 15, EDE_NONE, NULL);
	return w.len;
}
