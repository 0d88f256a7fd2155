/*
 * Which process ran which program, as the kernel told it: kept while it runs and
 * some seconds after, so that who sent and ended at once has a name. Bounded in number and
 * bytes; who runs most loses the oldest first, whatever others run.
 *
 * Owned by this file: every struct run and struct image. A pointer stands until the next
 * event is taken, or runs_expire().
 */
#ifndef WHO_RUNS_H
#define WHO_RUNS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bpf/maps.h"
#include "who.h"

#define RUNS_MAX	32768
#define IMAGES_BYTES	(16u << 20)
#define RUNS_KEEP_MS	5000	/* after its end */

struct proc;

/* What an exec began; children that call none share it. */
struct image {
	unsigned		refs;
	struct kernel_program	program;	/* when it began */
	uint32_t		file_uid;
	bool			deleted;	/* its file had no link */
	bool			fresh;		/* its file was changed just before */
	bool			admin;		/* its user was in a group of administrators */
	uint16_t		path_len, cgroup_len;	/* 0: unknown */
	char			text[];		/* path, then cgroup */
};

/* One execution in one process. */
struct run {
	LIST_ENTRY(run)		 by_key, by_pid;
	TAILQ_ENTRY(run)	 by_age, by_end;
	struct kernel_process	 process;
	uint32_t		 parent;	/* process id */
	uint8_t			 lane;
	bool			 current;	/* the process runs it now, as far as is known */
	bool			 ended;
	int64_t			 ended_ms;
	struct image		*image;

	/* What it was said to be (sender.h). */
	uint64_t		 live_id;	/* while it lived; 0: never */
	struct proc		*named;		/* since; pinned. NULL: not yet */
	struct who_sender	 as;		/* when that was asked */
};

/* An execution; NULL: nothing is known of it. */
struct run	*runs_find(uint32_t pid, uint64_t start_ns, uint64_t exec);
/* What this process runs now; NULL: it ended, or nobody told. */
struct run	*runs_current(uint32_t pid);
/* The name of a cgroup by its id: bytes of *name; 0: unknown. */
size_t		 runs_cgroup(uint64_t id, const char **name);

/* The kernel told: events in their order, lengths checked. now_ms as clock_ms(). */
void		 runs_fork(const struct kernel_event *, int64_t now_ms);
void		 runs_exec(const struct kernel_exec *, int64_t now_ms);
void		 runs_exit(const struct kernel_event *, int64_t now_ms);
/* Events were lost: which executions go on is not known any more. */
void		 runs_unsure(int64_t now_ms);
void		 runs_expire(int64_t now_ms);
/* This process is being removed: if it was named as what it runs, the name stays with that. */
void		 runs_removed(struct proc *);
/* Forgets all names: a fresh channel. */
void		 runs_forget_names(void);
/* Drops the name that it has, if any. */
void		 run_unname(struct run *);

#endif
