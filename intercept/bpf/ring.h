/*
 * Reading a BPF ring buffer (kernel: Documentation/bpf/ringbuf.rst, bpf(2) BPF_MAP_TYPE_RINGBUF) that
 * was mapped: one record at a time, where it lies. One reader a ring. The
 * kernel is trusted, but for lengths: nothing outside the ring is ever read.
 *
 * The descriptor is readable when there is something. Who writes may wake the reader
 * only when the ring was empty, and may have looked just before the reader took the
 * last record: so look once more, some milliseconds after all was taken.
 */
#ifndef BPF_RING_H
#define BPF_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/* bytes: the map's size, a power of two, at least a page. NULL: it is no ring buffer of that size. Never freed. */
struct ring	*ring_open(int map, size_t bytes);
/* The next record; NULL: there is none, yet. Aligned to 8 bytes; stands until ring_done(). */
const void	*ring_next(struct ring *, size_t *len);
/* Takes the next record of just this size, copied; those of another are passed over. False: there is none, yet. */
bool		 ring_take(struct ring *, void *record, size_t size);
bool		 ring_is_half_full(const struct ring *);
/* Gives back what ring_next() gave. */
void		 ring_done(struct ring *);

#endif
