/*
 * Attribution. Called by judge.c, whose.c and anew.c for each new flow. The packet is
 * hostile; sock_diag and whod are believed.
 *
 * What can be told apart, and how:
 *  - where the kernel noted who sent the packet (kernel.h), that process alone counts,
 *    whoever made the socket or shares it.
 *  - else a socket is found by the packet's tuple: its inode is whod's to name. Its
 *    holders at the time of the answer count, all of them.
 *  - none is found and a user's socket sent the packet (the kernel gives a uid):
 *    a raw socket, or one closed already. whod names those who could have.
 *  - the kernel's own packets carry no uid: sends by programs happen inside
 *    their system call, with the socket's file open, and then there is one. This
 *    holds for what is sent at once (UDP, ICMP, IGMP ...), not for TCP, whose
 *    later packets leave by timer: there a socket with an inode that nobody
 *    holds must be found as well.
 * What is left is unknown.
 */
#include <netinet/in.h>

#include <string.h>

#include "links.h"
#include "namespaces.h"
#include "owner.h"
#include "packet.h"
#include "shared.h"
#include "sockdiag.h"

static bool
has_sockets(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	    proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* TCP's first packet; of other protocols every packet may be the first. */
static bool
is_first(const struct meeting *m)
{
	return m->tuple.proto != IPPROTO_TCP ||
	    (m->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

static void
take_socket(struct sighting *s, const struct sock *k)
{
	s->has_socket = true;
	s->cookie = k->cookie;
	s->socket_uid = k->uid;
	s->inode[0] = k->inode;
	s->inodes = 1;
}

/*
 * A port may have several owners, and the look-up names one. All that fit are
 * asked for. sharers -1: the kernel did not say, so nobody is known. The cookie
 * stays that of the look-up: later packets are compared with it.
 */
static void
take_sharers(const struct meeting *m, struct sighting *s, const struct ends *e)
{
	struct sharing	how = { .sending = m->hook == DIRECTION_OUT, .has_uid = m->has_uid,
				.uid = m->uid };
	struct sock	k[SHARERS_MAX];
	uint64_t	found = s->cookie;
	int		i, j, n = sockdiag_sharers(e, &how, k, SHARERS_MAX);

	s->has_socket = false;
	s->inodes = 0;
	s->crowded = how.others;
	if (n == -1 || n > SHARERS_MAX) {
		s->has_socket = true;
		s->strangers = true;
		return;
	}
	for (i = 0; i < n; i++) {
		if (!s->has_socket) {
			take_socket(s, &k[i]);
			continue;
		}
		for (j = 0; j < s->inodes && s->inode[j] != k[i].inode; j++)
			continue;
		if (j == s->inodes && s->inodes < SHARERS_MAX)
			s->inode[s->inodes++] = k[i].inode;
		else if (j == s->inodes)
			s->strangers = true;
	}
	if (found != 0)
		s->cookie = found;
}

/*
 * A socket is the only one of its port, as long as the port is not shared. One that
 * is not connected is looked at closely, unless so many sockets make that dear.
 */
static bool
may_be_shared(const struct ends *e, const struct sock *k)
{
	return (k->state != SOCK_CONNECTED && !shared_dear()) || e->proto != IPPROTO_UDP ||
	    shared_port(e->proto, e->local_port);
}

/* No socket, but somebody's (has_uid) or something's packet. */
static void
look_without_socket(const struct meeting *m, struct sighting *s)
{
	if (m->has_uid)
		s->owner = 0;
	else if (m->tuple.proto == IPPROTO_TCP || m->tuple.proto == IPPROTO_SCTP ||
	    m->tuple.proto == IPPROTO_DCCP)
		s->owner = OWNER_UNKNOWN;
	else
		s->owner = OWNER_KERNEL;
}

/* Inside this machine the other end is a socket as well. */
static void
look_for_listener(const struct meeting *m, struct sighting *s)
{
	struct sharing	how = { .sending = false };
	struct sock	k, all[SHARERS_MAX];
	struct ends	e;
	int		i, n;

	if (!has_sockets(m->tuple.proto) || !address_is_own(m->tuple.family, m->tuple.dst))
		return;
	ends_of(&m->tuple, false, LOOPBACK_INDEX, &e);
	/* Of a connection on its way there may be no more than its listener. */
	if (!sockdiag_find(&e, &k) || (k.inode == 0 && !sockdiag_listener(&e, &k)))
		return;
	s->has_listener = true;
	s->listener_uid = k.uid;
	s->listener_cookie = k.cookie;
	if (!shared_port(e.proto, e.local_port)) {
		s->listener_inode[0] = k.inode;
		s->listener_inodes = k.inode != 0;
		return;
	}
	/* The kernel, or a program's filter, chooses one of them. */
	n = sockdiag_sharers(&e, &how, all, SHARERS_MAX);
	s->listeners_lost = n == -1 || n > SHARERS_MAX;
	for (i = 0; i < n && i < SHARERS_MAX; i++)
		s->listener_inode[s->listener_inodes++] = all[i].inode;
}

/*
 * A socket of another user than the packet's did not send it: a raw one forged it, and
 * may be closed by now. Of those at a shared port the packet's user's are looked for.
 */
static bool
is_others(const struct meeting *m, const struct ends *e, const struct sock *k)
{
	return m->has_uid && m->uid != k->uid &&
	    !(proto_is_udp(m->tuple.proto) && may_be_shared(e, k));
}

/*
 * What another socket sends the kernel tells apart by itself: there is no crowd. Protocols without
 * sockets, and raw ones, have no cookie here: answers come to no socket of theirs.
 */
static void
take_note(const struct meeting *m, struct sighting *s)
{
	const struct kernel_note *n = m->note;

	s->noted = true;
	s->sender = n->sender;
	s->sent_by = n->cookie;
	if (!has_sockets(m->tuple.proto) || (n->flags & NOTE_RAW) != 0)
		return;
	s->has_socket = true;
	s->cookie = n->cookie;
	s->crowded = (n->flags & NOTE_ANSWER) != 0 && proto_is_udp(m->tuple.proto);
	s->socket_uid = n->uid;
	s->inode[0] = (uint32_t)n->inode;
	s->inodes = 1;
}

static void
look_out_socket(const struct meeting *m, struct sighting *s)
{
	struct sock	k, listener;
	struct ends	e;

	ends_of(&m->tuple, true, m->device, &e);
	if (!has_sockets(m->tuple.proto) || !sockdiag_find(&e, &k) || k.state == SOCK_LISTEN ||
	    is_others(m, &e, &k)) {
		look_without_socket(m, s);
		return;
	}
	take_socket(s, &k);
	s->may_be_kernel = k.uid == 0 && (!m->has_uid || m->kernel) && !m->of_program;
	if (m->tuple.proto == IPPROTO_TCP) {
		/* Accepted earlier: somebody connected to us. */
		if (m->began != 0 ? m->began == DIRECTION_IN : !is_first(m) && sockdiag_listener(&e, &listener)) {
			s->direction = DIRECTION_IN;
			s->flipped = true;
		}
		if (k.inode == 0)	/* closed by its program, the kernel finishes alone */
			s->owner = OWNER_UNKNOWN;
	} else if (proto_is_udp(m->tuple.proto) && may_be_shared(&e, &k)) {
		take_sharers(m, s, &e);
		if (!s->has_socket)
			look_without_socket(m, s);
	}
}

static void
look_out(const struct meeting *m, struct sighting *s)
{
	const struct kernel_sender *by = m->note != NULL ? &m->note->sender : m->among;

	if (m->made_here) {
		s->owner = OWNER_KERNEL;
		return;
	}
	if (m->note != NULL && (m->note->flags & NOTE_RING) == 0) {
		take_note(m, s);
		return;
	}
	look_out_socket(m, s);
	s->strangers |= m->lost;
	if (by != NULL) {
		s->sender = *by;
		s->noted_before = true;
	}
}

static void
look_in_tcp(const struct meeting *m, const struct ends *e, struct sighting *s)
{
	struct sock	k, listener;
	bool		listens;

	if (!sockdiag_find(e, &k)) {
		s->owner = OWNER_NOBODY;
		return;
	}
	s->may_be_kernel = k.uid == 0;
	listens = k.state == SOCK_LISTEN || sockdiag_listener(e, &listener);
	if (k.state != SOCK_LISTEN && listens && is_first(m))	/* in place of one that is nearly over */
		k = listener;
	if (k.state == SOCK_LISTEN) {
		take_socket(s, &k);
		if (shared_port(IPPROTO_TCP, e->local_port))
			take_sharers(m, s, e);
	} else if (is_first(m)) {
		s->owner = OWNER_NOBODY;
	} else {
		take_socket(s, k.inode == 0 && listens ? &listener : &k);
		s->cookie = k.cookie;
		if (m->began != 0 ? m->began == DIRECTION_OUT : !listens) {
			s->direction = DIRECTION_OUT;
			s->flipped = true;
		}
		if (s->inode[0] == 0)
			s->owner = OWNER_UNKNOWN;
	}
}

/* Who gets it is judged. Others who could answer in their place make it a crowd. */
static void
look_in_shared(const struct meeting *m, const struct ends *e, struct sighting *s)
{
	struct sharing	senders = { .sending = true };
	struct sock	k, all[SHARERS_MAX];

	if (sockdiag_find(e, &k))
		s->cookie = k.cookie;
	take_sharers(m, s, e);
	if (!s->has_socket)
		s->owner = OWNER_NOBODY;
	s->crowded = sockdiag_sharers(e, &senders, all, SHARERS_MAX) != s->inodes;
}

static void
look_in(const struct meeting *m, struct sighting *s)
{
	struct sock	k;
	struct ends	e;

	ends_of(&m->tuple, false, m->device, &e);
	if (m->tuple.proto == IPPROTO_TCP) {
		look_in_tcp(m, &e, s);
	} else if (proto_is_udp(m->tuple.proto) &&
	    (s->multicast || shared_port(m->tuple.proto, e.local_port))) {
		look_in_shared(m, &e, s);
	} else if (has_sockets(m->tuple.proto) && sockdiag_find(&e, &k)) {
		take_socket(s, &k);
		s->may_be_kernel = k.uid == 0;
		if (k.inode == 0)
			s->owner = OWNER_UNKNOWN;
	} else {
		s->owner = OWNER_NOBODY;
	}
}

void
owner_look(const struct meeting *m, struct sighting *s)
{
	memset(s, 0, sizeof(*s));
	s->direction = m->hook;
	s->device = m->device;
	s->has_uid = m->has_uid;
	s->uid = m->uid;
	s->socket_uid = UINT32_MAX;
	s->ident = m->tuple.sport;
	s->multicast = address_is_shared(m->tuple.family, m->tuple.dst);
	switch (m->hook) {
	case DIRECTION_OUT:
		look_out(m, s);
		if (s->direction == DIRECTION_OUT)
			look_for_listener(m, s);
		break;
	case DIRECTION_IN:
		look_in(m, s);
		break;
	default:
		namespaces_see(m, s);
		(void)namespaces_settle(s);
		break;
	}
	if (s->owner == 0 && s->strangers)
		s->owner = OWNER_UNKNOWN;
}

uint64_t
owner_cookie(const struct meeting *m)
{
	struct sock	k;
	struct ends	e;

	if (m->hook == DIRECTION_FORWARD || m->made_here || !has_sockets(m->tuple.proto))
		return 0;
	if (m->note != NULL)
		return (m->note->flags & NOTE_RAW) != 0 ? 0 : m->note->cookie;
	ends_of(&m->tuple, m->hook == DIRECTION_OUT, m->device, &e);
	if (!sockdiag_find(&e, &k) || (m->hook == DIRECTION_OUT && m->has_uid && m->uid != k.uid))
		return 0;
	return k.cookie;
}

/*
 * What comes in was sent elsewhere, or judged when it was sent here. What leaves without a
 * user no program sends just now, as one with a raw socket would.
 */
static uint8_t
kind_of(const struct sighting *s)
{
	bool came_in = (s->direction == DIRECTION_IN) != s->flipped;

	if (s->noted)
		return WHO_SENDER;
	return s->inodes == 0 ? WHO_RAW : came_in || !s->has_uid ? WHO_HELD : WHO_SOCKET;
}

unsigned
owner_questions(const struct tuple *t, const struct sighting *s,
    struct who_question question[SHARERS_MAX])
{
	unsigned i, n = s->inodes > 0 ? s->inodes : 1;

	memset(question, 0, n * sizeof(*question));
	for (i = 0; i < n; i++) {
		question[i].kind = kind_of(s);
		question[i].family = t->family;
		question[i].proto = t->proto;
		question[i].ident = s->ident;
		question[i].inode = s->inodes > 0 ? s->inode[i] : 0;
		question[i].thorough = s->thorough;
		question[i].uid = s->has_socket ? s->socket_uid : s->has_uid ? s->uid : UINT32_MAX;
		question[i].sender_uid = s->has_uid ? s->uid : UINT32_MAX;
		memcpy(question[i].src, t->src, sizeof(question[i].src));
		if (s->noted || s->noted_before)
			kernel_sender_told(&s->sender, &question[i].sender);
	}
	return n;
}

unsigned
owner_listener_questions(const struct tuple *t, const struct sighting *s,
    struct who_question question[SHARERS_MAX])
{
	unsigned i;

	for (i = 0; i < s->listener_inodes; i++) {
		question[i] = (struct who_question){ .kind = WHO_HELD, .family = t->family,
						     .proto = t->proto, .inode = s->listener_inode[i],
						     .uid = s->listener_uid, .thorough = s->thorough };
		memcpy(question[i].src, t->dst, sizeof(question[i].src));
	}
	return s->listener_inodes;
}

/* One list of ids with those of an answer, each once; false: there is no room for one. */
static bool
add_holders(uint64_t id[static HOLDERS_MAX], uint8_t *count, const struct who_answer *a)
{
	unsigned i, j;

	for (i = 0; i < a->count; i++) {
		for (j = 0; j < *count && id[j] != a->holder[i]; j++)
			continue;
		if (j < *count)
			continue;
		if (*count == HOLDERS_MAX)
			return false;
		id[(*count)++] = a->holder[i];
	}
	return true;
}

void
owner_listener_answer(struct sighting *s, const struct who_answer *a)
{
	s->not_seen |= a->status == WHO_NOT_SEEN;
	/* What the kernel itself listens with is root's, and no process holds it. */
	if (a->status != WHO_FOUND)
		s->listener_unknown |= a->status != WHO_NOBODY || s->listener_uid != 0 ||
		    s->listener_inodes > 1;
	else if (!add_holders(s->listener, &s->listeners, a))
		s->listener_unknown = true;
}

void
owner_answer(struct sighting *s, const struct who_answer *a)
{
	/* One of several sockets that could have sent it has vanished: no longer all are known. */
	if (a->status == WHO_TOO_MANY ||
	    (a->status == WHO_NOBODY && s->inodes > 1 && s->direction == DIRECTION_OUT))
		s->strangers = true;
	s->not_seen |= a->status == WHO_NOT_SEEN;
	if (a->status != WHO_FOUND)
		return;
	if (!add_holders(s->holder, &s->holders, a))
		s->strangers = true;
}

void
owner_void(struct sighting *s)
{
	s->holders = s->listeners = 0;
	s->strangers = s->not_seen = s->listener_unknown = false;
}

bool
owner_still_there(const struct tuple *t, uint8_t hook, const struct sighting *s)
{
	struct sock	k;
	struct ends	e;

	if (s->noted || s->inodes != 1)
		return true;
	ends_of(t, hook == DIRECTION_OUT, s->device, &e);
	return sockdiag_find(&e, &k) && k.cookie == s->cookie;
}

bool
owner_other_listener(const struct tuple *t, const struct sighting *s)
{
	struct sock	k;
	struct ends	e;

	if (s->direction != DIRECTION_OUT || !proto_is_udp(t->proto) ||
	    !address_is_own(t->family, t->dst))
		return false;
	ends_of(t, false, LOOPBACK_INDEX, &e);
	return sockdiag_find(&e, &k) && k.cookie != s->listener_cookie;
}

bool
owner_sender_lost(const struct sighting *s)
{
	return s->noted && s->holders != 1;
}

void
owner_known(struct sighting *s, uint64_t id)
{
	s->owner = OWNER_PROCESS;
	s->holder[0] = id;
	s->holders = 1;
}

bool
owner_ask_again(const struct tuple *t, uint8_t hook, struct sighting *s)
{
	if (!s->not_seen)
		return false;
	if (s->thorough || !owner_still_there(t, hook, s)) {
		s->strangers = true;
		return false;
	}
	owner_void(s);
	s->thorough = true;
	return true;
}

/* Nobody holds the socket. Is it still the same one, and the kernel's? */
static bool
is_kernel(const struct tuple *t, uint8_t hook, const struct sighting *s)
{
	struct sock	k;
	struct ends	e;

	if (hook == DIRECTION_FORWARD || !s->may_be_kernel || !s->has_socket || s->inode[0] == 0)
		return false;
	ends_of(t, hook == DIRECTION_OUT, s->device, &e);
	if (!sockdiag_find(&e, &k) || k.cookie != s->cookie || k.inode != s->inode[0])
		return false;
	return t->proto != IPPROTO_TCP || !sockdiag_multipath(&e);
}

void
owner_settle(const struct tuple *t, uint8_t hook, struct sighting *s)
{
	if (s->strangers)
		s->owner = OWNER_UNKNOWN;
	else if (s->holders > 0)
		s->owner = OWNER_PROCESS;
	else if (is_kernel(t, hook, s))
		s->owner = OWNER_KERNEL;
	else
		s->owner = OWNER_UNKNOWN;
	/* policyd is told of holders only when they are all. */
	if (s->owner != OWNER_PROCESS)
		s->holders = 0;
}

void
owner_judged(const struct tuple *t, const struct sighting *s, struct tuple *judged)
{
	if (s->flipped)
		tuple_turn(t, judged);
	else
		*judged = *t;
}
