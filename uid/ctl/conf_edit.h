/*
 * One value of bulwark.conf changed in its text: every other byte stays, comments and
 * lines that are not understood too. Pure; whether the result is good, policyd says.
 */
#ifndef CTL_CONF_EDIT_H
#define CTL_CONF_EDIT_H

#include <stdbool.h>
#include <stddef.h>

/* A word as it may stand in a "set" statement. */
bool	 conf_word(const char *);
/*
 * The text with SETTING at LEVEL set to VALUE, all conf_word(): in the last statement that sets it, else, or
 * where an include follows that may set it, in a line of its own at the end. Owned by the caller; NULL: no memory.
 */
char	*conf_set(const char *text, size_t len, const char *setting, const char *level, const char *value,
	    size_t *out_len);

#endif
