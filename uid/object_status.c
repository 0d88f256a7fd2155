/*
 * The object "status": how the suite is, and in plain words what is wrong
 * with it. People outside the group get no text that may hold paths.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "object.h"
#include "words.h"

#define STALE_MS	4000	/* policyd speaks every three seconds at least */

static void	problem(struct jw *, const char *, ...) __attribute__((format(printf, 2, 3)));

static void
problem(struct jw *j, const char *format, ...)
{
	char	text[256];
	va_list	ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	jw_string(j, NULL, text);
}

static unsigned
suite_problems(struct jw *j, const struct control_suite *suite)
{
	unsigned	n = 0;

	for (unsigned i = 0; i < suite->count; i++) {
		const struct control_suite_process	*p = &suite->process[i];

		if (p->state == STATE_RUNNING)
			continue;
		n++;
		problem(j, "%s is %s", p->name, word_state(p->state));
	}
	return n;
}

static unsigned
state_problems(struct jw *j, const struct ui_status *s, const struct viewer *viewer)
{
	unsigned	n = 0;

	if (s->rules == 0 && ++n)
		problem(j, "nothing is known about the rules yet");
	if (s->rules == RULES_FAILED && ++n)
		problem(j, "the rules could not be loaded");
	if (!s->guard && ++n)
		problem(j, "no guard table stands behind the rules");
	if (s->broken_files > 0 && ++n)
		problem(j, "%u profile or settings %s", s->broken_files,
		    s->broken_files == 1 ? "file has an error" : "files have errors");
	if (s->intercept.conntrack_full && ++n)
		problem(j, "the kernel's connection table is full");
	if (!viewer->all && s->warnings > 0 && ++n)
		problem(j, "%u %s: run as root or join group bulwark to read %s", s->warnings,
		    s->warnings == 1 ? "warning" : "warnings", s->warnings == 1 ? "it" : "them");
	if (viewer->all)
		for (unsigned i = 0; i < s->warnings; i++, n++)
			problem(j, "%s", s->warning[i]);
	return n;
}

static void
put_problems(struct jw *j, const struct store *store, const struct viewer *viewer,
    bool connected, int64_t age_ms)
{
	const struct ui_status	*status = store_status(store);
	unsigned		 n = 0;

	jw_open(j, "problems", '[');
	if (!connected && ++n)
		problem(j, "policyd is not connected");
	else if (status == NULL && ++n)
		problem(j, "policyd has not reported yet");
	else if (age_ms > STALE_MS && ++n)
		problem(j, "policyd is silent for %lld s", (long long)(age_ms / 1000));
	if (store_suite(store) != NULL)
		n += suite_problems(j, store_suite(store));
	if (status != NULL)
		n += state_problems(j, status, viewer);
	jw_close(j, ']');
	jw_bool(j, "ok", n == 0);
}

static void
put_counts(struct jw *j, const struct ui_status *s)
{
	jw_open(j, "flows", '{');
	jw_number(j, "accepted", s->accepted);
	jw_number(j, "blocked", s->blocked);
	jw_number(j, "dropped", s->dropped);
	jw_number(j, "rerouted", s->rerouted);
	jw_number(j, "asked", s->asked);
	jw_number(j, "granted", s->granted);
	jw_number(j, "waiting", s->intercept.waiting);
	jw_number(j, "live", s->intercept.live);
	jw_close(j, '}');
	jw_open(j, "queue", '{');
	jw_number(j, "packets", s->intercept.packets);
	jw_number(j, "denied_repeat", s->intercept.denied_repeat);
	jw_number(j, "shed_waiting", s->intercept.shed_waiting);
	jw_number(j, "overruns", s->intercept.overruns);
	jw_number(j, "malformed", s->intercept.malformed);
	jw_number(j, "dropped", s->intercept.queue_dropped);
	jw_number(j, "user_dropped", s->intercept.queue_user_dropped);
	jw_bool(j, "conntrack_full", s->intercept.conntrack_full);
	jw_close(j, '}');
	jw_open(j, "attribution", '{');
	jw_number(j, "grants", s->intercept.grants);
	jw_number(j, "processes", s->intercept.processes);
	jw_number(j, "users_waiting", s->intercept.socket_uids);
	jw_bool(j, "events", s->intercept.events);
	jw_close(j, '}');
	jw_open(j, "prompts", '{');
	jw_number(j, "agents", s->agents);
	jw_number(j, "waiting", s->waiting);
	jw_number(j, "unanswered", s->unanswered);
	jw_close(j, '}');
	jw_number(j, "events_shed", s->events_shed);
}

