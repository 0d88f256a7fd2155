/*
 * bulwarkd.conf: the parent's own few settings.
 */
#ifndef SANDBOX_CONF_H
#define SANDBOX_CONF_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_LIFELINES	16
#define CONF_PATH_BYTES	512	/* longer than a line */

struct lifeline {
	bool		udp;		/* else tcp */
	uint16_t	port;
	uint8_t		prefix;
	char		net[INET6_ADDRSTRLEN];	/* in the one form that inet_ntop() gives */
};

enum conf_resolved {
	RESOLVED_BY_NETWORK,	/* taken in the network namespace of process 1 */
	RESOLVED_TAKE,
	RESOLVED_LEAVE,
};

struct conf {
	struct lifeline	lifeline[CONF_LIFELINES];
	unsigned	lifelines;
	bool		hold;		/* a stop leaves the rules in place */
	enum conf_resolved resolved;	/* the place of systemd-resolved's socket */
	bool		no_kernel;	/* the queue decides alone */
	char		cgroup[CONF_PATH_BYTES];	/* where the kernel path is attached; "": not named */
	unsigned	cgroup_line, cgroup_column;	/* where that was said */
};

/*
 * Reads a file that root owns and nobody else can write. A missing file means
 * defaults. Returns 0, or -1 with text "FILE:LINE:COLUMN: what is wrong".
 */
int	conf_read(const char *path, struct conf *, char *text, size_t size);
/* The same for bytes in memory; name stands for the file in errors. */
int	conf_parse(const char *name, const char *bytes, size_t len, struct conf *, char *text,
	    size_t size);

/*
 * The folder that cgroup names, opened to attach to. -1: it is none of a cgroup2 hierarchy, with text as
 * above; name: of the file.
 */
int	conf_open_cgroup(const char *name, const struct conf *, char *text, size_t size);

#endif
