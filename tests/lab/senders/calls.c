/*
 * Other system calls than send() and connect() that make a packet leave.
 */
#include "senders.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <err.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLS	64	/* messages of one sendmmsg() */

static struct iovec
text(void)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)TEXT, .iov_len = sizeof TEXT };
}

/* All in one call. */
static int
run_sendmmsg(void)
{
	struct mmsghdr message[CALLS] = { 0 };
	union address to[CALLS];
	struct iovec data = text();
	int fd = udp_socket();
	unsigned n = job.n < CALLS ? job.n : CALLS;

	for (unsigned i = 0; i < n; i++) {
		to[i] = nth(i);
		message[i].msg_hdr = (struct msghdr){ .msg_name = &to[i], .msg_namelen = address_len(), .msg_iov = &data,
						      .msg_iovlen = 1 };
		told(i);
	}
	for (unsigned done = 0; done < n; done++) {	/* a refusal ends a call before its time */
		int got = sendmmsg(fd, message + done, n - done, 0);

		done += got > 0 ? (unsigned)got - 1 : 0;
	}
	pause_ms(100);
	return 0;
}

/* The source and the device are named with the message. */
static int
run_sendmsg(void)
{
	struct { struct cmsghdr head; struct in_pktinfo info; } control = {
		.head = { .cmsg_len = CMSG_LEN(sizeof control.info), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO } };
	struct iovec data = text();
	int fd = udp_socket();

	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		struct msghdr m = { .msg_name = &a, .msg_namelen = address_len(), .msg_iov = &data, .msg_iovlen = 1,
				    .msg_control = &control, .msg_controllen = sizeof control };

		told(i);
		if (sendmsg(fd, &m, 0) == -1)
			warn("sendmsg");
		await(fd, POLLIN);
	}
	return 0;
}

static int
run_write(void)
{
	struct iovec data[2] = { text(), text() };

	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);

		told(i);
		(void)!writev(fd, data, 2);
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

/* The datagram leaves when the cork is drawn. */
static int
run_cork(void)
{
	int yes = 1, no = 0;

	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);

		(void)setsockopt(fd, IPPROTO_UDP, UDP_CORK, &yes, sizeof yes);
		put(fd);
		told(i);
		(void)setsockopt(fd, IPPROTO_UDP, UDP_CORK, &no, sizeof no);
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

/* One call, several datagrams. */
static int
run_segment(void)
{
	int size = sizeof TEXT;
	struct iovec data[2] = { text(), text() };

	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);

		if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) == -1)
			return missing("UDP_SEGMENT");
		told(i);
		(void)!writev(fd, data, 2);
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

static int
file_with_text(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd == -1 || write(fd, TEXT, sizeof TEXT) != sizeof TEXT)
		err(1, "a file in memory");
	return fd;
}

static int
run_sendfile(void)
{
	int file = file_with_text();

	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);
		off_t at = 0;

		told(i);
		if (sendfile(fd, file, &at, sizeof TEXT) == -1)
			warn("sendfile");
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

static int
run_splice(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		err(1, "pipe");
	for (unsigned i = 0; i < job.n; i++) {
		struct iovec data = text();
		int fd = udp_to(i);

		if (vmsplice(ends[1], &data, 1, 0) == -1)
			err(1, "vmsplice");
		told(i);
		if (splice(ends[0], NULL, fd, NULL, sizeof TEXT, 0) == -1)
			warn("splice");
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

static int
run_zerocopy(void)
{
	int yes = 1;

	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);

		if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &yes, sizeof yes) == -1)
			return missing("SO_ZEROCOPY");
		told(i);
		if (send(fd, TEXT, sizeof TEXT, MSG_ZEROCOPY) == -1)
			warn("MSG_ZEROCOPY");
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

/* The older way to write without waiting (io_submit). */
static int
run_aio(void)
{
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 8, &context) == -1)
		return missing("io_setup");
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);
		struct iocb write_it = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (unsigned)fd,
					 .aio_buf = (uintptr_t)TEXT, .aio_nbytes = sizeof TEXT }, *all = &write_it;

		told(i);
		if (syscall(SYS_io_submit, context, 1, &all) != 1)
			warn("io_submit");
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

/* The data goes with the SYN. */
static int
run_fast_open(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = tcp_socket();

		told(i);
		(void)!sendto(fd, TEXT, sizeof TEXT, MSG_FASTOPEN | MSG_NOSIGNAL, &a.sa, address_len());
		await(fd, POLLOUT);
		(void)close(fd);
	}
	return 0;
}

/* connect() does nothing, the first write connects. */
static int
run_fast_connect(void)
{
	int yes = 1;

	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = tcp_socket();

		if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof yes) == -1)
			return missing("TCP_FASTOPEN_CONNECT");
		(void)connect(fd, &a.sa, address_len());
		told(i);
		(void)!write(fd, TEXT, sizeof TEXT);
		await(fd, POLLOUT);
		(void)close(fd);
	}
	return 0;
}

static int
run_mptcp(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = socket(job.to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_MPTCP);

		if (fd == -1)
			return missing("Multipath TCP");
		told(i);
		tcp_connect(fd, i);
		(void)close(fd);
	}
	return 0;
}

static int
run_udp_lite(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = socket(job.to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDPLITE);

		if (fd == -1)
			return missing("UDP-Lite");
		told(i);
		send_to(fd, i);
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

/* Association or connection by the kernel's own SCTP and DCCP. */
static int
run_other(int type, int protocol)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = socket(job.to.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

		if (fd == -1)
			return missing("socket");
		told(i);
		tcp_connect(fd, i);
		(void)close(fd);
	}
	return 0;
}

static int
run_sctp(void)
{
	return run_other(SOCK_STREAM, IPPROTO_SCTP);
}

static int
run_dccp(void)
{
	return run_other(SOCK_DCCP, IPPROTO_DCCP);
}

const struct way call_ways[] = {
	{ "sendmmsg", run_sendmmsg },
	{ "sendmsg", run_sendmsg },
	{ "write", run_write },
	{ "cork", run_cork },
	{ "segment", run_segment },
	{ "sendfile", run_sendfile },
	{ "splice", run_splice },
	{ "zerocopy", run_zerocopy },
	{ "aio", run_aio },
	{ "fast-open", run_fast_open },
	{ "fast-connect", run_fast_connect },
	{ "mptcp", run_mptcp },
	{ "udp-lite", run_udp_lite },
	{ "sctp", run_sctp },
	{ "dccp", run_dccp },
	{ NULL, NULL },
};
