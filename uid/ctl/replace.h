/*
 * Replaces a policy file at once, after policyd has found no error in the new text.
 * What others wrote meanwhile is never lost.
 */
#ifndef CTL_REPLACE_H
#define CTL_REPLACE_H

#include <sys/stat.h>

#include "ctl.h"

#define REPLACE_MOST	(1u << 20)	/* bytes: as much as policyd reads */

/* A file as it was read. */
struct original {
	bool		 there;
	struct stat	 st;
	char		*text;		/* owned; "" when it is not there */
	size_t		 len;
};

/* EXIT_OK, also when there is none; or a complaint: unreadable, too long, a link, no file. */
enum ctl_exit	original_read(const struct options *, const char *path, struct original *);
void		original_free(struct original *);
/* Complains that there is none to write into; EXIT_FAILED. */
enum ctl_exit	no_folder(const struct options *, const char *folder);
/*
 * conf: bulwark.conf, whose sets count in profiles; NULL when path is that file. EXIT_OFF: the text has
 * errors, which were shown. Anything but EXIT_OK: the file is as it was.
 */
enum ctl_exit	replace(const struct options *, const char *path, const struct original *, const char *text,
		    size_t len, const char *conf);

#endif
