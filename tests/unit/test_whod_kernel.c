/*
 * Who sent, by what the kernel itself tells of programs that begin and end at once in awkward ways.
 * As root, where BPF is permitted: loads the tracepoints of the suite's part in the kernel.
 */
/* links: intercept/who/[a-z]*.c intercept/bpf/ring.c */
#include "who_lab.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>

#include "events.h"
#include "kernel_events.h"
#include "wanted.h"

#define OBJECT	"build/gen/bulwark.bpf.o"
#define TRUE	"/usr/bin/true"
#define MANY	1000

static int
silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

static void
attach_tracepoints(struct bpf_object *o)
{
	struct bpf_program	*p;

	bpf_object__for_each_program(p, o)
		if (strncmp(bpf_program__section_name(p), "tp_btf", 6) == 0)
			cr_assert_not_null(bpf_program__attach(p));
}

static void
begin(void)
{
	struct bpf_object	*o;

	lab_start();
	wanted_set(&(struct who_hinted){ 0 });
	libbpf_set_print(silent);
	o = bpf_object__open_file(OBJECT, NULL);
	cr_assert_not_null(o, "%s", OBJECT);
	if (bpf_object__load(o) != 0)
		cr_skip_test("no BPF here");
	cr_assert(kernel_events_init(lab.base, bpf_object__find_map_fd_by_name(o, "events"),
	    bpf_object__find_map_fd_by_name(o, "lost")));
	attach_tracepoints(o);
}

TestSuite(whod_kernel, .init = begin, .fini = lab_stop, .timeout = 60);

static struct who_question
sent_by(const struct run *r)
{
	const struct kernel_program	*p = &r->image->program;

	return (struct who_question){ .kind = WHO_SENDER, .family = 4, .proto = IPPROTO_UDP, .sender = {
		.pid = r->process.tgid, .start_ns = r->process.start_ns, .exec = r->process.exec, .ino = p->ino,
		.dev = p->dev, .mount = p->mount, .ctime_ns = p->ctime_ns, .uid = p->uid, .euid = p->euid,
		.caps = p->caps, .cgroup = p->cgroup, .mount_ns = p->mount_ns, .user_ns = p->user_ns } };
}

static const struct process *
named(const struct run *r)
{
	struct who_question	q = sent_by(r);

	return lab_one(lab_ask_once(&q));
}

/* What this process runs, or ran `execs` later. */
static struct kernel_process
begun(pid_t pid)
{
	const struct run	*r;

	events_drain();
	r = runs_current((uint32_t)pid);
	cr_assert_not_null(r);
	return r->process;
}

static const struct run *
ran(const struct kernel_process *p, unsigned execs)
{
	const struct run	*r;

	events_drain();
	r = runs_find(p->tgid, p->start_ns, p->exec + execs);
	cr_assert_not_null(r, "exec %u", execs);
	return r;
}

static void
expect_path(const struct process *p, const char *path)
{
	cr_expect_eq(p->path_len, strlen(path), "%.*s", p->path_len, p->path);
	cr_expect_arr_eq(p->path, path, strlen(path));
}

/* A child that waits for its go and then does `fn`, which ends it; the program it ended as. */
static void (*kid_fn)(void);

static void
kid_main(int out, int in)
{
	(void)out;
	(void)lab_hear(in);
	kid_fn();
	_exit(1);
}

static const struct process *
after(void (*fn)(void), unsigned execs)
{
	struct kernel_process	p;
	struct kid		k;
	int			status;

	kid_fn = fn;
	k = lab_kid(kid_main);
	p = begun(k.pid);
	lab_say(k.to, 1);
	cr_assert_eq(waitpid(k.pid, &status, 0), k.pid);
	cr_assert_eq(status, 0);
	return named(ran(&p, execs));
}

static void
run_true(void)
{
	execl(TRUE, "true", NULL);
}

static const char *
here(const char *name)
{
	static char	path[4200];

	snprintf(path, sizeof(path), "%s/%s", lab.dir, name);
	return path;
}

