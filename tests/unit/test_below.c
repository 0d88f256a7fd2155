/* Who goes round the rules: what intercept makes of the ring's records, the sockets there are, and whod's word. */
/* links: intercept/below.c intercept/later.c */
#include <criterion/criterion.h>

#include <string.h>

#include <event2/event.h>

#include "../../intercept/below.h"
#include "../../intercept/bpf/map.h"
#include "../../intercept/bpf/ring.h"
#include "../../intercept/decide_client.h"
#include "../../intercept/flow.h"
#include "../../intercept/gate.h"
#include "../../intercept/kernel.h"
#include "../../intercept/report.h"
#include "../../intercept/who_client.h"
#include "sandbox.h"

#define MOST	256

static struct kernel_below	record[MOST];
static unsigned			records, taken;
static struct who_question	question[MOST];
static struct decide_below	told[MOST];
static struct below_socket	there[MOST];
static unsigned			questions, tells, sheds, theres;
static struct kernel_program	may[KERNEL_BELOW_MAY];
static unsigned			mays, set, gates, looks;
static bool			closed, gate;
static bool			full;
static int			slow;
static int			pipes[2];
static struct event_base	*base;

struct ring *
ring_open(int map, size_t bytes)
{
	cr_assert_eq(map, FD_INTERCEPT_BELOW);
	(void)bytes;
	return (struct ring *)record;
}

bool
ring_take(struct ring *r, void *to, size_t size)
{
	(void)r;
	if (taken == records)
		return false;
	memcpy(to, &record[taken++], size);
	return true;
}

void
who_client_ask(const struct who_question *q)
{
	question[questions++] = *q;
}

void
who_client_flush(void)
{
}

bool
who_client_full(void)
{
	return full;
}

int
decide_client_below(const struct decide_below *b)
{
	if (slow == 0)
		told[tells++] = *b;
	return slow;
}

void
report_shed(uint32_t n)
{
	sheds += n;
}

uint32_t
kernel_below_lost(void)
{
	return 0;
}

void
kernel_sender_told(const struct kernel_sender *s, struct who_sender *w)
{
	*w = (struct who_sender){ .pid = s->process.tgid, .ino = s->program.ino };
}

void
kernel_below_close(bool yes)
{
	closed = yes;
}

int
kernel_map_set(int map, const void *key, const void *value)
{
	cr_assert_eq(map, FD_INTERCEPT_BELOW_MAY);
	cr_assert_eq(*(const uint8_t *)value, 1);
	cr_assert_lt(mays, KERNEL_BELOW_MAY);
	set++;
	memcpy(&may[mays++], key, sizeof(may[0]));
	return 0;
}

int
kernel_map_delete(int map, const void *key)
{
	cr_assert_eq(map, FD_INTERCEPT_BELOW_MAY);
	cr_assert_gt(mays, 0);
	cr_assert_eq(memcmp(key, &may[mays - 1], sizeof(may[0])), 0);
	mays--;
	return 0;
}

void
kernel_map_clear(int map, void *key, unsigned most)
{
	(void)key;
	cr_assert_eq(map, FD_INTERCEPT_BELOW_MAY);
	cr_assert_eq(most, KERNEL_BELOW_MAY);
	mays = 0;
}

void
gate_open(void)
{
}

void
gate_start(struct event_base *b)
{
	cr_assert_eq(b, base);
}

void
gate_set(bool yes)
{
	gate = yes;
	gates++;
}

void
gate_look(void)
{
	looks++;
}

void
below_look_open(void)
{
}

void
below_look(void (*fresh)(const struct below_socket *))
{
	for (unsigned i = 0; i < theres; i++)
		fresh(&there[i]);
	theres = 0;
}

static void
begin(void)
{
	mays = 3;	/* of an earlier intercept */
	base = event_base_new();
	cr_assert_eq(pipe(pipes), 0);
	cr_assert_eq(dup2(pipes[0], FD_INTERCEPT_BELOW), FD_INTERCEPT_BELOW);
	below_open(true);
	below_start(base);
	cr_assert_eq(mays, 0);
}

TestSuite(below, .init = begin, .timeout = 20);

/* The kernel says so. */
static void
say(uint32_t way, uint32_t pid, uint64_t inode)
{
	struct kernel_below	*k = &record[records++];

	*k = (struct kernel_below){ .way = way, .inode = inode, .uid = 3, .ethertype = way == BELOW_SENT ? 0x800 : 0 };
	if (way == BELOW_SENT)
		memcpy(k->device, "v0", 3);
	k->sender.process.tgid = pid;
	k->sender.program.ino = pid == 0 ? 0 : 11;
	cr_assert_eq(write(pipes[1], "x", 1), 1);
	event_base_loop(base, EVLOOP_ONCE);
}

