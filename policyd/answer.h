/*
 * Answers to what people ask through uid (ui.proto, UI_QUERY): the rows of one
 * answer, collected and told in messages as large as they may be.
 */
#ifndef POLICYD_ANSWER_H
#define POLICYD_ANSWER_H

#include "ui.h"

/* Begins the answer to a query; one at a time. */
void	answer_begin(uint32_t id);
/* The texts are copied. false: uid takes no more. */
bool	answer_row(uint8_t check, uint8_t action, const char *name, const char *file, uint32_t line,
	    const char *text);
void	answer_end(void);
/* Instead of any row. */
void	answer_error(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