/* A program of its own, old enough to be told from its next change. */
static const char *
own_copy(const char *name)
{
	const char	*path = here(name);
	struct stat	st;
	struct timespec	now;

	copy_file(TRUE, path);
	stat(path, &st);
	do {
		usleep(1000);
		clock_gettime(CLOCK_REALTIME, &now);
	} while ((now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec - st.st_ctim.tv_nsec < 25000000);
	return path;
}

Test(whod_kernel, ended)
{
	const struct process	*p = after(run_true, 1);
	struct stat		 st;

	stat(TRUE, &st);
	expect_path(p, TRUE);
	cr_expect_eq(p->ppid, getpid());
	cr_expect_eq(p->dev, st.st_dev);
	cr_expect_eq(p->ino, st.st_ino);
	cr_expect_eq(p->ctime_ns, st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec);
	cr_expect_eq(p->flags & ~(uint32_t)(PROCESS_ROOT_CGROUP | PROCESS_OWN_MOUNTS), PROCESS_PROVEN |
	    PROCESS_ROOT_FILE | PROCESS_SAFE_MODE | PROCESS_ADMIN, "%x", p->flags);
}

/* The child ran this test's own program before, if the test's own exec had been told. */
Test(whod_kernel, child_without_exec)
{
	struct who_question	q;
	struct kernel_process	p;
	struct kid		k;

	kid_fn = run_true;
	k = lab_kid(kid_main);
	p = begun(k.pid);
	q = sent_by(ran(&p, 0));
	cr_expect_eq(lab_one(lab_ask_once(&q))->pid, (uint32_t)k.pid);
	lab_end(&k);
	cr_expect_eq(lab_ask_once(&q)->status, WHO_FOUND, "it was named while it lived");
}

Test(whod_kernel, thousand_of_a_millisecond)
{
	struct kernel_process	p;
	const struct run	*r;
	int			go[2];
	char			byte;

	for (unsigned i = 0; i < MANY; i++) {
		cr_assert_eq(pipe2(go, O_CLOEXEC), 0);
		pid_t	pid = fork();

		if (pid == 0) {
			(void)!read(go[0], &byte, 1);
			run_true();
			_exit(1);
		}
		p = begun(pid);
		(void)!write(go[1], "", 1);
		close(go[0]);
		close(go[1]);
		waitpid(pid, NULL, 0);
		r = ran(&p, 1);
		cr_assert_eq(r->image->path_len, strlen(TRUE));
		cr_assert_arr_eq(r->image->text, TRUE, strlen(TRUE));
		if (i % 100 == 0)
			expect_path(named(r), TRUE);
	}
}

static struct kernel_process	living;

static void
sleep_after_true(int out, int in)
{
	int	fd = udp();

	fcntl(fd, F_SETFD, 0);
	lab_say(out, inode_of(fd));
	(void)lab_hear(in);
	fcntl(out, F_SETFD, FD_CLOEXEC);
	execl("/usr/bin/sleep", "sleep", "60", NULL);
}

Test(whod_kernel, living_is_named_as_ever)
{
	struct kid		 k = lab_kid(sleep_after_true);
	uint64_t		 inode = lab_hear(k.from), id;
	const struct process	*p;

	living = begun(k.pid);
	id = named(ran(&living, 0))->id;
	cr_expect_eq(lab_one(lab_who(inode))->id, id);
	lab_say(k.to, 1);
	lab_hear(k.from);	/* closed by exec */
	while (runs_find(living.tgid, living.start_ns, living.exec + 1) == NULL)
		lab_run(1);
	p = named(ran(&living, 1));
	expect_path(p, "/usr/bin/sleep");
	cr_expect_neq(p->id, id);
	cr_expect_eq(p->command_len, 8);
	cr_expect_eq(lab_one(lab_who(inode))->id, p->id);
	id = p->id;
	/* And keeps its id for the packets that are asked about when it ended. */
	struct who_question	q = sent_by(ran(&living, 1));

	lab_end(&k);
	lab_run(20);
	cr_expect_eq(lab_one(lab_ask_once(&q))->id, id);
	cr_expect(!lab_is_gone(id));
	runs_expire(clock_ms() + RUNS_KEEP_MS + 1000);
	answers_flush();
	lab_run(20);
	cr_expect(lab_is_gone(id));
	cr_expect_eq(lab_ask_once(&q)->status, WHO_NOBODY);
}

/* Programs change faster than anybody looks: what is said is never another one's. */
Test(whod_kernel, exec_after_exec)
{
	const char	*path = own_copy("first");
	pid_t		 pid;
	int		 go[2];
	char		 byte;

	for (unsigned i = 0; i < 50; i++) {
		struct kernel_process	p;
		struct who_question	q;
		const struct process	*of;

		cr_assert_eq(pipe2(go, O_CLOEXEC), 0);
		if ((pid = fork()) == 0) {
			(void)!read(go[0], &byte, 1);
			execl("/usr/bin/env", "env", path, NULL);
			_exit(1);
		}
		p = begun(pid);
		(void)!write(go[1], "", 1);
		while (runs_find(p.tgid, p.start_ns, p.exec + 1) == NULL)
			events_drain();
		q = sent_by(ran(&p, 1));
		of = lab_one(lab_ask_once(&q));
		expect_path(of, "/usr/bin/env");
		waitpid(pid, NULL, 0);
		expect_path(named(ran(&p, 2)), path);
		close(go[0]);
		close(go[1]);
	}
}

static void
vfork_true(void)
{
	pid_t	pid = vfork();

	if (pid == 0) {
		execl(TRUE, "true", NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	execl("/usr/bin/env", "env", TRUE, NULL);
}

Test(whod_kernel, vfork)
{
	expect_path(after(vfork_true, 1), "/usr/bin/env");
	expect_path(after(vfork_true, 2), TRUE);
}

static void *
exec_in_thread(void *arg)
{
	(void)arg;
	run_true();
	return NULL;
}

static void
thread_execs(void)
{
	pthread_t	t;

	pthread_create(&t, NULL, exec_in_thread, NULL);
	for (;;)
		pause();
}

Test(whod_kernel, exec_by_a_thread)
{
	expect_path(after(thread_execs, 1), TRUE);
}

static int	leader_said;

static void *
outlive(void *arg)
{
	(void)arg;
	char	stat_path[64], state = ' ';
	FILE	*f;

	snprintf(stat_path, sizeof(stat_path), "/proc/%d/stat", getpid());
	while (state != 'Z') {
		f = fopen(stat_path, "re");
		if (f == NULL || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			_exit(1);
		fclose(f);
	}
	lab_say(leader_said, 1);
	hold();
	return NULL;
}

static void
dead_leader(int out, int in)
{
	pthread_t	t;

	(void)in;
	leader_said = out;
	pthread_create(&t, NULL, outlive, NULL);
	pthread_exit(NULL);
}

Test(whod_kernel, dead_leader)
{
	struct kid		k = lab_kid(dead_leader);
	struct kernel_process	p;

	cr_assert_eq(lab_hear(k.from), 1);
	p = begun(k.pid);
	cr_expect_eq(named(ran(&p, 0))->pid, (uint32_t)k.pid);
	lab_end(&k);
}

static void
from_memory(void)
{
	int		fd = memfd_create("true\nx", 0);
	char		buf[65536];
	int		in = open(TRUE, O_RDONLY);
	ssize_t		n;
	char		*args[] = { "x", NULL };

	while ((n = read(in, buf, sizeof(buf))) > 0)
		(void)!write(fd, buf, (size_t)n);
	fexecve(fd, args, environ);
}

Test(whod_kernel, memfd)
{
	const struct process	*p = after(from_memory, 1);

	expect_path(p, "/memfd:true\nx (deleted)");
	cr_expect_eq(p->flags & (PROCESS_PROVEN | PROCESS_DELETED), PROCESS_DELETED);
}

static void
by_descriptor(void)
{
	char	*args[] = { "x", NULL };

	fexecve(open(TRUE, O_RDONLY | O_CLOEXEC), args, environ);
}

Test(whod_kernel, fexecve)
{
	const struct process	*p = after(by_descriptor, 1);

	expect_path(p, TRUE);
	cr_expect(p->flags & PROCESS_PROVEN);
}

static void
deleted(void)
{
	int	fd = open(here("gone"), O_RDONLY | O_CLOEXEC);
	char	*args[] = { "x", NULL };

	unlink(here("gone"));
	fexecve(fd, args, environ);
}

Test(whod_kernel, deleted)
{
	char	path[4300];

	snprintf(path, sizeof(path), "%s (deleted)", own_copy("gone"));
	const struct process	*p = after(deleted, 1);

	expect_path(p, path);
	cr_expect_eq(p->flags & (PROCESS_PROVEN | PROCESS_DELETED), PROCESS_DELETED);
}

static void
mounted_over(void)
{
	if (unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(here("mine"), TRUE, NULL, MS_BIND, NULL) == -1)
		_exit(2);
	run_true();
}

Test(whod_kernel, bind_mount_over_the_path)
{
	(void)own_copy("mine");
	const struct process	*p = after(mounted_over, 1);

	expect_path(p, TRUE);
	cr_expect(!(p->flags & PROCESS_PROVEN));
	cr_expect(p->flags & PROCESS_OWN_MOUNTS);
}

static void
own_tmpfs(void)
{
	if (unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("x", lab.dir, "tmpfs", 0, NULL) == -1)
		_exit(2);
	copy_file(TRUE, here("inside"));
	execl(here("inside"), "x", NULL);
}

Test(whod_kernel, file_system_of_its_own)
{
	const struct process	*p = after(own_tmpfs, 1);

	expect_path(p, here("inside"));
	cr_expect(!(p->flags & PROCESS_PROVEN));
}

static void
own_mounts_same_file(void)
{
	if (unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		_exit(2);
	run_true();
}

/* A service's mounts are its own; its program is the machine's. */
Test(whod_kernel, same_file_by_another_mount)
{
	const struct process	*p = after(own_mounts_same_file, 1);

	expect_path(p, TRUE);
	cr_expect(p->flags & PROCESS_PROVEN);
	cr_expect(p->flags & PROCESS_OWN_MOUNTS);
}

static void
odd_name(void)
{
	execl(here("a\nb\033[31m\xff' \"$"), "x", NULL);
}

Test(whod_kernel, odd_name)
{
	char	path[4300];

	snprintf(path, sizeof(path), "%s", own_copy("a\nb\033[31m\xff' \"$"));
	const struct process	*p = after(odd_name, 1);

	expect_path(p, path);
	cr_expect(p->flags & PROCESS_PROVEN);
}

static char	longest[256];

static void
long_name(void)
{
	execl(here(longest), "x", NULL);
}

Test(whod_kernel, longest_name)
{
	char	path[4300];

	memset(longest, 'n', 255);
	snprintf(path, sizeof(path), "%s", own_copy(longest));
	const struct process	*p = after(long_name, 1);

	expect_path(p, path);
	cr_expect(p->flags & PROCESS_PROVEN);
}

#define ENDING	2500	/* as events of full length they would be more than the ring holds */
#define AT_ONCE	250

static pid_t
waiting_child(void)
{
	pid_t	pid = fork();

	cr_assert_neq(pid, -1);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

/* Had one been lost, nobody would count as running what he was told to run. */
Test(whod_kernel, many_end_at_once)
{
	static pid_t	ending[ENDING];
	pid_t		stays = waiting_child();

	for (unsigned i = 0; i < ENDING; i++) {
		ending[i] = waiting_child();
		if (i % AT_ONCE == 0)
			events_drain();
	}
	events_drain();
	cr_assert_not_null(runs_current((uint32_t)ending[0]));
	for (unsigned i = 0; i < ENDING; i++)
		kill(ending[i], SIGKILL);
	for (unsigned i = 0; i < ENDING; i++)
		waitpid(ending[i], NULL, 0);
	events_drain();
	cr_expect_null(runs_current((uint32_t)ending[0]));
	cr_expect_not_null(runs_current((uint32_t)stays));
	kill(stays, SIGKILL);
	waitpid(stays, NULL, 0);
}
