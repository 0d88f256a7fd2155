/*
 * A file is replaced as a whole or not at all.
 */
/* links: policyd/replace_file.c */
#include "temp_folder.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include "replace_file.h"

TestSuite(replace_file, .init = folder_start, .fini = folder_finish);

static const char *
text_of(const char *name)
{
	static char text[100];
	FILE *in = fopen(place(name), "r");

	if (in == NULL)
		return NULL;
	text[fread(text, 1, sizeof text - 1, in)] = '\0';
	fclose(in);
	return text;
}

Test(replace_file, whole)
{
	struct stat st;

	cr_assert_eq(replace_file(place("a"), "one two", 7, 0600, true), 0);
	cr_expect_str_eq(text_of("a"), "one two");
	cr_assert_eq(stat(place("a"), &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(replace_file(place("a"), "", 0, 0600, false), 0);
	cr_expect_str_eq(text_of("a"), "");
	put("a.new", "left behind by one that was stopped");
	cr_assert_eq(replace_file(place("a"), "b", 1, 0600, false), 0);
	cr_expect_str_eq(text_of("a"), "b");
	cr_expect_null(text_of("a.new"));
}

Test(replace_file, or_not_at_all)
{
	cr_assert_eq(mkdir(place("a"), 0755), 0);
	cr_assert_eq(replace_file(place("a"), "b", 1, 0600, false), -1);
	cr_expect_eq(errno, EISDIR);
	cr_expect_null(text_of("a.new"), "nothing is left behind");
	cr_assert_eq(symlink("b", place("c.new")), 0);
	cr_assert_eq(replace_file(place("c"), "b", 1, 0600, false), -1, "a link is not followed");
	cr_expect_null(text_of("b"));
	cr_expect_null(text_of("c"));
}
