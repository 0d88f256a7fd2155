/*
 * From a wish at steer.sock to a choice: whose program, which process, and what a program of
 * unknown origin may have. The rights themselves: test_answer_refused.c.
 */
/* links: policyd/answering.c policyd/answer_refused.c policyd/agents.c policyd/pace.c */
/* links: policyd/choice_line.c policyd/choice.c policyd/words.c policyd/diag.c policyd/scope.c policyd/name.c */
/* links: policyd/rules.c policyd/net_index.c policyd/condition.c policyd/place_index.c policyd/geo.c policyd/geo_value.c policyd/country.c policyd/name_index.c policyd/arena.c */
/* links: policyd/scan.c policyd/lang.y policyd/rule_build.c policyd/condition_build.c policyd/moment.c policyd/name_build.c policyd/value_build.c */
/* links: policyd/settings.c policyd/profile.c policyd/answers_build.c policyd/conf.c policyd/upstream.c policyd/upstreams.c policyd/file.c */
/* links: policyd/framework_build.c policyd/regex.c policyd/identity.c */
/* links: policyd/list_tags.c policyd/related_build.c policyd/registrable.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "answering.h"
#include "asking.h"
#include "current.h"
#include "packages.h"
#include "programs.h"

#define ALICE	1000

static struct policy	policy = { .session_may = SESSION_TEMPORARY };
static struct agents	agents = { .count = 1, .uid = { ALICE } };
static struct found	found;
static struct program	program = { .id = 7, .uid = ALICE, .path = "/tmp/x", .path_len = 6, .found = &found };
static struct prompt	prompt;
static struct choice	chosen;
static unsigned		choices, searches;
static bool		vouched;

const struct policy *
current_policy(void)
{
	return &policy;
}

const struct agents *
asking_agents(void)
{
	return &agents;
}

int64_t
asking_now_ms(void)
{
	return 1000000;
}

const char *
asking_choose(const struct choice *c, const char *why, bool *kept)
{
	(void)why;
	chosen = *c;
	choices++;
	*kept = true;
	return NULL;
}

static struct choice	forgotten;
static unsigned		forgets;

const char *
asking_forget(const struct choice *c, unsigned *count)
{
	forgotten = *c;
	forgets++;
	*count = 2;
	return NULL;
}

struct prompt *
prompts_find(uint64_t id)
{
	return id == 1 ? &prompt : NULL;
}

const struct program *
programs_by_path(const char *path, size_t len)
{
	searches++;
	return len == program.path_len && memcmp(path, program.path, len) == 0 ? &program : NULL;
}

const struct program *
programs_find(uint64_t id)
{
	return id == program.id ? &program : NULL;
}

bool
program_is_past(const struct program *p)
{
	(void)p;
	return false;
}

bool
program_is_vouched(const struct policy *p, const struct program *by)
{
	cr_assert(p == &policy && by == &program);
	return vouched;
}

const struct package *
packages_find(const char *path, size_t len)
{
	static const struct package curl = { .name = "curl" };

	return len == 13 && memcmp(path, "/usr/bin/curl", 13) == 0 ? &curl : NULL;
}

static const char *
choose(uint8_t action, uint8_t life, const char *path, uint32_t uid)
{
	struct wish w = { .action = action, .life = life, .about = { .target = TARGET_PROGRAM } };
	bool kept;

	snprintf(w.path, sizeof w.path, "%s", path);
	return answering(&w, uid, &kept);
}

/* Nobody need be asked first to allow more than an answer could. */
Test(answering, unknown_origin)
{
	cr_expect_not_null(choose(RULE_ALLOW, LIFE_EXIT, "/tmp/x", ALICE));
	cr_expect_eq(choices, 0);
	cr_expect_null(choose(RULE_DENY, LIFE_EXIT, "/tmp/x", ALICE), "what denies may");
	vouched = true;
	found.script_unknown = true;
	cr_expect_not_null(choose(RULE_ALLOW, LIFE_EXIT, "/tmp/x", ALICE), "nor may its script");
	found.script_unknown = false;
	cr_expect_null(choose(RULE_ALLOW, LIFE_EXIT, "/tmp/x", ALICE));
	cr_expect(choices == 2 && chosen.process.id == 7);
}

Test(answering, others_programs)
{
	program.uid = 1001;
	vouched = true;
	cr_expect_not_null(choose(RULE_ALLOW, LIFE_EXIT, "/tmp/x", ALICE));
	prompt.about.uid = 1001;
	cr_expect_not_null(answering(&(struct wish){ .prompt = 1, .action = RULE_DENY, .life = LIFE_ONCE }, ALICE, &(bool){ false }));
	cr_expect_null(answering(&(struct wish){ .prompt = 1, .action = RULE_DENY, .life = LIFE_ONCE }, 0, &(bool){ false }));
	cr_expect_eq(choices, 1);
}

