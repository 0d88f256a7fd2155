/*
 * What the parent says on standard input, first, if the suite's part in the kernel is loaded or
 * is to be loaded, where: "kernel NAME". Then lifelines: flows that a static rule accepts before the queue, so that no
 * fault of the suite locks an administrator out. One line each on standard
 * input, "tcp 22 192.0.2.0/24"; the parent has checked them, and they are
 * checked again here, because they become text for another program.
 */
#ifndef SETUP_LIFELINE_H
#define SETUP_LIFELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handover.h"

#define LIFELINES_MAX	64

struct lifeline {
	int		family;		/* 4 or 6 */
	char		proto[4];	/* tcp or udp */
	uint16_t	port;
	char		net[64];	/* address/length, host bits zero */
	unsigned	length;
};

struct lifelines {
	char		kernel[KERNEL_NAME + 1];	/* folder in FD_SETUP_KERNEL; "": rules without it */
	bool		guarded;	/* not said: the guard stands and outlives its owner */
	size_t		count;
	struct lifeline	line[LIFELINES_MAX];
};

/* "PROTO PORT NET"; -1 if it is not exactly that. */
int	lifeline_parse(const char *, struct lifeline *);
/* The KERNEL_NAME digits 0-9a-f that the string begins with; -1: it does not. */
int	kernel_name_take(const char *, char name[static KERNEL_NAME + 1]);
/* All lines of a descriptor up to its end. -1 on the first bad one, errno 0; or on a read error. */
int	lifelines_read(int fd, struct lifelines *);

#endif
