/*
 * See front_varlink.h. Callers are any programs. With each call policyd is shown the
 * connection, and finds out itself who holds its other end; while it can't, or when that
 * one ends, the connection is closed without a reply: nss-resolve asks by DNS then, where
 * it is known by its socket. A connection outlives its client until its last question is
 * answered.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>
#include <sodium.h>

#include "caller.h"
#include "front_varlink.h"
#include "policy.h"
#include "varlink_answer.h"
#include "varlink_call.h"

#define UNREAD		262144	/* bytes of replies that a client leaves unread; beyond, it is ended */
#define PAUSE_MS	100	/* without descriptors */
#define FLAG_AD		0x20	/* of a question's fourth byte: the answer may say that it is authentic */

struct connection {
	TAILQ_ENTRY(connection)	 by_use;	/* longest idle first; only while open */
	struct bufferevent	*stream;	/* NULL: the client is gone */
	uint64_t		 number;	/* of its last call for a name, as policyd was told it; 0: none yet */
	unsigned		 due;		/* questions of its call that wait */
	bool			 read;		/* right now: it stays, whatever comes of what is read */
	struct varlink_call	 call;
	struct varlink_answer	 answer;
};
TAILQ_HEAD(connections, connection);

/* One question's way back. */
struct place {
	struct reply_to		 to;
	struct connection	*connection;
	struct asked		 asked;
};

static struct event_base	*base;
static struct event		*ready, *again;
static take_fn			*take_message;
static struct connections	 open_ones = TAILQ_HEAD_INITIALIZER(open_ones);
static unsigned			 count;

unsigned
front_varlink_count(void)
{
	return count;
}

static void
forget_if_done(struct connection *c)
{
	if (c->stream == NULL && c->due == 0 && !c->read)
		free(c);
}

static void
leave(struct connection *c)
{
	if (c->number != 0)
		policy_caller_left(c->number);
	c->number = 0;
}

/* The connection itself stays until forget_if_done(). */
static void
hang_up(struct connection *c)
{
	bufferevent_free(c->stream);
	c->stream = NULL;
	TAILQ_REMOVE(&open_ones, c, by_use);
	count--;
	leave(c);
}

static void
used(struct connection *c)
{
	TAILQ_REMOVE(&open_ones, c, by_use);
	TAILQ_INSERT_TAIL(&open_ones, c, by_use);
}

/* len 0: there is none that could be said. */
static void
write_reply(struct connection *c, const char *reply, size_t len)
{
	if (len == 0 || evbuffer_get_length(bufferevent_get_output(c->stream)) + len > UNREAD) {
		hang_up(c);
		return;
	}
	(void)bufferevent_write(c->stream, reply, len);
	used(c);
}

/* All answers are there. */
static void
finish(struct connection *c)
{
	static char	reply[VARLINK_REPLY_MOST];

	if (c->stream == NULL)
		return;
	if (c->answer.nobody)
		hang_up(c);
	else
		write_reply(c, reply, varlink_answer_reply(&c->answer, &c->call, reply, sizeof(reply)));
	/* The next call may be there already. */
	if (c->stream != NULL)
		bufferevent_trigger(c->stream, EV_READ, BEV_OPT_DEFER_CALLBACKS);
}

static void
answer(struct reply_to *to, const uint8_t *message, size_t len)
{
	struct place		*p = (struct place *)to;
	struct connection	*c = p->connection;

	varlink_answer_take(&c->answer, message, len, &p->asked);
	free(p);
	if (--c->due == 0)
		finish(c);
	forget_if_done(c);
}

static void
drop(struct reply_to *to)
{
	answer(to, NULL, 0);
}

/* c->due counts it already. */
static void
ask(struct connection *c, uint16_t type)
{
	static const struct question_options	 plain;
	uint8_t					 message[UDP_PLAIN];
	struct place				*p = calloc(1, sizeof(*p));
	size_t					 len;

	if (p == NULL) {
		varlink_answer_take(&c->answer, NULL, 0, NULL);
		if (--c->due == 0)
			finish(c);
		return;
	}
	p->to = (struct reply_to){ .send = answer, .drop = drop };
	caller_tuple(c->number, &p->to.asker.tuple);
	p->connection = c;
	p->asked = (struct asked){ .id = 1, .type = type, .name = c->call.name };
	len = build_question(&p->asked, &plain, message, sizeof(message));
	message[3] |= FLAG_AD;
	take_message(&p->to, message, len);
}

