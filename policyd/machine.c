/*
 * See machine.h. Called by decide_server.c and main.c; what they tell has passed its validator.
 */
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "name_servers.h"

static struct links	links;
static bool		links_told;
static struct own	own;
static struct { uint32_t pid; uint64_t start; } resolver;	/* of own, the newest */

bool
machine_set_links(const struct decide_links *told)
{
	struct links	before = links;
	bool		others;

	memset(&links, 0, sizeof links);
	links_set(&links, told);
	others = links_told && memcmp(&before, &links, sizeof links) != 0;
	links_told = true;
	return others;
}

void
machine_forget_links(void)
{
	memset(&links, 0, sizeof links);
	links_told = false;
}

bool
machine_set_suite(const struct control_suite *s)
{
	const struct control_suite_process	*p;
	uint32_t				 pid = resolver.pid;
	uint64_t				 start = resolver.start;

	own.count = 0;
	own.doors = s->doors;
	(void)snprintf(own.taken, sizeof own.taken, "%s", s->taken);
	own.upstreams = name_servers_now();
	for (unsigned i = 0; i < s->count && own.count < OWN_MOST; i++)
		if ((p = &s->process[i])->pid != 0) {
			own.process[own.count].pid = p->pid;
			own.process[own.count].resolver = strcmp(p->name, "resolverd") == 0;
			if (own.process[own.count].resolver) {
				resolver.pid = p->pid;
				resolver.start = p->start;
			}
			own.process[own.count++].start = p->start;
		}
	return resolver.pid != pid || resolver.start != start;
}

const struct links *
machine_links(void)
{
	return &links;
}

const struct own *
machine_own(void)
{
	return &own;
}
