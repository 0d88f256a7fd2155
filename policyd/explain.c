/*
 * Dry runs; see explain.h. Lists of profiles are in show.c.
 */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "current.h"
#include "explain.h"
#include "gather.h"
#include "journal.h"
#include "judge.h"
#include "kept.h"
#include "machine.h"
#include "programs.h"
#include "show.h"

#define NOBODYS	UINT64_MAX	/* the id of a program that does not run: answers count as if its file were unchanged */

/* A program that need not run: what is assumed of it is said in the first row. */
static const char *
assume(const struct ui_query *q, struct program *p)
{
	const struct program *seen = programs_by_path(q->text, q->len);

	if (seen != NULL) {
		*p = *seen;
		p->uid = q->as_uid;
		return "the file is taken as it was when this program was last seen running";
	}
	*p = (struct program){ .id = NOBODYS, .pid = 1, .uid = q->as_uid, .path = q->text,
		.path_len = q->len, .cgroup = "", .command = "",
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE |
		(q->as_uid == 0 ? PROCESS_ADMIN : 0) };
	return "no program runs from this path: its file is taken for root's, not writable by others";
}

/* 0, or -1: nobody knows that process; the answer says so. */
static int
find_program(const struct ui_query *q, struct program *p, const char **assumed)
{
	const struct program *running;

	*assumed = NULL;
	if (q->pid == 0) {
		*assumed = assume(q, p);
		return 0;
	}
	if ((running = programs_by_pid(q->pid)) == NULL) {
		answer_error("process %u is not known: it has not used the network since the suite began",
		    q->pid);
		return -1;
	}
	*p = *running;
	return 0;
}

static const char *
step_name(const struct step *s)
{
	return s->profile == NULL ? "" : s->profile->name;
}

static void
row_of(const struct step *s, bool with_check)
{
	char text[UI_TEXT_BYTES];

	say_text(s, text, sizeof text);
	(void)answer_row(with_check ? s->check : 0, with_check ? s->action : 0, step_name(s),
	    s->where.file == NULL ? "" : s->where.file->shown, s->where.line, text);
}

/* How well an address serves for talking to remote; 0: not at all. */
static unsigned
fitness(const struct link_net *n, uint8_t family, const uint8_t remote[16])
{
	if (n->family != family || strcmp(n->device, "lo") == 0)
		return 0;
	if (address_in(remote, n->address, n->prefix))
		return 3;
	return family == 6 && n->address[0] == 0xfe ? 1 : 2;	/* fe80::/10 leads nowhere else */
}

static bool
is_ours(const struct links *links, uint8_t family, const uint8_t address[16])
{
	for (unsigned i = 0; i < links->count; i++)
		if (links->net[i].family == family && strcmp(links->net[i].device, "lo") != 0 &&
		    memcmp(links->net[i].address, address, 16) == 0)
			return true;
	return is_group(place_of(links, family, address).scope);
}

/*
 * Who asks need not say which of this machine's addresses would be used, and may
 * name one of another network namespace: one of ours will do.
 */
static void
own_address(const struct links *links, uint8_t family, const uint8_t remote[16], uint8_t address[16])
{
	unsigned best = 0;

	if (is_ours(links, family, address))
		return;
	for (unsigned i = 0; i < links->count; i++) {
		unsigned fits = fitness(&links->net[i], family, remote);

		if (fits > best) {
			memcpy(address, links->net[i].address, 16);
			best = fits;
		}
	}
}

/* The root is no name that a rule could speak of. */
static bool
has_name(const struct ui_query *q)
{
	return q->name[0] != '\0' && strcmp(q->name, ".") != 0;
}

static void
facts_of(const struct ui_query *q, const struct program *p, struct facts *f)
{
	const uint8_t *remote = q->direction == DIRECTION_IN ? q->tuple.src : q->tuple.dst;
	const struct links *links = machine_links();

	facts_begin(f);
	f->tuple = q->tuple;
	f->direction = q->direction;
	f->owner = OWNER_PROCESS;
	f->has_socket = true;
	f->holders = 1;
	f->holder[0] = p;
	facts_packages(f);
	if (has_name(q))
		facts_named(f, q->name, (uint16_t)strlen(q->name));
	else if (q->direction == DIRECTION_OUT)
		(void)facts_find_name(f);
	if (place_of(links, q->tuple.family, remote).scope == SCOPE_HOST)
		memcpy(f->device, "lo", 3);
	else
		own_address(links, q->tuple.family, remote, q->direction == DIRECTION_IN ? f->tuple.dst :
		    f->tuple.src);
}

/* The verdict. */
static uint8_t
tell_steps(const struct facts *f)
{
	struct decision d;

	decide(f, current_policy(), level_now(), &d);
	for (unsigned i = 0; i < d.steps; i++)
		row_of(&d.step[i], true);
	return d.action;
}

