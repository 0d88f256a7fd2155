/*
 * What policyd says of servers and answers, put into effect.
 */
#ifndef RESOLVERD_SETTINGS_H
#define RESOLVERD_SETTINGS_H

#include "names.h"

void	settings_take(const struct names_settings *);

#endif
