/*
 * policyd's decide(): fifty profiles with rules and names of domains, and facts about their programs.
 */
/* links: @decide */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "count.h"
#include "file.h"
#include "judge.h"
#include "layers.h"
#include "sandbox.h"

#define PROFILES	50u
#define NAMES		50u

static const struct links	home = { .count = 1, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" } } };
static const struct own		own = { .doors = true };
static struct policy		*policy;
static unsigned			accepted, decided;

static struct one {
	struct facts	facts;
	struct program	program;
	char		path[32], name[64];
} ones[COUNT_ALL];

static void
write_profiles(FILE *out)
{
	for (unsigned i = 0; i < PROFILES; i++) {
		fprintf(out, "profile \"Program %u\" {\n\tpath \"/usr/bin/p%u\"\n\tflags internet localnet service directconnect\n"
		    "\trules {\n\t\tdeny net 198.51.%u.0/24 port tcp/443\n\t\tallow domain .z%u.example port tcp/1000\n"
		    "\t\tdeny port udp/2000-2050\n\t\tallow address 192.0.2.%u port tcp/8443\n"
		    "\t\tdeny in scope internet port tcp/3000\n\t}\n\tdomains {", i, i, i, i, i);
		for (unsigned k = 0; k < NAMES; k++)
			fprintf(out, " %x-%x.net", i, k);
		fprintf(out, "\n\t}\n}\n");
	}
}

static void
policy_read(void)
{
	struct layers		 l = { .builtin = builtin_profiles() };
	struct file_source	 source = { .kind = FILE_PROFILES, .layer = LAYER_ADMIN, .name = "all", .shown = "all" };
	struct diag		 diag = { 0 };
	char			*text;
	size_t			 len;
	FILE			*out = open_memstream(&text, &len);

	write_profiles(out);
	(void)fclose(out);
	l.slots = calloc(1, sizeof(*l.slots));
	l.count = 1;
	l.slots[0] = (struct slot){ .layer = LAYER_ADMIN, .name = strdup("all"), .path = strdup("all"), .shown = strdup("all"),
		.file = file_build(&source, text, len, &diag) };
	if (diag.count > 0)
		fatalx("%s", diag.lines[0].text);
	policy = policy_new(&l);
}

/* Half of the names are in the program's profile. */
static void
write_facts(struct one *o, unsigned n, uint8_t direction, bool question)
{
	const uint8_t	 here[4] = { 10, 0, 0, 2 }, there[4] = { 11, (uint8_t)n, (uint8_t)(n * 3), 1 };
	unsigned	 profile = n * 7 % PROFILES;

	o->program = (struct program){ .id = 1, .pid = 100, .start = 1, .uid = 1000, .path = o->path, .cgroup = "",
		.command = "", .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	o->program.path_len = (uint16_t)snprintf(o->path, sizeof(o->path), "/usr/bin/p%u", profile);
	o->facts = (struct facts){ .tuple = { .family = 4, .proto = n % 3 ? 6 : 17, .sport = (uint16_t)(1024 + n),
		.dport = n % 2 ? 443 : (uint16_t)(1 + n * 37 % 10000) }, .direction = direction, .owner = OWNER_PROCESS,
		.has_socket = true, .holders = 1, .holder = { &o->program }, .name = o->name, .links = &home, .own = &own,
		.device = "eth0", .question = question };
	o->facts.name_len = (uint16_t)snprintf(o->name, sizeof(o->name), n % 4 < 2 ? "w.%x-%x.net" : "w.%x-%x.org",
	    profile, n % NAMES);
	memcpy(o->facts.tuple.src, direction == DIRECTION_OUT ? here : there, 4);
	memcpy(o->facts.tuple.dst, direction == DIRECTION_OUT ? there : here, 4);
}

static void
decide_one(unsigned n)
{
	struct decision	d;

	decide(&ones[n].facts, policy, LEVEL_SECURE, &d);
	accepted += d.action == ACTION_ACCEPT;
	decided++;
}

static void
count_all(const char *name, uint8_t direction, bool question)
{
	for (unsigned n = 0; n < COUNT_ALL; n++)
		write_facts(&ones[n], n, direction, question);
	count(name, decide_one);
}

int
main(void)
{
	log_init("count_decide");
	policy_read();
	count_all("decide-out", DIRECTION_OUT, false);
	count_all("decide-in", DIRECTION_IN, false);
	count_all("decide-question", DIRECTION_OUT, true);
	if (accepted == 0 || accepted == decided)
		fatalx("%u of %u accepted: not the policy that was written", accepted, decided);
	return 0;
}
