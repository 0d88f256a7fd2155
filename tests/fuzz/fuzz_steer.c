/* links: policyd/steer_request.c policyd/steer_prompts.c policyd/wish.c policyd/words.c policyd/diag.c */
/* Requests at steer.sock: any line gets exactly one JSON line as answer, and only root changes anything. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "steer_request.h"
#include "wish.h"

static bool changed;

static enum level
level(void *ctx)
{
	(void)ctx;
	return LEVEL_DYNAMIC;
}

static int
set_level(void *ctx, enum level l, uint32_t for_s, uint32_t uid)
{
	(void)ctx;
	(void)uid;
	changed = true;
	return l >= LEVEL_DYNAMIC && l <= LEVEL_MAX ? 0 : -1;
}

static void
reload(void *ctx, uint32_t uid)
{
	(void)ctx;
	(void)uid;
	changed = true;
}

static int
flush(void *ctx, uint32_t uid)
{
	(void)ctx;
	(void)uid;
	changed = true;
	return 0;
}

static const char *
answer_op(void *ctx, const struct wish *w, uint32_t uid, bool *kept)
{
	(void)ctx;
	(void)uid;
	if ((w->action != RULE_ALLOW && w->action != RULE_DENY && (w->action != RULE_ASK || w->prompt != 0)) ||
	    w->life < LIFE_ONCE || w->life > LIFE_ALWAYS || (w->life == LIFE_TIME) != (w->seconds > 0) ||
	    (w->prompt == 0 && (w->path[0] != '/' || w->about.target < TARGET_PROGRAM ||
	    w->about.target > TARGET_SCOPE || w->about.directions == 0)))
		abort();
	*kept = w->both;
	return w->whole ? "not this one" : NULL;
}

static const char *
forget_op(void *ctx, const struct wish *w, uint32_t uid, unsigned *count)
{
	(void)ctx;
	(void)uid;
	if (w->path[0] != '/' || w->about.target < TARGET_PROGRAM || w->about.target > TARGET_SCOPE || w->life != 0 ||
	    w->action != RULE_NONE)
		abort();
	*count = 3;
	return w->has_user ? "not this one" : NULL;
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct steer_ops ops = { level, set_level, reload, flush, answer_op, forget_op, NULL, NULL };
	char	 answer[STEER_ANSWER_MAX];
	json_t	*j;

	if (size < 1)
		return 0;
	changed = false;
	if (steer_request((const char *)data + 1, size - 1, data[0], &ops, NULL, answer) != STEER_NOTHING) {
		if (changed || answer[0] != '\0')
			abort();
		return 0;
	}
	if (changed && data[0] != 0)
		abort();
	if (strchr(answer, '\n') != answer + strlen(answer) - 1 ||
	    (j = json_loads(answer, 0, NULL)) == NULL)
		abort();
	json_decref(j);
	return 0;
}
