/* Live flows judged anew: so many at a time, whoever asks for it and how often. */
/* links: intercept/anew.c intercept/live.c intercept/packet.c */
#include <criterion/criterion.h>

#include <string.h>

#include "anew.h"
#include "conntrack.h"
#include "decide_client.h"
#include "ends.h"
#include "links.h"
#include "live.h"
#include "owner.h"
#include "packet.h"
#include "ports.h"
#include "report.h"
#include "sockdiag.h"
#include "who_client.h"
#include "whose.h"

#define MANY	2000	/* flows of one socket */
#define AT_A_TIME 64
#define OF_A_SOCKET 1024

static struct flow	waits[MANY];	/* id 0: free */
static unsigned		waiting, asked[MANY + 1], ended, told;
static struct sighting	sees;	/* by owner_look() */

void conntrack_delete(const struct tuple *t) { (void)t; ended++; }
void ports_watch(uint16_t port) { (void)port; }
void ports_forget(uint16_t port) { (void)port; }
void ports_watch_socket(uint64_t cookie) { (void)cookie; }
void ports_forget_socket(uint64_t cookie) { (void)cookie; }
void ends_forget(uint32_t i) { live_remove(i); }
void report_shed(uint32_t n) { (void)n; }
bool who_client_there(void) { return true; }
int decide_client_judged_anew(const struct decide_judged_anew *j) { (void)j; told++; return 0; }
const struct link *link_by_index(uint32_t i) { (void)i; return NULL; }
void flow_seen(struct flow *f, const struct sighting *s) { f->seen = *s; }

uint32_t
link_towards(uint8_t family, const uint8_t a[16])
{
	(void)family;
	(void)a;
	return 0;
}

bool
link_neighbour(uint32_t device, uint8_t family, const uint8_t a[16], uint8_t hardware[6])
{
	(void)device;
	(void)family;
	(void)a;
	(void)hardware;
	return false;
}

uint32_t
bridge_port(uint32_t bridge, const uint8_t hardware[6])
{
	(void)bridge;
	(void)hardware;
	return 0;
}

void
ends_of(const struct tuple *t, bool at_source, uint32_t device, struct ends *e)
{
	(void)t;
	(void)at_source;
	(void)device;
	(void)e;
}

bool
sockdiag_find(const struct ends *e, struct sock *s)
{
	(void)e;
	(void)s;
	return false;
}

int
sockdiag_destroy(const struct ends *e, uint64_t cookie)
{
	(void)e;
	(void)cookie;
	return 0;
}

void
owner_look(const struct meeting *m, struct sighting *s)
{
	(void)m;
	*s = sees;
}

struct flow *
flow_find(const struct tuple *t, uint8_t hook)
{
	(void)hook;
	for (unsigned i = 0; i < MANY; i++)
		if (waits[i].id != 0 && memcmp(&waits[i].tuple, t, sizeof(*t)) == 0)
			return &waits[i];
	return NULL;
}

struct flow *
flow_new(uint64_t id, const struct tuple *t, uint8_t hook, uint32_t subject, int64_t now_ns, const struct held *packet)
{
	(void)subject;
	(void)now_ns;
	(void)packet;
	waits[id - 1] = (struct flow){ .id = id, .tuple = *t, .hook = hook };
	return &waits[id - 1];
}

void
whose_begin(struct flow *f)
{
	waiting++;
	asked[f->id]++;
}

/* The verdict is what it was. */
static void
answer_all(void)
{
	const struct decide_verdict	v = { .action = ACTION_ACCEPT, .permanent = true };

	for (unsigned i = 0; i < MANY; i++)
		if (waits[i].id != 0) {
			anew_verdict(&waits[i], &v);
			waits[i].id = 0;
			waiting--;
		}
}

static void
begin(void)
{
	struct tuple	t = { .family = 4, .proto = 17, .sport = 7000 };
	uint32_t	i;

	sees = (struct sighting){ .has_socket = true, .cookie = 5 };
	for (unsigned n = 1; n <= MANY; n++) {
		t.dport = (uint16_t)n;
		i = live_add(n, &t, 5, 0);
		cr_assert_neq(i, LIVE_NONE);
		live_at(i)->action = ACTION_ACCEPT;
		live_at(i)->hook = DIRECTION_OUT;
		live_at(i)->inode = 77;
	}
}

TestSuite(anew, .init = begin);

static unsigned
least_asked(void)
{
	unsigned	least = asked[1];

	for (unsigned n = 2; n <= MANY; n++)
		if (asked[n] < least)
			least = asked[n];
	return least;
}

Test(anew, socket_with_many_flows)
{
	anew_socket(77);
	anew_go_on();
	cr_expect_eq(waiting, OF_A_SOCKET, "%u wait", waiting);
	for (unsigned i = 0; i < 2 * MANY / AT_A_TIME + 2 && least_asked() == 0; i++) {
		answer_all();
		anew_go_on();
		cr_expect_leq(waiting, AT_A_TIME);
	}
	cr_expect_eq(least_asked(), 1);
	cr_expect_eq(ended, 0);
}

Test(anew, socket_with_few_flows)
{
	live_at(3)->inode = 78;
	anew_socket(78);
	anew_go_on();
	cr_expect_eq(waiting, 1);
	cr_expect_eq(asked[4], 1);
	cr_expect(!anew_busy());
}

