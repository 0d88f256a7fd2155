/*
 * What is in force; see current.h. A new policy is built whole beside the old one, in slices between which
 * flows are judged by the old one, and then takes its place. What changes meanwhile starts it again.
 */
#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "changes.h"
#include "current.h"
#include "journal.h"
#include "sandbox.h"
#include "slice.h"
#include "tell.h"
#include "watch.h"

#define NOTES_MOST	100	/* told at once */
#define BUILDS_MOST	5	/* in a row: who changes files without end does not keep an old policy for ever */

static struct event_base *base;
static struct layers	 layers;
static struct policy	*policy;
static struct policy	*fresh, *retired;	/* the next, while it is built; one that is not used, while it is freed */
static bool		 changed, again;	/* is not in force yet; more may have, while it was built */
static unsigned		 builds;		/* in a row, without one that came into force */
static uint32_t		 generation = 1;
static bool		 first = true;
static struct geo	*geo;
static struct moment	 now;
static uint64_t		 by_time;	/* schedule_state() that verdicts are made from */
static void		(*on_change)(void);

/* What people are told once it is in force. */
struct note {
	enum ui_notice_level level;
	char		*text;
};
static struct note	 notes[NOTES_MOST];
static size_t		 notes_count;	/* some of which may not be kept */

static void __attribute__((format(printf, 2, 3)))
note(enum ui_notice_level level, const char *format, ...)
{
	va_list ap;

	if (notes_count++ >= NOTES_MOST)
		return;
	va_start(ap, format);
	if (vasprintf(&notes[notes_count - 1].text, format, ap) == -1)
		fatal("policy memory");
	va_end(ap);
	notes[notes_count - 1].level = level;
}

static void
notes_tell(void)
{
	for (size_t i = 0; i < notes_count && i < NOTES_MOST; i++) {
		tell_notice(notes[i].level, "%s", notes[i].text);
		free(notes[i].text);
	}
	if (notes_count > NOTES_MOST)
		tell_notice(UI_WARN, "%zu more files can't be read, or can be again", notes_count - NOTES_MOST);
	notes_count = 0;
}

static void
told(void *ctx, const struct slot *s)
{
	(void)ctx;
	if (!s->broken)
		note(UI_INFO, "%s: can be read again and is in force", s->shown);
	else if (s->file == NULL)
		note(UI_WARN, "%s", s->error);
	else if (s->file->stand_in && s->file->conf != NULL && s->file->conf->unread)
		note(UI_WARN, "%s; until it can be the strictest settings count, and level fortress "
		    "unless a command set another", s->error);
	else if (s->file->stand_in && s->file->conf != NULL)
		note(UI_WARN, "%s; until it is mended only what it makes stricter counts", s->error);
	else if (s->file->stand_in)
		note(UI_WARN, "%s; until it is mended the programs that it names are denied",
		    s->error);
	else
		note(UI_WARN, "%s; what it said before stays in force", s->error);
}

/* A folder for each user, below the state's. */
static void
watch_users(void)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *dir;

	(void)snprintf(path, sizeof path, "%s/profiles", layers.state);
	watch_folder(path);
	if ((dir = opendir(path)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[strspn(e->d_name, "0123456789")] == '\0') {
			(void)snprintf(path, sizeof path, "%s/profiles/%s", layers.state, e->d_name);
			watch_folder(path);
		}
	(void)closedir(dir);
}

static void
watch_includes(void)
{
	const struct conf *conf = layers.conf.file == NULL ? NULL : layers.conf.file->conf;
	char path[PATH_MAX], *slash;

	for (unsigned i = 0; conf != NULL && i < conf->includes; i++) {
		(void)snprintf(path, sizeof path, "%s", conf->include[i]);
		if ((slash = strrchr(path, '/')) == NULL)
			continue;
		*slash = '\0';
		watch_folder(path);
	}
}

/* Before each look: what changes after it is told. */
static void
watch_all(void)
{
	char path[PATH_MAX];

	watch_folder(layers.vendor);
	watch_folder(layers.etc);
	(void)snprintf(path, sizeof path, "%s/profiles", layers.etc);
	watch_folder(path);
	watch_users();
	watch_includes();
}

/* The work: a policy of what the files say. */
static void
build(void)
{
	again = false;
	watch_begin();
	watch_all();
	changed |= layers_look(&layers, told, NULL);
	changes_files(&layers, policy == NULL);
	watch_includes();
	if (changed || policy == NULL)
		fresh = policy_new(&layers);
}

