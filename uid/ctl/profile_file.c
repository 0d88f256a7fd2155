/*
 * See profile_file.h. Files are found in the folders of the command line (--etc,
 * --vendor), never where the suite says they are: who runs this is root.
 */
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile_file.h"
#include "replace.h"
#include "show.h"

/* A file of profiles has a plain name that ends in .conf. */
static bool
is_file_name(const char *name)
{
	size_t	len = strlen(name);

	return len > 5 && len < 200 && name[0] != '.' && strcmp(name + len - 5, ".conf") == 0 &&
	    strpbrk(name, "/\n\r\t") == NULL;
}

/* NAME.conf from NAME: 0, or -1: no name for a file. */
static int
file_name(const char *name, char to[NAME_MAX])
{
	size_t	len = strlen(name);
	bool	ends = len > 5 && strcmp(name + len - 5, ".conf") == 0;
	int	n = snprintf(to, NAME_MAX, "%s%s", name, ends ? "" : ".conf");

	return n > 0 && n < NAME_MAX && is_file_name(to) ? 0 : -1;
}

static void
place_of(const struct options *o, bool vendor, const char *name, char to[PATH_MAX])
{
	(void)snprintf(to, PATH_MAX, "%s%s/%s", vendor ? o->vendor : o->etc, vendor ? "" : "/profiles", name);
}

/* Does a file have that profile? As people write it, at a line's begin. */
static bool
has_profile(const struct options *o, bool vendor, const char *file, const char *wanted)
{
	char		path[PATH_MAX];
	struct original	found;
	const char	*p;
	bool		has = false;

	place_of(o, vendor, file, path);
	if (original_read(o, path, &found) != EXIT_OK)
		return false;
	for (p = found.text; !has && (p = strstr(p, wanted)) != NULL; p++)
		has = p == found.text || p[-1] == '\n' || (p - found.text >= 7 && memcmp(p - 7, "extend ", 7) == 0);
	original_free(&found);
	return has;
}

static bool
find_profile(const struct options *o, bool vendor, const char *wanted, char to[NAME_MAX])
{
	char		 folder[PATH_MAX];
	struct dirent	*e;
	DIR		*dir;
	bool		 has = false;

	place_of(o, vendor, ".", folder);
	if ((dir = opendir(folder)) == NULL)
		return false;
	while (!has && (e = readdir(dir)) != NULL)
		if (is_file_name(e->d_name) && has_profile(o, vendor, e->d_name, wanted)) {
			(void)snprintf(to, NAME_MAX, "%.250s", e->d_name);
			has = true;
		}
	(void)closedir(dir);
	return has;
}

static bool
is_there(const struct options *o, bool vendor, const char *file)
{
	char	path[PATH_MAX];

	place_of(o, vendor, file, path);
	return access(path, F_OK) == 0;
}

/*
 * The file that is meant: by its name, or by that of a profile in it; else one to be made.
 * 0, or -1: it can't be a name.
 */
static int
which_file(const struct options *o, const char *name, char to[NAME_MAX])
{
	char	wanted[NAME_MAX + 16];

	if (file_name(name, to) == -1)
		return -1;
	if (is_there(o, false, to) || is_there(o, true, to))
		return 0;
	(void)snprintf(wanted, sizeof(wanted), "profile \"%s\"", name);
	if (!find_profile(o, false, wanted, to))
		(void)find_profile(o, true, wanted, to);
	return 0;
}

/* The administrator's file, else the vendor's. EXIT_OK with "there" false: neither has it. */
static enum ctl_exit
find_file(const struct options *o, const char *name, struct original *found)
{
	char		path[PATH_MAX];
	enum ctl_exit	status;

	place_of(o, false, name, path);
	status = original_read(o, path, found);
	if (status != EXIT_OK || found->there)
		return status;
	original_free(found);
	place_of(o, true, name, path);
	return original_read(o, path, found);
}

enum ctl_exit
profile_export(const struct options *o, const char *name)
{
	char		file[NAME_MAX];
	struct original	found;
	enum ctl_exit	status;

	if (which_file(o, name, file) == -1)
		return usage_error(o, "'%s' is no name of a profile or its file, such as curl or curl.conf; for a "
		    "program's path 'bulwarkctl profile show' tells the file", name);
	if ((status = find_file(o, file, &found)) != EXIT_OK)
		return status;
	if (!found.there)
		status = complain(o, EXIT_FAILED, "no file %s in %s/profiles or %s: --etc and --vendor name "
		    "other folders", file, o->etc, o->vendor);
	else
		(void)fwrite(found.text, 1, found.len, stdout);
	original_free(&found);
	return status;
}

