/* Messages of the names channel. */
#include "message_test.h"

#include "caller.h"
#include "names.h"
#include "names.pb-c.h"

/* Text of a domain name: printable ASCII, no blank, no capital. */
static void
rnd_domain(char out[static NAME_BYTES])
{
	size_t	len = rnd_in(1, NAME_BYTES - 1), i;

	for (i = 0; i < len; i++)
		out[i] = "abcdefghijklmnopqrstuvwxyz0123456789-_.\\"[rnd() % 40];
	out[len] = '\0';
}

static void
rnd_client(struct tuple *t)
{
	rnd_tuple(t);
	if (rnd_bool()) {
		caller_tuple(rnd_id(), t);
		return;
	}
	t->proto = rnd_bool() ? IPPROTO_UDP : IPPROTO_TCP;
	t->sport = (uint16_t)rnd32();
	t->dport = 53;
}

static void
fill_names_ask(void *p)
{
	struct names_ask *m = p;

	rnd_client(&m->tuple);
	rnd_domain(m->name);
	m->qtype = (uint16_t)rnd32();
}

static void
fill_names_verdict(void *p)
{
	struct names_verdict *m = p;

	m->word = test_full ? NAMES_RESOLVE : (uint8_t)rnd_in(1, NAMES_WORD_MAX);
	m->asker = rnd_id();
	m->program = rnd_id();
	m->user = rnd_id();
	m->grant = m->word == NAMES_RESOLVE && rnd_bool();
	m->sift = m->word == NAMES_RESOLVE && rnd_bool();
	m->lists = m->word == NAMES_RESOLVE ? rnd_id() : 0;
	rnd_string(m->reason, 0, sizeof(m->reason));
}

static void
fill_told(struct names_told *m)
{
	m->lists = rnd_id();
	m->asker = rnd_id();
	m->names = (uint8_t)rnd_in(1, NAMES_ALIASES);
	m->addresses = (uint8_t)rnd_in(1, NAMES_ADDRESSES);
	for (unsigned i = 0; i < m->names; i++)
		rnd_domain(m->name[i]);
	for (unsigned i = 0; i < m->addresses; i++)
		m->address[i].family = rnd_address(test_full || rnd_bool() ? 6 : 4,
		    m->address[i].address);
}

/* As many as fit if each has as much as it may. */
static void
fill_names_learnt(void *p)
{
	struct names_learnt *m = p;

	m->count = (uint8_t)rnd_in(1, NAMES_LEARNT_MAX / NAMES_TOLD_BYTES);
	for (unsigned i = 0; i < m->count; i++)
		fill_told(&m->told[i]);
}

static bool
equal_told(const struct names_told *a, const struct names_told *b)
{
	for (unsigned i = 0; i < a->names; i++)
		if (strcmp(a->name[i], b->name[i]) != 0)
			return false;
	return a->asker == b->asker && a->lists == b->lists && a->names == b->names && a->addresses == b->addresses &&
	    memcmp(a->address, b->address, a->addresses * sizeof(a->address[0])) == 0;
}

/* What lies behind those that are there is nobody's. */
static bool
equal_names_learnt(const void *x, const void *y)
{
	const struct names_learnt *a = x, *b = y;

	for (unsigned i = 0; i < a->count; i++)
		if (!equal_told(&a->told[i], &b->told[i]))
			return false;
	return a->count == b->count;
}

static void
fill_names_sift(void *p)
{
	struct names_sift *m = p;

	m->asker = rnd_id();
	rnd_domain(m->name);
	m->addresses = (uint8_t)rnd_in(1, NAMES_ADDRESSES);
	for (unsigned i = 0; i < m->addresses; i++)
		m->address[i].family = rnd_address(test_full || rnd_bool() ? 6 : 4,
		    m->address[i].address);
}

static void
fill_names_sifted(void *p)
{
	struct names_sifted *m = p;

	m->out = rnd_bool() ? rnd_id() : 0;
	if (m->out != 0)
		rnd_string(m->reason, 1, sizeof(m->reason));
}

