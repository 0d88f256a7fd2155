/*
 * Profiles: what a program may do, as one file says it. Built once from the
 * syntax tree, then only read; owned by the arena of its file, or of the
 * policy when it was put together from several (extend).
 */
#ifndef POLICYD_PROFILE_H
#define POLICYD_PROFILE_H

#include "name_index.h"
#include "rules.h"
#include "words.h"

#define PROFILES_MOST	10000	/* of one file */
#define NAME_MOST	100	/* bytes of a profile's name */

/* Who wrote a file. A higher layer wins; users' files only tighten, for their own programs. */
enum layer { LAYER_BUILTIN = 0, LAYER_VENDOR = 1, LAYER_ADMIN = 2, LAYER_USER = 3 };

struct profile_name {		/* what a profile is found by */
	enum prop_kind	 kind;		/* PROP_PATH, PROP_PREFIX (without its last slash), PROP_VIRTUAL */
	const char	*text;
	size_t		 len;
	struct where	 where;
};

struct build;
struct ast_prop;
/* The property domains: the only ones that the program may talk to. */
struct domains {
	bool		 stated;
	struct where	 where;
	const struct name_index *index;
};
bool		 domains_have(const struct domains *, const char *name, size_t len);

/* What people answered, in a user's file (check 17). */
struct answers {
	struct ruleset	 rules;
	struct ruleset	 nameful;	/* those of them that may speak of questions for names */
};
void		 answers_build(struct build *, const struct ast_prop *, struct answers *);

struct profile {
	const char	*name;
	struct where	 where;
	bool		 extends;	/* to be laid over the lower layer's profile of that name */
	const char	*broken;	/* not NULL: a stand-in for a file with an error, denies all */
	unsigned	 names_count;
	const struct profile_name *names;
	const char	*description, *icon;	/* or NULL */
	uint8_t		 level;		/* minimum; 0: not stated */
	struct where	 level_where;
	bool		 flags_stated;
	uint16_t	 flags;		/* enum flag */
	struct where	 flags_where;
	struct ports	 connect, listen;
	struct domains	 domains;
	uint8_t		 fallback;	/* property "default": enum value, 0: not stated */
	struct where	 fallback_where;
	uint8_t		 tls;		/* enum value; 0: not stated */
	unsigned	 vendor_count;
	const char	*const *vendor;
	struct domains	 vendor_zones;	/* the registrable domains of vendor */
	unsigned	 ignored_count;	/* property ignore-lists: tags */
	const char	*const *ignored;
	struct where	 ignored_where;
	struct ruleset	 rules;
	bool		 answers_stated;
	struct answers	 by_root, by_session;
	const struct framework *framework;	/* NULL: an ordinary profile */
};

#define IGNORED_MOST	16	/* tags of ignore-lists */

/* Named sets. */
struct define {
	struct define	*next;
	const char	*name;		/* with its $ */
	struct atom	*values;
};

struct build {
	struct arena	*arena;		/* for what is kept */
	struct arena	*scratch;	/* for what is not */
	struct diag	*diag;
	const struct file *file;
	const struct define *defines, *shared;	/* the file's own, and bulwark.conf's */
	size_t		 values, nets, name_bytes;	/* so far, see value_build.h */
	bool		 answers;	/* the rules are what people answered */
};

/* Absolute, and the only way to write it: the kernel never gives another one. */
bool		 path_is_plain(const char *);
/* 1 to NAME_MOST bytes, none a control byte. */
bool		 name_is_plain(const char *);
/* Never NULL; is only to be used if the build made no error. */
struct profile	*profile_build(struct build *, const struct ast_statement *);
/* A profile with base's properties where upper says nothing; upper's names and rules come first. */
struct profile	*profile_merge(struct arena *, const struct profile *upper, const struct profile *base);

void		 rules_build(struct build *, const struct ast_rule *, struct ruleset *);
void		 ports_build(struct build *, struct pos, const struct atom *, struct ports *);
void		 domains_build(struct build *, struct pos, const struct atom *, struct domains *);
/* Properties of checks 14 and 16, from their words: vendor-domains once it was read, ignore-lists. */
void		 vendor_zones_build(struct build *, struct pos, struct profile *);
void		 ignored_build(struct build *, const struct ast_prop *, struct profile *);
/* Adds a define to list, with copies of its values in b->arena. */
void		 define_build(struct build *, const struct ast_statement *, struct define **list);
/* The values with each $name replaced by what it stands for. */
struct atom	*values_expand(struct build *, const struct atom *);

#endif
