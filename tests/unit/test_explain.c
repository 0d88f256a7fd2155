/*
 * What people ask: dry runs, which profile a program gets, the list of profiles and the text of one.
 */
/* links: @decide policyd/machine_names.c policyd/packages.c policyd/package_index.c policyd/dpkg_text.c */
/* links: policyd/programs.c policyd/known_names.c policyd/answer.c policyd/show.c policyd/show_answers.c policyd/choice_line.c policyd/explain.c policyd/gather.c */
/* links: policyd/infos.c */
#include "answer.h"
#include "answer_stub.h"
#include "policy_folders.h"

#include "asking_stub.h"
#include "clock.h"
#include "current.h"
#include "explain.h"
#include "infos.h"
#include "journal.h"
#include "known_names.h"
#include "machine.h"
#include "machine_names.h"
#include "name_lists.h"
#include "programs.h"
#include "registrable.h"
#include "scan.h"

static struct policy *policy;
static struct links links = { .count = 1, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" } } };
static struct own own;

void
name_lists_each(void (*told)(const struct name_list_state *))
{
	told(&(struct name_list_state){ .list = &(struct conf_list){ .name = "ads", .path = "/etc/bulwark/ads",
	    .tag = "ads", .setting = SETTING_LISTS_TRACKING, .where = { .line = 7 } }, .state = "kept", .rules = 3,
	    .skipped = 2, .wrong = 1, .changed_s = 1700000000, .problem = "why" });
}

const uint8_t *
name_lists_numbers(void)
{
	return NULL;
}

const struct policy *
current_policy(void)
{
	return policy;
}

const struct layers *
current_layers(void)
{
	return &layers;
}

const struct links *
machine_links(void)
{
	return &links;
}

const struct moment *
current_moment(void)
{
	static const struct moment now = { .unix_s = 0 };

	return &now;
}

const struct geo *
current_geo(void)
{
	return NULL;
}

const struct own *
machine_own(void)
{
	return &own;
}

static bool journal_asked;

void
journal_show(void)
{
	journal_asked = true;
	answer_end();
}

/* resolverd, behind kept.c. */
static struct names_look	looked;
static uint32_t			looked_for;
static bool			looks = true, is_free = true;

void
kept_query(uint32_t query, const struct names_look *l)
{
	looked_for = query;
	looked = *l;
}

bool
kept_is_free(void)
{
	return is_free;
}

bool
kept_name(uint32_t query, const struct names_look *l)
{
	kept_query(query, l);
	return looks;
}

enum level
level_now(void)
{
	return LEVEL_SECURE;
}

static void
on_told(void *ctx, const struct slot *s)
{
	(void)ctx;
	(void)s;
}

static void
look(void)
{
	policy_free(policy);
	(void)layers_look(&layers, on_told, NULL);
	policy = policy_new(&layers);
}

static void
start(void)
{
	folders_start();
	put("etc/bulwark.conf", "set nameserver { secure off }\n");
	put("vendor/curl.conf", "# first line\nprofile \"curl\" {\n\tpath\t\"/usr/bin/curl\"\n\tflags\tinternet\n}");
	put("vendor/games.conf", "profile \"games\" { prefix \"/opt/games/\"; flags internet localnet }\n");
	put("etc/profiles/bad.conf", "profile \"bad\" { path \"/usr/bin/bad\"; flags nonsense }\n");
	look();
	heard_begin();
}

static void
finish(void)
{
	policy_free(policy);
	folders_finish();
}

TestSuite(explain, .init = start, .fini = finish);

static const char *
ask(enum ui_query_kind kind, const char *text, uint32_t pid, const uint8_t *dst)
{
	static struct ui_query q;

	q = (struct ui_query){ .kind = kind, .pid = pid, .as_uid = 1000, .len = (uint16_t)strlen(text) };
	memcpy(q.text, text, strlen(text));
	if (dst != NULL) {
		q.direction = DIRECTION_OUT;
		q.tuple = (struct tuple){ .family = 4, .proto = 6, .sport = 40000, .dport = 443,
			.src = { 10, 0, 0, 2 } };
		memcpy(q.tuple.dst, dst, 4);
	}
	heard_begin();
	explain_query(9, &q);
	cr_assert(heard.ended && heard.id == 9);
	return heard.text;
}

static const char *
ask_as(enum ui_query_kind kind, uint32_t uid)
{
	heard_begin();
	explain_query(9, &(struct ui_query){ .kind = kind, .as_uid = uid });
	return heard.text;
}

static const uint8_t inet[] = { 192, 0, 2, 7 }, lan[] = { 10, 0, 0, 7 }, self[] = { 10, 0, 0, 2 };

static void
run_program(uint64_t id, uint32_t pid, const char *path, uint32_t flags)
{
	static struct process p;

	p = (struct process){ .id = id, .pid = pid, .uid = 1000, .flags = flags,
		.path_len = (uint16_t)strlen(path) };
	memcpy(p.path, path, strlen(path));
	programs_add(&p);
}

#define ASSUMED "0 0  :0: no program runs from this path: its file is taken for root's, not writable by others\n"
#define NO_PLACE "0 0  :0: where the address lies was not looked up: no rule is by country or AS\n"
#define BEFORE_6 "1 0  :0: not a process of the suite\n2 0  :0: addresses and ports are plausible\n" \
	"3 0  :0: it belongs to a program\n4 0  :0: its program is known\n"

static void
run_script(uint64_t id, uint32_t pid, const char *program, const char *arguments, size_t len, const char *script)
{
	static struct process p;

	p = (struct process){ .id = id, .pid = pid, .uid = 1000, .path_len = (uint16_t)strlen(program),
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	memcpy(p.path, program, strlen(program));
	p.hints.read = true;
	memcpy(p.hints.cwd, "/srv", p.hints.cwd_len = 4);
	memcpy(p.hints.arguments, arguments, p.hints.arguments_len = (uint16_t)len);
	if (script != NULL) {
		p.hints.scripts = 1;
		p.hints.script[0].argument = 1;
		p.hints.script[0].flags = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
		memcpy(p.hints.script[0].path, script, p.hints.script[0].path_len = (uint16_t)strlen(script));
	}
	programs_add(&p);
}
#define ARGUMENTS(text)	text, sizeof text

/* Each step of the search is shown, and what the decision made of it. */
Test(explain, framework)
{
	put("etc/profiles/py.conf", "framework \"Python\" {\n\tpath \"/usr/bin/python3*\"\n\tfind \"\\S+ (\\S+)\"\n"
	    "\tbuild \"{1}|{CWD}/{1}\"\n}\nprofile \"a\" { path \"/opt/a.py\"; flags internet }\n");
	look();
	run_script(1, 50, "/usr/bin/python3.11", ARGUMENTS("python3\0a.py"), "/opt/a.py");
	cr_assert_str_eq(ask(UI_EXPLAIN_PROGRAM, "", 50, NULL),
	    "0 0 Python /etc/profiles/py.conf:1: a framework for /usr/bin/python3.11\n"
	    "0 0 Python /etc/profiles/py.conf:3: its arguments lead to /opt/a.py\n"
	    "0 0 a /etc/profiles/py.conf:6: profile for /opt/a.py, beside the program's own: both must permit\n"
	    "0 0  :0: no profile names this program\n");
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_FLOW, "", 50, lan), "9 2 a /etc/profiles/py.conf:6: the profile does not "
	    "permit the local network (flag localnet)\n"));
	run_script(2, 51, "/usr/bin/python3.11", ARGUMENTS("python3\0b.py"), NULL);
	cr_assert_str_eq(ask(UI_EXPLAIN_PROGRAM, "", 51, NULL),
	    "0 0 Python /etc/profiles/py.conf:1: a framework for /usr/bin/python3.11\n"
	    "0 0 Python /etc/profiles/py.conf:3: /srv/b.py is no file that an argument was seen to name\n"
	    "0 0 Python /etc/profiles/py.conf:1: it stays with this framework\n"
	    "0 0  :0: no profile names this program\n");
	run_script(3, 52, "/usr/bin/python3.11", ARGUMENTS("python3"), NULL);
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_PROGRAM, "", 52, NULL), ":3: find does not fit its arguments\n"));
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_PROGRAM, "/usr/bin/python3.12", 0, NULL),
	    ":3: no arguments are known to look for a script in\n"));
	cr_assert_not_null(strstr(ask(UI_PROFILE_LIST, "", 0, NULL), "/usr/bin/python3*; framework; no flags\n"));
}

