/*
 * See reach.h. Called for resolverd, which may say any address, by names_server.c.
 */
#include <string.h>

#include "packages.h"
#include "reach.h"
#include "registrable.h"

/* Connections to 0.0.0.0 and :: go to this very machine. */
static bool
is_unspecified(const struct names_address *a)
{
	static const uint8_t none[16];

	return memcmp(a->address, none, sizeof none) == 0;
}

/* Those to a mapped address go to the one that it holds. */
static void
set_destination(struct tuple *t, const struct names_address *a)
{
	*t = (struct tuple){ .family = a->family };
	if (address_mapped(a->family, a->address)) {
		t->family = 4;
		memcpy(t->dst, a->address + 12, 4);
	} else
		memcpy(t->dst, a->address, sizeof t->dst);
}

static bool
is_refused(const struct decision *d)
{
	return !d->ask && (d->action == ACTION_BLOCK || d->action == ACTION_DROP);
}

void
reach_judge(const struct reach *r, const struct names_sift *m, struct names_sifted *out)
{
	struct facts f = { .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true, .holders = 1,
		.holder = { r->program }, .reach = true, .package = { packages_find(r->program->path, r->program->path_len) },
		.links = r->links, .own = r->own, .now = r->now, .geo = r->geo };
	struct decision d;

	*out = (struct names_sifted){ .out = 0 };
	facts_set_name(&f, m->name, (uint16_t)strlen(m->name));
	for (unsigned i = 0; i < m->addresses; i++) {
		if (is_unspecified(&m->address[i]))
			continue;
		set_destination(&f.tuple, &m->address[i]);
		decide(&f, r->policy, r->level, &d);
		if (!is_refused(&d))
			continue;
		if (out->out == 0)
			say_reason(decision_reason(&d), out->reason, sizeof out->reason);
		out->out |= 1ull << i;
	}
}
