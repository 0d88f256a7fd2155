/*
 * Memory that is freed all at once: one arena for the syntax tree of a file,
 * one for what is kept of it. Single-threaded; nothing here is bounded: who
 * fills an arena from a file bounds the file (scan.h).
 *
 * Whatever is built for long asks for memory often, so here is also where it may be left for a while
 * (slice.h). Long loops that ask for none call build_may_pause().
 */
#ifndef POLICYD_ARENA_H
#define POLICYD_ARENA_H

#include <stddef.h>

struct chunk;
struct arena {
	struct chunk	*chunks;
	size_t		 bytes;		/* taken from the heap */
};

/* NULL, but while work is done in slices. Nobody else sees what is being built, so it may be half done. */
extern void	(*build_pause)(void);

static inline void
build_may_pause(void)
{
	if (build_pause != NULL)
		build_pause();
}

void	*arena_get(struct arena *, size_t);			/* zeroed; ends the process without memory */
void	*arena_copy(struct arena *, const void *, size_t);
char	*arena_text(struct arena *, const char *, size_t);	/* adds a NUL */
void	 arena_free(struct arena *);

#endif
