/*
 * See nearest.h.
 */
#include <stdio.h>
#include <string.h>

#include "nearest.h"

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Letters to add, take away, change or swap with their neighbour to get from a to b (the
 * restricted Damerau-Levenshtein distance). Both are at most NEAREST_WORD long.
 */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned	rows[3][NEAREST_WORD + 1], *last = rows[0], *row = rows[1], *before = rows[2];

	for (unsigned k = 0; k <= b_len; k++)
		last[k] = before[k] = k;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned	*oldest = before;

		row[0] = i;
		for (unsigned k = 1; k <= b_len; k++) {
			row[k] = least(last[k - 1] + (a[i - 1] != b[k - 1]), least(last[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least(row[k], before[k - 2] + 1);
		}
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_len];
}

/* One letter in three may be wrong, and two in all. */
void
nearest_look(struct nearest *n, const char *known)
{
	size_t		len = strlen(n->word), known_len = strlen(known);
	unsigned	steps;

	if (len > NEAREST_WORD || known_len > NEAREST_WORD)
		return;
	steps = distance(n->word, len, known, known_len);
	if (steps > len / 3 || steps > 2 || (n->best[0] != '\0' && steps >= n->steps))
		return;
	memcpy(n->best, known, known_len + 1);
	n->steps = steps;
}

const char *
nearest_hint(const struct nearest *n, char out[NEAREST_HINT])
{
	out[0] = '\0';
	if (n->best[0] != '\0')
		(void)snprintf(out, NEAREST_HINT, " (did you mean %s?)", n->best);
	return out;
}
