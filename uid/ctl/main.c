/*
 * bulwarkctl: options, verbs, help.
 */
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "nearest.h"
#include "shared/help.h"
#include "show.h"

#ifndef BULWARK_LIBEXEC
#define BULWARK_LIBEXEC	"/usr/libexec/bulwark"
#endif

enum option_id { OPT_JSON = 256, OPT_HELP, OPT_VERSION, OPT_CHECK, OPT_IN, OPT_ENDS, OPT_USER,
	OPT_LAST, OPT_AS, OPT_FOR, OPT_HISTORY, OPT_ALL, OPT_ETC, OPT_VENDOR, OPT_WATCH, OPT_BOTH, OPT_PORT };

struct ctl_verb {
	const char	*name;
	verb_run	 run;
	const char	*takes;		/* options of its own, each between spaces */
	const char	*brief;		/* for the list of verbs */
	const char	*usage;
	const char	*help;
};

static const struct ctl_verb verbs[] = {
	{ "status", verb_status, " check ",
	    "is all well, at which level, and why",
	    "status [--check]",
	    "Shows whether all is well, the level and why, the rules, the processes.\n"
	    "  --check   exit 1 when anything is off\n" },
	{ "monitor", verb_monitor, " last ends ",
	    "decisions as they are made, each with its reason and line",
	    "monitor [--last N] [--ends] [FILTER...]",
	    "Shows decisions as they are made, each with the reason and the line that made it, and\n"
	    "questions for names, each with the answer; and programs that go round the rules.\n"
	    "  --last N  first the last N (at most 1024)\n"
	    "  --ends    also the ends of connections, with their bytes\n" FILTER_HELP },
	{ "connections", verb_connections, " ",
	    "what is open now",
	    "connections [FILTER...]",
	    "Shows the connections that live now.\n" FILTER_HELP },
	{ "explain", verb_explain, " in user ",
	    "what would happen, check by check",
	    "explain PID|APP [DEST[:PORT][/PROTO]] [--in] [--user USER]",
	    "Tells which profile matches a program and, with a destination, what would happen,\n"
	    "check by check. Nothing is sent. APP is a path or a command's name.\n"
	    "  --in         DEST connects to the program, which listens on PORT\n"
	    "  --user USER  as if run by USER\n"
	    "DEST is an address or a name; [ADDRESS]:PORT for IPv6. Default: port 443, tcp.\n"
	    "Of a name it is told first whether the program would be told an address, as 'dns query'\n"
	    "does. If it would, bulwarkctl asks for it itself, and may be told another one.\n"
	    "PROTO may be icmp, icmp6 or any other; then there is no PORT.\n" },
	{ "dns", verb_dns, " as user ",
	    "names: servers, what is kept, what is blocked, a dry run",
	    "dns servers | cache | flush | blocked [FILTER...] |\n"
	    "       dns query --as PID|APP NAME [TYPE] [--user USER]",
	    "servers: who is asked for names, encrypted or not, how well, and which file says so.\n"
	    "cache: what the resolver keeps, last used first (root or group bulwark).\n"
	    "flush: forgets it (root).\n"
	    "blocked: names that programs were not told lately, and which rule or list says so.\n"
	    "FILTER is app:, uid:, user:, pid: or container: as with monitor.\n"
	    "query: what would become of a program's question for NAME: each check, then lists, what\n"
	    "is kept, and which server would be asked. Nothing is sent. TYPE is A, AAAA, MX, TYPE65 ...\n"
	    "  --as PID|APP  who would ask\n"
	    "  --user USER   as if run by USER\n" },
	{ "prompts", verb_prompts, " watch for both ",
	    "what waits for an answer, and answering it",
	    "prompts [--watch]\n       prompts ID allow|deny [destination|application] [--for TIME] [--both]",
	    "Shows what waits for an answer, or was asked and not answered; answers it.\n"
	    "  --watch     keeps them in view, and on a terminal takes answers by key: as long as it runs,\n"
	    "              your programs wait for your answers instead of being refused\n"
	    "  --for TIME  once (default), exit, 15m, 2h, 3d or always\n"
	    "  --both      what comes in as well as what goes out\n"
	    "'answers' lists what was answered, 'forget' takes it back.\n" },
	{ "allow", verb_allow, " for both in port user ",
	    "allow a program a destination",
	    "allow APP DEST [--port PROTO/PORT] [--in | --both] [--for TIME] [--user USER]",
	    "Allows a program a destination, as if it had been asked and you had said yes.\n"
	    "APP is a path or a command's name. DEST is a domain, .zone, an address, a net,\n"
	    "lan, internet or host, or any.\n"
	    "  --for TIME   15m (default), 2h, 3d, once, exit or always\n"
	    "  --in, --both what comes in from there, or both directions\n"
	    "  --user USER  programs that USER runs (root); else yours\n"
	    "'answers' lists such answers, 'forget' takes them back.\n" },
	{ "deny", verb_deny, " for both in port user ",
	    "deny a program a destination",
	    "deny APP DEST [--port PROTO/PORT] [--in | --both] [--for TIME] [--user USER]",
	    "Denies a program a destination; as allow.\n" },
	{ "prompt", verb_prompt, " for both in port user ",
	    "be asked before a program reaches a destination",
	    "prompt APP DEST [--port PROTO/PORT] [--in | --both] [--for TIME] [--user USER]",
	    "Asks before a program reaches what is permitted now; as allow. Default: always.\n" },
	{ "answers", verb_answers, " ",
	    "what was answered to prompts, or said by allow, deny and prompt",
	    "answers",
	    "Lists the answers that count: whose program, which, what was answered, for how long, by root or\n"
	    "by a session of the user, and the line of the file. Root and group bulwark see all, others theirs.\n"
	    "'forget' takes one back.\n" },
	{ "forget", verb_forget, " port user ",
	    "take answers back",
	    "forget APP DEST [--port PROTO/PORT] [--user USER]",
	    "Forgets what was answered about a program and this destination or less, in both directions, for\n"
	    "however long: by 'prompts', 'allow', 'deny' or 'prompt'. APP and DEST as with allow; APP may be\n"
	    "gone. 'forget APP any' forgets all of it. Lines that were written or changed by hand stay.\n"
	    "  --port PROTO/PORT  what was answered about that alone\n"
	    "  --user USER        of programs that USER runs (root); else yours\n" },
	{ "lists", verb_lists, " ",
	    "block lists: read or not, how many names, how old",
	    "lists",
	    "Shows the block lists that bulwark.conf names, and what became of their files. States:\n"
	    "read; reading; kept: what it said before counts, since it is wrong now; refused.\n"
	    "'dns blocked' shows what they block (root or group bulwark).\n" },
	{ "profile", verb_profile, " all etc vendor ",
	    "list, show, check, edit, import, export; what words mean",
	    "profile list | show NAME | words [WORD] | check FILE... |\n"
	    "       profile edit NAME | import FILE | export NAME | export --all FOLDER",
	    "Lists profiles, shows the text of one, tells what the words of the language mean, or\n"
	    "checks files without loading them (exit 1 when one has errors).\n"
	    "edit: NAME.conf of the administrator, by $VISUAL or $EDITOR (root). It begins with the\n"
	    "vendor's file of that name. A broken text never counts.\n"
	    "import: FILE under its name into the administrator's folder, if it has no error (root).\n"
	    "export: NAME.conf, or all files into a new folder.\n"
	    "  --etc FOLDER     instead of " CTL_ETC "\n"
	    "  --vendor FOLDER  instead of " CTL_VENDOR "\n" },
	{ "settings", verb_settings, " etc ",
	    "show, explain or set what no profile says",
	    "settings [NAME | set NAME LEVEL VALUE]",
	    "Shows all settings by level, or tells what one means; set changes one in bulwark.conf and\n"
	    "keeps all else in it (root).\n"
	    "  --etc FOLDER  instead of " CTL_ETC "\n" },
	{ "level", verb_level, " for history ",
	    "show or set the level, also for a time; what changed",
	    "level [dynamic | secure | fortress | auto] [--for TIME] [--history]",
	    "Shows the level, or sets it (root). auto: what was set counts no more.\n"
	    "  --for TIME  for 90s, 15m, 1h or 2d, then as before\n"
	    "  --history   what changed lately, who did it and why: level, settings, files\n" },
	{ "audit", verb_audit, " ",
	    "what the kernel says each process holds, beside what is promised",
	    "audit",
	    "Compares what the kernel says each process of the suite holds with what is promised\n"
	    "(root). Exit 1 when something differs.\n" },
	{ "release", verb_release, " ",
	    "take the firewall off this machine",
	    "release",
	    "Stops the suite and takes its rules off this machine (root). Works too when all of\n"
	    "its processes were killed.\n" },
	{ "help", NULL, " ",		/* never run: it makes what follows tell about itself */
	    "how to use a verb",
	    "help [VERB]",
	    "Tells how to use a verb, as VERB --help does; without one, lists all.\n" },
	{ .name = NULL },
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "in", no_argument, NULL, OPT_IN },
	{ "ends", no_argument, NULL, OPT_ENDS },
	{ "user", required_argument, NULL, OPT_USER },
	{ "last", required_argument, NULL, OPT_LAST },
	{ "as", required_argument, NULL, OPT_AS },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "history", no_argument, NULL, OPT_HISTORY },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "etc", required_argument, NULL, OPT_ETC },
	{ "vendor", required_argument, NULL, OPT_VENDOR },
	{ "watch", no_argument, NULL, OPT_WATCH },
	{ "both", no_argument, NULL, OPT_BOTH },
	{ "port", required_argument, NULL, OPT_PORT },
	{ NULL, 0, NULL, 0 },
};

