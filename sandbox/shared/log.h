/*
 * The log's inner side, for the parent and the child skeleton. Others use the
 * functions in sandbox.h.
 */
#ifndef SANDBOX_LOG_H
#define SANDBOX_LOG_H

#include <stdbool.h>

#include "control.h"

/* The environment variable by which the parent passes "-v" on. */
#define LOG_DEBUG_ENV "BULWARK_DEBUG"

/* Where lines go instead of stderr; NULL: stderr again. text has no newline. */
void	log_set_sink(void (*)(enum log_level, const char *text));
void	log_set_debug(bool);
bool	log_is_debug(void);
/* A line that another process wrote; text must be printable. */
void	log_line_of(const char *name, enum log_level, const char *text);
/* Called by fatal() after its line was written: last words go out. */
void	log_set_flush(void (*)(void));

#endif
