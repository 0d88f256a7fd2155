/*
 * Waiting flows: their bounds, their shares, and that every packet that was taken
 * is answered exactly once.
 */
/* links: intercept/flow.c intercept/subject.c intercept/packet.c */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "subject.h"

static uint8_t	answered[1 << 20];	/* by packet number */

/* Stands in for the kernel's queue. */
void
queue_answer(const struct held *h, enum nibble nibble)
{
	(void)nibble;
	answered[h->id]++;
}

static struct tuple
tuple_of(uint32_t n)
{
	struct tuple t = { .family = 4, .proto = 17, .sport = (uint16_t)n, .dport = 53 };

	memcpy(t.src, &n, sizeof(n));
	return t;
}

static struct held
packet(uint32_t id)
{
	return (struct held){ .id = id, .queue = 17040 };
}

Test(flow, found_again)
{
	struct tuple	 t = tuple_of(1);
	struct held	 h = packet(1);
	struct flow	*f = flow_new(flow_next_id(), &t, DIRECTION_OUT, 1, 0, &h);

	cr_assert_not_null(f);
	cr_assert_eq(flow_find(&t, DIRECTION_OUT), f);
	cr_assert_null(flow_find(&t, DIRECTION_IN));
	cr_assert_eq(flow_by_id(f->id), f);
	cr_assert_eq(flow_by_ask(flow_ask(f)), f);
	cr_assert_eq(flow_oldest(), f);
	uint64_t id = f->id;
	uint32_t ask = flow_ask(f);
	flow_answer(f, NIBBLE_ACCEPT);
	cr_assert_eq(answered[1], 1);
	cr_assert_null(flow_find(&t, DIRECTION_OUT));
	cr_assert_null(flow_by_id(id));
	cr_assert_null(flow_by_ask(ask));
	cr_assert_null(flow_oldest());
	/* A late answer to the former flow does not fit the next one in its place. */
	f = flow_new(flow_next_id(), &t, DIRECTION_OUT, 1, 0, &h);
	cr_assert_null(flow_by_ask(ask));
	cr_assert_gt(f->id, id);
}

Test(flow, by_the_sockets_at_its_ends)
{
	struct sighting	 s = { .cookie = 5 };
	struct flow	*f, *found[4] = { NULL };
	unsigned	 n = 0;

	for (uint32_t i = 0; i < 4; i++) {
		struct tuple t = tuple_of(i);
		struct held h = packet(i);

		f = flow_new(flow_next_id(), &t, DIRECTION_OUT, 1, 0, &h);
		s.cookie = i == 3 ? 9 : 5;
		s.listener_cookie = i == 3 ? 5 : i == 2 ? 5 : 8;	/* one talks to itself */
		flow_seen(f, &s);
	}
	for (f = flow_of_cookie(5, NULL); f != NULL && n < 4; f = flow_of_cookie(5, f))
		found[n++] = f;
	cr_assert_eq(n, 4, "each once");
	cr_assert_null(f);
	cr_assert_null(flow_of_cookie(0, NULL));
	for (unsigned i = 0; i < 4; i++)
		flow_answer(found[i], NIBBLE_DROP_NOW);
	cr_assert_null(flow_of_cookie(5, NULL));
	cr_assert_null(flow_of_cookie(8, NULL));
	cr_assert_null(flow_of_cookie(9, NULL));
}

static unsigned
of_cookie(uint64_t cookie, unsigned *sum)
{
	struct flow	*f;
	unsigned	 n = 0;

	*sum = 0;
	for (f = flow_of_cookie(cookie, NULL); f != NULL && n < 100; f = flow_of_cookie(cookie, f)) {
		n++;
		*sum += f->subject;
	}
	return n;
}

