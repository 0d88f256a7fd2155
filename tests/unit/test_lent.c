/* Grants that the kernel has: the table beside its map, which is a list here. */
/* links: intercept/lent.c intercept/packet.c */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "../../intercept/lent.h"
#include "sandbox.h"

#define MAP	(1 << 18)
#define WAYS	4		/* elements whose process ids meet */

static struct element {
	struct kernel_grant_key	key;
	struct kernel_grant	value;
	bool			there;
} map[MAP][WAYS];
static uint32_t	generation = 7;
static bool	full;

static struct element *
find(const struct kernel_grant_key *key)
{
	struct element	*e = map[key->process.tgid % MAP];
	unsigned	 i;

	for (i = 0; i < WAYS; i++)
		if (e[i].there && memcmp(&e[i].key, key, sizeof(*key)) == 0)
			return &e[i];
	return NULL;
}

int
kernel_map_set(int fd, const void *key, const void *value)
{
	const struct kernel_grant_key	*k = key;
	struct element			*e = find(key);
	unsigned			 i;

	(void)fd;
	for (i = 0; e == NULL && i < WAYS && !full; i++)
		if (!map[k->process.tgid % MAP][i].there)
			e = &map[k->process.tgid % MAP][i];
	if (e == NULL) {
		errno = E2BIG;
		return -1;
	}
	memcpy(&e->key, key, sizeof(e->key));
	memcpy(&e->value, value, sizeof(e->value));
	e->there = true;
	return 0;
}

int
kernel_map_delete(int fd, const void *key)
{
	struct element	*e = find(key);

	(void)fd;
	if (e != NULL)
		e->there = false;
	return e != NULL ? 0 : -1;
}

void
kernel_map_clear(int fd, void *key, unsigned most)
{
	(void)key;
	cr_assert_eq(fd, FD_INTERCEPT_GRANTS);
	cr_assert_eq(most, KERNEL_GRANTS);
	memset(map, 0, sizeof(map));
}

uint32_t
kernel_generation(void)
{
	return generation;
}

void
kernel_void(void)
{
	generation++;
}

static unsigned
elements(void)
{
	unsigned i, n = 0;

	for (i = 0; i < MAP * WAYS; i++)
		n += (&map[0][0])[i].there;
	return n;
}

static struct kernel_grant_key
key_of(uint32_t tgid, uint16_t port)
{
	struct kernel_grant_key k;

	memset(&k, 0, sizeof(k));
	k.program.ino = 5;
	k.process = (struct kernel_process){ .tgid = tgid, .start_ns = tgid, .exec = tgid };
	k.family = 4;
	k.proto = 6;
	k.port = port;
	k.local[0] = 10;
	k.remote[0] = 9;
	return k;
}

/* What the kernel would say of a use by this key. */
static uint64_t
id_of(const struct kernel_grant_key *k)
{
	const struct element *e = find(k);

	return e != NULL && e->value.generation == generation ? e->value.id : 0;
}

Test(lent, is_used_by_its_number)
{
	struct kernel_grant_key	 k = key_of(1, 443), other = key_of(1, 444);
	const struct lent	*l;

	lent_add(&k, 50, 9);
	lent_add(&other, 50, 10);
	l = lent_used(id_of(&k));
	cr_assert_not_null(l);
	cr_expect(l->process == 50 && l->reason == 9 && lent_counts(l) && !lent_to_program(l));
	cr_expect_eq(lent_used(id_of(&other))->reason, 10);
	cr_expect_eq(lent_count(), 2);
	cr_expect_null(lent_used(0));
	cr_expect_null(lent_used(id_of(&k) + (UINT64_C(1) << 40)));
	/* Given again: the same place in the kernel, another number. */
	lent_add(&k, 51, 11);
	cr_expect_eq(lent_count(), 2);
	cr_expect_eq(elements(), 2);
	cr_expect_eq(lent_used(id_of(&k))->reason, 11);
}

Test(lent, ends_with_its_process)
{
	struct kernel_grant_key	 k = key_of(1, 443), other = key_of(2, 443), program = key_of(0, 443);
	uint64_t		 id;

	lent_add(&k, 50, 9);
	lent_add(&other, 50 + 1024, 9);		/* the same chain */
	lent_add(&program, 50, 9);
	id = id_of(&k);
	lent_end_process(50);
	cr_expect_eq(id_of(&k), 0);
	cr_expect_neq(id_of(&other), 0);
	cr_expect_neq(id_of(&program), 0, "it is every process's");
	cr_expect(lent_to_program(lent_used(id_of(&program))));
	cr_expect_eq(lent_count(), 2);
	cr_assert_not_null(lent_used(id), "its last uses may come later");
	cr_expect(!lent_counts(lent_used(id)));
	cr_expect_eq(lent_used(id)->generation, generation);
	lent_end_process(50 + 1024);
	cr_expect_eq(elements(), 1);
}

