/*
 * Who holds a socket, now: from the index first, then from where it most
 * likely is, at last everywhere.
 */
#ifndef WHO_SEARCH_H
#define WHO_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "holders.h"

/* Once before a batch of questions: notices processes that began. */
void	search_refresh(void);
/*
 * Before the searches for one question. since_us: when it came; what was read later
 * need not be read again. Without thorough a socket is only looked for where it most
 * likely is.
 */
void	search_begin(int64_t since_us, bool thorough);
/*
 * Adds all that are found to hold it. uid: the socket's, UINT32_MAX unknown;
 * it only says where to look first. False: nobody was seen, and that does not mean
 * that there is nobody.
 */
bool	search_socket(uint64_t inode, uint32_t uid, struct holder_set *);
/* Those that the index knows of, looked at again; nothing else is searched. */
void	search_indexed(uint64_t inode, struct holder_set *);
/* Two processes were seen to hold one socket: each is looked at when the other is asked for. */
void	search_partners(struct proc *, struct proc *);

#endif