enum ctl_exit
complain(const struct options *o, enum ctl_exit status, const char *format, ...)
{
	static const char *const	codes[] = {
		[EXIT_OFF] = "off", [EXIT_USAGE] = "usage", [EXIT_DOWN] = "not-running",
		[EXIT_DENIED] = "forbidden", [EXIT_FAILED] = "failed",
	};
	char		text[2048];
	struct line	line;
	va_list		ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)fflush(stdout);
	line_start(&line, stderr);
	line_put(&line, "bulwarkctl: ");
	line_put(&line, text);
	line_end(&line);
	if (o->json)
		show_json_error(codes[status], text);
	return status;
}

enum ctl_exit
usage_error(const struct options *o, const char *format, ...)
{
	char	text[1024];
	va_list	ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return complain(o, EXIT_USAGE, "%s (see bulwarkctl%s%s --help)", text, o->verb == NULL ? "" : " ",
	    o->verb == NULL ? "" : o->verb);
}

static bool
in_folder(const char *folder, const char *name, char *path, size_t room)
{
	int	n = snprintf(path, room, "%s/%s", folder, name);

	return n > 0 && (size_t)n < room && access(path, X_OK) == 0;
}

int
find_binary(const struct options *o, const char *name, char *path, size_t room)
{
	char	self[PATH_MAX], beside[PATH_MAX + 32];
	ssize_t	n;

	if (o->bindir != NULL)
		return in_folder(o->bindir, name, path, room) ? 0 : -1;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		(void)dirname(self);
		if (in_folder(self, name, path, room))
			return 0;
		(void)snprintf(beside, sizeof(beside), "%s/../libexec/bulwark", self);
		if (in_folder(beside, name, path, room))
			return 0;
	}
	return in_folder(BULWARK_LIBEXEC, name, path, room) ? 0 : -1;
}

