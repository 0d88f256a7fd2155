/*
 * Which socket a packet is taken to be from; the kernel's answers are ours. The rest of
 * attribution is seen in tests/system/sharing.sh.
 */
/* links: intercept/owner.c intercept/kernel.c intercept/bpf/map.c intercept/packet.c */
#include <netinet/in.h>

#include <criterion/criterion.h>
#include <string.h>

#include "links.h"
#include "namespaces.h"
#include "owner.h"
#include "packet.h"
#include "shared.h"
#include "sockdiag.h"

static struct sock	found;
static bool		dear, listens;
static unsigned		walks;

bool
sockdiag_find(const struct ends *e, struct sock *k)
{
	(void)e;
	*k = found;
	return true;
}

bool
sockdiag_listener(const struct ends *e, struct sock *k)
{
	(void)e;
	*k = found;
	return listens;
}

/* The one that was found, if it is the user's. */
int
sockdiag_sharers(const struct ends *e, struct sharing *how, struct sock *k, int max)
{
	(void)e;
	(void)max;
	walks++;
	*k = found;
	how->others = how->has_uid && how->uid != found.uid;
	return how->others ? 0 : 1;
}

bool
sockdiag_multipath(const struct ends *e)
{
	(void)e;
	return false;
}

void
ends_of(const struct tuple *t, bool local_is_source, uint32_t device, struct ends *e)
{
	*e = (struct ends){ .family = t->family, .proto = t->proto, .device = device,
		.local_port = local_is_source ? t->sport : t->dport };
}

bool
shared_dear(void)
{
	return dear;
}

bool
shared_port(uint8_t proto, uint16_t port)
{
	(void)proto;
	(void)port;
	return false;
}

bool
address_is_own(uint8_t family, const uint8_t address[16])
{
	(void)family;
	(void)address;
	return false;
}

bool
address_is_shared(uint8_t family, const uint8_t address[16])
{
	(void)family;
	(void)address;
	return false;
}

void
namespaces_see(const struct meeting *m, struct sighting *s)
{
	s->behind = m->device;
}

bool
namespaces_settle(struct sighting *s)
{
	s->owner = OWNER_FORWARDED;
	return true;
}

static struct sighting
look(uint8_t proto, bool has_uid, uint32_t uid, uint8_t state)
{
	struct meeting m = { .hook = DIRECTION_OUT, .has_uid = has_uid, .uid = uid,
		.tcp_flags = TCP_SYN };
	struct sighting s;

	m.tuple = (struct tuple){ .family = 4, .proto = proto, .src = { 192, 0, 2, 1 },
		.dst = { 192, 0, 2, 2 }, .sport = 4000, .dport = 443 };
	found = (struct sock){ .cookie = 7, .inode = 4711, .uid = 1000, .state = state };
	owner_look(&m, &s);
	return s;
}

Test(owner, socket_of_the_packets_user)
{
	const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	struct who_question question[SHARERS_MAX];
	struct tuple t = { .family = 4, .proto = IPPROTO_TCP };

	for (size_t i = 0; i < sizeof protos; i++) {
		struct sighting s = look(protos[i], true, 1000, SOCK_CONNECTED);

		cr_expect(s.has_socket && s.inodes == 1 && s.inode[0] == 4711, "%zu", i);
		cr_assert_eq(owner_questions(&t, &s, question), 1);
		cr_expect_eq(question[0].kind, WHO_SOCKET, "%zu", i);
		/* Sent by timer: no user, so by no raw socket. */
		s = look(protos[i], false, 0, SOCK_CONNECTED);
		cr_expect(s.has_socket && s.inodes == 1, "%zu", i);
		cr_assert_eq(owner_questions(&t, &s, question), 1);
		cr_expect_eq(question[0].kind, WHO_HELD, "%zu", i);
	}
}

/* Forged with a raw socket, which may be closed before anybody looks. */
Test(owner, socket_of_another_user)
{
	const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	struct who_question question[SHARERS_MAX];
	struct tuple t = { .family = 4, .proto = IPPROTO_TCP };

	for (size_t i = 0; i < 2 * sizeof protos; i++) {
		uint8_t proto = protos[i % sizeof protos];
		struct sighting s = look(proto, true, 1001, i < sizeof protos ? SOCK_CONNECTED : 7);

		cr_expect(!s.has_socket && s.inodes == 0, "%zu", i);
		cr_assert_eq(owner_questions(&t, &s, question), 1);
		cr_expect(question[0].kind == WHO_RAW && question[0].sender_uid == 1001, "%zu", i);
		owner_settle(&t, DIRECTION_OUT, &s);
		cr_expect_eq(s.owner, OWNER_UNKNOWN, "%zu", i);
	}
	dear = true;
	cr_expect(!look(IPPROTO_UDP, true, 1001, 7).has_socket, "nor where all are not looked at");
}

