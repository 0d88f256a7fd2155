/*
 * Whom a verdict may be lent to: what is everyone's of a program is the same for each process of which the
 * kernel says the same, whatever else differs.
 */
/* links: @decide */
#include "choice.h"
#include "decide_random.h"
#include "framework.h"
#include "memory.h"

#define POLICIES	600
#define FLOWS		150
#define OTHERS		6

static struct random_policy	parts;
static struct random_flow	flow;
static struct program		other;
static struct hints		hints, other_hints;
static struct found		found, other_found;
static struct memory		memory;

/* Frameworks, units and answers beside the random profiles. */
static const struct made_file more[] = {
	{ LAYER_VENDOR, 0, "fw1", "framework \"A\" { path \"/bin/a\"; find \"^[^ ]+ ([^ ]+)\"; build \"{1}\" }\n" },
	{ LAYER_VENDOR, 0, "fw2", "framework \"B\" { path \"/bin/b*\"; parent-level 1 }\n" },
	{ LAYER_VENDOR, 0, "fw3", "framework \"Y\" { path \"/opt/y\"; parent-level 1; merge; flags internet }\n" },
	{ LAYER_ADMIN, 0, "unit", "profile \"unit\" { virtual \"systemd:x.service\"; flags internet; }\n" },
	{ LAYER_ADMIN, 0, "user", "profile \"user\" { virtual \"systemd-user:y.scope\"; flags localnet; default deny }\n" },
	{ LAYER_ADMIN, 0, "sys", "profile \"sys\" { path \"/e\"; flags internet localnet system; }\n" },
	{ LAYER_ADMIN, 0, "adm", "profile \"adm\" { path \"/opt/y\"; flags internet localnet admin; }\n" },
	{ LAYER_USER, 1000, "ans", "profile \"x\" {\n path \"/e\"\n answers session {\ndeny out net 10.0.0.0/8 until 2027-01-01\n"
	    "allow\n}\n}\n" },
};
#define MORE	(sizeof more / sizeof more[0])

static struct policy *
make(void)
{
	struct made_file files[PROFILES_EACH + 1 + MORE];
	unsigned count = parts.parts;
	struct policy *p;

	for (unsigned i = 0; i < parts.parts; i++)
		files[i] = (struct made_file){ parts.part[i].layer, parts.part[i].uid, parts.part[i].file,
			part_text(&parts.part[i]) };
	for (unsigned i = 0; i < MORE; i++)
		if (rnd(4) == 0)
			files[count++] = more[i];
	p = policy_make(files, count);
	cr_assert_eq(p->broken_files, 0);
	for (unsigned i = 0; i < parts.parts; i++)
		free((char *)(uintptr_t)files[i].text);
	return p;
}

/* What a program says of itself, and who began it. */
static void
random_hints(struct hints *h)
{
	static const char *const arguments[] = { "a\0/bin/b", "a\0/e\0", "a\0-x\0/" };
	static const uint16_t lengths[] = { 9, 5, 7 };
	unsigned n = rnd(3);

	*h = (struct hints){ .cwd = "/", .cwd_len = 1, .arguments = arguments[n], .arguments_len = lengths[n], .read = true };
	if (n < 2) {
		h->scripts = 1;
		h->script[0].argument = 1;
		h->script[0].path = n == 0 ? "/bin/b" : "/e";
		h->script[0].len = (uint16_t)strlen(h->script[0].path);
		h->script[0].flags = rnd(2) ? PROCESS_ROOT_FILE | PROCESS_SAFE_MODE : 0;
	}
	h->parents = (uint8_t)rnd(2);
	h->parent[0].path = ONE_OF(paths);
	h->parent[0].len = (uint16_t)strlen(h->parent[0].path);
	h->parent[0].flags = PROCESS_PROVEN;
	h->parent[0].pid = 5 + rnd(5);
}

static void
random_cgroup(struct program *p)
{
	static const char *const cgroups[] = { "/system.slice/x.service", "/user.slice/user@1.service/y.scope", "/" };

	p->cgroup = ONE_OF(cgroups);
	p->cgroup_len = (uint16_t)strlen(p->cgroup);
	p->flags &= ~(uint32_t)PROCESS_ROOT_CGROUP;
	p->flags |= rnd(2) ? PROCESS_ROOT_CGROUP : 0;
}

/* The number of one of three processes of this program. */
static uint64_t
process_of(const char *path, uint32_t uid)
{
	uint64_t n = 0;

	while (strcmp(paths[n], path) != 0)
		n++;
	return 40 + 3 * (n + 6 * (uint64_t)uid) + rnd(3);
}

