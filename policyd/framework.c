/*
 * The search by frameworks; see framework.h. Made when a program is used for the first
 * time in a policy, never while a decision is made (keep_found.c, explain.c). All that
 * the program chose is bytes: a path counts only where whod found the file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "framework.h"
#include "identity.h"

#define LINE_BYTES	ARGUMENTS_BYTES

static const struct where nowhere;

struct search {
	const struct policy *policy;
	const struct program *program;
	struct found	*found;
	framework_tell	*tell;
	void		*ctx;
	/* Where it stands: a program's or a script's path, and what that says of its arguments. */
	const char	*path;
	size_t		 len;
	bool		 arguments;	/* are they its own? Not those of a parent */
	unsigned	 first;		/* the argument that is its name */
	unsigned	 level;		/* of parents */
	bool		 apart;		/* from the parents that follow, whatever they are merged with */
	uint32_t	 flags;		/* of a script */
};

static void __attribute__((format(printf, 4, 5)))
tell(const struct search *s, const struct profile *p, struct where where, const char *format, ...)
{
	char text[PATH_BYTES + 200];
	va_list ap;

	if (s->tell == NULL)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	s->tell(s->ctx, p, where, text);
}

static void
add(struct search *s, const struct profile *profile, bool overlay)
{
	struct found *f = s->found;

	if (f->also_count == FOUND_MOST)	/* can't be: FOUND_MOST counts them all */
		return;
	f->also[f->also_count].profile = profile;
	f->also[f->also_count++].overlay = overlay;
}

const struct profile *
framework_of(const struct policy *p, const char *path, size_t len)
{
	for (unsigned i = 0; i < p->frameworks_count; i++)
		if (framework_fits(p->frameworks[i], path, len))
			return p->frameworks[i];
	return NULL;
}

/* One that only leads elsewhere leaves the program as it would be without it. */
static bool
says_something(const struct profile *p)
{
	return p->flags_stated || p->connect.stated || p->listen.stated || p->domains.stated || p->fallback != 0 ||
	    p->level != 0 || p->tls != 0 || p->vendor_count > 0 || p->rules.count > 0;
}

/* The arguments from first on, joined by blanks. */
static size_t
join(const struct hints *h, unsigned first, char out[LINE_BYTES])
{
	const char *at = h->arguments, *end = at + h->arguments_len;
	size_t len;

	for (unsigned i = 0; i < first && at < end; i++)
		at += strlen(at) + 1;
	len = (size_t)(end - at);
	for (size_t i = 0; i < len; i++)
		out[i] = at[i] == '\0' ? ' ' : at[i];
	while (len > 0 && out[len - 1] == ' ')
		len--;
	return len;
}

struct piece {
	const char	*text;
	size_t		 len;
};

/* What the next piece of a template stands for; moves on. */
static struct piece
next_piece(const char **template, const char *line, const struct regex_groups *g, const struct hints *h)
{
	const char *at = *template;
	unsigned group;

	if (at[0] != '{') {
		*template += strcspn(at, "{");
		return (struct piece){ at, (size_t)(*template - at) };
	}
	if (at[1] == 'C') {
		*template += strlen("{CWD}");
		return (struct piece){ h->cwd, h->cwd_len };
	}
	*template += 3;
	group = (unsigned)(at[1] - '0');
	if (group >= g->count)
		return (struct piece){ "", 0 };
	return (struct piece){ line + g->from[group], g->to[group] - g->from[group] };
}

/* Returns its length, 0: too long, or a piece of it is empty. */
static size_t
fill(const char *template, const char *line, const struct regex_groups *g, const struct hints *h,
    char out[PATH_BYTES])
{
	size_t used = 0;

	while (*template != '\0') {
		struct piece p = next_piece(&template, line, g, h);

		if (p.len == 0 || used + p.len >= PATH_BYTES)
			return 0;
		memcpy(out + used, p.text, p.len);
		used += p.len;
	}
	out[used] = '\0';
	return used;
}

/* Is this how the program named its script? The folder counts where the argument is no whole path. */
static bool
names_script(const struct hints *h, const char *argument, const char *built, size_t len)
{
	size_t n = strlen(argument);

	if (argument[0] == '/')
		return n == len && memcmp(argument, built, len) == 0;
	return h->cwd_len + 1 + n == len && memcmp(built, h->cwd, h->cwd_len) == 0 &&
	    built[h->cwd_len] == '/' && memcmp(built + h->cwd_len + 1, argument, n) == 0;
}

