/*
 * What a person chose when asked, or said unasked: for which program, which
 * destination, for how long. Becomes a rule of check 17: one that is kept in
 * memory (memory.h), or a line of a file (choice_line.h).
 */
#ifndef POLICYD_CHOICE_H
#define POLICYD_CHOICE_H

#include "one_process.h"
#include "rules.h"
#include "types.h"

enum life {
	LIFE_ONCE = 1,		/* this connection alone */
	LIFE_EXIT,		/* until the process ends */
	LIFE_TIME,
	LIFE_ALWAYS,
};

enum target {
	TARGET_PROGRAM = 1,	/* whatever it does */
	TARGET_NAME,
	TARGET_NET,
	TARGET_SCOPE,
};

struct choice {
	uint8_t		action;			/* RULE_ALLOW, RULE_DENY or RULE_ASK */
	uint8_t		life;			/* enum life */
	uint8_t		target;			/* enum target */
	uint8_t		directions;		/* 1 << enum direction */
	bool		zone;			/* and all names below it */
	bool		root;			/* chosen by root; else by a session, which allows only what is asked */
	char		name[DOMAIN_MOST + 1];	/* TARGET_NAME: lower case, without the last dot */
	struct net	net;			/* TARGET_NET */
	uint8_t		scopes;			/* TARGET_SCOPE: enum scope, several */
	bool		keyed;			/* of these protocols and ports alone: */
	struct keys	keys;
	int64_t		until_s;		/* LIFE_TIME: seconds since 1970 */
	uint32_t	by;			/* who chose; */
	uint32_t	uid;			/* whose program: */
	struct one_process process;		/* none unless LIFE_ONCE or LIFE_EXIT */
	bool		filed;			/* of this file alone, whatever stands under the path later: */
	struct file_id	file;
	char		path[PATH_BYTES + 1];
};

/* A rule with the room for what it points to. Not to be copied. */
struct choice_rule {
	struct rule	 rule;
	struct name_pattern name;
	struct net	 net;
	struct keys	 keys;
	struct condition condition;
	char		 text[DOMAIN_MOST + 1];
};
void	choice_rule(const struct choice *, struct choice_rule *);
/* The reverse: action, directions, destination and port. False: no choice makes a rule like that. */
bool	choice_of_rule(const struct rule *, struct choice *);
/* Is the new one about everything that the old one is about? Of whichever files: the newest word counts. */
bool	choice_covers(const struct choice *new, const struct choice *old);
/* An address alone is no matter of questions for names, whatever a rule of check 11 with one would say. */
bool	choice_fits(const struct rule *, const struct rule_query *);

#endif
