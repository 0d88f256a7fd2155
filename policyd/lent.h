/*
 * Where grants went in this generation: by program (file and user) and address. For names_server.c,
 * which learns of names that change what a grant was given for.
 */
#ifndef POLICYD_LENT_H
#define POLICYD_LENT_H

#include "facts.h"

void	lent_note(const struct program *, uint8_t family, const uint8_t address[16]);
/* True also of some that no grant was given for, the more the more were. */
bool	lent_has(const struct program *, uint8_t family, const uint8_t address[16]);
/* A new generation: all ended. */
void	lent_forget(void);

#endif
