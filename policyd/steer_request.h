/*
 * One request at steer.sock: from its line to the answer's line. Pure but for
 * the ops it calls, hence fuzzed alone.
 */
#ifndef POLICYD_STEER_REQUEST_H
#define POLICYD_STEER_REQUEST_H

#include "steer.h"

#define STEER_ANSWER_MAX	512	/* bytes, with newline and NUL */

/* What follows the answer. */
enum steer_then {
	STEER_NOTHING,
	STEER_LIST,		/* there is no answer yet: the prompts, and an object that ends them */
	STEER_WATCH,		/* the same, and from now on what changes */
	STEER_PONG,		/* nothing is answered */
};

/*
 * line need not end in NUL. answer gets one JSON object and a newline, or "" where the
 * result says that the caller has to answer.
 */
enum steer_then	steer_request(const char *line, size_t len, uint32_t uid, const struct steer_ops *, void *ctx,
	    char answer[STEER_ANSWER_MAX]);
/* The answer to what is not even a request. text is plain ASCII without quotes. */
void	steer_refuse(const char *text, char answer[STEER_ANSWER_MAX]);

#endif
