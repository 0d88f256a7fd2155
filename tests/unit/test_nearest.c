/*
 * Which known word somebody may have meant.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "nearest.h"

static const char *const known[] = { "allow", "deny", "domain", "connect-ports", "listen-ports", "secure", "status", "in" };

static const struct { const char *word, *hint; } rows[] = {
	{ "alow", " (did you mean allow?)" },			/* one is missing */
	{ "allloww", " (did you mean allow?)" },		/* two too many */
	{ "dney", " (did you mean deny?)" },			/* two have changed places */
	{ "domein", " (did you mean domain?)" },
	{ "stauts", " (did you mean status?)" },
	{ "connectports", " (did you mean connect-ports?)" },
	{ "listen-prt", " (did you mean listen-ports?)" },
	{ "secureed", " (did you mean secure?)" },
	{ "allow", " (did you mean allow?)" },
	{ "dyne", "" },			/* of four letters one may be wrong */
	{ "dlmxin", " (did you mean domain?)" },
	{ "dlmxen", "" },		/* of six two */
	{ "no", "" },			/* of two none */
	{ "in", " (did you mean in?)" },
	{ "", "" },
	{ "nothing-like-any-of-them-and-longer-than-forty", "" },
};

Test(nearest, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nearest	n = { .word = rows[i].word };
		char		hint[NEAREST_HINT];

		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			nearest_look(&n, known[k]);
		cr_expect_str_eq(nearest_hint(&n, hint), rows[i].hint, "%s:%s", rows[i].word, hint);
	}
}

/* Of several that are as near the first one counts. */
Test(nearest, first)
{
	struct nearest	n = { .word = "dent" };
	char		hint[NEAREST_HINT];

	nearest_look(&n, "deny");
	nearest_look(&n, "bent");
	cr_expect_str_eq(nearest_hint(&n, hint), " (did you mean deny?)");
}

Test(nearest, longest)
{
	char		word[42], hint[NEAREST_HINT];
	struct nearest	n = { .word = word };

	memset(word, 'a', 41);
	word[41] = '\0';
	nearest_look(&n, word);
	cr_expect_str_eq(nearest_hint(&n, hint), "");
	word[40] = '\0';
	nearest_look(&n, word);
	cr_expect_eq(strlen(nearest_hint(&n, hint)), strlen(" (did you mean ?)") + 40);
}
