/*
 * Who looks, what of it they may see, and which part of that they want.
 * Root and the group see all; others what belongs to their own processes.
 */
#ifndef UID_VIEW_H
#define UID_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "store.h"

struct viewer {
	uint32_t	uid;
	uint32_t	pid;
	bool		all;
};

enum filter_key {
	FILTER_APP, FILTER_PROFILE, FILTER_VERDICT, FILTER_UID, FILTER_PID, FILTER_PORT,
	FILTER_PROTO, FILTER_DIRECTION, FILTER_ADDRESS, FILTER_CONTAINER, FILTER_KEYS
};

#define FILTER_TERMS		16
#define FILTER_TEXT_BYTES	256

struct filter_term {
	enum filter_key	key;
	uint32_t	number;			/* all but app, profile, container and address */
	uint8_t		family, prefix;		/* address */
	uint8_t		address[16];
	char		text[FILTER_TEXT_BYTES];	/* app, profile, container; a * at the end: any more */
};

/* Terms of one key are alternatives; every key that is named must be met. */
struct filter {
	unsigned		count;
	unsigned		keys;		/* 1 << enum filter_key, OR-ed */
	struct filter_term	term[FILTER_TERMS];
};

/* p: the event's process, or NULL. */
bool	view_allows(const struct viewer *, const struct program *p);

/* 0; -1: the value is none that the key takes, or there are too many. */
int	filter_add_text(struct filter *, enum filter_key, const char *);
int	filter_add_number(struct filter *, enum filter_key, int64_t);
/* NULL for a word that is no key. */
const char	*filter_key_name(enum filter_key);
bool	filter_takes_number(enum filter_key);

/*
 * word: what it came to (words.h). Without an event it is about a program alone: only what asks for that or
 * for the word fits.
 */
bool	filter_passes(const struct filter *, unsigned word, const struct ui_event *, const struct program *,
	    const struct why *);

#define CONTAINER_NAME_BYTES	(CONTAINER_BYTES + 16)
/* ENGINE/NAME of the container that its cgroup names; claimed: not by root's word. False: none. */
bool	view_container(const struct program *, char name[CONTAINER_NAME_BYTES], bool *claimed);

#endif
