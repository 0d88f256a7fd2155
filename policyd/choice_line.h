/*
 * Choices as lines of the policy language, and where they go in a file's text.
 * Pure: no file is touched here.
 */
#ifndef POLICYD_CHOICE_LINE_H
#define POLICYD_CHOICE_LINE_H

#include "choice.h"

#define CHOICE_LINE_MOST	1024	/* bytes, with its comment and a NUL */
#define CHOICE_WHY_MOST		200	/* bytes of the reason in the comment */
#define CHOICES_OF_BLOCK	256	/* lines of a block that were written here */
#define CHOICE_MINUTE		17	/* bytes of "2027-01-31T18:00" and a NUL */

/* Local time, without seconds; the next minute if there are any. */
void	choice_minute(int64_t unix_s, char out[CHOICE_MINUTE]);

/*
 * One line without tabs before and newline after it: the rule, and who, when and why
 * in a comment. why may hold any bytes. now_s: seconds since 1970.
 */
void	choice_line(const struct choice *, const char *why, int64_t now_s, char out[CHOICE_LINE_MOST]);

/* The rule alone, without end and file: "allow out domain example.org port tcp/443". */
void	choice_words(const struct choice *, char out[CHOICE_LINE_MOST]);
/* A minute of local time (moment.h) in that form. */
void	choice_local_minute(int64_t local, char out[CHOICE_MINUTE]);

/*
 * A copy of text without the lines that choice_insert() would take out for this choice; count: of them, not counting
 * those whose time is over. *out_len 0: what is left says nothing. The caller frees it.
 */
char	*choice_remove(const char *text, size_t len, const struct choice *, int64_t now_s, size_t *out_len, unsigned *count);

/*
 * A copy of text with the line on top of the program's block, which is made if there is
 * none; where text is empty a whole profile. Lines written here that the choice covers,
 * or whose time is over, go; every other byte stays. NULL: the block is full, or the
 * text has no place for it. *line: the new one's number. The caller frees it.
 */
char	*choice_insert(const char *text, size_t len, const struct choice *, const char *why, int64_t now_s,
	    size_t *out_len, uint32_t *line);

/* Text in double quotes of the policy language. 0, or -1: no room. */
int	choice_quote(const char *text, char *out, size_t size);

#endif
