/*
 * bulwark.conf among the folders: its last good form, what tightens when it has none, included files,
 * and named sets that profiles use.
 */
/* links: @policy */
#include <errno.h>

#include "policy_folders.h"
#include "scan.h"

TestSuite(layers_conf, .init = folders_start, .fini = folders_finish);

#define CONF	"etc/bulwark.conf"

static unsigned told;

static void
on_told(void *ctx, const struct slot *s)
{
	(void)ctx;
	(void)s;
	told++;
}

static bool
look(void)
{
	told = 0;
	return layers_look(&layers, on_told, NULL);
}

/* "level; rules as actions; value of lan at each level", with a ! if broken, a ? if only what tightens. */
static const char *
state(void)
{
	static const char actions[] = "-adBDqt";
	static char out[400];
	const struct conf *c = layers.conf.file == NULL ? NULL : layers.conf.file->conf;
	size_t used = (size_t)snprintf(out, sizeof out, "%s%s", layers.conf.broken ? "!" : "",
	    c != NULL && layers.conf.file->stand_in ? "?" : "");

	if (c == NULL) {
		(void)snprintf(out + used, sizeof out - used, "none");
		return out;
	}
	used += (size_t)snprintf(out + used, sizeof out - used, "%s; ", c->level == 0 ? "-" :
	    word_name(level_words, c->level));
	for (unsigned i = 0; i < c->rules.count; i++)
		out[used++] = actions[c->rules.rules[i].action];
	(void)snprintf(out + used, sizeof out - used, "; %s %s %s", word_name(value_words,
	    c->settings.value[SETTING_LAN][1]), word_name(value_words, c->settings.value[SETTING_LAN][2]),
	    word_name(value_words, c->settings.value[SETTING_LAN][3]));
	return out;
}

#define LOOK(changes, says, is) do {					\
	cr_assert_eq(look(), changes, "%s", state());			\
	cr_assert_eq(told, says, "told %u", told);			\
	cr_assert_str_eq(state(), is);					\
} while (0)

#define GOOD	"level secure\nset lan { dynamic ask }\nrules { allow; deny; ask }\n"

Test(layers_conf, comes_and_goes)
{
	LOOK(false, 0, "none");
	put(CONF, "\n");
	LOOK(true, 0, "-; ; own-subnets ask deny");
	put(CONF, GOOD);
	LOOK(true, 0, "secure; adq; ask ask deny");
	grow_old();
	LOOK(false, 0, "secure; adq; ask ask deny");
	cr_assert_eq(unlink(place(CONF)), 0);
	LOOK(true, 0, "none");
	LOOK(false, 0, "none");
}

/* Another name for the same old file is read, though none of its times tells a change. */
Test(layers_conf, symlink_made_again)
{
	put("etc/real", GOOD);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(symlink("real", place(CONF)), 0);
		LOOK(true, 0, "secure; adq; ask ask deny");
		grow_old();
		LOOK(false, 0, "secure; adq; ask ask deny");
		cr_assert_eq(unlink(place(CONF)), 0);
		LOOK(true, 0, "none");
	}
}

Test(layers_conf, last_good_form)
{
	put(CONF, GOOD);
	LOOK(true, 0, "secure; adq; ask ask deny");
	put(CONF, "level fortress\nfrob\n");
	LOOK(true, 1, "!secure; adq; ask ask deny");
	grow_old();
	LOOK(false, 0, "!secure; adq; ask ask deny");
	put(CONF, "level fortress\nfrub\n");
	LOOK(true, 1, "!secure; adq; ask ask deny");
	cr_assert_eq(unlink(place(CONF)) | mkdir(place(CONF), 0755), 0);
	LOOK(true, 1, "!secure; adq; ask ask deny");
	grow_old();
	LOOK(false, 0, "!secure; adq; ask ask deny");
	cr_assert_eq(rmdir(place(CONF)), 0);
	put(CONF, "level fortress\n");
	LOOK(true, 1, "fortress; ; own-subnets ask deny");
}

