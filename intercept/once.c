/*
 * A bounded memory of packets that were accepted one by one. Called by settle.c and judge.c.
 * It only widens what a verdict said to that packet's answer, so an entry that
 * is pushed out costs a question and nothing else.
 */
#include <string.h>

#include "once.h"
#include "packet.h"

#define SETS		1024
#define WAYS		4
#define SAME_NS		1000000000ll		/* the way through the loopback device */
#define ANSWER_NS	30000000000ll		/* as long as conntrack waits for an answer */

static struct once {
	struct tuple	tuple;
	uint64_t	cookie;
	int64_t		at_ns;		/* 0: free */
} table[SETS][WAYS];
static bool	any;

static struct once *
find(const struct tuple *t)
{
	struct once	*set = table[tuple_hash(t) % SETS];
	unsigned	 i;

	for (i = 0; i < WAYS; i++)
		if (set[i].at_ns != 0 && memcmp(&set[i].tuple, t, sizeof(*t)) == 0)
			return &set[i];
	return NULL;
}

void
once_accepted(const struct tuple *t, uint64_t cookie, int64_t now_ns)
{
	struct once	*set = table[tuple_hash(t) % SETS], *o = find(t);
	unsigned	 i;

	if (o == NULL)
		for (o = &set[0], i = 1; i < WAYS; i++)
			if (set[i].at_ns < o->at_ns)
				o = &set[i];
	o->tuple = *t;
	o->cookie = cookie;
	o->at_ns = now_ns;
	any = true;
}

bool
once_same(const struct tuple *t, int64_t now_ns)
{
	const struct once *o = find(t);

	return o != NULL && now_ns - o->at_ns < SAME_NS;
}

bool
once_answers(const struct tuple *t, int64_t now_ns, uint64_t *cookie)
{
	const struct once	*o;
	struct tuple		 question;

	if (!tuple_question(t, &question) || (o = find(&question)) == NULL ||
	    now_ns - o->at_ns >= ANSWER_NS)
		return false;
	*cookie = o->cookie;
	return true;
}

void
once_forget(void)
{
	if (any)	/* no page is touched for nothing */
		memset(table, 0, sizeof(table));
	any = false;
}
