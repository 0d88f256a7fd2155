/*
 * Domain names in wire form (RFC 1035, 3.1): labels, each with its length before
 * it, the empty one last; at most 255 bytes. Letters keep their case unless said.
 */
#ifndef RESOLVERD_DNAME_H
#define RESOLVERD_DNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNAME_MAX	255
#define DNAME_TEXT	1024	/* each byte as \ddd, and the end */

struct dname {
	uint8_t	len;		/* 1 and more: the root is one byte */
	uint8_t	wire[DNAME_MAX];
};

/*
 * Reads the name at *at of a message, compressed or not, and moves *at behind it.
 * Pointers lead backwards only (RFC 1035, 4.1.4), so none can loop. 0, or -1: no name.
 */
int	dname_read(const uint8_t *message, size_t len, size_t *at, struct dname *);
/* Moves *at behind the name there; where pointers lead is not looked at. 0 or -1. */
int	dname_skip(const uint8_t *message, size_t len, size_t *at);

/* Text to name: labels between dots, \. \\ and \ddd (RFC 1035, 5.1). 0 or -1. */
int	dname_parse(const char *text, size_t len, struct dname *);
/* Name to text without the last dot, anything but letters, digits, - and _ escaped. */
void	dname_text(const struct dname *, char buf[static DNAME_TEXT]);

/* Keyed, so that nobody can choose names that meet: dname_hash_init() once, at start. Of lower case. */
void	dname_hash_init(void);
uint64_t dname_hash(const struct dname *);

void	dname_lower(struct dname *);
/* Letters count the same in either case. */
bool	dname_equal(const struct dname *, const struct dname *);
/* Is it the zone's name, or below it? */
bool	dname_within(const struct dname *, const struct dname *zone);
/* Without the root's. */
unsigned dname_labels(const struct dname *);
/* What is left when so many labels are taken off at the front. */
void	dname_parent(const struct dname *, unsigned labels, struct dname *parent);

#endif