/* With an error and without a good form before: what tightens, from the newest text. */
Test(layers_conf, only_what_tightens)
{
	static const struct { const char *text, *is; } rows[] = {
		{ "frob", "!?-; ; own-subnets ask deny" },
		{ "level secure\nfrob", "!?secure; ; own-subnets ask deny" },
		{ "level fortress\nlevel dynamic\nfrob", "!?fortress; ; own-subnets ask deny" },
		{ "set lan { dynamic permit }\nfrob", "!?-; ; own-subnets ask deny" },
		{ "frob\nset lan { dynamic permit secure permit fortress permit }", "!?-; ; own-subnets ask deny" },
		{ "frob\nset lan { dynamic permit secure deny fortress deny }", "!?-; ; own-subnets deny deny" },
		{ "set lan { dynamic ask secure }", "!?-; ; own-subnets ask deny" },
		{ "rules { allow; deny; ask; tunnel; block; drop }\nfrob", "!?-; dddBD; own-subnets ask deny" },
		{ "rules { deny address 192.0.2.1; deny address nonsense; drop }", "!?-; dD; own-subnets ask deny" },
		{ "rules { deny address { 192.0.2.1 nonsense } }", "!?-; ; own-subnets ask deny" },
		{ "rules { deny address nonsense }\nrules { drop", "!?-; ; own-subnets ask deny" },
		{ "include \"none\"\nlevel secure", "!?secure; ; own-subnets ask deny" },
		{ "profile \"a\" { path \"/a\" }\nrules { deny }", "!?-; d; own-subnets ask deny" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		put(CONF, "%s", rows[i].text);
		cr_assert(look());
		cr_expect_str_eq(state(), rows[i].is, "%s: %s", rows[i].text, state());
		grow_old();
		LOOK(false, 0, rows[i].is);
	}
	put(CONF, GOOD);
	LOOK(true, 1, "secure; adq; ask ask deny");
}

/* Nothing of it can be read, and it had no good form before: what it may deny is denied. */
Test(layers_conf, unreadable)
{
	cr_assert_eq(mkdir(place(CONF), 0755), 0);
	LOOK(true, 1, "!?fortress; ; deny deny deny");
	cr_assert_str_eq(layers.conf.error, "/etc/bulwark.conf:1:1: can't be read: it is a folder");
	for (int i = 0; i < SETTINGS_COUNT; i++)
		for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++)
			cr_assert_eq(layers.conf.file->conf->settings.value[i][l],
			    setting_infos[i].builtin[LEVEL_FORTRESS]);
	LOOK(false, 0, "!?fortress; ; deny deny deny");
	cr_assert_eq(rmdir(place(CONF)) | symlink("../../outside", place(CONF)), 0);
	LOOK(true, 1, "!?fortress; ; deny deny deny");
	cr_assert_str_eq(layers.conf.error, "/etc/bulwark.conf:1:1: can't be read: symbolic links out of the "
	    "folder are not followed, and this one leads nowhere in it");
	cr_assert_eq(unlink(place(CONF)), 0);
	put(CONF, "%*s", SCAN_FILE_MOST + 1, "");
	LOOK(true, 1, "!?fortress; ; deny deny deny");
	put(CONF, "rules { deny }\nfrob");
	LOOK(true, 1, "!?-; d; own-subnets ask deny");
	cr_assert_eq(unlink(place(CONF)) | symlink("nowhere", place(CONF)), 0);
	LOOK(true, 1, "!?-; d; own-subnets ask deny");
	cr_assert_eq(unlink(place(CONF)), 0);
	put(CONF, GOOD);
	LOOK(true, 1, "secure; adq; ask ask deny");
	cr_assert_eq(unlink(place(CONF)) | symlink("nowhere", place(CONF)), 0);
	LOOK(true, 1, "!secure; adq; ask ask deny");
	cr_assert_eq(unlink(place(CONF)), 0);
	LOOK(true, 0, "none");
}

