/*
 * Which socket of this machine a packet belongs to: the kernel's exact look-up
 * (no walk through its tables), and the end of a socket by its exact tuple.
 */
#ifndef INTERCEPT_SOCKDIAG_H
#define INTERCEPT_SOCKDIAG_H

#include <libmnl/libmnl.h>

#include "types.h"

/* A socket's two ends as the machine sees them. Ports in host order. */
struct ends {
	uint8_t		family;		/* 4 or 6: of the packet, not of the socket */
	uint8_t		proto;
	uint16_t	local_port, remote_port;
	uint8_t		local[16], remote[16];
	uint32_t	device;		/* interface number of the packet, 0 if none */
};

struct sock {
	uint64_t	cookie;
	uint32_t	inode;		/* 0: no process can hold it (half made, or half gone) */
	uint32_t	uid;
	uint8_t		state;		/* TCP_ESTABLISHED ...; UDP: ESTABLISHED is connected */
};

#define SOCK_LISTEN	10		/* TCP_LISTEN */
#define SOCK_CONNECTED	1		/* TCP_ESTABLISHED */

void	sockdiag_open(void);
/* The socket that sends or receives between these ends; false if there is none. */
bool	sockdiag_find(const struct ends *, struct sock *);
/* TCP: a listener at the local end, whatever is connected there. */
bool	sockdiag_listener(const struct ends *, struct sock *);
/*
 * Every UDP socket that a datagram at these ends may come from, or go to, and every
 * TCP listener that a connection may go to (shared ports, groups). A socket sends
 * where and as whom it likes, whatever it is bound and connected to (IP_PKTINFO,
 * sendto()): only its port says that it did not. Returns their number, which may
 * exceed max: then only max are given; -1 if the kernel did not say.
 */
struct sharing {
	bool		sending;	/* else: receiving */
	bool		has_uid;	/* sending: the packet is this user's ... */
	uint32_t	uid;
	bool		others;		/* ... and sockets of others could send the like: told */
};
int	sockdiag_sharers(const struct ends *, struct sharing *, struct sock *, int max);
/*
 * The local port of every UDP socket, or of every TCP listener, each time it is bound. 0,
 * or -1 if the kernel did not say.
 */
int	sockdiag_ports(uint8_t proto, void (*each)(uint8_t proto, uint16_t port, uint64_t cookie));
/* True when the TCP socket carries Multipath TCP, so that a program may own it unseen. */
bool	sockdiag_multipath(const struct ends *);
/* Ends the socket with this cookie; its program sees an error. 0 or -1. */
int	sockdiag_destroy(const struct ends *, uint64_t cookie);

/* The other end of a Unix connection; of this one the inode is known. False: it is none, or has no other end. */
struct unix_peer {
	uint64_t	cookie;
	uint32_t	inode, uid;
};
bool	sockdiag_unix_peer(uint32_t inode, struct unix_peer *);

/* Ends of a tuple for the side that is this machine. */
void	ends_of(const struct tuple *, bool local_is_source, uint32_t device, struct ends *);
/* One message of the kernel about a socket; -1 if it is none. Pure. */
int	sockdiag_parse(const struct nlmsghdr *, struct sock *, struct ends *);

#endif
