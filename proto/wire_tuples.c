/* See wire_tuples.h. */
#include "wire_tuples.h"

#include <string.h>

#define ADDRESS	16	/* bytes */

void
wire_tuples_init(struct wire_tuples *t, size_t n)
{
	wire__tuples__init(&t->w);
	t->w.family = wire_bytes(t->family, n);
	t->w.proto = wire_bytes(t->proto, n);
	t->w.n_ports = n;
	t->w.ports = t->ports;
	t->w.src = wire_bytes(t->src, n * ADDRESS);
	t->w.dst = wire_bytes(t->dst, n * ADDRESS);
}

void
wire_tuples_put(struct wire_tuples *to, size_t at, const struct tuple *t)
{
	to->family[at] = t->family;
	to->proto[at] = t->proto;
	to->ports[at] = (uint32_t)t->sport << 16 | t->dport;
	memcpy(to->src[at], t->src, ADDRESS);
	memcpy(to->dst[at], t->dst, ADDRESS);
}

bool
field_tuples(const Wire__Tuples *w, size_t n)
{
	return w != NULL && w->n_ports == n && field_column(&w->family, n, 1) && field_column(&w->proto, n, 1) &&
	    field_column(&w->src, n, ADDRESS) && field_column(&w->dst, n, ADDRESS);
}

void
field_tuple_at(struct tuple *t, const Wire__Tuples *w, size_t at)
{
	t->family = w->family.data[at];
	t->proto = w->proto.data[at];
	t->sport = (uint16_t)(w->ports[at] >> 16);
	t->dport = (uint16_t)w->ports[at];
	memcpy(t->src, w->src.data + at * ADDRESS, ADDRESS);
	memcpy(t->dst, w->dst.data + at * ADDRESS, ADDRESS);
}
