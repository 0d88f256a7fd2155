/*
 * dns: which servers are asked for names, what the resolver keeps (and that it forgets it),
 * what programs were not told, and what would become of a program's question. Nothing is
 * sent to any server.
 */
#include <stdio.h>
#include <string.h>

#include "dry_run.h"
#include "fields.h"
#include "reader.h"

/* How well it does: what it takes, or for how long it failed and why. */
static const char *
health_of(const json_t *s, char *to, size_t room)
{
	json_int_t	us = number_of(s, "latency_us");

	if (strcmp(text_of(s, "health"), "good") == 0)
		(void)snprintf(to, room, "good, %" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT " ms", us / 1000,
		    us / 100 % 10);
	else if (strcmp(text_of(s, "health"), "failing") == 0)
		(void)snprintf(to, room, "failed %" JSON_INTEGER_FORMAT " time%s", number_of(s, "failures"),
		    number_of(s, "failures") == 1 ? "" : "s");
	else
		(void)snprintf(to, room, "%s", text_of(s, "health"));
	return to;
}

static const char *
error_of(const json_t *s, char *to, size_t room)
{
	if (text_of(s, "last_error")[0] == '\0')
		return "";
	(void)snprintf(to, room, "%s, %" JSON_INTEGER_FORMAT " s ago", text_of(s, "last_error"),
	    number_of(s, "last_error_s"));
	return to;
}

static void
server_row(void *ctx, const json_t *object)
{
	struct table	*t = ctx;
	char		 text[256];

	if (strcmp(type_of(object), "server") != 0)
		return;
	table_cell(t, text_of(object, "server"));
	table_cell(t, !true_of(object, "used") ? "not used: not encrypted" :
	    true_of(object, "encrypted") ? text_of(object, "transport") : "in the clear");
	table_cell(t, true_of(object, "all_names") ? "all names" :
	    strcmp(text_of(object, "file"), "resolv.conf") == 0 ? "names of the network" : "its domains");
	table_cell(t, text_of(object, "authenticated"));
	table_cell(t, health_of(object, text, sizeof(text)));
	table_cell(t, text_of(object, "file"));
	table_cell(t, error_of(object, text, sizeof(text)));
}

static enum ctl_exit
dns_servers(const struct options *o)
{
	static const char *const	heads[] = { "SERVER", "ASKED", "FOR", "SHOWS", "HEALTH", "FROM", "LAST ERROR" };
	struct table			*t = table_new(7);
	enum ctl_exit			 status;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(t, heads[i]);
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "dns-servers"), server_row, t);
	if (status == EXIT_OK && !o->json)
		table_print(t);
	table_free(t);
	return status;
}

struct kept {
	struct table	*table;
	json_int_t	 more;
};

static void
add_kept(struct table *t, const json_t *e)
{
	const char	*rcode = text_of(e, "rcode");
	json_int_t	 addresses = number_of(e, "addresses");
	char		 text[48];

	table_cell(t, text_of(e, "name"));
	table_cell(t, text_of(e, "qtype"));
	(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT " s", number_of(e, "left_s"));
	table_cell(t, text);
	(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT " address%s", addresses,
	    addresses == 1 ? "" : "es");
	table_cell(t, strcmp(rcode, "NOERROR") == 0 ? text : rcode);
	table_cell(t, text_of(e, "validation"));
	table_cell(t, text_of(e, "server"));
}

static void
kept_row(void *ctx, const json_t *object)
{
	struct kept	*kept = ctx;

	if (strcmp(type_of(object), "cached") == 0)
		add_kept(kept->table, object);
	else if (strcmp(type_of(object), "end") == 0)
		kept->more = number_of(object, "more");
}

static enum ctl_exit
dns_cache(const struct options *o)
{
	static const char *const	heads[] = { "NAME", "TYPE", "LEFT", "ANSWER", "VALIDATION", "FROM" };
	struct kept			kept = { .table = table_new(6) };
	enum ctl_exit			status;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(kept.table, heads[i]);
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "dns-cache"), kept_row, &kept);
	if (status == EXIT_OK && !o->json)
		table_print(kept.table);
	table_free(kept.table);
	(void)fflush(stdout);
	if (kept.more > 0)
		(void)fprintf(stderr, "%" JSON_INTEGER_FORMAT " more are kept, used longer ago\n", kept.more);
	return status;
}

/* At policyd's own socket, which asks the kernel who speaks. */
static enum ctl_exit
dns_flush(const struct options *o)
{
	static struct line	 l;
	json_t			*answer;
	enum ctl_exit		 status = steer(o, json_pack("{s:s}", "verb", "dns-flush"), &answer);

	if (status == EXIT_OK && o->json)
		show_json(answer);
	else if (status == EXIT_OK) {
		line_start(&l, stdout);
		line_put(&l, "The resolver's answers are forgotten.");
		line_end(&l);
	}
	json_decref(answer);
	return status;
}

static void
blocked_row(void *ctx, const json_t *object)
{
	struct table	*t = ctx;
	char		 words[WORDS_BYTES];

	if (strcmp(type_of(object), "blocked") != 0)
		return;
	table_cell(t, clock_of(object, "time_us", words));
	(void)snprintf(words, sizeof(words), "%" JSON_INTEGER_FORMAT, number_of(object, "times"));
	table_cell(t, words);
	table_cell(t, program_of(object, words));
	table_cell(t, owner_of(object, words));
	table_cell(t, text_of(object, "name"));
	table_cell(t, text_of(object, "qtype"));
	table_cell(t, text_of(object, "outcome"));
	table_cell(t, text_of(object, "reason"));
}

static enum ctl_exit
dns_blocked(const struct options *o, int argc, char **argv)
{
	static const char *const	heads[] = { "LAST", "TIMES", "PROGRAM", "USER", "NAME", "TYPE", "OUTCOME",
					    "BECAUSE" };
	json_t				*request = json_pack("{s:s}", "verb", "dns-blocked");
	struct table			*t;
	enum ctl_exit			 status = EXIT_OK;

	if (filters_add(o, request, argc, argv, &status) == -1) {
		json_decref(request);
		return status;
	}
	t = table_new(8);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(t, heads[i]);
	status = ask(o, "bulwark.sock", request, blocked_row, t);
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
	if (program_add(o, request, o->as, false, &status) == -1) {
		json_decref(request);
		return status;
	}
	return ask(o, "bulwark.sock", request, step_row, NULL);
}

enum ctl_exit
verb_dns(const struct options *o, int argc, char **argv)
{
	bool	plain = argc == 1 && o->as == NULL && o->user == NULL;

	if (plain && strcmp(argv[0], "servers") == 0)
		return dns_servers(o);
	if (plain && strcmp(argv[0], "cache") == 0)
		return dns_cache(o);
	if (plain && strcmp(argv[0], "flush") == 0)
		return dns_flush(o);
	if (argc >= 1 && o->as == NULL && o->user == NULL && strcmp(argv[0], "blocked") == 0)
		return dns_blocked(o, argc - 1, argv + 1);
	if ((argc == 2 || argc == 3) && strcmp(argv[0], "query") == 0)
		return dns_query(o, argv[1], argc == 3 ? argv[2] : "A");
	return usage_error(o, "dns servers, cache, flush, blocked [FILTER...], or query --as PROGRAM NAME [TYPE]");
}
