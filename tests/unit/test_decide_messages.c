/* Messages of the decide channel: what is refused, what comes back unchanged. */
#include "message_test.h"

#include "decide.h"
#include "decide.pb-c.h"

static void
fill_decide_request(void *p)
{
	struct decide_request *m = p;

	m->flow = rnd_id();
	rnd_tuple(&m->tuple);
	m->direction = (uint8_t)rnd_in(1, DIRECTION_MAX);
	m->owner = test_full ? OWNER_PROCESS : (uint8_t)rnd_in(1, OWNER_MAX);
	m->has_socket = rnd_bool();
	m->existed = rnd_bool();
	m->again = rnd_bool();
	if (m->owner == OWNER_PROCESS)
		m->holders = (uint8_t)rnd_in(1, HOLDERS_MAX);
	else if (m->owner == OWNER_FORWARDED)
		m->holders = (uint8_t)rnd_in(0, HOLDERS_MAX), m->alone = m->holders == 1 && rnd_bool();
	else if (m->owner == OWNER_NOBODY) {
		m->direction = DIRECTION_IN;
		m->has_socket = false;
	}
	rnd_ids(m->holder, m->holders);
	m->socket_uid = rnd32();
	rnd_string(m->device, 0, sizeof(m->device));
	m->since_us = rnd_id();
	m->middle = m->tuple.proto == IPPROTO_TCP && rnd_bool();
	if (test_full)
		m->direction = DIRECTION_OUT;
	m->has_listener = m->direction == DIRECTION_OUT && rnd_bool();
	if (m->has_listener) {
		m->listener_uid = rnd32();
		m->listeners = (uint8_t)rnd_in(0, HOLDERS_MAX);
		m->listener_unknown = m->listeners == 0 && rnd_bool();
		rnd_ids(m->listener, m->listeners);
	}
}

static void
fill_decide_verdict(void *p)
{
	struct decide_verdict *m = p;

	m->flow = rnd_id();
	m->action = (uint8_t)rnd_in(1, ACTION_MAX);
	m->permanent = rnd_bool();
	m->grant = m->permanent ? (uint8_t)rnd_in(GRANT_NONE, GRANT_MAX) : GRANT_NONE;
	m->at_once = m->grant != GRANT_NONE && m->action == ACTION_BLOCK && rnd_bool();
	m->generation = rnd32();
	m->reason = rnd32();
}

static void
fill_decide_notice(void *p)
{
	struct decide_notice *m = p;

	m->flow = rnd_id();
	rnd_tuple(&m->tuple);
	m->cookie = rnd_id();
	m->process = rnd_id();
}

static void
fill_decide_uses(void *p)
{
	struct decide_uses *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(0, DECIDE_BATCH);
	m->shed = rnd32();
	for (i = 0; i < m->count; i++) {
		struct decide_use *u = &m->use[i];

		u->flow = rnd_id();
		rnd_tuple(&u->tuple);
		u->direction = (uint8_t)rnd_in(1, DIRECTION_MAX);
		u->action = (uint8_t)rnd_in(1, ACTION_MAX);
		u->process = rnd_id();
		u->reason = rnd32();
		u->latency_us = rnd32();
	}
}

static void
fill_decide_ends(void *p)
{
	struct decide_ends *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(0, DECIDE_BATCH);
	m->shed = rnd32();
	for (i = 0; i < m->count; i++) {
		struct decide_end *e = &m->end[i];

		e->flow = rnd_id();
		e->bytes_out = rnd_id();
		e->bytes_in = rnd_id();
		e->packets_out = rnd32();
		e->packets_in = rnd32();
	}
}

static void
fill_decide_stats(void *p)
{
	struct decide_stats *m = p;

	m->waiting = rnd32();
	m->live = rnd32();
	m->grants = rnd32();
	m->packets = rnd_id();
	m->denied_repeat = rnd_id();
	m->shed_waiting = rnd_id();
	m->overruns = rnd_id();
	m->malformed = rnd_id();
	m->conntrack_full = rnd_bool();
	m->socket_uids = rnd32();
	m->queue_dropped = rnd_id();
	m->queue_user_dropped = rnd_id();
	m->processes = rnd32();
	m->events = rnd_bool();
	m->kernel = (uint8_t)rnd_in(1, KERNEL_PATH_MAX);
}

