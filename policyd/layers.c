/*
 * The folders of policy files; see layers.h.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "builtin.h"
#include "layers.h"
#include "value_build.h"

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		fatal("policy memory");
	return copy;
}

static char *
path_of(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) == -1)
		fatal("policy memory");
	return path;
}

void
layers_init(struct layers *l, const char *vendor, const char *etc, const char *state)
{
	*l = (struct layers){ 0 };
	l->vendor = copy_of(vendor);
	l->etc = copy_of(etc);
	l->state = copy_of(state);
	layers_shown(l, vendor, etc, state);
	l->builtin = builtin_profiles();
}

void
layers_shown(struct layers *l, const char *vendor, const char *etc, const char *state)
{
	free(l->vendor_shown);
	free(l->etc_shown);
	free(l->state_shown);
	l->vendor_shown = copy_of(vendor);
	l->etc_shown = copy_of(etc);
	l->state_shown = copy_of(state);
}

static void
slot_free(struct slot *s)
{
	file_drop(s->file);
	free(s->name);
	free(s->path);
	free(s->shown);
	free(s->error);
	*s = (struct slot){ 0 };
}

void
layers_free(struct layers *l)
{
	for (size_t i = 0; i < l->count; i++)
		slot_free(&l->slots[i]);
	slot_free(&l->conf);
	file_drop(l->builtin);
	free(l->slots);
	free(l->vendor);
	free(l->etc);
	free(l->state);
	free(l->vendor_shown);
	free(l->etc_shown);
	free(l->state_shown);
}

static int
slot_compare(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* What was there before goes last: it may take a while. */
static void
slot_file(struct slot *s, struct file *file)
{
	struct file *before = s->file;

	s->file = file;
	file_drop(before);
}

static void
set_error(struct slot *s, uint32_t line, const char *text)
{
	s->news = !s->broken || strcmp(s->error, text) != 0;
	s->broken = true;
	s->line = line;
	free(s->error);
	s->error = copy_of(text);
}

/*
 * What stands in for a file without a good form: its names are denied. tightens:
 * what bulwark.conf has instead; NULL: nothing of it was read, so all that it may
 * have denied is. True if something new is in force.
 */
static bool
stand_in(struct slot *s, const struct file_source *source, const struct text *text, struct file *tightens)
{
	if (s->file != NULL && !s->file->stand_in) {
		file_drop(tightens);
		return false;		/* the last good form goes on */
	}
	if (source->kind != FILE_CONF)
		tightens = file_stand_in(source, text->bytes == NULL ? "" : text->bytes, text->len, s->line,
		    s->error);
	else if (tightens == NULL)
		tightens = file_unread(source);
	slot_file(s, tightens);
	return true;
}

static void
slot_build(struct slot *s, const struct file_source *source, const struct text *text)
{
	struct diag diag = { 0 };
	struct file *file = file_build(source, text->bytes, text->len, &diag);
	char *error;

	if (diag.count == 0) {
		s->news = s->broken;
		s->broken = false;
		slot_file(s, file);
	} else {
		if (asprintf(&error, "%s:%u:%u: %s", s->shown, diag.lines[0].at.line,
		    diag.lines[0].at.column, diag.lines[0].text) == -1)
			fatal("policy memory");
		set_error(s, diag.lines[0].at.line, error);
		free(error);
		s->changed = stand_in(s, source, text, file) || s->news;
	}
	diag_free(&diag);
}

static bool
includes_same(const struct slot *s)
{
	const struct conf *conf = s->file == NULL ? NULL : s->file->conf;

	for (unsigned i = 0; conf != NULL && i < conf->includes; i++) {
		struct stamp now = { 0 };	/* and that is one that is missing */

		(void)stamp_of(conf->include[i], &now);
		if (!stamp_same(&conf->include_stamp[i], &now))
			return false;
	}
	return true;
}

/* What a broken bulwark.conf includes is not known while its last good form goes on. */
static bool
includes_unknown(const struct slot *s)
{
	return s->broken && s->file != NULL && s->file->conf != NULL && !s->file->stand_in;
}