static void
fill_names_grant(void *p)
{
	struct names_grant *m = p;

	rnd_client(&m->tuple);
	m->asker = rnd_id();
	m->program = rnd_id();
	m->user = rnd_id();
	m->sift = rnd_bool();
	m->lists = rnd_id();
}

static void
fill_names_forget(void *p)
{
	rnd_client(&((struct names_forget *)p)->tuple);
}

static void
fill_names_caller(void *p)
{
	((struct names_caller *)p)->number = rnd_id();
}

static void
fill_names_settings(void *p)
{
	struct names_settings *m = p;

	m->servers = (uint8_t)rnd_in(0, NAMES_SERVERS);
	for (unsigned i = 0; i < m->servers; i++)
		rnd_string(m->server[i], 1, sizeof(m->server[i]));
	m->network_servers = (uint8_t)rnd_in(0, NAMES_SERVERS);
	for (unsigned i = 0; i < m->network_servers; i++)
		rnd_string(m->network_server[i], 1, sizeof(m->network_server[i]));
	m->searches = (uint8_t)rnd_in(0, NAMES_SEARCHES);
	for (unsigned i = 0; i < m->searches; i++)
		memset(m->search[i], 'a', rnd_in(1, sizeof(m->search[i]) - 1));
	m->network_all = rnd_bool();
	m->network_names = rnd_bool();
	m->captive = rnd_bool();
	m->network = rnd32();
	m->only_encrypted = rnd_bool();
	m->designated = !m->only_encrypted && rnd_bool();
	m->rebinding = rnd_bool();
	m->list_aliases = rnd_bool();
	m->dnssec = rnd_bool();
	m->unsigned_servers = m->dnssec && rnd_bool();
	m->blocked = (uint8_t)rnd_in(1, NAMES_BLOCKED_MAX);
	m->multicasts = (uint8_t)rnd_in(0, NAMES_NETS);
	for (unsigned i = 0; i < m->multicasts; i++) {
		struct names_net *net = &m->multicast[i];

		rnd_string(net->device, 1, sizeof(net->device));
		net->family = rnd_address(test_full || rnd_bool() ? 6 : 4, net->address);
		net->prefix = (uint8_t)rnd_in(0, net->family == 4 ? 32 : 128);
	}
}

static void
fill_names_list(void *p)
{
	struct names_list *m = p;

	m->number = (uint8_t)rnd_in(0, NAMES_LISTS - 1);
	rnd_string(m->name, 1, sizeof(m->name));
	rnd_string(m->tag, 1, sizeof(m->tag));
}

static void
fill_names_unlist(void *p)
{
	struct names_unlist *m = p;

	rnd_string(m->name, 1, sizeof(m->name));
}

static void
fill_names_listed(void *p)
{
	struct names_listed *m = p;

	rnd_string(m->name, 1, sizeof(m->name));
	m->rules = rnd32();
	m->skipped = rnd32();
	m->wrong = rnd32();
	rnd_string(m->text, 0, sizeof(m->text));
}

static void
fill_names_answers(void *p)
{
	struct names_answers *m = p;

	m->count = (uint8_t)rnd_in(1, NAMES_BATCH);
	m->shed = rnd32();
	for (unsigned i = 0; i < m->count; i++) {
		struct names_answer *a = &m->answer[i];

		rnd_client(&a->tuple);
		a->asker = rnd_id();
		rnd_domain(a->name);
		a->qtype = (uint16_t)rnd32();
		a->word = (uint8_t)rnd_in(1, NAMES_WORD_MAX);
		a->rcode = (uint16_t)rnd32();
		a->cached = rnd_bool();
		a->validation = (uint8_t)rnd_in(1, NAMES_VALIDATION_MAX);
		a->took_us = rnd32();
		rnd_string(a->server, 0, sizeof(a->server));
		a->addresses = (uint8_t)rnd32();
		if (a->word != NAMES_RESOLVE)
			rnd_string(a->reason, 0, sizeof(a->reason));
	}
}

