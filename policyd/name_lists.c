/*
 * See name_lists.h. Called with each policy, and once a second: files of lists are not
 * watched like those of policy, but looked at. They lie in the administrator's
 * folder, the only one of his that this process sees.
 */
#include <sys/stat.h>

#include <errno.h>
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
	bool		given, stands, wanted;	/* stands: resolverd could read it once */
	uint32_t	rules, skipped, bad;	/* then */
	char		wrong[UI_WARNING_BYTES];	/* "": nothing is */
} had[LISTS_MOST];

static uint8_t numbers[LISTS_MOST];	/* as name_lists_numbers() */

void
name_lists_forget(void)
{
	memset(had, 0, sizeof had);
	memset(numbers, 0, sizeof numbers);
}

const uint8_t *
name_lists_numbers(void)
{
	return numbers;
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

/* -1: *why says it, for people. */
static int
open_list(const char *below, struct stat *st, const char **why)
{
	int dir = open(current_layers()->etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	*why = strerror(errno);
	if (dir == -1)
		return -1;
	fd = openat(dir, below, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	*why = errno == ELOOP ? "it is a symbolic link: name the file itself" :
	    errno == EACCES ? "Permission denied (policyd is not root: chmod a+r)" : strerror(errno);
	(void)close(dir);
	if (fd != -1 && (fstat(fd, st) == -1 || !S_ISREG(st->st_mode))) {
		*why = "it is no regular file";
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* Said once, until it is something else, and in the status as long as it is so. */
static void
is_wrong(struct had *h, const struct conf_list *l, const char *file, const char *why)
{
	char text[UI_WARNING_BYTES];

	(void)snprintf(text, sizeof text, "%s:%u: list \"%s\": %s%s%s; %s", l->where.file->shown, l->where.line,
	    l->name, file, file[0] == '\0' ? "" : " is not read: ", why,
	    h->stands ? "what stood stays" : "no name of it is blocked");
	if (strcmp(h->wrong, text) == 0)
		return;
	(void)snprintf(h->wrong, sizeof h->wrong, "%s", text);
	tell_notice(UI_WARN, "%s", h->wrong);
}

static bool
is_same(const struct had *h, const struct stat *st)
{
	return h->given && h->dev == st->st_dev && h->ino == st->st_ino && h->size == st->st_size &&
	    h->changed.tv_sec == st->st_mtim.tv_sec && h->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static void
look_at(const struct conf_list *l, struct had *h, name_lists_fn *give)
{
	const char *below = below_etc(l->path);
	const char *why = "it does not lie below bulwark.conf's folder";
	struct stat st = { 0 };
	int fd = -1;

	h->wanted = true;
	if (below == NULL || (fd = open_list(below, &st, &why)) == -1) {
		is_wrong(h, l, l->path, why);
		h->size = -1;
		return;
	}
	if (!is_same(h, &st)) {
		h->wrong[0] = '\0';	/* until resolverd has read it */
		give((unsigned)(h - had), l->name, l->tag, fd);
	}
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

	memset(numbers, 0, sizeof numbers);
	for (unsigned i = 0; i < LISTS_MOST; i++)
		had[i].wanted = false;
	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++) {
		struct had *h = place_of_list(conf->lists[i].name);

		if (h == NULL)
			continue;	/* until those that stand no more were taken back, below */
		look_at(&conf->lists[i], h, give);
		numbers[i] = (uint8_t)(h - had + 1);
	}
	for (unsigned i = 0; i < LISTS_MOST; i++) {
		if (had[i].wanted || had[i].name[0] == '\0')
			continue;
		if (had[i].given)
			give(i, had[i].name, "", -1);
		had[i] = (struct had){ 0 };
	}
}

static const struct conf_list *
find_list(const char *name)
{
	const struct conf *conf = current_policy()->conf;

	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++)
		if (strcmp(conf->lists[i].name, name) == 0)
			return &conf->lists[i];
	return NULL;
}

/* Of a list that stands no more nothing is to be said. */
void
name_lists_read(const struct names_listed *m)
{
	const struct conf_list *l = find_list(m->name);
	struct had *h = l == NULL ? NULL : place_of_list(m->name);

	if (h == NULL)
		return;
	if (m->rules == 0 && m->text[0] != '\0') {
		is_wrong(h, l, "", m->text);
		return;
	}
	h->stands = true;
	h->rules = m->rules;
	h->skipped = m->skipped;
	h->bad = m->wrong;
	if (m->text[0] != '\0')
		tell_notice(UI_WARN, "list \"%s\": %u %s, %u lines skipped, %u wrong: %s", m->name, m->rules,
		    m->rules == 1 ? "name" : "names", m->skipped, m->wrong, m->text);
	else
		tell_notice(UI_INFO, "list \"%s\": %u %s, %u lines skipped", m->name, m->rules,
		    m->rules == 1 ? "name" : "names", m->skipped);
}

void
name_lists_each(void (*told)(const struct name_list_state *))
{
	const struct conf *conf = current_policy()->conf;

	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++) {
		const struct had *h = place_of_list(conf->lists[i].name);
		struct name_list_state s = { .list = &conf->lists[i], .state = "reading", .problem = "" };

		if (h != NULL && h->stands) {
			s.rules = h->rules;
			s.skipped = h->skipped;
			s.wrong = h->bad;
			s.state = h->wrong[0] != '\0' ? "kept" : "read";
		} else if (h != NULL && h->wrong[0] != '\0')
			s.state = "refused";
		if (h != NULL) {
			s.problem = h->wrong;
			s.changed_s = h->changed.tv_sec;
		}
		told(&s);
	}
}

void
name_lists_wrong(void (*told)(void *ctx, const char *text), void *ctx)
{
	for (unsigned i = 0; i < LISTS_MOST; i++)
		if (had[i].wrong[0] != '\0')
			told(ctx, had[i].wrong);
}
