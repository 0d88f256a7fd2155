/*
 * The verbs about prompts at steer.sock: their form. Called by steer_request.c.
 */
#ifndef POLICYD_STEER_PROMPTS_H
#define POLICYD_STEER_PROMPTS_H

#include <jansson.h>

#include "steer_request.h"

/* Is it one of these verbs? */
bool	steer_is_prompts(const char *verb);
/* NULL, or what is wrong: nothing was changed then. */
const char *steer_prompts(const char *verb, json_t *request, uint32_t uid, const struct steer_ops *, void *ctx,
	    char answer[STEER_ANSWER_MAX], enum steer_then *);

#endif
