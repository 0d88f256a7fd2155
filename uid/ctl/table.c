/*
 * Tables for a terminal or a pipe; see show.h. On a terminal the widest
 * column gives way until the row fits; what is cut ends with a mark.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "text.h"

#define COLUMNS_MAX	12
#define COLUMN_LEAST	10	/* a column is not cut below this */

struct table {
	unsigned	  columns;
	size_t		  cells, room;
	char		**cell;
};

struct table *
table_new(unsigned columns)
{
	struct table	*t = calloc(1, sizeof(*t));

	if (t == NULL || columns > COLUMNS_MAX)
		errx(5, "no memory for a table");
	t->columns = columns;
	return t;
}

void
table_cell(struct table *t, const char *text)
{
	if (t->cells == t->room) {
		size_t	  room = t->room == 0 ? 64 : t->room * 2;
		char	**cell = reallocarray(t->cell, room, sizeof(*cell));

		if (cell == NULL)
			errx(5, "no memory for a table");
		t->cell = cell;
		t->room = room;
	}
	if ((t->cell[t->cells++] = strdup(text)) == NULL)
		errx(5, "no memory for a table");
}

/* Columns of the screen: measured by a line that is never written. */
static unsigned
text_columns(const char *s)
{
	static struct line	l;

	line_start(&l, stdout);
	l.width = 0;
	l.colours = false;
	line_bytes(&l, s, strlen(s));
	return l.column;
}

static void
fit(unsigned *width, unsigned columns, unsigned screen)
{
	for (;;) {
		unsigned	sum = 0, widest = 0;

		for (unsigned i = 0; i < columns; i++) {
			sum += width[i] + 2;
			if (width[i] > width[widest])
				widest = i;
		}
		if (sum <= screen || width[widest] <= COLUMN_LEAST)
			return;
		width[widest]--;
	}
}

static void
print_row(const struct table *t, char **row, const unsigned *width, bool head)
{
	static struct line	l;
	unsigned		screen, start = 0;

	line_start(&l, stdout);
	screen = l.width;
	if (head)
		line_colour(&l, BOLD);
	for (unsigned i = 0; i < t->columns; i++) {
		if (screen != 0) {
			l.width = start + width[i] + 1;
			if (l.width > screen)
				l.width = screen;
		}
		l.cut = false;
		line_bytes(&l, row[i], strlen(row[i]));
		l.cut = false;
		l.width = screen;
		start += width[i] + 2;
		if (i + 1 < t->columns)
			line_pad(&l, start);
	}
	line_end(&l);
}

void
table_print(const struct table *t)
{
	static struct line	 l;
	unsigned		 width[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < t->cells; i++) {
		unsigned	columns = text_columns(t->cell[i]);

		if (columns > width[i % t->columns])
			width[i % t->columns] = columns;
	}
	line_start(&l, stdout);
	if (l.width != 0)
		fit(width, t->columns, l.width);
	for (size_t i = 0; i + t->columns <= t->cells; i += t->columns)
		print_row(t, &t->cell[i], width, i == 0);
}

void
table_free(struct table *t)
{
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t);
}
