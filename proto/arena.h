/*
 * Memory with a bound for unpacking one message: protobuf-c turns a few bytes
 * of hostile input into many times their size, so each unpack gets a budget
 * and fails when it is spent. Nothing is given back piece by piece.
 */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct arena {
	ProtobufCAllocator	 allocator;	/* to hand to protobuf-c */
	uint8_t			*base;		/* the owner's, aligned for any type */
	size_t			 size;
	size_t			 used;
};

/* Also forgets all that was allocated before. memory stays the caller's. */
void	arena_init(struct arena *, void *memory, size_t size);

#endif
