/*
 * The JSON objects that uid answers, one function each; docs/api.md describes
 * them. Each writes one line.
 */
#ifndef UID_OBJECT_H
#define UID_OBJECT_H

#include "jw.h"
#include "store.h"
#include "view.h"

/* The longest object: a status with all its notices. */
#define OBJECT_MAX	(224u * 1024)

void	object_event(struct jw *, const struct ui_event *, const struct program *,
	    const struct why *);
void	object_connection(struct jw *, const struct ui_event *, const struct program *,
	    const struct why *);
/* A connection that ended; known: its connection, or NULL. */
void	object_flow_end(struct jw *, const struct decide_end *, const struct ui_event *known,
	    const struct program *, const struct why *);
/* A question for a name, answered at this time. */
void	object_question(struct jw *, const struct names_answer *, int64_t time_us, const struct program *);
/* A program that goes round the rules, heard of at this time. */
void	object_below(struct jw *, const struct decide_below *, int64_t time_us, const struct program *);
void	object_notice(struct jw *, const struct ui_notice *);
void	object_shed(struct jw *, uint64_t count, const char *where);
void	object_error(struct jw *, const char *code, const char *text);

/* A question that was blocked or refused. */
void	object_blocked(struct jw *, const struct blocked_name *, const struct program *);
/* An answer that the resolver keeps. */
void	object_kept(struct jw *, const struct names_entry *);

/* A server that may be asked for names; file: that names it. */
void	object_server(struct jw *, const struct names_server *, const char *file);

/* age_ms: since policyd was last heard of; connected: it is there now. */
void	object_status(struct jw *, const struct store *, const struct viewer *, bool connected,
	    int64_t age_ms);

/* Rows of an answer: a setting, a word of the language, a change. */
void	object_setting(struct jw *, const struct ui_row *);
void	object_word(struct jw *, const struct ui_row *);
void	object_list(struct jw *, const struct ui_row *);
void	object_change(struct jw *, const struct ui_row *);
void	object_answer(struct jw *, const struct ui_row *);
/* Rows of an answer to a query of any kind. */
void	object_row(struct jw *, unsigned query_kind, const struct ui_row *);

#endif