/* A name that is given counts as asked for: the profile's domains are judged as the real flow's would be. */
Test(explain, flow_by_name)
{
	static struct ui_query q;

	put("etc/bulwark.conf", "level secure\n");
	put("etc/profiles/app.conf", "profile \"app\" { path \"/usr/bin/app\"; flags internet; domains { .example.org } }\n");
	look();
	q = (struct ui_query){ .kind = UI_EXPLAIN_FLOW, .len = 12, .text = "/usr/bin/app", .name = "www.example.org",
		.direction = DIRECTION_OUT, .tuple = { .family = 4, .proto = 6, .sport = 40000, .dport = 443,
		.src = { 10, 0, 0, 2 }, .dst = { 192, 0, 2, 7 } } };
	for (unsigned i = 0; i < 3; i++) {
		snprintf(q.name, sizeof q.name, "%s", i == 0 ? "www.example.org" : i == 1 ? "www.example.com" : "");
		heard_begin();
		explain_query(9, &q);
		cr_expect_eq(strstr(heard.text, "18 1 app") != NULL, i == 0, "%s", heard.text);
		cr_expect_eq(strstr(heard.text, "as if it had asked for the name") != NULL, i < 2, "%s", heard.text);
		cr_expect_eq(strstr(heard.text, i == 2 ? "12 2 app" : "13 2 app") != NULL, i > 0, "%s", heard.text);
	}
}

