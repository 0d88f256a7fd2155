/*
 * Events, connections, rows and other small objects; see object.h.
 */
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "cgroup.h"
#include "object.h"
#include "words.h"

static void
put_tuple(struct jw *j, const struct tuple *t)
{
	const char	*name = word_protocol(t->proto);
	char		 number[8];

	if (caller_number(t) != 0) {
		jw_string(j, "proto", "unix");
		return;
	}
	if (name == NULL) {
		(void)snprintf(number, sizeof(number), "%u", t->proto);
		name = number;
	}
	jw_string(j, "proto", name);
	jw_number(j, "proto_number", t->proto);
	jw_number(j, "family", t->family);
	jw_address(j, "src", t->family, t->src);
	jw_address(j, "dst", t->family, t->dst);
	if (t->proto == IPPROTO_ICMP || t->proto == IPPROTO_ICMPV6) {
		jw_number(j, "icmp_type", t->dport >> 8);
		jw_number(j, "icmp_code", t->dport & 0xff);
		jw_number(j, "icmp_id", t->sport);
	} else {
		jw_number(j, "sport", t->sport);
		jw_number(j, "dport", t->dport);
	}
}

static void
put_part(struct jw *j, const struct program *p)
{
	if (p->part_pid == 0)
		return;
	jw_open(j, "part_of", '{');
	jw_number(j, "pid", p->part_pid);
	jw_bytes(j, "path", p->bytes + p->path_len + p->cgroup_len + p->command_len, p->part_len);
	jw_close(j, '}');
}

/* What the cgroup says; of a container only whether root named it. */
static void
put_place(struct jw *j, const struct program *p)
{
	struct cgroup_part	unit;
	char			path[CGROUP_BYTES + 1], name[CONTAINER_NAME_BYTES];
	bool			claimed;

	memcpy(path, p->bytes + p->path_len, p->cgroup_len);
	path[p->cgroup_len] = '\0';
	jw_bytes(j, "cgroup", path, p->cgroup_len);
	if ((unit = cgroup_unit(path)).len > 0)
		jw_bytes(j, "unit", unit.text, unit.len);
	if (view_container(p, name, &claimed))
		jw_string(j, claimed ? "claimed_container" : "container", name);
	if (p->netns != 0)
		jw_number(j, "netns", p->netns);
}

static void
put_process(struct jw *j, uint64_t id, const struct program *p)
{
	const char	*name;

	if (id == 0) {
		jw_null(j, "process");
		return;
	}
	jw_open(j, "process", '{');
	jw_id(j, "id", id);
	if (p != NULL) {
		jw_number(j, "pid", p->pid);
		jw_number(j, "ppid", p->ppid);
		jw_number(j, "uid", p->uid);
		jw_bytes(j, "path", p->bytes, p->path_len);
		jw_bytes(j, "command", p->bytes + p->path_len + p->cgroup_len, p->command_len);
		put_place(j, p);
		jw_open(j, "flags", '[');
		for (unsigned bit = 0; (name = word_process_flag(bit)) != NULL; bit++)
			if (p->flags & 1u << bit)
				jw_string(j, NULL, name);
		jw_close(j, ']');
		put_part(j, p);
	}
	jw_close(j, '}');
}

static void
put_reason(struct jw *j, uint32_t id, const struct why *w)
{
	jw_open(j, "reason", '{');
	jw_number(j, "id", id);
	if (w != NULL) {
		jw_number(j, "check", w->check);
		jw_text(j, "profile", w->bytes, w->profile_len);
		jw_text(j, "file", w->bytes + w->profile_len, w->file_len);
		jw_number(j, "line", w->line);
		jw_text(j, "text", w->bytes + w->profile_len + w->file_len, w->text_len);
	}
	jw_close(j, '}');
}

static void
put_decision(struct jw *j, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	jw_time(j, "time", e->time_us);
	jw_id(j, "flow", e->flow);
	jw_string(j, "direction", word_direction(e->direction));
	put_tuple(j, &e->tuple);
	if (e->name[0] != '\0')
		jw_string(j, "name", e->name);
	jw_text(j, "device", e->device, strnlen(e->device, sizeof(e->device)));
	jw_string(j, "verdict", word_action(e->action));
	jw_number(j, "mark", mark_of(e->action, e->permanent));
	jw_bool(j, "permanent", e->permanent);
	jw_string(j, "source", word_source(e->source));
	jw_number(j, "latency_us", e->latency_us);
	jw_string(j, "owner", word_owner(e->owner));
	put_process(j, e->process, p);
	put_reason(j, e->reason, w);
}

void
object_event(struct jw *j, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	jw_begin(j, "event");
	put_decision(j, e, p, w);
	jw_end(j);
}

void
object_connection(struct jw *j, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	jw_begin(j, "connection");
	put_decision(j, e, p, w);
	jw_end(j);
}

void
object_flow_end(struct jw *j, const struct decide_end *e, const struct ui_event *known,
    const struct program *p, const struct why *w)
{
	jw_begin(j, "flow-end");
	jw_number(j, "bytes_out", e->bytes_out);
	jw_number(j, "bytes_in", e->bytes_in);
	jw_number(j, "packets_out", e->packets_out);
	jw_number(j, "packets_in", e->packets_in);
	if (known != NULL)
		put_decision(j, known, p, w);
	else
		jw_id(j, "flow", e->flow);
	jw_end(j);
}

/* A word, or kind and number (as RFC 3597 writes types). */
static void
put_number(struct jw *j, const char *key, const char *word, const char *kind, unsigned number)
{
	char	text[24];

	if (word == NULL) {
		(void)snprintf(text, sizeof(text), "%s%u", kind, number);
		word = text;
	}
	jw_string(j, key, word);
}

