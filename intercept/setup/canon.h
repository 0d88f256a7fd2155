/*
 * The words of a rule as iptables-save prints it, and one canonical form of
 * them, so that two ways of writing the same rule compare as equal.
 */
#ifndef SETUP_CANON_H
#define SETUP_CANON_H

#include <stddef.h>

#define CANON_WORDS	128
#define CANON_BYTES	2048

struct words {
	size_t	 count;
	char	*word[CANON_WORDS];
	char	 buf[CANON_BYTES];
};

/* Splits at blanks, honours quotes. -1: too long to be a rule of ours. */
int	words_split(const char *line, struct words *);
/* What a rule jumps to (-j or -g), NULL if it has no target. */
const char *words_target(const struct words *);
/*
 * The words from..end in canonical order: matches sorted with their options,
 * target last, numbers without leading zeros. -1 if it does not fit.
 */
int	words_canon(const struct words *, size_t from, char *out, size_t size);

#endif
