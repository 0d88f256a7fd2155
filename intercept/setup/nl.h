/*
 * Netlink, as far as bulwark-setup needs it: one request, a dump, a batch of
 * updates. A socket waits at most some seconds; every answer is matched to its
 * request, so that what an interrupted run left in a socket does no harm.
 */
#ifndef SETUP_NL_H
#define SETUP_NL_H

#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#define NL_BUFFER 65536

struct nl {
	int		fd;
	uint32_t	seq;
	uint32_t	port;		/* the socket's address */
};

/* A socket of our own; -1 with errno. */
int	nl_open(struct nl *, int bus);
/* A socket that the parent gave; it stays open. -1 if fd is no such socket. */
int	nl_adopt(struct nl *, int fd, int bus);
void	nl_close(struct nl *);

/* Begins a request of a netfilter subsystem in buf. */
struct nlmsghdr *nl_request(struct nl *, void *buf, unsigned subsystem, unsigned type,
	    uint8_t family, unsigned flags);

/*
 * Sends req with NLM_F_DUMP and calls each() with every answer until it returns
 * a negative value. A dump that the kernel calls inconsistent fails with EINTR.
 */
int	nl_dump(struct nl *, struct nlmsghdr *req, int (*each)(const struct nlmsghdr *, void *),
	    void *arg);
/* One request with one answer; each() may be NULL for a mere acknowledgement. */
int	nl_ask(struct nl *, struct nlmsghdr *req, int (*each)(const struct nlmsghdr *, void *),
	    void *arg);
/*
 * Sends len bytes of messages whose sequence numbers lie in first..last, and
 * reads until the last is acknowledged. -1 with the first error (errno).
 */
int	nl_transact(struct nl *, const void *buf, size_t len, uint32_t first, uint32_t last);

#endif
