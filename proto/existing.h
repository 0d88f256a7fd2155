/*
 * What was there before the suite: bulwark-setup writes it once, before it
 * loads the rules for the first time, and intercept reads it (also after a
 * restart). A memfd that starts with the header and holds an array.
 */
#ifndef PROTO_EXISTING_H
#define PROTO_EXISTING_H

#include "types.h"

#define EXISTING_MAGIC	0x42574558u	/* "BWEX" */
#define EXISTING_MAX	65536		/* entries; what is more is not carried over: judged as new */

struct existing_header {
	uint32_t	magic;
	uint32_t	count;
};

struct existing_flow {
	struct tuple	tuple;		/* as the local socket sees it: src is this machine. For a
					   conntrack entry without local socket: its original direction */
	uint64_t	cookie;		/* of the socket; 0: known from conntrack only */
};

#endif