static void
put_question(struct jw *j, const char *name, unsigned qtype, unsigned rcode)
{
	jw_string(j, "name", name);
	put_number(j, "qtype", word_qtype(qtype), "TYPE", qtype);
	jw_number(j, "qtype_number", qtype);
	put_number(j, "rcode", word_rcode(rcode), "RCODE", rcode);
	jw_number(j, "rcode_number", rcode);
}

void
object_question(struct jw *j, const struct names_answer *a, int64_t time_us, const struct program *p)
{
	jw_begin(j, "question");
	jw_time(j, "time", time_us);
	jw_string(j, "outcome", word_question(a->word));
	put_question(j, a->name, a->qtype, a->rcode);
	jw_number(j, "addresses", a->addresses);
	jw_bool(j, "cached", a->cached);
	jw_string(j, "server", a->server);
	jw_string(j, "validation", word_validation(a->validation));
	jw_number(j, "took_us", a->took_us);
	if (a->reason[0] != '\0')
		jw_string(j, "reason", a->reason);
	put_tuple(j, &a->tuple);
	put_process(j, a->asker, p);
	jw_end(j);
}

void
object_blocked(struct jw *j, const struct blocked_name *b, const struct program *p)
{
	jw_begin(j, "blocked");
	jw_time(j, "time", b->time_us);
	jw_number(j, "times", b->times);
	jw_string(j, "outcome", word_question(b->word));
	put_question(j, b->name, b->qtype, b->rcode);
	jw_string(j, "reason", b->reason);
	put_process(j, b->process, p);
	jw_end(j);
}

void
object_kept(struct jw *j, const struct names_entry *e)
{
	jw_begin(j, "cached");
	put_question(j, e->name, e->qtype, e->rcode);
	jw_number(j, "addresses", e->addresses);
	jw_number(j, "left_s", e->left_s);
	jw_string(j, "server", e->server);
	jw_string(j, "validation", word_validation(e->validation));
	jw_end(j);
}

void
object_below(struct jw *j, const struct decide_below *b, int64_t time_us, const struct program *p)
{
	jw_begin(j, "below");
	jw_time(j, "time", time_us);
	jw_string(j, "way", word_below(b->way));
	jw_bool(j, "refused", b->refused);
	if (b->way == BELOW_WAY_SENT) {
		jw_text(j, "device", b->device, strnlen(b->device, sizeof(b->device)));
		jw_number(j, "ethertype", b->ethertype);
	}
	if (b->uid != UINT32_MAX)
		jw_number(j, "socket_uid", b->uid);
	put_process(j, b->process, p);
	jw_end(j);
}

void
object_notice(struct jw *j, const struct ui_notice *n)
{
	jw_begin(j, "notice");
	jw_time(j, "time", n->time_us);
	jw_string(j, "level", word_notice(n->level));
	jw_text(j, "text", n->text, n->len < sizeof(n->text) ? n->len : sizeof(n->text));
	jw_end(j);
}

void
object_shed(struct jw *j, uint64_t count, const char *where)
{
	jw_begin(j, "shed");
	jw_number(j, "shed", count);
	jw_string(j, "where", where);
	jw_end(j);
}

void
object_error(struct jw *j, const char *code, const char *text)
{
	jw_begin(j, "error");
	jw_string(j, "code", code);
	jw_string(j, "text", text);
	jw_end(j);
}

void
object_server(struct jw *j, const struct names_server *s, const char *file)
{
	jw_begin(j, "server");
	jw_string(j, "server", s->text);
	jw_bool(j, "encrypted", s->transport != NAMES_CLEAR);
	jw_string(j, "transport", word_transport(s->transport));
	jw_string(j, "authenticated", word_proof(s->proof));
	jw_bool(j, "used", s->used);
	jw_bool(j, "all_names", !s->some_names);
	jw_string(j, "health", s->failures > 0 ? "failing" : s->took_us > 0 ? "good" : "untried");
	jw_number(j, "latency_us", s->took_us);
	jw_number(j, "failures", s->failures);
	jw_number(j, "rests_ms", s->rests_ms);
	jw_string(j, "last_error", s->error);
	if (s->error[0] != '\0')
		jw_number(j, "last_error_s", s->error_s);
	jw_string(j, "file", file);
	jw_end(j);
}

void
object_row(struct jw *j, unsigned kind, const struct ui_row *row)
{
	static const char *const	types[] = {
		[UI_EXPLAIN_FLOW] = "step", [UI_EXPLAIN_PROGRAM] = "step",
		[UI_PROFILE_LIST] = "profile", [UI_PROFILE_SHOW] = "line", [UI_EXPLAIN_NAME] = "step",
	};

	if (kind == UI_SETTINGS) {
		object_setting(j, row);
		return;
	}
	if (kind == UI_WORDS) {
		object_word(j, row);
		return;
	}
	if (kind == UI_ANSWERS) {
		object_answer(j, row);
		return;
	}
	if (kind == UI_LISTS) {
		object_list(j, row);
		return;
	}
	if (kind == UI_JOURNAL) {
		object_change(j, row);
		return;
	}
	jw_begin(j, types[kind]);
	if (kind == UI_EXPLAIN_FLOW || kind == UI_EXPLAIN_NAME) {
		jw_number(j, "check", row->check);
		if (row->action == 0)
			jw_null(j, "verdict");
		else
			jw_string(j, "verdict", word_action(row->action));
	}
	jw_string(j, "name", row->name);
	jw_string(j, "file", row->file);
	if (kind != UI_PROFILE_LIST)
		jw_number(j, "line", row->line);
	jw_string(j, "text", row->text);
	jw_end(j);
}
