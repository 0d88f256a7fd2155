/*
 * The reader: a forked copy of whod that does what a hostile program can make
 * wait. Its command line and environment may lie in memory that a file system
 * of its own serves; so may the folders on the way to its file; and opening
 * its memory waits while it is inside exec. whod itself asks, goes on, and
 * ends a reader that takes too long. A few readers exist at most, one for the
 * processes of a user at a time when one of them is stuck.
 */
#ifndef WHO_READER_H
#define WHO_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "origin.h"
#include "types.h"

struct event_base;

struct reader_question {
	uint64_t	seq;		/* given by reader_ask() */
	uint32_t	pid;
	uint32_t	stand_in;	/* see struct proc */
	uint32_t	uid;		/* for the bound of each user */
	uint64_t	start;
	uint64_t	dev, ino;	/* its file */
	bool		deleted;	/* the path is not worth a look */
	bool		hints;		/* are they wanted? */
	bool		past;		/* it does not run this any more: only the path is looked at, with */
	uint32_t	mount;		/* what the kernel says of the file (origin_past()) */
	int64_t		ctime_ns;
	char		path[PATH_BYTES];	/* NUL-terminated */
};

struct reader_answer {
	uint64_t	seq;
	uint32_t	flags;		/* PROVEN, ROOT_FILE, SAFE_MODE, PRELOAD, OWN_MOUNTS */
	bool		changed;	/* it runs another file now, or is gone: no memory, no command */
	struct origin_file file;	/* past, and proven */
	uint16_t	command_len;
	char		command[COMMAND_BYTES];
};

/* What follows it, if it was asked for. If it does not come in time the answer counts without it. */
struct reader_hints {
	uint64_t	seq;
	struct process_hints hints;
};

/*
 * Before narrowing: sockets; after it: the first reader. done() gets each
 * answer once, with the descriptor of its memory (-1: none), which it owns; or
 * an answer of zeros when the reader could not tell in time.
 */
typedef void reader_done_fn(const struct reader_answer *, const struct process_hints *, int mm);
void	reader_init(struct event_base *, reader_done_fn *done);
void	reader_start(void);
/* Returns the number under which done() will be called. */
uint64_t reader_ask(struct reader_question *);
/* What the reader does with a question; also for tests. Returns the memory's descriptor or -1. */
int	reader_read(const struct reader_question *, struct reader_answer *);
/* The rest: what the program says of itself may lead through file systems that are slow. */
void	reader_read_hints(const struct reader_question *, struct reader_hints *);

#endif
