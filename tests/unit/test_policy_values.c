/*
 * What the words of a good policy file come to: sets of addresses and ports, named sets, properties.
 */
/* links: @language */
#include <arpa/inet.h>

#include "policy_text.h"
#include "scope.h"

static char shown[4000];

static void
show(const char *format, ...)
{
	size_t used = strlen(shown);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(shown + used, sizeof shown - used, format, ap);
	va_end(ap);
}

static void
show_keys(const struct keys *keys, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		show(" %u/%u", keys[i].low >> 16, keys[i].low & 0xffff);
	for (unsigned i = 0; i < count; i++)
		if (keys[i].high != keys[i].low)
			show(" %u:-%u/%u", i, keys[i].high >> 16, keys[i].high & 0xffff);
}

/* Nets, then keys (each low end, then the high ends by number). */
static const char *
show_rule(const struct rule *r)
{
	char text[INET6_ADDRSTRLEN];

	shown[0] = '\0';
	for (unsigned i = 0; i < r->nets_count; i++)
		show(" %s/%u", inet_ntop(r->nets[i].family == 4 ? AF_INET : AF_INET6, r->nets[i].address, text,
		    sizeof text), r->nets[i].prefix);
	show_keys(r->keys, r->keys_count);
	if (r->directions != 0xff)
		show(" d%x", r->directions);
	if (r->scopes != 0xff)
		show(" s%x", r->scopes);
	if (r->up_to != LEVEL_MAX)
		show(" up%u", r->up_to);
	if (r->exact_server)
		show(" exact");
	return shown;
}

static const struct { const char *rule, *means; } rules[] = {
	{ "deny", "" },
	{ "deny out", " d2" }, { "deny in", " d4" }, { "deny forward", " d8" },
	{ "deny direction { out forward }", " da" },
	{ "deny scope { host link }", " s3" }, { "deny scope lan", " s6" },
	{ "deny scope { site multicast broadcast internet internet-multicast }", " s7c" },
	{ "allow up-to dynamic", " up1" }, { "allow up-to fortress", "" },
	{ "deny address { 192.0.2.7 2001:db8::7 192.0.2.7 }", " 192.0.2.7/32 2001:db8::7/128" },
	{ "deny address 192.0.2.7 net 192.0.2.0/31 range 192.0.2.8-192.0.2.9",
	    " 192.0.2.0/31 192.0.2.8/31 192.0.2.7/32" },
	{ "deny net { 0.0.0.0/0 ::/0 }", " 0.0.0.0/0 ::/0" },
	{ "deny range 0.0.0.0-255.255.255.255", " 0.0.0.0/0" },
	{ "deny range ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", " ::/0" },
	{ "deny range 192.0.2.10-192.0.2.20", " 192.0.2.12/30 192.0.2.16/30 192.0.2.10/31 192.0.2.20/32" },
	{ "deny range 255.255.255.254-255.255.255.255", " 255.255.255.254/31" },
	{ "deny range 0.0.0.1-0.0.0.4", " 0.0.0.2/31 0.0.0.1/32 0.0.0.4/32" },
	{ "deny range 9.255.255.255-10.0.0.0", " 9.255.255.255/32 10.0.0.0/32" },
	{ "deny range 2001:db8::ffff-2001:db8::1:0", " 2001:db8::ffff/128 2001:db8::1:0/128" },
	{ "deny port tcp/80", " 6/80" },
	{ "deny port { tcp/82 tcp/80 tcp/81 tcp/84-90 tcp/85-86 }", " 6/80 6/84 0:-6/82 1:-6/90" },
	{ "deny port any/53", " 6/53 17/53 33/53 132/53" },
	{ "deny port { tcp/0-65535 }", " 6/0 0:-6/65535" },
	{ "deny protocol { tcp 7 }", " 6/0 0:-7/65535" },
	{ "deny protocol { 0 255 icmp6 }", " 0/0 58/0 255/0 0:-0/65535 1:-58/65535 2:-255/65535" },
	{ "deny protocol udp port any/4000-5000", " 17/4000 0:-17/5000" },
	{ "deny protocol { udp sctp } port { tcp/1 udp/2 sctp/3-4 udp/9 }", " 17/2 17/9 132/3 2:-132/4" },
	{ "deny icmp-type echo-request", " 1/2048 58/32768 0:-1/2303 1:-58/33023" },
	{ "deny icmp-type echo-reply", " 1/0 58/33024 0:-1/255 1:-58/33279" },
	{ "deny icmp-type 255 protocol icmp", " 1/65280 0:-1/65535" },
	{ "allow address 192.0.2.7 port udp/53", " 192.0.2.7/32 17/53 exact" },
	{ "allow net 192.0.2.7/32 port { udp/53 tcp/53 } out", " 192.0.2.7/32 6/53 17/53 d2 exact" },
	{ "allow address 192.0.2.7 port udp/53-54", " 192.0.2.7/32 17/53 0:-17/54" },
	{ "allow net 192.0.2.0/31 port udp/53", " 192.0.2.0/31 17/53" },
	{ "allow address 192.0.2.7", " 192.0.2.7/32" },
	{ "deny net $office port $web", " 192.0.2.0/28 2001:db8::/48 6/80 6/443" },
	{ "deny net { 198.51.100.0/24 $office }", " 198.51.100.0/24 192.0.2.0/28 2001:db8::/48" },
	{ "deny scope $places protocol $protocols", " 17/0 0:-17/65535 s3" },
};

