/*
 * bulwark-setup: lifeline lines, the canonical form of rules, and what counts as the same rules.
 */
/* links: intercept/setup/canon.c intercept/setup/lifeline.c intercept/setup/ruleset.c */
/* links: intercept/setup/text.c */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "canon.h"
#include "lifeline.h"
#include "ruleset.h"

static const char *
canon(const char *line)
{
	static struct words	w;
	static char		out[2][CANON_BYTES];
	static int		n;

	n ^= 1;
	cr_assert_eq(words_split(line, &w), 0);
	cr_assert_eq(words_canon(&w, 2, out[n], sizeof(out[n])), 0);
	return out[n];
}

Test(canon, same)
{
	static const char	*const same[][2] = {
		{ "-A X -p tcp -m mark --mark 0x0f000000/0x0f000000 -j DROP",
		  "-A X -m mark --mark 0xf000000/0xf000000 -p tcp -j DROP" },
		{ "-A X -m conntrack --ctstate NEW,RELATED --ctdir REPLY -j DROP",
		  "-A X -m conntrack --ctdir REPLY --ctstate RELATED,NEW -j DROP" },
		{ "-A X ! -i lo -s 192.0.2.0/24 -j DROP", "-A X -s 192.0.2.0/24 ! -i lo -j DROP" },
		{ "-A X -j MARK --set-xmark 0x00/0xffffffff", "-A X -j MARK --set-xmark 0x0" },
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		cr_expect_str_eq(canon(same[i][0]), canon(same[i][1]));
}

Test(canon, different)
{
	static const char	*const different[][2] = {
		{ "-A X ! -i lo -j DROP", "-A X -i lo -j DROP" },
		{ "-A X ! -i lo -o eth0 -j DROP", "-A X -i lo ! -o eth0 -j DROP" },
		{ "-A X -m mark --mark 0x1/0xf -m connmark --mark 0x2/0xf -j DROP",
		  "-A X -m mark --mark 0x2/0xf -m connmark --mark 0x1/0xf -j DROP" },
		{ "-A X -j DROP", "-A X -j RETURN" },
		{ "-A X -j BW-V", "-A X -g BW-V" },
		{ "-A X -m mark --mark 0x10/0xf -j DROP", "-A X -m mark --mark 0x1/0xf -j DROP" },
	};

	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++)
		cr_expect_str_neq(canon(different[i][0]), canon(different[i][1]));
}

Test(canon, quotes)
{
	static struct words	w;

	cr_assert_eq(words_split("-A X -m comment --comment \"a -j BW-V \\\" b\" -j DROP", &w), 0);
	cr_expect_str_eq(words_target(&w), "DROP");
	cr_expect_eq(w.count, 8);
	cr_assert_eq(words_split("", &w), 0);
	cr_expect_null(words_target(&w));
	cr_assert_eq(words_split("-j", &w), 0);
	cr_expect_null(words_target(&w));
}

Test(canon, bounds)
{
	static struct words	w;
	static char		line[3 * CANON_BYTES], out[CANON_BYTES];

	memset(line, 'x', sizeof(line) - 1);
	cr_expect_eq(words_split(line, &w), -1);
	for (size_t i = 0; i + 2 < CANON_BYTES; i += 2)
		memcpy(line + i, "x ", 3);
	cr_expect_eq(words_split(line, &w), -1);
	strcpy(line, "-A X");
	for (size_t i = 0; i < 40; i++)
		strcat(line, " -m mark");
	cr_assert_eq(words_split(line, &w), 0);
	cr_expect_eq(words_canon(&w, 2, out, sizeof(out)), -1);
	cr_expect_eq(words_canon(&w, 2, out, 20), -1);
}

Test(lifeline, good)
{
	struct lifeline	l;

	cr_assert_eq(lifeline_parse("tcp 22 192.0.2.77/24", &l), 0);
	cr_expect(l.family == 4 && l.port == 22 && l.length == 24);
	cr_expect_str_eq(l.net, "192.0.2.0/24");
	cr_assert_eq(lifeline_parse("udp 65535 2001:db8:0:ffff::1/49", &l), 0);
	cr_expect(l.family == 6 && l.port == 65535);
	cr_expect_str_eq(l.net, "2001:db8:0:8000::/49");
	cr_assert_eq(lifeline_parse("tcp 22 203.0.113.5", &l), 0);
	cr_expect_str_eq(l.net, "203.0.113.5/32");
	cr_assert_eq(lifeline_parse("tcp 22 0.0.0.0/0", &l), 0);
	cr_expect_eq(l.length, 0);
}

Test(lifeline, bad)
{
	static const char	*const bad[] = { "", "tcp", "tcp 22", "tcp 22 ", "tcp  22 1.2.3.4/8",
		"TCP 22 1.2.3.4/8", "sctp 22 1.2.3.4/8", "tcp 0 1.2.3.4/8", "tcp 65536 1.2.3.4/8",
		"tcp -1 1.2.3.4/8", "tcp 22x 1.2.3.4/8", "tcp 22 1.2.3.4/33", "tcp 22 ::/129",
		"tcp 22 1.2.3/8", "tcp 22 1.2.3.4/", "tcp 22 1.2.3.4/+8", "tcp 22 1.2.3.4/8 ",
		"tcp 22 1.2.3.4/8 -j ACCEPT", "tcp 22 1.2.3.4/8\nCOMMIT", "tcp 22 localhost",
		"tcp 22 fe80::1%lo/64", "tcp 99999999999999999999 1.2.3.4/8" };
	struct lifeline		l;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(lifeline_parse(bad[i], &l), -1, "%s", bad[i]);
}