/* Whether somebody listens there by now is the program's to choose. */
Test(owner, judged_anew_it_goes_where_it_went)
{
	static const struct { uint8_t hook, began; bool listens; uint8_t direction; } rows[] = {
		{ DIRECTION_IN, DIRECTION_IN, false, DIRECTION_IN }, { DIRECTION_IN, DIRECTION_OUT, true, DIRECTION_OUT },
		{ DIRECTION_IN, 0, false, DIRECTION_OUT }, { DIRECTION_IN, 0, true, DIRECTION_IN },
		{ DIRECTION_OUT, DIRECTION_OUT, true, DIRECTION_OUT }, { DIRECTION_OUT, DIRECTION_IN, false, DIRECTION_IN },
		{ DIRECTION_OUT, 0, true, DIRECTION_IN }, { DIRECTION_OUT, 0, false, DIRECTION_OUT },
	};
	struct meeting	m = { .tuple = { .family = 4, .proto = IPPROTO_TCP, .sport = 4000, .dport = 443 } };
	struct sighting	s;

	found = (struct sock){ .cookie = 7, .inode = 4711, .uid = 1000, .state = SOCK_CONNECTED };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m.hook = rows[i].hook;
		m.began = rows[i].began;
		listens = rows[i].listens;
		owner_look(&m, &s);
		cr_expect_eq(s.direction, rows[i].direction, "row %zu", i);
		cr_expect_eq(s.flipped, s.direction != m.hook, "row %zu", i);
		cr_expect(s.inodes == 1 && s.inode[0] == 4711, "row %zu", i);
	}
}

/* What the kernel should have noted, and did not, nobody sent. */
Test(owner, lost)
{
	struct kernel_sender	by = { .process = { .tgid = 12 } };
	struct meeting		m = { .hook = DIRECTION_OUT, .has_uid = true, .uid = 1000, .tcp_flags = TCP_SYN, .lost = true,
				      .tuple = { .family = 4, .proto = IPPROTO_TCP, .sport = 4000, .dport = 443 } };
	struct sighting		s;

	found = (struct sock){ .cookie = 7, .inode = 4711, .uid = 1000, .state = SOCK_CONNECTED };
	owner_look(&m, &s);
	cr_expect_eq(s.owner, OWNER_UNKNOWN);
	m.lost = false;
	m.among = &by;
	owner_look(&m, &s);
	cr_expect(s.owner == 0 && s.noted_before && !s.noted && s.sender.process.tgid == 12);
}

/* Nobody compares there who sends: each is judged by itself. */
Test(owner, noted_against_its_flows_direction)
{
	struct kernel_note	n = { .cookie = 7, .inode = 4711, .sender = { .process = { .tgid = 12 } } };
	struct meeting		m = { .hook = DIRECTION_OUT, .has_uid = true, .note = &n,
				      .tuple = { .family = 4, .proto = IPPROTO_UDP, .sport = 4000, .dport = 443 } };
	struct sighting		s;

	owner_look(&m, &s);
	cr_expect(s.noted && !s.crowded);
	n.flags = NOTE_ANSWER;
	owner_look(&m, &s);
	cr_expect(s.noted && s.crowded);
}

Test(owner, unconnected_ones_are_all_looked_at)
{
	(void)look(IPPROTO_UDP, true, 1000, 7);
	cr_expect_eq(walks, 1);
	(void)look(IPPROTO_UDP, true, 1000, SOCK_CONNECTED);
	cr_expect_eq(walks, 1);
}

