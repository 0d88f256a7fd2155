/*
 * The suite's rules of one family as data: what should be there (from the text
 * that is built in), and what is there (from iptables-save). Trusts neither
 * order nor form of what other tools wrote.
 */
#ifndef SETUP_RULESET_H
#define SETUP_RULESET_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define RULESET_TABLES	5
#define TABLE_CHAINS	16
#define TABLE_JUMPS	64
#define NAME_BYTES	32

/*
 * Empty chains that keep in mind what was not there before us, so that it can
 * be removed with us: BW-WAS-NO-TABLE, BW-WAS-NO-<base chain>, BW-WAS-NO-ACCT.
 */
#define NOTE_PREFIX	"BW-WAS-NO-"

struct chain {
	char		name[NAME_BYTES];
	struct text	rules;		/* canonical, one a line */
};

/* A rule outside our chains that leads into one of them. */
struct jump {
	char		base[NAME_BYTES];
	size_t		position;	/* in its chain, from 1 */
	struct text	canon;
	struct text	spec;		/* as written, behind the chain's name */
};

struct table {
	char		name[NAME_BYTES];
	size_t		chains, jumps;
	struct chain	chain[TABLE_CHAINS];
	struct jump	jump[TABLE_JUMPS];
};

struct ruleset {
	int			 family;	/* 4 or 6 */
	const struct ruleset	*known;		/* whose chains count as ours; NULL: all */
	size_t			 tables;
	struct table		 table[RULESET_TABLES];
	/* of the line read last */
	struct table		*now;
	char			 in[NAME_BYTES];
	size_t			 position;
	bool			 broken;	/* a line of ours could not be read */
};

/* One line of iptables-save or of our own text, without its newline. */
void	ruleset_line(struct ruleset *, const char *line);
void	ruleset_free(struct ruleset *);

const struct table	*ruleset_table(const struct ruleset *, const char *name);
const struct chain	*table_chain(const struct table *, const char *name);

/* No chain and no jump of ours. */
bool	ruleset_is_empty(const struct ruleset *);
/* True if they are the same; else why says where they differ. */
bool	table_same(const struct table *want, const struct table *have, char *why, size_t size);

#endif
