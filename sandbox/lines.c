/*
 * What a child writes to its standard error, line by line into the log: words
 * of the loader, of libc's last check before it aborts, of a sanitizer. Called
 * by the parent; the text is hostile, and there may be any amount of it.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "lines.h"
#include "shared/log.h"
#include "sandbox.h"
#include "text.h"

#define LINES_A_SECOND	100

struct lines {
	struct event	*event;
	const char	*name;
	int		 fd;
	struct log_rate	 rate;
	size_t		 len;
	char		 text[CONTROL_LOG_BYTES];
};

static void
put_line(struct lines *l)
{
	size_t	len = text_printable(l->text, l->len, false);

	l->text[len] = '\0';
	l->len = 0;
	if (len > 0 && log_rate_ok(&l->rate, LINES_A_SECOND))
		log_line_of(l->name, LOG_LEVEL_WARN, l->text);
}

static void
take(struct lines *l, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n')
			l->text[l->len++] = bytes[i];
		if (bytes[i] == '\n' || l->len == sizeof(l->text) - 1)
			put_line(l);
	}
}

/* One read a turn: who writes without end does not keep the parent busy. */
static ssize_t
read_some(struct lines *l)
{
	char	bytes[4096];
	ssize_t	n = read(l->fd, bytes, sizeof(bytes));

	if (n > 0)
		take(l, bytes, (size_t)n);
	return n;
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct lines	*l = ctx;
	ssize_t		 n = read_some(l);

	(void)fd;
	(void)what;
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		(void)event_del(l->event);
}

struct lines *
lines_new(struct event_base *base, int fd, const char *name)
{
	struct lines	*l = calloc(1, sizeof(*l));

	if (l == NULL)
		goto fail;
	l->fd = fd;
	l->name = name;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		goto fail;
	l->event = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, l);
	if (l->event == NULL || event_add(l->event, NULL) == -1)
		goto fail;
	return l;
fail:
	if (l != NULL && l->event != NULL)
		event_free(l->event);
	free(l);
	(void)close(fd);
	return NULL;
}

void
lines_free(struct lines *l)
{
	if (l == NULL)
		return;
	for (int i = 0; i < 16 && read_some(l) > 0; i++)
		continue;
	put_line(l);
	event_free(l->event);
	(void)close(l->fd);
	free(l);
}
