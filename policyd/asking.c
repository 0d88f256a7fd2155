/*
 * See asking.h.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "asking.h"
#include "choice_file.h"
#include "clock.h"
#include "current.h"
#include "programs.h"
#include "sandbox.h"
#include "tell.h"

#define LET		4096u	/* flows that live by an answer for them alone */
#define READ_MS		10000	/* a file is read, and its policy in force, long before */
#define REVOKE_MS	1000	/* answers make no more generations than one in so long */

static const struct asking_ops	*ops;
static struct event		*late;		/* something has waited long enough */
static struct event		*revoke;
static struct memory		 memory;
static struct agents		 agents;
static uint64_t			 let[LET];	/* by id; 0: none. Another one takes the place */
static int64_t			 due_ms;	/* when late goes off; 0: not */
static int64_t			 revoked_ms;

int64_t
asking_now_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

const struct memory *
asking_memory(void)
{
	return &memory;
}

const struct agents *
asking_agents(void)
{
	return &agents;
}

/* --- flows that were let for once --- */

static uint64_t *
let_place(uint64_t flow)
{
	return &let[(flow * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (LET - 1)];
}

void
asking_let_once(uint64_t flow)
{
	*let_place(flow) = flow;
}

bool
asking_was_let_once(uint64_t flow)
{
	return *let_place(flow) == flow;
}

void
asking_flow_ended(uint64_t flow)
{
	if (*let_place(flow) == flow)
		*let_place(flow) = 0;
}

/* --- what waits --- */

static bool
somebody_answers(uint32_t uid)
{
	return agents_have(&agents, 0) || agents_have(&agents, uid);
}

/* The timer goes off when the next one has waited long enough. */
static void
set_timer(int64_t until_ms)
{
	struct timeval wait;
	int64_t left;

	if (due_ms != 0 && due_ms <= until_ms)
		return;
	due_ms = until_ms;
	left = until_ms - asking_now_ms();
	left = left < 1 ? 1 : left;
	wait = (struct timeval){ .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
	(void)event_add(late, &wait);
}

static void
begin_waiting(struct prompt *p)
{
	if (p->waiting)
		return;
	p->waiting = true;
	p->until_ms = asking_now_ms() + PROMPT_MS;
	set_timer(p->until_ms);
	ops->told(p, false);
}

static void
stop_waiting(struct prompt *p)
{
	if (!p->waiting)
		return;
	p->waiting = false;
	ops->told(p, false);
}

/*
 * The prompt that this decision waits for; NULL: it is refused, and d says why. again:
 * it is about what lives already, and is not kept waiting.
 */
static struct prompt *
prompt_for(const struct facts *f, struct decision *d, bool again)
{
	struct prompt_time now = { asking_now_ms(), clock_us(CLOCK_REALTIME) };
	struct decision supposed;
	struct facts yes = *f;
	struct prompt *p;
	bool fresh;

	yes.suppose = true;
	decide(&yes, current_policy(), level_now(), &supposed);
	if (supposed.ask || d->asker == NULL)
		return NULL;
	if (supposed.action == ACTION_BLOCK || supposed.action == ACTION_DROP ||
	    supposed.action == ACTION_NAMESERVER) {
		*d = supposed;
		return NULL;
	}
	if ((p = prompts_ask(f, d, &now)) == NULL) {
		d->step[d->steps - 1].asked = ASKED_TOO_MANY;
		return NULL;
	}
	fresh = p->times == 1;
	if (!again && somebody_answers(p->about.uid))
		return p;
	if (fresh)
		ops->told(p, false);
	return NULL;
}

static struct wait *
wait_for(struct prompt *p, struct decision *d)
{
	struct wait *w = prompts_wait(p);

	if (w == NULL) {
		d->step[d->steps - 1].asked = ASKED_TOO_MANY;
		return NULL;
	}
	begin_waiting(p);
	w->process = d->asker->id;
	return w;
}

bool
asking_flow(const struct decide_request *r, const struct facts *f, struct decision *d)
{
	struct prompt *p = prompt_for(f, d, r->again);
	struct wait *w = p == NULL ? NULL : wait_for(p, d);

	if (w == NULL)
		return false;
	w->is_flow = true;
	w->flow = *r;
	w->until_ms = p->until_ms;
	set_timer(w->until_ms);
	return true;
}

bool
asking_question(uint32_t number, const struct names_ask *ask, const struct facts *f, struct decision *d,
    int64_t until_ms)
{
	struct prompt *p = prompt_for(f, d, false);
	struct wait *w = p == NULL ? NULL : wait_for(p, d);

	if (w == NULL)
		return false;
	w->question = number;
	w->ask = *ask;
	w->until_ms = until_ms != 0 ? until_ms : asking_now_ms() + QUESTION_MS;
	set_timer(w->until_ms);
	return true;
}

/* Takes it off its list; then it is decided, and maybe waits again. */
static void
decide_anew(struct wait *w)
{
	struct wait copy = *w;

	prompts_release(w);
	if (copy.is_flow)
		ops->flow(&copy.flow);
	else
		ops->question(copy.question, &copy.ask, copy.until_ms);
}

static void
refuse(struct wait *w, enum asked why)
{
	struct wait copy = *w;

	prompts_release(w);
	if (copy.is_flow)
		ops->flow_refused(&copy.flow, why);
	else
		ops->question_refused(copy.question, why);
}

static void
refuse_all(struct prompt *p, enum asked why)
{
	struct wait *w;

	stop_waiting(p);
	while ((w = TAILQ_FIRST(&p->list)) != NULL)
		refuse(w, why);
}

/* Questions of this prompt whose program has waited long enough. */
static void
send_later(struct prompt *p, int64_t now)
{
	struct wait *w, *next;
	uint32_t number;

	for (w = TAILQ_FIRST(&p->list); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (w->is_flow || w->until_ms > now)
			continue;
		number = w->question;
		prompts_release(w);
		ops->question_later(number);
	}
}

/* When the next of this prompt is due; INT64_MAX: nothing of it waits. */
static int64_t
next_due(const struct prompt *p)
{
	int64_t next = p->waiting ? p->until_ms : INT64_MAX;
	struct wait *w;

	TAILQ_FOREACH(w, &p->list, entry)
		if (w->until_ms < next)
			next = w->until_ms;
	return next;
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	int64_t now = asking_now_ms(), next;

	(void)fd;
	(void)what;
	(void)arg;
	due_ms = 0;
	for (struct prompt *p = prompts_first(); p != NULL; p = prompts_next(p)) {
		send_later(p, now);
		if (p->waiting && p->until_ms <= now)
			refuse_all(p, ASKED_LATE);
		if ((next = next_due(p)) != INT64_MAX)
			set_timer(next);
	}
}

/*
 * Each that waits is decided once, though it may wait again, for this prompt or a new
 * one. A prompt that nothing waits for any more asks for nothing that is still refused.
 */
void
asking_anew(void)
{
	struct prompt *p, *next;
	struct wait *w;
	unsigned waits;

	for (p = prompts_first(); p != NULL; p = next) {
		waits = p->waits;
		for (unsigned i = 0; i < waits && (w = TAILQ_FIRST(&p->list)) != NULL; i++)
			decide_anew(w);
		next = prompts_next(p);
		if (waits > 0 && p->waits == 0)
			prompts_drop(p);
	}
}

void
asking_process_gone(uint64_t process, bool ended)
{
	const struct program *gone;
	struct prompt *p, *next;
	struct wait *w, *after;

	if (memory.count > 0 && (gone = programs_find(process)) != NULL)
		memory_gone(&memory, gone, ended);
	for (p = prompts_first(); p != NULL; p = next) {
		next = prompts_next(p);
		for (w = TAILQ_FIRST(&p->list); w != NULL; w = after) {
			after = TAILQ_NEXT(w, entry);
			if (w->process == process)
				refuse(w, ASKED_NOBODY);
		}
		if (p->waits == 0 && p->about.process.id == process)
			stop_waiting(p);
		if (p->waits == 0 && p->about.process.id == process && !p->vouched)
			prompts_drop(p);
	}
}

/* Those who waited are not there to hear of it. */
static void
forget(bool flows)
{
	struct wait *w, *after;

	for (struct prompt *p = prompts_first(); p != NULL; p = prompts_next(p)) {
		for (w = TAILQ_FIRST(&p->list); w != NULL; w = after) {
			after = TAILQ_NEXT(w, entry);
			if (w->is_flow == flows)
				prompts_release(w);
		}
		if (p->waits == 0)
			stop_waiting(p);
	}
}

void
asking_ids_lost(void)
{
	struct prompt *p, *next;

	memory_forget_allowed(&memory);
	for (p = prompts_first(); p != NULL; p = next) {
		next = prompts_next(p);
		if (p->waits == 0 && !p->vouched)	/* it is about an id alone */
			prompts_drop(p);
	}
}

void
asking_flows_lost(void)
{
	forget(true);
	asking_ids_lost();
	memset(let, 0, sizeof let);
}

void
asking_questions_lost(void)
{
	forget(false);
}

/* --- agents --- */

static void
on_revoke(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	revoked_ms = asking_now_ms();
	current_judge_anew();
}

void
asking_judge_anew(void)
{
	int64_t left = revoked_ms + REVOKE_MS - asking_now_ms();
	struct timeval wait;

	if (event_pending(revoke, EV_TIMEOUT, NULL))
		return;
	left = left < 0 || left > REVOKE_MS ? 0 : left;
	wait = (struct timeval){ .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
	(void)event_add(revoke, &wait);
}

void
asking_agent(uint32_t uid, bool there)
{
	bool changed = there ? agents_add(&agents, uid) : agents_remove(&agents, uid);

	if (!changed)
		return;
	for (struct prompt *p = prompts_first(); p != NULL; p = prompts_next(p))
		if (p->waiting && !somebody_answers(p->about.uid))
			refuse_all(p, ASKED_NOBODY);
	if (policy_has_flag(current_policy(), FLAG_USER))
		asking_judge_anew();
}

/* --- answers --- */

static bool
is_answered(const struct prompt *p, const struct choice *c)
{
	const struct choice *a = &p->about;

	if (a->uid != c->uid || strcmp(a->path, c->path) != 0 || c->action == RULE_ASK ||
	    (c->filed && !file_is_same(&c->file, &a->file)))
		return false;
	return (c->process.id == 0 ? p->vouched : is_same_process(&a->process, &c->process)) && choice_covers(c, a);
}

static void
drop_answered(const struct choice *c)
{
	struct prompt *p, *next;

	for (p = prompts_first(); p != NULL; p = next) {
		next = prompts_next(p);
		if (p->waits == 0 && is_answered(p, c))
			prompts_drop(p);
	}
}

/* How long from now, by the clock that tells how long the machine has run. */
static int64_t
end_of(const struct choice *c)
{
	return c->life == LIFE_TIME ? asking_now_ms() + (c->until_s * 1000 - clock_us(CLOCK_REALTIME) / 1000) : 0;
}

/* A file that was written counts when its policy is built. If there is no room in memory it counts then. */
static void
keep_until_read(const struct choice *c)
{
	static struct choice written;

	written = *c;
	written.life = LIFE_ALWAYS;
	if (memory_add(&memory, &written, asking_now_ms(), asking_now_ms() + READ_MS) == -1)
		(void)memory_cover(&memory, c);
}

const char *
asking_choose(const struct choice *c, const char *why, bool *kept)
{
	bool lasting = c->life == LIFE_TIME || c->life == LIFE_ALWAYS;

	*kept = true;
	if (lasting && choice_file_write(c, why) == 0) {
		keep_until_read(c);
		current_reload();
	} else if (memory_add(&memory, c, asking_now_ms(), end_of(c)) == -1)
		return "there are as many answers for this program or user as can be kept: let some end, or remove lines";
	else
		*kept = !lasting;
	asking_anew();
	drop_answered(c);
	if (c->action != RULE_ALLOW || c->life != LIFE_ONCE)
		asking_judge_anew();
	return NULL;
}

/* Of those who chose as this one says. */
static int
forget_of(const struct choice *c, unsigned *count)
{
	unsigned lines;

	if (choice_file_forget(c, &lines) == -1)
		return -1;
	*count += lines + memory_cover(&memory, c);
	return 0;
}

const char *
asking_forget(const struct choice *c, unsigned *count)
{
	struct choice sessions = *c;
	int result;

	sessions.root = false;
	*count = 0;
	result = forget_of(&sessions, count);
	if (result == 0 && c->root)
		result = forget_of(c, count);
	if (*count > 0) {
		current_reload();
		asking_anew();
		asking_judge_anew();
	}
	if (result == -1)
		return "the file of answers can't be changed: the log says why";
	return *count > 0 ? NULL : "nothing of that was answered, or not by a line as answers make them: "
	    "'bulwarkctl answers' lists what was";
}

void
asking_tick(void)
{
	if (memory_tick(&memory, asking_now_ms()))
		asking_judge_anew();
}

/* --- life --- */

static void
on_gone(const struct prompt *p)
{
	ops->told(p, true);
}

void
asking_start(struct event_base *base, const struct asking_ops *o)
{
	ops = o;
	prompts_start(on_gone);
	late = event_new(base, -1, 0, on_late, NULL);
	revoke = event_new(base, -1, 0, on_revoke, NULL);
	if (late == NULL || revoke == NULL)
		fatalx("no event for prompts");
}