Test(explain, flow_by_path)
{
	cr_assert_str_eq(ask(UI_EXPLAIN_FLOW, "/usr/bin/curl", 0, inet), ASSUMED NO_PLACE BEFORE_6
	    "6 0 curl /usr/curl.conf:2: profile by exact path\n"
	    "8 0 curl :0: outgoing\n9 0 curl /usr/curl.conf:4: the profile permits this network\n"
	    "10 0 curl :0: no profile limits the ports\n11 0 curl :0: no rule speaks of it\n"
	    "18 1 curl /usr/curl.conf:2: the profile permits what nothing else decided\n");
	cr_assert_str_eq(ask(UI_EXPLAIN_FLOW, "/usr/bin/curl", 0, lan), ASSUMED BEFORE_6
	    "6 0 curl /usr/curl.conf:2: profile by exact path\n8 0 curl :0: outgoing\n"
	    "9 2 curl /usr/curl.conf:4: the profile does not permit the local network (flag localnet)\n");
	cr_assert_str_eq(ask(UI_EXPLAIN_FLOW, "/usr/bin/curl", 0, self), ASSUMED BEFORE_6
	    "6 0 curl /usr/curl.conf:2: profile by exact path\n8 0 curl :0: outgoing\n"
	    "9 0 curl :0: inside this machine\n10 0 curl :0: no profile limits the ports\n"
	    "11 0 curl :0: no rule speaks of it\n"
	    "18 1 curl /usr/curl.conf:2: the profile permits what nothing else decided\n");
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_FLOW, "/usr/bin/none", 0, inet),
	    "18 2  :0: outgoing, by a program without a profile; setting default-outgoing is ask at level secure, and "
	    "nobody is there to answer\n"));
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_FLOW, "/usr/bin/bad", 0, inet), "6 2 broken file /etc/profiles/bad.conf:1: "
	    "the file of its profile has an error: /etc/profiles/bad.conf:1:44: unknown flag \"nonsense\""));
}

