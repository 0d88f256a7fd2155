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
#include "kernel_events.h"
#include "namespaces.h"
#include "origin.h"
#include "processes.h"
#include "procfs.h"
#include "raw.h"
#include "reader.h"
#include "runs.h"
#include "sandbox.h"
#include "scan.h"
#include "shared/help.h"
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

static void
on_removed(struct proc *p)
{
	sockets_drop(p);
	runs_removed(p);
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
	namespaces_void();
	return answers_channel(generation, fd);
}

static void
on_tick(void *ctx)
{
	(void)ctx;
	sweep_tick();
}

static const struct child_ops	child_ops = { .peer = on_peer, .tick = on_tick };

/* As many as the row allows, and how many may be kept open for processes. */
static unsigned
raise_descriptors(void)
{
	struct rlimit	limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		fatal("RLIMIT_NOFILE");
	limit.rlim_cur = DESCRIPTORS;
	if (limit.rlim_max < DESCRIPTORS)	/* while it still is root */
		limit.rlim_max = DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return DESCRIPTORS;
	/* A container may forbid to raise it: fewer are kept open. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		fatal("RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < 4 * SPARE || setrlimit(RLIMIT_NOFILE, &limit) == -1)
		fatal("RLIMIT_NOFILE");
	return (unsigned)limit.rlim_max;
}

static const struct help	help = { "whod", "",
	"Says which programs hold a socket.\n"
	"Part of the Bulwark application firewall: bulwarkd starts it, by hand it is of no use.\n" };

int
main(int argc, char *argv[])
{
	struct event_base	*base;
	bool			 kernel;

	help_alone(argc, argv, &help);
	base = child_start("whod", &child_ops, NULL);
	procfs_init(FD_WHO_PROC);
	scan_init();
	proc_set_budget(raise_descriptors() - SPARE);
	raw_init();
	origin_init();
	processes_init(on_removed, identity_end);
	sockets_init(answers_more);
	identity_init(&identity_ops);
	reader_init(base, identity_answered);
	answers_init(base, namespaces_tell);
	namespaces_init(base);
	kernel = kernel_events_init(base, FD_WHO_KERNEL, FD_WHO_LOST);
	events_init(base, FD_WHO_EVENTS, kernel);
	sweep_init(base);
	child_narrow();
	reader_start();
	processes_relist();
	sweep_first();
	child_ready();
	return child_loop();
}
