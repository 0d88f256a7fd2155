/*
 * What waits for whose verdict, and who is asked about. Packets, the kernel's notes and whod's answers are ours;
 * the whole way is seen in tests/system.
 */
/* links: intercept/judge.c intercept/lend.c intercept/whose.c intercept/owner.c intercept/known.c intercept/packet.c intercept/flow.c intercept/once.c intercept/denied.c */
#include <criterion/criterion.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "../../intercept/anew.h"
#include "../../intercept/before.h"
#include "../../intercept/below.h"
#include "../../intercept/callers.h"
#include "../../intercept/clock.h"
#include "../../intercept/conntrack.h"
#include "../../intercept/ends.h"
#include "../../intercept/flow.h"
#include "../../intercept/grant.h"
#include "../../intercept/judge.h"
#include "../../intercept/known.h"
#include "../../intercept/late.h"
#include "../../intercept/lent.h"
#include "../../intercept/links.h"
#include "../../intercept/live.h"
#include "../../intercept/namespaces.h"
#include "../../intercept/refusals.h"
#include "../../intercept/report.h"
#include "../../sandbox/sandbox.h"
#include "../../intercept/settle.h"
#include "../../intercept/shared.h"
#include "../../intercept/sockdiag.h"
#include "../../intercept/subject.h"
#include "../../intercept/uses.h"
#include "../../intercept/whose.h"

#define MOST	32

static struct kernel_note	note;		/* of the next packet */
static bool			has_note;
static bool			to_us;		/* a listener here gets it */
static bool			away;		/* whod is */
static bool			closed;		/* the socket of what lives was, meanwhile */
static unsigned			put_off, ended;
static struct who_question	question[MOST];
static struct decide_request	request[MOST];
static unsigned			questions, requests, answered, dropped, awaits;

struct judge_counters judge_counters;

bool
kernel_note_take(const struct tuple *t, const uint32_t *uid, struct kernel_note *n)
{
	(void)t;
	(void)uid;
	if (!has_note && note.flags == 0)
		return false;
	*n = note;
	return has_note;
}

void
kernel_sender_told(const struct kernel_sender *s, struct who_sender *w)
{
	*w = (struct who_sender){ .pid = s->process.tgid, .ino = s->program.ino };
}

bool
sockdiag_find(const struct ends *e, struct sock *s)
{
	*s = (struct sock){ .inode = 600, .cookie = 6, .uid = 1000, .state = SOCK_LISTEN };
	if (e->local_port > 1000 && e->local_port < 1100)	/* of begin(), below */
		s->cookie = e->local_port - 1000u;
	return (e->local_port == 80 && to_us) || s->cookie != 6;
}

void
ends_of(const struct tuple *t, bool at_source, uint32_t device, struct ends *e)
{
	*e = (struct ends){ .family = t->family, .proto = t->proto, .device = device,
			    .local_port = at_source ? t->sport : t->dport };
}

bool
address_is_own(uint8_t family, const uint8_t address[16])
{
	(void)family;
	return address[0] == 10 && to_us;
}

void
who_client_ask(const struct who_question *q)
{
	cr_assert_lt(questions, MOST);
	question[questions++] = *q;
}

int
decide_client_request(const struct decide_request *r)
{
	cr_assert_lt(requests, MOST);
	request[requests++] = *r;
	return 0;
}

void
queue_answer(const struct held *h, enum nibble n)
{
	(void)h;
	answered++;
	dropped += n == NIBBLE_DROP_NOW;
}

/* What has no part in it. */
void
anew_all(void)
{
}

bool
anew_busy(void)
{
	return false;
}

void
anew_end(struct flow *f, uint8_t action, uint32_t reason)
{
	(void)f;
	(void)action;
	(void)reason;
	ended++;
}

bool
anew_gone(const struct flow *f)
{
	cr_assert(f->again);
	return closed;
}

void
anew_go_on(void)
{
}

void
anew_put_off(const struct flow *f)
{
	cr_assert(f->again);
	put_off++;
}

void
anew_resume(void)
{
}

void
anew_socket(uint32_t inode)
{
	(void)inode;
}

