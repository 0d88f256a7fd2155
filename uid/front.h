/*
 * The front: people's connections to bulwark.sock, their places, and what is
 * answered to each. One front a process.
 */
#ifndef UID_FRONT_H
#define UID_FRONT_H

#include <sys/types.h>

#include "hub.h"

struct event_base;
struct front;

#define CLIENTS_MAX		64
#define CLIENTS_PER_UID		8
#define CLIENTS_RESERVED	16	/* of them: places only for root and the group */

/*
 * Takes over the listening socket. group: members see all; (gid_t)-1 if there
 * is none. hub is set by front_set_hub() before the loop runs.
 */
struct front	*front_new(struct event_base *, int listen_fd, gid_t group);
void		 front_set_hub(struct front *, struct hub *);
void		 front_free(struct front *);

extern const struct hub_ops front_hub_ops;	/* ctx is the front */

#endif
