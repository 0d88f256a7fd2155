/*
 * What words mean is said once: the man pages hold the very sentences of the tables, each under its word, and no
 * word of the language is left out.
 */
/* links: policyd/arena.c policyd/diag.c policyd/words.c policyd/value_build.c policyd/settings.c policyd/infos.c */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "infos.h"
#include "settings.h"

#define PAGE_MOST	(256 * 1024)

/* A macro of mdoc is one big letter and one small one, which no word of ours is. */
static bool
is_macro(const char *word, size_t len)
{
	return len == 2 && isupper((unsigned char)word[0]) && islower((unsigned char)word[1]);
}

/* Appends the letters and digits in small; one space stands for all between them. */
static size_t
put_word(char *out, size_t used, const char *word, size_t len)
{
	bool apart = true;

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)word[i]))
			apart = true;
		else {
			if (apart)
				out[used++] = ' ';
			apart = false;
			out[used++] = (char)tolower((unsigned char)word[i]);
		}
	return used;
}

/* One line of text or mdoc as plain words. "Xr page 5" is the page's name. */
static size_t
put_line(char *out, size_t used, const char *line, size_t len, bool mdoc)
{
	bool macros = mdoc && len > 0 && line[0] == '.', reference = false;

	for (size_t i = macros ? 1 : 0, n; i < len; i += n + 1) {
		for (n = 0; i + n < len && line[i + n] != ' ' && line[i + n] != '\t'; n++)
			;
		if (macros && is_macro(line + i, n))
			reference = line[i] == 'X' && line[i + 1] == 'r';
		else if (!(reference && n == 1 && isdigit((unsigned char)line[i])))
			used = put_word(out, used, line + i, n);
	}
	return used;
}

static char *
words_of(const char *text, bool mdoc)
{
	char *out = malloc(2 * strlen(text) + 4);	/* a space before each letter, at most */
	size_t used = 0, len;

	for (;; text += len + 1) {
		len = strcspn(text, "\n");
		used = put_line(out, used, text, len, mdoc);
		if (text[len] == '\0')
			break;
	}
	out[used++] = ' ';
	out[used] = '\0';
	return out;
}

static char *
page(const char *name)
{
	static char text[PAGE_MOST];
	FILE *in = fopen(name, "r");

	cr_assert_not_null(in, "%s", name);
	text[fread(text, 1, sizeof text - 1, in)] = '\0';
	fclose(in);
	return text;
}

/* Do the words stand in this part of the page? */
static bool
part_has(const char *part, size_t len, const char *words)
{
	char *copy = strndup(part, len), *said = words_of(copy, true), *wanted = words_of(words, false);
	bool has = strstr(said, wanted) != NULL;

	free(copy);
	free(said);
	free(wanted);
	return has;
}

/* Under an item with that word: the sentence. Items without a text of their own share the next one's. */
static bool
page_says(const char *text, const char *word, const char *sentence)
{
	for (const char *item = strstr(text, "\n.It "); item != NULL; item = strstr(item + 1, "\n.It ")) {
		const char *body = strchr(item + 1, '\n'), *next = strstr(item + 1, "\n.It ");

		while (next != NULL && next == body)
			next = strstr(body = strchr(next + 1, '\n'), "\n.It ");
		if (part_has(item + 4, strcspn(item + 4, "\n"), word) &&
		    part_has(body, next == NULL ? strlen(body) : (size_t)(next - body), sentence))
			return true;
	}
	return false;
}

Test(infos, settings_in_the_man_page)
{
	const char *text = page("docs/man/bulwark.conf.5");

	for (int i = 0; i < SETTINGS_COUNT; i++)
		cr_expect(page_says(text, setting_infos[i].name, setting_infos[i].explain), "%s: %s", setting_infos[i].name,
		    setting_infos[i].explain);
}

Test(infos, words_in_the_man_pages)
{
	char *profile = strdup(page("docs/man/bulwark-profile.5"));
	const char *conf = page("docs/man/bulwark.conf.5");

	for (const struct info *i = infos; i->word != NULL; i++)
		cr_expect(page_says(profile, i->word, i->explain) ||
		    (i->kind == INFO_STATEMENT && page_says(conf, i->word, i->explain)), "%s %s: %s",
		    info_kind_name(i->kind), i->word, i->explain);
	free(profile);
}

Test(infos, each_once)
{
	for (const struct info *i = infos; i->word != NULL; i++) {
		cr_expect_not_null(info_kind_name(i->kind));
		cr_expect_eq(i->explain[strlen(i->explain) - 1], '.', "%s", i->word);
		for (const struct info *k = i + 1; k->word != NULL; k++)
			cr_expect(i->kind != k->kind || strcmp(i->word, k->word) != 0, "%s", i->word);
	}
}

static bool
has(enum info_kind kind, const char *word)
{
	for (const struct info *i = infos; i->word != NULL; i++)
		if (i->kind == kind && strcmp(i->word, word) == 0)
			return true;
	return false;
}

/* The words between two marks of the grammar that stand first in an alternative, in quotes in its %token lines. */
Test(infos, no_word_is_left_out)
{
	static const char *const kinds[][2] = { { "\naction:", "\n\t;" }, { "\nmatch_word:", "\n\t;" }, { "\nmatch:", "\n\t;" }, { "\nprop_text:", "\n\t;" },
		{ "\nprop_word:", "\n\t;" }, { "\nprop_list:", "\n\t;" } };
	static const enum info_kind kind[] = { INFO_ACTION, INFO_MATCH, INFO_MATCH, INFO_PROPERTY, INFO_PROPERTY, INFO_PROPERTY };
	const char *text = page("policyd/lang.y");
	unsigned seen = 0;

	for (const struct word *w = flag_words; w->word != NULL; w++)
		cr_expect(has(INFO_FLAG, w->word), "flag %s", w->word);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *p = strstr(text, kinds[i][0]), *end = p == NULL ? NULL : strstr(p, kinds[i][1]);

		cr_assert(p != NULL && end != NULL, "%s", kinds[i][0]);
		for (p = strchr(p + 1, '\n'); p != NULL && p < end; p = strchr(p + 1, '\n')) {
			char token[40], quoted[60], *at;

			if (sscanf(p, "%*[\n\t |]%39[A-Z_]", token) != 1)
				continue;
			snprintf(quoted, sizeof quoted, " %s \"", token);
			if ((at = strstr((char *)(uintptr_t)text, quoted)) == NULL) {
				snprintf(quoted, sizeof quoted, "\t%s \"", token);
				at = strstr((char *)(uintptr_t)text, quoted);
			}
			cr_assert_not_null(at, "%s", token);
			at += strlen(quoted);
			snprintf(token, sizeof token, "%.*s", (int)strcspn(at, "\""), at);
			cr_expect(has(kind[i], token), "%s %s", info_kind_name(kind[i]), token);
			seen++;
		}
	}
	cr_assert_gt(seen, 30, "%u", seen);
}
