/*
 * Errors of a policy file; see diag.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sandbox.h"
#include "diag.h"

void
diag_add(struct diag *d, struct pos at, const char *format, ...)
{
	struct diag_line *line;
	va_list ap;

	d->count++;
	if (d->lines_used == DIAG_MOST)
		return;
	if (d->lines == NULL && (d->lines = calloc(DIAG_MOST, sizeof *d->lines)) == NULL)
		fatal("policy memory");
	line = &d->lines[d->lines_used++];
	line->at = at;
	va_start(ap, format);
	(void)vsnprintf(line->text, sizeof line->text, format, ap);
	va_end(ap);
}

void
diag_free(struct diag *d)
{
	free(d->lines);
	*d = (struct diag){ 0 };
}

const char *
diag_safe(const char *text, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text != '\0' && n + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || c == '"') {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		} else
			out[n++] = (char)c;
	}
	out[n] = '\0';
	return out;
}
