/*
 * What a process is: the facts of struct process, gathered once for each exec
 * and named by an id. An id stands as long as file, user, tracer, cgroup and
 * rights are what they were; any change ends it.
 */
#ifndef WHO_IDENTITY_H
#define WHO_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"
#include "types.h"

enum identity {
	IDENTITY_KNOWN,		/* p->id names it, as of now */
	IDENTITY_WAIT,		/* the reader is at it: identity_ops.ready() follows */
	IDENTITY_GONE,		/* ended before anything could be seen of it */
};

struct status_facts;

struct identity_ops {
	void	(*announce)(const struct process *);	/* before the id is used for the first time */
	void	(*gone)(uint64_t id, bool ended);	/* ended: the process itself; that may be told of an id twice */
	void	(*ready)(struct proc *);		/* known now */
};

void		identity_init(const struct identity_ops *);
/* A fresh channel: all ids are void, new ones carry this generation. */
void		identity_generation(uint32_t);
/*
 * Is the process what its id says? If it has none, or changed, starts finding
 * out. stale gets the id that ended by an exec noticed just now, else 0.
 */
enum identity	identity_check(struct proc *, uint64_t *stale);
/*
 * A process that does not run this program any more: facts as they were, which only the
 * reader adds to. mount: of its file, as the kernel counts them. provable: else the path proves
 * nothing. Pinned for the caller; identity_check() says when it has its id.
 */
struct proc	*identity_past(const struct process *, uint32_t mount, bool provable);
/* Of these rights, those that make an administrator. */
uint64_t	identity_admin_caps(uint64_t);
/* Does it still run the program that its id names? Cheap; says nothing of tracer and cgroup. */
bool		identity_runs(struct proc *);
bool		identity_same_user(const struct proc *);
/*
 * Writes its cgroup's path, or of one too long that of a cgroup above it, and the length; 0: there are no cgroups. unified: of
 * that hierarchy. False: it ended, or the name is longer than the kernel tells.
 */
bool		identity_cgroup(struct proc *, char cgroup[CGROUP_BYTES], uint16_t *len, bool *unified);
/* User, rights and tracer. False: it ended. */
bool		identity_status(struct proc *, struct status_facts *);
/* It must be looked at anew before its id is used again (an event told of a change). */
void		identity_doubt(struct proc *);
/* The kernel told that it began another program; perhaps it was looked at since. */
void		identity_left(struct proc *);
/* The process is being freed. */
void		identity_end(struct proc *);
/* The file as it was when the process was noticed is the one that the facts name. */
bool		identity_same_file(const struct proc *);
/* For reader_init(). */
struct reader_answer;
void		identity_answered(const struct reader_answer *, const struct process_hints *, int mm);

/* Does the memory that this pagemap was opened of still belong to a running program? */
bool		memory_alive(int pagemap);

#endif
