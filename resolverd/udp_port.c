/*
 * See udp_port.h. Called by ask.c. To open a socket, to have the loop watch it and to close
 * it costs three times what its question does, and its first packet a verdict. Its port is
 * its own until the kernel tells of its end, by which intercept takes the verdict back; so it
 * is closed with its port, never disconnected to draw a new one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "udp_port.h"

#define SPARE	64	/* that wait for a question */

struct udp_port {
	TAILQ_ENTRY(udp_port)	 entry;		/* in spare */
	struct event		*ready;
	udp_port_fn		*readable;	/* NULL: it is spare */
	void			*ctx;
	int			 fd;
	unsigned		 questions;
	bool			 idle;		/* since the last look at the spare ones */
	struct sockaddr_storage	 server;
	socklen_t		 server_len;
};
TAILQ_HEAD(udp_ports, udp_port);

static struct udp_ports		 spare = TAILQ_HEAD_INITIALIZER(spare);
static unsigned			 spares;
static struct event		*look;

static void
discard(struct udp_port *p)
{
	if (p->ready != NULL)
		event_free(p->ready);
	if (p->fd != -1)
		(void)close(p->fd);
	free(p);
}

static void
take_out(struct udp_port *p)
{
	TAILQ_REMOVE(&spare, p, entry);
	spares--;
}

static void
look_again(void)
{
	const struct timeval	later = { .tv_usec = UDP_PORT_IDLE_MS * 1000 };

	if (spares > 0)
		(void)event_add(look, &later);
}

/* Nobody's port stays open for long: what was idle at the last look is closed. */
static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct udp_port	*p, *next;

	(void)fd;
	(void)what;
	(void)arg;
	for (p = TAILQ_FIRST(&spare); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (p->idle) {
			take_out(p);
			discard(p);
		} else {
			p->idle = true;
		}
	}
	look_again();
}

void
udp_port_forget(void)
{
	struct udp_port	*p, *next;

	for (p = TAILQ_FIRST(&spare); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		take_out(p);
		discard(p);
	}
}

/* Something comes while nobody asks: a late answer, a guess, an error. */
static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct udp_port	*p = arg;

	(void)fd;
	(void)what;
	if (p->readable != NULL) {
		p->readable(p->ctx);
		return;
	}
	take_out(p);
	discard(p);
}

static bool
connect_new(struct udp_port *p, struct event_base *base, const struct sockaddr *server, socklen_t len)
{
	memcpy(&p->server, server, len);
	p->server_len = len;
	p->fd = socket(server->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd == -1 || connect(p->fd, server, len) == -1)
		return false;
	p->ready = event_new(base, p->fd, EV_READ | EV_PERSIST, on_ready, p);
	return p->ready != NULL && event_add(p->ready, NULL) == 0;
}

static struct udp_port *
port_new(struct event_base *base, const struct sockaddr *server, socklen_t len)
{
	struct udp_port	*p = calloc(1, sizeof(*p));

	if (p == NULL || connect_new(p, base, server, len))
		return p;
	discard(p);
	return NULL;
}

/* The one that was used last: so that those which nobody needs are idle. */
static struct udp_port *
spare_for(const struct sockaddr *server, socklen_t len)
{
	struct udp_port	*p;

	TAILQ_FOREACH(p, &spare, entry)
		if (p->server_len == len && memcmp(&p->server, server, len) == 0) {
			take_out(p);
			return p;
		}
	return NULL;
}

struct udp_port *
udp_port_open(struct event_base *base, const struct sockaddr *server, socklen_t len, udp_port_fn *readable, void *ctx)
{
	struct udp_port	*p;

	if (look == NULL && (look = evtimer_new(base, on_look, NULL)) == NULL)
		return NULL;
	p = spare_for(server, len);
	if (p == NULL)
		p = port_new(base, server, len);
	if (p == NULL)
		return NULL;
	p->readable = readable;
	p->ctx = ctx;
	p->questions++;
	return p;
}

int
udp_port_fd(const struct udp_port *p)
{
	return p->fd;
}

void
udp_port_close(struct udp_port *p, bool answered)
{
	if (p == NULL)
		return;
	p->readable = NULL;
	if (!answered || p->questions == UDP_PORT_QUESTIONS || spares == SPARE) {
		discard(p);
		return;
	}
	p->idle = false;
	TAILQ_INSERT_HEAD(&spare, p, entry);
	if (spares++ == 0)
		look_again();
}
