/*
 * An answer as a server sends it (RFC 1035, 4.1; negative ones: RFC 2308). What
 * belongs to the question is found by following its aliases; anything else in the
 * message counts for nothing. A pure function of the message's bytes.
 */
#ifndef RESOLVERD_REPLY_H
#define RESOLVERD_REPLY_H

#include "query.h"

#define REPLY_RECORDS	512	/* in one answer; beyond, it is none */
#define REPLY_ALIASES	16	/* one after the other */

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

/* One record, by its places in the message. */
struct record {
	enum section	section;
	uint16_t	type, class;
	uint32_t	ttl;
	size_t		name, ttl_at, data, data_len;
};

enum reply_kind {
	REPLY_DATA,		/* the type that was asked for */
	REPLY_NODATA,		/* the name is there, the type is not */
	REPLY_NXDOMAIN,
	REPLY_REFERRAL,		/* neither answer nor denial: of no use here */
	REPLY_FAILED,		/* another response code */
};

struct reply {
	enum reply_kind	kind;
	uint16_t	rcode;		/* with the upper bits of EDNS */
	bool		truncated, authentic;
	uint32_t	ttl;		/* seconds: the least of what it stands on; negative: of the SOA */
	unsigned	aliases;	/* followed */
	struct dname	alias[REPLY_ALIASES];	/* what each leads to */
	unsigned	upto[REPLY_ALIASES];	/* records that were taken when it was */
	unsigned	count;		/* of the answer: records of the aliases and of the last name, and proofs */
	struct record	record[REPLY_RECORDS];
};

/* What was asked upstream. */
struct asked {
	uint16_t	id, type;
	struct dname	name;
	bool		exact_case;	/* letters are to come back as they were sent (0x20) */
};

/* Is it an answer to that very question? Of one that is not, nothing else is looked at. */
bool	reply_fits(const uint8_t *message, size_t len, const struct asked *);
/* Can all of its records be read, all of the Internet's class, and is nothing behind them? */
bool	reply_is_whole(const uint8_t *message, size_t len);
/* Takes one apart that fits. 0, or -1: malformed. */
int	reply_parse(const uint8_t *message, size_t len, const struct asked *, struct reply *);
/* Does it answer or deny? */
bool	reply_is_of_use(const struct reply *);

#endif
