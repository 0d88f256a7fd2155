/*
 * Who may answer what.
 */
/* links: policyd/answer_refused.c policyd/agents.c */
#include <criterion/criterion.h>

#include "agents.h"
#include "answering.h"

#define ROOT	0
#define ALICE	1000
#define BOB	1001
#define DAEMON	33

static const struct row {
	uint32_t	uid;
	bool		agent;
	uint8_t		may;
	uint32_t	owner;
	uint8_t		action, life;
	bool		vouched, allowed;
} rows[] = {
	/* root may all, but what nobody can */
	{ ROOT, false, SESSION_NOTHING, ALICE, RULE_ALLOW, LIFE_ALWAYS, true, true },
	{ ROOT, false, SESSION_TEMPORARY, DAEMON, RULE_ALLOW, LIFE_EXIT, true, true },
	{ ROOT, false, SESSION_TEMPORARY, ALICE, RULE_ALLOW, LIFE_ONCE, false, true },
	{ ROOT, false, SESSION_EVERYTHING, ALICE, RULE_ALLOW, LIFE_ALWAYS, false, false },
	{ ROOT, false, SESSION_EVERYTHING, ALICE, RULE_ALLOW, LIFE_TIME, false, false },
	{ ROOT, false, SESSION_EVERYTHING, ALICE, RULE_DENY, LIFE_EXIT, false, false },
	/* a session: for its own programs, not for good */
	{ ALICE, true, SESSION_TEMPORARY, ALICE, RULE_ALLOW, LIFE_ONCE, true, true },
	{ ALICE, true, SESSION_TEMPORARY, ALICE, RULE_ALLOW, LIFE_EXIT, true, true },
	{ ALICE, true, SESSION_TEMPORARY, ALICE, RULE_ALLOW, LIFE_TIME, true, true },
	{ ALICE, true, SESSION_TEMPORARY, ALICE, RULE_ALLOW, LIFE_ALWAYS, true, false },
	{ ALICE, true, SESSION_EVERYTHING, ALICE, RULE_ALLOW, LIFE_ALWAYS, true, true },
	{ ALICE, true, SESSION_NOTHING, ALICE, RULE_ALLOW, LIFE_ONCE, true, false },
	{ ALICE, true, SESSION_NOTHING, ALICE, RULE_DENY, LIFE_ALWAYS, true, true },
	{ ALICE, true, SESSION_NOTHING, ALICE, RULE_ASK, LIFE_ALWAYS, true, true },
	{ ALICE, true, SESSION_TEMPORARY, ALICE, RULE_ALLOW, LIFE_ONCE, false, true },
	{ ALICE, true, SESSION_EVERYTHING, ALICE, RULE_ALLOW, LIFE_TIME, false, false },
	/* without an agent, or for others: nothing */
	{ ALICE, false, SESSION_EVERYTHING, ALICE, RULE_ALLOW, LIFE_ONCE, true, false },
	{ ALICE, false, SESSION_EVERYTHING, ALICE, RULE_DENY, LIFE_ONCE, true, false },
	{ ALICE, true, SESSION_EVERYTHING, BOB, RULE_ALLOW, LIFE_ONCE, true, false },
	{ ALICE, true, SESSION_EVERYTHING, BOB, RULE_DENY, LIFE_ONCE, true, false },
	{ ALICE, true, SESSION_EVERYTHING, ROOT, RULE_DENY, LIFE_ONCE, true, false },
	/* a service, whatever it opens */
	{ DAEMON, true, SESSION_EVERYTHING, DAEMON, RULE_ALLOW, LIFE_ONCE, true, false },
	{ DAEMON, true, SESSION_EVERYTHING, DAEMON, RULE_DENY, LIFE_ONCE, true, false },
	{ 65534, true, SESSION_EVERYTHING, 65534, RULE_ALLOW, LIFE_ONCE, true, false },
	{ 62000, true, SESSION_EVERYTHING, 62000, RULE_ALLOW, LIFE_ONCE, true, false },
};

Test(answer_refused, rows)
{
	static struct choice c;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct speaker s = { r->uid, r->agent, r->may };

		c.uid = r->owner;
		c.action = r->action;
		c.life = r->life;
		cr_expect_eq(answer_refused(&s, &c, r->vouched) == NULL, r->allowed, "row %zu: %s", i,
		    answer_refused(&s, &c, r->vouched));
	}
}

Test(answer_refused, agents)
{
	struct agents a = { .count = 0 };

	cr_expect(agents_add(&a, 5) && !agents_add(&a, 5) && agents_have(&a, 5) && !agents_have(&a, 0));
	cr_expect(!agents_remove(&a, 5) && agents_have(&a, 5) && agents_remove(&a, 5) && !agents_have(&a, 5));
	cr_expect(!agents_remove(&a, 5));
	for (uint32_t uid = 0; uid < AGENTS_MOST + 5; uid++)
		cr_expect_eq(agents_add(&a, uid), uid < AGENTS_MOST);
	cr_expect_eq(a.count, AGENTS_MOST);
}
