/*
 * See dry_run.h. Which file is meant is found here, as a shell would.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dry_run.h"
#include "fields.h"
#include "reader.h"

/* The path that an exec of this word would run; what it links to, as /proc shows it. */
static int
find_program(const char *word, char path[PATH_MAX])
{
	char	 candidate[PATH_MAX];
	char	*folders, *next, *f;
	bool	 found = false;

	if (strchr(word, '/') != NULL)
		return realpath(word, path) == NULL ? -1 : 0;
	if ((folders = getenv("PATH")) == NULL)
		folders = "/usr/bin:/bin";
	if ((folders = strdup(folders)) == NULL)
		return -1;
	for (next = folders; !found && (f = strsep(&next, ":")) != NULL;) {
		int	n = snprintf(candidate, sizeof(candidate), "%s/%s", *f == '\0' ? "." : f, word);

		found = n > 0 && (size_t)n < sizeof(candidate) && access(candidate, X_OK) == 0 &&
		    realpath(candidate, path) != NULL;
	}
	free(folders);
	return found ? 0 : -1;
}

static bool
is_program(const char *path)
{
	struct stat	st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

static void
add_path(json_t *request, const char *path)
{
	json_t	*text = json_string(path);
	char	 hex[2 * PATH_MAX + 1];
	size_t	 n = 0;

	if (text != NULL) {
		(void)json_object_set_new(request, "app", text);
		return;
	}
	for (; n < PATH_MAX && path[n] != '\0'; n++)
		(void)snprintf(hex + 2 * n, 3, "%02x", (unsigned char)path[n]);
	(void)json_object_set_new(request, "app_bytes", json_stringn(hex, 2 * n));
}

int
program_add(const struct options *o, json_t *request, const char *word, bool gone_too, enum ctl_exit *status)
{
	char		 path[PATH_MAX], *end;
	long		 pid = strtol(word, &end, 10);
	uint32_t	 uid;

	if (o->user != NULL) {
		if (user_number(o->user, &uid) == -1) {
			*status = usage_error(o, "there is no user '%s'", o->user);
			return -1;
		}
		(void)json_object_set_new(request, "as_uid", json_integer(uid));
	}
	if (*end == '\0' && pid > 0) {
		if (pid > INT_MAX || (kill((pid_t)pid, 0) == -1 && errno == ESRCH)) {
			*status = complain(o, EXIT_OFF, "there is no process %s", word);
			return -1;
		}
		(void)json_object_set_new(request, "pid", json_integer(pid));
		return 0;
	}
	if (gone_too && word[0] == '/' && access(word, F_OK) == -1 && errno == ENOENT && strlen(word) < sizeof(path)) {
		add_path(request, word);
		return 0;
	}
	if (find_program(word, path) == -1) {
		*status = strchr(word, '/') == NULL ?
		    complain(o, EXIT_OFF, "%s: no such program: give its path", word) :
		    complain(o, EXIT_OFF, errno == ENOENT || errno == ENOTDIR ? "there is no such file: %s" :
		    "%s: it can't be looked at", word);
		return -1;
	}
	if (!is_program(path)) {
		*status = complain(o, EXIT_OFF, "%s is no program: no executable file (of a script, name a process that "
		    "runs it)", word);
		return -1;
	}
	add_path(request, path);
	return 0;
}

static void
show_step(const json_t *s)
{
	static struct line	l;
	const char		*verdict = text_of(s, "verdict"), *file = text_of(s, "file");

	line_start(&l, stdout);
	if (number_of(s, "check") > 0)
		line_print(&l, "%2" JSON_INTEGER_FORMAT, number_of(s, "check"));
	line_pad(&l, 4);
	line_colour(&l, verdict[0] == '\0' ? DIM : verdict_colour(verdict));
	line_put(&l, verdict[0] == '\0' ? "-" : verdict);
	line_colour(&l, PLAIN);
	line_pad(&l, 15);
	line_wrap(&l, 15);
	if (text_of(s, "name")[0] != '\0')
		line_print(&l, "%s: ", text_of(s, "name"));
	line_put(&l, text_of(s, "text"));
	if (file[0] != '\0')
		line_print(&l, " (%s:%" JSON_INTEGER_FORMAT ")", file, number_of(s, "line"));
	line_end(&l);
}

void
step_row(void *ctx, const json_t *object)
{
	static struct line	l;
	const char		*verdict = text_of(object, "verdict");

	(void)ctx;
	if (strcmp(type_of(object), "step") == 0) {
		show_step(object);
		return;
	}
	if (verdict[0] == '\0')
		return;
	line_start(&l, stdout);
	line_put(&l, "verdict: ");
	line_colour(&l, verdict_colour(verdict));
	line_put(&l, verdict);
	if (json_object_get(object, "mark") != NULL)
		line_print(&l, " (%" JSON_INTEGER_FORMAT ")", number_of(object, "mark"));
	line_end(&l);
}
