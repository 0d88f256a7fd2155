/*
 * The life of each child: start, hand-shake, the kernel's word that it is
 * narrowed, pings, death, back-off. A lost leaf is started anew alone; a lost
 * hub ends the others, and then all start. Rules stand meanwhile.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "lines.h"
#include "parent.h"
#include "shared/procstat.h"
#include "setup.h"
#include "spawn.h"

#define HANDSHAKE_MS	8000
#define PING_MS		1000
#define SILENCE_MS	2000
#define PATIENCE_MS	30		/* between a lost channel and SIGKILL or farewell */
#define STOP_MS		2000		/* between the word and SIGKILL */
#define BACKOFF_MS	50
#define BACKOFF_MAX_MS	1000
#define BACKOFF_CALM_MS	30000
#define ALIVE_TIMES	10		/* alive this many times its last wait: the next death counts as a first */

static void
set_timer(struct event *timer, int64_t ms)
{
	struct timeval	tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (event_add(timer, &tv) == -1)
		fatal("timer");
}

/* All are asked at the same moments: one awakening instead of many. */
static int64_t
until_ping(void)
{
	return PING_MS - now_ms() % PING_MS;
}

/* SIGKILL; what follows, follows when it is reaped. */
void
slot_kill(struct slot *slot, const char *why)
{
	if (slot->pid == 0)
		return;
	if (why != NULL)
		log_warnx("%s is ended: %s", slot->row->name, why);
	if (kill(slot->pid, SIGKILL) == -1)
		log_warn("%s: kill", slot->row->name);
}

static void	slot_ended(struct slot *);

/*
 * A peer that is gone mostly ends: it is waited for, a moment, to know how. In
 * a stop children end so, at their leisure. Whoever speaks nonsense is ended.
 */
static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	struct slot	*slot = ctx;
	bool		 ended = strcmp(why, CHANNEL_GONE) == 0;

	if (!ended)
		slot_kill(slot, why);
	channel_free(channel);
	slot->control = NULL;
	slot->state = SLOT_ENDING;
	if (slot->pid == 0)
		slot_ended(slot);
	else if (slot->suite->phase != SUITE_STOPPING)
		set_timer(slot->timer, PATIENCE_MS);
}

/* The row's descriptors beside control channel and standard error. */
static void
give_fds(const struct slot *slot, struct spawn *what)
{
	const struct held	*held = &slot->suite->held;

	if (slot->row == &row_intercept) {
		what->fd[FD_INTERCEPT_EXISTING] = held->existing;
		for (int i = 0; i <= FD_INTERCEPT_PORT_NEWS - FD_INTERCEPT_CONTROL; i++)
			what->fd[FD_INTERCEPT_CONTROL + i] = kernel_part(slot->suite, PART_CONTROL + (unsigned)i);
		what->fd[FD_INTERCEPT_GATE] = kernel_part(slot->suite, PART_GATE);
	} else if (slot->row == &row_whod) {
		what->fd[FD_WHO_PROC] = held_open_proc();
		what->fd[FD_WHO_EVENTS] = held_open_events();
		what->fd[FD_WHO_KERNEL] = kernel_part(slot->suite, PART_EVENTS);
		what->fd[FD_WHO_LOST] = kernel_part(slot->suite, PART_LOST);
	} else if (slot->row == &row_policyd) {
		what->fd[FD_POLICY_VENDOR] = held->vendor;
		what->fd[FD_POLICY_ETC] = held->etc;
		what->fd[FD_POLICY_STATE] = held->state;
		what->fd[FD_POLICY_STEER] = held->steer;
		what->fd[FD_POLICY_GEO] = held->geo;
		what->fd[FD_POLICY_DPKG] = held->dpkg;
	} else if (slot->row == &row_uid) {
		what->fd[FD_UI_LISTEN] = held->ui;
	} else if (slot->row == &row_resolverd) {
		for (int i = 0; i < HELD_NAMES; i++)
			what->fd[FD_NAMES_UDP4 + i] = held->names[i];
		what->fd[FD_NAMES_ANCHORS] = held_open_anchors(slot->suite);
		what->fd[FD_NAMES_UNIX] = held->resolve_door;
	}
}

/* Those that were opened for this child alone. */
static void
close_own_fds(const struct slot *slot, const struct spawn *what)
{
	if (slot->row == &row_resolverd && what->fd[FD_NAMES_ANCHORS] != -1)
		(void)close(what->fd[FD_NAMES_ANCHORS]);
	if (slot->row != &row_whod)
		return;
	(void)close(what->fd[FD_WHO_PROC]);
	if (what->fd[FD_WHO_EVENTS] != -1)
		(void)close(what->fd[FD_WHO_EVENTS]);
}

