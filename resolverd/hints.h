/*
 * Addresses in HTTPS and SVCB records, beside the name that they lead to: a browser may use
 * them without asking (RFC 9460, 7.3). Pure functions of a record's bytes.
 */
#ifndef RESOLVERD_HINTS_H
#define RESOLVERD_HINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A way through a record's hints. */
struct hints {
	const uint8_t	*data;		/* the caller's */
	size_t		 len, next;	/* the next parameter */
	size_t		 at, end;	/* what is left of this one's addresses */
	uint8_t		 family;	/* 4 or 6; 0: it has none */
};

/* data: of the record, len bytes. What is behind a malformed part counts for nothing. */
void	hints_begin(struct hints *, const uint8_t *data, size_t len);
/* The next address, 4 or 16 bytes by *family (4 or 6); NULL: there is none. */
const uint8_t *hints_next(struct hints *, uint8_t *family);

typedef bool	hint_fn(const void *ctx, uint8_t family, const uint8_t *address);
/*
 * Takes the addresses out for which is() is true, and parameters that are left without any.
 * Returns what is left of len; 0: a parameter would be missing that the record calls mandatory.
 */
size_t	hints_take_out(uint8_t *data, size_t len, hint_fn *is, const void *ctx);

#endif
