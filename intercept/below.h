/*
 * Programs that go round the rules, by sockets for packets and frames: policyd is told which they are. The kernel's
 * part says who sends by one (bpf/below.h); the sockets that there are, also those that only listen, are looked
 * through every two seconds, with the kernel's part and without. Where policyd says so such ways are closed, but
 * for whom it names; that needs the kernel's part.
 */
#ifndef INTERCEPT_BELOW_H
#define INTERCEPT_BELOW_H

#include <stdbool.h>

#include "decide.h"
#include "who.h"

struct event_base;

/* Before the process narrows itself; kernel: there is the kernel's part. */
void	below_open(bool kernel);
void	below_start(struct event_base *);
/* Once a second, while policyd is there. */
void	below_tick(void);
/* To a question that bears FLOW_ASK_BELOW. */
void	below_answer(const struct who_answer *);
/* policyd's word: the ways are closed or open, and nobody is named any more; whose question this was may go on. */
void	below_close(const struct decide_below_close *);
void	below_may(const struct decide_below_may *);
/* A fresh whod: all ids are void, and what waits is asked again. */
void	below_fresh(void);

/* below_look.c */
struct below_socket {
	uint64_t	cookie;
	uint32_t	inode;		/* not 0 */
	uint32_t	uid;		/* UINT32_MAX: unknown */
	enum below_way	way;		/* BELOW_WAY_OPEN or BELOW_WAY_FRAMES */
};
/* Before the process narrows itself. */
void		below_look_open(void);
/* Shows each socket that was not there at the last look. */
void		below_look(void (*fresh)(const struct below_socket *));

#endif
