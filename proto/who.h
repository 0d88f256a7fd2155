/*
 * Who: intercept asks whod which programs hold a socket. Wire form: who.proto.
 * For X_pack() and X_unpack() see control.h.
 *
 * Several questions travel in one WHO_ASK, several answers in one WHO_HOLDERS.
 * WHO_PROCESS always precedes the first answer that names its id.
 */
#ifndef PROTO_WHO_H
#define PROTO_WHO_H

#include "types.h"

enum who_type {
	/* intercept to whod */
	WHO_ASK		= 1,
	WHO_NAMESPACES_ASK = 2,	/* empty body, id not 0: one process of each network namespace, please */
	WHO_HINTED	= 3,	/* the programs whose hints shall be read, from now on */
	/* whod to intercept */
	WHO_HOLDERS	= 16,
	WHO_PROCESS	= 17,	/* what a process id stands for */
	WHO_GONE	= 18,	/* these ids ended (exit, exec, another user or cgroup, ...): grants end with them */
	WHO_SHARED	= 19,	/* a later look found another holder of a socket answered before */
	WHO_STATS	= 20,	/* once a second while anything changed */
	WHO_NAMESPACES	= 21,
};

#define WHO_BATCH		64	/* questions, answers, ids in one message */
#define WHO_ASK_MAX		12288
#define WHO_NAMESPACES_ASK_MAX	0
#define WHO_HINTED_MAX		32768
#define WHO_HOLDERS_MAX		16384
#define WHO_PROCESS_MAX		9728
#define WHO_GONE_MAX		1024
#define WHO_SHARED_MAX		256
#define WHO_STATS_MAX		512
#define WHO_NAMESPACES_MAX	16384

enum who_kind {
	WHO_SOCKET	= 1,	/* by inode, from sock_diag */
	WHO_RAW		= 2,	/* no socket is known: raw or ping sockets that could have sent it */
	WHO_HELD	= 3,	/* by inode as well, but no raw socket can have sent what it is about */
	WHO_SENDER	= 4,	/* the kernel noted who sent the packet: which program is that? */
	WHO_KIND_MAX	= 4,
};

/*
 * A process as it was when it sent a packet; struct kernel_sender of intercept/bpf/maps.h has
 * the same facts. Device, inode and mount are the kernel's own, stat(2) may have others.
 */
struct who_sender {
	uint32_t	pid;		/* in the initial pid namespace; not 0 */
	uint64_t	start_ns;	/* of its main thread, CLOCK_BOOTTIME */
	uint64_t	exec;		/* changes with each exec */
	uint64_t	ino;		/* of its file; not 0 */
	uint32_t	dev;		/* major << 20 | minor */
	uint32_t	mount;		/* that the file was opened by */
	int64_t		ctime_ns;
	uint32_t	uid, euid;
	uint64_t	caps;		/* effective */
	uint64_t	cgroup;		/* id in the unified hierarchy */
	uint32_t	mount_ns, user_ns;
	bool		traced;
};

struct who_question {
	uint32_t	ask;		/* echoed in the answer */
	uint8_t		kind;		/* enum who_kind */
	uint8_t		family;		/* 4 or 6 */
	uint8_t		proto;		/* IP protocol of the packet */
	uint16_t	ident;		/* ICMP echo identifier or source port, for ping sockets; else 0 */
	uint64_t	inode;		/* WHO_SOCKET, WHO_HELD; WHO_SENDER: 0 if unknown. Then its later
					   holders are told, too (WHO_SHARED) */
	uint32_t	uid;		/* socket's owner (sock_diag), or the packet's; UINT32_MAX unknown */
	uint32_t	sender_uid;	/* the packet's: raw sockets of others did not send it; UINT32_MAX unknown */
	uint8_t		src[16];	/* source address of the packet */
	bool		thorough;	/* the last answer was WHO_NOT_SEEN: search everywhere. Such
					   questions wait for their turn, so that they slow no others */
	struct who_sender sender;	/* WHO_SENDER: the answer names one holder, or nobody: the kernel's word
					   counts, but what it means is not known (any more). WHO_SOCKET, WHO_RAW:
					   after that, or all zero; where it is none of the holders (any more), they
					   are too many: none of them sent it. Else all zero */
};

struct who_ask {
	uint8_t			count;
	struct who_question	question[WHO_BATCH];
};

