/*
 * bulwark.conf changed by a tool: one value and no other byte, and policyd reads what was asked for.
 */
/* links: @language uid/ctl/conf_edit.c */
#include "policy_text.h"

#include "conf_edit.h"

/* lan at secure set to deny */
static const struct { const char *text, *result; } rows[] = {
	{ "", "set lan { secure deny }\n" },
	{ "level secure", "level secure\nset lan { secure deny }\n" },
	{ "level secure\n# end\n", "level secure\n# end\nset lan { secure deny }\n" },
	{ "set lan { secure ask }\n", "set lan { secure deny }\n" },
	{ "set lan { secure ask }", "set lan { secure deny }" },
	{ "set lan{secure ask}#x\n", "set lan{secure deny}#x\n" },
	{ "\tset   lan\t{\n\tdynamic ask # one\n\tsecure\task # two\n}\n", "\tset   lan\t{\n\tdynamic ask # one\n\tsecure\tdeny # two\n}\n" },
	{ "set lan { dynamic ask # secure ask\n}\n", "set lan { dynamic ask secure deny # secure ask\n}\n" },
	{ "set lan { }\n", "set lan { secure deny }\n" },
	{ "set lan {}\n", "set lan { secure deny}\n" },
	{ "# set lan { secure ask }\n", "# set lan { secure ask }\nset lan { secure deny }\n" },
	{ "set lan { secure ask }; set lan { secure ask }\n", "set lan { secure ask }; set lan { secure deny }\n" },
	{ "set lan { secure ask secure ask }\n", "set lan { secure ask secure deny }\n" },
	{ "set lan { secure ask }\ninclude \"more\"\n", "set lan { secure ask }\ninclude \"more\"\nset lan { secure deny }\n" },
	{ "include \"more\"; set lan { secure ask }\n", "include \"more\"; set lan { secure deny }\n" },
	{ "set direct { secure note }\nset lan { dynamic ask }\n", "set direct { secure note }\nset lan { dynamic ask secure deny }\n" },
	/* What only looks like one. */
	{ "define $set { set lan }\n", "define $set { set lan }\nset lan { secure deny }\n" },
	{ "include \"set lan { secure ask }\"\n", "include \"set lan { secure ask }\"\nset lan { secure deny }\n" },
	{ "include \"\\\" set lan { secure ask\"\n", "include \"\\\" set lan { secure ask\"\nset lan { secure deny }\n" },
	{ "rules {\n\tallow out\n}\nset lan { secure ask }\n", "rules {\n\tallow out\n}\nset lan { secure deny }\n" },
	{ "set lan-x { secure ask }\n", "set lan-x { secure ask }\nset lan { secure deny }\n" },
	/* Broken ones: whatever comes out, policyd refuses it. */
	{ "set lan", "set lan\nset lan { secure deny }\n" },
	{ "set lan {", "set lan { secure deny" },
	{ "set lan { secure", "set lan { secure secure deny" },
	{ "include \"x\nset lan { secure ask }", "include \"x\nset lan { secure deny }" },
};

Test(ctl_conf_edit, rows)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len;
		char *out = conf_set(rows[i].text, strlen(rows[i].text), "lan", "secure", "deny", &len);

		cr_assert_eq(len, strlen(out));
		cr_expect_str_eq(out, rows[i].result, "row %zu: %s", i, out);
		free(out);
	}
}

Test(ctl_conf_edit, words)
{
	cr_assert(conf_word("lan") && conf_word("own-subnets") && conf_word("a1"));
	cr_assert(!conf_word("") && !conf_word("a b") && !conf_word("a}") && !conf_word("A") && !conf_word("a\n") &&
	    !conf_word("\"") && !conf_word("0123456789012345678901234567890123456789012345678901234567890123"));
}

static unsigned seed = 1;

static unsigned
rnd(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* A file of pieces that are good, bad, and halves. */
static size_t
random_text(char *text, size_t size)
{
	static const char *const pieces[] = { "set lan { secure ask }", "set lan { dynamic ask", "set lan", " secure own-subnets ",
		" }", "{", "\n", "\n", ";", " # comment } set lan {\n", "\t", "level secure", "include \"none\"", "\"", "rules { deny out }",
		"set direct { fortress block }", "set lan { fortress deny secure deny dynamic deny }", "define $a { 1 }", " lan ", "\xc3\xa4",
		"set dnssec { dynamic off }", "\r" };
	size_t used = 0;

	for (unsigned n = rnd(12); n > 0; n--)
		used += (size_t)snprintf(text + used, size - used, "%s", pieces[rnd(sizeof pieces / sizeof pieces[0])]);
	if (used > 0 && rnd(20) == 0)
		text[rnd((unsigned)used)] = '\0';	/* any byte */
	return used;
}

/* The same but for one place: all bytes outside of it stay, and nothing but a value goes. */
static bool
one_place(const char *text, size_t len, const char *out, size_t out_len)
{
	size_t head = 0, tail = 0;

	while (head < len && head < out_len && text[head] == out[head])
		head++;
	while (tail < len - head && tail < out_len - head && text[len - 1 - tail] == out[out_len - 1 - tail])
		tail++;
	for (size_t i = head; i < len - tail; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz-", text[i]) == NULL)
			return false;
	return true;
}

Test(ctl_conf_edit, random_files)
{
	unsigned good = 0;

	for (int i = 0; i < 20000; i++) {
		char text[1000];
		size_t len = random_text(text, sizeof text), out_len;
		char *copy = malloc(len + 1), *out;
		struct diag diag = { 0 };
		struct file *file;

		memcpy(copy, text, len);	/* its end is an end for the sanitizers as well */
		out = conf_set(copy, len, "lan", "secure", "deny", &out_len);
		/* What follows "secure" may be any word, of any bytes. */
		cr_assert(one_place(text, len, out, out_len) || memchr(text, '\0', len) != NULL || strstr(text, "\xc3") != NULL ||
		    strchr(text, '$') != NULL, "%s\n-- became --\n%s", text, out);
		file = text_build(FILE_CONF, LAYER_ADMIN, out, out_len, &diag);
		if (diag.count == 0) {
			good++;
			cr_assert_eq(file->conf->settings.value[SETTING_LAN][LEVEL_SECURE], VALUE_DENY, "%s\n-- became --\n%s", text, out);
		}
		diag_free(&diag);
		file_drop(file);
		free(out);
		free(copy);
	}
	cr_assert_gt(good, 1000, "%u", good);
}
