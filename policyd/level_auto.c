/*
 * See level_auto.h. The reasons that count stand in the file "level-auto" of the
 * state folder, as words.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "level_auto.h"
#include "sandbox.h"
#include "state_file.h"

#define FILE_NAME	"level-auto"

static const struct { const char *word, *text; } names[LEVEL_REASONS] = {
	[REASON_NETWORK] = { "network", "an unknown network" }, [REASON_ATTACK] = { "attack", "an attack" },
};

static const char	*folder;
static void		(*on_change)(void);
static struct {
	bool	is;		/* as the fact is now */
	bool	counts;		/* is, or was until hold_s */
	int64_t	hold_s;		/* CLOCK_BOOTTIME */
}			 reasons[LEVEL_REASONS];

static void
write_down(void)
{
	char text[STATE_FILE_BYTES] = "";
	size_t used = 0;

	for (int i = 0; i < LEVEL_REASONS; i++)
		if (reasons[i].counts)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", names[i].word);
	if (used == 0)
		state_remove(folder, FILE_NAME);
	else if (state_write(folder, FILE_NAME, text, false) == -1)
		log_warn("why the level is switched could not be written down");
}

void
level_auto_start(const char *state, void (*changed)(void))
{
	char text[STATE_FILE_BYTES], *save = NULL;

	folder = state;
	on_change = changed;
	memset(reasons, 0, sizeof reasons);
	if (state_read(folder, FILE_NAME, text) == -1)
		return;
	for (char *word = strtok_r(text, " \n", &save); word != NULL; word = strtok_r(NULL, " \n", &save))
		for (int i = 0; i < LEVEL_REASONS; i++)
			if (strcmp(word, names[i].word) == 0) {
				reasons[i].counts = true;
				reasons[i].hold_s = clock_s(CLOCK_BOOTTIME) + LEVEL_AUTO_HOLD_S;
			}
}

static void
set(enum level_reason r, bool is)
{
	bool counted = reasons[r].counts;

	if (reasons[r].is && !is)
		reasons[r].hold_s = clock_s(CLOCK_BOOTTIME) + LEVEL_AUTO_HOLD_S;
	reasons[r].is = is;
	reasons[r].counts |= is;
	if (counted == reasons[r].counts)
		return;
	write_down();
	if (on_change != NULL)
		on_change();
}

void
level_fact_network(bool known)
{
	set(REASON_NETWORK, !known);
}

void
level_fact_attack(bool is)
{
	set(REASON_ATTACK, is);
}

void
level_auto_tick(void)
{
	bool ended = false;

	for (int i = 0; i < LEVEL_REASONS; i++)
		if (reasons[i].counts && !reasons[i].is && clock_s(CLOCK_BOOTTIME) >= reasons[i].hold_s) {
			reasons[i].counts = false;
			ended = true;
		}
	if (ended)
		write_down();
}

enum level
level_auto(const struct conf *conf, enum level_reason *why)
{
	enum level highest = 0;

	for (int i = 0; i < LEVEL_REASONS; i++) {
		enum level level = LEVEL_SECURE;

		if (conf != NULL && conf->level_rule[i].level != 0)
			level = conf->level_rule[i].level;
		if (reasons[i].counts && level > highest) {
			highest = level;
			*why = (enum level_reason)i;
		}
	}
	return highest;
}

const char *
level_reason_text(enum level_reason r)
{
	return names[r].text;
}