/* Another program may be using it by now: that others are judged anew just then is no reason to wait. */
Test(anew, a_socket_waits_for_nobody)
{
	anew_all();
	anew_go_on();
	cr_expect_eq(waiting, AT_A_TIME);
	live_at(MANY - 1)->inode = 78;
	anew_socket(78);
	anew_go_on();
	cr_expect_eq(asked[MANY], 1);
}

/* Who gets it may be another by now as well as who sends it; of several sockets which one is not known. */
Test(anew, the_other_end_and_one_of_several)
{
	const struct sighting	many = { .inodes = 2, .inode = { 80, 81 } },
				here = { .inodes = 1, .inode = { 82 }, .listener_inodes = 1, .listener_inode = { 83 } };

	anew_seen(live_at(1), &many);
	anew_seen(live_at(2), &here);
	anew_socket(0);
	anew_go_on();
	cr_expect_eq(waiting, 0);
	anew_socket(83);
	anew_go_on();
	cr_expect_eq(asked[2], 1);
	cr_expect_eq(asked[3], 1);
	cr_expect_eq(waiting, 2);
	anew_go_on();
	cr_expect_eq(waiting, 2);
}

Test(anew, more_sockets_than_are_kept)
{
	for (uint32_t inode = 1000; inode < 1065; inode++)
		anew_socket(inode);
	anew_go_on();
	cr_expect_eq(waiting, AT_A_TIME, "all, in their turn");
}

/* Whoever has all judged anew all the time keeps nobody from being judged. */
Test(anew, again_and_again)
{
	for (unsigned i = 0; i < MANY / AT_A_TIME + 1; i++) {
		anew_all();
		anew_go_on();
		answer_all();
	}
	cr_expect_geq(least_asked(), 1);
	/* Said in the middle it is about those before that, too. */
	memset(asked, 0, sizeof(asked));
	anew_all();
	for (unsigned i = 0; anew_busy() && i < MANY; i++) {
		anew_go_on();
		answer_all();
	}
	cr_expect(!anew_busy());
	cr_expect_geq(least_asked(), 1);
}

/* One flow, of which something with its tuple waits under this number. */
static void
alone(uint64_t id, bool again, uint8_t proto)
{
	struct tuple	t = { .family = 4, .proto = proto, .sport = 1, .dport = 1 };

	waits[0] = (struct flow){ .id = id, .tuple = t, .hook = DIRECTION_OUT, .again = again };
	anew_one(live_add(500, &t, 9, 0));
	cr_expect_eq(waiting, 0);
}

/* A verdict on the one before would say nothing of it. */
Test(anew, one_in_whose_place_another_was_ends)
{
	alone(499, true, 17);
	cr_expect_eq(ended, 1);
	cr_expect_eq(live_count(), MANY);
}

Test(anew, once_at_a_time)
{
	alone(500, true, 17);
	cr_expect_eq(ended, 0);
	cr_expect_eq(live_count(), MANY + 1);
}

/* It may be of another socket, and wait for an answer to a prompt. */
Test(anew, a_udp_packet_that_waits_does_not_keep_it)
{
	alone(501, false, 17);
	cr_expect_eq(ended, 1);
	cr_expect_eq(live_count(), MANY);
}

Test(anew, a_syn_in_its_place_decides)
{
	alone(501, false, 6);
	cr_expect_eq(ended, 0);
	cr_expect_eq(live_count(), MANY + 1);
}

/* What one waits for is answered: whod found nobody. */
static bool
gone(uint64_t id)
{
	bool is = anew_gone(&waits[id - 1]);

	waits[id - 1].id = 0;
	waiting--;
	return is;
}

/* Closed while whod looked for who holds it, it ends like one that was closed before; who still has it is judged. */
Test(anew, closed_while_whod_looked)
{
	anew_all();
	anew_go_on();
	cr_expect(!gone(1), "its socket is there");
	sees.cookie = 6;
	cr_expect(gone(2), "another's");
	sees.has_socket = false;
	cr_expect(gone(3));
	cr_expect_eq(ended, 2);
	live_at(3)->kernel = true;
	live_at(4)->hook = DIRECTION_FORWARD;
	cr_expect(!gone(4), "the kernel's");
	cr_expect(!gone(5), "forwarded");
	live_remove(5);
	cr_expect(!gone(6), "ended meanwhile");
	cr_expect_eq(ended, 2);
	sees = (struct sighting){ .has_socket = true, .cookie = 5 };
	anew_go_on();
	cr_expect_eq(waiting, AT_A_TIME - 6 + 2, "those two wait no more");
}

/* policyd told the verdict on what it did not know yet as a new flow's. */
Test(anew, told_once)
{
	anew_all();
	anew_go_on();
	waits[0].introduced = waits[1].introduced = true;
	anew_end(&waits[0], ACTION_BLOCK, 5);
	cr_expect_eq(told, 0);
	anew_end(&waits[1], ACTION_DROP, 0);
	cr_expect_eq(told, 1, "nobody judged it");
	anew_end(&waits[2], ACTION_BLOCK, 5);
	cr_expect_eq(told, 2);
	cr_expect_eq(ended, 3);
}
