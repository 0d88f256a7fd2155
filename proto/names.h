/*
 * Names: resolverd asks, policyd answers. Wire form: names.proto.
 * For X_pack() and X_unpack() see control.h.
 *
 * policyd believes of resolverd that an answer was got, never who asked: that it knows
 * from intercept, by the client's address and port, or by the connection that resolverd
 * shows. resolverd tells nobody anything without policyd's word.
 */
#ifndef PROTO_NAMES_H
#define PROTO_NAMES_H

#include "types.h"

enum names_type {
	/* resolverd to policyd */
	NAMES_ASK	= 1,	/* may this client know this name? */
	NAMES_LEARNT	= 2,	/* addresses that clients are about to be told */
	NAMES_ANSWERS	= 3,	/* what was answered, for people; shed when policyd is slow */
	NAMES_LISTED	= 4,	/* what became of a block list's file */
	NAMES_KEPT	= 5,	/* to NAMES_LOOK at the cache, one or more */
	NAMES_CALLER	= 6,	/* fd: a connection at the Unix door; whose is its other end? */
	NAMES_LEFT	= 7,	/* that connection is over (body: struct names_caller) */
	NAMES_CAME	= 8,	/* to NAMES_TRY: that question came back to us; empty body */
	NAMES_SERVERS_ARE = 9,	/* to NAMES_LOOK at the servers; unasked when they fall silent, or one answers again */
	NAMES_FOUND	= 10,	/* to NAMES_LOOK at a name */
	NAMES_SIFT	= 11,	/* which addresses of an answer are out of its asker's reach? */
	/* policyd to resolverd */
	NAMES_VERDICT	= 16,	/* to NAMES_ASK */
	NAMES_FORGET	= 17,	/* a client's address and port have a new owner, or none */
	NAMES_REVOKE	= 18,	/* all grants end; empty body */
	NAMES_SETTINGS	= 19,
	NAMES_LIST	= 20,	/* fd: a block list's file, to be read from its begin */
	NAMES_UNLIST	= 21,
	NAMES_LOOK	= 22,	/* what is kept, who is asked, what would a name get? nothing is sent for it */
	NAMES_TRY	= 23,	/* ask for a secret name at NAMES_NOWHERE, which the kernel should bring back; empty body */
	NAMES_FLUSH	= 24,	/* forget all answers and zones' keys; empty body */
	NAMES_SIFTED	= 25,	/* to NAMES_SIFT */
	NAMES_GRANT	= 26,	/* a client may know every name, until NAMES_FORGET or NAMES_REVOKE */
};

#define NAMES_ASK_MAX		1200
#define NAMES_LEARNT_MAX	61440
#define NAMES_ANSWERS_MAX	24576
#define NAMES_VERDICT_MAX	256
#define NAMES_FORGET_MAX	64
#define NAMES_GRANT_MAX		112
#define NAMES_REVOKE_MAX	0
#define NAMES_SETTINGS_MAX	5376
#define NAMES_LIST_MAX		128
#define NAMES_UNLIST_MAX	96
#define NAMES_LISTED_MAX	512
#define NAMES_KEPT_MAX		24576
#define NAMES_LOOK_MAX		1100
#define NAMES_CALLER_MAX	16
#define NAMES_LEFT_MAX		16
#define NAMES_SERVERS_ARE_MAX	8192
#define NAMES_FOUND_MAX		2048
#define NAMES_CAME_MAX		0
#define NAMES_TRY_MAX		0
#define NAMES_FLUSH_MAX		0
#define NAMES_SIFT_MAX		2560
#define NAMES_SIFTED_MAX	160

#define NAME_BYTES		1024	/* text of a domain name, odd bytes as \ddd, and the NUL */
#define NAMES_REASON_BYTES	128
#define NAMES_SERVER_BYTES	128

/* Where nobody is (RFC 5737): a question that is sent there must come to resolverd. */
#define NAMES_NOWHERE	{ 198, 51, 100, 17 }

/* What a name may hold: printable ASCII without blanks, letters in lower case. */
struct names_ask {
	struct tuple	tuple;
	char		name[NAME_BYTES];
	uint16_t	qtype;
};

