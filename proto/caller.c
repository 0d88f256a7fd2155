/*
 * See caller.h. Called by resolverd, intercept and policyd, by the last two with what
 * peers say.
 */
#include "caller.h"

#include <string.h>


#define NUMBER_AT	8	/* in src, the highest byte first */

void
caller_tuple(uint64_t number, struct tuple *t)
{
	*t = (struct tuple){ .family = 6 };
	for (unsigned i = 0; i < sizeof(number); i++)
		t->src[NUMBER_AT + i] = (uint8_t)(number >> (56 - 8 * i));
}

uint64_t
caller_number(const struct tuple *t)
{
	uint64_t	number = 0;
	struct tuple	same;

	for (unsigned i = 0; i < sizeof(number); i++)
		number = number << 8 | t->src[NUMBER_AT + i];
	caller_tuple(number, &same);
	return memcmp(&same, t, sizeof(same)) == 0 ? number : 0;
}
