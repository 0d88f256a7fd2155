/* Refusals that the kernel has: the table beside its map, which is a list here. */
/* links: intercept/refusals.c intercept/packet.c */
#include <criterion/criterion.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "../../intercept/refusals.h"
#include "sandbox.h"

#define MAP	16384

static struct element {
	struct kernel_refusal_key	key;
	struct kernel_refusal		value;
	bool				there;
} map[MAP];
static uint32_t	generation = 7, counted, elements;
static bool	full;

static struct element *
find(const struct kernel_refusal_key *key)
{
	for (unsigned i = 0; i < MAP; i++)
		if (map[i].there && memcmp(&map[i].key, key, sizeof(*key)) == 0)
			return &map[i];
	return NULL;
}

int
kernel_map_set(int fd, const void *key, const void *value)
{
	struct element	*e = find(key);

	cr_assert_eq(fd, FD_INTERCEPT_REFUSALS);
	for (unsigned i = 0; e == NULL && i < MAP && !full; i++)
		if (!map[i].there)
			e = &map[i];
	if (e == NULL) {
		errno = E2BIG;
		return -1;
	}
	elements += !e->there;
	memcpy(&e->key, key, sizeof(e->key));
	memcpy(&e->value, value, sizeof(e->value));
	e->there = true;
	return 0;
}

int
kernel_map_delete(int fd, const void *key)
{
	struct element	*e = find(key);

	cr_assert_eq(fd, FD_INTERCEPT_REFUSALS);
	if (e != NULL) {
		e->there = false;
		elements--;
	}
	return e != NULL ? 0 : -1;
}

void
kernel_map_clear(int fd, void *key, unsigned most)
{
	(void)key;
	cr_assert_eq(fd, FD_INTERCEPT_REFUSALS);
	cr_assert_eq(most, KERNEL_REFUSALS);
	memset(map, 0, sizeof(map));
	elements = 0;
}

uint32_t
kernel_generation(void)
{
	return generation;
}

void
kernel_refusals(uint32_t count)
{
	counted = count;
}

/* process 0: of the program. */
static struct refusal
of(uint32_t tgid, uint8_t proto, uint32_t host, uint16_t port)
{
	struct refusal	r;

	memset(&r, 0, sizeof(r));
	r.key.program.ino = 5;
	r.key.process.tgid = tgid;
	r.key.family = 4;
	r.key.proto = proto;
	r.key.port = port;
	memcpy(r.key.remote, &host, sizeof(host));
	r.process = tgid == 0 ? 1 : tgid;
	r.reason = 3;
	return r;
}

static void
add(uint32_t tgid, uint8_t proto, uint32_t host, uint16_t port)
{
	struct refusal	r = of(tgid, proto, host, port);

	refusals_add(&r);
}

static const struct kernel_refusal *
get(uint32_t tgid, uint8_t proto, uint32_t host, uint16_t port)
{
	struct refusal	r = of(tgid, proto, host, port);
	struct element	*e = find(&r.key);

	return e != NULL && e->value.generation == generation ? &e->value : NULL;
}

TestSuite(refusals, .timeout = 20);

Test(refusals, what_an_earlier_one_left)
{
	add(7, IPPROTO_TCP, 1, 80);
	add(8, IPPROTO_TCP, 1, 80);
	refusals_open();
	cr_expect_eq(elements, 0);
}

Test(refusals, one)
{
	const struct kernel_refusal	*k;
	const struct refusal		*r;
	uint64_t			 id;

	add(7, IPPROTO_TCP, 1, 80);
	cr_expect_eq(counted, 1);
	cr_assert_not_null(k = get(7, IPPROTO_TCP, 1, 80));
	cr_expect_eq(k->told, 0);
	id = k->id;
	cr_assert_not_null(r = refusals_used(id));
	cr_expect(r->process == 7 && r->reason == 3 && !refusals_of_program(r));
	cr_expect_null(refusals_used(0));
	cr_expect_null(refusals_used(id + (UINT64_C(1) << 13)), "not given yet");
	add(7, IPPROTO_TCP, 1, 80);
	cr_expect_eq(counted, 1, "the same");
	cr_expect_neq(get(7, IPPROTO_TCP, 1, 80)->id, id);
	refusals_end_process(8);
	cr_expect_eq(counted, 1);
	id = get(7, IPPROTO_TCP, 1, 80)->id;
	refusals_end_process(7);
	cr_expect(counted == 0 && elements == 0);
	cr_expect_not_null(refusals_used(id), "its last uses may come later");
}