Test(lent, all_end_at_once)
{
	struct kernel_grant_key	k = key_of(1, 443), other = key_of(2, 443);
	uint64_t		id;

	lent_add(&k, 50, 9);
	lent_add(&other, 51, 9);
	id = id_of(&k);
	lent_end_all();
	cr_expect_eq(generation, 8);
	cr_expect(id_of(&k) == 0 && id_of(&other) == 0, "by one write");
	cr_expect_eq(lent_count(), 0);
	cr_assert_not_null(lent_used(id));
	cr_expect(!lent_counts(lent_used(id)));
	cr_expect_neq(lent_used(id)->generation, generation);
	lent_add(&k, 50, 9);
	cr_expect_neq(id_of(&k), id, "no number is given twice");
	cr_expect(lent_counts(lent_used(id_of(&k))));
	lent_end_process(51);
	lent_tick();
	cr_expect_eq(elements(), 1, "what did not come again is deleted");
	cr_expect_neq(id_of(&k), 0);
	lent_end_process(50);
	lent_tick();
	cr_expect_eq(elements(), 0);
}

/* Little by little, and what is given meanwhile stays. */
Test(lent, many_end_at_once)
{
	struct kernel_grant_key	k;
	unsigned		i;

	for (i = 1; i <= 5000; i++) {
		k = key_of(i, 443);
		lent_add(&k, i, 9);
	}
	lent_end_all();
	lent_tick();
	cr_expect_eq(elements(), 5000 - 1024);
	for (i = 1; i <= 5000; i += 10) {
		k = key_of(i, 443);
		lent_add(&k, i, 9);
	}
	lent_end_all();
	for (i = 7; i <= 5000; i += 10) {
		k = key_of(i, 443);
		lent_add(&k, i, 9);
	}
	for (i = 0; i < 6; i++)
		lent_tick();
	cr_expect_eq(elements(), 500);
	cr_expect_eq(lent_count(), 500);
	for (i = 7; i <= 5000; i += 10) {
		k = key_of(i, 443);
		cr_expect_neq(id_of(&k), 0);
	}
}

Test(lent, what_another_left_is_deleted)
{
	struct kernel_grant_key	k = key_of(1, 443), other = key_of(2, 443);
	struct kernel_grant	g = { .id = 1, .generation = 1 };

	(void)kernel_map_set(0, &k, &g);
	(void)kernel_map_set(0, &other, &g);
	lent_open();
	cr_expect_eq(elements(), 0);
}

/* As in the kernel: never more than the table, and the longest unused makes room. */
Test(lent, is_bounded)
{
	struct kernel_grant_key	k, first = key_of(1, 443);
	unsigned		i;

	lent_add(&first, 1, 9);
	for (i = 2; i < 150000; i++) {
		k = key_of(i, 443);
		lent_add(&k, i, 9);
		cr_assert_not_null(lent_used(lent_used(id_of(&first)) != NULL ? id_of(&first) : 0),
		    "used all the time, at %u", i);
	}
	cr_expect_eq(lent_count(), KERNEL_GRANTS);
	cr_expect_eq(elements(), lent_count());
	for (i = 2; i < 150000; i++)
		lent_end_process(i);
	cr_expect_eq(lent_count(), 1);
	cr_expect_eq(elements(), 1);
}

Test(lent, the_kernel_has_no_room)
{
	struct kernel_grant_key	k = key_of(1, 443);

	full = true;
	lent_add(&k, 50, 9);
	cr_expect_eq(lent_count(), 0);
	lent_end_process(50);
	lent_end_all();
	cr_expect_eq(lent_count(), 0);
}

/* A process chooses how many it has: none of them costs more for that. */
Test(lent, one_process_has_all, .timeout = 30)
{
	struct kernel_grant_key	k;
	unsigned		i;

	for (i = 1; i <= 4 * KERNEL_GRANTS; i++) {
		k = key_of(i, 443);
		lent_add(&k, 50, 9);
	}
	cr_expect_eq(lent_count(), KERNEL_GRANTS);
	for (i = 4 * KERNEL_GRANTS; i > 3 * KERNEL_GRANTS; i -= 2) {	/* from between others */
		k = key_of(i, 443);
		lent_end(id_of(&k));
	}
	cr_expect_eq(lent_count(), KERNEL_GRANTS / 2);
	lent_end_process(50);
	cr_expect_eq(lent_count(), 0);
	cr_expect_eq(elements(), 0);
}

/* Each fact tells two apart, whatever programs choose to have alike. */
Test(lent, that_look_alike, .timeout = 30)
{
	struct kernel_grant_key	k;
	unsigned		i;

	for (i = 1; i <= KERNEL_GRANTS; i++) {
		k = key_of(i, 443);
		k.process.start_ns = k.process.exec = 1;
		lent_add(&k, i, 9);
	}
	cr_expect_eq(lent_count(), KERNEL_GRANTS);
}