/* What rules by country or AS are compared with; databases are in memory only where there are such rules. */
static void
tell_place(const struct facts *f)
{
	const struct policy *p = current_policy();
	const uint8_t *remote = f->direction == DIRECTION_IN ? f->tuple.src : f->tuple.dst;
	struct whereabouts w = { .of = NULL };
	uint8_t family = f->tuple.family;
	char country[12] = "not known", as[24] = "not known", text[80] = "where the address lies was not looked up: "
	    "no rule is by country or AS";

	if (place_of(f->links, family, remote).scope != SCOPE_INTERNET)
		return;
	if (geo_country(f->geo, family, remote, &w) != 0)
		country_name(w.country, country);
	if (geo_as(f->geo, family, remote, &w) != 0)
		(void)snprintf(as, sizeof as, "AS%u", w.as);
	if (p->by_country || p->by_as)
		(void)snprintf(text, sizeof text, "the address lies in: country %s, network %s",
		    p->by_country ? country : "not looked up", p->by_as ? as : "not looked up");
	(void)answer_row(0, 0, "", "", 0, text);
}

static void
tell_search(void *ctx, const struct profile *p, struct where where, const char *text)
{
	(void)ctx;
	(void)answer_row(0, 0, p == NULL ? "" : p->name, where.file == NULL ? "" : where.file->shown, where.line,
	    text);
}

/* How the program was searched for beyond its path; what comes of it is left in found, for decide(). */
static void
search(struct program *p, struct found *found)
{
	framework_search(current_policy(), p, found, tell_search, NULL);
	p->found = found;
}

static void
explain_flow(const struct ui_query *q)
{
	struct program	 p;
	struct facts	 f;
	struct found	 found;
	const char	*assumed;

	if (find_program(q, &p, &assumed) == -1)
		return;
	if (assumed != NULL)
		(void)answer_row(0, 0, "", "", 0, assumed);
	search(&p, &found);
	facts_of(q, &p, &f);
	f.any_file = p.id == NOBODYS;
	if (has_name(q))
		(void)answer_row(0, 0, "", "", 0, "as if it had asked for the name and been told the address");
	tell_place(&f);
	(void)tell_steps(&f);
	answer_end();
}

/* Only the search for a profile: the same function, up to check 6. */
static void
explain_program(const struct ui_query *q)
{
	struct ui_query	 flow = *q;
	struct program	 p;
	struct facts	 f;
	struct decision	 d;
	struct found	 found;
	const char	*assumed;

	if (find_program(q, &p, &assumed) == -1)
		return;
	flow.direction = DIRECTION_OUT;
	flow.tuple = (struct tuple){ .family = 4, .proto = PROTO_TCP, .sport = 40000, .dport = 443,
		.src = { 0 }, .dst = { 9, 9, 9, 9 } };
	flow.tuple.src[0] = 10;
	if (assumed != NULL)
		(void)answer_row(0, 0, "", "", 0, assumed);
	search(&p, &found);
	facts_of(&flow, &p, &f);
	decide(&f, current_policy(), level_now(), &d);
	for (unsigned i = 0; i < d.steps; i++)
		if (d.step[i].check == 6)
			row_of(&d.step[i], false);
	answer_end();
}

static const char *const transports[NAMES_TRANSPORT_MAX + 1] = { [NAMES_CLEAR] = "in the clear",
	[NAMES_TLS] = "over TLS", [NAMES_HTTPS] = "over HTTPS" };
static const char *const validations[NAMES_VALIDATION_MAX + 1] = { [NAMES_UNCHECKED] = "unchecked",
	[NAMES_SECURE] = "proved (DNSSEC)", [NAMES_INSECURE] = "of a zone that is not signed",
	[NAMES_BOGUS] = "bogus", [NAMES_CAPTIVE] = "a check for a captive portal, unchecked" };