void
anew_verdict(struct flow *f, const struct decide_verdict *v)
{
	(void)f;
	(void)v;
}

bool
before_has(const struct tuple *t, uint64_t cookie)
{
	(void)t;
	(void)cookie;
	return false;
}

void
below_answer(const struct who_answer *a)
{
	(void)a;
}

void
below_close(const struct decide_below_close *c)
{
	(void)c;
}

void
below_fresh(void)
{
}

void
below_may(const struct decide_below_may *m)
{
	(void)m;
}

void
callers_answer(const struct who_answer *a)
{
	(void)a;
}

void
callers_forget(void)
{
}

void
callers_whose(const struct decide_whose *w)
{
	(void)w;
}

void
conntrack_delete(const struct tuple *t)
{
	(void)t;
}

void
conntrack_drain(void)
{
}

void
conntrack_flush(void)
{
}

size_t
decide_client_waiting(void)
{
	return 0;
}

void
ends_strangers(void)
{
}

void
grant_add(const struct grant *g)
{
	(void)g;
}

void
grant_end_all(void)
{
}

const struct grant *
grant_find(const struct grant *key)
{
	(void)key;
	return NULL;
}

bool
grant_key(const struct tuple *t, uint8_t direction, struct grant *g)
{
	(void)t;
	(void)direction;
	(void)g;
	return false;
}

bool
kernel_here(void)
{
	return true;
}

void
kernel_owner_set(const struct tuple *t, uint64_t cookie)
{
	(void)t;
	(void)cookie;
}

bool
address_is_shared(uint8_t family, const uint8_t address[16])
{
	(void)family;
	(void)address;
	return false;
}

void
late_tick(void)
{
}

void
lent_add(const struct kernel_grant_key *k, uint64_t process, uint32_t reason)
{
	(void)k;
	(void)process;
	(void)reason;
}

void
lent_tick(void)
{
}

void
link_name(uint32_t device, char name[DEVICE_BYTES])
{
	(void)device;
	name[0] = '\0';
}

static struct live	opened;	/* cookie 0: none lives */

struct live *
live_at(uint32_t i)
{
	(void)i;
	return &opened;
}

uint32_t
live_find(const struct tuple *t)
{
	(void)t;
	return opened.cookie != 0 ? 0 : LIVE_NONE;
}

void
namespaces_see(const struct meeting *m, struct sighting *s)
{
	(void)m;
	(void)s;
}

bool
namespaces_settle(struct sighting *s)
{
	(void)s;
	return true;
}

void
refusals_add(const struct refusal *r)
{
	(void)r;
}

void
refusals_pass(uint8_t family, const uint8_t address[16], uint16_t port)
{
	(void)family;
	(void)address;
	(void)port;
}

void
queue_flush(void)
{
}

void
report_use(const struct decide_use *u)
{
	(void)u;
}

bool
settle_denies(uint8_t action)
{
	(void)action;
	return false;
}

void
settle_flow(struct flow *f, uint8_t action, bool permanent)
{
	(void)action;
	(void)permanent;
	flow_answer(f, NIBBLE_ACCEPT);
}

bool
settle_is_stranger(const struct tuple *t, uint8_t hook)
{
	(void)t;
	(void)hook;
	return false;
}

enum nibble
settle_nibble(uint8_t action, uint8_t hook, bool stays)
{
	(void)action;
	(void)hook;
	(void)stays;
	return NIBBLE_ACCEPT;
}

bool
settle_valid(const struct flow *f, uint8_t action, bool permanent)
{
	(void)f;
	(void)action;
	(void)permanent;
	return true;
}

bool
shared_dear(void)
{
	return false;
}

bool
shared_port(uint8_t proto, uint16_t port)
{
	(void)proto;
	(void)port;
	return false;
}

bool
sockdiag_listener(const struct ends *e, struct sock *s)
{
	(void)e;
	(void)s;
	return false;
}

bool
sockdiag_multipath(const struct ends *e)
{
	(void)e;
	return false;
}

