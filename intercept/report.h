/*
 * What policyd is told afterwards: flows that grants answered, flows that ended,
 * and once a second how things stand. In batches, and shed when policyd is slow:
 * what was shed is counted and told.
 */
#ifndef INTERCEPT_REPORT_H
#define INTERCEPT_REPORT_H

#include "decide.h"

struct event_base;

/* Counted by judge.c. */
struct judge_counters {
	uint64_t	denied_repeat, shed_waiting, malformed;
};
extern struct judge_counters judge_counters;

void	report_start(struct event_base *);
void	report_use(const struct decide_use *);
void	report_end(const struct decide_end *);
/* Something else could not be told: counted with the uses. */
void	report_shed(uint32_t n);
/* Sends what was collected now. */
void	report_flush(void);
/* Once a second. */
void	report_stats(void);

#endif