/* A process of which the kernel says the same; nobody traces it, and it is none of the suite's. */
static void
another(const struct program *p)
{
	other = *p;
	other.id = process_of(p->path, p->uid);
	other.pid = (uint32_t)other.id;
	other.ppid = rnd(50);
	other.start = 3000 + other.id;
	other.command = "other";
	other.command_len = 5;
	other.flags ^= rnd(2) ? PROCESS_PRELOAD : 0;
	if (other.uid != 0 && rnd(2))
		other.flags ^= PROCESS_ADMIN;	/* by groups */
	if (other.flags & PROCESS_NAMED_CGROUP)
		random_cgroup(&other);
	random_hints(&other_hints);
	other.hints = &other_hints;
	other.found = &other_found;
}

/* The other process asked for another name, or none; what is odd all of them count as. */
static void
rename_it(struct facts *f)
{
	static const char *const all[] = { "www.example.org", "example.org", "a1.example.net", "b.example.net", "printer",
		"nas.local", "localhost", "dns.google" };
	const char *name = ONE_OF(all);

	f->name = NULL;
	f->name_len = 0;
	f->listed = 0;
	f->machine_made = false;
	if (rnd(3) == 0 || (!f->odd_names && strcmp(name, "dns.google") == 0))
		return;
	facts_set_name(f, name, (uint16_t)strlen(name));
	f->listed = f->odd_names ? rnd(4) : 0;
	f->machine_made = f->odd_names && rnd(4) == 0;
}

static void
random_choice(void)
{
	static struct choice c;
	const char *path = ONE_OF(paths);
	uint64_t id = process_of(path, 1000);

	c = (struct choice){ .action = rnd(2) ? RULE_ALLOW : RULE_DENY, .life = (uint8_t)(LIFE_ONCE + rnd(4)),
		.target = TARGET_PROGRAM, .directions = 0xff, .root = rnd(2), .uid = 1000 };
	if (rnd(2))
		c.process = (struct one_process){ .id = id, .pid = (uint32_t)id, .start = 3000 + id };
	strcpy(c.path, path);
	(void)memory_add(&memory, &c, 1, 10);
}

/* As the kernel path has it: one socket of one program, not inside this machine, and what is odd is told. */
static void
random_case(void)
{
	struct facts *f = &flow.facts;

	do
		random_flow(&flow);
	while (f->question || f->owner != OWNER_PROCESS || f->direction != DIRECTION_OUT);
	f->holders = 1;
	flow.program[0].hints = &hints;
	if (flow.program[0].pid == 100) {	/* else the suite's */
		flow.program[0].pid = (uint32_t)flow.program[0].id;
		flow.program[0].start = 3000 + flow.program[0].id;
	}
	flow.program[0].found = &found;
	flow.program[0].flags |= rnd(6) == 0 ? PROCESS_NAMED_CGROUP : 0;
	random_cgroup(&flow.program[0]);
	random_hints(&hints);
	f->memory = &memory;
	f->odd_names = f->machine_made || (f->name != NULL && strcmp(f->name, "dns.google") == 0) || rnd(10) == 0;
}

static void
same_verdict(const struct policy *p, enum level level, const struct decision *d)
{
	struct facts f = flow.facts;
	struct decision is;

	another(&flow.program[0]);
	framework_search(p, &other, &other_found, NULL, NULL);
	f.holder[0] = &other;
	f.again = rnd(2);
	f.tuple.sport = (uint16_t)(30000 + rnd(1000));
	rename_it(&f);
	random_moment(&f);
	f.network = flow.facts.network;
	decide(&f, p, level, &is);
	cr_assert(is.action == d->action && is.permanent && !is.ask, "TEST_SEED=%#jx: %s was %u by check %u say %u, is %u by check %u say "
	    "%u, name %s", (uintmax_t)policy_seed, other.path, d->action, decision_reason(d)->check, decision_reason(d)->say,
	    is.action, decision_reason(&is)->check, decision_reason(&is)->say, f.name == NULL ? "none" : f.name);
}

Test(grants, of_a_program_are_everyones)
{
	unsigned programs = 0, processes = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&parts);
		p = make();
		if (rnd(3) == 0)
			random_choice();
		else
			(void)memory_tick(&memory, 1000000);
		for (unsigned k = 0; k < FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision d;

			random_case();
			framework_search(p, &flow.program[0], &found, NULL, NULL);
			decide(&flow.facts, p, level, &d);
			programs += d.grant == GRANT_PROGRAM;
			processes += d.grant == GRANT_PROCESS;
			for (unsigned n = 0; d.grant == GRANT_PROGRAM && n < OTHERS; n++)
				same_verdict(p, level, &d);
		}
		policy_free(p);
	}
	cr_log_info("%u of programs, %u of processes", programs, processes);
	cr_assert_gt(programs, POLICIES / 2);
	cr_assert_gt(processes, POLICIES * 2);
}
