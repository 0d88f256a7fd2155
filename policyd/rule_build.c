/*
 * From the syntax tree of rules to a rule set. Trusts nothing in the text.
 */
#include <string.h>

#include "condition_build.h"
#include "value_build.h"

/* What the matches of one rule add up to. */
struct draft {
	unsigned	 seen;		/* 1 << enum match_kind */
	uint8_t		 directions, scopes, up_to;
	struct nets	 nets;
	struct key_list	 ports, protocols;
	struct names	 names;
	struct condition_draft condition;
};

static void
read_direction(struct build *b, const struct atom *a, struct draft *d)
{
	static const struct word words[] = {
		{ "out", 1u << DIRECTION_OUT }, { "in", 1u << DIRECTION_IN },
		{ "forward", 1u << DIRECTION_FORWARD }, { NULL, 0 },
	};

	d->directions |= (uint8_t)word_read(words, a, "direction", b->diag);
}

static void
read_value(struct build *b, enum match_kind kind, const struct atom *a, struct draft *d)
{
	switch (kind) {
	case MATCH_DIRECTION:
		read_direction(b, a, d);
		break;
	case MATCH_ADDRESS:
		net_build(b, a, true, &d->nets);
		break;
	case MATCH_NET:
		net_build(b, a, false, &d->nets);
		break;
	case MATCH_RANGE:
		range_build(b, a, &d->nets);
		break;
	case MATCH_SCOPE:
		d->scopes |= (uint8_t)word_read(scope_words, a, "scope", b->diag);
		break;
	case MATCH_PORT:
		port_build(b, a, &d->ports);
		break;
	case MATCH_PROTOCOL:
		protocol_build(b, a, &d->protocols);
		break;
	case MATCH_ICMP:
		icmp_build(b, a, &d->ports);
		break;
	case MATCH_DOMAIN:
		name_build(b, a, &d->names);
		break;
	case MATCH_UP_TO:
		d->up_to = (uint8_t)word_read(level_words, a, "level", b->diag);
		break;
	default:
		condition_read(b, kind, a, &d->condition);
		break;
	}
}

/* Address, net and range add up to one set of addresses; all else is said once. */
static void
read_match(struct build *b, const struct ast_rule *r, const struct ast_match *m, struct draft *d)
{
	const unsigned addresses = 1u << MATCH_ADDRESS | 1u << MATCH_NET | 1u << MATCH_RANGE;
	struct atom *values = values_expand(b, m->values);

	if (d->seen & 1u << m->kind & ~addresses)
		diag_add(b->diag, m->at, "said twice in one rule");
	if ((m->kind == MATCH_ICMP && d->seen & 1u << MATCH_PORT) ||
	    (m->kind == MATCH_PORT && d->seen & 1u << MATCH_ICMP))
		diag_add(b->diag, m->at, "a rule has ports or ICMP types, not both");
	if (m->kind == MATCH_UP_TO && r->action != RULE_ALLOW)
		diag_add(b->diag, m->at, "up-to is for rules that allow: a higher level never permits more");
	if ((m->kind == MATCH_EXIT || m->kind == MATCH_HOPS) && r->action != RULE_TUNNEL)
		diag_add(b->diag, m->at, "exit and hops are for rules that tunnel");
	if (m->kind == MATCH_FILE && (r->action != RULE_ALLOW || !b->answers))
		diag_add(b->diag, m->at, "file is for answers that allow");
	if (values == NULL)
		diag_add(b->diag, m->at, "a list without a value matches nothing");
	d->seen |= 1u << m->kind;
	for (const struct atom *a = values; a != NULL; a = a->next)
		read_value(b, m->kind, a, d);
}

/* One address and one port each: check 7a spares such rules' servers. */
static bool
is_exact(const struct draft *d)
{
	for (size_t i = 0; i < d->nets.count; i++)
		if (d->nets.net[i].prefix != (d->nets.net[i].family == 4 ? 32 : 128))
			return false;
	for (size_t i = 0; i < d->ports.count; i++)
		if (d->ports.keys[i].low != d->ports.keys[i].high)
			return false;
	return d->nets.count > 0 && d->ports.count > 0;
}

static void
rule_build(struct build *b, const struct ast_rule *from, struct rule *r)
{
	struct draft d = { .up_to = LEVEL_MAX };
	const unsigned outgoing = 1u << MATCH_DOMAIN | 1u << MATCH_DIRECT;
	struct key_list keys = { 0 };
	size_t errors = b->diag->count;

	condition_start(&d.condition);
	for (const struct ast_match *m = from->matches; m != NULL; m = m->next)
		read_match(b, from, m, &d);
	keys_normal(&d.ports);
	keys_normal(&d.protocols);
	nets_normal(&d.nets);
	names_normal(&d.names);
	if (d.ports.count > 0 && d.protocols.count > 0)
		keys_common(b, &d.ports, &d.protocols, &keys);
	else
		keys = d.ports.count > 0 ? d.ports : d.protocols;
	if (d.ports.count > 0 && d.protocols.count > 0 && keys.count == 0)
		diag_add(b->diag, from->at, "no port of this rule belongs to its protocol");
	if ((d.seen & outgoing) == outgoing)
		diag_add(b->diag, from->at, "direct fits what has no name: not together with domain");
	if ((d.seen & outgoing) != 0 && (d.seen & 1u << MATCH_DIRECTION) && !(d.directions & 1u << DIRECTION_OUT))
		diag_add(b->diag, from->at, "%s fits what goes out: of what comes in or passes through no name "
		    "is known", d.names.count > 0 ? "domain" : "direct");
	*r = (struct rule){
		.action = from->action,
		.directions = (d.seen & 1u << MATCH_DIRECTION) ? d.directions : 0xff,
		.scopes = (d.seen & 1u << MATCH_SCOPE) ? d.scopes : 0xff,
		.up_to = d.up_to,
		.exact_server = is_exact(&d),
		.where = { b->file, from->at.line },
		.nets_count = (unsigned)d.nets.count,
		.keys_count = (unsigned)keys.count,
		.names_count = (unsigned)d.names.count,
		.nets = arena_copy(b->arena, d.nets.net, d.nets.count * sizeof *d.nets.net),
		.keys = arena_copy(b->arena, keys.keys, keys.count * sizeof *keys.keys),
		.names = arena_copy(b->arena, d.names.name, d.names.count * sizeof *d.names.name),
		.condition = condition_finish(b, &d.condition),
		.route = route_finish(b, &d.condition),
	};
	if (b->diag->count > errors)	/* half of a rule could match more than the whole */
		r->action = RULE_NONE;
}

void
rules_build(struct build *b, const struct ast_rule *from, struct ruleset *out)
{
	unsigned count = 0;
	struct rule *rules;

	*out = (struct ruleset){ 0 };
	for (const struct ast_rule *r = from; r != NULL; r = r->next)
		if (++count > RULES_MOST) {
			diag_add(b->diag, r->at, "more than %d rules", RULES_MOST);
			return;
		}
	if (count == 0)
		return;
	rules = arena_get(b->arena, count * sizeof *rules);
	for (unsigned i = 0; i < count; i++, from = from->next)
		rule_build(b, from, &rules[i]);
	out->count = count;
	out->rules = rules;
	if (b->diag->count == 0 && ruleset_index(out, b->arena) == -1)
		diag_add(b->diag, (struct pos){ out->rules[0].where.line, 1 },
		    "these rules overlap in too many ways");
}
