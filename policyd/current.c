/*
 * What is in force; see current.h. A new policy is built whole beside the old
 * one and then takes its place.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "current.h"
#include "sandbox.h"
#include "tell.h"
#include "watch.h"

static struct layers	 layers;
static struct policy	*policy;
static uint32_t		 generation = 1;
static bool		 first = true;
static struct moment	 now;
static uint64_t		 by_time;	/* schedule_state() that verdicts are made from */
static void		(*on_change)(void);

static void
told(void *ctx, const struct slot *s)
{
	(void)ctx;
	if (!s->broken)
		tell_notice(UI_INFO, "%s: can be read again and is in force", s->shown);
	else if (s->file == NULL)
		tell_notice(UI_WARN, "%s", s->error);
	else if (s->file->stand_in && s->file->conf != NULL && s->file->conf->unread)
		tell_notice(UI_WARN, "%s; until it can be the strictest settings count, and level fortress "
		    "unless a command set another", s->error);
	else if (s->file->stand_in && s->file->conf != NULL)
		tell_notice(UI_WARN, "%s; until it is mended only what it makes stricter counts", s->error);
	else if (s->file->stand_in)
		tell_notice(UI_WARN, "%s; until it is mended the programs that it names are denied",
		    s->error);
	else
		tell_notice(UI_WARN, "%s; what it said before stays in force", s->error);
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

static void
replace_policy(void)
{
	struct policy *old = policy;

	policy = policy_new(&layers);
	policy_free(old);
	now = moment_of(time(NULL));
	by_time = schedule_state(&policy->schedule, &now);
	if (level_follow(policy) && old != NULL)
		tell_notice(UI_INFO, "level %s: %s", word_name(level_words, level_now()), level_why());
}

void
current_reload(void)
{
	watch_all();
	if (!layers_look(&layers, told, NULL))
		return;
	first = false;
	replace_policy();
	watch_includes();
	current_judge_anew();
}

void
current_start(struct event_base *base, const struct folders *f, void (*changed)(void))
{
	on_change = changed;
	layers_init(&layers, f->vendor, f->etc, f->state);
	layers_shown(&layers, f->vendor_shown, f->etc_shown, f->state_shown);
	level_start(f->state);
	watch_start(base, current_reload);
	watch_all();
	(void)layers_look(&layers, told, NULL);
	replace_policy();
	watch_includes();
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
	uint64_t before = by_time;

	now = moment_of(time(NULL));
	by_time = schedule_state(&policy->schedule, &now);
	if (by_time != before)
		current_judge_anew();
}

const struct moment *
current_moment(void)
{
	return &now;
}

int
current_set_level(enum level level, uint32_t uid)
{
	enum level before = level_now();
	int kept = level_set(level, uid, policy);

	if (level_now() == before)
		return kept;
	tell_notice(UI_INFO, "level %s: %s", word_name(level_words, level), level_why());
	first = false;
	current_judge_anew();
	return kept;
}
