/*
 * The suite's part in the kernel, as the parent holds it.
 */
#ifndef SANDBOX_KERNEL_H
#define SANDBOX_KERNEL_H

#include <stdbool.h>

#include "control.h"
#include "handover.h"

struct suite;

struct kernel {
	bool	on;
	int	part[KERNEL_PARTS];	/* what bulwark-setup handed over; with on */
	int	folder;			/* of the BPF file system, mounted nowhere; with on */
	int	none;			/* /dev/null: for those who would get a part */
	char	name[KERNEL_NAME + 1];	/* of the folder below, where its matches are */
	char	why[CONTROL_KERNEL_BYTES];	/* printable: why it is not on; "" with on */
};

/*
 * Has it loaded and attached, once, before privileges go; cgroup: the one that the configuration names, which is taken
 * over, or -1. Whatever goes wrong is said in suite->kernel.why, and the suite works without.
 */
void	kernel_load(struct suite *, int cgroup);
/* A part, or /dev/null. */
int	kernel_part(const struct suite *, enum kernel_part);

/*
 * kernel_part.c: reads what bulwark-setup handed over through the socket, without waiting: 0 with every part what it
 * has to be by the kernel's word, links those to this cgroup. Else -1, and nothing is open.
 */
int	kernel_parts_read(int socket, int cgroup, int part[static KERNEL_PARTS]);
bool	kernel_part_right(int fd, enum kernel_part, int cgroup);	/* of one */

#endif
