/*
 * Names by program and address; see known_names.h.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "known_names.h"
#include "resolvers_known.h"
#include "sandbox.h"

#define PROGRAM_BUCKETS	16384u
#define PAIR_BUCKETS	65536u
#define ODD_BUCKETS	65536u
#define FOREBEARS	32	/* are looked at; who forks deeper asks itself */

TAILQ_HEAD(pair_queue, pair);

/* A program, or one that ended and whose children live. */
struct knower {
	uint64_t	 id, start, dev, ino;
	uint32_t	 pid, uid;
	bool		 ended;
	unsigned	 children, pairs_count;
	struct knower	*parent;		/* forked from it; or NULL */
	struct knower	*next_id, *next_pid;	/* in their buckets */
	struct pair_queue pairs;		/* by age */
};

struct pair {
	struct pair	*next;			/* in its bucket */
	TAILQ_ENTRY(pair) of_knower, of_all;
	struct knower	*knower;
	uint64_t	 lists;			/* block lists that have it, 1 << number of each */
	bool		 odd;			/* another resolver's name, or it was on a list when it was learnt */
	uint8_t		 family, len;
	uint8_t		 address[16];
	char		 name[];		/* ends with a NUL beside len */
};

static struct knower		*by_id[PROGRAM_BUCKETS], *by_pid[PROGRAM_BUCKETS];
static struct pair		*by_address[PAIR_BUCKETS];
static struct pair_queue	 all = TAILQ_HEAD_INITIALIZER(all);
static unsigned			 pairs_count;
static uint32_t			 odd[ODD_BUCKETS];	/* by file, user and address: how many pairs are odd */

