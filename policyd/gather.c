/*
 * See gather.h.
 */
#include "asking.h"
#include "clock.h"
#include "current.h"
#include "gather.h"
#include "known_names.h"
#include "machine.h"
#include "machine_names.h"
#include "name_lists.h"
#include "packages.h"
#include "registrable.h"

void
facts_begin(struct facts *f)
{
	*f = (struct facts){ .links = machine_links(), .own = machine_own(),
		.list_numbers = name_lists_numbers(), .memory = asking_memory(), .agents = asking_agents(),
		.now = *current_moment(), .geo = current_geo() };
}

void
facts_question(struct facts *f, const struct tuple *client, const struct program *p)
{
	facts_begin(f);
	f->tuple = *client;
	f->direction = DIRECTION_OUT;
	f->owner = OWNER_PROCESS;
	f->has_socket = true;
	f->question = true;
	f->holders = 1;
	f->holder[0] = p;
	facts_packages(f);
}

void
facts_packages(struct facts *f)
{
	for (unsigned i = 0; i < f->holders; i++)
		f->package[i] = packages_find(f->holder[i]->path, f->holder[i]->path_len);
}

void
facts_named(struct facts *f, const char *name, uint16_t len)
{
	facts_set_name(f, name, len);
	f->machine_made = machine_names_many(f->holder[0], f, clock_s(CLOCK_MONOTONIC), NULL);
}

bool
facts_find_name(struct facts *f)
{
	const struct program *p = f->holder[0];
	uint16_t len;
	const char *name = names_find(p, f->tuple.family, f->tuple.dst, &len, &f->listed);

	f->odd_names = names_odd(p, f->tuple.family, f->tuple.dst) ||
	    machine_names_any(p, clock_s(CLOCK_MONOTONIC));
	if (name != NULL)
		facts_named(f, name, len);
	return name != NULL;
}
