/*
 * Names and types whose answers did not stand the proof, for a short time each, so
 * that one who asks again and again costs nothing (RFC 9520, 3.2). Bounded: of two
 * that fall on one place the later stays.
 */
#ifndef RESOLVERD_BOGUS_H
#define RESOLVERD_BOGUS_H

#include "dname.h"

#define BOGUS_S		5	/* known for so long */
#define BOGUS_PLACES	64
#define BOGUS_TEXT	192

/* name is in lower case; why: in words, cut to BOGUS_TEXT; took_us: until that was known. */
void		 bogus_add(const struct dname *name, uint16_t type, const char *why, uint32_t took_us,
		    int64_t now_s);
void		 bogus_forget(void);
/* Why it is bogus, until the next bogus_add(); NULL: not known to be. */
const char	*bogus_why(const struct dname *name, uint16_t type, int64_t now_s, uint32_t *took_us);

#endif
