/*
 * Flows that wait. Called by judge.c and those it uses; trusts its callers.
 * Everything lies in arrays of fixed size: no allocation on the packets' way.
 */
#include <string.h>
#include <time.h>

#include "flow.h"
#include "packet.h"
#include "subject.h"

#define NONE		UINT32_MAX
#define BUCKETS		8192
#define PACKETS		(2 * QUEUE_LENGTH)
#define SLOT_BITS	15	/* of a question's number; the rest counts */

_Static_assert(FLOWS == 1 << SLOT_BITS, "a flow's place fits into a question's number");

struct waiting_packet {
	struct held	held;
	uint32_t	next;
};

static struct flow		flows[FLOWS];
static struct waiting_packet	packets[PACKETS];
static uint32_t			by_tuple[BUCKETS], by_id[BUCKETS];	/* place + 1 */
static uint32_t			by_cookie[BUCKETS];	/* 2 * place + end + 1 */
static uint32_t			flow_spare = NONE, packet_spare = NONE;
static uint32_t			flows_touched, packets_touched;		/* never used above */
static uint32_t			oldest = NONE, newest = NONE;
static unsigned			count, count_of[DIRECTION_MAX + 1];

/*
 * Counts nanoseconds of this machine's life at first, so that a restarted process
 * goes on above all that the one before can have used.
 */
uint64_t
flow_next_id(void)
{
	static uint64_t	last;
	struct timespec	t;

	if (last == 0) {
		(void)clock_gettime(CLOCK_BOOTTIME, &t);
		last = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	}
	return ++last;
}

static uint32_t
tuple_bucket(const struct tuple *t, uint8_t hook)
{
	return (uint32_t)((tuple_hash(t) + hook) % BUCKETS);
}

static uint32_t
id_bucket(uint64_t id)
{
	return (uint32_t)((id ^ id >> 13) % BUCKETS);
}

struct flow *
flow_find(const struct tuple *t, uint8_t hook)
{
	uint32_t i;

	for (i = by_tuple[tuple_bucket(t, hook)]; i != 0; i = flows[i - 1].next_tuple)
		if (flows[i - 1].hook == hook && memcmp(&flows[i - 1].tuple, t, sizeof(*t)) == 0)
			return &flows[i - 1];
	return NULL;
}

struct flow *
flow_by_id(uint64_t id)
{
	uint32_t i;

	for (i = by_id[id_bucket(id)]; i != 0; i = flows[i - 1].next_id)
		if (flows[i - 1].id == id)
			return &flows[i - 1];
	return NULL;
}

uint32_t
flow_ask(const struct flow *f)
{
	return (f->serial << SLOT_BITS & ~(FLOW_ASK_LISTENER | FLOW_ASK_CALLER | FLOW_ASK_USE)) |
	    (uint32_t)(f - flows);
}

struct flow *
flow_by_ask(uint32_t ask)
{
	struct flow *f = &flows[ask & (FLOWS - 1)];

	return f->state != FLOW_FREE && flow_ask(f) == (ask & ~FLOW_ASK_LISTENER) ? f : NULL;
}

static struct flow *
flow_take(void)
{
	struct flow	*f;
	uint32_t	 serial;

	if (flow_spare != NONE) {
		f = &flows[flow_spare];
		flow_spare = f->newer;
	} else if (flows_touched < FLOWS) {
		f = &flows[flows_touched++];
	} else {
		return NULL;
	}
	serial = f->serial + 1;
	memset(f, 0, sizeof(*f));
	f->serial = serial;
	return f;
}

static void
list_append(struct flow *f)
{
	uint32_t at = (uint32_t)(f - flows);

	f->older = newest;
	f->newer = NONE;
	if (newest != NONE)
		flows[newest].newer = at;
	else
		oldest = at;
	newest = at;
}

static void
list_remove(const struct flow *f)
{
	if (f->older != NONE)
		flows[f->older].newer = f->newer;
	else
		oldest = f->newer;
	if (f->newer != NONE)
		flows[f->newer].older = f->older;
	else
		newest = f->older;
}

static void
chain_remove(uint32_t *head, const struct flow *f, bool tuple)
{
	uint32_t at = (uint32_t)(f - flows) + 1;

	while (*head != at)
		head = tuple ? &flows[*head - 1].next_tuple : &flows[*head - 1].next_id;
	*head = tuple ? f->next_tuple : f->next_id;
}

/* Of its socket (end 0), of its listener (1); 0: none. */
static uint64_t
cookie_of(const struct flow *f, unsigned end)
{
	if (end == 0)
		return f->seen.cookie;
	return f->seen.listener_cookie != f->seen.cookie ? f->seen.listener_cookie : 0;
}