Test(policy_values, rules)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		struct file *file;
		char *text;

		cr_assert_neq(asprintf(&text, "define $office { 192.0.2.0/28 2001:db8::/48 }\n"
		    "profile \"p\" { path \"/p\"\nrules { %s }\n}\ndefine $web { tcp/80\n\"tcp/443\" }\n"
		    "define $places { host\nlink }; define $protocols { udp }\n", rules[i].rule), -1);
		file = text_good(FILE_PROFILES, LAYER_ADMIN, text);
		cr_assert_eq(file->profiles[0]->rules.count, 1);
		cr_expect_str_eq(show_rule(&file->profiles[0]->rules.rules[0]), rules[i].means,
		    "%s: %s, wanted %s", rules[i].rule, shown, rules[i].means);
		cr_expect_eq(file->profiles[0]->rules.rules[0].where.line, 3);
		file_drop(file);
		free(text);
	}
}

/* A range holds all of its addresses and no other, in nets that don't overlap. */
Test(policy_values, ranges)
{
	uint32_t seed = 1;

	for (unsigned i = 0; i < 200; i++) {
		unsigned a, b, last = i % 2 == 0 ? 3 : 15;
		const struct rule *r;
		struct file *file;
		char text[100];

		seed = seed * 1664525 + 1013904223;
		a = seed >> 8 & 0x7ff;
		b = a + (seed >> 20 & 0xff);
		if (last == 3)
			snprintf(text, sizeof text, "rules { deny range 9.255.%u.%u-9.255.%u.%u }", a >> 8, a & 0xff,
			    b >> 8, b & 0xff);
		else
			snprintf(text, sizeof text, "rules { deny range ff::%x-ff::%x }", a, b);
		file = text_good(FILE_CONF, LAYER_ADMIN, text);
		r = &file->conf->rules.rules[0];
		for (unsigned n = 0; n < 0x900; n++) {
			uint8_t address[16] = { last == 3 ? 9 : 0, 255 };
			unsigned hits = 0;

			address[last - 1] = (uint8_t)(n >> 8);
			address[last] = (uint8_t)n;
			for (unsigned k = 0; k < r->nets_count; k++)
				hits += address_in(address, r->nets[k].address, r->nets[k].prefix);
			cr_assert_eq(hits, n >= a && n <= b, "%s: %u", text, n);
		}
		file_drop(file);
	}
}

Test(policy_values, actions)
{
	static const enum rule_action order[] = { RULE_ALLOW, RULE_DENY, RULE_BLOCK, RULE_DROP, RULE_ASK,
		RULE_TUNNEL };
	struct file *file = text_good(FILE_CONF, LAYER_ADMIN,
	    "rules { allow; deny }\nrules { block; drop }; rules { }\nrules {\nask; tunnel }\n");

	cr_assert_eq(file->conf->rules.count, 6);
	for (unsigned i = 0; i < 6; i++) {
		cr_assert_eq(file->conf->rules.rules[i].action, order[i]);
		cr_assert_eq(rule_denies(order[i]), i >= 1 && i <= 3);
	}
	cr_assert_eq(file->conf->rules.rules[5].where.line, 4);
	file_drop(file);
}