static unsigned
spread(uint64_t number)
{
	return (unsigned)((number ^ number >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 50);
}

/* Keyed: who answers questions chooses the addresses, and must not choose ones that meet. */
static struct pair **
pair_bucket(const struct knower *k, uint8_t family, const uint8_t address[16])
{
	return &by_address[hash_with(hash_with(hash_bytes(address, 16), k->id), family) % PAIR_BUCKETS];
}

/* Of one program, whichever of its processes knows it; none by another's doing. */
static uint32_t *
odd_count(uint64_t dev, uint64_t ino, uint32_t uid, uint8_t family, const uint8_t address[16])
{
	uint64_t h = hash_with(hash_bytes(address, 16), dev);

	return &odd[hash_with(hash_with(hash_with(h, ino), uid), family) % ODD_BUCKETS];
}

static uint32_t *
odd_of(const struct pair *p)
{
	return odd_count(p->knower->dev, p->knower->ino, p->knower->uid, p->family, p->address);
}

static struct knower *
find(uint64_t id)
{
	struct knower *k = by_id[spread(id)];

	while (k != NULL && k->id != id)
		k = k->next_id;
	return k;
}

static struct pair *
find_pair(const struct knower *k, uint8_t family, const uint8_t address[16])
{
	struct pair *p = *pair_bucket(k, family, address);

	while (p != NULL && (p->knower != k || p->family != family || memcmp(p->address, address, 16) != 0))
		p = p->next;
	return p;
}

static void
forget_pair(struct pair *p)
{
	struct pair **at = pair_bucket(p->knower, p->family, p->address);

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	TAILQ_REMOVE(&p->knower->pairs, p, of_knower);
	TAILQ_REMOVE(&all, p, of_all);
	p->knower->pairs_count--;
	pairs_count--;
	if (p->odd)
		(*odd_of(p))--;
	free(p);
}

static void
forget_pairs(struct knower *k)
{
	struct pair *p;

	while ((p = TAILQ_FIRST(&k->pairs)) != NULL)
		forget_pair(p);
}

/* Newest first: of two with one number only the newer one can have children yet. */
static struct knower *
find_parent(const struct program *p)
{
	struct knower *k = by_pid[spread(p->ppid)];

	while (k != NULL && k->pid != p->ppid)
		k = k->next_pid;
	if (k == NULL || k->ended || k->dev != p->dev || k->ino != p->ino || k->uid != p->uid ||
	    k->start > p->start)
		return NULL;
	return k;
}

static void
knower_new(const struct program *p)
{
	struct knower *k = calloc(1, sizeof *k), **at;

	if (k == NULL)
		fatal("memory for a program's names");
	*k = (struct knower){ .id = p->id, .start = p->start, .dev = p->dev, .ino = p->ino, .pid = p->pid,
		.uid = p->uid, .parent = find_parent(p) };
	TAILQ_INIT(&k->pairs);
	if (k->parent != NULL)
		k->parent->children++;
	at = &by_id[spread(k->id)];
	k->next_id = *at;
	*at = k;
	at = &by_pid[spread(k->pid)];
	k->next_pid = *at;
	*at = k;
}

/* One that ended, as soon as nobody descends from it any more; then perhaps its parent, too. */
static void
forget_ended(struct knower *k)
{
	while (k != NULL && k->ended && k->children == 0) {
		struct knower *parent = k->parent, **at;

		forget_pairs(k);
		for (at = &by_id[spread(k->id)]; *at != k; at = &(*at)->next_id)
			;
		*at = k->next_id;
		for (at = &by_pid[spread(k->pid)]; *at != k; at = &(*at)->next_pid)
			;
		*at = k->next_pid;
		free(k);
		if (parent != NULL)
			parent->children--;
		k = parent;
	}
}

static void
disown(struct knower *k)
{
	struct knower *parent = k->parent;

	if (parent == NULL)
		return;
	k->parent = NULL;
	parent->children--;
	forget_ended(parent);
}

void
names_began(const struct program *p)
{
	struct knower *k = find(p->id);

	if (k == NULL) {
		knower_new(p);
		return;
	}
	k->ended = false;
	if (k->dev != p->dev || k->ino != p->ino || k->uid != p->uid) {
		forget_pairs(k);
		k->dev = p->dev;
		k->ino = p->ino;
		k->uid = p->uid;
		disown(k);
	}
}

static void
add_pair(struct knower *k, const char *name, size_t len, uint8_t family, const uint8_t address[16],
    uint64_t lists)
{
	struct pair *p = find_pair(k, family, address), **at;

	if (p != NULL)
		forget_pair(p);
	if (k->pairs_count == NAMES_EACH)
		forget_pair(TAILQ_FIRST(&k->pairs));
	if (pairs_count == NAMES_MOST)
		forget_pair(TAILQ_FIRST(&all));
	if ((p = malloc(sizeof *p + len + 1)) == NULL)
		fatal("memory for a name");
	*p = (struct pair){ .knower = k, .lists = lists, .family = family, .len = (uint8_t)len };
	p->odd = lists != 0 || resolver_has_name(name, len);
	memcpy(p->address, address, 16);
	memcpy(p->name, name, len);
	p->name[len] = '\0';
	at = pair_bucket(k, family, address);
	p->next = *at;
	*at = p;
	TAILQ_INSERT_TAIL(&k->pairs, p, of_knower);
	TAILQ_INSERT_TAIL(&all, p, of_all);
	k->pairs_count++;
	pairs_count++;
	if (p->odd)
		(*odd_of(p))++;
}

void
names_learnt(const struct program *asker, const char *name, size_t len, const uint8_t (*addresses)[16],
    const uint8_t *families, unsigned count, uint64_t lists)
{
	struct knower *k;

	if (len == 0 || len > DOMAIN_MOST)
		return;
	names_began(asker);
	k = find(asker->id);
	for (unsigned i = 0; i < count; i++)
		if (families[i] == 4 || families[i] == 6)
			add_pair(k, name, len, families[i], addresses[i], lists);
}

const char *
names_find(const struct program *program, uint8_t family, const uint8_t address[16], uint16_t *len, uint64_t *lists)
{
	const struct knower *k = find(program->id);
	const struct pair *p = NULL;

	for (unsigned i = 0; k != NULL && p == NULL && i <= FOREBEARS; i++, k = k->parent)
		p = find_pair(k, family, address);
	if (p == NULL)
		return NULL;
	*len = p->len;
	*lists = p->lists;
	return p->name;
}

bool
names_odd(const struct program *p, uint8_t family, const uint8_t address[16])
{
	return *odd_count(p->dev, p->ino, p->uid, family, address) > 0;
}

void
names_unlisted(unsigned number)
{
	for (struct pair *p = TAILQ_FIRST(&all); p != NULL; p = TAILQ_NEXT(p, of_all))
		p->lists &= ~(UINT64_C(1) << number);
}

void
names_gone(uint64_t id)
{
	struct knower *k = find(id);

	if (k == NULL)
		return;
	k->ended = true;
	forget_ended(k);
}

void
names_forget_all(void)
{
	/* The analyzer does not see that forget_pair() takes the pair off its lists. */
	while (!TAILQ_EMPTY(&all))
		forget_pair(TAILQ_FIRST(&all));		/* NOLINT(clang-analyzer-unix.Malloc) */
	for (unsigned i = 0; i < PROGRAM_BUCKETS; i++) {
		struct knower *k, *next;

		for (k = by_id[i]; k != NULL; k = next) {
			next = k->next_id;
			free(k);
		}
	}
	memset(by_id, 0, sizeof by_id);
	memset(by_pid, 0, sizeof by_pid);
}

unsigned
names_count(void)
{
	return pairs_count;
}
