/*
 * Memory with a bound for unpacking one message: protobuf-c turns a few bytes
 * of hostile input into many times their size, so each unpack gets a budget
 * and fails when it is spent. Nothing is given back piece by piece.
 */
#ifndef PROTO_WIRE_ARENA_H
#define PROTO_WIRE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct wire_arena {
	ProtobufCAllocator	 allocator;	/* to hand to protobuf-c */
	uint8_t			*base;		/* the owner's, aligned for any type */
	size_t			 size;
	size_t			 used;
};

/* Also forgets all that was allocated before. memory stays the caller's. */
void	wire_arena_init(struct wire_arena *, void *memory, size_t size);

#endif
