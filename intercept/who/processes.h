/*
 * The processes that exist, kept: pid -> struct proc. An entry holds a
 * descriptor of its /proc/PID, so a pid that is used again is never taken for
 * the one before it. New processes are noticed by the number of the pid given
 * out last; the dead by looking at them again.
 *
 * Owned by this file: every struct proc. Others keep a pointer only while they
 * hold a pin.
 */
#ifndef WHO_PROCESSES_H
#define WHO_PROCESSES_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESSES_MAX	32768	/* beyond: the longest unused is forgotten, and found again */
#define PARTNERS	4

struct draft;
struct hold;
struct proc;
LIST_HEAD(proc_list, proc);
TAILQ_HEAD(proc_queue, proc);
LIST_HEAD(hold_list, hold);

struct proc {
	LIST_ENTRY(proc)	 by_pid, sibling;
	TAILQ_ENTRY(proc)	 by_use, by_hit, by_age;
	struct proc		*parent;	/* NULL: none known */
	struct proc_list	 children;	/* newest first */
	struct hold_list	 holds;		/* sockets.h */
	uint32_t		 pid, ppid, session;
	uint64_t		 start;
	unsigned		 pins;
	bool			 dead;		/* waits for its last pin to go */

	/* Descriptors; -1: closed to save them, opened again when wanted. */
	int			 dir;		/* /proc/PID, O_PATH */
	int			 mm;		/* pagemap of the memory it had when identified */

	/* Its table of descriptors (scan.h). */
	bool			 scanned;	/* wholly, as of ran and count */
	bool			 forgotten;	/* the index let go of one of its sockets */
	bool			 kthread, zombie;
	bool			 own;		/* whod itself: holds no socket that anybody asks for */
	bool			 suite;		/* a process of the suite: looked at when asked for, not by the sweep */
	bool			 noexec;	/* forked and still runs its parent's memory */
	bool			 doubt;		/* to be looked at by answers_recheck() */
	bool			 hot;		/* on the by_hit queue */
	bool			 fresh;		/* on the by_age queue: its table was never read */
	uint32_t		 threads;
	uint32_t		 stand_in;	/* a thread, when the main one has ended; else 0 */
	uint32_t		 own_table;	/* a thread seen with a table of its own; else 0 */
	uint32_t		 thread_at;	/* where the next look at its threads goes on */
	uint32_t		 count;		/* descriptors */
	uint32_t		 pass;		/* of the sweep that saw it last */
	uint64_t		 ran;
	int64_t			 scanned_us;	/* when the last whole reading of it began */
	int64_t			 looked_ms;	/* last look as somebody's relative */
	uint32_t		 part_fd, part_seen, part_stamp;	/* a large table, read in parts */
	uint64_t		 part_ran;
	int64_t			 part_us;
	int			 last_fd;	/* of the last socket asked for */
	uint32_t		 apart[PARTNERS];	/* pids whose table is certainly another one */
	uint32_t		 partner[PARTNERS];	/* pids it was seen to share sockets with */

	/* Identity (identity.h); id 0: not named since the channel began. */
	uint64_t		 id;
	uint64_t		 last_id;	/* of those that were voided; 0: none */
	uint64_t		 class;		/* equal: same file, user and origin */
	struct draft		*draft;		/* facts on their way to an id; else NULL */
	uint64_t		 exe_dev, exe_ino;	/* when it was noticed or identified */
	uint64_t		 exe_mount;	/* that it was opened by; 0: unknown */
	uint64_t		 changing;	/* hash of the facts that may change without exec */
	bool			 seen;		/* the reader saw it run what the facts say */
	bool			 hinted;	/* what it says of itself was looked for */
	uint32_t		 wanted;	/* wanted_serial() that this was decided by */
	uint64_t		 path;		/* hash of its file's path as told */
	uint32_t		 uid, euid, egid;
	int64_t			 checked_us;	/* when they were read */
	int64_t			 retry_us;	/* it could not be proven in time: again from then on; else 0 */
};

/* removed: it ended. freed: and nobody waits for it any more; the entry goes with the call. */
typedef void	processes_end_fn(struct proc *);

void		 processes_init(processes_end_fn *removed, processes_end_fn *freed);
/* Looks for processes that began since the last look. */
void		 processes_refresh(void);
/* Reads the whole list: adds what is new, removes what is gone. */
void		 processes_relist(void);
struct proc	*processes_find(uint32_t pid);
unsigned	 processes_count(void);
/* Is our pid namespace that of /proc? */
bool		 processes_same_pids(void);
/* False: there were more than PROCESSES_MAX when they were listed last. */
bool		 processes_complete(void);
/* All, in the order of use, last used first. */
struct proc_queue *processes_all(void);
/* Those that held a socket that was asked for, last hit first. */
struct proc_queue *processes_hot(void);
/* Those whose table was never read, youngest first; proc_seen() takes one off. */
struct proc_queue *processes_fresh(void);
void		 proc_seen(struct proc *);

/* proc.c: one entry. How many descriptors may be kept open for all of them: */
void		 proc_set_budget(unsigned);
/* Opens what belongs to a fresh entry; false: it ended. */
bool		 proc_open(struct proc *);
void		 proc_close(struct proc *);
/* A descriptor of /proc/PID, owned by the entry; -1: it ended. */
int		 proc_dir(struct proc *);
/* Nanoseconds that its threads ran; false: it ended. Its number may have a new owner. */
bool		 proc_ran(struct proc *, uint64_t *);
bool		 proc_alive(struct proc *);
/* Reads stat, uid and file anew; false: it ended. */
bool		 proc_restat(struct proc *);
/* Takes over an open pagemap. */
void		 proc_set_mm(struct proc *, int fd);
/* Path of an entry below proc_dir(), by the thread that stands in if the main one has ended. */
const char	*proc_path(const struct proc *, const char *entry, char *buf, size_t size);

/*
 * Of one that is dead here, maybe since another one needed its place: does it run all the same? What cannot be
 * looked at does.
 */
bool		 proc_lives(const struct proc *);

/* The inode of its namespace of this kind (net, user); 0: not known. */
uint64_t	 proc_namespace(struct proc *, const char *kind);

/* One that has ended, or left its program: in no table, pinned for the caller. */
struct proc	*proc_past(uint32_t pid);

/* processes.c: its place in the table. */
void		 proc_adopt(struct proc *, uint32_t ppid);
void		 proc_hit(struct proc *, int fd);
void		 proc_pin(struct proc *);
void		 proc_unpin(struct proc *);
void		 proc_remove(struct proc *);

#endif
