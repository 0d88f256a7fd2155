/*
 * The block lists that bulwark.conf names: which of them resolverd has to be given,
 * because they are new or their file changed.
 */
#ifndef POLICYD_NAME_LISTS_H
#define POLICYD_NAME_LISTS_H

#include "file.h"
#include "names.h"

/* Gives a list away: fd is of its file, closed afterwards; -1: it stands no more. */
typedef void	name_lists_fn(unsigned number, const char *name, const char *tag, int fd);

/* Gives away what is not the same as the last time. */
void	name_lists_send(name_lists_fn *);
/* Of each list of bulwark.conf, by its place there: its number plus one; 0: it was not given away. */
const uint8_t	*name_lists_numbers(void);
/* resolverd is another one, and has none. */
void	name_lists_forget(void);
/* What became of one that was given away, which is told. */
void	name_lists_read(const struct names_listed *);
/* Calls told() with each list that does not count as it stands, and why: at most 511 bytes. */
void	name_lists_wrong(void (*told)(void *ctx, const char *text), void *ctx);

struct name_list_state {
	const struct conf_list *list;
	const char	*state;		/* read, reading, kept (wrong now, what stood counts), refused */
	uint32_t	 rules, skipped, wrong;	/* of what stands: rules, lines */
	int64_t		 changed_s;	/* of the file; 0: not known */
	const char	*problem;	/* "": none */
};
/* Each list of bulwark.conf, in order, for people. */
void	name_lists_each(void (*told)(const struct name_list_state *));

#endif
