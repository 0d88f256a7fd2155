/*
 * whod's side of the readers: who is asked what, and for how long. Trusts an
 * answer no further than its lengths: a reader runs whod's own code, but on
 * what programs give it.
 */
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "procfs.h"
#include "reader.h"
#include "sandbox.h"

#define READERS		4
#define STUCK_US	10000	/* from then on the next reader helps */
#define KILL_US		250000
#define WAIT_US		500000	/* for questions that found no reader */
#define WAITING_MAX	1024
#define TICK_US		5000

struct waiting {
	TAILQ_ENTRY(waiting)	entry;
	int64_t			since_us;
	struct reader_question	question;
};

struct reader {
	int		 ours, theirs;	/* the socketpair; both ends stay, for the next fork */
	pid_t		 pid;		/* 0: not running */
	uint64_t	 seq;		/* in work; 0: idle */
	uint32_t	 uid;
	int64_t		 since_us;
	bool		 hints;		/* it was asked for them, too */
	bool		 answered;	/* but for the hints: */
	struct reader_answer answer;
	int		 mm;
	struct event	*event;
};

TAILQ_HEAD(waiting_queue, waiting);

static struct waiting_queue	queue = TAILQ_HEAD_INITIALIZER(queue);
static struct reader		readers[READERS];
static unsigned			waiting;
static uint64_t			last_seq;
static struct event		*tick;
static bool			ticking;
static reader_done_fn		*on_done;

static void	dispatch(void);

static void
start_tick(void)
{
	struct timeval	t = { .tv_usec = TICK_US };

	if (!ticking && event_add(tick, &t) == 0)
		ticking = true;
}

/* With a descriptor, or -1. */
static bool
say(int fd, const void *message, size_t len, int mm)
{
	struct iovec	iov = { (void *)(uintptr_t)message, len };
	union {
		char		bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr	align;
	} control = { { 0 } };
	struct msghdr	m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (mm != -1) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &mm, sizeof(mm));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)len;
}

static void __attribute__((noreturn))
reader_main(int fd)
{
	static struct reader_question	q;
	static struct reader_answer	a;
	static struct reader_hints	h;
	int				root = procfs_root();

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Nothing of whod's own conversations stays open here. */
	for (int i = 3; i < root; i++)
		if (i != fd)
			close(i);
	if (fd > root + 1)
		(void)close_range((unsigned)root + 1, (unsigned)fd - 1, 0);
	(void)close_range((unsigned)fd + 1, ~0u, 0);
	for (;;) {
		ssize_t	n = recv(fd, &q, sizeof(q), 0);
		int	mm;

		if (n != (ssize_t)sizeof(q))
			_exit(n == 0 ? 0 : 1);
		mm = reader_read(&q, &a);
		if (!say(fd, &a, sizeof(a), mm))
			_exit(1);
		if (mm != -1)
			close(mm);
		if (!q.hints)
			continue;
		reader_read_hints(&q, &h);
		if (!say(fd, &h, sizeof(h), -1))
			_exit(1);
	}
}

static bool
reader_run(struct reader *r)
{
	static struct log_rate	rate;

	if (r->pid != 0)
		return true;
	r->pid = fork();
	if (r->pid == 0)
		reader_main(r->theirs);
	if (r->pid == -1) {
		r->pid = 0;
		if (log_rate_ok(&rate, 1))
			log_warn("no reader: programs stay unproven");
		return false;
	}
	return true;
}

static void
reader_end(struct reader *r)
{
	static struct reader_question	stale;

	if (r->pid != 0) {
		(void)kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, WNOHANG);
	}
	r->pid = 0;
	r->seq = 0;
	/* A question that the dead one had not taken must not reach the next. */
	while (recv(r->theirs, &stale, sizeof(stale), MSG_DONTWAIT) > 0)
		continue;
}

static void
give_up(uint64_t seq)
{
	static const struct process_hints	none;
	struct reader_answer			a = { .seq = seq };

	on_done(&a, &none, -1);
}

/* It says no more: what it said until now has to do. */
static void
cut_short(struct reader *r)
{
	static const struct process_hints	none;
	uint64_t				seq = r->seq;
	bool					answered = r->answered;

	reader_end(r);
	r->answered = false;
	if (answered)
		on_done(&r->answer, &none, r->mm);
	else if (seq != 0)
		give_up(seq);
}

static void
finish(struct reader *r, const struct process_hints *hints)
{
	r->answered = false;
	r->seq = 0;
	on_done(&r->answer, hints, r->mm);
}

/* What a reader may say: an answer, then hints. */
union told {
	uint64_t		seq;
	struct reader_answer	answer;
	struct reader_hints	hints;
};

static bool
hints_in_bounds(const struct process_hints *h)
{
	if (h->cwd_len > CWD_BYTES || h->arguments_len > ARGUMENTS_BYTES || h->scripts > SCRIPTS_MOST ||
	    h->parents > PARENTS_MOST)
		return false;
	for (unsigned i = 0; i < h->scripts; i++)
		if (h->script[i].path_len > SCRIPT_BYTES)
			return false;
	for (unsigned i = 0; i < h->parents; i++)
		if (h->parent[i].path_len > PARENT_BYTES)
			return false;
	return true;
}

