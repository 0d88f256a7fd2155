/*
 * The machine's own addresses, networks and interfaces, kept as rtnetlink tells
 * them, and which network namespace lies behind an interface.
 */
#ifndef INTERCEPT_LINKS_H
#define INTERCEPT_LINKS_H

#include <libmnl/libmnl.h>

#include "decide.h"

struct event_base;

#define LINKS		512	/* interfaces kept; more are known by number only */
#define LINK_NO_NSID	(-1)
#define LOOPBACK_INDEX	1	/* of "lo", in every namespace */

struct link {
	uint32_t	index;
	int32_t		nsid;		/* namespace of the other end, as this one numbers it */
	bool		bridge;
	bool		pair;		/* one of two ends (veth, netkit): what comes in, the other end sent */
	uint32_t	noticed;	/* links_reading() that first saw it with this nsid */
	char		name[DEVICE_BYTES];
};

/* Reads all once; before the process narrows itself. */
void	links_open(void);
/* changed() is called at once, and after each change. */
void	links_start(struct event_base *, void (*changed)(const struct decide_links *));
const struct decide_links *links_now(void);
/*
 * Did the kernel tell of a change that was not read yet, and that may be this interface's? Then what is known
 * of it here is older than packets may be; changed() follows.
 */
bool	links_changing(uint32_t index);
/* How often all was read. */
uint32_t links_reading(void);
/* Are they all known, or are there too many? */
bool	links_complete(void);
/* NULL when there is none of that number. */
const struct link *link_by_index(uint32_t index);
/* Copies the name; empty when unknown. */
void	link_name(uint32_t index, char name[DEVICE_BYTES]);
bool	address_is_own(uint8_t family, const uint8_t address[16]);
/* A group, the limited broadcast, or the broadcast address of a net of ours. */
bool	address_is_shared(uint8_t family, const uint8_t address[16]);
/* Port of a bridge behind which this hardware address was seen; 0 if unknown. */
uint32_t bridge_port(uint32_t bridge, const uint8_t hardware[6]);
/* By which interface the kernel would send to this address; 0: by none. */
uint32_t link_towards(uint8_t family, const uint8_t address[16]);
/* The hardware address of a neighbour there; false if it is not known. */
bool	link_neighbour(uint32_t index, uint8_t family, const uint8_t address[16], uint8_t hardware[6]);
/* How this namespace numbers that of a process, or thread; LINK_NO_NSID if it has no number. False: it ended. */
bool	nsid_of_process(uint32_t pid, int32_t *nsid);

/* One message each, taken apart; -1 if it is something else. Pure. */
int	links_parse_link(const struct nlmsghdr *, struct link *);
int	links_parse_net(const struct nlmsghdr *, struct decide_net *, uint32_t *index);

#endif
