/*
 * Network namespaces and who is in them, for flows that are forwarded. Called
 * when intercept asks; trusts the kernel's links. One question is worked at after the other:
 * all processes are looked at, a slice at a time, then those that are to be told are named.
 */
#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "answers.h"
#include "cgroup.h"
#include "digest.h"
#include "identity.h"
#include "namespaces.h"
#include "origin.h"
#include "parse.h"
#include "processes.h"
#include "procfs.h"
#include "sandbox.h"
#include "tenants.h"
#include "who.h"

#define SLICE_US	2000	/* then other events get their turn */
#define REST		9	/* after a look at all, this many times its length */
#define REST_MOST_US	1000000
#define AT_A_TIME	16	/* are being named: others' programs wait behind them */
#define NAMES_US	500000	/* then what has no name yet is left out */
#define YOUNG_NS	500000000u	/* engines set up in that time what they start */

static struct event	*turn;
static uint32_t		 pids[PROCESSES_MAX];	/* to look at */
static unsigned		 pid_count, at;
static struct tenant	 tenants[PROCESSES_MAX];
static unsigned		 tenant_count;
static struct party	 parties[WHO_NAMESPACES_COUNT];
static struct proc	*named[WHO_NAMESPACES_COUNT];	/* one of each, pinned; NULL: none was found yet */
static unsigned		 party_count, named_count;	/* parties that have their answer */
static uint32_t		 asked, answering;	/* the newest question; the one that is worked at, 0: none is */
static uint64_t		 own;			/* whod's and the suite's */
static int64_t		 cost_us, due_us;	/* of this look; when the next one may begin */
static uint64_t		 young;			/* who began since: as proc.start */
static bool		 again, voided;		/* it is to be worked at next; nobody waits for the one before */
static bool		 looking, whole;
static bool		 missed;		/* somebody of whom the kernel does not say where he is */

static void	begin_when_due(void);

/* Most processes are in it, and no interface leads there. */
static uint64_t
own_namespace(void)
{
	return procfs_namespace(procfs_root(), "self/ns/net", "net");
}

static uint64_t
digest_of(const void *bytes, size_t len)
{
	struct digest	h;

	digest_begin(&h);
	digest_add(&h, bytes, len);
	return digest_end(&h);
}

/*
 * A container's, if root named it; else, of what root gave away (a user's own manager) all that is below; else the
 * user's, and root's by the unit: whoever makes processes has one share, whatever users and cgroups he has for them.
 */
static uint64_t
share_of(const struct process *f, size_t container)
{
	if (container > 0 && (container <= f->cgroup_root || f->cgroup_root == 0))
		return digest_of(f->cgroup, container);
	if (f->uid != 0 && (f->cgroup_root == f->cgroup_len || f->cgroup_root == 0))
		return digest_of(&f->uid, sizeof(f->uid));
	return digest_of(f->cgroup, f->cgroup_root);
}

/* False: it ended, or the kernel does not say it. */
static bool
set_party(struct proc *p, struct tenant *t)
{
	static struct process	f;
	struct status_facts	s;
	struct cgroup_container	c = { .end = 0 };
	bool			unified;

	memset(&f, 0, sizeof(f));
	if (!identity_cgroup(p, f.cgroup, &f.cgroup_len, &unified) || !identity_status(p, &s))
		return false;
	f.uid = s.uid;
	origin_rate_cgroup(&f, unified);
	if (cgroup_container(f.cgroup, &c))
		t->container = digest_of(f.cgroup, c.end);
	else
		c.end = 0;
	t->share = share_of(&f, c.end);
	return true;
}

static bool
set_tenant(struct proc *p, struct tenant *t)
{
	*t = (struct tenant){ .inode = proc_namespace(p, "net"), .start = p->start, .pid = p->pid };
	return t->inode != 0 && (t->inode == own || set_party(p, t));
}

static bool
goes_on(struct proc *p)
{
	return proc_restat(p) && !p->zombie;
}

/*
 * One that goes on without its main thread is looked at again, by the thread that stands in. Who may not be looked
 * at at all (a security module's word, not his own) is nobody's guest.
 */
static void
look_at(uint32_t pid)
{
	struct proc	*p = processes_find(pid);
	struct tenant	*t = &tenants[tenant_count];

	if (p == NULL || p->kthread || p->zombie)
		return;
	errno = 0;
	if (set_tenant(p, t) || (errno != EACCES && goes_on(p) && set_tenant(p, t)))
		tenant_count++;
	else if (errno != EACCES && goes_on(p))
		missed = true;
}

static void
turn_in(int64_t us)
{
	struct timeval	t = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	(void)event_add(turn, &t);
}

