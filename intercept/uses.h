/*
 * Flows that the kernel let pass by a grant: each becomes a live flow and is told to policyd,
 * with its process. Read in batches, some milliseconds after the kernel told of them, and
 * before anything that depends on them. So are calls that the kernel refused, but nothing is followed of them.
 */
#ifndef INTERCEPT_USES_H
#define INTERCEPT_USES_H

#include "bpf/maps.h"
#include "decide.h"
#include "who.h"

struct event_base;

/* Before the process narrows itself. Uses that nobody read are counted only: their flows are found in conntrack. */
void	uses_open(void);
void	uses_start(struct event_base *);
/* All that there are now. */
void	uses_read(void);
/* No grant of the kernel's counts any more; each use until now is told. */
void	uses_void(void);
/* To a question that bears FLOW_ASK_USE; CLOCK_MONOTONIC. */
void	uses_answer(const struct who_answer *, int64_t now_ns);
/* All ids are void (known.h); what waits for an answer is told without. */
void	uses_forget(void);
/* Once a second: what waits for whod too long is told without. */
void	uses_tick(int64_t now_ns);
/*
 * The flow ended whose use waits for whod under this number (live.h); true: its end is told
 * behind that.
 */
bool	uses_keep_end(uint32_t number, const struct decide_end *);

#endif
