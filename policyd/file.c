/*
 * Policy files; see file.h.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "conf.h"
#include "file.h"
#include "framework.h"
#include "scan.h"

#define FRESH_NS	1000000000	/* younger files are read again at the next look */

static void
stamp_fill(struct stamp *stamp, const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*stamp = (struct stamp){ .dev = st->st_dev, .ino = st->st_ino, .size = st->st_size,
		.mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.ctime = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec };
	stamp->fresh = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - stamp->ctime < FRESH_NS;
}

bool
stamp_same(const struct stamp *old, const struct stamp *now)
{
	return !old->fresh && old->dev == now->dev && old->ino == now->ino && old->size == now->size &&
	    old->mtime == now->mtime && old->ctime == now->ctime;
}

int
stamp_of(const char *path, struct stamp *stamp)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	stamp_fill(stamp, &st);
	return 0;
}

/* O_NONBLOCK: a FIFO in the folder must not stop the process that decides. */
int
text_read(const char *path, struct text *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), saved;
	struct stat st;
	ssize_t n = 0;

	*text = (struct text){ 0 };
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto fail;
	errno = !S_ISREG(st.st_mode) ? EINVAL : EFBIG;
	if (!S_ISREG(st.st_mode) || st.st_size > SCAN_FILE_MOST)
		goto fail;
	stamp_fill(&text->stamp, &st);
	if ((text->bytes = malloc(SCAN_FILE_MOST + 1)) == NULL)
		goto fail;
	while (text->len <= SCAN_FILE_MOST &&
	    (n = read(fd, text->bytes + text->len, SCAN_FILE_MOST + 1 - text->len)) > 0)
		text->len += (size_t)n;
	if (n == -1)
		goto fail;
	close(fd);
	return 0;
fail:
	saved = errno;
	close(fd);
	text_free(text);
	errno = saved;
	return -1;
}

const char *
text_refusal(const char *path, int error)
{
	struct stat st;

	switch (error) {
	case EFBIG:
		return "larger than a policy file may be";
	case EINVAL:
		return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? "it is a folder" : "it is no regular file";
	case EACCES:
		return "Permission denied (policyd is not root: chmod a+r)";
	case ENOENT:
		if (lstat(path, &st) == 0)
			return "symbolic links out of the folder are not followed, and this one leads nowhere in it";
		return strerror(error);
	default:
		return strerror(error);
	}
}

void
text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

static struct file *
file_new(const struct file_source *source)
{
	struct file *file = calloc(1, sizeof *file);

	if (file == NULL)
		fatal("policy memory");
	file->refs = 1;
	file->layer = source->layer;
	file->uid = source->uid;
	file->name = arena_text(&file->arena, source->name, strlen(source->name));
	file->shown = arena_text(&file->arena, source->shown, strlen(source->shown));
	return file;
}

struct file *
file_ref(struct file *file)
{
	file->refs++;
	return file;
}

void
file_drop(struct file *file)
{
	if (file == NULL || --file->refs > 0)
		return;
	arena_free(&file->arena);
	free(file);
}

static void
wrong_place(struct build *b, const struct ast_statement *st, const char *where)
{
	diag_add(b->diag, st->at, "this belongs into %s", where);
}

static bool
is_profile(const struct ast_statement *st)
{
	return st->kind == STATEMENT_PROFILE || st->kind == STATEMENT_EXTEND || st->kind == STATEMENT_FRAMEWORK;
}

/* Everything but profiles and bulwark.conf's statements: those are counted and built after. */
static void
first_pass(struct build *b, const struct file_source *source, struct ast *ast, struct define **defines,
    unsigned *profiles)
{
	for (struct ast_statement *st = ast->statements; st != NULL; st = st->next) {
		bool profile = is_profile(st);

		if (st->kind == STATEMENT_DEFINE) {
			define_build(b, st, defines);
			continue;
		}
		if (profile && !(source->kind & FILE_PROFILES))
			wrong_place(b, st, "a file of the folder profiles");
		else if (!profile && !(source->kind & FILE_CONF))
			wrong_place(b, st, "bulwark.conf");
		if (st->kind == STATEMENT_EXTEND && source->layer != LAYER_ADMIN)
			diag_add(b->diag, st->at, "only an administrator's file extends another");
		if (st->kind == STATEMENT_FRAMEWORK && source->layer == LAYER_USER)
			diag_add(b->diag, st->at, "a user's file has no frameworks");
		*profiles += profile;
	}
}

