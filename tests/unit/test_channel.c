/* The channel: what ends it, what waits, what may happen inside a handler. */
#include <criterion/criterion.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"

enum { PLAIN = 1, LATER = 2, WITH_FD = 3, BAD = 4, FREE = 5, PAUSE = 6, ECHO = 7, TAKE_FD = 8,
	FREE_BAD = 9, UNKNOWN = 77 };

struct header {
	uint16_t	type, flags;
	uint32_t	length, id, generation;
};

/* Ours is the channel's end, raw the hostile peer's. */
static struct event_base *base;
static struct channel *ours;
static int raw;
static int handled, lost_calls, batches, batch_at, taken_fd;
static char why[128];
static struct frame last;
static uint8_t last_body[CHANNEL_BODY_MAX];
static bool free_when_lost;

static int
on_any(void *ctx, struct channel *c, struct frame *f)
{
	cr_assert_eq(ctx, &base);
	handled++;
	last = *f;
	memcpy(last_body, f->body, f->len);
	switch (f->type) {
	case BAD:
		return -1;
	case FREE:
	case FREE_BAD:
		channel_free(c);
		ours = NULL;
		/* Its body and descriptor are still there. */
		cr_assert_arr_eq(f->body, last_body, f->len);
		return f->type == FREE ? 0 : -1;
	case PAUSE:
		channel_pause(c);
		return 0;
	case ECHO:
		channel_send(c, PLAIN, f->id, f->body, f->len, -1);
		return 0;
	case TAKE_FD:
		taken_fd = f->fd;
		f->fd = -1;
		return 0;
	default:
		return 0;
	}
}

static const struct verb verbs[] = {
	{ PLAIN, "plain", PHASE_ANY, 1000, false, on_any },
	{ LATER, "later", PHASE_RUNNING, CHANNEL_BODY_MAX, false, on_any },
	{ WITH_FD, "with-fd", PHASE_ANY, 16, true, on_any },
	{ BAD, "bad", PHASE_ANY, 16, false, on_any },
	{ FREE, "free", PHASE_ANY, 16, false, on_any },
	{ PAUSE, "pause", PHASE_ANY, 16, false, on_any },
	{ ECHO, "echo", PHASE_ANY, CHANNEL_BODY_MAX, false, on_any },
	{ TAKE_FD, "take-fd", PHASE_ANY, 16, true, on_any },
	{ FREE_BAD, "free-bad", PHASE_ANY, 16, true, on_any },
	{ 0 },
};

static void
on_lost(void *ctx, struct channel *c, const char *reason)
{
	cr_assert_eq(ctx, &base);
	cr_assert_eq(c, ours);
	lost_calls++;
	snprintf(why, sizeof(why), "%s", reason);
	cr_assert_eq(channel_send(c, PLAIN, 0, NULL, 0, -1), -1);
	cr_assert_eq(errno, EPIPE);
	if (free_when_lost) {
		channel_free(c);
		ours = NULL;
	}
}

static void
on_batch_end(void *ctx)
{
	cr_assert_eq(ctx, &base);
	batches++;
	batch_at = handled;
}

static void
setup(void)
{
	int sv[2];

	base = event_base_new();
	cr_assert_eq(channel_pair(sv), 0);
	raw = sv[1];
	ours = channel_new(base, sv[0], verbs, on_lost, &base);
	cr_assert_not_null(ours);
	channel_set_batch_end(ours, on_batch_end);
}

static void
teardown(void)
{
	channel_free(ours);
	if (raw != -1)
		close(raw);
	event_base_free(base);
}

TestSuite(channel, .init = setup, .fini = teardown);

