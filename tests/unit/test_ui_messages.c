/* Messages of the ui channel: what is refused, what comes back unchanged. */
#include "message_test.h"

#include "ui.h"
#include "ui.pb-c.h"

static void
fill_ui_reason(void *p)
{
	struct ui_reason *m = p;

	m->id = rnd32();
	m->check = (uint8_t)rnd32();
	m->line = rnd32();
	rnd_string(m->profile, 0, sizeof(m->profile));
	rnd_string(m->file, 0, sizeof(m->file));
	rnd_string(m->text, 0, sizeof(m->text));
}

/* Full: as long as may be. */
static void
rnd_host(char *name, size_t least, size_t room)
{
	size_t n = test_full ? room - 1 : rnd_in((uint32_t)least, UI_HOST_BYTES - 1);

	memset(name, 'a', n);
	name[n] = '\0';
}

static void
fill_ui_events(void *p)
{
	struct ui_events *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(0, UI_BATCH);
	m->shed = rnd32();
	for (i = 0; i < m->count; i++) {
		struct ui_event *e = &m->event[i];

		e->time_us = (int64_t)rnd_id();
		e->flow = rnd_id();
		rnd_tuple(&e->tuple);
		e->direction = (uint8_t)rnd_in(1, DIRECTION_MAX);
		e->owner = (uint8_t)rnd_in(1, OWNER_MAX);
		e->action = (uint8_t)rnd_in(1, ACTION_MAX);
		e->permanent = rnd_bool();
		e->source = (uint8_t)rnd_in(1, UI_SOURCE_MAX);
		e->process = e->owner == OWNER_PROCESS || rnd_bool() ? rnd_id() : 0;
		e->reason = rnd32();
		e->latency_us = rnd32();
		rnd_string(e->device, 0, sizeof(e->device));
		rnd_host(e->name, 0, sizeof(e->name));
	}
}

static void
fill_ui_status(void *p)
{
	struct ui_status *m = p;
	size_t i;

	m->level = (uint8_t)rnd_in(1, LEVEL_MAX);
	m->rules = (uint8_t)rnd_in(0, RULES_STATE_MAX);
	m->guard = rnd_bool();
	rnd_string(m->level_why, 0, sizeof(m->level_why));
	m->profiles = rnd32();
	m->broken_files = rnd32();
	m->accepted = rnd_id();
	m->blocked = rnd_id();
	m->dropped = rnd_id();
	m->rerouted = rnd_id();
	m->asked = rnd_id();
	m->granted = rnd_id();
	m->events_shed = rnd_id();
	m->intercept = (struct decide_stats){ .waiting = rnd32(), .packets = rnd_id(),
		.malformed = rnd_id(), .conntrack_full = rnd_bool(), .events = rnd_bool(),
		.processes = rnd32(), .kernel = (uint8_t)rnd_in(0, KERNEL_PATH_MAX) };
	m->agents = rnd32();
	m->waiting = rnd32();
	m->unanswered = rnd32();
	m->warnings = (uint8_t)rnd_in(0, UI_WARNINGS);
	for (i = 0; i < m->warnings; i++)
		rnd_string(m->warning[i], 0, sizeof(m->warning[i]));
}

static void
fill_ui_notice(void *p)
{
	struct ui_notice *m = p;

	m->time_us = (int64_t)rnd_id();
	m->level = (uint8_t)rnd_in(1, UI_NOTICE_LEVEL_MAX);
	m->len = rnd_text(m->text, 0, sizeof(m->text));
}

static void
fill_ui_query(void *p)
{
	struct ui_query *m = p;

	m->kind = test_full ? UI_EXPLAIN_NAME : (uint8_t)rnd_in(1, UI_QUERY_MAX_KIND);
	m->uid = rnd32();
	m->pid = rnd32();
	m->as_uid = rnd32();
	if (m->kind == UI_EXPLAIN_FLOW) {
		m->direction = (uint8_t)rnd_in(1, DIRECTION_MAX);
		rnd_tuple(&m->tuple);
		if (rnd_bool())
			rnd_host(m->name, 1, sizeof(m->name));
	}
	if (m->kind == UI_EXPLAIN_NAME) {
		rnd_host(m->name, 1, sizeof(m->name));
		m->qtype = (uint16_t)rnd32();
	}
	m->len = rnd_raw(m->text, 1, sizeof(m->text));
}

static char answer_text[UI_ROWS * 3][80];

