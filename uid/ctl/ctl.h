/*
 * bulwarkctl: what all verbs share. It runs with the rights of the person who
 * calls it, often root, and trusts no text that it shows: not that of the
 * suite's own processes either.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define CTL_RUNDIR	"/run/bulwark"
#define CTL_ETC		"/etc/bulwark"
#define CTL_VENDOR	"/usr/share/bulwark/profiles"

/* Exit statuses; bulwarkctl(1) lists them. */
enum ctl_exit {
	EXIT_OK		= 0,
	EXIT_OFF	= 1,	/* looked, and something is not as it should be */
	EXIT_USAGE	= 2,
	EXIT_DOWN	= 3,	/* the suite does not run or does not answer */
	EXIT_DENIED	= 4,	/* permission denied */
	EXIT_FAILED	= 5,	/* the request was refused, or a step failed */
};

struct options {
	const char	*verb;		/* NULL: not known yet */
	const char	*rundir;
	const char	*bindir;	/* NULL: look for it */
	bool		 json;
	bool		 check;		/* status */
	bool		 in;		/* explain */
	bool		 ends;		/* monitor */
	bool		 watch;		/* prompts */
	bool		 both;		/* allow, deny, prompt, prompts: both directions */
	const char	*user;		/* explain, dns query, allow, deny, prompt, forget */
	const char	*as;		/* dns query */
	const char	*last;		/* monitor */
	const char	*for_time;	/* level, prompts, allow, deny, prompt */
	bool		 history;	/* level */
	bool		 all;		/* profile export */
	const char	*etc, *vendor;	/* folders of policy files */
	const char	*port;		/* allow, deny, prompt, forget */
};

typedef enum ctl_exit	(*verb_run)(const struct options *, int argc, char **argv);

enum ctl_exit	verb_status(const struct options *, int argc, char **argv);
enum ctl_exit	verb_monitor(const struct options *, int argc, char **argv);
enum ctl_exit	verb_connections(const struct options *, int argc, char **argv);
enum ctl_exit	verb_explain(const struct options *, int argc, char **argv);
enum ctl_exit	verb_dns(const struct options *, int argc, char **argv);
enum ctl_exit	verb_prompts(const struct options *, int argc, char **argv);
enum ctl_exit	verb_allow(const struct options *, int argc, char **argv);
enum ctl_exit	verb_deny(const struct options *, int argc, char **argv);
enum ctl_exit	verb_prompt(const struct options *, int argc, char **argv);
enum ctl_exit	verb_answers(const struct options *, int argc, char **argv);
enum ctl_exit	verb_forget(const struct options *, int argc, char **argv);
enum ctl_exit	verb_lists(const struct options *, int argc, char **argv);
enum ctl_exit	verb_profile(const struct options *, int argc, char **argv);
enum ctl_exit	verb_settings(const struct options *, int argc, char **argv);
enum ctl_exit	verb_level(const struct options *, int argc, char **argv);
enum ctl_exit	verb_audit(const struct options *, int argc, char **argv);
enum ctl_exit	verb_release(const struct options *, int argc, char **argv);

/*
 * Says what went wrong, and what to do next, on stderr; with --json also as an
 * object "error" on stdout. Returns the status, for "return complain(...)".
 */
enum ctl_exit	complain(const struct options *, enum ctl_exit, const char *format, ...)
		    __attribute__((format(printf, 3, 4)));
enum ctl_exit	usage_error(const struct options *, const char *format, ...)
		    __attribute__((format(printf, 2, 3)));

/*
 * Complains about a time (--for) that is neither a number with m, h or d nor once, exit or always; of
 * a level: a number with s, m, h or d. EXIT_OK: it is one. How long it may be the suite knows.
 */
enum ctl_exit	check_time(const struct options *, bool level);

/* Finds a helper of the suite: 0, or -1 (errno). */
int		find_binary(const struct options *, const char *name, char *path, size_t room);

#endif
