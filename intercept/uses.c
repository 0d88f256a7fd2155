/*
 * Uses of the kernel's grants and refusals. Called by the loop, judge.c, whose.c, who_client.c, ends.c, watched.c and
 * main. The kernel is believed; its records are checked for what policyd could not read.
 *
 * A grant may have ended while its last uses were on their way. Those of a former generation
 * are judged anew at once. What was lent to a program is used by processes that whod was not
 * asked about: it is asked now, and the use is told when it answered, else as one of the
 * process that the grant was given for.
 */
#include <netinet/in.h>

#include <string.h>

#include "anew.h"
#include "bpf/ring.h"
#include "check.h"
#include "clock.h"
#include "conntrack.h"
#include "ends.h"
#include "flow.h"
#include "judge.h"
#include "known.h"
#include "later.h"
#include "lent.h"
#include "live.h"
#include "packet.h"
#include "refusals.h"
#include "report.h"
#include "sandbox.h"
#include "uses.h"
#include "who_client.h"

#define LATER_MS	40
#define ROW		16	/* uses that are read before the first of them is taken */
#define ASIDE		64	/* of a tuple that is followed already, at a time */
#define PENDING		4096	/* wait for whod */
#define NUMBER_MASK	(FLOW_ASK_USE - 1)
#define WHO_WAIT_NS	5000000000ll
#define TOGETHER	(KERNEL_USES / (sizeof(struct kernel_use) + 8))	/* all that a ring holds */

_Static_assert(PENDING <= NUMBER_MASK && (PENDING & (PENDING - 1)) == 0, "numbers of places");

static struct pending {
	struct decide_use	use;
	struct decide_end	end;
	struct kernel_process	process;
	uint64_t		grant;
	int64_t			since_ns;
	uint32_t		number;
	bool			refused, waits, ended;
} pending[PENDING];
static uint32_t			last_number, first_number = 1;	/* those between may wait */

static struct ring	*ring;
static uint32_t		 unread;	/* left from an earlier intercept */

static bool
same(const struct kernel_process *a, const struct kernel_process *b)
{
	return a->tgid == b->tgid && a->start_ns == b->start_ns && a->exec == b->exec;
}

/* Tells it, and the end that came meanwhile. */
static void
settle(struct pending *p)
{
	p->waits = false;
	report_use(&p->use);
	if (p->ended)
		report_end(&p->end);
}

static struct pending *
place(uint32_t number)
{
	return &pending[number % PENDING];
}

static void
settle_process(const struct kernel_process *process, uint64_t id)
{
	struct pending	*p;
	uint32_t	 n;

	for (n = first_number; n != last_number + 1; n++) {
		p = place(n);
		if (!p->waits || !same(&p->process, process))
			continue;
		if (id != 0)
			p->use.process = id;
		settle(p);
	}
	while (first_number != last_number + 1 && !place(first_number)->waits)
		first_number++;
}

/* Of a grant or refusal that is forgotten by now nothing is known. */
static bool
sender_of(const struct pending *p, struct kernel_sender *s)
{
	const struct lent	*l = p->refused ? NULL : lent_used(p->grant);
	const struct refusal	*r = p->refused ? refusals_used(p->grant) : NULL;

	*s = (struct kernel_sender){ .process = p->process };
	if (l != NULL)
		s->program = l->key.program;
	if (r != NULL)
		s->program = r->key.program;
	return l != NULL || r != NULL;
}

void
uses_answer(const struct who_answer *a, int64_t now_ns)
{
	struct pending		*p = place(a->ask & NUMBER_MASK);
	struct kernel_process	 process = p->process;
	struct kernel_sender	 s;
	uint64_t		 id = a->status == WHO_FOUND && a->count == 1 ? a->holder[0] : 0;

	/* Late: in its place another's use may wait. */
	if (!p->waits || p->number != (a->ask & NUMBER_MASK))
		return;
	if (sender_of(p, &s) && id != 0)
		known_put(&s, id, now_ns);
	else
		known_end(&s);
	settle_process(&process, id);
}

void
uses_forget(void)
{
	while (first_number != last_number + 1) {
		if (place(first_number)->waits)
			settle(place(first_number));
		first_number++;
	}
	known_forget();
}

