/*
 * See callers.h. Called by judge.c and whose.c. policyd says an inode and is not believed in more:
 * that it is a connection, and which socket is its other end, the kernel says, before
 * whod is asked and again after its answer, so that the number was no other's meanwhile.
 *
 * Who connected does not count, only who holds the end now: a process that ended, or
 * its number, or a program that was started in its place, is never taken for the asker.
 */
#include <netinet/in.h>

#include <string.h>

#include "callers.h"
#include "caller.h"
#include "clock.h"
#include "decide_client.h"
#include "flow.h"
#include "sockdiag.h"
#include "who_client.h"

#define CALLERS		256	/* that are asked for at a time; then the oldest stays unknown */
/*
 * The kernel walks all Unix sockets for each look, and a program may make many: of each
 * second only so much is for callers. Beyond it they stay unknown, and ask by DNS.
 */
#define LOOK_NS		50000000
#define SECOND_NS	1000000000

static struct asked {
	uint64_t	caller;		/* 0: free */
	uint32_t	serial;
	uint32_t	inode;		/* of the suite's end */
	uint32_t	peer;		/* of the other */
	bool		thorough;
} ring[CALLERS];
static uint32_t	last_serial;

static bool
look(uint32_t inode, struct unix_peer *peer)
{
	static int64_t	second, spent;
	int64_t		now = clock_ns();
	bool		found;

	if (now - second >= SECOND_NS) {
		second = now;
		spent = 0;
	}
	if (spent >= LOOK_NS)
		return false;
	found = sockdiag_unix_peer(inode, peer);
	spent += clock_ns() - now;
	return found;
}

static void
ask_who(const struct asked *a, uint32_t uid)
{
	who_client_ask(&(struct who_question){ .ask = FLOW_ASK_CALLER | a->serial, .kind = WHO_HELD,
	    .family = 4, .proto = IPPROTO_TCP, .inode = a->peer, .uid = uid, .thorough = a->thorough });
}

void
callers_whose(const struct decide_whose *w)
{
	struct unix_peer	 peer;
	struct asked		*a;

	if (who_client_full() || !look(w->inode, &peer))
		return;
	last_serial = (last_serial + 1) % FLOW_ASK_USE;
	a = &ring[last_serial % CALLERS];
	*a = (struct asked){ .caller = w->caller, .serial = last_serial, .inode = w->inode,
			     .peer = peer.inode };
	ask_who(a, peer.uid);
	who_client_flush();
}

static void
give_notice(const struct asked *a, const struct unix_peer *peer, uint64_t process)
{
	struct decide_notice	n = { .flow = flow_next_id(), .cookie = peer->cookie, .process = process };

	caller_tuple(a->caller, &n.tuple);
	(void)decide_client_notice(&n);
}

void
callers_answer(const struct who_answer *answer)
{
	uint32_t		 serial = answer->ask & ~FLOW_ASK_CALLER;
	struct asked		*a = &ring[serial % CALLERS];
	struct unix_peer	 peer;

	if (a->caller == 0 || a->serial != serial)
		return;
	if (!look(a->inode, &peer) || peer.inode != a->peer) {
		a->caller = 0;
	} else if (answer->status == WHO_NOT_SEEN && !a->thorough) {
		a->thorough = true;
		ask_who(a, peer.uid);
	} else {
		if (answer->status == WHO_FOUND && answer->count == 1)
			give_notice(a, &peer, answer->holder[0]);
		a->caller = 0;
	}
}

void
callers_forget(void)
{
	memset(ring, 0, sizeof(ring));
}