/* Reads a file again if it is another one than before, or if it must be. */
static void
slot_look(struct slot *s, const struct file_source *source, bool must)
{
	struct stamp now = { 0 };
	struct text text;
	bool gone = stamp_of(s->path, &now) == -1;
	char *error;

	s->changed = s->news = false;
	if (!must && !gone && stamp_same(&s->stamp, &now) && includes_same(s) && !includes_unknown(s))
		return;
	if (text_read(s->path, &text) == -1) {
		s->stamp = (struct stamp){ 0 };		/* try again, whatever it was */
		if (asprintf(&error, "%s:1:1: can't be read: %s", s->shown, text_refusal(s->path, errno)) == -1)
			fatal("policy memory");
		set_error(s, 1, error);
		free(error);
		s->changed = s->news;
		if (s->file == NULL)
			(void)stand_in(s, source, &text, NULL);
		return;
	}
	s->stamp = text.stamp;
	s->changed = true;
	slot_build(s, source, &text);
	text_free(&text);
}

static void
look_at_conf(struct layers *l)
{
	struct file_source source = { .kind = FILE_CONF, .layer = LAYER_ADMIN, .name = "bulwark.conf",
		.folder = l->etc, .folder_shown = l->etc_shown };
	struct stat st;

	if (l->conf.path == NULL) {
		l->conf.layer = LAYER_ADMIN;
		l->conf.path = path_of(l->etc, "bulwark.conf");
		l->conf.shown = path_of(l->etc_shown, "bulwark.conf");
		l->conf.name = copy_of("bulwark.conf");
	}
	source.shown = l->conf.shown;
	/* A symbolic link that leads nowhere, or out of what policyd sees, is no missing file. */
	if (lstat(l->conf.path, &st) == -1 && errno == ENOENT) {
		l->conf.changed = l->conf.file != NULL || l->conf.broken;
		slot_file(&l->conf, NULL);
		l->conf.broken = l->conf.news = false;
		l->conf.stamp = (struct stamp){ 0 };
		return;
	}
	slot_look(&l->conf, &source, false);
}

/* Finds or adds the slot of a path. slots[0..sorted) are in order. */
static struct slot *
slot_get(struct layers *l, size_t sorted, enum layer layer, uint32_t uid, const char *path)
{
	struct slot key = { .layer = layer, .uid = uid, .path = (char *)(uintptr_t)path }, *s;

	s = sorted == 0 ? NULL : bsearch(&key, l->slots, sorted, sizeof key, slot_compare);
	if (s != NULL)
		return s;
	if (l->count == FILES_MOST) {
		l->too_many++;
		return NULL;
	}
	if (l->count == l->size) {
		l->size = l->size == 0 ? 64 : l->size * 2;
		if ((l->slots = reallocarray(l->slots, l->size, sizeof *s)) == NULL)
			fatal("policy memory");
	}
	s = &l->slots[l->count++];
	*s = (struct slot){ .layer = layer, .uid = uid, .path = copy_of(path) };
	return s;
}

