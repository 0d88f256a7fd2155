/*
 * The server that the validator asks: ourselves, on a port of 127.0.0.1 that the kernel
 * chose. It answers by resolve.h, unvalidated, with signatures.
 *
 * Any program of the machine can send to such a port, and from any address of
 * 127.0.0.0/8, so an address marks nobody. The mark is a secret instead: an EDNS
 * option with random text, made anew at each start, which only the validator in this
 * process is told. What lacks it is dropped. That other programs don't even reach the
 * port is policyd's matter; the mark holds without it, but for root and those who may
 * read packets of the loopback.
 */
#ifndef RESOLVERD_ENDPOINT_H
#define RESOLVERD_ENDPOINT_H

#include "cache.h"

#define ENDPOINT_OPTION	65001	/* of those for local use (RFC 6891, 9) */
#define ENDPOINT_MARK	32	/* letters of the mark */
#define ENDPOINT_WAITING 1024	/* questions at a time; beyond, they fail */
#define ENDPOINT_ORIGINS 1024	/* answers of which it is known where they came from */

struct event_base;

/*
 * udp: bound; tcp: listening on the same port; both to 127.0.0.1, and the caller's.
 * resolve_init() comes first. 0, or -1: they are not so, or no memory.
 */
int		 endpoint_init(struct event_base *, int udp, int tcp);
uint16_t	 endpoint_port(void);
/* NUL-terminated. */
const char	*endpoint_mark(void);
/* Where the last answer to this came from; name is in lower case. False: not known any more. */
bool		 endpoint_origin(const struct dname *, uint16_t type, struct origin *);

#endif
