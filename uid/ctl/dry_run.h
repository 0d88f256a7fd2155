/*
 * What explain and dns query share: the program that is meant, as allow and its like name it, too, and the checks
 * of the answer.
 */
#ifndef CTL_DRY_RUN_H
#define CTL_DRY_RUN_H

#include "ctl.h"

/*
 * Adds the process (a number) or the program (a path or a command's name) to the
 * request, and the user of --user: 0, or -1 after a complaint. gone_too: nothing need lie at a whole path.
 */
int	program_add(const struct options *, json_t *request, const char *word, bool gone_too, enum ctl_exit *status);
/* For ask(): a step, or the verdict that the end tells. */
void	step_row(void *ctx, const json_t *);

#endif
