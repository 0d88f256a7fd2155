/*
 * Settings: built-in values, what a statement makes of them, and what a broken file may still tighten.
 */
/* links: @language */
#include "policy_text.h"

/* "dynamic secure fortress" */
static const char *
values(const struct settings *s, enum setting i)
{
	static char out[80];

	snprintf(out, sizeof out, "%s %s %s", word_name(value_words, s->value[i][LEVEL_DYNAMIC]),
	    word_name(value_words, s->value[i][LEVEL_SECURE]),
	    word_name(value_words, s->value[i][LEVEL_FORTRESS]));
	return out;
}

static const struct { const char *name, *values; bool locked; } builtin[SETTINGS_COUNT] = {
	{ "default-outgoing", "permit ask deny", true },
	{ "incoming", "deny deny deny", true },
	{ "unknown-origin", "ask deny deny", true },
	{ "unproven", "ask deny deny", true },
	{ "direct", "note block block", true },
	{ "lan", "own-subnets ask deny", false },
	{ "forwarded", "permit ask deny", false },
	{ "host-other-users", "permit permit deny", false },
	{ "refuse-at-once", "on on on", false },
	{ "nameserver", "on on on", false },
	{ "tunnel", "off off off", false },
	{ "packet-sockets", "note note deny", false },
	{ "dnssec", "on on on", true },
	{ "encrypted-dns", "off on on", true },
	{ "designated-resolvers", "on on on", false },
	{ "rebinding-protection", "on on on", true },
	{ "network-names", "unencrypted unencrypted deny", false },
	{ "captive-portals", "unencrypted unencrypted deny", false },
	{ "multicast-names", "deny deny deny", false },
	{ "blocked-answer", "nxdomain nxdomain nxdomain", false },
	{ "ignore-network-resolvers", "off on on", false },
	{ "forward-special-names", "off off off", true },
	{ "tls-checks", "note block block", true },
	{ "clear-text-logins", "off note block", false },
	{ "network-defence", "note block block", false },
	{ "attack-state", "on on on", true },
	{ "tunnel-all", "off on on", false },
	{ "tunnel-more-hops", "off off on", false },
	{ "judge-anew-on-change", "on on on", true },
	{ "dns-bypass", "note block block", true },
	{ "local-discovery", "permit ask deny", false },
	{ "lists-threats", "on on on", true },
	{ "lists-tracking", "on on on", false },
	{ "lists-others", "on on on", false },
	{ "lists-aliases", "on on on", true },
	{ "machine-names", "note block block", false },
};

Test(settings, builtin)
{
	struct settings s;

	settings_builtin(&s);
	for (int i = 0; i < SETTINGS_COUNT; i++) {
		cr_assert_str_eq(setting_infos[i].name, builtin[i].name);
		cr_assert_str_eq(values(&s, (enum setting)i), builtin[i].values);
		cr_assert_eq(setting_infos[i].locked, builtin[i].locked);
		cr_assert(!s.stated[i] && s.where[i].file == NULL);
		cr_assert_gt(strlen(setting_infos[i].explain), 20);
		for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++)
			cr_assert(setting_infos[i].values & 1u << s.value[i][l]);
	}
}

/* Every value that a setting has may be said at every level, and no other. */
Test(settings, every_value)
{
	for (int i = 0; i < SETTINGS_COUNT; i++)
		for (const struct word *w = value_words; w->word != NULL; w++) {
			char text[200];
			bool good = setting_infos[i].values & 1u << w->value, drop = i == SETTING_INCOMING &&
			    w->value == VALUE_DROP, mild = setting_infos[i].locked &&
			    w->value < setting_infos[i].builtin[LEVEL_FORTRESS];
			const char *errors;

			snprintf(text, sizeof text, "set %s { dynamic %s secure %s fortress %s }",
			    setting_infos[i].name, w->word, w->word, w->word);
			errors = text_errors(FILE_CONF, LAYER_ADMIN, text, strlen(text));
			cr_expect_eq(errors[0] == '\0', drop || (good && !mild), "%s: %s", text, errors);
			cr_expect_eq(strstr(errors, " is locked") != NULL, good && mild, "%s: %s", text, errors);
		}
}

static const struct { const char *text; enum setting setting; const char *values; } rows[] = {
	/* A level that is not named is as strict as the one below, at least. */
	{ "set lan { dynamic deny }", SETTING_LAN, "deny deny deny" },
	{ "set lan { dynamic ask }", SETTING_LAN, "ask ask deny" },
	{ "set lan { secure deny }", SETTING_LAN, "own-subnets deny deny" },
	{ "set lan { fortress ask }", SETTING_LAN, "own-subnets ask ask" },
	{ "set lan { }", SETTING_LAN, "own-subnets ask deny" },
	{ "set lan { secure own-subnets dynamic permit }", SETTING_LAN, "permit own-subnets deny" },
	{ "set incoming { dynamic drop secure drop fortress drop }", SETTING_INCOMING, "deny deny deny" },
	{ "set tunnel { dynamic on }", SETTING_TUNNEL, "on on on" },
	{ "set tunnel { secure on fortress off }", SETTING_TUNNEL, "off on off" },
	/* Said twice: the later one, on top of the earlier. */
	{ "set lan { dynamic deny }\nset lan { dynamic ask }", SETTING_LAN, "ask deny deny" },
	{ "set lan { dynamic ask dynamic permit }", SETTING_LAN, "permit ask deny" },
};

