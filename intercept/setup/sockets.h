/*
 * The connections that exist before the rules come: each is carried over, so
 * that starting the suite cuts nothing off. Sockets by sock_diag, flows
 * without a socket here by conntrack.
 */
#ifndef SETUP_SOCKETS_H
#define SETUP_SOCKETS_H

#include <stddef.h>

#include "existing.h"

/* All zero is empty. What does not fit into EXISTING_MAX is left out. */
struct existing {
	struct existing_flow	*flow;
	size_t			 count;
	size_t			 sockets;	/* of these; they come first, sorted */
};

/* The first call: makes room, and adds every connected TCP and UDP socket. -1 with errno. */
int	existing_sockets(struct existing *);
/*
 * Gives every conntrack entry without a nibble the nibble 1, or 8 if it passes
 * through, and adds those that belong to no socket here. -1 with errno.
 */
int	existing_conntrack(struct existing *);
/* Writes the file of existing.h into fd, which is empty. -1 with errno. */
int	existing_write(const struct existing *, int fd);
void	existing_free(struct existing *);

#endif
