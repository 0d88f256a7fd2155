/*
 * Clients of which policyd said that no further question need be judged: by their address
 * and port, until policyd takes it back. At most GRANTS_MOST, then the oldest goes.
 */
#ifndef RESOLVERD_GRANTS_H
#define RESOLVERD_GRANTS_H

#include <sys/queue.h>

#include "asker.h"

#define GRANTS_MOST	16384

struct grant {
	LIST_ENTRY(grant)	 by_client;
	TAILQ_ENTRY(grant)	 by_age;
	struct tuple		 tuple;
	struct who		 who;
};

/* To be called once, at start. */
void			 grants_init(void);
/* Of this client; NULL: none. */
struct grant		*grants_find(const struct tuple *);
/* In place of the client's former one. */
void			 grants_keep(const struct tuple *, const struct who *);
void			 grants_drop(const struct tuple *);
void			 grants_drop_all(void);

#endif
