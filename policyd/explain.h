/*
 * Questions of people: what would happen, and which profiles there are. The
 * decision is the very function that judges flows (judge.h).
 */
#ifndef POLICYD_EXPLAIN_H
#define POLICYD_EXPLAIN_H

#include "ui.h"

/* Answers a query, whatever it is. For tell_attach(). */
void	explain_query(uint32_t id, const struct ui_query *);
/* What resolverd says of the name that was asked about last, to the query; NULL: it says nothing. */
void	explain_found(uint32_t id, const struct names_found *);

#endif