Test(settings, statements)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct file *file = text_good(FILE_CONF, LAYER_ADMIN, rows[i].text);

		cr_expect_str_eq(values(&file->conf->settings, rows[i].setting), rows[i].values, "%s: %s",
		    rows[i].text, values(&file->conf->settings, rows[i].setting));
		cr_expect(file->conf->settings.stated[rows[i].setting]);
		cr_expect_eq(file->conf->settings.where[rows[i].setting].file, file);
		file_drop(file);
	}
}

/* A statement with an error leaves the setting as it was. */
Test(settings, wrong_statement)
{
	static const char *const wrong[] = { "set lan { dynamic deny secure }", "set lan { dynamic deny x ask }",
		"set lan { dynamic deny secure permit }", "set lan { dynamic deny secure note }" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct diag diag = { 0 };
		struct file *file = text_build(FILE_CONF, LAYER_ADMIN, wrong[i], strlen(wrong[i]), &diag);

		cr_assert_gt(diag.count, 0);
		cr_expect_str_eq(values(&file->conf->settings, SETTING_LAN), "own-subnets ask deny");
		cr_expect(!file->conf->settings.stated[SETTING_LAN]);
		diag_free(&diag);
		file_drop(file);
	}
}

Test(settings, tighten)
{
	struct settings s, by;

	settings_builtin(&s);
	settings_builtin(&by);
	by.value[SETTING_LAN][LEVEL_DYNAMIC] = VALUE_DENY;	/* not stated: doesn't count */
	for (int i = 0; i < SETTINGS_COUNT; i++)
		by.stated[i] = i != SETTING_LAN;
	by.value[SETTING_UNPROVEN][LEVEL_DYNAMIC] = VALUE_DENY;
	by.value[SETTING_UNPROVEN][LEVEL_SECURE] = VALUE_PERMIT;
	by.where[SETTING_UNPROVEN].line = 7;
	/* Switches have no strict side: on lets out what off blocks, or leads it elsewhere. */
	by.value[SETTING_TUNNEL][LEVEL_DYNAMIC] = VALUE_ON;
	by.value[SETTING_NAMESERVER][LEVEL_DYNAMIC] = VALUE_ON;
	settings_tighten(&s, &by);
	for (int i = 0; i < SETTINGS_COUNT; i++)
		cr_expect_str_eq(values(&s, (enum setting)i), i == SETTING_UNPROVEN ? "deny deny deny" :
		    builtin[i].values, "%s: %s", builtin[i].name, values(&s, (enum setting)i));
	cr_assert_eq(s.where[SETTING_UNPROVEN].line, 7);
	cr_assert(s.stated[SETTING_UNPROVEN] && !s.stated[SETTING_LAN] && !s.stated[SETTING_TUNNEL]);
}

/* What a reason switches to: the highest counts; of a broken file nothing that switches less than built in. */
static const struct { const char *text; enum level attack, network; } rules[] = {
	{ "", 0, 0 }, { "level fortress when attack", LEVEL_FORTRESS, 0 },
	{ "level dynamic when network unknown", 0, LEVEL_DYNAMIC },
	{ "level fortress when network unknown\nlevel secure when network unknown", 0, LEVEL_FORTRESS },
	{ "level dynamic when attack; level secure when attack; level dynamic when attack", LEVEL_SECURE, 0 },
	{ "level dynamic when attack; level fortress when network unknown; x", 0, LEVEL_FORTRESS },
	{ "level secure when attack\nlevel fortress when raining", LEVEL_SECURE, 0 },
	{ "define $when { when }; level secure", 0, 0 },
};

Test(settings, level_rules)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct diag diag = { 0 };
		struct file *file = text_build(FILE_CONF, LAYER_ADMIN, rules[i].text, strlen(rules[i].text), &diag);

		cr_expect_eq(file->conf->level_rule[REASON_ATTACK].level, rules[i].attack, "%s", rules[i].text);
		cr_expect_eq(file->conf->level_rule[REASON_NETWORK].level, rules[i].network, "%s", rules[i].text);
		cr_expect_eq(file->conf->level_rule[REASON_ATTACK].where.file != NULL, rules[i].attack != 0);
		diag_free(&diag);
		file_drop(file);
	}
}
