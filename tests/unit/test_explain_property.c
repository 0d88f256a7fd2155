/*
 * Explanations agree with decisions: for random policies, programs and flows each row that people are told is a
 * step of the decision that the real flow would get, and none is left out.
 */
/* links: @decide policyd/machine_names.c policyd/packages.c policyd/package_index.c policyd/dpkg_text.c */
/* links: policyd/programs.c policyd/known_names.c policyd/answer.c policyd/show.c policyd/show_answers.c policyd/choice_line.c policyd/explain.c policyd/gather.c */
/* links: policyd/infos.c */
#include "asking_stub.h"
#include "answer_stub.h"
#include "decide_random.h"

#include "current.h"
#include "explain.h"
#include "journal.h"
#include "known_names.h"
#include "machine.h"
#include "name_lists.h"
#include "programs.h"
#include "registrable.h"

#define POLICIES	400
#define FLOWS		40

static struct policy *policy;
static struct layers no_layers;
static struct facts	facts;
static enum level	level;

const struct policy *
current_policy(void)
{
	return policy;
}

const struct layers *
current_layers(void)
{
	return &no_layers;
}

const struct moment *
current_moment(void)
{
	return &facts.now;
}

const struct geo *
current_geo(void)
{
	return NULL;
}

void
name_lists_each(void (*told)(const struct name_list_state *))
{
	(void)told;
}

const uint8_t *
name_lists_numbers(void)
{
	return NULL;
}

const struct links *
machine_links(void)
{
	return &home;
}

const struct own *
machine_own(void)
{
	return &suite;
}

enum level
level_now(void)
{
	return level;
}

void
kept_query(uint32_t query, const struct names_look *l)
{
	(void)query;
	(void)l;
}

bool
kept_is_free(void)
{
	return true;
}

bool
kept_name(uint32_t query, const struct names_look *l)
{
	(void)query;
	(void)l;
	return false;
}

void
journal_show(void)
{
}

/* A program that runs, and perhaps the name that it asked for. */
static const struct program *
run_random_program(void)
{
	static struct process p;
	static uint64_t id;
	struct program random;

	random_program(&random, ++id);
	p = (struct process){ .id = id, .pid = random.pid, .uid = random.uid, .start = random.start, .flags = random.flags,
		.path_len = random.path_len, .cgroup_len = random.cgroup_len };
	memcpy(p.path, random.path, random.path_len);
	memcpy(p.cgroup, random.cgroup, random.cgroup_len);
	programs_forget_all();
	names_forget_all();
	programs_add(&p);
	names_began(programs_find(id));
	return programs_find(id);
}

/* What the real flow's facts would be: outgoing over IPv4 from this machine. */
static void
make_facts(const struct program *p)
{
	static const uint8_t protos[] = { 6, 6, 17, 1, 132 };
	static const uint16_t ports[] = { 53, 80, 80, 443, 25, 1117 };
	static const char *const asked[] = { "www.example.org", "a1.example.net", "printer", NULL, NULL };
	const char *name = ONE_OF(asked);

	facts = (struct facts){ .tuple = { .family = 4, .proto = ONE_OF(protos), .src = { 10, 0, 0, 2 } },
		.direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true, .holders = 1, .holder = { p },
		.links = &home, .own = &suite };
	if (facts.tuple.proto != 1) {
		facts.tuple.sport = 40000;
		facts.tuple.dport = ONE_OF(ports);
	} else
		facts.tuple.dport = 8 << 8;
	random_address(4, facts.tuple.dst);
	random_moment(&facts);
	facts.network = NULL;
	if (place_of(&home, 4, facts.tuple.dst).scope == SCOPE_HOST)
		strcpy(facts.device, "lo");
	if (name == NULL)
		return;
	names_learnt(p, name, strlen(name), &facts.tuple.dst, &facts.tuple.family, 1, 0);
	facts_set_name(&facts, name, (uint16_t)strlen(name));
}

/* The rows as the stub writes them. */
static char *
rows_of(const struct decision *d)
{
	char *text, sentence[UI_TEXT_BYTES];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; i < d->steps; i++) {
		const struct step *s = &d->step[i];

		say_text(s, sentence, sizeof sentence);
		fprintf(out, "%u %u %s %s:%u: %s\n", s->check, s->action, s->profile == NULL ? "" : s->profile->name,
		    s->where.file == NULL ? "" : s->where.file->shown, s->where.line, sentence);
	}
	fclose(out);
	return text;
}

/* All rows but those without a number, which say what was assumed. */
static char *
numbered(const char *text)
{
	char *kept = calloc(1, strlen(text) + 1), *to = kept;

	for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
		if (strncmp(line, "0 0  :0: ", 9) != 0)
			to = mempcpy(to, line, (size_t)(strchr(line, '\n') + 1 - line));
	return kept;
}

Test(explain_property, agrees_with_decide)
{
	unsigned actions[ACTION_MAX + 1] = { 0 };

	for (unsigned i = 0; i < POLICIES; i++) {
		static struct random_policy r;

		random_policy(&r);
		policy = random_policy_make(&r, NULL);
		for (unsigned k = 0; k < FLOWS; k++) {
			const struct program *p = run_random_program();
			static struct ui_query q;
			struct decision d;
			char *is, *wanted;

			make_facts(p);
			level = 1 + rnd(LEVEL_MAX);
			decide(&facts, policy, level, &d);
			q = (struct ui_query){ .kind = UI_EXPLAIN_FLOW, .pid = p->pid, .as_uid = p->uid,
				.direction = DIRECTION_OUT, .tuple = facts.tuple };
			heard_begin();
			explain_query(1, &q);
			cr_assert(heard.ended && !heard.error);
			is = numbered(heard.text);
			wanted = rows_of(&d);
			cr_assert_str_eq(is, wanted, "TEST_SEED=%#jx\n%s--- not\n%s", (uintmax_t)policy_seed, is, wanted);
			actions[d.action]++;
			free(is);
			free(wanted);
		}
		policy_free(policy);
	}
	for (int a = ACTION_ACCEPT; a <= ACTION_MAX; a++)	/* the random flows are worth something */
		cr_assert_gt(actions[a], 0, "action %d", a);
}
