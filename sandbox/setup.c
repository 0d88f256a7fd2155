/*
 * Runs bulwark-setup, one at a time: at start, when intercept says that
 * somebody touched the rules, when intercept was started anew (its watch had a
 * gap), and for a release. Believes its exit status and one strict line.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "lines.h"
#include "parent.h"
#include "setup.h"
#include "spawn.h"
#include "text.h"

#define TIME_MAX_MS	15000	/* then it is ended */
#define PAUSE_MS	300	/* between two runs, whatever is asked for */
#define RETRY_MS	1000	/* rules that could not be loaded are tried again */
#define TRIES		3

struct setup {
	struct suite	*suite;
	pid_t		 pid;		/* 0: none runs */
	bool		 releasing;	/* the next run, or this one, is the last */
	bool		 is_release;	/* this one is */
	bool		 again;		/* asked for while one ran */
	unsigned	 tries;		/* of a first load or a release that failed */
	int		 out;		/* its standard output */
	struct lines	*err;
	struct event	*timer;		/* running: its end; else: the next run */
	int64_t		 ended_ms;
};

static void	on_timer(evutil_socket_t, short, void *);

static void
set_timer(struct setup *s, int64_t ms)
{
	struct timeval	tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (event_add(s->timer, &tv) == -1)
		fatal("timer");
}

struct setup *
setup_new(struct suite *suite)
{
	struct setup	*s = calloc(1, sizeof(*s));

	if (s == NULL || (s->timer = event_new(suite->base, -1, 0, on_timer, s)) == NULL)
		fatal("setup");
	s->suite = suite;
	s->out = -1;
	s->ended_ms = now_ms() - PAUSE_MS;
	return s;
}

bool
setup_busy(const struct setup *s)
{
	return s->pid != 0;
}

/* All of it fits into a pipe, so nobody waits for anybody. */
static int
write_lines(const struct suite *suite, int fd)
{
	const struct conf	*conf = &suite->conf;

	if (suite->kernel.on && dprintf(fd, "kernel %s\n", suite->kernel.name) < 0)
		return -1;
	for (unsigned i = 0; i < conf->lifelines; i++) {
		const struct lifeline *l = &conf->lifeline[i];

		if (dprintf(fd, "%s %u %s/%u\n", l->udp ? "udp" : "tcp", l->port, l->net,
		    l->prefix) < 0)
			return -1;
	}
	return 0;
}

/* Answers to an earlier run that was ended early would be taken for this one's. */
static void
drain_guard(int fd)
{
	char	rubbish[4096];

	while (recv(fd, rubbish, sizeof(rubbish), MSG_DONTWAIT) > 0)
		continue;
}

static void
run(struct setup *s)
{
	struct suite	*suite = s->suite;
	struct spawn	 what;
	int		 in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1 ||
	    pipe2(err, O_CLOEXEC) == -1)
		fatal("pipe");
	if (write_lines(suite, in[1]) == -1)
		fatal("lifelines");
	drain_guard(suite->held.guard);
	spawn_init(&what, &row_setup, suite->held.setup);
	what.verb = s->releasing ? "release" : "load";
	what.fd[STDIN_FILENO] = in[0];
	what.fd[STDOUT_FILENO] = out[1];
	what.fd[STDERR_FILENO] = err[1];
	what.fd[FD_SETUP_GUARD] = suite->held.guard;
	what.fd[FD_SETUP_EXISTING] = suite->held.existing;
	what.fd[FD_SETUP_KERNEL] = suite->kernel.on ? suite->kernel.folder : suite->kernel.none;
	s->pid = spawn(&what);
	if (s->pid == -1)
		fatal("fork");
	(void)close(in[0]);
	(void)close(in[1]);
	(void)close(out[1]);
	(void)close(err[1]);
	s->out = out[0];
	s->err = lines_new(suite->base, err[0], "setup");
	s->again = false;
	s->is_release = s->releasing;
	set_timer(s, TIME_MAX_MS);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct setup	*s = ctx;

	(void)fd;
	(void)what;
	if (s->pid == 0) {
		run(s);
		return;
	}
	log_warnx("bulwark-setup takes too long: ended");
	/* It leads a session of its own: with what it started. */
	(void)kill(-s->pid, SIGKILL);
	(void)kill(s->pid, SIGKILL);
}

static void
run_soon(struct setup *s, int64_t pause)
{
	int64_t	wait = s->ended_ms + pause - now_ms();

	set_timer(s, wait > 0 ? wait : 0);
}

void
setup_again(struct setup *s)
{
	if (s->releasing)
		return;
	if (s->pid != 0)
		s->again = true;
	else if (!event_pending(s->timer, EV_TIMEOUT, NULL))
		run_soon(s, PAUSE_MS);
}

/* Asked for again with each child that ends: the pause before the next try stays. */
void
setup_release(struct setup *s)
{
	if (s->releasing)
		return;
	s->releasing = true;
	s->tries = 0;
	if (s->pid == 0)
		run_soon(s, 0);
}

