/*
 * Asking people: what waits, for how long, how much of it, and what an answer does.
 */
/* links: @decide policyd/asking.c policyd/prompts.c */
#include "clock_ahead.h"
#include "policy_make.h"

#include "asking.h"
#include "current.h"
#include "programs.h"

#define ALICE	1000
#define BOB	1001
#define FLOWS	2048

static const struct links links = { .count = 1, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" } } };
static const struct own own = { .doors = true };
static struct program	 programs[600];
static unsigned		 programs_count;
static struct policy	*policy;
static enum level	 level = LEVEL_DYNAMIC;
static struct event_base *base;
static unsigned		 anew, reloads, shown, gone, later_said;
static bool		 disk_full;

/* What became of each flow, by its number: an action, 0 while nothing is said; whose it is; and of questions. */
static uint8_t		 verdict[FLOWS], why[FLOWS], lent[FLOWS], name_verdict[FLOWS];

const struct policy *
current_policy(void)
{
	return policy;
}

enum level
level_now(void)
{
	return level;
}

const struct program *
programs_find(uint64_t id)
{
	return id > 0 && id <= programs_count ? &programs[id - 1] : NULL;
}

void
current_judge_anew(void)
{
	anew++;
	asking_anew();
}

void
current_reload(void)
{
	reloads++;
}

static unsigned forgotten[2];	/* asked for of sessions, of root */

int
choice_file_forget(const struct choice *c, unsigned *count)
{
	forgotten[c->root]++;
	*count = 0;
	return disk_full ? -1 : 0;
}

int
choice_file_write(const struct choice *c, const char *because)
{
	(void)c;
	(void)because;
	return disk_full ? -1 : 0;
}

static void
judge(const struct decide_request *r, const char *name)
{
	struct facts f = { .tuple = r->tuple, .direction = r->direction, .owner = OWNER_PROCESS, .has_socket = true,
		.again = r->again, .holders = 1, .holder = { &programs[r->holder[0] - 1] }, .links = &links, .own = &own,
		.memory = asking_memory(), .agents = asking_agents(),
		.let_once = r->again && asking_was_let_once(r->flow), .name = name,
		.name_len = (uint16_t)(name == NULL ? 0 : strlen(name)) };
	struct decision d;

	strcpy(f.device, "eth0");
	decide(&f, policy, level, &d);
	if (d.ask && asking_flow(r, &f, &d))
		return;
	verdict[r->flow] = d.action;
	why[r->flow] = decision_reason(&d)->asked;
	lent[r->flow] = d.grant;
	if (d.once && d.action == ACTION_ACCEPT)
		asking_let_once(r->flow);
}

static const char *
name_of(uint64_t flow)
{
	static char name[40];

	snprintf(name, sizeof name, "n%u.example", (unsigned)(flow / 10));
	return name;
}

static void
on_flow(const struct decide_request *r)
{
	judge(r, r->tuple.sport == 1 ? name_of(r->flow) : NULL);
}

static void
on_question(uint32_t number, const struct names_ask *ask, int64_t until_ms)
{
	struct facts f = { .tuple = ask->tuple, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true,
		.holders = 1, .holder = { &programs[ask->qtype - 1] }, .question = true, .links = &links, .own = &own,
		.memory = asking_memory(), .agents = asking_agents(), .name = ask->name,
		.name_len = (uint16_t)strlen(ask->name) };
	struct decision d;

	decide(&f, policy, level, &d);
	if (d.ask && asking_question(number, ask, &f, &d, until_ms))
		return;
	name_verdict[number] = d.action;
}

static void
on_flow_refused(const struct decide_request *r, enum asked because)
{
	verdict[r->flow] = ACTION_BLOCK;
	why[r->flow] = (uint8_t)because;
}

static void
on_question_refused(uint32_t number, enum asked because)
{
	(void)because;
	name_verdict[number] = ACTION_BLOCK;
}

static void
on_later(uint32_t number)
{
	name_verdict[number] = 255;
	later_said++;
}

static void
on_told(const struct prompt *p, bool is_gone)
{
	cr_assert_not_null(p);
	shown += !is_gone;
	gone += is_gone;
}

static const struct asking_ops ops = { on_flow, on_question, on_flow_refused, on_question_refused, on_later, on_told };

/* A process of this program, or one more. */
static uint64_t
run(const char *path, uint32_t uid)
{
	struct program *p = &programs[programs_count++];

	cr_assert_leq(programs_count, sizeof programs / sizeof programs[0]);
	*p = (struct program){ .id = programs_count, .pid = 100 + programs_count, .uid = uid, .path = path,
		.path_len = (uint16_t)strlen(path), .cgroup = "", .command = "", .command_len = 0,
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	return p->id;
}

static void
begin(void)
{
	static const struct made_file files[] = { { LAYER_ADMIN, 0, "asks",
		"profile \"asks\" {\n path \"/bin/asks\"\n flags internet service directconnect\n rules {\n deny port tcp/25\n"
		" ask port tcp/80\n}\n default ask\n}\n" } };

	policy = policy_make(files, 1);
	base = event_base_new();
	asking_start(base, &ops);
}

TestSuite(asking, .init = begin, .timeout = 30);

static void
ask_to(uint64_t flow, uint64_t process, unsigned host, uint16_t port)
{
	struct decide_request r = { .flow = flow, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .holders = 1,
		.holder = { process }, .tuple = { .family = 4, .proto = 6, .sport = 40000, .dport = port,
		.src = { 10, 0, 0, 2 }, .dst = { 9, 9, (uint8_t)(host >> 8), (uint8_t)host } } };

	judge(&r, NULL);
}

/* Ten flows in a row have one name. */
static void
ask_by_name(uint64_t flow, uint64_t process)
{
	struct decide_request r = { .flow = flow, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .holders = 1,
		.holder = { process }, .tuple = { .family = 4, .proto = 6, .sport = 1, .dport = 443,
		.src = { 10, 0, 0, 2 }, .dst = { 192, 0, 2, 7 } } };

	judge(&r, name_of(flow));
}

static void
ask_name(uint32_t number, uint64_t process, const char *name)
{
	struct names_ask ask = { .tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53 }, .qtype = (uint16_t)process };

	snprintf(ask.name, sizeof ask.name, "%s", name);
	on_question(number, &ask, 0);
}

static const char *
choose(const struct prompt *p, enum rule_action action, enum life life, bool *kept)
{
	static struct choice c;

	c = p->about;
	c.action = (uint8_t)action;
	c.life = life;
	c.until_s = time(NULL) + 60;
	if (p->vouched && life != LIFE_EXIT)
		c.process = (struct one_process){ .id = 0 };
	return asking_choose(&c, "test", kept);
}

static void
answer(enum rule_action action, enum life life)
{
	bool kept;

	cr_assert_not_null(prompts_first());
	cr_assert_null(choose(prompts_first(), action, life, &kept));
	cr_assert(kept);
}

Test(asking, nobody_is_there)
{
	ask_to(1, run("/bin/asks", ALICE), 1, 443);
	cr_expect_eq(verdict[1], ACTION_BLOCK);
	cr_expect_eq(why[1], ASKED_NOBODY);
	cr_assert_eq(prompts_count(), 1);
	cr_expect(!prompts_first()->waiting && prompts_first()->waits == 0);
	cr_expect_eq(shown, 1);
	asking_agent(BOB, true);
	ask_to(2, 1, 1, 443);
	cr_expect_eq(verdict[2], ACTION_BLOCK, "another user is nobody to ask");
	cr_expect_eq(prompts_first()->times, 2);
}

/* One question, however many links; the answer decides them all, and vanishes from all lists. */
Test(asking, one_prompt_a_connection)
{
	uint64_t p = run("/bin/asks", ALICE);

	asking_agent(ALICE, true);
	for (uint64_t flow = 10; flow < 15; flow++)
		ask_by_name(flow, p);
	ask_name(1, p, "n1.example");
	cr_assert_eq(prompts_count(), 1);
	cr_expect_eq(shown, 1);
	cr_expect_eq(prompts_first()->waits, 6);
	cr_expect_str_eq(prompts_first()->about.name, "n1.example");
	ask_by_name(20, p);
	cr_expect_eq(prompts_count(), 2);
	answer(RULE_ALLOW, LIFE_ONCE);
	for (unsigned flow = 10; flow < 15; flow++)
		cr_expect_eq(verdict[flow], ACTION_ACCEPT);
	cr_expect_eq(name_verdict[1], ACTION_ACCEPT);
	cr_expect_eq(verdict[20], 0, "another name is another question");
	cr_expect_eq(prompts_count(), 1);
	cr_expect_eq(gone, 1);
	cr_expect_eq(anew, 0);
	ask_by_name(15, run("/bin/asks", ALICE));
	cr_expect_eq(verdict[15], ACTION_ACCEPT, "the next try, of another process");
	later(base, ONCE_MS + 1000);
	asking_tick();
	ask_by_name(16, p);
	cr_expect_eq(verdict[16], 0, "once is over");
	cr_expect(asking_was_let_once(10) && !asking_was_let_once(16));
}

Test(asking, time_is_over)
{
	uint64_t p = run("/bin/asks", ALICE);

	asking_agent(0, true);
	ask_to(1, p, 1, 443);
	later(base, PROMPT_MS - 1000);
	cr_expect_eq(verdict[1], 0);
	later(base, 1100);
	cr_expect_eq(verdict[1], ACTION_BLOCK);
	cr_expect_eq(why[1], ASKED_LATE);
	cr_assert_eq(prompts_count(), 1);
	cr_expect(!prompts_first()->waiting);
	answer(RULE_ALLOW, LIFE_EXIT);
	ask_to(2, p, 1, 443);
	cr_expect_eq(verdict[2], ACTION_ACCEPT);
	asking_process_gone(p, true);
	ask_to(3, p, 1, 443);
	cr_expect_eq(verdict[3], 0, "asked anew after its end");
}

/* A question for a name waits four seconds, its prompt as long as any; the next try finds the answer. */
Test(asking, question_for_a_name)
{
	uint64_t p = run("/bin/asks", ALICE);

	asking_agent(ALICE, true);
	ask_name(1, p, "www.example");
	later(base, QUESTION_MS - 500);
	asking_anew();		/* must not make it longer */
	cr_expect_eq(name_verdict[1], 0);
	later(base, 600);
	cr_expect_eq(name_verdict[1], 255);
	cr_assert_eq(prompts_count(), 1);
	cr_expect(prompts_first()->waiting);
	answer(RULE_ALLOW, LIFE_ONCE);
	ask_name(2, p, "www.example");
	cr_expect_eq(name_verdict[2], ACTION_ACCEPT);
	ask_name(3, p, "other.example");
	later(base, PROMPT_MS + 100);
	cr_expect_eq(later_said, 2);
	cr_expect(!prompts_first()->waiting);
}

Test(asking, the_agent_leaves)
{
	uint64_t p = run("/bin/asks", ALICE);

	asking_agent(ALICE, true);
	asking_agent(ALICE, true);
	ask_to(1, p, 1, 443);
	asking_agent(ALICE, false);
	cr_expect_eq(verdict[1], 0, "there is another one");
	asking_agent(ALICE, false);
	cr_expect_eq(verdict[1], ACTION_BLOCK);
	cr_expect_eq(why[1], ASKED_NOBODY);
	cr_expect_eq(prompts_count(), 1);
	cr_expect_eq(anew, 0, "no profile has the flag user");
}

/* Two files under one path are two programs; an answer in memory is of one of them. */
Test(asking, another_file)
{
	uint64_t old = run("/bin/asks", ALICE), new = run("/bin/asks", ALICE);
	struct choice c;
	bool kept;

	programs[new - 1].ctime_ns = 1;
	disk_full = true;
	asking_agent(ALICE, true);
	ask_to(1, old, 1, 443);
	ask_to(2, new, 1, 443);
	cr_assert_eq(prompts_count(), 2);
	c = prompts_first()->about;
	c.action = RULE_ALLOW;
	c.life = LIFE_ALWAYS;
	c.process = (struct one_process){ .id = 0 };
	c.filed = true;
	cr_assert(asking_choose(&c, "test", &kept) == NULL && !kept);
	cr_expect(verdict[1] == ACTION_ACCEPT && verdict[2] == 0);
	cr_assert_eq(prompts_count(), 1);
	cr_expect_not_null(strstr(prompts_first()->reason, "its file has changed since somebody allowed it"), "%s",
	    prompts_first()->reason);
	c.action = RULE_DENY;
	c.filed = false;
	cr_assert_null(asking_choose(&c, "test", &kept));
	cr_expect_eq(verdict[2], ACTION_BLOCK);
	ask_to(3, old, 1, 443);
	cr_expect_eq(verdict[3], ACTION_BLOCK, "a denial is of both");
}

/* What no answer would lift is not asked about, and said as it is. */
Test(asking, in_vain)
{
	asking_agent(ALICE, true);
	ask_to(1, run("/bin/asks", ALICE), 1, 25);
	cr_expect_eq(verdict[1], ACTION_BLOCK);
	cr_expect_eq(prompts_count(), 0);
	level = LEVEL_SECURE;
	programs[run("/bin/x", ALICE) - 1].flags = PROCESS_PROVEN;
	ask_to(2, programs_count, 1, 443);
	cr_expect_eq(verdict[2], ACTION_BLOCK);
	cr_expect_eq(why[2], ASKED_NOTHING);
	cr_expect_eq(prompts_count(), 0);
}

/* A thousand questions of one program, while another user waits for one. */
Test(asking, shares)
{
	uint64_t flood = run("/bin/asks", ALICE), single = run("/bin/asks", BOB), other = run("/bin/other", ALICE);
	unsigned waiting = 0, refused = 0;

	level = LEVEL_SECURE;
	asking_agent(ALICE, true);
	asking_agent(BOB, true);
	for (unsigned i = 1; i <= 1000; i++) {
		ask_to(i, flood, i, 80);
		waiting += verdict[i] == 0;
		refused += why[i] == ASKED_TOO_MANY;
	}
	cr_expect_eq(waiting, PROMPTS_PROGRAM);
	cr_expect_eq(refused, 1000 - PROMPTS_PROGRAM);
	ask_to(1001, single, 1, 80);
	cr_expect_eq(verdict[1001], 0);
	ask_by_name(1010, other);
	cr_expect_eq(verdict[1010], 0, "nor does it take all of its own user's");
	for (unsigned i = 0; i < 200; i++)
		ask_to(1100 + i, single, 1, 80);
	cr_expect_eq(prompts_find(PROMPTS_PROGRAM + 1)->waits, WAITS_PROGRAM, "flows of one prompt are bounded as well");
	cr_expect_eq(why[1299], ASKED_TOO_MANY);
	asking_flows_lost();
	for (unsigned i = 1; i <= 1000; i++)
		ask_to(i, flood, 2000 + i, 80);
	cr_expect_leq(prompts_count(), PROMPTS_PROGRAM + 2, "what waits no more makes room");
}

/* So with a user's programs, each of which is another one. */
Test(asking, shares_of_users)
{
	static char paths[200][24];
	unsigned waiting = 0;

	level = LEVEL_DYNAMIC;
	asking_agent(0, true);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(paths[i], sizeof paths[i], "/tmp/p%u", i);
		programs[run(paths[i], ALICE) - 1].flags = PROCESS_PROVEN;
		ask_to(i + 1, programs_count, 1, 80);
		waiting += verdict[i + 1] == 0;
	}
	cr_expect_eq(waiting, WAITS_USER);
	cr_expect_eq(prompts_count(), PROMPTS_USER);
	ask_to(1000, run("/bin/asks", BOB), 1, 80);
	cr_expect_eq(verdict[1000], 0);
}

