/*
 * Which name a program asked the suite's resolver for before it uses an
 * address: kept for the program that asked and for those forked from it without
 * exec (the same file and user), until they end, and not only for the answer's
 * time to live. What another program asked says nothing.
 *
 * programs.c says who comes and goes; the resolver's answers come through their
 * validator, but names and addresses are what hostile servers chose.
 */
#ifndef POLICYD_KNOWN_NAMES_H
#define POLICYD_KNOWN_NAMES_H

#include "facts.h"
#include "name.h"

#define NAMES_EACH	4096	/* addresses with a name, of one program; then its oldest goes */
#define NAMES_MOST	65536	/* of all; then the oldest of all goes */

/*
 * A program is there. Whom it was forked from is looked for now: later that one may have ended,
 * and what it knew is kept for as long as one that came from it lives. Again: nothing happens,
 * unless its file or user is another: then it is another program and knows nothing.
 */
void		 names_began(const struct program *);
/*
 * The answer to a question of this program's. name: what it asked for, lower case, without the last
 * dot; aliases on the way to the addresses are not told. Of several names for one address the last
 * counts. families: 4 or 6, of each address, which is as in a tuple (IPv4: first, then zeros). What is
 * no name or no family is left out. lists: block lists that have the name, 1 << number of each.
 */
void		 names_learnt(const struct program *asker, const char *name, size_t len,
		    const uint8_t (*addresses)[16], const uint8_t *families, unsigned count, uint64_t lists);
/*
 * NULL: neither it nor one that it was forked from asked for a name of this address. Its own word
 * goes before that of a forebear. Valid until the next call of another function here. lists: as above.
 */
const char	*names_find(const struct program *, uint8_t family, const uint8_t address[16],
		    uint16_t *len, uint64_t *lists);
/*
 * Does a process of this program (the same file and user) know a name of this address that check 15 or 16 may
 * refuse: another resolver's, or one on a block list? True also of some addresses of which none does.
 */
bool		 names_odd(const struct program *, uint8_t family, const uint8_t address[16]);
/* The list with this number stands no more, or is another one. */
void		 names_unlisted(unsigned number);
/* It ended; unknown ids are no error. */
void		 names_gone(uint64_t id);
void		 names_forget_all(void);
/* How many addresses with a name are kept. */
unsigned	 names_count(void);

#endif