static void
fill_ui_answer(void *p)
{
	struct ui_answer *m = p;
	size_t i;

	m->count = (uint16_t)rnd_in(1, UI_ROWS);
	m->last = rnd_bool();
	m->error = rnd_bool();
	for (i = 0; i < m->count; i++) {
		struct ui_row *r = &m->row[i];

		r->check = (uint8_t)rnd32();
		r->action = (uint8_t)rnd_in(0, ACTION_MAX);
		r->line = rnd32();
		rnd_string(answer_text[3 * i], 0, 64);
		rnd_string(answer_text[3 * i + 1], 0, 64);
		rnd_string(answer_text[3 * i + 2], 0, 64);
		r->name = answer_text[3 * i];
		r->file = answer_text[3 * i + 1];
		r->text = answer_text[3 * i + 2];
	}
}

static bool
equal_ui_answer(const void *x, const void *y)
{
	const struct ui_answer *a = x, *b = y;
	size_t i;

	if (a->count != b->count || a->last != b->last || a->error != b->error)
		return false;
	for (i = 0; i < a->count; i++) {
		const struct ui_row *r = &a->row[i], *s = &b->row[i];

		if (r->check != s->check || r->action != s->action || r->line != s->line ||
		    strcmp(r->name, s->name) != 0 || strcmp(r->file, s->file) != 0 ||
		    strcmp(r->text, s->text) != 0)
			return false;
	}
	return true;
}

KIND(ui_reason, UI_REASON_MAX, NULL);
KIND(ui_events, UI_EVENTS_MAX, NULL);
KIND(ui_status, UI_STATUS_MAX, NULL);
KIND(ui_notice, UI_NOTICE_MAX, NULL);
KIND(ui_query, UI_QUERY_MAX, NULL);
KIND(ui_answer, UI_ANSWER_MAX, equal_ui_answer);

Test(ui_messages, every_message)
{
	static const struct kind *const kinds[] = { &kind_ui_reason, &kind_ui_events, &kind_ui_status,
		&kind_ui_notice, &kind_ui_query, &kind_ui_answer };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind_check(kinds[i]);
}

Test(ui_messages, reason_fields)
{
	WRONG(ui_reason, UiReason, w->check = 256);
	WRONG(ui_reason, UiReason, w->profile = filler(UI_NAME_BYTES));
	WRONG(ui_reason, UiReason, w->file = filler(UI_FILE_BYTES));
	WRONG(ui_reason, UiReason, w->text = filler(UI_TEXT_BYTES));
	RIGHT(ui_reason, UiReason, w->text = filler(UI_TEXT_BYTES - 1));
	WRONG(ui_reason, UiReason, w->profile = LITERAL("a\0b"));
	WRONG(ui_reason, UiReason, w->file = LITERAL("\0"));
	WRONG(ui_reason, UiReason, w->text = LITERAL("a\0"));
}

Test(ui_messages, reason_text_is_printable)
{
	struct ui_reason in = { .id = 1, .check = 11, .line = 3, .profile = "P\033[1m",
		.file = "/etc/\xff\n", .text = "de\xc3\xaf\xe2\x80\xaetxt\x7f" }, out;
	uint8_t body[UI_REASON_MAX];
	size_t n = ui_reason_pack(&in, body, sizeof(body));

	cr_assert_gt(n, 0);
	cr_assert_eq(ui_reason_unpack(body, n, &out), 0);
	cr_assert_str_eq(out.profile, "P?[1m");
	cr_assert_str_eq(out.file, "/etc/??");
	cr_assert_str_eq(out.text, "de\xc3\xaf?txt?");
}

Test(ui_messages, events_fields)
{
#define UNFIT(...) WRONG(ui_events, UiEvents, if (w->n_flow == 0) continue; __VA_ARGS__)
	UNFIT(w->flow[0] = 0);
	UNFIT(w->tuple->family.data[0] = 0);
	UNFIT(w->direction.data[0] = 0);
	UNFIT(w->direction.data[0] = DIRECTION_MAX + 1);
	UNFIT(w->owner.data[0] = 0);
	UNFIT(w->owner.data[0] = OWNER_MAX + 1);
	UNFIT(w->action.data[0] = 0);
	UNFIT(w->action.data[0] = ACTION_MAX + 1);
	UNFIT(w->permanent.data[0] = 2);
	UNFIT(w->source.data[0] = 0);
	UNFIT(w->source.data[0] = UI_SOURCE_MAX + 1);
	UNFIT(w->owner.data[0] = OWNER_PROCESS; w->process[0] = 0);
	UNFIT(w->device[0] = filler(DEVICE_BYTES));
	UNFIT(w->name[0] = filler(UI_HOST_BYTES));
	UNFIT(w->name[0] = LITERAL("with blank"));
	UNFIT(w->name[0] = LITERAL("Capital"));
	UNFIT(w->name[0] = LITERAL("a\0b"));
	UNFIT(w->name[0] = LITERAL("a\033b"));
	UNFIT(w->n_flow--);
	UNFIT(w->n_time_us--);
	UNFIT(w->n_process--);
	UNFIT(w->n_reason--);
	UNFIT(w->n_latency_us--);
	UNFIT(w->n_device--);
	UNFIT(w->n_name--);
	UNFIT(w->direction.len--);
	UNFIT(w->owner.len--);
	UNFIT(w->action.len--);
	UNFIT(w->permanent.len--);
	UNFIT(w->source.len--);
	UNFIT(w->tuple->n_ports--);
	UNFIT(w->tuple->dst.len--);
	WRONG(ui_events, UiEvents, if (w->n_flow == 0) continue; COLUMNS(UI_BATCH + 1));
	RIGHT(ui_events, UiEvents, if (w->n_flow == 0) continue; COLUMNS(UI_BATCH));
	RIGHT(ui_events, UiEvents, if (w->n_flow == 0) continue; COLUMNS(0));
}

