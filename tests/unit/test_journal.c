/*
 * The journal of changes: what is written comes back, both files are bounded, and what a disk made of them is not believed.
 */
/* links: policyd/answer.c policyd/journal.c */
#include <sys/stat.h>

#include "answer.h"
#include "answer_stub.h"
#include "journal.h"
#include "temp_folder.h"

static void
start(void)
{
	folder_start();
	journal_start(top);
}

TestSuite(journal, .init = start, .fini = folder_finish);

static off_t
size_of(const char *name)
{
	struct stat st;

	return stat(place(name), &st) == -1 ? -1 : st.st_size;
}

/* "WHAT TIME|WHO|BEFORE|AFTER|WHY" each on a line: the time is left out. */
static const char *
shown(void)
{
	static char out[JOURNAL_SHOWN * 2000];
	size_t used = 0;
	char *line, *save = NULL;

	heard_begin();
	answer_begin(1);
	journal_show();
	cr_assert(heard.ended);
	out[0] = '\0';
	for (line = strtok_r(heard.text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char what[64], *tab = strchr(line, '\t');

		cr_assert_eq(sscanf(line, "0 0 %63s :0: %*u", what), 1, "%s", line);
		for (char *p = tab; *p != '\0'; p++)
			if (*p == '\t')
				*p = '|';
		used += (size_t)snprintf(out + used, sizeof out - used, "%s TIME%s\n", what, tab);
	}
	return out;
}

Test(journal, comes_back)
{
	cr_assert_str_eq(shown(), "");
	journal_add("level", "user 0", "dynamic", "secure", "set by a command of user 0");
	journal_add("file", "files", "", "has an error", "a\tb\nc\x01" "d\x7f");
	cr_assert_str_eq(shown(), "level TIME|user 0|dynamic|secure|set by a command of user 0\n"
	    "file TIME|files||has an error|a b c d \n");
	journal_start(top);	/* policyd anew */
	journal_add("trust", "user 0", "", "", "");
	cr_assert_str_eq(shown(), "level TIME|user 0|dynamic|secure|set by a command of user 0\n"
	    "file TIME|files||has an error|a b c d \ntrust TIME|user 0|||\n");
}

Test(journal, long_texts_are_cut)
{
	char text[5000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	journal_add("level", text, text, text, text);
	cr_assert_eq(strlen(shown()), strlen("level TIME||||\n") + 4 * JOURNAL_TEXT);
}

Test(journal, is_bounded)
{
	char text[JOURNAL_TEXT];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < 3 * JOURNAL_BYTES / JOURNAL_TEXT; i++)
		journal_add("level", "user 0", "", "", text);
	journal_add("level", "user 0", "", "", "last");
	cr_assert_leq(size_of("journal"), JOURNAL_BYTES);
	cr_assert_leq(size_of("journal.1"), JOURNAL_BYTES);
	cr_assert_gt(size_of("journal.1"), JOURNAL_BYTES / 2);
	cr_assert_not_null(strstr(shown(), "|last\n"));
	cr_assert_eq(heard.rows, JOURNAL_SHOWN);
}

Test(journal, damaged)
{
	put("journal", "%s", "nonsense\n\n\t\t\t\t\t\n1\ta\tb\tc\td\n1\ta\tb\tc\td\te\tf\n12x\ta\tb\tc\td\te\n"
	    "99999999999999999999\ta\tb\tc\td\te\n7\tlevel\tb\tc\td\te\nno end");
	cr_assert_str_eq(shown(), "level TIME|b|c|d|e\n");
	cr_assert_eq(unlink(place("journal")), 0);
	cr_assert_eq(mkfifo(place("journal"), 0600), 0);	/* keeps nobody waiting */
	journal_add("level", "", "", "", "");
	(void)shown();
	cr_assert_eq(unlink(place("journal")) | symlink("elsewhere", place("journal")), 0);
	journal_add("level", "", "", "", "");
	cr_assert_eq(access(place("elsewhere"), F_OK), -1);
	cr_assert_str_eq(shown(), "");
}
