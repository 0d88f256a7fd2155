/*
 * Changes in folders: told once for a burst, also of a folder that came later. Where the kernel can't
 * tell of a folder, all are looked at every two seconds.
 */
/* links: policyd/watch.c */
#include <event2/event.h>
#include <fcntl.h>
#include <time.h>

#include "temp_folder.h"
#include "watch.h"

static struct event_base	*base;
static unsigned			 changes;

static void
on_change(void)
{
	changes++;
	watch_folder(place("later"));
	(void)event_base_loopbreak(base);
}

static void
start(void)
{
	folder_start();
	cr_assert_eq(mkdir(place("a"), 0755), 0);
	base = event_base_new();
	cr_assert_not_null(base);
}

TestSuite(watch, .init = start, .fini = folder_finish, .timeout = 20);

/* Runs the loop until the next change, or for so long. */
static unsigned
wait_ms(int ms)
{
	const struct timeval most = { ms / 1000, ms % 1000 * 1000 };
	unsigned before = changes;

	(void)event_base_loopexit(base, &most);
	(void)event_base_dispatch(base);
	return changes - before;
}

Test(watch, changes)
{
	watch_open();
	watch_start(base, on_change);
	watch_folder(place("a"));
	watch_folder(place("a"));
	watch_folder(place("later"));
	cr_assert(watch_works());
	cr_assert_eq(wait_ms(50), 0);
	for (int i = 0; i < 5; i++)
		put(i % 2 ? "a/x.conf" : "a/y.conf", "%d", i);
	cr_assert_eq(wait_ms(5000), 1);
	cr_assert_eq(wait_ms(50), 0);
	cr_assert_eq(chmod(place("a/x.conf"), 0600), 0);
	cr_assert_eq(wait_ms(5000), 1);
	cr_assert_eq(rename(place("a/x.conf"), place("a/z.conf")), 0);
	cr_assert_eq(wait_ms(5000), 1);
	cr_assert_eq(unlink(place("a/z.conf")), 0);
	cr_assert_eq(wait_ms(5000), 1);
	/* A folder that comes later is watched from the next change on. */
	cr_assert_eq(mkdir(place("later"), 0755), 0);
	cr_assert_eq(wait_ms(50), 0);
	put("a/y.conf", "%d", 7);
	cr_assert_eq(wait_ms(5000), 1);
	put("later/x.conf", "%d", 7);
	cr_assert_eq(wait_ms(5000), 1);
	cr_assert(watch_works());
}

/* Somebody who writes without a pause does not keep what is new out of force. */
Test(watch, without_a_pause)
{
	struct timespec begin, now;
	long ms = 0;

	watch_open();
	watch_start(base, on_change);
	watch_folder(place("a"));
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0; changes == 0 && ms < 5000; i++) {
		put("a/x.conf", "%u", i);
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		ms = (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000;
	}
	cr_assert_eq(changes, 1, "after %ld ms", ms);
}

Test(watch, folder_that_cannot_be_watched)
{
	char name[300];		/* longer than any */

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	watch_open();
	watch_start(base, on_change);
	put("file", "%d", 1);
	watch_folder(place("file"));		/* no folder, and none that is missing */
	cr_assert(watch_works());
	watch_folder(name);
	cr_assert(!watch_works());
	cr_assert_eq(wait_ms(5000), 1);
}
