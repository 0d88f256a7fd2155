/*
 * One policy file in its built form: profiles, or bulwark.conf. Made from
 * text, never changed, shared by the policies that use it (refs).
 */
#ifndef POLICYD_FILE_H
#define POLICYD_FILE_H

#include <sys/types.h>

#include "profile.h"
#include "settings.h"

#define INCLUDE_DEPTH	4
#define INCLUDES_MOST	16
#define LISTS_MOST	63
#define LIST_RESOLVERS	63	/* the number of the list of other resolvers, which is ours */
#define LIST_RESOLVERS_NAME "known resolvers"
#define LIST_NAME_MOST	63		/* bytes */

/* Tells a changed file from an unchanged one. */
struct stamp {
	uint64_t	dev, ino;
	int64_t		size, mtime, ctime;	/* times in nanoseconds */
	bool		fresh;			/* changed so lately that the times may not tell a change */
};

/* A block list (docs/lists.md): named here, read elsewhere. */
struct conf_list {
	const char	*name, *path, *tag;
	enum setting	 setting;	/* at which levels it counts */
	struct where	 where;
};

#define RESOLVERS_MOST	8

/* What may switch the level by itself (level_auto.h). */
enum level_reason { REASON_NETWORK, REASON_ATTACK, LEVEL_REASONS };

struct level_rule {
	uint8_t		 level;			/* enum level; 0: not stated, secure is built in */
	struct where	 where;
};

struct conf {
	uint8_t		 level;			/* enum level; 0: not stated */
	struct where	 level_where;
	struct level_rule level_rule[LEVEL_REASONS];
	bool		 unread;		/* what it says is not known: the strictest stands in */
	struct settings	 settings;		/* built-in values where not stated */
	struct ruleset	 rules;
	struct define	*defines;
	unsigned	 resolvers_count;
	bool		 resolver_unread;	/* one of them: it may have been an encrypted one */
	const char	*resolver[RESOLVERS_MOST];	/* URLs and addresses that upstream_read() takes */
	uint8_t		 session_may;		/* enum session_may; 0: not stated */
	struct where	 session_where;
	unsigned	 lists_count;
	struct conf_list *lists;		/* each name once; NULL if there is none */
	unsigned	 includes;
	const char	*include[INCLUDES_MOST];
	struct stamp	 include_stamp[INCLUDES_MOST];
};

struct file {
	unsigned	 refs;
	enum layer	 layer;
	uint32_t	 uid;			/* LAYER_USER: whose */
	const char	*name;			/* without folder: files of one name belong together */
	const char	*shown;			/* as people know it */
	struct arena	 arena;
	bool		 extends;		/* has "extend" statements */
	bool		 stand_in;		/* made of a broken file: denies its names, or
						   is what bulwark.conf makes stricter */
	unsigned	 profiles_count;
	struct profile	**profiles;
	struct conf	*conf;			/* NULL for files of profiles */
};

/* Which statements a file may hold. */
enum file_kind { FILE_PROFILES = 1, FILE_CONF = 2, FILE_ANY = 3 };

struct text {
	char		*bytes;
	size_t		 len;
	struct stamp	 stamp;
};

struct file_source {
	enum file_kind	 kind;
	enum layer	 layer;
	uint32_t	 uid;
	const char	*name, *shown;
	const char	*folder, *folder_shown;	/* of include; NULL: not allowed */
	const struct define *defines;		/* bulwark.conf's, or NULL */
};

/* -1: not a regular file, too long, or unreadable (errno). */
int		 text_read(const char *path, struct text *);
/* Why text_read() failed with this errno, and what to do about it. */
const char	*text_refusal(const char *path, int error);
void		 text_free(struct text *);
bool		 stamp_same(const struct stamp *, const struct stamp *);
int		 stamp_of(const char *path, struct stamp *);

/*
 * NULL on any error (diag says which), but for bulwark.conf: there the result
 * then holds what tightens and could be read. The caller drops its reference.
 */
struct file	*file_build(const struct file_source *, const char *text, size_t len, struct diag *);
/* The names that a broken text holds, each with a profile that denies. why is copied. */
struct file	*file_stand_in(const struct file_source *, const char *text, size_t len,
		    uint32_t line, const char *why);
/* The same for the profiles of another, good file. */
struct file	*file_deny(const struct file *, const char *why, const struct file *because);
/* For a bulwark.conf of which nothing can be read: level fortress and the strictest settings. */
struct file	*file_unread(const struct file_source *);
struct file	*file_ref(struct file *);
void		 file_drop(struct file *);	/* NULL is fine */

#endif