Test(ui_messages, status_fields)
{
	static ProtobufCBinaryData warnings[UI_WARNINGS + 1];

	WRONG(ui_status, UiStatus, w->level = 0);
	WRONG(ui_status, UiStatus, w->level = LEVEL_MAX + 1);
	WRONG(ui_status, UiStatus, w->rules = RULES_STATE_MAX + 1);
	WRONG(ui_status, UiStatus, w->intercept->kernel = KERNEL_PATH_MAX + 1);
	WRONG(ui_status, UiStatus, w->intercept->kernel += 256);
	RIGHT(ui_status, UiStatus, w->intercept->kernel = KERNEL_PATH_UNTOLD);
	WRONG(ui_status, UiStatus, w->level_why = filler(UI_NAME_BYTES));
	WRONG(ui_status, UiStatus, w->n_warning = UI_WARNINGS + 1; w->warning = warnings);
	RIGHT(ui_status, UiStatus, w->n_warning = UI_WARNINGS; w->warning = warnings);
	WRONG(ui_status, UiStatus, warnings[0] = filler(UI_WARNING_BYTES); w->n_warning = 1;
	      w->warning = warnings);
}

Test(ui_messages, notice_fields)
{
	WRONG(ui_notice, UiNotice, w->level = 0);
	WRONG(ui_notice, UiNotice, w->level = UI_NOTICE_LEVEL_MAX + 1);
	WRONG(ui_notice, UiNotice, w->text = filler(UI_TEXT_BYTES + 1));
	RIGHT(ui_notice, UiNotice, w->text = LITERAL("a\0\033"));
}

#define NO_NAME	w->has_name = w->has_qtype = false; w->name = LITERAL("")

Test(ui_messages, query_fields)
{
	static Wire__Tuple tuple = WIRE__TUPLE__INIT;

	tuple.src = tuple.dst = LITERAL("\x7f\0\0\1");
	WRONG(ui_query, UiQuery, w->kind = 0);
	WRONG(ui_query, UiQuery, w->kind = UI_QUERY_MAX_KIND + 1);
	WRONG(ui_query, UiQuery, w->text = filler(PATH_BYTES + 1));
	WRONG(ui_query, UiQuery, w->text = LITERAL("/bin/a\0"));
	RIGHT(ui_query, UiQuery, w->text = filler(PATH_BYTES));
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = NULL; w->direction = 1);
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 0);
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 4);
	RIGHT(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 1);
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 1;
	      w->pid = 0; w->text = filler(0));
	RIGHT(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 1;
	      w->has_name = true; w->name = LITERAL("example.org"));
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 1;
	      w->has_name = true; w->name = LITERAL("Example.org"));
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 1;
	      w->has_name = true; w->name = LITERAL(""));
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_FLOW; w->tuple = &tuple; w->direction = 1;
	      w->has_qtype = true; w->qtype = 1);
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_PROFILE_LIST; w->tuple = &tuple; w->direction = 0);
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_PROFILE_LIST; w->tuple = NULL; w->direction = 1);
	RIGHT(ui_query, UiQuery, NO_NAME; w->kind = UI_PROFILE_LIST; w->tuple = NULL; w->direction = 0;
	      w->text = filler(0));
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_PROFILE_SHOW; w->tuple = NULL; w->direction = 0;
	      w->text = filler(0));
	WRONG(ui_query, UiQuery, NO_NAME; w->kind = UI_EXPLAIN_PROGRAM; w->tuple = NULL; w->direction = 0;
	      w->pid = 0; w->text = filler(0));
}

