/*
 * What the parent opens once, while it is still fully privileged, and keeps.
 */
#ifndef SANDBOX_HELD_H
#define SANDBOX_HELD_H

#include "parent.h"

/* Failure is fatal. Folders first: the others lie in them. */
void	held_folders(struct suite *);
void	held_binaries(struct suite *);
void	held_sockets(struct suite *);
/*
 * Every few seconds: systemd-resolved, started anew, has put its socket into its place again. True: its
 * folder was made anew, and resolverd, which holds our socket of the old one, is to be started anew.
 */
bool	held_keep_place(struct suite *);
/* Are all doors that rules lead to ours? */
bool	held_doors(const struct suite *);
/* Are we in the network namespace of process 1? */
bool	held_first_network(void);
/* Fresh ones for each whod; the second is -1 where the kernel gives no events. */
int	held_open_proc(void);
int	held_open_events(void);
/* For each resolverd: the administrator's trust anchors, else the distribution's; -1: none. */
int	held_open_anchors(const struct suite *);
/* The flows from before the suite are complete: nobody changes them any more. */
void	held_seal_existing(const struct suite *);
void	held_remove(const struct suite *);	/* sockets from RUNDIR; systemd-resolved's is put back */

/*
 * cgroup.c: the folder to attach the suite's part in the kernel to: named (taken over), else, in the first network
 * namespace only, the top of the hierarchy. -1: none, and why.
 */
int	cgroup_choose(const struct conf *, int named, char *why, size_t size);

#endif
