/*
 * One line of a block list, in the form that it has by itself: a hosts file's, a plain
 * name, or an Adblock rule. A pure function of the line's bytes, which are anybody's.
 */
#ifndef RESOLVERD_LIST_LINE_H
#define RESOLVERD_LIST_LINE_H

#include "dname.h"

/* What a rule does. Of several for one name the first of these counts. */
enum list_kind {
	LIST_EXCEPT = 1,	/* neither the name nor what is below is blocked */
	LIST_EXACT,		/* the name alone is */
	LIST_BELOW,		/* the name and all below */
};

struct list_rule {
	enum list_kind	kind;
	struct dname	name;	/* lower case */
};

enum list_item {
	ITEM_NONE,		/* nothing more in this line */
	ITEM_RULE,
	ITEM_SKIPPED,		/* understood, but nothing that a resolver could block */
	ITEM_WRONG,
};

/* Zeroed before a file's first line, then the same for all of its lines. */
struct list_line {
	const char	*at, *end;
	bool		 adblock;	/* the file says that it is: names without || are patterns */
	bool		 hosts;		/* at: names behind an address */
};

/* text: a line without its end; it stays the caller's, and must stay until ITEM_NONE. */
void		list_line_start(struct list_line *, const char *text, size_t len);
/* What the line says next; *what: in a few words, why it is wrong. */
enum list_item	list_line_next(struct list_line *, struct list_rule *, const char **what);

#endif
