/*
 * What policyd says of servers and answers, put into effect.
 */
#ifndef RESOLVERD_SETTINGS_H
#define RESOLVERD_SETTINGS_H

#include "names.h"

void	settings_take(const struct names_settings *);
/* What a blocked name gets. */
enum names_blocked settings_blocked(void);
/* Are block lists also for what a name is an alias of? */
bool	settings_list_aliases(void);
/* Are private addresses for public names kept back? */
bool	settings_rebinding(void);

#endif
