/*
 * Whole answers, kept as they go to clients: the message with the places of its
 * TTLs. Bounded in entries and bytes; the longest unused goes first. An entry
 * says nothing of who may have it: that is asked before each look.
 */
#ifndef RESOLVERD_CACHE_H
#define RESOLVERD_CACHE_H

#include <sys/queue.h>

#include "reply.h"

#define CACHE_DO	1u	/* with signatures */
#define CACHE_CD	2u	/* not validated */
#define CACHE_PASS	4u	/* for the validator, which keeps keys: gone when told */
#define CACHE_CAPTIVE	8u	/* of the network's own resolver, for a captive portal's check */
#define CACHE_UNPROVED	16u	/* what a name that is not validated is an alias of */
#define STALE_S		86400	/* how long after its end an answer may still serve (RFC 8767) */
#define STALE_TTL	30	/* what such a one says */

enum validation { VALID_NONE, VALID_SECURE, VALID_INSECURE, VALID_CAPTIVE };

/* Where it came from, for people who look. */
struct origin {
	uint8_t		transport;
	uint8_t		validation;	/* enum validation */
	uint16_t	upstream;	/* a server's place, or UPSTREAM_... (servers.h) */
	uint32_t	took_us;
};

struct cached {
	TAILQ_ENTRY(cached)	 by_use;
	LIST_ENTRY(cached)	 by_key;
	int64_t			 stored_s, until_s;	/* monotonic */
	struct origin		 origin;
	uint64_t		 name_hash;		/* dname_hash() */
	uint16_t		 type, len, ttls;
	uint8_t			 variant, kind;		/* enum reply_kind */
	bool			 anew;			/* it was asked for again, before its end */
	uint64_t		 former;		/* cache_identity() of what it replaced before that ended; 0: nothing */
	int64_t			 former_until_s;
	bool			 inner, here;		/* an address of private networks, of this machine is in it */
	uint8_t			 name_len;		/* the name is the message's question, in lower case */
	/* These lie behind the struct, in the same piece of memory. */
	uint16_t		*ttl_at;		/* in message */
	uint8_t			*message;
};

/* One record of its message, in whose order they are: type and data lie around the TTL. */
static inline uint16_t
cached_type(const struct cached *c, unsigned i)
{
	const uint8_t	*p = c->message + c->ttl_at[i] - 4;

	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline const uint8_t *
cached_data(const struct cached *c, unsigned i, size_t *len)
{
	const uint8_t	*p = c->message + c->ttl_at[i] + 4;

	*len = (size_t)p[0] << 8 | p[1];
	return p + 2;
}

/* bytes: of the messages and all that is kept beside them. */
void	cache_init(unsigned entries, size_t bytes);
/*
 * Keeps what reply says of message (built anew by the caller, so that nothing else
 * is in it, with name, in lower case, as its question). Not kept: what may live for no second. The entry stays cache.c's own,
 * until the next call that stores or flushes; NULL: not kept.
 */
const struct cached *cache_store(const struct dname *name, uint16_t type, uint8_t variant,
	    const uint8_t *message, size_t len, const struct reply *, const struct origin *,
	    int64_t now_s);
/* NULL: none. One that has ended, by less than STALE_S, only if stale. */
const struct cached *cache_find(const struct dname *name, uint16_t type, uint8_t variant,
	    bool stale, int64_t now_s);
/* Of all answers to one question each has another; never 0. */
uint64_t cache_identity(const struct cached *);
/* It holds yet, for less than a tenth of its time: never one that held for ten seconds or less. */
bool	cache_is_late(const struct cached *, int64_t now_s);
/* True: it is so, and this is the first time that it is to be asked for again. */
bool	cache_take_late(const struct dname *name, uint16_t type, uint8_t variant, int64_t now_s);
/*
 * The answer to this client's question: its id, its letters, TTLs as of now; AD only
 * for who asked for it (RFC 6840, 5.8). Returns the length; 0: it does not fit into size.
 */
size_t	cache_answer(const struct cached *, const struct query *, int64_t now_s, uint8_t *to,
	    size_t size);
/*
 * The same answer once more, or with another message in its place (taken apart: *r), filed nowhere; to
 * be given to free(). NULL: no memory.
 */
struct cached *cache_copy(const struct cached *);
struct cached *cache_remade(const struct cached *, const uint8_t *message, size_t len, const struct reply *r);
void	cache_drop(const struct dname *name, uint16_t type, uint8_t variant);
void	cache_flush(void);
/* Last used first. */
const struct cached *cache_first(void);
const struct cached *cache_next(const struct cached *);
unsigned cache_count(void);
size_t	cache_bytes(void);

#endif
