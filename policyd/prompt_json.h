/*
 * Prompts as people's programs see them: docs/api.md, "prompts".
 */
#ifndef POLICYD_PROMPT_JSON_H
#define POLICYD_PROMPT_JSON_H

#include "prompts.h"

/* One JSON object and a newline, freed by the caller; NULL: no memory. now_ms: as prompts.h. */
char	*prompt_json(const struct prompt *, int64_t now_ms);
char	*prompt_gone_json(const struct prompt *);

#endif