static int
read_lines(const char *text, size_t len, struct lifelines *all)
{
	int	p[2], n;

	cr_assert_eq(pipe(p), 0);
	cr_assert_eq(write(p[1], text, len), (ssize_t)len);
	close(p[1]);
	n = lifelines_read(p[0], all);
	close(p[0]);
	return n;
}

Test(lifeline, lines)
{
	static struct lifelines	all;
	char			many[64 * 70] = "";

	cr_expect_eq(read_lines("", 0, &all), 0);
	cr_expect_eq(all.count, 0);
	cr_expect_eq(read_lines("tcp 22 ::/0\nudp 5 1.2.3.4\n", 26, &all), 0);
	cr_expect_eq(all.count, 2);
	cr_expect_eq(read_lines("tcp 22 ::/0\nudp 5 1.2.3.4", 25, &all), -1);
	cr_expect_eq(read_lines("tcp 22 ::/0\n\n", 13, &all), -1);
	cr_expect_eq(read_lines("tcp 22 ::/0\0\n", 13, &all), -1);
	for (size_t i = 0; i < LIFELINES_MAX; i++)
		strcat(many, "tcp 22 ::/0\n");
	cr_expect_eq(read_lines(many, strlen(many), &all), 0);
	strcat(many, "tcp 22 ::/0\n");
	cr_expect_eq(read_lines(many, strlen(many), &all), -1);
}

Test(lifeline, kernel_line)
{
	static const struct { const char *text; int result; const char *name; } rows[] = {
		{ "kernel 0123456789abcdef\n", 0, "0123456789abcdef" },
		{ "kernel 0123456789abcdef\ntcp 22 ::/0\n", 0, "0123456789abcdef" },
		{ "tcp 22 ::/0\nkernel 0123456789abcdef\n", -1, "" },
		{ "kernel 0123456789abcdef\nkernel 0123456789abcdef\n", -1, "" },
		{ "kernel 0123456789abcde\n", -1, "" },
		{ "kernel 0123456789abcdef0\n", -1, "" },
		{ "kernel 0123456789ABCDEF\n", -1, "" },
		{ "kernel ../../../../etc/\n", -1, "" },
		{ "kernel 0123456789abcdef \n", -1, "" },
		{ "kernel  123456789abcdef\n", -1, "" },
	};
	static struct lifelines	all;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(read_lines(rows[i].text, strlen(rows[i].text), &all), rows[i].result, "%zu", i);
		if (rows[i].result == 0)
			cr_expect_str_eq(all.kernel, rows[i].name);
	}
	cr_expect_eq(read_lines("", 0, &all), 0);
	cr_expect_str_eq(all.kernel, "", "nothing of an earlier one stays");
}

static void
feed(struct ruleset *r, const char *const *line)
{
	for (; *line != NULL; line++)
		ruleset_line(r, *line);
}

static const char *const want_lines[] = { "*filter", ":BW-FO - [0:0]", "-I OUTPUT 1 -j BW-FO",
	"-A BW-FO -p tcp -j RETURN", "-A BW-FO -j DROP", "COMMIT", NULL };

#define HAVE(...) (const char *const[]){ "*nat", ":X - [0:0]", "COMMIT", "*filter", \
	":OUTPUT ACCEPT [1:2]", ":BW-FO - [0:0]", ":THEIRS - [0:0]", __VA_ARGS__, "COMMIT", NULL }

static bool
same(const char *const *lines, char *why, size_t size)
{
	static struct ruleset	want, have;
	bool			is;

	memset(&want, 0, sizeof(want));
	memset(&have, 0, sizeof(have));
	feed(&want, want_lines);
	have.known = &want;
	feed(&have, lines);
	is = table_same(&want.table[0], ruleset_table(&have, "filter"), why, size);
	ruleset_free(&want);
	ruleset_free(&have);
	return is;
}

Test(ruleset, compare)
{
	char	why[200];

	cr_expect(same(HAVE("-A OUTPUT -j BW-FO", "-A OUTPUT -j THEIRS",
	    "-A BW-FO -p tcp -j RETURN", "-A BW-FO -j DROP", "-A THEIRS -j RETURN"), why, 200));
	cr_expect(!same(HAVE("-A OUTPUT -j THEIRS", "-A OUTPUT -j BW-FO",
	    "-A BW-FO -p tcp -j RETURN", "-A BW-FO -j DROP"), why, 200));
	cr_expect_str_eq(why, "filter OUTPUT: our rules are not first");
	cr_expect(!same(HAVE("-A OUTPUT -j BW-FO", "-A OUTPUT -j BW-FO",
	    "-A BW-FO -p tcp -j RETURN", "-A BW-FO -j DROP"), why, 200));
	cr_expect_str_eq(why, "filter OUTPUT: leads to our rules twice");
	cr_expect(!same(HAVE("-A BW-FO -p tcp -j RETURN", "-A BW-FO -j DROP"), why, 200));
	cr_expect_str_eq(why, "filter OUTPUT: does not lead to our rules");
	cr_expect(!same(HAVE("-A OUTPUT -j BW-FO", "-A BW-FO -j DROP",
	    "-A BW-FO -p tcp -j RETURN"), why, 200));
	cr_expect_str_eq(why, "filter BW-FO: changed");
	cr_expect(!same(HAVE("-A OUTPUT -j BW-FO", "-A BW-FO -p tcp -j RETURN",
	    "-A BW-FO -j DROP", "-A THEIRS -g BW-FO"), why, 200));
	cr_expect_str_eq(why, "filter: another chain leads into our rules");
	cr_expect(!same((const char *const[]){ "*filter", ":OUTPUT ACCEPT [0:0]", NULL }, why, 200));
	cr_expect_str_eq(why, "filter: no rules of ours");
	cr_expect(!same((const char *const[]){ NULL }, why, 200));
}
