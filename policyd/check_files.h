/*
 * "policyd -n FILE...": reads policy files as policyd would and says what is
 * wrong with them; nothing else of it runs.
 */
#ifndef POLICYD_CHECK_FILES_H
#define POLICYD_CHECK_FILES_H

/* Prints to standard error; 0 when every file is good, else 1: for main. */
int	check_files(int count, char *const files[]);

#endif
