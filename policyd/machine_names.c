/*
 * See machine_names.h. Called by names_server.c for each question, and where facts are
 * made. Names are hostile. All memory is here: who asks below many domains drives out what has few bytes,
 * and so nothing that matters.
 */
#include <sys/queue.h>

#include <string.h>

#include "hash.h"
#include "machine_names.h"

#define PAYLOAD_LEAST	16	/* bytes in front of the domain, dots left out */
#define BYTES_LEAST	8	/* different ones among them */
#define SETS		256
#define WAYS		8	/* a program and domain stands in one of so many places */
#define SEEN_BITS	4096u	/* names that were counted: about 1,000 until some are missed */

struct meter {
	LIST_ENTRY(meter) tunnel;		/* while many */
	uint64_t	program, zone;		/* hashes; 0: free */
	int64_t		leaked_s;		/* up to then */
	unsigned	names, bytes;
	bool		many;
	uint8_t		seen[SEEN_BITS / 8];
};

static struct meter	meters[SETS][WAYS];
static LIST_HEAD(tunnel_list, meter) tunnels = LIST_HEAD_INITIALIZER(tunnels);

/* All processes of one file and user. */
static uint64_t
program_hash(const struct program *p)
{
	const uint64_t	who[3] = { p->ino == 0 ? p->id : p->ino, p->dev, p->uid };

	return hash_bytes(who, sizeof who);
}

/* Bytes in front of the domain; 0: too few, or too few different ones, for a machine to have made it. */
static unsigned
payload(const struct facts *f)
{
	bool		there[256] = { false };
	unsigned	bytes = 0, different = 0;

	if (f->name == NULL || f->zone >= f->name_len)
		return 0;
	for (unsigned i = 0; i < f->zone; i++) {
		uint8_t c = (uint8_t)f->name[i];

		if (c == '.')
			continue;
		bytes++;
		different += !there[c];
		there[c] = true;
	}
	return bytes >= PAYLOAD_LEAST && different >= BYTES_LEAST ? bytes : 0;
}

static uint64_t
zone_hash(const struct facts *f)
{
	return hash_bytes(f->name + f->zone, (size_t)(f->name_len - f->zone));
}

static void
set_many(struct meter *m, bool many)
{
	if (many && !m->many)
		LIST_INSERT_HEAD(&tunnels, m, tunnel);
	else if (m->many && !many)
		LIST_REMOVE(m, tunnel);
	m->many = many;
}

static void
leak(struct meter *m, int64_t now_s)
{
	int64_t		s = now_s - m->leaked_s;
	unsigned	bytes = s <= 0 ? 0 : s > 1000000 ? UINT32_MAX : (unsigned)s * MACHINE_LEAK;

	if (s <= 0)
		return;
	m->leaked_s = now_s;
	m->bytes = bytes >= m->bytes ? 0 : m->bytes - bytes;
	if (m->bytes < MACHINE_BYTES / 2)
		set_many(m, false);
	if (m->bytes == 0) {
		m->names = 0;
		memset(m->seen, 0, sizeof m->seen);
	}
}

static struct meter *
set_of(uint64_t program, uint64_t zone)
{
	return meters[hash_with(program, zone) % SETS];
}

/* NULL: none. */
static struct meter *
find(uint64_t program, uint64_t zone, int64_t now_s)
{
	struct meter *m = set_of(program, zone);

	for (unsigned i = 0; i < WAYS; i++)
		if (m[i].program == program && m[i].zone == zone) {
			leak(&m[i], now_s);
			return &m[i];
		}
	return NULL;
}

/* In the place of what has the fewest bytes. */
static struct meter *
make(uint64_t program, uint64_t zone, int64_t now_s)
{
	struct meter *m = set_of(program, zone), *least = m;

	for (unsigned i = 0; i < WAYS; i++) {
		leak(&m[i], now_s);
		if (m[i].bytes < least->bytes)
			least = &m[i];
	}
	set_many(least, false);
	*least = (struct meter){ .program = program, .zone = zone, .leaked_s = now_s };
	return least;
}

/* True: it was not counted yet; now it is. */
static bool
note_name(struct meter *m, uint64_t name)
{
	unsigned	a = (unsigned)(name % SEEN_BITS), b = (unsigned)((name >> 32) % SEEN_BITS);
	bool		seen = (m->seen[a / 8] >> a % 8 & 1) != 0 && (m->seen[b / 8] >> b % 8 & 1) != 0;

	m->seen[a / 8] |= (uint8_t)(1u << a % 8);
	m->seen[b / 8] |= (uint8_t)(1u << b % 8);
	return !seen;
}

bool
machine_names_asked(const struct program *p, const struct facts *f, int64_t now_s)
{
	unsigned	 bytes = payload(f);
	uint64_t	 program, zone;
	struct meter	*m;

	if (bytes == 0)
		return false;
	program = program_hash(p);
	zone = zone_hash(f);
	if ((m = find(program, zone, now_s)) == NULL)
		m = make(program, zone, now_s);
	if (!note_name(m, hash_bytes(f->name, f->zone)))
		return false;
	m->names++;
	if (m->bytes < 2 * MACHINE_BYTES)	/* it ends when the program has been quiet for some minutes */
		m->bytes += bytes;
	if (m->many || m->names < MACHINE_NAMES || m->bytes < MACHINE_BYTES)
		return false;
	set_many(m, true);
	return true;
}

bool
machine_names_many(const struct program *p, const struct facts *f, int64_t now_s, struct machine_figure *figure)
{
	const struct meter *m;

	if (f->name == NULL || f->zone >= f->name_len ||
	    (m = find(program_hash(p), zone_hash(f), now_s)) == NULL || !m->many)
		return false;
	if (figure != NULL)
		*figure = (struct machine_figure){ m->names, m->bytes };
	return true;
}

bool
machine_names_any(const struct program *p, int64_t now_s)
{
	uint64_t program = LIST_EMPTY(&tunnels) ? 0 : program_hash(p);
	struct meter *m = LIST_FIRST(&tunnels), *next;

	for (; m != NULL; m = next) {
		next = LIST_NEXT(m, tunnel);
		if (m->program == program)
			leak(m, now_s);
		if (m->program == program && m->many)
			return true;
	}
	return false;
}
