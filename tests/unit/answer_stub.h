/*
 * For tests: a uid that takes the rows of answers, each message as it would come over the channel.
 */
#ifndef TESTS_ANSWER_STUB_H
#define TESTS_ANSWER_STUB_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tell.h"

static struct {
	unsigned	messages, rows;
	unsigned	refuse_from;	/* the message that is not taken; 0: all are */
	bool		ended, error;
	uint32_t	id;
	char		*text;		/* "check action name file:line: text" each on a line */
	size_t		len;
} heard;

static FILE *heard_file;

static void
heard_begin(void)
{
	unsigned refuse_from = heard.refuse_from;

	if (heard_file != NULL)
		fclose(heard_file);
	free(heard.text);
	memset(&heard, 0, sizeof heard);
	heard.refuse_from = refuse_from;
	heard_file = open_memstream(&heard.text, &heard.len);
}

bool
tell_answer(uint32_t id, const struct ui_answer *answer)
{
	static struct ui_answer got;
	static uint8_t body[UI_ANSWER_MAX];
	size_t n = ui_answer_pack(answer, body, sizeof body);

	cr_assert(!heard.ended, "after the last message");
	cr_assert_gt(n, 0, "it can't be packed");
	cr_assert_eq(ui_answer_unpack(body, n, &got), 0);
	if (++heard.messages == heard.refuse_from)
		return false;
	cr_assert(heard.refuse_from == 0 || heard.messages < heard.refuse_from, "after a refusal");
	heard.id = id;
	heard.rows += got.count;
	heard.ended = got.last;
	heard.error |= got.error;
	for (unsigned i = 0; i < got.count; i++)
		fprintf(heard_file, "%u %u %s %s:%u: %s\n", got.row[i].check, got.row[i].action, got.row[i].name,
		    got.row[i].file, got.row[i].line, got.row[i].text);
	fflush(heard_file);
	return true;
}

#endif
