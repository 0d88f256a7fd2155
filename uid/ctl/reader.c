/*
 * See reader.h.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reader.h"
#include "show.h"

#define LINE_MAX_BYTES	(1u << 20)

struct reader {
	int	 fd;
	char	*buf;
	size_t	 start, end, room;
	bool	 told;		/* a line about waiting stands on the terminal */
};

static int
socket_connect(const struct options *o, const char *name)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			folder, fd, saved;

	if ((folder = open(o->rundir, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	/* By descriptor: the folder's own path may be too long for an address. */
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/%s", folder, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		fd = -1;
	}
	saved = errno;
	(void)close(folder);
	errno = saved;
	return fd;
}

struct reader *
reader_try(const struct options *o, const char *name)
{
	struct reader	*r;
	int		 fd = socket_connect(o, name);

	if (fd == -1)
		return NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		(void)close(fd);
		errno = ENOMEM;
		return NULL;
	}
	r->fd = fd;
	return r;
}

struct reader *
reader_open(const struct options *o, const char *name, enum ctl_exit *status)
{
	struct reader	*r = reader_try(o, name);

	if (r != NULL)
		return r;
	if (errno == EACCES || errno == EPERM)
		*status = complain(o, EXIT_DENIED,
		    "permission denied at %s/%s: run as root or join group bulwark", o->rundir, name);
	else if (errno == ENOENT || errno == ECONNREFUSED)
		*status = complain(o, EXIT_DOWN, "bulwarkd is not running (nobody at %s/%s): start it "
		    "with 'systemctl start bulwark', or 'make run' in its source; -r names another "
		    "folder", o->rundir, name);
	else
		*status = complain(o, EXIT_DOWN, "%s/%s: %s", o->rundir, name, strerror(errno));
	return NULL;
}

void
reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	(void)close(r->fd);
	free(r->buf);
	free(r);
}

int
reader_send(struct reader *r, json_t *request)
{
	char	*text = json_dumps(request, JSON_COMPACT);
	size_t	 len, done = 0;
	ssize_t	 n;

	json_decref(request);
	if (text == NULL)
		return -1;
	len = strlen(text);
	text[len++] = '\n';		/* in place of its NUL */
	while (done < len && ((n = send(r->fd, text + done, len - done, MSG_NOSIGNAL)) > 0 ||
	    (n == -1 && errno == EINTR)))
		done += n > 0 ? (size_t)n : 0;
	free(text);
	return done == len ? 0 : -1;
}

static void
tell_wait(struct reader *r, int seconds)
{
	if (isatty(STDERR_FILENO) != 1)
		return;
	(void)fprintf(stderr, "\rwaiting for an answer, %d s ...", seconds);
	r->told = true;
}

static void
untell_wait(struct reader *r)
{
	if (r->told)
		(void)fputs("\r\033[K", stderr);
	r->told = false;
}

