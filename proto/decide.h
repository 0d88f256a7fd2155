/*
 * Decide: intercept asks, policyd answers. Wire form: decide.proto.
 * For X_pack() and X_unpack() see control.h.
 *
 * policyd believes nothing here but what intercept alone can know; intercept
 * believes policyd only on flows that really wait (late answers are normal).
 */
#ifndef PROTO_DECIDE_H
#define PROTO_DECIDE_H

#include "types.h"

enum decide_type {
	/* intercept to policyd */
	DECIDE_PROCESS	= 1,	/* what a process id stands for; precedes its first use (body: struct process) */
	DECIDE_REQUEST	= 2,	/* judge this flow; frame id 0, the flow's id is in the body */
	DECIDE_NOTICE	= 3,	/* the answer to DECIDE_WHOSE */
	DECIDE_USES	= 4,	/* flows that grants answered; shed when policyd is slow: counted */
	DECIDE_ENDS	= 5,	/* flows that ended, with their bytes; shed likewise */
	DECIDE_STATS	= 6,	/* once a second, if anything changed */
	DECIDE_GONE	= 7,	/* ids that ended (body: struct who_gone) */
	DECIDE_JUDGED_ANEW = 8,	/* a live flow's verdict changed and it was ended */
	DECIDE_LINKS	= 9,	/* the machine's own addresses and nets, at start and on change */
	DECIDE_BELOW	= 10,	/* a program goes round the rules */
	/* policyd to intercept */
	DECIDE_VERDICT	= 16,
	DECIDE_REVOKE	= 17,	/* all grants end; judge every live flow anew */
	DECIDE_WHOSE	= 18,	/* who is at the other end of this Unix connection? */
	DECIDE_HINTED	= 19,	/* the programs whose hints shall be read (body: struct who_hinted) */
	DECIDE_BELOW_MAY = 20,	/* a process may go below the rules */
	DECIDE_BELOW_CLOSE = 21, /* the ways below the rules are closed, or open; ends what was said by DECIDE_BELOW_MAY */
};

#define DECIDE_PROCESS_MAX	9728
#define DECIDE_REQUEST_MAX	512
#define DECIDE_NOTICE_MAX	256
#define DECIDE_USES_MAX		16384
#define DECIDE_ENDS_MAX		16384
#define DECIDE_STATS_MAX	1024
#define DECIDE_GONE_MAX		1024
#define DECIDE_JUDGED_ANEW_MAX	256
#define DECIDE_LINKS_MAX	16384
#define DECIDE_BELOW_MAX	64
#define DECIDE_VERDICT_MAX	256
#define DECIDE_REVOKE_MAX	32
#define DECIDE_WHOSE_MAX	32
#define DECIDE_BELOW_MAY_MAX	16
#define DECIDE_BELOW_CLOSE_MAX	8
#define DECIDE_HINTED_MAX	32768

struct decide_request {
	uint64_t	flow;			/* intercept's id, never 0, never used twice */
	struct tuple	tuple;
	uint8_t		direction;		/* enum direction */
	uint8_t		owner;			/* enum owner */
	uint8_t		holders;		/* > 0 exactly when OWNER_PROCESS; OWNER_FORWARDED: 0 or
						   more, processes of the namespace it comes from, the oldest first */
	bool		existed;		/* the connection was there before the suite */
	bool		again;			/* a live flow is judged anew */
	bool		has_socket;		/* a socket matches (OWNER_UNKNOWN: but its holder was not found) */
	uint64_t	holder[HOLDERS_MAX];
	bool		alone;			/* OWNER_FORWARDED: whoever sent it is in the holder's container (cgroup.h) */
	uint32_t	socket_uid;		/* UINT32_MAX when there is none */
	char		device[DEVICE_BYTES];	/* the packet came in on this (IN, FORWARD) or goes out (OUT) */
	bool		middle;			/* TCP, and its first packet that was met opens no connection */
	uint64_t	since_us;		/* CLOCK_MONOTONIC: when the packet was read */
	/* OUT, to this very machine: the socket that will get it, and who holds that. */
	bool		has_listener;
	bool		listener_unknown;	/* a program holds it, but which (or all of them) was not found */
	uint8_t		listeners;		/* 0: unknown, or the kernel's own socket */
	uint32_t	listener_uid;
	uint64_t	listener[HOLDERS_MAX];
};

