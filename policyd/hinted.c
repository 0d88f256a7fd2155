/*
 * See hinted.h. Called by decide_server.c when a policy came into force. Paths are an
 * administrator's, and went through framework_build.c.
 */
#include <string.h>

#include "hinted.h"

static bool
add(struct who_hinted *m, const struct profile_name *n)
{
	struct hinted_path *p;

	if (m->count == HINTED_MOST || n->len > HINTED_BYTES)
		return false;
	p = &m->path[m->count++];
	p->len = (uint8_t)n->len;
	memcpy(p->text, n->text, n->len);
	return true;
}

/* One that is broken denies, and leads nowhere. */
static bool
add_framework(struct who_hinted *m, const struct profile *p)
{
	for (unsigned i = 0; p->broken == NULL && i < p->names_count; i++)
		if (p->names[i].kind == PROP_PATH && !add(m, &p->names[i]))
			return false;
	return true;
}

void
hinted_by(const struct policy *policy, struct who_hinted *m)
{
	memset(m, 0, sizeof *m);
	for (unsigned i = 0; i < policy->frameworks_count; i++)
		if (!add_framework(m, policy->frameworks[i])) {
			memset(m, 0, sizeof *m);
			m->all = true;
			return;
		}
}
