/*
 * For tests: random policies and flows from few words, so that they meet often. A policy is kept in
 * parts, of which one can be changed before its text is made.
 *
 * The numbers are the same each time, or follow TEST_SEED=N of the environment: what fails says which N makes
 * its policy the first one.
 */
#ifndef TESTS_DECIDE_RANDOM_H
#define TESTS_DECIDE_RANDOM_H

#include <arpa/inet.h>

#include "policy_make.h"
#include "registrable.h"

#define RULES_EACH	12
#define PROFILES_EACH	7

static uint64_t seed = 0x9e3779b97f4a7c15u, policy_seed;	/* the second: of the policy at hand */

static void __attribute__((constructor))
read_seed(void)
{
	const char *text = getenv("TEST_SEED");

	if (text != NULL)
		seed = strtoull(text, NULL, 0) | 1;	/* 0 would stay 0 */
}

static unsigned
rnd(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}
#define ONE_OF(list)	(list)[rnd(sizeof (list) / sizeof (list)[0])]

struct part {			/* a profile in a file of its own; the last part is bulwark.conf */
	enum layer	 layer;
	uint32_t	 uid;
	const char	*file;
	unsigned	 names;		/* bits of names[] */
	unsigned	 flags;		/* bits of flag_words; 0: no such line */
	const char	*level, *fallback, *connect, *listen, *domains;	/* "" for none */
	char		 settings[SETTINGS_COUNT][100];
	unsigned	 rules;
	char		 rule[RULES_EACH + 1][160];
};

struct random_policy {
	unsigned	 parts;
	struct part	 part[PROFILES_EACH + 1];
};

static const char *const names[] = { "path \"/bin/a\"", "path \"/bin/b\"", "path \"/opt/x/c\"",
	"prefix \"/opt\"", "prefix \"/opt/x/\"", "prefix \"/\"", "virtual \"kernel\"", "virtual \"system\"",
	"virtual \"forward:eth0\"" };
static const char *const paths[] = { "/bin/a", "/bin/b", "/opt/x/c", "/opt/y", "/tmp/d", "/e" };
static const char *const levels[] = { "", "", "", "level dynamic;", "level secure;", "level fortress;" };

/* Never a tunnel up to a level: above it a later rule may accept, which is more. */
static void
random_rule(char *out, size_t size, bool deny)
{
	static const char *const denies[] = { "deny", "block", "drop" }, *const actions[] = { "allow", "allow",
		"allow", "deny", "block", "drop", "ask", "tunnel" },
	    *const directions[] = { "", "", "", " in", " out", " forward" },
	    *const where[] = { "", "", "", " address 192.0.2.7", " net 192.0.2.0/24", " net 10.0.0.0/8",
		" net { 2001:db8::/32 192.0.2.53/32 }", " scope internet", " scope lan", " scope { host multicast }",
		" range 192.0.2.1-192.0.2.60" },
	    *const domains[] = { "", "", "", "", " domain www.example.org", " domain .example.org",
		" domain { a*.example.net printer }", " domain *" },
	    *const ports[] = { "", "", "", " port tcp/80", " port any/53", " port udp/53", " port { tcp/1-100 udp/400-500 }",
		" protocol tcp", " protocol { udp gre }", " icmp-type echo-request" };
	static const char *const conditions[] = { "", "", "", "", "", " until 2027-01-01", " at 08:00-12:00",
		" days sat", " user 1000", " user system", " network home", " country se", " as 64496" };
	const char *action = deny ? ONE_OF(denies) : ONE_OF(actions), *direction = ONE_OF(directions);
	static const char *const up_to[] = { "", "", " up-to dynamic", " up-to secure" };

	snprintf(out, size, "%s%s%s%s%s%s%s", action, direction, ONE_OF(where), ONE_OF(ports), ONE_OF(conditions),
	    direction[0] == '\0' || strcmp(direction, " out") == 0 ? ONE_OF(domains) : "",
	    strcmp(action, "allow") == 0 ? ONE_OF(up_to) : "");
}

static void
random_rules(struct part *part)
{
	part->rules = rnd(3) == 0 ? rnd(RULES_EACH + 1) : rnd(4);
	for (unsigned i = 0; i < part->rules; i++)
		random_rule(part->rule[i], sizeof part->rule[i], false);
}

