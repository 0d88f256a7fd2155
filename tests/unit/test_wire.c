/* Below the messages: making text printable, and memory with a bound. */
#include <criterion/criterion.h>

#include <string.h>

#include "text.h"
#include "wire_arena.h"

static void
check_text(const char *in, size_t len, bool tabs, const char *out)
{
	char s[128];
	size_t n;

	memcpy(s, in, len);
	n = text_printable(s, len, tabs);
	cr_assert_leq(n, len);
	cr_assert_eq(n, strlen(out), "%s", out);
	cr_assert_arr_eq(s, out, n, "%s", out);
	cr_assert_eq(text_printable(s, n, tabs), n, "not the same the second time: %s", out);
	cr_assert_arr_eq(s, out, n);
}
#define TEXT(IN, OUT)	check_text(IN, sizeof(IN) - 1, false, OUT)

Test(text, control_characters)
{
	TEXT("", "");
	TEXT("plain ~", "plain ~");
	TEXT("a\0b", "a?b");
	TEXT("\033]0;title\007", "?]0;title?");
	TEXT("\r\n\t\x7f", "????");
	TEXT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "???\xc2\xa0");	/* C1; a no-break space stays */
	check_text("a\tb\n", 4, true, "a\tb?");
}

Test(text, direction_and_lines)
{
	TEXT("\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9", "????");
	TEXT("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c\xef\xbb\xbf", "??????");
	TEXT("\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf");	/* their neighbours */
}

Test(text, utf8)
{
	TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	TEXT("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
	TEXT("\xf4\x90\x80\x80", "????");		/* above U+10FFFF */
	TEXT("\xed\xa0\x80", "???");			/* a surrogate */
	TEXT("\xc0\x80\xc1\xbf", "????");		/* overlong */
	TEXT("\xe0\x80\x80\xf0\x80\x80\x80", "???????");
	TEXT("\x80\xbf\xfe\xff", "????");
	TEXT("\xc3", "?");				/* cut off */
	TEXT("\xe2\x82", "??");
	TEXT("\xf0\x9f\x98", "???");
	TEXT("\xc3x", "?x");
	TEXT("\xe2\x82x", "??x");
}

Test(wire_arena, bound)
{
	static _Alignas(16) uint8_t memory[1024];
	struct wire_arena a;
	uint8_t *p, *q;

	wire_arena_init(&a, memory, sizeof(memory));
	p = a.allocator.alloc(&a, 1);
	q = a.allocator.alloc(&a, 100);
	cr_assert_not_null(p);
	cr_assert_geq((size_t)(q - p), 16);
	cr_assert_eq((uintptr_t)q % 16, 0);
	memset(q, 1, 100);
	cr_assert_null(a.allocator.alloc(&a, 1024));
	cr_assert_null(a.allocator.alloc(&a, SIZE_MAX));
	cr_assert_null(a.allocator.alloc(&a, SIZE_MAX - 8));
	a.allocator.free(&a, p);
	while (a.allocator.alloc(&a, 48) != NULL)
		continue;
	cr_assert_leq(a.used, sizeof(memory));
	wire_arena_init(&a, memory, sizeof(memory));
	cr_assert_eq(a.allocator.alloc(&a, 16), memory);
}
