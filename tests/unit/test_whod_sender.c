/*
 * Who sent, as the kernel noted it, and has ended or runs another program since: named from what
 * the kernel told when the program began. Here the events are made by hand. As root.
 */
/* links: intercept/who/[a-z]*.c intercept/bpf/ring.c */
#include <sys/resource.h>

#include "who_lab.h"

#include "kernel_events.h"
#include "wanted.h"

#define NOBODY_PID	0x7ffffff0u	/* beyond what Linux gives out */
#define EVER		(RUNS_KEEP_MS + 1000)

static struct {
	struct kernel_exec	e;
	char			text[KERNEL_PATH + KERNEL_CGROUP];
} told;

static void
begin(void)
{
	lab_start();
	wanted_set(&(struct who_hinted){ 0 });
}

TestSuite(whod_sender, .init = begin, .fini = lab_stop, .timeout = 60);

static uint32_t
namespace_number(const char *path)
{
	struct stat	st;

	return stat(path, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

static uint64_t
now_ns(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* What the kernel would say of a program that begins now; `told` stays for changes. */
static void
make_exec(uint32_t pid, uint64_t exec, const char *path)
{
	struct kernel_program	*p = &told.e.event.sender.program;
	struct statx		 sx;

	memset(&told, 0, sizeof(told));
	cr_assert_eq(statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_MNT_ID, &sx), 0, "%s", path);
	told.e.event = (struct kernel_event){ .kind = EVENT_EXEC, .parent = 1, .at_ns = now_ns() };
	told.e.event.sender.process = (struct kernel_process){ 5000000000 + pid, exec, pid, 0 };
	*p = (struct kernel_program){ .ino = sx.stx_ino, .dev = sx.stx_dev_major << 20 | sx.stx_dev_minor,
		.mount = (uint32_t)sx.stx_mnt_id, .cgroup = 4711, .uid = 1000, .euid = 1000,
		.ctime_ns = sx.stx_ctime.tv_sec * 1000000000 + sx.stx_ctime.tv_nsec,
		.mount_ns = namespace_number("/proc/self/ns/mnt"), .user_ns = namespace_number("/proc/self/ns/user") };
	told.e.file_uid = sx.stx_uid;
	told.e.links = sx.stx_nlink;
	told.e.groups = 4;
	told.e.path_len = (uint16_t)strlen(path);
	told.e.cgroup_len = 5;
	memcpy(told.e.text, path, told.e.path_len);
	memcpy(told.e.text + told.e.path_len, "/a.b/", 5);
}

static void
tell(void)
{
	kernel_events_read(&told, sizeof(told.e) + told.e.path_len + told.e.cgroup_len);
}

static void
tell_exec(uint32_t pid, uint64_t exec, const char *path)
{
	make_exec(pid, exec, path);
	tell();
}

static void
tell_short(uint32_t kind, uint32_t pid, uint32_t parent)
{
	struct kernel_event	e = told.e.event;

	e.kind = kind;
	e.parent = parent;
	e.sender.process.tgid = pid;
	e.sender.process.start_ns = 5000000000 + pid;
	kernel_events_read(&e, kind == EVENT_EXIT ? KERNEL_EXIT_BYTES : sizeof(e));
}

/* The note of a packet that this execution sent. */
static struct who_question
sent_by(const struct kernel_sender *k)
{
	const struct kernel_program	*p = &k->program;

	return (struct who_question){ .kind = WHO_SENDER, .family = 4, .proto = IPPROTO_UDP, .sender = {
		.pid = k->process.tgid, .start_ns = k->process.start_ns, .exec = k->process.exec, .ino = p->ino,
		.dev = p->dev, .mount = p->mount, .ctime_ns = p->ctime_ns, .uid = p->uid, .euid = p->euid,
		.caps = p->caps, .cgroup = p->cgroup, .mount_ns = p->mount_ns, .user_ns = p->user_ns,
		.traced = (k->flags & SENDER_TRACED) != 0 } };
}

static const struct process *
named(const struct who_question *q)
{
	return lab_one(lab_ask_once(q));
}

static const struct process *
named_now(void)
{
	struct who_question	q = sent_by(&told.e.event.sender);

	return named(&q);
}

static void
expect_nobody(const struct who_question *q)
{
	cr_expect_eq(lab_ask_once(q)->status, WHO_NOBODY);
}

Test(whod_sender, ended)
{
	const struct process	*p;
	struct who_question	 q;
	struct stat		 st;
	uint64_t		 id;

	stat("/usr/bin/sleep", &st);
	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	tell_short(EVENT_EXIT, NOBODY_PID, 1);
	q = sent_by(&told.e.event.sender);
	p = named(&q);
	id = p->id;
	cr_expect_eq(p->pid, NOBODY_PID);
	cr_expect_eq(p->ppid, 1);
	cr_expect_eq(p->start, (5000000000 + NOBODY_PID) / 10000000);
	cr_expect_eq(p->uid, 1000);
	cr_expect_eq(p->dev, st.st_dev);
	cr_expect_eq(p->ino, st.st_ino);
	cr_expect_eq(p->ctime_ns, st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec);
	cr_expect_eq(p->file_uid, 0);
	cr_expect_eq(p->path_len, 14);
	cr_expect_arr_eq(p->path, "/usr/bin/sleep", 14);
	cr_expect_eq(p->cgroup_len, 5);
	cr_expect_arr_eq(p->cgroup, "/a.b/", 5);
	cr_expect_eq(p->command_len, 0);
	cr_expect(!p->hints.read);
	cr_expect_eq(p->flags, PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE, "%x", p->flags);
	/* Asked again it is the same; some seconds later the id ends, and nobody knows any more. */
	cr_expect_eq(named(&q)->id, id);
	cr_expect(!lab_is_gone(id));
	runs_expire(clock_ms() + EVER);
	answers_flush();
	lab_run(20);
	cr_expect(lab_has_ended(id));
	expect_nobody(&q);
}

Test(whod_sender, runs_another_program_by_now)
{
	struct who_question	first, second;

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	first = sent_by(&told.e.event.sender);
	tell_exec(NOBODY_PID, 8, "/usr/bin/env");
	second = sent_by(&told.e.event.sender);
	cr_expect_eq(named(&first)->path_len, strlen("/usr/bin/sleep"));
	cr_expect_eq(named(&second)->path_len, strlen("/usr/bin/env"));
	first.sender.exec = 9;	/* never told */
	expect_nobody(&first);
	second.sender.start_ns++;
	expect_nobody(&second);
}

/* An id stands for one set of facts. */
Test(whod_sender, other_facts_other_id)
{
	struct who_question	q, other;
	const struct process	*p;
	uint64_t		id;

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	tell_short(EVENT_EXIT, NOBODY_PID, 1);
	q = sent_by(&told.e.event.sender);
	id = named(&q)->id;
	other = q;
	other.sender.uid = 1001;
	p = named(&other);
	cr_expect_neq(p->id, id);
	cr_expect_eq(p->uid, 1001);
	other = q;
	other.sender.euid = 0;
	cr_expect(named(&other)->flags & PROCESS_ADMIN);
	other = q;
	other.sender.caps = 1u << 21;
	cr_expect(named(&other)->flags & PROCESS_ADMIN);
	other.sender.caps = 1u << 10;	/* to bind low ports administers nothing */
	cr_expect(!(named(&other)->flags & PROCESS_ADMIN));
	other = q;
	other.sender.traced = true;
	cr_expect(named(&other)->flags & PROCESS_TRACED);
	other = q;
	other.sender.mount_ns++;
	cr_expect(named(&other)->flags & PROCESS_OWN_MOUNTS);
	/* In a user namespace of its own rights are nothing, and any file can be named. */
	other = q;
	other.sender.user_ns++;
	other.sender.caps = UINT64_MAX;
	p = named(&other);
	cr_expect(!(p->flags & (PROCESS_ADMIN | PROCESS_PROVEN)));
	/* A cgroup without a name, another file than was told of: not known. */
	other = q;
	other.sender.cgroup = 4712;
	expect_nobody(&other);
	other = q;
	other.sender.ino++;
	expect_nobody(&other);
	other = q;
	other.sender.mount++;
	expect_nobody(&other);
}

Test(whod_sender, administrators_group)
{
	const struct gid_list	*admins = origin_admin_groups();

	if (admins->count == 0)
		cr_skip_test("no such group here");
	make_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	told.e.groups = 6;
	told.e.gid[5] = admins->gid[0];
	tell();
	cr_expect(named_now()->flags & PROCESS_ADMIN);
	told.e.event.sender.process.exec = 8;
	told.e.groups = 5;
	tell();
	cr_expect(!(named_now()->flags & PROCESS_ADMIN));
}

/* A file that is old enough to be told from its next change. */
static const char *
old_file(const char *name)
{
	static char	path[4200];
	struct stat	st;
	struct timespec	now;

	snprintf(path, sizeof(path), "%s/%s", lab.dir, name);
	copy_file("/usr/bin/true", path);
	stat(path, &st);
	do {
		usleep(1000);
		clock_gettime(CLOCK_REALTIME, &now);
	} while ((now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec - st.st_ctim.tv_nsec < 25000000);
	return path;
}

Test(whod_sender, proven_only_if_unchanged)
{
	const char	*path = old_file("program");

	tell_exec(NOBODY_PID, 1, path);
	cr_expect_eq(named_now()->flags & PROCESS_PROVEN, PROCESS_PROVEN);
	/* Written anew when it had ended. */
	tell_exec(NOBODY_PID, 2, path);
	copy_file("/usr/bin/env", path);
	cr_expect(!(named_now()->flags & PROCESS_PROVEN));
	/* Changed so shortly before it began that a change back may bear the same time. */
	make_exec(NOBODY_PID, 3, path);
	told.e.event.at_ns = (uint64_t)((int64_t)told.e.event.at_ns - 3600 * INT64_C(1000000000));
	tell();
	cr_expect(!(named_now()->flags & PROCESS_PROVEN));
	/* Another file in its place. */
	path = old_file("program");
	tell_exec(NOBODY_PID, 4, path);
	cr_expect_eq(rename(path, strcat(strcpy((char [256]){ 0 }, path), "2")), 0);
	copy_file("/usr/bin/env", path);
	cr_expect(!(named_now()->flags & PROCESS_PROVEN));
	unlink(path);
	told.e.event.sender.process.exec = 5;
	tell();
	cr_expect(!(named_now()->flags & PROCESS_PROVEN));
}

Test(whod_sender, symbolic_link_on_the_way)
{
	char	link[128], path[256];

	(void)old_file("program");
	snprintf(link, sizeof(link), "%s/link", lab.dir);
	cr_assert_eq(symlink(lab.dir, link), 0);
	snprintf(path, sizeof(path), "%s/program", link);
	tell_exec(NOBODY_PID, 1, path);
	cr_expect(!(named_now()->flags & PROCESS_PROVEN));
}

Test(whod_sender, deleted)
{
	const struct process	*p;

	make_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	told.e.links = 0;
	tell();
	p = named_now();
	cr_expect_eq(p->flags & (PROCESS_PROVEN | PROCESS_DELETED), PROCESS_DELETED);
	cr_expect_eq(p->path_len, strlen("/usr/bin/sleep (deleted)"));
	cr_expect_arr_eq(p->path, "/usr/bin/sleep (deleted)", p->path_len);
}

Test(whod_sender, odd_names)
{
	char		name[256];
	const char	*path = old_file("a\nb\033[31m\xff' \"$");

	tell_exec(NOBODY_PID, 1, path);
	cr_expect(named_now()->flags & PROCESS_PROVEN);
	memset(name, 'n', 255);
	name[255] = '\0';
	path = old_file(name);
	tell_exec(NOBODY_PID, 2, path);
	cr_expect(named_now()->flags & PROCESS_PROVEN);
	/* Longer than is told. */
	make_exec(NOBODY_PID, 3, path);
	memmove(told.e.text, told.e.text + told.e.path_len, told.e.cgroup_len);
	told.e.path_len = 0;
	tell();
	struct who_question	q = sent_by(&told.e.event.sender);
	expect_nobody(&q);
}

Test(whod_sender, child_runs_its_parents_program)
{
	struct who_question	q;

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	tell_short(EVENT_FORK, NOBODY_PID - 1, NOBODY_PID);
	tell_short(EVENT_EXIT, NOBODY_PID - 1, NOBODY_PID);
	q = sent_by(&told.e.event.sender);
	q.sender.pid = NOBODY_PID - 1;
	q.sender.start_ns = 5000000000 + NOBODY_PID - 1;
	cr_expect_eq(named(&q)->pid, NOBODY_PID - 1);
	cr_expect_eq(named(&q)->ppid, NOBODY_PID);
	/* A parent that nobody told of. */
	tell_short(EVENT_FORK, NOBODY_PID - 3, NOBODY_PID - 2);
	q.sender.pid = NOBODY_PID - 3;
	q.sender.start_ns = 5000000000 + NOBODY_PID - 3;
	expect_nobody(&q);
	/* A parent that ran another program when it forked. */
	told.e.event.sender.process.exec = 6;
	tell_short(EVENT_FORK, NOBODY_PID - 4, NOBODY_PID);
	q.sender.pid = NOBODY_PID - 4;
	q.sender.start_ns = 5000000000 + NOBODY_PID - 4;
	q.sender.exec = 6;
	expect_nobody(&q);
}

/* Scripts and arguments tighten, and can't be read any more. */
Test(whod_sender, wanted_hints_of_who_ended)
{
	struct who_hinted	h = { .count = 1 };
	struct who_question	q;

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	q = sent_by(&told.e.event.sender);
	h.path[0].len = (uint8_t)strlen("/usr/bin/sl*");
	memcpy(h.path[0].text, "/usr/bin/sl*", h.path[0].len);
	wanted_set(&h);
	expect_nobody(&q);
	wanted_set(&(struct who_hinted){ 0 });
	cr_expect_eq(named(&q)->pid, NOBODY_PID);
}

Test(whod_sender, events_lost)
{
	struct who_question	q;

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	q = sent_by(&told.e.event.sender);
	runs_unsure(clock_ms());
	cr_expect_null(runs_current(NOBODY_PID));
	cr_expect_eq(named(&q)->pid, NOBODY_PID, "what was told of it is still true");
	runs_expire(clock_ms() + EVER);
	expect_nobody(&q);
}

Test(whod_sender, nonsense_is_not_taken)
{
	size_t	len;

	make_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	len = sizeof(told.e) + told.e.path_len + told.e.cgroup_len;
	for (size_t cut = 0; cut < len; cut++)
		kernel_events_read(&told, cut);
	kernel_events_read(&told, len + 1);
	told.e.groups = KERNEL_GROUPS + 1;
	kernel_events_read(&told, len);
	told.e.groups = 0;
	told.e.text[3] = '\0';
	kernel_events_read(&told, len);
	told.e.text[3] = 'x';
	told.e.text[0] = 'x';
	kernel_events_read(&told, len);
	told.e.text[0] = '/';
	told.e.text[told.e.path_len] = 'x';
	kernel_events_read(&told, len);
	told.e.text[told.e.path_len] = '/';
	told.e.event.kind = 4;
	kernel_events_read(&told, len);
	told.e.event.kind = EVENT_EXEC;
	told.e.event.sender.process.tgid = 0;
	kernel_events_read(&told, len);
	cr_expect_null(runs_current(0));
	cr_expect_null(runs_current(NOBODY_PID));
	told.e.event.sender.process.tgid = NOBODY_PID;
	kernel_events_read(&told, len);
	cr_expect_not_null(runs_current(NOBODY_PID));
}

/* How many of the processes from 1 on, begun at 0 and so on, are known by their first program. */
static unsigned
known_of(uint32_t processes)
{
	unsigned	n = 0;

	for (uint32_t i = 0; i < processes; i++)
		n += runs_find(1 + i, i, 1) != NULL;
	return n;
}

/* Whatever one user runs, others' stay; and there is an end. */
Test(whod_sender, a_flood_is_its_users)
{
	struct who_question	q;
	uint32_t		i;

	for (i = 0; i < 100; i++) {
		tell_exec(NOBODY_PID - i, 7, "/usr/bin/sleep");
		tell_short(EVENT_EXIT, NOBODY_PID - i, 1);
	}
	q = sent_by(&told.e.event.sender);
	q.sender.pid = NOBODY_PID;
	q.sender.start_ns = 5000000000 + NOBODY_PID;
	make_exec(1, 1, "/usr/bin/env");
	told.e.event.sender.program.uid = 2000;
	for (i = 0; i < 2 * RUNS_MAX; i++) {
		told.e.event.sender.process = (struct kernel_process){ i, 1, 1 + i, 0 };
		tell();
	}
	cr_expect_leq(known_of(2 * RUNS_MAX), RUNS_MAX - 100);
	cr_expect_eq(named(&q)->pid, NOBODY_PID);
	/* The flood's own oldest are forgotten, its youngest are not. */
	cr_expect_null(runs_find(1, 0, 1));
	cr_expect_not_null(runs_find(2 * RUNS_MAX, 2 * RUNS_MAX - 1, 1));
}

/* Long names count for more. */
Test(whod_sender, a_flood_of_long_names)
{
	make_exec(1, 1, "/usr/bin/env");
	told.e.path_len = KERNEL_PATH - 1;
	told.e.cgroup_len = 0;
	memset(told.e.text + 1, 'x', told.e.path_len - 1);
	for (uint32_t i = 0; i < RUNS_MAX; i++) {
		told.e.event.sender.process = (struct kernel_process){ i, 1, 1 + i, 0 };
		tell();
	}
	cr_expect_leq(known_of(RUNS_MAX), IMAGES_BYTES / KERNEL_PATH + 1);
	cr_expect_geq(known_of(RUNS_MAX), IMAGES_BYTES / KERNEL_PATH / 2);
}

/* A fresh channel: nothing that was said counts any more. */
Test(whod_sender, fresh_channel)
{
	struct who_question	q;
	uint64_t		id;
	int			sp[2];

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	q = sent_by(&told.e.event.sender);
	id = named(&q)->id;
	channel_free(lab.intercept);
	socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp);
	cr_assert_eq(answers_channel(8, sp[0]), 0);
	wanted_set(&(struct who_hinted){ 0 });
	lab.intercept = channel_new(lab.base, sp[1], lab_verbs, lab_lost, NULL);
	cr_expect_neq(named(&q)->id, id);
	cr_expect_eq(lab.gones, 0);
}

/* What it was for the moment of a packet ends, and it goes on. */
Test(whod_sender, past_of_the_living)
{
	struct who_question	q, other;
	struct stat_facts	f;
	uint64_t		live, past;
	char			path[40];
	pid_t			pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/usr/bin/sleep", "sleep", "30", NULL);
		_exit(1);
	}
	usleep(300000);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	cr_assert(procfs_facts(AT_FDCWD, path, &f));
	make_exec((uint32_t)pid, 7, "/usr/bin/sleep");
	told.e.event.sender.process.start_ns = f.start * 10000000;
	told.e.event.sender.program.uid = told.e.event.sender.program.euid = getuid();
	tell();
	processes_relist();
	q = sent_by(&told.e.event.sender);
	live = named(&q)->id;
	other = q;
	other.sender.traced = true;
	past = named(&other)->id;
	cr_expect_gt(past, live);
	other.sender.caps = 1u << 21;
	cr_expect_neq(named(&other)->id, past);
	lab_run(300);
	cr_expect(lab_is_gone(past) && !lab_has_ended(past));
	cr_expect_eq(named(&q)->id, live);
	kill(pid, SIGKILL);
}

/* That a process has ended is told when that was seen. */
Test(whod_sender, past_that_cannot_be_looked_at)
{
	struct who_question	q;
	struct rlimit		limit, none;
	uint64_t		id;

	tell_exec(NOBODY_PID, 7, "/usr/bin/sleep");
	tell_short(EVENT_EXIT, NOBODY_PID, 1);
	q = sent_by(&told.e.event.sender);
	id = named(&q)->id;
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ 0, limit.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	runs_expire(clock_ms() + EVER);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	answers_flush();
	lab_run(20);
	cr_expect(lab_is_gone(id) && !lab_has_ended(id));
}