/* Who sent it is known: no socket is looked for, whoever shares it. */
Test(owner, noted)
{
	struct kernel_note	n = { .cookie = 9, .inode = 5000, .uid = 1000 };
	struct meeting		m = { .hook = DIRECTION_OUT, .has_uid = true, .uid = 1000, .note = &n };
	struct who_question	question[SHARERS_MAX];
	struct who_answer	a = { .status = WHO_FOUND, .count = 1, .holder = { 77 } };
	struct sighting		s;

	m.tuple = (struct tuple){ .family = 4, .proto = IPPROTO_UDP, .src = { 192, 0, 2, 1 },
		.dst = { 192, 0, 2, 2 }, .sport = 4000, .dport = 443 };
	n.sender.process = (struct kernel_process){ .tgid = 12, .start_ns = 3, .exec = 4 };
	n.sender.program = (struct kernel_program){ .ino = 8, .dev = 9, .uid = 1000, .caps = 6 };
	n.sender.flags = SENDER_TRACED;
	owner_look(&m, &s);
	cr_expect_eq(walks, 0);
	cr_expect(s.has_socket && s.cookie == 9 && s.inode[0] == 5000 && s.socket_uid == 1000 && !s.crowded);
	cr_expect_eq(owner_cookie(&m), 9);
	cr_assert_eq(owner_questions(&m.tuple, &s, question), 1);
	cr_expect(question[0].kind == WHO_SENDER && question[0].inode == 5000);
	cr_expect(question[0].sender.pid == 12 && question[0].sender.start_ns == 3 && question[0].sender.exec == 4);
	cr_expect(question[0].sender.ino == 8 && question[0].sender.dev == 9 && question[0].sender.caps == 6);
	cr_expect(question[0].sender.traced);
	cr_expect(owner_sender_lost(&s));
	owner_answer(&s, &a);
	cr_expect(!owner_sender_lost(&s));
	owner_settle(&m.tuple, DIRECTION_OUT, &s);
	cr_expect_eq(s.owner, OWNER_PROCESS);
}

Test(owner, noted_by_a_raw_socket)
{
	struct kernel_note	n = { .cookie = 9, .inode = 5000, .uid = 1000, .flags = NOTE_RAW };
	struct meeting		m = { .hook = DIRECTION_OUT, .has_uid = true, .uid = 1000, .note = &n };
	struct who_question	question[SHARERS_MAX];
	struct sighting		s;

	m.tuple = (struct tuple){ .family = 4, .proto = IPPROTO_UDP, .sport = 4000, .dport = 443 };
	owner_look(&m, &s);
	cr_expect(!s.has_socket && s.cookie == 0 && s.sent_by == 9, "its answers come to no socket of its own");
	cr_expect_eq(owner_cookie(&m), 0);
	cr_assert_eq(owner_questions(&m.tuple, &s, question), 1);
	cr_expect_eq(question[0].kind, WHO_SENDER);
}

/* The socket is looked for, as without a note, and who sent it must be found with it. */
Test(owner, noted_of_a_ring)
{
	struct kernel_note	n = { .cookie = 9, .inode = 5000, .uid = 1000, .flags = NOTE_RING };
	struct meeting		m = { .hook = DIRECTION_OUT, .has_uid = true, .uid = 1000, .note = &n };
	struct who_question	question[SHARERS_MAX];
	struct who_answer	lost = { .status = WHO_TOO_MANY };
	struct sighting		s;

	m.tuple = (struct tuple){ .family = 4, .proto = IPPROTO_UDP, .sport = 4000, .dport = 443 };
	n.sender.process = (struct kernel_process){ .tgid = 12, .start_ns = 3, .exec = 4 };
	n.sender.program = (struct kernel_program){ .ino = 8, .dev = 9, .uid = 1000 };
	found = (struct sock){ .cookie = 9, .inode = 5000, .uid = 1000, .state = SOCK_CONNECTED };
	owner_look(&m, &s);
	cr_expect(!s.noted && s.has_socket && s.inode[0] == 5000);
	cr_assert_eq(owner_questions(&m.tuple, &s, question), 1);
	cr_expect(question[0].kind == WHO_SOCKET && question[0].inode == 5000 && question[0].sender.pid == 12);
	owner_answer(&s, &lost);
	owner_settle(&m.tuple, DIRECTION_OUT, &s);
	cr_expect_eq(s.owner, OWNER_UNKNOWN);
}

Test(owner, noted_but_whod_does_not_know)
{
	struct kernel_note	n = { .cookie = 9, .inode = 5000, .uid = 1000 };
	struct meeting		m = { .hook = DIRECTION_OUT, .has_uid = true, .uid = 1000, .note = &n };
	struct who_answer	nobody = { .status = WHO_NOBODY }, two = { .status = WHO_FOUND, .count = 2,
				.holder = { 77, 78 } };
	struct sighting		s;

	m.tuple = (struct tuple){ .family = 4, .proto = IPPROTO_UDP, .sport = 4000, .dport = 443 };
	owner_look(&m, &s);
	owner_answer(&s, &nobody);
	cr_expect(owner_sender_lost(&s));
	owner_answer(&s, &two);
	cr_expect(owner_sender_lost(&s), "one process sent it");
}
