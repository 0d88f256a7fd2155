/*
 * Block lists: what each form's lines say, what a name is told, and files that are none.
 */
/* links: resolverd/dname.c resolverd/list_line.c resolverd/list_set.c resolverd/list_file.c */
/* links: resolverd/lists.c */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lists.h"

static struct list_report	report;

static struct dname
name(const char *text)
{
	struct dname n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0, "%s", text);
	return n;
}

/*
 * What lines say: each rule with = (the name alone), + (and all below) or - (an exception)
 * before it, ~ for what is skipped, ! with the reason for what is wrong.
 */
static const char *
said(const char *text, size_t len)
{
	static char		 out[4096];
	struct list_line	 l = { 0 };
	struct list_rule	 r;
	const char		*what, *end;
	enum list_item		 item;
	char			 one[DNAME_TEXT];

	out[0] = '\0';
	for (const char *at = text; at <= text + len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(text + len - at));
		if (end == NULL)
			end = text + len;
		list_line_start(&l, at, (size_t)(end - at));
		while ((item = list_line_next(&l, &r, &what)) != ITEM_NONE) {
			if (item == ITEM_RULE)
				dname_text(&r.name, one);
			snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s%s", out[0] == '\0' ? "" : " ",
			    item == ITEM_RULE ? r.kind == LIST_EXACT ? "=" : r.kind == LIST_BELOW ? "+" : "-" :
			    item == ITEM_SKIPPED ? "~" : "!", item == ITEM_RULE ? one : item == ITEM_WRONG ? what : "");
		}
	}
	return out;
}

struct row { const char *text, *says; };

static void
rows_hold(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_expect_str_eq(said(rows[i].text, strlen(rows[i].text)), rows[i].says, "%s: %s", rows[i].text,
		    said(rows[i].text, strlen(rows[i].text)));
}
#define ROWS(rows)	rows_hold(rows, sizeof(rows) / sizeof((rows)[0]))

Test(list_line, hosts)
{
	static const struct row rows[] = {
		{ "0.0.0.0 ads.example", "=ads.example" },
		{ "127.0.0.1\tads.example", "=ads.example" },
		{ "::1 ads.example", "=ads.example" },
		{ ":: ads.example", "=ads.example" },
		{ "127.1.2.3 ads.example", "=ads.example" },
		{ "  0.0.0.0 \t a.example  b.example\tC.Example.  ", "=a.example =b.example =c.example" },
		{ "0.0.0.0 a.example # b.example", "=a.example" },
		{ "0.0.0.0 a.example #b.example\r", "=a.example" },
		{ "#0.0.0.0 a.example", "" },
		{ "   # nothing", "" },
		{ "", "" },
		{ " \t\r", "" },
		{ "127.0.0.1 localhost localhost.localdomain", "~ ~" },
		{ "::1 ip6-localhost ip6-loopback LOCALHOST", "~ ~ ~" },
		{ "255.255.255.255 broadcasthost", "~" },
		{ "fe80::1%lo0 localhost", "~" },
		{ "ff02::1 ip6-allnodes", "~" },
		{ "0.0.0.0 0.0.0.0", "~" },
		{ "0.0.0.0 ip6-allrouters a.example", "~ =a.example" },
		{ "192.0.2.7 nas.example other.example", "~" },
		{ "2001:db8::1 nas.example", "~" },
		{ "0.0.0.0", "!an address without a name" },
		{ "0.0.0.0 # a.example", "!an address without a name" },
		{ "0.0.0.0 b\xc3\xbc" "cher.example xn--bcher-kva.example", "~ =xn--bcher-kva.example" },
		{ "0.0.0.0 a..example b.example .", "!not a name =b.example !not a name" },
		{ "0.0.0.0 a\\.example a\\046b.example", "!not a name !not a name" },
		{ "0.0.0.0 *.example", "!not a name" },
		{ "0.0.0.0 _dmarc.a-b.example", "=_dmarc.a-b.example" },
		{ "0.0.0.0.0 a.example", "!more than a name" },
		{ "0.0.0.256 a.example", "!more than a name" },
	};

	ROWS(rows);
}

