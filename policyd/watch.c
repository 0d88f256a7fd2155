/*
 * inotify; see watch.h. What it tells is not read beyond "something changed".
 */
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include <errno.h>
#include <unistd.h>

#include <event2/event.h>

#include "sandbox.h"
#include "watch.h"

#define QUIET_MS	10	/* after the last change: writers replace several files at once */
#define BURST_MS	200	/* but no longer than this after the first */
#define LOOK_S		2

#define CHANGES	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | \
		 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

static int		 fd = -1;
static struct event	*on_event, *quiet, *look;
static void		(*on_change)(void);
static int		 burst_ms;	/* since the first change of a burst */
static bool		 blind;
static const struct timeval every = { .tv_sec = LOOK_S };

void
watch_open(void)
{
	if ((fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) == -1)
		log_warn("inotify: files are looked at every %d s", LOOK_S);
	blind = fd == -1;
}

static void
wait_until_quiet(void)
{
	const struct timeval wait = { .tv_usec = QUIET_MS * 1000 };

	if (burst_ms < BURST_MS)
		(void)event_add(quiet, &wait);
	burst_ms += QUIET_MS;
}

static void
on_quiet(evutil_socket_t unused, short what, void *arg)
{
	(void)unused;
	(void)what;
	(void)arg;
	burst_ms = 0;
	on_change();
}

static void
read_all(void)
{
	char	buf[4096] __attribute__((aligned(8)));

	while (read(fd, buf, sizeof buf) > 0)
		continue;
}

static void
on_readable(evutil_socket_t unused, short what, void *arg)
{
	(void)unused;
	(void)what;
	(void)arg;
	read_all();
	wait_until_quiet();
}

static void
on_look(evutil_socket_t unused, short what, void *arg)
{
	(void)unused;
	(void)what;
	(void)arg;
	on_change();
}

void
watch_start(struct event_base *base, void (*changed)(void))
{
	on_change = changed;
	quiet = event_new(base, -1, 0, on_quiet, NULL);
	look = event_new(base, -1, EV_PERSIST, on_look, NULL);
	if (quiet == NULL || look == NULL)
		fatalx("no event for changes of files");
	if (blind)
		(void)event_add(look, &every);
	if (fd == -1)
		return;
	on_event = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, NULL);
	if (on_event == NULL || event_add(on_event, NULL) == -1)
		fatalx("no event for changes of files");
}

void
watch_folder(const char *path)
{
	if (fd == -1 || inotify_add_watch(fd, path, CHANGES) != -1 || errno == ENOENT ||
	    errno == ENOTDIR)
		return;
	if (!blind)
		log_warn("changes in %s are not told by the kernel: files are looked at every %d s", path,
		    LOOK_S);
	blind = true;
	(void)event_add(look, &every);
}

void
watch_begin(void)
{
	if (fd != -1)
		read_all();
	if (quiet != NULL)
		(void)event_del(quiet);
	burst_ms = 0;
}

bool
watch_pending(void)
{
	int	bytes = 0;

	return burst_ms > 0 || (fd != -1 && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0);
}

bool
watch_works(void)
{
	return !blind;
}
