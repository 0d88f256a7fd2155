/*
 * A front with a policyd of paper behind it: the tests play policyd at the
 * other end of the channel and people at the socket, all in one process.
 */
#ifndef UID_TEST_H
#define UID_TEST_H

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel.h"
#include "client.h"
#include "front.h"
#include "hub.h"
#include "ui.h"

#define TEST_GROUP	4242

static struct event_base	*base;
static struct front		*front;
static struct hub		*hub;
static struct channel		*policyd;
static char			 folder[64], path[96];
static struct ui_query		 asked;
static uint32_t			 asked_id;
static unsigned			 asked_count;

static int
on_query(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx;
	(void)c;
	asked_id = f->id;
	asked_count++;
	return ui_query_unpack(f->body, f->len, &asked);
}

static const struct verb policyd_verbs[] = {
	{ UI_QUERY, "query", PHASE_RUNNING, UI_QUERY_MAX, false, on_query },
	{ .handle = NULL },
};

static void
on_uid_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx;
	(void)c;
	cr_assert_fail("uid ended the channel: %s", why);
}

static void
spin(void)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
attach(uint32_t generation)
{
	int	pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	policyd = channel_new(base, pair[0], policyd_verbs, on_uid_lost, NULL);
	cr_assert_eq(hub_attach(hub, pair[1], generation), 0);
	spin();
}

static void
start(void)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(folder, sizeof(folder), "/tmp/uid-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	chmod(folder, 0755);
	snprintf(path, sizeof(path), "%s/sock", folder);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	chmod(path, 0777);
	cr_assert_eq(listen(fd, 64), 0);
	base = event_base_new();
	front = front_new(base, fd, TEST_GROUP);
	hub = hub_new(base, &front_hub_ops, front);
	front_set_hub(front, hub);
	attach(1);
}

static void
finish(void)
{
	channel_free(policyd);
	hub_free(hub);
	front_free(front);
	event_base_free(base);
	unlink(path);
	rmdir(folder);
}

static int
person(uid_t uid)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path, path, strlen(path) + 1);
	cr_assert_eq(seteuid(uid), 0, "these tests want root");
	cr_assert_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(seteuid(0), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	spin();
	return fd;
}

static void
say(int fd, const char *line)
{
	cr_assert_eq(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	spin();
}

/* The next line, read byte by byte so that nothing of the following one is lost. NULL: none. */
static json_t *
hear(int fd)
{
	static char	line[1 << 20];
	size_t		n = 0;
	ssize_t		got;

	for (int tries = 0; n < sizeof(line); ) {
		got = recv(fd, line + n, 1, 0);
		if (got == 0 || (got == -1 && tries++ == 3))
			return NULL;
		if (got == -1)
			spin();
		else if (line[n++] == '\n')
			break;
	}
	json_error_t	fault;
	json_t		*object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &fault);

	cr_assert_not_null(object, "%s: %.*s", fault.text, (int)n, line);
	return object;
}

static const char *
member(const json_t *object, const char *key)
{
	const char	*s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

static void
tell(uint16_t type, size_t len, const uint8_t *body, uint32_t id)
{
	cr_assert_gt(len, 0u);
	cr_assert_eq(channel_send(policyd, type, id, body, len, -1), 0);
	spin();
}

static uint8_t	body[CHANNEL_BODY_MAX];

static void
tell_process(uint64_t id, uint32_t pid, uint32_t uid, const char *file, size_t len)
{
	static struct process	p;

	memset(&p, 0, sizeof(p));
	p.id = id;
	p.pid = pid;
	p.ppid = 1;
	p.uid = uid;
	p.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE;
	p.path_len = (uint16_t)len;
	memcpy(p.path, file, len);
	p.command_len = 4;
	memcpy(p.command, "a b\n", 4);
	tell(UI_PROCESS, process_pack(&p, body, sizeof(body)), body, 0);
}

static void
tell_reason(uint32_t id, const char *text)
{
	static struct ui_reason	r;

	memset(&r, 0, sizeof(r));
	r.id = id;
	r.check = 18;
	r.line = 7;
	snprintf(r.profile, sizeof(r.profile), "curl");
	snprintf(r.file, sizeof(r.file), "/etc/bulwark/profiles/curl.conf");
	snprintf(r.text, sizeof(r.text), "%s", text);
	tell(UI_REASON, ui_reason_pack(&r, body, sizeof(body)), body, 0);
}

static struct ui_event
an_event(uint64_t flow, uint64_t process, uint8_t action)
{
	struct ui_event	e = { .time_us = 1764000000123456, .flow = flow, .direction = DIRECTION_OUT,
		.owner = process == 0 ? OWNER_UNKNOWN : OWNER_PROCESS, .action = action,
		.permanent = true, .source = UI_BY_DECISION, .process = process, .reason = 3,
		.latency_us = 49, .device = "eth0" };

	e.tuple.family = 4;
	e.tuple.proto = IPPROTO_TCP;
	e.tuple.sport = 40000;
	e.tuple.dport = 443;
	memcpy(e.tuple.src, (uint8_t[]){ 192, 0, 2, 5 }, 4);
	memcpy(e.tuple.dst, (uint8_t[]){ 198, 51, 100, 7 }, 4);
	return e;
}

static void
tell_event(const struct ui_event *e)
{
	static struct ui_events	list;

	list.count = 1;
	list.shed = 0;
	list.event[0] = *e;
	tell(UI_EVENTS, ui_events_pack(&list, body, sizeof(body)), body, 0);
}

static void
tell_flow(uint64_t flow, uint64_t process, uint8_t action)
{
	struct ui_event	e = an_event(flow, process, action);

	tell_event(&e);
}

#endif
