/*
 * The parser of network and transport headers. Called for each queued packet;
 * pure. The bytes are hostile: every read is preceded by a test of what is
 * left, and chains of extension headers are walked a bounded number of steps.
 *
 * What it does not understand it refuses. Fragments never come here from a
 * kernel that tracks connections (it puts them together first), so one that
 * does is refused too.
 */
#include <netinet/in.h>

#include <endian.h>
#include <string.h>

#include "packet.h"

#define V6_HEADERS	8	/* extension headers in one packet; nobody honest has more */

#define OPTION_END	0
#define OPTION_NOP	1
#define OPTION_LSRR	131
#define OPTION_SSRR	137

/* What is left to read. */
struct cursor {
	const uint8_t	*pos;
	size_t		 left;		/* bytes that were copied */
	size_t		 real;		/* bytes that the packet has; >= left */
};

static uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
advance(struct cursor *c, size_t n)
{
	c->pos += n;
	c->left -= n;
	c->real -= n;
}

/* A header of n bytes must be there whole: too short by itself, or only out of sight? */
static enum packet_fault
need(const struct cursor *c, size_t n)
{
	if (c->real < n)
		return PACKET_MALFORMED;
	return c->left < n ? PACKET_TRUNCATED : PACKET_OK;
}

static enum packet_fault
parse_tcp(struct cursor *c, struct packet *p)
{
	enum packet_fault	fault;
	unsigned		offset;

	if ((fault = need(c, 20)) != PACKET_OK)
		return fault;
	offset = c->pos[12] >> 4;
	if (offset < 5 || offset * 4 > c->real)
		return PACKET_MALFORMED;
	p->tcp_flags = c->pos[13];
	return PACKET_OK;
}

static enum packet_fault
parse_udp(struct cursor *c, uint8_t proto)
{
	enum packet_fault	fault;
	unsigned		length;

	if ((fault = need(c, 8)) != PACKET_OK)
		return fault;
	length = get_u16(c->pos + 4);
	/* UDP-Lite has its checksum's cover there. 0 is a jumbogram, or what offload leaves for later. */
	if (proto == IPPROTO_UDP && length != 0 && (length < 8 || length > c->real))
		return PACKET_MALFORMED;
	return PACKET_OK;
}

