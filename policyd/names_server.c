/*
 * The channel to resolverd; see names_server.h. resolverd is hostile: its words pass
 * their validators; which program a client is, intercept said, and what resolverd says
 * of an asker changes what is known of that process alone, and may cost its program grants.
 */
#include <sys/queue.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "asking.h"
#include "caller.h"
#include "channel.h"
#include "clock.h"
#include "current.h"
#include "decide_server.h"
#include "kept.h"
#include "known_names.h"
#include "lent.h"
#include "machine.h"
#include "names.h"
#include "name_judge.h"
#include "name_lists.h"
#include "name_servers.h"
#include "names_server.h"
#include "notices.h"
#include "programs.h"
#include "reach.h"
#include "registrable.h"
#include "resolvers_known.h"
#include "sandbox.h"
#include "selfcheck.h"
#include "tell.h"

#define HELD_MOST	1024	/* questions of clients that are not noted yet */
#define HELD_MS		200	/* then they are refused */

struct held {
	TAILQ_ENTRY(held) entry;
	uint32_t	 id;
	int64_t		 until_ms;
	struct names_ask ask;
};
TAILQ_HEAD(held_queue, held);

static struct event_base	*base;
static struct channel		*names_channel;
static struct event		*late;		/* the oldest held question's end */
static struct held_queue	 held = TAILQ_HEAD_INITIALIZER(held);
static unsigned			 held_count;
static uint32_t			 names_generation;
static uint64_t			 last_caller;	/* the highest number that the channel's resolverd gave */
static uint8_t			 body[CHANNEL_BODY_MAX];

/* What resolverd must not miss: without a channel it answers nobody, and is started anew. */
static void
send_with(uint16_t type, uint32_t id, size_t len, int fd)
{
	if (names_channel == NULL)
		return;
	if (channel_send(names_channel, type, id, body, len, fd) == 0)
		return;
	log_warnx("resolverd does not read: its channel ends");
	channel_free(names_channel);
	names_channel = NULL;
}

static void
send_surely(uint16_t type, uint32_t id, size_t len)
{
	send_with(type, id, len, -1);
}

/* --- a question --- */

static void
answer(uint32_t id, const struct names_verdict *v)
{
	send_surely(NAMES_VERDICT, id, names_verdict_pack(v, body, sizeof body));
}

static void
refuse(uint32_t id, const char *why)
{
	struct names_verdict v = { .word = NAMES_REFUSE };

	(void)snprintf(v.reason, sizeof v.reason, "%s", why);
	answer(id, &v);
}

static void
judge(uint32_t id, const struct names_ask *ask, struct notice *n, int64_t until_ms)
{
	struct names_verdict	v;
	enum name_judged	how = name_judge(id, ask, n, until_ms, &v);

	if (how != NAME_WAITS)
		answer(id, &v);
	if (how == NAME_UNLOOKED)
		names_server_process_gone(n->process);	/* a caller comes again, and is looked at then */
}

void
names_server_judge(uint32_t id, const struct names_ask *ask, int64_t until_ms)
{
	struct notice *n = notices_find(&ask->tuple);

	if (n == NULL)
		refuse(id, "its program has ended");
	else
		judge(id, ask, n, until_ms);
}

void
names_server_refuse(uint32_t id, enum asked why)
{
	static const char *const whys[ASKED_MAX + 1] = { [ASKED_LATE] = "nobody answered in time whether it may",
		[ASKED_NOBODY] = "it is to be asked for, and nobody is there to answer" };
	struct names_verdict v = { .word = NAMES_BLOCK };

	(void)snprintf(v.reason, sizeof v.reason, "%s", whys[why] == NULL ? "" : whys[why]);
	answer(id, &v);
}

void
names_server_later(uint32_t id)
{
	struct names_verdict v = { .word = NAMES_LATER, .reason = "somebody is asked whether it may: try again" };

	answer(id, &v);
}

