/*
 * What is in force now: the policy made of all files, and the level. Each
 * change of either is a new generation.
 */
#ifndef POLICYD_CURRENT_H
#define POLICYD_CURRENT_H

#include "layers.h"
#include "level.h"
#include "policy.h"

struct event_base;

/* Folders as this process sees them, and as people know them. */
struct folders {
	const char	*vendor, *etc, *state;
	const char	*vendor_shown, *etc_shown, *state_shown;
	const char	*geo;		/* databases of countries and AS */
};

/* Reads all files; changed() is called for each later generation. */
void		 current_start(struct event_base *, const struct folders *, void (*changed)(void));
const struct policy *current_policy(void);
uint32_t	 current_generation(void);
/* True until the first change of a file or the level. */
bool		 current_is_first(void);
/* For lists of files and what is wrong with them. */
const struct layers *current_layers(void);
/*
 * Looks at all files again, as after a change on disk. What takes long goes on after this returned (slice.h):
 * until the new policy is whole, the one before is in force. Another call meanwhile starts it again.
 */
void		 current_reload(void);
/* A new generation though no file changed: facts did that verdicts were made from. */
void		 current_judge_anew(void);
/*
 * Once a second: takes the time and databases of places that changed, and judges anew where a rule begins or
 * ends to hold by it, or the level changes.
 */
void		 current_tick(void);
/* Where addresses lie; never NULL once started. */
const struct geo *current_geo(void);
/* The time as it was taken last. */
const struct moment *current_moment(void);
/* As level_set(). */
int		 current_set_level(enum level, uint32_t for_s, uint32_t uid);

#endif
