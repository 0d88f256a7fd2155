/*
 * What whod tells of a program's arguments, folder, mounts and parents, and what it does not
 * believe. As root.
 */
/* links: intercept/who/[a-z]*.c intercept/bpf/ring.c */
#include <errno.h>

#include "hints.h"
#include "who_lab.h"

/*
 * This test's binary is also the program that is looked at: with WHO_KID set it holds a
 * socket at 100 and waits. WHO_KID=REMOVE removes its script first, WHO_KID=RENAME says
 * that it has another one.
 */
static void __attribute__((constructor))
be_a_kid(int argc, char **argv)
{
	const char *what = getenv("WHO_KID");

	if (what == NULL)
		return;
	if (strcmp(what, "REMOVE") == 0 && argc > 1)
		unlink(argv[1]);
	if (strcmp(what, "RENAME") == 0 && argc > 2)
		memset(argv[1], 'z', strlen(argv[1]));
	hold();
}

static struct kid kid;
static uint64_t kid_inode;
static char *args[40];
static const char *folder, *mode = "1", *program = "/proc/self/exe";
static void (*before)(void);

static void
kid_main(int out, int in)
{
	int fd = udp();

	(void)in;
	fcntl(fd, F_SETFD, 0);
	fcntl(out, F_SETFD, FD_CLOEXEC);
	lab_say(out, inode_of(fd));
	if (before != NULL)
		before();
	if (chdir(folder == NULL ? lab.dir : folder) == -1)
		_exit(1);
	setenv("WHO_KID", mode, 1);
	execv(program, args);
	_exit(1);
}

static const struct process_hints *
hints_with(const struct process **whole)
{
	const struct process *p;

	kid = lab_kid(kid_main);
	kid_inode = lab_hear(kid.from);
	lab_hear(kid.from);
	lab_rests(kid.pid);
	p = lab_one(lab_who(kid_inode));
	if (whole != NULL)
		*whole = p;
	return &p->hints;
}

static void
end_kid(void)
{
	if (kid.pid != 0)
		lab_end(&kid);
	lab_stop();
}

static char *
here(const char *name)
{
	char *path;

	cr_assert_neq(asprintf(&path, "%s/%s", lab.dir, name), -1);
	return path;
}

static void
put(const char *name, mode_t mode_of)
{
	int fd = open(here(name), O_CREAT | O_WRONLY, mode_of);

	cr_assert_neq(fd, -1);
	cr_assert_eq(fchmod(fd, mode_of), 0);
	close(fd);
}

static void
start(void)
{
	lab_start();
	put("script", 0644);
	put("other", 0644);
	args[0] = "kid";
}

TestSuite(whod_hints, .init = start, .fini = end_kid, .timeout = 30);

static void
is_script(const struct process_hints *h, unsigned i, unsigned argument, const char *name)
{
	const char *path = here(name);

	cr_assert_gt(h->scripts, i, "%u scripts", h->scripts);
	cr_expect_eq(h->script[i].argument, argument);
	cr_expect(h->script[i].path_len == strlen(path) && memcmp(h->script[i].path, path, strlen(path)) == 0, "%.*s",
	    h->script[i].path_len, h->script[i].path);
}

Test(whod_hints, folder_and_arguments)
{
	const struct process_hints *h;

	args[1] = "-u";
	args[2] = "";
	args[3] = "a b";
	h = hints_with(NULL);
	cr_expect(h->cwd_len == strlen(lab.dir) && memcmp(h->cwd, lab.dir, h->cwd_len) == 0);
	cr_expect(h->arguments_len == 12 && memcmp(h->arguments, "kid\0-u\0\0a b\0", 12) == 0, "%u", h->arguments_len);
	cr_expect_eq(h->scripts, 0);
}

Test(whod_hints, scripts)
{
	const struct process_hints *h;

	mkdir(here("dir"), 0755);
	cr_assert_eq(symlink("script", here("link")), 0);
	cr_assert_eq(symlink(here("dir"), here("dirlink")), 0);
	args[1] = "script";		/* a plain one */
	args[2] = "./dirlink/../link";	/* behind links, the second of which is a folder's */
	args[3] = "dir";
	args[4] = "-script";
	args[5] = "script/";
	args[6] = "script/x";
	args[7] = "none";
	args[8] = "/dev/null";
	args[9] = here("other");
	args[10] = "other";		/* more than are told */
	h = hints_with(NULL);
	cr_expect_eq(h->scripts, 3);
	is_script(h, 0, 1, "script");
	is_script(h, 1, 2, "script");
	is_script(h, 2, 9, "other");
}

/* /tmp is everybody's; what root has elsewhere is root's. */
Test(whod_hints, origin)
{
	const struct process_hints *h;

	put("mine", 0644);
	cr_assert_eq(chown(here("mine"), 1000, 1000), 0);
	args[1] = "script";
	args[2] = "mine";
	args[3] = "/usr/bin/../bin/sleep";
	h = hints_with(NULL);
	cr_assert_eq(h->scripts, 3);
	cr_expect_eq(h->script[0].flags, PROCESS_ROOT_FILE);
	cr_expect_eq(h->script[1].flags, 0);
	cr_expect_eq(h->script[2].flags, PROCESS_ROOT_FILE | PROCESS_SAFE_MODE);
	cr_expect_eq(memcmp(h->script[2].path, "/usr/bin/sleep", 14), 0);
}

