/*
 * Live flows: permitted for good and carried by the kernel alone. Followed here
 * so that a new judgement, a closed socket or a new holder can end them.
 * Grows with use up to a bound; beyond it a flow is not followed (see settle.c).
 */
#ifndef INTERCEPT_LIVE_H
#define INTERCEPT_LIVE_H

#include "bpf/maps.h"
#include "types.h"

#define LIVE_MAX	262144
#define LIVE_NONE	UINT32_MAX

struct live {
	uint64_t	id;		/* 0: free */
	struct tuple	tuple;		/* conntrack's original direction */
	uint64_t	cookie;		/* 0: no socket here, or not known */
	struct kernel_process opener;	/* who sent its first packet, by the kernel's word; zeroes: not known */
	uint64_t	listener;	/* inside this machine: the other end's cookie; 0: none */
	uint32_t	inode, listener_inode;	/* of these; 0: none, or not known */
	uint32_t	device;		/* interface number of the first packet */
	uint32_t	behind;		/* FORWARD: as in struct sighting; 0: not known */
	bool		behind_guessed;
	uint32_t	uid;		/* of the first packet, if has_uid */
	uint8_t		action;		/* enum action */
	uint8_t		hook;
	uint8_t		direction;	/* as it was judged first; 0: it was not yet */
	bool		existed, kernel, has_uid;
	bool		of_program;	/* it was found to be one's */
	bool		of_several;	/* sockets at one end: inode or listener_inode is one of them */
	bool		untold;		/* policyd does not know it yet: anew_introduce() */
	bool		eventless;	/* the kernel will not tell its end */
	bool		watched;	/* live_watch() */
	bool		confirmed;	/* was seen in conntrack once it was some seconds old */
	uint32_t	seen_tick;	/* ends.c: since when it is looked after; 0: not yet */
	uint32_t	use;		/* uses.c: its use waits for whod under this number; 0: none does */

	/* live.c's own */
	uint32_t	next_tuple;
	struct { uint32_t next, before; } of[2];	/* flows of the cookie, of the listener: a socket may have any number */
};

/* The place of a new, zeroed flow; LIVE_NONE at the bound. The caller fills what is no argument. */
uint32_t	 live_add(uint64_t id, const struct tuple *, uint64_t cookie, uint64_t listener);
void		 live_remove(uint32_t);
/* n tuples, each step bytes behind the one before, are soon to be found or added: none of them waits for memory then. */
#define LIVE_SOON	32	/* at a time */
void		 live_soon(const struct tuple *, size_t step, unsigned n);
uint32_t	 live_find(const struct tuple *);
/* Flows of a socket, and those to it, one after the other: start with LIVE_NONE. */
uint32_t	 live_of_cookie(uint64_t cookie, uint32_t after);
uint32_t	 live_of_listener(uint64_t cookie, uint32_t after);
struct live	*live_at(uint32_t);
/* Places below this were used; free ones have id 0. */
uint32_t	 live_end(void);
uint32_t	 live_count(void);
/* UDP: only its sockets' ends tell that others may go on with it (watched.h). Once a flow. */
void		 live_watch(uint32_t);
uint32_t	 live_watched(void);	/* how many are */

#endif
