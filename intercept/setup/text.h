/* A string that grows. All zero is empty and owns nothing; text_free() makes it so again. */
#ifndef SETUP_TEXT_H
#define SETUP_TEXT_H

#include <stddef.h>

struct text {
	char	*s;		/* NUL-terminated once something was added, else NULL */
	size_t	 len;
	size_t	 size;
};

/* Without memory the process ends: nothing half-written is ever used. */
void		text_add(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void		text_free(struct text *);
const char	*text_str(const struct text *);	/* "" when empty */

#endif
