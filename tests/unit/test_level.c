/*
 * The level in force: a command's holds over restarts, until bulwark.conf names another than it did then.
 */
/* links: @level policyd/arena.c policyd/diag.c policyd/words.c policyd/value_build.c */
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>

#include "level.h"
#include "temp_folder.h"

TestSuite(level, .init = folder_start, .fini = folder_finish);

static const struct file conf_file = { .shown = "/etc/bulwark.conf" };

static struct policy
policy_of(enum level level)
{
	struct policy p = { .level = level == 0 ? LEVEL_DYNAMIC : level };

	if (level != 0)
		p.level_where = (struct where){ &conf_file, 3 };
	return p;
}

/* One life of policyd: it starts with bulwark.conf at a level (0: none named), and may get a command. */
static enum level
life(enum level conf, enum level command)
{
	pid_t child = fork();
	int status;

	cr_assert_neq(child, -1);
	if (child == 0) {
		struct policy p = policy_of(conf);

		level_start(top, NULL);
		(void)level_follow(&p);
		if (command != 0 && level_set(command, 0, 1000, &p) == -1)
			_exit(99);
		_exit((int)level_now());
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	return (enum level)WEXITSTATUS(status);
}

static bool
is_kept(void)
{
	return access(place("level"), F_OK) == 0;
}

/* In order: each row is a life after the one before. */
static const struct { enum level conf, command, is; bool kept; } lives[] = {
	{ 0, 0, LEVEL_DYNAMIC, false },
	{ LEVEL_SECURE, 0, LEVEL_SECURE, false },
	{ LEVEL_SECURE, LEVEL_FORTRESS, LEVEL_FORTRESS, true },
	{ LEVEL_SECURE, 0, LEVEL_FORTRESS, true },
	{ LEVEL_SECURE, LEVEL_DYNAMIC, LEVEL_DYNAMIC, true },
	{ LEVEL_SECURE, 0, LEVEL_DYNAMIC, true },
	{ LEVEL_FORTRESS, 0, LEVEL_FORTRESS, false },	/* bulwark.conf changed: it wins, for good */
	{ LEVEL_SECURE, 0, LEVEL_SECURE, false },
	{ LEVEL_SECURE, LEVEL_SECURE, LEVEL_SECURE, true },
	{ 0, 0, LEVEL_DYNAMIC, false },			/* its line went: a change as well */
	{ 0, LEVEL_SECURE, LEVEL_SECURE, true },
	{ LEVEL_DYNAMIC, 0, LEVEL_SECURE, true },	/* that was what it meant before */
};

Test(level, lives)
{
	for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
		cr_assert_eq(life(lives[i].conf, lives[i].command), lives[i].is, "life %zu", i);
		cr_assert_eq(is_kept(), lives[i].kept, "life %zu", i);
	}
	cr_assert_eq(access(place("level.new"), F_OK), -1);
}

Test(level, within_a_life)
{
	struct policy none = policy_of(0), secure = policy_of(LEVEL_SECURE), fortress = policy_of(LEVEL_FORTRESS);

	level_start(top, NULL);
	cr_assert(!level_follow(&none));
	cr_assert_str_eq(level_why(), "built in: bulwark.conf names none");
	cr_assert(level_follow(&secure));
	cr_assert(!level_follow(&secure));
	cr_assert_str_eq(level_why(), "/etc/bulwark.conf:3");
	cr_assert_eq(level_set(LEVEL_FORTRESS, 0, 4294967294, &secure), 0);
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	cr_assert_str_eq(level_why(), "set by a command of user 4294967294");
	cr_assert(!level_follow(&secure));
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	cr_assert(!level_follow(&fortress));	/* the same level, but now it is bulwark.conf's */
	cr_assert_str_eq(level_why(), "/etc/bulwark.conf:3");
	cr_assert(!is_kept());
	cr_assert(level_follow(&none));
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
}

/* A bulwark.conf that can't be read has not named another level. */
Test(level, broken_conf)
{
	struct policy broken = policy_of(0);

	cr_assert_eq(life(LEVEL_SECURE, LEVEL_FORTRESS), LEVEL_FORTRESS);
	broken.conf_broken = true;
	level_start(top, NULL);
	cr_assert(level_follow(&broken));
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	cr_assert(is_kept());
	broken = policy_of(LEVEL_DYNAMIC);	/* broken elsewhere: the line with the level counts */
	broken.conf_broken = true;
	cr_assert(level_follow(&broken));
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
}

static const struct { const char *text; bool taken; } files[] = {
	{ "fortress secure 0\n", true }, { "fortress secure 4294967295", true }, { "fortress  secure 7\n\n", true },
	{ "", false }, { "\n", false }, { "fortress", false }, { "fortress secure\n", false },
	{ "fortress secure x\n", false }, { "fortress secure -1\n", false }, { "fortress secure 4294967296\n", false },
	{ "high secure 0\n", false }, { "fortress high 0\n", false }, { "FORTRESS secure 0\n", false },
	{ "fortress secure 0 0\n", false }, { "fortress secure 0\nx", false },
	{ "                                                                                                               "
	  "    fortress secure 0", false },
};

Test(level, what_was_written_down)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		put("level", "%s", files[i].text);
		cr_expect_eq(life(LEVEL_SECURE, 0), files[i].taken ? LEVEL_FORTRESS : LEVEL_SECURE, "row %zu", i);
	}
}

/* No file at all under that name: it is not believed, and it keeps nobody waiting. */
Test(level, not_a_file)
{
	put("real", "fortress secure 0\n");
	cr_assert_eq(symlink("real", place("level")), 0);
	cr_assert_eq(life(LEVEL_SECURE, 0), LEVEL_SECURE);
	cr_assert_eq(unlink(place("level")) | mkfifo(place("level"), 0600), 0);
	cr_assert_eq(life(LEVEL_SECURE, 0), LEVEL_SECURE);
	cr_assert_eq(life(LEVEL_SECURE, LEVEL_FORTRESS), LEVEL_FORTRESS);	/* its place is taken */
	cr_assert_eq(life(LEVEL_SECURE, 0), LEVEL_FORTRESS);
	cr_assert_eq(unlink(place("level")) | mkdir(place("level"), 0700), 0);
	cr_assert_eq(life(LEVEL_SECURE, 0), LEVEL_SECURE);
	cr_assert_eq(life(LEVEL_SECURE, LEVEL_FORTRESS), 99);
	cr_assert_eq(life(LEVEL_SECURE, 0), LEVEL_SECURE);
}

/* Where it can't be written down it holds all the same, and who set it is told. */
Test(level, not_written_down)
{
	struct policy p = policy_of(LEVEL_DYNAMIC);

	cr_assert_eq(symlink("elsewhere", place("level.new")), 0);
	level_start(top, NULL);
	(void)level_follow(&p);
	cr_assert_eq(level_set(LEVEL_FORTRESS, 0, 0, &p), -1);
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	cr_assert(!level_follow(&p));
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	cr_assert_eq(access(place("elsewhere"), F_OK), -1);
	cr_assert_eq(unlink(place("level.new")), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, RLIM_INFINITY }), 0);
	cr_assert_eq(level_set(LEVEL_FORTRESS, 0, 0, &p), -1);	/* as on a full disk */
	cr_assert_eq(access(place("level.new"), F_OK), -1);
	cr_assert(!is_kept());
	level_start("/nowhere", NULL);
	cr_assert_eq(level_set(LEVEL_SECURE, 0, 0, &p), -1);
	cr_assert_eq(level_now(), LEVEL_SECURE);
}