void
uses_tick(int64_t now_ns)
{
	struct pending	*p;

	uses_read();
	for (; first_number != last_number + 1; first_number++) {
		p = place(first_number);
		if (p->waits && now_ns - p->since_ns < WHO_WAIT_NS)
			break;
		if (p->waits)
			settle(p);
	}
}

bool
uses_keep_end(uint32_t number, const struct decide_end *e)
{
	struct pending *p = place(number);

	if (number == 0 || !p->waits || p->use.flow != e->flow)
		return false;
	p->end = *e;
	p->ended = true;
	return true;
}

/* Whose it is what was used: that process's, or each one's of the program. */
struct given {
	const struct kernel_program	*program;
	uint64_t			 process;
	bool				 to_program;
};

static void
ask(const struct kernel_sender *s, const struct kernel_use *u, uint32_t number)
{
	struct who_question q = { .ask = FLOW_ASK_USE | (number & NUMBER_MASK), .kind = WHO_SENDER,
				  .family = u->tuple.family, .proto = u->tuple.proto, .inode = u->inode,
				  .uid = u->uid, .sender_uid = u->uid };

	memcpy(q.src, u->tuple.src, sizeof(q.src));
	kernel_sender_told(s, &q.sender);
	who_client_ask(&q);
}

/* Returns the number by which the flow's end finds it. */
static uint32_t
tell_later(const struct kernel_use *u, const struct decide_use *use)
{
	struct pending	*p = place(++last_number);

	if (p->waits)
		settle(p);
	if (last_number - first_number == PENDING)
		first_number++;
	*p = (struct pending){ .use = *use, .process = u->process, .grant = u->grant, .refused = u->refused != 0,
			       .since_ns = clock_ns(), .number = last_number & NUMBER_MASK, .waits = true };
	return last_number;
}

/* Returns what tell_later() does, or 0. */
static uint32_t
tell(const struct given *g, const struct kernel_use *u, struct decide_use *use)
{
	const struct kernel_sender	s = { .process = u->process, .program = *g->program };
	int64_t				now = clock_ns();
	uint64_t			id;
	uint32_t			number;

	use->process = g->process;
	if (g->to_program) {
		if (!known_find(&s, now, &id)) {
			number = tell_later(u, use);
			known_put(&s, 0, now);
			ask(&s, u, number);
			return number;
		}
		if (id == 0)
			return tell_later(u, use);
		use->process = id;
	}
	report_use(use);
	return 0;
}

/* There is no room to follow it: as with flows that came by the queue. */
static void
unfollowed(const struct kernel_use *u, const struct tuple *t)
{
	if (t->proto == IPPROTO_TCP) {
		judge_unfollowed();
		return;
	}
	lent_end(u->grant);
	conntrack_delete(t);
}

static uint32_t
follow(const struct kernel_use *u, const struct tuple *t, uint64_t id)
{
	uint32_t	 i = live_add(id, t, u->cookie, 0);
	struct live	*l;

	if (i == LIVE_NONE)
		return i;
	l = live_at(i);
	l->action = ACTION_ACCEPT;
	l->hook = l->direction = DIRECTION_OUT;
	l->inode = (uint32_t)u->inode;
	l->device = u->device;
	l->uid = u->uid;
	l->has_uid = true;
	l->opener = u->process;
	return i;
}

static void
take(const struct kernel_use *u, const struct tuple *t)
{
	const struct lent	*l = lent_used(u->grant);
	struct decide_use	 use = { .flow = flow_next_id(), .tuple = *t, .direction = DIRECTION_OUT,
					 .action = ACTION_ACCEPT, .reason = l != NULL ? l->reason : 0 };
	uint32_t		 i = follow(u, t, use.flow), number = 0;

	if (l != NULL)
		number = tell(&(struct given){ &l->key.program, l->process, lent_to_program(l) }, u, &use);
	else
		report_shed(1);
	if (i == LIVE_NONE) {
		unfollowed(u, t);
		return;
	}
	live_at(i)->use = number;
	if (l == NULL || l->generation != kernel_generation())
		anew_one(i);
}

