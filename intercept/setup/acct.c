/* conntrack's byte and packet counters: one setting of the network namespace. */
#include <fcntl.h>
#include <unistd.h>

#include "setup.h"

#define ACCT_PATH "/proc/sys/net/netfilter/nf_conntrack_acct"

int
acct_get(void)
{
	char	c = '\0';
	int	fd = open(ACCT_PATH, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (read(fd, &c, 1) != 1)
		c = '\0';
	(void)close(fd);
	return c == '0' ? 0 : c == '1' ? 1 : -1;
}

int
acct_set(int on)
{
	int	fd = open(ACCT_PATH, O_WRONLY | O_CLOEXEC);
	ssize_t	n;

	if (fd == -1)
		return -1;
	n = write(fd, on ? "1\n" : "0\n", 2);
	(void)close(fd);
	return n == 2 ? 0 : -1;
}
