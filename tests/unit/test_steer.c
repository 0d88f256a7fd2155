/*
 * Connections to steer.sock: who watches is an agent as long as the pings are answered and what is
 * told is taken.
 */
/* links: policyd/steer.c policyd/steer_request.c policyd/steer_prompts.c policyd/pace.c policyd/wish.c policyd/words.c policyd/diag.c */
#include "clock_ahead.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "steer.h"
#include "temp_folder.h"

static struct event_base *base;
static struct sockaddr_un place_of = { .sun_family = AF_UNIX };
static int		 agents;
static unsigned		 came, many = 3;
static const char	*refused;

static const char *
on_agent(void *ctx, uint32_t uid, bool there)
{
	(void)ctx;
	cr_assert_eq(uid, getuid());
	if (there && refused != NULL)
		return refused;
	agents += there ? 1 : -1;
	came += there;
	return NULL;
}

static uint64_t
on_next_prompt(void *ctx, uint32_t uid, uint64_t after, void (*say)(void *, const char *), void *to)
{
	(void)ctx;
	(void)uid;
	if (after >= many)
		return 0;
	say(to, "{\"type\":\"prompt\",\"id\":\"1\",\"text\":\"...........................................................\"}\n");
	return after + 1;
}

static const struct steer_ops ops = { .agent = on_agent, .next_prompt = on_next_prompt };

static void
turn(void)
{
	for (unsigned i = 0; i < 10; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(500);
	}
}

static void
begin(void)
{
	int fd;

	folder_start();
	base = event_base_new();
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(place_of.sun_path, sizeof place_of.sun_path, "%s", place("steer.sock"));
	cr_assert_eq(bind(fd, (struct sockaddr *)&place_of, sizeof place_of) | listen(fd, 8), 0);
	steer_start(base, fd, &ops, NULL);
}

TestSuite(steer, .init = begin, .fini = folder_finish, .timeout = 20);

static int
client(const char *line)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&place_of, sizeof place_of), 0);
	cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	cr_assert_eq(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	turn();
	return fd;
}

