/*
 * A whod inside the test's own process: its modules, a channel to them, and
 * children that hold sockets in awkward ways. Included by test_whod_*.c.
 */
#ifndef TESTS_WHO_LAB_H
#define TESTS_WHO_LAB_H

#include <criterion/criterion.h>

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "channel.h"
#include "identity.h"
#include "namespaces.h"
#include "origin.h"
#include "processes.h"
#include "procfs.h"
#include "raw.h"
#include "reader.h"
#include "runs.h"
#include "scan.h"
#include "sockets.h"
#include "sweep.h"
#include "who.h"

#define LAB_PROCESSES	4096
#define LAB_WAIT_MS	3000

static struct lab {
	struct event_base	*base;
	struct channel		*intercept;
	struct process		 process[LAB_PROCESSES];
	unsigned		 processes, gones, shares;
	uint64_t		 gone[LAB_PROCESSES];
	bool			 ended[LAB_PROCESSES];	/* the process of gone[] */
	struct who_shared	 shared;
	struct who_answer	 answer;
	struct who_namespaces	 namespaces;
	uint32_t		 namespaces_id;
	struct who_stats	 stats;
	unsigned		 with[WHO_STATUS_MAX + 1];	/* answers of each status */
	bool			 answered, have_namespaces;
	uint32_t		 ask;
	char			 dir[64];
} lab;

static inline int
lab_process(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	cr_assert_lt(lab.processes, LAB_PROCESSES);
	cr_assert_eq(process_unpack(f->body, f->len, &lab.process[lab.processes++]), 0);
	return 0;
}

static inline bool
lab_is_gone(uint64_t id)
{
	for (unsigned i = 0; i < lab.gones; i++)
		if (lab.gone[i] == id)
			return true;
	return false;
}

/* And its process with it. */
static inline bool
lab_has_ended(uint64_t id)
{
	for (unsigned i = 0; i < lab.gones; i++)
		if (lab.gone[i] == id && lab.ended[i])
			return true;
	return false;
}

static inline const struct process *
lab_of(uint64_t id)
{
	for (unsigned i = 0; i < lab.processes; i++)
		if (lab.process[i].id == id)
			return &lab.process[i];
	cr_assert(false, "id %lx was never announced", id);
	return NULL;
}

static inline int
lab_holders(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_holders h;

	(void)ctx, (void)c;
	cr_assert_eq(who_holders_unpack(f->body, f->len, &h), 0);
	for (unsigned i = 0; i < h.count; i++) {
		for (unsigned k = 0; k < h.answer[i].count; k++) {
			lab_of(h.answer[i].holder[k]);
			cr_assert(!lab_is_gone(h.answer[i].holder[k]), "named after it was gone");
		}
		lab.with[h.answer[i].status]++;
		if (h.answer[i].ask == lab.ask) {
			lab.answer = h.answer[i];
			lab.answered = true;
		}
	}
	return 0;
}

static inline int
lab_gone(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_gone g;

	(void)ctx, (void)c;
	cr_assert_eq(who_gone_unpack(f->body, f->len, &g), 0);
	for (unsigned i = 0; i < g.count && lab.gones < LAB_PROCESSES; i++) {
		lab.ended[lab.gones] = g.ended >> i & 1;
		lab.gone[lab.gones++] = g.id[i];
	}
	return 0;
}

static inline int
lab_shared(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	cr_assert_eq(who_shared_unpack(f->body, f->len, &lab.shared), 0);
	lab.shares++;
	return 0;
}

static inline int
lab_stats(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	cr_assert_eq(who_stats_unpack(f->body, f->len, &lab.stats), 0);
	return 0;
}

static inline int
lab_namespaces(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	cr_assert_eq(who_namespaces_unpack(f->body, f->len, &lab.namespaces), 0);
	lab.have_namespaces = true;
	lab.namespaces_id = f->id;
	return 0;
}

static const struct verb lab_verbs[] = {
	{ WHO_PROCESS, "process", PHASE_ANY, WHO_PROCESS_MAX, false, lab_process },
	{ WHO_HOLDERS, "holders", PHASE_ANY, WHO_HOLDERS_MAX, false, lab_holders },
	{ WHO_GONE, "gone", PHASE_ANY, WHO_GONE_MAX, false, lab_gone },
	{ WHO_SHARED, "shared", PHASE_ANY, WHO_SHARED_MAX, false, lab_shared },
	{ WHO_STATS, "stats", PHASE_ANY, WHO_STATS_MAX, false, lab_stats },
	{ WHO_NAMESPACES, "namespaces", PHASE_ANY, WHO_NAMESPACES_MAX, false, lab_namespaces },
	{ .handle = NULL },
};

static inline void
lab_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx, (void)c;
	cr_assert(false, "channel lost: %s", why);
}

static inline void
lab_ready(struct proc *p)
{
	answers_ready(p);
	namespaces_ready();
}

static inline void
lab_removed(struct proc *p)
{
	sockets_drop(p);
	runs_removed(p);
}

/* What the parent's ping does once a second. */
static inline void
lab_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	sweep_tick();
}

