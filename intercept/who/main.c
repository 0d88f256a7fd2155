/*
 * whod: answers which programs hold a socket. Started by bulwarkd; talks to
 * intercept alone, which it takes for hostile, as it does every program whose
 * /proc it reads.
 */
#include <sys/resource.h>

#include <event2/event.h>

#include "answers.h"
#include "events.h"
#include "identity.h"
#include "namespaces.h"
#include "origin.h"
#include "processes.h"
#include "procfs.h"
#include "raw.h"
#include "reader.h"
#include "sandbox.h"
#include "sockets.h"
#include "sweep.h"

#define DESCRIPTORS	65536	/* wanted; three a process */
#define SPARE		64	/* for what is opened in passing */

static void
on_ready(struct proc *p)
{
	answers_ready(p);
	namespaces_ready();
}

static const struct identity_ops	identity_ops = {
	.announce = answers_announce,
	.gone = answers_gone,
	.ready = on_ready,
};

static int
on_peer(void *ctx, enum channel_name name, uint32_t generation, int fd)
{
	(void)ctx;
	if (name != CHANNEL_WHO)
		return -1;
	return answers_channel(generation, fd);
}

static const struct child_ops	child_ops = { .peer = on_peer };

static void
raise_descriptors(void)
{
	struct rlimit	limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		fatal("RLIMIT_NOFILE");
	if (limit.rlim_max < DESCRIPTORS)	/* while it still is root */
		limit.rlim_max = DESCRIPTORS;
	limit.rlim_cur = DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("RLIMIT_NOFILE %d", DESCRIPTORS);
}

static void
use_descriptors(void)
{
	struct rlimit	limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur <= 2 * SPARE)
		fatalx("too few descriptors");
	processes_set_budget((unsigned)(limit.rlim_cur > DESCRIPTORS ? DESCRIPTORS :
	    limit.rlim_cur) - SPARE);
}

int
main(void)
{
	struct event_base	*base = child_start("whod", &child_ops, NULL);

	procfs_init(FD_WHO_PROC);
	raise_descriptors();
	raw_init();
	origin_init();
	processes_init(sockets_drop, identity_end);
	sockets_init(answers_more);
	identity_init(&identity_ops);
	reader_init(base, identity_answered);
	answers_init(base, namespaces_tell);
	events_init(base, FD_WHO_EVENTS);
	sweep_init(base);
	child_narrow();
	use_descriptors();
	reader_start();
	processes_relist();
	child_ready();
	return child_loop();
}
