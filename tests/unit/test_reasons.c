/*
 * Reasons: the same one keeps its number over new policies, and a number never means another one.
 */
/* links: policyd/arena.c policyd/diag.c policyd/words.c policyd/settings.c policyd/say.c policyd/country.c policyd/reasons.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "reasons.h"

static const struct file file = { .shown = "/etc/a.conf" }, same_file = { .shown = "/etc/a.conf" },
    other_file = { .shown = "/etc/b.conf" };
static const struct profile profile = { .name = "a" }, same_profile = { .name = "a" },
    other_profile = { .name = "b" }, broken = { .name = "a", .broken = "unknown flag" },
    otherwise_broken = { .name = "a", .broken = "unknown word" };

/* Each is another reason. */
static const struct step steps[] = {
	{ .check = 11, .say = SAY_RULE_DENIES, .where = { &file, 3 }, .profile = &profile },
	{ .check = 11, .say = SAY_RULE_DENIES, .where = { &file, 4 }, .profile = &profile },
	{ .check = 11, .say = SAY_RULE_DENIES, .where = { &other_file, 3 }, .profile = &profile },
	{ .check = 11, .say = SAY_RULE_DENIES, .where = { NULL, 0 }, .profile = &profile },
	{ .check = 11, .say = SAY_RULE_DENIES, .where = { &file, 3 }, .profile = &other_profile },
	{ .check = 11, .say = SAY_RULE_DENIES, .where = { &file, 3 }, .profile = NULL },
	{ .check = 11, .say = SAY_RULE_ALLOWS, .where = { &file, 3 }, .profile = &profile },
	{ .check = 3, .say = SAY_RULE_DENIES, .where = { &file, 3 }, .profile = &profile },
	{ .check = 9, .say = SAY_LAN, .setting = SAY_SETTING(SETTING_LAN, LEVEL_SECURE, VALUE_ASK), .asked = ASKED_NOBODY },
	{ .check = 9, .say = SAY_LAN, .setting = SAY_SETTING(SETTING_LAN, LEVEL_FORTRESS, VALUE_ASK) },
	{ .check = 9, .say = SAY_LAN, .setting = SAY_SETTING(SETTING_LAN, LEVEL_SECURE, VALUE_DENY) },
	{ .check = 9, .say = SAY_LAN },
	{ .check = 6, .say = SAY_BROKEN, .where = { &file, 3 }, .profile = &profile },
	{ .check = 6, .say = SAY_BROKEN, .where = { &file, 3 }, .profile = &broken },
	{ .check = 6, .say = SAY_BROKEN, .where = { &file, 3 }, .profile = &otherwise_broken },
	{ .check = 9, .say = SAY_LAN, .setting = SAY_SETTING(SETTING_LAN, LEVEL_SECURE, VALUE_ASK), .asked = ASKED_LATE },
	{ .check = 11, .say = SAY_RULE_ASKS, .where = { &file, 3 }, .profile = &profile, .asked = ASKED_WAITS },
	{ .check = 11, .say = SAY_RULE_ASKS, .where = { &file, 3 }, .profile = &profile, .asked = ASKED_WAITS, .changed = true },
};
#define STEPS (sizeof steps / sizeof steps[0])

Test(reasons, told_apart)
{
	uint32_t numbers[STEPS];

	for (size_t i = 0; i < STEPS; i++) {
		numbers[i] = reasons_number(&steps[i]);
		cr_assert_neq(numbers[i], 0);
		for (size_t k = 0; k < i; k++)
			cr_assert_neq(numbers[i], numbers[k], "%zu %zu", i, k);
	}
	for (size_t i = 0; i < STEPS; i++)
		cr_assert_eq(reasons_number(&steps[i]), numbers[i]);
}

/* The verdict is no part of it: the same rule blocks one flow and drops another. */
Test(reasons, same_over_policies)
{
	struct step s = steps[0];
	uint32_t number = reasons_number(&s);

	s.where.file = &same_file;
	s.profile = &same_profile;
	s.action = ACTION_DROP;
	cr_assert_eq(reasons_number(&s), number);
}