static void
fill_decide_judged_anew(void *p)
{
	struct decide_judged_anew *m = p;

	m->flow = rnd_id();
	m->was = (uint8_t)rnd_in(1, ACTION_MAX);
	m->is = (uint8_t)rnd_in(1, ACTION_MAX);
	m->reason = rnd32();
}

static void
fill_decide_links(void *p)
{
	struct decide_links *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(1, DECIDE_NETS);
	m->more = m->count == DECIDE_NETS && rnd_bool();
	for (i = 0; i < m->count; i++) {
		struct decide_net *n = &m->net[i];

		n->family = rnd_address(test_full || rnd_bool() ? 6 : 4, n->address);
		n->prefix = (uint8_t)rnd_in(0, n->family == 4 ? 32 : 128);
		if (n->family == 4)
			rnd_bytes(n->broadcast, 4);
		rnd_string(n->device, 1, sizeof(n->device));
	}
}

static void
fill_decide_revoke(void *p)
{
	((struct decide_revoke *)p)->generation = rnd32();
}

static void
fill_decide_whose(void *p)
{
	((struct decide_whose *)p)->caller = rnd_id();
	((struct decide_whose *)p)->inode = (uint32_t)rnd_in(1, UINT32_MAX);
}

static void
fill_decide_below(void *p)
{
	struct decide_below *m = p;

	m->way = test_full ? BELOW_WAY_SENT : (uint8_t)rnd_in(1, BELOW_WAY_MAX);
	m->number = rnd32();
	m->refused = rnd_bool();
	m->told = m->refused && rnd_bool();
	m->process = rnd_bool() ? rnd_id() : 0;
	m->uid = rnd32();
	if (m->way == BELOW_WAY_SENT) {
		m->ethertype = (uint16_t)rnd_in(0, UINT16_MAX);
		rnd_string(m->device, 0, sizeof(m->device));
	}
}

static void
fill_decide_below_may(void *p)
{
	((struct decide_below_may *)p)->number = (uint32_t)rnd_in(1, UINT32_MAX);
}

static void
fill_decide_below_close(void *p)
{
	((struct decide_below_close *)p)->closed = rnd_bool();
}

KIND(decide_request, DECIDE_REQUEST_MAX, NULL);
KIND(decide_verdict, DECIDE_VERDICT_MAX, NULL);
KIND(decide_notice, DECIDE_NOTICE_MAX, NULL);
KIND(decide_uses, DECIDE_USES_MAX, NULL);
KIND(decide_ends, DECIDE_ENDS_MAX, NULL);
KIND(decide_stats, DECIDE_STATS_MAX, NULL);
KIND(decide_judged_anew, DECIDE_JUDGED_ANEW_MAX, NULL);
KIND(decide_links, DECIDE_LINKS_MAX, NULL);
KIND(decide_revoke, DECIDE_REVOKE_MAX, NULL);
KIND(decide_whose, DECIDE_WHOSE_MAX, NULL);
KIND(decide_below, DECIDE_BELOW_MAX, NULL);
KIND(decide_below_may, DECIDE_BELOW_MAY_MAX, NULL);
KIND(decide_below_close, DECIDE_BELOW_CLOSE_MAX, NULL);

Test(decide_messages, every_message)
{
	static const struct kind *const kinds[] = { &kind_decide_request, &kind_decide_verdict,
		&kind_decide_notice, &kind_decide_uses, &kind_decide_ends, &kind_decide_stats,
		&kind_decide_judged_anew, &kind_decide_links, &kind_decide_revoke,
		&kind_decide_whose, &kind_decide_below, &kind_decide_below_may,
		&kind_decide_below_close };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind_check(kinds[i]);
}

