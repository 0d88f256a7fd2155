/*
 * Connections to steer.sock; see steer.h. What comes in is hostile: lines and
 * places are bounded, a user holds at most an eighth of the places, and who does
 * not take what was asked for loses the place. So does an agent that does not
 * answer pings: one that was stopped would keep flows waiting for nobody.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "pace.h"
#include "sandbox.h"
#include "steer.h"
#include "steer_request.h"

#define LINES_TURN	16		/* requests of one connection before the loop comes by */
#define LIST_TURN	16		/* prompts of a list that are told before the loop comes by */
#define LIST_WAITS	65536		/* bytes; then the list waits for its reader */
#define TOLD_WAITS	(STEER_OUT_MOST / 2)	/* then changes are no longer told one by one */

struct seat {
	int		 fd;		/* -1: free */
	uint32_t	 uid;
	size_t		 len;
	struct event	*on_read, *on_write, *on_turn;
	char		*line;		/* STEER_LINE_MAX bytes */
	char		*out;		/* what waits to be sent */
	size_t		 out_len, out_size;
	bool		 watches;	/* an agent */
	bool		 pinged;	/* and owes an answer */
	bool		 behind;	/* changes were left out: it needs the list anew */
	bool		 lists;		/* a list is under way, whose last prompt was, of so many: */
	uint64_t	 listed;
	unsigned	 listed_count;
	bool		 lost;		/* it leaves when the loop comes by */
};

static const struct timeval	 idle = { .tv_sec = STEER_IDLE_S };
static struct seat		 seats[STEER_PLACES];
static struct event_base	*base;
static struct event		*on_accept_event, *on_ping_event;
static const struct steer_ops	*ops;
static void			*ops_ctx;

static void
seat_leave(struct seat *s)
{
	bool	 agent = s->watches;
	uint32_t uid = s->uid;

	event_free(s->on_read);
	event_free(s->on_write);
	event_free(s->on_turn);
	free(s->line);
	free(s->out);
	(void)close(s->fd);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
	(void)event_add(on_accept_event, NULL);
	if (agent)
		(void)ops->agent(ops_ctx, uid, false);
}

/* Not at once: whoever tells it something may go through all seats. */
static void
seat_lose(struct seat *s)
{
	s->lost = true;
	event_active(s->on_write, EV_WRITE, 0);
}

/* Goes on when the loop has come by: an event that is made active here would run before anybody else's. */
static void
seat_go_on(struct seat *s)
{
	static const struct timeval at_once;

	(void)event_add(s->on_turn, &at_once);
}

/* Sends what it can. */
static void
seat_flush(struct seat *s)
{
	ssize_t	n = send(s->fd, s->out, s->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n == -1 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS) {
		seat_lose(s);
		return;
	}
	if (n > 0) {
		s->out_len -= (size_t)n;
		memmove(s->out, s->out + n, s->out_len);
	}
	if (s->out_len > 0 && !event_pending(s->on_write, EV_WRITE, NULL))
		(void)event_add(s->on_write, &idle);
}

static void
seat_say(struct seat *s, const char *line)
{
	size_t	 len = strlen(line), size;
	char	*more;

	if (s->lost)
		return;
	if (s->out_len + len > s->out_size) {
		size = (s->out_len + len) * 2;
		if (s->out_len + len > STEER_OUT_MOST || (more = realloc(s->out, size)) == NULL) {
			seat_lose(s);
			return;
		}
		s->out = more;
		s->out_size = size;
	}
	memcpy(s->out + s->out_len, line, len);
	s->out_len += len;
	seat_flush(s);
}

static void
say_to(void *to, const char *line)
{
	seat_say(to, line);
}

/* A list costs more than anything else that anybody may ask for. */
static bool
may_list(const struct seat *s)
{
	static struct pace	pace;

	return s->uid == 0 || pace_take(&pace, s->uid, clock_ms(CLOCK_MONOTONIC));
}

/* Hostile programs make lists long, and their lines: a few at a time, as they are taken. */
static void
seat_list_on(struct seat *s)
{
	char		end[64];
	uint64_t	id;

	for (unsigned i = 0; s->lists && !s->lost && i < LIST_TURN && s->out_len < LIST_WAITS; i++) {
		id = ops->next_prompt(ops_ctx, s->uid, s->listed, say_to, s);
		if (id != 0) {
			s->listed = id;
			s->listed_count++;
			continue;
		}
		s->lists = false;
		(void)snprintf(end, sizeof(end), "{\"type\":\"end\",\"ok\":true,\"count\":%u}\n", s->listed_count);
		seat_say(s, end);
	}
	if (s->out_len == 0 || !s->lists)
		seat_go_on(s);
}

static void
seat_list_begin(struct seat *s)
{
	s->lists = true;
	s->listed = 0;
	s->listed_count = 0;
	seat_list_on(s);
}

static void
seat_list(struct seat *s)
{
	char	answer[STEER_ANSWER_MAX];

	if (may_list(s)) {
		seat_list_begin(s);
		return;
	}
	steer_refuse("these are too many lists at once: wait a little", answer);
	seat_say(s, answer);
}

