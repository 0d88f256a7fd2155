/*
 * Takes out of an answer the addresses that its asker may not reach anyway (of A and AAAA, and
 * hints of HTTPS and SVCB), as policyd says. What policyd said of one asker, name and addresses
 * is remembered until it takes that back. The answer that is kept stays whole.
 *
 * An address is left in where it is not judged: behind the 64th of an answer, or in one of more
 * than SIFT_MOST bytes. Flows to it are judged all the same.
 */
#ifndef RESOLVERD_SIFT_H
#define RESOLVERD_SIFT_H

#include "cache.h"
#include "names.h"

#define SIFT_MOST	4096	/* longer than honest answers with addresses; so much memory waits for policyd's word */

/*
 * answer: what is left; NULL: nothing is. why: for people, what took something out; NULL: nothing
 * did. Both NULL: policyd is away or slow. Both are valid within the call.
 */
typedef void	sifted_fn(void *ctx, const struct cached *answer, const char *why);

/* done is called once, maybe before this returns. */
void	sift(uint64_t asker, const struct cached *, sifted_fn *done, void *ctx);
/* policyd's word; 0, or -1: not to what it was asked. */
int	sift_heard(uint32_t id, const struct names_sifted *);
/* policyd is gone: nobody gets what waits for it. */
void	sift_lost(void);
/* What policyd said counts no more. Also at start. */
void	sift_forget(void);

#endif
