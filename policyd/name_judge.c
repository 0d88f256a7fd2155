/*
 * See name_judge.h. Called by names_server.c. Who asks is what intercept said; resolverd is believed nothing here.
 */
#include <stdio.h>
#include <string.h>

#include "asking.h"
#include "clock.h"
#include "current.h"
#include "gather.h"
#include "judge.h"
#include "machine_names.h"
#include "name_judge.h"
#include "names_server.h"
#include "programs.h"
#include "registrable.h"
#include "tell.h"

/* One-to-one (splitmix64's last step), so that nobody can choose a file whose number is another's. */
static uint64_t
mixed(uint64_t n)
{
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
	n = (n ^ n >> 27) * 0x94d049bb133111ebu;
	return n ^ n >> 31;
}

/* What one program asked is no news to its other processes. */
static uint64_t
number_of(const struct program *p)
{
	uint64_t n = p->ino == 0 ? p->id : mixed(mixed(mixed(p->ino) ^ p->dev) ^ p->uid);

	return n == 0 ? 1 : n;
}

/* Never 0: 0 alone is mixed to 0. */
static uint64_t
user_number(const struct program *p)
{
	return mixed((uint64_t)p->uid + 1);
}

/* Of g are set: sift, if it also hangs on the answer's addresses, and lists that count. */
static bool
permits(struct facts *f, const char *name, struct names_grant *g)
{
	struct decision d;

	facts_set_name(f, name, (uint16_t)strlen(name));
	decide(f, current_policy(), level_now(), &d);
	g->sift |= d.by_address;
	g->lists |= d.lists;
	return d.action == ACTION_ACCEPT && !d.named && !d.ask && !d.once;
}

/* May it reach what it asks for by such names no more? */
static bool
refuses_machine_names(const struct program *p, const struct facts *named)
{
	static const struct tuple nobody;
	struct facts f;
	struct decision d;

	facts_question(&f, &nobody, p);
	facts_set_name(&f, named->name, named->name_len);
	f.machine_made = true;
	decide(&f, current_policy(), level_now(), &d);
	return decision_reason(&d)->say == SAY_MACHINE_NAMES;
}

/*
 * Once a program asks for too many machine-made names, each of its questions is judged, and so is what lives
 * by such a name.
 */
void
name_asked(const struct program *p, const struct facts *f)
{
	if (!machine_names_asked(p, f, clock_s(CLOCK_MONOTONIC)))
		return;
	tell_notice(UI_WARN, "%.*s asks for many machine-made names below %s: data may leave in them", p->path_len,
	    p->path, f->name + f->zone);
	names_server_revoke();
	if (refuses_machine_names(p, f))
		asking_judge_anew();
}

/*
 * Where no rule speaks of names (named), a question's verdict hangs on whether it is one of
 * the Internet or of the local network: if both are permitted, all are.
 */
static bool
permits_all(const struct facts *question, struct names_grant *g)
{
	struct facts f = *question;

	g->sift = false;
	g->lists = 0;
	return permits(&f, "a.example.org", g) && permits(&f, "a.internal", g);
}

static enum name_judged
refuse(struct names_verdict *v, const char *why, enum name_judged how)
{
	*v = (struct names_verdict){ .word = NAMES_REFUSE };
	(void)snprintf(v->reason, sizeof v->reason, "%s", why);
	return how;
}

static void
say_why(const struct decision *d, const struct facts *f, const struct machine_figure *figure, struct names_verdict *v)
{
	if (decision_reason(d)->say == SAY_MACHINE_NAMES)
		(void)snprintf(v->reason, sizeof v->reason, "%u machine-made names, %u bytes, below %s "
		    "(setting machine-names)", figure->names, figure->bytes, f->name + f->zone);
	else
		say_reason(decision_reason(d), v->reason, sizeof v->reason);
}

static const struct program *
asker(const struct notice *n)
{
	return n->process == 0 || n->ended ? NULL : programs_find(n->process);
}

enum name_judged
name_judge(uint32_t id, const struct names_ask *ask, struct notice *n, int64_t until_ms, struct names_verdict *v)
{
	const struct program	*p = asker(n);
	struct decision		 d;
	struct machine_figure	 figure;
	struct names_grant	 g;
	struct facts		 f;

	if (p == NULL)
		return refuse(v, n->process == 0 ? "more than one program holds its socket" :
		    n->ended ? "its program has ended" : "its program could not be found", NAME_JUDGED);
	if (p->found->unlooked)
		return refuse(v, "what acts in its program is not known yet", NAME_UNLOOKED);
	*v = (struct names_verdict){ .asker = n->process, .program = number_of(p), .user = user_number(p) };
	facts_question(&f, &ask->tuple, p);
	f.qtype = ask->qtype;
	if (strcmp(ask->name, ".") != 0)
		facts_set_name(&f, ask->name, (uint16_t)strlen(ask->name));
	name_asked(p, &f);
	f.machine_made = machine_names_many(p, &f, clock_s(CLOCK_MONOTONIC), &figure);
	decide(&f, current_policy(), level_now(), &d);
	if (d.ask && asking_question(id, ask, &f, &d, until_ms))
		return NAME_WAITS;
	v->word = d.action == ACTION_ACCEPT ? NAMES_RESOLVE : NAMES_BLOCK;
	v->grant = v->word == NAMES_RESOLVE && !machine_names_any(p, clock_s(CLOCK_MONOTONIC)) && permits_all(&f, &g);
	v->sift = v->word == NAMES_RESOLVE && (d.by_address || (v->grant && g.sift));
	v->lists = v->word != NAMES_RESOLVE ? 0 : v->grant ? g.lists : d.lists;
	n->granted |= v->grant;
	if (v->word != NAMES_RESOLVE)
		say_why(&d, &f, &figure, v);
	return NAME_JUDGED;
}

bool
name_lend(const struct notice *n, struct names_grant *g)
{
	const struct program	*p = asker(n);
	struct facts		 f;

	if (p == NULL)
		return false;
	*g = (struct names_grant){ .tuple = n->client, .asker = n->process, .program = number_of(p),
				   .user = user_number(p) };
	facts_question(&f, &n->client, p);
	return !machine_names_any(p, clock_s(CLOCK_MONOTONIC)) && permits_all(&f, g);
}