/* Reads one message, checked: its length, and the descriptor of the memory, or -1. 0: there is none. */
static size_t
receive(struct reader *r, union told *t, int *mm)
{
	struct iovec	iov = { t, sizeof(*t) };
	union {
		char		bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr	align;
	} control;
	struct msghdr	m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr	*c;
	ssize_t		n = recvmsg(r->ours, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*mm = -1;
	if (n == -1)
		return 0;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(mm, CMSG_DATA(c), sizeof(*mm));
	if (n == (ssize_t)sizeof(t->answer) && t->answer.command_len <= COMMAND_BYTES &&
	    (t->answer.flags & ~(uint32_t)PROCESS_FLAGS) == 0)
		return sizeof(t->answer);
	if (n == (ssize_t)sizeof(t->hints) && hints_in_bounds(&t->hints.hints))
		return sizeof(t->hints);
	fatalx("a reader speaks nonsense");
}

static void
on_answer(evutil_socket_t fd, short what, void *ctx)
{
	static const struct process_hints	none;
	static union told	 t;
	struct reader		*r = ctx;
	size_t			 len;
	int			 mm;

	(void)fd;
	(void)what;
	while ((len = receive(r, &t, &mm)) > 0)
		if (t.seq != r->seq || r->seq == 0) {	/* of one that was given up */
			if (mm != -1)
				close(mm);
		} else if (len == sizeof(t.answer)) {
			r->answer = t.answer;
			r->answered = true;
			r->mm = mm;
			if (!r->hints)
				finish(r, &none);
		} else if (r->answered)
			finish(r, &t.hints.hints);
	dispatch();
}

static bool
user_is_stuck(uint32_t uid, int64_t now)
{
	for (unsigned i = 0; i < READERS; i++)
		if (readers[i].seq != 0 && readers[i].uid == uid &&
		    now - readers[i].since_us > STUCK_US)
			return true;
	return false;
}

/* The next one that may be asked now: NULL if all before it are at work, and not for long. */
static struct reader *
reader_free(int64_t now)
{
	for (unsigned i = 0; i < READERS; i++) {
		if (readers[i].seq == 0)
			return reader_run(&readers[i]) ? &readers[i] : NULL;
		if (now - readers[i].since_us <= STUCK_US)
			return NULL;
	}
	return NULL;
}

static void
dispatch(void)
{
	struct waiting	*w, *next;
	struct reader	*r;
	int64_t		 now = clock_us();

	for (w = TAILQ_FIRST(&queue); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (user_is_stuck(w->question.uid, now))
			continue;
		if ((r = reader_free(now)) == NULL)
			break;
		if (send(r->ours, &w->question, sizeof(w->question), MSG_DONTWAIT | MSG_NOSIGNAL) == -1) {
			reader_end(r);
			break;
		}
		r->seq = w->question.seq;
		r->uid = w->question.uid;
		r->hints = w->question.hints;
		r->since_us = now;
		TAILQ_REMOVE(&queue, w, entry);
		waiting--;
		free(w);
	}
	start_tick();
}

/* A reader that ended by itself: what it was asked has no answer. */
static void
reap(void)
{
	pid_t		pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (unsigned i = 0; i < READERS; i++) {
			if (readers[i].pid != pid)
				continue;
			readers[i].pid = 0;
			cut_short(&readers[i]);
		}
}

/* Ends readers that hang, gives up what waited too long. */
static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct waiting	*w;
	int64_t		 now = clock_us();
	uint64_t	 seq;
	bool		 busy = false;

	(void)fd;
	(void)what;
	(void)ctx;
	ticking = false;
	reap();
	for (unsigned i = 0; i < READERS; i++) {
		seq = readers[i].seq;
		busy |= seq != 0;
		if (seq != 0 && now - readers[i].since_us > KILL_US) {
			log_info("a process of user %u kept its reader waiting", readers[i].uid);
			cut_short(&readers[i]);
		}
	}
	while ((w = TAILQ_FIRST(&queue)) != NULL &&
	    (waiting > WAITING_MAX || now - w->since_us > WAIT_US)) {
		TAILQ_REMOVE(&queue, w, entry);
		waiting--;
		seq = w->question.seq;
		free(w);
		give_up(seq);
	}
	if (busy || waiting > 0)
		dispatch();
}

uint64_t
reader_ask(struct reader_question *q)
{
	struct waiting	*w = malloc(sizeof(*w));

	if (w == NULL)
		fatal("memory for a question");
	q->seq = ++last_seq;
	w->question = *q;
	w->since_us = clock_us();
	TAILQ_INSERT_TAIL(&queue, w, entry);
	waiting++;
	dispatch();
	return q->seq;
}

void
reader_init(struct event_base *base, reader_done_fn *done)
{
	int	sp[2];

	on_done = done;
	tick = evtimer_new(base, on_tick, NULL);
	for (unsigned i = 0; i < READERS; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp) == -1)
			fatal("socketpair");
		readers[i].ours = sp[0];
		readers[i].theirs = sp[1];
		readers[i].event = event_new(base, sp[0], EV_READ | EV_PERSIST, on_answer, &readers[i]);
		if (readers[i].event == NULL || event_add(readers[i].event, NULL) == -1)
			fatalx("event");
	}
	if (tick == NULL)
		fatalx("event");
}

void
reader_start(void)
{
	if (!reader_run(&readers[0]))
		fatalx("no reader");
}
