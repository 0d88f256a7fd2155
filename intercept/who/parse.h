/*
 * What stands in the files of /proc, as bytes in and numbers out. Pure
 * functions, for whod and the fuzzers. Programs choose parts of these bytes
 * (names, groups, cgroups), so each parser takes any input and reads no
 * further than len.
 */
#ifndef WHO_PARSE_H
#define WHO_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All return 0, or -1 for anything that is not the expected form. */

struct stat_facts {		/* /proc/PID/stat */
	char		state;
	uint32_t	ppid;
	uint32_t	session;
	uint32_t	flags;		/* PF_*, below */
	uint32_t	threads;
	uint64_t	start;
};
#define PF_FORKNOEXEC	0x00000040u	/* forked, and has not called exec since */
#define PF_KTHREAD	0x00200000u
int	parse_stat(const char *, size_t, struct stat_facts *);

#define GIDS_MAX	16
struct gid_list {
	unsigned	count;
	uint32_t	gid[GIDS_MAX];
};

struct status_facts {		/* /proc/PID/status */
	uint32_t	tracer;		/* pid; 0: none */
	uint32_t	uid;		/* real */
	uint32_t	euid;
	uint64_t	caps;		/* effective */
	bool		in_groups;	/* its gids or supplementary groups meet the list given */
};
int	parse_status(const char *, size_t, const struct gid_list *, struct status_facts *);

struct cgroup_facts {		/* /proc/PID/cgroup; point into the input */
	const char	*unified, *named;	/* NULL: no such line */
	size_t		 unified_len, named_len;
};
int	parse_cgroup(const char *, size_t, struct cgroup_facts *);

struct raw_facts {		/* a line of /proc/net/{raw,raw6,icmp,icmp6} */
	uint16_t	port;		/* raw: the protocol; icmp: the echo identifier */
	uint32_t	uid;
	uint64_t	inode;
};
int	parse_raw_line(const char *, size_t, struct raw_facts *);

struct queue_facts {		/* a line of /proc/net/netfilter/nfnetlink_queue */
	uint16_t	number;
	uint32_t	waiting;
	uint64_t	dropped, user_dropped, total;
};
int	parse_queue_line(const char *, size_t, struct queue_facts *);

/* /proc/loadavg: the pid that was given out last. */
int	parse_last_pid(const char *, size_t, uint32_t *);
/* /proc/stat: processes and threads that were begun since boot. */
int	parse_forks(const char *, size_t, uint64_t *);
/* "socket:[INODE]". Names of files begin with '/', so no file can look like it. */
int	parse_socket_link(const char *, size_t, uint64_t *inode);
/* "net:[INODE]", "user:[INODE]"; kind with the colon. */
int	parse_namespace_link(const char *, size_t, const char *kind, uint64_t *inode);

struct group_facts {		/* a line of /etc/group; name points into the input */
	const char	*name;
	size_t		 name_len;
	uint32_t	 gid;
};
int	parse_group_line(const char *, size_t, struct group_facts *);

struct mount_facts {		/* a line of /proc/PID/mountinfo; point into the input, escapes kept */
	const char	*point, *type, *options;
	size_t		 point_len, type_len, options_len;
};
int	parse_mount_line(const char *, size_t, struct mount_facts *);

/* A decimal number that is the whole string, at most UINT32_MAX. */
int	parse_pid(const char *, size_t, uint32_t *);
/*
 * Calls line() for each whole line, without its newline; stops when it
 * returns false. What follows the last newline was cut off and is left out.
 */
void	parse_lines(const char *, size_t, bool (*line)(const char *, size_t, void *), void *);

#endif
