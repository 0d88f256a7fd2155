/*
 * Choices that last, written into the state folder: one file for each user and
 * program, profiles/UID/NAME-HASH.conf. Called by asking.c.
 */
#ifndef POLICYD_CHOICE_FILE_H
#define POLICYD_CHOICE_FILE_H

#include "choice.h"

/* The state's folder, as this process sees it. */
void	choice_file_start(const char *state);
/*
 * 0, or -1: nothing was changed on disk, and the log says why: the disk is full, or
 * the file is broken or can't be replaced, or the program's path is none that a
 * profile can name.
 */
int	choice_file_write(const struct choice *, const char *why);
/*
 * Takes the lines out that the choice covers, which root or the user's sessions chose, as it says; a file with no
 * answer left goes. count gets how many. 0, also where there are none, or -1: as above.
 */
int	choice_file_forget(const struct choice *, unsigned *count);

#endif
