/*
 * Bytes in and out of one connection; see client.h. What comes in is hostile:
 * a line that is too long, a zero byte or a late word ends the connection.
 * A reader that does not read costs its own bounded buffer and nothing else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "sandbox.h"

static char object_room[OBJECT_MAX];
static struct jw object_jw;

struct jw *
client_object(void)
{
	jw_start(&object_jw, object_room, sizeof(object_room));
	return &object_jw;
}

bool
client_put(struct client *c, const struct jw *j, size_t room)
{
	if (j->over) {
		log_warnx("an object was too long to show");
		return false;
	}
	if (evbuffer_get_length(c->out) + j->len > room)
		return false;
	if (evbuffer_get_length(c->out) == 0)
		c->active_ms = hub_now_ms();	/* from now on it may be stuck */
	if (evbuffer_add(c->out, j->buf, j->len) == -1)
		return false;
	(void)event_add(c->on_write, NULL);
	return true;
}

void
client_close_after(struct client *c)
{
	c->mode = CLIENT_CLOSING;
	(void)event_del(c->on_read);
	(void)event_add(c->on_write, NULL);
}

void
client_say(struct client *c, const struct jw *j)
{
	if (!client_put(c, j, ANSWER_BYTES + OBJECT_MAX))
		client_close_after(c);
}

void
client_error(struct client *c, const char *code, const char *text)
{
	struct jw	*j = client_object();

	object_error(j, code, text);
	client_say(c, j);
}

/* A complaint, after which nothing that this client sends would make sense. */
static void
refuse(struct client *c, const char *text)
{
	client_error(c, "bad-request", text);
	client_close_after(c);
}

/* Serves the first whole line, if there is one; what follows it waits for its turn. */
static bool
take_line(struct client *c)
{
	char	*newline = memchr(c->in, '\n', c->in_len);
	char	 error[REQUEST_ERROR_BYTES];
	size_t	 len;

	if (newline == NULL) {
		if (c->in_len == sizeof(c->in))
			refuse(c, "a request has at most 8192 bytes");
		return false;
	}
	len = (size_t)(newline - c->in);
	if (request_read(c->in, len, &c->request, error) == -1)
		client_error(c, "bad-request", error);
	else
		serve_request(c);
	c->in_len -= len + 1;
	memmove(c->in, newline + 1, c->in_len);
	return true;
}

void
client_listen(struct client *c)
{
	c->mode = CLIENT_READING;
	while (c->mode == CLIENT_READING && take_line(c))
		;
	if (c->mode == CLIENT_READING && c->eof)
		client_close_after(c);
	else if (c->mode == CLIENT_READING || c->mode == CLIENT_WATCHING)
		(void)event_add(c->on_read, NULL);
	else
		(void)event_del(c->on_read);
}

/* Who watches has nothing more to say; its end is all that is waited for. */
static void
read_watching(struct client *c)
{
	char	byte;
	ssize_t	n = recv(c->fd, &byte, 1, 0);

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		client_free(c);
		return;
	}
	if (n == 1)
		refuse(c, "nothing can be asked on a connection that monitors: open another");
}

static void
on_read(evutil_socket_t fd, short what, void *ctx)
{
	struct client	*c = ctx;
	ssize_t		 n;

	(void)what;
	if (c->mode == CLIENT_WATCHING) {
		read_watching(c);
		return;
	}
	n = recv(fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		client_free(c);
		return;
	}
	if (n == 0)
		c->eof = true;
	else
		c->active_ms = hub_now_ms();
	c->in_len += (size_t)n;
	client_listen(c);
}

static void
on_write(evutil_socket_t fd, short what, void *ctx)
{
	struct client	*c = ctx;
	int		 n = 0;

	(void)what;
	if (evbuffer_get_length(c->out) > 0)
		n = evbuffer_write(c->out, fd);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		client_free(c);
		return;
	}
	if (n > 0)
		c->active_ms = hub_now_ms();
	serve_more(c);
	if (evbuffer_get_length(c->out) > 0)
		return;
	(void)event_del(c->on_write);
	if (c->mode == CLIENT_CLOSING)
		client_free(c);
}

struct client *
client_new(struct front *front, int fd, const struct viewer *viewer)
{
	struct client	*c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->front = front;
	c->fd = fd;
	c->viewer = *viewer;
	c->active_ms = hub_now_ms();
	c->out = evbuffer_new();
	c->on_read = event_new(front->base, fd, EV_READ | EV_PERSIST, on_read, c);
	c->on_write = event_new(front->base, fd, EV_WRITE | EV_PERSIST, on_write, c);
	if (c->out != NULL && c->on_read != NULL && c->on_write != NULL &&
	    event_add(c->on_read, NULL) == 0) {
		TAILQ_INSERT_TAIL(&front->clients, c, entry);
		front->count++;
		return c;
	}
	if (c->on_read != NULL)
		event_free(c->on_read);
	if (c->on_write != NULL)
		event_free(c->on_write);
	if (c->out != NULL)
		evbuffer_free(c->out);
	free(c);
	return NULL;
}

void
client_free(struct client *c)
{
	struct front	*front = c->front;

	TAILQ_REMOVE(&front->clients, c, entry);
	front->count--;
	event_free(c->on_read);
	event_free(c->on_write);
	evbuffer_free(c->out);
	(void)close(c->fd);
	free(c);
}