Test(asking, lost)
{
	uint64_t p = run("/bin/asks", ALICE);

	asking_agent(ALICE, true);
	ask_to(1, p, 1, 80);
	ask_name(1, p, "www.example");
	asking_flows_lost();
	later(base, PROMPT_MS + 100);
	cr_expect_eq(verdict[1], 0, "nobody waits to hear of it");
	cr_expect_eq(name_verdict[1], 255);
	ask_name(2, p, "www.example");
	asking_questions_lost();
	later(base, PROMPT_MS + 100);
	cr_expect_eq(name_verdict[2], 0);
	cr_expect_eq(prompts_count(), 2);
}

Test(asking, process_gone)
{
	uint64_t p = run("/bin/asks", ALICE), x = run("/tmp/x", ALICE);

	programs[x - 1].flags = PROCESS_PROVEN;
	asking_agent(ALICE, true);
	ask_to(1, p, 1, 80);
	ask_to(2, x, 1, 80);
	cr_assert_eq(prompts_count(), 2);
	asking_process_gone(p, true);
	asking_process_gone(x, true);
	cr_expect(verdict[1] == ACTION_BLOCK && verdict[2] == ACTION_BLOCK);
	cr_expect_eq(prompts_count(), 1, "an answer for a file that is not known is for its process alone");
}

