/*
 * The index of sockets. Used by scan.c and search.c. Inodes come from the
 * kernel; how many there are is up to programs, hence the bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "sockets.h"

#define BUCKETS		65536u
#define SLAB		256
#define NOTED		4096u	/* sockets that were answered and nobody was seen to hold */

LIST_HEAD(sock_list, sock);
TAILQ_HEAD(sock_queue, sock);

static struct sock_list		*buckets;
static struct sock_queue	 used = TAILQ_HEAD_INITIALIZER(used);
static struct sock_list		 free_socks;
static struct hold_list		 free_holds;
static unsigned			 socks, holds;
static uint32_t			 stamp;
static sockets_more_fn		*on_more;

void
sockets_init(sockets_more_fn *more)
{
	on_more = more;
	buckets = calloc(BUCKETS, sizeof(*buckets));
	if (buckets == NULL)
		fatal("memory for the index of sockets");
}

static struct sock_list *
bucket(uint64_t inode)
{
	/* Inodes are given out in turn: the low bits spread by themselves. */
	return &buckets[inode % BUCKETS];
}

unsigned
sockets_count(void)
{
	return socks;
}

uint32_t
sockets_stamp(void)
{
	return ++stamp;
}

struct sock *
sockets_find(uint64_t inode)
{
	struct sock	*s;

	for (s = LIST_FIRST(bucket(inode)); s != NULL; s = LIST_NEXT(s, by_inode))
		if (s->inode == inode)
			return s;
	return NULL;
}

static void
sock_free(struct sock *s)
{
	LIST_REMOVE(s, by_inode);
	TAILQ_REMOVE(&used, s, by_use);
	free(s->told);
	LIST_INSERT_HEAD(&free_socks, s, by_inode);
	socks--;
}

static void
hold_free(struct hold *h)
{
	LIST_REMOVE(h, of_socket);
	LIST_REMOVE(h, of_proc);
	h->sock->held--;
	LIST_INSERT_HEAD(&free_holds, h, of_proc);
	holds--;
}

void
hold_drop(struct hold *h)
{
	struct sock	*s = h->sock;

	hold_free(h);
	if (LIST_EMPTY(&s->holds))
		sock_free(s);
}

/* The longest unused goes; its holders have to be read anew to be sure of them. */
static void
forget_one(const struct sock *keep)
{
	struct sock	*s = TAILQ_LAST(&used, sock_queue);
	struct hold	*h;

	if (s == keep)
		s = TAILQ_PREV(s, sock_queue, by_use);
	if (s == NULL)
		return;
	while ((h = LIST_FIRST(&s->holds)) != NULL) {
		h->proc->forgotten = true;
		hold_free(h);
	}
	sock_free(s);
}

static struct sock *
sock_new(uint64_t inode)
{
	struct sock	*s;

	if (socks >= SOCKETS_MAX)
		forget_one(NULL);
	if (LIST_EMPTY(&free_socks)) {
		s = calloc(SLAB, sizeof(*s));
		if (s == NULL)
			fatal("memory for sockets");
		for (unsigned i = 0; i < SLAB; i++)
			LIST_INSERT_HEAD(&free_socks, &s[i], by_inode);
	}
	s = LIST_FIRST(&free_socks);
	LIST_REMOVE(s, by_inode);
	memset(s, 0, sizeof(*s));
	s->inode = inode;
	LIST_INSERT_HEAD(bucket(inode), s, by_inode);
	TAILQ_INSERT_HEAD(&used, s, by_use);
	socks++;
	return s;
}

static struct hold *
hold_new(struct sock *s, struct proc *p)
{
	struct hold	*h;

	if (holds >= HOLDS_MAX)
		forget_one(s);
	if (LIST_EMPTY(&free_holds)) {
		h = calloc(SLAB, sizeof(*h));
		if (h == NULL)
			fatal("memory for holds");
		for (unsigned i = 0; i < SLAB; i++)
			LIST_INSERT_HEAD(&free_holds, &h[i], of_proc);
	}
	h = LIST_FIRST(&free_holds);
	LIST_REMOVE(h, of_proc);
	memset(h, 0, sizeof(*h));
	h->sock = s;
	h->proc = p;
	s->held++;
	LIST_INSERT_HEAD(&s->holds, h, of_socket);
	LIST_INSERT_HEAD(&p->holds, h, of_proc);
	holds++;
	return h;
}

static void
sock_used(struct sock *s)
{
	if (TAILQ_FIRST(&used) == s)
		return;
	TAILQ_REMOVE(&used, s, by_use);
	TAILQ_INSERT_HEAD(&used, s, by_use);
}

static struct hold *
hold_find(const struct sock *s, const struct proc *p, uint32_t tid)
{
	struct hold	*h;

	for (h = LIST_FIRST(&s->holds); h != NULL; h = LIST_NEXT(h, of_socket))
		if (h->proc == p && h->tid == tid)
			break;
	return h;
}

void
sockets_hold(uint64_t inode, struct proc *p, uint32_t tid, int fd, uint32_t seen)
{
	struct sock	*s = sockets_find(inode);
	struct hold	*h;

	if (s == NULL)
		s = sock_new(inode);
	if ((h = hold_find(s, p, tid)) != NULL) {
		h->again |= h->fd != fd;
		h->fd = fd;
		h->stamp = seen;
		return;
	}
	if (s->held >= HOLDERS_KEPT) {
		s->crowded = true;
		return;
	}
	h = hold_new(s, p);
	h->tid = tid;
	h->fd = fd;
	h->stamp = seen;
	sock_used(s);
	if (s->told != NULL && on_more != NULL)
		on_more(s, p);
}

struct sock *
sockets_note(uint64_t inode)
{
	static uint64_t	noted[NOTED];
	static unsigned	at;
	struct sock	*s = sockets_find(inode);

	if (s != NULL)
		return s;
	if (noted[at] != 0 && (s = sockets_find(noted[at])) != NULL && LIST_EMPTY(&s->holds))
		sock_free(s);
	noted[at] = inode;
	at = (at + 1) % NOTED;
	return sock_new(inode);
}

void
sockets_drop(struct proc *p)
{
	struct hold	*h;

	while ((h = LIST_FIRST(&p->holds)) != NULL)
		hold_drop(h);
}

void
sockets_drop_unseen(struct proc *p, uint32_t tid, uint32_t seen)
{
	struct hold	*h, *next;

	for (h = LIST_FIRST(&p->holds); h != NULL; h = next) {
		next = LIST_NEXT(h, of_proc);
		if (h->tid == tid && h->stamp != seen)
			hold_drop(h);
	}
}

void
sockets_tell(struct sock *s, const struct told *t)
{
	if (s->told == NULL && (s->told = malloc(sizeof(*t))) == NULL)
		fatal("memory for an answer");
	*s->told = *t;
	sock_used(s);
}

void
sockets_forget_told(void)
{
	struct sock	*s;

	TAILQ_FOREACH(s, &used, by_use) {
		free(s->told);
		s->told = NULL;
	}
}
