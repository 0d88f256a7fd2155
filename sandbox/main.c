/*
 * bulwarkd, the parent: reads its configuration file, opens what the others
 * need, has the rules loaded, starts the others and watches them. It is root;
 * what came from outside, resolv.conf, it passes on without taking it apart.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/filter.h"
#include "shared/help.h"
#include "held.h"
#include "shared/log.h"
#include "shared/narrow.h"
#include "notify.h"
#include "parent.h"
#include "shared/procstat.h"
#include "setup.h"
#include "users.h"

#ifndef PREFIX
#define PREFIX "/usr"
#endif

struct options {
	struct dirs	dirs;
	bool		debug;
	bool		unused_uids;
	bool		check_only;
};

static struct suite	suite = {
	.held = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, { -1, -1, -1, -1, -1, -1 }, -1, -1, -1 },
};

int64_t
now_ms(void)
{
	struct timespec	ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static const struct help	help = { "bulwarkd", " [-nuv] [-b BINDIR] [-c ETCDIR] [-g GEODIR] [-p VENDORPROFILES]\n                [-r RUNDIR] [-s STATEDIR]",
	"The parent of the Bulwark application firewall (root): loads the rules, starts and watches\n"
	"the others, and ends them in order on SIGTERM. Usually: systemctl start bulwark\n"
	"  -n  only checks bulwarkd.conf\n"
	"  -u  runs the others as users that nobody has: nothing need be installed\n"
	"  -v  tells more\n" };

static void __attribute__((noreturn))
usage(void)
{
	(void)fprintf(stderr, "usage: %s%s\n(see bulwarkd --help)\n", help.name, help.arguments);
	exit(2);
}

static void
read_options(int argc, char *argv[], struct options *o)
{
	int	c;

	*o = (struct options){ .dirs = {
		.bin = PREFIX "/libexec/bulwark",
		.etc = "/etc/bulwark",
		.run = "/run/bulwark",
		.state = "/var/lib/bulwark",
		.vendor = PREFIX "/share/bulwark/profiles",
		.geo = PREFIX "/share/bulwark/geo",
	} };
	while ((c = getopt(argc, argv, "b:c:g:np:r:s:uv")) != -1) {
		switch (c) {
		case 'b': o->dirs.bin = optarg; break;
		case 'c': o->dirs.etc = optarg; break;
		case 'g': o->dirs.geo = optarg; break;
		case 'n': o->check_only = true; break;
		case 'p': o->dirs.vendor = optarg; break;
		case 'r': o->dirs.run = optarg; break;
		case 's': o->dirs.state = optarg; break;
		case 'u': o->unused_uids = true; break;
		case 'v': o->debug = true; break;
		default: usage();
		}
	}
	if (optind != argc)
		usage();
}

/* The cgroup that it names, -1: none. */
static int
read_configuration(const struct dirs *dirs, struct conf *conf)
{
	char	path[PATH_MAX], text[PATH_MAX + CONF_PATH_BYTES + 256];
	int	cgroup = -1, n = snprintf(path, sizeof(path), "%s/bulwarkd.conf", dirs->etc);

	if (n < 0 || (size_t)n >= sizeof(path))
		fatalx("%s: path too long", dirs->etc);
	if (conf_read(path, conf, text, sizeof(text)) == -1)
		fatalx("%s", text);
	if (conf->cgroup[0] != '\0' && (cgroup = conf_open_cgroup(path, conf, text, sizeof(text))) == -1)
		fatalx("%s", text);
	return cgroup;
}

static void
choose_users(bool unused)
{
	uid_t	next = USERS_FIRST_UNUSED;

	for (int i = 0; i < SLOTS; i++) {
		struct slot	*slot = &suite.slot[i];

		if (unused)
			users_unused(&next, &slot->uid, &slot->gid);
		else
			users_find(slot->row, &slot->uid, &slot->gid);
	}
}

static void
fill_slots(void)
{
	for (int i = 0; i < SLOTS; i++) {
		suite.slot[i].suite = &suite;
		suite.slot[i].row = row_children[i];
	}
	if (row_children[SLOTS] != NULL)
		fatalx("the table has more rows than there are slots");
}

