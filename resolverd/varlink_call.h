/*
 * Calls of programs at the Unix door, as systemd-resolved takes them: JSON by the
 * Varlink protocol (varlink.org), interface io.systemd.Resolve as in systemd's
 * sources (resolved-varlink.c, nss-resolve.c). A pure function of the call's bytes.
 */
#ifndef RESOLVERD_VARLINK_CALL_H
#define RESOLVERD_VARLINK_CALL_H

#include "dname.h"

#define VARLINK_CALL_MOST	65536	/* bytes of a call */
#define VARLINK_REPLY_MOST	65536	/* of a reply, its NUL included */
#define VARLINK_WORD		128

enum varlink_method {
	VARLINK_HOSTNAME,	/* addresses of name */
	VARLINK_ADDRESS,	/* names of an address; name is that address backwards */
	VARLINK_INFO,
	VARLINK_DESCRIPTION,	/* of the interface in word */
	VARLINK_UNKNOWN,	/* word is the method */
	VARLINK_UNKNOWN_INTERFACE,
	VARLINK_INVALID,	/* word is the parameter */
};

struct varlink_call {
	enum varlink_method	method;
	int			family;		/* AF_INET, AF_INET6; of VARLINK_HOSTNAME also AF_UNSPEC */
	struct dname		name;
	char			word[VARLINK_WORD];
};

/* bytes: without the NUL behind them. 0, or -1: no call that is to be answered. */
int	varlink_call_parse(const char *bytes, size_t len, struct varlink_call *);
/*
 * The reply to a call that asks for no name. Returns its length with the NUL at its
 * end; 0: no room or no memory.
 */
size_t	varlink_call_reply(const struct varlink_call *, char *to, size_t size);

#endif
