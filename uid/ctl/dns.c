/*
 * dns: which servers are asked for names, and what would become of a program's
 * question. Nothing is sent to any server.
 */
#include <string.h>

#include "dry_run.h"
#include "fields.h"
#include "reader.h"

static void
server_row(void *ctx, const json_t *object)
{
	struct table	*t = ctx;

	if (strcmp(type_of(object), "server") != 0)
		return;
	table_cell(t, text_of(object, "server"));
	table_cell(t, true_of(object, "encrypted") ? "encrypted" :
	    true_of(object, "used") ? "in the clear" : "not used: not encrypted");
	table_cell(t, text_of(object, "file"));
}

static enum ctl_exit
dns_servers(const struct options *o)
{
	struct table	*t = table_new(3);
	enum ctl_exit	 status;

	table_cell(t, "SERVER");
	table_cell(t, "ASKED");
	table_cell(t, "FROM");
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "dns-servers"), server_row, t);
	if (status == EXIT_OK && !o->json)
		table_print(t);
	table_free(t);
	return status;
}

static enum ctl_exit
dns_query(const struct options *o, const char *name, const char *type)
{
	enum ctl_exit	 status = EXIT_FAILED;
	json_t		*request;

	if (o->as == NULL)
		return usage_error(o, "dns query wants --as PROGRAM: who would ask");
	request = json_pack("{s:s, s:s, s:s}", "verb", "dns-query", "name", name, "qtype", type);
	if (request == NULL)
		return usage_error(o, "a name is ASCII");
	if (program_add(o, request, o->as, &status) == -1) {
		json_decref(request);
		return status;
	}
	return ask(o, "bulwark.sock", request, step_row, NULL);
}

enum ctl_exit
verb_dns(const struct options *o, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "servers") == 0 && o->as == NULL && o->user == NULL)
		return dns_servers(o);
	if ((argc == 2 || argc == 3) && strcmp(argv[0], "query") == 0)
		return dns_query(o, argv[1], argc == 3 ? argv[2] : "A");
	return usage_error(o, "dns servers, or dns query --as PROGRAM NAME [TYPE]");
}