enum names_word {
	NAMES_RESOLVE	= 1,
	NAMES_REFUSE	= 2,	/* this program may not ask, or nobody is known to */
	NAMES_BLOCK	= 3,	/* this name is not for it */
	NAMES_LATER	= 4,	/* a person is asked: it is to try again */
	NAMES_WORD_MAX	= 4,
};

struct names_verdict {
	uint8_t		word;		/* enum names_word */
	uint64_t	asker;		/* process id; 0: not known, then never NAMES_RESOLVE */
	bool		grant;		/* the same client may know every name, until NAMES_FORGET or NAMES_REVOKE */
	bool		sift;		/* but not every address: of each answer NAMES_SIFT is asked; only with NAMES_RESOLVE */
	uint64_t	lists;		/* block lists that count, as 1 << number of each; 0 without NAMES_RESOLVE */
	char		reason[NAMES_REASON_BYTES];	/* printable after unpack */
	uint64_t	program;	/* the same for all askers of one executable and user; 0 exactly when asker is */
	uint64_t	user;		/* the same for all of one user; likewise */
};

#define NAMES_ALIASES	17
#define NAMES_ADDRESSES	64
struct names_address {
	uint8_t		family;		/* 4 or 6 */
	uint8_t		address[16];
};
struct names_told {
	uint64_t		asker;
	uint64_t		lists;		/* that have one of the names, as 1 << number of each */
	uint8_t			names, addresses;
	char			name[NAMES_ALIASES][NAME_BYTES];
	struct names_address	address[NAMES_ADDRESSES];
};
/* Most bytes of one in the message. */
#define NAMES_TOLD_BYTES	(NAMES_ALIASES * (NAME_BYTES + 3) + NAMES_ADDRESSES * 20 + 32)

#define NAMES_TOLD_MOST	8	/* but the message may be full before */
struct names_learnt {
	uint8_t			count;
	struct names_told	told[NAMES_TOLD_MOST];
};

struct names_sift {
	uint64_t		asker;
	char			name[NAME_BYTES];
	uint8_t			addresses;
	struct names_address	address[NAMES_ADDRESSES];
};

struct names_sifted {
	uint64_t	out;		/* 1 << i: the i-th address is refused, whatever the protocol and port */
	char		reason[NAMES_REASON_BYTES];	/* printable after unpack; "" exactly when none is */
};

struct names_grant {
	struct tuple	tuple;
	uint64_t	asker, program, user;	/* as in struct names_verdict; never 0 */
	bool		sift;			/* likewise */
	uint64_t	lists;			/* likewise */
};

struct names_forget {
	struct tuple	tuple;
};

/*
 * One who asks over the Unix door: its questions have the tuple of caller.h. Not 0, each
 * greater than the one before; the upper half is the channel's generation.
 */
struct names_caller {
	uint64_t	number;
};

enum names_blocked {
	NAMES_AS_NXDOMAIN = 1,
	NAMES_AS_ZERO	= 2,	/* 0.0.0.0 and :: */
	NAMES_AS_REFUSED = 3,
	NAMES_BLOCKED_MAX = 3,
};

/* A net that the machine is in. */
struct names_net {
	char	device[DEVICE_BYTES];
	uint8_t	family;			/* 4 or 6 */
	uint8_t	prefix;			/* bits */
	uint8_t	address[16];		/* in it */
};

#define NAMES_SERVERS	8
#define NAMES_NETS	16
#define NAMES_SEARCHES	8
#define NAMES_SEARCH_BYTES 256
struct names_settings {
	uint8_t	servers, network_servers, searches;
	char	server[NAMES_SERVERS][NAMES_SERVER_BYTES];	/* as in bulwark.conf */
	char	network_server[NAMES_SERVERS][NAMES_SERVER_BYTES];	/* those that the network named */
	char	search[NAMES_SEARCHES][NAMES_SEARCH_BYTES];	/* its search domains */
	bool	network_all;		/* its servers are asked for all names */
	bool	network_names;		/* they are asked for its own, also where others are named */
	bool	captive;		/* and for checks for captive portals */
	uint32_t network;		/* counts up: it is another one, nothing kept of the last is good */
	bool	only_encrypted, rebinding, dnssec, list_aliases;
	bool	designated;		/* servers in clear are asked over what they offer (RFC 9462); not with only_encrypted */
	bool	unsigned_servers;	/* only with dnssec: servers that strip signatures are believed */
	uint8_t	blocked;		/* enum names_blocked */
	uint8_t	multicasts;
	struct names_net multicast[NAMES_NETS];	/* on these multicast DNS is asked; answers come from there alone */
};

