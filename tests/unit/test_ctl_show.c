/*
 * What bulwarkctl writes on terminals of several widths: cut, or wrapped at spaces and never lost.
 */
/* links: uid/ctl/show.c */
#include <criterion/criterion.h>

#include <string.h>

#include "show.h"

static struct line l;

static const char *
written(unsigned width, bool wraps, unsigned indent, const char *first, const char *whole)
{
	line_start(&l, stdout);
	l.width = width;
	if (wraps)
		line_wrap(&l, indent);
	line_put(&l, first);
	if (whole != NULL)
		line_whole(&l, whole);
	l.text[l.len] = '\0';
	return l.text;
}

Test(ctl_show, a_line_is_cut)
{
	cr_assert_str_eq(written(10, false, 0, "0123456789ab", NULL), "012345678>");
	cr_assert_str_eq(written(0, false, 0, "0123456789ab", NULL), "0123456789ab");
}

Test(ctl_show, a_line_wraps_at_spaces)
{
	cr_assert_str_eq(written(20, true, 4, "one two three four five six", NULL),
	    "one two three four\n    five six");
	cr_assert_str_eq(written(20, true, 4, "one two three four fi", NULL), "one two three four\n    fi");
	cr_assert_str_eq(written(20, true, 4, "one two three four f", NULL), "one two three four f");
	cr_assert_str_eq(written(0, true, 4, "one two three four five six", NULL),
	    "one two three four five six");
}

Test(ctl_show, a_word_without_spaces_breaks_anywhere)
{
	cr_assert_str_eq(written(10, true, 2, "0123456789abcdefghijkl", NULL),
	    "0123456789\n  abcdefgh\n  ijkl");
}

Test(ctl_show, escapes_count)
{
	cr_assert_str_eq(written(10, true, 2, "01234567\x1b" "a", NULL), "01234567\\x\n  1ba");
}

Test(ctl_show, a_whole_text_gets_its_own_line)
{
	cr_assert_str_eq(written(20, true, 4, "curl -> a  ", "the reason"), "curl -> a  \n    the reason");
	cr_assert_str_eq(written(21, true, 4, "curl -> a  ", "the reason"), "curl -> a  the reason");
	cr_assert_str_eq(written(20, true, 4, "curl -> a  ", "the reason is long indeed"),
	    "curl -> a  \n    the reason is\n    long indeed");
}

/* No text is lost, whatever the width: without the breaks it is the same. */
Test(ctl_show, nothing_is_lost)
{
	const char	*text = "a reason of several words (profiles/some-long-name.conf:123) [this packet]";
	char		 joined[256];

	for (unsigned width = 1; width < 90; width++) {
		const char	*p = written(width, true, 13, text, NULL);
		size_t		 n = 0;

		for (; *p != '\0' && n + 1 < sizeof(joined); p++)
			if (*p != ' ' && *p != '\n')
				joined[n++] = *p;
		joined[n] = '\0';
		cr_assert_str_eq(joined, "areasonofseveralwords(profiles/some-long-name.conf:123)[thispacket]",
		    "width %u", width);
	}
}
