/*
 * Which program asked which name. The cache is everybody's, but no way to learn what
 * others asked: a program's first answer takes as long as it took to get.
 */
#ifndef RESOLVERD_ASKED_H
#define RESOLVERD_ASKED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * program: as policyd numbers it (asker.h); name_hash: dname_hash(). What was noted long
 * ago may be forgotten.
 */
bool	asked_before(uint64_t program, uint64_t name_hash, uint16_t type);
void	asked_note(uint64_t program, uint64_t name_hash, uint16_t type);

#endif
