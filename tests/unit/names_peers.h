/*
 * Both peers of policyd's names_server.c and decide_server.c: resolverd and intercept, and
 * one program, /bin/a, that may ask for all names.
 */
#ifndef TESTS_NAMES_PEERS_H
#define TESTS_NAMES_PEERS_H

#include "temp_folder.h"

#include <sys/socket.h>

#include <event2/event.h>

#include "asking.h"
#include "caller.h"
#include "channel.h"
#include "current.h"
#include "decide.h"
#include "decide_server.h"
#include "keep_found.h"
#include "machine.h"
#include "names.h"
#include "names_server.h"
#include "programs.h"
#include "slice.h"
#include "tell.h"
#include "who.h"

#define GENERATION	5
#define FIRST		((uint64_t)GENERATION << 32 | 1)

static struct event_base	*base;
static struct channel		*resolverd, *intercept;
static struct decide_whose	 whose;
static struct names_verdict	 verdict;
static struct names_forget	 forget;
static struct names_grant	 grant;
static struct names_sifted	 sifted;
static struct names_list	 list;
static uint32_t			 sifted_id;
static struct decide_verdict	 flow_verdict;
static unsigned			 asked, verdicts, forgotten, granted, flow_verdicts;
static unsigned			 told_first;	/* what resolverd had been told when the last flow's verdict came */
static struct who_hinted	 hinted;
static unsigned			 hinted_told, revoked;	/* lists that intercept got, and how many at the last revocation */
static unsigned			 revocations;
static bool			 resolverd_lost;
static int			 pair[2];
static uint8_t			 body[CHANNEL_BODY_MAX];

static int
on_whose(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	asked++;
	return decide_whose_unpack(f->body, f->len, &whose);
}

static int
on_verdict(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	verdicts++;
	return names_verdict_unpack(f->body, f->len, &verdict);
}

static int
on_forget(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	forgotten++;
	return names_forget_unpack(f->body, f->len, &forget);
}

static int
on_sifted(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	sifted_id = f->id;
	return names_sifted_unpack(f->body, f->len, &sifted);
}

static int
on_grant(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	granted++;
	return names_grant_unpack(f->body, f->len, &grant);
}

static int
on_flow_verdict(void *ctx, struct channel *c, struct frame *f)
{
	int	valid = decide_verdict_unpack(f->body, f->len, &flow_verdict);

	(void)ctx, (void)c;
	flow_verdicts++;
	(void)channel_read_now(resolverd);
	told_first = granted + forgotten;
	return valid;
}

static int
on_hinted(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	hinted_told++;
	return who_hinted_unpack(f->body, f->len, &hinted);
}

/* A list that takes effect with this must have come before. */
static int
on_revoke(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c, (void)f;
	revoked = hinted_told;
	revocations++;
	return 0;
}

static int
on_other(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c, (void)f;
	return 0;
}

static int
on_list(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	return names_list_unpack(f->body, f->len, &list);
}

static const struct verb	of_resolverd[] = {
	{ NAMES_LIST, "list", PHASE_RUNNING, NAMES_LIST_MAX, true, on_list },
	{ NAMES_VERDICT, "verdict", PHASE_RUNNING, NAMES_VERDICT_MAX, false, on_verdict },
	{ NAMES_GRANT, "grant", PHASE_RUNNING, NAMES_GRANT_MAX, false, on_grant },
	{ NAMES_SIFTED, "sifted", PHASE_RUNNING, NAMES_SIFTED_MAX, false, on_sifted },
	{ NAMES_FORGET, "forget", PHASE_RUNNING, NAMES_FORGET_MAX, false, on_forget },
	{ NAMES_SETTINGS, "settings", PHASE_RUNNING, NAMES_SETTINGS_MAX, false, on_other },
	{ NAMES_REVOKE, "revoke", PHASE_RUNNING, NAMES_REVOKE_MAX, false, on_other },
	{ .handle = NULL },
}, of_intercept[] = {
	{ DECIDE_WHOSE, "whose", PHASE_RUNNING, DECIDE_WHOSE_MAX, false, on_whose },
	{ DECIDE_VERDICT, "verdict", PHASE_RUNNING, DECIDE_VERDICT_MAX, false, on_flow_verdict },
	{ DECIDE_REVOKE, "revoke", PHASE_RUNNING, DECIDE_REVOKE_MAX, false, on_revoke },
	{ DECIDE_HINTED, "hinted", PHASE_RUNNING, DECIDE_HINTED_MAX, false, on_hinted },
	{ DECIDE_BELOW_CLOSE, "below-close", PHASE_RUNNING, DECIDE_BELOW_CLOSE_MAX, false, on_other },
	{ .handle = NULL },
};

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx, (void)why;
	resolverd_lost |= c == resolverd;
}

static void
on_change(void)
{
	decide_server_revoke();
}

static void
on_told(const struct prompt *p, bool is_gone)
{
	(void)p, (void)is_gone;
}

static void
turn(void)
{
	for (int i = 0; i < 10; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
start(void)
{
	static char		vendor[PATH_MAX], etc[PATH_MAX], state[PATH_MAX];
	static const struct asking_ops asking = { .told = on_told };	/* nobody is there to be asked */
	const struct folders	folders = { vendor, etc, state, "/usr", "/etc", "/var", "/nowhere" };
	int			ends[2];

	folder_start();
	strcpy(vendor, place("vendor"));
	strcpy(etc, place("etc"));
	strcpy(state, place("state"));
	cr_assert_eq(mkdir(vendor, 0755) | mkdir(etc, 0755) | mkdir(state, 0755) |
	    mkdir(place("etc/profiles"), 0755) | mkdir(place("state/profiles"), 0755), 0);
	put("etc/profiles/a.conf", "profile \"a\" {\n\tpath \"/bin/a\"\n\tflags internet localnet\n\tdefault permit\n}\n");
	base = event_base_new();
	tell_start(base);
	slice_set(1000000);	/* all at once */
	current_start(base, &folders, on_change);
	decide_server_start(base);
	names_server_start(base);
	asking_start(base, &asking);
	programs_kept_by(keep_found);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(decide_server_attach(ends[0], 1), 0);
	intercept = channel_new(base, ends[1], of_intercept, on_lost, NULL);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(names_server_attach(ends[0], GENERATION), 0);
	resolverd = channel_new(base, ends[1], of_resolverd, on_lost, NULL);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	turn();
}

/* intercept tells of /bin/a, run as this process. */
static inline void
introduce(uint64_t process)
{
	static struct process	p = { .pid = 9, .ppid = 1, .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE,
		.path = "/bin/a", .path_len = 6, .dev = 1, .ino = 1 };

	p.id = process;
	cr_assert_eq(channel_send(intercept, DECIDE_PROCESS, 0, body, process_pack(&p, body, sizeof body), -1), 0);
}

static inline void
gone(uint64_t process)
{
	struct who_gone	g = { .count = 1, .id = { process } };

	cr_assert_eq(channel_send(intercept, DECIDE_GONE, 0, body, who_gone_pack(&g, body, sizeof body), -1), 0);
	turn();
}

#endif
