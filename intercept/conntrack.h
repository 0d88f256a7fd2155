/*
 * The kernel's connection tracking: flows that end (with their bytes), entries
 * to delete, the whole table where it must be read, and whether it is full.
 */
#ifndef INTERCEPT_CONNTRACK_H
#define INTERCEPT_CONNTRACK_H

#include <libmnl/libmnl.h>

#include "types.h"

struct event_base;

struct ct_entry {
	struct tuple	tuple;		/* original direction */
	uint32_t	mark;
	uint64_t	bytes_original, bytes_reply;	/* 0 where the kernel does not count */
	uint64_t	packets_original, packets_reply;
};

void	conntrack_open(void);
/* ended() for each entry that goes, after soon() for all that came along; lost() when some ends were not told. */
void	conntrack_start(struct event_base *, void (*soon)(const struct ct_entry *, unsigned n),
	    void (*ended)(const struct ct_entry *), void (*lost)(void));
/* Reads the ends that are there now instead of a little later. */
void	conntrack_drain(void);
/* Deletes an entry by its original tuple: kept back until conntrack_flush(). */
void	conntrack_delete(const struct tuple *);
void	conntrack_flush(void);
/* Shows every entry of IPv4 and IPv6. 0, or -1 (errno): not all were shown. */
int	conntrack_dump(void (*row)(void *ctx, const struct ct_entry *), void *ctx);
/* Which of n flows, by their original tuples, have no entry; not those of which the kernel did not say. */
#define CONNTRACK_TOGETHER	32
void	conntrack_missing(const struct tuple *const *, unsigned n, bool *missing);
/* True when an entry found no room since the last call. */
bool	conntrack_was_full(void);

/* One entry in a message of the kernel; -1 if it is none that concerns us. Pure. */
int	conntrack_parse(const struct nlmsghdr *, struct ct_entry *);
/* True for the message that says an entry is gone. */
bool	conntrack_is_end(const struct nlmsghdr *);

#endif
