/*
 * What a process is: files, names, namespaces and changes that try to be
 * taken for another program. As root.
 */
/* links: intercept/who/[a-z]*.c intercept/bpf/ring.c */
#include "who_lab.h"

#define PLAIN_FLAGS (PROCESS_PROVEN | PROCESS_DELETED | PROCESS_TRACED | PROCESS_KERNEL | PROCESS_PRELOAD)

/*
 * This test's binary is also the program that runs from odd places: with
 * WHO_KID set it holds a socket at 100, given by whoever started it.
 */
static void __attribute__((constructor))
be_a_kid(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (getenv("WHO_KID") != NULL)
		hold();
}

static void
run(const char *path)
{
	setenv("WHO_KID", "1", 1);
	execl(path, "kid", "one two", NULL);
	_exit(1);
}

/* What a child that holds a socket and then runs `fn` is said to be. */
static struct kid kid;
static uint64_t kid_inode;
static void (*kid_fn)(void);

static void
kid_main(int out, int in)
{
	int fd = udp();

	(void)in;
	fcntl(fd, F_SETFD, 0);
	fcntl(out, F_SETFD, FD_CLOEXEC);	/* closes at exec: the test hears it */
	lab_say(out, inode_of(fd));
	kid_fn();
	hold();
}

static const struct process *
identity_of(void (*fn)(void))
{
	kid_fn = fn;
	kid = lab_kid(kid_main);
	kid_inode = lab_hear(kid.from);
	lab_hear(kid.from);
	lab_rests(kid.pid);
	return lab_one(lab_who(kid_inode));
}

static void
end_kid(void)
{
	if (kid.pid != 0)
		lab_end(&kid);
	lab_stop();
}

TestSuite(whod_identity, .init = lab_start, .fini = end_kid, .timeout = 30);

static const char *
here(const char *name)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s/%s", lab.dir, name);
	return path;
}

static void
check_path(const struct process *p, const char *path)
{
	cr_expect_eq(p->path_len, strlen(path), "%u", p->path_len);
	cr_expect_arr_eq(p->path, path, p->path_len);
}

static void
run_sleep(void)
{
	execl("/bin/sleep", "sleep", "60", NULL);
}

Test(whod_identity, program_of_the_system)
{
	const struct process *p = identity_of(run_sleep);
	struct stat st;

	stat("/bin/sleep", &st);
	check_path(p, "/usr/bin/sleep");
	cr_expect_eq(p->flags & PLAIN_FLAGS, PROCESS_PROVEN);
	cr_expect_eq(p->flags & (PROCESS_ROOT_FILE | PROCESS_SAFE_MODE),
	    PROCESS_ROOT_FILE | PROCESS_SAFE_MODE);
	cr_expect_eq(p->dev, st.st_dev);
	cr_expect_eq(p->ino, st.st_ino);
	cr_expect_eq(p->ctime_ns, st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec);
	cr_expect_eq(p->file_uid, 0);
	cr_expect_eq(p->command_len, 8);
	cr_expect_arr_eq(p->command, "sleep 60", 8);
	cr_expect(p->flags & PROCESS_ADMIN);
}

static void
run_copy(void)
{
	copy_file("/proc/self/exe", here("copy"));
	run(here("copy"));
}

Test(whod_identity, below_tmp)
{
	const struct process *p = identity_of(run_copy);

	check_path(p, here("copy"));
	cr_expect_eq(p->flags & PLAIN_FLAGS, PROCESS_PROVEN);
	cr_expect(!(p->flags & PROCESS_SAFE_MODE), "/tmp is everybody's");
	cr_expect(p->flags & PROCESS_ROOT_FILE);
}

static void
run_odd_name(void)
{
	copy_file("/proc/self/exe", here("a\nb\033[31m\xff' \"$"));
	run(here("a\nb\033[31m\xff' \"$"));
}

Test(whod_identity, odd_name)
{
	const struct process *p = identity_of(run_odd_name);

	check_path(p, here("a\nb\033[31m\xff' \"$"));
	cr_expect_eq(p->flags & PLAIN_FLAGS, PROCESS_PROVEN);
}

