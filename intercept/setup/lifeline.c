/* Lifelines (lifeline.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lifeline.h"

static int
number(const char *s, unsigned long max, unsigned long *n)
{
	char	*end;

	if (s[0] < '0' || s[0] > '9')
		return -1;
	errno = 0;
	*n = strtoul(s, &end, 10);
	return errno == 0 && *end == '\0' && *n <= max ? 0 : -1;
}

/* Address and length, host bits cleared: the form in which iptables gives it back. */
static int
net_parse(char *net, struct lifeline *l)
{
	uint8_t		 address[16];
	char		*slash = strchr(net, '/'), text[INET6_ADDRSTRLEN];
	unsigned long	 length;
	unsigned	 bits;
	int		 family = strchr(net, ':') != NULL ? AF_INET6 : AF_INET;

	bits = family == AF_INET6 ? 128 : 32;
	length = bits;
	if (slash != NULL) {
		*slash = '\0';
		if (number(slash + 1, bits, &length) == -1)
			return -1;
	}
	if (inet_pton(family, net, address) != 1)
		return -1;
	for (unsigned i = 0; i < bits / 8; i++) {
		unsigned	keep = length <= i * 8 ? 0 : (unsigned)length - i * 8;

		if (keep < 8)
			address[i] &= (uint8_t)(0xff00 >> keep);
	}
	if (inet_ntop(family, address, text, sizeof(text)) == NULL)
		return -1;
	l->family = family == AF_INET6 ? 6 : 4;
	l->length = (unsigned)length;
	(void)snprintf(l->net, sizeof(l->net), "%s/%u", text, l->length);
	return 0;
}

int
lifeline_parse(const char *line, struct lifeline *l)
{
	char		 copy[128], *rest = copy, *proto, *port, *net;
	unsigned long	 n;

	if (strlen(line) >= sizeof(copy))
		return -1;
	memcpy(copy, line, strlen(line) + 1);
	proto = strsep(&rest, " ");
	port = strsep(&rest, " ");
	net = strsep(&rest, " ");
	if (port == NULL || net == NULL || rest != NULL)
		return -1;
	if (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0)
		return -1;
	if (number(port, 65535, &n) == -1 || n == 0)
		return -1;
	*l = (struct lifeline){ .port = (uint16_t)n };
	memcpy(l->proto, proto, strlen(proto) + 1);
	return net_parse(net, l);
}

int
kernel_name_take(const char *s, char name[static KERNEL_NAME + 1])
{
	if (strspn(s, "0123456789abcdef") != KERNEL_NAME)
		return -1;
	memcpy(name, s, KERNEL_NAME);
	name[KERNEL_NAME] = '\0';
	return 0;
}

/* "kernel NAME" and nothing else. */
static bool
kernel_line_take(const char *line, char name[static KERNEL_NAME + 1])
{
	static const char	word[] = "kernel ";

	return strncmp(line, word, sizeof(word) - 1) == 0 && strlen(line) == sizeof(word) - 1 + KERNEL_NAME &&
	    kernel_name_take(line + sizeof(word) - 1, name) == 0;
}

static int
line_take(struct lifelines *all, const char *line, bool first)
{
	if (first && kernel_line_take(line, all->kernel))
		return 0;
	return all->count < LIFELINES_MAX && lifeline_parse(line, &all->line[all->count++]) == 0 ? 0 : -1;
}

int
lifelines_read(int fd, struct lifelines *all)
{
	char	 buf[LIFELINES_MAX * 128], *rest = buf, *line;
	size_t	 used = 0;
	ssize_t	 n;
	bool	 first = true;

	while ((n = read(fd, buf + used, sizeof(buf) - 1 - used)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		used += (size_t)n;
	}
	*all = (struct lifelines){ .count = 0 };
	errno = 0;
	/* Full, a NUL inside, or a last line cut off: not what the parent writes. */
	if (used == sizeof(buf) - 1 || memchr(buf, '\0', used) != NULL ||
	    (used > 0 && buf[used - 1] != '\n'))
		return -1;
	buf[used] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		if (line_take(all, line, first) == -1) {
			errno = 0;
			return -1;
		}
		first = false;
	}
	return 0;
}
