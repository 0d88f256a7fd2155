/*
 * See choice_file.h. What is on disk is replaced as a whole, after the new text
 * was read as policyd will read it: a text that does not say what was chosen
 * never takes the place of one that does.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "choice_file.h"
#include "choice_line.h"
#include "file.h"
#include "replace_file.h"
#include "sandbox.h"
#include "scan.h"

#define FILES_EACH	256	/* of one user: each is one of those that are read at all */
#define NAME_SHOWN	40	/* bytes of the program's name in the file's */

static char folder[PATH_MAX];

void
choice_file_start(const char *state)
{
	(void)snprintf(folder, sizeof folder, "%s/profiles", state);
}

/* Letters, digits and a few more of the path's last part, and a number for the whole. */
static void
name_of(const char *path, char out[NAME_SHOWN + 24])
{
	const char *base = strrchr(path, '/');
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t n = 0;

	for (const char *p = path; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	for (base = base == NULL ? path : base + 1; *base != '\0' && n < NAME_SHOWN; base++)
		if ((*base >= 'a' && *base <= 'z') || (*base >= 'A' && *base <= 'Z') ||
		    (*base >= '0' && *base <= '9') || ((*base == '-' || *base == '_' || *base == '.') && n > 0))
			out[n++] = *base;
	(void)snprintf(out + n, 24, "-%016llx.conf", (unsigned long long)hash);
}

static int
make_folders(uint32_t uid)
{
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof path, "%s/%u", folder, uid);
	if ((mkdir(folder, 0755) == -1 && errno != EEXIST) || (mkdir(path, 0755) == -1 && errno != EEXIST)) {
		log_warn("%s", path);
		return -1;
	}
	return 0;
}

/* Has the user as many files as one may have? */
static bool
is_full(uint32_t uid)
{
	char path[PATH_MAX + 16];
	unsigned count = 0;
	DIR *dir;

	(void)snprintf(path, sizeof path, "%s/%u", folder, uid);
	if ((dir = opendir(path)) == NULL)
		return true;
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count >= FILES_EACH + 2;		/* and the folder and the one above it */
}

/* Would this text be read, and does its rule in this line speak of this program? */
static bool
says_so(const struct choice *c, const char *text, size_t len, uint32_t line)
{
	const struct file_source source = { .kind = FILE_PROFILES, .layer = LAYER_USER, .uid = c->uid,
		.name = "answers", .shown = "answers" };
	struct diag diag = { 0 };
	struct file *file = len > SCAN_FILE_MOST ? NULL : file_build(&source, text, len, &diag);
	bool found = false;

	for (unsigned i = 0; file != NULL && diag.count == 0 && i < file->profiles_count; i++) {
		const struct profile *p = file->profiles[i];
		const struct ruleset *rules = c->root ? &p->by_root.rules : &p->by_session.rules;

		for (unsigned k = 0; k < p->names_count; k++)
			found |= p->names[k].kind == PROP_PATH && strcmp(p->names[k].text, c->path) == 0 &&
			    rules->count > 0 && rules->rules[0].where.line == line;
	}
	if (diag.count > 0)
		log_warnx("the file of answers for %s: line %u: %s", c->path, diag.lines[0].at.line, diag.lines[0].text);
	diag_free(&diag);
	file_drop(file);
	return found;
}

static int
edit(const struct choice *c, const char *path, const struct text *old, const char *why)
{
	size_t len;
	uint32_t line;
	char *text = choice_insert(old->bytes == NULL ? "" : old->bytes, old->len, c, why, time(NULL), &len, &line);
	int result = -1;

	if (text == NULL)
		log_warnx("%s: it has no place for an answer: it is full, or was changed", path);
	else if (!says_so(c, text, len, line))
		log_warnx("%s: with an answer it could not be read: it stays as it is", path);
	else if ((result = replace_file(path, text, len, 0644, true)) == -1)	/* beside it: no name of a profile */
		log_warn("%s", path);
	free(text);
	return result;
}

#define PLACE_BYTES	(PATH_MAX + NAME_SHOWN + 48)

static void
place_of(const struct choice *c, char path[PLACE_BYTES])
{
	char name[NAME_SHOWN + 24];

	name_of(c->path, name);
	(void)snprintf(path, PLACE_BYTES, "%s/%u/%s", folder, c->uid, name);
}

int
choice_file_write(const struct choice *c, const char *why)
{
	char path[PLACE_BYTES];
	struct text old = { .bytes = NULL };
	int result;

	if (!path_is_plain(c->path) || make_folders(c->uid) == -1)
		return -1;
	place_of(c, path);
	if (text_read(path, &old) == -1) {
		if (errno != ENOENT) {
			log_warn("%s", path);
			return -1;
		}
		if (is_full(c->uid)) {
			log_warnx("%s: user %u has %d files of answers already", path, c->uid, FILES_EACH);
			return -1;
		}
	}
	result = edit(c, path, &old, why);
	text_free(&old);
	return result;
}

static int
put_rest(const char *path, const char *text, size_t len)
{
	int result = len == 0 ? unlink(path) : replace_file(path, text, len, 0644, true);

	if (result == -1)
		log_warn("%s", path);
	return result;
}

int
choice_file_forget(const struct choice *c, unsigned *count)
{
	char path[PLACE_BYTES], *rest;
	struct text old = { .bytes = NULL };
	int result = 0;
	size_t len;

	*count = 0;
	place_of(c, path);
	if (text_read(path, &old) == -1) {
		if (errno == ENOENT)
			return 0;
		log_warn("%s", path);
		return -1;
	}
	rest = choice_remove(old.bytes, old.len, c, time(NULL), &len, count);
	if (*count > 0)
		result = put_rest(path, rest, len);
	free(rest);
	text_free(&old);
	return result;
}