/* For whom else a verdict may count. */
enum grant_of {
	GRANT_NONE	= 0,
	GRANT_PROCESS	= 1,	/* the holder */
	GRANT_PROGRAM	= 2,	/* each process whose struct kernel_program (intercept/bpf/maps.h) is the holder's,
				   and that nobody traces; as long as what the kernel says of the holder (file, time
				   of change, user) is what whod said, which the verdict rests on */
	GRANT_MAX	= 2,
};

struct decide_verdict {
	uint64_t	flow;
	uint8_t		action;			/* enum action */
	bool		permanent;		/* the kernel carries it on; else only this packet */
	uint8_t		grant;			/* enum grant_of: who may be answered so without asking, for the same
						   direction, protocol, remote address and port (OUT: destination;
						   IN: source address, local port), while generation stands.
						   Only with permanent, and only for OWNER_PROCESS with one holder */
	bool		at_once;		/* BLOCK with a grant: what the grant is for may fail in the call that
						   begins it, before there is a packet */
	uint32_t	generation;		/* older than the last revocation's: no verdict, but: ask
						   again who it is, and then me */
	uint32_t	reason;			/* policyd's number for it, echoed in uses and ends */
};

struct decide_notice {
	uint64_t	flow;			/* an id as a flow's, for the connection */
	struct tuple	tuple;
	uint64_t	cookie;			/* of the socket */
	uint64_t	process;
};

/* Answered by a notice with the caller's tuple (caller.h), or, if nobody or more than one holds it, not. */
struct decide_whose {
	uint64_t	caller;
	uint32_t	inode;			/* of the end that the suite's own server holds */
};

#define DECIDE_BATCH	144	/* few large messages: each costs a connection its time */
struct decide_use {
	uint64_t	flow;
	struct tuple	tuple;
	uint8_t		direction;
	uint8_t		action;
	uint64_t	process;
	uint32_t	reason;
	uint32_t	latency_us;		/* packet read to verdict sent */
};
struct decide_uses {
	uint8_t			count;
	uint32_t		shed;		/* uses not reported since the last message */
	struct decide_use	use[DECIDE_BATCH];
};

struct decide_end {
	uint64_t	flow;
	uint64_t	bytes_out, bytes_in;	/* from this machine's view; forwarded: original, reply */
	uint32_t	packets_out, packets_in;
};
struct decide_ends {
	uint8_t			count;
	uint32_t		shed;
	struct decide_end	end[DECIDE_BATCH];
};

/* What intercept has of the suite's part in the kernel. */
enum kernel_path {
	KERNEL_PATH_UNTOLD	= 0,	/* intercept has not said yet; only in UI_STATUS */
	KERNEL_PATH_NONE		= 1,	/* it was handed none */
	KERNEL_PATH_WORKS	= 2,
	KERNEL_PATH_UNMAPPED	= 3,	/* its memory can't be mapped */
	KERNEL_PATH_NO_NETWORK	= 4,	/* the network namespace is not known */
	KERNEL_PATH_NO_MAPS	= 5,	/* the kernel refuses its maps */
	KERNEL_PATH_MAX		= 5,
};

struct decide_stats {
	uint32_t	waiting;		/* flows that wait for a verdict */
	uint32_t	live;			/* flows in the kernel's hands that intercept follows */
	uint32_t	grants;
	uint64_t	packets;		/* read from queues since start */
	uint64_t	denied_repeat;		/* answered from the cache of denied tuples, or refused by the kernel in the call */
	uint64_t	shed_waiting;		/* packets dropped because too many flows waited */
	uint64_t	overruns;		/* times the kernel said that queue messages were lost */
	uint64_t	malformed;
	bool		conntrack_full;		/* the kernel's table was seen full in the last second */
	uint32_t	socket_uids;		/* users that have flows waiting now */
	uint64_t	queue_dropped;		/* sum of whod's who_stats */
	uint64_t	queue_user_dropped;
	uint32_t	processes;		/* whod's index */
	bool		events;			/* whod has exec and exit events */
	uint8_t		kernel;			/* enum kernel_path */
};

