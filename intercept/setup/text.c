/* A string that grows (text.h). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sandbox.h"
#include "text.h"

static void
text_reserve(struct text *t, size_t more)
{
	size_t	 size = t->size == 0 ? 256 : t->size;
	char	*s;

	while (size - t->len <= more)
		if (__builtin_mul_overflow(size, (size_t)2, &size))
			fatalx("text too long");
	if (size == t->size)
		return;
	s = realloc(t->s, size);
	if (s == NULL)
		fatal("memory");
	t->s = s;
	t->size = size;
}

void
text_add(struct text *t, const char *fmt, ...)
{
	va_list	ap;
	int	n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		fatalx("text format");
	text_reserve(t, (size_t)n);
	va_start(ap, fmt);
	(void)vsnprintf(t->s + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

void
text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

const char *
text_str(const struct text *t)
{
	return t->s == NULL ? "" : t->s;
}
