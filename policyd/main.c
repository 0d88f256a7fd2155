/*
 * policyd: the only place that decides. It holds profiles, settings and level,
 * answers intercept, tells uid, and is steered at its own socket by people whom
 * the kernel names.
 */
#include <sys/random.h>

#include <event2/event.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answering.h"
#include "asking.h"
#include "check_files.h"
#include "choice_file.h"
#include "clock.h"
#include "current.h"
#include "decide_server.h"
#include "explain.h"
#include "keep_found.h"
#include "kept.h"
#include "machine.h"
#include "names_server.h"
#include "packages.h"
#include "programs.h"
#include "prompt_json.h"
#include "sandbox.h"
#include "selfcheck.h"
#include "shared/help.h"
#include "status.h"
#include "steer.h"
#include "tell.h"
#include "watch.h"
#include "zone.h"

static int
on_peer(void *ctx, enum channel_name name, uint32_t generation, int fd)
{
	(void)ctx;
	if (name == CHANNEL_DECIDE)
		return decide_server_attach(fd, generation);
	if (name == CHANNEL_NAMES)
		return names_server_attach(fd, generation);
	if (name == CHANNEL_UI) {
		kept_forget();
		return tell_attach(fd, generation, explain_query);
	}
	return -1;
}

static int
on_suite(void *ctx, const struct control_suite *suite)
{
	(void)ctx;
	/* If it was judged before it was known to be ours, it has a verdict, and grants, as a stranger. */
	if (machine_set_suite(suite))
		current_judge_anew();
	tell_suite(suite);
	return 0;
}

static int
on_rules(void *ctx, const struct control_rules *rules)
{
	(void)ctx;
	status_rules(rules);
	return 0;
}

static int
on_resolvers(void *ctx, const struct control_resolvers *r)
{
	(void)ctx;
	names_server_resolvers(r);
	return 0;
}

static int
on_zone(void *ctx, const struct control_zone *zone)
{
	(void)ctx;
	if (zone_take(zone->tzif, zone->len, "/state") == -1)
		log_warn("the time zone could not be taken over");
	current_tick();
	return 0;
}

static void
on_change(void)
{
	decide_server_revoke();
	names_server_policy();
	asking_anew();
	status_tell();
}

/* Verdicts on programs that may only talk to related domains are made anew, if there are such. */
static void
on_packages(void)
{
	if (policy_has_flag(current_policy(), FLAG_STRICT))
		current_judge_anew();
}

static void
on_tick(void *ctx)
{
	int64_t	now_s = clock_s(CLOCK_MONOTONIC);

	(void)ctx;
	current_tick();
	programs_tick(now_s);
	names_server_tick(now_s);
	selfcheck_tick(now_s);
	asking_tick();
	packages_tick();
	status_tell();
}

/* The JSON library seeds its tables when first used, from files that will be out of reach. */
static void
seed_json(void)
{
	size_t	seed;

	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		fatal("getrandom");
	json_object_seed(seed | 1);
}

/* Where a folder that was handed over lies on the machine, for people. */
static void
name_folder(int fd, char name[PATH_MAX])
{
	char	link[40];
	ssize_t	n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if ((n = readlink(link, name, PATH_MAX - 1)) == -1)
		fatal("%s", link);
	name[n] = '\0';
}

static enum level
steer_level(void *ctx)
{
	(void)ctx;
	return level_now();
}

static int
steer_set_level(void *ctx, enum level level, uint32_t for_s, uint32_t uid)
{
	(void)ctx;
	return current_set_level(level, for_s, uid);
}

static void
steer_reload(void *ctx, uint32_t uid)
{
	(void)ctx;
	log_info("user %u has the policy read again", uid);
	current_reload();
}

static int
steer_flush(void *ctx, uint32_t uid)
{
	(void)ctx;
	log_info("user %u has the resolver's answers forgotten", uid);
	return names_server_flush() ? 0 : -1;
}

static const char *
steer_answer(void *ctx, const struct wish *w, uint32_t uid, bool *kept)
{
	(void)ctx;
	return answering(w, uid, kept);
}

static const char *
steer_forget(void *ctx, const struct wish *w, uint32_t uid, unsigned *count)
{
	(void)ctx;
	return answering_forget(w, uid, count);
}

static const char *
steer_agent(void *ctx, uint32_t uid, bool there)
{
	(void)ctx;
	if (uid != 0 && !uid_is_person(uid))
		return "only people and root are asked";
	asking_agent(uid, there);
	return NULL;
}

/* Prompts are in the order of their ids. */
static uint64_t
steer_next_prompt(void *ctx, uint32_t uid, uint64_t after, void (*say)(void *, const char *), void *to)
{
	char *line;

	(void)ctx;
	for (const struct prompt *p = prompts_first(); p != NULL; p = prompts_next(p)) {
		if (p->id <= after || (uid != 0 && p->about.uid != uid) ||
		    (line = prompt_json(p, asking_now_ms())) == NULL)
			continue;
		say(to, line);
		free(line);
		return p->id;
	}
	return 0;
}

static void
on_prompt(const struct prompt *p, bool gone)
{
	char *line;

	if (asking_agents()->count == 0)
		return;
	line = gone ? prompt_gone_json(p) : prompt_json(p, asking_now_ms());
	if (line != NULL)
		steer_tell(p->about.uid, line);
	free(line);
}

static const struct asking_ops	asking = { .flow = decide_server_judge, .question = names_server_judge,
	.flow_refused = decide_server_refuse, .question_refused = names_server_refuse,
	.question_later = names_server_later, .told = on_prompt };

static const struct help	help = { "policyd", " [-n FILE...]",
	"Decides on every connection.\n"
	"Part of the Bulwark application firewall: bulwarkd starts it. By hand:\n"
	"  -n FILE...  checks policy files, without loading them; exit 1 when one has errors\n" };

int
main(int argc, char *argv[])
{
	static const struct child_ops	 ops = { .peer = on_peer, .suite = on_suite, .rules = on_rules, .resolvers = on_resolvers, .zone = on_zone,
						 .tick = on_tick };
	static const struct steer_ops	 steer = { steer_level, steer_set_level, steer_reload, steer_flush, steer_answer,
						 steer_forget, steer_agent, steer_next_prompt };
	static char			 vendor[PATH_MAX], etc[PATH_MAX], state[PATH_MAX];
	const struct folders		 folders = { "/vendor", "/etc", "/state", vendor, etc, state, "/geo" };
	struct event_base		*base;

	help_asked(argc, argv, &help);
	if (argc > 1 && strcmp(argv[1], "-n") == 0)
		return check_files(argc - 2, argv + 2);
	help_alone(argc, argv, &help);
	base = child_start("policyd", &ops, NULL);
	name_folder(FD_POLICY_VENDOR, vendor);
	name_folder(FD_POLICY_ETC, etc);
	name_folder(FD_POLICY_STATE, state);
	watch_open();
	tzset();
	seed_json();
	child_narrow();
	tell_start(base);
	decide_server_start(base);
	names_server_start(base);
	current_start(base, &folders, on_change);
	asking_start(base, &asking);
	choice_file_start(folders.state);
	programs_kept_by(keep_found);
	packages_start(base, "/dpkg", on_packages);
	steer_start(base, FD_POLICY_STEER, &steer, NULL);
	child_ready();
	return child_loop();
}
