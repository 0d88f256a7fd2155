/*
 * What happens to a flow between its first packet and its verdict: attribution,
 * grant or question, answer. The order of steps is in judge.c.
 */
#ifndef INTERCEPT_JUDGE_H
#define INTERCEPT_JUDGE_H

#include "flow.h"
#include "queue.h"
#include "decide_client.h"

extern const struct decide_ops	decide_judge;

/* The queue's two callbacks: a packet, and the end of those of one wake-up. */
void	judge_packet(const struct queued *);
void	judge_queue_end(void);
/* After whatever else was read in one go: questions and verdicts that it led to go out. */
void	judge_burst_end(void);
/* Once a second: drops what waited too long. */
void	judge_tick(void);
/* Whose a flow is has been found out: a grant or policyd decides. */
void	judge_settled(struct flow *);
/* It can't be: its packets are dropped, and a live one is ended. */
void	judge_refuse(struct flow *);

/* The kernel carries a TCP flow that there was no room to follow. */
void	judge_unfollowed(void);

#endif
