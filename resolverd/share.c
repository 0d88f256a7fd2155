/*
 * See share.h. Called by the front. Counts are kept by a hash of the number: those that meet
 * there share one.
 */
#include <sodium.h>

#include "share.h"

#define BITS	10

static uint16_t	of_asker[1u << BITS], of_program[1u << BITS], of_user[1u << BITS];
static uint64_t	odd;	/* by chance: nobody chooses with whom he shares */

void
share_init(void)
{
	randombytes_buf(&odd, sizeof(odd));
	odd |= 1;
}

static uint16_t *
place(uint16_t of[static 1u << BITS], uint64_t number)
{
	return &of[number * odd >> (64 - BITS)];
}

const char *
share_take(const struct who *w)
{
	if (*place(of_asker, w->asker) >= SHARE_ASKER || *place(of_program, w->program) >= SHARE_PROGRAM)
		return "too many questions of this program wait";
	if (*place(of_user, w->user) >= SHARE_USER)
		return "too many questions of this user wait";
	share_keep(w);
	return NULL;
}

void
share_keep(const struct who *w)
{
	(*place(of_asker, w->asker))++;
	(*place(of_program, w->program))++;
	(*place(of_user, w->user))++;
}

void
share_give(const struct who *w)
{
	(*place(of_asker, w->asker))--;
	(*place(of_program, w->program))--;
	(*place(of_user, w->user))--;
}
