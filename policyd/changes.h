/*
 * What a new look at the files changed, for the journal. Called by current.c.
 */
#ifndef POLICYD_CHANGES_H
#define POLICYD_CHANGES_H

#include "layers.h"
#include "settings.h"

#define CHANGES_FILES	16	/* files named of one look; more are counted */

/* quietly: at a start, only remembers what is there. */
void	changes_files(struct layers *, bool quietly);
void	changes_settings(const struct settings *before, const struct settings *after);

#endif
