/*
 * See name_lists.h. Called with each policy, and once a second: files of lists are not
 * watched like those of policy, but looked at. They lie in the administrator's
 * folder, the only one of his that this process sees.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "current.h"
#include "name_lists.h"
#include "tell.h"

/* One that resolverd has, or that could not be read when it was looked at last. */
static struct had {
	char		name[LIST_NAME_MOST + 1];
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	struct timespec	changed;
	bool		given, wanted;
} had[LISTS_MOST];

void
name_lists_forget(void)
{
	memset(had, 0, sizeof had);
}

static struct had *
place_of_list(const char *name)
{
	struct had *free_one = NULL;

	for (unsigned i = 0; i < LISTS_MOST; i++) {
		if (strcmp(had[i].name, name) == 0)
			return &had[i];
		if (had[i].name[0] == '\0' && free_one == NULL)
			free_one = &had[i];
	}
	if (free_one != NULL)
		(void)snprintf(free_one->name, sizeof free_one->name, "%s", name);
	return free_one;
}

/* The part of a path below the administrator's folder; NULL: it lies elsewhere. */
static const char *
below_etc(const char *path)
{
	const char *etc = current_layers()->etc_shown;
	size_t len = strlen(etc);

	return strncmp(path, etc, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

static int
open_list(const char *below, struct stat *st)
{
	int dir = open(current_layers()->etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir == -1)
		return -1;
	fd = openat(dir, below, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	(void)close(dir);
	if (fd != -1 && (fstat(fd, st) == -1 || !S_ISREG(st->st_mode))) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static bool
is_same(const struct had *h, const struct stat *st)
{
	return h->given && h->dev == st->st_dev && h->ino == st->st_ino && h->size == st->st_size &&
	    h->changed.tv_sec == st->st_mtim.tv_sec && h->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static void
look_at(const struct conf_list *l, name_lists_fn *give)
{
	struct had *h = place_of_list(l->name);
	const char *below = below_etc(l->path);
	struct stat st = { 0 };
	int fd = -1;

	if (h == NULL)
		return;
	h->wanted = true;
	if (below == NULL || (fd = open_list(below, &st)) == -1) {
		if (h->size != -1)
			tell_notice(UI_WARN, "list \"%s\": %s %s", l->name, l->path, below == NULL ?
			    "does not lie below bulwark.conf's folder" : "can't be opened; what stood stays");
		h->size = -1;
		return;
	}
	if (!is_same(h, &st))
		give(l->name, l->tag, fd);
	(void)close(fd);
	h->given = true;
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	h->size = st.st_size;
	h->changed = st.st_mtim;
}

void
name_lists_send(name_lists_fn *give)
{
	const struct conf *conf = current_policy()->conf;

	for (unsigned i = 0; i < LISTS_MOST; i++)
		had[i].wanted = false;
	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++)
		look_at(&conf->lists[i], give);
	for (unsigned i = 0; i < LISTS_MOST; i++) {
		if (had[i].wanted || had[i].name[0] == '\0')
			continue;
		if (had[i].given)
			give(had[i].name, "", -1);
		had[i] = (struct had){ 0 };
	}
}