/* Where no question of this flow need be judged, resolverd hears so before the first one comes. */
static void
lend(struct notice *n)
{
	struct names_grant	g;

	if (names_channel == NULL || !name_lend(n, &g))
		return;
	if (channel_send(names_channel, NAMES_GRANT, 0, body, names_grant_pack(&g, body, sizeof body), -1) == 0)
		n->granted = true;
}

static void
hold(uint32_t id, const struct names_ask *ask)
{
	const struct timeval	 wait = { .tv_usec = HELD_MS * 1000 };
	struct held		*h = held_count < HELD_MOST ? calloc(1, sizeof *h) : NULL;

	if (h == NULL) {
		refuse(id, "too many questions wait");
		return;
	}
	h->id = id;
	h->ask = *ask;
	h->until_ms = clock_ms(CLOCK_MONOTONIC) + HELD_MS;
	TAILQ_INSERT_TAIL(&held, h, entry);
	held_count++;
	if (!event_pending(late, EV_TIMEOUT, NULL))
		(void)event_add(late, &wait);
}

static void
release(struct held *h)
{
	TAILQ_REMOVE(&held, h, entry);
	held_count--;
	free(h);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct timeval	 wait = { 0 };
	int64_t		 now = clock_ms(CLOCK_MONOTONIC), left;
	struct held	*h;

	(void)fd;
	(void)what;
	(void)arg;
	while ((h = TAILQ_FIRST(&held)) != NULL && h->until_ms <= now) {
		refuse(h->id, "nobody is known to ask");
		release(h);
	}
	if (h == NULL)
		return;
	left = h->until_ms - now;
	wait.tv_usec = left * 1000;
	(void)event_add(late, &wait);
}

static int
on_ask(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_ask	 ask;
	struct notice		*n;

	(void)ctx;
	(void)channel;
	if (frame->id == 0 || names_ask_unpack(frame->body, frame->len, &ask) == -1)
		return -1;
	if ((n = notices_find(&ask.tuple)) != NULL)
		judge(frame->id, &ask, n, 0);
	else
		hold(frame->id, &ask);
	return 0;
}

static bool
is_client(const struct tuple *a, const struct tuple *b)
{
	return a->family == b->family && a->proto == b->proto && a->sport == b->sport &&
	    memcmp(a->src, b->src, sizeof a->src) == 0;
}

void
names_server_notice(const struct decide_notice *notice)
{
	struct held	*h, *next;
	struct notice	*n;

	notices_add(notice);
	if ((n = notices_find(&notice->tuple)) == NULL)
		return;
	for (h = TAILQ_FIRST(&held); h != NULL; h = next) {
		next = TAILQ_NEXT(h, entry);
		if (!is_client(&h->ask.tuple, &notice->tuple))
			continue;
		judge(h->id, &h->ask, n, 0);
		release(h);
	}
	if (!n->granted)
		lend(n);
}

void
names_server_again(const struct decide_notice *notice)
{
	const struct notice *n = notices_find(&notice->tuple);

	if (n == NULL || n->flow != notice->flow || n->process == notice->process)
		return;
	notices_flow_ended(notice->flow);
	names_server_notice(notice);
}

/*
 * resolverd shows the connection itself, so it can name none that nobody made to it; whose
 * it is, intercept finds out. A number that was there before would take another's place.
 */
static int
on_caller(void *ctx, struct channel *channel, struct frame *frame)
{
	struct names_caller	caller;
	struct stat		st;

	(void)ctx;
	(void)channel;
	if (names_caller_unpack(frame->body, frame->len, &caller) == -1 || caller.number <= last_caller ||
	    caller.number >> 32 != names_generation || fstat(frame->fd, &st) == -1 ||
	    !S_ISSOCK(st.st_mode) || st.st_ino == 0 || st.st_ino > UINT32_MAX)
		return -1;
	last_caller = caller.number;
	decide_server_whose(caller.number, (uint32_t)st.st_ino);
	return 0;
}