/* Ten years are for good. */
Test(answering, long_times)
{
	struct wish w = { .action = RULE_ALLOW, .life = LIFE_TIME, .path = "/bin/x", .about = { .target = TARGET_PROGRAM } };
	bool kept;

	w.seconds = 31 * INT64_C(86400);
	cr_expect_not_null(answering(&w, ALICE, &kept));
	cr_expect_null(answering(&w, 0, &kept));
	w.action = RULE_DENY;
	cr_expect_null(answering(&w, ALICE, &kept));
	w.action = RULE_ALLOW;
	w.seconds = 30 * INT64_C(86400);
	cr_expect_null(answering(&w, ALICE, &kept));
	w.seconds++;
	policy.session_may = SESSION_EVERYTHING;
	cr_expect_null(answering(&w, ALICE, &kept));
}

/* A search goes through all programs: refused ones count as well. */
Test(answering, pace)
{
	for (unsigned i = 0; i < 1000; i++)
		cr_expect_not_null(choose(RULE_ALLOW, LIFE_EXIT, "/bin/none", ALICE));
	cr_expect_lt(searches, 30, "%u", searches);
	cr_expect_not_null(choose(RULE_ALLOW, LIFE_EXIT, "/bin/none", 0));
	cr_expect_lt(searches, 31, "root's do not");
}

/* Is what was chosen of that file? */
static bool
is_of(uint64_t dev, uint64_t ino, uint64_t ctime_ns)
{
	return chosen.filed && file_is_same(&chosen.file, &(struct file_id){ dev, ino, ctime_ns });
}

/* What a prompt's answer allows for longer is of the file that asked, and of no other. */
Test(answering, file_of_prompt)
{
	struct wish w = { .prompt = 1, .action = RULE_ALLOW, .life = LIFE_ALWAYS };
	bool kept;

	policy.session_may = SESSION_EVERYTHING;
	prompt = (struct prompt){ .about = { .target = TARGET_PROGRAM, .uid = ALICE, .process = { .id = 7 }, .path = "/opt/x",
	    .file = { 1, 2, 3 } }, .vouched = true };
	cr_expect(answering(&w, ALICE, &kept) == NULL && is_of(1, 2, 3));
	w.whole = true;
	cr_expect(answering(&w, ALICE, &kept) == NULL && is_of(1, 2, 3), "the whole application");
	w.life = LIFE_TIME;
	w.seconds = 60;
	cr_expect(answering(&w, 0, &kept) == NULL && is_of(1, 2, 3), "root's, too");
	w.action = RULE_DENY;
	cr_expect(answering(&w, ALICE, &kept) == NULL && !chosen.filed, "a denial is not");
	w.action = RULE_ALLOW;
	w.life = LIFE_ONCE;
	cr_expect(answering(&w, ALICE, &kept) == NULL && !chosen.filed);
	w.life = LIFE_EXIT;
	cr_expect(answering(&w, ALICE, &kept) == NULL && !chosen.filed);
	w.life = LIFE_ALWAYS;
	strcpy(prompt.about.path, "/usr/bin/curl");
	cr_expect(answering(&w, ALICE, &kept) == NULL && !chosen.filed, "nor is one of a package's file");
	cr_expect_eq(searches, 0);
}

/* Unasked: of the file that is known to run. */
Test(answering, file_of_program)
{
	program.dev = 4;
	program.ino = 5;
	program.ctime_ns = -6;
	program.flags = PROCESS_PROVEN;
	cr_expect(choose(RULE_ALLOW, LIFE_ALWAYS, "/tmp/x", 0) == NULL && is_of(4, 5, UINT64_MAX - 5));
	cr_expect(choose(RULE_DENY, LIFE_ALWAYS, "/tmp/x", 0) == NULL && !chosen.filed);
	cr_expect(choose(RULE_ALLOW, LIFE_ALWAYS, "/opt/none", 0) == NULL && !chosen.filed, "none runs");
	program.flags = 0;
	cr_expect(choose(RULE_ALLOW, LIFE_ALWAYS, "/tmp/x", 0) == NULL && !chosen.filed, "another one stands there");
}

/* A session has its own answers forgotten while it might allow; root anybody's. */
Test(answering, forget)
{
	struct wish w = { .path = "/bin/x", .about = { .target = TARGET_PROGRAM, .directions = 14 } };
	unsigned count;

	cr_expect_null(answering_forget(&w, ALICE, &count));
	cr_expect(forgets == 1 && count == 2 && forgotten.uid == ALICE && !forgotten.root && forgotten.directions == 14);
	cr_expect_str_eq(forgotten.path, "/bin/x");
	w.has_user = true;
	w.user = 1001;
	cr_expect_not_null(answering_forget(&w, ALICE, &count), "another's");
	cr_expect_null(answering_forget(&w, 0, &count));
	cr_expect(forgets == 2 && forgotten.uid == 1001 && forgotten.root);
	w.has_user = false;
	cr_expect_not_null(answering_forget(&w, 1001, &count), "no agent");
	cr_expect_not_null(answering_forget(&w, 33, &count), "no person");
	policy.session_may = SESSION_NOTHING;
	cr_expect_not_null(answering_forget(&w, ALICE, &count), "what it denied it could not allow");
	cr_expect_null(answering_forget(&w, 0, &count));
	cr_expect_eq(forgets, 3);
	policy.session_may = SESSION_TEMPORARY;
	for (unsigned i = 0; i < 1000; i++)
		(void)answering_forget(&w, ALICE, &count);
	cr_expect_lt(forgets, 30);
}