static uint32_t *
cookie_head(uint64_t cookie)
{
	return &by_cookie[(cookie * 0x9e3779b97f4a7c15u >> 32) % BUCKETS];
}

/* Of 2 * place + end + 1. */
static struct flow_link *
cookie_link(uint32_t node)
{
	return &flows[(node - 1) / 2].of_cookie[(node - 1) % 2];
}

static void
cookies_remove(const struct flow *f)
{
	const struct flow_link	*l;
	unsigned		 end;

	for (end = 0; end < 2; end++) {
		if (cookie_of(f, end) == 0)
			continue;
		l = &f->of_cookie[end];
		if (l->next != 0)
			cookie_link(l->next)->before = l->before;
		if (l->before != 0)
			cookie_link(l->before)->next = l->next;
		else
			*cookie_head(cookie_of(f, end)) = l->next;
	}
}

void
flow_seen(struct flow *f, const struct sighting *s)
{
	uint32_t	*head, node;
	unsigned	 end;

	cookies_remove(f);
	f->seen = *s;
	for (end = 0; end < 2; end++) {
		if (cookie_of(f, end) == 0)
			continue;
		head = cookie_head(cookie_of(f, end));
		node = 2 * (uint32_t)(f - flows) + end + 1;
		f->of_cookie[end] = (struct flow_link){ .next = *head };
		if (*head != 0)
			cookie_link(*head)->before = node;
		*head = node;
	}
}

struct flow *
flow_of_cookie(uint64_t cookie, const struct flow *after)
{
	uint32_t	node;

	if (cookie == 0)
		return NULL;
	if (after == NULL)
		node = *cookie_head(cookie);
	else
		node = after->of_cookie[after->seen.cookie == cookie ? 0 : 1].next;
	for (; node != 0; node = cookie_link(node)->next)
		if (cookie_of(&flows[(node - 1) / 2], (node - 1) % 2) == cookie)
			return &flows[(node - 1) / 2];
	return NULL;
}

bool
flow_hold(struct flow *f, const struct held *held)
{
	uint32_t i;

	if (f->packets == FLOW_PACKETS ||
	    (packet_spare == NONE && packets_touched == PACKETS) ||
	    !subject_take(f->subject, PACKETS / 2))
		return false;
	if (packet_spare != NONE) {
		i = packet_spare;
		packet_spare = packets[i].next;
	} else {
		i = packets_touched++;
	}
	packets[i].held = *held;
	packets[i].next = NONE;
	if (f->packets++ == 0)
		f->first = i;
	else
		packets[f->last].next = i;
	f->last = i;
	return true;
}

static void
flow_insert(struct flow *f)
{
	uint32_t	at = (uint32_t)(f - flows) + 1, *head;

	head = &by_tuple[tuple_bucket(&f->tuple, f->hook)];
	f->next_tuple = *head;
	*head = at;
	head = &by_id[id_bucket(f->id)];
	f->next_id = *head;
	*head = at;
	list_append(f);
	count++;
	count_of[f->hook]++;
}

struct flow *
flow_new(uint64_t id, const struct tuple *t, uint8_t hook, uint32_t subject, int64_t now_ns,
    const struct held *packet)
{
	struct flow *f;

	if (count_of[hook] >= FLOWS / 2 || (f = flow_take()) == NULL)
		return NULL;
	f->id = id;
	f->tuple = *t;
	f->hook = hook;
	f->subject = subject;
	f->since_ns = now_ns;
	f->first = f->last = NONE;
	if (packet != NULL && !flow_hold(f, packet)) {
		f->newer = flow_spare;
		flow_spare = (uint32_t)(f - flows);
		return NULL;
	}
	f->state = FLOW_ASKS_WHO;
	flow_insert(f);
	return f;
}

void
flow_answer(struct flow *f, enum nibble nibble)
{
	uint32_t i, next;

	for (i = f->first; i != NONE; i = next) {
		next = packets[i].next;
		queue_answer(&packets[i].held, nibble);
		packets[i].next = packet_spare;
		packet_spare = i;
	}
	subject_give(f->subject, f->packets);
	chain_remove(&by_tuple[tuple_bucket(&f->tuple, f->hook)], f, true);
	chain_remove(&by_id[id_bucket(f->id)], f, false);
	cookies_remove(f);
	list_remove(f);
	count--;
	count_of[f->hook]--;
	f->state = FLOW_FREE;
	f->newer = flow_spare;
	flow_spare = (uint32_t)(f - flows);
}

struct flow *
flow_oldest(void)
{
	return oldest == NONE ? NULL : &flows[oldest];
}

struct flow *
flow_newer(const struct flow *f)
{
	return f->newer == NONE ? NULL : &flows[f->newer];
}

unsigned
flow_count(void)
{
	return count;
}
