/*
 * What the programs in the kernel and the processes of the suite say to each other: the
 * layouts of BPF maps and of the records in their rings. Included by both sides. Numbers
 * are the kernel's own order; addresses are as on the wire, IPv4 in the first four bytes.
 *
 *	map		type		key -> value
 *	control		array, mapped	0 -> struct kernel_control
 *	grants		hash		struct kernel_grant_key -> struct kernel_grant
 *	sockets		array		low bits of a TCP socket's cookie -> struct kernel_socket
 *	refusals	hash		struct kernel_refusal_key -> struct kernel_refusal
 *	notes		LRU hash	struct kernel_tuple -> struct kernel_note: who sent the packet that waits
 *	owners		array, mapped	part of a hash of struct kernel_tuple -> struct kernel_owners: owners.h
 *	uses		ring		struct kernel_use
 *	events		ring		struct kernel_event; EVENT_EXEC: struct kernel_exec; EVENT_EXIT: KERNEL_EXIT_BYTES
 *	lost		array, mapped	0 -> struct kernel_lost
 *	below		ring		struct kernel_below
 *	below_may	LRU hash	struct kernel_program -> 1: it may go below the rules while that is closed
 *	below_told	LRU hash	who was told of in the ring
 *	images		hash		process id -> struct image: image.h
 *	ports		array, mapped	0 -> struct kernel_ports
 *	port_news	ring		struct kernel_port_news
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <linux/types.h>

#define KERNEL_GRANTS	131072
#define KERNEL_REFUSALS	8192
#define KERNEL_SOCKETS	8192	/* a power of two */
#define KERNEL_NOTES	8192
#define KERNEL_OWNERS	16384	/* sets, a power of two */
#define KERNEL_OWNERS_WAYS 8
#define KERNEL_USES	(256 << 10)	/* bytes */
#define KERNEL_EVENTS	(256 << 10)
#define KERNEL_BELOW	(16 << 10)
#define KERNEL_BELOW_MAY 1024
#define KERNEL_BELOW_TOLD 4096
#define KERNEL_PORT_NEWS (16 << 10)
#define KERNEL_PATH	4096	/* bytes of a path that are told; longer ones are not */
#define KERNEL_CGROUP	1024
#define KERNEL_GROUPS	32
#define KERNEL_LEASE_NS	2500000000ull	/* the parent ends a process that is silent for 2 s */

/*
 * A grant or a refusal counts only while intercept renews the lease (CLOCK_MONOTONIC) and its generation
 * is this one: revoking all is one write, and nothing is granted for a process that is gone.
 */
struct kernel_control {
	__u64	lease_ns;	/* KERNEL_LEASE_NS ahead at most: nobody can say that it lasts */
	__u64	netns;		/* cookie of the suite's network namespace: nothing is refused, or told below the rules, elsewhere; 0: nowhere */
	__u32	generation;
	__u32	refusals;	/* that count; 0: the map need not be looked at */
	__u32	closed;		/* ways below the rules are, but for those in below_may */
	__u32	awaited;	/* intercept sleeps until a use is told; the kernel's to clear */
	__u32	below_lost;	/* the kernel's: records of struct kernel_below without room, counted up */
	__u32	pad[3];
	__u64	secret[2];	/* of owners.h, from intercept's first start on */
	__u64	refused;	/* the kernel's, in a cache line of its own: calls, since the beginning */
};

/* whod's: it has no part in what counts. */
struct kernel_lost {
	__u64	events;		/* that found no room in their ring, since the beginning */
};

/* As struct tuple of proto/types.h. */
struct kernel_tuple {
	__u8	family, proto;	/* 4 or 6 */
	__u16	sport, dport;	/* the machine's order; 0 without ports */
	__u8	pad[2];
	__u8	src[16], dst[16];
} __attribute__((aligned(8)));

/* Of UDP flows, which socket each was judged for; 0: the kernel's own. A cache line. */
struct kernel_owners {
	__u64	word[KERNEL_OWNERS_WAYS];
};

/* One execution of one program. */
struct kernel_process {
	__u64	start_ns;	/* of its main thread, CLOCK_BOOTTIME; /proc/PID/stat has it in ticks */
	__u64	exec;		/* changes with each exec */
	__u32	tgid;		/* in the initial pid namespace */
	__u32	pad;
};

/* All that decides which rules a program gets; equal facts: the same verdict. */
struct kernel_program {
	__u64	ino, folder;	/* of its file, and of the folder that the file is in */
	__u64	name;		/* hash of its name there */
	__s64	ctime_ns;
	__u64	cgroup;		/* id in the unified hierarchy */
	__u64	caps;		/* effective */
	__u32	dev;		/* the kernel's number: major << 20 | minor */
	__u32	mount, mount_ns, user_ns;
	__u32	uid, euid;
};

#define SENDER_TRACED	1u

struct kernel_sender {
	struct kernel_process	process;
	struct kernel_program	program;
	__u32			flags;		/* SENDER_* */
	__u32			pad;
};

/*
 * Who connected a TCP socket. Cookies count up, on each processor by itself, so mostly a newer one takes the
 * place of one of the oldest.
 */
#define SOCKET_BUSY	(1ull << 63)	/* being written; no cookie gets there, counted up or down */
struct kernel_socket {
	__u64			cookie;
	struct kernel_sender	sender;
};

