/*
 * The scanner of policy files: bytes to tokens. It trusts nothing in the
 * text: size, depth, number of tokens and length of each are bounded; NUL,
 * other control bytes and broken UTF-8 are errors with their position.
 *
 * A line is a statement: the scanner gives NL for a line's end, for ';', and
 * before each '}', so that the grammar needs no case for them.
 */
#ifndef POLICYD_SCAN_H
#define POLICYD_SCAN_H

#include "ast.h"
#include "diag.h"

#define SCAN_FILE_MOST	(1u << 20)	/* bytes of a file */
#define SCAN_TOKEN_MOST	4096		/* bytes of a word or string */
#define SCAN_TOKENS	200000		/* of a file */
#define SCAN_DEPTH	4		/* of braces */

struct scan {
	const char	*pos, *end;
	struct pos	 at;		/* of pos */
	struct arena	*arena;
	struct diag	*diag;
	size_t		 tokens;
	unsigned	 depth;
	uint32_t	 opened[SCAN_DEPTH];	/* lines of the braces that are open */
	unsigned	 skip;		/* 1 + depth of a statement that is given up; 0: none */
	int		 last;		/* token given before */
	const char	*text;		/* of the last token, for messages */
	bool		 stop;		/* an error after which nothing more is read */
};

/* The grammar's view: one parse of one text. */
struct parse {
	struct scan	 scan;
	struct ast	*ast;
	struct ast_statement **last;	/* where the next statement is linked */
};

/*
 * Parses text. The tree's statements are usable also after errors (those that
 * could be read), but who uses a file with diag->count > 0 must know why.
 */
void	parse_text(const char *text, size_t len, struct ast *, struct diag *);
void	ast_free(struct ast *);

void	scan_start(struct scan *, const char *text, size_t len, struct arena *, struct diag *);

/* For files that are broken: calls on() for each path, prefix or virtual name that can be read. */
void	scan_names(const char *text, size_t len,
	    void (*on)(void *ctx, enum prop_kind, const char *name, struct pos), void *ctx);

#endif
