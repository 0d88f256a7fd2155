/*
 * From words to values: addresses, nets, ranges, ports, protocols, and the
 * named sets that may stand for them. Trusts nothing in the text.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "value_build.h"

#define EXPAND_MOST	50000	/* values of one list */

void
define_build(struct build *b, const struct ast_statement *st, struct define **list)
{
	struct define *d = arena_get(b->arena, sizeof *d);
	struct atom **last = &d->values;
	char word[80];

	for (const struct define *other = *list; other != NULL; other = other->next)
		if (strcmp(other->name, st->name->text) == 0)
			diag_add(b->diag, st->name->at, "%s is defined twice",
			    diag_safe(other->name, word, sizeof word));
	d->name = arena_text(b->arena, st->name->text, strlen(st->name->text));
	for (const struct atom *a = st->values; a != NULL; a = a->next) {
		struct atom *copy = arena_get(b->arena, sizeof *copy);

		if (!a->quoted && a->text[0] == '$')
			diag_add(b->diag, a->at, "a define may not name another");
		*copy = (struct atom){ .at = a->at, .quoted = a->quoted,
			.text = arena_text(b->arena, a->text, strlen(a->text)) };
		*last = copy;
		last = &copy->next;
	}
	d->next = *list;
	*list = d;
}

static const struct define *
find_define(const struct build *b, const char *name)
{
	const struct define *lists[] = { b->defines, b->shared };

	for (int i = 0; i < 2; i++)
		for (const struct define *d = lists[i]; d != NULL; d = d->next)
			if (strcmp(d->name, name) == 0)
				return d;
	return NULL;
}

struct atom *
values_expand(struct build *b, const struct atom *values)
{
	struct atom *first = NULL, **last = &first;
	unsigned count = 0;
	char word[80];

	for (const struct atom *a = values; a != NULL; a = a->next) {
		const struct define *d = NULL;
		const struct atom *from = a, *end = a->next;

		build_may_pause();
		if (!a->quoted && a->text[0] == '$') {
			if ((d = find_define(b, a->text)) == NULL) {
				diag_add(b->diag, a->at, "\"%s\" is not defined",
				    diag_safe(a->text, word, sizeof word));
				continue;
			}
			from = d->values;
			end = NULL;
		}
		for (; from != end; from = from->next) {
			struct atom *copy;

			if (count++ == EXPAND_MOST) {
				diag_add(b->diag, a->at, "more than %d values", EXPAND_MOST);
				return first;
			}
			if (b->values++ >= VALUES_MOST) {
				diag_add(b->diag, a->at, "more than %d values in one file", VALUES_MOST);
				return first;
			}
			copy = arena_get(b->scratch, sizeof *copy);
			*copy = (struct atom){ .at = a->at, .text = from->text, .quoted = from->quoted };
			*last = copy;
			last = &copy->next;
		}
	}
	return first;
}

bool
number_read(const char *text, size_t len, unsigned most, unsigned *out)
{
	uint64_t value = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*out = (unsigned)value;
	return value <= most;
}

