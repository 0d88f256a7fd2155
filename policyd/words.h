/*
 * The words of the policy language and what they stand for. One table a kind:
 * command line, messages and man pages show the same spelling.
 */
#ifndef POLICYD_WORDS_H
#define POLICYD_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"
#include "ast.h"
#include "diag.h"

/* What a profile's flags permit or demand. */
enum flag {
	FLAG_INTERNET		= 1 << 0,
	FLAG_LOCALNET		= 1 << 1,
	FLAG_SERVICE		= 1 << 2,
	FLAG_SYSTEM		= 1 << 3,
	FLAG_ADMIN		= 1 << 4,
	FLAG_USER		= 1 << 5,
	FLAG_DIRECTCONNECT	= 1 << 9,
	FLAG_GATEWAY		= 1 << 6,	/* its user chooses the servers */
	FLAG_BROWSER		= 1 << 7,
	FLAG_STRICT		= 1 << 8,
	FLAG_PACKETS		= 1 << 10,	/* goes below the rules where others may not */
};

/* IP protocols. Not those of netinet/in.h: its accept() is not the one of checks.h. */
enum proto {
	PROTO_IGMP	= 2,
	PROTO_TCP	= 6,
	PROTO_UDP	= 17,
	PROTO_DCCP	= 33,
	PROTO_ICMPV6	= 58,
	PROTO_SCTP	= 132,
};

/* Where an address lies. Bits, so that a rule may name several. */
enum scope {
	SCOPE_HOST		= 1 << 0,
	SCOPE_LINK		= 1 << 1,
	SCOPE_SITE		= 1 << 2,
	SCOPE_MULTICAST		= 1 << 3,	/* of the local network */
	SCOPE_BROADCAST		= 1 << 4,
	SCOPE_INTERNET		= 1 << 5,
	SCOPE_INTERNET_MULTICAST = 1 << 6,
	SCOPE_INVALID		= 1 << 7,
	SCOPE_LAN		= SCOPE_LINK | SCOPE_SITE | SCOPE_MULTICAST | SCOPE_BROADCAST,
};

/* Values of settings and of the property "default"; 0: not stated. */
enum value {
	VALUE_OFF = 1, VALUE_ON, VALUE_PERMIT, VALUE_NOTE, VALUE_OWN_SUBNETS, VALUE_UNENCRYPTED, VALUE_ASK,
	VALUE_DENY, VALUE_BLOCK, VALUE_DROP,
	/* What a blocked name gets. */
	VALUE_NXDOMAIN, VALUE_ZERO, VALUE_REFUSED,
};

/* What a person's session may answer for its own programs (session-may); from strict to weak. */
enum session_may { SESSION_NOTHING = 1, SESSION_TEMPORARY, SESSION_EVERYTHING };

/* Which accounts are persons'. */
#define SYS_UID_MAX	999		/* Debian's /etc/adduser.conf and login.defs */
#define NOBODY_UID	65534
#define DYNAMIC_UID_MIN	61184		/* systemd's users for one service each */
#define DYNAMIC_UID_MAX	65519

struct word {
	const char	*word;
	unsigned	 value;
};

extern const struct word level_words[], flag_words[], scope_words[], value_words[], tls_words[],
	protocol_words[], session_words[];

/* 0 if the word is not in the table. */
unsigned	 word_value(const struct word *, const char *);
/* "?" if no word has that value. */
const char	*word_name(const struct word *, unsigned value);
/* As word_value(), but an unknown word is an error that lists the known ones. */
unsigned	 word_read(const struct word *, const struct atom *, const char *what, struct diag *);
/* Words of all bits set in flags, separated by spaces. */
void		 word_list(const struct word *, unsigned flags, char *, size_t);

#endif
