/*
 * See front_tcp.h. A connection outlives its client until its last question is
 * answered or dropped; nothing is sent then.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "address.h"
#include "front_tcp.h"

#define PAUSE_MS	100	/* without descriptors */

struct connection;
TAILQ_HEAD(connections, connection);

struct listener {
	struct event_base	*base;
	struct event		*ready, *again;
	take_fn			*take;
	void			(*catch_up)(void);
	struct connections	 open;
	unsigned		 count;
};

struct connection {
	struct listener		*listener;
	TAILQ_ENTRY(connection)	 by_use;	/* longest idle first; only while open */
	struct bufferevent	*stream;	/* NULL: the client is gone */
	struct asker		 asker;
	unsigned		 waiting;
	bool			 asked_all;	/* the client sends no more, and may still read */
};

/* One question's way back. */
struct place {
	struct reply_to		 to;
	struct connection	*connection;
};

static unsigned	count;

unsigned
front_tcp_count(void)
{
	return count;
}

static void
forget_if_done(struct connection *c)
{
	if (c->stream == NULL && c->waiting == 0)
		free(c);
}

/* The connection itself stays until forget_if_done(). */
static void
hang_up(struct connection *c)
{
	bufferevent_free(c->stream);
	c->stream = NULL;
	TAILQ_REMOVE(&c->listener->open, c, by_use);
	c->listener->count--;
	count--;
}

static void
used(struct connection *c)
{
	TAILQ_REMOVE(&c->listener->open, c, by_use);
	TAILQ_INSERT_TAIL(&c->listener->open, c, by_use);
}

/* The length of the next message; 0: it is not whole yet, -1: the client speaks nonsense. */
static ssize_t
message_len(const struct connection *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->stream);
	uint8_t		 prefix[2];
	size_t		 len;

	if (evbuffer_copyout(in, prefix, sizeof(prefix)) != (ssize_t)sizeof(prefix))
		return 0;
	len = (size_t)prefix[0] << 8 | prefix[1];
	if (len < DNS_HEADER || len > BUILD_MAX)
		return -1;
	return evbuffer_get_length(in) < sizeof(prefix) + len ? 0 : (ssize_t)len;
}

/* A client that asks no more has had all its answers. */
static bool
is_served(const struct connection *c)
{
	return c->asked_all && c->waiting == 0 && message_len(c) <= 0 &&
	    evbuffer_get_length(bufferevent_get_output(c->stream)) == 0;
}