/* Whichever of a socket's flows is answered, the others are found. */
Test(flow, of_a_socket_in_any_order)
{
	static const unsigned	order[] = { 3, 0, 7, 1, 6, 2, 5, 4 };
	struct sighting		s = { .cookie = 5, .listener_cookie = 6 };
	struct flow		*f[8];
	unsigned		left = 0, sum;

	for (uint32_t i = 0; i < 8; i++) {
		struct tuple t = tuple_of(i);
		struct held h = packet(i);

		f[i] = flow_new(flow_next_id(), &t, DIRECTION_OUT, 1 << i, 0, &h);
		flow_seen(f[i], &s);
		left += 1 << i;
	}
	flow_seen(f[2], &s);
	for (unsigned i = 0; i < 8; i++) {
		cr_expect_eq(of_cookie(5, &sum), 8 - i);
		cr_expect_eq(sum, left);
		cr_expect_eq(of_cookie(6, &sum), 8 - i);
		cr_expect_eq(sum, left);
		left -= f[order[i]]->subject;
		flow_answer(f[order[i]], NIBBLE_DROP_NOW);
	}
	cr_expect_eq(of_cookie(5, &sum) + of_cookie(6, &sum), 0);
}

Test(flow, packets_of_one)
{
	struct tuple	 t = tuple_of(1);
	struct held	 h = packet(0);
	struct flow	*f = flow_new(1, &t, DIRECTION_OUT, 1, 0, &h);
	uint32_t	 i;

	for (i = 1; i < FLOW_PACKETS; i++) {
		h = packet(i);
		cr_assert(flow_hold(f, &h));
	}
	h = packet(i);
	cr_assert(!flow_hold(f, &h));
	flow_answer(f, NIBBLE_DROP_NOW);
	for (i = 0; i < FLOW_PACKETS; i++)
		cr_assert_eq(answered[i], 1);
	cr_assert_eq(answered[i], 0);
}

Test(flow, a_subject_has_an_eighth)
{
	struct tuple	t;
	struct held	h;
	uint32_t	i, n = 0;

	for (i = 0; i < FLOWS; i++) {
		t = tuple_of(i);
		h = packet(i);
		if (flow_new(flow_next_id(), &t, DIRECTION_OUT, 7, 0, &h) != NULL)
			n++;
	}
	cr_assert_eq(n, QUEUE_LENGTH / SUBJECT_SHARE);
	cr_assert_eq(flow_count(), n);
	cr_assert_eq(subject_count(), 1);
	/* Another has room. */
	t = tuple_of(i);
	h = packet(i);
	cr_assert_not_null(flow_new(flow_next_id(), &t, DIRECTION_OUT, 8, 0, &h));
	while (flow_oldest() != NULL)
		flow_answer(flow_oldest(), NIBBLE_DROP_NOW);
	cr_assert_eq(subject_count(), 0);
	for (i = 0; i < n; i++)
		cr_assert_eq(answered[i], 1);
}

Test(flow, a_direction_has_half)
{
	struct tuple	t;
	struct held	h;
	uint32_t	i, n = 0;

	for (i = 0; i < FLOWS; i++) {
		t = tuple_of(i);
		h = packet(i);
		if (flow_new(flow_next_id(), &t, DIRECTION_IN, i % SUBJECTS, 0, &h) != NULL)
			n++;
	}
	cr_assert_eq(n, FLOWS / 2);
	t = tuple_of(i);
	h = packet(i);
	cr_assert_not_null(flow_new(flow_next_id(), &t, DIRECTION_OUT, 1, 0, &h));
}

/* A long random life, beside a list as simple as can be. */
Test(flow, random_life)
{
	static struct flow	*alive[4096];
	static uint8_t		 taken[1 << 20];
	struct tuple		 t;
	struct held		 h;
	uint32_t		 step, id = 0, count = 0, at;

	srandom(1);
	for (step = 0; step < 200000; step++) {
		at = (uint32_t)random() % 4096;
		t = tuple_of(at);
		h = packet(id);
		if (alive[at] == NULL) {
			alive[at] = flow_new(flow_next_id(), &t, DIRECTION_OUT, at % 64, step, &h);
			if (alive[at] != NULL) {
				taken[id++] = 1;
				count++;
			}
		} else if (random() % 3 == 0) {
			cr_assert_eq(flow_find(&t, DIRECTION_OUT), alive[at]);
			flow_answer(alive[at], NIBBLE_ACCEPT);
			alive[at] = NULL;
			count--;
		} else if (flow_hold(alive[at], &h)) {
			taken[id++] = 1;
		}
		cr_assert_eq(flow_count(), count);
	}
	while (flow_oldest() != NULL)
		flow_answer(flow_oldest(), NIBBLE_DROP_NOW);
	cr_assert_eq(memcmp(taken, answered, sizeof(taken)), 0);
	cr_assert_eq(subject_count(), 0);
}