Test(refusals, of_a_program_outlive_their_process)
{
	add(0, IPPROTO_TCP, 1, 80);
	refusals_end_process(1);
	cr_expect_not_null(get(0, IPPROTO_TCP, 1, 80));
	cr_expect(refusals_of_program(refusals_used(get(0, IPPROTO_TCP, 1, 80)->id)));
}

/* By the generation alone: nothing is deleted until its place is wanted, or it is given again. */
Test(refusals, all_end)
{
	add(7, IPPROTO_TCP, 1, 80);
	add(8, IPPROTO_TCP, 2, 80);
	generation++;
	refusals_end_all();
	cr_expect(counted == 0 && elements == 2);
	add(7, IPPROTO_TCP, 1, 80);
	cr_expect(counted == 1 && elements == 2);
	cr_expect_not_null(get(7, IPPROTO_TCP, 1, 80));
	cr_expect_null(get(8, IPPROTO_TCP, 2, 80));
	refusals_end_process(8);
	cr_expect(counted == 1 && elements == 1, "one that does not count is not counted off");
	refusals_end_process(7);
	cr_expect(counted == 0 && elements == 0);
}

Test(refusals, bounded)
{
	for (uint32_t i = 0; i < 12000; i++)
		add(100 + i, IPPROTO_TCP, i, 80);
	cr_expect(counted == elements && elements <= 8192 && elements > 7000, "%u", elements);
	/* Those that do not count make room first. */
	generation++;
	refusals_end_all();
	for (uint32_t i = 0; i < 12000; i++)
		add(100 + i, IPPROTO_TCP, i + 20000, 80);
	cr_expect(counted <= elements && elements <= 8192 && counted > 7000, "%u of %u", counted, elements);
	for (uint32_t i = 0; i < 12000; i++)
		refusals_end_process(100 + i);
	cr_expect(counted == 0 && elements == 0);
}

/* Two processes of one bucket, and a program's; some end by themselves, in any order. */
Test(refusals, many_of_one_process)
{
	uint8_t		to[16] = { 0 };
	uint32_t	host, left;

	for (host = 1; host <= 3000; host++) {
		add(7, IPPROTO_UDP, host, 80);
		add(7 + 512, IPPROTO_UDP, host, 81);
		add(0, IPPROTO_TCP, host, 80);
	}
	for (host = 1; host <= 3000; host += 1 + host % 3) {
		memcpy(to, &host, sizeof(host));
		refusals_pass(4, to, 80);
	}
	left = elements;
	refusals_end_process(7);
	cr_expect_lt(elements, left);
	for (host = 1; host <= 3000; host++)
		cr_expect_null(get(7, IPPROTO_UDP, host, 80));
	left = elements;
	refusals_end_process(7 + 512);
	cr_expect_lt(elements, left);
	left = elements;
	refusals_end_process(1);
	cr_expect(elements == left && counted == left && left > 2000, "a program's stay: %u", left);
}

Test(refusals, no_room_in_the_kernel)
{
	full = true;
	add(7, IPPROTO_TCP, 1, 80);
	cr_expect(counted == 0 && elements == 0);
	full = false;
	add(7, IPPROTO_TCP, 1, 80);
	cr_expect_eq(counted, 1);
}

/* UDP that passes, of whatever socket. */
Test(refusals, passing)
{
	uint32_t	host = 1;
	uint8_t		remote[16] = { 0 };

	memcpy(remote, &host, sizeof(host));
	add(7, IPPROTO_UDP, 1, 80);
	add(8, IPPROTO_UDP, 1, 80);
	add(7, IPPROTO_UDP, 1, 81);
	add(7, IPPROTO_UDP, 2, 80);
	add(7, IPPROTO_TCP, 1, 80);
	refusals_pass(4, remote, 80);
	cr_expect(get(7, IPPROTO_UDP, 1, 80) == NULL && get(8, IPPROTO_UDP, 1, 80) == NULL, "both end");
	cr_expect(get(7, IPPROTO_UDP, 1, 81) != NULL && get(7, IPPROTO_UDP, 2, 80) != NULL);
	cr_expect_not_null(get(7, IPPROTO_TCP, 1, 80));
	cr_expect_eq(counted, 3);
	add(7, IPPROTO_UDP, 1, 80);
	cr_expect_null(get(7, IPPROTO_UDP, 1, 80), "and none is given any more");
	add(9, IPPROTO_TCP, 1, 80);
	cr_expect_not_null(get(9, IPPROTO_TCP, 1, 80), "of UDP");
	generation++;
	refusals_end_all();
	add(7, IPPROTO_UDP, 1, 80);
	cr_expect_null(get(7, IPPROTO_UDP, 1, 80), "flows outlive a generation");
}
