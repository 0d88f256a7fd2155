/*
 * From the syntax tree to what people answered; see profile.h. Only a user's
 * file has answers, and only about programs that it names by path.
 */
#include <string.h>

#include "file.h"

/* Those by name, and those that say nothing of addresses, protocols and ports. */
static bool
is_nameful(const struct rule *r)
{
	return r->names_count > 0 || (r->nets_count == 0 && r->keys_count == 0 && r->scopes == 0xff);
}

static void
take_nameful(struct build *b, const struct ruleset *all, struct ruleset *out)
{
	struct rule *rules = arena_get(b->arena, (all->count + 1) * sizeof *rules);

	for (unsigned i = 0; i < all->count; i++)
		if (is_nameful(&all->rules[i]))
			rules[out->count++] = all->rules[i];
	out->rules = rules;
}

static bool
actions_are_answers(struct build *b, const struct ast_rule *rules)
{
	size_t errors = b->diag->count;

	for (const struct ast_rule *r = rules; r != NULL; r = r->next)
		if (r->action != RULE_ALLOW && r->action != RULE_DENY && r->action != RULE_ASK)
			diag_add(b->diag, r->at, "an answer is allow, deny or ask");
	return b->diag->count == errors;
}

void
answers_build(struct build *b, const struct ast_prop *p, struct answers *out)
{
	*out = (struct answers){ .rules = { 0 } };
	if (b->file->layer != LAYER_USER)
		diag_add(b->diag, p->at, "answers stand in users' files alone: write rules");
	if (!actions_are_answers(b, p->rules))
		return;
	b->answers = true;
	rules_build(b, p->rules, &out->rules);
	b->answers = false;
	take_nameful(b, &out->rules, &out->nameful);
	if (b->diag->count == 0 && ruleset_index(&out->nameful, b->arena) == -1)
		diag_add(b->diag, p->at, "these answers overlap in too many ways");
}