/* For good, for us and all children. */
static void
drop_privileges(void)
{
	struct rlimit		none = { 0, 0 };
	struct proc_status	st;

	if (setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("RLIMIT_CORE");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("PR_SET_DUMPABLE");
	if (setgroups(0, NULL) == -1 || setresgid(0, 0, 0) == -1)
		fatal("groups");
	narrow_caps(row_bulwarkd.caps);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("PR_SET_NO_NEW_PRIVS");
	(void)filter_enter(filter_make(&row_bulwarkd));
	if (proc_status(getpid(), &st) == -1)
		fatal("/proc/self/status");
	suite.filters = st.filters;
}

/* Everything that has to be done before a stop is complete was done. */
void
suite_ended(struct suite *s)
{
	suitefile_remove(s);
	held_remove(s);
	(void)event_base_loopbreak(s->base);
}

void
suite_goes_on(struct suite *s)
{
	if (s->phase != SUITE_STOPPING || !supervise_all_down(s))
		return;
	(void)event_del(s->stop_timer);
	if (!s->conf.hold) {
		setup_release(s->setup);
	} else if (!setup_busy(s->setup)) {
		log_info("stopped; rules stay, nothing new passes");
		suite_ended(s);
	}
}

static void
stop(void)
{
	notify_say("STOPPING=1");
	suite.phase = SUITE_STOPPING;
	supervise_stop(&suite);
	suite_goes_on(&suite);
}

void
suite_loaded(struct suite *s)
{
	if (s->phase != SUITE_LOADING)
		return;
	s->phase = SUITE_UP;
	supervise_start_all(s);
}

void
suite_give_up(struct suite *s)
{
	s->exit_status = 1;
	stop();
}

static void
on_child(evutil_socket_t sig, short what, void *ctx)
{
	pid_t	pid;
	int	status;

	(void)sig;
	(void)what;
	(void)ctx;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!setup_reaped(suite.setup, pid, status))
			supervise_reaped(&suite, pid, status);
	suite_goes_on(&suite);
}

static void
on_stop(evutil_socket_t sig, short what, void *ctx)
{
	(void)what;
	(void)ctx;
	if (suite.phase == SUITE_STOPPING)
		return;
	log_info("SIG%s: stopping", sigabbrev_np((int)sig));
	stop();
}

static void
on_stop_late(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	for (int i = 0; i < SLOTS; i++)
		slot_kill(&suite.slot[i], "it does not stop");
}

static void
watch_signal(int sig, event_callback_fn handle)
{
	struct event	*event = evsignal_new(suite.base, sig, handle, NULL);

	if (event == NULL || event_add(event, NULL) == -1)
		fatal("signal %d", sig);
}

static void
make_loop(void)
{
	suite.base = event_base_new();
	if (suite.base == NULL)
		fatalx("event loop");
	watch_signal(SIGCHLD, on_child);
	watch_signal(SIGTERM, on_stop);
	watch_signal(SIGINT, on_stop);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGHUP, SIG_IGN) == SIG_ERR)
		fatal("signals");
	suite.stop_timer = event_new(suite.base, -1, 0, on_stop_late, NULL);
	if (suite.stop_timer == NULL || supervise_init(&suite) == -1 || status_init(&suite) == -1)
		fatalx("timers");
	suite.setup = setup_new(&suite);
}

int
main(int argc, char *argv[])
{
	struct options	o;
	int		cgroup;

	help_asked(argc, argv, &help);
	log_init("bulwarkd");
	read_options(argc, argv, &o);
	log_set_debug(o.debug);
	suite.dirs = o.dirs;
	cgroup = read_configuration(&o.dirs, &suite.conf);
	if (o.check_only)
		return 0;
	if (geteuid() != 0)
		fatalx("bulwarkd is started by root");
	(void)umask(022);
	fill_slots();
	choose_users(o.unused_uids);
	held_folders(&suite);
	held_binaries(&suite);
	held_sockets(&suite);
	kernel_load(&suite, cgroup);
	notify_init();
	drop_privileges();
	make_loop();
	suite.phase = SUITE_LOADING;
	setup_again(suite.setup);
	if (event_base_loop(suite.base, EVLOOP_NO_EXIT_ON_EMPTY) == -1)
		fatalx("event loop");
	return suite.exit_status;
}