/* The script that a path which was built means; whod has seen its file. SCRIPTS_MOST: none. */
static unsigned
script_of(const struct hints *h, unsigned first, const char *built, size_t len)
{
	const char *at = h->arguments, *end = at + h->arguments_len;
	unsigned number = 0;

	for (unsigned i = 0; i < h->scripts; i++) {
		for (; number < h->script[i].argument && at < end; number++)
			at += strlen(at) + 1;
		if (at < end && h->script[i].argument > first && names_script(h, at, built, len))
			return i;
	}
	return SCRIPTS_MOST;
}

/* What the arguments of a program lead to. */
enum led { LED_NOWHERE, LED_TO_PATH, LED_TO_NAME };

/* A virtual name is the end of the search. */
static enum led
by_name(struct search *s, const struct profile *p, const char *name)
{
	const struct profile *found = policy_virtual(s->policy, name);

	if (found == NULL) {
		tell(s, p, p->framework->find_where, "no profile has the virtual name %s", name);
		return LED_TO_NAME;
	}
	tell(s, found, found->where, "profile by virtual name %s, beside the program's own", name);
	add(s, found, false);
	return LED_TO_NAME;
}

static enum led
by_template(struct search *s, const struct profile *p, const struct template *t, const char *line,
    const struct regex_groups *g)
{
	const struct hints *h = s->program->hints;
	char built[PATH_BYTES];
	size_t len = fill(t->text, line, g, h, built);
	unsigned script;

	if (len > 0 && t->is_virtual)
		return by_name(s, p, built);
	if (len == 0 || built[0] != '/')
		return LED_NOWHERE;
	script = script_of(h, s->first, built, len);
	if (script == SCRIPTS_MOST) {
		tell(s, p, p->framework->find_where, "%s is no file that an argument was seen to name", built);
		return LED_NOWHERE;
	}
	s->path = h->script[script].path;
	s->len = h->script[script].len;
	s->first = h->script[script].argument;
	s->flags = h->script[script].flags;
	tell(s, p, p->framework->find_where, "its arguments lead to %.*s", (int)s->len, s->path);
	return LED_TO_PATH;
}

static enum led
by_arguments(struct search *s, const struct profile *p)
{
	const struct framework *f = p->framework;
	char line[LINE_BYTES];
	struct regex_groups groups;
	enum regex_result result;
	enum led led = LED_NOWHERE;
	size_t len;

	if (!s->arguments || s->program->hints == NULL || s->program->hints->arguments_len == 0) {
		tell(s, p, f->find_where, "no arguments are known to look for a script in");
		return LED_NOWHERE;
	}
	len = join(s->program->hints, s->first, line);
	result = regex_match(f->find, line, len, &groups);
	if (result == REGEX_LIMIT)
		s->found->limited = p;
	if (result != REGEX_FITS) {
		tell(s, p, f->find_where, result == REGEX_LIMIT ? "find takes too long for its arguments" :
		    "find does not fit its arguments");
		return LED_NOWHERE;
	}
	for (unsigned i = 0; i < f->templates && led == LED_NOWHERE; i++)
		led = by_template(s, p, &f->template[i], line, &groups);
	return led;
}

static enum led
by_parent(struct search *s, const struct profile *p)
{
	const struct hints *h = s->program->hints;
	unsigned level = s->level + p->framework->parent_level;

	if (h == NULL || level > h->parents || !(h->parent[level - 1].flags & PROCESS_PROVEN)) {
		tell(s, p, p->where, "no parent with a proven path is known at level %u", level);
		return LED_NOWHERE;
	}
	s->level = level;
	s->apart |= !p->framework->merge;
	if (!s->apart)
		s->found->part_of = (uint8_t)level;
	s->arguments = false;
	s->path = h->parent[level - 1].path;
	s->len = h->parent[level - 1].len;
	tell(s, p, p->where, "%s %.*s, process %u", s->apart ? "it was begun by" : "it counts as part of",
	    (int)s->len, s->path, h->parent[level - 1].pid);
	return LED_TO_PATH;
}

/* As check_profile.c judges a program's file. A parent's is its own affair. */
static bool
origin_is_known(const struct search *s)
{
	return !s->arguments || identity_safe_file(s->flags, s->path, s->len);
}

