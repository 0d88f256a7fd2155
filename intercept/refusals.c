/*
 * See refusals.h. Bounded, in sets of sixteen by remote end; the longest unused one of a set makes room. Called by
 * judge.c, uses.c, who_client.c and main; trusts them. Losing one costs a question. Those of a former
 * generation keep their places until others take them, so that to end all takes no time.
 */
#include <netinet/in.h>

#include <string.h>

#include "bpf/map.h"
#include "packet.h"
#include "refusals.h"
#include "sandbox.h"

#define SETS		512
#define WAYS		16
#define PLACE_BITS	13	/* of an id; the rest counts */
#define PASSING		65536

_Static_assert(SETS * WAYS == 1 << PLACE_BITS && SETS * WAYS <= KERNEL_REFUSALS, "a place fits");

static struct refusal	table[SETS * WAYS];
static uint16_t		by_process[SETS];	/* place + 1 */
static uint64_t		serial;
static uint32_t		clock_hand, count;
static uint8_t		passing[PASSING / 8];	/* by remote end; two that meet in one both have none */

void
refusals_open(void)
{
	struct kernel_refusal_key	key;

	serial = (uint64_t)kernel_generation() << 32;
	kernel_map_clear(FD_INTERCEPT_REFUSALS, &key, KERNEL_REFUSALS);
}

static uint64_t
remote_hash(uint8_t family, uint8_t proto, const uint8_t address[16], uint16_t port)
{
	struct tuple	t = { .family = family, .proto = proto, .dport = port };

	memcpy(t.dst, address, sizeof(t.dst));
	return tuple_hash(&t);
}

static struct refusal *
set_of(uint8_t family, uint8_t proto, const uint8_t address[16], uint16_t port)
{
	return &table[remote_hash(family, proto, address, port) % SETS * WAYS];
}

static uint16_t *
chain_of(uint64_t process)
{
	return &by_process[process % SETS];
}

static uint16_t
place_of(const struct refusal *r)
{
	return (uint16_t)(r - table + 1);
}

static bool
counts(const struct refusal *r)
{
	return r->id != 0 && !r->ended && r->generation == kernel_generation();
}

static void
set_count(uint32_t to)
{
	count = to;
	kernel_refusals(count);
}

static void
chain(struct refusal *r)
{
	uint16_t *head = chain_of(r->process);

	if (refusals_of_program(r))
		return;
	r->next = *head;
	r->before = 0;
	if (*head != 0)
		table[*head - 1].before = place_of(r);
	*head = place_of(r);
}

/* One process may have thousands: it is not looked for. */
static void
unchain(const struct refusal *r)
{
	if (refusals_of_program(r))
		return;
	if (r->next != 0)
		table[r->next - 1].before = r->before;
	if (r->before != 0)
		table[r->before - 1].next = r->next;
	else
		*chain_of(r->process) = r->next;
}

/* Its number still answers. */
static void
end(struct refusal *r)
{
	if (r->id == 0 || r->ended)
		return;
	if (counts(r))
		set_count(count - 1);
	(void)kernel_map_delete(FD_INTERCEPT_REFUSALS, &r->key);
	unchain(r);
	r->ended = true;
}

static uint32_t
age(const struct refusal *r)
{
	return clock_hand - r->used;
}

/* The same, also of a former generation, else one that does not count, else the longest unused. */
static struct refusal *
place_for(const struct kernel_refusal_key *k)
{
	struct refusal	*set = set_of(k->family, k->proto, k->remote, k->port), *best = &set[0];
	unsigned	 i;

	for (i = 0; i < WAYS; i++)
		if (set[i].id != 0 && !set[i].ended && memcmp(&set[i].key, k, sizeof(*k)) == 0)
			return &set[i];
	for (i = 1; i < WAYS; i++)
		if (counts(&set[i]) != counts(best) ? counts(best) : age(&set[i]) > age(best))
			best = &set[i];
	return best;
}

static unsigned
passing_of(uint8_t family, const uint8_t address[16], uint16_t port)
{
	return (unsigned)(remote_hash(family, IPPROTO_UDP, address, port) % PASSING);
}

static bool
passes(const struct kernel_refusal_key *k)
{
	unsigned at = passing_of(k->family, k->remote, k->port);

	return k->proto == IPPROTO_UDP && (passing[at / 8] >> at % 8 & 1);
}

void
refusals_add(const struct refusal *given)
{
	struct refusal		*r = place_for(&given->key);
	struct kernel_refusal	 k = { .generation = kernel_generation() };

	if (passes(&given->key))
		return;
	end(r);
	*r = *given;
	r->id = k.id = ++serial << PLACE_BITS | (uint64_t)(r - table);
	r->generation = k.generation;
	r->used = ++clock_hand;
	r->ended = false;
	chain(r);
	set_count(count + 1);
	if (kernel_map_set(FD_INTERCEPT_REFUSALS, &r->key, &k) == -1)
		end(r);
}

const struct refusal *
refusals_used(uint64_t id)
{
	struct refusal *r = &table[id & (SETS * WAYS - 1)];

	if (id == 0 || r->id != id)
		return NULL;
	r->used = ++clock_hand;
	return r;
}

bool
refusals_of_program(const struct refusal *r)
{
	return r->key.process.tgid == 0;
}

void
refusals_end_process(uint64_t process)
{
	uint16_t	 at = *chain_of(process), next;
	struct refusal	*r;

	for (; at != 0; at = next) {
		r = &table[at - 1];
		next = r->next;
		if (r->process == process)
			end(r);
	}
}

void
refusals_pass(uint8_t family, const uint8_t address[16], uint16_t port)
{
	struct refusal	*set = set_of(family, IPPROTO_UDP, address, port);
	unsigned	 at = passing_of(family, address, port), i;

	passing[at / 8] |= (uint8_t)(1u << at % 8);
	for (i = 0; i < WAYS; i++)
		if (set[i].key.family == family && set[i].key.proto == IPPROTO_UDP && set[i].key.port == port &&
		    memcmp(set[i].key.remote, address, sizeof(set[i].key.remote)) == 0)
			end(&set[i]);
}

void
refusals_end_all(void)
{
	set_count(0);
}