static void
answer(uint8_t status, uint8_t count, uint64_t first)
{
	struct who_answer	a = { .ask = question[questions - 1].ask, .status = status, .count = count };

	for (unsigned i = 0; i < count; i++)
		a.holder[i] = first + i;
	below_answer(&a);
}

Test(below, who_sent_by_the_kernels_word)
{
	say(BELOW_SENT, 20, 5);
	cr_assert_eq(questions, 1);
	cr_expect_eq(question[0].kind, WHO_SENDER);
	cr_expect_eq(question[0].ask & FLOW_ASK_BELOW, FLOW_ASK_BELOW);
	cr_expect_eq(question[0].ask & FLOW_ASK_LISTENER, 0);
	cr_expect_eq(question[0].sender.pid, 20);
	answer(WHO_FOUND, 1, 100);
	cr_assert_eq(tells, 1);
	cr_expect_eq(told[0].process, 100);
	cr_expect_eq(told[0].way, BELOW_WAY_SENT);
	cr_expect_eq(told[0].ethertype, 0x800);
	cr_expect_str_eq(told[0].device, "v0");
	answer(WHO_FOUND, 1, 100);
	cr_expect_eq(tells, 1, "each is answered once");
}

Test(below, who_sent_is_not_known_so_who_has_it)
{
	say(BELOW_SENT, 20, 5);
	answer(WHO_NOBODY, 0, 0);
	cr_assert_eq(questions, 2);
	cr_expect_eq(question[1].kind, WHO_HELD);
	cr_expect_eq(question[1].inode, 5);
	answer(WHO_NOT_SEEN, 0, 0);
	cr_assert_eq(questions, 3);
	cr_expect(question[2].thorough);
	answer(WHO_NOT_SEEN, 0, 0);
	cr_expect_eq(questions, 3);
	cr_assert_eq(tells, 1);
	cr_expect_eq(told[0].process, 0, "told without a name");
	cr_expect_eq(told[0].uid, 3);
}

Test(below, nobody_can_be_asked_for)
{
	say(BELOW_SENT, 0, 0);
	cr_expect_eq(questions, 0);
	cr_expect_eq(tells, 1);
	say(BELOW_SENT, 0, 6);
	cr_assert_eq(questions, 1);
	cr_expect_eq(question[0].kind, WHO_HELD);
}

Test(below, records_that_are_none)
{
	say(BELOW_SENT - 1, 20, 5);
	say(BELOW_FRAMES + 1, 20, 5);
	cr_expect_eq(questions + tells, 0);
}

Test(below, each_way_once_a_process)
{
	say(BELOW_PAST_QUEUES, 20, 5);
	answer(WHO_FOUND, 1, 100);
	say(BELOW_PAST_QUEUES, 20, 6);
	answer(WHO_FOUND, 1, 100);
	cr_expect_eq(tells, 1);
	say(BELOW_SENT, 20, 5);
	answer(WHO_FOUND, 1, 100);
	cr_expect_eq(tells, 2, "another way");
	say(BELOW_PAST_QUEUES, 21, 7);
	answer(WHO_FOUND, 1, 101);
	cr_expect_eq(tells, 3, "another process");
}

Test(below, sockets_that_are_there)
{
	there[0] = (struct below_socket){ .cookie = 1, .inode = 9, .uid = UINT32_MAX, .way = BELOW_WAY_OPEN };
	theres = 1;
	below_tick();
	cr_assert_eq(questions, 1);
	cr_expect_eq(question[0].kind, WHO_HELD);
	cr_expect_eq(question[0].inode, 9);
	answer(WHO_FOUND, 2, 100);
	cr_assert_eq(tells, 2, "all who have it");
	cr_expect_eq(told[1].process, 101);
	say(BELOW_SENT, 20, 9);
	answer(WHO_FOUND, 1, 100);
	cr_expect_eq(tells, 3, "it sends, too");
	there[0].inode = 10;
	theres = 1;
	below_tick();
	below_tick();
	answer(WHO_FOUND, 1, 100);
	cr_expect_eq(tells, 3, "that it could is known");
}

Test(below, a_fresh_whod_is_asked_again)
{
	say(BELOW_SENT, 20, 5);
	answer(WHO_FOUND, 1, 100);
	say(BELOW_SENT, 21, 6);
	below_fresh();
	cr_assert_eq(questions, 3);
	cr_expect_eq(question[2].ask, question[1].ask);
	answer(WHO_FOUND, 1, 100);
	cr_expect_eq(tells, 2, "its ids are others");
}

Test(below, as_many_as_are_told_and_no_more)
{
	for (unsigned i = 0; i < 40; i++) {
		say(BELOW_SENT, 20 + i, 5);
		answer(WHO_FOUND, 1, 100 + i);
	}
	cr_expect_eq(tells, 32);
	cr_expect_eq(sheds, 8);
	below_tick();
	slow = -1;
	say(BELOW_SENT, 90, 5);
	answer(WHO_FOUND, 1, 200);
	cr_expect_eq(sheds, 9, "policyd is slow");
}

