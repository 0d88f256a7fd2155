/*
 * Control: bulwarkd (parent) and each child. Wire form: control.proto.
 * X_pack() returns the bytes written, 0 if they did not fit or X_unpack() would
 * refuse the message (rules stand in the .proto files). X_unpack() returns
 * 0, or -1 for anything that is not exactly a valid message; the result holds
 * no pointer into the body.
 */
#ifndef PROTO_CONTROL_H
#define PROTO_CONTROL_H

#include "types.h"

enum control_type {
	/* child to parent */
	CONTROL_HELLO		= 1,	/* first words */
	CONTROL_READY		= 2,	/* narrowed and serving */
	CONTROL_PONG		= 3,
	CONTROL_LOG		= 4,	/* a line for the log: hostile text */
	CONTROL_RULES_CHANGED	= 5,	/* intercept: somebody touched the kernel's rules */
	/* parent to child */
	CONTROL_PEER		= 16,	/* fd: a fresh end of the channel named; the old one is void */
	CONTROL_PING		= 17,
	CONTROL_STOP		= 18,	/* end in order; empty body */
	CONTROL_SUITE		= 19,	/* policyd: who runs, on each change and every few seconds */
	CONTROL_RULES		= 20,	/* policyd: rules were loaded, put back, or could not be */
	CONTROL_RESOLVERS	= 21,	/* policyd: the machine's resolv.conf, at start and on change */
	CONTROL_ZONE		= 22,	/* policyd: the machine's time zone, at start and on change */
};

#define CONTROL_HELLO_MAX		64
#define CONTROL_READY_MAX		64
#define CONTROL_PONG_MAX		16
#define CONTROL_LOG_MAX			1100
#define CONTROL_RULES_CHANGED_MAX	64
#define CONTROL_PEER_MAX		32
#define CONTROL_PING_MAX		16
#define CONTROL_STOP_MAX		0
#define CONTROL_SUITE_MAX		2048
#define CONTROL_RULES_MAX		1100
#define CONTROL_RESOLVERS_MAX		4200
#define CONTROL_ZONE_MAX		8300

#define CONTROL_LOG_BYTES	1000
#define CONTROL_SUITE_PROCESSES	16
#define CONTROL_NAME_BYTES	16

enum channel_name {
	CHANNEL_DECIDE	= 1,	/* intercept and policyd */
	CHANNEL_WHO	= 2,	/* intercept and whod */
	CHANNEL_UI	= 3,	/* policyd and uid */
	CHANNEL_NAMES	= 4,	/* resolverd and policyd */
	CHANNEL_NAME_MAX = 4,
};

struct control_hello {
	uint32_t	version;			/* CHANNEL_VERSION */
	char		name[CONTROL_NAME_BYTES];	/* NUL-terminated, [a-z-]+ */
};

struct control_ready {
	uint32_t	landlock_abi;	/* reached; 0: the kernel has none */
	uint32_t	seccomp_rules;	/* rows loaded; never 0 */
};

struct control_ping {		/* PONG has the same form */
	uint32_t	seq;
};

enum log_level { LOG_LEVEL_ERROR = 1, LOG_LEVEL_WARN = 2, LOG_LEVEL_INFO = 3, LOG_LEVEL_DEBUG = 4,
	LOG_LEVEL_MAX = 4 };

struct control_log {
	uint8_t		level;		/* enum log_level */
	uint16_t	len;
	char		text[CONTROL_LOG_BYTES];	/* unpack makes it printable: control bytes and bad UTF-8 become '?' */
};

struct control_rules_changed {
	uint32_t	generation;	/* nf_tables generation that the kernel named */
};

struct control_peer {
	uint8_t		channel;	/* enum channel_name */
	uint32_t	generation;	/* counts up with each fresh pair of this channel */
};

enum process_state { STATE_STARTING = 1, STATE_RUNNING = 2, STATE_DOWN = 3, STATE_MAX = 3 };

struct control_suite_process {
	char		name[CONTROL_NAME_BYTES];
	uint8_t		state;		/* enum process_state */
	uint32_t	pid;		/* 0 when down */
	uint64_t	start;		/* clock ticks since boot */
	uint32_t	uid;
	uint32_t	restarts;
	uint32_t	rss_kib;
	uint32_t	landlock_abi;
};

#define CONTROL_TAKEN_BYTES	96
#define CONTROL_KERNEL_BYTES	160
struct control_suite {
	uint8_t				count;
	bool				doors;	/* port 53 is ours where rules lead to it */
	char				taken[CONTROL_TAKEN_BYTES];	/* which is not, and who has it; "" with doors; printable after unpack */
	bool				kernel;	/* the suite's part in the kernel is at work */
	char				no_kernel[CONTROL_KERNEL_BYTES];	/* why not; "" with kernel; printable after unpack */
	struct control_suite_process	process[CONTROL_SUITE_PROCESSES];
};

#define CONTROL_RESOLV_BYTES	4096
struct control_resolvers {
	uint16_t	len;
	char		text[CONTROL_RESOLV_BYTES];	/* as root wrote it; its reader takes nothing for granted */
};

#define CONTROL_ZONE_BYTES	8192	/* the largest of tzdata has 3,700 */
struct control_zone {
	uint16_t	len;
	char		tzif[CONTROL_ZONE_BYTES];	/* as root wrote it: empty, or begins as RFC 9636 says; the rest is unchecked */
};

enum rules_state {
	RULES_LOADED	= 1,	/* first load */
	RULES_KEPT	= 2,	/* were there already: a restart */
	RULES_PUT_BACK	= 3,	/* somebody had removed or reordered them */
	RULES_FAILED	= 4,	/* could not be loaded; text says why */
	RULES_STATE_MAX	= 4,
};

struct control_rules {
	uint8_t		state;		/* enum rules_state */
	bool		guard;		/* the owner-held nft table stands */
	uint16_t	len;
	char		text[CONTROL_LOG_BYTES];	/* printable after unpack */
};

size_t	control_hello_pack(const struct control_hello *, uint8_t *, size_t);
int	control_hello_unpack(const uint8_t *, size_t, struct control_hello *);
size_t	control_ready_pack(const struct control_ready *, uint8_t *, size_t);
int	control_ready_unpack(const uint8_t *, size_t, struct control_ready *);
size_t	control_ping_pack(const struct control_ping *, uint8_t *, size_t);
int	control_ping_unpack(const uint8_t *, size_t, struct control_ping *);
size_t	control_log_pack(const struct control_log *, uint8_t *, size_t);
int	control_log_unpack(const uint8_t *, size_t, struct control_log *);
size_t	control_rules_changed_pack(const struct control_rules_changed *, uint8_t *, size_t);
int	control_rules_changed_unpack(const uint8_t *, size_t, struct control_rules_changed *);
size_t	control_peer_pack(const struct control_peer *, uint8_t *, size_t);
int	control_peer_unpack(const uint8_t *, size_t, struct control_peer *);
size_t	control_suite_pack(const struct control_suite *, uint8_t *, size_t);
int	control_suite_unpack(const uint8_t *, size_t, struct control_suite *);
size_t	control_resolvers_pack(const struct control_resolvers *, uint8_t *, size_t);
int	control_resolvers_unpack(const uint8_t *, size_t, struct control_resolvers *);
size_t	control_zone_pack(const struct control_zone *, uint8_t *, size_t);
int	control_zone_unpack(const uint8_t *, size_t, struct control_zone *);
size_t	control_rules_pack(const struct control_rules *, uint8_t *, size_t);
int	control_rules_unpack(const uint8_t *, size_t, struct control_rules *);

#endif
