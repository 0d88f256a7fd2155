/*
 * What the path of a cgroup says: which unit of systemd, which container. Only a name; who
 * gave it is another question (struct process, cgroup_root).
 */
#ifndef PROTO_CGROUP_H
#define PROTO_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_BYTES	128	/* longer names are none */

/* Points into the path; len 0: there is none. */
struct cgroup_part {
	const char	*text;
	size_t		 len;
};

/* path is the rest of one, and moves on. */
struct cgroup_part	cgroup_next(const char **path);
bool			cgroup_begins(struct cgroup_part, const char *);	/* and goes on after it */
bool			cgroup_ends(struct cgroup_part, const char *);

/* The first part that is a unit, below slices alone. */
struct cgroup_part	cgroup_unit_below(const char *path);
/* What stands below a user's own service manager. */
struct cgroup_part	cgroup_user_unit(const char *path);
/* A unit of the system's, or of that user's where it is one. */
struct cgroup_part	cgroup_unit(const char *path);

struct cgroup_container {
	const char	*engine;		/* what made it: docker, podman, containerd, crio, kubernetes, lxc, machine */
	char		 name[CONTAINER_BYTES];	/* letters, digits and -_.:@ ; of ids the first 12 digits */
	size_t		 end;			/* so much of the path names it */
};

/* The outermost one: whoever is inside may name what is farther in. */
bool	cgroup_container(const char *path, struct cgroup_container *);
/* Is this ENGINE or ENGINE/NAME, as the above gives them? */
bool	cgroup_container_known(const char *name);

#endif