static bool
icmp_has_ident(uint8_t proto, uint8_t type)
{
	if (proto == IPPROTO_ICMPV6)
		return type == 128 || type == 129;
	return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

static enum packet_fault
parse_icmp(struct cursor *c, struct packet *p)
{
	enum packet_fault fault;

	/* An error about nothing is 8 bytes; shorter ones exist in neither family. */
	if ((fault = need(c, p->tuple.proto == IPPROTO_ICMPV6 ? 4 : 8)) != PACKET_OK)
		return fault;
	p->tuple.dport = get_u16(c->pos);
	if (icmp_has_ident(p->tuple.proto, c->pos[0])) {
		if ((fault = need(c, 8)) != PACKET_OK)
			return fault;
		p->tuple.sport = get_u16(c->pos + 4);
	}
	return PACKET_OK;
}

static enum packet_fault
parse_transport(struct cursor *c, struct packet *p)
{
	enum packet_fault fault = PACKET_OK;

	switch (p->tuple.proto) {
	case IPPROTO_TCP:
		fault = parse_tcp(c, p);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		fault = parse_udp(c, p->tuple.proto);
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		fault = need(c, 12);
		break;
	case IPPROTO_ICMP:
		if (p->tuple.family != 4)
			return PACKET_MALFORMED;
		return parse_icmp(c, p);
	case IPPROTO_ICMPV6:
		if (p->tuple.family != 6)
			return PACKET_MALFORMED;
		return parse_icmp(c, p);
	default:
		return PACKET_OK;
	}
	if (fault != PACKET_OK)
		return fault;
	p->tuple.sport = get_u16(c->pos);
	p->tuple.dport = get_u16(c->pos + 2);
	/* UDP may leave its own port open (0), nothing may aim at port 0. */
	if (p->tuple.dport == 0 || (p->tuple.sport == 0 && p->tuple.proto != IPPROTO_UDP))
		return PACKET_MALFORMED;
	return PACKET_OK;
}

static enum packet_fault
parse_v4_options(const uint8_t *o, size_t left)
{
	while (left > 0) {
		if (o[0] == OPTION_END)
			return PACKET_OK;
		if (o[0] == OPTION_NOP) {
			o++;
			left--;
			continue;
		}
		if (left < 2 || o[1] < 2 || o[1] > left)
			return PACKET_MALFORMED;
		if (o[0] == OPTION_LSRR || o[0] == OPTION_SSRR)
			return PACKET_ROUTED;
		left -= o[1];
		o += o[1];
	}
	return PACKET_OK;
}

/* Cuts the cursor to what the header says; 0 stands for more than 65535 bytes (offload). */
static enum packet_fault
cut(struct cursor *c, size_t total)
{
	if (total > c->real)
		return PACKET_MALFORMED;
	c->real = total;
	if (c->left > total)
		c->left = total;
	return PACKET_OK;
}

static enum packet_fault
parse_v4(struct cursor *c, struct packet *p)
{
	enum packet_fault	fault;
	const uint8_t		*h = c->pos;
	size_t			header, total;

	if ((fault = need(c, 20)) != PACKET_OK)
		return fault;
	header = (size_t)(h[0] & 15) * 4;
	total = get_u16(h + 2);
	if (header < 20 || (total != 0 && total < header))
		return PACKET_MALFORMED;
	if (total != 0 && (fault = cut(c, total)) != PACKET_OK)
		return fault;
	if ((fault = need(c, header)) != PACKET_OK ||
	    (fault = parse_v4_options(h + 20, header - 20)) != PACKET_OK)
		return fault;
	if ((get_u16(h + 6) & 0x3fff) != 0)
		return PACKET_FRAGMENT;
	p->tuple.family = 4;
	p->tuple.proto = h[9];
	memcpy(p->tuple.src, h + 12, 4);
	memcpy(p->tuple.dst, h + 16, 4);
	advance(c, header);
	return parse_transport(c, p);
}

/* Length of the extension header at the cursor; 0 where it is refused (fault says why). */
static size_t
v6_extension(const struct cursor *c, uint8_t type, enum packet_fault *fault)
{
	size_t length;

	if ((*fault = need(c, 8)) != PACKET_OK)
		return 0;
	switch (type) {
	case IPPROTO_FRAGMENT:
		/* One with neither offset nor successor stands alone ("atomic") and is whole. */
		if ((get_u16(c->pos + 2) & 0xfff9) != 0)
			*fault = PACKET_FRAGMENT;
		length = 8;
		break;
	case IPPROTO_AH:
		length = ((size_t)c->pos[1] + 2) * 4;
		break;
	case IPPROTO_ROUTING:
		if (c->pos[3] != 0)	/* segments left: someone else chooses where it goes */
			*fault = PACKET_ROUTED;
		length = ((size_t)c->pos[1] + 1) * 8;
		break;
	default:
		length = ((size_t)c->pos[1] + 1) * 8;
		break;
	}
	if (*fault == PACKET_OK)
		*fault = need(c, length);
	return *fault == PACKET_OK ? length : 0;
}

static bool
v6_is_extension(uint8_t type)
{
	/* Exactly those that connection tracking steps over, so that both see one protocol. */
	return type == IPPROTO_HOPOPTS || type == IPPROTO_ROUTING || type == IPPROTO_FRAGMENT ||
	    type == IPPROTO_DSTOPTS || type == IPPROTO_AH;
}

static enum packet_fault
v6_walk(struct cursor *c, uint8_t *type)
{
	enum packet_fault	fault;
	size_t			length;
	uint8_t			next;
	unsigned		n;

	for (n = 0; v6_is_extension(*type); n++) {
		if (n == V6_HEADERS || (*type == IPPROTO_HOPOPTS && n != 0))
			return PACKET_MALFORMED;
		next = c->left > 0 ? c->pos[0] : 0;
		if ((length = v6_extension(c, *type, &fault)) == 0)
			return fault;
		*type = next;
		advance(c, length);
	}
	return PACKET_OK;
}

static enum packet_fault
parse_v6(struct cursor *c, struct packet *p)
{
	enum packet_fault	fault;
	const uint8_t		*h = c->pos;
	size_t			payload;
	uint8_t			type;

	if ((fault = need(c, 40)) != PACKET_OK)
		return fault;
	payload = get_u16(h + 4);
	type = h[6];
	if (payload != 0 && (fault = cut(c, payload + 40)) != PACKET_OK)
		return fault;
	p->tuple.family = 6;
	memcpy(p->tuple.src, h + 8, 16);
	memcpy(p->tuple.dst, h + 24, 16);
	advance(c, 40);
	if ((fault = v6_walk(c, &type)) != PACKET_OK)
		return fault;
	p->tuple.proto = type;
	return parse_transport(c, p);
}

enum packet_fault
packet_parse(const uint8_t *bytes, size_t len, size_t whole, struct packet *p)
{
	struct cursor c = { .pos = bytes, .left = len, .real = whole < len ? len : whole };

	memset(p, 0, sizeof(*p));
	if (len == 0)
		return PACKET_TRUNCATED;
	switch (bytes[0] >> 4) {
	case 4:
		return parse_v4(&c, p);
	case 6:
		return parse_v6(&c, p);
	default:
		return PACKET_MALFORMED;
	}
}

const char *
packet_fault_text(enum packet_fault fault)
{
	static const char *const text[] = {
		[PACKET_OK] = "whole",
		[PACKET_TRUNCATED] = "headers longer than is looked at",
		[PACKET_MALFORMED] = "malformed",
		[PACKET_ROUTED] = "source routed",
		[PACKET_FRAGMENT] = "a fragment",
	};

	return text[fault];
}

void
tuple_turn(const struct tuple *t, struct tuple *turned)
{
	*turned = *t;
	memcpy(turned->src, t->dst, sizeof(turned->src));
	memcpy(turned->dst, t->src, sizeof(turned->dst));
	turned->sport = t->dport;
	turned->dport = t->sport;
}

/* The type of the ICMP question that this type answers; 256 if it is no answer. */
static unsigned
icmp_question(uint8_t proto, unsigned type)
{
	if (proto == IPPROTO_ICMPV6)
		return type == 129 ? 128 : 256;
	switch (type) {
	case 0:
		return 8;
	case 14:
	case 16:
	case 18:
		return type - 1;
	default:
		return 256;
	}
}

bool
tuple_question(const struct tuple *answer, struct tuple *question)
{
	unsigned type;

	tuple_turn(answer, question);
	if (answer->proto != IPPROTO_ICMP && answer->proto != IPPROTO_ICMPV6)
		return true;
	type = icmp_question(answer->proto, answer->dport >> 8);
	question->sport = answer->sport;
	question->dport = (uint16_t)(type << 8);
	return type < 256;
}

bool
tuple_can_stay(const struct tuple *t)
{
	return t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP || t->proto == IPPROTO_SCTP ||
	    t->proto == IPPROTO_DCCP;
}

/* The ports and addresses are an attacker's to choose: mixed with a secret of this process. */
static uint64_t hash_secret = 0x9e3779b97f4a7c15;

void
tuple_hash_seed(uint64_t secret)
{
	hash_secret ^= secret;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	__extension__ typedef unsigned __int128 u128;
	u128 m = (u128)(h ^ v) * 0xd6e8feb86659fd93 ^ hash_secret;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t
hash_words(const void *of, size_t words)
{
	const uint8_t	*at = of;
	uint64_t	 word, h = hash_secret;

	for (; words > 0; words--, at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		h = mix(h, word + hash_secret);
	}
	return h;
}

uint64_t
tuple_hash(const struct tuple *t)
{
	_Static_assert(sizeof(*t) % sizeof(uint64_t) == 0, "tuple hashes by whole words");
	return hash_words(t, sizeof(*t) / sizeof(uint64_t));
}

bool
address_loopback(uint8_t family, const uint8_t address[16])
{
	static const uint8_t	one[16] = { [15] = 1 };
	static const uint8_t	mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == 4)
		return address[0] == 127;
	return memcmp(address, one, 16) == 0 ||
	    (memcmp(address, mapped, 12) == 0 && address[12] == 127);
}
