/*
 * What a decision looked at, or would have, that two processes of one program need not have in
 * common, though the kernel says the same of both (struct kernel_program, intercept/bpf/maps.h): a
 * verdict that rests on none of it is everyone's of that program. Raised by the checks and by
 * what they look into; read by decide.c.
 */
#ifndef POLICYD_LOOKED_H
#define POLICYD_LOOKED_H

enum looked {
	LOOKED_HINTS	= 1 << 0,	/* what it says of itself, and who began it */
	LOOKED_CGROUP	= 1 << 1,	/* a cgroup that is not of the unified hierarchy */
	LOOKED_GROUPS	= 1 << 2,	/* its user's groups */
	LOOKED_ANSWERS	= 1 << 3,	/* answers that are for one process */
	LOOKED_NAME	= 1 << 4,	/* whether it asked for a name of this address */
	LOOKED_TIME	= 1 << 5,	/* the time: such a verdict is not spread further than need be */
	LOOKED_PASSING	= 1 << 6,	/* what ends without a new generation: no grant at all */
};

#endif
