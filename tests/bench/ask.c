/*
 * Asks for one name again and again, one question at a time.
 *	ask open ADDRESS PORT NAME N	from one socket
 *	ask new ADDRESS PORT NAME N	from a new socket each time
 * Any datagram that comes back counts as the answer. Prints "n=.. fail=.. p50=.. p99=.." in microseconds.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S	2

static struct sockaddr_in to = { .sin_family = AF_INET };

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* An A question with the recursion desired bit, RFC 1035. */
static size_t
question(const char *name, uint8_t *m, size_t size)
{
	size_t len = 12, label;

	if (strlen(name) + 18 > size)
		errx(2, "%s: too long", name);
	memset(m, 0, size);
	m[2] = 1;
	m[5] = 1;
	for (; *name != '\0'; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		m[len++] = (uint8_t)label;
		memcpy(m + len, name, label);
		len += label;
	}
	m[len + 2] = 1;
	m[len + 4] = 1;
	return len + 5;
}

static int
open_socket(void)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == -1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		err(1, "socket");
	return fd;
}

static bool
ask(int fd, const uint8_t *m, size_t len)
{
	uint8_t answer[2048];

	return send(fd, m, len, 0) == (ssize_t)len && recv(fd, answer, sizeof(answer), 0) > 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	uint8_t m[512];
	size_t len;
	double *took, begin;
	unsigned n, answered = 0;
	bool each_new;
	int fd = -1;

	if (argc != 6 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		errx(2, "usage: ask open|new ADDRESS PORT NAME N");
	each_new = strcmp(argv[1], "new") == 0;
	to.sin_port = htons((uint16_t)atoi(argv[3]));
	len = question(argv[4], m, sizeof(m));
	n = (unsigned)atoi(argv[5]);
	if ((took = calloc(n, sizeof(*took))) == NULL)
		err(1, "memory");
	for (unsigned i = 0; i < n; i++) {
		begin = now_us();
		if (fd == -1)
			fd = open_socket();
		m[0] = (uint8_t)(i >> 8);
		m[1] = (uint8_t)i;
		if (ask(fd, m, len))
			took[answered++] = now_us() - begin;
		if (each_new) {
			close(fd);
			fd = -1;
		}
	}
	qsort(took, answered, sizeof(*took), compare);
	printf("n=%u fail=%u p50=%.1f p99=%.1f\n", n, n - answered, answered == 0 ? 0 : took[answered / 2],
	    answered == 0 ? 0 : took[answered * 99 / 100]);
	free(took);
	return 0;
}
