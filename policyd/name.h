/*
 * Names of domains, and what stands for several of them in a policy. Names are
 * lower case, without the last dot; nothing here reads other forms.
 */
#ifndef POLICYD_NAME_H
#define POLICYD_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOMAIN_MOST	253	/* bytes of a name (RFC 1035, 2.3.4: 255 in wire form) */
#define LABEL_MOST	63

enum name_kind {
	NAME_EXACT,
	NAME_ZONE,		/* that name and all below it */
	NAME_GLOB,		/* each '*' stands for any bytes, dots too, or for none */
};

struct name_pattern {
	uint8_t		kind;	/* enum name_kind */
	uint8_t		len;
	const char	*text;	/* of a zone without its first dot; ends with a NUL beside len */
};

/* By kind, length and bytes: for qsort(). */
int	name_compare(const struct name_pattern *, const struct name_pattern *);
bool	name_matches(const struct name_pattern *, const char *name, size_t len);
/* The labels at its end in which there is no '*'; of other kinds all of them. */
const char *name_tail(const struct name_pattern *, size_t *len);

/* Names of this machine: localhost (RFC 6761, 6.3). */
bool	name_is_host(const char *name, size_t len);
/*
 * Names that no public server knows: a single label, multicast DNS (RFC 6762, also those that
 * its appendix G lists), home.arpa (RFC 8375), reverse zones of private and link-local addresses
 * (RFC 6303). The root and this machine's own names are none of them.
 */
bool	name_is_local(const char *name, size_t len);

#endif