static void
run_deleted(void)
{
	copy_file("/proc/self/exe", here("gone"));
	if (fork() == 0) {	/* removed while it runs */
		usleep(10000);
		unlink(here("gone"));
		_exit(0);
	}
	run(here("gone"));
}

Test(whod_identity, deleted)
{
	const struct process *p = identity_of(run_deleted);

	cr_expect_eq(p->flags & PLAIN_FLAGS, PROCESS_DELETED);
}

static void
run_named_deleted(void)
{
	copy_file("/proc/self/exe", here("real (deleted)"));
	run(here("real (deleted)"));
}

/* The name of a file that is there, but looks as if it were not: believed by nobody. */
Test(whod_identity, named_deleted)
{
	const struct process *p = identity_of(run_named_deleted);

	check_path(p, here("real (deleted)"));
	cr_expect_eq(p->flags & PLAIN_FLAGS, 0);
}

static void
run_memfd(void)
{
	int in = open("/proc/self/exe", O_RDONLY), fd = memfd_create("/usr/bin/curl", 0);
	char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			_exit(1);
	setenv("WHO_KID", "1", 1);
	fexecve(fd, (char *[]){ "x", NULL }, environ);
}

Test(whod_identity, memfd)
{
	cr_expect_eq(identity_of(run_memfd)->flags & PLAIN_FLAGS, PROCESS_DELETED);
}

static void
go_deep(unsigned bytes)
{
	char part[201];
	unsigned len = (unsigned)strlen(lab.dir);

	memset(part, 'd', 200);
	part[200] = '\0';
	if (chdir(lab.dir) == -1)
		_exit(1);
	for (; len + 201 + 4 < bytes; len += 201)
		if (mkdir(part, 0755) == -1 || chdir(part) == -1)
			_exit(1);
	part[bytes - len - 5] = '\0';
	if (mkdir(part, 0755) == -1 || chdir(part) == -1)
		_exit(1);
	copy_file("/proc/self/exe", "kid");
	run("./kid");
}

static void
run_deep(void)
{
	go_deep(4095);
}

static void
run_too_deep(void)
{
	go_deep(5000);
}

Test(whod_identity, longest_path)
{
	const struct process *p = identity_of(run_deep);

	cr_expect_eq(p->path_len, 4095, "%u", p->path_len);
	cr_expect_eq(p->flags & PLAIN_FLAGS, PROCESS_PROVEN);
}

Test(whod_identity, longer_than_the_kernel_says)
{
	const struct process *p = identity_of(run_too_deep);

	cr_expect_eq(p->path_len, 0, "%u", p->path_len);
	cr_expect_eq(p->flags & PLAIN_FLAGS, 0);
	cr_expect_neq(p->ino, 0);
}

static void
bind_over(const char *over)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n] = '\0';
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount(self, over, NULL, MS_BIND, NULL) == -1)
		_exit(1);
	run(over);
}

static void
run_private_mount(void)
{
	if (unshare(CLONE_NEWNS) == -1)
		_exit(1);
	bind_over("/bin/sleep");
}

Test(whod_identity, mounted_over_another_in_private)
{
	const struct process *p = identity_of(run_private_mount);

	check_path(p, "/usr/bin/sleep");
	cr_expect_eq(p->flags & PLAIN_FLAGS, 0);
}

static void
run_own_users(void)
{
	become(65534);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1)
		_exit(1);
	bind_over("/bin/sleep");
}

Test(whod_identity, mounted_over_another_by_a_user)
{
	const struct process *p = identity_of(run_own_users);

	cr_expect_eq(p->flags & (PLAIN_FLAGS | PROCESS_ADMIN), 0);
	cr_expect_eq(p->uid, 65534);
}

static void
run_sleep_in_own_users(void)
{
	become(65534);
	if (unshare(CLONE_NEWUSER) == -1)
		_exit(1);
	run_sleep();
}

/* There the kernel lets a program name any file as its own: nothing is proven, and no right counts. */
Test(whod_identity, own_user_namespace)
{
	const struct process *p = identity_of(run_sleep_in_own_users);

	check_path(p, "/usr/bin/sleep");
	cr_expect_eq(p->flags & (PLAIN_FLAGS | PROCESS_ADMIN), 0);
}