static int
on_left(void *ctx, struct channel *channel, struct frame *frame)
{
	struct names_caller	caller;
	struct tuple		client;

	(void)ctx;
	(void)channel;
	if (names_caller_unpack(frame->body, frame->len, &caller) == -1)
		return -1;
	caller_tuple(caller.number, &client);
	notices_left(&client);
	return 0;
}

void
names_server_flow_ended(uint64_t flow)
{
	notices_flow_ended(flow);
}

void
names_server_process_gone(uint64_t process)
{
	notices_process_gone(process);
}

static void
on_notice_gone(const struct notice *n)
{
	struct names_forget f = { .tuple = n->client };

	if (n->granted || caller_number(&n->client) != 0)
		send_surely(NAMES_FORGET, 0, names_forget_pack(&f, body, sizeof body));
}

void
names_server_revoke(void)
{
	send_surely(NAMES_REVOKE, 0, 0);
	notices_ungrant_all();
}

void
names_server_forget(void)
{
	names_server_revoke();
	notices_forget_all();
}

/* --- what it learnt --- */

/*
 * By a name that check 15 or 16 may refuse an address counts otherwise than it did when grants for it
 * were given to this program's processes.
 */
static void
learn(const struct program *p, const struct names_told *m, const uint8_t (*address)[16], const uint8_t *family)
{
	bool odd[NAMES_ADDRESSES] = { false }, anew = false;

	for (unsigned i = 0; i < m->addresses; i++)
		odd[i] = names_odd(p, family[i], address[i]);
	names_learnt(p, m->name[0], strlen(m->name[0]), address, family, m->addresses, m->lists);
	for (unsigned i = 0; i < m->addresses; i++)
		anew |= !odd[i] && names_odd(p, family[i], address[i]) && lent_has(p, family[i], address[i]);
	if (anew)
		asking_judge_anew();
}

static void
take_told(const struct names_told *m)
{
	static uint8_t		 address[NAMES_ADDRESSES][16], family[NAMES_ADDRESSES];
	const struct program	*p = programs_find(m->asker);

	if (p == NULL)
		return;
	for (unsigned i = 0; i < m->addresses; i++) {
		family[i] = m->address[i].family;
		memcpy(address[i], m->address[i].address, sizeof address[i]);
	}
	learn(p, m, (const uint8_t (*)[16])address, family);
}

