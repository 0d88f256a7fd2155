/*
 * Netlink requests of bulwark-setup (nl.h). Believes the kernel; messages of
 * other senders are refused by their address.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "nl.h"

static int
nl_prepare(struct nl *nl)
{
	struct sockaddr_nl	self = { .nl_family = AF_NETLINK };
	socklen_t		len = sizeof(self);
	struct timeval		patience = { .tv_sec = 10 };
	int			bytes = 4 << 20;

	if (getsockname(nl->fd, (struct sockaddr *)&self, &len) == -1)
		return -1;
	if (self.nl_pid == 0) {
		self = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
		if (bind(nl->fd, (struct sockaddr *)&self, sizeof(self)) == -1 ||
		    getsockname(nl->fd, (struct sockaddr *)&self, &len) == -1)
			return -1;
	}
	nl->port = self.nl_pid;
	nl->seq = (uint32_t)time(NULL) << 12;
	if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == -1)
		return -1;
	/* Larger buffers only spare retries. */
	(void)setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	(void)setsockopt(nl->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	return 0;
}

int
nl_open(struct nl *nl, int bus)
{
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, bus);
	if (nl->fd == -1)
		return -1;
	if (nl_prepare(nl) == 0)
		return 0;
	nl_close(nl);
	return -1;
}

int
nl_adopt(struct nl *nl, int fd, int bus)
{
	int		domain = 0, protocol = 0, flags;
	socklen_t	len = sizeof(domain);

	nl->fd = -1;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1)
		return -1;
	len = sizeof(protocol);
	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == -1)
		return -1;
	/* Programs run by this one must not hold it: its life is the guard's. */
	flags = fcntl(fd, F_GETFD);
	if (domain != AF_NETLINK || protocol != bus || flags == -1 ||
	    fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == -1) {
		errno = EINVAL;
		return -1;
	}
	nl->fd = fd;
	return nl_prepare(nl);
}

void
nl_close(struct nl *nl)
{
	if (nl->fd != -1)
		(void)close(nl->fd);
	nl->fd = -1;
}

struct nlmsghdr *
nl_request(struct nl *nl, void *buf, unsigned subsystem, unsigned type, uint8_t family,
    unsigned flags)
{
	struct nlmsghdr		*nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg		*nfg;

	nlh->nlmsg_type = (uint16_t)(subsystem << 8 | type);
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++nl->seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}

static int
nl_send(struct nl *nl, const void *buf, size_t len)
{
	struct sockaddr_nl	kernel = { .nl_family = AF_NETLINK };
	ssize_t			n;

	do
		n = sendto(nl->fd, buf, len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	if ((size_t)n != len) {
		errno = EMSGSIZE;
		return -1;
	}
	return 0;
}

/* One datagram from the kernel into buf; its length or -1. */
static ssize_t
nl_receive(struct nl *nl, void *buf, size_t size)
{
	struct sockaddr_nl	from;
	struct iovec		iov = { .iov_base = buf, .iov_len = size };
	struct msghdr		msg;
	ssize_t			n;

	for (;;) {
		memset(&from, 0, sizeof(from));
		msg = (struct msghdr){ .msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1 };
		n = recvmsg(nl->fd, &msg, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (msg.msg_namelen != sizeof(from) || from.nl_pid != 0)
			continue;
		if ((msg.msg_flags & MSG_TRUNC) != 0) {
			errno = EMSGSIZE;
			return -1;
		}
		return n;
	}
}

static int
nl_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr	*err = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(err->error))
		return EBADMSG;
	return -err->error;
}

/* Answers to seq: 1 when they are complete, 0 when more follow, -1 with errno. */
static int
nl_answers(const void *buf, size_t len, uint32_t seq,
    int (*each)(const struct nlmsghdr *, void *), void *arg)
{
	const struct nlmsghdr	*nlh = buf;
	int			 left = (int)len, error;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if ((nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
			errno = EINTR;
			return -1;
		}
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 1;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			error = nl_error(nlh);
			if (error == 0)
				return 1;
			errno = error;
			return -1;
		}
		if (each != NULL && each(nlh, arg) < 0)
			return -1;
		if ((nlh->nlmsg_flags & NLM_F_MULTI) == 0)
			return 1;
	}
	return 0;
}

static int
nl_converse(struct nl *nl, struct nlmsghdr *req,
    int (*each)(const struct nlmsghdr *, void *), void *arg)
{
	char	buf[NL_BUFFER];		/* not static: answers may cause questions */
	ssize_t	n;
	int	done;

	if (nl_send(nl, req, req->nlmsg_len) == -1)
		return -1;
	do {
		n = nl_receive(nl, buf, sizeof(buf));
		if (n == -1)
			return -1;
		done = nl_answers(buf, (size_t)n, req->nlmsg_seq, each, arg);
	} while (done == 0);
	return done == 1 ? 0 : -1;
}

int
nl_dump(struct nl *nl, struct nlmsghdr *req, int (*each)(const struct nlmsghdr *, void *),
    void *arg)
{
	req->nlmsg_flags |= NLM_F_DUMP;
	return nl_converse(nl, req, each, arg);
}

int
nl_ask(struct nl *nl, struct nlmsghdr *req, int (*each)(const struct nlmsghdr *, void *), void *arg)
{
	if (each == NULL)
		req->nlmsg_flags |= NLM_F_ACK;
	return nl_converse(nl, req, each, arg);
}

int
nl_transact(struct nl *nl, const void *buf, size_t len, uint32_t first, uint32_t last)
{
	static char		 answer[NL_BUFFER];
	const struct nlmsghdr	*nlh;
	int			 left, error = 0;
	ssize_t			 n;

	if (nl_send(nl, buf, len) == -1)
		return -1;
	for (;;) {
		n = nl_receive(nl, answer, sizeof(answer));
		if (n == -1)
			return -1;
		left = (int)n;
		nlh = (const struct nlmsghdr *)answer;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_seq - first > last - first)
				continue;
			if (error == 0)
				error = nl_error(nlh);
			/* The first number is the batch's own: only an error names it. */
			if (nlh->nlmsg_seq != last && !(nlh->nlmsg_seq == first && error != 0))
				continue;
			errno = error;
			return error == 0 ? 0 : -1;
		}
	}
}
