/*
 * Live flows, and flows older than the suite.
 */
/* links: intercept/live.c intercept/ports.c intercept/bpf/ring.c intercept/later.c intercept/before.c intercept/packet.c */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "before.h"
#include "existing.h"
#include "live.h"

static struct tuple
tuple_of(uint32_t n)
{
	struct tuple t = { .family = 4, .proto = 17, .sport = (uint16_t)(n >> 8), .dport = 53 };

	memcpy(t.dst, &n, sizeof(n));
	return t;
}

Test(live, by_tuple_and_by_cookie)
{
	struct tuple	t;
	uint32_t	i, at, n = 0, seen = 0;

	for (i = 0; i < 5000; i++) {
		t = tuple_of(i);
		cr_assert_neq(live_add(i + 1, &t, i % 10, 0), LIVE_NONE);
	}
	cr_assert_eq(live_count(), 5000);
	for (i = 0; i < 5000; i++) {
		t = tuple_of(i);
		at = live_find(&t);
		cr_assert_neq(at, LIVE_NONE);
		cr_assert_eq(live_at(at)->id, i + 1);
	}
	for (at = live_of_cookie(3, LIVE_NONE); at != LIVE_NONE; at = live_of_cookie(3, at), n++)
		cr_assert_eq(live_at(at)->cookie, 3);
	cr_assert_eq(n, 500);
	cr_assert_eq(live_of_cookie(0, LIVE_NONE), LIVE_NONE, "no cookie is no key");
	for (i = 0; i < 5000; i += 2) {
		t = tuple_of(i);
		live_remove(live_find(&t));
		cr_assert_eq(live_find(&t), LIVE_NONE);
	}
	for (i = 0; i < live_end(); i++)
		seen += live_at(i)->id != 0;
	cr_assert_eq(seen, 2500);
	cr_assert_eq(live_count(), 2500);
}

Test(live, by_listener)
{
	struct tuple	t;
	uint32_t	i, at, n = 0;

	for (i = 0; i < 3000; i++) {
		t = tuple_of(i);
		cr_assert_neq(live_add(i + 1, &t, 7, i % 3), LIVE_NONE);
	}
	for (i = 0; i < 3000; i += 2) {
		t = tuple_of(i);
		live_remove(live_find(&t));
	}
	for (at = live_of_listener(2, LIVE_NONE); at != LIVE_NONE; at = live_of_listener(2, at), n++)
		cr_assert_eq(live_at(at)->listener, 2);
	cr_assert_eq(n, 500);
	cr_assert_eq(live_of_listener(0, LIVE_NONE), LIVE_NONE, "none is no key");
	cr_assert_eq(live_of_listener(7, LIVE_NONE), LIVE_NONE);
}

static unsigned
count_of(uint64_t cookie, uint64_t listener)
{
	uint32_t	at;
	unsigned	n = 0;

	for (at = live_of_cookie(cookie, LIVE_NONE); at != LIVE_NONE; at = live_of_cookie(cookie, at))
		n++;
	for (at = live_of_listener(listener, LIVE_NONE); at != LIVE_NONE; at = live_of_listener(listener, at))
		n++;
	return n;
}

/* Oldest, newest and between: the others stay in their chains, and it takes no walk along them. */
Test(live, one_socket_may_have_any_number)
{
	struct tuple	t;
	uint32_t	i, left = LIVE_MAX;

	for (i = 0; i < LIVE_MAX; i++) {
		t = tuple_of(i);
		cr_assert_neq(live_add(i + 1, &t, 7, 8), LIVE_NONE);
	}
	cr_assert_eq(count_of(7, 8), 2 * LIVE_MAX);
	for (i = 0; i < LIVE_MAX / 2; i++, left--)
		live_remove(i);
	for (i = LIVE_MAX - 1; i >= LIVE_MAX / 4 * 3; i--, left--)
		live_remove(i);
	for (i = LIVE_MAX / 2; i < LIVE_MAX / 4 * 3 - 1; i += 2, left--)
		live_remove(i);
	cr_assert_eq(count_of(7, 8), 2 * left);
	t = tuple_of(LIVE_MAX);
	cr_assert_neq(live_add(1, &t, 7, 8), LIVE_NONE);
	cr_assert_eq(count_of(7, 8), 2 * (left + 1));
}

Test(live, has_a_bound)
{
	struct tuple	t;
	uint32_t	i;

	for (i = 0; i < LIVE_MAX; i++) {
		t = tuple_of(i);
		cr_assert_neq(live_add(i + 1, &t, 0, 0), LIVE_NONE);
	}
	t = tuple_of(i);
	cr_assert_eq(live_add(i + 1, &t, 0, 0), LIVE_NONE);
	live_remove(5);
	cr_assert_neq(live_add(i + 1, &t, 0, 0), LIVE_NONE);
}

static int
memory_file(const void *header, size_t header_len, const void *list, size_t list_len)
{
	int fd = memfd_create("existing", 0);

	cr_assert_eq(write(fd, header, header_len), (ssize_t)header_len);
	cr_assert_eq(write(fd, list, list_len), (ssize_t)list_len);
	return fd;
}

Test(before, either_way_round_and_by_cookie)
{
	struct existing_flow	f[2] = { { .tuple = tuple_of(1), .cookie = 9 }, { .tuple = tuple_of(2) } };
	struct existing_header	h = { EXISTING_MAGIC, 2 };
	struct tuple		t = tuple_of(1), r = t;

	before_load(memory_file(&h, sizeof(h), f, sizeof(f)));
	cr_assert(before_has(&t, 9));
	cr_assert(!before_has(&t, 8), "another socket in its place");
	memcpy(r.src, t.dst, 16);
	memcpy(r.dst, t.src, 16);
	r.sport = t.dport;
	r.dport = t.sport;
	cr_assert(before_has(&r, 9));
	r.proto = 6;
	cr_assert(!before_has(&r, 9));
	t = tuple_of(2);
	cr_assert(before_has(&t, 0));
	cr_assert(before_has(&t, 5));
	before_end(&t);
	cr_assert(!before_has(&t, 0));
	t = tuple_of(1);
	before_end(&t);
	cr_assert(before_has(&t, 9), "a cookie is enough to tell it");
}

Test(before, nonsense_is_nothing)
{
	struct existing_flow	f = { .tuple = tuple_of(1) };
	struct existing_header	bad[] = {
		{ 1, 1 }, { EXISTING_MAGIC, 0 }, { EXISTING_MAGIC, EXISTING_MAX + 1 },
		{ EXISTING_MAGIC, 2 },
	};
	struct tuple		t = tuple_of(1);
	size_t			i;

	before_load(-1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		before_load(memory_file(&bad[i], sizeof(bad[i]), &f, sizeof(f)));
	cr_assert(!before_has(&t, 0));
}