static bool
name_counts(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

struct look {
	struct layers	*l;
	size_t		 sorted;
	enum layer	 layer;
	uint32_t	 uid;
	const char	*folder, *shown;
};

static void
look_add(const struct look *k, const char *name, uint32_t uid)
{
	char *path = path_of(k->folder, name);
	struct slot *s = slot_get(k->l, k->sorted, k->layer, uid, path);

	if (s != NULL) {
		s->seen = true;
		if (s->name == NULL) {
			s->name = copy_of(name);
			s->shown = path_of(k->shown, name);
		}
	}
	free(path);
	build_may_pause();
}

/* A folder that can't be read now is not an empty one: its files are as they were. */
static void
look_keep(const struct look *k)
{
	static struct log_rate rate;
	size_t len = strlen(k->folder);

	if (log_rate_ok(&rate, 1))
		log_warn("%s", k->shown);
	for (size_t i = 0; i < k->sorted; i++) {
		struct slot *s = &k->l->slots[i];

		s->seen |= s->layer == k->layer && strncmp(s->path, k->folder, len) == 0 &&
		    s->path[len] == '/';
	}
}

/* Folder of one layer. For users: files UID-NAME.conf, or a folder UID; the last number is nobody's. */
static void
look_into(const struct look *k)
{
	DIR *dir = opendir(k->folder);
	struct dirent *e;

	while (dir != NULL && (errno = 0, e = readdir(dir)) != NULL) {
		size_t digits = strspn(e->d_name, "0123456789");
		unsigned uid = k->uid;

		if (k->layer != LAYER_USER || k->uid != UINT32_MAX) {
			if (name_counts(e->d_name))
				look_add(k, e->d_name, uid);
			continue;
		}
		if (!number_read(e->d_name, digits, UINT32_MAX - 1, &uid))
			continue;
		if (e->d_name[digits] == '-' && name_counts(e->d_name))
			look_add(k, e->d_name, uid);
		else if (e->d_name[digits] == '\0') {
			struct look inner = *k;
			char *folder = path_of(k->folder, e->d_name);
			char *shown = path_of(k->shown, e->d_name);

			inner.uid = uid;
			inner.folder = folder;
			inner.shown = shown;
			look_into(&inner);
			free(folder);
			free(shown);
		}
	}
	if (errno != 0 && errno != ENOENT && errno != ENOTDIR)
		look_keep(k);
	if (dir != NULL)
		closedir(dir);
}

static void
look_for_files(struct layers *l)
{
	struct look k = { .l = l, .sorted = l->count };
	char *etc = path_of(l->etc, "profiles"), *state = path_of(l->state, "profiles");
	char *etc_shown = path_of(l->etc_shown, "profiles");
	char *state_shown = path_of(l->state_shown, "profiles");

	for (size_t i = 0; i < l->count; i++)
		l->slots[i].seen = false;
	l->too_many = 0;
	k.layer = LAYER_VENDOR;
	k.folder = l->vendor;
	k.shown = l->vendor_shown;
	look_into(&k);
	k.layer = LAYER_ADMIN;
	k.folder = etc;
	k.shown = etc_shown;
	look_into(&k);
	k.layer = LAYER_USER;
	k.uid = UINT32_MAX;
	k.folder = state;
	k.shown = state_shown;
	look_into(&k);
	free(etc);
	free(state);
	free(etc_shown);
	free(state_shown);
}

static int
slot_compare_long(const void *a, const void *b)
{
	build_may_pause();
	return slot_compare(a, b);
}

/* In a copy, so that they are in order at any time. */
static void
sort_slots(struct layers *l)
{
	struct slot *sorted = calloc(l->count + 1, sizeof *sorted);

	if (sorted == NULL)
		fatal("policy memory");
	memcpy(sorted, l->slots, l->count * sizeof *sorted);
	qsort(sorted, l->count, sizeof *sorted, slot_compare_long);
	memcpy(l->slots, sorted, l->count * sizeof *sorted);
	free(sorted);
}

/* Files that are gone take their profiles along. sorted: how many are in order. */
static bool
drop_gone(struct layers *l, size_t sorted)
{
	size_t kept = 0, before = l->count;

	l->gone = 0;
	for (size_t i = 0; i < l->count; i++)
		if (!l->slots[i].seen)
			slot_file(&l->slots[i], NULL);
	for (size_t i = 0; i < l->count; i++) {
		struct slot s = l->slots[i];

		if (s.seen) {
			l->slots[kept++] = s;
			continue;
		}
		(void)snprintf(l->gone_shown, sizeof l->gone_shown, "%s", s.shown);
		l->gone++;
		slot_free(&s);
	}
	l->count = kept;
	if (before > sorted)
		sort_slots(l);
	return kept != before;
}

bool
layers_look(struct layers *l, void (*told)(void *, const struct slot *), void *ctx)
{
	const struct define *defines = l->conf.file == NULL ? NULL : l->conf.file->conf->defines;
	size_t sorted = l->count;
	bool changed, must;

	look_at_conf(l);
	changed = l->conf.changed;
	if (l->conf.news)
		told(ctx, &l->conf);
	/* Named sets are used by all files. */
	must = l->conf.changed && (defines != NULL || (l->conf.file != NULL &&
	    l->conf.file->conf->defines != NULL));
	defines = l->conf.file == NULL ? NULL : l->conf.file->conf->defines;
	look_for_files(l);
	changed |= drop_gone(l, sorted);
	for (size_t i = 0; i < l->count; i++) {
		struct slot *s = &l->slots[i];
		struct file_source source = { .kind = FILE_PROFILES, .layer = s->layer, .uid = s->uid,
			.name = s->name, .shown = s->shown, .defines = defines };

		build_may_pause();
		slot_look(s, &source, must);
		changed |= s->changed;
		if (s->news)
			told(ctx, s);
	}
	return changed;
}
