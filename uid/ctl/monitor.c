/*
 * monitor: decisions and questions for names as they come, until somebody ends it. When uid is started
 * anew it finds its way back and says that there was a gap.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "reader.h"

#define RETRY_S		20
#define PROGRAM_COLUMN	52
#define INDENT		13	/* below the verdict */

/* When it was, and what it comes to. */
static void
begin_line(struct line *l, const json_t *o, enum colour colour, const char *word)
{
	char	words[WORDS_BYTES];

	line_start(l, stdout);
	line_wrap(l, INDENT);
	line_put(l, clock_of(o, "time_us", words));
	line_pad(l, 13);
	line_colour(l, colour);
	line_put(l, word);
	line_colour(l, PLAIN);
}

static void
put_program(struct line *l, const json_t *o)
{
	char	words[WORDS_BYTES];

	(void)program_of(o, words);
	line_bytes(l, words, strlen(words));
	line_print(l, " %s", owner_of(o, words));
	line_pad(l, PROGRAM_COLUMN);
}

/* On a narrow terminal in a line of its own: it is what people look for. */
static void
put_reason(struct line *l, const json_t *e)
{
	char	words[WORDS_BYTES], text[WORDS_BYTES + 64];

	(void)snprintf(text, sizeof(text), "%s%s%s", reason_of(e, words),
	    true_of(e, "permanent") ? "" : " [this packet]",
	    strcmp(text_of(e, "source"), "again") == 0 ? " [a running connection was ended]" : "");
	line_put(l, "  ");
	line_colour(l, DIM);
	line_whole(l, text);
}

static void
show_event(const json_t *e, bool ended)
{
	static struct line	l;
	char			words[WORDS_BYTES];
	const char		*verdict = text_of(e, "verdict");

	begin_line(&l, e, verdict_colour(verdict), ended ? "ended" : verdict);
	line_pad(&l, 22);
	if (ended)
		line_print(&l, "%s out,", bytes_words((uint64_t)number_of(e, "bytes_out"), words));
	else
		line_print(&l, "%5" JSON_INTEGER_FORMAT " us", number_of(e, "latency_us"));
	line_pad(&l, 31);
	if (ended) {
		line_print(&l, "%s in", bytes_words((uint64_t)number_of(e, "bytes_in"), words));
		line_pad(&l, 43);
	}
	put_program(&l, e);
	line_put(&l, flow_of(e, words));
	put_reason(&l, e);
	line_end(&l);
}

static enum colour
outcome_colour(const char *outcome)
{
	return strcmp(outcome, "resolved") == 0 ? GREEN : RED;
}

/* What came back: a code other than NOERROR, else how many addresses; and from where. */
static void
put_answer(struct line *l, const json_t *q)
{
	const char	*rcode = text_of(q, "rcode"), *server = text_of(q, "server");
	json_int_t	 addresses = number_of(q, "addresses");

	if (strcmp(rcode, "NOERROR") != 0)
		line_print(l, "  %s", rcode);
	else
		line_print(l, "  %" JSON_INTEGER_FORMAT " address%s", addresses, addresses == 1 ? "" : "es");
	line_colour(l, DIM);
	if (strcmp(text_of(q, "outcome"), "resolved") != 0) {
		line_print(l, "  %s", text_of(q, "reason"));
		return;
	}
	if (true_of(q, "cached"))
		line_put(l, " from cache");
	else if (server[0] != '\0')
		line_print(l, " from %s", server);
	line_print(l, ", %s", text_of(q, "validation"));
}

static void
show_question(const json_t *q)
{
	static struct line	l;
	const char		*outcome = text_of(q, "outcome");

	begin_line(&l, q, outcome_colour(outcome), outcome);
	line_pad(&l, 22);
	line_print(&l, "%5" JSON_INTEGER_FORMAT " us", number_of(q, "took_us"));
	line_pad(&l, 31);
	put_program(&l, q);
	line_print(&l, "? %s %s", text_of(q, "name"), text_of(q, "qtype"));
	put_answer(&l, q);
	line_end(&l);
}

static const char *
below_words(const char *way)
{
	static const struct {
		const char	*way, *words;
	} known[] = {
		{ "open", "has a packet socket: it can send past the rules" },
		{ "sent", "sends past the rules, by a packet socket" },
		{ "past-queues", "sends past the rules and the device's queues, by a packet socket" },
		{ "frames", "has an AF_XDP socket: it can send past the rules" },
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(way, known[i].way) == 0)
			return known[i].words;
	return way;
}

static void
show_below(const json_t *b)
{
	static struct line	l;
	unsigned		type = (unsigned)number_of(b, "ethertype");

	begin_line(&l, b, true_of(b, "refused") ? RED : YELLOW, true_of(b, "refused") ? "refused" : "below");
	line_pad(&l, 31);
	put_program(&l, b);
	line_put(&l, below_words(text_of(b, "way")));
	if (type != 0)
		line_print(&l, " (%s, type 0x%04x)", text_of(b, "device"), type);
	line_end(&l);
}

