/*
 * What facts have in common whatever they are about. For decide_server.c, names_server.c and explain.c: what one
 * of them left out would make verdicts other than they are explained.
 */
#ifndef POLICYD_GATHER_H
#define POLICYD_GATHER_H

#include "facts.h"

/* What is known of this machine now; nothing of a flow or question yet. */
void	facts_begin(struct facts *);
/* The same of a question by this program from this client, without its name. */
void	facts_question(struct facts *, const struct tuple *client, const struct program *);
/* Of each holder: its package. */
void	facts_packages(struct facts *);
/* This name, and what the first holder made of names of its kind. The text stays the caller's. */
void	facts_named(struct facts *, const char *name, uint16_t len);
/* The name by which the first holder learnt the destination's address, and whether odd ones are known. False: by none. */
bool	facts_find_name(struct facts *);

#endif
