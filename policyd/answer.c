/*
 * See answer.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "tell.h"

/* Room for a message's header, and 16 bytes of framing for each of its rows. */
#define BYTES_MOST	(sizeof(((struct ui_answer *)NULL)->storage) - 4096)

static struct ui_answer	answer;
static uint32_t		query;
static size_t		used;
static bool		refused;

void
answer_begin(uint32_t id)
{
	query = id;
	used = 0;
	refused = false;
	answer.count = 0;
	answer.last = answer.error = false;
}

static void
send(bool last)
{
	answer.last = last;
	refused |= !tell_answer(query, &answer);
	answer.count = 0;
	used = 0;
}

static const char *
keep(const char *text, size_t len)
{
	char *copy = answer.storage + used;

	memcpy(copy, text, len);
	copy[len] = '\0';
	used += len + 1;
	return copy;
}

bool
answer_row(uint8_t check, uint8_t action, const char *name, const char *file, uint32_t line,
    const char *text)
{
	size_t n = strnlen(name, UI_NAME_BYTES - 1), f = strnlen(file, UI_FILE_BYTES - 1),
	    t = strnlen(text, 16384);
	struct ui_row *r;

	if (answer.count == UI_ROWS || used + n + f + t + 3 > BYTES_MOST)
		send(false);
	if (refused)
		return false;
	r = &answer.row[answer.count++];
	*r = (struct ui_row){ .check = check, .action = action, .line = line };
	r->name = keep(name, n);
	r->file = keep(file, f);
	r->text = keep(text, t);
	return true;
}

void
answer_end(void)
{
	if (!refused)
		send(true);
}

void
answer_error(const char *format, ...)
{
	char	text[512];
	va_list	ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	answer.count = 0;
	used = 0;
	(void)answer_row(0, 0, "", "", 0, text);
	answer.error = true;
	answer_end();
}
