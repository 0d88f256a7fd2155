/*
 * From a question to an answer that may be believed: the cache, else the validator,
 * which asks the servers by resolve.h. Without trust anchors, for names that nothing
 * could prove (route.h), and for those who check for themselves (CD), the servers'
 * answers as they are.
 *
 * Bogus: SERVFAIL and why (RFC 8914), nothing of it kept but that it is so, for
 * BOGUS_S seconds. Who checks for himself (CD) gets it nevertheless (RFC 4035, 3.2.2).
 */
#ifndef RESOLVERD_LOOKUP_H
#define RESOLVERD_LOOKUP_H

#include "resolve.h"

#define LOOKUP_AGAIN	32	/* names at a time that are asked for again before their answer's end */
#define LOOKUP_MS	3800	/* for a validated answer, all of it */

struct event_base;

/* After resolve_init(), and after validate_init() if answers shall be validated. */
void	lookup_init(struct event_base *, bool validated);
/*
 * Shall they be, from now on? if_signed: only while the servers pass signatures on, which
 * is found out; who strips them is believed.
 */
void	lookup_validates(bool yes, bool if_signed);
/* Forgets all answers, which were bogus, and zones' keys as far as validate_forget() does. */
void	lookup_flush(void);
/* Are they just now? */
bool	lookup_proves(void);
/*
 * name in lower case; variant: CACHE_DO, CACHE_CD; now_s: monotonic. done is called once, maybe
 * before this returns, as it is with what is from the cache.
 */
void	lookup(const struct dname *name, uint16_t type, uint8_t variant, int64_t now_s, resolved_fn *done,
	    void *ctx);
/*
 * Somebody was given what is kept of this, which is late (cache_is_late()): asks for it again, once
 * and for nobody, unless too many are being asked for.
 */
void	lookup_again(const struct dname *name, uint16_t type, uint8_t variant, int64_t now_s);

#endif
