/*
 * A policy: all profiles, settings and global rules in force at one moment,
 * indexed. Never changed once made; a new one takes its place.
 */
#ifndef POLICYD_POLICY_H
#define POLICYD_POLICY_H

#include "layers.h"
#include "schedule.h"

#define USER_PROFILES	4	/* profiles of one user for one name; all must permit */
#define POLICY_WARNINGS	8
#define FRAMEWORKS_MOST	1000	/* looked through when a program is told; what is more is left out */

struct policy_entry;

struct policy {
	struct arena	 arena;
	uint8_t		 level;			/* of bulwark.conf; LEVEL_DYNAMIC when not stated */
	struct where	 level_where;
	struct settings	 settings;
	struct ruleset	 rules;			/* global */
	uint8_t		 session_may;		/* enum session_may */
	struct where	 session_where;
	struct schedule	 schedule;		/* of all rules */
	bool		 by_country, by_as;	/* some rule is: without one no database of them is needed */
	const struct conf *conf;		/* for its resolvers and lists; NULL: none */
	unsigned	 profiles_count, profiles_size;
	const struct profile **profiles;	/* in force, for lists */
	uint32_t	 serial;		/* no other policy has it; never 0 */
	unsigned	 frameworks_count;
	const struct profile **frameworks;	/* the first whose path fits counts; some deny: broken files */
	unsigned	 broken_files;
	bool		 conf_broken;		/* bulwark.conf is one of them */
	bool		 conf_unread;		/* and nothing of it could be read: level is the highest */
	unsigned	 prefix_depth, user_prefix_depth;	/* slashes in the deepest prefix */
	bool		 prefixes, user_names, answers;
	bool		 units;			/* some virtual name is one that a cgroup gives */
	unsigned	 names_mask;
	struct policy_entry **names;
	unsigned	 warnings;
	char		 warning[POLICY_WARNINGS][120];
	size_t		 files_count, files_size;
	struct file	**files;		/* references held */
};

struct policy	*policy_new(const struct layers *);
void		 policy_free(struct policy *);

/* NULL: none. path is as the kernel gives it. */
const struct profile *policy_exact(const struct policy *, const char *path, size_t len);
const struct profile *policy_prefix(const struct policy *, const char *path, size_t len);
const struct profile *policy_virtual(const struct policy *, const char *name);
/* Profiles of a user's own files, exact before prefix; returns their number (at most USER_PROFILES). */
unsigned	 policy_user(const struct policy *, uint32_t uid, const char *path, size_t len,
		    const struct profile *out[USER_PROFILES]);

/* The same, those with answers for this very path. */
unsigned	 policy_answers(const struct policy *, uint32_t uid, const char *path, size_t len,
		    const struct profile *out[USER_PROFILES]);
/* Does any profile in force have this flag? */
bool		 policy_has_flag(const struct policy *, enum flag);

#endif