#define NAMES_LIST_BYTES	64
#define NAMES_TAG_BYTES		32
#define NAMES_LISTS		64
struct names_list {
	uint8_t	number;		/* below NAMES_LISTS; of no other list that stands */
	char	name[NAMES_LIST_BYTES], tag[NAMES_TAG_BYTES];	/* neither is empty */
};

struct names_unlist {
	char	name[NAMES_LIST_BYTES];
};

#define NAMES_LISTED_BYTES	256
struct names_listed {
	char		name[NAMES_LIST_BYTES];
	uint32_t	rules, skipped, wrong;
	char		text[NAMES_LISTED_BYTES];	/* printable after unpack */
};

enum names_validation {
	NAMES_UNCHECKED = 1,
	NAMES_SECURE	= 2,
	NAMES_INSECURE	= 3,	/* its zone is not signed */
	NAMES_BOGUS	= 4,
	NAMES_CAPTIVE	= 5,	/* a captive portal's check, by the network's own resolver: unchecked */
	NAMES_VALIDATION_MAX = 5,
};

struct names_answer {
	struct tuple	tuple;
	uint64_t	asker;		/* 0: not known */
	char		name[NAME_BYTES];
	uint16_t	qtype;
	uint8_t		word;
	uint16_t	rcode;
	bool		cached;
	uint8_t		validation;
	uint32_t	took_us;
	char		server[NAMES_SERVER_BYTES];	/* printable after unpack */
	uint8_t		addresses;
	char		reason[NAMES_REASON_BYTES];	/* printable after unpack; "" with NAMES_RESOLVE */
};

#define NAMES_BATCH	16
struct names_answers {
	uint8_t			count;
	uint32_t		shed;		/* answers not told since the last message */
	struct names_answer	answer[NAMES_BATCH];
};

struct names_entry {
	char		name[NAME_BYTES];
	uint16_t	qtype, rcode;
	uint32_t	left_s;		/* 0: it has ended, and serves only while servers are silent */
	uint8_t		validation;
	char		server[NAMES_SERVER_BYTES];	/* printable after unpack */
	uint8_t		addresses;
};

enum names_what { NAMES_LOOK_CACHE = 1, NAMES_LOOK_SERVERS = 2, NAMES_LOOK_NAME = 3, NAMES_WHAT_MAX = 3 };
struct names_look {
	uint8_t		what;
	char		name[NAME_BYTES];	/* exactly with NAMES_LOOK_NAME, as in struct names_ask */
	uint16_t	qtype;
	uint64_t	lists;			/* that count, as in struct names_verdict; 0 without a name */
};

#define NAMES_LOOK_MOST	512	/* entries told of one look */
struct names_kept {
	bool			last;
	uint32_t		more;		/* with last: so many are kept beside those told */
	uint8_t			count;
	struct names_entry	entry[NAMES_BATCH];
};

enum names_transport { NAMES_CLEAR = 1, NAMES_TLS = 2, NAMES_HTTPS = 3, NAMES_TRANSPORT_MAX = 3 };
/* By what a server shows that it is the one. */
enum names_proof { NAMES_BY_NOTHING = 1, NAMES_BY_ADDRESS = 2, NAMES_BY_NAME = 3, NAMES_BY_KEY = 4,
	NAMES_BY_NAME_AND_KEY = 5, NAMES_PROOF_MAX = 5 };

struct names_server {
	char		text[NAMES_SERVER_BYTES];	/* printable after unpack; not empty */
	uint8_t		transport, proof;
	bool		used;		/* not: it is in clear, and only encrypted ones are asked */
	bool		of_network;	/* resolv.conf names it, not bulwark.conf */
	bool		some_names;	/* it is asked for those of its scope or network alone */
	uint32_t	took_us;	/* smoothed; 0: it never answered */
	uint32_t	failures;	/* in a row */
	uint32_t	rests_ms;	/* for so long others are asked first */
	char		error[NAMES_REASON_BYTES];	/* the last one; "": none yet. Printable after unpack */
	uint32_t	error_s;	/* so long ago */
};

