/*
 * The syntax tree of one policy file, as lang.y builds it: shape only. What
 * the words mean is decided by profile.c, rule_build.c and conf.c.
 */
#ifndef POLICYD_AST_H
#define POLICYD_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct pos {
	uint32_t	line, column;	/* from 1; a column is a character, a tab counts as one */
};

struct atom {			/* a word, "string" or $variable */
	struct atom	*next;
	struct pos	 at;
	const char	*text;
	bool		 quoted;
};

enum match_kind {
	MATCH_DIRECTION = 1, MATCH_ADDRESS, MATCH_NET, MATCH_RANGE, MATCH_SCOPE, MATCH_PORT,
	MATCH_PROTOCOL, MATCH_ICMP, MATCH_DOMAIN, MATCH_UP_TO,
	MATCH_COUNTRY, MATCH_AS, MATCH_USER, MATCH_NETWORK, MATCH_AT, MATCH_DAYS, MATCH_UNTIL, MATCH_DIRECT, MATCH_EXIT,
	MATCH_HOPS, MATCH_FILE,
};

struct ast_match {
	struct ast_match *next;
	struct pos	 at;
	enum match_kind	 kind;
	struct atom	*values;
};

/* Deny: answered at once, or silent towards other machines; block: always answered; drop: never. */
enum rule_action { RULE_NONE = 0, RULE_ALLOW, RULE_DENY, RULE_BLOCK, RULE_DROP, RULE_ASK, RULE_TUNNEL };

static inline bool
rule_denies(enum rule_action a)
{
	return a == RULE_DENY || a == RULE_BLOCK || a == RULE_DROP;
}

struct ast_rule {
	struct ast_rule	*next;
	struct pos	 at;
	enum rule_action action;
	struct ast_match *matches;
};

enum prop_kind {
	PROP_PATH = 1, PROP_PREFIX, PROP_VIRTUAL, PROP_DESCRIPTION, PROP_ICON, PROP_LEVEL, PROP_FLAGS,
	PROP_CONNECT, PROP_LISTEN, PROP_DOMAINS, PROP_DEFAULT, PROP_TLS, PROP_VENDOR, PROP_RULES,
	PROP_ANSWERS, PROP_SESSION_ANSWERS,
	PROP_FIND, PROP_BUILD, PROP_PARENT_LEVEL, PROP_MERGE,
	PROP_IGNORE_LISTS,
};

struct ast_prop {
	struct ast_prop	*next;
	struct pos	 at;
	enum prop_kind	 kind;
	struct atom	*values;
	struct ast_rule	*rules;
};

enum statement_kind {
	STATEMENT_PROFILE = 1, STATEMENT_EXTEND, STATEMENT_LEVEL, STATEMENT_SET, STATEMENT_DEFINE,
	STATEMENT_INCLUDE, STATEMENT_RULES, STATEMENT_LIST, STATEMENT_RESOLVER,
	STATEMENT_SESSION_MAY,
	STATEMENT_FRAMEWORK,
};

struct ast_statement {
	struct ast_statement *next;
	struct pos	 at;
	enum statement_kind kind;
	struct atom	*name;		/* of profile, setting, variable, level, included file, list */
	struct atom	*values;	/* of a list: its file and its tag; of a level: when it counts */
	struct ast_prop	*props;
	struct ast_rule	*rules;
};

struct ast {
	struct arena	 arena;
	struct ast_statement *statements;
};

#endif
