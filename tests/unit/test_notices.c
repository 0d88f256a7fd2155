/* Who is at the door: flows that were announced, by the client's address and port. */
/* links: policyd/notices.c policyd/hash.c */
#include <criterion/criterion.h>

#include <string.h>
#include <time.h>

#include "caller.h"
#include "notices.h"

static unsigned		gone;
static struct notice	last;

static void
on_gone(const struct notice *n)
{
	gone++;
	last = *n;
}

static struct decide_notice
notice(uint64_t flow, uint16_t port, uint8_t proto, uint64_t process)
{
	return (struct decide_notice){ .flow = flow, .process = process, .cookie = flow,
		.tuple = { .family = 4, .proto = proto, .sport = port, .dport = 53,
		.src = { 10, 0, 0, 2 }, .dst = { 9, 9, 9, 9 } } };
}

/* As the name server sees it: the same client, at its own door. */
static struct tuple
client(uint16_t port, uint8_t proto)
{
	return (struct tuple){ .family = 4, .proto = proto, .sport = port, .dport = 53,
		.src = { 10, 0, 0, 2 }, .dst = { 127, 0, 0, 17 } };
}

Test(notices, found_by_the_client_alone)
{
	struct decide_notice	n = notice(1, 4000, 17, 7);
	struct tuple		c = client(4000, 17), other = client(4001, 17), tcp = client(4000, 6);

	notices_start(on_gone);
	cr_expect_null(notices_find(&c));
	notices_add(&n);
	cr_assert_not_null(notices_find(&c));
	cr_expect_eq(notices_find(&c)->process, 7);
	cr_expect_null(notices_find(&other));
	cr_expect_null(notices_find(&tcp));
	c.src[3] = 3;
	cr_expect_null(notices_find(&c));
}

/* What was answered is told a little later. */
Test(notices, answered_before_the_flow_ended)
{
	struct decide_notice	a = notice(1, 4000, 17, 7), b = notice(2, 4000, 17, 8), other = notice(3, 4001, 17, 9);
	struct tuple		c = client(4000, 17), there = client(4001, 17);

	notices_start(on_gone);
	cr_expect_eq(notices_answered(&c), 0);
	notices_add(&a);
	cr_expect_eq(notices_answered(&c), 7);
	notices_add(&other);
	notices_flow_ended(1);
	notices_flow_ended(3);
	cr_expect_null(notices_find(&c));
	cr_expect_eq(notices_answered(&c), 7);
	cr_expect_eq(notices_answered(&there), 9);
	notices_add(&a);
	cr_expect_eq(notices_answered(&c), 7, "the same program again");
	notices_flow_ended(1);
	notices_add(&b);
	cr_expect_eq(notices_answered(&c), 0, "whose was it?");
	notices_flow_ended(2);
	cr_expect_eq(notices_answered(&c), 0);
	nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 100000000 }, NULL);
	cr_expect_eq(notices_answered(&there), 0, "long ago");
}

Test(notices, another_program_takes_the_place)
{
	struct decide_notice	a = notice(1, 4000, 17, 7), b = notice(2, 4000, 17, 8);
	struct tuple		c = client(4000, 17);

	notices_start(on_gone);
	notices_add(&a);
	notices_find(&c)->granted = true;
	notices_add(&b);
	cr_expect_eq(gone, 1);
	cr_expect_eq(last.process, 7);
	cr_expect(last.granted);
	cr_expect_eq(notices_find(&c)->process, 8);
	cr_expect_not(notices_find(&c)->granted);
	notices_flow_ended(1);	/* the old flow's end says nothing of the new one */
	cr_expect_not_null(notices_find(&c));
	notices_flow_ended(2);
	cr_expect_null(notices_find(&c));
	cr_expect_eq(gone, 2);
}

static struct decide_notice
to_server(uint64_t flow, uint8_t server, uint64_t process)
{
	struct decide_notice n = notice(flow, 4000, 6, process);

	n.tuple.dst[3] = server;
	return n;
}

