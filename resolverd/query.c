/*
 * See query.h. Called by the front for each message of a client, and by endpoint.c. The bytes
 * are hostile.
 */
#include <string.h>

#include "query.h"

#define CLASS_IN	1
#define OPCODE_QUERY	0
#define OPCODE_MOST	6	/* DSO: the last one that is assigned */
#define OPTION_COOKIE	10
#define RECORDS_MOST	8	/* additional ones beside OPT; nobody sends so many */

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
parse_header(const uint8_t *m, struct query *q)
{
	q->id = u16(m);
	q->opcode = m[2] >> 3 & 15;
	q->recursion_desired = (m[2] & 1) != 0;
	q->authentic_data = (m[3] & 0x20) != 0;
	q->checking_disabled = (m[3] & 0x10) != 0;
	q->udp_size = UDP_PLAIN;
}

/* RFC 7873, 4: 8 bytes, or 16 to 40 with the server's. */
static int
parse_cookie(const uint8_t *data, size_t len, struct query *q)
{
	if (len != COOKIE_CLIENT && (len < 16 || len > COOKIE_MOST))
		return -1;
	memcpy(q->cookie, data, len);
	q->cookie_len = (uint8_t)len;
	return 0;
}

static int
parse_options(const uint8_t *data, size_t len, struct query *q)
{
	size_t	at = 0, n;

	while (at < len) {
		if (len - at < 4)
			return -1;
		n = u16(data + at + 2);
		if (n > len - at - 4)
			return -1;
		if (u16(data + at) == OPTION_COOKIE && q->cookie_len == 0 &&
		    parse_cookie(data + at + 4, n, q) == -1)
			return -1;
		at += 4 + n;
	}
	return 0;
}

/* The OPT record behind its name (RFC 6891, 6.1.2): class is a size, TTL is flags. */
static enum rcode
parse_opt(const uint8_t *record, const uint8_t *data, size_t len, struct query *q)
{
	uint16_t	size = u16(record + 2);

	if (q->has_edns)
		return RCODE_FORMERR;
	q->has_edns = true;
	q->udp_size = size < UDP_PLAIN ? UDP_PLAIN : size > UDP_MOST ? UDP_MOST : size;
	q->dnssec_ok = (record[6] & 0x80) != 0;
	if (record[5] != 0)
		return RCODE_BADVERS;
	return parse_options(data, len, q) == 0 ? RCODE_NOERROR : RCODE_FORMERR;
}

static enum rcode
parse_additional(const uint8_t *m, size_t len, size_t at, unsigned count, struct query *q)
{
	enum rcode	rcode, worst = RCODE_NOERROR;
	size_t		name, data;

	if (count > RECORDS_MOST)
		return RCODE_FORMERR;
	while (count-- > 0) {
		name = at;
		if (dname_skip(m, len, &at) == -1 || len - at < 10 ||
		    u16(m + at + 8) > len - at - 10)
			return RCODE_FORMERR;
		data = u16(m + at + 8);
		if (u16(m + at) == QTYPE_OPT) {
			rcode = m[name] == 0 ? parse_opt(m + at, m + at + 10, data, q) : RCODE_FORMERR;
			worst = worst == RCODE_NOERROR ? rcode : worst;
		}
		at += 10 + data;
	}
	return at == len ? worst : RCODE_FORMERR;
}

/* Types that are no data, or that a resolver has no business with. */
static enum rcode
check_type(uint16_t type, uint16_t class)
{
	switch (type) {
	case 0:
	case QTYPE_OPT:
	case QTYPE_TKEY:
	case QTYPE_TSIG:
		return RCODE_FORMERR;
	case QTYPE_IXFR:
	case QTYPE_AXFR:
		return RCODE_REFUSED;
	default:
		return class == CLASS_IN ? RCODE_NOERROR : RCODE_REFUSED;
	}
}

int
query_parse(const uint8_t *m, size_t len, struct query *q, enum rcode *rcode)
{
	size_t		at = DNS_HEADER;
	uint16_t	class;

	memset(q, 0, sizeof(*q));
	if (len < DNS_HEADER || (m[2] & 0x80) != 0)
		return -1;
	parse_header(m, q);
	*rcode = q->opcode > OPCODE_MOST || q->opcode == 3 ? RCODE_FORMERR : RCODE_NOTIMP;
	if (q->opcode != OPCODE_QUERY)
		return 0;
	*rcode = RCODE_FORMERR;
	if (u16(m + 4) != 1 || u16(m + 6) != 0 || u16(m + 8) != 0 || (m[2] & 0x02) != 0)
		return 0;
	/* The first name of a message has nothing before it that it could point to. */
	if (dname_read(m, len, &at, &q->name) == -1 || at != DNS_HEADER + (size_t)q->name.len ||
	    len - at < 4)
		return 0;
	q->type = u16(m + at);
	class = u16(m + at + 2);
	q->has_question = true;
	*rcode = parse_additional(m, len, at + 4, u16(m + 10), q);
	if (*rcode == RCODE_NOERROR)
		*rcode = check_type(q->type, class);
	return 0;
}