/* Whod does not answer: what comes then goes without a name, none is lost; and whod has to do with no more. */
Test(below, more_than_are_asked_for)
{
	for (unsigned i = 0; i < 66; i++)
		say(BELOW_SENT, 20 + i, 5);
	cr_expect_eq(tells, 2);
	cr_expect_eq(told[0].process, 0);
	cr_expect_eq(questions, 64);
	for (unsigned i = 0; i < 6; i++)
		below_tick();
	say(BELOW_SENT, 90, 5);
	cr_expect_eq(questions, 65, "an answer that was lost keeps nobody");
	cr_expect_eq(tells, 3, "and the one it was due to goes without a name");
}

static void
say_refused(uint32_t pid)
{
	records++;
	record[records - 1] = (struct kernel_below){ .way = BELOW_SENT, .inode = 5, .refused = 1 };
	record[records - 1].sender.process.tgid = pid;
	record[records - 1].sender.program.ino = 11;
	cr_assert_eq(write(pipes[1], "x", 1), 1);
	event_base_loop(base, EVLOOP_ONCE);
}

static void
close_ways(bool yes)
{
	below_close(&(struct decide_below_close){ .closed = yes });
}

Test(below, closed_and_open)
{
	close_ways(false);
	cr_expect_eq(gates, 1, "what an earlier suite left goes");
	close_ways(true);
	cr_expect(closed && gate);
	cr_expect_eq(gates, 2);
	close_ways(true);
	cr_expect_eq(gates, 2);
	close_ways(false);
	cr_expect(!closed && !gate);
}

Test(below, policyd_says_who_may)
{
	close_ways(true);
	say_refused(20);
	answer(WHO_FOUND, 1, 100);
	cr_assert_eq(tells, 1);
	cr_expect(told[0].refused && !told[0].told);
	cr_assert_neq(told[0].number, 0);
	below_may(&(struct decide_below_may){ .number = told[0].number + 1 });
	cr_expect_eq(mays, 0, "nobody asked that");
	below_may(&(struct decide_below_may){ .number = told[0].number });
	cr_assert_eq(mays, 1);
	cr_expect_eq(may[0].ino, 11);
	close_ways(true);
	cr_expect_eq(mays, 0, "another policy");
	below_may(&(struct decide_below_may){ .number = told[0].number });
	cr_expect_eq(mays, 0, "and an answer by the one before");
}

/* The kernel's map has so many places; who asks often keeps nobody out. */
Test(below, the_oldest_makes_room)
{
	close_ways(true);
	say_refused(20);
	answer(WHO_FOUND, 1, 100);
	for (unsigned i = 0; i < KERNEL_BELOW_MAY + 3; i++)
		below_may(&(struct decide_below_may){ .number = told[0].number });
	cr_expect_eq(set, KERNEL_BELOW_MAY + 3);
	cr_expect_eq(mays, KERNEL_BELOW_MAY);
	close_ways(true);
	cr_expect_eq(mays, 0, "none stays");
}

Test(below, refused_again_is_asked_again)
{
	close_ways(true);
	say_refused(20);
	answer(WHO_FOUND, 1, 100);
	say_refused(20);
	answer(WHO_FOUND, 1, 100);
	cr_assert_eq(tells, 2);
	cr_expect(told[1].told && told[1].refused);
}

/* Whoever has the socket need not be who sent. */
Test(below, who_is_found_by_the_socket_may_not)
{
	close_ways(true);
	say_refused(20);
	answer(WHO_NOBODY, 0, 0);
	answer(WHO_FOUND, 1, 100);
	cr_assert_eq(tells, 1);
	cr_expect(told[0].refused);
	cr_expect_eq(told[0].number, 0);
	say(BELOW_SENT, 21, 5);
	answer(WHO_FOUND, 1, 101);
	below_may(&(struct decide_below_may){ .number = told[1].number });
	cr_expect_eq(mays, 0, "it was not refused");
}

/* What an earlier load left at devices would let nobody pass. */
Test(below_alone, without_the_kernels_part_no_gate_stays, .timeout = 20)
{
	base = event_base_new();
	gate = true;
	below_open(false);
	cr_expect_eq(gates, 0, "not before it serves");
	below_start(base);
	cr_expect(!gate);
	cr_expect_eq(gates, 1);
	close_ways(true);
	cr_expect(!gate && !closed);
}

Test(below, the_gate_is_looked_after_however_slow_whod_is)
{
	full = true;
	below_tick();
	cr_expect_eq(looks, 1);
	below_tick();
	cr_expect_eq(looks, 1);
	below_tick();
	cr_expect_eq(looks, 2);
}