#define DECIDE_AGAIN_MAX	1024	/* requests with `again` that wait for their verdict at a time: policyd tells of those that end a flow */
struct decide_judged_anew {
	uint64_t	flow;
	uint8_t		was, is;		/* enum action */
	uint32_t	reason;			/* of the verdict that ended it; 0: there was none in time */
};

#define DECIDE_NETS	128
struct decide_net {
	uint8_t		family;			/* 4 or 6 */
	uint8_t		prefix;			/* bits */
	uint8_t		address[16];		/* the machine's own address in it */
	uint8_t		broadcast[4];		/* IPv4, zero if none */
	char		device[DEVICE_BYTES];
};
struct decide_links {
	uint8_t			count;		/* more than DECIDE_NETS are cut, more is set */
	bool			more;
	struct decide_net	net[DECIDE_NETS];
};

/*
 * intercept to policyd: refused says that the kernel refused it, and the answer is DECIDE_BELOW_MAY, or none.
 * policyd to uid (UI_BELOW): refused says that it is.
 */
struct decide_below {
	uint32_t	number;			/* intercept's, for the answer; 0: wants none, and to uid */
	bool		refused;
	bool		told;			/* was told before, and is asked again; to uid: false */
	uint8_t		way;			/* enum below_way */
	uint64_t	process;		/* 0: it could not be named */
	uint32_t	uid;			/* the socket's; UINT32_MAX: unknown */
	uint16_t	ethertype;		/* BELOW_WAY_SENT: of the frame; else 0 */
	char		device[DEVICE_BYTES];	/* BELOW_WAY_SENT: it went out by this; else "" */
};

struct decide_below_may {
	uint32_t	number;			/* of the question */
};

struct decide_below_close {
	bool		closed;
};

struct decide_revoke {
	uint32_t	generation;		/* the new one; counts up */
};

size_t	decide_request_pack(const struct decide_request *, uint8_t *, size_t);
int	decide_request_unpack(const uint8_t *, size_t, struct decide_request *);
size_t	decide_verdict_pack(const struct decide_verdict *, uint8_t *, size_t);
int	decide_verdict_unpack(const uint8_t *, size_t, struct decide_verdict *);
size_t	decide_notice_pack(const struct decide_notice *, uint8_t *, size_t);
int	decide_notice_unpack(const uint8_t *, size_t, struct decide_notice *);
size_t	decide_uses_pack(const struct decide_uses *, uint8_t *, size_t);
int	decide_uses_unpack(const uint8_t *, size_t, struct decide_uses *);
size_t	decide_ends_pack(const struct decide_ends *, uint8_t *, size_t);
int	decide_ends_unpack(const uint8_t *, size_t, struct decide_ends *);
size_t	decide_stats_pack(const struct decide_stats *, uint8_t *, size_t);
int	decide_stats_unpack(const uint8_t *, size_t, struct decide_stats *);
size_t	decide_judged_anew_pack(const struct decide_judged_anew *, uint8_t *, size_t);
int	decide_judged_anew_unpack(const uint8_t *, size_t, struct decide_judged_anew *);
size_t	decide_links_pack(const struct decide_links *, uint8_t *, size_t);
int	decide_links_unpack(const uint8_t *, size_t, struct decide_links *);
size_t	decide_below_pack(const struct decide_below *, uint8_t *, size_t);
int	decide_below_unpack(const uint8_t *, size_t, struct decide_below *);
size_t	decide_below_may_pack(const struct decide_below_may *, uint8_t *, size_t);
int	decide_below_may_unpack(const uint8_t *, size_t, struct decide_below_may *);
size_t	decide_below_close_pack(const struct decide_below_close *, uint8_t *, size_t);
int	decide_below_close_unpack(const uint8_t *, size_t, struct decide_below_close *);
size_t	decide_revoke_pack(const struct decide_revoke *, uint8_t *, size_t);
int	decide_revoke_unpack(const uint8_t *, size_t, struct decide_revoke *);
size_t	decide_whose_pack(const struct decide_whose *, uint8_t *, size_t);
int	decide_whose_unpack(const uint8_t *, size_t, struct decide_whose *);

#endif
