/*
 * Making hostile text harmless to show; see text.h. Callable by everybody.
 */
#include "text.h"

#include <string.h>

size_t
text_utf8(const char *s, size_t left, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (left == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if ((p[0] & 0xe0) == 0xc0)
		n = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		n = 3;
	else if ((p[0] & 0xf8) == 0xf0)
		n = 4;
	else
		return 0;
	if (n > left)
		return 0;
	*code = p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fu);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

bool
text_harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return false;
	if (c == 0x061c || c == 0x200e || c == 0x200f || c == 0xfeff)
		return false;	/* invisible marks of direction and byte order */
	return !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

size_t
text_printable(char *s, size_t len, bool tabs)
{
	size_t from = 0, to = 0;

	while (from < len) {
		uint32_t code = 0;
		size_t n = text_utf8(s + from, len - from, &code);

		if (n == 0 || !(text_harmless(code) || (tabs && code == '\t'))) {
			s[to++] = '?';
			from += n == 0 ? 1 : n;
			continue;
		}
		memmove(s + to, s + from, n);
		to += n;
		from += n;
	}
	return to;
}
