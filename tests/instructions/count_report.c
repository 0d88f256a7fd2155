/*
 * What is told of a granted flow: in a message to policyd and in one to uid, packed and unpacked. Counted are 144
 * flows: what a message holds.
 */
#include <stdlib.h>

#include <netinet/in.h>

#include "count.h"
#include "decide.h"
#include "ui.h"

static struct decide_uses	uses;
static struct decide_ends	ends;
static struct ui_events		events;
static uint8_t			body[UI_EVENTS_MAX];

static void
report_uses(unsigned n)
{
	size_t	len;

	uses.use[0].flow = n + 1;
	len = decide_uses_pack(&uses, body, sizeof(body));
	if (decide_uses_unpack(body, len, &uses) == -1)
		abort();
	len = ui_events_pack(&events, body, sizeof(body));
	if (ui_events_unpack(body, len, &events) == -1)
		abort();
}

static void
report_ends(unsigned n)
{
	size_t	len;

	ends.end[0].flow = n + 1;
	len = decide_ends_pack(&ends, body, sizeof(body));
	if (decide_ends_unpack(body, len, &ends) == -1)
		abort();
}

int
main(void)
{
	const struct tuple	t = { .family = 4, .proto = IPPROTO_TCP, .sport = 40000, .dport = 443, .src = { 10, 0, 0, 2 },
				      .dst = { 192, 0, 2, 1 } };

	uses.count = ends.count = DECIDE_BATCH;
	events.count = UI_BATCH;
	for (unsigned i = 0; i < DECIDE_BATCH; i++) {
		uses.use[i] = (struct decide_use){ .flow = i + 1, .tuple = t, .direction = DIRECTION_OUT,
			.action = ACTION_ACCEPT, .process = 1 };
		ends.end[i] = (struct decide_end){ .flow = i + 1, .bytes_out = 500, .bytes_in = 4000 };
	}
	for (unsigned i = 0; i < UI_BATCH; i++)
		events.event[i] = (struct ui_event){ .flow = i + 1, .tuple = t, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS,
			.action = ACTION_ACCEPT, .permanent = true, .source = UI_BY_GRANT, .process = 1, .name = "www.example.org" };
	count("report-uses", report_uses);
	count("report-ends", report_ends);
	return 0;
}
