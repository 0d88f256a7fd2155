/*
 * Who holds a socket: the holders that are hard to find. As root.
 */
/* links: intercept/who/[a-z]*.c intercept/bpf/ring.c */
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include "events.h"
#include "who_lab.h"

TestSuite(whod_holders, .init = lab_start, .fini = lab_stop, .timeout = 30);

static void
one_socket(int out, int in)
{
	(void)in;
	lab_say(out, inode_of(udp()));
	hold();
}

Test(whod_holders, plain)
{
	struct kid k = lab_kid(one_socket);
	const struct process *p = lab_one(lab_who(lab_hear(k.from)));
	char self[4096];

	cr_expect_eq(p->pid, (uint32_t)k.pid);
	cr_expect_eq(p->ppid, (uint32_t)getpid());
	cr_expect_eq(p->uid, getuid());
	cr_expect_eq(p->id >> 32, 7);
	cr_expect_eq(readlink("/proc/self/exe", self, sizeof(self)), p->path_len);
	cr_expect_arr_eq(self, p->path, p->path_len);
	cr_expect(p->flags & PROCESS_PROVEN);
	cr_expect(!(p->flags & (PROCESS_DELETED | PROCESS_TRACED | PROCESS_KERNEL)));
	lab_end(&k);
}

static void
closes_it(int out, int in)
{
	int fd = udp();

	lab_say(out, inode_of(fd));
	lab_hear(in);
	close(fd);
	lab_say(out, 1);
	hold();
}

Test(whod_holders, closed)
{
	struct kid k = lab_kid(closes_it);
	uint64_t inode = lab_hear(k.from);

	lab_one(lab_who(inode));
	lab_say(k.to, 1);
	lab_hear(k.from);
	cr_expect_eq(lab_who(inode)->status, WHO_NOBODY);
	cr_expect_eq(lab_who(4000000000u)->status, WHO_NOBODY);
	lab_end(&k);
}

static void
many_in_turn(int out, int in)
{
	for (;;) {
		int fd = udp();

		lab_say(out, inode_of(fd));
		lab_hear(in);
		close(fd);
	}
}

Test(whod_holders, same_id_for_each_socket_of_a_program)
{
	struct kid k = lab_kid(many_in_turn);
	uint64_t id = 0;

	for (int i = 0; i < 50; i++) {
		const struct process *p = lab_one(lab_who(lab_hear(k.from)));

		cr_assert(id == 0 || id == p->id);
		id = p->id;
		lab_say(k.to, 1);
	}
	lab_end(&k);
	cr_expect(!lab_has_ended(id));
	lab_run(1500);
	cr_expect(lab_has_ended(id));
}

static void *
own_table(void *out)
{
	unshare(CLONE_FILES);
	for (int i = 0; i < 5; i++)
		lab_say(*(int *)out, inode_of(udp()));
	hold();
	return NULL;
}

static void
thread_with_own_table(int out, int in)
{
	pthread_t t;

	(void)in;
	pthread_create(&t, NULL, own_table, &out);
	hold();
}

Test(whod_holders, thread_with_own_table)
{
	struct kid k = lab_kid(thread_with_own_table);

	for (int i = 0; i < 5; i++)
		cr_expect_eq(lab_one(lab_who(lab_hear(k.from)))->pid, (uint32_t)k.pid);
	lab_end(&k);
}

static void *
after_the_leader(void *out)
{
	usleep(50000);
	for (int i = 0; i < 5; i++)
		lab_say(*(int *)out, inode_of(udp()));
	hold();
	return NULL;
}

static void
leader_exits(int out, int in)
{
	static int o;
	pthread_t t;

	(void)in;
	o = out;
	pthread_create(&t, NULL, after_the_leader, &o);
	syscall(SYS_exit, 0);
}