/* A denial ends what lives, but answers make no more than one generation a second. */
Test(asking, denials_judge_anew)
{
	uint64_t p = run("/bin/asks", ALICE);

	for (unsigned i = 1; i <= 10; i++) {
		ask_to(i, p, i, 80);
		answer(RULE_DENY, LIFE_EXIT);
		ask_to(100 + i, p, i, 80);
		cr_expect_eq(verdict[100 + i], ACTION_BLOCK);
		cr_expect_eq(why[100 + i], ASKED_NOTHING);
		later(base, 1);
	}
	cr_expect_leq(anew, 2);
	later(base, 1100);
	cr_expect_geq(anew, 1);
	cr_expect_eq(prompts_count(), 0);
}

Test(asking, full_disk)
{
	uint64_t p = run("/bin/asks", ALICE);
	bool kept;

	disk_full = true;
	ask_to(1, p, 1, 80);
	cr_assert_null(choose(prompts_first(), RULE_ALLOW, LIFE_TIME, &kept));
	cr_expect(!kept);
	ask_to(2, p, 1, 80);
	cr_expect_eq(verdict[2], ACTION_ACCEPT);
	later(base, 61000);
	asking_tick();
	later(base, 1100);
	cr_expect_eq(anew, 2, "its beginning and its end are new generations");
	ask_to(3, p, 1, 80);
	cr_expect_eq(verdict[3], ACTION_BLOCK);
	disk_full = false;
	cr_assert_null(choose(prompts_first(), RULE_ALLOW, LIFE_ALWAYS, &kept));
	cr_expect(kept);
	cr_expect_eq(reloads, 1);
}