Test(list_line, plain_names)
{
	static const struct row rows[] = {
		{ "Ads.Example", "+ads.example" },
		{ "ads.example.", "+ads.example" },
		{ "*.ads.example", "+ads.example" },
		{ ".ads.example", "+ads.example" },
		{ "ads.example # why", "+ads.example" },
		{ "zip", "+zip" },
		{ "localhost", "~" },
		{ ".localhost", "~" },
		{ ".", "!not a name" },
		{ "*", "~" },
		{ "*.", "~" },
		{ "..", "!not a name" },
		{ "*.*.example", "~" },
		{ "a*.example", "~" },
		{ "b\xc3\xbc" "cher.example", "~" },
		{ "\xff\xfe", "~" },
		{ "ads.example more", "!more than a name" },
		{ "<html>", "!not a name" },
		{ "address=/ads.example/", "~" },
		{ "http://ads.example/", "~" },
		{ "ads.example##.banner", "~" },
		{ "\\a.example", "!not a name" },
		{ "a\tb", "!more than a name" },
		{ "a\x01" "b.example", "!a control byte" },
		{ "a\x7f.example", "!a control byte" },
		{ "a\rb.example", "!a control byte" },
	};

	ROWS(rows);
	cr_expect_str_eq(said("a\0b.example", 11), "!a control byte");
	cr_expect_str_eq(said("0.0.0.0 a.example\0", 18), "!a control byte");
	cr_expect_str_eq(said("\0", 1), "!a control byte");
}

Test(list_line, adblock)
{
	static const struct row rows[] = {
		{ "||ads.example^", "+ads.example" },
		{ "||ADS.example^|", "+ads.example" },
		{ "||ads.example^$third-party", "+ads.example" },
		{ "||ads.example^$important,3p,all", "+ads.example" },
		{ "@@||ads.example^", "-ads.example" },
		{ "@@||ads.example^|$important", "-ads.example" },
		{ "! ||ads.example^", "" },
		{ "||ads.example^ # why", "+ads.example" },
		{ "||ads.example", "~" },
		{ "||ads.example^$", "~" },
		{ "||ads.example^$,", "~" },
		{ "||ads.example^$important,", "~" },
		{ "||ads.example^$script", "~" },
		{ "||ads.example^$third-party,domain=a.example", "~" },
		{ "||ads.example^$~third-party", "~" },
		{ "||ads.example^$badfilter", "~" },
		{ "||ads.example^path", "~" },
		{ "||ads.example^*", "~" },
		{ "||ads.example/path^", "~" },
		{ "||ads.example:8080^", "~" },
		{ "||ads*.example^", "~" },
		{ "||*.ads.example^", "~" },
		{ "||^", "!not a name" },
		{ "||", "~" },
		{ "@@", "~" },
		{ "@@ads.example", "~" },
		{ "@@|https://ads.example^", "~" },
		{ "||a..example^", "!not a name" },
		{ "||b\xc3\xbc" "cher.example^", "~" },
		{ "||localhost^", "~" },
		{ "||192.0.2.1^", "~" },
		{ "|https://ads.example/", "~" },
		{ "/banner/*", "~" },
		{ "a.example,b.example##.ad", "~" },
		/* A file that says what it is: its plain words are patterns. */
		{ "[Adblock Plus 2.0]\n||a.example^\nads.example\n0.0.0.0 b.example\n-banner.", "+a.example ~ ~ ~" },
		{ "[]\nads.example", "~" },
		{ "[$path=/x]||a.example^", "~" },
	};

	ROWS(rows);
}

