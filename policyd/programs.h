/*
 * The programs that intercept told of, by id. Ids are whod's, with the number of
 * its channel in their upper half, and end with that or intercept's channel; a
 * program that ended stays for some seconds, because what was done in its name
 * may be told late, and those of an earlier whod as long as there is room.
 */
#ifndef POLICYD_PROGRAMS_H
#define POLICYD_PROGRAMS_H

#include "facts.h"
#include "framework.h"
#include "who.h"

#define PROGRAMS_MOST	40000	/* more than whod keeps; beyond it the oldest are forgotten */
#define PROGRAM_STAYS_S	5	/* after its end */

/*
 * Takes a copy. The same id again replaces what was known of it. True: it is the first that
 * another whod tells of; the ids before it name no running process any more.
 */
bool		 programs_add(const struct process *);
void		 programs_gone(const struct who_gone *, int64_t now_s);
/* Once a second: forgets those that ended long enough ago. */
void		 programs_tick(int64_t now_s);
void		 programs_forget_all(void);

/* Looks what a program is in the policy now in force; called whenever one is found. NULL: nothing more than its path. */
typedef void	 programs_keep_fn(const struct program *, struct found *);
void		 programs_kept_by(programs_keep_fn *);

/* NULL: not known. Valid until the next call of one of the above. */
const struct program *programs_find(uint64_t id);
/* Its id has ended, or its whod; it is kept for what is told late. */
bool		 program_is_past(const struct program *);
/* The newest that has not ended under this number, or with this path; it may be past. */
const struct program *programs_by_pid(uint32_t pid);
const struct program *programs_by_path(const char *path, size_t len);

/* Which uid was told of it (tell.c), and of what it now counts as a part of; 0: none. */
uint32_t	 program_told(const struct program *);
void		 program_set_told(const struct program *, uint32_t);
/* The form in which it is told: of its hints only the parent that it counts as a part of. */
void		 program_process(const struct program *, struct process *);

#endif