static void
random_profile(struct part *part, unsigned number)
{
	static const char *const files[] = { "a", "b", "c", "d", "e", "f", "g" }, *const fallbacks[] = { "", "", "",
		"default permit;", "default ask;", "default deny;", "default drop;" },
	    *const connects[] = { "", "", "", "connect-ports { tcp/80 any/53 };", "connect-ports { };" },
	    *const domains[] = { "", "", "", "", "domains { .example.org };", "domains { a*.example.net };" },
	    *const listens[] = { "", "", "", "listen-ports { tcp/80 udp/53 };", "listen-ports { };" };

	*part = (struct part){ .layer = LAYER_VENDOR + rnd(3), .uid = 1000 + rnd(2), .file = files[number],
		.names = 1u << rnd(9) | 1u << rnd(9), .level = ONE_OF(levels), .fallback = ONE_OF(fallbacks),
		.connect = ONE_OF(connects), .listen = ONE_OF(listens), .domains = ONE_OF(domains) };
	if (part->layer != LAYER_USER)
		part->uid = 0;
	if (rnd(4) != 0)	/* mostly what permits, seldom what demands */
		part->flags = (rnd(4) == 0 ? rnd(8) : 7) | (rnd(6) == 0 ? FLAG_SYSTEM : 0) |
		    (rnd(6) == 0 ? FLAG_ADMIN : 0) | (rnd(3) == 0 ? FLAG_DIRECTCONNECT : 0);
	random_rules(part);
}

/* Not milder at a higher level, and those without order alike at all. */
static void
random_setting(char *out, size_t size, int setting, const uint8_t least[LEVEL_MAX + 1])
{
	const struct setting_info *info = &setting_infos[setting];
	unsigned v[LEVEL_MAX + 1] = { 0 };

	for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++) {
		unsigned low = l == LEVEL_DYNAMIC ? 0 : v[l - 1];

		if (least[l] > low)
			low = least[l];
		if (info->locked && l == LEVEL_FORTRESS && info->builtin[l] > low)
			low = info->builtin[l];
		do
			v[l] = !info->ordered && l > LEVEL_DYNAMIC ? v[l - 1] : rnd(VALUE_REFUSED + 1);
		while (v[l] < low || !(info->values & 1u << v[l]));
	}
	snprintf(out, size, "set %s { dynamic %s secure %s fortress %s };", info->name, word_name(value_words, v[1]),
	    word_name(value_words, v[2]), word_name(value_words, v[3]));
}

static void
random_policy(struct random_policy *r)
{
	static const uint8_t none[LEVEL_MAX + 1];
	struct part *conf;

	policy_seed = seed;
	r->parts = 1 + rnd(PROFILES_EACH);
	for (unsigned i = 0; i < r->parts; i++)
		random_profile(&r->part[i], i);
	conf = &r->part[r->parts++];
	*conf = (struct part){ .layer = LAYER_BUILTIN, .file = "conf", .level = "", .fallback = "", .connect = "",
		.listen = "", .domains = "" };
	for (int i = 0; i < SETTINGS_COUNT; i++)
		if (rnd(3) == 0)
			random_setting(conf->settings[i], sizeof conf->settings[i], i, none);
	if (rnd(2))
		random_rules(conf);
}

static char *
part_text(const struct part *part)
{
	bool profile = part->layer != LAYER_BUILTIN;
	char *text, flags[120];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (profile) {
		fprintf(out, "profile \"%s\" {\n", part->file);
		for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
			if (part->names & 1u << i)
				fprintf(out, "%s\n", names[i]);
	}
	for (int i = 0; i < SETTINGS_COUNT; i++)
		fputs(part->settings[i], out);
	word_list(flag_words, part->flags, flags, sizeof flags);
	fprintf(out, "%s%s%s%s%s%s\nrules {\n", part->flags == 0 ? "" : "flags ", flags,
	    part->flags == 0 ? "" : ";", part->level, part->fallback, part->connect);
	for (unsigned i = 0; i < part->rules; i++)
		fprintf(out, "%s\n", part->rule[i]);
	fprintf(out, "}\n%s%s%s", part->listen, part->domains, profile ? "}\n" : "");
	fclose(out);
	return text;
}

/* order: NULL, or the places of the parts. */
static inline struct policy *
random_policy_make(const struct random_policy *r, const unsigned *order)
{
	struct made_file files[PROFILES_EACH + 1];
	struct policy *p;

	for (unsigned i = 0; i < r->parts; i++) {
		const struct part *part = &r->part[order == NULL ? i : order[i]];

		files[i] = (struct made_file){ part->layer, part->uid, part->file, part_text(part) };
	}
	p = policy_make(files, r->parts);
	cr_assert_eq(p->broken_files, 0);
	for (unsigned i = 0; i < r->parts; i++)
		free((char *)(uintptr_t)files[i].text);
	return p;
}

/* --- flows --- */

static struct links home = { .count = 3, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" },
	{ 6, 64, { 0xfd, [15] = 2 }, { 0 }, "eth0" }, { 6, 64, { 0xfe, 0x80, [15] = 2 }, { 0 }, "eth0" } } };
static struct own suite = { 1, { { 77, 7700, false } }, true, NULL, "" };

struct random_flow {
	struct facts	facts;
	struct program	program[2 * HOLDERS_MAX];
};

static void
random_program(struct program *p, uint64_t id)
{
	static const uint32_t uids[] = { 0, 33, 999, 1000, 1000, 1001 };

	*p = (struct program){ .id = id, .pid = 100, .start = 1000, .uid = ONE_OF(uids), .path = ONE_OF(paths),
		.cgroup = rnd(2) ? "/system.slice/x" : "", .command = "", .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE |
		PROCESS_SAFE_MODE };
	p->path_len = (uint16_t)strlen(p->path);
	p->cgroup_len = (uint16_t)strlen(p->cgroup);
	if (rnd(4) == 0)
		p->flags ^= 1u << rnd(9);
	if (rnd(40) == 0) {
		p->pid = 77;
		p->start = 7700;
	}
}

