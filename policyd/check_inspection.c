/*
 * Checks 5 and 20: what inspection found of the other end, and of the flow itself.
 * Both can only tighten.
 */
#include "checks.h"

static const struct where nowhere;

/*
 * 5: whoever attacks opens nothing here. Findings can be made with a forged source, so they end nothing
 * that lives, and stop nothing that this machine begins.
 */
bool
check_attack(struct judging *j)
{
	const struct facts *f = j->f;

	if (f->question || f->reach || f->direction == DIRECTION_OUT || j->src.scope == SCOPE_HOST)
		return false;
	if (!f->attacker || f->again) {
		pass(j, 5, SAY_NO_FINDING, nowhere);
		return false;
	}
	if (setting_value(j, SETTING_ATTACK) != VALUE_ON) {
		pass(j, 5, SAY_ATTACKER, j->p->settings.where[SETTING_ATTACK]);
		return false;
	}
	return drop(j, 5, SAY_ATTACKER, j->p->settings.where[SETTING_ATTACK]);
}

/* 20: of what is accepted. Nothing that the suite itself sends is inspected. */
bool
check_inspection(struct judging *j)
{
	if (decision_reason(j->out)->check == 1)
		return false;
	switch (j->f->inspection) {
	case INSPECTION_MORE:
		j->out->inspected = true;
		return false;
	case INSPECTION_BLOCKS:
		return block(j, 20, SAY_FINDING, nowhere);
	case INSPECTION_DROPS:
		return drop(j, 20, SAY_FINDING, nowhere);
	default:
		return false;
	}
}
