/*
 * Attribution, the half that needs no /proc: which socket a packet belongs to,
 * which way its flow goes, and what is left to ask whod.
 */
#ifndef INTERCEPT_OWNER_H
#define INTERCEPT_OWNER_H

#include "kernel.h"

/* How a packet was met. For a live flow judged anew: as its first packet was. */
struct meeting {
	struct tuple	tuple;
	uint8_t		hook;		/* enum direction: where it was queued */
	uint8_t		tcp_flags;	/* 0: not the first packet */
	bool		has_uid;	/* a socket with an open file sent it */
	bool		has_hardware;
	bool		kernel;		/* judged anew: was the kernel's before */
	uint32_t	uid;
	uint32_t	device;		/* interface number: OUT where it leaves, else where it came in */
	uint32_t	port;		/* of a bridge, 0 if not known */
	bool		port_guessed;	/* by the sender's hardware address */
	uint8_t		hardware[6];
	uint8_t		began;		/* judged anew: enum direction; 0: not known, it is as there is a listener or not */
	bool		of_program;	/* judged anew: it is not the kernel's own */
	const struct kernel_note *note;	/* OUT: who sent it; NULL: that is to be found */
	bool		mixed;		/* no note, because several sent the same */
	const struct kernel_sender *among;	/* mixed: one of them, or NULL */
	bool		lost;		/* no note of one of them, though a program sent it just now: nobody is found */
	bool		made_here;	/* OUT: by the kernel, from a packet that was judged before */
};

#define SHARERS_MAX	32	/* sockets that may use one local end; more: unknown */

struct sighting {
	uint8_t		direction;		/* enum direction: how it is judged */
	bool		flipped;		/* that is against the packet's direction */
	uint8_t		owner;			/* enum owner; 0: whod must be asked; FORWARD: its answer is on its way */
	bool		has_socket;
	bool		multicast;		/* to a group or broadcast address */
	bool		may_be_kernel;		/* if whod finds nobody, the kernel itself sent it */
	bool		strangers;		/* a holder was not found, or there are too many */
	bool		crowded;		/* UDP: a socket that is not judged here could send the very same */
	bool		not_seen;		/* whod found nobody where it looked first */
	bool		thorough;		/* and was asked to look everywhere */
	bool		has_uid;
	bool		noted;			/* the kernel says who sent it: no socket is asked for */
	bool		noted_before;		/* it did, but that one must be found to hold the socket */
	uint8_t		inodes;			/* sockets to ask for; 0: raw ones */
	uint8_t		holders;
	uint16_t	ident;			/* ICMP echo identifier or source port */
	uint32_t	inode[SHARERS_MAX];
	uint64_t	holder[HOLDERS_MAX];	/* process ids, in the order in which whod named them */
	uint64_t	cookie;			/* of the socket, 0 without one */
	uint32_t	socket_uid;		/* of the socket; UINT32_MAX without one */
	uint32_t	uid;			/* of the packet, if has_uid */
	uint32_t	device;

	/* FORWARD (namespaces.h): the interface that it came by, a bridge's port rather than the bridge. */
	uint32_t	behind;
	int64_t		seen_ns;		/* CLOCK_MONOTONIC */
	bool		behind_guessed;
	bool		alone;			/* as in decide.h */

	/* OUT, to this very machine: the socket that gets it, and who holds that. */
	bool		has_listener, listener_unknown;
	bool		listeners_lost;		/* they were not told, or are too many to ask for */
	uint8_t		listeners, listener_inodes;
	uint32_t	listener_inode[SHARERS_MAX], listener_uid;
	uint64_t	listener_cookie;
	uint64_t	listener[HOLDERS_MAX];

	/* If it is, or was noted: the process, and its socket, which may be a raw one (then cookie is 0). */
	struct kernel_sender sender;
	uint64_t	sent_by;
};

void	owner_look(const struct meeting *, struct sighting *);
/* The cookie alone, 0 if another user's socket sent it: for packets that join a flow. */
uint64_t owner_cookie(const struct meeting *);
/* The questions for whod (ask is left to the caller); returns their number, 1 or more. */
unsigned owner_questions(const struct tuple *, const struct sighting *,
	    struct who_question question[SHARERS_MAX]);
/* Those for the listeners; 0: there is none to ask for. */
unsigned owner_listener_questions(const struct tuple *, const struct sighting *,
	    struct who_question question[SHARERS_MAX]);
/* One of whod's answers. */
void	owner_answer(struct sighting *, const struct who_answer *);
void	owner_listener_answer(struct sighting *, const struct who_answer *);
/*
 * All answers are there. True: whod must be asked once more, thoroughly; what it
 * answered until now is void.
 */
bool	owner_ask_again(const struct tuple *, uint8_t hook, struct sighting *);
/* Is the socket that was found still there? Of several one may be gone: then true. */
bool	owner_still_there(const struct tuple *, uint8_t hook, const struct sighting *);
/* UDP inside this machine: does another socket than was found, or one at last, get it by now? */
bool	owner_other_listener(const struct tuple *, const struct sighting *);
/* The kernel's word is of no use: whod does not know that process (any more). Look without it. */
bool	owner_sender_lost(const struct sighting *);
/* Settles it: whod named the noted sender before. */
void	owner_known(struct sighting *, uint64_t id);
/* Forgets what whod answered. */
void	owner_void(struct sighting *);
/* Settles sighting.owner. */
void	owner_settle(const struct tuple *, uint8_t hook, struct sighting *);
/* The tuple as it is judged. */
void	owner_judged(const struct tuple *, const struct sighting *, struct tuple *);

#endif
