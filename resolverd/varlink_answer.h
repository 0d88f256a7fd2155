/*
 * From DNS answers, as the front gives them to clients, to the reply of a call at the
 * Unix door (io.systemd.Resolve). Pure functions of their arguments.
 */
#ifndef RESOLVERD_VARLINK_ANSWER_H
#define RESOLVERD_VARLINK_ANSWER_H

#include "build.h"
#include "varlink_call.h"

#define VARLINK_ADDRESSES	128	/* in one reply; further ones are left out */
#define VARLINK_NAMES		16

struct varlink_answer {
	unsigned	 answers;	/* that were taken */
	bool		 nobody;	/* whose call it is, is not known: no reply fits */
	bool		 authentic;	/* all that were taken */
	/* If there is neither address nor name: why. */
	unsigned	 rcode;
	int		 ede;		/* EDE_NONE: none */
	unsigned	 addresses;
	struct { int family; uint8_t address[16]; } address[VARLINK_ADDRESSES];
	struct dname	 canonical;	/* of the addresses */
	unsigned	 names;
	struct dname	 name[VARLINK_NAMES];
};

/* One answer more; asked is what it belongs to. NULL message: none came. */
void	varlink_answer_take(struct varlink_answer *, const uint8_t *message, size_t len,
	    const struct asked *);
/* The reply's length with the NUL at its end; 0: no room or no memory. */
size_t	varlink_answer_reply(const struct varlink_answer *, const struct varlink_call *, char *to,
	    size_t size);

#endif
