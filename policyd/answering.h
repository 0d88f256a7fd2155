/*
 * Who may answer what: a wish from steer.sock becomes a choice, or is refused. Called
 * by main.c for steer.c, which knows from the kernel who speaks.
 */
#ifndef POLICYD_ANSWERING_H
#define POLICYD_ANSWERING_H

#include "prompts.h"
#include "wish.h"

#define SESSION_TIME_MOST	(30 * INT64_C(86400))	/* seconds; what is allowed for longer is as good as always */

struct speaker {
	uint32_t	uid;
	bool		agent;		/* has one (agents.h) */
	uint8_t		may;		/* enum session_may */
};

/*
 * NULL, or why this choice is not the speaker's. vouched: the program's file is known
 * for certain, as far as that is known now.
 */
const char	*answer_refused(const struct speaker *, const struct choice *, bool vouched);
/* NULL, or why this is not the speaker's to forget. */
const char	*forget_refused(const struct speaker *, const struct choice *);
/* NULL: so many answers about what the wish names were forgotten. */
const char	*answering_forget(const struct wish *, uint32_t uid, unsigned *count);
/* NULL: done. kept: as asking_choose() says. */
const char	*answering(const struct wish *, uint32_t uid, bool *kept);

#endif