/* What it knew may be over. */
static void
seat_catch_up(struct seat *s)
{
	s->behind = false;
	seat_say(s, "{\"type\":\"anew\"}\n");
	seat_list_begin(s);
}

static void
seat_watch(struct seat *s)
{
	char		 answer[STEER_ANSWER_MAX];
	const char	*why = s->watches ? NULL : ops->agent(ops_ctx, s->uid, true);

	if (why != NULL) {
		steer_refuse(why, answer);
		seat_say(s, answer);
		return;
	}
	s->watches = true;
	seat_list(s);
}

/* Answers whole lines, a few at a time, and none while a list is under way; -1 when the connection must end. */
static int
seat_serve(struct seat *s)
{
	char	 answer[STEER_ANSWER_MAX];
	unsigned lines = 0;
	char	*newline;
	size_t	 len;

	while (!s->lists && (newline = memchr(s->line, '\n', s->len)) != NULL) {
		if (lines++ == LINES_TURN) {
			seat_go_on(s);
			return 0;
		}
		len = (size_t)(newline - s->line);
		switch (steer_request(s->line, len, s->uid, ops, ops_ctx, answer)) {
		case STEER_LIST:
			seat_list(s);
			break;
		case STEER_WATCH:
			seat_watch(s);
			break;
		case STEER_PONG:
			s->pinged = false;
			break;
		case STEER_NOTHING:
			seat_say(s, answer);
			break;
		}
		s->len -= len + 1;
		memmove(s->line, newline + 1, s->len);
	}
	if (s->len < STEER_LINE_MAX || s->lists)
		return 0;
	steer_refuse("a request has at most 8192 bytes", answer);
	seat_say(s, answer);
	return -1;
}

static void
seat_turn(struct seat *s)
{
	if (!s->lost && s->lists)
		seat_list_on(s);
	else if (!s->lost && s->behind && s->out_len == 0)
		seat_catch_up(s);
	if (s->lost || seat_serve(s) == -1) {
		seat_leave(s);
		return;
	}
	if (s->len < STEER_LINE_MAX && !event_pending(s->on_read, EV_READ, NULL))
		(void)event_add(s->on_read, &idle);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	seat_turn(arg);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct seat	*s = arg;

	(void)fd;
	if ((what & EV_TIMEOUT) != 0)
		s->lost = true;
	if (!s->lost && s->out_len > 0)
		seat_flush(s);
	seat_turn(s);
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
	if (s->len == STEER_LINE_MAX) {
		(void)event_del(s->on_read);	/* lines that wait for their turn */
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
	s->line = malloc(STEER_LINE_MAX);
	s->on_read = event_new(base, fd, EV_READ | EV_PERSIST, on_read, s);
	s->on_write = event_new(base, fd, EV_WRITE, on_write, s);
	s->on_turn = event_new(base, -1, 0, on_turn, s);
	if (s->line == NULL || s->on_read == NULL || s->on_write == NULL || s->on_turn == NULL ||
	    event_add(s->on_read, &idle) == -1) {
		if (s->on_read != NULL)
			event_free(s->on_read);
		if (s->on_write != NULL)
			event_free(s->on_write);
		if (s->on_turn != NULL)
			event_free(s->on_turn);
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
steer_tell(uint32_t uid, const char *line)
{
	for (unsigned i = 0; i < STEER_PLACES; i++) {
		struct seat *s = &seats[i];

		if (s->fd == -1 || !s->watches || (s->uid != 0 && s->uid != uid))
			continue;
		if (s->behind || s->out_len + strlen(line) > TOLD_WAITS)
			s->behind = true;
		else
			seat_say(s, line);
	}
}

static void
on_ping(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	for (unsigned i = 0; i < STEER_PLACES; i++) {
		struct seat *s = &seats[i];

		if (s->fd == -1 || !s->watches)
			continue;
		if (s->pinged)
			seat_lose(s);
		s->pinged = true;
		seat_say(s, "{\"type\":\"ping\"}\n");
	}
}

void
steer_start(struct event_base *b, int listen_fd, const struct steer_ops *o, void *ctx)
{
	const struct timeval ping = { .tv_sec = STEER_PING_S };
	unsigned i;

	base = b;
	ops = o;
	ops_ctx = ctx;
	for (i = 0; i < STEER_PLACES; i++)
		seats[i].fd = -1;
	if (evutil_make_socket_nonblocking(listen_fd) == -1)
		fatal("steer.sock");
	on_accept_event = event_new(base, listen_fd, EV_READ | EV_PERSIST, on_accept, NULL);
	on_ping_event = event_new(base, -1, EV_PERSIST, on_ping, NULL);
	if (on_accept_event == NULL || event_add(on_accept_event, NULL) == -1 || on_ping_event == NULL ||
	    event_add(on_ping_event, &ping) == -1)
		fatalx("steer.sock: no event");
}
