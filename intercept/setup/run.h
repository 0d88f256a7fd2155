/*
 * Runs iptables-restore and iptables-save, the only programs bulwark-setup
 * ever starts. They get an empty environment, their three standard
 * descriptors and FD_SETUP_KERNEL, and end with us.
 */
#ifndef SETUP_RUN_H
#define SETUP_RUN_H

#include <stddef.h>

#include "text.h"

struct ruleset;

/* A descriptor that programs inherit, so that a lock lasts as long as they live; -1 for none. */
void	run_keep(int fd);
/* Feeds text to iptables-restore or ip6tables-restore. -1: why holds what it said. */
int	run_restore(int family, const struct text *, char *why, size_t size);
/* Reads what iptables-save or ip6tables-save prints. */
int	run_save(int family, struct ruleset *, char *why, size_t size);

#endif
