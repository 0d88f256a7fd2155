/*
 * What a decision costs with many profiles, rules and names of domains, what they weigh, and what programs
 * wait for while all of them are read anew.
 *	decide_speed make FOLDER	writes the files: PROFILES profiles, each with RULES rules
 *	decide_speed run FOLDER		reads them as policyd does, and prints NAME<tab>VALUE<tab>UNIT
 *	decide_speed worst FOLDER	writes files that cost as much as the bounds of the language permit, and has
 *					programs wait while they are read
 * Profiles and facts are made of numbers, the same each time. Of the names half stand in ten long lists, the
 * others in short ones, one a profile; half of the facts are about a name that is in its profile's list. What
 * programs wait for is the time between two decisions, by the clock and in processor time of policyd alone: on
 * a machine that has other work the first says more of that.
 */
#include <sys/stat.h>

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "current.h"
#include "judge.h"
#include "sandbox.h"
#include "slice.h"


#define PROFILES	10000
#define RULES		10
#define SHORT_LIST	50
#define LONG_LIST	50000
#define LONG_EACH	1000		/* each so many profiles one has a long list */
#define FACTS		1000000

static const struct links home = { .count = 1, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" } } };
static const struct own own = { .doors = true };

static uint64_t seed = 0x9e3779b97f4a7c15u;

static unsigned
rnd(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

static int64_t
now_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static unsigned
list_length(unsigned profile)
{
	return profile % LONG_EACH == 0 ? LONG_LIST : SHORT_LIST;
}

static void
write_profile(FILE *out, unsigned i)
{
	unsigned list = list_length(i);

	fprintf(out, "profile \"Program %u\" {\n\tpath \"/usr/bin/p%u\"\n\tflags internet localnet directconnect\n"
	    "\trules {\n", i, i);
	for (unsigned r = 0; r < RULES; r++)
		switch (r % 5) {
		case 0:
			fprintf(out, "\t\tdeny net 198.%u.%u.0/24 port tcp/443\n", 18 + i % 2, (i + r) % 256);
			break;
		case 1:
			fprintf(out, "\t\tallow domain .z%u-%u.example port tcp/%u\n", i, r, 1000 + r);
			break;
		case 2:
			fprintf(out, "\t\tdeny port udp/%u-%u\n", 2000 + r * 100, 2050 + r * 100);
			break;
		case 3:
			fprintf(out, "\t\tallow address 192.0.2.%u port tcp/8443\n", (i + r) % 256);
			break;
		default:
			fprintf(out, "\t\tdeny in scope internet port tcp/%u\n", 3000 + r);
		}
	fprintf(out, "\t}\n\tdomains {");
	for (unsigned k = 0; k < list; k++)
		fprintf(out, "%s.%x-%x.net", k % 8 == 0 ? "\n\t\t" : " ", i, k);
	fprintf(out, "\n\t}\n}\n");
}

static void
make_file(const char *folder, const char *name, unsigned number, void (*write)(FILE *, unsigned))
{
	char path[300];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s%05u.conf", folder, name, number);
	if ((out = fopen(path, "w")) == NULL)
		fatal("%s", path);
	write(out, number);
	if (fclose(out) != 0)
		fatal("%s", path);
}

/* Lists that bulwark.conf names belong here, too, once policyd reads them. */
static void
make(const char *folder)
{
	for (unsigned i = 0; i < PROFILES; i++)
		make_file(folder, "vendor/p", i, write_profile);
}

/* --- the worst that the bounds permit --- */

static void
write_nets(FILE *out, unsigned number)
{
	fprintf(out, "profile \"nets %u\" {\npath \"/w/nets%u\"\nrules {\n", number, number);
	for (unsigned i = 0; i < RULES_MOST; i++)
		fprintf(out, "deny net 10.%u.%u.0/24 port tcp/%u-%u\n", i % 256, i / 256, i, i + 1 + i % 5000);
	fprintf(out, "}\n}\n");
}

static void
write_overlaps(FILE *out, unsigned number)
{
	static const char *const scopes[] = { "link", "site", "internet", "lan multicast" };

	fprintf(out, "profile \"overlaps %u\" {\npath \"/w/overlaps%u\"\nrules {\n", number, number);
	for (unsigned i = 0; i < RULES_MOST; i++)
		fprintf(out, "allow port tcp/%u-%u scope { %s }\n", i, 65535 - i, scopes[i % 4]);
	fprintf(out, "}\n}\n");
}

static void
write_ranges(FILE *out, unsigned number)
{
	fprintf(out, "profile \"ranges %u\" {\npath \"/w/ranges%u\"\nrules {\n", number, number);
	for (unsigned i = 0; i < 4000; i++)
		fprintf(out, "deny range 2001:db8:%x::1-2001:dbf:ffff:ffff:ffff:ffff:ffff:fffe\n", i);
	fprintf(out, "}\n}\n");
}

static void
write_names(FILE *out, unsigned number)
{
	fprintf(out, "profile \"names %u\" {\npath \"/w/names%u\"\nrules {\n", number, number);
	for (unsigned i = 0; i < RULES_MOST; i++)
		fprintf(out, "deny domain .n%u.net port tcp/%u\n", i % 7000, i);
	fprintf(out, "}\ndomains {");
	for (unsigned i = 0; i < LONG_LIST; i++)
		fprintf(out, " %x.net", i);
	fprintf(out, " }\n}\n");
}

/* What looks for each name in a list of those that were before. */
static void
write_defines(FILE *out, unsigned number)
{
	(void)number;
	for (unsigned i = 0; i < 28000; i++)
		fprintf(out, "define $d%u { 1 }\n", i);
}

static void
write_many(FILE *out, unsigned number)
{
	for (unsigned i = 0; i < PROFILES_MOST; i++)
		fprintf(out, "profile \"%u-%u\" { path \"/w/%u-%u\" }\n", number, i, number, i);
}

static void
write_extends(FILE *out, unsigned number)
{
	for (unsigned i = 0; i < PROFILES_MOST; i++)
		fprintf(out, "extend profile \"%u-%u\" { level secure }\n", number, i);
}

static void
make_worst(const char *folder)
{
	make_file(folder, "vendor/nets", 0, write_nets);
	make_file(folder, "vendor/overlaps", 0, write_overlaps);
	make_file(folder, "vendor/ranges", 0, write_ranges);
	make_file(folder, "vendor/names", 0, write_names);
	make_file(folder, "vendor/defines", 0, write_defines);
	make_file(folder, "vendor/many", 0, write_many);
	make_file(folder, "etc/profiles/many", 0, write_extends);
}

/* --- facts --- */

struct one {
	struct facts	facts;
	struct program	program;
	char		path[32], name[40];
};

static void
make_fact(struct one *o)
{
	unsigned profile = rnd(PROFILES), entry = rnd(list_length(profile));
	bool listed = rnd(2);
	struct facts *f = &o->facts;

	o->program.path_len = (uint16_t)snprintf(o->path, sizeof o->path, "/usr/bin/p%u", profile);
	f->name_len = (uint16_t)snprintf(o->name, sizeof o->name, listed ? "w%u.%x-%x.net" : "w%u.%x-%x.org", rnd(100),
	    profile, entry);
	f->question = rnd(4) == 0;
	f->tuple.sport = (uint16_t)(1024 + rnd(60000));
	f->tuple.dport = (uint16_t)(rnd(2) ? 443 : 1 + rnd(10000));
	f->tuple.proto = rnd(3) ? 6 : 17;
	for (unsigned i = 0; i < 4; i++)
		f->tuple.dst[i] = (uint8_t)(i == 0 ? 11 + rnd(100) : rnd(256));
}

static struct one *
facts_new(void)
{
	static struct one o;

	o.program = (struct program){ .id = 1, .pid = 100, .start = 1, .uid = 1000, .path = o.path, .cgroup = "",
		.command = "", .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	o.facts = (struct facts){ .tuple = { .family = 4, .src = { 10, 0, 0, 2 } }, .direction = DIRECTION_OUT,
		.owner = OWNER_PROCESS, .has_socket = true, .holders = 1, .holder = { &o.program }, .name = o.name,
		.links = &home, .own = &own, .geo = current_geo(), .device = "eth0" };
	return &o;
}

/* --- the cost of one --- */

static int
compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static void
measure_decisions(void)
{
	const size_t half = FACTS / 2, most = FACTS / 100 * 99;
	uint32_t *ns = calloc(FACTS, sizeof *ns);
	struct one *o = facts_new();
	unsigned accepted = 0;
	struct decision d;

	if (ns == NULL)
		fatal("memory");
	for (unsigned i = 0; i < FACTS; i++) {
		int64_t from;

		make_fact(o);
		from = now_ns(CLOCK_MONOTONIC);
		decide(&o->facts, current_policy(), LEVEL_SECURE, &d);
		ns[i] = (uint32_t)(now_ns(CLOCK_MONOTONIC) - from);
		accepted += d.action == ACTION_ACCEPT;
	}
	qsort(ns, FACTS, sizeof *ns, compare);
	printf("decide_p50_us\t%.2f\tus\ndecide_p99_us\t%.2f\tus\ndecide_accepted\t%.1f\tpercent\n", ns[half] / 1e3,
	    ns[most] / 1e3, 100.0 * accepted / FACTS);
	free(ns);
}

/* --- reading all anew, while programs ask --- */

static struct event_base *base;
static struct event	*asks;
static int64_t		 last_wall, last_cpu, worst_wall, worst_cpu, written, total_us;
static unsigned		 asked, changes;

static void
on_change(void)
{
	changes++;
	total_us = (now_ns(CLOCK_MONOTONIC) - written) / 1000;
}

/* One decision each turn of the loop: the time between two is what one would have waited. */
static void
on_ask(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval at_once;
	int64_t wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
	struct decision d;

	(void)fd;
	(void)what;
	if (asked++ > 0) {
		worst_wall = wall - last_wall > worst_wall ? wall - last_wall : worst_wall;
		worst_cpu = cpu - last_cpu > worst_cpu ? cpu - last_cpu : worst_cpu;
	}
	last_wall = wall;
	last_cpu = cpu;
	make_fact(arg);
	decide(&((struct one *)arg)->facts, current_policy(), LEVEL_SECURE, &d);
	if (changes > 0 && !slice_busy())
		(void)event_base_loopbreak(base);
	else
		(void)event_add(asks, &at_once);
}

/* All files are other ones, with the same text. */
static void
touch_all(const char *folder)
{
	char path[300];

	for (unsigned i = 0; i < PROFILES; i++) {
		(void)snprintf(path, sizeof path, "%s/vendor/p%05u.conf", folder, i);
		if (utimensat(AT_FDCWD, path, NULL, 0) == -1)
			fatal("%s", path);
	}
}

static void
measure_reload(const char *name, const char *folder, void (*change)(const char *))
{
	static const struct timeval at_once;

	asked = changes = 0;
	worst_wall = worst_cpu = 0;
	change(folder);
	written = now_ns(CLOCK_MONOTONIC);
	(void)event_add(asks, &at_once);
	current_reload();
	(void)event_base_dispatch(base);
	if (worst_wall == 0)		/* it was over before anybody could ask */
		worst_wall = worst_cpu = total_us * 1000;
	printf("reload_%s_ms\t%.1f\tms\nreload_%s_wait_ms\t%.2f\tms\nreload_%s_wait_cpu_ms\t%.2f\tms\n", name,
	    (double)total_us / 1e3, name, (double)worst_wall / 1e6, name, (double)worst_cpu / 1e6);
}

static void
touch_one(const char *folder)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/vendor/p%05d.conf", folder, 0);
	if (utimensat(AT_FDCWD, path, NULL, 0) == -1)
		fatal("%s", path);
}

static double
resident_mib(void)
{
	unsigned long pages = 0;
	FILE *in = fopen("/proc/self/statm", "r");

	if (in == NULL || fscanf(in, "%*u %lu", &pages) != 1)
		fatalx("no statm");
	(void)fclose(in);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void
start(const char *folder)
{
	static char vendor[300], etc[300], state[300], geo[300];
	const struct folders folders = { vendor, etc, state, vendor, etc, state, geo };
	(void)snprintf(vendor, sizeof vendor, "%s/vendor", folder);
	(void)snprintf(etc, sizeof etc, "%s/etc", folder);
	(void)snprintf(state, sizeof state, "%s/state", folder);
	(void)snprintf(geo, sizeof geo, "%s/geo", folder);
	if ((base = event_base_new()) == NULL || (asks = event_new(base, -1, 0, on_ask, facts_new())) == NULL)
		fatalx("no events");
	current_start(base, &folders, on_change);
}

static void
run(const char *folder)
{
	double before = resident_mib();
	int64_t from = now_ns(CLOCK_MONOTONIC);

	start(folder);
	printf("policy_read_ms\t%.1f\tms\npolicy_memory_mib\t%.1f\tMiB\n", (double)(now_ns(CLOCK_MONOTONIC) - from) / 1e6,
	    resident_mib() - before);
	if (current_policy()->profiles_count < PROFILES || current_policy()->broken_files > 0)
		fatalx("%s: not the files that were made", folder);
	measure_decisions();
	sleep(1);	/* files younger than a second are read at each look */
	measure_reload("all", folder, touch_all);
	sleep(1);
	current_reload();
	while (slice_busy())
		(void)event_base_loop(base, EVLOOP_ONCE);
	measure_reload("one", folder, touch_one);
}

static void
worst(const char *folder)
{
	start(folder);
	measure_reload("worst", folder, make_worst);
	if (current_policy()->broken_files > 0)
		fatalx("%s: not the files that were made", folder);
}

int
main(int argc, char *argv[])
{
	log_init("decide_speed");
	if (argc == 3 && strcmp(argv[1], "make") == 0)
		make(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "run") == 0)
		run(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "worst") == 0)
		worst(argv[2]);
	else
		fatalx("decide_speed make|run|worst FOLDER");
	return 0;
}
