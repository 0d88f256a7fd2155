/*
 * Events, connections, rows and other small objects; see object.h.
 */
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "object.h"
#include "words.h"

static void
put_tuple(struct json *j, const struct tuple *t)
{
	const char	*name = word_protocol(t->proto);
	char		 number[8];

	if (name == NULL) {
		(void)snprintf(number, sizeof(number), "%u", t->proto);
		name = number;
	}
	json_string(j, "proto", name);
	json_number(j, "proto_number", t->proto);
	json_number(j, "family", t->family);
	json_address(j, "src", t->family, t->src);
	json_address(j, "dst", t->family, t->dst);
	if (t->proto == IPPROTO_ICMP || t->proto == IPPROTO_ICMPV6) {
		json_number(j, "icmp_type", t->dport >> 8);
		json_number(j, "icmp_code", t->dport & 0xff);
		json_number(j, "icmp_id", t->sport);
	} else {
		json_number(j, "sport", t->sport);
		json_number(j, "dport", t->dport);
	}
}

static void
put_process(struct json *j, uint64_t id, const struct program *p)
{
	const char	*name;

	if (id == 0) {
		json_null(j, "process");
		return;
	}
	json_open(j, "process", '{');
	json_id(j, "id", id);
	if (p != NULL) {
		json_number(j, "pid", p->pid);
		json_number(j, "ppid", p->ppid);
		json_number(j, "uid", p->uid);
		json_bytes(j, "path", p->bytes, p->path_len);
		json_bytes(j, "command", p->bytes + p->path_len + p->cgroup_len, p->command_len);
		json_bytes(j, "cgroup", p->bytes + p->path_len, p->cgroup_len);
		json_open(j, "flags", '[');
		for (unsigned bit = 0; (name = word_process_flag(bit)) != NULL; bit++)
			if (p->flags & 1u << bit)
				json_string(j, NULL, name);
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void
put_reason(struct json *j, uint32_t id, const struct why *w)
{
	json_open(j, "reason", '{');
	json_number(j, "id", id);
	if (w != NULL) {
		json_number(j, "check", w->check);
		json_text(j, "profile", w->bytes, w->profile_len);
		json_text(j, "file", w->bytes + w->profile_len, w->file_len);
		json_number(j, "line", w->line);
		json_text(j, "text", w->bytes + w->profile_len + w->file_len, w->text_len);
	}
	json_close(j, '}');
}

static void
put_decision(struct json *j, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	json_time(j, "time", e->time_us);
	json_id(j, "flow", e->flow);
	json_string(j, "direction", word_direction(e->direction));
	put_tuple(j, &e->tuple);
	json_text(j, "device", e->device, strnlen(e->device, sizeof(e->device)));
	json_string(j, "verdict", word_action(e->action));
	json_number(j, "mark", mark_of(e->action, e->permanent));
	json_bool(j, "permanent", e->permanent);
	json_string(j, "source", word_source(e->source));
	json_number(j, "latency_us", e->latency_us);
	json_string(j, "owner", word_owner(e->owner));
	put_process(j, e->process, p);
	put_reason(j, e->reason, w);
}

static void
begin(struct json *j, const char *type)
{
	json_open(j, NULL, '{');
	json_string(j, "type", type);
}

static void
end(struct json *j)
{
	json_close(j, '}');
	json_newline(j);
}

void
object_event(struct json *j, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	begin(j, "event");
	put_decision(j, e, p, w);
	end(j);
}

void
object_connection(struct json *j, const struct ui_event *e, const struct program *p,
    const struct why *w)
{
	begin(j, "connection");
	put_decision(j, e, p, w);
	end(j);
}

void
object_flow_end(struct json *j, const struct decide_end *e, const struct ui_event *known,
    const struct program *p, const struct why *w)
{
	begin(j, "flow-end");
	json_number(j, "bytes_out", e->bytes_out);
	json_number(j, "bytes_in", e->bytes_in);
	json_number(j, "packets_out", e->packets_out);
	json_number(j, "packets_in", e->packets_in);
	if (known != NULL)
		put_decision(j, known, p, w);
	else
		json_id(j, "flow", e->flow);
	end(j);
}

void
object_notice(struct json *j, const struct ui_notice *n)
{
	begin(j, "notice");
	json_time(j, "time", n->time_us);
	json_string(j, "level", word_notice(n->level));
	json_text(j, "text", n->text, n->len < sizeof(n->text) ? n->len : sizeof(n->text));
	end(j);
}

void
object_shed(struct json *j, uint64_t count, const char *where)
{
	begin(j, "shed");
	json_number(j, "shed", count);
	json_string(j, "where", where);
	end(j);
}

void
object_error(struct json *j, const char *code, const char *text)
{
	begin(j, "error");
	json_string(j, "code", code);
	json_string(j, "text", text);
	end(j);
}

void
object_row(struct json *j, unsigned kind, const struct ui_row *row)
{
	static const char *const	types[] = {
		[UI_EXPLAIN_FLOW] = "step", [UI_EXPLAIN_PROGRAM] = "step",
		[UI_PROFILE_LIST] = "profile", [UI_PROFILE_SHOW] = "line",
	};

	begin(j, types[kind]);
	if (kind == UI_EXPLAIN_FLOW) {
		json_number(j, "check", row->check);
		if (row->action == 0)
			json_null(j, "verdict");
		else
			json_string(j, "verdict", word_action(row->action));
	}
	json_string(j, "name", row->name);
	json_string(j, "file", row->file);
	if (kind != UI_PROFILE_LIST)
		json_number(j, "line", row->line);
	json_string(j, "text", row->text);
	end(j);
}