/* One descriptor less and one more, far from each other, while the main thread sleeps. */
static void *
swaps_descriptors(void *arg)
{
	const int *ends = arg;
	int far[40], first;

	for (int i = 0; i < 40; i++)
		far[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	first = udp();
	lab_say(ends[0], inode_of(first));
	lab_hear(ends[1]);
	close(far[3]);
	lab_say(ends[0], inode_of(udp()));
	hold();
	return NULL;
}

static void
busy_thread(int out, int in)
{
	int ends[2] = { out, in };
	pthread_t t;

	pthread_create(&t, NULL, swaps_descriptors, ends);
	hold();
}

Test(whod_holders, swapped_by_a_thread)
{
	struct kid k = lab_kid(busy_thread);
	uint64_t inode = lab_hear(k.from);

	usleep(20000);
	cr_expect_eq(lab_one(lab_who(inode))->pid, (uint32_t)k.pid);
	lab_say(k.to, 1);
	cr_expect_eq(lab_one(lab_who(lab_hear(k.from)))->pid, (uint32_t)k.pid);
	lab_end(&k);
}

Test(whod_holders, main_thread_has_ended)
{
	struct kid k = lab_kid(leader_exits);

	for (int i = 0; i < 5; i++) {
		const struct process *p = lab_one(lab_who(lab_hear(k.from)));

		cr_expect_eq(p->pid, (uint32_t)k.pid);
		cr_expect(p->flags & PROCESS_PROVEN);
	}
	lab_end(&k);
}

/* The child's file differs, so both count. */
static void
child_execs(int out, int in)
{
	int fd = udp();
	pid_t pid;

	(void)in;
	fcntl(fd, F_SETFD, 0);
	if ((pid = fork()) == 0)
		execl("/bin/sleep", "sleep", "60", NULL);
	usleep(50000);
	lab_say(out, inode_of(fd));
	lab_say(out, (uint64_t)pid);
	hold();
}

Test(whod_holders, shared_by_fork_and_exec)
{
	struct kid k = lab_kid(child_execs);
	const struct who_answer *a = lab_who(lab_hear(k.from));

	cr_expect_eq(a->count, 2);
	cr_expect(lab_names(a, k.pid));
	cr_expect(lab_names(a, (pid_t)lab_hear(k.from)));
	lab_end(&k);
}

/* Three hundred numbers for one socket, in this process and two of another program. */
static void
many_numbers(int out, int in)
{
	int fd = udp(), more[300];

	fcntl(fd, F_SETFD, 0);
	for (int i = 0; i < 300; i++)
		more[i] = dup(fd);
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			execl("/bin/sleep", "sleep", "60", NULL);
	usleep(50000);
	lab_say(out, inode_of(fd));
	lab_hear(in);
	close(fd);
	for (int i = 1; i < 300; i++)
		close(more[i]);
	lab_say(out, 1);
	hold();
}

Test(whod_holders, at_many_numbers)
{
	struct kid k = lab_kid(many_numbers);
	uint64_t inode = lab_hear(k.from);

	for (int i = 0; i < 3; i++) {
		const struct who_answer *a = lab_who(inode);

		cr_expect_eq(a->count, 2, "%u", a->count);
		cr_expect(lab_names(a, k.pid));
	}
	lab_say(k.to, 1);
	lab_hear(k.from);
	cr_expect(lab_names(lab_who(inode), k.pid), "one number is left");
	lab_end(&k);
}

/* Programs that exec while they hold the socket: each may have sent, or is not left out silently. */
static void
five_exec(int out, int in)
{
	static int go[2];
	int fd = udp();
	char c;

	fcntl(fd, F_SETFD, 0);
	if (pipe(go) == -1)
		return;
	for (int i = 0; i < 5; i++)
		if (fork() == 0) {
			become(60000 + (uid_t)i);
			if (read(go[0], &c, 1) == 1)
				execl("/bin/sleep", "sleep", "60", NULL);
		}
	usleep(50000);
	lab_say(out, inode_of(fd));
	lab_hear(in);
	if (write(go[1], "12345", 5) == 5)
		usleep(50000);
	lab_say(out, 1);
	hold();
}

Test(whod_holders, five_that_exec)
{
	struct kid k = lab_kid(five_exec);
	uint64_t inode = lab_hear(k.from);

	cr_expect_eq(lab_who(inode)->count, 6);
	lab_say(k.to, 1);
	lab_hear(k.from);
	cr_expect_eq(lab_who(inode)->status, WHO_TOO_MANY);
	lab_end(&k);
}

/* As the kernel tells it. */
static void
exec_event(pid_t pid, int64_t us)
{
	struct {
		struct nlmsghdr		n;
		struct cn_msg		cn;
		struct proc_event	e;
	} __attribute__((packed)) m = { 0 };

	m.n.nlmsg_len = sizeof(m);
	m.n.nlmsg_type = NLMSG_DONE;
	m.cn.id.idx = CN_IDX_PROC;
	m.cn.id.val = CN_VAL_PROC;
	m.cn.len = sizeof(m.e);
	m.e.what = PROC_EVENT_EXEC;
	m.e.timestamp_ns = (uint64_t)us * 1000;
	m.e.event_data.exec.process_pid = m.e.event_data.exec.process_tgid = pid;
	events_read(&m, sizeof(m));
}

Test(whod_holders, sent_and_left_by_exec_before_it_had_a_name)
{
	struct kid k = lab_kid(one_socket), other = lab_kid(one_socket);
	uint64_t inode = lab_hear(k.from), second = lab_hear(other.from);

	exec_event(k.pid, lab_now() - 1000000);
	lab_one(lab_who(inode));
	exec_event(k.pid, lab_now() + 1000000);
	lab_one(lab_who(inode));	/* it has a name: exec ends that by itself */
	exec_event(other.pid, lab_now() + 1000000);
	cr_expect_eq(lab_who(second)->status, WHO_TOO_MANY);
	lab_end(&k);
	lab_end(&other);
}

static void
four_workers(int out, int in)
{
	int fd = udp();

	(void)in;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			hold();
	lab_say(out, inode_of(fd));
	hold();
}

Test(whod_holders, workers_of_one_program_count_once)
{
	struct kid k = lab_kid(four_workers);

	lab_one(lab_who(lab_hear(k.from)));
	lab_end(&k);
}

static void
pass(int unix_fd, int fd)
{
	char c[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c,
			    .msg_controllen = sizeof(c) };

	CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
	sendmsg(unix_fd, &m, 0);
}

static int
take(int unix_fd)
{
	char c[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c,
			    .msg_controllen = sizeof(c) };
	int fd = -1;

	if (recvmsg(unix_fd, &m, 0) == 1)
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static int pair[2];

/* A program of its own file takes a socket that its sibling gives it, at a high number. */
static void
receiver(int out, int in)
{
	int fd;

	(void)in;
	lab_say(out, 1);
	fd = take(pair[1]);
	dup2(fd, 700);
	close(fd);
	lab_say(out, inode_of(700));
	hold();
}

static void
giver(int out, int in)
{
	int fd;

	become(65534);	/* another class than the receiver's */
	for (;;) {
		fd = udp();
		lab_hear(in);
		pass(pair[0], fd);
		lab_say(out, inode_of(fd));
	}
}

Test(whod_holders, handed_to_a_sibling)
{
	struct kid r, g;
	const struct who_answer *a;
	uint64_t inode;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	pair[0] = dup2(pair[0], 800);	/* out of the way of what children close */
	pair[1] = dup2(pair[1], 801);
	r = lab_kid(receiver);
	lab_hear(r.from);
	g = lab_kid(giver);
	lab_who(4000000000u);	/* both are known before it happens */
	lab_run(100);
	lab_say(g.to, 1);
	inode = lab_hear(g.from);
	cr_expect_eq(lab_hear(r.from), inode);
	a = lab_who(inode);
	cr_expect_eq(a->count, 2);
	cr_expect(lab_names(a, r.pid) && lab_names(a, g.pid));
	lab_end(&r);
	lab_end(&g);
}

static void
thief(int out, int in)
{
	pid_t victim = (pid_t)lab_hear(in);
	int pidfd, fd = (int)lab_hear(in);

	setsid();
	if (fork() != 0)
		_exit(0);	/* no relative any more */
	usleep(20000);
	lab_say(out, (uint64_t)getpid());
	lab_hear(in);
	pidfd = (int)syscall(SYS_pidfd_open, victim, 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	become(65534);
	lab_say(out, fd == -1 ? 0 : inode_of(fd));
	hold();
}

static void
victim(int out, int in)
{
	int fd = udp();

	(void)in;
	lab_say(out, inode_of(fd));
	lab_say(out, (uint64_t)fd);
	hold();
}

/* Taken by a stranger after the answer: told by WHO_SHARED. */
Test(whod_holders, taken_by_a_stranger)
{
	struct kid v = lab_kid(victim), t = lab_kid(thief);
	uint64_t inode = lab_hear(v.from), fd = lab_hear(v.from);
	pid_t stranger;

	lab_say(t.to, (uint64_t)v.pid);
	lab_say(t.to, fd);
	stranger = (pid_t)lab_hear(t.from);
	cr_expect_eq(lab_one(lab_who(inode))->pid, (uint32_t)v.pid);
	lab_run(100);
	lab_say(t.to, 1);
	cr_assert_eq(lab_hear(t.from), inode);
	for (int i = 0; i < 10000 && lab.shares == 0; i++)
		lab_run(1);
	cr_assert_eq(lab.shares, 1);
	cr_expect_eq(lab.shared.inode, inode);
	cr_expect_eq(lab.shared.count, 2);
	cr_expect(lab_names(lab_who(inode), stranger));
	kill(stranger, SIGKILL);
	lab_end(&v);
	lab_end(&t);
}

static int
shares_table(void *arg)
{
	(void)arg;
	become(65534);
	for (;;)
		pause();
	return 0;
}

static void
clone_files(int out, int in)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid = clone(shares_table, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);

	lab_say(out, (uint64_t)pid);
	for (;;) {
		lab_hear(in);
		lab_say(out, inode_of(udp()));
	}
}

/* Two processes with one table: what one opens the other holds, without running. */
Test(whod_holders, table_shared_by_clone)
{
	struct kid k = lab_kid(clone_files);
	pid_t other = (pid_t)lab_hear(k.from);

	lab_run(50);
	for (int i = 0; i < 3; i++) {
		const struct who_answer *a;

		lab_say(k.to, 1);
		a = lab_who(lab_hear(k.from));
		cr_expect_eq(a->count, 2, "%u", a->count);
		cr_expect(lab_names(a, other));
	}
	kill(other, SIGKILL);
	lab_end(&k);
}

static void
ten_thousand(int out, int in)
{
	struct rlimit { unsigned long cur, max; } l = { 20000, 20000 };

	(void)in;
	syscall(SYS_setrlimit, 7, &l);
	for (int i = 0; i < 10000; i++) {
		int fd = udp();

		if (fd == -1)
			lab_say(out, 0);
		lab_say(out, inode_of(fd));
	}
	hold();
}

/* How long this process worked, whatever else ran. */
static int64_t
worked_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

Test(whod_holders, ten_thousand_at_once)
{
	struct kid k = lab_kid(ten_thousand);
	static uint64_t inode[10000];
	int64_t begin;

	for (int i = 0; i < 10000; i++) {
		inode[i] = lab_hear(k.from);
		cr_assert_neq(inode[i], 0);
	}
	begin = worked_us();
	for (int i = 0; i < 10000; i++)
		cr_assert_eq(lab_one(lab_who(inode[i * 7919 % 10000]))->pid, (uint32_t)k.pid);
	cr_expect_lt(worked_us() - begin, 5000000);
	cr_log_info("10,000 sockets: %ld us each", (worked_us() - begin) / 10000);
	lab_end(&k);
}

/* The first child of this process: the reader. */
static pid_t
reader_pid(void)
{
	FILE *f = fopen("/proc/thread-self/children", "r");
	int pid = 0;

	cr_assert(f != NULL && fscanf(f, "%d", &pid) == 1);
	fclose(f);
	return pid;
}

static void
one_socket_of_a_user(int out, int in)
{
	become(65534);
	one_socket(out, in);
}

/* However many are asked before the first is answered: nobody is unknown for that, and other users do not wait. */
Test(whod_holders, a_flood_about_who_has_no_name_yet)
{
	static struct who_ask m = { .count = WHO_BATCH };
	static uint8_t body[WHO_ASK_MAX];
	struct kid k = lab_kid(one_socket), other;
	struct who_question q = { .ask = UINT32_MAX, .kind = WHO_SOCKET, .family = 4, .proto = IPPROTO_UDP,
				  .sender_uid = UINT32_MAX, .inode = lab_hear(k.from) };
	const unsigned batches = 40;
	int64_t begin;

	kill(reader_pid(), SIGSTOP);
	other = lab_kid(one_socket_of_a_user);
	for (unsigned i = 0; i < WHO_BATCH; i++)
		m.question[i] = q;
	for (unsigned i = 0; i < batches; i++)
		cr_assert_eq(channel_send(lab.intercept, WHO_ASK, 0, body, who_ask_pack(&m, body, sizeof(body)), -1), 0);
	q.uid = 65534;
	q.inode = lab_hear(other.from);
	cr_assert_eq(lab_one(lab_ask_once(&q))->pid, (uint32_t)other.pid);
	cr_expect_eq(lab.with[WHO_FOUND], 1);
	for (begin = lab_now(); lab.with[WHO_FOUND] <= batches * WHO_BATCH && lab_now() - begin < 5000000;)
		event_base_loop(lab.base, EVLOOP_ONCE);
	cr_expect_eq(lab.with[WHO_FOUND], batches * WHO_BATCH + 1);
	cr_expect_eq(lab.with[WHO_TOO_MANY], 0);
	lab_end(&k);
	lab_end(&other);
}

static void
raw_socket(int out, int in)
{
	(void)in;
	lab_say(out, inode_of(socket(AF_INET, SOCK_RAW, 253)));
	become(65534);
	hold();
}

Test(whod_holders, raw)
{
	struct who_question q = { .kind = WHO_RAW, .family = 4, .proto = 253, .uid = 0, .sender_uid = UINT32_MAX };
	struct kid k, u;
	const struct who_answer *a;

	k = lab_kid(raw_socket);
	lab_hear(k.from);
	a = lab_ask(&q);
	cr_expect(lab_names(a, k.pid));
	/* Whoever sent it, others' raw sockets did not. */
	q.sender_uid = 65534;
	cr_expect(!lab_names(lab_ask(&q), k.pid));
	q.sender_uid = 0;
	cr_expect(lab_names(lab_ask(&q), k.pid));
	q.family = 6;
	cr_expect(!lab_names(lab_ask(&q), k.pid));
	/* A socket of another protocol is not suspected, one of the same protocol is. */
	u = lab_kid(one_socket);
	q = (struct who_question){ .kind = WHO_SOCKET, .family = 4, .proto = IPPROTO_UDP,
				   .inode = lab_hear(u.from), .uid = 0, .sender_uid = UINT32_MAX };
	a = lab_ask(&q);
	cr_expect(!a->raw_suspects && !lab_names(a, k.pid));
	q.proto = 253;
	a = lab_ask(&q);
	cr_expect(a->raw_suspects && lab_names(a, k.pid) && lab_names(a, u.pid));
	/* Nor is one whose user did not send the packet, nor any if the socket is the one that gets it. */
	q.sender_uid = 65534;
	a = lab_ask(&q);
	cr_expect(!a->raw_suspects && !lab_names(a, k.pid) && lab_names(a, u.pid));
	q.sender_uid = 0;
	a = lab_ask(&q);
	cr_expect(a->raw_suspects && lab_names(a, k.pid));
	q.kind = WHO_HELD;
	a = lab_ask(&q);
	cr_expect(!a->raw_suspects && !lab_names(a, k.pid) && lab_names(a, u.pid));
	/* A socket that nobody holds any more is not taken for theirs who hold raw ones. */
	lab_end(&u);
	q.kind = WHO_SOCKET;
	q.thorough = true;
	cr_expect_eq(lab_ask(&q)->status, WHO_TOO_MANY);
	q.proto = 254;
	cr_expect_eq(lab_ask(&q)->status, WHO_NOBODY);
	lab_end(&k);
}

static void
nine_programs(int out, int in)
{
	int fd = udp();

	(void)in;
	for (int i = 0; i < 9; i++)
		if (fork() == 0) {
			become(60000 + (uid_t)i);
			hold();
		}
	usleep(50000);
	lab_say(out, inode_of(fd));
	hold();
}

Test(whod_holders, too_many)
{
	struct kid k = lab_kid(nine_programs);

	cr_expect_eq(lab_who(lab_hear(k.from))->status, WHO_TOO_MANY);
	lab_end(&k);
}

static void
ask_namespaces(uint32_t number)
{
	int64_t begin = lab_now();

	lab.have_namespaces = false;
	channel_send(lab.intercept, WHO_NAMESPACES_ASK, number, NULL, 0, -1);
	while (!lab.have_namespaces && lab_now() - begin < LAB_WAIT_MS * 1000)
		event_base_loop(lab.base, EVLOOP_ONCE);
	cr_assert(lab.have_namespaces);
	cr_expect_eq(lab.namespaces_id, number);
}

static bool
has_namespace(uint64_t inode)
{
	bool has = false;

	for (unsigned i = 0; i < lab.namespaces.count; i++) {
		has |= lab.namespaces.ns[i].inode == inode;
		lab_of(lab.namespaces.ns[i].process);
	}
	return has;
}

static void
net_of_its_own(int out, int in)
{
	struct stat st;

	(void)in;
	if (unshare(CLONE_NEWNET) == -1 || stat("/proc/self/ns/net", &st) == -1)
		_exit(1);
	lab_say(out, st.st_ino);
	hold();
}

Test(whod_holders, namespaces)
{
	struct kid k = lab_kid(net_of_its_own);
	uint64_t theirs = lab_hear(k.from);
	struct stat st;

	stat("/proc/self/ns/net", &st);
	ask_namespaces(4711);
	cr_expect(lab.namespaces.whole);
	cr_expect(has_namespace(st.st_ino));
	cr_expect(has_namespace(theirs));
	lab_end(&k);
	ask_namespaces(4712);
	cr_expect(has_namespace(st.st_ino));
	cr_expect(!has_namespace(theirs));
}

/* However often it is asked: to look at all processes takes a part of the time alone. */
Test(whod_holders, namespaces_rest)
{
	int64_t begin, worked;

	ask_namespaces(1);
	begin = lab_now();
	worked = worked_us();
	for (uint32_t i = 2; i < 20; i++)
		ask_namespaces(i);
	worked = worked_us() - worked;
	cr_expect_lt(2 * worked, lab_now() - begin);
	cr_log_info("%ld us of %ld us", worked, lab_now() - begin);
}

Test(whod_holders, stats)
{
	lab_run(2300);
	cr_expect_gt(lab.stats.processes, 1);
	cr_expect_gt(lab.stats.sockets, 0);
	cr_expect(!lab.stats.events);
}