Test(list_line, lengths)
{
	char text[512];
	int  n;

	n = snprintf(text, sizeof(text), "%063d.example", 0);
	cr_expect_eq(said(text, (size_t)n)[0], '+');
	n = snprintf(text, sizeof(text), "%064d.example", 0);
	cr_expect_str_eq(said(text, (size_t)n), "!not a name");
	n = snprintf(text, sizeof(text), "%063d.%063d.%063d.%061d", 0, 0, 0, 0);
	cr_expect_eq(said(text, (size_t)n)[0], '+');
	n = snprintf(text, sizeof(text), "%063d.%063d.%063d.%062d", 0, 0, 0, 0);
	cr_expect_str_eq(said(text, (size_t)n), "!not a name");
	n = snprintf(text, sizeof(text), "0.0.0.0 %0300d", 0);
	cr_expect_str_eq(said(text, (size_t)n), "!not a name");
}

static char		names[LISTS_MOST][LIST_NAME];	/* by number, as they were loaded */

/* As policyd gives them: the first that is free; LISTS_MOST: none is. */
static unsigned
number_of(const char *list)
{
	unsigned none = LISTS_MOST;

	for (unsigned i = LISTS_MOST; i-- > 0;) {
		if (strcmp(names[i], list) == 0)
			return i;
		if (names[i][0] == '\0')
			none = i;
	}
	return none;
}

static int
load_bytes(const char *list, const void *text, size_t len)
{
	unsigned number = number_of(list);
	int fd = memfd_create("list", MFD_CLOEXEC), result;

	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	result = lists_load(number, list, "ads", fd, &report);
	if (result == 0)
		strcpy(names[number], list);
	cr_assert_eq(fcntl(fd, F_GETFD), FD_CLOEXEC, "it stays the caller's");
	close(fd);
	return result;
}

static int
drop(const char *list)
{
	unsigned number = number_of(list);

	if (number < LISTS_MOST)
		names[number][0] = '\0';
	return lists_drop(list);
}

static int
load(const char *list, const char *text)
{
	return load_bytes(list, text, strlen(text));
}

/* "list:line rule" with + or - before it; "" for nothing. */
static const char *
found(const char *text)
{
	static char		out[LIST_NAME + DNAME_TEXT + 16];
	char			rule[DNAME_TEXT];
	struct list_hit		hit;
	struct dname		n = name(text);
	enum list_word		word = lists_find(&n, UINT64_MAX, &hit);

	if (word == LIST_SILENT)
		return "";
	dname_text(&hit.rule, rule);
	cr_assert_str_eq(hit.tag, "ads");
	snprintf(out, sizeof(out), "%c%s:%u %s%s", word == LIST_EXCEPTED ? '-' : '+', hit.list, hit.line,
	    hit.below ? "*." : "", rule);
	return out;
}

#define FOUND(text, is)	cr_expect_str_eq(found(text), is, "%s: %s", text, found(text))

TestSuite(lists, .init = lists_init);

Test(lists, nothing_is_there)
{
	FOUND("ads.example", "");
	FOUND(".", "");
	cr_assert_eq(lists_bytes(), 0);
	cr_assert_eq(load("a", ""), 0);
	FOUND("ads.example", "");
	cr_assert_eq(drop("b"), -1);
	cr_assert_eq(drop(""), -1);
	cr_assert_eq(drop("a"), 0);
	cr_assert_eq(drop("a"), -1);
}

Test(lists, names_and_those_below)
{
	cr_assert_eq(load("a", "# a list\n0.0.0.0 one.example\n\ntwo.example\n||three.example^\n"), 0);
	cr_assert_eq(report.rules, 3);
	cr_assert_eq(report.skipped + report.wrong, 0);
	FOUND("one.example", "+a:2 one.example");
	FOUND("www.one.example", "");
	FOUND("example", "");
	FOUND("two.example", "+a:4 *.two.example");
	FOUND("x.y.two.example", "+a:4 *.two.example");
	FOUND("xtwo.example", "");
	FOUND("www.three.example", "+a:5 *.three.example");
	FOUND(".", "");
}