static void
ask_all(struct connection *c)
{
	int	family = c->call.family;

	c->answer = (struct varlink_answer){ .ede = EDE_NONE };
	if (c->call.method == VARLINK_ADDRESS) {
		c->due++;
		ask(c, QTYPE_PTR);
		return;
	}
	c->due += family == AF_UNSPEC ? 2 : 1;
	if (family != AF_INET6)
		ask(c, QTYPE_A);
	if (family != AF_INET)
		ask(c, QTYPE_AAAA);
}

/* Who it is, is asked with each call for a name: the connection may have been handed on. */
static void
begin(struct connection *c)
{
	static char	reply[VARLINK_REPLY_MOST];

	used(c);
	if (c->call.method != VARLINK_HOSTNAME && c->call.method != VARLINK_ADDRESS) {
		write_reply(c, reply, varlink_call_reply(&c->call, reply, sizeof(reply)));
		return;
	}
	leave(c);
	if ((c->number = policy_caller(bufferevent_getfd(c->stream))) == 0)
		hang_up(c);
	else
		ask_all(c);
}

/* One whole call off the stream; 0: there is none yet, -1: the client speaks nonsense. */
static int
next_call(struct connection *c)
{
	static char		 bytes[VARLINK_CALL_MOST];
	struct evbuffer		*in = bufferevent_get_input(c->stream);
	struct evbuffer_ptr	 end = evbuffer_search(in, "", 1, NULL);

	if (end.pos == -1)
		return evbuffer_get_length(in) > VARLINK_CALL_MOST ? -1 : 0;
	if ((size_t)end.pos > sizeof(bytes) || evbuffer_remove(in, bytes, (size_t)end.pos) != end.pos ||
	    evbuffer_drain(in, 1) == -1 || varlink_call_parse(bytes, (size_t)end.pos, &c->call) == -1)
		return -1;
	return 1;
}

static void
on_data(struct bufferevent *stream, void *arg)
{
	struct connection	*c = arg;
	int			 is = 0;

	(void)stream;
	c->read = true;
	while (c->stream != NULL && c->due == 0 && (is = next_call(c)) == 1)
		begin(c);
	c->read = false;
	if (c->stream != NULL && is == -1)
		hang_up(c);
	forget_if_done(c);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	struct connection	*c = arg;

	/* Who waits for an answer is not idle. */
	if ((what & BEV_EVENT_TIMEOUT) != 0 && c->due > 0) {
		(void)bufferevent_enable(stream, EV_READ);
		return;
	}
	hang_up(c);
	forget_if_done(c);
}

/* One that waits for an answer only if all do: then the one that was used longest ago. */
static void
end_longest_idle(void)
{
	struct connection	*c = TAILQ_FIRST(&open_ones);

	for (unsigned n = count; n > 0 && c->due > 0; n--) {
		used(c);
		c = TAILQ_FIRST(&open_ones);
	}
	hang_up(c);
	forget_if_done(c);
}

static void
greet(int fd)
{
	static const struct timeval	 idle = { .tv_sec = CALLER_IDLE_S };
	struct connection		*c = calloc(1, sizeof(*c));

	if (c == NULL || (c->stream = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE)) == NULL) {
		free(c);
		(void)close(fd);
		return;
	}
	if (count >= CALLERS_MOST)
		end_longest_idle();
	TAILQ_INSERT_TAIL(&open_ones, c, by_use);
	count++;
	bufferevent_setcb(c->stream, on_data, NULL, on_event, c);
	bufferevent_setwatermark(c->stream, EV_READ, 0, VARLINK_CALL_MOST + 1);
	(void)bufferevent_set_timeouts(c->stream, &idle, &idle);
	(void)bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

/* The client in the queue stays readable: without a pause this would be all that is done. */
static void
pause_listening(void)
{
	static const struct timeval	soon = { .tv_usec = PAUSE_MS * 1000 };

	if (count > 0)
		end_longest_idle();
	(void)event_del(ready);
	(void)event_add(again, &soon);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)event_add(ready, NULL);
}

static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	int	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	(void)arg;
	if (fd != -1)
		greet(fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		pause_listening();
}

void
front_varlink_ended(uint64_t caller)
{
	struct connection	*c;

	TAILQ_FOREACH(c, &open_ones, by_use)
		if (c->number == caller) {
			hang_up(c);
			forget_if_done(c);
			return;
		}
}

int
front_varlink_add(struct event_base *b, int fd, take_fn *take)
{
	base = b;
	take_message = take;
	/* Else jansson looks for a file to take its seed from. */
	json_object_seed(randombytes_random() | 1);
	ready = event_new(b, fd, EV_READ | EV_PERSIST, on_connection, NULL);
	again = evtimer_new(b, on_again, NULL);
	return ready == NULL || again == NULL || event_add(ready, NULL) == -1 ? -1 : 0;
}
