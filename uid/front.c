/*
 * Places at bulwark.sock: who may sit where, and who sat there long enough.
 * Credentials come from the kernel, as of the moment of connecting.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"
#include "sandbox.h"

#define TICK_S		2
#define GROUPS_MAX	65536	/* NGROUPS_MAX of the kernel */

/* Member of the group, by main or by further groups. */
static bool
in_group(int fd, const struct ucred *cred, gid_t group)
{
	gid_t		 few[64], *groups = few;
	socklen_t	 len = sizeof(few);
	bool		 found = false;

	if (group == (gid_t)-1)
		return false;
	if (cred->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &len) == -1) {
		if (errno != ERANGE || len > GROUPS_MAX * sizeof(gid_t) ||
		    (groups = malloc(len)) == NULL)
			return false;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
			len = 0;
	}
	for (size_t i = 0; i < len / sizeof(gid_t); i++)
		found = found || groups[i] == group;
	if (groups != few)
		free(groups);
	return found;
}

static int
viewer_of(const struct front *front, int fd, struct viewer *viewer)
{
	struct ucred	cred;
	socklen_t	len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 || len != sizeof(cred))
		return -1;
	viewer->uid = cred.uid;
	viewer->pid = (uint32_t)cred.pid;
	viewer->all = cred.uid == 0 || in_group(fd, &cred, front->group);
	return 0;
}

/* NULL, or why there is no place. */
static const char *
no_place(const struct front *front, const struct viewer *viewer)
{
	const struct client	*c;
	unsigned		 same = 0, others = 0;

	for (c = TAILQ_FIRST(&front->clients); c != NULL; c = TAILQ_NEXT(c, entry)) {
		same += c->viewer.uid == viewer->uid;
		others += !c->viewer.all;
	}
	if (same >= CLIENTS_PER_UID)
		return "too many connections of this user: close one first";
	if (front->count >= CLIENTS_MAX ||
	    (!viewer->all && others >= CLIENTS_MAX - CLIENTS_RESERVED))
		return "too many connections: try again later";
	return NULL;
}

/* One line fits into a fresh socket's buffer; if not, closing says enough. */
static void
turn_away(int fd, const char *text)
{
	struct jw	*j = client_object();

	object_error(j, "busy", text);
	(void)send(fd, j->buf, j->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(fd);
}

static void
start_ticking(struct front *front)
{
	const struct timeval	tick = { .tv_sec = TICK_S };

	if (!front->ticking)
		(void)event_add(front->on_tick, &tick);
	front->ticking = true;
}

static void
on_accept(evutil_socket_t listen_fd, short what, void *ctx)
{
	struct front	*front = ctx;
	struct viewer	 viewer;
	const char	*why;
	int		 fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd == -1) {
		/* No descriptor left: look again with the next tick instead of spinning. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			(void)event_del(front->on_accept);
			start_ticking(front);
		}
		return;
	}
	if (viewer_of(front, fd, &viewer) == -1)
		(void)close(fd);
	else if ((why = no_place(front, &viewer)) != NULL)
		turn_away(fd, why);
	else if (client_new(front, fd, &viewer) == NULL)
		(void)close(fd);
	else
		start_ticking(front);
}

static void
look_after(struct client *c, int64_t now)
{
	int64_t	quiet = now - c->active_ms;

	if (evbuffer_get_length(c->out) > 0 || c->mode == CLIENT_CLOSING) {
		if (quiet > STUCK_MS)
			client_free(c);
	} else if (c->mode == CLIENT_READING && quiet > IDLE_MS)
		client_free(c);
	else if (c->mode == CLIENT_ASKING && quiet > QUERY_MS)
		serve_unanswered(c, "policyd did not answer in time: try again");
}

static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct front	*front = ctx;
	struct client	*c, *next;
	int64_t		 now = hub_now_ms();

	(void)fd;
	(void)what;
	(void)event_add(front->on_accept, NULL);
	for (c = TAILQ_FIRST(&front->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		look_after(c, now);
	}
	if (TAILQ_EMPTY(&front->clients)) {
		(void)event_del(front->on_tick);
		front->ticking = false;
	}
}

struct front *
front_new(struct event_base *base, int listen_fd, gid_t group)
{
	struct front	*front = calloc(1, sizeof(*front));

	if (front == NULL)
		fatalx("no memory");
	front->base = base;
	front->group = group;
	front->listen_fd = listen_fd;
	TAILQ_INIT(&front->clients);
	if (evutil_make_socket_nonblocking(listen_fd) == -1)
		fatal("listening socket");
	front->on_accept = event_new(base, listen_fd, EV_READ | EV_PERSIST, on_accept, front);
	front->on_tick = event_new(base, -1, EV_PERSIST, on_tick, front);
	if (front->on_accept == NULL || front->on_tick == NULL ||
	    event_add(front->on_accept, NULL) == -1)
		fatalx("listening socket");
	return front;
}

void
front_set_hub(struct front *front, struct hub *hub)
{
	front->hub = hub;
}

void
front_free(struct front *front)
{
	if (front == NULL)
		return;
	while (!TAILQ_EMPTY(&front->clients))
		client_free(TAILQ_FIRST(&front->clients));
	event_free(front->on_accept);
	event_free(front->on_tick);
	(void)close(front->listen_fd);
	free(front);
}