static void
print_help(FILE *to)
{
	(void)fputs("usage: bulwarkctl [-r RUNDIR] [-b BINDIR] [--json] VERB ...\n\n", to);
	for (const struct ctl_verb *v = verbs; v->name != NULL; v++)
		(void)fprintf(to, "  %-12s %s\n", v->name, v->brief);
	(void)fputs("\n  -r RUNDIR   where the suite's sockets are (" CTL_RUNDIR ")\n"
	    "  -b BINDIR   where the suite's programs are\n"
	    "  --json      objects for programs, one a line (docs/api.md)\n"
	    "  --help      after a verb: about that verb\n"
	    "  --version\n", to);
}

/* What getopt_long() did not understand: a letter is in optopt, a word was the last one read. */
static enum ctl_exit
wrong_option(const struct options *o, int c, const char *word)
{
	const char	letter[3] = { '-', (char)optopt, '\0' };

	if (optopt > 0 && optopt < 256)
		word = letter;
	return c == ':' ? usage_error(o, "%s wants a value", word) :
	    usage_error(o, "unknown option %s", word);
}

/* NULL after a complaint. */
static const struct ctl_verb *
find_verb(const struct options *o, const char *name)
{
	struct nearest	near = { .word = name };
	char		hint[NEAREST_HINT];

	for (const struct ctl_verb *v = verbs; v->name != NULL; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
		nearest_look(&near, v->name);
	}
	(void)usage_error(o, "unknown verb '%s'%s", name, nearest_hint(&near, hint));
	return NULL;
}

