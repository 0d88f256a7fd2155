/* Uses of the kernel's grants: what intercept makes of the ring's records, which are written here. */
/* links: intercept/uses.c intercept/known.c intercept/lent.c intercept/refusals.c intercept/live.c intercept/packet.c */
#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>

#include "../../intercept/anew.h"
#include "../../intercept/bpf/ring.h"
#include "../../intercept/clock.h"
#include "../../intercept/conntrack.h"
#include "../../intercept/ends.h"
#include "../../intercept/flow.h"
#include "../../intercept/judge.h"
#include "../../intercept/known.h"
#include "../../intercept/later.h"
#include "../../intercept/lent.h"
#include "../../intercept/live.h"
#include "../../intercept/refusals.h"
#include "../../intercept/report.h"
#include "../../intercept/shared.h"
#include "../../intercept/uses.h"
#include "sandbox.h"

#define RECORDS	8192

static struct kernel_use	record[RECORDS];
static unsigned	records, taken;

static struct decide_use	used[RECORDS];
static struct decide_end	ended[RECORDS];
static struct who_question	question[RECORDS];
static unsigned			uses, ends, sheds, questions, anews, deletes, drains, forgets, unfolloweds;
static uint32_t			generation = 1;
static struct kernel_grant	granted;
static struct kernel_refusal	refused;
static uint32_t			refusals;
static bool			drain_ends;	/* conntrack tells, once, of the end of what is followed */
static bool			endless;	/* programs go on while the ring is read */
static char			order[RECORDS * 2];

struct ring *
ring_open(int map, size_t bytes)
{
	(void)map;
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
	if (!endless)
		return true;
	cr_assert_lt(records, RECORDS, "it never ends");
	record[records] = record[records - 1];
	record[records].tuple.sport++;
	records++;
	return true;
}

void
later_start(struct later *l, struct event_base *base, int fd)
{
	(void)base;
	cr_assert_eq(fd, FD_INTERCEPT_USES);
	cr_assert(l->first_ms > 0 && l->again_ms > 0);
}

int
kernel_map_set(int map, const void *key, const void *value)
{
	(void)key;
	if (map == FD_INTERCEPT_REFUSALS)
		memcpy(&refused, value, sizeof(refused));
	else
		memcpy(&granted, value, sizeof(granted));
	return 0;
}

int
kernel_map_delete(int map, const void *key)
{
	(void)map;
	(void)key;
	return 0;
}