/* A new file, with a copy of the bytes. */
static enum ctl_exit
copy_to(const struct options *o, const char *path, const struct original *from)
{
	int	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	bool	good = fd != -1 && write(fd, from->text, from->len) == (ssize_t)from->len;

	if (fd != -1 && close(fd) == -1)
		good = false;
	return good ? EXIT_OK : complain(o, EXIT_FAILED, "%s: %s", path, strerror(errno));
}

static enum ctl_exit
export_one(const struct options *o, const char *from, const char *folder, const char *name)
{
	char		to[PATH_MAX];
	struct original	found;
	enum ctl_exit	status = original_read(o, from, &found);

	if (status != EXIT_OK || !found.there)
		goto out;
	if (snprintf(to, sizeof(to), "%s/%s", folder, name) >= (int)sizeof(to))
		status = complain(o, EXIT_FAILED, "%s: the name is too long", folder);
	else
		status = copy_to(o, to, &found);
out:
	original_free(&found);
	return status;
}

static enum ctl_exit
export_folder(const struct options *o, bool vendor, const char *folder)
{
	char		 from[PATH_MAX], to[PATH_MAX];
	enum ctl_exit	 status = EXIT_OK;
	struct dirent	*e;
	DIR		*dir;

	place_of(o, vendor, ".", from);
	if (snprintf(to, sizeof(to), "%s/%s", folder, vendor ? "vendor" : "profiles") >= (int)sizeof(to) ||
	    mkdir(to, 0755) == -1)
		return complain(o, EXIT_FAILED, "%s: %s", to, strerror(errno));
	if ((dir = opendir(from)) == NULL)
		return errno == ENOENT ? EXIT_OK : complain(o, EXIT_FAILED, "%s: %s", from, strerror(errno));
	while (status == EXIT_OK && (e = readdir(dir)) != NULL)
		if (is_file_name(e->d_name)) {
			place_of(o, vendor, e->d_name, from);
			status = export_one(o, from, to, e->d_name);
		}
	(void)closedir(dir);
	return status;
}

enum ctl_exit
profile_export_all(const struct options *o, const char *folder)
{
	char		from[PATH_MAX];
	enum ctl_exit	status;

	if (mkdir(folder, 0755) == -1)
		return complain(o, EXIT_FAILED, "%s: %s: name a new folder", folder, strerror(errno));
	(void)snprintf(from, sizeof(from), "%s/bulwark.conf", o->etc);
	status = export_one(o, from, folder, "bulwark.conf");
	if (status == EXIT_OK)
		status = export_folder(o, false, folder);
	if (status == EXIT_OK)
		status = export_folder(o, true, folder);
	return status;
}

static void
show_done(const struct options *o, const char *path)
{
	static struct line	 l;
	json_t			*object;

	if (!o->json) {
		line_start(&l, stdout);
		line_print(&l, "%s", path);
		line_end(&l);
		return;
	}
	object = json_pack("{s:s, s:s}", "type", "written", "file", path);
	if (object != NULL)
		show_json(object);
	json_decref(object);
}

/* Into the administrator's folder under that name. */
static enum ctl_exit
put_profile(const struct options *o, const char *name, const struct original *was, const char *text, size_t len)
{
	char		path[PATH_MAX], conf[PATH_MAX];
	enum ctl_exit	status;

	place_of(o, false, name, path);
	(void)snprintf(conf, sizeof(conf), "%s/bulwark.conf", o->etc);
	status = replace(o, path, was, text, len, conf);
	if (status == EXIT_OK)
		show_done(o, path);
	return status;
}

enum ctl_exit
profile_import(const struct options *o, const char *file)
{
	char		path[PATH_MAX], copy[PATH_MAX];
	struct original	from, was;
	enum ctl_exit	status;
	const char	*name;

	(void)snprintf(copy, sizeof(copy), "%s", file);
	name = basename(copy);
	if (!is_file_name(name))
		return usage_error(o, "'%s': a file of profiles ends in .conf and begins with no dot", file);
	if ((status = original_read(o, file, &from)) != EXIT_OK)
		return status;
	place_of(o, false, name, path);
	if (!from.there)
		status = complain(o, EXIT_FAILED, "%s: there is no such file", file);
	else if ((status = original_read(o, path, &was)) == EXIT_OK) {
		status = put_profile(o, name, &was, from.text, from.len);
		if (status == EXIT_OFF)
			(void)complain(o, EXIT_OFF, "%s has errors: not imported", file);
		original_free(&was);
	}
	original_free(&from);
	return status;
}