static void
run_by_link(void)
{
	mkdir(here("dir"), 0755);
	copy_file("/proc/self/exe", here("dir/kid"));
	if (unshare(CLONE_NEWNS) == -1)
		_exit(1);
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mkdir(here("mounted"), 0755);
	if (mount(here("dir"), strcat(strcpy((char[4200]){ 0 }, lab.dir), "/mounted"), NULL, MS_BIND,
	    NULL) == -1)
		_exit(1);
	run(here("mounted/kid"));
}

/* Outside the same path leads to the same file, but over a link that anybody may have made. */
Test(whod_identity, link_in_the_path)
{
	const struct process *p;

	p = identity_of(run_by_link);
	cr_expect_eq(p->flags & PLAIN_FLAGS, 0);
	lab_end(&kid);
	rmdir(here("mounted"));
	cr_assert_eq(symlink("dir", here("mounted")), 0);
	kid.pid = 0;
}

/* On hybrid machines the kernel's word on the unified hierarchy says nothing of one that is named by the other. */
static bool
named_by_the_other(void)
{
	FILE	*in = fopen("/proc/self/cgroup", "r");
	char	 line[8192], unified[8192] = "";
	bool	 other = false;

	cr_assert_not_null(in);
	while (fgets(line, sizeof line, in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0)
			(void)snprintf(unified, sizeof unified, "%s", line + 3);
		other |= strstr(line, ":name=systemd:/") != NULL;
	}
	(void)fclose(in);
	return unified[0] == '\0' || (other && strcmp(unified, "/") == 0);
}

Test(whod_identity, cgroup)
{
	cr_expect_eq((identity_of(run_sleep)->flags & PROCESS_NAMED_CGROUP) != 0, named_by_the_other());
}

static void
run_preload(void)
{
	setenv("LD_LIBRARY_PATH", "/nowhere", 1);
	run_sleep();
}

Test(whod_identity, preload)
{
	cr_expect(identity_of(run_preload)->flags & PROCESS_PRELOAD);
}

/* A child that does one thing at each word from the test, and holds one socket. */
static void (*step)(void);

static void
stepwise(int out, int in)
{
	int fd = udp();

	fcntl(fd, F_SETFD, 0);
	fcntl(in, F_SETFD, 0);
	lab_say(out, inode_of(fd));
	lab_hear(in);
	step();
	lab_say(out, 1);
	hold();
}

static uint64_t
begin_steps(void (*fn)(void))
{
	step = fn;
	kid = lab_kid(stepwise);
	kid_inode = lab_hear(kid.from);
	return lab_one(lab_who(kid_inode))->id;
}

static void
do_step(void)
{
	lab_say(kid.to, 1);
	lab_hear(kid.from);
	usleep(20000);
}

static void
become_nobody(void)
{
	become(65534);
}

Test(whod_identity, change_of_user)
{
	uint64_t id = begin_steps(become_nobody);
	const struct process *p;

	do_step();
	p = lab_one(lab_who(kid_inode));
	cr_expect_neq(p->id, id);
	cr_expect_eq(p->uid, 65534);
	cr_expect(!(p->flags & PROCESS_ADMIN));
	lab_run(20);
	cr_expect(lab_is_gone(id) && !lab_has_ended(id));
}

static void
nothing(void)
{
}

Test(whod_identity, traced)
{
	uint64_t id = begin_steps(nothing);
	const struct process *p;

	cr_assert_eq(ptrace(PTRACE_SEIZE, kid.pid, 0, 0), 0);
	usleep(20000);
	p = lab_one(lab_who(kid_inode));
	cr_expect_neq(p->id, id);
	cr_expect(p->flags & PROCESS_TRACED);
	id = p->id;
	ptrace(PTRACE_INTERRUPT, kid.pid, 0, 0);
	waitpid(kid.pid, NULL, 0);
	ptrace(PTRACE_DETACH, kid.pid, 0, 0);
	usleep(20000);
	p = lab_one(lab_who(kid_inode));
	cr_expect_neq(p->id, id);
	cr_expect(!(p->flags & PROCESS_TRACED));
}

static void
run_same(void)
{
	run("/proc/self/exe");
}

/* What was known to hold it, and what holds it now, after an exec just noticed. */
static void
check_both(uint64_t id, const struct who_answer *a)
{
	cr_assert_eq(a->count, 2, "%u", a->count);
	cr_expect(a->holder[0] == id || a->holder[1] == id);
	cr_expect(lab_names(a, kid.pid));
}

