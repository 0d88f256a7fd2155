/*
 * Answers in rows: as many messages as it takes, none of them too large, and nothing after a refusal.
 */
/* links: policyd/answer.c */
#include "answer_stub.h"

#include "answer.h"

TestSuite(answer, .init = heard_begin);

Test(answer, nothing)
{
	answer_begin(7);
	answer_end();
	cr_assert(heard.ended && !heard.error && heard.messages == 1 && heard.rows == 0 && heard.id == 7);
}

Test(answer, one_row)
{
	answer_begin(7);
	cr_assert(answer_row(11, 2, "name", "/etc/x", 5, "a text"));
	answer_end();
	cr_assert_str_eq(heard.text, "11 2 name /etc/x:5: a text\n");
}

Test(answer, as_many_rows_as_may_be)
{
	answer_begin(7);
	for (unsigned i = 0; i < 3 * UI_ROWS; i++)
		cr_assert(answer_row(0, 0, "", "", i, ""));
	answer_end();
	cr_assert(heard.ended && heard.messages == 3 && heard.rows == 3 * UI_ROWS);
}

/* All are cut to what a row may hold, at its very bound. */
Test(answer, long_texts)
{
	static char text[20000];

	memset(text, 't', sizeof text - 1);
	for (unsigned round = 0; round < 2; round++) {
		heard_begin();
		answer_begin(7);
		for (unsigned i = 0; i < 600; i++)
			cr_assert(answer_row(255, ACTION_MAX, text, text, UINT32_MAX, round == 0 ? text : ""));
		answer_end();
		cr_assert(heard.ended && heard.rows == 600);
		cr_assert_eq(heard.len, 600 * (strlen("255 5  :4294967295: \n") + UI_NAME_BYTES - 1 + UI_FILE_BYTES - 1 +
		    (round == 0 ? 16384 : 0)));
	}
}

/* A text after which the next just fits, or just doesn't. */
Test(answer, every_length)
{
	static char text[16385];

	for (size_t len = 0; len < sizeof text - 1; len += 37) {
		memset(text, 't', len);
		text[len] = '\0';
		heard_begin();
		answer_begin(7);
		for (unsigned i = 0; i < 10; i++)
			cr_assert(answer_row(1, 1, "n", "f", 1, text));
		answer_end();
		cr_assert(heard.ended && heard.rows == 10);
	}
}

Test(answer, refused)
{
	bool taken = true;

	heard.refuse_from = 2;
	answer_begin(7);
	for (unsigned i = 0; i < 10 * UI_ROWS; i++) {
		cr_assert(taken || !answer_row(0, 0, "", "", i, ""));
		taken = taken && answer_row(0, 0, "", "", i, "");
	}
	answer_end();
	cr_assert(!taken && !heard.ended && heard.messages == 2);
	heard.refuse_from = 0;
	heard_begin();
	answer_begin(8);
	cr_assert(answer_row(0, 0, "", "", 1, ""));
	answer_end();
	cr_assert(heard.ended && heard.id == 8 && heard.rows == 1);
}

Test(answer, error)
{
	answer_begin(7);
	cr_assert(answer_row(0, 0, "", "", 1, "half an answer"));
	answer_error("no %s here", "such profile");
	cr_assert(heard.ended && heard.error && heard.messages == 1);
	cr_assert_str_eq(heard.text, "0 0  :0: no such profile here\n");
	heard_begin();
	answer_begin(8);
	answer_end();
	cr_assert(!heard.error);
}
