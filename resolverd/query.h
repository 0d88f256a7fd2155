/*
 * A question as a client asks it: one question, class IN, QUERY (RFC 1035, 9619),
 * EDNS (RFC 6891) and cookies (RFC 7873). A pure function of the message's bytes.
 */
#ifndef RESOLVERD_QUERY_H
#define RESOLVERD_QUERY_H

#include "dname.h"

#define DNS_HEADER	12
#define UDP_PLAIN	512	/* RFC 1035, 2.3.4: without EDNS no answer is larger */
#define UDP_MOST	1232	/* what passes unfragmented; larger wishes are cut to it */
#define COOKIE_CLIENT	8
#define COOKIE_MOST	40	/* client's and server's */

enum rcode {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_BADVERS = 16,
	RCODE_BADCOOKIE = 23,
};

enum qtype {
	QTYPE_A = 1, QTYPE_NS = 2, QTYPE_CNAME = 5, QTYPE_SOA = 6, QTYPE_PTR = 12, QTYPE_TXT = 16,
	QTYPE_AAAA = 28, QTYPE_DNAME = 39, QTYPE_OPT = 41, QTYPE_DS = 43, QTYPE_RRSIG = 46,
	QTYPE_NSEC = 47, QTYPE_DNSKEY = 48, QTYPE_NSEC3 = 50, QTYPE_SVCB = 64, QTYPE_HTTPS = 65,
	QTYPE_TKEY = 249, QTYPE_TSIG = 250, QTYPE_IXFR = 251, QTYPE_AXFR = 252, QTYPE_ANY = 255,
};

struct query {
	struct dname	name;		/* as it was written */
	uint16_t	id, type;
	uint8_t		opcode;
	bool		recursion_desired, checking_disabled, authentic_data;
	bool		has_edns, dnssec_ok;
	bool		has_question;	/* name and type are there, to be repeated in an answer */
	uint16_t	udp_size;	/* most bytes of an answer over UDP: UDP_PLAIN ... UDP_MOST */
	uint8_t		cookie_len;	/* 0: none */
	uint8_t		cookie[COOKIE_MOST];
};

/*
 * 0: *q is whole and *rcode is RCODE_NOERROR, or what must be answered instead.
 * -1: to this nothing is answered (no header, or itself an answer).
 */
int	query_parse(const uint8_t *message, size_t len, struct query *q, enum rcode *rcode);

#endif