/* What has come; "(end)" where the connection is over. */
static const char *
heard(int fd)
{
	static char text[65536];
	size_t used = 0;
	ssize_t n = -1;

	while (used < sizeof text - 8 && (n = recv(fd, text + used, sizeof text - used - 8, 0)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	if (n == 0)
		strcpy(text + used, "(end)");
	return text;
}

static unsigned
count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

Test(steer, list)
{
	int fd = client("{\"verb\":\"prompts\"}\n");
	const char *text = heard(fd);

	cr_expect_eq(count(text, "\"prompt\""), 3);
	cr_expect_eq(count(text, "{\"type\":\"end\",\"ok\":true,\"count\":3}\n"), 1, "%s", text);
	cr_expect_eq(agents, 0);
}

Test(steer, watch)
{
	int fd = client("{\"verb\":\"watch\"}\n"), other = client("{\"verb\":\"prompts\"}\n");

	cr_assert_eq(agents, 1);
	(void)heard(fd);
	(void)heard(other);
	steer_tell((uint32_t)getuid(), "{\"type\":\"gone\"}\n");
	turn();
	cr_expect_str_eq(heard(fd), "{\"type\":\"gone\"}\n");
	cr_expect_str_eq(heard(other), "", "who does not watch hears nothing");
	if (getuid() != 0) {
		steer_tell(4711, "{\"type\":\"gone\"}\n");
		turn();
		cr_expect_str_eq(heard(fd), "");
	}
	(void)client("{\"verb\":\"watch\"}\n{\"verb\":\"watch\"}\n");
	cr_expect_eq(agents, 2, "one connection is one agent");
	close(fd);
	turn();
	cr_expect_eq(agents, 1);
}

Test(steer, refused)
{
	int fd;

	refused = "not you";
	fd = client("{\"verb\":\"watch\"}\n");
	cr_expect_str_eq(heard(fd), "{\"ok\":false,\"error\":\"not you\"}\n");
	cr_expect_eq(agents, 0);
	close(fd);
	turn();
	cr_expect_eq(agents, 0);
}

Test(steer, pings)
{
	int fd = client("{\"verb\":\"watch\"}\n");

	(void)heard(fd);
	for (unsigned i = 0; i < 10; i++) {
		later(base, STEER_PING_S * 1000 + 10);
		cr_expect_str_eq(heard(fd), "{\"type\":\"ping\"}\n");
		cr_assert_eq(send(fd, "{\"verb\":\"pong\"}\n", 16, 0), 16);
		turn();
	}
	cr_expect_eq(agents, 1);
	later(base, STEER_PING_S * 1000 + 10);
	later(base, STEER_PING_S * 1000 + 10);
	cr_expect_eq(agents, 0, "who does not answer is not there");
	cr_expect_eq(count(heard(fd), "(end)"), 1);
}

/* However long: as many of these lines as come to who reads. */
static unsigned
hear_all(int fd, const char *word, const char *last)
{
	unsigned n = 0, ends = 0;

	for (unsigned i = 0; i < 30000 && ends == 0; i++) {
		const char *text = heard(fd);

		n += word[0] == '\0' ? 0 : count(text, word);
		ends = count(text, last);
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	}
	cr_expect_eq(ends, 1);
	return n;
}

/* A list that is much longer than what may wait comes whole to who reads. */
Test(steer, long_lists)
{
	int fd;

	many = 30000;
	fd = client("{\"verb\":\"prompts\"}\n{\"verb\":\"x\"}\n");
	cr_expect_geq(hear_all(fd, "\"prompt\"", "unknown verb"), many - 100);	/* some are cut where two reads meet */
}

/* Programs that ask for much do not take an agent from its user, or from root. */
Test(steer, flood)
{
	int fd = client("{\"verb\":\"watch\"}\n");

	(void)heard(fd);
	for (unsigned i = 0; i < 40000; i++)
		steer_tell((uint32_t)getuid(), "{\"type\":\"prompt\",\"text\":\".........................................\"}\n");
	turn();
	cr_expect_eq(agents, 1);
	many = 5;
	(void)hear_all(fd, "\"prompt\"", "{\"type\":\"anew\"}");
	turn();
	cr_expect_eq(agents, 1);
	(void)heard(fd);
	steer_tell((uint32_t)getuid(), "{\"type\":\"gone\"}\n");
	turn();
	cr_expect_eq(count(heard(fd), "{\"type\":\"gone\"}\n"), 1, "and then each change is told again");
	for (unsigned i = 0; i < 40000; i++)
		steer_tell((uint32_t)getuid(), "{\"type\":\"prompt\",\"text\":\".........................................\"}\n");
	for (unsigned i = 0; i < 3; i++)
		later(base, STEER_PING_S * 1000 + 10);
	cr_expect_eq(agents, 0, "who does not read is not there");
}

static void
on_rested(evutil_socket_t fd, short what, void *rested)
{
	(void)fd;
	(void)what;
	*(bool *)rested = true;
}

/* Neither is a list kept for who does not take it, nor the place. */
Test(steer, slow_readers)
{
	static const char one[] = "{\"verb\":\"prompts\"}\n";
	char lines[STEER_LINE_MAX * 2 + 1] = "";
	bool rested = false;
	unsigned turns = 0;
	int fd;

	for (size_t n = 0; n + sizeof one < sizeof lines; n += sizeof one - 1)
		memcpy(lines + n, one, sizeof one);
	many = 30000;
	fd = client(lines);
	turn();
	event_base_once(base, -1, EV_TIMEOUT, on_rested, &rested, &(struct timeval){ .tv_usec = 50000 });
	for (; !rested; turns++)
		event_base_loop(base, EVLOOP_ONCE);
	cr_expect_lt(turns, 5, "the loop rests meanwhile: %u", turns);
	later(base, STEER_IDLE_S * 1000 + 10);
	turn();
	(void)hear_all(fd, "", "(end)");
}

Test(steer, whole_lines)
{
	static char line[STEER_LINE_MAX];
	int fd = client("{\"verb\":\"wat");

	cr_expect_eq(agents, 0);
	cr_assert_eq(send(fd, "ch\"}\n{", 6, 0), 6);
	turn();
	cr_expect_eq(agents, 1);
	memset(line, 'x', sizeof line);
	cr_assert_eq(send(fd, line, sizeof line, MSG_NOSIGNAL), (ssize_t)sizeof line);
	turn();
	cr_expect_eq(agents, 0);
	cr_expect_eq(count(heard(fd), "a request has at most 8192 bytes"), 1);
}

/* Thousands of the shortest lines at once take no long turn, and are all answered. */
Test(steer, many_lines)
{
	static char lines[STEER_LINE_MAX];
	const unsigned sent = sizeof lines / 2;
	unsigned first, n;
	int fd = client("");

	for (unsigned i = 0; i < sizeof lines; i++)
		lines[i] = i % 2 == 0 ? '0' : '\n';
	cr_assert_eq(send(fd, lines, sizeof lines, 0), (ssize_t)sizeof lines);
	event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	n = first = count(heard(fd), "\n");
	for (unsigned i = 0; i < 10000 && n < sent; i++) {
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		n += count(heard(fd), "\n");
	}
	cr_expect(first > 0 && first <= 64, "%u", first);
	cr_expect_eq(n, sent, "%u", n);
}

/* As many lines as fit into one read: each is answered, and the loop comes by in between. */
Test(steer, lists_in_a_row)
{
	static const char one[] = "{\"verb\":\"prompts\"}\n";
	static char lines[STEER_LINE_MAX];
	unsigned count_lines = sizeof lines / (sizeof one - 1), ends = 0, refusals = 0;
	const char *text;
	int fd;

	for (unsigned i = 0; i < count_lines; i++)
		memcpy(lines + i * (sizeof one - 1), one, sizeof one - 1);
	many = 1;
	fd = client("");
	cr_assert_eq(send(fd, lines, count_lines * (sizeof one - 1), 0), (ssize_t)(count_lines * (sizeof one - 1)));
	for (unsigned i = 0; i < 200 && ends + refusals < count_lines; i++) {
		turn();
		text = heard(fd);
		ends += count(text, "\"type\":\"end\"");
		refusals += count(text, "too many lists");
		cr_expect_null(strstr(text, "(end)"));
	}
	cr_expect_eq(ends + refusals, count_lines, "%u and %u", ends, refusals);
	cr_expect(getuid() == 0 ? refusals == 0 : ends < 30);
}