Test(lists, the_first_line_and_list_counts)
{
	cr_assert_eq(load("a", "x.example\nx.example\n0.0.0.0 x.example\n"), 0);
	FOUND("x.example", "+a:3 x.example");
	FOUND("www.x.example", "+a:1 *.x.example");
	cr_assert_eq(lists_rules(), 2, "each name and kind once");
	cr_assert_eq(load("b", "\nx.example\nwww.x.example\n"), 0);
	FOUND("y.x.example", "+a:1 *.x.example");
	FOUND("www.x.example", "+b:3 *.www.x.example");
	cr_assert_eq(lists_rules(), 4);
	cr_assert_eq(drop("a"), 0);
	FOUND("x.example", "+b:2 *.x.example");
	cr_assert_eq(load("c", "x.example\n"), 0);
	FOUND("x.example", "+c:1 *.x.example");
}

/* Against a block of the same name or of one above it, whichever list it stands in. */
Test(lists, exceptions)
{
	cr_assert_eq(load("a", "ads.example\n0.0.0.0 one.example\n||deep.ok.ads.example^\n"), 0);
	cr_assert_eq(load("mine", "@@||ok.ads.example^\n@@||one.example^\n"), 0);
	FOUND("ads.example", "+a:1 *.ads.example");
	FOUND("x.ads.example", "+a:1 *.ads.example");
	FOUND("ok.ads.example", "-mine:1 *.ok.ads.example");
	FOUND("www.ok.ads.example", "-mine:1 *.ok.ads.example");
	FOUND("deep.ok.ads.example", "+a:3 *.deep.ok.ads.example");
	FOUND("one.example", "-mine:2 *.one.example");
	cr_assert_eq(load("mine", "@@||ads.example^\n"), 0);
	FOUND("ads.example", "-mine:1 *.ads.example");
	FOUND("one.example", "+a:2 one.example");
	cr_assert_eq(drop("mine"), 0);
	FOUND("x.ads.example", "+a:1 *.ads.example");
}

Test(lists, a_broken_file_keeps_what_stood)
{
	int ends[2];

	cr_assert_eq(load("a", "ads.example\n"), 0);
	cr_assert_eq(load("a", "<!DOCTYPE html>\n<html>\nother.example\nhas moved\n</html>\n"), -1);
	cr_assert_str_eq(report.refused, "more in it is wrong than right");
	cr_assert_eq(report.wrong, 3);
	cr_assert_eq(report.first[2].line, 4);
	cr_assert_str_eq(report.first[2].what, "more than a name");
	FOUND("ads.example", "+a:1 *.ads.example");
	FOUND("other.example", "");
	cr_assert_eq(lists_load(0, "a", "ads", -1, &report), -1);
	cr_assert_str_eq(report.refused, "Bad file descriptor");
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(lists_load(0, "a", "ads", ends[0], &report), -1, "it does not wait");
	ends[0] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(lists_load(0, "a", "ads", ends[0], &report), -1);
	ends[0] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(lists_load(0, "a", "ads", ends[0], &report), -1);
	cr_assert_str_eq(report.refused, "it is too large");
	FOUND("ads.example", "+a:1 *.ads.example");
	cr_assert_eq(load("a", "other.example\nsome words\n"), 0, "as much wrong as right");
	FOUND("ads.example", "");
	FOUND("other.example", "+a:1 *.other.example");
}

Test(lists, ends_and_marks_of_lines)
{
	cr_assert_eq(load("a", "\xef\xbb\xbf" "one.example\r\n\xef\xbb\xbf" "x.example\r\n0.0.0.0 two.example"), 0);
	cr_assert_eq(report.skipped, 1, "a mark in the middle");
	cr_assert_eq(report.wrong, 0);
	FOUND("one.example", "+a:1 *.one.example");
	FOUND("two.example", "+a:3 two.example");
	cr_assert_eq(load_bytes("a", "one.example\n\0\ntw\0o.example\nthree.example\nfour.example", 53), 0);
	cr_assert_eq(report.wrong, 2);
	cr_assert_eq(report.first[0].line, 2);
	cr_assert_str_eq(report.first[1].what, "a control byte");
	FOUND("four.example", "+a:5 *.four.example");
}