#define HINTED_MOST	256
#define HINTED_BYTES	120
struct who_hinted {
	bool		all;		/* every program; count is 0 */
	uint16_t	count;		/* 0 without all: none */
	struct hinted_path {
		uint8_t	len;
		char	text[HINTED_BYTES];	/* as glob_fits_path() has it */
	} path[HINTED_MOST];
};

enum who_status {
	WHO_FOUND	= 1,	/* holders[] is complete as of now */
	WHO_NOBODY	= 2,	/* no process holds it (ended, or the kernel's own) */
	WHO_TOO_MANY	= 3,	/* more than HOLDERS_MAX different programs */
	WHO_NOT_SEEN	= 4,	/* nobody where it most likely is: ask thoroughly, if it is still there */
	WHO_STATUS_MAX	= 4,
};

struct who_answer {
	uint32_t	ask;
	uint8_t		status;			/* enum who_status */
	bool		raw_suspects;		/* holders[] includes holders of raw sockets that could
						   have forged this packet */
	uint8_t		count;
	uint64_t	holder[HOLDERS_MAX];	/* process ids; sender unknown among them: strictest counts.
						   Processes that run the same file as the same user count once */
};

struct who_holders {
	uint8_t			count;
	struct who_answer	answer[WHO_BATCH];
};

struct who_gone {
	uint8_t		count;
	uint64_t	ended;			/* bit n: the process of id[n] has; else it has, or may get, another id */
	uint64_t	id[WHO_BATCH];
};

struct who_shared {
	uint64_t	inode;
	uint8_t		count;
	uint64_t	holder[HOLDERS_MAX];
};

#define WHO_QUEUES	8
struct who_queue {		/* a line of /proc/net/netfilter/nfnetlink_queue */
	uint16_t	number;
	uint32_t	waiting;
	uint64_t	dropped;	/* queue was full */
	uint64_t	user_dropped;	/* intercept's socket was full */
	uint64_t	total;		/* packets that ever came */
};

struct who_stats {
	uint8_t			queues;
	struct who_queue	queue[WHO_QUEUES];
	uint32_t		processes;
	uint32_t		sockets;	/* in the index */
	bool			events;		/* the kernel tells of exec and exit */
};

#define WHO_NAMESPACES_COUNT	512
struct who_namespace {
	uint64_t	inode;		/* of /proc/PID/ns/net */
	uint32_t	pid;		/* the oldest process in it, or of one container that is in it; without a main thread another one's */
	uint64_t	process;	/* its id (WHO_PROCESS came before) */
	bool		alone;		/* every process there is in the same container (cgroup.h) as this one */
	bool		young;		/* it began just before: engines move it, and let it become another program */
};

struct who_namespaces {
	bool			whole;		/* no process is in any other namespace */
	uint16_t		count;		/* of a namespace all that are to be told, or none */
	struct who_namespace	ns[WHO_NAMESPACES_COUNT];
};

size_t	who_ask_pack(const struct who_ask *, uint8_t *, size_t);
int	who_ask_unpack(const uint8_t *, size_t, struct who_ask *);
/* WHO_HINTED and DECIDE_HINTED carry the same body. */
size_t	who_hinted_pack(const struct who_hinted *, uint8_t *, size_t);
int	who_hinted_unpack(const uint8_t *, size_t, struct who_hinted *);
size_t	who_holders_pack(const struct who_holders *, uint8_t *, size_t);
int	who_holders_unpack(const uint8_t *, size_t, struct who_holders *);
size_t	who_gone_pack(const struct who_gone *, uint8_t *, size_t);
int	who_gone_unpack(const uint8_t *, size_t, struct who_gone *);
size_t	who_shared_pack(const struct who_shared *, uint8_t *, size_t);
int	who_shared_unpack(const uint8_t *, size_t, struct who_shared *);
size_t	who_stats_pack(const struct who_stats *, uint8_t *, size_t);
int	who_stats_unpack(const uint8_t *, size_t, struct who_stats *);
size_t	who_namespaces_pack(const struct who_namespaces *, uint8_t *, size_t);
int	who_namespaces_unpack(const uint8_t *, size_t, struct who_namespaces *);

/* WHO_PROCESS, DECIDE_PROCESS and UI_PROCESS carry the same body (process.proto). */
/* UI_PROCESS comes without hints, but for one parent: the process that this one counts as a part of. */
size_t	process_pack(const struct process *, uint8_t *, size_t);
int	process_unpack(const uint8_t *, size_t, struct process *);

#endif
