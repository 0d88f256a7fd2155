/*
 * A block list's file, read through to its rules.
 */
#ifndef RESOLVERD_LIST_FILE_H
#define RESOLVERD_LIST_FILE_H

#include "list_set.h"

#define LIST_BYTES	(32u << 20)	/* of a file */
#define LIST_LINE	65536		/* bytes of a line, its end among them */
#define LIST_WRONG	10000		/* so many wrong lines, and fewer rules: the rest is not read */
#define LIST_TOLD	5		/* wrong lines that are told; the others are counted */

struct list_error {
	uint32_t	line;
	const char	*what;
};

/* What was found, for people. No byte of the file is in it. */
struct list_report {
	unsigned	rules, skipped, wrong;
	struct list_error first[LIST_TOLD];	/* of those that are wrong */
	const char	*refused;	/* why nothing of it counts; NULL: it counts */
};

/* In a mapping of their own, so that all of it goes back. Zeroed: none. */
struct list_entries {
	struct list_entry	*entry;
	size_t			 count, size;
};

/*
 * Reads the file behind fd from its start, and adds its rules as those of a list with
 * this number, at most so many. fd stays the caller's; a pipe is refused, as a read could
 * wait. Whatever is done to the file meanwhile, a bounded text is read. 0, or -1: refused.
 */
int	list_file_read(int fd, unsigned list, size_t most, struct list_entries *, struct list_report *);
/* To be called after either result. */
void	list_entries_free(struct list_entries *);

#endif
