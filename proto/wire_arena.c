/*
 * A bump allocator over memory of its owner; see wire_arena.h. Trusts no size that
 * it is asked for. Under the address sanitizer what was not handed out is
 * poisoned, with a gap between neighbours.
 */
#include "wire_arena.h"

#define ALIGN	16u

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define GAP	ALIGN
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#define GAP	0u
#endif

static void *
arena_alloc(void *data, size_t size)
{
	struct wire_arena *a = data;
	size_t left = a->size - a->used, need;
	void *p;

	if (size > left || (need = (size + GAP + ALIGN - 1) & ~(size_t)(ALIGN - 1)) > left)
		return NULL;
	p = a->base + a->used;
	a->used += need;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

static void
arena_free(void *data, void *p)
{
	(void)data;
	(void)p;
}

void
wire_arena_init(struct wire_arena *a, void *memory, size_t size)
{
	a->allocator.alloc = arena_alloc;
	a->allocator.free = arena_free;
	a->allocator.allocator_data = a;
	a->base = memory;
	a->size = size;
	a->used = 0;
	ASAN_POISON_MEMORY_REGION(memory, size);
}
