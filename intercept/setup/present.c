/* What is there, and what should be (present.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "present.h"
#include "rules.h"
#include "run.h"
#include "sandbox.h"

void
present_free(struct present *p)
{
	for (int i = 0; i < 2; i++)
		ruleset_free(&p->have[i]);
}

int
present_read(struct setup *s, struct present *p, char *why, size_t size)
{
	for (int i = 0; i < 2; i++)
		p->have[i] = (struct ruleset){ .family = s->ours[i].family, .known = &s->ours[i] };
	if (nft_read(&s->nl, &s->ours[0], &s->ours[1], false, &p->nft) == -1) {
		(void)snprintf(why, size, "cannot read nf_tables: %s", strerrordesc_np(errno));
		return -1;
	}
	for (int i = 0; i < 2; i++)
		if (run_save(s->ours[i].family, &p->have[i], why, size) == -1)
			return -1;
	return 0;
}

void
present_want(struct setup *s, bool guarded)
{
	s->lifelines.guarded = guarded;
	for (int i = 0; i < 2; i++) {
		ruleset_free(&s->want[i]);
		rules_expected(s->ours[i].family, &s->lifelines, &s->want[i]);
	}
}

static bool
is_unwanted(const struct ruleset *want, const struct table *have)
{
	return have->chains + have->jumps > 0 && ruleset_table(want, have->name) == NULL;
}

static bool
family_same(const struct ruleset *want, const struct ruleset *have, char *why, size_t size)
{
	for (size_t i = 0; i < have->tables; i++)
		if (is_unwanted(want, &have->table[i])) {
			(void)snprintf(why, size, "%s: the guard has its place", have->table[i].name);
			return false;
		}
	for (size_t i = 0; i < want->tables; i++)
		if (!table_same(&want->table[i], ruleset_table(have, want->table[i].name), why,
		    size))
			return false;
	return true;
}

bool
present_same(struct setup *s, const struct present *p, char *why, size_t size)
{
	char	detail[WHY_BYTES / 2];

	for (int i = 0; i < 2; i++) {
		if (family_same(&s->want[i], &p->have[i], detail, sizeof(detail)))
			continue;
		(void)snprintf(why, size, "IPv%d %s", s->want[i].family, detail);
		return false;
	}
	return true;
}

/* The load that the lines for the kernel's part are of; "" if there are none. */
static void
present_kernel(const struct present *p, char name[static KERNEL_NAME + 1])
{
	const struct chain	*c = table_chain(ruleset_table(&p->have[0], "mangle"), "BW-OUT");
	const char		*at = c == NULL ? NULL : strstr(text_str(&c->rules), KERNEL_FOLDER);

	name[0] = '\0';
	if (at != NULL)
		(void)kernel_name_take(at + strlen(KERNEL_FOLDER), name);
}

static bool
present_is(const struct lifelines *lines, const struct present *p)
{
	static struct ruleset	want[2];
	char			why[WHY_BYTES];
	bool			same = true;

	for (int i = 0; i < 2; i++) {
		rules_expected(p->have[i].family, lines, &want[i]);
		same = same && family_same(&want[i], &p->have[i], why, sizeof(why));
		ruleset_free(&want[i]);
	}
	return same;
}

bool
present_of_other_start(const struct setup *s, const struct present *p)
{
	struct lifelines	lines = s->lifelines;

	present_kernel(p, lines.kernel);
	lines.guarded = true;
	if (p->nft.guard && present_is(&lines, p))
		return true;
	lines.guarded = false;
	return present_is(&lines, p);
}

bool
present_guarded(const struct setup *s, const struct present *p)
{
	const struct nft_state	*st = &p->nft;

	return st->guard && st->guard_stays && s->guard.fd != -1 && st->guard_owner == s->guard.port;
}
