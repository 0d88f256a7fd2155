/*
 * Messages that we write: questions to servers, answers to clients. What came
 * from a server is written anew, so that nothing else of its message reaches anybody.
 */
#ifndef RESOLVERD_BUILD_H
#define RESOLVERD_BUILD_H

#include "names.h"
#include "reply.h"

#define BUILD_MAX	65535

/* Extended DNS errors (RFC 8914) that are used here; EDE_NONE: none is said. */
enum ede {
	EDE_NONE = -1,
	EDE_OTHER = 0,
	EDE_STALE = 3,
	EDE_BOGUS = 6,
	EDE_BLOCKED = 15,
	EDE_FILTERED = 17,
	EDE_PROHIBITED = 18,
	EDE_NO_SERVER = 22,
	EDE_NETWORK = 23,
};

struct question_options {
	bool	dnssec_ok, checking_disabled;
	bool	padded;		/* RFC 8467: to blocks of 128 bytes */
	bool	multicast;	/* no flags and no EDNS (RFC 6762, 18) */
};

/* A question to a server: a's id and letters. Returns its length; 0: no room. */
size_t	build_question(const struct asked *a, const struct question_options *, uint8_t *to, size_t size);

/*
 * An answer without records: why, by response code, and by an extended error with
 * its text (NULL: none) if the client speaks EDNS. Returns its length; 0: no room.
 */
size_t	build_error(const struct query *, enum rcode, enum ede, const char *text, uint8_t *to, size_t size);

/*
 * An answer to what is blocked, with why as an extended error if the client speaks EDNS,
 * and, where there is room, as a TXT record of the name in the additional section.
 * NAMES_AS_ZERO: 0.0.0.0 to A, :: to AAAA, nothing to other types. EDE_BLOCKED: the name
 * is; EDE_FILTERED: all that was found of this type is, and instead of no such name, which
 * would speak for other types, too (RFC 8020), it is said that there is none. 0: no room.
 */
size_t	build_blocked(const struct query *, enum names_blocked, enum ede, const char *why, uint8_t *to, size_t size);

/*
 * A server's answer, written anew: the question, the records that reply_parse() took,
 * with signatures only if asked for. written says where they are now. *validated: AD.
 */
size_t	build_answer(const uint8_t *message, size_t len, const struct asked *, const struct reply *,
	    bool dnssec_ok, bool validated, uint8_t *to, size_t size, struct reply *written);

/* A message, and what reply_parse() took of it. */
struct part {
	const uint8_t		*message;
	size_t			 len;
	const struct reply	*reply;
};

/* The aliases of head and behind them what tail says of the last of these, as one answer to what was asked. */
size_t	build_joined(const struct part *head, const struct part *tail, const struct asked *, bool dnssec_ok,
	    uint8_t *to, size_t size, struct reply *written);

/*
 * What a server would say of a name, in this zone, that is not there (NXDOMAIN) or has no record of the type
 * (NOERROR), for ttl seconds (RFC 2308, 2). 0: no room.
 */
size_t	build_denial(const struct asked *, const struct dname *zone, enum rcode, uint32_t ttl, uint8_t *to,
	    size_t size);

/* What a server would say of localhost: 127.0.0.1 to A, else ::1 (RFC 6761, 6.3). 0: no room. */
size_t	build_localhost(const struct asked *, uint8_t *to, size_t size);

/*
 * Puts our OPT behind an answer for a client that speaks EDNS, with an extended error
 * if there is one. Returns the new length; 0: no room.
 */
size_t	build_edns(const struct query *, enum ede, const char *text, uint8_t *answer, size_t len, size_t size);

/* Cuts an answer that is too large for UDP down to its question, with TC set. The new length. */
size_t	build_truncated(const struct query *, uint8_t *answer);

#endif
