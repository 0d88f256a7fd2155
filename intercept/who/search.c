/*
 * The search for holders of a socket. Called by answers.c and sweep.c. The
 * inode comes from intercept and may be anything; what a search may cost is
 * bounded by what exists, and what was read once is read again only after its
 * process ran.
 */
#include <errno.h>
#include <string.h>

#include "identity.h"
#include "procfs.h"
#include "scan.h"
#include "search.h"
#include "sockets.h"

#define FRESH_MAX	64	/* relatives just begun whose tables are read before an answer */
#define DEPTH		8	/* generations */
#define HOT_PROBES	4
#define RELATIVES	4	/* children, and siblings, that are looked at with a holder */
#define RELATIVE_MS	10	/* a busy relative's table is read at most this often */
#define RELATIVE_FDS	64	/* larger ones are left to the sweep */
#define THREAD_BUDGET	4000

static int64_t	since;		/* of this question */
static bool	thorough;

void
search_begin(int64_t since_us, bool everywhere)
{
	since = since_us;
	thorough = everywhere;
}

void
search_refresh(void)
{
	processes_refresh();
}

/* Another process of the same program is in the set: it counts no second time. */
static bool
represented(const struct holder_set *set, struct proc *p)
{
	if (p->id == 0)
		return false;
	for (unsigned i = 0; i < set->count; i++)
		if (set->holder[i].proc->id != 0 && set->holder[i].proc->class == p->class)
			return identity_runs(p) && identity_same_user(p);
	return false;
}

static void
drop_hold(uint64_t inode, const struct holder *was)
{
	struct sock	*s = sockets_find(inode);
	struct hold	*h;

	if (s == NULL)
		return;
	for (h = LIST_FIRST(&s->holds); h != NULL; h = LIST_NEXT(h, of_socket))
		if (h->proc == was->proc && h->tid == was->tid) {
			hold_drop(h);
			return;
		}
}

/* What the index says, copied: looking at it changes the index. */
static unsigned
copy_holds(uint64_t inode, struct holder_set *set, struct holder to[static HOLDERS_KEPT])
{
	const struct sock	*s = sockets_find(inode);
	const struct hold	*h;
	unsigned		 n = 0;

	if (s == NULL)
		return 0;
	set->too_many |= s->crowded;
	for (h = LIST_FIRST(&s->holds); h != NULL; h = LIST_NEXT(h, of_socket))
		if (!holders_has(set, h->proc))
			to[n++] = (struct holder){ .proc = h->proc, .inode = inode, .tid = h->tid,
						   .fd = h->fd, .indexed = true, .again = h->again };
	return n;
}

static bool
still_holds(const struct holder *h)
{
	return scan_probe(h->proc, h->tid, h->fd, h->inode) ||
	    (h->again && scan_table(h->proc, h->tid, 0, h->inode));
}

void
search_indexed(uint64_t inode, struct holder_set *set)
{
	static struct holder	holds[HOLDERS_KEPT];
	unsigned		n = copy_holds(inode, set, holds);

	for (unsigned i = 0; i < n; i++) {
		if (represented(set, holds[i].proc))
			continue;
		if (still_holds(&holds[i]))
			holders_add(set, &holds[i]);
		else
			drop_hold(inode, &holds[i]);
	}
}

static void
found(struct proc *p, uint32_t tid, int fd, uint64_t inode, struct holder_set *set)
{
	struct holder	h = { .proc = p, .inode = inode, .tid = tid, .fd = fd };

	holders_add(set, &h);
}

/* A fresh socket mostly stands where the last one of the same process stood, or next to it. */
static bool
probe_near(struct proc *p, uint64_t inode, struct holder_set *set)
{
	static const int	steps[] = { 0, 1, 2, -1 };

	errno = 0;
	for (unsigned i = 0; i < 4 && errno != ESRCH; i++) {
		int	fd = p->last_fd + steps[i];

		if (fd < 0 || !scan_probe(p, p->own_table, fd, inode))
			continue;
		found(p, p->own_table, fd, inode, set);
		return true;
	}
	if (errno == ESRCH && !proc_alive(p))
		proc_remove(p);
	return false;
}

