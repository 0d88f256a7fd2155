/*
 * From a question to its answer: the cache, else the servers that may be asked for that
 * name, or all neighbours (route.h). Questions that are the same wait together. Who may ask is settled before;
 * here nobody is known.
 */
#ifndef RESOLVERD_RESOLVE_H
#define RESOLVERD_RESOLVE_H

#include "build.h"
#include "cache.h"

#define RESOLVE_WAITING	4096	/* questions that wait for servers, in all */

struct event_base;
struct validating;

/* What came of it. */
struct outcome {
	const struct cached	*answer;	/* NULL: none; valid within the call */
	enum ede		 ede;		/* beside an answer: stale; without: why */
	const char		*why;		/* in words; NULL: none; valid within the call */
	enum rcode		 rcode;		/* without an answer */
	bool			 from_cache;
	uint16_t		 server;	/* that answered, if not from the cache */
	uint32_t		 took_us;
	bool			 leads_away;	/* nothing of all this: see resolve_insecure() */
	struct validating	*goes_on;	/* without us, at the validator (validate_then()); NULL: nothing does */
};

typedef void	resolved_fn(void *ctx, const struct outcome *);

/* After route_init(). */
void	resolve_init(struct event_base *);
/*
 * With CACHE_CAPTIVE it is a captive portal's check (route_captive() says so).
 * done is called once, maybe before this returns. Returns a number for
 * resolve_forget(); 0: it was called already.
 */
uint64_t resolve(const struct dname *name, uint16_t type, uint8_t variant, resolved_fn *done,
	    void *ctx);
/* The same, but what is late (cache_is_late()) counts as not kept, as does what it is an alias of. */
uint64_t resolve_again(const struct dname *name, uint16_t type, uint8_t variant, resolved_fn *done,
	    void *ctx);
/*
 * Of a zone that is not signed (insecure.h), again: as resolve_again(). An answer that is an alias out
 * of the name and what is below it is none: the outcome says that it leads away.
 */
uint64_t resolve_insecure(const struct dname *name, uint16_t type, uint8_t variant, bool again,
	    resolved_fn *done, void *ctx);
/* Who asked is gone: done will not be called. */
void	resolve_forget(uint64_t);
unsigned resolve_waiting(void);
/*
 * The servers are others, or are believed otherwise: what is on its way serves those who
 * wait for it, is not kept, and whoever comes now does not wait for it.
 */
void	resolve_anew(void);
/* How often that was. */
unsigned resolve_era(void);

#endif
