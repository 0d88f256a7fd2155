/*
 * Which of the known words somebody may have meant who wrote an unknown one. For
 * messages to people only: nothing is ever done on the strength of it.
 */
#ifndef PROTO_NEAREST_H
#define PROTO_NEAREST_H

#define NEAREST_WORD	40	/* bytes; a longer word is no slip of the hand */
#define NEAREST_HINT	80

/* Begin with { .word = WORD }, which is the caller's and must live as long. */
struct nearest {
	const char	*word;		/* what was written */
	char		 best[NEAREST_WORD + 1];	/* "": nothing is near */
	unsigned	 steps;		/* letters that make the difference */
};

void		 nearest_look(struct nearest *, const char *known);
/* " (did you mean BEST?)", or ""; returns out. */
const char	*nearest_hint(const struct nearest *, char out[NEAREST_HINT]);

#endif