#define NAMES_FILE_BYTES	512
struct names_servers {
	uint8_t			count;
	bool			silent;		/* of those for all names the last answer of each was none */
	char			file[NAMES_FILE_BYTES];	/* bulwark.conf's path: policyd's to say; printable after unpack */
	struct names_server	server[2 * NAMES_SERVERS];
};

enum names_special {
	NAMES_ORDINARY	= 1,
	NAMES_HERE	= 2,	/* answered by resolverd itself */
	NAMES_LOCAL	= 3,	/* asked of servers in this network only */
	NAMES_SPECIAL_MAX = 3,
};

/* What a question for a name would meet. */
struct names_found {
	char			list[NAMES_REASON_BYTES];	/* list and line that block it; "": none. Printable after unpack */
	uint8_t			special;	/* enum names_special */
	bool			kept;
	struct names_entry	entry;		/* if it is kept; else all zero */
	uint8_t			transport;	/* by which that came; 0: not known, or not kept */
	uint32_t		took_us;	/* for its answer, when it was asked for */
	bool			proves;		/* answers are validated */
	char			server[NAMES_SERVER_BYTES];	/* that would be asked first; "": none. Printable after unpack */
	uint8_t			server_transport;	/* 0 exactly without server */
};

size_t	names_ask_pack(const struct names_ask *, uint8_t *, size_t);
int	names_ask_unpack(const uint8_t *, size_t, struct names_ask *);
size_t	names_verdict_pack(const struct names_verdict *, uint8_t *, size_t);
int	names_verdict_unpack(const uint8_t *, size_t, struct names_verdict *);
size_t	names_learnt_pack(const struct names_learnt *, uint8_t *, size_t);
int	names_learnt_unpack(const uint8_t *, size_t, struct names_learnt *);
size_t	names_sift_pack(const struct names_sift *, uint8_t *, size_t);
int	names_sift_unpack(const uint8_t *, size_t, struct names_sift *);
size_t	names_sifted_pack(const struct names_sifted *, uint8_t *, size_t);
int	names_sifted_unpack(const uint8_t *, size_t, struct names_sifted *);
size_t	names_grant_pack(const struct names_grant *, uint8_t *, size_t);
int	names_grant_unpack(const uint8_t *, size_t, struct names_grant *);
size_t	names_forget_pack(const struct names_forget *, uint8_t *, size_t);
int	names_forget_unpack(const uint8_t *, size_t, struct names_forget *);
size_t	names_caller_pack(const struct names_caller *, uint8_t *, size_t);
int	names_caller_unpack(const uint8_t *, size_t, struct names_caller *);
size_t	names_settings_pack(const struct names_settings *, uint8_t *, size_t);
int	names_settings_unpack(const uint8_t *, size_t, struct names_settings *);
size_t	names_list_pack(const struct names_list *, uint8_t *, size_t);
int	names_list_unpack(const uint8_t *, size_t, struct names_list *);
size_t	names_unlist_pack(const struct names_unlist *, uint8_t *, size_t);
int	names_unlist_unpack(const uint8_t *, size_t, struct names_unlist *);
size_t	names_listed_pack(const struct names_listed *, uint8_t *, size_t);
int	names_listed_unpack(const uint8_t *, size_t, struct names_listed *);
size_t	names_answers_pack(const struct names_answers *, uint8_t *, size_t);
int	names_answers_unpack(const uint8_t *, size_t, struct names_answers *);
size_t	names_kept_pack(const struct names_kept *, uint8_t *, size_t);
int	names_kept_unpack(const uint8_t *, size_t, struct names_kept *);
size_t	names_look_pack(const struct names_look *, uint8_t *, size_t);
int	names_look_unpack(const uint8_t *, size_t, struct names_look *);
size_t	names_servers_pack(const struct names_servers *, uint8_t *, size_t);
int	names_servers_unpack(const uint8_t *, size_t, struct names_servers *);
size_t	names_found_pack(const struct names_found *, uint8_t *, size_t);
int	names_found_unpack(const uint8_t *, size_t, struct names_found *);

#endif