/* What ends by itself, without a new generation, is lent to nobody. */
Test(asking, passing_answers_are_not_lent)
{
	uint64_t p = run("/bin/asks", ALICE);

	ask_to(1, p, 1, 80);
	answer(RULE_DENY, LIFE_ONCE);
	ask_to(2, p, 1, 80);
	cr_expect_eq(verdict[2], ACTION_BLOCK);
	cr_expect_eq(lent[2], GRANT_NONE, "a denial for once");
	later(base, 31000);
	asking_tick();
	asking_agent(ALICE, true);
	ask_to(3, p, 1, 80);
	cr_expect_eq(verdict[3], 0, "asked again");
	answer(RULE_ALLOW, LIFE_ALWAYS);
	ask_to(4, p, 1, 80);
	cr_expect_eq(verdict[4], ACTION_ACCEPT);
	cr_expect_eq(lent[4], GRANT_NONE, "its file is not read yet");
	ask_to(5, p, 2, 80);
	answer(RULE_ALLOW, LIFE_EXIT);
	ask_to(6, p, 2, 80);
	cr_expect_eq(verdict[6], ACTION_ACCEPT);
	cr_expect_eq(lent[6], GRANT_PROCESS, "it ends with its process");
}

/* The same process as a fresh whod names it. */
static uint64_t
run_on(uint64_t process)
{
	uint64_t id = run(programs[process - 1].path, programs[process - 1].uid);

	programs[id - 1].pid = programs[process - 1].pid;
	programs[id - 1].start = programs[process - 1].start;
	return id;
}

