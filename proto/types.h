/*
 * Facts that more than one process speaks of: addresses, tuples, processes,
 * verdicts. Plain structs; every copy that came from a peer has passed its
 * message's validator (decide.h, who.h, ui.h, control.h).
 */
#ifndef PROTO_TYPES_H
#define PROTO_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_BYTES	4096	/* longest path the kernel gives */
#define CGROUP_BYTES	512	/* what is kept of a cgroup path */
#define COMMAND_BYTES	256	/* what is kept of a command line, for display only */
#define DEVICE_BYTES	16	/* IFNAMSIZ */
#define HOLDERS_MAX	8	/* distinct programs that may hold one socket; more is unknown */

/*
 * A flow as its first packet went. Ports in host order. Unused bytes of an
 * IPv4 address are zero, so tuples compare with memcmp and hash whole.
 * ICMP: sport is the echo identifier (else 0), dport is type << 8 | code.
 * Other protocols without ports: both 0.
 */
struct tuple {
	uint8_t		family;		/* 4 or 6 */
	uint8_t		proto;		/* IP protocol number */
	uint16_t	sport;
	uint16_t	dport;
	uint8_t		pad[2];		/* zero */
	uint8_t		src[16];
	uint8_t		dst[16];
};

enum direction {
	DIRECTION_OUT		= 1,
	DIRECTION_IN		= 2,
	DIRECTION_FORWARD	= 3,
	DIRECTION_MAX		= 3,
};

/* Who the flow belongs to, as far as attribution got. */
enum owner {
	OWNER_PROCESS	= 1,	/* holders[] says which */
	OWNER_UNKNOWN	= 2,	/* could not be found, or too many: never accepted */
	OWNER_KERNEL	= 3,	/* the kernel itself sent it (WireGuard, NFS, ICMP answers) */
	OWNER_NOBODY	= 4,	/* incoming, and no socket waits for it */
	OWNER_FORWARDED	= 5,	/* device and namespace say where it comes from */
	OWNER_MAX	= 5,
};

/* What is done with a flow; the numbers are the nibbles of docs/rules.md, beside them what people are shown. */
enum action {
	ACTION_ACCEPT		= 1,	/* 1710, once: 1700 (nibble 6) */
	ACTION_BLOCK		= 2,	/* 1711, once: 1701 (nibble 7) */
	ACTION_DROP		= 3,	/* 1712, once: 1702 (NF_DROP) */
	ACTION_NAMESERVER	= 4,	/* 1799 */
	ACTION_TUNNEL		= 5,	/* 1717 */
	ACTION_MAX		= 5,
};

/* How a program goes round the rules, which see what the IP layer sends (docs/senders.md). */
enum below_way {
	BELOW_WAY_OPEN		= 1,	/* it has a socket for packets (AF_PACKET): it may only listen */
	BELOW_WAY_SENT		= 2,	/* it sent by one */
	BELOW_WAY_PAST_QUEUES	= 3,	/* it has one send past the device's queues (PACKET_QDISC_BYPASS) */
	BELOW_WAY_FRAMES	= 4,	/* it has a socket for frames (AF_XDP) */
	BELOW_WAY_MAX		= 4,
};

enum level {
	LEVEL_DYNAMIC	= 1,
	LEVEL_SECURE	= 2,
	LEVEL_FORTRESS	= 3,
	LEVEL_MAX	= 3,
};

/* What the /proc helper saw of a process; bits of struct process.flags. */
enum process_flag {
	PROCESS_PROVEN		= 1 << 0,	/* path names the same file in the initial mount namespace */
	PROCESS_DELETED		= 1 << 1,	/* its file has no link left (deleted, memfd) */
	PROCESS_TRACED		= 1 << 2,	/* another process traces it now */
	PROCESS_ROOT_FILE	= 1 << 3,	/* file and every folder above it belong to root */
	PROCESS_SAFE_MODE	= 1 << 4,	/* neither file nor a folder above it is writable by others */
	PROCESS_ROOT_CGROUP	= 1 << 5,	/* root made its cgroup: the name may be believed */
	PROCESS_KERNEL		= 1 << 6,	/* a kernel thread: no file */
	PROCESS_ADMIN		= 1 << 7,	/* uid 0, administrative capabilities or groups */
	PROCESS_PRELOAD		= 1 << 8,	/* LD_PRELOAD, LD_LIBRARY_PATH or LD_AUDIT set: shown, never decided on */
	PROCESS_OWN_MOUNTS	= 1 << 9,	/* its mount namespace is not the initial one */
	PROCESS_NAMED_CGROUP	= 1 << 10,	/* its cgroup is one of systemd's own hierarchy, not of the unified one */
	PROCESS_FLAGS		= (1 << 11) - 1,
};

/*
 * What a program says of itself and who began it, as of when it was looked at.
 * Arguments and folder are its own choice: they may lead to a profile that
 * tightens, never to one that widens.
 */
#define CWD_BYTES	512	/* longer: not told */
#define ARGUMENTS_BYTES	1024	/* what is longer is left out, whole arguments at a time */
#define SCRIPTS_MOST	3
#define SCRIPT_BYTES	512	/* longer: not told */
#define PARENTS_MOST	4
#define PARENT_BYTES	256	/* longer: not told */

/* An argument that names a regular file, alike in the initial mount namespace and in its own. */
struct process_script {
	uint8_t		argument;	/* its number; 0 is the program's name, and never here */
	uint32_t	flags;		/* PROCESS_ROOT_FILE, PROCESS_SAFE_MODE */
	uint16_t	path_len;
	char		path[SCRIPT_BYTES];	/* behind all symbolic links */
};

struct process_parent {
	uint32_t	pid;
	uint32_t	flags;		/* PROCESS_PROVEN, PROCESS_ROOT_FILE, PROCESS_SAFE_MODE */
	uint64_t	start;
	uint16_t	path_len;	/* 0: none is known */
	char		path[PARENT_BYTES];
};

struct process_hints {
	uint16_t	cwd_len, arguments_len;
	uint8_t		scripts, parents;
	bool		read;		/* they were looked for, as far as they could be; else all is empty */
	char		cwd[CWD_BYTES];
	char		arguments[ARGUMENTS_BYTES];	/* each ends with a NUL */
	struct process_script script[SCRIPTS_MOST];	/* by rising number */
	struct process_parent parent[PARENTS_MOST];	/* the nearest first */
};

/*
 * One program in one process: a new one for each exec. The id is given by
 * whod, names exactly this (pid, start, exec) and is not used again while the
 * who channel lives (its upper half is the channel's generation).
 */
struct process {
	uint64_t	id;
	uint32_t	pid;
	uint32_t	ppid;
	uint32_t	uid;			/* real uid */
	uint32_t	flags;			/* enum process_flag */
	uint64_t	start;			/* clock ticks since boot, /proc/PID/stat field 22 */
	uint64_t	dev;			/* st_dev of its file; 0 without one */
	uint64_t	ino;
	int64_t		ctime_ns;		/* of the file */
	uint32_t	file_uid;
	uint16_t	path_len;
	uint16_t	cgroup_len;
	uint16_t	command_len;
	uint16_t	cgroup_root;		/* so much of cgroup root named: each part was made in a folder of root's */
	uint64_t	netns;			/* inode of its network namespace; 0: not known */
	char		path[PATH_BYTES];	/* bytes as the kernel gives them; may hold anything but NUL */
	char		cgroup[CGROUP_BYTES];
	char		command[COMMAND_BYTES];	/* arguments joined by spaces */
	struct process_hints hints;
};

#endif
