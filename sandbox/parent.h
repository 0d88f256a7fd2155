/*
 * What the parts of the parent share. The parent is root: it reads its own
 * configuration file, fixed messages from its children, and what the kernel
 * says of them; never a packet or a request of a user. resolv.conf it passes on.
 */
#ifndef SANDBOX_PARENT_H
#define SANDBOX_PARENT_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "conf.h"
#include "control.h"
#include "kernel.h"
#include "sandbox.h"
#include "shared/table.h"

struct event;
struct event_base;
struct suite;

#define SLOTS		5
#define HELD_NAMES	6
#define DEATHS		20	/* so many in DEATHS_MS: one try each BACKOFF_CALM_MS */
#define DEATHS_MS	60000

struct dirs {			/* as given on the command line */
	const char	*bin, *etc, *run, *state, *vendor, *geo;
};

/* Opened once, before privileges go; all close-on-exec. -1: not there. */
struct held {
	int	run;		/* the folders, O_PATH */
	int	etc;
	int	vendor;
	int	geo;		/* or /dev/null: there is none */
	int	state;		/* policyd's part of it */
	int	dpkg;		/* /var/lib/dpkg, likewise */
	int	lock;		/* one suite a RUNDIR */
	int	guard;		/* netlink socket that owns the guard table */
	int	existing;	/* memfd, proto/existing.h */
	int	steer, ui;	/* listening sockets */
	int	names[HELD_NAMES];	/* port 53, in the order of FD_NAMES_UDP4 ...; -1: another has it */
	int	setup;		/* binary of bulwark-setup */
	int	resolve;	/* systemd-resolved's folder, if the place of its socket is taken */
	int	resolve_door;	/* ours there, listening; -1 without the folder */
};

enum slot_state {
	SLOT_DOWN,
	SLOT_STARTING,
	SLOT_RUNNING,
	SLOT_ENDING,		/* lost, not yet reaped; or reaped, and its last words not yet read */
};

/* One lasting child. */
struct slot {
	struct suite		*suite;
	const struct row	*row;
	uid_t			 uid;
	gid_t			 gid;
	int			 binary;
	enum slot_state		 state;
	pid_t			 pid;		/* 0 when down, or reaped */
	int			 status;	/* of wait() */
	uint64_t		 start;		/* clock ticks since boot */
	struct channel		*control;
	struct lines		*err;		/* its stderr */
	struct event		*timer;		/* down: start; starting: hand-shake; running: ping;
						   ending: patience */
	uint32_t		 ping;		/* last one sent */
	int64_t			 tick_ms;	/* when the timer fired last */
	int64_t			 heard_ms;	/* last PONG */
	int64_t			 running_ms;	/* since when */
	unsigned		 backoff_ms;
	int64_t			 death_ms[DEATHS];
	unsigned		 deaths;
	uint32_t		 restarts;
	uint32_t		 landlock_abi;
	struct log_rate		 log_rate;
};

enum suite_phase {
	SUITE_LOADING,		/* bulwark-setup runs for the first time */
	SUITE_UP,
	SUITE_REGROUPING,	/* the hub was lost: all end, then all start */
	SUITE_STOPPING,		/* children end, then rules go or stay */
};

struct suite {
	struct conf		 conf;
	struct dirs		 dirs;
	struct held		 held;
	struct kernel		 kernel;
	struct event_base	*base;
	enum suite_phase	 phase;
	struct slot		 slot[SLOTS];
	struct setup		*setup;
	struct control_rules	 rules;		/* state 0: not loaded yet */
	struct event		*stop_timer;
	struct event		*status_timer;
	uint32_t		 generation[CHANNEL_NAME_MAX + 1];
	char			 taken[CONTROL_TAKEN_BYTES];	/* a door that rules lead to, and who has it; "": all are ours */
	unsigned		 filters;	/* seccomp programs that the parent has itself */
	bool			 served;	/* READY was told to the service manager */
	int			 exit_status;
};

/* supervise.c: the life of each child. */
int	 supervise_init(struct suite *);
void	 supervise_start_all(struct suite *);
void	 supervise_reaped(struct suite *, pid_t, int status);
void	 supervise_stop(struct suite *);
bool	 supervise_all_down(const struct suite *);
void	 slot_kill(struct slot *, const char *why);

/* verbs.c: what a child may say to the parent. ctx of the channel is the slot. */
extern const struct verb parent_verbs[];
void	 slot_ready(struct slot *, const struct control_ready *);	/* supervise.c */
void	 slot_pong(struct slot *, uint32_t seq);			/* supervise.c */

/* peers.c: hands fresh channel ends to a child that runs and its peers. */
void	 peers_connect(struct slot *);

/* resolvers.c: tells policyd which resolvers the machine's resolv.conf names, if that changed. */
void	 resolvers_look(struct suite *, bool anew);
/* zone.c: the same of its time zone. */
void	 zone_look(struct suite *, bool anew);

/* status.c: tells policyd, RUNDIR/suite and the service manager how things are. */
int	 status_init(struct suite *);
struct slot *running_hub(struct suite *);	/* NULL: none */
void	 status_changed(struct suite *);
void	 status_rules(struct suite *);

/* suitefile.c: RUNDIR/suite; what is wrong with it is logged. */
void	 suitefile_write(const struct suite *);
void	 suitefile_remove(const struct suite *);

/* main.c */
void	 suite_loaded(struct suite *);		/* rules stand: children may start */
void	 suite_give_up(struct suite *);		/* they cannot be loaded: stop, with an error */
void	 suite_goes_on(struct suite *);		/* a child is gone: does a stop wait for that? */
void	 suite_ended(struct suite *);		/* all is gone, rules as configured */
int64_t	 now_ms(void);		/* monotonic */

#endif