static void
fill_entry(struct names_entry *e)
{
	rnd_domain(e->name);
	e->qtype = (uint16_t)rnd32();
	e->rcode = (uint16_t)rnd32();
	e->left_s = rnd32();
	e->validation = (uint8_t)rnd_in(1, NAMES_VALIDATION_MAX);
	rnd_string(e->server, 0, sizeof(e->server));
	e->addresses = (uint8_t)rnd32();
}

static void
fill_names_kept(void *p)
{
	struct names_kept *m = p;

	m->count = (uint8_t)rnd_in(1, NAMES_BATCH);
	m->last = rnd_bool();
	m->more = m->last ? rnd32() : 0;
	for (unsigned i = 0; i < m->count; i++)
		fill_entry(&m->entry[i]);
}

static void
fill_names_look(void *p)
{
	struct names_look *m = p;

	m->what = test_full ? NAMES_LOOK_NAME : (uint8_t)rnd_in(1, NAMES_WHAT_MAX);
	if (m->what != NAMES_LOOK_NAME)
		return;
	rnd_domain(m->name);
	m->qtype = (uint16_t)rnd32();
	m->lists = rnd_id();
}

static void
fill_names_servers(void *p)
{
	struct names_servers *m = p;

	m->count = (uint8_t)rnd_in(0, 2 * NAMES_SERVERS);
	m->silent = rnd_bool();
	rnd_string(m->file, 0, sizeof(m->file));
	for (unsigned i = 0; i < m->count; i++) {
		struct names_server *s = &m->server[i];

		rnd_string(s->text, 1, sizeof(s->text));
		s->transport = (uint8_t)rnd_in(1, NAMES_TRANSPORT_MAX);
		s->proof = (uint8_t)rnd_in(1, NAMES_PROOF_MAX);
		s->used = rnd_bool();
		s->of_network = rnd_bool();
		s->some_names = rnd_bool();
		s->took_us = rnd32();
		s->failures = rnd32();
		s->rests_ms = rnd32();
		rnd_string(s->error, 0, sizeof(s->error));
		s->error_s = rnd32();
	}
}

static void
fill_names_found(void *p)
{
	struct names_found *m = p;

	rnd_string(m->list, 0, sizeof(m->list));
	m->special = (uint8_t)rnd_in(1, NAMES_SPECIAL_MAX);
	m->kept = test_full || rnd_bool();
	if (m->kept) {
		fill_entry(&m->entry);
		m->transport = (uint8_t)rnd_in(0, NAMES_TRANSPORT_MAX);
		m->took_us = rnd32();
	}
	m->proves = rnd_bool();
	rnd_string(m->server, 0, sizeof(m->server));
	m->server_transport = m->server[0] == '\0' ? 0 : (uint8_t)rnd_in(1, NAMES_TRANSPORT_MAX);
}

KIND(names_ask, NAMES_ASK_MAX, NULL);
KIND(names_verdict, NAMES_VERDICT_MAX, NULL);
KIND(names_learnt, NAMES_LEARNT_MAX, equal_names_learnt);
KIND(names_sift, NAMES_SIFT_MAX, NULL);
KIND(names_sifted, NAMES_SIFTED_MAX, NULL);
KIND(names_grant, NAMES_GRANT_MAX, NULL);
KIND(names_forget, NAMES_FORGET_MAX, NULL);
KIND(names_caller, NAMES_CALLER_MAX, NULL);
KIND(names_settings, NAMES_SETTINGS_MAX, NULL);
KIND(names_list, NAMES_LIST_MAX, NULL);
KIND(names_unlist, NAMES_UNLIST_MAX, NULL);
KIND(names_listed, NAMES_LISTED_MAX, NULL);
KIND(names_answers, NAMES_ANSWERS_MAX, NULL);
KIND(names_kept, NAMES_KEPT_MAX, NULL);
KIND(names_look, NAMES_LOOK_MAX, NULL);
KIND(names_servers, NAMES_SERVERS_ARE_MAX, NULL);
KIND(names_found, NAMES_FOUND_MAX, NULL);

