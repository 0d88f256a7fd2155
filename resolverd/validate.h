/*
 * One question to the validator: libunbound, on our loop and in our process, which asks
 * the endpoint (endpoint.h) for what it needs and proves it (RFC 4035, 5).
 *
 * After validate_init() it opens no file and starts no thread. What it calls of the
 * kernel then, beside memory and the loop's epoll_ctl and epoll_wait:
 *	UDP	socket(AF_INET, SOCK_DGRAM, 0), setsockopt(IP_MTU_DISCOVER), bind, connect,
 *		sendto (connected, no address), recvfrom(MSG_DONTWAIT)
 *	TCP	socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), setsockopt(SO_REUSEADDR,
 *		IP_BIND_ADDRESS_NO_PORT), bind, sendmsg(MSG_FASTOPEN), getsockopt(SO_ERROR),
 *		writev, recvfrom(MSG_DONTWAIT)
 *	both	fcntl(F_GETFL, F_SETFL), close; getrandom
 * All of them from 127.0.0.1 (a port above 32767) to the endpoint. It writes to streams
 * without MSG_NOSIGNAL: SIGPIPE has to be ignored in the process.
 *
 * A zone whose keys could not be had counts as bogus for a minute: so the library has it.
 */
#ifndef RESOLVERD_VALIDATE_H
#define RESOLVERD_VALIDATE_H

#include <stddef.h>
#include <stdint.h>

#include "dname.h"

#define VALIDATE_WAITING	512	/* questions at a time; beyond, they fail */
#define VALIDATE_SOCKETS	VALIDATE_WAITING	/* UDP sockets that it opens at most: none waits for another's */
#define VALIDATE_STREAMS	8	/* and TCP ones */
#define VALIDATE_LIBRARIES	4	/* of them one works; the others keep no keys yet, or have rested the longest */
#define ANCHORS_BYTES		65536	/* of all trust anchors */
#define ANCHORS_MOST		64

enum finding {
	FOUND_SECURE,
	FOUND_INSECURE,		/* it is proved that there is no proof */
	FOUND_BOGUS,
	FOUND_NOTHING,		/* servers did not answer, or too much waits */
};

struct validated {
	enum finding	 finding;
	const uint8_t	*message;	/* secure, insecure: the answer, id 0, with signatures */
	size_t		 len;
	const char	*why;		/* bogus: in words */
};

/* The message and the words are valid within the call. */
typedef void	validated_fn(void *ctx, const struct validated *);

struct event_base;
struct validating;

/*
 * Reads trust anchors from a descriptor, DS and DNSKEY records in zone-file form, one a
 * line; it stays the caller's. Wants /proc, once. To be called once, after
 * endpoint_init(). 0, or -1, said in the log.
 */
int	validate_init(struct event_base *, int anchors);
/* done is called once, maybe before this returns: then NULL. */
struct validating *validate(const struct dname *, uint16_t type, validated_fn *done, void *ctx);
/* done will not be called. The work goes on, and counts as waiting until it is through. */
void	validate_cancel(struct validating *);
/* Of cancelled work, before the loop's next turn: through is called once it is. */
void	validate_then(struct validating *, void (*through)(void *), void *ctx);
unsigned validate_waiting(void);
/* Is one of the trust anchors for this zone, or for one below it? */
bool	validate_trusts_within(const struct dname *zone);
/*
 * What is asked from now on finds no keys that were proved before. With the fourth time within a
 * day (VALIDATE_LIBRARIES; none holds longer) those from before the first count again, as long as they hold.
 */
void	validate_forget(void);

#endif
