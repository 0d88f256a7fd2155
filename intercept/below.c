/*
 * See below.h. Called by judge.c, whose.c and main. The kernel is believed, whod on which programs they are.
 *
 * A process is told of once for each way, and not as one that could send after it was told of as one that does.
 */
#include <netinet/in.h>

#include <string.h>

#include "below.h"
#include "bpf/map.h"
#include "bpf/ring.h"
#include "decide_client.h"
#include "flow.h"
#include "gate.h"
#include "kernel.h"
#include "later.h"
#include "report.h"
#include "sandbox.h"
#include "who_client.h"

#define ASKED		64	/* that whod is asked for at a time; more go without a name */
#define LOST_TICKS	6	/* seconds until a question counts as lost */
#define TOGETHER	256	/* records in one go */
#define TOLD		256	/* processes that are remembered */
#define TOLD_A_SECOND	32	/* more are counted only */
#define LOOK_TICKS	2	/* seconds between looks */
#define LATER_MS	20

_Static_assert((int)BELOW_SENT == (int)BELOW_WAY_SENT && (int)BELOW_PAST_QUEUES == (int)BELOW_WAY_PAST_QUEUES &&
    (int)BELOW_FRAMES == (int)BELOW_WAY_FRAMES, "both sides say ways alike");
_Static_assert(sizeof(((struct kernel_below *)0)->device) == DEVICE_BYTES, "and devices");

static struct asked {
	uint32_t		number;
	bool			waits;
	unsigned		since;		/* ticks */
	struct kernel_program	program;	/* that the kernel refused, and that whod was asked about by its word */
	struct who_question	question;
	struct decide_below	below;
} asked[ASKED];
static uint32_t		 last_number;
static unsigned		 ticks;

static struct told {
	uint64_t	process;
	unsigned	ways;		/* 1 << enum below_way */
} told[TOLD];
static unsigned		 left;		/* of this second's */

static struct kernel_program	may[KERNEL_BELOW_MAY];	/* what the kernel was told; all zero: none */
static unsigned			may_next;

static struct ring	*ring;

/* --- telling --- */

/* Whether it was not told before; now it is. */
static bool
is_new(const struct decide_below *b)
{
	struct told	*t = &told[b->process % TOLD];
	unsigned	 more = b->way == BELOW_WAY_OPEN ? ~0u : 1u << b->way;

	if (b->process == 0)
		return true;
	if (t->process != b->process)
		*t = (struct told){ .process = b->process };
	if ((t->ways & more) != 0)
		return false;
	t->ways |= 1u << b->way;
	return true;
}

/* What is refused policyd is asked about, also if it was told before. */
static void
tell(struct decide_below *b)
{
	if (!is_new(b)) {
		if (!b->refused)
			return;
		b->told = true;
	}
	if (left == 0 || decide_client_below(b) == -1)
		report_shed(1);
	else
		left--;
}

static void
tell_holders(struct decide_below b, const struct who_answer *a)
{
	if (a == NULL || a->status != WHO_FOUND) {
		b.number = 0;
		tell(&b);
	}
	for (unsigned i = 0; a != NULL && a->status == WHO_FOUND && i < a->count; i++) {
		b.process = a->holder[i];
		tell(&b);
	}
}

/* --- asking --- */

/* NULL: too many wait. Others' flows need whod as well. */
static struct asked *
ask(const struct who_question *q, const struct decide_below *b)
{
	struct asked	*a;

	if (++last_number == FLOW_ASK_USE)
		last_number = 1;
	a = &asked[last_number % ASKED];
	if (a->waits && ticks - a->since < LOST_TICKS) {
		tell_holders(*b, NULL);
		return NULL;
	}
	if (a->waits)
		tell_holders(a->below, NULL);
	*a = (struct asked){ .number = last_number, .waits = true, .since = ticks, .question = *q, .below = *b };
	a->question.ask = FLOW_ASK_BELOW | last_number;
	who_client_ask(&a->question);
	return a;
}

/* By the socket it is not known who of them sent: nobody is named for that. */
static void
ask_holders(uint64_t inode, const struct decide_below *b, bool thorough)
{
	struct decide_below		by_socket = *b;
	const struct who_question	q = { .kind = WHO_HELD, .family = 4, .proto = IPPROTO_RAW, .inode = inode,
					      .uid = b->uid, .sender_uid = UINT32_MAX, .thorough = thorough };

	by_socket.number = 0;
	(void)ask(&q, &by_socket);
}

/* False: it was asked for again, in another way. */
static bool
is_final(const struct asked *a, uint8_t status)
{
	const struct who_question	*q = &a->question;

	if (status == WHO_NOT_SEEN && !q->thorough)
		ask_holders(q->inode, &a->below, true);
	else if (status != WHO_FOUND && q->kind == WHO_SENDER && q->inode != 0)
		ask_holders(q->inode, &a->below, false);
	else
		return true;
	return false;
}

