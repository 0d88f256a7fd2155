/*
 * The sandbox tests' program: enters rows of the process table as the
 * processes do, and tries. Each try is a child of its own.
 */
#ifndef TESTS_SANDBOX_ENTER_H
#define TESTS_SANDBOX_ENTER_H

#include <sys/types.h>

#include <stdbool.h>

#include "shared/table.h"

#define TEST_UID	64990
#define TEST_GID	64990
#define FAULT		40	/* exit status of a try that went as it should not */

void	result(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Runs fn in a child with standard error closed; returns the status of wait(). */
int	in_child(void (*fn)(void *), void *arg);
/* "SIGSYS", "exit 0", for messages; static buffer. */
const char *status_text(int status);
/* What the row's process has at its descriptors; folder for policyd's. */
void	give_descriptors(const struct row *, const char *folder);

void	sweep(const struct row *);	/* every system call */
void	tries(const struct row *);	/* deeds, fully narrowed */
void	weak(const struct row *);	/* the audit notices each step left out */

#endif
