/*
 * Aliases into other zones. The server of one zone may say where its names lead, but not
 * what is to be found there: that is asked for anew, and the two are joined (RFC 2181,
 * 5.4.1). For answers without proof; the validator does the same on its own.
 */
#ifndef RESOLVERD_ALIAS_H
#define RESOLVERD_ALIAS_H

#include "build.h"
#include "cache.h"

/* An answer that leads away, and where to. Of one piece of memory. */
struct alias {
	struct dname	target;		/* lower case */
	struct origin	origin;
	size_t		len;
	uint8_t		message[];	/* the aliases alone */
};

/*
 * NULL: it does not lead away, that is, out of the name that was asked for and those
 * below it. Else the caller's, to be freed. message and reply as for keep_answer().
 */
struct alias *alias_new(const struct dname *name, uint16_t type, uint8_t variant, const uint8_t *message,
	    size_t len, const struct reply *, const struct origin *);
/*
 * With what is known of the target now, kept like any answer. As keep_answer(); the
 * answer about the target stays valid, too.
 */
const struct cached *alias_join(const struct alias *, const struct dname *name, uint8_t variant,
	    const struct cached *target, int64_t now_s);

#endif