/* The editor's words and the file as the last one, as other programs do it: 0 when it ended well. */
static int
run_editor(const char *path)
{
	const char	*editor = getenv("VISUAL");
	char		*command;
	pid_t		 pid;
	int		 state;

	if (editor == NULL || editor[0] == '\0')
		editor = getenv("EDITOR");
	if (editor == NULL || editor[0] == '\0')
		editor = "vi";
	if (asprintf(&command, "%s \"$1\"", editor) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	free(command);
	return pid != -1 && waitpid(pid, &state, 0) == pid && WIFEXITED(state) && WEXITSTATUS(state) == 0 ? 0 : -1;
}

/* On a terminal only: in a script an error is the end. */
static bool
goes_on(void)
{
	char	answer[16];

	if (isatty(STDIN_FILENO) != 1)
		return false;
	(void)fputs("edit again? [Y/n] ", stderr);
	return fgets(answer, sizeof(answer), stdin) != NULL && answer[0] != 'n' && answer[0] != 'N';
}

static enum ctl_exit
edit_until_good(const struct options *o, const char *name, const char *copy, const struct original *was,
    const struct original *begun)
{
	struct original	edited;
	enum ctl_exit	status;

	do {
		if (run_editor(copy) == -1)
			return complain(o, EXIT_FAILED, "the editor ($VISUAL, $EDITOR) failed: nothing was changed");
		if ((status = original_read(o, copy, &edited)) != EXIT_OK)
			return status;
		if (edited.len == begun->len && memcmp(edited.text, begun->text, edited.len) == 0) {
			(void)fputs("nothing was changed\n", stderr);
			(void)unlink(copy);
		} else if ((status = put_profile(o, name, was, edited.text, edited.len)) == EXIT_OK)
			(void)unlink(copy);
		original_free(&edited);
	} while (status == EXIT_OFF && goes_on());
	if (status != EXIT_OK)
		(void)complain(o, status, "not in force; your text is kept in %s", copy);
	return status;
}

/* What one begins with: the file, the vendor's, which the new one will replace, or a frame. */
static enum ctl_exit
begin_with(const struct options *o, const char *name, struct original *begun)
{
	enum ctl_exit	status = find_file(o, name, begun);
	int		n;

	if (status != EXIT_OK || begun->there)
		return status;
	n = snprintf(begun->text, REPLACE_MOST, "profile \"%.*s\" {\n\tpath\t\"\"\n\tflags\tinternet\n}\n",
	    (int)(strlen(name) - 5), name);
	begun->len = n < 0 ? 0 : (size_t)n;
	return EXIT_OK;
}

enum ctl_exit
profile_edit(const struct options *o, const char *name)
{
	char		file[NAME_MAX], path[PATH_MAX], copy[PATH_MAX], folder[] = "/tmp/bulwarkctl.XXXXXX";
	struct original	was, begun;
	enum ctl_exit	status;

	if (which_file(o, name, file) == -1)
		return usage_error(o, "'%s' is no name of a profile or its file, such as curl or curl.conf; for a "
		    "program's path 'bulwarkctl profile show' tells the file", name);
	place_of(o, false, file, path);
	/* Before somebody has written a whole text. */
	(void)snprintf(copy, sizeof(copy), "%s/profiles", o->etc);
	if (access(copy, W_OK) == -1 && errno == ENOENT)
		return no_folder(o, copy);
	if (access(copy, W_OK) == -1)
		return complain(o, errno == EACCES ? EXIT_DENIED : EXIT_FAILED, "%s: %s", copy,
		    errno == EACCES ? "permission denied: use sudo" : strerror(errno));
	if ((status = original_read(o, path, &was)) != EXIT_OK)
		return status;
	if ((status = begin_with(o, file, &begun)) == EXIT_OK) {
		if (mkdtemp(folder) == NULL)
			status = complain(o, EXIT_FAILED, "%s: %s", folder, strerror(errno));
		else {
			(void)snprintf(copy, sizeof(copy), "%s/%s", folder, file);
			status = copy_to(o, copy, &begun);
			if (status == EXIT_OK)
				status = edit_until_good(o, file, copy, &was, &begun);
			(void)rmdir(folder);	/* not where a text is kept */
		}
		original_free(&begun);
	}
	original_free(&was);
	return status;
}
