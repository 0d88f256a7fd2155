/*
 * Answers on disk: one file a user and program, replaced whole; what can't be written changes nothing.
 */
/* links: @language policyd/choice_file.c policyd/replace_file.c policyd/choice_line.c policyd/choice.c */
#include <sys/resource.h>

#include <dirent.h>
#include <signal.h>

#include "choice_file.h"
#include "temp_folder.h"

static void
begin(void)
{
	folder_start();
	choice_file_start(top);
}

TestSuite(choice_file, .init = begin, .fini = folder_finish);

static struct choice
choice(const char *path, const char *name)
{
	struct choice c = { .action = RULE_ALLOW, .life = LIFE_ALWAYS, .target = TARGET_NAME,
		.directions = 1u << DIRECTION_OUT, .by = 0, .uid = 1000, .root = true };

	snprintf(c.path, sizeof c.path, "%s", path);
	snprintf(c.name, sizeof c.name, "%s", name);
	return c;
}

/* The files of user 1000, and the text of the last one. */
static unsigned
files(char text[4096])
{
	DIR *dir = opendir(place("profiles/1000"));
	char name[300] = "";
	unsigned count = 0;
	struct dirent *e;
	FILE *in;
	size_t n;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.') {
			snprintf(name, sizeof name, "profiles/1000/%s", e->d_name);
			count++;
		}
	if (dir != NULL)
		closedir(dir);
	text[0] = '\0';
	if (count > 0 && (in = fopen(place(name), "r")) != NULL) {
		n = fread(text, 1, 4095, in);
		text[n] = '\0';
		fclose(in);
	}
	return count;
}

static const char *
only_file(void)
{
	static char name[400];
	DIR *dir = opendir(place("profiles/1000"));
	struct dirent *e;

	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			snprintf(name, sizeof name, "profiles/1000/%s", e->d_name);
	closedir(dir);
	return name;
}

Test(choice_file, written_and_added_to)
{
	struct choice c = choice("/usr/bin/curl", "one.example");
	char text[4096];

	cr_assert_eq(choice_file_write(&c, "why"), 0);
	cr_expect_eq(files(text), 1);
	cr_expect_not_null(strstr(text, "\tanswers {\n\t\tallow out domain one.example # by user 0, "), "%s", text);
	c.root = false;
	strcpy(c.name, "two.example");
	cr_assert_eq(choice_file_write(&c, "why"), 0);
	cr_expect_eq(files(text), 1);
	cr_expect(strstr(text, "one.example") != NULL && strstr(text, "answers session {\n\t\tallow out domain two.example") !=
	    NULL, "%s", text);
	c = choice("/usr/local/bin/curl", "one.example");
	cr_assert_eq(choice_file_write(&c, ""), 0);
	cr_expect_eq(files(text), 2);
}

Test(choice_file, no_such_program)
{
	static const char *const paths[] = { "curl", "/a//b", "/a/../b", "", "/usr/bin/" };
	char text[4096];

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct choice c = choice(paths[i], "one.example");

		cr_expect_eq(choice_file_write(&c, ""), -1, "%s", paths[i]);
	}
	cr_expect_eq(files(text), 0);
}

Test(choice_file, so_many_programs)
{
	char path[40], text[4096];
	unsigned taken = 0;

	for (unsigned i = 0; i < 260; i++) {
		struct choice c;

		snprintf(path, sizeof path, "/usr/bin/p%u", i);
		c = choice(path, "one.example");
		taken += choice_file_write(&c, "") == 0;
	}
	cr_expect_eq(taken, 256);
	cr_expect_eq(files(text), 256);
	{
		struct choice c = choice("/usr/bin/p7", "two.example");

		cr_expect_eq(choice_file_write(&c, ""), 0, "what is there can be added to");
	}
}

/* What somebody broke stays as it is. */
Test(choice_file, broken)
{
	struct choice c = choice("/usr/bin/curl", "one.example");
	static const char *const texts[] = { "profile \"x\" {\n", "nonsense\n}\n", "profile \"x\" {\n path \"/other\"\n}\n", "\xff}\n" };
	char text[4096];

	cr_assert_eq(choice_file_write(&c, ""), 0);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		put(only_file(), "%s", texts[i]);
		cr_expect_eq(choice_file_write(&c, ""), -1);
		cr_expect_eq(files(text), 1);
		cr_expect_str_eq(text, texts[i]);
	}
}

/* The disk takes no more bytes: as a limit of the process, which fails in the same way. */
Test(choice_file, full_disk)
{
	struct choice c = choice("/usr/bin/curl", "one.example");
	struct rlimit none = { 0, 0 };
	char before[4096], text[4096];

	cr_assert_eq(choice_file_write(&c, ""), 0);
	cr_assert_eq(files(before), 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	strcpy(c.name, "two.example");
	cr_expect_eq(choice_file_write(&c, ""), -1);
	cr_expect_eq(files(text), 1, "nothing half is left");
	cr_expect_str_eq(text, before);
}

/* The last answer takes its file along, which makes room for another program's. */
Test(choice_file, forgotten)
{
	struct choice c = choice("/usr/bin/curl", "one.example"), all = c;
	char text[4096];
	unsigned count = 7;

	cr_expect_eq(choice_file_forget(&c, &count), 0);
	cr_expect_eq(count, 0, "there is no file");
	cr_assert_eq(choice_file_write(&c, "why"), 0);
	c.root = false;
	cr_assert_eq(choice_file_write(&c, "why"), 0);
	all.target = TARGET_PROGRAM;
	all.directions = 14;
	cr_expect_eq(choice_file_forget(&all, &count), 0);
	cr_expect_eq(count, 1);
	cr_expect_eq(files(text), 1);
	cr_expect(strstr(text, "answers session {\n\t\tallow") != NULL && strstr(text, "answers {\n\t}") != NULL, "%s", text);
	cr_expect_eq(choice_file_forget(&all, &count), 0);
	cr_expect_eq(count, 0);
	all.root = false;
	cr_expect_eq(choice_file_forget(&all, &count), 0);
	cr_expect_eq(count, 1);
	cr_expect_eq(files(text), 0);
}