/* Waits for bytes and reads them: 1, or 0 at the end, an error or time's end. */
static int
fill(struct reader *r, int wait_s)
{
	struct pollfd	pfd = { .fd = r->fd, .events = POLLIN };
	ssize_t		n;
	char		*buf;

	if (r->start > 0) {
		memmove(r->buf, r->buf + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	if (r->end == r->room) {
		size_t	room = r->room == 0 ? 16384 : r->room * 2;

		if (room > LINE_MAX_BYTES || (buf = realloc(r->buf, room)) == NULL)
			return 0;
		r->buf = buf;
		r->room = room;
	}
	for (int waited = 0; (n = poll(&pfd, 1, 1000)) <= 0;) {
		if (n == -1 && errno != EINTR)
			return 0;
		if (n == -1 || wait_s == 0)
			continue;
		if (++waited >= wait_s) {
			untell_wait(r);
			return 0;
		}
		tell_wait(r, waited);
	}
	untell_wait(r);
	do
		n = read(r->fd, r->buf + r->end, r->room - r->end);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return 0;
	r->end += (size_t)n;
	return 1;
}

json_t *
reader_next(struct reader *r, int wait_s)
{
	char	*newline;
	size_t	 seen = 0;
	json_t	*object;

	while (r->end == r->start ||
	    (newline = memchr(r->buf + r->start + seen, '\n', r->end - r->start - seen)) == NULL) {
		seen = r->end - r->start;
		if (seen == 0)
			(void)fflush(stdout);	/* nothing more for now: show what there is */
		if (fill(r, wait_s) == 0)
			return NULL;
	}
	object = json_loadb(r->buf + r->start, (size_t)(newline - r->buf) - r->start, 0, NULL);
	r->start = (size_t)(newline - r->buf) + 1;
	if (object != NULL && !json_is_object(object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

bool
reader_ready(const struct reader *r, int fd)
{
	struct pollfd	pfd[2] = { { .fd = r->fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

	if (r->end > r->start && memchr(r->buf + r->start, '\n', r->end - r->start) != NULL)
		return true;
	while (poll(pfd, 2, -1) == -1 && errno == EINTR)
		continue;
	return pfd[0].revents != 0;
}

const char *
type_of(const json_t *object)
{
	const char	*type = json_string_value(json_object_get(object, "type"));

	return type == NULL ? "" : type;
}

enum ctl_exit
show_refusal(const struct options *o, const json_t *error)
{
	const char	*code = json_string_value(json_object_get(error, "code"));
	const char	*text = json_string_value(json_object_get(error, "text"));
	struct line	 line;

	line_start(&line, stderr);
	line_print(&line, "bulwarkctl: %s", text == NULL ? "the request was refused" : text);
	line_end(&line);
	if (o->json)
		show_json(error);
	if (code != NULL && strcmp(code, "forbidden") == 0)
		return EXIT_DENIED;
	if (code != NULL && (strcmp(code, "unavailable") == 0 || strcmp(code, "busy") == 0))
		return EXIT_DOWN;
	/* Our requests are well formed: what they hold came from the command line. */
	if (code != NULL && strcmp(code, "bad-request") == 0)
		return EXIT_USAGE;
	return EXIT_FAILED;
}

/* These stand alone; all others are rows that an object "end" closes. */
static bool
stands_alone(const char *type)
{
	return strcmp(type, "status") == 0 || strcmp(type, "level") == 0;
}

enum ctl_exit
fetch(const struct options *o, const char *socket_name, json_t *request,
    void (*row)(void *, const json_t *), void *ctx)
{
	enum ctl_exit	 status = EXIT_FAILED;
	struct reader	*r = reader_open(o, socket_name, &status);
	json_t		*object;
	bool		 done = false;

	if (r == NULL) {
		json_decref(request);
		return status;
	}
	(void)reader_send(r, request);	/* if it failed, no answer says so */
	while (!done && (object = reader_next(r, ANSWER_WAIT_S)) != NULL) {
		const char	*type = type_of(object);

		if (strcmp(type, "error") == 0) {
			status = show_refusal(o, object);
			json_decref(object);
			reader_close(r);
			return status;
		}
		done = strcmp(type, "end") == 0 || stands_alone(type);
		row(ctx, object);
		json_decref(object);
	}
	reader_close(r);
	if (done)
		return EXIT_OK;
	return complain(o, EXIT_DOWN, "no whole answer from %s/%s: is the suite starting or ending? "
	    "'bulwarkctl status' tells", o->rundir, socket_name);
}

static void
pass_on(void *ctx, const json_t *object)
{
	(void)ctx;
	show_json(object);
}

enum ctl_exit
ask(const struct options *o, const char *socket_name, json_t *request,
    void (*row)(void *, const json_t *), void *ctx)
{
	return fetch(o, socket_name, request, o->json ? pass_on : row, ctx);
}

static void
keep_status(void *ctx, const json_t *object)
{
	json_t	**status = ctx;

	/* Shared, not copied: the reference is the caller's own. */
	if (strcmp(type_of(object), "status") == 0)
		*status = json_incref((json_t *)(uintptr_t)object);
}

enum ctl_exit
fetch_status(const struct options *o, json_t **status)
{
	enum ctl_exit	result;

	*status = NULL;
	result = fetch(o, "bulwark.sock", json_pack("{s:s}", "verb", "status"), keep_status, status);
	if (result == EXIT_OK && *status == NULL)
		return complain(o, EXIT_FAILED, "the answer holds no status");
	return result;
}