Test(decide_messages, tuple_fields)
{
#define UNFIT(...) WRONG(decide_notice, DecideNotice, Wire__Tuple *t = w->tuple; __VA_ARGS__)
#define FIT(...) RIGHT(decide_notice, DecideNotice, Wire__Tuple *t = w->tuple; __VA_ARGS__)
	UNFIT(t->proto = 256 + IPPROTO_TCP);
	UNFIT(t->proto = IPPROTO_TCP; t->sport = 65536);
	UNFIT(t->proto = IPPROTO_TCP; t->dport = 65536);
	UNFIT(t->proto = IPPROTO_ESP; t->sport = 1; t->dport = 0);
	UNFIT(t->proto = IPPROTO_IGMP; t->sport = 0; t->dport = 1);
	UNFIT(t->src = filler(4); t->dst = filler(16));
	UNFIT(t->src = filler(16); t->dst = filler(4));
	UNFIT(t->src = t->dst = filler(0));
	UNFIT(t->src = t->dst = filler(5));
	UNFIT(t->src = t->dst = filler(17));
	FIT(t->src = t->dst = filler(4));
	FIT(t->src = t->dst = filler(16));
	FIT(t->proto = IPPROTO_ICMPV6; t->sport = 7; t->dport = 128 << 8);
	FIT(t->proto = IPPROTO_UDPLITE; t->sport = t->dport = 65535);
	FIT(t->proto = IPPROTO_ESP; t->sport = t->dport = 0);
}

#define NO_LISTENER	w->has_listener = false; w->listener_uid = 0; w->n_listener = 0; \
	w->listener_unknown = false

Test(decide_messages, request_fields)
{
	static uint64_t ids[HOLDERS_MAX + 1] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static uint64_t with_none[2] = { 1, 0 };

	WRONG(decide_request, DecideRequest, w->flow = 0);
	WRONG(decide_request, DecideRequest, if (w->owner == OWNER_FORWARDED && w->n_holder == 1) continue;
	    w->alone = true);
	WRONG(decide_request, DecideRequest, w->direction = 0);
	WRONG(decide_request, DecideRequest, w->direction = DIRECTION_MAX + 1);
	WRONG(decide_request, DecideRequest, w->direction += 256);
	WRONG(decide_request, DecideRequest, w->owner = 0; w->n_holder = 0);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_MAX + 1; w->n_holder = 0);
	WRONG(decide_request, DecideRequest, w->owner += 256);
	WRONG(decide_request, DecideRequest, w->device = filler(DEVICE_BYTES));
	WRONG(decide_request, DecideRequest, w->device = LITERAL("eth\0"));
	RIGHT(decide_request, DecideRequest, w->device = filler(DEVICE_BYTES - 1));
	RIGHT(decide_request, DecideRequest, w->device = filler(0));

	WRONG(decide_request, DecideRequest, w->owner = OWNER_PROCESS; w->n_holder = 0);
	RIGHT(decide_request, DecideRequest, w->owner = OWNER_PROCESS; w->n_holder = HOLDERS_MAX;
	      w->holder = ids);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_PROCESS; w->n_holder = HOLDERS_MAX + 1;
	      w->holder = ids);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_PROCESS; w->n_holder = 2;
	      w->holder = with_none);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_UNKNOWN; w->n_holder = 1; w->holder = ids);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_KERNEL; w->n_holder = 1; w->holder = ids);
	RIGHT(decide_request, DecideRequest, w->owner = OWNER_FORWARDED; w->n_holder = 1;
	      w->holder = ids);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_FORWARDED; w->n_holder = 2;
	      w->holder = ids; w->alone = true);
	/* Nobody: incoming, and no socket waits. */
	RIGHT(decide_request, DecideRequest, w->owner = OWNER_NOBODY; w->n_holder = 0;
	      w->direction = DIRECTION_IN; w->has_socket = false; NO_LISTENER);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_NOBODY; w->n_holder = 1; w->holder = ids;
	      w->direction = DIRECTION_IN; w->has_socket = false);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_NOBODY; w->n_holder = 0;
	      w->direction = DIRECTION_OUT; w->has_socket = false);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_NOBODY; w->n_holder = 0;
	      w->direction = DIRECTION_IN; w->has_socket = true);
	WRONG(decide_request, DecideRequest, w->tuple->proto = IPPROTO_UDP; w->middle = true);
	RIGHT(decide_request, DecideRequest, w->tuple->proto = IPPROTO_TCP; w->middle = true);
	/* A listener: outgoing only. */
	RIGHT(decide_request, DecideRequest, w->owner = OWNER_UNKNOWN; w->n_holder = 0;
	      w->direction = DIRECTION_OUT; w->has_listener = true; w->n_listener = HOLDERS_MAX;
	      w->listener = ids; w->listener_unknown = false);
	WRONG(decide_request, DecideRequest, w->direction = DIRECTION_OUT; w->has_listener = true;
	      w->n_listener = 1; w->listener = ids; w->listener_unknown = true);
	WRONG(decide_request, DecideRequest, NO_LISTENER; w->listener_unknown = true);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_UNKNOWN; w->n_holder = 0;
	      w->direction = DIRECTION_OUT; w->has_listener = true; w->n_listener = HOLDERS_MAX + 1;
	      w->listener = ids);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_UNKNOWN; w->n_holder = 0;
	      w->direction = DIRECTION_OUT; w->has_listener = true; w->n_listener = 2;
	      w->listener = with_none);
	WRONG(decide_request, DecideRequest, w->owner = OWNER_UNKNOWN; w->n_holder = 0;
	      w->direction = DIRECTION_IN; w->has_listener = true; w->n_listener = 0);
	WRONG(decide_request, DecideRequest, w->has_listener = false; w->listener_uid = 1;
	      w->n_listener = 0);
	WRONG(decide_request, DecideRequest, w->has_listener = false; w->listener_uid = 0;
	      w->n_listener = 1; w->listener = ids);
}

