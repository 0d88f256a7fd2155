/*
 * Profiles that are part of the program, in the language of the others: the
 * traffic that no program has. People see them as "builtin:system".
 */
#ifndef POLICYD_BUILTIN_H
#define POLICYD_BUILTIN_H

#include "file.h"

extern const char	 builtin_text[];
struct file		*builtin_profiles(void);

#endif
