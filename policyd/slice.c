/*
 * See slice.h. The stack is a mapping of its own with a page below that nobody may touch.
 */
#include <sys/mman.h>

#include <event2/event.h>
#include <ucontext.h>

#include "arena.h"
#include "clock.h"
#include "sandbox.h"
#include "slice.h"

#define STACK_BYTES	(256u << 10)
#define GUARD_BYTES	4096
#define POINTS_EACH	16	/* points between two looks at the clock */

static ucontext_t	 outside, inside;
static struct event	*next;
static bool		 busy;
static int64_t		 slice_us = SLICE_US, ends_us;
static unsigned		 points;
static void		(*the_work)(void), (*when_done)(void);
static void		*stack;

void
slice_set(int64_t us)
{
	slice_us = us;
}

bool
slice_busy(void)
{
	return busy;
}

/* build_pause() while a slice runs. */
static void
pause_work(void)
{
	if (++points < POINTS_EACH)
		return;
	points = 0;
	if (clock_us(CLOCK_MONOTONIC) < ends_us)
		return;
	if (swapcontext(&inside, &outside) == -1)
		fatal("swapcontext");
}

/* Its end is where outside goes on (uc_link). */
static void
work(void)
{
	the_work();
	busy = false;
}

static void
run_slice(void)
{
	static const struct timeval at_once;

	points = 0;
	ends_us = clock_us(CLOCK_MONOTONIC) + slice_us;
	build_pause = pause_work;
	if (swapcontext(&outside, &inside) == -1)
		fatal("swapcontext");
	build_pause = NULL;
	if (!busy)
		when_done();
	else if (event_add(next, &at_once) == -1)
		fatalx("no event for the next slice");
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	run_slice();
}

static void
make_stack(void)
{
	if (stack != NULL)
		return;
	stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) == -1)
		fatal("a stack for work in slices");
}

void
slice_start(struct event_base *base, void (*what)(void), void (*done)(void))
{
	if (base == NULL) {
		what();
		done();
		return;
	}
	make_stack();
	if (next == NULL && (next = event_new(base, -1, 0, on_next, NULL)) == NULL)
		fatalx("no event for work in slices");
	the_work = what;
	when_done = done;
	busy = true;
	if (getcontext(&inside) == -1)
		fatal("getcontext");
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = STACK_BYTES;
	inside.uc_link = &outside;
	makecontext(&inside, work, 0);
	run_slice();
}
