/*
 * Framework profiles: from a program to what really acts in it (an interpreter's script),
 * or who began it. What is found that way rests on what the program says of itself, so
 * it may only tighten: interpreter and script must both permit.
 */
#ifndef POLICYD_FRAMEWORK_H
#define POLICYD_FRAMEWORK_H

#include "facts.h"
#include "identity.h"
#include "policy.h"
#include "regex.h"

#define REMATCHES_MOST	10
#define TEMPLATES_MOST	8

struct template {
	const char	*text;		/* with {1} to {9} and {CWD}; {0} is the whole that fitted */
	bool		 is_virtual;	/* makes a virtual name: no file need exist */
};

struct framework {
	const struct regex *find;	/* NULL: only where it leads to a parent */
	struct where	 find_where;
	unsigned	 templates;
	struct template	 template[TEMPLATES_MOST];	/* the first that leads somewhere counts */
	uint8_t		 parent_level;	/* 0: not to a parent */
	bool		 merge;		/* with that parent */
};

/* Errors go to b->diag. */
const struct framework *framework_build(struct build *, const struct ast_statement *);
/* Of one file: does a framework lead back to itself, whatever the program? */
void	frameworks_check(struct build *, struct profile *const *, unsigned count);
/* Does its path, whose last part may have a '*', fit this one? */
bool	framework_fits(const struct profile *, const char *path, size_t len);
/* NULL: none. May be a stand-in that denies. */
const struct profile *framework_of(const struct policy *, const char *path, size_t len);

/* Frameworks that say something, the last profile, its user's, and those by claimed names. */
#define FOUND_MOST	(REMATCHES_MOST + 1 + 1 + USER_PROFILES + IDENTITIES)

/* What a program was found to be, in one policy. */
struct found {
	uint32_t	 serial;		/* of the policy; 0: not looked yet */
	const struct profile *identity;		/* by a proven virtual name, or NULL */
	const struct profile *container;	/* by its container's, of the one or of all of its kind, or NULL */
	uint8_t		claimed;		/* so many of also are by claimed names, and come first */
	const struct profile *framework;	/* that fits its file and says something itself, or is broken; or NULL */
	unsigned	 also_count;
	struct {
		const struct profile *profile;
		bool	 overlay;		/* a user's */
	} also[FOUND_MOST];			/* each may only tighten */
	uint8_t		 part_of;		/* the parent, 1 the nearest, that it counts as a part of; 0: none */
	bool		 script_unknown;	/* a script of unknown origin, and no profile names it */
	struct where	 script_where;		/* the framework that led to it */
	bool		 by_hints;		/* a framework fits its file: what it says of itself counts */
	bool		 unlooked;		/* a framework fits its file, and whod read no hints yet: it can't be judged */
	const struct profile *limited;		/* a framework whose find was given up; or NULL */
};

/* Of each step of the search, for people. text may hold bytes that the program chose. */
typedef void	framework_tell(void *ctx, const struct profile *, struct where, const char *text);

/* tell may be NULL. */
void	framework_search(const struct policy *, const struct program *, struct found *, framework_tell *,
	    void *ctx);

#endif
