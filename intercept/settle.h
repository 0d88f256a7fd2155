/*
 * A verdict on its way to the kernel: the mark that carries it out, and what has to be kept in
 * mind with it.
 */
#ifndef INTERCEPT_SETTLE_H
#define INTERCEPT_SETTLE_H

#include "flow.h"
#include "queue.h"

bool		settle_denies(uint8_t action);	/* enum action */
/* What the rules can carry out; anything else policyd had no business to say. */
bool		settle_valid(const struct flow *, uint8_t action, bool permanent);
enum nibble	settle_nibble(uint8_t action, uint8_t hook, bool stays);
/* UDP: the kernel carries this flow for another socket, whose packets look the same. */
bool		settle_is_stranger(const struct tuple *, uint8_t hook);
/* Says the verdict to the kernel, remembers what must be remembered, and ends the flow's waiting. */
void		settle_flow(struct flow *, uint8_t action, bool permanent);

#endif