Test(layers_conf, includes)
{
	cr_assert_eq(mkdir(place("etc/more"), 0755), 0);
	put(CONF, "rules { deny }\ninclude \"more/a\"\nrules { drop }\n");
	put("etc/more/a", "rules { block }\ninclude \"more/b\"\n");
	put("etc/more/b", "rules { ask }\nlevel secure\nset lan { dynamic ask }");
	LOOK(true, 0, "secure; dBqD; ask ask deny");
	cr_assert_str_eq(layers.conf.file->conf->rules.rules[2].where.file->shown, "/etc/more/b");
	cr_assert_eq(layers.conf.file->conf->rules.rules[2].where.line, 1);
	cr_assert_str_eq(layers.conf.file->conf->level_where.file->shown, "/etc/more/b");
	grow_old();
	LOOK(false, 0, "secure; dBqD; ask ask deny");
	put("etc/more/b", "rules { tunnel }");
	LOOK(true, 0, "-; dBtD; own-subnets ask deny");
	put("etc/more/b", "\n  frob");
	LOOK(true, 1, "!-; dBtD; own-subnets ask deny");
	cr_assert_eq(strncmp(layers.conf.error, "/etc/bulwark.conf:2:1: /etc/more/a:2:1: /etc/more/b:2:3: unknown",
	    63), 0, "%s", layers.conf.error);
	grow_old();
	LOOK(false, 0, "!-; dBtD; own-subnets ask deny");
	cr_assert_eq(unlink(place("etc/more/b")), 0);
	LOOK(true, 1, "!-; dBtD; own-subnets ask deny");
	put("etc/more/b", "level fortress");
	LOOK(true, 1, "fortress; dBD; own-subnets ask deny");
}

Test(layers_conf, include_that_comes_later)
{
	put(CONF, "rules { deny }\ninclude \"a\"\n");
	LOOK(true, 1, "!?-; d; own-subnets ask deny");
	cr_assert_str_eq(layers.conf.error,
	    "/etc/bulwark.conf:2:9: can't be read: No such file or directory");
	grow_old();
	LOOK(false, 0, "!?-; d; own-subnets ask deny");
	put("etc/a", "level secure");
	LOOK(true, 1, "secure; d; own-subnets ask deny");
}

Test(layers_conf, includes_that_are_refused)
{
	static const struct { const char *name, *error; } rows[] = {
		{ "/etc/passwd", "2:9: a file to include is named from this folder, without .." },
		{ "", "2:9: a file to include is named from this folder, without .." },
		{ "..", "2:9: a file to include is named from this folder, without .." },
		{ "../a", "2:9: a file to include is named from this folder, without .." },
		{ "a/..", "2:9: a file to include is named from this folder, without .." },
		{ "a/../../b", "2:9: a file to include is named from this folder, without .." },
		{ "profiles", "2:9: can't be read: it is a folder" },
		{ "itself", "2:1: /etc/itself:1:1: /etc/itself:1:1: /etc/itself:1:1: /etc/itself:1:1: too many files "
		    "include each other" },
		{ "a\\x1b[1mb", "2:1: /etc/a\\x1b[1mb:1:1: unknown word \"x\"; here may stand end of file, end of line, "
		    "profile, extend, level, set, define, include, rules, list, resolver, session-may or framework" },
		{ "profile", "2:1: /etc/profile:2:1: this belongs into a file of the folder profiles" },
	};

	put("etc/a\x1b[1mb", "x");
	put("etc/itself", "include \"itself\"");
	put("etc/profile", "\nprofile \"a\" { path \"/a\" }");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char wanted[400];

		put(CONF, "rules { deny }\ninclude \"%s\"\n", rows[i].name);
		cr_assert(look());
		snprintf(wanted, sizeof wanted, "/etc/bulwark.conf:%s", rows[i].error);
		cr_expect_str_eq(layers.conf.error, wanted);
		cr_expect_str_eq(state(), "!?-; d; own-subnets ask deny");
	}
}