static int
on_learnt(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_learnt	m;

	(void)ctx;
	(void)channel;
	if (names_learnt_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	for (unsigned i = 0; i < m.count; i++)
		take_told(&m.told[i]);
	return 0;
}

/* Of an asker that policyd does not know there is nothing to reach. */
static int
on_sift(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_sift	m;
	struct names_sifted		sifted = { .out = UINT64_MAX, .reason = "its program has ended" };
	struct reach			r = { .policy = current_policy(), .level = level_now(),
		.links = machine_links(), .own = machine_own(), .now = *current_moment(), .geo = current_geo() };

	(void)ctx;
	(void)channel;
	if (frame->id == 0 || names_sift_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	if ((r.program = programs_find(m.asker)) != NULL)
		reach_judge(&r, &m, &sifted);
	else
		sifted.out >>= NAMES_ADDRESSES - m.addresses;
	send_surely(NAMES_SIFTED, frame->id, names_sifted_pack(&sifted, body, sizeof body));
	return 0;
}

/* Those who have a grant are not seen before. What was is not counted twice. */
static void
note_answer(const struct names_answer *a)
{
	const struct program	*p = programs_find(a->asker);
	struct facts		 f = { 0 };

	if (p == NULL || strcmp(a->name, ".") == 0)
		return;
	facts_set_name(&f, a->name, (uint16_t)strlen(a->name));
	name_asked(p, &f);
}

/* For people. Who asked is what intercept said of the client, not what resolverd says. */
static int
on_answers(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_answers	answers;

	(void)ctx;
	(void)channel;
	if (names_answers_unpack(frame->body, frame->len, &answers) == -1)
		return -1;
	for (unsigned i = 0; i < answers.count; i++) {
		answers.answer[i].asker = notices_answered(&answers.answer[i].tuple);
		note_answer(&answers.answer[i]);
	}
	tell_names(&answers);
	return 0;
}

static int
on_kept(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_kept m;

	(void)ctx;
	(void)channel;
	if (names_kept_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	return kept_told(frame->id, &m);
}

static int
on_servers(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_servers m;

	(void)ctx;
	(void)channel;
	if (names_servers_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	if (frame->id == 0)
		name_servers_heard(&m);
	else
		kept_servers(frame->id, &m, current_layers()->conf.shown);
	return 0;
}

static int
on_found(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_found m;

	(void)ctx;
	(void)channel;
	if (names_found_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	kept_found(frame->id, &m);
	return 0;
}

bool
names_server_look(uint32_t number, const struct names_look *l)
{
	size_t len = names_channel == NULL ? 0 : names_look_pack(l, body, sizeof body);

	return len > 0 && channel_send(names_channel, NAMES_LOOK, number, body, len, -1) == 0;
}

void
names_server_catch_up(void)
{
	if (names_channel != NULL)
		(void)channel_read_now(names_channel);
}

static int
on_listed(void *ctx, struct channel *channel, struct frame *frame)
{
	struct names_listed m;

	(void)ctx;
	(void)channel;
	if (names_listed_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	name_lists_read(&m);
	return 0;
}

/* A question that was sent for it came to resolverd's door. */
static int
on_came(void *ctx, struct channel *channel, struct frame *frame)
{
	(void)ctx;
	(void)channel;
	if (frame->id == 0)
		return -1;
	selfcheck_came(frame->id);
	return 0;
}

bool
names_server_try(uint32_t id)
{
	return names_channel != NULL && channel_send(names_channel, NAMES_TRY, id, body, 0, -1) == 0;
}

bool
names_server_flush(void)
{
	if (names_channel != NULL)
		send_surely(NAMES_FLUSH, 0, 0);
	return names_channel != NULL;
}

/* --- settings --- */

static void
send_list(unsigned number, const char *name, const char *tag, int fd)
{
	struct names_list	list = { .tag = "" };
	struct names_unlist	unlist = { .name = "" };

	names_unlisted(number);
	if (fd == -1) {
		(void)snprintf(unlist.name, sizeof unlist.name, "%s", name);
		send_surely(NAMES_UNLIST, 0, names_unlist_pack(&unlist, body, sizeof body));
		return;
	}
	list.number = (uint8_t)number;
	(void)snprintf(list.name, sizeof list.name, "%s", name);
	(void)snprintf(list.tag, sizeof list.tag, "%s", tag);
	send_with(NAMES_LIST, 0, names_list_pack(&list, body, sizeof body), fd);
}

/* Names of other resolvers are blocked in the same way. */
static void
send_resolvers(void)
{
	int fd = resolvers_list(current_layers()->state);

	if (fd == -1) {
		log_warn("the list of other resolvers");
		return;
	}
	send_list(LIST_RESOLVERS, LIST_RESOLVERS_NAME, "resolvers", fd);
	(void)close(fd);
}

static bool
is_on(enum setting setting)
{
	return current_policy()->settings.value[setting][level_now()] == VALUE_ON;
}

static uint8_t
blocked_answer(void)
{
	switch (current_policy()->settings.value[SETTING_BLOCKED_ANSWER][level_now()]) {
	case VALUE_ZERO:
		return NAMES_AS_ZERO;
	case VALUE_REFUSED:
		return NAMES_AS_REFUSED;
	default:
		return NAMES_AS_NXDOMAIN;
	}
}

static void
send_settings(void)
{
	struct names_settings s = { .blocked = blocked_answer(), .rebinding = is_on(SETTING_REBINDING),
				    .list_aliases = is_on(SETTING_LISTS_ALIASES),
				    .dnssec = is_on(SETTING_DNSSEC) };

	s.unsigned_servers = s.dnssec && level_now() == LEVEL_DYNAMIC;
	name_servers_choose(&s);
	send_surely(NAMES_SETTINGS, 0, names_settings_pack(&s, body, sizeof body));
}

void
names_server_resolvers(const struct control_resolvers *r)
{
	name_servers_machine(r);
	send_settings();
}

void
names_server_links(const struct links *links)
{
	bool moved = name_servers_moved(links);

	if (moved || name_servers_multicast_moved())
		send_settings();
}

void
names_server_tick(int64_t now_s)
{
	kept_tick(now_s);
	if (names_channel != NULL)
		name_lists_send(send_list);
}

void
names_server_policy(void)
{
	names_server_revoke();
	send_settings();
	name_lists_send(send_list);
}

/* --- life --- */

static const struct verb verbs[] = {
	{ NAMES_ASK,     "ask",     PHASE_RUNNING, NAMES_ASK_MAX,     false, on_ask },
	{ NAMES_SIFT,    "sift",    PHASE_RUNNING, NAMES_SIFT_MAX,    false, on_sift },
	{ NAMES_LEARNT,  "learnt",  PHASE_RUNNING, NAMES_LEARNT_MAX,  false, on_learnt },
	{ NAMES_ANSWERS, "answers", PHASE_RUNNING, NAMES_ANSWERS_MAX, false, on_answers },
	{ NAMES_LISTED,  "listed",  PHASE_RUNNING, NAMES_LISTED_MAX,  false, on_listed },
	{ NAMES_CAME,    "came",    PHASE_RUNNING, NAMES_CAME_MAX,    false, on_came },
	{ NAMES_SERVERS_ARE, "servers", PHASE_RUNNING, NAMES_SERVERS_ARE_MAX, false, on_servers },
	{ NAMES_FOUND,   "found",   PHASE_RUNNING, NAMES_FOUND_MAX,   false, on_found },
	{ NAMES_KEPT,    "kept",    PHASE_RUNNING, NAMES_KEPT_MAX,    false, on_kept },
	{ NAMES_CALLER,  "caller",  PHASE_RUNNING, NAMES_CALLER_MAX,  true,  on_caller },
	{ NAMES_LEFT,    "left",    PHASE_RUNNING, NAMES_LEFT_MAX,    false, on_left },
	{ .handle = NULL },
};

static void
leave(void)
{
	struct held *h, *next;

	channel_free(names_channel);
	names_channel = NULL;
	for (h = TAILQ_FIRST(&held); h != NULL; h = next) {
		next = TAILQ_NEXT(h, entry);
		release(h);
	}
	asking_questions_lost();
	notices_callers_left();
	kept_lost();
	name_servers_heard(NULL);
	selfcheck_pause();
}

static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	(void)ctx;
	(void)channel;
	if (strcmp(why, CHANNEL_GONE) != 0)
		tell_notice(UI_ALARM, "resolverd broke its channel's rules: %s", why);
	leave();
}

void
names_server_start(struct event_base *b)
{
	base = b;
	notices_start(on_notice_gone);
	if ((late = event_new(base, -1, 0, on_late, NULL)) == NULL)
		fatalx("no event for resolverd");
}

int
names_server_attach(int fd, uint32_t generation)
{
	leave();
	if ((names_channel = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		log_warn("channel to resolverd");
		(void)close(fd);
		return -1;
	}
	channel_set_generation(names_channel, generation);
	names_generation = generation;
	last_caller = 0;
	send_settings();
	send_resolvers();
	name_lists_forget();
	name_lists_send(send_list);
	return 0;
}
