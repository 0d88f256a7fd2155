/*
 * What was wrong in a policy file: a bounded list of file:line:column: text.
 * Filled by the scanner, the parser and the builders.
 */
#ifndef POLICYD_DIAG_H
#define POLICYD_DIAG_H

#include <stddef.h>

#include "ast.h"

#define DIAG_MOST	20	/* errors kept of one file; the rest is counted */
#define DIAG_TEXT	320

struct diag_line {
	struct pos	at;
	char		text[DIAG_TEXT];
};

struct diag {
	size_t		 count;		/* of all errors */
	size_t		 lines_used;
	struct diag_line *lines;	/* NULL until the first error */
};

void	diag_add(struct diag *, struct pos, const char *, ...) __attribute__((format(printf, 3, 4)));
void	diag_free(struct diag *);
/* Writes text so that a terminal or log is safe: control bytes and quotes as \xHH. */
const char *diag_safe(const char *, char *, size_t);

#endif
