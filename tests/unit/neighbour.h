/*
 * A neighbour: a member of the group of multicast DNS on the loopback device of a network namespace of the
 * test's own, where no other test's questions are heard. IPv4 alone: that device has no IPv6 groups.
 */
#ifndef TESTS_NEIGHBOUR_H
#define TESTS_NEIGHBOUR_H

#include <criterion/criterion.h>

#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "address.h"
#include "loopback.h"
#include "names.h"
#include "query.h"

#define GROUP_PORT	5353

static const struct names_net	loopback = { "lo", 4, 8, { 127, 0, 0, 1 } };
static int			neighbour = -1;
/* The last question that it heard. */
static uint8_t			question[512];
static size_t			question_len;
static union address		asker_at;
static int			hops;

static int
bound(uint16_t port, uint32_t address)
{
	struct sockaddr_in	in = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(address) } };
	int			fd = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	cr_assert_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

/* The next question; what is sent on this device is there at once. */
static void
hear(void)
{
	uint8_t		more[64];
	struct iovec	iov = { question, sizeof(question) };
	struct msghdr	h = { .msg_name = &asker_at, .msg_namelen = sizeof(asker_at), .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = more, .msg_controllen = sizeof(more) };
	ssize_t		n = recvmsg(neighbour, &h, MSG_DONTWAIT);

	cr_assert_gt(n, 0);
	question_len = (size_t)n;
	memcpy(&hops, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(hops));
}

static void
neighbour_start(void)
{
	struct ip_mreqn	four = { .imr_multiaddr = { htonl(0xe00000fb) }, .imr_ifindex = 1 };
	int		yes = 1;

	cr_assert_eq(unshare(CLONE_NEWNET), 0);
	loopback_up();
	neighbour = bound(GROUP_PORT, INADDR_ANY);
	cr_assert_eq(setsockopt(neighbour, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four)), 0);
	setsockopt(neighbour, IPPROTO_IP, IP_RECVTTL, &yes, sizeof(yes));
}

/* 10.1.1.LAST in answer to the last question; the length. */
static size_t
address_answer(uint8_t last, uint8_t *to)
{
	memcpy(to, question, question_len);
	to[2] = 0x84;
	to[7] = 1;
	memcpy(to + question_len, "\xc0\x0c\0\1\0\1\0\0\0\x78\0\4\12\1\1", 15);
	to[question_len + 15] = last;
	return question_len + 16;
}

static void
send_from(int fd, const uint8_t *m, size_t len)
{
	cr_assert_eq(sendto(fd, m, len, 0, &asker_at.sa, sizeof(asker_at.in)), (ssize_t)len);
}

#endif