/* No daemon's end lifts a denial; what was allowed is asked for again. */
Test(asking, a_fresh_whod)
{
	uint64_t p = run("/bin/asks", ALICE), again;

	ask_to(1, p, 1, 80);
	answer(RULE_DENY, LIFE_EXIT);
	ask_to(2, p, 2, 80);
	answer(RULE_ALLOW, LIFE_EXIT);
	again = run_on(p);
	ask_to(3, again, 1, 80);
	cr_expect(verdict[3] == ACTION_BLOCK && why[3] == ASKED_NOTHING);
	ask_to(4, again, 2, 80);
	cr_expect(verdict[4] == ACTION_BLOCK && why[4] == ASKED_NOBODY);
	asking_flows_lost();
	ask_to(5, again, 1, 80);
	cr_expect_eq(why[5], ASKED_NOTHING);
	ask_to(6, p, 2, 80);
	cr_expect_eq(why[6], ASKED_NOBODY, "ids have come to an end");
	ask_to(7, run("/bin/asks", ALICE), 1, 80);
	cr_expect_eq(why[7], ASKED_NOBODY, "another process");
	asking_process_gone(again, true);
	ask_to(8, again, 1, 80);
	cr_expect_eq(why[8], ASKED_NOBODY, "it has ended");
}

/* Whatever became of an id: what denies lives as long as the process, what allows as long as its id. */
Test(asking, an_id_ends)
{
	uint64_t p = run("/bin/asks", ALICE), other = run_on(p), before = run_on(p);

	programs[before - 1].path = "/bin/before";
	programs[before - 1].path_len = 11;
	ask_to(1, p, 1, 80);
	answer(RULE_DENY, LIFE_EXIT);
	ask_to(2, p, 2, 80);
	answer(RULE_ALLOW, LIFE_EXIT);
	asking_process_gone(before, false);
	asking_process_gone(other, false);
	ask_to(3, p, 1, 80);
	cr_expect_eq(why[3], ASKED_NOTHING);
	ask_to(4, p, 2, 80);
	cr_expect_eq(verdict[4], ACTION_ACCEPT, "it was of another id");
	asking_process_gone(p, false);
	ask_to(5, other, 1, 80);
	cr_expect_eq(why[5], ASKED_NOTHING);
	cr_expect_eq(asking_memory()->count, 1);
	asking_process_gone(other, true);
	cr_expect_eq(asking_memory()->count, 0);
}