Test(policy_values, profile)
{
	struct file *file = text_good(FILE_PROFILES, LAYER_VENDOR,
	    "# a comment\nprofile \"Fox\" {\n\tpath \"/usr/bin/fox\"\n\tprefix \"/opt/fox/\"\n\tprefix \"/\"\n"
	    "\tvirtual \"forward:br0\"\n\tdescription \"Web \\\"browser\\\"\"\n\ticon \"fox\"\n\tlevel secure\n"
	    "\tflags internet system\n\tconnect-ports { tcp/443 }\n\tlisten-ports { }\n\tdefault ask\n"
	    "\ttls enforce\n\tvendor-domains { fox.org x-1.example }\n}\nprofile \"b\" { path \"/b\" }\n");
	const struct profile *p = file->profiles[0];
	static const struct { enum prop_kind kind; const char *text; } names[] = {
		{ PROP_PATH, "/usr/bin/fox" }, { PROP_PREFIX, "/opt/fox" }, { PROP_PREFIX, "" },
		{ PROP_VIRTUAL, "forward:br0" },
	};

	cr_assert_eq(file->profiles_count, 2);
	cr_assert_eq(p->names_count, 4);
	for (unsigned i = 0; i < 4; i++) {
		cr_assert_eq(p->names[i].kind, names[i].kind);
		cr_assert_eq(p->names[i].len, strlen(names[i].text));
		cr_assert_str_eq(p->names[i].text, names[i].text);
		cr_assert_eq(p->names[i].where.line, 3 + i);
	}
	cr_assert_eq(p->where.line, 2);
	cr_assert_str_eq(p->description, "Web \"browser\"");
	cr_assert_str_eq(p->icon, "fox");
	cr_assert_eq(p->level, LEVEL_SECURE);
	cr_assert_eq(p->flags, FLAG_INTERNET | FLAG_SYSTEM);
	cr_assert(p->flags_stated && p->connect.stated && p->listen.stated);
	cr_assert_eq(p->flags_where.line, 10);
	cr_assert_eq(p->connect.count, 1);
	cr_assert_eq(p->listen.count, 0);
	cr_assert_eq(p->fallback, VALUE_ASK);
	cr_assert_eq(p->tls, VALUE_ON);
	cr_assert_eq(p->vendor_count, 2);
	cr_assert_str_eq(p->vendor[1], "x-1.example");
	p = file->profiles[1];
	cr_assert(!p->flags_stated && !p->connect.stated && !p->listen.stated);
	cr_assert(p->level == 0 && p->fallback == 0 && p->tls == 0 && p->description == NULL);
	file_drop(file);
}

/* Each word of a kind has a value of its own that leads back to it. */
Test(policy_values, words)
{
	static const struct { const struct word *table; unsigned count; } tables[] = {
		{ level_words, 3 }, { flag_words, 11 }, { scope_words, 8 }, { value_words, 13 }, { tls_words, 3 },
		{ protocol_words, 10 },
	};
	char list[200];

	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
		unsigned count = 0;

		for (const struct word *w = tables[t].table; w->word != NULL; w++, count++) {
			cr_assert_neq(w->value, 0);
			cr_assert_eq(word_value(tables[t].table, w->word), w->value);
			cr_assert_str_eq(word_name(tables[t].table, w->value), w->word);
		}
		cr_assert_eq(count, tables[t].count, "table %zu", t);
		cr_assert_eq(word_value(tables[t].table, ""), 0);
		cr_assert_str_eq(word_name(tables[t].table, 9999), "?");
	}
	word_list(flag_words, FLAG_INTERNET | FLAG_SERVICE | FLAG_DIRECTCONNECT, list, sizeof list);
	cr_assert_str_eq(list, "internet service directconnect");
	word_list(flag_words, 0, list, sizeof list);
	cr_assert_str_eq(list, "");
	word_list(flag_words, ~0u, list, 12);
	cr_assert_str_eq(list, "internet lo");
}