/* The flow before it with this tuple ended, and that was read; else it goes on: a SYN sent again. */
static void
take_again(const struct kernel_use *u, const struct tuple *t)
{
	uint32_t i = live_find(t);

	if (i != LIVE_NONE && live_at(i)->cookie == u->cookie)
		return;
	if (i != LIVE_NONE)
		ends_forget(i);
	take(u, t);
}

/* There was no packet: nothing is followed. */
static void
take_refused(const struct kernel_use *u, const struct tuple *t)
{
	const struct refusal	*r = refusals_used(u->grant);
	struct decide_use	 use = { .flow = flow_next_id(), .tuple = *t, .direction = DIRECTION_OUT,
					 .action = ACTION_BLOCK };

	if (r == NULL) {
		report_shed(1);
		return;
	}
	use.reason = r->reason;
	memcpy(use.tuple.src, r->local, sizeof(use.tuple.src));
	(void)tell(&(struct given){ &r->key.program, r->process, refusals_of_program(r) }, u, &use);
}

static bool
valid(const struct kernel_use *u, const struct tuple *t)
{
	return check_tuple(t) && (t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP) && u->cookie != 0;
}

/* Whose tuple is followed already. Only what conntrack tells shows which of those flows ended. */
static struct aside {
	struct kernel_use	use[ASIDE];
	unsigned		count;
} aside;

static void
take_aside(void)
{
	struct tuple	t;
	unsigned	i;

	if (aside.count > 0)
		conntrack_drain();
	for (i = 0; i < aside.count; i++) {
		memcpy(&t, &aside.use[i].tuple, sizeof(t));
		take_again(&aside.use[i], &t);
	}
	aside.count = 0;
}

static void
put_aside(const struct kernel_use *u)
{
	if (aside.count == ASIDE)
		take_aside();
	aside.use[aside.count++] = *u;
}

static void
take_any(const struct kernel_use *u, const struct tuple *t)
{
	if (!valid(u, t))
		return;
	if (u->refused != 0)
		take_refused(u, t);
	else if (live_find(t) == LIVE_NONE)
		take(u, t);
	else
		put_aside(u);
}

static unsigned
read_row(struct kernel_use u[static ROW], struct tuple t[static ROW])
{
	unsigned	n;

	for (n = 0; n < ROW && ring_take(ring, &u[n], sizeof(u[n])); n++)
		memcpy(&t[n], &u[n].tuple, sizeof(t[n]));
	live_soon(t, sizeof(*t), n);
	return n;
}

/*
 * All that were told before this; programs go on meanwhile, and must not keep us here. Returns whether
 * there were any.
 */
static bool
read_all(void)
{
	struct kernel_use	u[ROW];
	struct tuple		t[ROW];
	unsigned		read, n, i;

	for (read = 0; read < TOGETHER && (n = read_row(u, t)) > 0; read += n)
		for (i = 0; i < n; i++)
			take_any(&u[i], &t[i]);
	take_aside();
	return read > 0;
}

/* Ends that are read meanwhile ask for all uses again: they are being read. */
static bool
read_once(void)
{
	static bool	reading;
	bool		any;

	if (ring == NULL || reading)
		return false;
	reading = true;
	any = read_all();
	reading = false;
	return any;
}

void
uses_read(void)
{
	(void)read_once();
}

void
uses_void(void)
{
	lent_end_all();
	refusals_end_all();
	uses_read();
}

/* What is there already, and what comes from now on, makes the ring readable. */
static bool
read_later(void)
{
	bool	any = read_once();

	if (any)
		judge_burst_end();
	else
		kernel_await_use();
	return any;
}

void
uses_open(void)
{
	struct kernel_use	u;

	if ((ring = ring_open(FD_INTERCEPT_USES, KERNEL_USES)) == NULL)
		fatal("uses of grants");
	while (ring_take(ring, &u, sizeof(u)))
		unread++;
}

void
uses_start(struct event_base *base)
{
	static struct later	news = { .first_ms = LATER_MS, .again_ms = LATER_MS, .read = read_later };

	if (ring == NULL)
		return;
	for (; unread > 0; unread--)
		report_shed(1);
	kernel_await_use();
	later_start(&news, base, FD_INTERCEPT_USES);
}
