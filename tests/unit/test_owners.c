/* Whose UDP flows are: the table that intercept and the kernel's part share. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "../../intercept/bpf/owners.h"

static const __u64		secret[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
static struct kernel_owners	set;

static __u64
hash_of(__u16 sport)
{
	struct kernel_tuple	t = { .family = 4, .proto = 17, .sport = sport, .dport = 53 };

	return owner_hash(&t, secret);
}

/* Of a tag of its own, whatever set that is. */
static __u64
tagged(__u64 tag)
{
	return tag << 40;
}

Test(owners, the_hash_is_siphash)
{
	struct kernel_tuple	t;
	__u64			hash;

	for (unsigned i = 0; i < 1000; i++) {
		randombytes_buf(&t, sizeof(t));
		crypto_shorthash((unsigned char *)&hash, (const unsigned char *)&t, sizeof(t), (const unsigned char *)secret);
		cr_assert_eq(owner_hash(&t, secret), hash);
	}
}

Test(owners, the_last_counts)
{
	__u64	h = hash_of(1), cookie;

	cr_expect(!owner_get(&set, h, &cookie));
	owner_put(&set, h, 5, 0);
	cr_expect(owner_get(&set, h, &cookie) && cookie == 5);
	owner_put(&set, h, 0, 0);
	cr_expect(owner_get(&set, h, &cookie) && cookie == 0);
	cr_expect(!owner_get(&set, hash_of(2), &cookie));
	cr_expect_eq(set.word[1], 0, "in one place");
}

Test(owners, an_empty_place_is_nobodys)
{
	__u64	cookie;

	cr_expect(!owner_get(&set, tagged(0), &cookie));
	owner_put(&set, tagged(0), 0, 0);
	cr_expect(owner_get(&set, tagged(0), &cookie) && cookie == 0);
}

Test(owners, a_full_set)
{
	__u64		cookie;
	unsigned	there = 0;

	for (__u64 i = 0; i <= KERNEL_OWNERS_WAYS; i++)
		owner_put(&set, tagged(i + 2), 100 + i, 3);
	for (__u64 i = 0; i <= KERNEL_OWNERS_WAYS; i++)
		if (owner_get(&set, tagged(i + 2), &cookie)) {
			cr_expect_eq(cookie, 100 + i);
			there++;
		}
	cr_expect_eq(there, KERNEL_OWNERS_WAYS);
	cr_expect(owner_get(&set, tagged(KERNEL_OWNERS_WAYS + 2), &cookie), "the new one is");
}

Test(owners, a_cookie_never_spoils_the_tag)
{
	__u64	cookie;

	owner_put(&set, tagged(2), ~0ull, 0);
	cr_expect(owner_get(&set, tagged(2), &cookie) && cookie == OWNER_COOKIE);
	cr_expect(!owner_get(&set, tagged(3), &cookie));
}

Test(owners, two_of_one_socket_that_meet_in_a_full_set)
{
	__u64	cookie;

	for (__u64 i = 0; i < KERNEL_OWNERS_WAYS; i++)
		owner_put(&set, tagged(i + 10), 100 + i, 0);
	owner_put(&set, tagged(2), 5, 8);
	owner_put(&set, tagged(3), 5, 9);
	cr_expect(owner_get(&set, tagged(2), &cookie) && cookie == 5);
	cr_expect(owner_get(&set, tagged(3), &cookie) && cookie == 5);
}

Test(owners, what_two_wrote_at_once_does_not_come_to_count)
{
	__u64	cookie;

	set.word[2] = set.word[6] = tagged(2) | 7;
	owner_put(&set, tagged(2), 8, 0);
	cr_expect(owner_get(&set, tagged(2), &cookie) && cookie == 8);
	set.word[2] = tagged(3) | 9;
	cr_expect(!owner_get(&set, tagged(2), &cookie));
}

static volatile bool	over;

/* One place, now one flow's and now another's. */
static void *
take_turns(void *arg)
{
	volatile __u64	*at = arg;

	while (!over) {
		*at = tagged(2) | 2;
		*at = tagged(3) | 3;
	}
	return NULL;
}

Test(owners, a_flow_never_gets_anothers_cookie, .timeout = 60)
{
	pthread_t	writer;
	__u64		cookie;

	for (__u64 i = 0; i < KERNEL_OWNERS_WAYS; i++)
		set.word[i] = tagged(i + 10) | 9;
	cr_assert_eq(pthread_create(&writer, NULL, take_turns, &set.word[KERNEL_OWNERS_WAYS - 1]), 0);
	for (unsigned i = 0; i < 100000000; i++)
		if (owner_get(&set, tagged(2), &cookie))
			cr_assert_eq(cookie, 2);
	over = true;
	cr_assert_eq(pthread_join(writer, NULL), 0);
}
