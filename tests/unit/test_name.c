/*
 * Names of domains: which patterns fit, alone and by the index of many; which names are local.
 */
/* links: policyd/arena.c policyd/name.c policyd/name_index.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name_index.h"

static struct name_pattern
pattern(const char *text)
{
	uint8_t kind = text[0] == '.' ? NAME_ZONE : strchr(text, '*') != NULL ? NAME_GLOB : NAME_EXACT;

	text += kind == NAME_ZONE;
	return (struct name_pattern){ kind, (uint8_t)strlen(text), text };
}

static void
on_hit(void *ctx, uint32_t value)
{
	unsigned *hits = ctx;

	*hits |= 1u << value;
}

Test(name, fits)
{
	static const struct { const char *pattern, *name; bool fits; } rows[] = {
		{ "example.org", "example.org", true }, { "example.org", "www.example.org", false },
		{ "example.org", "example.or", false }, { "example.org", "xexample.org", false },
		{ "example.org", "", false }, { "org", "org", true }, { "org", "example.org", false },
		{ ".example.org", "example.org", true }, { ".example.org", "www.example.org", true },
		{ ".example.org", "a.b.c.example.org", true }, { ".example.org", "badexample.org", false },
		{ ".example.org", "org", false }, { ".example.org", "example.org.evil.net", false },
		{ ".org", "x.org", true }, { ".org", "org", true }, { ".org", "x.xorg", false },
		{ "cdn*.example.org", "cdn.example.org", true }, { "cdn*.example.org", "cdn12.example.org", true },
		{ "cdn*.example.org", "cdn.a.example.org", true }, { "cdn*.example.org", "xcdn.example.org", false },
		{ "cdn*.example.org", "example.org", false }, { "cdn*.example.org", "cdn.example.org.net", false },
		{ "*.example.org", "a.example.org", true }, { "*.example.org", "example.org", false },
		{ "*.example.org", ".example.org", true }, { "*ads*", "loads.example", true },
		{ "*ads*", "ads", true }, { "*ads*", "ad.s", false }, { "ads*", "ads.example", true },
		{ "*", "x", true }, { "*", "a.b.c", true }, { "a*b*c", "aXbXc", true }, { "a*b*c", "abbc", true },
		{ "a*b*c", "acb", false }, { "a*a", "a", false }, { "*.a*.b", "x.a.b", true }, { "*.a*.b", "a.b", false },
		{ "a.b*.c.d", "a.bx.y.c.d", true }, { "a.b*.c.d", "a.bx.yc.d", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct name_value value = { pattern(rows[i].pattern), 3 };
		size_t len = strlen(rows[i].name);
		struct arena arena = { 0 };
		unsigned hits = 0;

		cr_expect_eq(name_matches(&value.name, rows[i].name, len), rows[i].fits, "%s %s", rows[i].pattern,
		    rows[i].name);
		name_index_find(name_index_make(&arena, &value, 1), rows[i].name, len, on_hit, &hits);
		cr_expect_eq(hits, rows[i].fits ? 1u << 3 : 0, "%s %s", rows[i].pattern, rows[i].name);
		arena_free(&arena);
	}
}

static uint64_t seed = 0x9e3779b97f4a7c15u;

static unsigned
rnd(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

/* Many short ones of few letters, so that they meet. */
static void
rnd_text(char out[24], bool star)
{
	unsigned labels = 1 + rnd(4);

	out[0] = '\0';
	for (unsigned i = 0; i < labels; i++)
		snprintf(out + strlen(out), 24 - strlen(out), "%s%s%c%s", i == 0 ? "" : ".", star && rnd(4) == 0 ? "*" :
		    "", 'a' + (char)rnd(2), star && rnd(5) == 0 ? "*" : "");
}

Test(name, index_equals_each)
{
	unsigned found = 0;

	for (unsigned round = 0; round < 3000; round++) {
		char texts[32][24], name[24];
		struct name_value values[32];
		struct arena arena = { 0 };
		const struct name_index *x;
		unsigned count = 0;

		for (unsigned i = 0; i < 1 + round % 32; i++) {
			bool known = false;

			rnd_text(texts[count], true);
			values[count] = (struct name_value){ pattern(texts[count]), count };
			if (values[count].name.kind == NAME_EXACT && rnd(2))
				values[count].name.kind = NAME_ZONE;
			for (unsigned k = 0; k < count; k++)
				known |= name_compare(&values[k].name, &values[count].name) == 0;
			count += !known;
		}
		x = name_index_make(&arena, values, count);
		for (unsigned k = 0; k < 50; k++) {
			unsigned hits = 0, wanted = 0;

			rnd_text(name, false);
			name_index_find(x, name, strlen(name), on_hit, &hits);
			for (unsigned i = 0; i < count; i++)
				if (name_matches(&values[i].name, name, strlen(name)))
					wanted |= 1u << i;
			cr_assert_eq(hits, wanted, "%s: %x, not %x", name, hits, wanted);
			found += hits != 0;
		}
		arena_free(&arena);
	}
	cr_assert_gt(found, 10000);
}

Test(name, an_empty_index)
{
	struct arena arena = { 0 };
	unsigned hits = 0;

	name_index_find(name_index_make(&arena, NULL, 0), "a.b", 3, on_hit, &hits);
	cr_assert_eq(hits, 0);
	arena_free(&arena);
}

Test(name, local)
{
	static const struct { const char *name; bool local, host; } rows[] = {
		{ "", false, false }, { "printer", true, false }, { "nas.local", true, false }, { "local", true, false },
		{ "a.b.local", true, false }, { "notlocal.example", false, false }, { "x.notlocal", false, false },
		{ "router.home.arpa", true, false }, { "home.arpa", true, false }, { "arpa", true, false },
		{ "x.internal", true, false }, { "x.lan", true, false }, { "x.corp", true, false },
		{ "example.org", false, false }, { "local.example.org", false, false },
		{ "1.0.0.10.in-addr.arpa", true, false }, { "1.0.0.110.in-addr.arpa", false, false },
		{ "1.1.16.172.in-addr.arpa", true, false }, { "1.1.31.172.in-addr.arpa", true, false },
		{ "1.1.15.172.in-addr.arpa", false, false }, { "1.1.32.172.in-addr.arpa", false, false },
		{ "1.1.168.192.in-addr.arpa", true, false }, { "1.1.169.192.in-addr.arpa", false, false },
		{ "1.0.d.f.ip6.arpa", true, false }, { "1.0.8.e.f.ip6.arpa", true, false },
		{ "1.0.c.e.f.ip6.arpa", false, false }, { "1.0.2.ip6.arpa", false, false },
		{ "localhost", false, true }, { "x.localhost", false, true }, { "1.0.0.127.in-addr.arpa", false, true },
		{ "xlocalhost.org", false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(name_is_local(rows[i].name, strlen(rows[i].name)), rows[i].local, "%s", rows[i].name);
		cr_expect_eq(name_is_host(rows[i].name, strlen(rows[i].name)), rows[i].host, "%s", rows[i].name);
	}
}