/* The own end is one of this machine's, whatever was named: rather one of the net that is talked to. */
Test(explain, own_end)
{
	static const struct link_net	more = { 4, 24, { 10, 9, 0, 1 }, { 10, 9, 0, 255 }, "eth1" };
	static struct ui_query		q;

	links.net[links.count++] = more;
	q = (struct ui_query){ .kind = UI_EXPLAIN_FLOW, .len = 13, .text = "/usr/bin/curl",
		.direction = DIRECTION_IN };
	q.tuple = (struct tuple){ .family = 4, .proto = 6, .sport = 40000, .dport = 22,
		.src = { 10, 9, 0, 77 }, .dst = { 192, 168, 1, 2 } };
	heard_begin();
	explain_query(9, &q);
	cr_assert_not_null(strstr(heard.text, "2 0  :0: addresses and ports are plausible"), "%s", heard.text);
	q.tuple = (struct tuple){ .family = 4, .proto = 6, .sport = 40000, .dport = 443,
		.src = { 127, 0, 0, 1 }, .dst = { 192, 0, 2, 7 } };
	q.direction = DIRECTION_OUT;
	heard_begin();
	explain_query(9, &q);
	cr_assert_not_null(strstr(heard.text, "2 0  :0: addresses and ports are plausible"), "%s", heard.text);
	links.count--;
}

/* A running program is taken as it is, not as it should be. */
Test(explain, flow_by_process)
{
	run_program(1, 100, "/usr/bin/curl", 0);
	cr_assert_str_eq(ask(UI_EXPLAIN_FLOW, "", 100, inet), NO_PLACE BEFORE_6 "6 2  :0: the program's file can't be found under "
	    "its path; setting unproven is deny at level secure\n");
	cr_assert_eq(strncmp(ask(UI_EXPLAIN_FLOW, "/usr/bin/curl", 0, inet),
	    "0 0  :0: the file is taken as it was when this program was last seen running\n", 77), 0);
	cr_assert_not_null(strstr(heard.text, "6 2  :0: the program's file can't be found"));
	(void)ask(UI_EXPLAIN_FLOW, "", 101, inet);
	cr_assert(heard.error && heard.rows == 1);
	cr_assert_str_eq(heard.text,
	    "0 0  :0: process 101 is not known: it has not used the network since the suite began\n");
}

/* Answers of a file: it is compared where the program is known to run, else taken for unchanged. */
Test(explain, answer_of_a_file)
{
	static const char changed[] = "; its file has changed since somebody allowed it\n";

	cr_assert_eq(mkdir(place("state/profiles/1000"), 0755), 0);
	put("state/profiles/1000/x.conf", "profile \"x\" { path \"/usr/bin/x\"; answers session { allow file 1:2:3 } }\n");
	look();
	cr_expect_not_null(strstr(ask(UI_EXPLAIN_FLOW, "/usr/bin/x", 0, inet), ":1: somebody allowed it\n"), "%s", heard.text);
	run_program(1, 100, "/usr/bin/x", PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE);
	cr_expect_not_null(strstr(ask(UI_EXPLAIN_FLOW, "", 100, inet), changed), "%s", heard.text);
	cr_expect_not_null(strstr(ask(UI_EXPLAIN_FLOW, "/usr/bin/x", 0, inet), changed), "%s", heard.text);
}

/* By the name that this program asked for, and by none that another one did. */
Test(explain, flow_with_a_name)
{
	static const uint8_t address[1][16] = { { 192, 0, 2, 7 } }, family[1] = { 4 };
	const uint32_t good = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;

	put("vendor/mail.conf", "profile \"mail\" {\n path \"/usr/bin/mail\"; flags internet\n default deny\n"
	    " rules { allow domain .example.org }\n}\n");
	look();
	run_program(1, 100, "/usr/bin/mail", good);
	run_program(2, 200, "/usr/bin/mail", good);
	names_learnt(programs_find(1), "mx.example.org", 14, address, family, 1, 0);
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_FLOW, "", 100, inet),
	    "11 1 mail /usr/mail.conf:4: a rule of the profile allows it\n"), "%s", heard.text);
	cr_assert_not_null(strstr(ask(UI_EXPLAIN_FLOW, "", 200, inet),
	    "18 2 mail /usr/mail.conf:3: the profile denies what no rule allows\n"), "%s", heard.text);
}