int
sockdiag_sharers(const struct ends *e, struct sharing *how, struct sock *s, int most)
{
	(void)e;
	(void)how;
	(void)s;
	(void)most;
	return 0;
}

void
subject_give(uint32_t s, unsigned n)
{
	(void)s;
	(void)n;
}

uint32_t
subject_of(const struct queued *q, const struct tuple *t)
{
	(void)q;
	(void)t;
	return 0;
}

bool
subject_take(uint32_t s, unsigned most)
{
	(void)s;
	(void)most;
	return true;
}

void
uses_answer(const struct who_answer *a, int64_t now_ns)
{
	(void)a;
	(void)now_ns;
}

void
uses_read(void)
{
}

void
uses_tick(int64_t now_ns)
{
	(void)now_ns;
}

void
uses_void(void)
{
}

void
who_client_await(void)
{
	awaits++;
}

void
who_client_flush(void)
{
}

bool
who_client_there(void)
{
	return !away;
}

bool
who_client_full(void)
{
	return false;
}

void
who_client_hinted(const uint8_t *body, size_t len)
{
	(void)body;
	(void)len;
}

void
who_client_pause(bool pause)
{
	(void)pause;
}

/* From one port to another host's, or to a listener here; by a raw socket or by the port's own. */
static void
packet(uint8_t last, uint16_t dport)
{
	uint8_t		b[28] = { 0x45, 0, 0, 28, [8] = 64, 17, [12] = 10, 0, 0, 1, 10, 0, 0, last, 0x10, 0, (uint8_t)(dport >> 8),
			    (uint8_t)dport, 0, 8 };
	struct queued	q = { .direction = DIRECTION_OUT, .family = 4, .has_uid = true, .uid = 1000, .device_out = 2,
			      .bytes = b, .len = sizeof(b), .whole = sizeof(b) };

	judge_packet(&q);
}

/* TCP, from port 4096. */
static void
syn(uint16_t dport)
{
	uint8_t		b[40] = { 0x45, 0, 0, 40, [8] = 64, 6, [12] = 10, 0, 0, 1, 10, 0, 0, 9, 0x10, 0, (uint8_t)(dport >> 8),
			    (uint8_t)dport, [32] = 0x50, TH_SYN };
	struct queued	q = { .direction = DIRECTION_OUT, .family = 4, .has_uid = true, .uid = 1000, .device_out = 2,
			      .bytes = b, .len = sizeof(b), .whole = sizeof(b) };

	judge_packet(&q);
}

static void
noted(uint32_t tgid, uint64_t cookie, uint32_t flags)
{
	has_note = (flags & (NOTE_MIXED | NOTE_KERNEL)) == 0;
	note = (struct kernel_note){ .cookie = cookie, .inode = 500, .uid = 1000, .flags = flags,
		.sender = { .process = { .tgid = tgid, .start_ns = 1, .exec = 1 }, .program = { .ino = 44, .uid = 1000 } } };
}

static void
nothing_noted(void)
{
	has_note = false;
	note.flags = 0;
}

static void
answer(uint32_t ask, uint64_t id)
{
	struct who_answer	a = { .ask = ask, .status = id != 0 ? WHO_FOUND : WHO_NOBODY, .count = id != 0,
				      .holder = { id } };

	whose_ops.answer(&a);
}

/* Behind a raw socket's packet waits what the same socket sends; not what others write alike. */
Test(judge, who_joins_a_raw_sockets_flow)
{
	noted(12, 70, NOTE_RAW);
	packet(9, 443);
	cr_assert_eq(questions, 1);
	packet(9, 443);
	nothing_noted();	/* the first note was about both */
	packet(9, 443);
	cr_expect_eq(answered, 0);
	noted(13, 71, NOTE_RAW);
	packet(9, 443);
	cr_expect_eq(dropped, 1, "another's");
	noted(13, 71, NOTE_MIXED);
	packet(9, 443);
	cr_expect(dropped == 2 && answered == 2, "perhaps another's");
	cr_expect_eq(questions, 1);
}