static void
drop(struct reply_to *to)
{
	struct place		*p = (struct place *)to;
	struct connection	*c = p->connection;

	free(p);
	c->waiting--;
	if (c->stream != NULL && is_served(c)) {
		hang_up(c);
	} else if (c->stream != NULL && c->waiting == TCP_PIPELINE - 1) {
		(void)bufferevent_enable(c->stream, EV_READ);
		bufferevent_trigger(c->stream, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	}
	forget_if_done(c);
}

static void
answer(struct reply_to *to, const uint8_t *message, size_t len)
{
	struct connection	*c = ((struct place *)to)->connection;
	uint8_t			 prefix[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	if (c->stream != NULL) {
		if (evbuffer_get_length(bufferevent_get_output(c->stream)) + len > TCP_UNREAD) {
			hang_up(c);
		} else {
			(void)bufferevent_write(c->stream, prefix, sizeof(prefix));
			(void)bufferevent_write(c->stream, message, len);
			used(c);
		}
	}
	drop(to);
}

/* Takes it off the stream. */
static ssize_t
next_message(struct connection *c, uint8_t message[static BUILD_MAX])
{
	struct evbuffer	*in = bufferevent_get_input(c->stream);
	ssize_t		 len = message_len(c);

	if (len <= 0)
		return len;
	(void)evbuffer_drain(in, 2);
	return evbuffer_remove(in, message, (size_t)len);
}

static bool
take(struct connection *c, const uint8_t *message, size_t len)
{
	struct place	*p = calloc(1, sizeof(*p));

	if (p == NULL) {
		hang_up(c);
		return false;
	}
	p->to = (struct reply_to){ .asker = c->asker, .send = answer, .drop = drop };
	p->connection = c;
	c->waiting++;
	c->listener->take(&p->to, message, len);
	return true;
}

static void
on_data(struct bufferevent *stream, void *arg)
{
	static uint8_t		 message[BUILD_MAX];
	struct connection	*c = arg;
	ssize_t			 len = 0;

	(void)stream;
	c->waiting++;	/* so that it stays while its answers come */
	while (c->stream != NULL && c->waiting <= TCP_PIPELINE && (len = next_message(c, message)) > 0) {
		used(c);
		if (!take(c, message, (size_t)len))
			break;
	}
	c->waiting--;
	if (c->stream != NULL && len == -1)
		hang_up(c);
	if (c->stream != NULL && c->waiting >= TCP_PIPELINE)
		(void)bufferevent_disable(c->stream, EV_READ);
	forget_if_done(c);
}

static void
on_sent(struct bufferevent *stream, void *arg)
{
	struct connection	*c = arg;

	(void)stream;
	if (!is_served(c))
		return;
	hang_up(c);
	forget_if_done(c);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	struct connection	*c = arg;

	/* Who waits for an answer is not idle. */
	if ((what & BEV_EVENT_TIMEOUT) != 0 && (what & BEV_EVENT_READING) != 0 && c->waiting > 0) {
		(void)bufferevent_enable(stream, EV_READ);
		return;
	}
	if ((what & BEV_EVENT_EOF) != 0 && (what & BEV_EVENT_READING) != 0) {
		c->asked_all = true;
		if (!is_served(c))
			return;
	}
	hang_up(c);
	forget_if_done(c);
}

static bool
read_ends(struct connection *c, int fd)
{
	union address	here = { .any = { 0 } }, there = { .any = { 0 } };
	socklen_t	here_len = sizeof(here), there_len = sizeof(there);

	if (getsockname(fd, &here.sa, &here_len) == -1 || getpeername(fd, &there.sa, &there_len) == -1)
		return false;
	address_tuple(IPPROTO_TCP, &there, &here, &c->asker.tuple);
	return true;
}

/* One of those that wait for an answer only if all do: then the one that was used longest ago. */
static void
end_longest_idle(struct listener *l)
{
	struct connection	*c = TAILQ_FIRST(&l->open);

	for (unsigned n = l->count; n > 0 && c->waiting > 0; n--) {
		used(c);
		c = TAILQ_FIRST(&l->open);
	}
	hang_up(c);
	forget_if_done(c);
}

/* The connection of this client; NULL: none. */
static struct connection *
find(const struct listener *l, const struct tuple *client)
{
	struct connection	*c;

	TAILQ_FOREACH(c, &l->open, by_use)
		if (memcmp(&c->asker.tuple, client, sizeof(*client)) == 0)
			return c;
	return NULL;
}

/*
 * Who has its place now is another client, maybe: what the former one asked and was not read yet would count as
 * that one's.
 */
static void
make_room(struct listener *l, const struct tuple *client)
{
	struct connection	*former = find(l, client);

	if (former == NULL) {
		if (l->count >= TCP_CONNECTIONS)
			end_longest_idle(l);
		return;
	}
	hang_up(former);
	forget_if_done(former);
}

static void
greet(struct listener *l, int fd)
{
	static const struct timeval	idle = { .tv_sec = TCP_IDLE_S };
	struct connection		*c = calloc(1, sizeof(*c));

	if (c == NULL || !read_ends(c, fd) ||
	    (c->stream = bufferevent_socket_new(l->base, fd, BEV_OPT_CLOSE_ON_FREE)) == NULL) {
		free(c);
		(void)close(fd);
		return;
	}
	make_room(l, &c->asker.tuple);
	c->listener = l;
	TAILQ_INSERT_TAIL(&l->open, c, by_use);
	l->count++;
	count++;
	bufferevent_setcb(c->stream, on_data, on_sent, on_event, c);
	(void)bufferevent_set_timeouts(c->stream, &idle, &idle);
	(void)bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

/* The client in the queue stays readable: without a pause this would be all that is done. */
static void
pause_listening(struct listener *l)
{
	static const struct timeval	soon = { .tv_usec = PAUSE_MS * 1000 };

	if (l->count > 0)
		end_longest_idle(l);
	(void)event_del(l->ready);
	(void)event_add(l->again, &soon);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct listener	*l = arg;

	(void)fd;
	(void)what;
	(void)event_add(l->ready, NULL);
}

static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct listener	*l = arg;
	int		 fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd != -1 && l->catch_up != NULL)
		l->catch_up();
	if (fd != -1)
		greet(l, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		pause_listening(l);
}

int
front_tcp_add(struct event_base *base, int fd, take_fn *take_message, void (*catch_up)(void))
{
	struct listener	*l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -1;
	*l = (struct listener){ .base = base, .take = take_message, .catch_up = catch_up };
	TAILQ_INIT(&l->open);
	l->ready = event_new(base, fd, EV_READ | EV_PERSIST, on_connection, l);
	l->again = evtimer_new(base, on_again, l);
	if (l->ready != NULL && l->again != NULL && event_add(l->ready, NULL) == 0)
		return 0;
	free(l);
	return -1;
}
