/*
 * The servers that the suite's name server may ask: those of bulwark.conf, else those
 * of the machine's resolv.conf.
 */
#ifndef POLICYD_UPSTREAMS_H
#define POLICYD_UPSTREAMS_H

#include "control.h"
#include "names.h"

struct upstream {
	uint8_t		family;		/* 4 or 6 */
	uint16_t	port;
	uint8_t		address[16];
	bool		encrypted;
	char		text[NAMES_SERVER_BYTES];
};

/*
 * An address, or udp://, dot:// or doh:// with one. Address and port are read here, for
 * resolverd is not believed where it may send to; what stands behind them is resolverd's
 * to judge. False: it is none.
 */
bool	upstream_read(const char *text, size_t len, struct upstream *);

struct upstreams {
	unsigned	count;
	bool		offers;		/* those in clear may be asked over what they offer themselves (RFC 9462) */
	struct upstream	server[NAMES_SERVERS];
};

/*
 * Reads a resolv.conf: its nameserver lines, in order, without those that lead back to
 * us (doors: the addresses where the suite's own name server listens).
 */
void	upstreams_read(const struct control_resolvers *, struct upstreams *);

#endif