static void
show_notice(const json_t *n)
{
	static struct line	l;
	char			words[WORDS_BYTES];
	const char		*level = text_of(n, "level");

	line_start(&l, stdout);
	line_wrap(&l, INDENT);
	line_put(&l, clock_of(n, "time_us", words));
	line_pad(&l, 13);
	line_colour(&l, strcmp(level, "alarm") == 0 ? RED : strcmp(level, "warn") == 0 ? YELLOW :
	    BOLD);
	line_print(&l, "%s: %s", level, text_of(n, "text"));
	line_end(&l);
}

static void
show_gap(const struct options *o, const json_t *shed, const char *text)
{
	static struct line	l;

	if (o->json && shed == NULL) {
		json_t	*gap = json_pack("{s:s, s:s}", "type", "gap", "text", text);

		show_json(gap);
		json_decref(gap);
		return;
	}
	line_start(&l, stdout);
	line_colour(&l, YELLOW);
	if (shed != NULL)
		line_print(&l, "-- %" JSON_INTEGER_FORMAT " events are missing here (%s was too slow)",
		    number_of(shed, "shed"), text_of(shed, "where"));
	else
		line_print(&l, "-- %s", text);
	line_end(&l);
}

static void
show_object(const struct options *o, const json_t *object)
{
	const char	*type = type_of(object);

	if (o->json)
		show_json(object);
	else if (strcmp(type, "event") == 0)
		show_event(object, false);
	else if (strcmp(type, "flow-end") == 0 && json_object_get(object, "verdict") != NULL)
		show_event(object, true);
	else if (strcmp(type, "question") == 0)
		show_question(object);
	else if (strcmp(type, "below") == 0)
		show_below(object);
	else if (strcmp(type, "notice") == 0)
		show_notice(object);
	else if (strcmp(type, "shed") == 0)
		show_gap(o, object, "");
}

/* Shows what comes until the connection ends; EXIT_OK then, else a refusal's status. */
static enum ctl_exit
watch(const struct options *o, struct reader *r)
{
	json_t		*object;
	enum ctl_exit	 status = EXIT_OK;

	while (status == EXIT_OK && (object = reader_next(r, 0)) != NULL) {
		if (strcmp(type_of(object), "error") == 0)
			status = show_refusal(o, object);
		else
			show_object(o, object);
		json_decref(object);
		if (ferror(stdout))
			status = EXIT_FAILED;
	}
	return status;
}

static struct reader *
find_again(const struct options *o)
{
	const struct timespec	pause = { .tv_nsec = 250000000 };
	struct reader		*r;

	for (int i = 0; i < RETRY_S * 4; i++) {
		(void)nanosleep(&pause, NULL);
		if ((r = reader_try(o, "bulwark.sock")) != NULL)
			return r;
	}
	return NULL;
}

static json_t *
monitor_request(const struct options *o, int argc, char **argv, enum ctl_exit *status)
{
	json_t	*request = json_pack("{s:s}", "verb", "monitor");
	char	*end = NULL;

	if (o->ends)
		(void)json_object_set_new(request, "ends", json_true());
	if (o->last != NULL) {
		(void)json_object_set_new(request, "last", json_integer(strtol(o->last, &end, 10)));
		if (end == o->last || *end != '\0') {
			*status = usage_error(o, "--last takes a number");
			json_decref(request);
			return NULL;
		}
	}
	if (filters_add(o, request, argc, argv, status) == -1) {
		json_decref(request);
		return NULL;
	}
	return request;
}

enum ctl_exit
verb_monitor(const struct options *o, int argc, char **argv)
{
	enum ctl_exit	 status = EXIT_OK;
	json_t		*request = monitor_request(o, argc, argv, &status);
	struct reader	*r = NULL;

	if (request == NULL)
		return status;
	if ((r = reader_open(o, "bulwark.sock", &status)) != NULL) {
		do {
			(void)reader_send(r, json_incref(request));
			status = watch(o, r);
			reader_close(r);
			r = NULL;
			if (status != EXIT_OK)
				break;
			show_gap(o, NULL, "the suite closed the connection; looking for it");
			(void)fflush(stdout);
			(void)json_object_del(request, "last");
			if ((r = find_again(o)) == NULL)
				status = complain(o, EXIT_DOWN, "the suite has ended: start it with "
				    "'systemctl start bulwark', or 'make run' in its source");
			else
				show_gap(o, NULL, "there it is again; events in between are missing");
		} while (r != NULL);
	}
	json_decref(request);
	return status;
}