static bool
search_hot(uint64_t inode, struct holder_set *set)
{
	struct proc	*p, *next;
	unsigned	 left = HOT_PROBES;

	for (p = TAILQ_FIRST(processes_hot()); p != NULL && left > 0; p = next, left--) {
		next = TAILQ_NEXT(p, by_hit);
		if (probe_near(p, inode, set))
			return true;
	}
	return false;
}

/* Reads one table until the socket is met, if it may be there. */
static bool
search_table(struct proc *p, uint64_t inode, struct holder_set *set)
{
	if (p->scanned && !p->forgotten && p->scanned_us >= since)
		return false;
	if (!scan_outdated(p))
		return false;
	if (!scan_table(p, 0, p->last_fd, inode))
		return false;
	search_indexed(inode, set);
	return set->count > 0;
}

/* Who just began often asks at once: youngest first. */
static bool
search_fresh(uint64_t inode, struct holder_set *set)
{
	struct proc	*p, *next;

	for (p = TAILQ_FIRST(processes_fresh()); p != NULL; p = next) {
		next = TAILQ_NEXT(p, by_age);
		if (scan_table(p, 0, 0, inode)) {
			search_indexed(inode, set);
			return set->count > 0;
		}
	}
	return false;
}

static bool
index_names(uint64_t inode, const struct proc *p)
{
	const struct sock	*s = sockets_find(inode);
	const struct hold	*h;

	if (s == NULL)
		return false;
	for (h = LIST_FIRST(&s->holds); h != NULL; h = LIST_NEXT(h, of_socket))
		if (h->proc == p)
			return true;
	return false;
}

/* Is one of those that it descends from known to hold it? */
static bool
parent_holds(uint64_t inode, const struct proc *p)
{
	unsigned	depth = DEPTH;

	for (p = p->parent; p != NULL && depth > 0; p = p->parent, depth--)
		if (index_names(inode, p))
			return true;
	return false;
}

/*
 * A child inherits what its parent held. Of those that were never read, the
 * holder's forebears and all that descend from a holder are read now.
 */
static void
read_family(uint64_t inode, const struct proc *holder)
{
	struct proc	*p, *next;
	unsigned	 left = FRESH_MAX, depth = DEPTH;

	if (TAILQ_EMPTY(processes_fresh()))
		return;
	for (p = holder->parent; p != NULL && depth > 0; p = p->parent, depth--)
		if (p->fresh)
			(void)scan_table(p, 0, 0, 0);
	for (p = TAILQ_FIRST(processes_fresh()); p != NULL && left > 0; p = next) {
		next = TAILQ_NEXT(p, by_age);
		if (!parent_holds(inode, p))
			continue;
		(void)scan_table(p, 0, 0, 0);
		left--;
	}
}

/* Processes of one kind: those that held something asked for, the user's, all others. */
enum which { WHICH_HOT, WHICH_USER, WHICH_REST };

static bool
search_tables(uint64_t inode, uint32_t uid, enum which which, struct holder_set *set)
{
	struct proc	*p, *next;

	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = next) {
		next = TAILQ_NEXT(p, by_use);
		if (which == WHICH_HOT ? !p->hot : p->hot)
			continue;
		if (which != WHICH_HOT && (which == WHICH_USER) != (p->euid == uid))
			continue;
		if (search_table(p, inode, set))
			return true;
	}
	return false;
}

/* Tables of threads that left their process' own: those known to, then the user's, then all. */
static bool
search_threads(uint64_t inode, uint32_t uid, struct holder_set *set)
{
	unsigned	 budget = THREAD_BUDGET;
	struct proc	*p, *next;

	for (int round = 0; round < 3; round++)
		for (p = TAILQ_FIRST(processes_all()); p != NULL; p = next) {
			int	rank = p->own_table != 0 ? 0 : p->euid == uid ? 1 : 2;

			next = TAILQ_NEXT(p, by_use);
			if (rank != round || p->threads <= 1 || p->kthread || p->zombie)
				continue;
			if (scan_threads(p, inode, false, &budget)) {
				search_indexed(inode, set);
				return true;
			}
		}
	return false;
}