/* What its flows are judged by counts here, too: many machine-made names below one domain. */
Test(explain, flow_with_machine_made_names)
{
	static const uint8_t address[1][16] = { { 192, 0, 2, 7 } }, family[1] = { 4 };
	struct facts f = { 0 };
	char name[100];

	put("etc/bulwark.conf", "level secure\n");
	put("vendor/mail.conf", "profile \"mail\" { path \"/usr/bin/mail\"; flags internet }\n");
	look();
	run_program(1, 100, "/usr/bin/mail", PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE);
	names_learnt(programs_find(1), "mx.example.org", 14, address, family, 1, 0);
	cr_expect_null(strstr(ask(UI_EXPLAIN_FLOW, "", 100, inet), "machine-made"), "%s", heard.text);
	for (unsigned i = 0; i < 2 * MACHINE_BYTES / 40; i++) {
		snprintf(name, sizeof name, "abcdefghijklmnopqrstuvwxyz-0123456789-%02x.example.org", i);
		facts_set_name(&f, name, (uint16_t)strlen(name));
		(void)machine_names_asked(programs_find(1), &f, clock_s(CLOCK_MONOTONIC));
	}
	cr_expect_not_null(strstr(ask(UI_EXPLAIN_FLOW, "", 100, inet), "many different machine-made names"), "%s",
	    heard.text);
}

Test(explain, program)
{
	cr_assert_str_eq(ask(UI_EXPLAIN_PROGRAM, "/opt/games/doom", 0, NULL),
	    ASSUMED "0 0 games /usr/games.conf:1: profile by prefix of the path\n");
	run_program(1, 100, "/tmp/x", PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE);
	cr_assert_str_eq(ask(UI_EXPLAIN_PROGRAM, "", 100, NULL), "0 0  :0: the program's file is of unknown origin; "
	    "setting unknown-origin is deny at level secure\n");
	(void)ask(UI_EXPLAIN_PROGRAM, "", 101, NULL);
	cr_assert(heard.error);
}

/* As long as a query's text can be: it has no NUL behind it. */
Test(explain, longest_path)
{
	char path[PATH_BYTES + 1];

	memset(path, 'x', PATH_BYTES);
	path[0] = '/';
	path[PATH_BYTES] = '\0';
	(void)ask(UI_EXPLAIN_FLOW, path, 0, inet);
	(void)ask(UI_EXPLAIN_PROGRAM, path, 0, NULL);
	(void)ask(UI_PROFILE_SHOW, path, 0, NULL);
	cr_assert(heard.error);
	cr_assert_eq(heard.len, strlen("0 0  :0: no profile is called, or found by, : 'bulwarkctl profile list' shows them\n") + 200);
}

Test(explain, list)
{
	static const char begins[] =
	    "0 0 broken file /etc/profiles/bad.conf:1: /usr/bin/bad; denied: /etc/profiles/bad.conf:1:44: unknown flag "
	    "\"nonsense\"; known are internet, localnet, service, system, admin, user, gateway, browser, strict, "
	    "directconnect, packets\n"
	    "0 0 curl /usr/curl.conf:2: /usr/bin/curl; internet\n"
	    "0 0 games /usr/games.conf:1: /opt/games/...; internet localnet\n"
	    "0 0 system builtin:system:";

	cr_assert_eq(strncmp(ask(UI_PROFILE_LIST, "", 0, NULL), begins, sizeof begins - 1), 0, "%s", heard.text);
	cr_assert_not_null(strstr(heard.text, ": virtual kernel; internet localnet service\n"));
	cr_assert_eq(heard.rows, 5);
}

