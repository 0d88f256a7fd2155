/*
 * Whose a flow is that waits: asks whod until that is known, then judge_settled() follows, or judge_refuse().
 */
#ifndef INTERCEPT_WHOSE_H
#define INTERCEPT_WHOSE_H

#include "flow.h"
#include "who_client.h"

extern const struct who_ops	whose_ops;

/* A flow whose sockets were looked for (flow_seen()). What follows may come within the call, and end the flow. */
void	whose_begin(struct flow *);
/* The same once more, for one that was settled. */
void	whose_anew(struct flow *);
/* After a burst of packets: takes whod's answers, if they come at once. */
void	whose_await(void);

#endif
