/*
 * What people are told: the channel to uid. Nobody waits for uid: what it does
 * not take in time is counted and left out; while it is away the newest
 * decisions are kept (away.h).
 */
#ifndef POLICYD_TELL_H
#define POLICYD_TELL_H

#include "names.h"
#include "ui.h"
#include "who.h"

struct channel;
struct event_base;

/* Once, before anything else here. */
void		 tell_start(struct event_base *);
/*
 * A fresh end; takes over fd. query() gets what uid asks; false: give uid no
 * more turns until tell_answer() has room again. 0 or -1.
 */
int		 tell_attach(int fd, uint32_t generation, void (*query)(uint32_t id, const struct ui_query *));

/* A decision; told within 40 ms, after its process and its reason. */
void		 tell_event(const struct ui_event *);
/* One about which too little is known to tell it: counted. */
void		 tell_lost(void);
void		 tell_ends(const struct decide_ends *);
/* Questions for names; who asked is what policyd itself knows, 0: nobody known. */
void		 tell_names(const struct names_answers *);
/* A program goes round the rules: to uid, and into the log. */
void		 tell_below(const struct decide_below *);
void		 tell_gone(const struct who_gone *);
void		 tell_suite(const struct control_suite *);
void		 tell_status(const struct ui_status *);
/* Events that uid did not take. */
uint64_t	 tell_shed(void);

/* Something a person should know: to uid, and into the log. */
void		 tell_notice(enum ui_notice_level, const char *, ...) __attribute__((format(printf, 2, 3)));

/* Rows of an answer; false: uid does not take them, say no more. */
bool		 tell_answer(uint32_t id, const struct ui_answer *);
/* Likewise, what the resolver keeps. */
bool		 tell_kept(uint32_t id, const struct names_kept *);
bool		 tell_servers(uint32_t id, const struct names_servers *);

#endif