Test(names, every_message)
{
	static const struct kind *const kinds[] = { &kind_names_ask, &kind_names_verdict,
		&kind_names_learnt, &kind_names_sift, &kind_names_sifted, &kind_names_grant, &kind_names_forget,
		&kind_names_caller, &kind_names_settings, &kind_names_list, &kind_names_unlist, &kind_names_listed,
		&kind_names_answers,
		&kind_names_kept, &kind_names_look, &kind_names_servers, &kind_names_found };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind_check(kinds[i]);
}

Test(names, what_nobody_may_say)
{
	uint8_t			body[NAMES_ANSWERS_MAX];
	struct names_verdict	v = { .word = NAMES_RESOLVE };
	struct names_grant	g = { .asker = 1, .user = 1 };
	struct names_ask	a = { .qtype = 1 };
	static struct names_settings s = { .blocked = NAMES_AS_NXDOMAIN };

	cr_expect_eq(names_verdict_pack(&v, body, sizeof(body)), 0, "resolve for nobody");
	v = (struct names_verdict){ .word = NAMES_REFUSE, .asker = 1, .program = 2, .user = 3 };
	cr_expect_gt(names_verdict_pack(&v, body, sizeof(body)), 0);
	v.grant = true;
	cr_expect_eq(names_verdict_pack(&v, body, sizeof(body)), 0, "a granted refusal");
	v.grant = false;
	v.user = 0;
	cr_expect_eq(names_verdict_pack(&v, body, sizeof(body)), 0, "a program without a user");
	v = (struct names_verdict){ .word = NAMES_REFUSE, .user = 3 };
	cr_expect_eq(names_verdict_pack(&v, body, sizeof(body)), 0, "a user without a program");
	v = (struct names_verdict){ .word = NAMES_BLOCK, .asker = 1, .program = 1, .user = 1, .sift = true };
	cr_expect_eq(names_verdict_pack(&v, body, sizeof(body)), 0, "no answer to be sifted");
	v.sift = false;
	v.lists = 1;
	cr_expect_eq(names_verdict_pack(&v, body, sizeof(body)), 0, "lists for no answer");
	rnd_client(&g.tuple);
	cr_expect_eq(names_grant_pack(&g, body, sizeof(body)), 0, "a grant for no program");
	g = (struct names_grant){ .tuple = g.tuple, .program = 1, .user = 1 };
	cr_expect_eq(names_grant_pack(&g, body, sizeof(body)), 0, "a grant for nobody");
	g.asker = 1;
	cr_expect_gt(names_grant_pack(&g, body, sizeof(body)), 0);
	g.user = 0;
	cr_expect_eq(names_grant_pack(&g, body, sizeof(body)), 0, "a grant for no user");
	g.user = 1;
	g.tuple.proto = 132;
	cr_expect_eq(names_grant_pack(&g, body, sizeof(body)), 0, "a grant over SCTP");
	rnd_client(&a.tuple);
	strcpy(a.name, "Capital.example");
	cr_expect_eq(names_ask_pack(&a, body, sizeof(body)), 0);
	strcpy(a.name, "with blank");
	cr_expect_eq(names_ask_pack(&a, body, sizeof(body)), 0);
	a.name[0] = '\0';
	cr_expect_eq(names_ask_pack(&a, body, sizeof(body)), 0);
	strcpy(a.name, "plain.example");
	cr_expect_gt(names_ask_pack(&a, body, sizeof(body)), 0);
	s.only_encrypted = s.designated = true;
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "in clear where all is encrypted");
	s.only_encrypted = s.designated = false;
	s.searches = 1;
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "an empty search domain");
	strcpy(s.search[0], "Corp.example");
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0);
	strcpy(s.search[0], "corp.example");
	cr_expect_gt(names_settings_pack(&s, body, sizeof(body)), 0);
	s.multicasts = 1;
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "a net without a device");
	s.multicast[0] = (struct names_net){ "eth0", 4, 33, { 10 } };
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "of 33 bits");
	s.multicast[0].prefix = 32;
	cr_expect_gt(names_settings_pack(&s, body, sizeof(body)), 0);
	s.multicast[0].address[4] = 1;
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "a long IPv4 address");
	s.multicast[0].family = 6;
	cr_expect_gt(names_settings_pack(&s, body, sizeof(body)), 0);
	s.multicasts = NAMES_NETS + 1;
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "too many nets");
	s.multicasts = 0;
	s.network_servers = 1;
	cr_expect_eq(names_settings_pack(&s, body, sizeof(body)), 0, "an empty server");
	caller_tuple(9, &a.tuple);
	cr_expect_gt(names_ask_pack(&a, body, sizeof(body)), 0);
	a.tuple.dst[15] = 1;
	cr_expect_eq(names_ask_pack(&a, body, sizeof(body)), 0, "a caller that went somewhere");
	rnd_client(&a.tuple);
	a.tuple.proto = 132;
	cr_expect_eq(names_ask_pack(&a, body, sizeof(body)), 0, "SCTP");
}

