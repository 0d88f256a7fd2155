/* links: policyd/choice_line.c policyd/moment.c policyd/choice.c policyd/words.c policyd/diag.c policyd/scope.c policyd/name.c */
/* links: policyd/rules.c policyd/net_index.c policyd/condition.c policyd/place_index.c policyd/geo.c policyd/geo_value.c policyd/country.c policyd/name_index.c policyd/arena.c */
/*
 * The text of a file of answers, which anybody may have edited, gets one more line: what
 * is not gone was there, and the new line is the one that is said to be. Or lines are taken out.
 */
#include <stdlib.h>
#include <string.h>

#include "choice_line.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The n-th line, from 1. */
static const char *
line_at(const char *text, size_t len, uint32_t n, size_t *line_len)
{
	const char *end = text + len, *next;

	while (--n > 0)
		text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
	next = memchr(text, '\n', (size_t)(end - text));
	*line_len = (size_t)((next == NULL ? end : next) - text);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choice c = { .action = RULE_ALLOW, .life = LIFE_ALWAYS, .directions = 2, .by = 7, .uid = 7, .path = "/usr/bin/x",
		.name = "a.example", .net = { 4, 8, { 10 } }, .scopes = 4 };
	char line[CHOICE_LINE_MOST], *text;
	size_t len, line_len;
	const char *found;
	uint32_t number;
	unsigned count;

	if (size < 2)
		return 0;
	c.root = data[0] & 1;
	c.target = (uint8_t)(TARGET_PROGRAM + (data[0] >> 1 & 3));
	c.zone = data[0] & 8;
	c.filed = data[0] & 16;
	c.file = (struct file_id){ 1, 2, 3 };
	text = choice_remove((const char *)data + 1, size - 1, &c, 1790000000, &len, &count);
	if (text == NULL || len > size - 1)
		abort();
	free(text);
	if ((text = choice_insert((const char *)data + 1, size - 1, &c, "because", 1790000000, &len, &number)) == NULL)
		return 0;
	choice_line(&c, "because", 1790000000, line);
	found = line_at(text, len, number, &line_len);
	while (line_len > 0 && *found == '\t') {
		found++;
		line_len--;
	}
	if (line_len != strlen(line) || memcmp(found, line, line_len) != 0)
		abort();
	free(text);
	return 0;
}
