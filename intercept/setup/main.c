/*
 * bulwark-setup VERB: one shot, run by the parent (or by a person for
 * "release"). Standard input: checked lifeline lines. Standard output: one
 * line. Descriptor 3: the netlink socket that owns the guard; 4: the file for
 * the flows that were there before. It trusts the parent and the kernel, and
 * starts nothing but iptables-restore and iptables-save.
 *
 *	load	rules and guard are there afterwards: "loaded", "kept" or "put-back",
 *		then "guard" or "no-guard REASON"
 *	check	"ok" or "differs WHERE"; "absent": nothing of ours is there
 *	release	nothing of ours is there afterwards: "released"
 *	kernel	the suite's part in the kernel is loaded, and the parent has it: "loaded"
 *
 * "failed WHY" and exit status 1 otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rules.h"
#include "run.h"
#include "sandbox.h"
#include "shared/help.h"
#include "setup.h"

#define LOCK_WAIT_MS	2000
#define LIFE_SECONDS	60	/* then something hangs, and we end */

static const struct {
	const char	*name;
	int		(*run)(struct setup *);
	bool		 rules;		/* is about them */
} verbs[] = {
	{ "load", setup_load, true },
	{ "check", setup_check, true },
	{ "release", setup_release, true },
	{ "kernel", setup_kernel, false },
};

void
setup_say(const char *fmt, ...)
{
	char	line[CONTROL_LOG_BYTES];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	(void)printf("%s\n", line);
	(void)fflush(stdout);
}

/*
 * One at a time in this network namespace; held by the programs we run too, so
 * that none of an interrupted run is left at work. Only politeness: anybody may
 * hold such a lock, so it is waited for a moment, and nothing relies on it.
 */
static void
lock_take(void)
{
	struct timespec	nap = { .tv_nsec = 5000000 };
	int		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), high;

	if (fd == -1)
		return;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 10);	/* clear of the numbers that are agreed */
	(void)close(fd);
	if (high == -1)
		return;
	for (int ms = 0; flock(high, LOCK_EX | LOCK_NB) == -1; ms += 5) {
		if (errno != EWOULDBLOCK || ms >= LOCK_WAIT_MS) {
			(void)close(high);
			return;
		}
		(void)nanosleep(&nap, NULL);
	}
	run_keep(high);
}

static void
descriptors_take(struct setup *s)
{
	struct stat	st;

	if (nl_adopt(&s->guard, FD_SETUP_GUARD, NETLINK_NETFILTER) == -1)
		s->guard.fd = -1;
	s->existing = -1;
	if (fstat(FD_SETUP_EXISTING, &st) == 0 && S_ISREG(st.st_mode) &&
	    fcntl(FD_SETUP_EXISTING, F_SETFD, FD_CLOEXEC) == 0)
		s->existing = FD_SETUP_EXISTING;
	if (nl_open(&s->nl, NETLINK_NETFILTER) == -1)
		fatal("netlink");
}

static void
rules_prepare(struct setup *s)
{
	descriptors_take(s);
	lock_take();
	rules_expected(4, &s->lifelines, &s->ours[0]);
	rules_expected(6, &s->lifelines, &s->ours[1]);
}

static const struct help	help = { "bulwark-setup", " load | check | release | kernel",
	"Puts Bulwark's rules into the kernel, compares them or takes them out (root), in the\n"
	"network namespace that it is started in. bulwarkd runs it; 'bulwarkctl release', too.\n" };

int
main(int argc, char *argv[])
{
	static struct setup	s;

	help_asked(argc, argv, &help);
	log_init("bulwark-setup");
	(void)alarm(LIFE_SECONDS);
	for (size_t i = 0; argc == 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		if (lifelines_read(STDIN_FILENO, &s.lifelines) == -1) {
			setup_say("failed bad lifeline lines");
			return 1;
		}
		if (verbs[i].rules)
			rules_prepare(&s);
		return verbs[i].run(&s);
	}
	fatalx("usage: bulwark-setup load | check | release | kernel");
}
