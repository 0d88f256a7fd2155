/*
 * See packages.h. Called by main.c, and for each flow and question of a program. Reads
 * status, diversions and info/PACKAGE.list below its folder; trusts no text in them.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "dpkg_text.h"
#include "package_index.h"
#include "packages.h"
#include "sandbox.h"

#define SLICE_BYTES	65536	/* about a third of a millisecond */
#define SLICE_FILES	64
#define PAUSE_MS	2	/* between slices */
#define QUIET_S		3	/* the database is read when it stays so long as it is */
#define LINE_MOST	8192	/* longer lines are left out */
#define FILES_MOST	65536	/* in info */
#define TEXT_MOST	(64u << 20)	/* of a file */

/* Lists are gone through twice, so that there is room for just as many paths as they have. */
enum stage { STAGE_NONE, STAGE_STATUS, STAGE_DIVERSIONS, STAGE_COUNT, STAGE_LISTS };

/* A file as it is read. */
struct reader {
	int	fd;		/* -1: none */
	size_t	read, len;	/* bytes so far; in line */
	bool	too_long;	/* what is in line is the begin of a line that is left out */
	char	line[LINE_MOST];
};

static struct event		*timer;
static int			 top = -1, info = -1;	/* the folders; -1: not there */
static const char		*folder;
static void			(*on_change)(void);
static struct package_index	*now, *next;
static enum stage		 stage;
static struct reader		 reader = { .fd = -1 };
static DIR			*listing;
static unsigned			 files;
static size_t			 counted;		/* paths of all lists */
static struct dpkg_paragraph	 paragraph;
static const struct package	*lists_package;		/* whose list is read */
static unsigned			 diversion_line;	/* of three */
static char			 diversion[3][LINE_MOST + 5];
static struct timespec		 changed_at;		/* status, when it was looked at last */
static ino_t			 changed_ino;
static unsigned			 quiet_s;
static bool			 stale;			/* since then nothing was read */

/* --- lines --- */

static void
take_diversion(const char *line, size_t len)
{
	char		*text = diversion[diversion_line];
	const char	*by;

	if (diversion_line == 2) {
		if (len >= LINE_MOST)
			len = 0;
		memcpy(text, line, len);
		text[len] = '\0';
		by = strcmp(text, ":") == 0 ? "" : text;
		if (diversion[0][0] != '\0' && diversion[1][0] != '\0' &&
		    !package_index_divert(next, diversion[0], diversion[1], by))
			log_warnx("dpkg: more than %d diversions", DIVERSIONS_MOST);
	} else if (dpkg_path(line, len, text, sizeof(diversion[0])) == 0)
		text[0] = '\0';
	diversion_line = (diversion_line + 1) % 3;
}

static void
take_status(const char *line, size_t len)
{
	if (dpkg_status_line(&paragraph, line, len) &&
	    !package_index_add(next, paragraph.name, paragraph.homepage, paragraph.maintainer))
		log_warnx("dpkg: more than %d packages", PACKAGES_MOST);
	if (len == 0)
		paragraph = (struct dpkg_paragraph){ 0 };
}

static void
take_path(const char *line, size_t len)
{
	char	path[LINE_MOST + 5];
	size_t	n = dpkg_path(line, len, path, sizeof(path));

	if (n == 0 || !dpkg_path_may_run(path, n))
		return;
	if (stage == STAGE_COUNT)
		counted++;
	else if (!package_index_path(next, lists_package, path, n))
		lists_package = NULL;	/* full: what is left of this list says nothing */
}

static void
take_line(const char *line, size_t len)
{
	if (stage == STAGE_STATUS)
		take_status(line, len);
	else if (stage == STAGE_DIVERSIONS)
		take_diversion(line, len);
	else if (lists_package != NULL)
		take_path(line, len);
}

static void
take_bytes(struct reader *r, const char *bytes, size_t len)
{
	const char	*end;
	size_t		 n;

	for (; len > 0; bytes += n, len -= n) {
		end = memchr(bytes, '\n', len);
		n = end != NULL ? (size_t)(end - bytes) : len;
		if (r->len + n > sizeof(r->line))
			r->too_long = true;
		else {
			memcpy(r->line + r->len, bytes, n);
			r->len += n;
		}
		if (end == NULL)
			continue;
		if (!r->too_long)
			take_line(r->line, r->len);
		r->len = 0;
		r->too_long = false;
		n++;
	}
}

/* --- files --- */

static void
reader_close(struct reader *r)
{
	if (r->fd != -1)
		(void)close(r->fd);
	r->fd = -1;
}