/* What the script's user wrote about it. */
static void
add_users(struct search *s)
{
	const struct profile *users[USER_PROFILES];
	unsigned count = policy_user(s->policy, s->program->uid, s->path, s->len, users);

	for (unsigned i = 0; i < count; i++) {
		tell(s, users[i], users[i]->where, "a profile of the program's user for %.*s", (int)s->len, s->path);
		add(s, users[i], true);
	}
}

/* The profile of the path that was found; a framework leads on: true. */
static bool
rematch(struct search *s, const struct profile **framework)
{
	const struct profile *by = *framework, *p = policy_exact(s->policy, s->path, s->len);

	if (p == NULL && !origin_is_known(s)) {
		s->found->script_unknown = true;
		s->found->script_where = by->where;
	}
	*framework = p == NULL ? framework_of(s->policy, s->path, s->len) : NULL;
	if (*framework != NULL && (*framework)->broken == NULL) {
		tell(s, *framework, (*framework)->where, "again a framework, for %.*s", (int)s->len, s->path);
		if (says_something(*framework))
			add(s, *framework, false);
		return true;
	}
	if (p == NULL)
		p = *framework != NULL ? *framework : policy_prefix(s->policy, s->path, s->len);
	add_users(s);
	if (p == NULL) {
		tell(s, NULL, nowhere, "no profile names %.*s: the framework's counts", (int)s->len, s->path);
		return false;
	}
	tell(s, p, p->where, "profile for %.*s, beside the program's own: both must permit", (int)s->len, s->path);
	add(s, p, false);
	return false;
}

/* Each step goes to a later argument or a farther parent: there is no way round in a circle. */
static void
follow(struct search *s, const struct profile *framework)
{
	for (unsigned n = 0; n < REMATCHES_MOST; n++) {
		enum led led = framework->framework->parent_level > 0 ? by_parent(s, framework) :
		    by_arguments(s, framework);

		if (led == LED_NOWHERE)
			tell(s, framework, framework->where, "it stays with this framework");
		if (led != LED_TO_PATH || !rematch(s, &framework))
			return;
	}
}

static void
by_identity(struct search *s)
{
	char name[IDENTITIES][IDENTITY_BYTES];
	const struct profile *p;
	unsigned count = identity_proven(s->program, name);

	for (unsigned i = 0; i < count && s->found->container == NULL; i++)
		if (strncmp(name[i], "container:", 10) == 0)
			s->found->container = policy_virtual(s->policy, name[i]);
	for (unsigned i = 0; i < count && s->found->identity == NULL; i++) {
		s->found->identity = p = policy_virtual(s->policy, name[i]);
		tell(s, p, p == NULL ? nowhere : p->where, "the kernel's word makes it %s%s", name[i],
		    p == NULL ? "; no profile has that name" : "");
	}
	count = identity_claimed(s->program, name);
	for (unsigned i = 0; i < count; i++) {
		if ((p = policy_virtual(s->policy, name[i])) != NULL)
			add(s, p, false);
		tell(s, p, p == NULL ? nowhere : p->where, "it says it is %s%s", name[i],
		    p == NULL ? "; no profile has that name" : ", whose profile may only tighten");
	}
	s->found->claimed = (uint8_t)s->found->also_count;
}

void
framework_search(const struct policy *policy, const struct program *program, struct found *found,
    framework_tell *told, void *ctx)
{
	struct search s = { .policy = policy, .program = program, .found = found, .tell = told, .ctx = ctx,
		.path = program->path, .len = program->path_len, .arguments = true };
	const struct profile *framework;

	*found = (struct found){ .serial = policy->serial };
	by_identity(&s);
	if (!(program->flags & PROCESS_PROVEN) || policy_exact(policy, s.path, s.len) != NULL ||
	    (framework = framework_of(policy, s.path, s.len)) == NULL)
		return;
	tell(&s, framework, framework->where, "a framework for %.*s", (int)s.len, s.path);
	if (framework->broken != NULL || says_something(framework))
		found->framework = framework;
	if (framework->broken != NULL)
		return;
	found->by_hints = true;
	if (program->hints != NULL && !program->hints->read) {
		found->unlooked = true;
		tell(&s, framework, framework->where, "what its arguments and parents are was not looked at yet");
	} else
		follow(&s, framework);
}
