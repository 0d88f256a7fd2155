/*
 * Netlink sockets as all kernel interfaces of intercept use them. Messages
 * count only when the kernel itself sent them (port 0), and attributes only
 * when their length fits. Opened before the process narrows itself.
 */
#ifndef INTERCEPT_NETLINK_H
#define INTERCEPT_NETLINK_H

#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bound, non-blocking. bytes: receive buffer, 0 leaves it. Failure is fatal. */
int	netlink_open(int protocol, size_t bytes);
/* 0 or -1. */
int	netlink_join(int fd, int group);

/*
 * One datagram from the kernel. Returns its length, 0 for one that does not
 * count (skip it), -1 with errno (EAGAIN, ENOBUFS ...).
 */
ssize_t	netlink_receive(int fd, void *buffer, size_t size);

#define NETLINK_BURST		32
#define NETLINK_BURST_BYTES	2048

/* Many datagrams by one system call. Its owner's; from netlink_burst_init() on it stays where it is. */
struct netlink_burst {
	uint8_t			buffer[NETLINK_BURST][NETLINK_BURST_BYTES] __attribute__((aligned(8)));
	struct sockaddr_nl	from[NETLINK_BURST];
	struct iovec		iov[NETLINK_BURST];
	struct mmsghdr		msg[NETLINK_BURST];
};
void	netlink_burst_init(struct netlink_burst *);
/* How many came, NETLINK_BURST at most; -1 with errno. Does not wait. */
int	netlink_burst_receive(int fd, struct netlink_burst *);
/* Bytes of the i-th of them; 0: it does not count (another than the kernel sent it), -1: it was cut. */
ssize_t	netlink_burst_length(const struct netlink_burst *, int i);

/* Sends one message, or several that stand one after the other. 0 or -1. */
int	netlink_send(int fd, const void *message, size_t length);

/*
 * Sends a request (flags are added: request, and acknowledge or dump) and shows
 * every message of the answer to row() until the kernel's end mark. Blocks at
 * most two seconds. 0, or -1 with the kernel's errno.
 */
int	netlink_ask(int fd, struct nlmsghdr *, uint16_t flags,
	    void (*row)(void *ctx, const struct nlmsghdr *), void *ctx);

/* A whole message stands at h; libmnl's own test takes lengths above 2^31 for small. */
static inline bool
netlink_ok(const struct nlmsghdr *h, int left)
{
	return left >= (int)sizeof(*h) && h->nlmsg_len >= sizeof(*h) &&
	    h->nlmsg_len <= (uint32_t)left;
}

/* Number of an error message; 0 is an acknowledgement, -1 for a message too short. */
int	netlink_error(const struct nlmsghdr *);

/* Fixed-size values; false when the attribute is NULL or of another length. */
bool	attribute_u8(const struct nlattr *, uint8_t *);
bool	attribute_be16(const struct nlattr *, uint16_t *);
bool	attribute_u32(const struct nlattr *, uint32_t *);
bool	attribute_be32(const struct nlattr *, uint32_t *);
bool	attribute_be64(const struct nlattr *, uint64_t *);
/* Exactly length bytes. */
bool	attribute_bytes(const struct nlattr *, void *, size_t length);

/* Attributes of a message behind an extra header, or of a nest, by number; others are skipped. */
#define ATTRIBUTES_MAX	64
int	attributes_of(const struct nlmsghdr *, size_t extra, const struct nlattr **, unsigned max);
int	attributes_in(const struct nlattr *nest, const struct nlattr **, unsigned max);

#endif
