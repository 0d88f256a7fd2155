/*
 * Which servers may be asked for a name. The first that says something counts:
 *
 *	special names	those answered here have no server
 *	scopes		of servers of bulwark.conf, the longest that holds the name
 *	multicast DNS	names in .local: no server, all neighbours, while a setting says so
 *	search domains	of the network: its own servers, those of private addresses if it has such
 *	local names	servers of private addresses alone: those for all names, else the network's own
 *	all others	the servers that have no scope
 */
#ifndef RESOLVERD_ROUTE_H
#define RESOLVERD_ROUTE_H

#include "servers.h"
#include "special.h"

#define ROUTE_SEARCH	8	/* search domains of the network */

/* What the network says of itself, and how far it is heard. */
struct network {
	unsigned	searches;
	struct dname	search[ROUTE_SEARCH];	/* lower case */
	bool		names;		/* its own names are asked of its own servers, also where others are named */
	bool		captive;	/* so are checks for captive portals */
	bool		multicast;	/* names of multicast DNS are asked of all neighbours */
};

struct route {
	enum special	special;		/* for a captive portal's check: none */
	unsigned	count;			/* 0: no server may be asked */
	unsigned	server[SERVERS_MAX];	/* places */
	bool		clear;			/* also of servers in clear, whatever is said of encryption */
	bool		unproved;		/* answers can't be validated, or need not be */
	bool		inner;			/* they may hold addresses of this network */
	bool		here;			/* and of this machine: no network's names */
	bool		multicast;		/* all neighbours are asked (multicast.h) */
};

/* Before any servers are known. */
void	route_init(void);
void	route_set_network(const struct network *);
/* On: servers in clear are not asked, but the network's for its own names where it is heard beside. Off at first. */
void	route_only_encrypted(bool);
/* May this one be asked now, on such a route? */
bool	route_permits(unsigned server, bool clear);
/* name is in lower case; without those that may not be asked. */
void	route_find(const struct dname *name, uint16_t type, struct route *);
/*
 * For a captive portal's check (captive.h). False: it is a name like others; of the route only count and
 * multicast count, which say that nobody is asked.
 */
bool	route_captive(const struct dname *name, uint16_t type, struct route *);

#endif