static void
tell_level(enum level before)
{
	const char *level = word_name(level_words, level_now());
	char text[JOURNAL_TEXT];

	(void)snprintf(text, sizeof text, "%s%s", level_news(), level_why());
	tell_notice(UI_INFO, "level %s: %s", level, text);
	journal_add("level", level_who(), word_name(level_words, before), level, text);
}

static void
told_of_geo(const char *name, const char *why)
{
	tell_notice(UI_WARN, "%s can't be used: %s; where addresses lie is not known by it", name, why);
}

/* Before the policy that asks for them judges. */
static void
look_for_places(void)
{
	geo_want(geo, policy->by_country, policy->by_as);
	while (geo_look(geo, told_of_geo))
		;
}

static void
replace_policy(void)
{
	enum level before = level_now();
	char text[JOURNAL_TEXT];

	retired = policy;
	policy = fresh;
	fresh = NULL;
	changed = false;
	look_for_places();
	now = moment_of(time(NULL));
	by_time = schedule_state(&policy->schedule, &now);
	if (retired == NULL) {
		(void)level_follow(policy);
		(void)snprintf(text, sizeof text, "at the start: %s", level_why());
		journal_add("level", "policyd", "", word_name(level_words, level_now()), text);
		return;
	}
	changes_settings(&retired->settings, &policy->settings);
	if (level_follow(policy))
		tell_level(before);
}

static void
free_retired(void)
{
	policy_free(retired);
	retired = NULL;
}

static void
on_freed(void)
{
	if (again)
		current_reload();
}

/* Some of its files are as they were before a change, others as after it: not into force with that. */
static bool
is_outdated(void)
{
	return (again || watch_pending()) && ++builds < BUILDS_MOST;
}

static void
on_built(void)
{
	if (is_outdated()) {
		retired = fresh;
		fresh = NULL;
	} else {
		builds = 0;
		notes_tell();
		if (changed) {
			first = false;
			replace_policy();
			current_judge_anew();
		}
	}
	slice_start(base, free_retired, on_freed);
}

void
current_reload(void)
{
	if (slice_busy())
		again = true;
	else
		slice_start(base, build, on_built);
}

/* A reason came or went, or the time of a command is over. */
static void
follow_level(void)
{
	enum level before = level_now();

	if (policy == NULL || !level_follow(policy))
		return;
	first = false;
	tell_level(before);
	current_judge_anew();
}

void
current_start(struct event_base *b, const struct folders *f, void (*on_changed)(void))
{
	base = b;
	on_change = on_changed;
	layers_init(&layers, f->vendor, f->etc, f->state);
	layers_shown(&layers, f->vendor_shown, f->etc_shown, f->state_shown);
	geo = geo_new(f->geo);
	journal_start(layers.state);
	level_start(layers.state, follow_level);
	watch_start(base, current_reload);
	build();
	notes_tell();
	replace_policy();
}

const struct policy *
current_policy(void)
{
	return policy;
}

uint32_t
current_generation(void)
{
	return generation;
}

const struct layers *
current_layers(void)
{
	return &layers;
}

bool
current_is_first(void)
{
	return first;
}

void
current_judge_anew(void)
{
	generation++;
	on_change();
}

void
current_tick(void)
{
	bool places = geo_look(geo, told_of_geo);
	uint64_t before = by_time;

	now = moment_of(time(NULL));
	by_time = schedule_state(&policy->schedule, &now);
	if (places || by_time != before)
		current_judge_anew();
	level_tick();
	follow_level();
}

const struct geo *
current_geo(void)
{
	return geo;
}

const struct moment *
current_moment(void)
{
	return &now;
}

int
current_set_level(enum level level, uint32_t for_s, uint32_t uid)
{
	enum level before = level_now();
	int kept = level_set(level, for_s, uid, policy);
	char text[JOURNAL_TEXT], by[24];

	if (level_now() != before) {
		tell_notice(UI_INFO, "level %s: %s%s", word_name(level_words, level_now()), level_news(),
		    level_why());
		first = false;
		current_judge_anew();
	}
	(void)snprintf(by, sizeof by, "user %u", uid);
	(void)snprintf(text, sizeof text, "%s%s", level_news(), level_why());
	journal_add("level", by, word_name(level_words, before), word_name(level_words, level_now()), text);
	return kept;
}