Test(decide_messages, verdict_fields)
{
	WRONG(decide_verdict, DecideVerdict, w->flow = 0);
	WRONG(decide_verdict, DecideVerdict, w->action = 0);
	WRONG(decide_verdict, DecideVerdict, w->action = ACTION_MAX + 1);
	WRONG(decide_verdict, DecideVerdict, w->action = 256 + ACTION_ACCEPT);
	WRONG(decide_verdict, DecideVerdict, w->permanent = false; w->grant = GRANT_PROCESS);
	WRONG(decide_verdict, DecideVerdict, w->permanent = false; w->grant = GRANT_PROGRAM);
	WRONG(decide_verdict, DecideVerdict, w->permanent = true; w->grant = GRANT_MAX + 1);
	WRONG(decide_verdict, DecideVerdict, w->permanent = true; w->grant = 256 + GRANT_PROCESS);
#define AT_ONCE(a, g) w->permanent = true; w->action = a; w->grant = g; w->at_once = true
	RIGHT(decide_verdict, DecideVerdict, AT_ONCE(ACTION_BLOCK, GRANT_PROCESS));
	RIGHT(decide_verdict, DecideVerdict, AT_ONCE(ACTION_BLOCK, GRANT_PROGRAM));
	WRONG(decide_verdict, DecideVerdict, AT_ONCE(ACTION_BLOCK, GRANT_NONE));
	WRONG(decide_verdict, DecideVerdict, AT_ONCE(ACTION_ACCEPT, GRANT_PROCESS));
	WRONG(decide_verdict, DecideVerdict, AT_ONCE(ACTION_DROP, GRANT_PROCESS));
#undef AT_ONCE
	RIGHT(decide_verdict, DecideVerdict, w->permanent = true; w->grant = GRANT_PROCESS);
	RIGHT(decide_verdict, DecideVerdict, w->permanent = true; w->grant = GRANT_PROGRAM);
}

Test(decide_messages, below_fields)
{
	WRONG(decide_below, DecideBelow, w->way = 0);
	WRONG(decide_below, DecideBelow, w->way = BELOW_WAY_MAX + 1);
	WRONG(decide_below, DecideBelow, w->way = 256 + BELOW_WAY_OPEN);
	WRONG(decide_below, DecideBelow, w->way = BELOW_WAY_SENT; w->ethertype = 65536);
	WRONG(decide_below, DecideBelow, w->way = BELOW_WAY_SENT; w->device = filler(DEVICE_BYTES));
	WRONG(decide_below, DecideBelow, w->way = BELOW_WAY_FRAMES; w->ethertype = 1; w->device = filler(0));
	WRONG(decide_below, DecideBelow, w->way = BELOW_WAY_OPEN; w->ethertype = 0; w->device = filler(1));
	RIGHT(decide_below, DecideBelow, w->way = BELOW_WAY_SENT; w->ethertype = 65535);
	WRONG(decide_below, DecideBelow, w->refused = false; w->told = true);
	WRONG(decide_below_may, DecideBelowMay, w->number = 0);
}

