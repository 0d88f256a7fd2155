/*
 * See check_files.h. A bulwark.conf that is named counts for the profiles named
 * after it: its sets ($names) are theirs, too.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check_files.h"
#include "file.h"
#include "moment.h"

static void
print(const char *path, const struct diag *diag)
{
	for (size_t i = 0; i < diag->lines_used; i++)
		(void)fprintf(stderr, "%s:%u:%u: %s\n", path, diag->lines[i].at.line,
		    diag->lines[i].at.column, diag->lines[i].text);
	if (diag->count > diag->lines_used)
		(void)fprintf(stderr, "%s: and %zu more errors\n", path, diag->count - diag->lines_used);
}

/* The kernel names a program by the path behind all links: a profile for a link matches nothing. */
static void
warn_of_path(const char *path, const struct profile_name *name)
{
	char target[PATH_MAX];

	if (name->kind != PROP_PATH)
		return;
	if (realpath(name->text, target) == NULL)
		(void)fprintf(stderr, "%s:%u: warning: no program %s: %s\n", path, name->where.line, name->text,
		    strerror(errno));
	else if (strcmp(target, name->text) != 0)
		(void)fprintf(stderr, "%s:%u: warning: symbolic link to %s: use that path\n", path,
		    name->where.line, target);
}

static void
warn_of_paths(const char *path, const struct file *file)
{
	for (unsigned i = 0; i < file->profiles_count; i++)
		for (unsigned k = 0; k < file->profiles[i]->names_count && file->profiles[i]->framework == NULL; k++)
			warn_of_path(path, &file->profiles[i]->names[k]);
}

/* A slip of the hand, most often in the year, or a line to be taken out. */
static void
warn_of_ended(const char *path, const struct ruleset *rules)
{
	struct moment now = moment_of(time(NULL));

	for (unsigned i = 0; i < rules->count; i++)
		if (rules->rules[i].condition != NULL && rules->rules[i].condition->until <= now.local)
			(void)fprintf(stderr, "%s:%u: warning: its time is over: this rule fits nothing more\n", path,
			    rules->rules[i].where.line);
}

static void
warn_of_rules(const char *path, const struct file *file)
{
	for (unsigned i = 0; i < file->profiles_count; i++)
		warn_of_ended(path, &file->profiles[i]->rules);
	if (file->conf != NULL)
		warn_of_ended(path, &file->conf->rules);
}

/* Their files are read only when they count. */
static void
warn_of_lists(const char *path, const char *named, const struct conf *conf)
{
	char folder[PATH_MAX];
	size_t len;

	if (realpath(named, folder) == NULL)
		return;
	len = strlen(folder);
	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++) {
		const struct conf_list *l = &conf->lists[i];

		if (access(l->path, R_OK) == -1)
			(void)fprintf(stderr, "%s:%u: warning: %s can't be opened: %s\n", path, l->where.line,
			    l->path, strerror(errno));
		else if (strncmp(l->path, folder, len) != 0 || l->path[len] != '/')
			(void)fprintf(stderr, "%s:%u: warning: %s does not lie below this file's folder\n", path,
			    l->where.line, l->path);
	}
}

/* Tools write a new bulwark.conf under a name of its own beside the old one before they replace it. */
static bool
is_conf(const char *name)
{
	return strcmp(name, "bulwark.conf") == 0 || strncmp(name, ".bulwark.conf.", 14) == 0;
}

/* NULL: it can't be used. */
static struct file *
check(const char *path, const struct define *defines)
{
	char			 folder[PATH_MAX], copy[PATH_MAX];
	struct file_source	 source = { .layer = LAYER_ADMIN, .shown = path, .defines = defines };
	struct diag		 diag = { 0 };
	struct file		*file;
	struct text		 text;

	(void)snprintf(folder, sizeof folder, "%s", path);
	(void)snprintf(copy, sizeof copy, "%s", path);
	source.name = basename(copy);
	source.kind = is_conf(source.name) ? FILE_CONF : FILE_PROFILES;
	if (source.kind == FILE_CONF)
		source.folder = source.folder_shown = dirname(folder);
	if (text_read(path, &text) == -1) {
		(void)fprintf(stderr, "%s: can't be read: %s\n", path, text_refusal(path, errno));
		return NULL;
	}
	file = file_build(&source, text.bytes, text.len, &diag);
	print(path, &diag);
	if (diag.count > 0) {
		file_drop(file);
		file = NULL;
	} else {
		warn_of_paths(path, file);
		warn_of_rules(path, file);
		warn_of_lists(path, source.folder, file->conf);
	}
	diag_free(&diag);
	text_free(&text);
	return file;
}

int
check_files(int count, char *const files[])
{
	struct file	*conf = NULL, *file;
	int		 status = 0;

	for (int i = 0; i < count; i++) {
		file = check(files[i], conf == NULL ? NULL : conf->conf->defines);
		if (file == NULL)
			status = 1;
		else if (file->conf != NULL && conf == NULL)
			conf = file;
		else
			file_drop(file);
	}
	file_drop(conf);
	return status;
}
