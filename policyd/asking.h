/*
 * Asking people: what waits for an answer, who is there to give one, and what the
 * answers are. Flows come from decide_server.c, questions for names from
 * names_server.c, answers and agents from steer.c, which asked the kernel who
 * speaks. Nothing here makes a wider verdict than an answer says.
 */
#ifndef POLICYD_ASKING_H
#define POLICYD_ASKING_H

#include "agents.h"
#include "memory.h"
#include "prompts.h"

struct event_base;

#define QUESTION_MS	4000	/* a question for a name waits so long; then its program is to try again */

struct asking_ops {
	/* Decide anew: it may wait again. */
	void	(*flow)(const struct decide_request *);
	void	(*question)(uint32_t number, const struct names_ask *, int64_t until_ms);
	/* Nobody answered in time, or nobody is there any more. */
	void	(*flow_refused)(const struct decide_request *, enum asked why);
	void	(*question_refused)(uint32_t number, enum asked why);
	/* The question has waited long enough for its program; its prompt stays. */
	void	(*question_later)(uint32_t number);
	/* A prompt is new, changed, or gone. */
	void	(*told)(const struct prompt *, bool gone);
};

void	asking_start(struct event_base *, const struct asking_ops *);

/*
 * A decision that asks. True: it waits, and one of the ops is called later. False: it
 * is refused now; d is the decision to go by, which says why. A denial that no answer
 * would lift is not asked about; it is in d then.
 */
bool	asking_flow(const struct decide_request *, const struct facts *, struct decision *);
/* Until: of a question that waited before; 0: it did not. */
bool	asking_question(uint32_t number, const struct names_ask *, const struct facts *, struct decision *,
	    int64_t until_ms);

/* What decisions are made from. */
const struct memory *asking_memory(void);
const struct agents *asking_agents(void);
/* A flow that was accepted with decision.once: it lives on though its answer ends. */
void	asking_let_once(uint64_t flow);
bool	asking_was_let_once(uint64_t flow);
void	asking_flow_ended(uint64_t flow);

/* What lives, and what was granted, is judged anew; soon, and not more often than bearable. */
void	asking_judge_anew(void);
/* An agent of this user came or went. */
void	asking_agent(uint32_t uid, bool there);

/* All that waits is decided anew: another policy, level or answer. */
void	asking_anew(void);
/* An id has ended; ended: the process itself. */
void	asking_process_gone(uint64_t process, bool ended);
/* All ids have: whod is another one. */
void	asking_ids_lost(void);
/* Their channel is lost: nobody waits any more. */
void	asking_flows_lost(void);
void	asking_questions_lost(void);
void	asking_tick(void);
/* The clock that prompts are timed by. */
int64_t	asking_now_ms(void);

/*
 * A choice counts from now on, and what it is about is decided anew. kept is false:
 * it holds, but could not be written down and ends with the suite. NULL, or why not.
 */
const char *asking_choose(const struct choice *, const char *why, bool *kept);
/*
 * What was chosen about the same or less, by the user's sessions or, if the choice is root's, by anybody, counts no
 * more. NULL, or why not; count gets how many.
 */
const char *asking_forget(const struct choice *, unsigned *count);

#endif
