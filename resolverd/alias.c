/*
 * See alias.h. Called by resolve.c with what reply_parse() took of a server's answer.
 */
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "sandbox.h"

/* The first alias that leads away; the number of them: none does. */
static unsigned
first_away(const struct reply *r, const struct dname *name)
{
	unsigned	i;

	for (i = 0; i < r->aliases; i++)
		if (!dname_within(&r->alias[i], name))
			break;
	return i;
}

struct alias *
alias_new(const struct dname *name, uint16_t type, uint8_t variant, const uint8_t *m, size_t len,
    const struct reply *r, const struct origin *o)
{
	static uint8_t		 to[BUILD_MAX];
	static struct reply	 head, written;
	struct asked		 a = { .type = type, .name = *name };
	unsigned		 away = first_away(r, name);
	struct alias		*alias;
	size_t			 n;

	if (away == r->aliases)
		return NULL;
	head = *r;
	head.count = r->upto[away];
	head.rcode = RCODE_NOERROR;
	n = build_answer(m, len, &a, &head, (variant & CACHE_DO) != 0, false, to, sizeof(to), &written);
	if (n == 0)		/* then the whole of it can't be kept either */
		return NULL;
	if ((alias = malloc(sizeof(*alias) + n)) == NULL)
		fatal("memory for an alias");	/* NULL would say that it does not lead away */
	alias->target = r->alias[away];
	dname_lower(&alias->target);
	alias->origin = *o;
	alias->len = n;
	memcpy(alias->message, to, n);
	return alias;
}

/* TTLs as of now. */
static void
age(struct reply *r, int64_t seconds)
{
	for (unsigned i = 0; i < r->count; i++)
		r->record[i].ttl = r->record[i].ttl > seconds ? (uint32_t)(r->record[i].ttl - seconds) : 1;
	r->ttl = r->ttl > seconds ? (uint32_t)(r->ttl - seconds) : 1;
}

/* Of the aliases alone: reply_parse() has none for what neither answers nor denies. */
static uint32_t
least_ttl(const struct reply *r)
{
	uint32_t	ttl = UINT32_MAX;

	for (unsigned i = 0; i < r->count; i++)
		ttl = r->record[i].ttl < ttl ? r->record[i].ttl : ttl;
	return ttl == 0 ? 1 : ttl;
}

const struct cached *
alias_join(const struct alias *alias, const struct dname *name, uint8_t variant,
    const struct cached *target, int64_t now_s)
{
	static uint8_t		to[BUILD_MAX];
	static struct reply	head, tail, written;
	struct asked		a = { .type = target->type, .name = *name };
	struct asked		t = { .type = target->type, .name = alias->target };
	const struct part	first = { alias->message, alias->len, &head };
	const struct part	then = { target->message, target->len, &tail };
	struct origin		o = alias->origin;
	size_t			n;

	if (reply_parse(alias->message, alias->len, &a, &head) == -1 ||
	    reply_parse(target->message, target->len, &t, &tail) == -1)
		return NULL;
	age(&tail, now_s - target->stored_s);
	head.ttl = least_ttl(&head);
	n = build_joined(&first, &then, &a, (variant & CACHE_DO) != 0, to, sizeof(to), &written);
	/* Both, also where the target was known: else that could be told by the time. */
	o.took_us += target->origin.took_us;
	return n == 0 ? NULL : cache_store(name, a.type, variant, to, n, &written, &o, now_s);
}