Test(ui_messages, answer_fields)
{
	WRONG(ui_answer, UiAnswer, w->error = true; w->n_row = 0);
	RIGHT(ui_answer, UiAnswer, w->error = false; w->n_row = 0);
	WRONG(ui_answer, UiAnswer, w->row[0]->check = 256);
	WRONG(ui_answer, UiAnswer, w->row[0]->action = ACTION_MAX + 1);
	WRONG(ui_answer, UiAnswer, w->row[0]->name = LITERAL("\0"));
	WRONG(ui_answer, UiAnswer, w->row[0]->file = LITERAL("x\0y"));
	WRONG(ui_answer, UiAnswer, w->row[0]->text = LITERAL("x\0"));
	WRONG(ui_answer, UiAnswer, w->n_row = 1; w->row[0]->name = w->row[0]->file = filler(0);
	      w->row[0]->text = filler(sizeof(((struct ui_answer *)0)->storage)));
	WRONG(ui_answer, UiAnswer, w->row[0]->name = filler(0); w->row[0]->text = filler(0);
	      w->row[0]->file = filler(0); LIST_OF(row, UI_ROWS + 1));
	RIGHT(ui_answer, UiAnswer, w->row[0]->name = filler(0); w->row[0]->text = filler(0);
	      w->row[0]->file = filler(0); LIST_OF(row, UI_ROWS));
}

Test(ui_messages, answer_storage_bound)
{
	static struct ui_answer in, out;
	static char text[sizeof(in.storage)];
	static uint8_t body[BODY_ROOM];
	size_t n;

	memset(text, 'x', sizeof(in.storage) - 3);
	in = (struct ui_answer){ .count = 1, .row = { { .name = "", .file = "", .text = text } } };
	cr_assert_gt(n = ui_answer_pack(&in, body, sizeof(body)), 0);
	cr_assert_eq(ui_answer_unpack(body, n, &out), 0);
	cr_assert_str_eq(out.row[0].text, text);
	in.row[0].name = "y";
	cr_assert_eq(ui_answer_pack(&in, body, sizeof(body)), 0);
	in.row[0].name = NULL;
	cr_assert_eq(ui_answer_pack(&in, body, sizeof(body)), 0);
	in.row[0].name = "tab\there\n";
	in.row[0].text = "";
	cr_assert_gt(n = ui_answer_pack(&in, body, sizeof(body)), 0);
	cr_assert_eq(ui_answer_unpack(body, n, &out), 0);
	cr_assert_str_eq(out.row[0].name, "tab\there?");
}

Test(ui_messages, only_a_question_has_a_name)
{
	static uint8_t		body[UI_QUERY_MAX];
	static struct ui_query	q = { .kind = UI_EXPLAIN_NAME, .pid = 1, .name = "example.org", .qtype = 1 }, out;
	size_t			n = ui_query_pack(&q, body, sizeof(body));

	cr_assert_gt(n, 0);
	cr_assert_eq(ui_query_unpack(body, n, &out), 0);
	cr_assert_str_eq(out.name, "example.org");
	cr_assert_eq(out.qtype, 1);
	q.pid = 0;
	cr_expect_eq(ui_query_pack(&q, body, sizeof(body)), 0, "of nobody");
	q.pid = 1;
	q.name[0] = '\0';
	cr_expect_eq(ui_query_pack(&q, body, sizeof(body)), 0, "for nothing");
	WRONG(ui_query, UiQuery, w->kind = UI_EXPLAIN_NAME; w->tuple = NULL; w->direction = 0; w->pid = 1;
	      w->has_name = false; w->name = LITERAL(""); w->has_qtype = true);
	WRONG(ui_query, UiQuery, w->kind = UI_EXPLAIN_NAME; w->tuple = NULL; w->direction = 0; w->pid = 1;
	      w->has_name = w->has_qtype = true; w->name = LITERAL("a b"));
	WRONG(ui_query, UiQuery, w->kind = UI_EXPLAIN_NAME; w->tuple = NULL; w->direction = 0; w->pid = 1;
	      w->has_name = w->has_qtype = true; w->name = LITERAL("a.b"); w->qtype = 65536);
	RIGHT(ui_query, UiQuery, w->kind = UI_EXPLAIN_NAME; w->tuple = NULL; w->direction = 0; w->pid = 1;
	      w->has_name = w->has_qtype = true; w->name = LITERAL("a.b"); w->qtype = 65535);
	WRONG(ui_query, UiQuery, w->kind = UI_PROFILE_LIST; w->tuple = NULL; w->direction = 0;
	      w->has_name = true; w->name = LITERAL("a.b"));
	WRONG(ui_query, UiQuery, w->kind = UI_PROFILE_LIST; w->tuple = NULL; w->direction = 0;
	      w->has_name = false; w->name = LITERAL(""); w->has_qtype = true);
}