/* A SYN that is sent again has its answer; the same socket's, which another program connects by now, is asked about. */
Test(judge, who_connects_a_socket_again)
{
	opened = (struct live){ .cookie = 70, .hook = DIRECTION_OUT, .action = ACTION_ACCEPT,
				.opener = { .tgid = 12, .start_ns = 1, .exec = 1 } };
	noted(12, 70, 0);
	syn(443);
	cr_expect(answered == 1 && questions == 0);
	noted(13, 70, 0);
	syn(443);
	cr_expect(answered == 1 && questions == 1);
	cr_expect_eq(question[0].sender.pid, 13);
}

/* Where only the listener is asked about, the sender is known for no longer. */
Test(judge, a_known_sender_is_asked_about_again)
{
	struct kernel_sender	sender;
	uint64_t		id;

	to_us = true;
	noted(12, 70, 0);
	sender = note.sender;
	packet(1, 80);
	cr_assert_eq(questions, 2);
	answer(question[0].ask, 88);
	answer(question[1].ask, 99);
	cr_assert(requests == 1 && request[0].holder[0] == 88 && request[0].listener[0] == 99);
	cr_assert(known_find(&sender, clock_ns(), &id) && id == 88);
	known_put(&sender, 88, clock_ns() - KNOWN_NS / 2);
	packet(2, 80);
	cr_assert_eq(questions, 3, "it is known");
	cr_expect((question[2].ask & FLOW_ASK_LISTENER) != 0);
	answer(question[2].ask, 99);
	cr_assert(requests == 2 && request[1].holder[0] == 88);
	cr_expect(!known_find(&sender, clock_ns() + KNOWN_NS / 2, &id));
}

/* While policyd decides about a sender who is known, nobody waits for whod. */
Test(judge, whod_is_waited_for_if_it_was_asked)
{
	noted(12, 70, 0);
	packet(9, 443);
	judge_queue_end();
	cr_assert(questions == 1 && awaits == 1);
	answer(question[0].ask, 88);
	packet(10, 443);
	judge_queue_end();
	cr_expect(questions == 1 && requests == 2 && awaits == 1);
}

/* It ends while the listener is asked about. */
Test(judge, an_id_that_ended_is_not_known)
{
	struct kernel_sender	sender;
	uint64_t		id;

	to_us = true;
	noted(12, 70, 0);
	sender = note.sender;
	packet(1, 80);
	cr_assert_eq(questions, 2);
	answer(question[0].ask, 88);
	known_gone(88);
	answer(question[1].ask, 99);
	cr_expect_eq(requests, 1);
	cr_expect(!known_find(&sender, clock_ns(), &id));
}

/* Others may have its socket: whod has to find it among them. */
Test(judge, a_sender_that_whod_cannot_name)
{
	noted(12, 70, 0);
	to_us = true;
	packet(9, 81);
	cr_assert_eq(questions, 1);
	cr_expect(question[0].kind == WHO_SENDER && question[0].sender.pid == 12);
	answer(question[0].ask, 0);
	cr_assert_eq(questions, 2);
	cr_expect(question[1].kind != WHO_SENDER && question[1].sender.pid == 12);
}

/* A program sent it, and hid from the kernel who: whoever has the socket by now is not asked for. */
Test(judge, a_sender_that_the_kernel_lost)
{
	nothing_noted();
	to_us = true;
	packet(8, 81);
	cr_expect_eq(questions, 0);
	cr_assert_eq(requests, 1);
	cr_expect_eq(request[0].owner, OWNER_UNKNOWN);
	noted(12, 70, NOTE_MIXED | NOTE_LOST);
	packet(9, 82);
	cr_expect_eq(questions, 0, "of one of several");
	cr_assert_eq(requests, 2);
	cr_expect_eq(request[1].owner, OWNER_UNKNOWN);
}

/* A tunnel's packets carry the user of what is in them. */
Test(judge, made_by_the_kernel)
{
	noted(0, 70, NOTE_KERNEL);
	to_us = true;
	packet(9, 4500);
	cr_expect_eq(questions, 0);
	cr_assert_eq(requests, 1);
	cr_expect_eq(request[0].owner, OWNER_KERNEL);
}