/* Lines in force and what is in memory, of one user or of all. */
Test(explain, what_was_answered)
{
	static struct choice once = { .action = RULE_DENY, .life = LIFE_ONCE, .target = TARGET_NET, .directions = 2,
		.net = { 4, 24, { 192, 0, 2 } }, .uid = 1001, .path = "/usr/bin/dig" };
	static const char alices[] =
	    "0 0 /usr/bin/curl /var/profiles/1000/curl.conf:3: 1000\troot\talways\t\t\tallow out domain one.example\n"
	    "0 0 /usr/bin/curl /var/profiles/1000/curl.conf:5: 1000\tsession\ttime\t2999-12-01T18:00\t\tdeny in scope { link } "
	    "port tcp/80\n"
	    "0 0 /usr/bin/curl /var/profiles/1000/curl.conf:6: 1000\tsession\talways\t\t\task, and more: the line says what\n";
	static const char bobs[] = "0 0 /usr/bin/dig :0: 1001\tsession\tonce\t\t\tdeny out net 192.0.2.0/24\n";
	char both[sizeof alices + sizeof bobs];

	cr_assert_eq(mkdir(place("state/profiles/1000"), 0755), 0);
	put("state/profiles/1000/curl.conf", "profile \"curl\" {\n\tpath \"/usr/bin/curl\"; answers {\n"
	    "\t\tallow out domain one.example file 1:2:3\n\t}; answers session {\n"
	    "\t\tdeny in scope { link } port tcp/80 until 2999-12-01T18:00\n\t\task domain { a.example b.example }\n\t}\n}\n");
	look();
	cr_assert_eq(memory_add(&memory, &once, 0, 0), 0);
	once.life = LIFE_ALWAYS;
	(void)snprintf(both, sizeof both, "%s%s", alices, bobs);
	cr_expect_str_eq(ask_as(UI_ANSWERS, 1000), alices);
	cr_expect_str_eq(ask_as(UI_ANSWERS, 1001), bobs);
	cr_expect_str_eq(ask_as(UI_ANSWERS, UINT32_MAX), both);
	cr_expect_str_eq(ask_as(UI_ANSWERS, 1002), "");
	cr_expect(heard.ended);
	cr_assert_eq(memory_add(&memory, &once, 0, 10000), 0);
	cr_expect_str_eq(ask_as(UI_ANSWERS, 1001), "", "a copy of what a file has");
}

Test(explain, list_of_names)
{
	put("vendor/many.conf", "profile \"many\" { path \"/1\"; prefix \"/\"; virtual \"forward:x\"; path \"/4\"; path \"/5\" }\n");
	put("vendor/three.conf", "profile \"three\" { path \"/6\"; path \"/7\"; path \"/8\" }\n");
	look();
	(void)ask(UI_PROFILE_LIST, "", 0, NULL);
	cr_assert_not_null(strstr(heard.text, "many.conf:1: /1, /..., virtual forward:x and 2 more; no flags\n"));
	cr_assert_not_null(strstr(heard.text, "three.conf:1: /6, /7, /8; no flags\n"));
}

#define CURL_TEXT "0 0 curl /usr/curl.conf:1: # first line\n0 0 curl /usr/curl.conf:2: profile \"curl\" {\n" \
	"0 0 curl /usr/curl.conf:3: \tpath\t\"/usr/bin/curl\"\n0 0 curl /usr/curl.conf:4: \tflags\tinternet\n" \
	"0 0 curl /usr/curl.conf:5: }\n"

Test(explain, show)
{
	cr_assert_str_eq(ask(UI_PROFILE_SHOW, "curl", 0, NULL), CURL_TEXT);
	cr_assert_str_eq(ask(UI_PROFILE_SHOW, "/usr/bin/curl", 0, NULL), CURL_TEXT);
	cr_assert_str_eq(ask(UI_PROFILE_SHOW, "/opt/games/x", 0, NULL),
	    "0 0 games /usr/games.conf:1: profile \"games\" { prefix \"/opt/games/\"; flags internet localnet }\n");
	cr_assert_str_eq(ask(UI_PROFILE_SHOW, "cur", 0, NULL), "0 0  :0: no profile is called, or found by, cur: 'bulwarkctl profile list' shows them\n");
	cr_assert(heard.error);
	(void)ask(UI_PROFILE_SHOW, "kernel", 0, NULL);
	cr_assert_not_null(strstr(heard.text, ": profile \"kernel\" {\n"));
	cr_assert_eq(unlink(place("vendor/curl.conf")), 0);
	cr_assert_str_eq(ask(UI_PROFILE_SHOW, "curl", 0, NULL), "0 0  :0: /usr/curl.conf can't be read now\n");
	cr_assert(heard.error);
}

