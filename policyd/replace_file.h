/*
 * Replaces a small file as a whole: who reads it finds the old text or the new one. Called by state_file.c and
 * choice_file.c for files in the state folder, which nobody else may write.
 */
#ifndef POLICYD_REPLACE_FILE_H
#define POLICYD_REPLACE_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * The text is written beside it, to PATH.new, which is taken over if it is there. mode: of the new file, less the
 * umask. synced: the text is on disk when this returns. 0, or -1 (errno): the file is as it was.
 */
int	replace_file(const char *path, const char *text, size_t len, mode_t mode, bool synced);

#endif
