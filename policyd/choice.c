/*
 * See choice.h.
 */
#include <string.h>

#include "choice.h"
#include "scope.h"

static void
set_name(const struct choice *c, struct choice_rule *out)
{
	size_t len = strnlen(c->name, sizeof c->name - 1);

	memcpy(out->text, c->name, len);
	out->text[len] = '\0';
	out->name = (struct name_pattern){ .kind = c->zone ? NAME_ZONE : NAME_EXACT,
		.len = (uint8_t)len, .text = out->text };
	out->rule.names = &out->name;
	out->rule.names_count = 1;
}

void
choice_rule(const struct choice *c, struct choice_rule *out)
{
	memset(out, 0, sizeof *out);
	out->rule = (struct rule){ .action = c->action, .directions = c->directions, .scopes = 0xff,
		.up_to = LEVEL_MAX };
	switch (c->target) {
	case TARGET_NAME:
		set_name(c, out);
		break;
	case TARGET_NET:
		out->net = c->net;
		out->rule.nets = &out->net;
		out->rule.nets_count = 1;
		break;
	case TARGET_SCOPE:
		out->rule.scopes = c->scopes;
		break;
	default:
		break;
	}
	if (c->keyed) {
		out->keys = c->keys;
		out->rule.keys = &out->keys;
		out->rule.keys_count = 1;
	}
	if (c->filed) {
		out->condition = (struct condition){ .until = INT64_MAX, .timely = true, .by_file = true, .file = c->file };
		out->rule.condition = &out->condition;
	}
}

/* Of what it demands beside these a choice knows an end and a file. */
static bool
is_simple(const struct rule *r)
{
	const struct condition *c = r->condition;

	if (r->names_count > 1 || r->nets_count > 1 || r->keys_count > 1 ||
	    (r->names_count > 0) + (r->nets_count > 0) + (r->scopes != 0xff) > 1 || r->up_to != LEVEL_MAX ||
	    (r->names_count > 0 && r->names[0].kind != NAME_EXACT && r->names[0].kind != NAME_ZONE))
		return false;
	return c == NULL || (c->days == 0 && !c->direct && !c->by_country && c->spans_count == 0 && c->uids_count == 0 &&
	    c->networks_count == 0 && c->as_count == 0);
}

bool
choice_of_rule(const struct rule *r, struct choice *c)
{
	*c = (struct choice){ .action = (uint8_t)r->action, .life = LIFE_ALWAYS, .target = TARGET_PROGRAM,
		.directions = r->directions, .scopes = r->scopes };
	if (!is_simple(r))
		return false;
	if (r->names_count > 0) {
		c->target = TARGET_NAME;
		c->zone = r->names[0].kind == NAME_ZONE;
		memcpy(c->name, r->names[0].text, r->names[0].len);
	} else if (r->nets_count > 0) {
		c->target = TARGET_NET;
		c->net = r->nets[0];
	} else if (r->scopes != 0xff)
		c->target = TARGET_SCOPE;
	if (r->keys_count > 0) {
		c->keyed = true;
		c->keys = r->keys[0];
	}
	return true;
}

static bool
name_covers(const struct choice *new, const struct choice *old)
{
	struct choice_rule r;

	if (new->zone == old->zone && strcmp(new->name, old->name) == 0)
		return true;
	choice_rule(new, &r);
	return new->zone && name_matches(&r.name, old->name, strlen(old->name));
}

static bool
net_covers(const struct net *new, const struct net *old)
{
	return new->family == old->family && new->prefix <= old->prefix &&
	    address_in(old->address, new->address, new->prefix);
}

static bool
keys_cover(const struct choice *new, const struct choice *old)
{
	return !new->keyed ||
	    (old->keyed && new->keys.low <= old->keys.low && new->keys.high >= old->keys.high);
}

bool
choice_covers(const struct choice *new, const struct choice *old)
{
	if ((old->directions & ~new->directions) != 0 || !keys_cover(new, old))
		return false;
	if (new->target == TARGET_PROGRAM)
		return true;
	if (new->target != old->target)
		return false;
	switch (new->target) {
	case TARGET_NAME:
		return name_covers(new, old);
	case TARGET_NET:
		return net_covers(&new->net, &old->net);
	default:
		return (old->scopes & ~new->scopes) == 0;
	}
}

bool
choice_fits(const struct rule *r, const struct rule_query *q)
{
	if (q->question && r->names_count == 0 && (r->nets_count > 0 || r->keys_count > 0 || r->scopes != 0xff))
		return false;
	return rule_matches(r, q);
}