static void
choose(void)
{
	looking = false;
	due_us = clock_us() + (cost_us * REST < REST_MOST_US ? cost_us * REST : REST_MOST_US);
	party_count = tenants_choose(tenants, tenant_count, parties, &whole);
	whole &= !missed;
	named_count = 0;
	memset(named, 0, sizeof(named));
	turn_in(NAMES_US);
	namespaces_ready();
}

static void
look(int64_t begin)
{
	int64_t	now;

	do {
		if (at < pid_count)
			look_at(pids[at++]);
		now = clock_us();
	} while (at < pid_count && now - begin < SLICE_US);
	cost_us += now - begin;
	if (at < pid_count)
		turn_in(0);
	else
		choose();
}

static void
begin(void)
{
	int64_t		 now = clock_us();
	struct proc	*p;

	answering = asked;
	again = voided = false;
	looking = true;
	cost_us = 0;
	pid_count = at = tenant_count = 0;
	missed = false;
	own = own_namespace();
	young = ticks_ago(YOUNG_NS);
	processes_relist();
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = TAILQ_NEXT(p, by_use))
		pids[pid_count++] = p->pid;
	look(now);
}

/* The oldest that is still there has its name, or there is none any more: true. */
static bool
name_party(unsigned i)
{
	struct party	*party = &parties[i];
	uint64_t	 stale;

	for (; party->first < party->end; party->first++) {
		if (named[i] == NULL && (named[i] = processes_find(tenants[party->first].pid)) != NULL) {
			if (named[i]->start == tenants[party->first].start)
				proc_pin(named[i]);
			else
				named[i] = NULL;
		}
		if (named[i] == NULL)
			continue;
		switch (identity_check(named[i], &stale)) {
		case IDENTITY_WAIT:
			return false;
		case IDENTITY_KNOWN:
			return true;
		case IDENTITY_GONE:
			proc_unpin(named[i]);
			named[i] = NULL;
			break;
		}
	}
	return true;
}

/* Has it a name, or need it none? One may have lost it since. */
static bool
is_told(unsigned i)
{
	return named[i] != NULL ? named[i]->id != 0 : parties[i].first == parties[i].end;
}

static struct who_namespace
told_of(const struct party *party, const struct proc *p)
{
	return (struct who_namespace){ .inode = party->inode, .pid = p->stand_in != 0 ? p->stand_in : p->pid,
				       .process = p->id, .young = p->start >= young,
				       .alone = party->alone && processes_complete() };
}

/* All parties of a namespace, from this one on, or none. Returns the next namespace's first. */
static unsigned
add_namespace(struct who_namespaces *m, unsigned first)
{
	unsigned	end, count = m->count;
	bool		complete = true;

	for (end = first; end < party_count && parties[end].inode == parties[first].inode; end++) {
		complete &= is_told(end);
		if (named[end] != NULL)
			m->ns[m->count++] = told_of(&parties[end], named[end]);
	}
	if (!complete)
		m->count = (uint16_t)count;
	m->whole &= complete;
	return end;
}

static void
answer(void)
{
	static struct who_namespaces	m;
	static uint8_t			body[WHO_NAMESPACES_MAX];

	m.whole = whole && processes_complete();
	m.count = 0;
	for (unsigned i = 0; i < party_count;)
		i = add_namespace(&m, i);
	if (!voided)
		answers_send(WHO_NAMESPACES, answering, body, who_namespaces_pack(&m, body, sizeof(body)));
	for (unsigned i = 0; i < party_count; i++)
		if (named[i] != NULL)
			proc_unpin(named[i]);
	answers_flush();
	answering = 0;
	(void)event_del(turn);
	begin_when_due();	/* what was asked meanwhile is about what is there now */
}

void
namespaces_ready(void)
{
	if (answering == 0 || looking)
		return;
	for (unsigned i = named_count; i < party_count && i < named_count + AT_A_TIME; i++)
		if (name_party(i) && i == named_count)
			named_count++;
	if (named_count == party_count)
		answer();
}

static void
begin_when_due(void)
{
	int64_t	wait = due_us - clock_us();

	if (!again || answering != 0)
		return;
	if (wait <= 0)
		begin();
	else
		turn_in(wait);
}

static void
on_turn(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	if (looking)
		look(clock_us());
	else if (answering != 0)
		answer();
	else
		begin_when_due();
}

void
namespaces_tell(uint32_t id)
{
	asked = id;
	again = true;
	begin_when_due();
}

void
namespaces_void(void)
{
	voided = true;
	again = false;
}

void
namespaces_init(struct event_base *base)
{
	turn = evtimer_new(base, on_turn, NULL);
	if (turn == NULL)
		fatalx("event");
}
