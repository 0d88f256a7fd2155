/*
 * Block lists: names that are not resolved, from files that others write. Each list has
 * a name; a new file takes the place of what stood under it, whole or not at all.
 */
#ifndef RESOLVERD_LISTS_H
#define RESOLVERD_LISTS_H

#include "list_file.h"

#define LISTS_MOST	64
#define LIST_NAME	64		/* bytes, the end among them */
#define LIST_TAG	32
#define LIST_RULES	2000000		/* of all lists */

enum list_word { LIST_SILENT, LIST_BLOCKED, LIST_EXCEPTED };

/* Which rule it was; list and tag are valid until the next lists_load() or lists_drop(). */
struct list_hit {
	const char	*list, *tag;
	uint32_t	 line;
	bool		 below;		/* of the rule: it is for all below, too */
	struct dname	 rule;		/* the name that it is for */
};

/* Once, at start. */
void	lists_init(void);
/*
 * Reads the file behind fd (which stays the caller's) as the list with this number, new or
 * instead of the one that stood; no two lists have one name. The caller waits: about 0.06 s
 * for 250,000 names, and 0.01 s for as many of other lists. 0, or -1: report->refused, and
 * all is as it was.
 */
int	lists_load(unsigned number, const char *name, const char *tag, int fd, struct list_report *);
/* 0, or -1: there is none of this name, or no memory. */
int	lists_drop(const char *name);
/*
 * What the lists say of a name, in lower case. The rule for the most of its
 * labels counts; of several for those an exception, whichever list has it.
 * counts: 1 << number of each list that is looked at, as if there were no other.
 */
enum list_word lists_find(const struct dname *, uint64_t counts, struct list_hit *);
/* 1 << number of each list that would block the name, if all were looked at. */
uint64_t lists_having(const struct dname *);
/* Of all lists, each name and kind once a list; and the memory they take. */
size_t	lists_rules(void);
size_t	lists_bytes(void);

#endif