Test(whod_hints, circles_of_links)
{
	cr_assert_eq(symlink("b", here("a")), 0);
	cr_assert_eq(symlink("a", here("b")), 0);
	cr_assert_eq(symlink("c/c/c/c", here("c")), 0);
	args[1] = "a";
	args[2] = "c";
	cr_expect_eq(hints_with(NULL)->scripts, 0);
}

/* A long way round, and names too long to be told. */
Test(whod_hints, long_ways)
{
	static char many[4000], deep[600];

	memset(many, '/', sizeof many - 1);
	memcpy(many + sizeof many - 9, "/./none", 8);
	memset(deep, 'x', sizeof deep - 1);
	args[1] = many;
	args[2] = deep;
	args[3] = "script";
	/* What is cut off is left out, with the whole argument. */
	cr_expect_eq(hints_with(NULL)->scripts, 0);
	cr_expect_eq(lab_of(lab.process[lab.processes - 1].id)->hints.arguments_len, 4);
}

Test(whod_hints, removed_script)
{
	mode = "REMOVE";
	args[1] = "script";
	cr_expect_eq(hints_with(NULL)->scripts, 0);
}

/* What a program writes over its arguments is what it says of itself: no more than that. */
Test(whod_hints, written_over)
{
	const struct process_hints *h;

	mode = "RENAME";
	args[1] = strdup("script");
	args[2] = "other";
	h = hints_with(NULL);
	cr_assert_eq(h->scripts, 1);
	is_script(h, 0, 2, "other");
	cr_expect_eq(memcmp(h->arguments, "kid\0zzzzzz\0other", 16), 0);
}

static void
other_mounts(void)
{
	if (unshare(CLONE_NEWNS) == -1 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(here("other"), here("script"), NULL, MS_BIND, NULL) == -1)
		_exit(1);
}

/* In its own mounts another file lies there: neither of the two is proven to be the one. */
Test(whod_hints, other_mounts)
{
	const struct process *p;
	const struct process_hints *h;

	before = other_mounts;
	args[1] = "script";
	args[2] = "other";
	h = hints_with(&p);
	cr_expect(p->flags & PROCESS_OWN_MOUNTS);
	cr_assert_eq(h->scripts, 1);
	is_script(h, 0, 2, "other");
}

Test(whod_hints, same_mounts)
{
	const struct process *p;

	cr_expect_eq(hints_with(&p)->scripts, 0);
	cr_expect(!(p->flags & PROCESS_OWN_MOUNTS));
}

static void
other_root(void)
{
	mkdir(here("root"), 0755);
	if (unshare(CLONE_NEWNS) == -1 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("/", here("root"), NULL, MS_BIND | MS_REC, NULL) == -1 ||
	    mount("none", here("root/tmp"), "tmpfs", 0, NULL) == -1 || chroot(here("root")) == -1)
		_exit(1);
}

/* Below another root a path may mean another file, or none. */
Test(whod_hints, other_root)
{
	const struct process_hints *h;

	before = other_root;
	folder = "/";
	args[1] = here("script");
	args[2] = "/usr/bin/sleep";
	h = hints_with(NULL);
	cr_assert_eq(h->scripts, 1);
	cr_expect(h->script[0].argument == 2 && memcmp(h->script[0].path, "/usr/bin/sleep", 14) == 0, "%.*s",
	    h->script[0].path_len, h->script[0].path);
}

static void
beget(void)
{
	pid_t pid = fork();

	if (pid == 0)
		return;
	if (pid > 0) {
		close_range(3, ~0u, 0);
		hold();
	}
	_exit(1);
}

/* The nearest first; each with its own proof. */
Test(whod_hints, parents)
{
	const struct process_hints *h;
	char self[PATH_BYTES];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self);

	before = beget;
	h = hints_with(NULL);
	cr_assert_geq(h->parents, 2);
	cr_expect_eq(h->parent[0].pid, (uint32_t)kid.pid);
	cr_expect_eq(h->parent[1].pid, (uint32_t)getpid());
	cr_expect_gt(h->parent[0].start, 0);
	cr_expect_geq(h->parent[0].start, h->parent[1].start);
	for (unsigned i = 0; i < 2; i++) {
		cr_expect(h->parent[i].flags & PROCESS_PROVEN);
		cr_expect(h->parent[i].path_len == len && memcmp(h->parent[i].path, self, (size_t)len) == 0);
	}
}

