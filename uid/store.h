/*
 * What uid remembers of what policyd told it, each table with a bound: the
 * newest or last used stay. One store a process; made anew for each fresh
 * channel, since ids and numbers live as long as the channel they came by.
 *
 * Records belong to the store and are valid until the next store_add_* or
 * store_remove_* call.
 */
#ifndef UID_STORE_H
#define UID_STORE_H

#include <sys/queue.h>

#include "control.h"
#include "decide.h"
#include "types.h"
#include "ui.h"
#include "who.h"

#define STORE_FLOWS	16384	/* live connections */
#define STORE_RECENT	1024	/* last events */
#define STORE_NOTICES	64
#define STORE_BLOCKED	256	/* names that programs were not told */
#define STORE_PROCESSES	16384
#define STORE_GONE	1024	/* of them: ended ones that late events may still name */
#define STORE_REASONS	8192
#define STORE_TEXT_MAX	(4u << 20)	/* bytes that processes, and reasons, may take */

struct program {
	uint64_t	 id;
	uint32_t	 pid, ppid, uid, flags;
	uint64_t	 netns;
	bool		 gone;
	uint32_t	 part_pid;	/* of the process that it counts as a part of; 0: of none */
	uint16_t	 path_len, cgroup_len, command_len, part_len, cgroup_root;
	struct program	*next;		/* in its hash bucket */
	TAILQ_ENTRY(program) order;
	char		 bytes[];	/* path, cgroup, command, path of part_pid */
};

struct why {
	uint32_t	 id;
	uint32_t	 line;
	uint8_t		 check;
	uint16_t	 profile_len, file_len, text_len;
	struct why	*next;
	TAILQ_ENTRY(why) order;
	char		 bytes[];	/* profile, file, text */
};

struct connection {
	struct ui_event	event;		/* the decision that let it live */
	uint64_t	bytes_out, bytes_in;	/* known at its end */
	uint32_t	next;		/* in its hash bucket */
	uint32_t	newer, older;	/* neighbours by age */
	bool		used;
};

/* A question that was blocked or refused; the last time, and how often. */
struct blocked_name {
	int64_t		time_us;
	uint64_t	process;	/* 0: nobody is known to have asked */
	uint32_t	times;
	uint16_t	qtype, rcode;
	uint8_t		word;		/* enum names_word */
	char		name[UI_HOST_BYTES];
	char		reason[NAMES_REASON_BYTES];
};

struct store;

struct store	*store_new(void);	/* fatal without memory */
void		 store_free(struct store *);

int		 store_add_process(struct store *, const struct process *);
void		 store_process_gone(struct store *, uint64_t id);
/* NULL when it was never told or had to make room. */
const struct program *store_process(struct store *, uint64_t id);
/* The process that lives under this number now. */
const struct program *store_process_by_pid(const struct store *, uint32_t pid);

int		 store_add_reason(struct store *, const struct ui_reason *);
const struct why *store_reason(struct store *, uint32_t id);

/* Takes an event into the recent ones, and among the live connections if it made one. */
void		 store_add_event(struct store *, const struct ui_event *);
const struct connection *store_connection(const struct store *, uint64_t flow);
void		 store_remove_connection(struct store *, uint64_t flow);
/* Connections stand in slots 0..STORE_FLOWS-1 in no order; NULL: this one is empty. */
const struct connection *store_slot(const struct store *, uint32_t slot);
uint32_t	 store_connections(const struct store *);
uint64_t	 store_pushed_out(const struct store *);	/* connections forgotten to make room */
/* Event n of store_recent(), the oldest is 0. */
const struct ui_event *store_event(const struct store *, uint32_t n);
uint32_t	 store_recent(const struct store *);

void		 store_add_notice(struct store *, const struct ui_notice *);
const struct ui_notice *store_notice(const struct store *, uint32_t n);	/* oldest is 0 */
uint32_t	 store_notices(const struct store *);

void		 store_add_blocked(struct store *, const struct names_answer *, int64_t time_us);
/* The newest is 0; NULL: there are no more. */
const struct blocked_name *store_blocked(const struct store *, uint32_t n);

/* Last words of policyd on the whole; NULL before the first. */
void		 store_set_status(struct store *, const struct ui_status *);
const struct ui_status *store_status(const struct store *);
void		 store_set_suite(struct store *, const struct control_suite *);
const struct control_suite *store_suite(const struct store *);

#endif
