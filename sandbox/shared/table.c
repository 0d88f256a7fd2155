/*
 * The process table as a whole: finding rows, walking their calls, and what
 * the tables mean in plain C. Reads constant data only.
 */
#include <stdio.h>
#include <string.h>

#include "table.h"

const struct row *const row_children[] = {
	&row_policyd, &row_whod, &row_intercept, &row_resolverd, &row_uid, NULL,
};

static const struct row *const rows[] = {
	&row_policyd, &row_whod, &row_intercept, &row_resolverd, &row_uid, &row_setup, &row_kernel,
	&row_bulwarkd,
};

const struct row *
row_find(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

/* state: list in the upper half, place in it in the lower. */
const struct call *
row_next_call(const struct row *row, unsigned *state)
{
	unsigned	list = *state >> 16;
	unsigned	place = *state & 0xffff;

	while (row->calls[list] != NULL) {
		const struct call *call = &row->calls[list][place];

		if (call->reason != NULL) {
			*state = list << 16 | (place + 1);
			return call;
		}
		list++;
		place = 0;
	}
	*state = list << 16;
	return NULL;
}

static bool
test_holds(const struct call_test *test, const uint64_t args[static 6])
{
	switch (test->kind) {
	case TEST_NONE:
		return true;
	case TEST_EQUAL:
		return args[test->arg] == test->value;
	case TEST_BITS:
		return (args[test->arg] & test->mask) == test->value;
	}
	return false;
}

int
row_answer(const struct row *row, int nr, const uint64_t args[static 6])
{
	const struct call	*call;
	unsigned		 state = 0;

	while ((call = row_next_call(row, &state)) != NULL) {
		bool	holds = call->nr == nr;

		for (unsigned i = 0; i < CALL_TESTS && holds; i++)
			holds = test_holds(&call->test[i], args);
		if (holds)
			return call->answer;
	}
	return row->fallback;
}

static const char *
call_fault(const struct row *row, const struct call *call)
{
	const struct call	*other;
	unsigned		 state = 0, same = 0;

	if (call->nr < 0 || call->nr > CALL_NEWEST)
		return "is no known call";
	if (call->answer == row->fallback)
		return "says what the fallback says";
	if (call->reason[0] == '\0')
		return "has no reason";
	while ((other = row_next_call(row, &state)) != NULL) {
		if (other->nr != call->nr)
			continue;
		same++;
		if (same > 1 && (call->test[0].kind == TEST_NONE ||
		    other->test[0].kind == TEST_NONE))
			return "stands there both with and without tests";
	}
	return NULL;
}

const char *
row_fault(const struct row *row, char *text, size_t size)
{
	const struct call	*call;
	const char		*fault;
	unsigned		 state = 0;

	while ((call = row_next_call(row, &state)) != NULL) {
		fault = call_fault(row, call);
		if (fault != NULL) {
			(void)snprintf(text, size, "%s: %s %s", row->name, call->name, fault);
			return text;
		}
	}
	return NULL;
}
