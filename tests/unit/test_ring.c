/* A BPF ring buffer: read from a file that looks like one, and from a real one where this machine permits it. */
/* links: intercept/bpf/ring.c */
#include <criterion/criterion.h>

#include <sys/mman.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

#define PAGE	4096u
#define BYTES	8192u

static uint8_t		*image;		/* the reader's page, the writer's, the data twice */
static struct ring	*ring;
static uint64_t		 written;

static void
begin(void)
{
	int	fd = memfd_create("ring", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, 2 * PAGE + 2 * BYTES), 0);
	image = mmap(NULL, 2 * PAGE + 2 * BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cr_assert_neq(image, MAP_FAILED);
	ring = ring_open(fd, BYTES);
	cr_assert_not_null(ring);
}

TestSuite(ring, .init = begin, .timeout = 10);

static uint64_t
taken(void)
{
	uint64_t	at;

	memcpy(&at, image, sizeof(at));
	return at;
}

static void
set_written(uint64_t at)
{
	written = at;
	memcpy(image + PAGE, &at, sizeof(at));
}

static void
set_byte(uint64_t at, uint8_t byte)
{
	image[2 * PAGE + at % BYTES] = image[2 * PAGE + BYTES + at % BYTES] = byte;
}

/* Writes a header and len bytes of `fill`; the position moves on. */
static void
put(uint32_t head, uint32_t len, uint8_t fill)
{
	for (unsigned i = 0; i < 8; i++)
		set_byte(written + i, i < 4 ? (uint8_t)(head >> 8 * i) : 0);
	for (uint32_t i = 0; i < len; i++)
		set_byte(written + 8 + i, fill);
	set_written(written + ((8 + len + 7) & ~7u));
}

static void
expect(uint32_t len, uint8_t fill)
{
	size_t		 n;
	const uint8_t	*p = ring_next(ring, &n);

	cr_assert_not_null(p);
	cr_assert_eq(n, len);
	for (uint32_t i = 0; i < len; i++)
		cr_assert_eq(p[i], fill);
	ring_done(ring);
}

static void
expect_none(void)
{
	size_t	n;

	cr_assert_null(ring_next(ring, &n));
}

Test(ring, in_order)
{
	expect_none();
	put(3, 3, 'a');
	put(8, 8, 'b');
	put(0, 0, 0);
	expect(3, 'a');
	expect(8, 'b');
	expect(0, 0);
	expect_none();
	cr_expect_eq(taken(), written);
	put(1, 1, 'c');
	expect(1, 'c');
}

Test(ring, given_back_only_when_done)
{
	size_t	n;

	put(5, 5, 'a');
	cr_assert_not_null(ring_next(ring, &n));
	cr_assert_not_null(ring_next(ring, &n));
	cr_expect_eq(taken(), 0);
	ring_done(ring);
	cr_expect_eq(taken(), 16);
	ring_done(ring);
	cr_expect_eq(taken(), 16);
}

Test(ring, half_full)
{
	put(BYTES / 2 - 8, BYTES / 2 - 8, 'a');
	cr_expect(!ring_is_half_full(ring));
	put(8, 8, 'b');
	cr_expect(ring_is_half_full(ring));
	expect(BYTES / 2 - 8, 'a');
	cr_expect(!ring_is_half_full(ring));
}

Test(ring, around_the_end)
{
	for (unsigned i = 0; i < 40; i++) {
		put(1000, 1000, (uint8_t)i);
		expect(1000, (uint8_t)i);
	}
}

Test(ring, not_yet_and_never)
{
	put(4 | BPF_RINGBUF_DISCARD_BIT, 4, 'x');
	put(4, 4, 'a');
	put(4 | BPF_RINGBUF_BUSY_BIT, 4, 'b');
	put(4, 4, 'c');
	expect(4, 'a');
	expect_none();	/* order is kept: what is behind it waits */
	set_byte(16 + 16 + 3, 0);
	expect(4, 'b');
	expect(4, 'c');
	expect_none();
}

Test(ring, of_one_size)
{
	char	record[4];

	cr_expect(!ring_take(ring, record, sizeof(record)));
	put(3, 3, 'a');
	put(4, 4, 'b');
	put(5, 5, 'c');
	put(4, 4, 'd');
	put(12, 12, 'e');
	cr_assert(ring_take(ring, record, sizeof(record)));
	cr_expect_eq(memcmp(record, "bbbb", 4), 0);
	cr_assert(ring_take(ring, record, sizeof(record)));
	cr_expect_eq(memcmp(record, "dddd", 4), 0);
	cr_expect(!ring_take(ring, record, sizeof(record)));
	cr_expect_eq(taken(), written);
}

/* Each would be read outside the ring, or what was never written. */
Test(ring, nonsense_is_not_read)
{
	put(BYTES, 0, 0);
	expect_none();
	put(0x3fffffff, 0, 0);
	expect_none();
	memset(image + 2 * PAGE, 0, 8);
	set_written(4);
	expect_none();
	set_written(3 * (uint64_t)BYTES);
	expect_none();
	memset(image, 0xff, 8);
	set_written(0);
	expect_none();
	memcpy(image, &(uint64_t){ 4 }, 8);
	set_written(16);
	expect_none();
	cr_expect_eq(taken(), 4);
}

Test(ring, no_ring)
{
	int	null = open("/dev/null", O_RDWR | O_CLOEXEC);

	cr_expect_null(ring_open(null, BYTES));
	cr_expect_null(ring_open(-1, BYTES));
	cr_expect_null(ring_open(null, BYTES + 1));
	cr_expect_null(ring_open(null, 0));
}

Test(ring, the_kernels)
{
	union bpf_attr	attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = BYTES };
	int		fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	size_t		n;
	struct ring	*r;

	if (fd == -1)
		cr_skip_test("no BPF here");
	cr_expect_null(ring_open(fd, 2 * BYTES));
	cr_assert_not_null(r = ring_open(fd, BYTES));
	cr_expect_null(ring_next(r, &n));
}
