/*
 * How things are, for those who ask: policyd (which tells people), RUNDIR/suite,
 * the service manager. On each change, and now and then for the memory used.
 */
#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

#include "held.h"
#include "notify.h"
#include "parent.h"
#include "shared/procstat.h"

#define TICK_S		5	/* a third of WatchdogSec in bulwark.service */
#define MEMORY_TICKS	12	/* looks at the memory used: adding up the pages costs a millisecond */

struct slot *
running_hub(struct suite *suite)
{
	for (int i = 0; i < SLOTS; i++)
		if (suite->slot[i].row->hub && suite->slot[i].state == SLOT_RUNNING &&
		    suite->slot[i].control != NULL)
			return &suite->slot[i];
	return NULL;
}

static void
describe_self(struct control_suite_process *p)
{
	p->state = STATE_RUNNING;
	p->pid = (uint32_t)getpid();
	(void)snprintf(p->name, sizeof(p->name), "%s", row_bulwarkd.name);
	(void)proc_start(getpid(), &p->start);
	(void)proc_rss_kib(getpid(), &p->rss_kib);
}

static void
describe(const struct slot *slot, struct control_suite_process *p)
{
	static const uint8_t	states[] = {
		[SLOT_DOWN] = STATE_DOWN,
		[SLOT_STARTING] = STATE_STARTING,
		[SLOT_RUNNING] = STATE_RUNNING,
		[SLOT_ENDING] = STATE_DOWN,
	};

	(void)snprintf(p->name, sizeof(p->name), "%s", slot->row->name);
	p->state = states[slot->state];
	p->restarts = slot->restarts;
	p->uid = slot->uid;
	if (slot->pid == 0)
		return;
	p->pid = (uint32_t)slot->pid;
	p->start = slot->start;
	p->landlock_abi = slot->landlock_abi;
	(void)proc_rss_kib(slot->pid, &p->rss_kib);
}

/* A policyd that does not read is found by its silence, not here. */
static void
tell_hub(struct suite *suite)
{
	struct slot		*hub = running_hub(suite);
	struct control_suite	 all = { .count = 1 + SLOTS };
	uint8_t			 body[CONTROL_SUITE_MAX];
	size_t			 len;

	if (hub == NULL)
		return;
	all.doors = held_doors(suite);
	if (!all.doors)
		(void)snprintf(all.taken, sizeof(all.taken), "%s", suite->taken);
	all.kernel = suite->kernel.on;
	(void)snprintf(all.no_kernel, sizeof(all.no_kernel), "%s", suite->kernel.why);
	describe_self(&all.process[0]);
	for (int i = 0; i < SLOTS; i++)
		describe(&suite->slot[i], &all.process[1 + i]);
	len = control_suite_pack(&all, body, sizeof(body));
	if (len > 0)
		(void)channel_send(hub->control, CONTROL_SUITE, 0, body, len, -1);
}

void
status_rules(struct suite *suite)
{
	struct slot	*hub = running_hub(suite);
	uint8_t		 body[CONTROL_RULES_MAX];
	size_t		 len;

	if (hub == NULL || suite->rules.state == 0)
		return;
	len = control_rules_pack(&suite->rules, body, sizeof(body));
	if (len > 0)
		(void)channel_send(hub->control, CONTROL_RULES, 0, body, len, -1);
}

static void
tell_manager(struct suite *suite)
{
	unsigned	running = 0;

	for (int i = 0; i < SLOTS; i++)
		if (suite->slot[i].state == SLOT_RUNNING)
			running++;
	notify_say("STATUS=%u of %d processes run; rules %s", running, SLOTS,
	    suite->rules.state == RULES_FAILED ? "could not be loaded" : "are loaded");
	if (suite->served || running < SLOTS || suite->rules.state == 0 ||
	    suite->rules.state == RULES_FAILED)
		return;
	suite->served = true;
	notify_say("READY=1");
	log_info("all processes run");
}

void
status_changed(struct suite *suite)
{
	if (suite->phase == SUITE_STOPPING)
		return;
	suitefile_write(suite);
	tell_hub(suite);
	tell_manager(suite);
}

static void
end_resolver(struct suite *suite)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (suite->slot[i].row == &row_resolverd)
			slot_kill(&suite->slot[i], "systemd-resolved's folder is another one");
}

static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	static unsigned	 ticks;
	struct suite	*suite = ctx;

	(void)fd;
	(void)what;
	notify_say("WATCHDOG=1");
	resolvers_look(suite, false);
	zone_look(suite, false);
	if (held_keep_place(suite))
		end_resolver(suite);
	if (++ticks % MEMORY_TICKS == 0)
		tell_hub(suite);
}

int
status_init(struct suite *suite)
{
	struct timeval	every = { .tv_sec = TICK_S };

	suite->status_timer = event_new(suite->base, -1, EV_PERSIST, on_tick, suite);
	if (suite->status_timer == NULL)
		return -1;
	return event_add(suite->status_timer, &every);
}
