/* The suite's rules of one family as data (ruleset.h). */
#include <stdio.h>
#include <string.h>

#include "canon.h"
#include "ruleset.h"
#include "sandbox.h"

const struct table *
ruleset_table(const struct ruleset *r, const char *name)
{
	for (size_t i = 0; i < r->tables; i++)
		if (strcmp(r->table[i].name, name) == 0)
			return &r->table[i];
	return NULL;
}

const struct chain *
table_chain(const struct table *t, const char *name)
{
	for (size_t i = 0; t != NULL && i < t->chains; i++)
		if (strcmp(t->chain[i].name, name) == 0)
			return &t->chain[i];
	return NULL;
}

/* Is it a chain of ours in the table that is being read? */
static bool
is_ours(const struct ruleset *r, const char *chain)
{
	if (r->known == NULL)
		return table_chain(r->now, chain) != NULL;
	return table_chain(ruleset_table(r->known, r->now->name), chain) != NULL;
}

static void
take_table(struct ruleset *r, const char *name)
{
	r->now = NULL;
	r->in[0] = '\0';
	if (strlen(name) >= NAME_BYTES ||
	    (r->known != NULL && ruleset_table(r->known, name) == NULL))
		return;
	if (r->tables == RULESET_TABLES) {
		r->broken = true;
		return;
	}
	r->now = &r->table[r->tables++];
	memcpy(r->now->name, name, strlen(name) + 1);
}

static void
take_chain(struct ruleset *r, const char *name, size_t len)
{
	struct chain	*c;
	char		 copy[NAME_BYTES];

	if (len >= sizeof(copy))
		return;		/* ours are shorter */
	memcpy(copy, name, len);
	copy[len] = '\0';
	if (r->known != NULL && !is_ours(r, copy))
		return;
	if (r->now->chains == TABLE_CHAINS) {
		r->broken = true;
		return;
	}
	c = &r->now->chain[r->now->chains++];
	memcpy(c->name, copy, strlen(copy) + 1);
}

static void
take_jump(struct ruleset *r, const char *base, const struct words *w, size_t from, const char *line)
{
	struct jump	*j;
	char		 canon[CANON_BYTES];
	const char	*spec = line;

	if (r->now->jumps == TABLE_JUMPS || words_canon(w, from, canon, sizeof(canon)) == -1) {
		r->broken = true;
		return;
	}
	/* The chain's name has no blanks: the rest of the line begins after the words before. */
	for (size_t i = 0; i < from; i++) {
		spec += strcspn(spec, " ");
		spec += strspn(spec, " ");
	}
	j = &r->now->jump[r->now->jumps++];
	(void)snprintf(j->base, sizeof(j->base), "%s", base);
	j->position = r->position;
	text_add(&j->canon, "%s", canon);
	text_add(&j->spec, "%s", spec);
}

static void
take_rule(struct ruleset *r, const struct words *w, size_t from, const char *line)
{
	const char	*in = w->word[1], *target = words_target(w);
	struct chain	*c;
	char		 canon[CANON_BYTES];

	r->position = strcmp(r->in, in) == 0 ? r->position + 1 : 1;
	(void)snprintf(r->in, sizeof(r->in), "%s", in);
	if (!is_ours(r, in)) {
		if (target != NULL && is_ours(r, target))
			take_jump(r, in, w, from, line);
		return;
	}
	for (size_t i = 0; i < r->now->chains; i++) {
		c = &r->now->chain[i];
		if (strcmp(c->name, in) != 0)
			continue;
		if (words_canon(w, from, canon, sizeof(canon)) == -1)
			r->broken = true;
		else
			text_add(&c->rules, "%s\n", canon);
	}
}

void
ruleset_line(struct ruleset *r, const char *line)
{
	static struct words	w;

	if (line[0] == '*') {
		take_table(r, line + 1);
		return;
	}
	if (r->now == NULL)
		return;
	if (line[0] == ':') {
		take_chain(r, line + 1, strcspn(line + 1, " "));
		return;
	}
	/* Lines too long to be split are no rules of ours, and lead nowhere of ours. */
	if (line[0] != '-' || words_split(line, &w) == -1 || w.count < 2)
		return;
	if (strcmp(w.word[0], "-A") == 0)
		take_rule(r, &w, 2, line);
	else if (strcmp(w.word[0], "-I") == 0 && w.count > 3)
		take_rule(r, &w, 3, line);
}

void
ruleset_free(struct ruleset *r)
{
	for (size_t i = 0; i < r->tables; i++) {
		for (size_t n = 0; n < r->table[i].chains; n++)
			text_free(&r->table[i].chain[n].rules);
		for (size_t n = 0; n < r->table[i].jumps; n++) {
			text_free(&r->table[i].jump[n].canon);
			text_free(&r->table[i].jump[n].spec);
		}
	}
}

bool
ruleset_is_empty(const struct ruleset *r)
{
	for (size_t i = 0; i < r->tables; i++)
		if (r->table[i].chains > 0)
			return false;
	return true;
}

static bool
jump_same(const struct jump *want, const struct table *have, char *why, size_t size)
{
	size_t	found = 0;
	bool	right = true;

	for (size_t i = 0; i < have->jumps; i++) {
		if (strcmp(have->jump[i].base, want->base) != 0)
			continue;
		found++;
		right = right && have->jump[i].position == 1 &&
		    strcmp(text_str(&have->jump[i].canon), text_str(&want->canon)) == 0;
	}
	if (found == 1 && right)
		return true;
	(void)snprintf(why, size, "%s %s: %s", have->name, want->base,
	    found == 0 ? "does not lead to our rules" : found > 1 ? "leads to our rules twice" :
	    "our rules are not first");
	return false;
}

bool
table_same(const struct table *want, const struct table *have, char *why, size_t size)
{
	const struct chain	*c;

	if (have == NULL || have->chains == 0) {
		(void)snprintf(why, size, "%s: no rules of ours", want->name);
		return false;
	}
	for (size_t i = 0; i < want->chains; i++) {
		c = table_chain(have, want->chain[i].name);
		if (c != NULL && strcmp(text_str(&c->rules), text_str(&want->chain[i].rules)) == 0)
			continue;
		(void)snprintf(why, size, "%s %s: %s", want->name, want->chain[i].name,
		    c == NULL ? "missing" : "changed");
		return false;
	}
	for (size_t i = 0; i < want->jumps; i++)
		if (!jump_same(&want->jump[i], have, why, size))
			return false;
	if (have->jumps == want->jumps)
		return true;
	(void)snprintf(why, size, "%s: another chain leads into our rules", want->name);
	return false;
}