/* What a file holds now, whatever it is, comes as rows that uid takes. */
Test(explain, show_odd_text)
{
	put("vendor/curl.conf", "\n\n\xff\x1b[1m\r\nlast %0*d", 3 * SCAN_TOKEN_MOST, 0);
	(void)ask(UI_PROFILE_SHOW, "curl", 0, NULL);
	cr_assert_eq(heard.rows, 4);
	cr_assert_eq(strncmp(heard.text, "0 0 curl /usr/curl.conf:1: \n0 0 curl /usr/curl.conf:2: \n"
	    "0 0 curl /usr/curl.conf:3: ??[1m?\n0 0 curl /usr/curl.conf:4: last 000", 120), 0);
	put("vendor/curl.conf", "%0*d", SCAN_FILE_MOST, 0);
	(void)ask(UI_PROFILE_SHOW, "curl", 0, NULL);
	cr_assert_eq(heard.rows, 1);
}

Test(explain, many_lines)
{
	FILE *out = fopen(place("vendor/curl.conf"), "w");

	for (unsigned i = 0; i < 20000; i++)
		fprintf(out, "# line %u\n", i);
	fclose(out);
	(void)ask(UI_PROFILE_SHOW, "curl", 0, NULL);
	cr_assert_eq(heard.rows, 20000);
	heard.refuse_from = 3;
	heard_begin();
	explain_query(9, &(struct ui_query){ .kind = UI_PROFILE_SHOW, .len = 4, .text = "curl" });
	cr_assert(!heard.ended && heard.messages == 3);
}

static struct names_found found = { .special = NAMES_ORDINARY, .server = "dot://192.0.2.54", .proves = true,
	.server_transport = NAMES_TLS };

static const char *
ask_name(const char *path, const char *name)
{
	static struct ui_query q;

	q = (struct ui_query){ .kind = UI_EXPLAIN_NAME, .as_uid = 1000, .qtype = 1,
		.len = (uint16_t)strlen(path) };
	memcpy(q.text, path, strlen(path));
	snprintf(q.name, sizeof q.name, "%s", name);
	heard_begin();
	explain_query(9, &q);
	cr_assert(!looks || (looked_for == 9 && looked.what == NAMES_LOOK_NAME));
	if (looks)
		explain_found(9, &found);
	cr_assert(heard.ended && heard.id == 9);
	return heard.text;
}

Test(explain, a_question_for_a_name)
{
	put("etc/profiles/dig.conf", "profile \"dig\" {\n\tpath \"/usr/bin/dig\"\n\tflags internet\n"
	    "\tdomains { .example.org }\n}\n");
	look();
	cr_assert_null(strstr(ask_name("/usr/bin/dig", "www.example.org"), "an error"), "%s", heard.text);
	cr_expect_not_null(strstr(heard.text, "the profile permits this domain"), "%s", heard.text);
	ask_name("/usr/bin/dig", "www.example.net");
	cr_expect_not_null(strstr(heard.text, "this one is not among them"), "%s", heard.text);
	cr_expect_gt(strlen(ask_name("/usr/bin/dig", ".")), 0);
}

Test(explain, what_is_behind_the_checks)
{
	put("etc/profiles/dig.conf", "profile \"dig\" {\n\tpath \"/usr/bin/dig\"\n\tflags internet\n"
	    "\tdomains { .example.org }\n}\n");
	look();
	ask_name("/usr/bin/dig", "www.example.org");
	cr_expect_not_null(strstr(heard.text, "0 0  :0: /usr/bin/dig asks, user 1000\n"), "%s", heard.text);
	cr_expect_not_null(strstr(heard.text, "0 0 list :0: no block list has it\n"), "%s", heard.text);
	cr_expect_not_null(strstr(heard.text, "0 0 cache :0: no answer is kept\n"), "%s", heard.text);
	cr_expect_not_null(strstr(heard.text, "0 0 server :0: dot://192.0.2.54, over TLS\n"), "%s", heard.text);
	cr_expect_not_null(strstr(heard.text, "must stand the proof"), "%s", heard.text);
	cr_expect_str_eq(looked.name, "www.example.org");
	found.kept = true;
	found.entry = (struct names_entry){ .name = "www.example.org", .qtype = 1, .left_s = 55, .addresses = 2,
		.validation = NAMES_SECURE, .server = "dot://192.0.2.54" };
	found.transport = NAMES_TLS;
	found.took_us = 12345;
	cr_expect_not_null(strstr(ask_name("/usr/bin/dig", "www.example.org"), "kept for 55 s yet: NOERROR, addresses 2, "
	    "proved (DNSSEC); from dot://192.0.2.54 over TLS, in 12345 us\n"), "%s", heard.text);
	found.server[0] = '\0';
	found.server_transport = 0;
	cr_expect_not_null(strstr(ask_name("/usr/bin/dig", "www.example.org"), "server :0: none may be asked: "), "%s",
	    heard.text);
	strcpy(found.list, "list \"ads\", line 7");
	ask_name("/usr/bin/dig", "www.example.org");
	cr_expect_not_null(strstr(heard.text, "0 2 list :0: list \"ads\", line 7\n"), "%s", heard.text);
	cr_expect_null(strstr(heard.text, " cache "), "%s", heard.text);
	cr_expect_null(strstr(ask_name("/usr/bin/dig", "www.example.net"), " list "), "a check blocks it before");
}