Test(reasons, found)
{
	const struct ui_reason *r = reasons_find(reasons_number(&steps[0]));

	cr_assert_eq(r->check, 11);
	cr_assert_eq(r->line, 3);
	cr_assert_str_eq(r->profile, "a");
	cr_assert_str_eq(r->file, "/etc/a.conf");
	cr_assert_str_eq(r->text, "a rule of the profile denies it");
	r = reasons_find(reasons_number(&steps[8]));
	cr_assert_str_eq(r->profile, "");
	cr_assert_str_eq(r->file, "");
	cr_assert_str_eq(r->text, "the local network, for a program without a profile; setting lan is ask at level "
	    "secure, and nobody is there to answer");
	r = reasons_find(reasons_number(&steps[10]));
	cr_assert_str_eq(r->text, "the local network, for a program without a profile; setting lan is deny at level "
	    "secure");
	r = reasons_find(reasons_number(&steps[13]));
	cr_assert_str_eq(r->text, "the file of its profile has an error: unknown flag");
	r = reasons_find(reasons_number(&steps[15]));
	cr_assert_str_eq(r->text, "the local network, for a program without a profile; setting lan is ask at level "
	    "secure, and nobody answered in time");
	r = reasons_find(reasons_number(&steps[16]));
	cr_assert_str_eq(r->text, "a rule of the profile asks, and an answer is waited for");
	cr_assert_null(reasons_find(7));
	cr_assert_null(reasons_find(0));
}

/* Texts longer than a message takes are cut, and the same text is still the same reason. */
Test(reasons, long_texts)
{
	static char name[300], shown[2000], text[3000];
	struct file f = { .shown = shown };
	struct profile p = { .name = name, .broken = text };
	struct step s = { .check = 6, .say = SAY_BROKEN, .where = { &f, 1 }, .profile = &p };
	const struct ui_reason *r;
	uint32_t number;

	memset(name, 'n', sizeof name - 1);
	memset(shown, 'f', sizeof shown - 1);
	memset(text, 't', sizeof text - 1);
	number = reasons_number(&s);
	cr_assert_eq(reasons_number(&s), number);
	r = reasons_find(number);
	cr_assert_eq(strlen(r->profile), UI_NAME_BYTES - 1);
	cr_assert_eq(strlen(r->file), UI_FILE_BYTES - 1);
	cr_assert_eq(strlen(r->text), UI_TEXT_BYTES - 1);
}

Test(reasons, told)
{
	uint32_t number = reasons_number(&steps[0]);

	cr_assert_eq(reason_told(number), 0);
	reason_set_told(number, 3);
	cr_assert_eq(reason_told(number), 3);
	cr_assert_eq(reason_told(number + 1), 0);
	reason_set_told(number + 1, 3);
	(void)reasons_number(&steps[1]);
	cr_assert_eq(reason_told(number + 1), 0);
}

/* When there are too many, all are forgotten, but their numbers are not used again. */
Test(reasons, bound)
{
	struct step s = steps[0];
	uint32_t last = 0;

	for (unsigned round = 0; round < 3; round++)
		for (uint32_t i = 0; i < REASONS_MOST; i++) {
			s.where.line = round * REASONS_MOST + i;
			cr_assert_eq(reasons_number(&s), ++last);
		}
	cr_assert_null(reasons_find(last - REASONS_MOST));
	cr_assert_eq(reasons_find(last - REASONS_MOST + 1)->line, 2 * REASONS_MOST);
	cr_assert_eq(reasons_find(last)->line, 3 * REASONS_MOST - 1);
	cr_assert_null(reasons_find(last + 1));
	reason_set_told(last - REASONS_MOST, 1);
	cr_assert_eq(reason_told(last - REASONS_MOST), 0);
}

/* Every sentence is one, ends without a stop, and fits into its message with any setting behind it. */
Test(reasons, sentences)
{
	char text[UI_TEXT_BYTES + 200];

	for (unsigned say = 0; say < SAY_COUNT; say++)
		for (int setting = 0; setting < SETTINGS_COUNT; setting++) {
			struct step s = { .say = (uint16_t)say,
				.setting = SAY_SETTING(setting, LEVEL_FORTRESS, VALUE_ASK) };

			say_text(&s, text, sizeof text);
			cr_assert_lt(strlen(text), 250);
			cr_assert(text[0] >= ' ' && strchr(text, '.') == NULL && strstr(text, "  ") == NULL, "%s", text);
			cr_assert_not_null(strstr(text, setting_infos[setting].name));
		}
}
