/*
 * The decision. decide() is a pure function of its arguments: no clock, no
 * memory, no input or output, and its cost does not grow with the number of
 * profiles and rules.
 *
 * Numbers of checks are those of docs/policy.md; 0 stands for what is not a
 * check ("existed before").
 */
#ifndef POLICYD_JUDGE_H
#define POLICYD_JUDGE_H

#include "facts.h"
#include "looked.h"
#include "policy.h"
#include "say.h"

#define STEPS_MOST	24

struct step {			/* one check on the way, the last of which stated the verdict */
	uint8_t		check;
	uint8_t		action;		/* enum action; 0: passed on */
	uint8_t		asked;		/* enum asked */
	bool		changed;	/* an answer would allow it, but was given for another file under that path */
	uint16_t	say;		/* enum say */
	uint16_t	setting;	/* SAY_SETTING(), or 0 */
	struct where	where;		/* the line that spoke */
	const struct profile *profile;	/* or NULL */
	const struct route *route;	/* the way through the tunnel that a rule names; or NULL */
};

struct decision {
	uint8_t		action;		/* enum action */
	uint8_t		grant;		/* enum grant_of */
	uint8_t		looked;		/* enum looked, several */
	bool		permanent;
	bool		at_once;	/* refused, and the next such call may fail without a packet; with grant */
	bool		ask;		/* a person is to be asked; until then it is refused */
	bool		once;		/* by an answer for this connection alone, which ends by itself */
	bool		vouched;		/* with ask: the asker's file is known, answers may last */
	uint8_t		ask_direction;	/* with ask: as the asker sees it; enum direction */
	const struct program *asker;	/* with ask: whose question it is; NULL: no program's */
	bool		alarm;		/* a person should know */
	bool		inspected;	/* the verdict is for this packet: inspection wants the next ones, too */
	bool		named;		/* under another name of its address it might be another verdict */
	bool		by_address;	/* of a question: some addresses may be out of its program's reach */
	uint64_t	lists;		/* of a question that is permitted: block lists that count, by number */
	unsigned	holder;		/* whose verdict it is, if there are several */
	unsigned	steps;		/* at least 1 */
	struct step	step[STEPS_MOST];
};

void	decide(const struct facts *, const struct policy *, enum level, struct decision *);

static inline const struct step *
decision_reason(const struct decision *d)
{
	return &d->step[d->steps - 1];
}

/* May answers for this program be remembered: is its file known for certain? Of a script it says nothing. */
bool	program_is_vouched(const struct policy *, const struct program *);

#endif