void
below_answer(const struct who_answer *answer)
{
	uint32_t	 number = answer->ask & (FLOW_ASK_USE - 1);
	struct asked	*at = &asked[number % ASKED], a = *at;

	if (!a.waits || a.number != number)
		return;
	at->waits = false;
	if (is_final(&a, answer->status))
		tell_holders(a.below, answer);
}

/* --- closing --- */

static void
name_nobody(void)
{
	for (unsigned i = 0; i < KERNEL_BELOW_MAY; i++)
		if (may[i].ino != 0)
			(void)kernel_map_delete(FD_INTERCEPT_BELOW_MAY, &may[i]);
	memset(may, 0, sizeof(may));
	may_next = 0;
	for (unsigned i = 0; i < ASKED; i++)
		asked[i].program.ino = 0;
}

void
below_close(const struct decide_below_close *c)
{
	static bool	known, closed;

	if (ring == NULL) {
		if (c->closed)
			log_warnx("packet sockets stay open: the kernel's part is not there");
		return;
	}
	name_nobody();
	if (known && c->closed == closed)
		return;
	known = true;
	closed = c->closed;
	memset(told, 0, sizeof(told));
	kernel_below_close(closed);
	gate_set(closed);
}

void
below_may(const struct decide_below_may *m)
{
	const struct asked	*a = &asked[m->number % ASKED];
	struct kernel_program	*at = &may[may_next];
	uint8_t			 one = 1;

	if (a->number != m->number || a->program.ino == 0)
		return;
	if (at->ino != 0)	/* the oldest: it comes again */
		(void)kernel_map_delete(FD_INTERCEPT_BELOW_MAY, at);
	memset(at, 0, sizeof(*at));
	if (kernel_map_set(FD_INTERCEPT_BELOW_MAY, &a->program, &one) == -1)
		return;
	*at = a->program;
	may_next = (may_next + 1) % KERNEL_BELOW_MAY;
}

void
below_fresh(void)
{
	memset(told, 0, sizeof(told));
	for (unsigned i = 0; i < ASKED; i++)
		if (asked[i].waits)
			who_client_ask(&asked[i].question);
}

/* --- hearing --- */

static void
take(const struct kernel_below *k)
{
	struct decide_below	b = { .way = (uint8_t)k->way, .uid = k->uid, .ethertype = k->ethertype,
				      .refused = k->refused != 0 };
	struct who_question	q = { .kind = WHO_SENDER, .family = 4, .proto = IPPROTO_RAW, .inode = k->inode,
				      .uid = k->uid, .sender_uid = k->uid };
	struct asked		*a;

	memcpy(b.device, k->device, sizeof(b.device));
	b.device[sizeof(b.device) - 1] = '\0';
	kernel_sender_told(&k->sender, &q.sender);
	if (q.sender.pid != 0 && q.sender.ino != 0) {
		if ((a = ask(&q, &b)) == NULL)
			return;
		a->below.number = a->number;
		if (b.refused)
			a->program = k->sender.program;
	} else if (k->inode != 0)
		ask_holders(k->inode, &b, false);
	else
		tell(&b);
}

/* Returns whether there were any. */
static bool
read_ring(void)
{
	struct kernel_below	k;
	unsigned		read;

	for (read = 0; read < TOGETHER && ring_take(ring, &k, sizeof(k)); read++)
		if (k.way >= BELOW_SENT && k.way <= BELOW_FRAMES)
			take(&k);
	who_client_flush();
	return read > 0;
}

static void
on_socket(const struct below_socket *s)
{
	const struct decide_below	b = { .way = (uint8_t)s->way, .uid = s->uid };

	ask_holders(s->inode, &b, false);
}

void
below_tick(void)
{
	uint32_t	lost = kernel_below_lost();

	left = TOLD_A_SECOND;
	if (lost > 0)
		report_shed(lost);
	if (ticks++ % LOOK_TICKS != 0)
		return;
	gate_look();
	if (who_client_full())
		return;
	below_look(on_socket);
	who_client_flush();
}

void
below_open(bool kernel)
{
	struct kernel_program	program;

	below_look_open();
	gate_open();
	if (!kernel)
		return;
	if ((ring = ring_open(FD_INTERCEPT_BELOW, KERNEL_BELOW)) == NULL)
		fatal("who sends below the rules");
	kernel_map_clear(FD_INTERCEPT_BELOW_MAY, &program, KERNEL_BELOW_MAY);
}

void
below_start(struct event_base *base)
{
	static struct later	news = { .again_ms = LATER_MS, .read = read_ring };

	left = TOLD_A_SECOND;
	gate_start(base);
	if (ring == NULL) {
		gate_set(false);	/* one of an earlier load lets nobody pass */
		return;
	}
	later_start(&news, base, FD_INTERCEPT_BELOW);
}