/* process all zero: of every process that runs this program. */
struct kernel_grant_key {
	struct kernel_program	program;
	struct kernel_process	process;
	__u8			family, proto;
	__u16			port;		/* remote */
	__u32			pad;
	__u8			local[16];	/* a source of this machine's, and no forged one */
	__u8			remote[16];
};

/* Outgoing and accepted for good: nothing else is granted here. */
struct kernel_grant {
	__u64	id;		/* intercept's own */
	__u32	generation;
	__u32	pad;
};

/* Outgoing TCP and UDP, from wherever in this machine. process all zero: of every process that runs this program. */
struct kernel_refusal_key {
	struct kernel_program	program;
	struct kernel_process	process;
	__u8			family, proto;
	__u16			port;		/* remote */
	__u32			pad;
	__u8			remote[16];
};

/* In one second KERNEL_TOLD are told at most, and none of the process that was told of last. */
#define KERNEL_TOLD	32
struct kernel_refusal {
	__u64	id;		/* intercept's own */
	__u32	generation;
	__u32	told;		/* in this second */
	__u64	second_ns;	/* CLOCK_MONOTONIC: when it began */
	__u64	start_ns;	/* of the process that was told of last */
	__u32	tgid;		/* the same */
	__u32	pad;
};

#define NOTE_MIXED	1u	/* others sent the same before it was read: it names not all */
#define NOTE_RAW	2u	/* the socket is not one of this protocol and source port */
#define NOTE_RING	4u	/* the sender has it at most in an io_uring: whoever looks must find it there */
#define NOTE_LOST	8u	/* of one of them it is not known which program sent it, though one did */
#define NOTE_ANSWER	16u	/* against the direction in which its flow began: there nobody compares who sends */
#define NOTE_KERNEL	32u	/* the kernel made it from a packet that was judged before (tunnels) */
#define NOTE_NS		5000000000ull	/* no packet waits longer to be read */

/* Only of sockets that a program holds open. */
struct kernel_note {
	struct kernel_sender	sender;
	__u64			cookie;
	__u64			inode;		/* of the socket */
	__u64			since_ns;	/* CLOCK_MONOTONIC */
	__u32			uid;		/* of the socket */
	__u32			flags;		/* NOTE_* */
};

struct kernel_use {
	struct kernel_tuple	tuple;		/* of what was refused: no source, and no port if none is bound yet */
	struct kernel_process	process;
	__u64			grant;		/* its id, or the refusal's */
	__u64			cookie;
	__u64			inode;
	__u64			at_ns;		/* CLOCK_MONOTONIC */
	__u32			uid;		/* of the socket */
	__u32			device;		/* interface number */
	__u32			refused;	/* the call failed: there is no packet */
	__u32			pad;
};

enum kernel_event_kind {
	EVENT_EXEC = 1,
	EVENT_FORK,		/* a process, not a thread; its program has the file that its parent's began with */
	EVENT_EXIT,		/* its last thread */
};

struct kernel_event {
	__u32			kind;
	__u32			parent;		/* process id */
	__u64			at_ns;		/* CLOCK_MONOTONIC */
	struct kernel_sender	sender;
};

/* Of EVENT_EXIT only so much is told: whoever ends many at once fills the ring less than half as much. */
#define KERNEL_EXIT_BYTES	__builtin_offsetof(struct kernel_event, sender.program)

/* What follows EVENT_EXEC: of the file, of the user, and two names. */
struct kernel_exec {
	struct kernel_event	event;
	__u32			file_uid;
	__u32			links;		/* to the file; 0: it is deleted, or never had a name */
	__u32			groups;		/* gid[]: real, effective, saved, file system's, then the others; 0: too many */
	__u32			gid[KERNEL_GROUPS];
	__u16			path_len;	/* 0: it is longer than is told */
	__u16			cgroup_len;	/* the same */
	char			text[];		/* path, as the initial mount namespace's root sees its mounts, then
						   the cgroup's from its hierarchy's root; no NUL */
};

/* Of enum below_way (proto/types.h) what is seen here. */
enum kernel_below_way {
	BELOW_SENT = 2,
	BELOW_PAST_QUEUES,
	BELOW_FRAMES,
};

struct kernel_below {
	struct kernel_sender	sender;		/* all zero: not known; who has the socket may be */
	__u64			inode;		/* of the socket; 0: nobody has it open */
	__u32			way;		/* enum kernel_below_way */
	__u32			uid;		/* of the socket */
	__u16			ethertype;	/* BELOW_SENT: of the frame, the machine's order; else 0 */
	char			device[16];	/* BELOW_SENT: its name; else "" */
	__u8			refused;	/* and tried; told again each four seconds */
	__u8			pad[5];
};

/* Of UDP flows whose sockets' ends, and whose ports' other users, intercept has to hear of at once. */
struct kernel_ports {
	__u32	count;			/* of bits that are set below; 0: they need not be looked at */
	__u32	taken;			/* one was, or may have been: no more of that is told until intercept takes it back */
	__u32	lost;			/* news for which there was no room, counted up */
	__u32	pad[13];
	__u8	port[65536 / 8];
	__u8	socket[65536 / 8];	/* by the low 16 bits of their cookies */
};

struct kernel_port_news {
	__u64	closed;			/* cookie of a socket that is being closed; 0: a port was taken, or may have been */
};

#endif