/* Of a program of unknown origin a prompt is about one id. */
Test(asking, all_ids_end)
{
	uint64_t p = run("/bin/asks", ALICE), x = run("/tmp/x", ALICE);

	programs[x - 1].flags = PROCESS_PROVEN;
	ask_to(1, p, 1, 80);
	answer(RULE_ALLOW, LIFE_EXIT);
	ask_to(2, p, 2, 80);
	ask_to(3, x, 1, 80);
	cr_assert_eq(prompts_count(), 2);
	asking_ids_lost();
	cr_expect_eq(prompts_count(), 1);
	cr_expect_eq(asking_memory()->count, 0, "nothing is listed that does not count");
}

/* The newest word counts, whichever id it was about. */
Test(asking, answered_again)
{
	uint64_t p = run("/bin/asks", ALICE), again = run_on(p);
	static struct choice c;
	bool kept;

	ask_to(1, p, 1, 80);
	c = prompts_first()->about;
	c.life = LIFE_EXIT;
	c.action = RULE_DENY;
	cr_assert_null(asking_choose(&c, "test", &kept));
	c.process = one_process_of(&programs[again - 1]);
	c.action = RULE_ALLOW;
	cr_assert_null(asking_choose(&c, "test", &kept));
	cr_expect_eq(asking_memory()->count, 1);
	ask_to(2, again, 1, 80);
	cr_expect_eq(verdict[2], ACTION_ACCEPT);
}