/* As dig shows it (RFC 1035, 4.1.1). */
static const char *
code_word(uint16_t rcode)
{
	static const char *const words[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode < sizeof words / sizeof words[0] ? words[rcode] : "another code";
}

static void
found_kept(const struct names_found *f)
{
	const struct names_entry *e = &f->entry;
	char text[512];
	int n;

	if (!f->kept) {
		(void)answer_row(0, 0, "cache", "", 0, "no answer is kept");
		return;
	}
	n = snprintf(text, sizeof text, "kept for %u s yet: %s, addresses %u, %s", e->left_s, code_word(e->rcode),
	    e->addresses, validations[e->validation]);
	if (e->server[0] != '\0' && f->transport != 0)
		n += snprintf(text + n, sizeof text - (size_t)n, "; from %s %s", e->server, transports[f->transport]);
	if (f->took_us != 0)
		(void)snprintf(text + n, sizeof text - (size_t)n, ", in %u us", f->took_us);
	(void)answer_row(0, 0, "cache", "", 0, text);
}

static void
found_server(const struct names_found *f)
{
	char text[256];

	if (f->special == NAMES_HERE) {
		(void)answer_row(0, 0, "server", "", 0, "none: such names are answered on this machine");
		return;
	}
	if (f->server[0] == '\0')
		(void)snprintf(text, sizeof text, "none may be asked: there is none for this name, or it is not encrypted "
		    "and only encrypted ones are asked ('bulwarkctl dns servers' shows them)");
	else
		(void)snprintf(text, sizeof text, "%s, %s%s", f->server, transports[f->server_transport],
		    f->special == NAMES_LOCAL ? "; the name is one of the local network" : "");
	(void)answer_row(0, 0, "server", "", 0, text);
	if (f->server[0] != '\0')
		(void)answer_row(0, 0, "validation", "", 0, f->proves ?
		    "its answer must stand the proof (DNSSEC)" : "its answer is believed unchecked");
}

/* What lies behind the checks: lists, the cache, the server that would be asked. */
static void
tell_found(const struct names_found *f)
{
	if (f == NULL) {
		(void)answer_row(0, 0, "", "", 0, "the resolver can't be asked for the rest now");
		return;
	}
	if (f->list[0] != '\0') {
		(void)answer_row(0, ACTION_BLOCK, "list", "", 0, f->list);
		return;
	}
	(void)answer_row(0, 0, "list", "", 0, "no block list has it");
	found_kept(f);
	found_server(f);
}

static struct ui_query asked;	/* the name that resolverd looks for */

static void
tell_who(const struct program *p)
{
	char text[PATH_BYTES + 64];

	(void)snprintf(text, sizeof text, "%.*s asks, user %u", p->path_len, p->path, p->uid);
	(void)answer_row(0, 0, "", "", 0, text);
}

/* A question by this program to the suite's resolver. */
static void
question_of(const struct ui_query *q, const struct program *p, struct facts *f)
{
	static const struct tuple to_door = { .family = 4, .proto = PROTO_UDP, .sport = 40000, .dport = 53,
		.src = { 127, 0, 0, 1 }, .dst = { 127, 0, 0, 1 } };

	facts_question(f, &to_door, p);
	f->qtype = q->qtype;
	f->any_file = p->id == NOBODYS;
	if (has_name(q))
		facts_named(f, q->name, (uint16_t)strlen(q->name));
}

void
explain_found(uint32_t id, const struct names_found *found)
{
	const struct ui_query *q = &asked;
	struct program	 p;
	struct found	 what;
	struct facts	 f;
	const char	*assumed;

	answer_begin(id);
	if (find_program(q, &p, &assumed) == -1)
		return;
	tell_who(&p);
	question_of(q, &p, &f);
	if (assumed != NULL)
		(void)answer_row(0, 0, "", "", 0, assumed);
	search(&p, &what);
	if (tell_steps(&f) == ACTION_ACCEPT)
		tell_found(found);
	answer_end();
}

/* The block lists that count for the question that is asked about. */
static uint64_t
lists_of(const struct facts *f)
{
	struct decision d;

	decide(f, current_policy(), level_now(), &d);
	return d.lists;
}

static void
explain_name(uint32_t id, const struct ui_query *q)
{
	static struct names_look look = { .what = NAMES_LOOK_NAME };
	struct program	 p;
	struct found	 what;
	struct facts	 f;
	const char	*assumed;

	answer_begin(id);
	if (!kept_is_free()) {
		answer_error("somebody else looks just now: try again");
		return;
	}
	if (find_program(q, &p, &assumed) == -1)
		return;
	framework_search(current_policy(), &p, &what, NULL, NULL);
	p.found = &what;
	question_of(q, &p, &f);
	look.lists = lists_of(&f);
	asked = *q;
	look.qtype = q->qtype;
	(void)snprintf(look.name, sizeof look.name, "%s", q->name);
	if (!kept_name(id, &look))
		explain_found(id, NULL);
}

void
explain_query(uint32_t id, const struct ui_query *q)
{
	switch (q->kind) {
	case UI_DNS_CACHE:
		kept_query(id, &(struct names_look){ .what = NAMES_LOOK_CACHE });
		return;
	case UI_DNS_SERVERS:
		kept_query(id, &(struct names_look){ .what = NAMES_LOOK_SERVERS });
		return;
	case UI_EXPLAIN_NAME:
		explain_name(id, q);
		return;
	default:
		break;
	}
	answer_begin(id);
	switch (q->kind) {
	case UI_EXPLAIN_FLOW:
		explain_flow(q);
		break;
	case UI_EXPLAIN_PROGRAM:
		explain_program(q);
		break;
	case UI_PROFILE_LIST:
		show_list();
		break;
	case UI_PROFILE_SHOW:
		show_profile(q->text, q->len);
		break;
	case UI_SETTINGS:
		show_settings();
		break;
	case UI_WORDS:
		show_words();
		break;
	case UI_LISTS:
		show_lists();
		break;
	case UI_ANSWERS:
		show_answers(q->as_uid);
		break;
	case UI_JOURNAL:
		journal_show();
		break;
	default:	/* its validator lets nothing else through */
		answer_error("unknown question");
	}
}
