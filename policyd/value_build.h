/*
 * Values of the policy language, one reader a kind (domains: name_build.c). For
 * rule_build.c and profile.c; each adds to a list in b->scratch, and an error to b->diag.
 */
#ifndef POLICYD_VALUE_BUILD_H
#define POLICYD_VALUE_BUILD_H

#include "profile.h"

/* A named set counts wherever it stands: without these bounds a short file could take all memory. */
#define VALUES_MOST	500000	/* of all lists of a file */
#define NETS_MOST	1000000	/* of all rules of a file */
#define NAME_BYTES_MOST	(16u << 20)	/* of all domains of a file */

struct nets {
	size_t		 count, size;
	struct net	*net;
};

struct names {
	size_t		 count, size;
	struct name_pattern *name;
};

struct key_list {
	size_t		 count, size;
	struct keys	*keys;
};

bool	number_read(const char *text, size_t len, unsigned most, unsigned *out);
void	net_build(struct build *, const struct atom *, bool single, struct nets *);
void	range_build(struct build *, const struct atom *, struct nets *);
void	port_build(struct build *, const struct atom *, struct key_list *);
void	protocol_build(struct build *, const struct atom *, struct key_list *);
void	icmp_build(struct build *, const struct atom *, struct key_list *);
/* A name, a zone (".example.org") or a pattern with '*'; kept in lower case, its text in b->arena. */
void	name_build(struct build *, const struct atom *, struct names *);
/* An index of these names, which become normal. */
void	domains_of(struct build *, struct pos, struct names *, struct domains *);
/* Sorted, without overlap or neighbours; sorted, each once. */
void	keys_normal(struct key_list *);
void	nets_normal(struct nets *);
void	names_normal(struct names *);
/* What is in both (normal) lists. */
void	keys_common(struct build *, const struct key_list *, const struct key_list *, struct key_list *out);

#endif
