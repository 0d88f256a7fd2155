/*
 * whod's end of the channel who: questions in, answers, ids and ends of ids
 * out, in an order that never names an id before it was announced or after it
 * was said to be gone.
 */
#ifndef WHO_ANSWERS_H
#define WHO_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"
#include "sockets.h"
#include "who.h"

struct event_base;

void	answers_init(struct event_base *, void (*namespaces)(uint32_t id));
/* A fresh end of the channel; takes over fd. 0 or -1. */
int	answers_channel(uint32_t generation, int fd);
bool	answers_connected(void);
/* For identity_init(). */
void	answers_announce(const struct process *);
void	answers_gone(uint64_t id, bool ended);
void	answers_ready(struct proc *);
/* Sends what was gathered: answers, then ids that ended. */
void	answers_flush(void);
/* For sockets_init(): a socket answered before has one more holder. */
void	answers_more(struct sock *, struct proc *);
/* This process may be another program than was answered for what it holds. */
void	answers_doubt(struct proc *);
/*
 * Looks into those; WHO_SHARED goes out for what was answered otherwise. For the sweep.
 * False: some could not be named yet, once more please.
 */
bool	answers_recheck(void);
/* A message of a kind that may be left out. */
void	answers_send(uint16_t type, uint32_t id, const void *body, size_t len);

#endif
