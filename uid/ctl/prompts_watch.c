/*
 * prompts --watch: this process is an agent. On a terminal a prompt is answered with
 * one key; else each change is a line. Pings are answered, so that policyd knows that
 * somebody is there.
 */
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "fields.h"
#include "prompts.h"
#include "reader.h"

#define READ_MS	400	/* a prompt that came just now is not what a key was meant for */

struct watching {
	const struct options *o;
	struct reader	*r;
	json_t		*waiting;	/* by id, in the order in which they came */
	char		 current[24];	/* the one that is shown; "" : none */
	int64_t		 since_ms;	/* since then */
	bool		 keys;		/* stdin and stdout are terminals */
	bool		 whole;		/* answers are about the application */
	const char	*sent;		/* what was answered and not acknowledged yet; NULL: nothing */
	struct termios	 before;
};

/* If it fails, so does what is read next. */
static void
say(const struct watching *w, json_t *request)
{
	(void)reader_send(w->r, request);
}

static int64_t
now_ms(void)
{
	struct timespec	now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first that waits, with what may be answered; not before the last answer is acknowledged. */
static void
show_current(struct watching *w)
{
	static struct line	 l;
	const char		*id;
	json_t			*p;
	void			*first = json_object_iter(w->waiting);

	if (w->sent != NULL)
		return;
	if (!w->keys || first == NULL) {
		w->current[0] = '\0';
		return;
	}
	id = json_object_iter_key(first);
	p = json_object_iter_value(first);
	if (strcmp(id, w->current) == 0)
		return;
	(void)snprintf(w->current, sizeof(w->current), "%s", id);
	w->since_ms = now_ms();
	line_start(&l, stdout);
	line_wrap(&l, 4);
	line_colour(&l, BOLD);
	line_put(&l, "? ");
	line_colour(&l, PLAIN);
	prompt_put(&l, p);
	line_end(&l);
	line_start(&l, stdout);
	line_wrap(&l, 4);
	line_print(&l, "    %s: a allow once, x until it ends, t for 15 minutes, A always; d deny once, D always; p %s; "
	    "s later; q quit (%zu waiting)", w->whole ? "application" : "destination",
	    w->whole ? "the destination alone" : "the whole application", json_object_size(w->waiting));
	line_end(&l);
}

static void
show_line(const struct watching *w, const json_t *object)
{
	static struct line	l;

	if (w->o->json) {
		show_json(object);
		return;
	}
	if (w->keys || strcmp(type_of(object), "prompt") != 0)
		return;
	line_start(&l, stdout);
	line_print(&l, "%s %s ", text_of(object, "id"), text_of(object, "state"));
	prompt_put(&l, object);
	line_end(&l);
}

static void
tell(const struct watching *w, const char *text)
{
	if (w->keys)
		(void)printf("    %s\n", text);
}

/* An answer to what was sent, or a refusal to be watched at all. */
static enum ctl_exit
on_reply(struct watching *w, const json_t *object)
{
	const char	*sent = w->sent;

	w->sent = NULL;
	if (!true_of(object, "ok")) {
		w->current[0] = '\0';		/* is shown again */
		return complain(w->o, EXIT_DENIED, "%s", text_of(object, "error"));
	}
	if (sent != NULL)
		tell(w, sent);
	if (json_is_false(json_object_get(object, "kept")))
		return complain(w->o, EXIT_FAILED, "it holds now but could not be written down");
	return EXIT_OK;
}

static void
on_prompt(struct watching *w, const json_t *p)
{
	const char	*id = text_of(p, "id");

	if (strcmp(text_of(p, "state"), "waiting") == 0)
		(void)json_object_set(w->waiting, id, (json_t *)(uintptr_t)p);
	else {
		if (strcmp(id, w->current) == 0)
			tell(w, "its time is over: refused; 'bulwarkctl prompts' lists it");
		(void)json_object_del(w->waiting, id);
	}
}

/* Answered here, elsewhere, or its program has ended. */
static void
on_gone(struct watching *w, const char *id)
{
	if (strcmp(id, w->current) == 0 && w->sent == NULL)
		tell(w, "it was answered elsewhere, or its program ended");
	(void)json_object_del(w->waiting, id);
}

static enum ctl_exit
on_object(struct watching *w, const json_t *object)
{
	const char	*type = type_of(object);

	if (strcmp(type, "ping") == 0) {
		say(w, json_pack("{s:s}", "verb", "pong"));
		return EXIT_OK;
	}
	if (type[0] == '\0') {
		enum ctl_exit	status = on_reply(w, object);

		show_current(w);
		return status;
	}
	if (strcmp(type, "end") == 0 && json_object_size(w->waiting) == 0)
		tell(w, "nothing waits for an answer just now; what comes is shown here; q quit");
	show_line(w, object);
	if (strcmp(type, "prompt") == 0)
		on_prompt(w, object);
	else if (strcmp(type, "gone") == 0)
		on_gone(w, text_of(object, "id"));
	else if (strcmp(type, "anew") == 0)
		(void)json_object_clear(w->waiting);
	show_current(w);
	return EXIT_OK;
}

static void
answer(struct watching *w, const char *word, const char *life, const char *done)
{
	if (w->current[0] == '\0' || w->sent != NULL || now_ms() - w->since_ms < READ_MS)
		return;
	w->sent = done;
	say(w, json_pack("{s:s, s:s, s:s, s:s, s:s}", "verb", "answer", "id", w->current, "answer", word, "what",
	    w->whole ? "application" : "destination", "for", life));
	w->whole = false;
}

/* False: no more. */
static bool
on_key(struct watching *w)
{
	static const struct { char key; const char *answer, *life, *done; } keys[] = {
		{ 'a', "allow", "once", "allowed once" }, { 'x', "allow", "exit", "allowed until it ends" },
		{ 't', "allow", "15m", "allowed for 15 minutes" }, { 'A', "allow", "always", "allowed always" },
		{ 'd', "deny", "once", "denied once" }, { 'D', "deny", "always", "denied always" },
	};
	char	key;

	if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q')
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			answer(w, keys[i].answer, keys[i].life, keys[i].done);
	if (key == 's')
		(void)json_object_del(w->waiting, w->current);
	if (key == 'p') {
		w->whole = !w->whole;
		w->current[0] = '\0';
	}
	show_current(w);
	return true;
}

static enum ctl_exit
loop(struct watching *w)
{
	enum ctl_exit	 status = EXIT_OK;
	json_t		*object;

	for (;;) {
		(void)fflush(stdout);
		if (w->keys && !reader_ready(w->r, STDIN_FILENO)) {
			if (!on_key(w))
				return EXIT_OK;
			continue;
		}
		if ((object = reader_next(w->r, 0)) == NULL)
			break;
		status = on_object(w, object);
		json_decref(object);
		if (status == EXIT_DENIED && !w->keys)
			return status;
		if (ferror(stdout))
			return EXIT_FAILED;
	}
	return complain(w->o, EXIT_DOWN, "the suite closed the connection: is it restarting?");
}

/* Keys come one by one, and signals as ever. */
static void
terminal_begin(struct watching *w)
{
	struct termios	raw;

	w->keys = !w->o->json && isatty(STDIN_FILENO) == 1 && show_on_terminal() &&
	    tcgetattr(STDIN_FILENO, &w->before) == 0;
	if (!w->keys)
		return;
	raw = w->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

enum ctl_exit
prompts_watch(const struct options *o)
{
	struct watching	w = { .o = o };
	enum ctl_exit	status = EXIT_FAILED;

	if ((w.r = reader_open(o, "steer.sock", &status)) == NULL)
		return status;
	w.waiting = json_object();
	terminal_begin(&w);
	say(&w, json_pack("{s:s}", "verb", "watch"));
	status = loop(&w);
	if (w.keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &w.before);
	json_decref(w.waiting);
	reader_close(w.r);
	return status;
}
