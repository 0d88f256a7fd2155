/*
 * The folders of policy files: vendor, administrator, users. Looks which
 * files changed, builds those, and keeps the last good form of the others.
 */
#ifndef POLICYD_LAYERS_H
#define POLICYD_LAYERS_H

#include "file.h"

#define FILES_MOST	20000	/* of all folders; what is more is not read, and said */

struct slot {			/* a file name in a folder */
	enum layer	 layer;
	uint32_t	 uid;
	char		*name;		/* as files of one name are matched */
	char		*path, *shown;
	struct stamp	 stamp, told;	/* as it was read; as it was when the journal spoke of it */
	struct file	*file;		/* in force: the last good form, or a stand-in; NULL: nothing */
	bool		 broken;	/* what is on disk has an error */
	uint32_t	 line;		/* of the first error */
	char		*error;		/* file:line:column: text */
	bool		 seen;		/* in this look */
	bool		 changed;	/* by the last look */
	bool		 news;		/* in the last look: an error, another one, or none any more */
};

struct layers {
	char		*vendor, *etc, *state;			/* folders as this process sees them */
	char		*vendor_shown, *etc_shown, *state_shown;	/* as people know them */
	struct slot	 conf;
	struct slot	*slots;		/* sorted by layer, uid, name */
	size_t		 count, size;
	struct file	*builtin;
	unsigned	 too_many;
	size_t		 gone;		/* files that the last look missed, and the name of one */
	char		 gone_shown[256];
};

void	layers_init(struct layers *, const char *vendor, const char *etc, const char *state);
/* Names as people see them; before the first look. */
void	layers_shown(struct layers *, const char *vendor, const char *etc, const char *state);
/*
 * True if anything changed. Calls told() for each file with news. May be left for a while (slice.h): the slots
 * can be read at any time, but only one look changes them.
 */
bool	layers_look(struct layers *, void (*told)(void *ctx, const struct slot *), void *ctx);
void	layers_free(struct layers *);

#endif
