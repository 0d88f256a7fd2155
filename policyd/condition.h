/*
 * What a rule demands beside addresses, ports, names and scope: a country or
 * network (AS) of the address, a user, this machine's network, a time, no name.
 */
#ifndef POLICYD_CONDITION_H
#define POLICYD_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo.h"
#include "moment.h"

struct rule;
struct rule_query;

struct span_of_day {		/* minutes; to is not part of it, and lies on the next day if it is not after from */
	uint16_t	from, to;
};

struct uids {
	uint32_t	low, high;
};

/* One file in one state: what is written into it or put in its place is another one. */
struct file_id {
	uint64_t	dev, ino, ctime_ns;
};

static inline bool
file_is_same(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->ctime_ns == b->ctime_ns;
}

struct condition {
	int64_t		 until;		/* moment.local from which on it does not hold; INT64_MAX: none */
	uint8_t		 days;		/* 1 << weekday on which the span begins; 0: any */
	bool		 direct;	/* only what goes out to the Internet without a name (check 12) */
	bool		 by_country;
	bool		 by_file;	/* only while the program's file is that one: */
	struct file_id	 file;
	bool		 timely;	/* limits user, file, network or time, which also a question has */
	bool		 only_place;	/* limits either country or AS, and nothing else */
	unsigned	 spans_count, uids_count, networks_count, as_count;	/* 0: any */
	const struct span_of_day *spans;
	const struct uids *uids;	/* one of these ranges */
	const char	*const *networks;
	const uint32_t	*as;		/* sorted */
	struct countries countries;
};

/* What conditions are compared with. */
struct circumstances {
	const struct moment *now;
	const struct geo *geo;		/* or NULL: no databases */
	struct whereabouts *whereabouts;	/* of the other end's address; kept from one rule to the next */
	const char	*network;	/* NULL: it is not known where this machine is */
	uint32_t	 uid;
	bool		 has_uid;	/* a program, not the kernel or a stranger */
	bool		 direct;
	struct file_id	 file;		/* of the program, if has_uid */
	bool		 any_file;	/* as if it were the one that the condition names */
	uint8_t		*looked;	/* enum looked: is told what was compared; or NULL */
};

/*
 * Does the rule's condition, which is not NULL, hold? What is not known (the time, the network, the place of an
 * Internet address) holds for a rule that denies or asks, and not for one that allows or tunnels. Of a
 * question, which has no address yet, places are not looked at. Addresses outside the Internet have no place.
 */
bool		 condition_holds(const struct rule *, const struct rule_query *);
/* For such a rule what is not known holds: it can only make the verdict stricter. */
bool		 condition_is_strict(const struct rule *);
/* True if the place of the address was asked for and is not known: what decided says so. */
bool		 condition_place_unknown(const struct rule *, const struct rule_query *);
static inline bool
condition_by_place(const struct condition *c)
{
	return c != NULL && (c->by_country || c->as_count > 0);
}

#endif
