/*
 * One server that the suite's name server may ask, as a resolver statement of bulwark.conf
 * writes it; the forms are those of resolverd/server_url.h.
 */
#ifndef POLICYD_UPSTREAM_H
#define POLICYD_UPSTREAM_H

#include "names.h"

struct upstream {
	uint8_t		family;		/* 4 or 6 */
	uint16_t	port;
	uint8_t		address[16];
	bool		encrypted;
	bool		scoped;		/* for some domains only (search=) */
	char		text[NAMES_SERVER_BYTES];
};

/* What is wrong with a text, for people, and where in it. */
struct upstream_fault {
	const char	*why;
	size_t		at;
};

/*
 * An address, or udp://, dot:// or doh:// with one and with what may stand behind it. Address
 * and port are read here, for resolverd is not believed where it may send to. All else is looked
 * at as closely as resolverd does: one that it would leave out, for a slip of the pen, would
 * leave the questions meant for it to other servers. False: it is none, and *fault says why.
 */
bool	upstream_read(const char *text, size_t len, struct upstream *, struct upstream_fault *fault);

/* Letters, digits, - and _ in labels of 1 to 63, no dot at the end. How many; 0: it is no domain. */
unsigned domain_labels(const char *text, size_t len);

#endif