Test(whod_identity, exec_of_the_same_file)
{
	uint64_t id = begin_steps(run_same);
	const struct who_answer *a;

	lab_say(kid.to, 1);
	usleep(100000);
	a = lab_who(kid_inode);
	check_both(id, a);
	lab_run(20);
	cr_expect(lab_is_gone(id) && !lab_has_ended(id));
	cr_expect_neq(lab_one(lab_who(kid_inode))->id, id);
}

Test(whod_identity, exec_of_another_file)
{
	uint64_t id = begin_steps(run_sleep);

	lab_say(kid.to, 1);
	usleep(100000);
	check_both(id, lab_who(kid_inode));
	check_path(lab_one(lab_who(kid_inode)), "/usr/bin/sleep");
}

static void
vfork_and_exec(int out, int in)
{
	int fd = udp();
	pid_t pid;

	(void)in;
	fcntl(fd, F_SETFD, 0);
	lab_say(out, inode_of(fd));
	if ((pid = vfork()) == 0) {
		usleep(100000);
		execl("/bin/sleep", "sleep", "60", NULL);
	}
	lab_say(out, (uint64_t)pid);
	hold();
}

/* Named while it still ran in its parent's memory, and again after. */
Test(whod_identity, vfork)
{
	const struct who_answer *a;
	pid_t child;

	kid = lab_kid(vfork_and_exec);
	kid_inode = lab_hear(kid.from);
	usleep(20000);
	lab_one(lab_who(kid_inode));
	child = (pid_t)lab_hear(kid.from);
	usleep(50000);
	a = lab_who(kid_inode);
	cr_expect(a->count >= 2 && lab_names(a, kid.pid) && lab_names(a, child));
}

static void
send_then_exec(int out, int in)
{
	int fd = udp();

	(void)in;
	lab_say(out, inode_of(fd));
	execl("/bin/sleep", "sleep", "60", NULL);
}

/* The socket went with the exec: the program that came after it never held it. */
Test(whod_identity, exec_closed_the_socket)
{
	for (int i = 0; i < 40; i++) {
		const struct who_answer *a;
		uint64_t inode;

		kid = lab_kid(send_then_exec);
		inode = lab_hear(kid.from);
		usleep((useconds_t)(i * 50));
		a = lab_who(inode);
		for (unsigned k = 0; k < a->count; k++)
			cr_expect(memmem(lab_of(a->holder[k])->path, 4096, "sleep", 5) == NULL);
		lab_end(&kid);
	}
	kid.pid = 0;
}

/* Stops the reader: as if a program's file system kept it waiting. */
static void
stop_reader(void)
{
	struct proc *p;
	unsigned stopped = 0;

	TAILQ_FOREACH(p, processes_all(), by_use)
		if (p->ppid == (uint32_t)getpid() && kill((pid_t)p->pid, SIGSTOP) == 0)
			stopped++;
	cr_assert_eq(stopped, 1);
}

static void
plain_kid(int out, int in)
{
	(void)in;
	become(65534);
	lab_say(out, inode_of(udp()));
	hold();
}

Test(whod_identity, hung_reader)
{
	struct kid other;
	struct who_question q = { .ask = 99999, .kind = WHO_SOCKET, .family = 4, .proto = 17 };
	int64_t begin;

	stop_reader();
	kid = lab_kid(stepwise);
	kid_inode = lab_hear(kid.from);
	other = lab_kid(plain_kid);
	q.inode = kid_inode;
	q.uid = 0;
	lab_send(&q);
	lab_run(30);	/* the reader hangs */
	begin = lab_now();
	cr_expect_eq(lab_one(lab_who(lab_hear(other.from)))->pid, (uint32_t)other.pid);
	cr_expect_lt(lab_now() - begin, 100000, "%ld us", lab_now() - begin);
	lab_end(&other);
	begin = lab_now();
	cr_expect_eq(lab_one(lab_who(kid_inode))->pid, (uint32_t)kid.pid);
	cr_expect_eq(lab_one(lab_who(kid_inode))->flags & PROCESS_PROVEN, 0);
	cr_expect_lt(lab_now() - begin, 1000000);
}
