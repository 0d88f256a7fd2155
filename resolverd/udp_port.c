/*
 * See udp_port.h. Called by ask.c. To open a socket, to have the loop watch it and to close
 * it costs three times what its question does. So it only loses its port, with its peer
 * (connect() to AF_UNSPEC), and the next connect() draws a new one.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "udp_port.h"

#define SPARE	64	/* sockets of a family kept for later */

struct udp_port {
	struct event	*ready;
	udp_port_fn	*readable;	/* NULL: nobody's */
	void		*ctx;
	int		 fd;
	sa_family_t	 family;
	struct udp_port	*next;		/* spare ones */
};

static struct spare {
	struct udp_port	*first;
	unsigned	 count;
} spares[2];

static struct spare *
spares_of(sa_family_t family)
{
	return &spares[family == AF_INET6];
}

static void
discard(struct udp_port *p)
{
	if (p->ready != NULL)
		event_free(p->ready);
	if (p->fd != -1)
		(void)close(p->fd);
	free(p);
}

/* What came, and the error that the server's machine sent back. */
static void
drain(const struct udp_port *p)
{
	char	byte;
	int	n = 0;

	while (n++ < 64 && (recv(p->fd, &byte, 1, 0) != -1 || errno != EAGAIN))
		continue;
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct udp_port	*p = arg;

	(void)fd;
	(void)what;
	if (p->readable != NULL)
		p->readable(p->ctx);
	else
		drain(p);
}

static struct udp_port *
port_new(struct event_base *base, sa_family_t family)
{
	struct udp_port	*p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->family = family;
	p->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd != -1)
		p->ready = event_new(base, p->fd, EV_READ | EV_PERSIST, on_ready, p);
	if (p->ready != NULL && event_add(p->ready, NULL) == 0)
		return p;
	discard(p);
	return NULL;
}

static struct udp_port *
port_take(struct event_base *base, sa_family_t family)
{
	struct spare	*s = spares_of(family);
	struct udp_port	*p = s->first;

	if (p == NULL)
		return port_new(base, family);
	s->first = p->next;
	s->count--;
	return p;
}

struct udp_port *
udp_port_open(struct event_base *base, const struct sockaddr *server, socklen_t len, udp_port_fn *readable, void *ctx)
{
	struct udp_port	*p = port_take(base, server->sa_family);

	if (p == NULL)
		return NULL;
	if (connect(p->fd, server, len) == -1) {
		discard(p);
		return NULL;
	}
	p->readable = readable;
	p->ctx = ctx;
	return p;
}

int
udp_port_fd(const struct udp_port *p)
{
	return p->fd;
}

void
udp_port_close(struct udp_port *p)
{
	static const struct sockaddr	none = { .sa_family = AF_UNSPEC };
	struct spare			*s;

	if (p == NULL)
		return;
	s = spares_of(p->family);
	if (s->count == SPARE || connect(p->fd, &none, sizeof(none)) == -1) {
		discard(p);
		return;
	}
	p->readable = NULL;
	drain(p);
	p->next = s->first;
	s->first = p;
	s->count++;
}
