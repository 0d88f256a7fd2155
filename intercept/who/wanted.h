/*
 * Which programs' hints are wanted: policyd's list, by way of intercept. It only decides
 * how much is read.
 */
#ifndef WHO_WANTED_H
#define WHO_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "who.h"

void	 wanted_set(const struct who_hinted *);
/* The beginning, too: nobody said which, so all are. */
void	 wanted_forget(void);
/* path: of a program's file, as the kernel gives it. */
bool	 wanted_path(const char *path, size_t len);
/* Another one whenever the list is; never 0. */
uint32_t wanted_serial(void);

#endif