Test(layers_conf, as_many_includes_as_may_be)
{
	for (unsigned more = 0; more < 2; more++) {
		FILE *out = fopen(place(CONF), "w");

		for (unsigned i = 0; i < INCLUDES_MOST + more; i++)
			fprintf(out, "include \"a\"\n");
		fclose(out);
		put("etc/a", "rules { deny }");
		cr_assert(look());
		cr_assert_eq(layers.conf.broken, more == 1);
		cr_assert_eq(layers.conf.file->conf->rules.count, INCLUDES_MOST);
	}
}

/* "file:line name path tag" of each. */
static const char *
lists(void)
{
	static char out[400];
	const struct conf *c = layers.conf.file->conf;

	out[0] = '\0';
	for (unsigned i = 0; i < c->lists_count; i++) {
		const struct conf_list *l = &c->lists[i];

		(void)snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s:%u %s %s %s", i == 0 ? "" : "; ",
		    l->where.file->shown, l->where.line, l->name, l->path, l->tag);
	}
	return out;
}

/* They only take names away, so one that could be read counts also with an error elsewhere. */
Test(layers_conf, block_lists)
{
	put(CONF, "frob\nlist \"ads\" file \"/etc/ads\" tag ads\nlist \"bad\" file \"bad\" tag ads\n");
	LOOK(true, 1, "!?-; ; own-subnets ask deny");
	cr_assert_str_eq(lists(), "/etc/bulwark.conf:2 ads /etc/ads ads");
	put(CONF, "list \"a b\" file \"/etc/a b\" tag ads\ninclude \"more\"\nlist \"c\" file \"/c\" tag file");
	put("etc/more", "\n\nlist \"b\" file \"/b\" tag x-1");
	LOOK(true, 1, "-; ; own-subnets ask deny");
	cr_assert_str_eq(lists(), "/etc/bulwark.conf:1 a b /etc/a b ads; /etc/more:3 b /b x-1; "
	    "/etc/bulwark.conf:3 c /c file");
	put("etc/more", "list \"a b\" file \"/b\" tag ads");
	LOOK(true, 1, "!-; ; own-subnets ask deny");
	cr_assert_str_eq(layers.conf.error,
	    "/etc/bulwark.conf:2:1: /etc/more:1:6: there is a list of this name already");
	put(CONF, "\n");
	LOOK(true, 1, "-; ; own-subnets ask deny");
	cr_assert_str_eq(lists(), "");
	cr_assert_null(layers.conf.file->conf->lists);
}

/* A set that is named in bulwark.conf or what it includes is known to it and to all profiles. */
Test(layers_conf, named_sets)
{
	put(CONF, "include \"sets\"\ndefine $web { tcp/80 }\nrules { deny port $web net $office }\n");
	put("etc/sets", "define $office { 192.0.2.0/24 }\n");
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\"; connect-ports { $web }\n"
	    "rules { deny net $office } }\n");
	LOOK(true, 0, "-; d; own-subnets ask deny");
	cr_assert(!layers.slots[0].broken);
	cr_assert_eq(layers.slots[0].file->profiles[0]->connect.keys[0].low, KEY(6, 80));
	grow_old();
	put(CONF, "include \"sets\"\ndefine $web { tcp/81 }\n");
	cr_assert(look());
	cr_assert_eq(layers.slots[0].file->profiles[0]->connect.keys[0].low, KEY(6, 81));
	grow_old();
	put("etc/sets", "define $office { 198.51.100.0/24 }\n");
	cr_assert(look());
	cr_assert_eq(layers.slots[0].file->profiles[0]->rules.rules[0].nets[0].address[0], 198);
	grow_old();
	cr_assert_eq(unlink(place(CONF)), 0);
	cr_assert(look());
	cr_assert(layers.slots[0].broken);
	cr_assert_str_eq(layers.slots[0].error, "/etc/profiles/a.conf:1:42: \"$web\" is not defined");
	cr_assert_eq(layers.slots[0].file->profiles[0]->connect.keys[0].low, KEY(6, 81));
}