static void
slot_start(struct slot *slot)
{
	struct spawn	what;
	int		control[2], err[2];

	if (channel_pair(control) == -1 || pipe2(err, O_CLOEXEC) == -1)
		fatal("channel");
	spawn_init(&what, slot->row, slot->binary);
	what.uid = slot->uid;
	what.gid = slot->gid;
	what.fd[STDERR_FILENO] = err[1];
	what.fd[FD_CONTROL] = control[1];
	give_fds(slot, &what);
	slot->pid = spawn(&what);
	if (slot->pid == -1)
		fatal("fork");
	close_own_fds(slot, &what);
	(void)close(control[1]);
	(void)close(err[1]);
	slot->err = lines_new(slot->suite->base, err[0], slot->row->name);
	slot->control = channel_new(slot->suite->base, control[0], parent_verbs, on_lost, slot);
	if (slot->control == NULL || slot->err == NULL)
		fatal("%s: channel", slot->row->name);
	channel_set_phase(slot->control, PHASE_GREETING);
	if (proc_start(slot->pid, &slot->start) == -1)
		fatal("%s: /proc", slot->row->name);
	slot->state = SLOT_STARTING;
	slot->running_ms = 0;
	slot->landlock_abi = 0;
	set_timer(slot->timer, HANDSHAKE_MS);
	log_debug("%s: pid %d", slot->row->name, (int)slot->pid);
	status_changed(slot->suite);
}

/* The child says that it is narrowed; the kernel is asked. */
void
slot_ready(struct slot *slot, const struct control_ready *ready)
{
	struct suite		*suite = slot->suite;
	struct proc_status	 st;
	const char		*fault;

	if (proc_status(slot->pid, &st) == -1) {
		slot_kill(slot, "/proc does not show it");
		return;
	}
	fault = row_status_fault(slot->row, &st, slot->uid, slot->gid, suite->filters);
	if (fault != NULL) {
		slot_kill(slot, fault);
		return;
	}
	slot->state = SLOT_RUNNING;
	slot->landlock_abi = ready->landlock_abi;
	slot->tick_ms = slot->heard_ms = slot->running_ms = now_ms();
	set_timer(slot->timer, until_ping());
	if (slot->row->hub) {
		status_rules(suite);
		resolvers_look(suite, true);
		zone_look(suite, true);
	}
	peers_connect(slot);
	/* A fresh intercept did not see what happened to the rules before. */
	if (slot->row == &row_intercept && slot->restarts > 0)
		setup_again(suite->setup);
	log_debug("%s runs", slot->row->name);
	status_changed(suite);
}

/* Only an answer to what was asked counts as a sign of life. */
void
slot_pong(struct slot *slot, uint32_t seq)
{
	if (seq == slot->ping)
		slot->heard_ms = now_ms();
}

static void
slot_ping(struct slot *slot)
{
	struct control_ping	ping;
	uint8_t			body[CONTROL_PING_MAX];
	size_t			len;
	int64_t			now = now_ms(), late = now - slot->tick_ms - PING_MS, left;

	/* While we ourselves were stopped or starved, their silence proves nothing. */
	if (late > 0)
		slot->heard_ms = slot->heard_ms + late < now ? slot->heard_ms + late : now;
	slot->tick_ms = now;
	left = slot->heard_ms + SILENCE_MS - now;
	set_timer(slot->timer, left > 0 && left < until_ping() ? left : until_ping());
	if (left <= 0) {
		slot_kill(slot, "no sign of life for two seconds");
		return;
	}
	ping.seq = ++slot->ping;
	len = control_ping_pack(&ping, body, sizeof(body));
	(void)channel_send(slot->control, CONTROL_PING, 0, body, len, -1);
}

/* The hub's time has come; some of the others may not be gone yet. */
static void
start_regrouped(struct slot *hub)
{
	if (!supervise_all_down(hub->suite)) {
		set_timer(hub->timer, PATIENCE_MS);
		return;
	}
	hub->suite->phase = SUITE_UP;
	supervise_start_all(hub->suite);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct slot	*slot = ctx;

	(void)fd;
	(void)what;
	if (slot->state == SLOT_DOWN && slot->suite->phase == SUITE_REGROUPING) {
		start_regrouped(slot);
	} else if (slot->state == SLOT_DOWN) {
		slot_start(slot);
	} else if (slot->state == SLOT_STARTING) {
		slot_kill(slot, "its start takes too long");
	} else if (slot->state == SLOT_RUNNING) {
		slot_ping(slot);
	} else if (slot->pid != 0) {
		slot_kill(slot, "it speaks to nobody");
	} else {
		slot_ended(slot);
	}
}

void
supervise_start_all(struct suite *suite)
{
	for (int i = 0; i < SLOTS; i++)
		slot_start(&suite->slot[i]);
}