static void
build_profiles(struct build *b, struct ast *ast, struct file *file, unsigned count)
{
	if (count > PROFILES_MOST) {
		diag_add(b->diag, (struct pos){ 1, 1 }, "more than %d profiles", PROFILES_MOST);
		return;
	}
	file->profiles = arena_get(b->arena, (count + 1) * sizeof(struct profile *));
	for (const struct ast_statement *st = ast->statements; st != NULL; st = st->next) {
		if (!is_profile(st))
			continue;
		file->extends |= st->kind == STATEMENT_EXTEND;
		file->profiles[file->profiles_count++] = profile_build(b, st);
	}
	frameworks_check(b, file->profiles, file->profiles_count);
}

struct file *
file_build(const struct file_source *source, const char *text, size_t len, struct diag *diag)
{
	struct file *file = file_new(source);
	struct arena scratch = { 0 };
	struct build b = { .arena = &file->arena, .scratch = &scratch, .diag = diag, .file = file,
		.shared = source->defines };
	struct define *defines = NULL;
	unsigned profiles = 0;
	struct ast ast = { .statements = NULL };

	parse_text(text, len, &ast, diag);
	first_pass(&b, source, &ast, &defines, &profiles);
	b.defines = defines;
	if (source->kind & FILE_CONF)
		conf_build(&b, source, &ast, defines, &file->conf);
	build_profiles(&b, &ast, file, profiles);
	ast_free(&ast);
	arena_free(&scratch);
	if (diag->count > 0 && source->kind != FILE_CONF) {
		file_drop(file);
		return NULL;
	}
	file->stand_in = diag->count > 0;
	return file;
}

/* --- stand-ins for what can't be read --- */

static struct profile *
denying(struct file *file, const char *name, const char *why, struct where where)
{
	struct profile *p = arena_get(&file->arena, sizeof *p);

	p->name = name;
	p->where = where;
	p->broken = why;
	return p;
}

struct stand_in {
	struct file	*file;
	struct profile	*profile;
	struct profile_name *names;
	unsigned	 count, size;
};

static void
on_name(void *ctx, enum prop_kind kind, const char *text, struct pos at)
{
	struct stand_in *s = ctx;
	size_t len = strlen(text);

	if (s->count == s->size) {
		unsigned size = s->size == 0 ? 4 : s->size * 2;
		struct profile_name *grown = arena_get(&s->file->arena, size * sizeof *grown);

		if (s->count > 0)
			memcpy(grown, s->names, s->count * sizeof *grown);
		s->names = grown;
		s->size = size;
	}
	if (kind == PROP_PREFIX && len > 0 && text[len - 1] == '/')
		len--;
	s->names[s->count++] = (struct profile_name){ .kind = kind, .len = len,
		.text = arena_text(&s->file->arena, text, len), .where = { s->file, at.line } };
}

struct file *
file_stand_in(const struct file_source *source, const char *text, size_t len, uint32_t line,
    const char *why)
{
	struct file *file = file_new(source);
	struct stand_in s = { .file = file };

	file->stand_in = true;
	scan_names(text, len, on_name, &s);
	s.profile = denying(file, "broken file", arena_text(&file->arena, why, strlen(why)),
	    (struct where){ file, line });
	s.profile->names = s.names;
	s.profile->names_count = s.count;
	file->profiles = arena_get(&file->arena, sizeof(struct profile *));
	file->profiles[0] = s.profile;
	file->profiles_count = 1;
	return file;
}

struct file *
file_deny(const struct file *good, const char *why, const struct file *because)
{
	struct file_source source = { .layer = good->layer, .name = good->name, .shown = good->shown };
	struct file *file = file_new(&source);

	file->stand_in = true;
	file->profiles_count = good->profiles_count;
	file->profiles = arena_get(&file->arena, (good->profiles_count + 1) * sizeof(struct profile *));
	for (unsigned i = 0; i < good->profiles_count; i++) {
		const struct profile *from = good->profiles[i];
		struct profile *p = denying(file, arena_text(&file->arena, from->name,
		    strlen(from->name)), arena_text(&file->arena, why, strlen(why)),
		    (struct where){ because, 0 });
		struct profile_name *names = arena_copy(&file->arena, from->names,
		    from->names_count * sizeof *names);

		for (unsigned k = 0; k < from->names_count; k++)
			names[k].text = arena_text(&file->arena, names[k].text, names[k].len);
		p->names = names;
		p->names_count = from->names_count;
		file->profiles[i] = p;
	}
	return file;
}

struct file *
file_unread(const struct file_source *source)
{
	struct file *file = file_new(source);

	file->stand_in = true;
	file->conf = arena_get(&file->arena, sizeof *file->conf);
	file->conf->unread = true;
	file->conf->level = LEVEL_FORTRESS;
	file->conf->session_may = SESSION_NOTHING;
	settings_strictest(&file->conf->settings, (struct where){ file, 1 });
	return file;
}
