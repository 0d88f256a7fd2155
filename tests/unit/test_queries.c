/*
 * Questions to a group: who answers in time, to the port of the question, answers the program.
 */
/* links: policyd/queries.c */
#include <criterion/criterion.h>

#include "queries.h"

Test(queries, awaited_for_some_seconds)
{
	queries_asked(1, 4, 5353, 100);
	cr_assert(queries_awaited(1, 4, 5353, 100));
	cr_assert(queries_awaited(1, 4, 5353, 100 + QUERY_ANSWER_S));
	cr_assert(!queries_awaited(1, 4, 5353, 101 + QUERY_ANSWER_S));
	queries_asked(1, 4, 5353, 104);
	cr_assert(queries_awaited(1, 4, 5353, 104 + QUERY_ANSWER_S));
	queries_forget();
	cr_assert(!queries_awaited(1, 4, 5353, 104));
}

Test(queries, by_nobody_else)
{
	queries_asked(1, 4, 5353, 100);
	cr_assert(!queries_awaited(2, 4, 5353, 100));
	cr_assert(!queries_awaited(1, 6, 5353, 100));
	cr_assert(!queries_awaited(1, 4, 5354, 100));
}

Test(queries, sent_by_anybody)
{
	cr_assert(!queries_sent(0, 0, 0));
	queries_asked(1, 4, 5353, 100);
	cr_assert(queries_sent(4, 5353, 100 + QUERY_ANSWER_S));
	cr_assert(!queries_sent(4, 5353, 101 + QUERY_ANSWER_S));
	cr_assert(!queries_sent(6, 5353, 100));
	cr_assert(!queries_sent(4, 5354, 100));
}

/* One that is asked again keeps its place: who asks often pushes nobody out. */
Test(queries, bound)
{
	queries_asked(7, 4, 1, 100);
	for (unsigned i = 0; i < 10 * QUERIES_MOST; i++)
		queries_asked(8, 4, 2, 100);
	cr_assert(queries_awaited(7, 4, 1, 100));
	for (unsigned i = 0; i < QUERIES_MOST; i++)
		queries_asked(9, 6, (uint16_t)i, 100);
	cr_assert(!queries_awaited(7, 4, 1, 100));
	for (unsigned i = 0; i < QUERIES_MOST; i++)
		cr_assert(queries_awaited(9, 6, (uint16_t)i, 100));
}