static bool
is_apart(const struct proc *p, const struct proc *q)
{
	for (unsigned i = 0; i < PARTNERS; i++)
		if (p->apart[i] == q->pid)
			return true;
	return false;
}

static void
put_front(uint32_t list[static PARTNERS], uint32_t pid)
{
	unsigned	at = 0;

	while (at < PARTNERS - 1 && list[at] != pid)
		at++;
	memmove(list + 1, list, at * sizeof(*list));
	list[0] = pid;
}

void
search_partners(struct proc *p, struct proc *q)
{
	if (p == q)
		return;
	put_front(p->partner, q->pid);
	put_front(q->partner, p->pid);
}

/*
 * A relative may hold the socket too: through one table for both (a child by
 * clone(CLONE_FILES) that did not exec), then at the same number; or because it
 * was given it, then its process ran since its table was read.
 */
static void
look_at_relative(const struct holder *h, struct proc *r, int64_t now, bool partner)
{
	if (r == h->proc || r->kthread || r->zombie || r->pid == 1)
		return;
	if ((r->noexec || h->proc->noexec) && h->tid == 0 && !is_apart(h->proc, r) &&
	    !scan_probe(r, 0, h->fd, h->inode))
		put_front(h->proc->apart, r->pid);
	if (r->count > RELATIVE_FDS || (!partner && now - r->looked_ms < RELATIVE_MS))
		return;
	r->looked_ms = now;
	if (scan_outdated(r))
		(void)scan_table(r, 0, 0, 0);
}

static void
look_at_list(const struct holder *h, struct proc *first, int64_t now)
{
	unsigned	 left = RELATIVES;
	struct proc	*r, *next;

	for (r = first; r != NULL && left > 0; r = next, left--) {
		next = LIST_NEXT(r, sibling);
		look_at_relative(h, r, now, false);
	}
}

static void
look_at_relatives(const struct holder *h)
{
	int64_t		 now = clock_ms();
	struct proc	*p = h->proc, *partner;

	for (unsigned i = 0; i < PARTNERS; i++)
		if (p->partner[i] != 0 && (partner = processes_find(p->partner[i])) != NULL)
			look_at_relative(h, partner, now, true);
	look_at_list(h, LIST_FIRST(&p->children), now);
	if (p->parent != NULL) {
		look_at_relative(h, p->parent, now, false);
		look_at_list(h, LIST_FIRST(&p->parent->children), now);
	}
}

/* Reads every table that may have changed. */
static void
read_all(void)
{
	struct proc	*p, *next;

	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = next) {
		next = TAILQ_NEXT(p, by_use);
		if (scan_outdated(p))
			(void)scan_table(p, 0, 0, 0);
	}
}

static bool
search_near(uint64_t inode, uint32_t uid, struct holder_set *set)
{
	search_indexed(inode, set);
	return set->count > 0 || search_hot(inode, set) || search_fresh(inode, set) ||
	    search_tables(inode, uid, WHICH_HOT, set) ||
	    search_tables(inode, uid, WHICH_USER, set);
}

static bool
search_everywhere(uint64_t inode, uint32_t uid, struct holder_set *set)
{
	return search_tables(inode, uid, WHICH_REST, set) || search_threads(inode, uid, set);
}

bool
search_socket(uint64_t inode, uint32_t uid, struct holder_set *set)
{
	static struct holder_set	own;
	const struct sock		*s;
	bool				 first_time;

	holders_clear(&own);
	s = sockets_find(inode);
	first_time = s == NULL || s->told == NULL;
	if (!search_near(inode, uid, &own) && !(thorough && search_everywhere(inode, uid, &own)))
		return thorough && processes_complete();
	if (own.count > 0) {
		proc_hit(own.holder[0].proc, own.holder[0].fd);
		look_at_relatives(&own.holder[0]);
		read_family(inode, own.holder[0].proc);
		/* Made by one user, held by another: somebody handed it over. */
		if (first_time && uid != UINT32_MAX && own.holder[0].proc->euid != uid)
			read_all();
		search_indexed(inode, &own);
	}
	for (unsigned i = 0; i < own.count; i++)
		holders_add(set, &own.holder[i]);
	set->too_many |= own.too_many;
	return true;
}