/* Over TCP a port may be two programs', each with a server of its own: which of them asks, nobody knows. */
Test(notices, two_programs_with_one_port)
{
	struct decide_notice	a = to_server(1, 1, 7), b = to_server(2, 2, 8), c = to_server(3, 3, 7);
	struct tuple		t = client(4000, 6);

	notices_start(on_gone);
	notices_add(&a);
	notices_find(&t)->granted = true;
	notices_add(&b);
	cr_expect_eq(gone, 1, "what was granted ends");
	cr_assert_not_null(notices_find(&t));
	cr_expect_eq(notices_find(&t)->process, 0);
	notices_add(&c);
	notices_flow_ended(3);
	cr_expect_eq(notices_find(&t)->process, 0, "the first flow lives still");
	notices_flow_ended(1);
	cr_expect_eq(notices_find(&t)->process, 8);
	notices_flow_ended(2);
	cr_expect_null(notices_find(&t));
	notices_add(&a);
	a.flow = 4;
	a.process = 9;
	notices_add(&a);
	cr_expect_eq(notices_find(&t)->process, 9, "to the same server there is one at a time");
}

/* Its socket may have been handed on. */
Test(notices, the_program_ends)
{
	struct decide_notice	a = notice(1, 4000, 17, 7), b = notice(2, 4001, 17, 8);
	struct tuple		c = client(4000, 17), other = client(4001, 17);

	notices_start(on_gone);
	notices_add(&a);
	notices_add(&b);
	notices_find(&c)->granted = notices_find(&other)->granted = true;
	notices_process_gone(7);
	cr_expect_eq(gone, 1, "what was granted ends");
	cr_expect_eq(last.process, 7);
	cr_expect(notices_find(&c)->ended && !notices_find(&c)->granted);
	cr_expect_eq(notices_find(&c)->process, 7, "who asked is still known");
	cr_expect(notices_find(&other)->granted && !notices_find(&other)->ended);
	notices_flow_ended(1);
	notices_process_gone(7);
	cr_expect_null(notices_find(&c));
}

Test(notices, many_flows_of_one_port)
{
	struct decide_notice	n;
	struct tuple		t = client(4000, 6);

	notices_start(on_gone);
	for (unsigned i = 1; i <= NOTICES_CLIENT; i++) {
		n = to_server(i, (uint8_t)i, 7);
		notices_add(&n);
		cr_expect_eq(notices_find(&t)->process, 7);
	}
	n = to_server(100, 100, 8);
	notices_add(&n);
	cr_expect_eq(notices_find(&t)->process, 0);
}

Test(notices, revoked_grants_are_not_taken_back_one_by_one)
{
	struct decide_notice	n = notice(1, 4000, 17, 7);
	struct tuple		c = client(4000, 17);

	notices_start(on_gone);
	notices_add(&n);
	notices_find(&c)->granted = true;
	notices_ungrant_all();
	notices_forget_all();
	cr_expect_eq(gone, 1);
	cr_expect_not(last.granted);
}

Test(notices, bounded)
{
	struct decide_notice	n;
	struct tuple		first = client(1, 17), second;

	notices_start(on_gone);
	for (unsigned i = 0; i < NOTICES_MOST + 1; i++) {
		n = notice(i + 1, (uint16_t)(i + 1), 17, 7);
		notices_add(&n);
	}
	second = client(2, 17);
	cr_expect_eq(gone, 1);
	cr_expect_null(notices_find(&first));
	cr_expect_not_null(notices_find(&second));
	notices_forget_all();
	cr_expect_eq(gone, NOTICES_MOST + 1);
	cr_expect_null(notices_find(&second));
}

static struct decide_notice
caller(uint64_t number, uint64_t process)
{
	struct decide_notice	n = { .flow = 100 + number, .process = process, .cookie = 1 };

	caller_tuple(number, &n.tuple);
	return n;
}

/* At the Unix door: nothing is for what takes a program's place, even if nothing was granted. */
Test(notices, callers)
{
	struct decide_notice	a = caller(1, 7), b = caller(2, 7), flow = notice(1, 4000, 17, 7);

	notices_start(on_gone);
	notices_add(&a);
	notices_add(&b);
	notices_add(&flow);
	cr_assert_not_null(notices_find(&a.tuple));
	cr_expect_eq(notices_find(&b.tuple)->process, 7);
	notices_left(&a.tuple);
	cr_expect_null(notices_find(&a.tuple));
	cr_expect_not_null(notices_find(&b.tuple));
	gone = 0;
	notices_process_gone(7);
	cr_expect_eq(gone, 1, "the caller's, not the flow's");
	cr_expect_eq(caller_number(&last.client), 2);
	cr_expect(notices_find(&b.tuple)->ended);
	notices_callers_left();
	cr_expect_null(notices_find(&b.tuple));
	cr_expect_not_null(notices_find(&flow.tuple));
}