Test(decide_messages, notice_fields)
{
	WRONG(decide_notice, DecideNotice, w->flow = 0);
	WRONG(decide_notice, DecideNotice, w->cookie = 0);
	WRONG(decide_notice, DecideNotice, w->process = 0);
}

/* Lists in columns: one is shorter than the others, or has a value that does not fit. */
Test(decide_messages, uses_and_ends_fields)
{
#define UNFIT_USE(...) WRONG(decide_uses, DecideUses, if (w->n_flow == 0) continue; __VA_ARGS__)
#define UNFIT_END(...) WRONG(decide_ends, DecideEnds, if (w->n_flow == 0) continue; __VA_ARGS__)
	UNFIT_USE(w->flow[0] = 0);
	UNFIT_USE(w->process[0] = 0);
	UNFIT_USE(w->direction.data[0] = 0);
	UNFIT_USE(w->direction.data[0] = DIRECTION_MAX + 1);
	UNFIT_USE(w->action.data[0] = 0);
	UNFIT_USE(w->action.data[0] = ACTION_MAX + 1);
	UNFIT_USE(w->tuple->family.data[0] = 5);
	UNFIT_USE(w->tuple->family.data[0] = 4; w->tuple->src.data[4] = 1);
	UNFIT_USE(w->tuple->proto.data[0] = IPPROTO_ESP; w->tuple->ports[0] = 1);
	UNFIT_USE(w->n_flow--);
	UNFIT_USE(w->n_process--);
	UNFIT_USE(w->n_reason--);
	UNFIT_USE(w->n_latency_us--);
	UNFIT_USE(w->direction.len--);
	UNFIT_USE(w->action.len--);
	UNFIT_USE(w->tuple->n_ports--);
	UNFIT_USE(w->tuple->family.len--);
	UNFIT_USE(w->tuple->proto.len--);
	UNFIT_USE(w->tuple->src.len--);
	UNFIT_USE(w->tuple->dst.len -= 16);
	UNFIT_USE(w->direction = filler(w->n_flow + 1));
	WRONG(decide_uses, DecideUses, if (w->n_flow == 0) continue; COLUMNS(DECIDE_BATCH + 1));
	RIGHT(decide_uses, DecideUses, if (w->n_flow == 0) continue; COLUMNS(DECIDE_BATCH));
	RIGHT(decide_uses, DecideUses, if (w->n_flow == 0) continue; COLUMNS(0));
	UNFIT_END(w->flow[0] = 0);
	UNFIT_END(w->n_flow--);
	UNFIT_END(w->n_bytes_out--);
	UNFIT_END(w->n_bytes_in--);
	UNFIT_END(w->n_packets_out--);
	UNFIT_END(w->n_packets_in--);
	WRONG(decide_ends, DecideEnds, if (w->n_flow == 0) continue; COLUMNS(DECIDE_BATCH + 1));
	RIGHT(decide_ends, DecideEnds, if (w->n_flow == 0) continue; COLUMNS(DECIDE_BATCH));
	RIGHT(decide_ends, DecideEnds, if (w->n_flow == 0) continue; COLUMNS(0));
}

static size_t
put_bytes(uint8_t *body, size_t at, uint8_t tag, const void *value, size_t len)
{
	body[at] = tag;
	memcpy(body + at + 1, value, len);
	return at + 1 + len;
}

/* A packed list may come as its elements, too, for others: then it takes the same room if there are two, and less if there is one. */
Test(decide_messages, a_list_has_one_form)
{
	const uint64_t id = 7, zero = 0;
	const uint8_t long_zero[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0 };
	static uint8_t body[BODY_ROOM], other[BODY_ROOM];
	struct decide_ends ends = { .count = 0 };

	for (unsigned n = 1; n <= 2; n++) {
		size_t len, at = 0;

		ends.count = (uint8_t)n;
		ends.end[n - 1].flow = id;
		len = decide_ends_pack(&ends, body, sizeof(body));
		at = put_bytes(other, at, 1 << 3, n == 1 ? long_zero : (const uint8_t *)&zero, n == 1 ? 6 : 1);
		for (uint8_t field = 2; field <= 4; field++)
			for (unsigned i = 0; i < n; i++)
				at = put_bytes(other, at, (uint8_t)(field << 3 | 1), field == 2 ? &id : &zero, 8);
		for (uint8_t field = 5; field <= 6; field++)
			for (unsigned i = 0; i < n; i++)
				at = put_bytes(other, at, (uint8_t)(field << 3 | 5), &zero, 4);
		cr_assert_eq(at, len);
		cr_assert_eq(decide_ends_unpack(body, len, &ends), 0);
		cr_assert_eq(decide_ends_unpack(other, len, &ends), -1, "%u", n);
	}
}

