/*
 * profile: list and show ask the suite; check runs "policyd -n" on files, so
 * it works without a running suite and reads exactly what policyd would read.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "reader.h"
#include "text.h"

static void
list_row(void *ctx, const json_t *object)
{
	struct table	*t = ctx;

	if (strcmp(type_of(object), "profile") != 0)
		return;
	table_cell(t, text_of(object, "name"));
	table_cell(t, text_of(object, "file"));
	table_cell(t, text_of(object, "text"));
}

static enum ctl_exit
profile_list(const struct options *o)
{
	struct table	*t = table_new(3);
	enum ctl_exit	 status;

	table_cell(t, "PROFILE");
	table_cell(t, "FILE");
	table_cell(t, "FOR");
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "profile-list"), list_row, t);
	if (status == EXIT_OK && !o->json)
		table_print(t);
	table_free(t);
	return status;
}

struct shown {
	char	file[PATH_MAX];
};

static void
show_row(void *ctx, const json_t *object)
{
	static struct line	l;
	struct shown		*shown = ctx;
	const char		*file = text_of(object, "file"), *p = text_of(object, "text");

	if (strcmp(type_of(object), "line") != 0)
		return;
	if (strcmp(shown->file, file) != 0) {
		(void)snprintf(shown->file, sizeof(shown->file), "%s", file);
		line_start(&l, stdout);
		line_colour(&l, BOLD);
		line_print(&l, "# %s", file);
		line_end(&l);
	}
	line_start(&l, stdout);
	line_colour(&l, DIM);
	line_print(&l, "%5" JSON_INTEGER_FORMAT, number_of(object, "line"));
	line_colour(&l, PLAIN);
	line_pad(&l, 7);
	/* Tabs are the file's own layout. */
	for (size_t n; *p != '\0'; p += n) {
		if ((n = strcspn(p, "\t")) > 0)
			line_print(&l, "%.*s", (int)n, p);
		else {
			line_pad(&l, 7 + ((l.column - 7) / 8 + 1) * 8);
			n = 1;
		}
	}
	line_end(&l);
}

static enum ctl_exit
profile_show(const struct options *o, const char *name)
{
	struct shown	 shown = { "" };
	json_t		*request = json_pack("{s:s, s:s}", "verb", "profile-show", "name", name);

	if (request == NULL)
		return usage_error(o, "a profile's name is UTF-8");
	return ask(o, "bulwark.sock", request, show_row, &shown);
}

/* One line of policyd's as an object. */
static void
show_diagnostic(char *text)
{
	size_t	 len = text_printable(text, strlen(text), false);
	json_t	*object = json_pack("{s:s, s:s%}", "type", "diagnostic", "text", text, len);

	if (object != NULL)
		show_json(object);
	json_decref(object);
}

static void
show_diagnostics(int fd)
{
	FILE	*from = fdopen(fd, "r");
	char	*text = NULL;
	size_t	 room = 0;
	ssize_t	 n;

	if (from == NULL)
		return;
	while ((n = getline(&text, &room, from)) > 0) {
		if (text[n - 1] == '\n')
			text[n - 1] = '\0';
		show_diagnostic(text);
	}
	free(text);
	(void)fclose(from);
}

/* Child: becomes policyd; with --json what it says goes into the pipe. */
static void
become_checker(const char *path, char **args, const int pipe_fds[2], bool json)
{
	if (json && (dup2(pipe_fds[1], STDOUT_FILENO) == -1 ||
	    dup2(pipe_fds[1], STDERR_FILENO) == -1))
		_exit(126);
	execv(path, args);
	_exit(127);
}

static enum ctl_exit
profile_check(const struct options *o, int argc, char **argv)
{
	char	  path[PATH_MAX], **args;
	int	  pipe_fds[2], state = 0;
	pid_t	  pid;

	if (argc == 0)
		return usage_error(o, "profile check takes files");
	if (find_binary(o, "policyd", path, sizeof(path)) == -1)
		return complain(o, EXIT_FAILED, "policyd not found: -b names the folder of the suite's "
		    "programs");
	if ((args = calloc((size_t)argc + 3, sizeof(*args))) == NULL ||
	    pipe2(pipe_fds, O_CLOEXEC) == -1) {
		free(args);
		return complain(o, EXIT_FAILED, "%s", strerror(errno));
	}
	args[0] = path;
	args[1] = (char[]){ "-n" };
	memcpy(args + 2, argv, (size_t)argc * sizeof(*args));
	pid = fork();
	if (pid == 0)
		become_checker(path, args, pipe_fds, o->json);
	(void)close(pipe_fds[1]);
	if (pid != -1 && o->json)
		show_diagnostics(pipe_fds[0]);
	else
		(void)close(pipe_fds[0]);
	free(args);
	if (pid == -1 || waitpid(pid, &state, 0) == -1 || !WIFEXITED(state) ||
	    WEXITSTATUS(state) >= 126)
		return complain(o, EXIT_FAILED, "%s could not check", path);
	if (o->json)
		(void)printf("{\"type\":\"end\",\"ok\":%s}\n", WEXITSTATUS(state) == 0 ? "true" :
		    "false");
	return WEXITSTATUS(state) == 0 ? EXIT_OK : EXIT_OFF;
}

enum ctl_exit
verb_profile(const struct options *o, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return profile_list(o);
	if (argc == 2 && strcmp(argv[0], "show") == 0)
		return profile_show(o, argv[1]);
	if (argc >= 1 && strcmp(argv[0], "check") == 0)
		return profile_check(o, argc - 1, argv + 1);
	return usage_error(o, "profile list, profile show NAME or profile check FILE...");
}
