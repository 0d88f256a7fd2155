/*
 * Small files of the state folder: one line of words, replaced as a whole.
 * Called by level_hand.c and level_auto.c. What is read was written here, but a
 * disk may fail: who reads checks each word.
 */
#ifndef POLICYD_STATE_FILE_H
#define POLICYD_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define STATE_FILE_BYTES	128	/* of a text, with its NUL */

/* 0, or -1: there is none, or none that can be read (said in the log). text ends in NUL. */
int	state_read(const char *folder, const char *name, char text[STATE_FILE_BYTES]);
/* Replaces it at once. synced: also on disk when this returns. 0, or -1 (errno): it is as it was. */
int	state_write(const char *folder, const char *name, const char *text, bool synced);
/* Removes it; none is fine. */
void	state_remove(const char *folder, const char *name);
/*
 * Splits text in place into count words: 0, or -1: there are fewer or more.
 */
int	state_words(char *text, const char *words[], size_t count);

#endif
