/* Senders that whod has named: for how long, and what makes another of one. */
/* links: intercept/known.c */
#include <criterion/criterion.h>

#include "../../intercept/known.h"

static const struct kernel_sender	sender = {
	.process = { .start_ns = 5, .exec = 2, .tgid = 12 }, .program = { .ino = 44, .uid = 1000, .cgroup = 3 },
};

static uint64_t
found(const struct kernel_sender *s, int64_t now)
{
	uint64_t	id;

	return known_find(s, now, &id) ? id : 999;
}

Test(known, for_a_second)
{
	cr_expect_eq(found(&sender, 7), 999);
	known_put(&sender, 0, 7);
	cr_expect_eq(found(&sender, 8), 0, "asked for");
	known_put(&sender, 88, 9);
	cr_expect_eq(found(&sender, 9 + KNOWN_NS - 1), 88);
	cr_expect_eq(found(&sender, 9 + KNOWN_NS), 999);
	known_put(&sender, 89, 10);
	known_end(&sender);
	cr_expect_eq(found(&sender, 11), 999);
}

/* Whatever the kernel notes makes another sender. */
Test(known, another)
{
	struct kernel_sender	s;

	known_put(&sender, 88, 0);
	for (unsigned i = 0; i < sizeof(s.process) + sizeof(s.program); i++) {
		s = sender;
		((unsigned char *)&s)[i] ^= 1;
		cr_expect_eq(found(&s, 0), 999, "byte %u", i);
	}
	s = sender;
	s.flags = SENDER_TRACED;
	cr_expect_eq(found(&s, 0), 999, "a tracer sends in its place");
	known_put(&s, 90, 0);
	cr_expect_eq(found(&sender, 0), 88);
	known_end(&(struct kernel_sender){ .process = sender.process });
	cr_expect_eq(found(&sender, 0), 88);
}

Test(known, ended)
{
	struct kernel_sender	other = sender;

	other.process.tgid = 13;
	known_put(&sender, 88, 0);
	known_put(&other, 89, 0);
	known_gone(88);
	cr_expect(found(&sender, 0) == 999 && found(&other, 0) == 89);
	known_forget();
	cr_expect_eq(found(&other, 0), 999);
}

/* One of the same place takes it. */
Test(known, one_place)
{
	struct kernel_sender	other = sender;

	other.process.tgid += 256;
	known_put(&sender, 88, 0);
	known_put(&other, 89, 0);
	cr_expect(found(&sender, 0) == 999 && found(&other, 0) == 89);
}