/* A word with a place in the grammar is a word like others in any list. */
Test(policy_values, words_of_the_grammar_as_values)
{
	static const char words[] = "profile extend level set define include rules list file tag path prefix virtual "
	    "description icon flags connect-ports listen-ports default tls vendor-domains allow deny block "
	    "drop ask tunnel direction in out forward address net range scope port protocol icmp-type up-to";
	struct ast ast = { .statements = NULL };
	struct diag diag = { 0 };
	char *text;
	size_t at = 0;

	cr_assert_neq(asprintf(&text, "define $a { %s }", words), -1);
	parse_text(text, strlen(text), &ast, &diag);
	cr_assert_eq(diag.count, 0);
	for (const struct atom *a = ast.statements->values; a != NULL; a = a->next) {
		cr_assert_eq(strncmp(words + at, a->text, strlen(a->text)), 0);
		cr_assert_eq(a->at.column, 13 + at);
		at += strlen(a->text) + 1;
	}
	cr_assert_eq(at, sizeof words);
	ast_free(&ast);
	free(text);
}

/* What an upper layer says counts, what it doesn't say stays; names and rules of both, the upper first. */
Test(policy_values, merge)
{
	struct file *base = text_good(FILE_PROFILES, LAYER_VENDOR,
	    "profile \"p\" { path \"/p\"; description \"d\"; icon \"i\"; level secure; flags internet\n"
	    "connect-ports { tcp/1 }; listen-ports { tcp/2 }; default deny; tls warn; vendor-domains { a.b }\n"
	    "rules { deny port tcp/3 }\n}"),
	    *all = text_good(FILE_PROFILES, LAYER_ADMIN,
	    "extend profile \"p\" { prefix \"/q\"; description \"D\"; icon \"I\"; level dynamic; flags localnet\n"
	    "connect-ports { }; listen-ports { }; default permit; tls off; vendor-domains { c.d e.f }\n"
	    "rules { allow port tcp/4 }\n}"),
	    *none = text_good(FILE_PROFILES, LAYER_ADMIN, "extend profile \"p\" { }");
	struct arena arena = { 0 };
	const struct profile *p = profile_merge(&arena, all->profiles[0], base->profiles[0]);

	cr_assert_str_eq(p->description, "D");
	cr_assert_str_eq(p->icon, "I");
	cr_assert(p->level == LEVEL_DYNAMIC && p->flags == FLAG_LOCALNET && p->fallback == VALUE_PERMIT);
	cr_assert(p->connect.stated && p->connect.count == 0 && p->listen.count == 0);
	cr_assert(p->tls == VALUE_OFF && p->vendor_count == 2 && !p->extends);
	cr_assert(p->names_count == 2 && p->names[0].kind == PROP_PREFIX && p->names[1].kind == PROP_PATH);
	cr_assert(p->rules.count == 2 && p->rules.rules[0].action == RULE_ALLOW);
	cr_assert_eq(p->where.file, all);
	p = profile_merge(&arena, none->profiles[0], base->profiles[0]);
	cr_assert_str_eq(p->description, "d");
	cr_assert(p->level == LEVEL_SECURE && p->flags == FLAG_INTERNET && p->fallback == VALUE_DENY);
	cr_assert(p->connect.count == 1 && p->listen.count == 1 && p->tls == VALUE_NOTE);
	cr_assert(p->names_count == 1 && p->rules.count == 1 && p->vendor_count == 1);
	cr_assert_eq(p->flags_where.file, base);
	arena_free(&arena);
	file_drop(base);
	file_drop(all);
	file_drop(none);
}

/* Together with what it extends a profile may get too long: then it denies. */
Test(policy_values, merge_of_too_many_rules)
{
	for (size_t more = 0; more < 2; more++) {
		char *below = text_around("profile \"p\" { path \"/p\"; rules {\n", "ask\n", RULES_MOST / 2, "} }"),
		    *above = text_around("extend profile \"p\" { rules {\n", "ask\n", RULES_MOST / 2 + more, "} }");
		struct file *base = text_good(FILE_PROFILES, LAYER_VENDOR, below),
		    *upper = text_good(FILE_PROFILES, LAYER_ADMIN, above);
		struct arena arena = { 0 };
		const struct profile *p = profile_merge(&arena, upper->profiles[0], base->profiles[0]);

		cr_assert_eq(p->broken != NULL, more == 1);
		arena_free(&arena);
		file_drop(base);
		file_drop(upper);
		free(below);
		free(above);
	}
}
