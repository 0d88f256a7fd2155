/*
 * What each program was found to be, kept with it (programs.h) until another policy is in force.
 */
#ifndef POLICYD_KEEP_FOUND_H
#define POLICYD_KEEP_FOUND_H

#include "framework.h"

/* For programs_kept_by(). */
void	keep_found(const struct program *, struct found *);

#endif
