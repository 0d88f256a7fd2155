/*
 * What a person says at steer.sock about a program's connections, as it came:
 * an answer to a prompt, or said unasked. Only its form is checked (steer_prompts.c);
 * what it may change is answering.c's matter.
 */
#ifndef POLICYD_WISH_H
#define POLICYD_WISH_H

#include "choice.h"

#define WISH_DAYS_MOST	3660

struct wish {
	uint64_t	prompt;		/* the prompt's id; 0: unasked, and the rest below counts */
	uint8_t		action;		/* RULE_ALLOW, RULE_DENY; unasked also RULE_ASK */
	uint8_t		life;		/* enum life */
	int64_t		seconds;	/* LIFE_TIME */
	bool		whole;		/* the program, whatever the destination */
	bool		both;		/* both directions */

	bool		has_user;
	uint32_t	user;		/* whose program; else the speaker's */
	char		path[PATH_BYTES + 1];
	struct choice	about;		/* target and directions */
};

/*
 * A destination: "any", a domain, ".zone", an address, a net, or a word for a scope,
 * in any case of letters. False: none of these.
 */
bool	wish_target(const char *text, struct choice *);
/* "tcp/443", or a protocol's name or number. */
bool	wish_port(const char *text, struct choice *);
/* "once", "exit", "always", or "15m", "2h", "3d". */
bool	wish_life(const char *text, struct wish *);

#endif
