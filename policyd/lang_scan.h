/*
 * Between scanner and grammar: included by lang.y and scan.c only.
 */
#ifndef POLICYD_LANG_SCAN_H
#define POLICYD_LANG_SCAN_H

#include "lang.h"

int	langlex(LANGSTYPE *, LANGLTYPE *, struct parse *);
/* Gives up the statement at hand: nothing but its NL comes next. */
void	scan_skip(struct scan *, int unexpected);

#endif