/* The function itself: where no folder is known, and what is no regular file. */
Test(whod_hints, resolve)
{
	static const struct { const char *cwd, *name, *path; } rows[] = {
		{ "", "usr/bin/sleep", "" }, { "", "/usr/bin/sleep", "/usr/bin/sleep" },
		{ "/usr", "bin/sleep", "/usr/bin/sleep" }, { "/", "usr/bin/sleep", "/usr/bin/sleep" },
		{ "/usr", "../../../usr/bin/sleep", "/usr/bin/sleep" },
		{ "/x", "../usr/bin/sleep", "" }, { "/usr", "./bin/sleep", "/usr/bin/sleep" }, { "/usr", "//usr///bin//sleep", "/usr/bin/sleep" },
		{ "/usr", "bin", "" }, { "/usr", "", "" }, { "/", "/", "" }, { "/", "..", "" }, { "/", "dev/null", "" },
		{ "/usr/bin", "sleep/", "" }, { "/usr/bin", "sleep/.", "" }, { "relative", "x", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char path[SCRIPT_BYTES] = "";
		uint64_t dev, ino;
		uint32_t flags;
		size_t len = hints_resolve(rows[i].cwd, rows[i].name, path, sizeof path, &flags, &dev, &ino);

		cr_expect(len == strlen(rows[i].path) && (len == 0 || strcmp(path, rows[i].path) == 0), "%s %s: %s",
		    rows[i].cwd, rows[i].name, path);
	}
}

/* --- of which programs they are read --- */

/* As policyd would say it; NULL: no program. */
static void
want(const char *path)
{
	static struct who_hinted m;
	static uint8_t body[WHO_HINTED_MAX];
	size_t len;

	memset(&m, 0, sizeof m);
	if (path != NULL) {
		m.count = 1;
		m.path[0].len = (uint8_t)strlen(path);
		memcpy(m.path[0].text, path, strlen(path));
	}
	len = who_hinted_pack(&m, body, sizeof body);
	cr_assert_gt(len, 0);
	cr_assert_eq(channel_send(lab.intercept, WHO_HINTED, 0, body, len, -1), 0);
}

/* This test's own binary; with its last byte as a pattern. */
static const char *
self(bool pattern)
{
	static char path[PATH_BYTES];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

	cr_assert(len > 0 && len < HINTED_BYTES, "%zd", len);
	path[len] = '\0';
	if (pattern)
		path[len - 1] = '*';
	return path;
}

/* A name for a link to it: in its own folder, since /tmp may be another file system. */
static const char *
beside(const char *name)
{
	char *path;

	cr_assert_neq(asprintf(&path, "%s.%s", self(false), name), -1);
	return path;
}

static uint64_t
id_now(void)
{
	return lab_one(lab_who(kid_inode))->id;
}

/* Before anybody said of which, they are read of all; the tests above are of that. */
Test(whod_hints, read_of_all_at_first)
{
	cr_expect(hints_with(NULL)->read);
}

Test(whod_hints, not_read_unless_wanted)
{
	const struct process *p;
	const struct process_hints *h;
	uint64_t id;

	want("/usr/bin/other");
	args[1] = "script";
	h = hints_with(&p);
	cr_expect(!h->read);
	cr_expect_eq(h->cwd_len + h->arguments_len + h->scripts + h->parents, 0);
	cr_expect(p->flags & PROCESS_PROVEN);
	cr_expect_gt(p->command_len, 0, "for display it is read all the same");
	id = p->id;
	want(NULL);
	cr_expect_eq(id_now(), id, "another list, which does not name it either");
	cr_expect(!lab_is_gone(id));
}

/* Told without them, and wanted now: the next answer says more, under another id. */
static void
wanted_late(bool pattern)
{
	const struct process *p;
	uint64_t id;

	want("/usr/bin/other");
	args[1] = "script";
	cr_assert(!hints_with(NULL)->read);
	id = id_now();
	want(self(pattern));
	p = lab_one(lab_who(kid_inode));
	cr_expect_neq(p->id, id);
	cr_expect(lab_is_gone(id) || (lab_run(50), lab_is_gone(id)));
	cr_assert(p->hints.read);
	is_script(&p->hints, 0, 1, "script");
	id = p->id;
	want(NULL);
	cr_expect_eq(id_now(), id, "what was read stays so");
}

Test(whod_hints, wanted_late)
{
	wanted_late(false);
}

Test(whod_hints, wanted_late_by_pattern)
{
	wanted_late(true);
}

/* Its file has another name by now: whether the one that was told is wanted can't be seen. */
Test(whod_hints, another_name_and_another_list)
{
	const char *renamed;
	uint64_t id;

	want("/usr/bin/other");
	program = beside("before");
	renamed = beside("after");
	(void)unlink(renamed);
	cr_assert(link(self(false), program) == 0 || errno == EEXIST);
	cr_assert(!hints_with(NULL)->read);
	id = id_now();
	cr_assert_eq(rename(program, renamed), 0);
	cr_expect_eq(id_now(), id);
	want(program);
	cr_expect_neq(id_now(), id);
	(void)unlink(renamed);
}

/* Who comes after this intercept said nothing yet: all are read again. */
Test(whod_hints, forgotten_with_the_channel)
{
	int sp[2];

	want("/usr/bin/other");
	cr_assert(!hints_with(NULL)->read);
	channel_free(lab.intercept);
	socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp);
	cr_assert_eq(answers_channel(8, sp[0]), 0);
	lab.intercept = channel_new(lab.base, sp[1], lab_verbs, lab_lost, NULL);
	cr_expect(lab_one(lab_who(kid_inode))->hints.read);
}
