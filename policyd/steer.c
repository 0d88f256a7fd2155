/*
 * Connections to steer.sock; see steer.h. What comes in is hostile: lines and
 * places are bounded, a user holds at most an eighth of the places, and an
 * answer that is not taken at once ends the connection.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "sandbox.h"
#include "steer.h"
#include "steer_request.h"

struct seat {
	int		 fd;		/* -1: free */
	uint32_t	 uid;
	size_t		 len;
	struct event	*on_read;
	char		*line;		/* STEER_LINE_MAX bytes */
};

static struct seat		 seats[STEER_PLACES];
static struct event_base	*base;
static struct event		*on_accept_event;
static const struct steer_ops	*ops;
static void			*ops_ctx;

static void
seat_leave(struct seat *s)
{
	event_free(s->on_read);
	free(s->line);
	(void)close(s->fd);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	(void)event_add(on_accept_event, NULL);
}

/* An answer fits into a fresh socket's buffer; who does not read loses the place. */
static int
seat_say(const struct seat *s, const char *answer)
{
	size_t len = strlen(answer);

	return send(s->fd, answer, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len ? 0 : -1;
}

/* Answers every whole line; -1 when the connection must end. */
static int
seat_serve(struct seat *s)
{
	char	 answer[STEER_ANSWER_MAX];
	char	*newline;
	size_t	 len;

	while ((newline = memchr(s->line, '\n', s->len)) != NULL) {
		len = (size_t)(newline - s->line);
		steer_request(s->line, len, s->uid, ops, ops_ctx, answer);
		s->len -= len + 1;
		memmove(s->line, newline + 1, s->len);
		if (seat_say(s, answer) == -1)
			return -1;
	}
	if (s->len < STEER_LINE_MAX)
		return 0;
	steer_refuse("a request has at most 8192 bytes", answer);
	(void)seat_say(s, answer);
	return -1;
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct seat	*s = arg;
	ssize_t		 n;

	if ((what & EV_TIMEOUT) != 0) {
		seat_leave(s);
		return;
	}
	n = recv(fd, s->line + s->len, STEER_LINE_MAX - s->len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		s->len += (size_t)n;
	if (n <= 0 || seat_serve(s) == -1)
		seat_leave(s);
}

/* A free seat for this user, or NULL. */
static struct seat *
seat_find(uint32_t uid)
{
	struct seat	*seat = NULL;
	unsigned	 i, same = 0, others = 0;

	for (i = 0; i < STEER_PLACES; i++) {
		if (seats[i].fd == -1)
			seat = &seats[i];
		else {
			same += seats[i].uid == uid;
			others += seats[i].uid != 0;
		}
	}
	if (uid != 0 && (same >= STEER_PER_USER || others >= STEER_PLACES - STEER_ROOT))
		return NULL;
	return seat;
}

static int
seat_take(struct seat *s, int fd, uint32_t uid)
{
	const struct timeval idle = { .tv_sec = STEER_IDLE_S };

	s->line = malloc(STEER_LINE_MAX);
	s->on_read = event_new(base, fd, EV_READ | EV_PERSIST, on_read, s);
	if (s->line == NULL || s->on_read == NULL || event_add(s->on_read, &idle) == -1) {
		if (s->on_read != NULL)
			event_free(s->on_read);
		free(s->line);
		return -1;
	}
	s->fd = fd;
	s->uid = uid;
	s->len = 0;
	return 0;
}

static void
on_accept(evutil_socket_t listen_fd, short what, void *arg)
{
	struct ucred	 cred;
	socklen_t	 len = sizeof(cred);
	struct seat	*s;
	int		 fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	(void)arg;
	if (fd == -1) {
		/* No descriptor left: the next one who leaves makes room. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			(void)event_del(on_accept_event);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    (s = seat_find(cred.uid)) == NULL || seat_take(s, fd, cred.uid) == -1)
		(void)close(fd);
}

void
steer_start(struct event_base *b, int listen_fd, const struct steer_ops *o, void *ctx)
{
	unsigned i;

	base = b;
	ops = o;
	ops_ctx = ctx;
	for (i = 0; i < STEER_PLACES; i++)
		seats[i].fd = -1;
	if (evutil_make_socket_nonblocking(listen_fd) == -1)
		fatal("steer.sock");
	on_accept_event = event_new(base, listen_fd, EV_READ | EV_PERSIST, on_accept, NULL);
	if (on_accept_event == NULL || event_add(on_accept_event, NULL) == -1)
		fatalx("steer.sock: no event");
}
