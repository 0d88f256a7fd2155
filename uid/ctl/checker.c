/*
 * See checker.h.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checker.h"
#include "show.h"
#include "text.h"

/* Child: becomes policyd; what it says goes into the pipe. */
static void
become_checker(const char *path, char **args, const int pipe_fds[2])
{
	if (dup2(pipe_fds[1], STDOUT_FILENO) == -1 || dup2(pipe_fds[1], STDERR_FILENO) == -1)
		_exit(126);
	execv(path, args);
	_exit(127);
}

/* To its end, also what is not kept. NULL: no memory. */
static char *
read_said(int fd)
{
	char	*said = malloc(CHECKER_SAID_MOST + 1), rest[4096];
	size_t	 len = 0;
	ssize_t	 n;

	if (said == NULL)
		return NULL;
	while ((n = len < CHECKER_SAID_MOST ? read(fd, said + len, CHECKER_SAID_MOST - len) :
	    read(fd, rest, sizeof(rest))) > 0 || (n == -1 && errno == EINTR))
		if (n > 0 && len < CHECKER_SAID_MOST)
			len += (size_t)n;
	said[len] = '\0';
	return said;
}

static char **
arguments(char *path, int count, char *const files[])
{
	static char	 option[] = "-n";
	char		**args = calloc((size_t)count + 3, sizeof(*args));

	if (args == NULL)
		return NULL;
	args[0] = path;
	args[1] = option;
	memcpy(args + 2, files, (size_t)count * sizeof(*args));
	return args;
}

enum ctl_exit
checker_run(const struct options *o, int count, char *const files[], char **said)
{
	char	 path[PATH_MAX], **args = NULL;
	int	 pipe_fds[2], state = 0;
	pid_t	 pid;

	*said = NULL;
	if (find_binary(o, "policyd", path, sizeof(path)) == -1)
		return complain(o, EXIT_FAILED, "policyd not found: -b names the folder of the suite's "
		    "programs");
	if ((args = arguments(path, count, files)) == NULL || pipe2(pipe_fds, O_CLOEXEC) == -1) {
		free(args);
		return complain(o, EXIT_FAILED, "%s", strerror(errno));
	}
	pid = fork();
	if (pid == 0)
		become_checker(path, args, pipe_fds);
	(void)close(pipe_fds[1]);
	if (pid != -1)
		*said = read_said(pipe_fds[0]);
	(void)close(pipe_fds[0]);
	free(args);
	if (pid != -1 && waitpid(pid, &state, 0) == pid && WIFEXITED(state) && WEXITSTATUS(state) < 126 &&
	    *said != NULL)
		return WEXITSTATUS(state) == 0 ? EXIT_OK : EXIT_OFF;
	free(*said);
	*said = NULL;
	return complain(o, EXIT_FAILED, "%s could not check", path);
}

static void
show_one(const struct options *o, char *text)
{
	static struct line	l;
	size_t			len;
	json_t			*object;

	if (!o->json) {
		line_start(&l, stderr);
		line_put(&l, text);
		line_end(&l);
		return;
	}
	len = text_printable(text, strlen(text), false);
	object = json_pack("{s:s, s:s%}", "type", "diagnostic", "text", text, len);
	if (object != NULL)
		show_json(object);
	json_decref(object);
}

void
checker_show(const struct options *o, const char *said, const char *from, const char *to)
{
	size_t		 skip = from == NULL ? 0 : strlen(from), len;
	const char	*next;
	char		*text;

	for (; *said != '\0'; said = next) {
		bool	named;

		len = strcspn(said, "\n");
		next = said + len + (said[len] == '\n');
		named = skip > 0 && len > skip && strncmp(said, from, skip) == 0 && said[skip] == ':';
		if (asprintf(&text, "%s%.*s", named ? to : "", (int)(len - (named ? skip : 0)), said + (named ? skip : 0)) == -1)
			return;
		show_one(o, text);
		free(text);
	}
}