/* What was refused, and lent so, is permitted from now on: that is a new generation, too. */
Test(asking, yes_judges_anew)
{
	uint64_t p = run("/bin/asks", ALICE);
	static struct choice c;
	bool kept;

	ask_to(1, p, 1, 80);
	c = prompts_first()->about;
	c.process = one_process_of(&programs[p - 1]);
	c.life = LIFE_EXIT;
	c.action = RULE_DENY;
	cr_assert_null(asking_choose(&c, "test", &kept));
	later(base, 1100);
	ask_to(2, p, 1, 80);
	cr_expect(verdict[2] == ACTION_BLOCK && lent[2] == GRANT_PROCESS);
	anew = 0;
	c.action = RULE_ALLOW;
	cr_assert_null(asking_choose(&c, "test", &kept));
	later(base, 1100);
	cr_expect_eq(anew, 1);
	ask_to(3, p, 1, 80);
	cr_expect_eq(verdict[3], ACTION_ACCEPT);
}

/* Both the chain of memory and its bounds: no answer takes another one's place. */
Test(asking, memory_is_bounded)
{
	uint64_t p = run("/bin/asks", ALICE), q = run("/bin/asks", BOB);
	const char *refused = NULL;
	unsigned taken = 0;
	bool kept;

	disk_full = true;
	for (unsigned i = 1; i <= 100; i++) {
		ask_to(i, p, i, 80);
		if (prompts_first() == NULL)
			continue;
		refused = choose(prompts_first(), RULE_ALLOW, LIFE_ALWAYS, &kept);
		taken += refused == NULL;
	}
	cr_expect_eq(taken, MEMORY_PROGRAM);
	cr_expect_not_null(refused);
	ask_to(200, p, 1, 80);
	cr_expect_eq(verdict[200], ACTION_ACCEPT);
	ask_to(201, q, 1, 80);
	cr_expect_eq(verdict[201], ACTION_BLOCK, "another user's");
}

Test(asking, once_lives_on)
{
	struct decide_request r = { .flow = 1, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .holders = 1,
		.holder = { run("/bin/asks", ALICE) }, .tuple = { .family = 4, .proto = 6, .sport = 40000, .dport = 80,
		.src = { 10, 0, 0, 2 }, .dst = { 9, 9, 2, 7 } } };

	ask_to(1, 1, 2 << 8 | 7, 80);
	answer(RULE_ALLOW, LIFE_ONCE);
	judge(&r, NULL);
	cr_assert_eq(verdict[1], ACTION_ACCEPT);
	later(base, ONCE_MS + 1000);
	asking_tick();
	r.again = true;
	judge(&r, NULL);
	cr_expect_eq(verdict[1], ACTION_ACCEPT);
	asking_flow_ended(1);
	judge(&r, NULL);
	cr_expect_eq(verdict[1], ACTION_BLOCK);
}

/* What was kept for a while counts no more, of whichever process; a session's word leaves root's alone. */
Test(asking, forgotten)
{
	uint64_t p = run("/bin/asks", ALICE);
	struct choice c = { .target = TARGET_PROGRAM, .directions = 14, .uid = ALICE, .path = "/bin/asks" };
	unsigned count;

	cr_expect_not_null(asking_forget(&c, &count), "there is nothing");
	cr_expect(forgotten[0] == 1 && forgotten[1] == 0 && reloads == 0);
	ask_to(1, p, 1, 80);
	answer(RULE_ALLOW, LIFE_EXIT);
	ask_to(2, p, 2, 80);
	answer(RULE_ALLOW, LIFE_ALWAYS);
	ask_to(3, p, 1, 80);
	cr_expect_eq(verdict[3], ACTION_ACCEPT);
	later(base, 1100);
	anew = 0;
	c.root = true;
	cr_expect_null(asking_forget(&c, &count));
	cr_expect_eq(count, 1, "of the other one only a copy is in memory");
	cr_expect(forgotten[0] == 2 && forgotten[1] == 1 && reloads == 2);
	later(base, 1100);
	cr_expect_geq(anew, 1, "what lives by it is judged anew");
	ask_to(4, p, 1, 80);
	cr_expect_eq(verdict[4], ACTION_BLOCK);
	ask_to(5, p, 2, 80);
	cr_expect_eq(verdict[5], ACTION_BLOCK);
	disk_full = true;
	cr_expect_not_null(asking_forget(&c, &count));
}
