/*
 * The block lists that bulwark.conf names: which of them resolverd has to be given,
 * because they are new or their file changed.
 */
#ifndef POLICYD_NAME_LISTS_H
#define POLICYD_NAME_LISTS_H

#include "file.h"

/* Gives a list away: fd is of its file, closed afterwards; -1: it stands no more. */
typedef void	name_lists_fn(const char *name, const char *tag, int fd);

/* Gives away what is not the same as the last time. */
void	name_lists_send(name_lists_fn *);
/* resolverd is another one, and has none. */
void	name_lists_forget(void);

#endif