/* Rounds of the loop until nothing is left to do at once. */
static void
turn(void)
{
	int i;

	for (i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Any packet, as a hostile peer may send it. */
static void
send_raw(const struct header *h, size_t header_len, size_t body_len, const int *fds, size_t n)
{
	static uint8_t body[CHANNEL_BODY_MAX + 64];
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int) * 16)];
	} control = { 0 };
	struct iovec iov[2] = { { (void *)(uintptr_t)h, header_len }, { body, body_len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (n > 0) {
		struct cmsghdr *c;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	}
	cr_assert_eq(sendmsg(raw, &msg, MSG_NOSIGNAL), (ssize_t)(header_len + body_len), "%s",
	    strerror(errno));
}

static void
send_plain(uint16_t type, size_t len)
{
	struct header h = { .type = type, .length = (uint32_t)len, .id = 5, .generation = 6 };

	send_raw(&h, sizeof(h), len, NULL, 0);
}

static void
expect_lost(const char *reason)
{
	turn();
	cr_assert_eq(lost_calls, 1, "lost() was called %d times", lost_calls);
	cr_assert_str_eq(why, reason);
	/* The peer sees the end, too. */
	if (raw != -1) {
		char c;

		while (recv(raw, &c, 1, 0) == -1 && errno == ECONNRESET)
			continue;
		cr_assert_eq(recv(raw, &c, 1, 0), 0);
	}
}

Test(channel, receives)
{
	send_plain(PLAIN, 1000);
	turn();
	cr_assert_eq(handled, 1);
	cr_assert_eq(last.type, PLAIN);
	cr_assert_eq(last.len, 1000);
	cr_assert_eq(last.id, 5);
	cr_assert_eq(last.generation, 6);
	cr_assert_eq(last.fd, -1);
	send_plain(LATER, CHANNEL_BODY_MAX);
	send_plain(PLAIN, 0);
	turn();
	cr_assert_eq(handled, 3);
	cr_assert_eq(lost_calls, 0);
}

Test(channel, sends)
{
	struct header h;
	char body[8];
	struct iovec iov[2] = { { &h, sizeof(h) }, { body, sizeof(body) } };

	channel_set_generation(ours, 9);
	cr_assert_eq(channel_send(ours, PLAIN, 3, "four", 4, -1), 0);
	cr_assert_eq(readv(raw, iov, 2), 20);
	cr_assert_eq(h.type, PLAIN);
	cr_assert_eq(h.flags, 0);
	cr_assert_eq(h.length, 4);
	cr_assert_eq(h.id, 3);
	cr_assert_eq(h.generation, 9);
	cr_assert_arr_eq(body, "four", 4);
	cr_assert_eq(channel_send(ours, PLAIN, 3, NULL, 0, -1), 0);
	cr_assert_eq(readv(raw, iov, 2), 16);
	cr_assert_eq(channel_send(ours, PLAIN, 3, body, CHANNEL_BODY_MAX + 1, -1), -1);
	cr_assert_eq(errno, EMSGSIZE);
}

Test(channel, pair)
{
	int sv[2], bytes = 0, type = 0, before = open_fds(), i;
	socklen_t len = sizeof(int);

	cr_assert_eq(channel_pair(sv), 0);
	for (i = 0; i < 2; i++) {
		cr_assert_neq(fcntl(sv[i], F_GETFD) & FD_CLOEXEC, 0);
		cr_assert_neq(fcntl(sv[i], F_GETFL) & O_NONBLOCK, 0);
		cr_assert_eq(getsockopt(sv[i], SOL_SOCKET, SO_TYPE, &type, &len), 0);
		cr_assert_eq(type, SOCK_SEQPACKET);
		cr_assert_eq(getsockopt(sv[i], SOL_SOCKET, SO_SNDBUF, &bytes, &len), 0);
		cr_assert_gt(bytes, 4 * CHANNEL_BODY_MAX);
		close(sv[i]);
	}
	cr_assert_eq(open_fds(), before);
}

Test(channel, table_is_checked)
{
	static const struct verb too_long[] = { { 1, "x", PHASE_ANY, CHANNEL_BODY_MAX + 1, false, on_any },
		{ 0 } };

	cr_assert_null(channel_new(base, 0, too_long, on_lost, NULL));
	cr_assert_eq(errno, EINVAL);
	cr_assert_null(channel_new(base, -1, verbs, on_lost, NULL));
	cr_assert_eq(errno, EBADF);
}

Test(channel, unknown_type)
{
	send_plain(UNKNOWN, 0);
	expect_lost("message type 77 is not for us");
	cr_assert_eq(handled, 0);
}

Test(channel, wrong_phase)
{
	channel_set_phase(ours, PHASE_STARTING);
	send_plain(PLAIN, 0);
	send_plain(LATER, 0);
	expect_lost("later came out of turn");
	cr_assert_eq(handled, 1);
}

Test(channel, too_long)
{
	send_plain(PLAIN, 1001);
	expect_lost("plain is too long");
}

Test(channel, truncated_packet)
{
	struct header h = { .type = LATER, .length = CHANNEL_BODY_MAX + 1 };

	send_raw(&h, sizeof(h), CHANNEL_BODY_MAX + 1, NULL, 0);
	expect_lost("a packet came truncated");
}

Test(channel, short_header)
{
	struct header h = { .type = PLAIN };

	send_raw(&h, sizeof(h) - 1, 0, NULL, 0);
	expect_lost("a packet came truncated");
}

Test(channel, length_too_small)
{
	struct header h = { .type = PLAIN, .length = 4 };

	send_raw(&h, sizeof(h), 5, NULL, 0);
	expect_lost("a header is wrong");
}

Test(channel, length_too_big)
{
	struct header h = { .type = PLAIN, .length = 5 };

	send_raw(&h, sizeof(h), 4, NULL, 0);
	expect_lost("a header is wrong");
}

Test(channel, flags)
{
	struct header h = { .type = PLAIN, .flags = 0x8000 };

	send_raw(&h, sizeof(h), 0, NULL, 0);
	expect_lost("a header is wrong");
}

Test(channel, refused_by_handler)
{
	send_plain(BAD, 1);
	send_plain(PLAIN, 1);
	expect_lost("bad is invalid");
	cr_assert_eq(handled, 1);
}

Test(channel, descriptor_not_declared)
{
	struct header h = { .type = PLAIN };
	int before = open_fds();

	send_raw(&h, sizeof(h), 0, (int[]){ 0 }, 1);
	expect_lost("plain came with a descriptor");
	cr_assert_eq(handled, 0);
	cr_assert_eq(open_fds(), before - 1);	/* the channel's own */
}

Test(channel, descriptor_missing)
{
	send_plain(WITH_FD, 0);
	expect_lost("with-fd came without its one descriptor");
}

Test(channel, two_descriptors)
{
	struct header h = { .type = WITH_FD };
	int before = open_fds();

	send_raw(&h, sizeof(h), 0, (int[]){ 0, 1 }, 2);
	expect_lost("with-fd came without its one descriptor");
	cr_assert_eq(handled, 0);
	cr_assert_eq(open_fds(), before - 1);
}

Test(channel, many_descriptors)
{
	struct header h = { .type = WITH_FD };
	int before = open_fds();

	send_raw(&h, sizeof(h), 0, (int[]){ 0, 1, 2, 0, 1, 2, 0, 1 }, 8);
	expect_lost("a packet came truncated");
	cr_assert_eq(open_fds(), before - 1);
}

Test(channel, empty_packet_with_descriptor)
{
	int before = open_fds();

	send_raw(&(struct header){ 0 }, 0, 0, (int[]){ 0 }, 1);
	expect_lost("peer is gone");
	cr_assert_eq(open_fds(), before - 1);
}

Test(channel, descriptor_is_closed_unless_taken)
{
	struct header h = { .type = WITH_FD };
	struct stat a, b;
	int before = open_fds(), p[2];

	cr_assert_eq(pipe(p), 0);
	send_raw(&h, sizeof(h), 0, p, 1);
	turn();
	cr_assert_eq(handled, 1);
	cr_assert_geq(last.fd, 0);
	cr_assert_eq(open_fds(), before + 2);
	h.type = TAKE_FD;
	send_raw(&h, sizeof(h), 0, p, 1);
	turn();
	cr_assert_eq(open_fds(), before + 3);
	cr_assert_eq(fstat(p[0], &a), 0);
	cr_assert_eq(fstat(taken_fd, &b), 0);
	cr_assert_eq(a.st_ino, b.st_ino);
	cr_assert_neq(fcntl(taken_fd, F_GETFD) & FD_CLOEXEC, 0);
	cr_assert_eq(lost_calls, 0);
}

Test(channel, freed_with_descriptor_in_hand)
{
	struct header h = { .type = FREE_BAD };
	int before = open_fds();

	send_raw(&h, sizeof(h), 0, (int[]){ 0 }, 1);
	send_plain(PLAIN, 0);
	turn();
	cr_assert_null(ours);
	cr_assert_eq(handled, 1);
	cr_assert_eq(lost_calls, 0);
	cr_assert_eq(batches, 0);
	cr_assert_eq(open_fds(), before - 1);
}

Test(channel, freed_by_handler)
{
	send_plain(PLAIN, 0);
	send_plain(FREE, 3);
	send_plain(PLAIN, 0);
	turn();
	cr_assert_null(ours);
	cr_assert_eq(handled, 2);
	cr_assert_eq(lost_calls, 0);
}

Test(channel, freed_when_lost)
{
	free_when_lost = true;
	send_plain(UNKNOWN, 0);
	turn();
	cr_assert_null(ours);
	cr_assert_eq(lost_calls, 1);
}

Test(channel, peer_closes)
{
	send_plain(PLAIN, 0);
	close(raw);
	raw = -1;
	expect_lost("peer is gone");
	cr_assert_eq(handled, 1);	/* its last words were heard */
}

Test(channel, last_words_with_ours_unread)
{
	cr_assert_eq(channel_send(ours, PLAIN, 0, "x", 1, -1), 0);
	send_plain(PLAIN, 0);
	send_plain(PLAIN, 0);
	close(raw);
	raw = -1;
	expect_lost("peer is gone");
	cr_assert_eq(handled, 2);
}

Test(channel, last_words_after_failed_send)
{
	send_plain(PLAIN, 0);
	close(raw);
	raw = -1;
	cr_assert_eq(channel_send(ours, PLAIN, 0, "x", 1, -1), -1);
	cr_assert_eq(errno, EPIPE);
	cr_assert_eq(lost_calls, 0, "lost() comes from the loop");
	cr_assert_eq(channel_send(ours, PLAIN, 0, "x", 1, -1), -1);
	expect_lost("peer is gone");
	cr_assert_eq(handled, 1);
}

Test(channel, peer_stops_reading_for_good)
{
	shutdown(raw, SHUT_RD);
	cr_assert_eq(channel_send(ours, PLAIN, 0, "x", 1, -1), -1);
	turn();
	cr_assert_eq(lost_calls, 1);
	cr_assert_str_eq(why, "peer is gone");
}

Test(channel, lost_while_paused)
{
	channel_pause(ours);
	close(raw);
	raw = -1;
	turn();
	cr_assert_eq(lost_calls, 0);
	channel_send(ours, PLAIN, 0, "x", 1, -1);
	expect_lost("peer is gone");
}

Test(channel, pause_and_resume)
{
	send_plain(PAUSE, 0);
	send_plain(PLAIN, 0);
	turn();
	cr_assert_eq(handled, 1, "a message was handled while paused");
	channel_resume(ours);
	channel_resume(ours);
	turn();
	cr_assert_eq(handled, 2);
	channel_pause(ours);
	channel_pause(ours);
	send_plain(PLAIN, 0);
	turn();
	cr_assert_eq(handled, 2);
	channel_resume(ours);
	turn();
	cr_assert_eq(handled, 3);
}

Test(channel, bursts)
{
	int i;

	for (i = 0; i < 100; i++)
		send_plain(PLAIN, 0);
	event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	cr_assert_eq(handled, 64, "%d in one burst", handled);
	cr_assert_eq(batches, 1);
	cr_assert_eq(batch_at, 64);
	turn();
	cr_assert_eq(handled, 100);
	cr_assert_eq(batches, 2);
	channel_set_batch_end(ours, NULL);
	send_plain(PLAIN, 0);
	turn();
	cr_assert_eq(batches, 2);
}

Test(channel, batch_end_before_lost)
{
	send_plain(PLAIN, 0);
	send_plain(BAD, 0);
	expect_lost("bad is invalid");
	cr_assert_eq(batches, 1);
	cr_assert_eq(batch_at, 2);
}

/* Sends until the bound; how many went. Message i carries i as its id. */
static uint32_t
fill_up(size_t len)
{
	static uint8_t body[CHANNEL_BODY_MAX];
	uint32_t i = 0;

	while (channel_send(ours, LATER, i, body, len, -1) == 0)
		i++;
	cr_assert_eq(errno, ENOBUFS);
	return i;
}

static bool
receive_next(uint32_t id)
{
	static uint8_t body[CHANNEL_BODY_MAX];
	struct header h;
	struct iovec iov[2] = { { &h, sizeof(h) }, { body, sizeof(body) } };

	if (readv(raw, iov, 2) == -1) {
		cr_assert_eq(errno, EAGAIN);
		return false;
	}
	cr_assert_eq(h.id, id, "out of order: %u instead of %u", h.id, id);
	return true;
}

Test(channel, slow_reader)
{
	uint32_t sent = fill_up(100), i = 0;

	cr_assert_eq(channel_waiting(ours), CHANNEL_QUEUE_MAX);
	cr_assert_gt(sent, CHANNEL_QUEUE_MAX);
	while (i < sent)
		if (receive_next(i))
			i++;
		else
			event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_eq(channel_waiting(ours), 0);
	turn();
	cr_assert_not(receive_next(i));
	/* And straight to the socket again. */
	cr_assert_eq(channel_send(ours, PLAIN, i, NULL, 0, -1), 0);
	cr_assert_eq(channel_waiting(ours), 0);
	cr_assert(receive_next(i));
	cr_assert_eq(lost_calls, 0);
}

Test(channel, bound_in_bytes)
{
	fill_up(60000);
	cr_assert_leq(channel_waiting(ours) * 60000, CHANNEL_QUEUE_BYTES);
	cr_assert_gt((channel_waiting(ours) + 1) * 60000, CHANNEL_QUEUE_BYTES);
	/* A small one still fits. */
	cr_assert_eq(channel_send(ours, PLAIN, 0, "x", 1, -1), 0);
}

Test(channel, waiting_descriptors)
{
	int before = open_fds(), p[2];
	uint32_t i = 0;
	struct stat a, b;

	cr_assert_eq(pipe(p), 0);
	while (channel_waiting(ours) < 3)
		cr_assert_eq(channel_send(ours, LATER, i++, last_body, 4000, -1), 0);
	cr_assert_eq(channel_send(ours, WITH_FD, i, NULL, 0, p[0]), 0);
	cr_assert_eq(fstat(p[0], &a), 0);
	close(p[0]);	/* the caller's own; the duplicate waits */
	close(p[1]);
	cr_assert_eq(open_fds(), before + 1);
	for (uint32_t j = 0; j < i;)
		if (receive_next(j))
			j++;
		else
			event_base_loop(base, EVLOOP_NONBLOCK);
	turn();
	cr_assert_eq(open_fds(), before);
	{
		struct header h;
		struct iovec iov = { &h, sizeof(h) };
		union {
			struct cmsghdr	align;
			char		space[CMSG_SPACE(sizeof(int))];
		} control;
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			.msg_controllen = sizeof(control) };
		int fd;

		cr_assert_eq(recvmsg(raw, &msg, 0), 16);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		cr_assert_eq(fstat(fd, &b), 0);
		cr_assert_eq(a.st_ino, b.st_ino);
	}
}

