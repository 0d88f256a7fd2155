/*
 * audit: shows what audit_suite() (sandbox/audit.h) finds in the kernel about
 * each process, beside what its row promises.
 */
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "fields.h"
#include "text.h"

struct audit {
	const struct options	*o;
	unsigned		 looked, off;
};

static void
show_finding(const char *process, bool ok, const char *text)
{
	static struct line	l;

	line_start(&l, stdout);
	line_colour(&l, ok ? GREEN : RED);
	line_put(&l, ok ? "ok" : "OFF");
	line_colour(&l, PLAIN);
	line_pad(&l, 5);
	line_put(&l, process);
	line_pad(&l, 21);
	line_put(&l, text);
	line_end(&l);
}

static void
on_finding(const char *process, bool ok, const char *text, void *ctx)
{
	struct audit	*audit = ctx;
	json_t		*object;

	audit->looked++;
	audit->off += !ok;
	if (!audit->o->json) {
		show_finding(process, ok, text);
		return;
	}
	object = json_pack("{s:s, s:s, s:b, s:s}", "type", "finding", "process", process, "ok", ok,
	    "text", text);
	if (object != NULL)
		show_json(object);
	json_decref(object);
}

enum ctl_exit
verb_audit(const struct options *o, int argc, char **argv)
{
	struct audit	audit = { .o = o };
	int		differences;

	(void)argv;
	if (argc > 0)
		return usage_error(o, "audit takes no argument");
	if (geteuid() != 0)
		return complain(o, EXIT_DENIED, "permission denied: the audit reads the kernel's word on "
		    "other users' processes: run it as root");
	differences = audit_suite(o->rundir, on_finding, &audit);
	if (differences == -1)
		return complain(o, EXIT_DOWN, "there is nothing to audit: is the suite running? "
		    "'bulwarkctl status' tells");
	if (o->json)
		(void)printf("{\"type\":\"end\",\"ok\":%s,\"looked\":%u,\"differences\":%d}\n",
		    differences == 0 ? "true" : "false", audit.looked, differences);
	else
		(void)printf("%u looked at, %d %s\n", audit.looked, differences,
		    differences == 1 ? "difference" : "differences");
	return differences == 0 ? EXIT_OK : EXIT_OFF;
}
