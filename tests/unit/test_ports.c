/* Ports of watched flows: what the kernel's part is told of them, and what its news brings about. */
/* links: intercept/ports.c intercept/live.c intercept/packet.c */
#include <criterion/criterion.h>

#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "bpf/maps.h"
#include "bpf/ring.h"
#include "handover.h"
#include "later.h"
#include "live.h"
#include "ports.h"
#include "sandbox.h"

#define MANY	300

static struct kernel_port_news	news[MANY];
static unsigned			written, taken, closings, takings, losses, ends;
static uint64_t			closed;
static struct later		*reader;
static struct kernel_ports	*seen;	/* as the kernel sees it */

struct ring *
ring_open(int map, size_t bytes)
{
	cr_assert_eq(map, FD_INTERCEPT_PORT_NEWS);
	cr_assert_eq(bytes, KERNEL_PORT_NEWS);
	return (struct ring *)news;
}

bool
ring_take(struct ring *r, void *to, size_t size)
{
	(void)r;
	if (taken == written)
		return false;
	memcpy(to, &news[taken++], size);
	return true;
}

void
later_start(struct later *l, struct event_base *base, int fd)
{
	(void)base;
	cr_assert_eq(fd, FD_INTERCEPT_PORT_NEWS);
	cr_assert_eq(l->first_ms, 0, "at once");
	reader = l;
}

static void
on_closed(uint64_t cookie)
{
	closings++;
	closed = cookie;
}

static void
on_lost(void)
{
	losses++;
}

static void
on_end(void)
{
	ends++;
}

static void
on_taken(void)
{
	takings++;
}

static const struct ports_ops	ops = { on_closed, on_taken, on_lost, on_end };

static void
open_with(uint8_t left_behind)
{
	int	fd = memfd_create("ports", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, KERNEL_PORTS_BYTES), 0);
	cr_assert_neq(dup2(fd, FD_INTERCEPT_PORTS), -1);
	seen = mmap(NULL, KERNEL_PORTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(seen, left_behind, KERNEL_PORTS_BYTES);
	ports_open();
	ports_start(NULL, &ops);
}

static bool
is_told(uint16_t port)
{
	return (seen->port[port / 8] & 1 << port % 8) != 0;
}

static bool
socket_is_told(uint16_t cookie)
{
	return (seen->socket[cookie / 8] & 1 << cookie % 8) != 0;
}

static uint32_t
watched_flow(uint64_t id, uint8_t hook, uint16_t sport, uint16_t dport, uint64_t listener)
{
	struct tuple	t = { .family = 4, .proto = 17, .sport = sport, .dport = dport };
	uint32_t	i = live_add(id, &t, 0x10001, listener);

	live_at(i)->hook = hook;
	live_watch(i);
	return i;
}

Test(ports, without_the_part_nothing_is_told)
{
	uint32_t	i = watched_flow(1, DIRECTION_IN, 53, 4000, 0);

	cr_expect_not(ports_told());
	live_remove(i);
	ports_start(NULL, &ops);
	cr_expect_null(reader);
}

Test(ports, an_earlier_intercept_leaves_nothing)
{
	news[0].closed = 1;
	written = 1;
	open_with(0xff);
	cr_expect(ports_told());
	cr_expect_eq(seen->count, 0);
	cr_expect_not(is_told(4000));
	cr_expect_not(reader->read());
	cr_expect_eq(closings + takings, 0);
}

Test(ports, those_of_the_ends_that_are_here)
{
	uint32_t	in, out, inside;

	open_with(0);
	in = watched_flow(1, DIRECTION_IN, 53, 4000, 0);
	cr_expect(is_told(4000) && !is_told(53) && socket_is_told(1) && seen->count == 2);
	out = watched_flow(2, DIRECTION_OUT, 4001, 53, 0);
	cr_expect(is_told(4001) && !is_told(53) && seen->count == 3);
	inside = watched_flow(3, DIRECTION_OUT, 4002, 53, 9);
	cr_expect(is_told(4002) && is_told(53) && socket_is_told(9) && seen->count == 6);
	live_remove(inside);
	cr_expect(!is_told(4002) && !is_told(53) && !socket_is_told(9) && seen->count == 3);
	live_remove(in);
	cr_expect(socket_is_told(1));
	live_remove(out);
	cr_expect(!is_told(4000) && !is_told(4001) && !socket_is_told(1) && seen->count == 0);
}

Test(ports, as_long_as_any_flow_watches_it)
{
	uint32_t	first, second;

	open_with(0);
	first = watched_flow(1, DIRECTION_IN, 53, 65535, 0);
	second = watched_flow(2, DIRECTION_IN, 54, 65535, 0);
	(void)watched_flow(3, DIRECTION_IN, 54, 65534, 0);
	cr_expect_eq(seen->count, 3);
	live_remove(first);
	cr_expect(is_told(65535));
	live_remove(second);
	cr_expect(!is_told(65535) && is_told(65534) && seen->count == 2);
}

Test(ports, unwatched_flows_have_no_part)
{
	struct tuple	t = { .family = 4, .proto = 17, .sport = 53, .dport = 4000 };
	uint32_t	i;

	open_with(0);
	(void)watched_flow(1, DIRECTION_IN, 53, 4000, 0);
	t.sport = 54;
	i = live_add(2, &t, 1, 0);
	live_at(i)->hook = DIRECTION_IN;
	live_remove(i);
	cr_expect(is_told(4000) && seen->count == 2);
}

Test(ports, each_closed_socket_and_once_that_ports_were_taken)
{
	open_with(0);
	news[0].closed = 7;
	news[2].closed = 8;
	written = 4;
	cr_expect_not(reader->read());
	cr_expect_eq(taken, 4);
	cr_expect(closings == 2 && closed == 8 && takings == 1 && losses == 0 && ends == 1);
	news[4].closed = 0;
	written = 5;
	cr_expect_not(reader->read());
	cr_expect(closings == 2 && takings == 2 && ends == 2);
}

Test(ports, others_have_their_turn_between_many_news)
{
	open_with(0);
	written = MANY;
	cr_expect(reader->read());
	cr_expect_not(reader->read());
	cr_expect_eq(taken, MANY);
}

Test(ports, what_found_no_room_may_have_been_of_either_kind)
{
	open_with(0);
	seen->lost = 3;
	news[0].closed = 7;
	written = 1;
	cr_expect_not(reader->read());
	cr_expect(closings == 1 && takings == 1 && losses == 1);
	news[1].closed = 7;
	written = 2;
	cr_expect_not(reader->read());
	cr_expect(closings == 2 && takings == 1 && losses == 1, "said once");
}

Test(ports, who_takes_one_is_told_again_after_a_look)
{
	ports_look();
	open_with(0);
	seen->taken = 1;
	ports_look();
	cr_expect_eq(seen->taken, 0);
}
