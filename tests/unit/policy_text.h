/*
 * For tests: one text built as a policy file, and what is said of it.
 */
#ifndef TESTS_POLICY_TEXT_H
#define TESTS_POLICY_TEXT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "scan.h"

static struct file *
text_build(enum file_kind kind, enum layer layer, const char *text, size_t len, struct diag *diag)
{
	const struct file_source source = { .kind = kind, .layer = layer, .uid = 1000, .name = "f",
		.shown = "f" };

	return file_build(&source, text, len, diag);
}

/* All errors of a text, "line:column: text" each on a line; "" for a good one. */
static inline const char *
text_errors(enum file_kind kind, enum layer layer, const char *text, size_t len)
{
	static char said[DIAG_MOST * (DIAG_TEXT + 24)];
	struct diag diag = { 0 };
	size_t used = 0;

	file_drop(text_build(kind, layer, text, len, &diag));
	said[0] = '\0';
	for (size_t i = 0; i < diag.lines_used; i++)
		used += (size_t)snprintf(said + used, sizeof said - used, "%s%u:%u: %s", i == 0 ? "" : "\n",
		    diag.lines[i].at.line, diag.lines[i].at.column, diag.lines[i].text);
	diag_free(&diag);
	return said;
}

/* A text without errors; the caller drops it. */
static inline struct file *
text_good(enum file_kind kind, enum layer layer, const char *text)
{
	struct diag diag = { 0 };
	struct file *file = text_build(kind, layer, text, strlen(text), &diag);

	cr_assert_eq(diag.count, 0, "%s\n%s", text, text_errors(kind, layer, text, strlen(text)));
	cr_assert_not_null(file);
	return file;
}

/* count copies of text. */
static inline char *
text_repeat(const char *text, size_t count)
{
	size_t len = strlen(text);
	char *all = malloc(len * count + 1);

	cr_assert_not_null(all);
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * len, text, len);
	all[len * count] = '\0';
	return all;
}

/* before, count copies of text, after. */
static inline char *
text_around(const char *before, const char *text, size_t count, const char *after)
{
	char *middle = text_repeat(text, count), *all;

	cr_assert_neq(asprintf(&all, "%s%s%s", before, middle, after), -1);
	free(middle);
	return all;
}

#endif
