/*
 * Who is in which network namespace, and which of them are told when they are too many.
 */
#ifndef WHO_TENANTS_H
#define WHO_TENANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "who.h"

/* A process in a network namespace. */
struct tenant {
	uint64_t	inode;		/* the namespace */
	uint64_t	container;	/* it is in one; equal: in the same. 0: in none */
	uint64_t	share;		/* equal: namespaces of these are counted together */
	uint64_t	start;
	uint32_t	pid;
};

/* All of one container in one namespace, or all that are in none: tenants from first to below end, the oldest first. */
struct party {
	uint64_t	inode;
	uint32_t	first, end;
	bool		alone;		/* there is no other party in the namespace, and it is a container's */
};

/*
 * Puts the tenants in order, and chooses whole namespaces, of one party after party, the oldest first: of each share
 * one, then of each a second one and so on, its oldest first. *whole: these are all. Returns how many parties. n: up to PROCESSES_MAX.
 */
unsigned	tenants_choose(struct tenant *, unsigned n, struct party chosen[WHO_NAMESPACES_COUNT], bool *whole);

#endif