static void
random_address(uint8_t family, uint8_t out[16])
{
	static const char *const v4[] = { "192.0.2.7", "192.0.2.53", "198.51.100.1", "10.0.0.2", "10.0.0.9", "10.9.0.1",
		"127.0.0.1", "127.0.0.17", "224.0.0.251", "10.0.0.255", "233.1.1.1", "0.0.0.0", "169.254.1.1" },
	    *const v6[] = { "2001:db8::7", "fd00::2", "fd00::9", "fe80::2", "fe80::9", "::1", "ff02::fb", "ff0e::1",
		"2002:a00:1::1", "::ffff:192.0.2.7" };

	memset(out, 0, 16);
	cr_assert_eq(inet_pton(family == 4 ? AF_INET : AF_INET6, family == 4 ? ONE_OF(v4) : ONE_OF(v6), out), 1);
}

static void
random_name(struct facts *f)
{
	static const char *const all[] = { "www.example.org", "example.org", "a1.example.net", "b.example.net",
		"printer", "nas.local", "localhost", "dns.google" };
	const char *name = ONE_OF(all);

	f->question = rnd(4) == 0;
	if (!f->question && rnd(2))
		return;
	facts_set_name(f, name, (uint16_t)strlen(name));
	f->machine_made = rnd(16) == 0;
}

/* Two times of day on two days, in two years, or none; a network, or none. */
static void
random_moment(struct facts *f)
{
	static const unsigned minutes[] = { 9 * 60, 20 * 60 };

	f->network = rnd(3) == 0 ? NULL : rnd(2) ? "home" : "cafe";
	if (rnd(4) == 0)
		return;
	f->now.minute = (uint16_t)ONE_OF(minutes);
	f->now.local = moment_local(2026 + rnd(2), 11, 26 + rnd(3), f->now.minute);
	f->now.weekday = (uint8_t)((f->now.local / DAY_MINUTES + 3) % 7);
	f->now.unix_s = 1;
}

static void __attribute__((unused))
random_flow(struct random_flow *r)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 17, 17, 1, 58, 2, 47, 132 };
	static const uint16_t ports[] = { 53, 53, 80, 80, 443, 25, 68, 1117, 40000, 40000, 0 };
	struct facts *f = &r->facts;

	memset(r, 0, sizeof *r);
	f->tuple.family = rnd(3) ? 4 : 6;
	f->tuple.proto = ONE_OF(protos);
	if (f->tuple.proto != 47 && f->tuple.proto != 2) {
		f->tuple.sport = ONE_OF(ports);
		f->tuple.dport = f->tuple.proto == 1 ? 8 << 8 : ONE_OF(ports);
	}
	random_address(f->tuple.family, f->tuple.src);
	random_address(f->tuple.family, f->tuple.dst);
	if (rnd(2)) {		/* often from here to there, or the other way */
		memcpy(f->tuple.src, f->tuple.family == 4 ? home.net[0].address : home.net[1].address, 16);
		f->tuple.sport = f->tuple.sport == 0 ? 0 : 40000;
	}
	f->direction = (uint8_t)(1 + rnd(DIRECTION_MAX));
	f->owner = rnd(3) ? OWNER_PROCESS : (uint8_t)(1 + rnd(OWNER_MAX));
	f->existed = rnd(20) == 0;
	f->again = rnd(10) == 0;
	f->middle = f->tuple.proto == 6 && rnd(10) == 0;
	f->has_socket = rnd(2);
	f->answers_query = rnd(10) == 0;
	f->sent_here = rnd(4) == 0;
	snprintf(f->device, sizeof f->device, "%s", rnd(4) ? "eth0" : "lo");
	f->holders = f->owner == OWNER_PROCESS ? 1 + rnd(rnd(3) ? 1 : HOLDERS_MAX) : f->owner == OWNER_FORWARDED ?
	    rnd(2) : 0;
	f->has_listener = f->direction == DIRECTION_OUT && rnd(4) == 0;
	f->listeners = f->has_listener ? rnd(3) : 0;
	f->listener_unknown = f->has_listener && f->listeners == 0 && rnd(2);
	f->listener_uid = f->has_listener ? 1000 + rnd(2) : 0;
	for (unsigned i = 0; i < 2 * HOLDERS_MAX; i++)
		random_program(&r->program[i], i + 1);
	for (unsigned i = 0; i < HOLDERS_MAX; i++) {
		f->holder[i] = i < f->holders ? &r->program[i] : NULL;
		f->listener[i] = i < f->listeners ? &r->program[HOLDERS_MAX + i] : NULL;
	}
	random_name(f);
	random_moment(f);
	f->links = &home;
	f->own = &suite;
}

#endif
