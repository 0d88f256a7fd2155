/*
 * Check 16: block lists by tag and level, and names that a machine made. Lists are
 * looked through by resolverd; what counts for a question, and what it told of a flow's name,
 * is judged here.
 */
#include <string.h>

#include "checks.h"

static const struct where nowhere;

/* By the profile; for a browser all lists count. */
static bool
is_ignored(const struct profile *profile, const char *tag)
{
	if (profile == NULL || (profile->flags & FLAG_BROWSER))
		return false;
	for (unsigned i = 0; i < profile->ignored_count; i++)
		if (strcmp(profile->ignored[i], tag) == 0)
			return true;
	return false;
}

/* 1 << its number; 0: resolverd has not got it. */
static uint64_t
bit_of(const struct judging *j, unsigned list)
{
	const uint8_t *numbers = j->f->list_numbers;
	unsigned number = numbers == NULL ? list + 1 : numbers[list];

	return number == 0 ? 0 : UINT64_C(1) << (number - 1);
}

static bool
counts(const struct judging *j, const struct conf_list *l)
{
	return setting_value(j, l->setting) == VALUE_ON && !is_ignored(j->profile, l->tag);
}

static bool
resolvers_count(const struct judging *j)
{
	return setting_value(j, SETTING_DNS_BYPASS) == VALUE_BLOCK ||
	    (j->profile != NULL && (j->profile->flags & FLAG_BROWSER));
}

uint64_t
lists_counting(const struct judging *j)
{
	const struct conf *conf = j->p->conf;
	uint64_t lists = resolvers_count(j) ? UINT64_C(1) << LIST_RESOLVERS : 0;

	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++)
		if (counts(j, &conf->lists[i]))
			lists |= bit_of(j, i);
	return lists;
}

/* A flow whose name was permitted when it was asked for, and is on a list that counts now. */
static bool
check_listed(struct judging *j)
{
	const struct conf *conf = j->p->conf;

	for (unsigned i = 0; conf != NULL && i < conf->lists_count; i++)
		if ((j->f->listed & bit_of(j, i)) != 0 && counts(j, &conf->lists[i])) {
			(void)deny(j, 16, SAY_LISTED, conf->lists[i].where);
			j->out->step[j->out->steps - 1].setting = SAY_SETTING(conf->lists[i].setting, j->level,
			    VALUE_ON);
			return true;
		}
	return false;
}

bool
check_lists(struct judging *j)
{
	const struct facts *f = j->f;

	if (j->opinion || j->program == NULL || j->direction != DIRECTION_OUT)
		return false;
	j->out->named |= !f->question && f->odd_names;
	if (f->name == NULL)
		return false;
	if (f->listed != 0 && check_listed(j)) {
		j->out->named = true;
		return true;
	}
	if (f->question && (j->out->lists = lists_counting(j)) != 0)
		pass(j, 16, SAY_LISTS, nowhere);
	if (!f->machine_made)
		return false;
	j->out->named = true;
	return by_setting(j, 16, SAY_MACHINE_NAMES, SETTING_MACHINE_NAMES);
}