static inline void
lab_start(void)
{
	const struct timeval second = { .tv_sec = 1 };
	static const struct identity_ops ops = { answers_announce, answers_gone, lab_ready };
	int sp[2];

	signal(SIGPIPE, SIG_IGN);
	snprintf(lab.dir, sizeof(lab.dir), "/tmp/who-test-%d", getpid());
	mkdir(lab.dir, 0755);
	lab.base = event_base_new();
	procfs_init(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
	raw_init();
	origin_init();
	processes_init(lab_removed, identity_end);
	sockets_init(answers_more);
	identity_init(&ops);
	reader_init(lab.base, identity_answered);
	answers_init(lab.base, namespaces_tell);
	namespaces_init(lab.base);
	sweep_init(lab.base);
	event_add(event_new(lab.base, -1, EV_PERSIST, lab_tick, NULL), &second);
	proc_set_budget(900);
	reader_start();
	processes_relist();
	socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp);
	cr_assert_eq(answers_channel(7, sp[0]), 0);
	lab.intercept = channel_new(lab.base, sp[1], lab_verbs, lab_lost, NULL);
}

static inline void
lab_stop(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", lab.dir);
	if (system(cmd) != 0)
		return;
}

static inline int64_t
lab_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void
lab_run(int ms)
{
	int64_t end = lab_now() + ms * 1000;

	while (lab_now() < end) {
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
		usleep(200);
	}
}

/* Waits until it has done what it does first, and sleeps: in pause(), in a read or for a time. */
static inline void
lab_rests(pid_t pid)
{
	int64_t end = lab_now() + LAB_WAIT_MS * 1000;
	char path[40], text[16];
	ssize_t n;
	int fd, call;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	do {
		usleep(200);
		n = (fd = open(path, O_RDONLY)) == -1 ? -1 : read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		call = n > 0 && text[0] != 'r' ? atoi(text) : -1;
	} while (call != SYS_pause && call != SYS_read && call != SYS_nanosleep && call != SYS_clock_nanosleep &&
	    lab_now() < end);
}

static inline void
lab_send(const struct who_question *q)
{
	static struct who_ask m;
	static uint8_t body[WHO_ASK_MAX];

	m.count = 1;
	m.question[0] = *q;
	channel_send(lab.intercept, WHO_ASK, 0, body, who_ask_pack(&m, body, sizeof(body)), -1);
}

/* Asks and waits for the answer. */
static inline const struct who_answer *
lab_ask_once(const struct who_question *q)
{
	struct who_question copy = *q;
	int64_t end = lab_now() + LAB_WAIT_MS * 1000;

	copy.ask = ++lab.ask;
	lab.answered = false;
	lab_send(&copy);
	while (!lab.answered && lab_now() < end)
		event_base_loop(lab.base, EVLOOP_ONCE);
	cr_assert(lab.answered, "no answer");
	return &lab.answer;
}

/* As intercept does: thoroughly, if nobody was seen. */
static inline const struct who_answer *
lab_ask(const struct who_question *q)
{
	struct who_question again = *q;

	if (lab_ask_once(q)->status == WHO_NOT_SEEN) {
		again.thorough = true;
		(void)lab_ask_once(&again);
		cr_assert_neq(lab.answer.status, WHO_NOT_SEEN);
	}
	return &lab.answer;
}

static inline const struct who_answer *
lab_who(uint64_t inode)
{
	struct who_question q = { .kind = WHO_SOCKET, .family = 4, .proto = IPPROTO_UDP,
				  .inode = inode, .uid = UINT32_MAX, .sender_uid = UINT32_MAX };

	return lab_ask(&q);
}

static inline bool
lab_names(const struct who_answer *a, pid_t pid)
{
	for (unsigned i = 0; i < a->count; i++)
		if (lab_of(a->holder[i])->pid == (uint32_t)pid)
			return true;
	return false;
}

/* The one holder. */
static inline const struct process *
lab_one(const struct who_answer *a)
{
	cr_assert_eq(a->status, WHO_FOUND, "status %u", a->status);
	cr_assert_eq(a->count, 1, "%u holders", a->count);
	return lab_of(a->holder[0]);
}

/* A child that runs fn(pipe to the test, pipe from the test) and is killed with the test. */
struct kid {
	pid_t	pid;
	int	from, to;
};

static inline void
lab_say(int fd, uint64_t n)
{
	if (write(fd, &n, sizeof(n)) != sizeof(n))
		_exit(1);
}

static inline uint64_t
lab_hear(int fd)
{
	uint64_t n = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, 5000);
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

static inline struct kid
lab_kid(void (*fn)(int out, int in))
{
	struct kid k;
	int a[2], b[2];

	if (pipe(a) || pipe(b))
		abort();
	k.pid = fork();
	if (k.pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		close_range(3, (unsigned)(a[0] < b[0] ? a[0] : b[0]) - 1, 0);
		close(a[0]);
		close(b[1]);
		fn(a[1], b[0]);
		_exit(0);
	}
	close(a[1]);
	close(b[0]);
	k.from = a[0];
	k.to = b[1];
	return k;
}

static inline void
lab_end(struct kid *k)
{
	setpgid(k->pid, k->pid);
	kill(-k->pid, SIGKILL);
	kill(k->pid, SIGKILL);
	waitpid(k->pid, NULL, 0);
	close(k->from);
	close(k->to);
}

/* Another user's, for a program whose class shall differ. */
static inline void
become(uid_t uid)
{
	if (setresuid(uid, uid, uid) == -1)
		_exit(1);
}

static inline uint64_t
inode_of(int fd)
{
	struct stat st;

	fstat(fd, &st);
	return st.st_ino;
}

static inline int
udp(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static inline void
hold(void)
{
	for (;;)
		pause();
}

static inline void
copy_file(const char *from, const char *to)
{
	char buf[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			abort();
	close(in);
	close(out);
}

#endif
