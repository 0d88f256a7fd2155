/*
 * What every process of the suite shares: the log, the skeleton of a child,
 * and the way into its sandbox. The parent's own parts are not declared here.
 *
 * A child's main reads as the list of stages:
 *
 *	child_start()	control channel on descriptor 3, HELLO
 *	...		open what needs privilege
 *	child_narrow()	the row of the process table named by child_start(): empty root,
 *			ids, capabilities, Landlock, seccomp. Any step that fails ends the process.
 *	child_ready()	the parent checks /proc/PID/status and hands out channels
 *	child_loop()	returns when the parent says stop or is gone
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "control.h"

/* Descriptors that the parent hands over by known numbers; the row of each process says which. */
enum child_fd {
	FD_CONTROL		= 3,	/* all children but bulwark-setup */

	FD_INTERCEPT_EXISTING	= 4,	/* memfd: flows and sockets older than the suite (existing.h) */
	/* BPF maps (proto/handover.h); /dev/null where the kernel path is off */
	FD_INTERCEPT_CONTROL	= 5,
	FD_INTERCEPT_GRANTS	= 6,
	FD_INTERCEPT_NOTES	= 7,
	FD_INTERCEPT_OWNERS	= 8,
	FD_INTERCEPT_USES	= 9,
	FD_INTERCEPT_REFUSALS	= 10,
	FD_INTERCEPT_BELOW	= 11,
	FD_INTERCEPT_BELOW_MAY	= 12,
	FD_INTERCEPT_PORTS	= 13,
	FD_INTERCEPT_PORT_NEWS	= 14,
	FD_INTERCEPT_GATE	= 15,	/* BPF program `gate`, likewise */

	FD_WHO_PROC		= 4,	/* the directory /proc */
	FD_WHO_EVENTS		= 5,	/* proc connector; closed where the kernel gives none */
	FD_WHO_KERNEL		= 6,	/* BPF map `events`, or /dev/null */
	FD_WHO_LOST		= 7,	/* BPF map `lost`, or /dev/null */

	FD_POLICY_VENDOR	= 4,	/* directories; child_narrow() makes them /vendor, /etc, /state */
	FD_POLICY_ETC		= 5,
	FD_POLICY_STATE		= 6,
	FD_POLICY_STEER		= 7,	/* listening steer.sock */
	FD_POLICY_GEO		= 8,	/* a directory too: /geo; /dev/null where there is none */
	FD_POLICY_DPKG		= 9,	/* the directory /var/lib/dpkg, as /dpkg; likewise */

	FD_UI_LISTEN		= 4,	/* listening bulwark.sock */

	FD_NAMES_UDP4		= 4,	/* doors for questions; closed where another has the port */
	FD_NAMES_TCP4		= 5,
	FD_NAMES_UDP6		= 6,
	FD_NAMES_TCP6		= 7,
	FD_NAMES_LOCAL_UDP	= 8,
	FD_NAMES_LOCAL_TCP	= 9,
	FD_NAMES_ANCHORS	= 10,	/* trust anchors of DNSSEC; closed where there are none */
	FD_NAMES_UNIX		= 11,	/* listening in systemd-resolved's place; closed where that is not taken */

	FD_SETUP_GUARD		= 3,	/* NETLINK_NETFILTER socket that the parent keeps open: owner of the guard table */
	FD_SETUP_EXISTING	= 4,	/* memfd to fill, as above */
	FD_SETUP_KERNEL		= 5,	/* folder of a BPF file system, mounted nowhere; also iptables-restore's */
	FD_SETUP_CGROUP		= 6,	/* "kernel": what is attached to */
	FD_SETUP_PARENT		= 7,	/* "kernel": takes what is loaded */
};

struct channel;
struct event_base;

struct child_ops {
	/* A fresh end of a channel to a peer; takes over fd. 0, or -1 to end. May be NULL. */
	int	(*peer)(void *ctx, enum channel_name, uint32_t generation, int fd);
	/* Policyd only. May be NULL: then such a message is a protocol error. */
	int	(*suite)(void *ctx, const struct control_suite *);
	int	(*rules)(void *ctx, const struct control_rules *);
	int	(*resolvers)(void *ctx, const struct control_resolvers *);
	int	(*zone)(void *ctx, const struct control_zone *);
	/* About once a second, with the parent's question whether it lives: no timer of its own
	   wakes the process for what can wait. May be NULL. */
	void	(*tick)(void *ctx);
	/* Last deeds before the loop ends; may be NULL. */
	void	(*stop)(void *ctx);
};

/* name: the row's, which also prefixes log lines. Never returns NULL: failure is fatal. */
struct event_base *child_start(const char *name, const struct child_ops *, void *ctx);
void		 child_narrow(void);
void		 child_ready(void);
int		 child_loop(void);	/* exit status for main */
struct channel	*child_control(void);	/* to send, e.g. CONTROL_RULES_CHANGED */

/*
 * The log. Children: lines go to the parent as messages once child_start()
 * ran, to stderr before. With errno: log_warn(), fatal(); without: the x forms.
 */
void	log_init(const char *name);
void	log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void	fatal(const char *, ...) __attribute__((format(printf, 1, 2), noreturn));
void	fatalx(const char *, ...) __attribute__((format(printf, 1, 2), noreturn));
/* True at most burst times in each second for one *state (zeroed at first): for lines a peer can cause. */
struct log_rate { int64_t second; unsigned count, hidden; };
bool	log_rate_ok(struct log_rate *, unsigned burst);

#endif