/* A line of this many bytes in front, and its number stays right for the next one. */
static void
long_line(size_t len, unsigned wrong, const char *end)
{
	char *text;

	cr_assert_neq(asprintf(&text, "%*s%s", (int)len, "x.example", end), -1);
	cr_assert_eq(load("a", text), wrong > 0 && strstr(end, "example") == NULL ? -1 : 0, "%zu", len);
	cr_assert_eq(report.wrong, wrong, "%zu", len);
	if (wrong > 0) {
		cr_assert_eq(report.first[0].line, 1);
		cr_assert_str_eq(report.first[0].what, "too long");
	}
	if (strstr(end, "ads.example") != NULL)
		FOUND("ads.example", "+a:2 *.ads.example");
	FOUND("x.example", wrong == 0 ? "+a:1 *.x.example" : "");
	free(text);
}

Test(lists, long_lines)
{
	long_line(LIST_LINE - 1, 0, "\nads.example\n");
	long_line(LIST_LINE, 1, "\nads.example\n");
	long_line(1 << 20, 1, "\nads.example\n");
	long_line((1 << 20) + 1, 1, "\nads.example");
	long_line(LIST_LINE - 1, 0, "");
	cr_assert_eq(drop("a"), 0);
	long_line(1 << 20, 1, "");
	long_line(1 << 20, 1, "\n");
}

/* Lines that lie across what is read at once, at every place. */
Test(lists, where_reads_end)
{
	char *text = malloc(400000);	/* some six reads */
	size_t len = 0;

	for (int i = 0; i < 10000; i++)
		len += (size_t)sprintf(text + len, "%0*d.example\n", 1 + i % 30, i);
	cr_assert_eq(load_bytes("a", text, len), 0);
	cr_assert_eq(report.rules, 10000);
	for (int i = 0; i < 10000; i++) {
		char one[64], is[128];

		snprintf(one, sizeof(one), "%0*d.example", 1 + i % 30, i);
		snprintf(is, sizeof(is), "+a:%d *.%s", i + 1, one);
		FOUND(one, is);
	}
	free(text);
}

Test(lists, bounds)
{
	char list[LIST_NAME + 1], *text;
	size_t len = 0;

	for (int i = 0; i < LISTS_MOST; i++) {
		snprintf(list, sizeof(list), "l%d", i);
		cr_assert_eq(load(list, "ads.example\n"), 0);
	}
	FOUND("ads.example", "+l0:1 *.ads.example");
	cr_assert_eq(load("more", "ads.example\n"), -1);
	cr_assert_str_eq(report.refused, "too many lists");
	cr_assert_eq(drop("l0"), 0);
	FOUND("ads.example", "+l1:1 *.ads.example");
	cr_assert_eq(load("more", "ads.example\n"), 0);
	memset(list, 'l', LIST_NAME);
	list[LIST_NAME] = '\0';
	cr_assert_eq(load(list, ""), -1);
	cr_assert_eq(load("", ""), -1);
	/* Something that is no list is not read to its end. */
	text = malloc(2 * 2000000 + 1);
	for (int i = 0; i < 2000000; i++)
		len += (size_t)(stpcpy(text + len, "<\n") - (text + len));
	cr_assert_eq(load_bytes("l1", text, len), -1);
	cr_assert_eq(report.wrong, LIST_WRONG + 1);
	free(text);
}

Test(lists, too_many_names)
{
	size_t len = 0, other = 100000, most = LIST_RULES - other;
	char *text = malloc((size_t)LIST_RULES * 8);

	for (size_t i = 0; i < other; i++)
		len += (size_t)sprintf(text + len, "%zx\n", i);
	cr_assert_eq(load_bytes("a", text, len), 0);
	len = 0;
	for (size_t i = 0; i <= most; i++)
		len += (size_t)sprintf(text + len, "%zx\n", i);
	cr_assert_eq(load_bytes("b", text, len), -1);
	cr_assert_str_eq(report.refused, "too many names");
	FOUND("1", "+a:2 *.1");
	cr_assert_eq(lists_rules(), other);
	cr_assert_eq(load_bytes("b", text, len - 7), 0, "one less");
	cr_assert_eq(lists_rules(), LIST_RULES);
	cr_assert_eq(load_bytes("b", text, len - 7), 0, "in place of itself");
	FOUND("1cfddf", "+b:1900000 *.1cfddf");
	free(text);
}

