/*
 * Who is there to be asked: users with a connection to steer.sock that watches
 * prompts (docs/api.md, "watch"). Told by steer.c, looked at by decisions: an
 * agent's user is a person who is there.
 */
#ifndef POLICYD_AGENTS_H
#define POLICYD_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#define AGENTS_MOST	64	/* as many as there are places at steer.sock */

struct agents {
	unsigned	count;
	uint32_t	uid[AGENTS_MOST];	/* one each agent: a user may have several */
};

/* Somebody's account, rather than one of the system's or a service's. */
bool	uid_is_person(uint32_t uid);
/* At AGENTS_MOST nothing happens. True: the user had none. */
bool	agents_add(struct agents *, uint32_t uid);
/* True: it was the user's last one. */
bool	agents_remove(struct agents *, uint32_t uid);
bool	agents_have(const struct agents *, uint32_t uid);

#endif