/* The parent loads it, intercept makes use of it: both have a say. */
static void
put_kernel(struct jw *j, const struct control_suite *suite, const struct ui_status *s)
{
	static const char *const	why[] = {
		[KERNEL_PATH_UNTOLD] = "intercept has not said yet whether it can use it",
		[KERNEL_PATH_NONE] = "it is loaded, but intercept has nothing of it",
		[KERNEL_PATH_WORKS] = "",
		[KERNEL_PATH_UNMAPPED] = "it is loaded, but intercept can't map its memory",
		[KERNEL_PATH_NO_NETWORK] = "it is loaded, but intercept can't tell in which network namespace it is",
		[KERNEL_PATH_NO_MAPS] = "it is loaded, but the kernel does not let intercept use its maps",
	};
	uint8_t				use = s == NULL ? KERNEL_PATH_UNTOLD : s->intercept.kernel;

	jw_open(j, "kernel", '{');
	jw_bool(j, "on", suite->kernel && use == KERNEL_PATH_WORKS);
	jw_string(j, "why", suite->kernel ? why[use] : suite->no_kernel);
	jw_close(j, '}');
}

static void
put_suite(struct jw *j, const struct control_suite *suite)
{
	jw_open(j, "processes", '[');
	for (unsigned i = 0; i < suite->count; i++) {
		const struct control_suite_process	*p = &suite->process[i];

		jw_open(j, NULL, '{');
		jw_text(j, "name", p->name, strnlen(p->name, sizeof(p->name)));
		jw_string(j, "state", word_state(p->state));
		jw_number(j, "pid", p->pid);
		jw_id(j, "start", p->start);
		jw_number(j, "uid", p->uid);
		jw_number(j, "restarts", p->restarts);
		jw_number(j, "rss_kib", p->rss_kib);
		jw_number(j, "landlock_abi", p->landlock_abi);
		jw_close(j, '}');
	}
	jw_close(j, ']');
}

static void
put_notices(struct jw *j, const struct store *store)
{
	jw_open(j, "notices", '[');
	for (uint32_t i = 0; i < store_notices(store); i++) {
		const struct ui_notice	*n = store_notice(store, i);

		jw_open(j, NULL, '{');
		jw_time(j, "time", n->time_us);
		jw_string(j, "level", word_notice(n->level));
		jw_text(j, "text", n->text, n->len < sizeof(n->text) ? n->len : sizeof(n->text));
		jw_close(j, '}');
	}
	jw_close(j, ']');
}

void
object_status(struct jw *j, const struct store *store, const struct viewer *viewer,
    bool connected, int64_t age_ms)
{
	const struct ui_status	*s = store_status(store);

	jw_open(j, NULL, '{');
	jw_string(j, "type", "status");
	put_problems(j, store, viewer, connected, age_ms);
	if (s != NULL) {
		jw_string(j, "level", word_level(s->level));
		jw_text(j, "level_why", s->level_why,
		    strnlen(s->level_why, sizeof(s->level_why)));
		jw_string(j, "rules", word_rules(s->rules));
		jw_bool(j, "guard", s->guard);
		jw_number(j, "profiles", s->profiles);
		jw_number(j, "broken_files", s->broken_files);
		jw_number(j, "warnings", s->warnings);
		put_counts(j, s);
	}
	if (store_suite(store) != NULL) {
		put_kernel(j, store_suite(store), s);
		put_suite(j, store_suite(store));
	}
	if (viewer->all)
		put_notices(j, store);
	jw_bool(j, "limited", !viewer->all);
	jw_end(j);
}
