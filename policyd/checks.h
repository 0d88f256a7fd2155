/*
 * What decide.c and the checks (check_*.c) share.
 */
#ifndef POLICYD_CHECKS_H
#define POLICYD_CHECKS_H

#include "agents.h"
#include "framework.h"
#include "judge.h"

struct judging {
	const struct facts *f;
	const struct policy *p;
	enum level	 level;			/* in force: system's and profile's, the higher */
	uint8_t		 direction;		/* enum direction, as seen by this profile's program */
	const uint8_t	*remote;		/* the other end's address */
	struct place	 src, dst, place;	/* place: of remote */
	const struct program *program;		/* or NULL */
	const struct profile *profile;		/* or NULL: none names it */
	bool		 infrastructure;	/* no program: verdicts count as check 3 */
	bool		 opinion;		/* a further profile that may only tighten */
	bool		 overlay;		/* a user's: on flags that it does not state it has no opinion */
	bool		 changed;		/* an answer was found that is of another file */
	bool		 answered;		/* a check asked, and the answer is yes */
	bool		 unvouched;		/* its script is of unknown origin: no lasting answer allows it anything */
	const struct rule *wants_asking;	/* an answer that says: ask */
	bool		 tunnel;		/* a rule wants the tunnel */
	struct where	 tunnel_where;
	bool		 freed;			/* a rule names the domain: block lists don't count */
	struct whereabouts *whereabouts;	/* of remote; all profiles share what was found */
	struct decision	*out;
};

/* A check returns true when it stated the verdict. */
typedef bool	check_fn(struct judging *);

check_fn	check_own, check_bogus, check_existed;
check_fn	check_attack, check_inspection;
check_fn	check_user, check_question, check_direction, check_scope, check_connect, check_rules,
		check_direct, check_domains, check_answers, check_default, check_tunnel;
check_fn	check_related, check_bypass, check_discovery, check_lists;
/* Check 12's condition: to the Internet, without a name, while names are known. */
bool		is_direct(const struct judging *);
/* Are questions led to the suite's resolver at all? */
bool		resolver_serves(const struct judging *);
/* What rules are looked for. */
struct circumstances judged_circumstances(const struct judging *);
struct rule_query judged_query(const struct judging *, const struct circumstances *);
/* What was answered of this program and destination before. rule: NULL when nothing was. */
struct answered {
	const struct rule *rule;
	const struct rule *asking;	/* one that says: ask; it may be answered by rule */
	bool		 asked_only;	/* rule (or the changed one) allows what is asked, and nothing else */
	bool		 once;		/* rule is for this connection alone */
	bool		 changed;	/* nothing allows or denies it, but an answer would that is of another file */
};
struct answered	answers_of(const struct judging *);
/* May answers for this program be remembered: is its file known for certain? */
bool		origin_is_vouched(const struct judging *);
/* Check 9 of a question: by its name, for want of an address. */
check_fn	check_reach;
/* Check 6: finds the profile and sets j->profile and j->level. */
check_fn	check_profile;
/* What the program was found to be in this policy, beside its path; NULL: nothing more. */
const struct found *found_of(const struct policy *, const struct program *);
/* The profile that names the program, by the first way that leads to one; NULL: none. */
const struct profile *profile_find(const struct policy *, const struct program *, enum say *how);
/* The chosen profile, without a look at the program's origin. */
void		profile_take(struct judging *, const struct profile *);

bool		looped_group(const struct judging *);
/* Of a question: the block lists that count for it, and the list of resolvers; 1 << number of each. */
uint64_t	lists_counting(const struct judging *);
/* Is it a name of the local network that is asked for? */
bool		asks_local(const struct judging *);

/* Notes a check that passed on. */
void	pass(struct judging *, unsigned check, enum say, struct where);
/* States a verdict; returns true. */
bool	accept(struct judging *, unsigned check, enum say, struct where);
/* To the suite's own resolver. */
bool	lead_to_resolver(struct judging *, unsigned check, enum say, struct where);
/* Block or drop, by who is to be answered. */
bool	deny(struct judging *, unsigned check, enum say, struct where);
/* True unless an answer allows it: then the checks go on. */
bool	ask(struct judging *, unsigned check, enum say, struct where);
bool	block(struct judging *, unsigned check, enum say, struct where);
bool	drop(struct judging *, unsigned check, enum say, struct where);
/* By a setting of the policy: true unless its value permits. */
bool	by_setting(struct judging *, unsigned check, enum say, enum setting);

static inline enum value
setting_value(const struct judging *j, enum setting s)
{
	return j->p->settings.value[s][j->level];
}

#endif