Test(names, a_look_without_end_or_sense)
{
	static uint8_t			body[NAMES_KEPT_MAX];
	static struct names_kept	m = { .last = true };

	cr_expect_gt(names_kept_pack(&m, body, sizeof(body)), 0, "an empty cache");
	m.last = false;
	cr_expect_eq(names_kept_pack(&m, body, sizeof(body)), 0, "nothing, and not the end");
	m.count = 1;
	m.entry[0] = (struct names_entry){ .name = "a.example", .validation = NAMES_SECURE };
	cr_expect_gt(names_kept_pack(&m, body, sizeof(body)), 0);
	m.more = 1;
	cr_expect_eq(names_kept_pack(&m, body, sizeof(body)), 0, "more before the end");
	m.more = 0;
	m.entry[0].validation = 0;
	cr_expect_eq(names_kept_pack(&m, body, sizeof(body)), 0);
	m.entry[0].validation = NAMES_SECURE;
	m.entry[0].name[1] = ' ';
	cr_expect_eq(names_kept_pack(&m, body, sizeof(body)), 0);
	m.count = NAMES_BATCH + 1;
	cr_expect_eq(names_kept_pack(&m, body, sizeof(body)), 0);
}

Test(names, sifted_without_sense)
{
	static uint8_t			body[NAMES_SIFT_MAX];
	static struct names_sift	m = { .asker = 1, .name = "a.example", .address = { { 4, { 10, 0, 0, 1 } } } };
	struct names_sifted		s = { .out = 0 };

	cr_expect_eq(names_sift_pack(&m, body, sizeof(body)), 0, "no address");
	m.addresses = NAMES_ADDRESSES + 1;
	cr_expect_eq(names_sift_pack(&m, body, sizeof(body)), 0, "too many");
	m.addresses = 1;
	cr_expect_gt(names_sift_pack(&m, body, sizeof(body)), 0);
	m.address[0].address[4] = 1;
	cr_expect_eq(names_sift_pack(&m, body, sizeof(body)), 0, "an IPv4 address that is longer");
	m.address[0] = (struct names_address){ 6, { 0xfd } };
	m.asker = 0;
	cr_expect_eq(names_sift_pack(&m, body, sizeof(body)), 0, "of nobody");
	m.asker = 1;
	m.name[0] = 'A';
	cr_expect_eq(names_sift_pack(&m, body, sizeof(body)), 0);
	cr_expect_gt(names_sifted_pack(&s, body, sizeof(body)), 0);
	s.out = 1;
	cr_expect_eq(names_sifted_pack(&s, body, sizeof(body)), 0, "out, and nobody knows why");
	strcpy(s.reason, "a rule");
	cr_expect_gt(names_sifted_pack(&s, body, sizeof(body)), 0);
	s.out = 0;
	cr_expect_eq(names_sifted_pack(&s, body, sizeof(body)), 0, "why, and nothing is out");
}

Test(names, a_caller_is_its_number)
{
	struct tuple	t;

	caller_tuple(UINT64_C(0x0102030405060708), &t);
	cr_expect_eq(caller_number(&t), UINT64_C(0x0102030405060708));
	t.proto = IPPROTO_UDP;
	cr_expect_eq(caller_number(&t), 0, "a packet of this address");
	caller_tuple(1, &t);
	t.src[0] = 1;
	cr_expect_eq(caller_number(&t), 0);
}