int
setup_parse(const char *line, struct control_rules *rules)
{
	static const struct {
		const char	*word;
		uint8_t		 state;
	} words[] = {
		{ "loaded ", RULES_LOADED },
		{ "kept ", RULES_KEPT },
		{ "put-back ", RULES_PUT_BACK },
	};
	const char	*guard = NULL, *reason = "";

	*rules = (struct control_rules){ .state = 0 };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(line, words[i].word, strlen(words[i].word)) == 0) {
			rules->state = words[i].state;
			guard = line + strlen(words[i].word);
		}
	if (guard == NULL)
		return -1;
	rules->guard = strcmp(guard, "guard") == 0;
	if (!rules->guard) {
		if (strncmp(guard, "no-guard ", 9) != 0 || guard[9] == '\0')
			return -1;
		reason = guard + 9;
	}
	rules->len = (uint16_t)strnlen(reason, sizeof(rules->text));
	memcpy(rules->text, reason, rules->len);
	return 0;
}

/* What it printed, without the newline; "" if that was not exactly one line. */
static void
read_line(struct setup *s, char *line, size_t size)
{
	ssize_t	n;
	size_t	len = 0;

	if (fcntl(s->out, F_SETFL, O_NONBLOCK) == -1)
		fatal("pipe");
	n = read(s->out, line, size - 1);
	if (n > 0 && memchr(line, '\n', (size_t)n) == line + n - 1)
		len = text_printable(line, (size_t)n - 1, false);
	line[len] = '\0';
}

static void
rules_failed(struct control_rules *rules, const char *line, int status)
{
	int	n;

	*rules = (struct control_rules){ .state = RULES_FAILED };
	if (line[0] != '\0')
		n = snprintf(rules->text, sizeof(rules->text), "%s", line);
	else if (WIFSIGNALED(status))
		n = snprintf(rules->text, sizeof(rules->text), "ended by signal %d",
		    WTERMSIG(status));
	else
		n = snprintf(rules->text, sizeof(rules->text), "exit status %d",
		    WEXITSTATUS(status));
	rules->len = (uint16_t)strnlen(rules->text, n < 0 ? 0 : sizeof(rules->text) - 1);
}

/* Said when it changes, or when something happened to the rules. */
static void
say_rules(const struct control_rules *is, const struct control_rules *was)
{
	if (is->state == RULES_FAILED && was->state == RULES_FAILED &&
	    strcmp(is->text, was->text) == 0)
		return;
	if (is->state == RULES_FAILED)
		log_warnx("rules: %.*s", is->len, is->text);
	else if (is->state == RULES_PUT_BACK)
		log_warnx("rules had been changed by somebody: put back");
	else if (was->state == 0 || was->state == RULES_FAILED)
		log_info("rules are loaded");
	if (is->state != RULES_FAILED && !is->guard &&
	    (was->guard || was->state == 0 || was->state == RULES_FAILED))
		log_warnx("no guard table: %.*s", is->len, is->text);
}

/* Before the first process started there is nothing to go on with. */
static void
load_failed(struct setup *s)
{
	if (s->suite->phase == SUITE_LOADING && ++s->tries == TRIES) {
		s->tries = 0;
		suite_give_up(s->suite);
	} else {
		run_soon(s, RETRY_MS);
	}
}

static void
load_ended(struct setup *s, const char *line, int status)
{
	struct control_rules	rules;
	bool			well = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (!well || setup_parse(line, &rules) == -1)
		rules_failed(&rules, line, status);
	if (rules.state == RULES_LOADED)
		held_seal_existing(s->suite);
	say_rules(&rules, &s->suite->rules);
	s->suite->rules = rules;
	if (s->releasing)
		run_soon(s, 0);
	else if (rules.state == RULES_FAILED)
		load_failed(s);
	else if (s->again)
		run_soon(s, PAUSE_MS);
	if (rules.state != RULES_FAILED)
		suite_loaded(s->suite);
	status_rules(s->suite);
}

static void
release_ended(struct setup *s, const char *line, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		log_info("rules are removed");
		suite_ended(s->suite);
		return;
	}
	log_warnx("rules could not be removed: %s", line[0] != '\0' ? line : "it ended early");
	if (++s->tries < TRIES) {
		run_soon(s, RETRY_MS);
		return;
	}
	s->suite->exit_status = 1;
	suite_ended(s->suite);
}

bool
setup_reaped(struct setup *s, pid_t pid, int status)
{
	char	line[CONTROL_LOG_BYTES];

	if (s->pid == 0 || pid != s->pid)
		return false;
	read_line(s, line, sizeof(line));
	(void)close(s->out);
	lines_free(s->err);
	(void)event_del(s->timer);
	s->pid = 0;
	s->out = -1;
	s->err = NULL;
	s->ended_ms = now_ms();
	if (s->is_release)
		release_ended(s, line, status);
	else
		load_ended(s, line, status);
	return true;
}
