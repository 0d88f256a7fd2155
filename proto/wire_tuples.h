/*
 * Many flows' tuples in one message: in columns, so that they cost a copy each
 * and not a message of their own. Used by decide_lists.c and ui.c.
 */
#ifndef PROTO_WIRE_TUPLES_H
#define PROTO_WIRE_TUPLES_H

#include "wire.h"

#define WIRE_TUPLES_MAX	144

/* For packing: what w points to is the rest of it. Read until the message is packed. */
struct wire_tuples {
	Wire__Tuples	w;
	uint8_t		family[WIRE_TUPLES_MAX], proto[WIRE_TUPLES_MAX];
	uint32_t	ports[WIRE_TUPLES_MAX];
	uint8_t		src[WIRE_TUPLES_MAX][16], dst[WIRE_TUPLES_MAX][16];
};

/* n places, at most WIRE_TUPLES_MAX; each is to be put. */
void	wire_tuples_init(struct wire_tuples *, size_t n);
void	wire_tuples_put(struct wire_tuples *, size_t at, const struct tuple *);

/* Has each column exactly n places? */
bool	field_tuples(const Wire__Tuples *, size_t n);

/* One of those that field_tuples() found; t must be zero. Whether it is a tuple is for check_tuple(). */
void	field_tuple_at(struct tuple *t, const Wire__Tuples *, size_t at);

#endif
