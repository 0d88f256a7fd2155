/*
 * Which addresses of an answer are out of reach of the program that asked: those to which no
 * flow of it could be permitted or asked about, whatever the protocol and port.
 */
#ifndef POLICYD_REACH_H
#define POLICYD_REACH_H

#include "judge.h"
#include "names.h"

/* What a flow of this program is judged by that does not depend on the address. */
struct reach {
	const struct program	*program;
	const struct policy	*policy;
	enum level		 level;
	const struct links	*links;
	const struct own	*own;
	struct moment		 now;
	const struct geo	*geo;
};

/* In doubt an address is in reach: its flows are judged all the same. A pure function of its arguments. */
void	reach_judge(const struct reach *, const struct names_sift *, struct names_sifted *);

#endif