void
kernel_map_clear(int map, void *key, unsigned most)
{
	(void)map;
	(void)key;
	(void)most;
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

void
kernel_await_use(void)
{
}

void
kernel_refusals(uint32_t count)
{
	refusals = count;
}

void
kernel_sender_told(const struct kernel_sender *s, struct who_sender *w)
{
	*w = (struct who_sender){ .pid = s->process.tgid, .ino = s->program.ino };
}

void
report_use(const struct decide_use *u)
{
	strcat(order, "u");
	used[uses++] = *u;
}

void
report_end(const struct decide_end *e)
{
	strcat(order, "e");
	ended[ends++] = *e;
}

void
report_shed(uint32_t n)
{
	sheds += n;
}

void
who_client_ask(const struct who_question *q)
{
	question[questions++] = *q;
}

void
conntrack_delete(const struct tuple *t)
{
	(void)t;
	deletes++;
}

void
ends_forget(uint32_t i)
{
	forgets++;
	live_remove(i);
}

void
conntrack_drain(void)
{
	uint32_t i;

	drains++;
	uses_read();	/* as ends.c does */
	for (i = 0; drain_ends && i < live_end(); i++)
		if (live_at(i)->id != 0)
			live_remove(i);
	drain_ends = false;
}

void
anew_one(uint32_t i)
{
	cr_assert_neq(live_at(i)->id, 0);
	anews++;
}

void
judge_unfollowed(void)
{
	unfolloweds++;
}

void
judge_burst_end(void)
{
}

uint64_t
flow_next_id(void)
{
	static uint64_t id = 1000;

	return ++id;
}

void
shared_watch(void)
{
}

void
ports_watch(uint16_t port)
{
	(void)port;
}

void
ports_forget(uint16_t port)
{
	(void)port;
}

void
ports_watch_socket(uint64_t cookie)
{
	(void)cookie;
}

void
ports_forget_socket(uint64_t cookie)
{
	(void)cookie;
}

static struct kernel_use *
put(uint64_t grant, uint32_t tgid, uint16_t sport, uint8_t proto)
{
	struct kernel_use *u = &record[records++];

	memset(u, 0, sizeof(*u));
	u->tuple = (struct kernel_tuple){ .family = 4, .proto = proto, .sport = sport, .dport = 443,
		.src = { 10, 0, 0, 1 }, .dst = { 9, 9, 9, 9 } };
	u->process = (struct kernel_process){ .tgid = tgid, .start_ns = 1, .exec = 2 };
	u->grant = grant;
	u->cookie = 5000u + sport;
	u->inode = 70;
	u->uid = 1000;
	u->device = 3;
	return u;
}

/* Returns its number. */
static uint64_t
lend(uint32_t tgid, uint64_t process)
{
	struct kernel_grant_key	k;

	memset(&k, 0, sizeof(k));
	k.program.ino = 44;
	k.process.tgid = tgid;
	k.family = 4;
	k.proto = 6;
	k.port = 443;
	lent_add(&k, process, 9);
	return granted.id;
}

static void
begin(void)
{
	uses_open();
}

TestSuite(uses, .init = begin, .timeout = 20);

Test(uses, become_live_flows)
{
	uint64_t	 id = lend(7, 77);
	const struct live *l;
	struct tuple	 t;

	(void)put(id, 7, 4000, 6);
	uses_read();
	cr_assert_eq(uses, 1);
	cr_expect(used[0].process == 77 && used[0].reason == 9 && used[0].action == ACTION_ACCEPT &&
	    used[0].direction == DIRECTION_OUT && used[0].tuple.sport == 4000);
	t = used[0].tuple;
	cr_assert_neq(live_find(&t), LIVE_NONE);
	l = live_at(live_find(&t));
	cr_expect(l->id == used[0].flow && l->cookie == 9000 && l->inode == 70 && l->uid == 1000 && l->has_uid &&
	    l->device == 3 && l->hook == DIRECTION_OUT && l->action == ACTION_ACCEPT);
	cr_expect_eq(questions + anews + sheds, 0);
}

Test(uses, a_syn_sent_again_is_no_other_flow)
{
	uint64_t id = lend(7, 77);

	(void)put(id, 7, 4000, 6);
	(void)put(id, 7, 4000, 6);
	uses_read();
	cr_expect_eq(uses, 1);
	cr_expect_eq(live_count(), 1);
}

/* The port is used again before its last flow's end was read. */
Test(uses, a_tuple_used_again)
{
	uint64_t id = lend(7, 77);

	(void)put(id, 7, 4000, 6);
	put(id, 7, 4000, 6)->cookie = 1;
	drain_ends = true;
	uses_read();
	cr_expect_eq(drains, 1);
	cr_expect_eq(uses, 2);
	cr_expect_eq(forgets, 0, "with its bytes");
	put(id, 7, 4000, 6)->cookie = 2;
	uses_read();
	cr_expect_eq(uses, 3);
	cr_expect_eq(forgets, 1);
	cr_expect_eq(live_count(), 1);
}

/* Of each the end is told and not read yet: none is taken for the one before it, which that end is of. */
Test(uses, many_tuples_used_again)
{
	uint64_t	id = lend(7, 77);
	unsigned	i, n;

	for (n = 0; n < 2; n++) {
		for (i = 0; i < 300; i++)
			(void)put(id, 7, (uint16_t)(4000 + i), 17);
		drain_ends = n == 1;
		uses_read();
	}
	cr_expect_eq(uses, 600);
	cr_expect_eq(forgets, 0);
	cr_expect_eq(live_count(), 300, "each is followed");
}

Test(uses, records_that_say_nothing)
{
	uint64_t id = lend(7, 77);

	put(id, 7, 4000, 6)->tuple.family = 5;
	put(id, 7, 4001, 6)->tuple.pad[0] = 1;
	put(id, 7, 4002, 6)->tuple.src[10] = 1;		/* beyond IPv4 */
	put(id, 7, 4003, 6)->cookie = 0;
	(void)put(id, 7, 4004, 1);
	uses_read();
	cr_expect_eq(taken, records);
	cr_expect_eq(uses + sheds, 0);
	cr_expect_eq(live_count(), 0);
}

Test(uses, of_a_grant_that_ended_meanwhile)
{
	uint64_t id = lend(7, 77);

	(void)put(id, 7, 4000, 6);
	uses_void();
	cr_expect_eq(uses, 1, "it is told");
	cr_expect_eq(anews, 1, "and judged anew");
	id = lend(7, 77);
	lent_end_process(77);
	(void)put(id, 7, 4001, 6);
	uses_read();
	cr_expect_eq(uses, 2);
	cr_expect_eq(anews, 1, "that its process ended changes nothing");
	(void)put(id + (UINT64_C(1) << 50), 7, 4002, 6);
	uses_read();
	cr_expect_eq(sheds, 1);
	cr_expect_eq(anews, 2);
	cr_expect_eq(live_count(), 3);
}

Test(uses, of_a_program_wait_for_whod)
{
	uint64_t		id = lend(0, 77);
	struct who_answer	a = { .status = WHO_FOUND, .count = 1, .holder = { 88 } };
	struct decide_end	e = { .bytes_out = 5 };
	uint32_t		number;
	struct tuple		t;

	(void)put(id, 12, 4000, 6);
	(void)put(id, 12, 4001, 6);
	uses_read();
	cr_expect_eq(uses, 0);
	cr_assert_eq(questions, 1, "once");
	cr_expect(question[0].kind == WHO_SENDER && question[0].sender.pid == 12 && question[0].sender.ino == 44 &&
	    question[0].inode == 70);
	cr_expect((question[0].ask & FLOW_ASK_USE) != 0);
	memcpy(&t, &record[0].tuple, sizeof(t));
	number = live_at(live_find(&t))->use;
	e.flow = live_at(live_find(&t))->id;
	cr_expect(uses_keep_end(number, &e));
	e.flow++;
	cr_expect(!uses_keep_end(number, &e), "another flow's");
	a.ask = question[0].ask;
	uses_answer(&a, clock_ns());
	cr_expect_eq(uses, 2);
	cr_expect_str_eq(order, "ueu");
	cr_expect(used[0].process == 88 && used[1].process == 88);
	e.flow--;
	cr_expect(!uses_keep_end(number, &e), "it is told");
	/* It is known now. */
	(void)put(id, 12, 4002, 6);
	uses_read();
	cr_expect(uses == 3 && used[2].process == 88 && questions == 1);
	/* Another exec. */
	put(id, 12, 4003, 6)->process.exec = 3;
	uses_read();
	cr_expect_eq(questions, 2);
	known_gone(88);
	(void)put(id, 12, 4004, 6);
	uses_read();
	cr_expect_eq(questions, 3);
}

/* It is that program in any case. */
Test(uses, whod_does_not_know)
{
	uint64_t		id = lend(0, 77);
	struct who_answer	a = { .status = WHO_NOBODY };
	int64_t			before, after;

	(void)put(id, 12, 4000, 6);
	uses_read();
	a.ask = question[0].ask;
	uses_answer(&a, clock_ns());
	cr_expect(uses == 1 && used[0].process == 77);
	(void)put(id, 12, 4001, 6);
	(void)put(id, 13, 4002, 6);
	before = clock_ns();
	uses_read();
	after = clock_ns();
	cr_expect_eq(questions, 3);
	uses_tick(before + 4999999999);
	cr_expect_eq(uses, 1);
	uses_tick(after + 5000000000);
	cr_expect_eq(uses, 3, "nobody waits for ever");
	(void)put(id, 14, 4003, 6);
	uses_read();
	uses_forget();
	cr_expect_eq(uses, 4, "whod is gone");
	a.ask = question[3].ask;
	uses_answer(&a, clock_ns());
	cr_expect_eq(uses, 4);
}

/* Returns its number. */
static uint64_t
refuse(uint32_t tgid, uint64_t process)
{
	struct refusal	r;

	memset(&r, 0, sizeof(r));
	r.key.program.ino = 44;
	r.key.process.tgid = tgid;
	r.key.family = 4;
	r.key.proto = 6;
	r.key.port = 443;
	r.process = process;
	r.reason = 8;
	memcpy(r.local, (uint8_t[]){ 10, 0, 0, 5 }, 4);
	refusals_add(&r);
	return refused.id;
}

/* There is no packet and no flow. */
Test(uses, of_what_was_refused)
{
	uint64_t		id = refuse(7, 77), all;
	struct who_answer	a = { .status = WHO_FOUND, .count = 1, .holder = { 88 } };
	struct kernel_use	*u = put(id, 7, 0, 6);

	u->refused = 1;
	memset(u->tuple.src, 0, sizeof(u->tuple.src));
	uses_read();
	cr_assert_eq(uses, 1);
	cr_expect(used[0].process == 77 && used[0].reason == 8 && used[0].action == ACTION_BLOCK &&
	    used[0].direction == DIRECTION_OUT && used[0].tuple.src[3] == 5 && used[0].tuple.sport == 0);
	cr_expect_eq(live_count() + anews + sheds + questions, 0);
	all = refuse(0, 77);
	put(all, 12, 0, 6)->refused = 1;
	uses_read();
	cr_assert_eq(questions, 1);
	cr_expect(question[0].sender.pid == 12 && question[0].sender.ino == 44 && uses == 1);
	a.ask = question[0].ask;
	uses_answer(&a, clock_ns());
	cr_expect(uses == 2 && used[1].process == 88 && used[1].action == ACTION_BLOCK);
	/* It ended meanwhile, or is not known at all. */
	put(id, 7, 0, 6)->refused = 1;
	uses_void();
	cr_expect(uses == 3 && anews == 0 && refusals == 0);
	put(id + (UINT64_C(1) << 40), 7, 0, 6)->refused = 1;
	uses_read();
	cr_expect(uses == 3 && sheds == 1 && live_count() == 0);
}

Test(uses, more_than_can_wait)
{
	uint64_t	id = lend(0, 77);
	unsigned	i;

	for (i = 0; i < 5000; i++)
		(void)put(id, 100 + i, (uint16_t)i, 6);
	while (taken < records)
		uses_read();
	cr_expect_eq(uses, 5000 - 4096);
	uses_forget();
	cr_expect_eq(uses, 5000);
	cr_expect_eq(live_count(), 5000);
}

/* By then another process's use waits in its place: that one is not taken for the first one's. */
Test(uses, an_answer_that_comes_late)
{
	uint64_t		id = lend(0, 77);
	struct who_answer	a = { .status = WHO_FOUND, .count = 1, .holder = { 88 } };
	struct kernel_sender	last = { .process = { .tgid = 100 + 4096, .start_ns = 1, .exec = 2 }, .program = { .ino = 44 } };
	uint64_t		known;
	unsigned		i;

	for (i = 0; i <= 4096; i++)
		(void)put(id, 100 + i, (uint16_t)i, 6);
	while (taken < records)
		uses_read();
	cr_assert_eq(questions, 4097);
	a.ask = question[0].ask;
	uses_answer(&a, clock_ns());
	cr_expect(uses == 1 && used[0].process == 77, "it was told already");
	cr_expect(!known_find(&last, clock_ns(), &known) || known == 0);
	a.ask = question[4096].ask;
	a.holder[0] = 89;
	uses_answer(&a, clock_ns());
	cr_expect(uses == 2 && used[1].process == 89);
	cr_expect(known_find(&last, clock_ns(), &known) && known == 89);
}

/* What came until it began, and then others have their turn. */
Test(uses, programs_go_on_meanwhile)
{
	(void)put(lend(7, 77), 7, 1, 6);
	endless = true;
	uses_read();
	cr_expect(uses > 0 && taken < records);
}

Test(uses, no_room_to_follow)
{
	uint64_t	id = lend(7, 77);
	struct tuple	t = { .family = 4, .proto = 6 };
	uint32_t	i;

	for (i = 0; i < LIVE_MAX; i++) {
		memcpy(t.dst, &i, sizeof(i));
		cr_assert_neq(live_add(i + 1, &t, 0, 0), LIVE_NONE);
	}
	(void)put(id, 7, 4000, 6);
	(void)put(id, 7, 4000, 17);
	uses_read();
	cr_expect_eq(uses, 2);
	cr_expect_eq(unfolloweds, 1);
	cr_expect_eq(deletes, 1, "UDP: its next packet is asked for");
	cr_expect(!lent_counts(lent_used(id)), "and not granted");
}