int
supervise_init(struct suite *suite)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot	*slot = &suite->slot[i];

		slot->timer = event_new(suite->base, -1, 0, on_timer, slot);
		if (slot->timer == NULL)
			return -1;
	}
	return 0;
}

static unsigned
recent_deaths(const struct slot *slot, int64_t now)
{
	unsigned	n = slot->deaths < DEATHS ? slot->deaths : DEATHS, recent = 0;

	for (unsigned i = 0; i < n; i++)
		if (now - slot->death_ms[i] < DEATHS_MS)
			recent++;
	return recent;
}

/* Milliseconds until the next try. */
static unsigned
backoff(struct slot *slot, int64_t lived_ms)
{
	int64_t	now = now_ms();

	slot->death_ms[slot->deaths++ % DEATHS] = now;
	if (recent_deaths(slot, now) == DEATHS)
		return BACKOFF_CALM_MS;
	if (lived_ms >= (int64_t)slot->backoff_ms * ALIVE_TIMES)
		slot->backoff_ms = BACKOFF_MS;
	else
		slot->backoff_ms *= 2;
	if (slot->backoff_ms > BACKOFF_MAX_MS)
		slot->backoff_ms = BACKOFF_MAX_MS;
	return slot->backoff_ms;
}

static void
say_death(const struct slot *slot, int status)
{
	const char	*name = slot->row->name;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_warnx("%s made a forbidden system call (the kernel's log names it)", name);
	else if (WIFSIGNALED(status))
		log_warnx("%s ended by signal %s", name, sigabbrev_np(WTERMSIG(status)));
	else if (slot->suite->phase != SUITE_STOPPING || WEXITSTATUS(status) != 0)
		log_warnx("%s ended with status %d", name, WEXITSTATUS(status));
}

/* What follows a death, beside a stop. */
static void
after_death(struct slot *slot, int64_t lived_ms)
{
	struct suite	*suite = slot->suite;
	unsigned	 wait;

	slot->restarts++;
	if (suite->phase == SUITE_REGROUPING && !slot->row->hub)
		return;		/* the hub's timer starts all */
	wait = backoff(slot, lived_ms);
	if (wait == BACKOFF_CALM_MS)
		log_warnx("%s ended %d times in a minute: tried again in %d s", slot->row->name,
		    DEATHS, BACKOFF_CALM_MS / 1000);
	set_timer(slot->timer, wait);
	if (!slot->row->hub)
		return;
	log_warnx("%s is lost: the suite starts anew; rules stand", slot->row->name);
	suite->phase = SUITE_REGROUPING;
	if (suite->rules.state == RULES_LOADED)
		suite->rules.state = RULES_KEPT;	/* for the next hub it is no beginning */
	for (int i = 0; i < SLOTS; i++) {
		if (suite->slot[i].state != SLOT_DOWN)
			slot_kill(&suite->slot[i], NULL);
		else if (&suite->slot[i] != slot)
			(void)event_del(suite->slot[i].timer);
	}
}

static void
slot_ended(struct slot *slot)
{
	struct suite	*suite = slot->suite;
	int64_t		 lived = slot->running_ms != 0 ? now_ms() - slot->running_ms : 0;

	(void)event_del(slot->timer);
	channel_free(slot->control);
	lines_free(slot->err);
	slot->control = NULL;
	slot->err = NULL;
	slot->state = SLOT_DOWN;
	if (suite->phase != SUITE_REGROUPING)
		say_death(slot, slot->status);
	if (suite->phase != SUITE_STOPPING)
		after_death(slot, lived);
	status_changed(suite);
	suite_goes_on(suite);
}

void
supervise_reaped(struct suite *suite, pid_t pid, int status)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot	*slot = &suite->slot[i];

		if (slot->pid != pid)
			continue;
		slot->pid = 0;
		slot->status = status;
		slot->state = SLOT_ENDING;
		if (slot->control == NULL)
			slot_ended(slot);
		else	/* its last words wait in the channel: on_lost() follows them */
			set_timer(slot->timer, PATIENCE_MS);
	}
}

bool
supervise_all_down(const struct suite *suite)
{
	for (int i = 0; i < SLOTS; i++)
		if (suite->slot[i].state != SLOT_DOWN)
			return false;
	return true;
}

/* Those that run are told; those that do not yet listen are ended. */
void
supervise_stop(struct suite *suite)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot	*slot = &suite->slot[i];

		if (slot->state == SLOT_ENDING)
			continue;
		(void)event_del(slot->timer);
		if (slot->state != SLOT_RUNNING ||
		    channel_send(slot->control, CONTROL_STOP, 0, NULL, 0, -1) == -1)
			slot_kill(slot, NULL);
	}
	set_timer(suite->stop_timer, STOP_MS);
}
