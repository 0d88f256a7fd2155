/*
 * See ring.h. Called by intercept and whod. The map begins with a page for the reader's
 * position and one for the writer's; behind them is the data, mapped twice, so that
 * no record is cut in two. Positions are bytes since the beginning and never wrap.
 */
#include <sys/mman.h>

#include <linux/bpf.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

struct ring {
	_Atomic uint64_t	*taken;		/* ours */
	const _Atomic uint64_t	*written;	/* the kernel's */
	const uint8_t		*data;
	size_t			 bytes;
	uint64_t		 step;		/* of the record that was given */
};

struct ring *
ring_open(int map, size_t bytes)
{
	size_t		 page = (size_t)sysconf(_SC_PAGESIZE);
	struct ring	*r;
	uint8_t		*ours, *theirs;

	if (bytes < page || (bytes & (bytes - 1)) != 0 || (r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	ours = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	theirs = mmap(NULL, page + 2 * bytes, PROT_READ, MAP_SHARED, map, (off_t)page);
	if (ours == MAP_FAILED || theirs == MAP_FAILED) {
		if (ours != MAP_FAILED)
			(void)munmap(ours, page);
		if (theirs != MAP_FAILED)
			(void)munmap(theirs, page + 2 * bytes);
		free(r);
		return NULL;
	}
	r->taken = (void *)ours;
	r->written = (const void *)theirs;
	r->data = theirs + page;
	r->bytes = bytes;
	return r;
}

/* Bytes of the record at this position, with its header; 0: it is not whole yet, or none. *len: of what it says. */
static uint64_t
record_at(struct ring *r, uint64_t at, uint64_t end, uint32_t *len)
{
	const _Atomic uint32_t	*header = (const void *)(r->data + (at & (r->bytes - 1)));
	uint64_t		 step;

	if (end - at < BPF_RINGBUF_HDR_SZ)
		return 0;
	*len = atomic_load_explicit(header, memory_order_acquire);
	step = (BPF_RINGBUF_HDR_SZ + (uint64_t)(*len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) + 7) &
	    ~UINT64_C(7);
	return (*len & BPF_RINGBUF_BUSY_BIT) == 0 && step <= end - at ? step : 0;
}

const void *
ring_next(struct ring *r, size_t *len)
{
	uint64_t	at = atomic_load_explicit(r->taken, memory_order_relaxed);
	uint64_t	end = atomic_load_explicit(r->written, memory_order_acquire);
	uint32_t	head;

	for (; at % 8 == 0 && end - at <= r->bytes; at += r->step) {
		r->step = record_at(r, at, end, &head);
		if (r->step == 0)
			return NULL;
		if ((head & BPF_RINGBUF_DISCARD_BIT) == 0) {
			*len = head;
			return r->data + (at & (r->bytes - 1)) + BPF_RINGBUF_HDR_SZ;
		}
		atomic_store_explicit(r->taken, at + r->step, memory_order_release);
	}
	r->step = 0;
	return NULL;
}

bool
ring_is_half_full(const struct ring *r)
{
	return atomic_load_explicit(r->written, memory_order_acquire) -
	    atomic_load_explicit(r->taken, memory_order_relaxed) > r->bytes / 2;
}

void
ring_done(struct ring *r)
{
	uint64_t	at = atomic_load_explicit(r->taken, memory_order_relaxed);

	atomic_store_explicit(r->taken, at + r->step, memory_order_release);
	r->step = 0;
}

bool
ring_take(struct ring *r, void *record, size_t size)
{
	const void	*at;
	size_t		 len;

	while ((at = ring_next(r, &len)) != NULL) {
		if (len == size)
			memcpy(record, at, size);
		ring_done(r);
		if (len == size)
			return true;
	}
	return false;
}