/* Not opened: then it is as if it were empty. */
static void
reader_open(struct reader *r, int in, const char *name)
{
	struct stat	st;

	r->fd = openat(in, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (r->fd != -1 && (fstat(r->fd, &st) == -1 || !S_ISREG(st.st_mode)))
		reader_close(r);
	r->read = r->len = 0;
	r->too_long = false;
}

/* Returns how much; 0: the file is at its end, and closed. Its last line needs no end. */
static size_t
reader_go(struct reader *r)
{
	static char	bytes[SLICE_BYTES];
	ssize_t		n = r->fd == -1 || r->read > TEXT_MOST ? 0 : read(r->fd, bytes, sizeof(bytes));

	if (n > 0) {
		r->read += (size_t)n;
		take_bytes(r, bytes, (size_t)n);
		return (size_t)n;
	}
	if (r->len > 0)
		take_bytes(r, "\n", 1);
	reader_close(r);
	return 0;
}

static const struct dirent *
next_file(void)
{
	return ++files > FILES_MOST ? NULL : readdir(listing);
}

/* Lists that belong to no package of status are left out. False: there is none left. */
static bool
lists_go(void)
{
	const struct dirent	*e;
	size_t			 done = 0, n;

	for (unsigned i = 0; i < SLICE_FILES && done < SLICE_BYTES;) {
		char	name[PACKAGE_NAME_MOST + 1];

		if (reader.fd != -1 && (n = reader_go(&reader)) > 0) {
			done += n;
			continue;
		}
		if ((e = next_file()) == NULL)
			return false;
		i++;
		if (!dpkg_list_name(e->d_name, name) || (lists_package = package_index_named(next, name)) == NULL)
			continue;
		reader_open(&reader, info, e->d_name);
	}
	return true;
}

/* --- stages --- */

static void
rewind_listing(void)
{
	files = 0;
	if (listing != NULL)
		rewinddir(listing);
}

static void
stop(void)
{
	reader_close(&reader);
	package_index_free(next);
	next = NULL;
	if (listing != NULL)
		(void)closedir(listing);
	listing = NULL;
	if (top != -1)
		(void)close(top);
	top = info = -1;
	stage = STAGE_NONE;
}

static void
enter(enum stage to)
{
	stage = to;
	switch (to) {
	case STAGE_STATUS:
		next = package_index_new();
		paragraph = (struct dpkg_paragraph){ 0 };
		reader_open(&reader, top, "status");
		break;
	case STAGE_DIVERSIONS:
		take_status("", 0);	/* the last paragraph needs no empty line behind it */
		diversion_line = 0;
		reader_open(&reader, top, "diversions");
		break;
	case STAGE_COUNT:
		counted = 0;
		rewind_listing();
		break;
	case STAGE_LISTS:
		package_index_room(next, counted);
		rewind_listing();
		break;
	case STAGE_NONE:
		break;
	}
}

static void
begin(void)
{
	int	fd;

	stop();
	top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = top == -1 ? -1 : openat(top, "info", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (listing = fdopendir(fd)) == NULL) {
		if (fd != -1)
			(void)close(fd);
		stop();
		return;
	}
	info = fd;		/* it is listing's */
	enter(STAGE_STATUS);
}

static void
finish(void)
{
	package_index_free(now);
	now = next;
	next = NULL;
	stop();
	on_change();
}

bool
packages_read_some(void)
{
	bool	more = stage == STAGE_COUNT || stage == STAGE_LISTS ? lists_go() :
		    stage != STAGE_NONE && reader_go(&reader) > 0;

	if (stage == STAGE_NONE)
		return false;
	if (more)
		return true;
	if (stage == STAGE_LISTS)
		finish();
	else
		enter(stage + 1);
	return stage != STAGE_NONE;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	pause = { .tv_usec = PAUSE_MS * 1000 };

	(void)fd;
	(void)what;
	(void)arg;
	if (packages_read_some())
		(void)event_add(timer, &pause);
}

/* Is status another file than when it was looked at last? */
static bool
is_changed(void)
{
	char		path[64];
	struct stat	st = { 0 };
	bool		same;

	(void)snprintf(path, sizeof(path), "%s/status", folder);
	(void)stat(path, &st);
	same = st.st_ino == changed_ino && st.st_mtim.tv_sec == changed_at.tv_sec &&
	    st.st_mtim.tv_nsec == changed_at.tv_nsec;
	changed_ino = st.st_ino;
	changed_at = st.st_mtim;
	return !same;
}

/* While dpkg works it changes again and again. */
void
packages_tick(void)
{
	if (is_changed()) {
		stale = true;
		quiet_s = 0;
	} else if (stale && ++quiet_s >= QUIET_S) {
		stale = false;
		begin();
		event_active(timer, EV_TIMEOUT, 0);
	}
}

void
packages_start(struct event_base *base, const char *path, void (*changed)(void))
{
	folder = path;
	on_change = changed;
	if ((timer = event_new(base, -1, 0, on_timer, NULL)) == NULL)
		fatalx("no event for packages");
	(void)is_changed();
	begin();
	event_active(timer, EV_TIMEOUT, 0);
}

const struct package *
packages_find(const char *path, size_t len)
{
	char	normal[LINE_MOST + 5];
	size_t	n = now == NULL ? 0 : dpkg_path(path, len, normal, sizeof(normal));

	return n == 0 ? NULL : package_index_find(now, normal, n);
}