/* Several sent the same: one is known, and has to be among those who have the socket. */
Test(judge, one_of_several_senders)
{
	noted(12, 70, NOTE_MIXED);
	to_us = true;
	packet(9, 81);
	cr_assert_eq(questions, 1);
	cr_expect(question[0].kind != WHO_SENDER && question[0].sender.pid == 12);
	note.uid = 1001;
	packet(9, 82);
	cr_expect_eq(question[1].sender.pid, 0, "another user's");
}

static struct flow *
begin(uint64_t id, uint16_t port, bool lives)
{
	struct tuple	 t = { .family = 4, .proto = IPPROTO_TCP, .sport = port, .dport = 7 };
	struct sighting	 s = { .direction = DIRECTION_OUT, .has_socket = true, .cookie = id, .inodes = 1, .inode = { port } };
	struct flow	*f = flow_new(id, &t, DIRECTION_OUT, 0, clock_ns(), NULL);

	cr_assert_not_null(f);
	flow_seen(f, &s);
	f->again = lives;
	whose_begin(f);
	return flow_by_id(id);
}

Test(judge, what_lives_does_not_wait_for_a_whod_that_is_away)
{
	cr_expect_not_null(begin(1, 1001, true));
	cr_expect_not_null(begin(2, 1002, false));
	away = true;
	whose_ops.lost();
	cr_expect_null(flow_by_id(1));
	cr_expect_not_null(flow_by_id(2), "what is new waits");
	cr_expect_eq(put_off, 1);
	cr_expect_null(begin(3, 1003, true));
	cr_expect_eq(put_off, 2);
	cr_expect_not_null(begin(4, 1004, false));
}

/* Each revocation asks for it again; what is new is dropped, for its sender tries again. */
Test(judge, what_lives_waits_for_the_newest_policy)
{
	struct decide_verdict	v = { .action = ACTION_ACCEPT, .permanent = true };

	(void)begin(1, 1001, true);
	(void)begin(2, 1002, false);
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned n = questions; n > 0 && n > questions - (i < 3 ? 2 : 1); n--)
			answer(question[n - 1].ask, 50);
		decide_judge.revoke(i + 1);
		v.generation = i;
		for (v.flow = 1; v.flow <= 2; v.flow++)
			decide_judge.verdict(&v);
	}
	cr_expect_not_null(flow_by_id(1));
	cr_expect_null(flow_by_id(2));
	cr_expect_eq(ended, 0);
	for (unsigned i = 5; i < 16; i++) {
		answer(question[questions - 1].ask, 50);
		decide_judge.revoke(i + 1);
		v.generation = i;
		v.flow = 1;
		decide_judge.verdict(&v);
	}
	cr_expect_eq(ended, 1, "but not for ever");
}

/* What lives was closed while whod looked: nobody is refused. Who waits behind it is, and what has its socket. */
Test(judge, what_was_closed_while_whod_looked)
{
	struct flow *f;

	(void)begin(1, 1001, true);
	closed = true;
	answer(question[0].ask, 0);
	cr_expect_null(flow_by_id(1));
	cr_expect_eq(requests, 0);
	f = begin(2, 1002, true);
	cr_assert(flow_hold(f, &(struct held){ .id = 1 }));
	answer(question[1].ask, 0);
	cr_assert_eq(requests, 1, "a packet waits behind it");
	cr_expect_eq(request[0].owner, OWNER_UNKNOWN);
	(void)begin(3, 1003, true);
	answer(question[2].ask, 50);
	cr_assert_eq(requests, 2, "somebody has it");
	closed = false;
	(void)begin(4, 1004, true);
	answer(question[3].ask, 0);
	cr_assert_eq(requests, 3, "it is still there");
	/* A fresh whod is not asked about it. */
	(void)begin(5, 1105, true);
	closed = true;
	whose_ops.fresh();
	cr_expect_null(flow_by_id(5));
	cr_expect_eq(ended, 0);
	closed = false;
	(void)begin(6, 1106, true);
	whose_ops.fresh();
	cr_expect_null(flow_by_id(6));
	cr_expect_eq(ended, 1, "another has its place");
}
