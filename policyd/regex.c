/*
 * See regex.h. The expression comes from a policy file, the text from a program: both
 * may be made to take for ever.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "regex.h"
#include "sandbox.h"

#define STEPS		10000	/* of a match: a few milliseconds at worst */
#define DEPTH		1000
#define HEAP_KIB	256
#define NESTING		32	/* parentheses */
#define CODE_BYTES	(64u << 10)

static void *
from_arena(size_t size, void *arena)
{
	return arena_get(arena, size);
}

/* All of it goes with the arena. */
static void
leave(void *memory, void *arena)
{
	(void)memory;
	(void)arena;
}

static const char *
refuse(const pcre2_code *code)
{
	uint32_t groups = 0;
	size_t size = 0;

	if (pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups) != 0 || groups > REGEX_GROUPS)
		return "more than 9 groups";
	if (pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size) != 0 || size > CODE_BYTES)
		return "too large when compiled";
	return NULL;
}

const struct regex *
regex_compile(struct arena *arena, const char *text, size_t *at, char *why, size_t size)
{
	pcre2_general_context *general = pcre2_general_context_create(from_arena, leave, arena);
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_DOLLAR_ENDONLY | PCRE2_ANCHORED;
	const char *refusal;
	pcre2_code *code;
	int error;

	*at = 0;
	if (strlen(text) > REGEX_MOST) {
		(void)snprintf(why, size, "longer than %d bytes", REGEX_MOST);
		return NULL;
	}
	(void)pcre2_set_parens_nest_limit(context, NESTING);
	code = pcre2_compile((PCRE2_SPTR)text, strlen(text), options, &error, at, context);
	if (code == NULL) {
		if (pcre2_get_error_message(error, (PCRE2_UCHAR *)why, size) < 0)
			(void)snprintf(why, size, "it can't be compiled");
		return NULL;
	}
	if ((refusal = refuse(code)) != NULL) {
		(void)snprintf(why, size, "%s", refusal);
		return NULL;
	}
	return (const struct regex *)code;
}

/* Made once; kept. */
static pcre2_match_data *
workspace(pcre2_match_context **context)
{
	static pcre2_match_data *data;
	static pcre2_match_context *limits;

	if (data == NULL) {
		data = pcre2_match_data_create(REGEX_GROUPS + 1, NULL);
		limits = pcre2_match_context_create(NULL);
		if (data == NULL || limits == NULL)
			fatalx("memory for regular expressions");
		(void)pcre2_set_match_limit(limits, STEPS);
		(void)pcre2_set_depth_limit(limits, DEPTH);
		(void)pcre2_set_heap_limit(limits, HEAP_KIB);
	}
	*context = limits;
	return data;
}

enum regex_result
regex_match(const struct regex *regex, const char *text, size_t len, struct regex_groups *out)
{
	pcre2_match_context *context;
	pcre2_match_data *data = workspace(&context);
	int n = pcre2_match((const pcre2_code *)regex, (PCRE2_SPTR)text, len, 0, PCRE2_NO_JIT, data,
	    context);
	const size_t *pairs = pcre2_get_ovector_pointer(data);

	*out = (struct regex_groups){ 0 };
	if (n == PCRE2_ERROR_NOMATCH)
		return REGEX_MISSES;
	if (n <= 0 || n > REGEX_GROUPS + 1)
		return REGEX_LIMIT;
	out->count = (unsigned)n;
	for (unsigned i = 0; i < out->count; i++) {
		/* \K may put a match's start behind its end. */
		if (pairs[2 * i] == PCRE2_UNSET || pairs[2 * i] > pairs[2 * i + 1])
			continue;
		out->from[i] = pairs[2 * i];
		out->to[i] = pairs[2 * i + 1];
	}
	return REGEX_FITS;
}
