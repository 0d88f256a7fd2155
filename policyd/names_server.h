/*
 * The channel to resolverd: who may know which name, what was answered. resolverd is
 * believed in what it learnt, not in who asked.
 */
#ifndef POLICYD_NAMES_SERVER_H
#define POLICYD_NAMES_SERVER_H

#include "decide.h"
#include "control.h"
#include "names.h"
#include "say.h"
#include "scope.h"

struct event_base;

void	names_server_start(struct event_base *);
/* Takes over a fresh end of the channel. 0, or -1. */
int	names_server_attach(int fd, uint32_t generation);
/*
 * A flow to the name server begins, or a caller at the Unix door is known; a flow ended. What resolverd has to hear
 * of its beginning is sent when this returns, so that a verdict sent afterwards lets no packet there which resolverd
 * takes for a former client's.
 */
void	names_server_notice(const struct decide_notice *);
/* Of a flow that was judged again: its program may be told under another id by now. */
void	names_server_again(const struct decide_notice *);
void	names_server_flow_ended(uint64_t flow);
/* A question that waited for an answer is judged anew, and maybe waits again; or for good; or later. */
void	names_server_judge(uint32_t id, const struct names_ask *, int64_t until_ms);
void	names_server_refuse(uint32_t id, enum asked why);
void	names_server_later(uint32_t id);
/* A process ended, or is another program by exec. */
void	names_server_process_gone(uint64_t process);
/* intercept is another one: what it announced before counts for nothing. */
void	names_server_forget(void);
/* What was granted is asked anew. */
void	names_server_revoke(void);
/* Another policy or level is in force: grants end, settings and lists are told. */
void	names_server_policy(void);
/* Reads what resolverd said already, before a verdict that may stand on it. */
void	names_server_catch_up(void);
/* Once a second. */
void	names_server_tick(int64_t now_s);
/* What the machine's resolv.conf says. */
void	names_server_resolvers(const struct control_resolvers *);
/* The machine's addresses, at start and on each change. */
void	names_server_links(const struct links *);
/* Asks resolverd for people; kept.c hears the answer. False: it is not there. */
bool	names_server_look(uint32_t number, const struct names_look *);
/* Has resolverd send a question that must come back to it; selfcheck.c hears. False: it is not there. */
bool	names_server_try(uint32_t id);
/* Has resolverd forget all answers. False: it is not there. */
bool	names_server_flush(void);

#endif
