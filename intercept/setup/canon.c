/*
 * Canonical form of a rule (canon.h). Versions of iptables-save differ in the
 * order of matches and the form of numbers, not in their words.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canon.h"

#define UNITS_MAX	32
#define UNIT_BYTES	256
#define OPTIONS_MAX	16

int
words_split(const char *line, struct words *w)
{
	size_t	len = strlen(line);
	char	quote = '\0', *out = w->buf;
	bool	inside = false;

	w->count = 0;
	if (len >= sizeof(w->buf))
		return -1;
	for (const char *p = line; *p != '\0'; p++) {
		if (quote == '\0' && isspace((unsigned char)*p)) {
			if (inside)
				*out++ = '\0';
			inside = false;
			continue;
		}
		if (!inside) {
			if (w->count == CANON_WORDS)
				return -1;
			w->word[w->count++] = out;
			inside = true;
		}
		if (quote == '\0' && *p == '"')
			quote = '"';
		else if (quote != '\0' && *p == quote)
			quote = '\0';
		else if (*p == '\\' && p[1] != '\0')
			*out++ = *++p;
		else
			*out++ = *p;
	}
	*out = '\0';
	return 0;
}

const char *
words_target(const struct words *w)
{
	for (size_t i = 0; i + 1 < w->count; i++)
		if (strcmp(w->word[i], "-j") == 0 || strcmp(w->word[i], "-g") == 0)
			return w->word[i + 1];
	return NULL;
}

static int
append(char *out, size_t size, const char *s)
{
	size_t	used = strlen(out), len = strlen(s);

	if (used + len + 2 > size)
		return -1;
	if (used > 0)
		out[used++] = ' ';
	memcpy(out + used, s, len + 1);
	return 0;
}

/* 0x0f000000 and 0xf000000 are the same number, also on both sides of a slash. */
static int
append_number(char *out, size_t size, const char *word)
{
	char	number[64] = "", *slash;

	if (strlen(word) >= sizeof(number))
		return append(out, size, word);
	for (const char *p = word; *p != '\0'; p++) {
		bool	starts = p == word || p[-1] == '/';

		(void)strncat(number, p, 1);
		if (!starts || strncmp(p, "0x", 2) != 0)
			continue;
		(void)strncat(number, ++p, 1);
		while (p[1] == '0' && isxdigit((unsigned char)p[2]))
			p++;
	}
	/* A mask of all ones is the default. */
	slash = strchr(number, '/');
	if (slash != NULL && strcmp(slash, "/0xffffffff") == 0)
		*slash = '\0';
	return append(out, size, number);
}

static int
by_string(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* NEW,RELATED and RELATED,NEW are the same set. */
static int
append_set(char *out, size_t size, const char *word)
{
	char	 member[OPTIONS_MAX][UNIT_BYTES], sorted[UNIT_BYTES] = "", *copy, *rest, *m;
	size_t	 count = 0;
	int	 error = 0;

	copy = strdup(word);
	if (copy == NULL)
		return -1;
	rest = copy;
	while ((m = strsep(&rest, ",")) != NULL && error == 0) {
		if (count == OPTIONS_MAX || strlen(m) >= UNIT_BYTES)
			error = -1;
		else
			memcpy(member[count++], m, strlen(m) + 1);
	}
	free(copy);
	qsort(member, count, sizeof(member[0]), by_string);
	for (size_t i = 0; i < count && error == 0; i++)
		error = append(sorted, sizeof(sorted), member[i]);
	for (char *p = sorted; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	return error == 0 ? append(out, size, sorted) : -1;
}

/* An option with its arguments, "! --mark 0x1/0xf"; *i is moved behind it. */
static int
option_take(const struct words *w, size_t *i, char *out, size_t size)
{
	bool	set;

	if (strcmp(w->word[*i], "!") == 0 && *i + 1 < w->count)
		if (append(out, size, w->word[(*i)++]) == -1)
			return -1;
	set = strcmp(w->word[*i], "--ctstate") == 0;
	if (append(out, size, w->word[(*i)++]) == -1)
		return -1;
	while (*i < w->count && w->word[*i][0] != '-' && strcmp(w->word[*i], "!") != 0) {
		const char	*word = w->word[(*i)++];

		if ((set ? append_set : append_number)(out, size, word) == -1)
			return -1;
	}
	return 0;
}

static bool
is_option(const struct words *w, size_t i, const char *prefix)
{
	if (i < w->count && strcmp(w->word[i], "!") == 0)
		i++;
	return i < w->count && strncmp(w->word[i], prefix, strlen(prefix)) == 0;
}

/* A match or target with its options, these sorted; *i is moved behind it. */
static int
unit_take(const struct words *w, size_t *i, char *out, size_t size)
{
	char	option[OPTIONS_MAX][UNIT_BYTES];
	size_t	count = 0;

	out[0] = '\0';
	if (option_take(w, i, out, size) == -1)
		return -1;
	while (is_option(w, *i, "--")) {
		if (count == OPTIONS_MAX)
			return -1;
		option[count][0] = '\0';
		if (option_take(w, i, option[count++], UNIT_BYTES) == -1)
			return -1;
	}
	qsort(option, count, sizeof(option[0]), by_string);
	for (size_t n = 0; n < count; n++)
		if (append(out, size, option[n]) == -1)
			return -1;
	return 0;
}

int
words_canon(const struct words *w, size_t from, char *out, size_t size)
{
	char	unit[UNITS_MAX][UNIT_BYTES], target[UNIT_BYTES] = "", *into;
	size_t	count = 0, i = from;

	while (i < w->count) {
		if (strcmp(w->word[i], "-j") == 0 || strcmp(w->word[i], "-g") == 0)
			into = target;
		else if (count == UNITS_MAX)
			return -1;
		else
			into = unit[count++];
		if (unit_take(w, &i, into, UNIT_BYTES) == -1)
			return -1;
	}
	qsort(unit, count, sizeof(unit[0]), by_string);
	out[0] = '\0';
	for (size_t n = 0; n < count; n++)
		if (append(out, size, unit[n]) == -1)
			return -1;
	return target[0] == '\0' ? 0 : append(out, size, target);
}
