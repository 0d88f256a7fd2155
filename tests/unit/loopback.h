/*
 * The loopback device of a network namespace of the test's own.
 */
#ifndef TESTS_LOOPBACK_H
#define TESTS_LOOPBACK_H

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Nobody else has set it up. */
static inline void
loopback_up(void)
{
	struct ifreq	r = { .ifr_name = "lo" };
	int		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_UP) == 0) {
		r.ifr_flags |= IFF_UP;
		(void)ioctl(fd, SIOCSIFFLAGS, &r);
	}
	close(fd);
}

#endif
