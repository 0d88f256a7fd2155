/*
 * Status; see status.h.
 */
#include <stdio.h>

#include "asking.h"
#include "current.h"
#include "decide_server.h"
#include "facts.h"
#include "machine.h"
#include "name_lists.h"
#include "name_servers.h"
#include "scope.h"
#include "selfcheck.h"
#include "status.h"
#include "tell.h"
#include "watch.h"

static uint8_t	rules;		/* enum rules_state; 0: not heard yet */
static bool	guard;

static void
warn(struct ui_status *s, const char *text)
{
	if (s->warnings < UI_WARNINGS)
		(void)snprintf(s->warning[s->warnings++], UI_WARNING_BYTES, "%.*s",
		    UI_WARNING_BYTES - 1, text);
}

static void
warn_of_files(struct ui_status *s)
{
	const struct layers *l = current_layers();

	if (l->conf.broken)
		warn(s, l->conf.error);
	for (size_t i = 0; i < l->count && s->warnings < UI_WARNINGS; i++)
		if (l->slots[i].broken)
			warn(s, l->slots[i].error);
	if (l->too_many > 0)
		warn(s, "there are more profile files than are read");
}

/* Questions that nobody answers as they should be. */
static void
warn_of_names(struct ui_status *s)
{
	const struct own *own = machine_own();
	char text[UI_WARNING_BYTES];

	if (own->count == 0 ||
	    current_policy()->settings.value[SETTING_NAMESERVER][level_now()] != VALUE_ON)
		return;
	if (!own->doors) {
		(void)snprintf(text, sizeof text, "%s: names are asked past the suite", own->taken);
		warn(s, text);
	} else if (!upstreams_for_all_names(name_servers_now()))
		warn(s, "no server for names is known: name one in /etc/resolv.conf, or by resolver in "
		    "bulwark.conf");
	else if (name_servers_silent() != NULL)
		warn(s, name_servers_silent());
}

/* The weaker choice is named. */
static void
warn_of_sessions(struct ui_status *s)
{
	const struct policy *p = current_policy();
	char text[UI_WARNING_BYTES];

	if (p->session_may != SESSION_EVERYTHING)
		return;
	(void)snprintf(text, sizeof text, "%.120s:%u: session-may everything: any program of a user can allow itself all that "
	    "is asked, for good", p->session_where.file->shown, p->session_where.line);
	warn(s, text);
}

static void
count_prompts(struct ui_status *s)
{
	s->agents = asking_agents()->count;
	for (const struct prompt *p = prompts_first(); p != NULL; p = prompts_next(p))
		*(p->waiting ? &s->waiting : &s->unanswered) += 1;
}

static void
warn_of_list(void *s, const char *text)
{
	warn(s, text);
}

void
status_tell(void)
{
	const struct policy		*p = current_policy();
	const struct decide_counts	*c = decide_server_counts();
	struct ui_status		 s = {
		.level = (uint8_t)level_now(),
		.rules = rules,
		.guard = guard,
		.profiles = p->profiles_count,
		.broken_files = p->broken_files,
		.accepted = c->accepted,
		.blocked = c->blocked,
		.dropped = c->dropped,
		.rerouted = c->rerouted,
		.asked = c->asked,
		.granted = c->granted,
		.events_shed = c->shed + tell_shed(),
		.intercept = *decide_server_stats(),
	};

	(void)snprintf(s.level_why, sizeof s.level_why, "%s", level_why());
	count_prompts(&s);
	warn_of_files(&s);
	for (unsigned i = 0; i < p->warnings; i++)
		warn(&s, p->warning[i]);
	if (machine_links()->more)
		warn(&s, "this machine has more addresses than are known here: all others count as foreign");
	warn_of_names(&s);
	warn_of_sessions(&s);
	name_lists_wrong(warn_of_list, &s);
	if (selfcheck_wrong() != NULL)
		warn(&s, selfcheck_wrong());
	if (!watch_works())
		warn(&s, "the kernel does not tell of changed files: they are looked at every 2 s");
	tell_status(&s);
}

void
status_rules(const struct control_rules *r)
{
	if (rules == 0)
		decide_server_begins(r->state == RULES_LOADED);
	rules = r->state;
	selfcheck_rules(rules != RULES_FAILED);
	guard = r->guard;
	if (r->state == RULES_FAILED)
		tell_notice(UI_ALARM, "the kernel's rules could not be loaded: %.*s", r->len, r->text);
	else if (r->state == RULES_PUT_BACK)
		tell_notice(UI_WARN, "somebody removed or moved the kernel's rules; they were put back%s%.*s",
		    r->len > 0 ? ": " : "", r->len, r->text);
	else if (r->len > 0)
		tell_notice(UI_WARN, "rules: %.*s", r->len, r->text);
	status_tell();
}