static void
set_option(struct options *o, int c)
{
	switch (c) {
	case 'r':
		o->rundir = optarg;
		break;
	case 'b':
		o->bindir = optarg;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_CHECK:
		o->check = true;
		break;
	case OPT_IN:
		o->in = true;
		break;
	case OPT_ENDS:
		o->ends = true;
		break;
	case OPT_USER:
		o->user = optarg;
		break;
	case OPT_LAST:
		o->last = optarg;
		break;
	case OPT_AS:
		o->as = optarg;
		break;
	case OPT_WATCH:
		o->watch = true;
		break;
	case OPT_BOTH:
		o->both = true;
		break;
	case OPT_PORT:
		o->port = optarg;
		break;
	case OPT_FOR:
		o->for_time = optarg;
		break;
	case OPT_HISTORY:
		o->history = true;
		break;
	case OPT_ALL:
		o->all = true;
		break;
	case OPT_ETC:
		o->etc = optarg;
		break;
	case OPT_VENDOR:
		o->vendor = optarg;
		break;
	default:
		break;
	}
}

/* An option that the verb does not take, or NULL. */
static const char *
foreign_option(const struct ctl_verb *v, unsigned given)
{
	for (const struct option *opt = long_options; opt->name != NULL; opt++) {
		char	word[16];

		if (opt->val < OPT_CHECK || (given & 1u << (opt->val - OPT_CHECK)) == 0)
			continue;
		(void)snprintf(word, sizeof(word), " %s ", opt->name);
		if (strstr(v->takes, word) == NULL)
			return opt->name;
	}
	return NULL;
}

static enum ctl_exit
run_verb(struct options *o, int argc, char **argv, unsigned given, bool help)
{
	const struct ctl_verb	*v;
	const char		*foreign;

	if (argc > 0 && strcmp(argv[0], "help") == 0) {
		help = true;
		argc--;
		argv++;
	}
	if (argc == 0 && help) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (argc == 0) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if ((v = find_verb(o, argv[0])) == NULL)
		return EXIT_USAGE;
	o->verb = v->name;
	if (help) {
		(void)printf("usage: bulwarkctl %s\n\n%s", v->usage, v->help);
		return EXIT_OK;
	}
	if ((foreign = foreign_option(v, given)) != NULL)
		return usage_error(o, "%s does not take --%s", v->name, foreign);
	return v->run(o, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct options	 o = { .rundir = CTL_RUNDIR, .etc = CTL_ETC, .vendor = CTL_VENDOR };
	unsigned	 given = 0;
	bool		 help = false;
	int		 c;
	enum ctl_exit	 status;

	(void)setlocale(LC_CTYPE, "");
	(void)signal(SIGPIPE, SIG_DFL);
	while ((c = getopt_long(argc, argv, ":r:b:h", long_options, NULL)) != -1) {
		if (c == '?' || c == ':')
			return wrong_option(&o, c, argv[optind - 1]);
		if (c == OPT_VERSION) {
			(void)puts("bulwarkctl " BULWARK_VERSION);
			return EXIT_OK;
		}
		help = help || c == OPT_HELP || c == 'h';
		if (c >= OPT_CHECK)
			given |= 1u << (c - OPT_CHECK);
		set_option(&o, c);
	}
	show_start();
	status = run_verb(&o, argc - optind, argv + optind, given, help);
	if (fflush(stdout) == EOF && errno != EPIPE && status == EXIT_OK) {
		perror("bulwarkctl: output");
		status = EXIT_FAILED;
	}
	return (int)status;
}