Test(channel, waiting_is_dropped_with_the_channel)
{
	int before = open_fds();

	fill_up(1000);
	cr_assert_eq(channel_send(ours, LATER, 0, NULL, 0, 0), -1);
	cr_assert_eq(errno, ENOBUFS);
	channel_free(ours);
	ours = NULL;
	cr_assert_eq(open_fds(), before - 1);
}

Test(channel, peer_goes_with_much_waiting)
{
	int p[2], before = open_fds();

	cr_assert_eq(pipe(p), 0);
	while (channel_waiting(ours) < 10)
		cr_assert_eq(channel_send(ours, WITH_FD, 0, last_body, 16, p[0]), 0);
	close(raw);
	raw = -1;
	expect_lost("peer is gone");
	cr_assert_eq(channel_waiting(ours), 0);
	cr_assert_eq(open_fds(), before);	/* less two ends, plus the pipe */
}

Test(channel, flush_waits_no_longer_than_told)
{
	uint32_t sent = fill_up(1000), i;

	channel_flush(ours, 30);
	cr_assert_eq(channel_waiting(ours), CHANNEL_QUEUE_MAX);
	for (i = 0; receive_next(i);)
		i++;
	channel_flush(ours, 30);
	cr_assert_lt(channel_waiting(ours), CHANNEL_QUEUE_MAX);
	cr_assert_lt(i, sent);
	close(raw);
	raw = -1;
	channel_flush(ours, 1000);
	cr_assert_eq(channel_waiting(ours), 0);
	cr_assert_eq(lost_calls, 0);
	turn();
	cr_assert_eq(lost_calls, 1);
}

Test(channel, answers_inside_a_handler)
{
	int i;

	for (i = 0; i < 200; i++)
		send_plain(ECHO, 100);
	turn();
	cr_assert_eq(handled, 200);
	for (i = 0; i < 200; i++)
		cr_assert(receive_next(5));
}

Test(channel, free_of_nothing)
{
	channel_free(NULL);
}