static bool
address_text(const char *text, size_t len, uint8_t *family, uint8_t address[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (len == 0 || len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	memset(address, 0, 16);
	*family = strchr(copy, ':') != NULL ? 6 : 4;
	return inet_pton(*family == 6 ? AF_INET6 : AF_INET, copy, address) == 1;
}

static void
bad(struct build *b, const struct atom *a, const char *what)
{
	char word[80];

	diag_add(b->diag, a->at, "\"%s\" is not %s", diag_safe(a->text, word, sizeof word), what);
}

static void
add_net(struct nets *out, struct build *b, const struct atom *a, uint8_t family, const uint8_t *address,
    unsigned prefix)
{
	struct net *n;

	if (b->nets++ >= NETS_MOST) {
		diag_add(b->diag, a->at, "more than %d nets in one file", NETS_MOST);
		return;
	}
	if (out->count == out->size) {
		size_t size = out->size == 0 ? 8 : out->size * 2;
		struct net *grown = arena_get(b->scratch, size * sizeof *grown);

		if (out->count > 0)
			memcpy(grown, out->net, out->count * sizeof *grown);
		out->net = grown;
		out->size = size;
	}
	n = &out->net[out->count++];
	memset(n, 0, sizeof *n);
	n->family = family;
	n->prefix = (uint8_t)prefix;
	memcpy(n->address, address, 16);
}

static bool
host_bits(const uint8_t *address, unsigned bytes, unsigned prefix)
{
	for (unsigned bit = prefix; bit < bytes * 8; bit++)
		if (address[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

void
net_build(struct build *b, const struct atom *a, bool single, struct nets *out)
{
	const char *slash = strchr(a->text, '/');
	size_t len = slash == NULL ? strlen(a->text) : (size_t)(slash - a->text);
	uint8_t family, address[16];
	unsigned prefix, most;

	if (!address_text(a->text, len, &family, address) || (slash != NULL) == single) {
		bad(b, a, single ? "an address" : "a net such as 192.0.2.0/24");
		return;
	}
	most = family == 4 ? 32 : 128;
	prefix = most;
	if (slash != NULL && !number_read(slash + 1, strlen(slash + 1), most, &prefix)) {
		bad(b, a, "a net: the length is wrong");
		return;
	}
	if (host_bits(address, most / 8, prefix)) {
		bad(b, a, "a net: there are bits set beyond its length");
		return;
	}
	add_net(out, b, a, family, address, prefix);
}

/* address + 2^bits, in place; true on overflow. */
static bool
address_add(uint8_t *address, unsigned bytes, unsigned bits)
{
	unsigned carry = 1u << bits % 8;

	for (int i = (int)(bytes - 1 - bits / 8); i >= 0 && carry != 0; i--) {
		carry += address[i];
		address[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry != 0;
}

/* The last address of the net of 2^bits addresses that begins at address. */
static void
net_last(const uint8_t *address, unsigned bytes, unsigned bits, uint8_t *last)
{
	memcpy(last, address, bytes);
	memset(last + bytes - bits / 8, 0xff, bits / 8);
	if (bits % 8 != 0)
		last[bytes - 1 - bits / 8] |= (uint8_t)((1u << bits % 8) - 1);
}

void
range_build(struct build *b, const struct atom *a, struct nets *out)
{
	const char *dash = strchr(a->text, '-');
	uint8_t family, family2, low[16], high[16], last[16];
	unsigned bytes;

	if (dash == NULL || !address_text(a->text, (size_t)(dash - a->text), &family, low) ||
	    !address_text(dash + 1, strlen(dash + 1), &family2, high) || family != family2 ||
	    memcmp(low, high, 16) > 0) {
		bad(b, a, "a range such as 192.0.2.10-192.0.2.20");
		return;
	}
	bytes = family == 4 ? 4 : 16;
	/* Take the widest net that begins at low and ends not after high, again and again. */
	for (;;) {
		unsigned bits = 0;

		while (bits < bytes * 8 && (low[bytes - 1 - bits / 8] & 1u << bits % 8) == 0) {
			net_last(low, bytes, bits + 1, last);
			if (memcmp(last, high, bytes) > 0)
				break;
			bits++;
		}
		add_net(out, b, a, family, low, bytes * 8 - bits);
		net_last(low, bytes, bits, last);
		if (memcmp(last, high, bytes) >= 0 || bits == bytes * 8 ||
		    address_add(low, bytes, bits))
			return;
	}
}

static void
add_keys(struct key_list *out, struct build *b, uint32_t low, uint32_t high)
{
	if (out->count == out->size) {
		size_t size = out->size == 0 ? 8 : out->size * 2;
		struct keys *grown = arena_get(b->scratch, size * sizeof *grown);

		if (out->count > 0)
			memcpy(grown, out->keys, out->count * sizeof *grown);
		out->keys = grown;
		out->size = size;
	}
	out->keys[out->count++] = (struct keys){ low, high };
}

void
port_build(struct build *b, const struct atom *a, struct key_list *out)
{
	static const struct { const char *name; uint8_t proto; } protos[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "sctp", 132 }, { "dccp", 33 },
	};
	const char *slash = strchr(a->text, '/'), *dash;
	unsigned low, high;
	bool known = false;

	if (slash == NULL || (size_t)(slash - a->text) > 4)
		goto wrong;
	dash = strchr(slash, '-');
	if (!number_read(slash + 1, dash == NULL ? strlen(slash + 1) : (size_t)(dash - slash - 1),
	    65535, &low))
		goto wrong;
	high = low;
	if (dash != NULL && (!number_read(dash + 1, strlen(dash + 1), 65535, &high) || high < low))
		goto wrong;
	for (size_t i = 0; i < sizeof protos / sizeof protos[0]; i++) {
		size_t len = strlen(protos[i].name);

		if (strncmp(a->text, "any/", 4) != 0 && (strncmp(a->text, protos[i].name, len) != 0 ||
		    a->text[len] != '/'))
			continue;
		add_keys(out, b, KEY(protos[i].proto, low), KEY(protos[i].proto, high));
		known = true;
	}
	if (known)
		return;
wrong:
	bad(b, a, "a port such as tcp/443 or udp/1000-2000");
}

void
protocol_build(struct build *b, const struct atom *a, struct key_list *out)
{
	unsigned number = word_value(protocol_words, a->text);

	if (number != 0)
		number--;
	else if (!number_read(a->text, strlen(a->text), 255, &number)) {
		bad(b, a, "a protocol: a name such as udp, or a number to 255");
		return;
	}
	add_keys(out, b, KEY(number, 0), KEY(number, 65535));
}

void
icmp_build(struct build *b, const struct atom *a, struct key_list *out)
{
	unsigned type4, type6;

	if (strcmp(a->text, "echo-request") == 0) {
		type4 = 8;
		type6 = 128;
	} else if (strcmp(a->text, "echo-reply") == 0) {
		type4 = 0;
		type6 = 129;
	} else if (number_read(a->text, strlen(a->text), 255, &type4))
		type6 = type4;
	else {
		bad(b, a, "an ICMP type: echo-request, echo-reply or a number to 255");
		return;
	}
	add_keys(out, b, KEY(1, type4 << 8), KEY(1, type4 << 8 | 255));
	add_keys(out, b, KEY(58, type6 << 8), KEY(58, type6 << 8 | 255));
}

static int
keys_compare(const void *a, const void *b)
{
	const struct keys *x = a, *y = b;

	build_may_pause();
	return (x->low > y->low) - (x->low < y->low);
}

void
keys_normal(struct key_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->keys, list->count, sizeof *list->keys, keys_compare);
	for (size_t i = 1; i < list->count; i++) {
		if (list->keys[i].low <= list->keys[kept].high + 1) {
			if (list->keys[i].high > list->keys[kept].high)
				list->keys[kept].high = list->keys[i].high;
		} else
			list->keys[++kept] = list->keys[i];
	}
	list->count = kept + 1;
}

void
keys_common(struct build *b, const struct key_list *x, const struct key_list *y, struct key_list *out)
{
	for (size_t i = 0, k = 0; i < x->count && k < y->count;) {
		uint32_t low = x->keys[i].low > y->keys[k].low ? x->keys[i].low : y->keys[k].low;
		uint32_t high = x->keys[i].high < y->keys[k].high ? x->keys[i].high : y->keys[k].high;

		if (low <= high)
			add_keys(out, b, low, high);
		if (x->keys[i].high < y->keys[k].high)
			i++;
		else
			k++;
	}
}

static int
net_compare(const void *a, const void *b)
{
	build_may_pause();
	return memcmp(a, b, sizeof(struct net));
}

void
nets_normal(struct nets *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->net, list->count, sizeof *list->net, net_compare);
	for (size_t i = 1; i < list->count; i++)
		if (net_compare(&list->net[i], &list->net[kept]) != 0)
			list->net[++kept] = list->net[i];
	list->count = kept + 1;
}

void
ports_build(struct build *b, struct pos at, const struct atom *values, struct ports *out)
{
	struct key_list list = { 0 };

	for (const struct atom *a = values_expand(b, values); a != NULL; a = a->next)
		port_build(b, a, &list);
	keys_normal(&list);
	out->stated = true;
	out->where = (struct where){ b->file, at.line };
	out->count = (unsigned)list.count;
	out->keys = arena_copy(b->arena, list.keys, list.count * sizeof *list.keys);
}