static enum list_word
word_of(const char *text, uint64_t counts, const char *list)
{
	struct list_hit hit = { .list = "" };
	struct dname n = name(text);
	enum list_word word = lists_find(&n, counts, &hit);

	cr_expect_str_eq(hit.list, list, "%s is on %s", text, hit.list);
	return word;
}

/* A list that does not count is as if it were not there, and its exceptions too. */
Test(lists, which_count)
{
	cr_assert_eq(load("a", "ads.example\n"), 0);
	cr_assert_eq(load("b", "ads.example\nother.example\n"), 0);
	cr_assert_eq(load("c", "[Adblock]\n@@||ok.ads.example^\n||deep.ok.ads.example^\n"), 0);
	cr_expect_eq(word_of("ads.example", 7, "a"), LIST_BLOCKED);
	cr_expect_eq(word_of("ads.example", 6, "b"), LIST_BLOCKED);
	cr_expect_eq(word_of("ads.example", 4, ""), LIST_SILENT);
	cr_expect_eq(word_of("ads.example", 0, ""), LIST_SILENT);
	cr_expect_eq(word_of("other.example", 5, ""), LIST_SILENT);
	cr_expect_eq(word_of("ok.ads.example", 7, "c"), LIST_EXCEPTED);
	cr_expect_eq(word_of("ok.ads.example", 3, "a"), LIST_BLOCKED);
	cr_expect_eq(word_of("deep.ok.ads.example", 7, "c"), LIST_BLOCKED);
	cr_expect_eq(word_of("deep.ok.ads.example", 2, "b"), LIST_BLOCKED);
}

static uint64_t
having(const char *text)
{
	struct dname n = name(text);

	return lists_having(&n);
}

Test(lists, which_have_it)
{
	cr_expect_eq(having("ads.example"), 0);
	cr_assert_eq(load("a", "0.0.0.0 ads.example\n"), 0);
	cr_assert_eq(load("b", "ads.example\nx.ads.example\n"), 0);
	cr_assert_eq(load("c", "[Adblock]\n@@||ok.ads.example^\n||deep.ok.ads.example^\n"), 0);
	cr_expect_eq(having("ads.example"), 3);
	cr_expect_eq(having("x.ads.example"), 2);
	cr_expect_eq(having("ok.ads.example"), 0, "excepted");
	cr_expect_eq(having("deep.ok.ads.example"), 4, "but not for what is more exact");
	cr_expect_eq(having("example"), 0);
}

Test(lists, numbers)
{
	int fd = memfd_create("list", 0);

	cr_assert_eq(lists_load(LISTS_MOST, "a", "ads", fd, &report), -1);
	cr_expect_str_eq(report.refused, "too many lists");
	cr_assert_eq(lists_load(63, "a", "ads", fd, &report), 0);
	cr_assert_eq(lists_load(62, "a", "ads", fd, &report), -1);
	cr_expect_str_eq(report.refused, "there is a list of this name already");
	cr_assert_eq(lists_load(63, "b", "ads", fd, &report), 0, "another one in its place");
	cr_assert_eq(lists_load(62, "a", "ads", fd, &report), 0);
}

/* The file is cut while it is read, again and again: what was there is read, and nothing breaks. */
Test(lists, a_file_that_shrinks)
{
	int fd = memfd_create("list", MFD_CLOEXEC);
	pid_t pid;

	cr_assert_neq(pid = fork(), -1);
	if (pid == 0) {
		for (;;) {
			for (int i = 0; i < 20000; i++)
				(void)!pwrite(fd, "ads.example.org\n", 16, i * 16);
			(void)!ftruncate(fd, 7);
		}
	}
	for (int i = 0; i < 200; i++)
		(void)lists_load(0, "a", "ads", fd, &report);
	kill(pid, SIGKILL);
	cr_assert_leq(lists_rules(), 8);
}