Test(explain, a_resolver_that_says_nothing)
{
	put("etc/profiles/dig.conf", "profile \"dig\" {\n\tpath \"/usr/bin/dig\"\n\tflags internet\n}\n");
	look();
	looks = false;
	cr_expect_not_null(strstr(ask_name("/usr/bin/dig", "www.example.org"), "can't be asked"), "%s", heard.text);
	is_free = false;
	ask_name("/usr/bin/dig", "www.example.org");
	cr_expect(heard.error);
}

Test(explain, servers_are_asked_of_resolverd)
{
	explain_query(7, &(struct ui_query){ .kind = UI_DNS_SERVERS });
	cr_expect(looked_for == 7 && looked.what == NAMES_LOOK_SERVERS);
	explain_query(8, &(struct ui_query){ .kind = UI_DNS_CACHE });
	cr_expect(looked_for == 8 && looked.what == NAMES_LOOK_CACHE);
}

/* Each setting with what is in force, and each word of the language with what it means. */
Test(explain, settings)
{
	put("etc/bulwark.conf", "\nset lan { secure deny }\n");
	look();
	(void)ask(UI_SETTINGS, "", 0, NULL);
	cr_assert_eq(heard.rows, SETTINGS_COUNT);
	cr_assert_not_null(strstr(heard.text, "0 0 lan /etc/bulwark.conf:2: choice\town-subnets\tdeny\tdeny\tdeny\t\t"
	    "stated\tpermit own-subnets ask deny\twhat programs without a profile send to the local network;"), "%s", heard.text);
	cr_assert_not_null(strstr(heard.text, "0 0 dnssec :0: switch\ton\ton\ton\ton\tlocked\t\toff on\tanswers of signed"));
	for (int i = 0; i < SETTINGS_COUNT; i++)
		cr_assert_lt(strlen(setting_infos[i].explain), UI_TEXT_BYTES / 2);
}

Test(explain, lists)
{
	cr_assert_str_eq(ask(UI_LISTS, "", 0, NULL),
	    "0 0 ads :7: ads\tlists-tracking\tkept\t3\t2\t1\t1700000000\t/etc/bulwark/ads\twhy\n");
}

static bool
is_explained(enum info_kind kind, const char *word)
{
	for (const struct info *i = infos; i->word != NULL; i++)
		if (i->kind == kind && strcmp(i->word, word) == 0)
			return true;
	return false;
}

Test(explain, words)
{
	unsigned count = 0;

	(void)ask(UI_WORDS, "", 0, NULL);
	for (const struct info *i = infos; i->word != NULL; i++)
		count++;
	cr_assert_eq(heard.rows, count);
	cr_assert_not_null(strstr(heard.text, "0 0 internet flag:0: May talk with the Internet.\n"));
	for (const struct word *w = flag_words; w->word != NULL; w++)
		cr_expect(is_explained(INFO_FLAG, w->word), "flag %s", w->word);
	(void)ask(UI_JOURNAL, "", 0, NULL);
	cr_assert(journal_asked);
}