Test(decide_messages, stats_fields)
{
	WRONG(decide_stats, DecideStats, w->kernel = KERNEL_PATH_UNTOLD);
	WRONG(decide_stats, DecideStats, w->kernel = KERNEL_PATH_MAX + 1);
	WRONG(decide_stats, DecideStats, w->kernel += 256);
}

Test(decide_messages, judged_anew_fields)
{
	WRONG(decide_judged_anew, DecideJudgedAnew, w->flow = 0);
	WRONG(decide_judged_anew, DecideJudgedAnew, w->was = 0);
	WRONG(decide_judged_anew, DecideJudgedAnew, w->was = ACTION_MAX + 1);
	WRONG(decide_judged_anew, DecideJudgedAnew, w->is = 0);
	WRONG(decide_judged_anew, DecideJudgedAnew, w->is = ACTION_MAX + 1);
}

Test(decide_messages, links_fields)
{
	WRONG(decide_links, DecideLinks, LIST_OF(net, DECIDE_NETS + 1); w->more = false);
	RIGHT(decide_links, DecideLinks, LIST_OF(net, DECIDE_NETS); w->more = true);
	WRONG(decide_links, DecideLinks, LIST_OF(net, DECIDE_NETS - 1); w->more = true);
	RIGHT(decide_links, DecideLinks, w->n_net = 0; w->more = false);
	WRONG(decide_links, DecideLinks, w->net[0]->address = filler(4); w->net[0]->prefix = 33);
	WRONG(decide_links, DecideLinks, w->net[0]->address = filler(16); w->net[0]->prefix = 129);
	WRONG(decide_links, DecideLinks, w->net[0]->address = filler(6));
	WRONG(decide_links, DecideLinks, w->net[0]->address = filler(16); w->net[0]->broadcast = 1);
	WRONG(decide_links, DecideLinks, w->net[0]->device = filler(0));
	WRONG(decide_links, DecideLinks, w->net[0]->device = filler(DEVICE_BYTES));
}

Test(decide_messages, nothing_invalid_is_packed)
{
	static uint8_t body[BODY_ROOM];
	struct decide_request request = { .flow = 1, .direction = DIRECTION_OUT, .owner = OWNER_UNKNOWN,
		.tuple = { .family = 4, .proto = IPPROTO_TCP } };

	cr_assert_gt(decide_request_pack(&request, body, sizeof(body)), 0);
	request.tuple.pad[1] = 1;
	cr_assert_eq(decide_request_pack(&request, body, sizeof(body)), 0);
	request.tuple.pad[1] = 0;
	request.tuple.dst[4] = 1;
	cr_assert_eq(decide_request_pack(&request, body, sizeof(body)), 0);
	request.tuple.dst[4] = 0;
	request.tuple.family = 0;
	cr_assert_eq(decide_request_pack(&request, body, sizeof(body)), 0);
	request.tuple.family = 6;
	memset(request.device, 'x', sizeof(request.device));
	cr_assert_eq(decide_request_pack(&request, body, sizeof(body)), 0);
	request.device[15] = '\0';
	cr_assert_gt(decide_request_pack(&request, body, sizeof(body)), 0);
	request.owner = OWNER_PROCESS;
	request.holders = HOLDERS_MAX + 1;
	cr_assert_eq(decide_request_pack(&request, body, sizeof(body)), 0);
	cr_assert_eq(decide_uses_pack(&(struct decide_uses){ .count = DECIDE_BATCH + 1 }, body,
	    sizeof(body)), 0);
	cr_assert_eq(decide_ends_pack(&(struct decide_ends){ .count = DECIDE_BATCH + 1 }, body,
	    sizeof(body)), 0);
	cr_assert_eq(decide_links_pack(&(struct decide_links){ .count = DECIDE_NETS + 1 }, body,
	    sizeof(body)), 0);
}
