/*
 * The list of what was there before. Read once at start, also after a restart.
 * Trusts its writer, bulwark-setup, but for sizes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "before.h"
#include "existing.h"
#include "packet.h"
#include "sandbox.h"

static struct existing_flow	*list;
static uint32_t			*next, *buckets;	/* place + 1 */
static uint32_t			 count, mask;

/* The same for both directions. */
static uint32_t
bucket_of(const struct tuple *t)
{
	struct tuple turned;

	tuple_turn(t, &turned);
	return (uint32_t)(tuple_hash(t) ^ tuple_hash(&turned)) & mask;
}

static bool
read_whole(int fd, void *to, size_t n, off_t at)
{
	return n == 0 || pread(fd, to, n, at) == (ssize_t)n;
}

static void
index_list(void)
{
	uint32_t i, b;

	for (i = 0; i < count; i++) {
		b = bucket_of(&list[i].tuple);
		next[i] = buckets[b];
		buckets[b] = i + 1;
	}
}

void
before_load(int fd)
{
	struct existing_header	h;
	uint32_t		size = 1;

	if (fd == -1 || !read_whole(fd, &h, sizeof(h), 0) || h.magic != EXISTING_MAGIC ||
	    h.count == 0 || h.count > EXISTING_MAX)
		return;
	while (size < h.count)
		size *= 2;
	list = calloc(h.count, sizeof(*list));
	next = calloc(h.count, sizeof(*next));
	buckets = calloc(size, sizeof(*buckets));
	if (list == NULL || next == NULL || buckets == NULL ||
	    !read_whole(fd, list, h.count * sizeof(*list), sizeof(h))) {
		log_warnx("the list of connections older than the suite could not be read");
		return;
	}
	count = h.count;
	mask = size - 1;
	index_list();
}

static bool
same_either_way(const struct tuple *a, const struct tuple *b)
{
	if (a->family != b->family || a->proto != b->proto)
		return false;
	if (a->sport == b->sport && a->dport == b->dport &&
	    memcmp(a->src, b->src, sizeof(a->src)) == 0 &&
	    memcmp(a->dst, b->dst, sizeof(a->dst)) == 0)
		return true;
	return a->sport == b->dport && a->dport == b->sport &&
	    memcmp(a->src, b->dst, sizeof(a->src)) == 0 &&
	    memcmp(a->dst, b->src, sizeof(a->dst)) == 0;
}

bool
before_has(const struct tuple *t, uint64_t cookie)
{
	uint32_t i;

	if (count == 0)
		return false;
	for (i = buckets[bucket_of(t)]; i != 0; i = next[i - 1])
		if ((list[i - 1].cookie == 0 || list[i - 1].cookie == cookie) &&
		    same_either_way(&list[i - 1].tuple, t))
			return true;
	return false;
}

void
before_end(const struct tuple *t)
{
	uint32_t *at;

	if (count == 0)
		return;
	for (at = &buckets[bucket_of(t)]; *at != 0;)
		if (list[*at - 1].cookie == 0 && same_either_way(&list[*at - 1].tuple, t))
			*at = next[*at - 1];
		else
			at = &next[*at - 1];
}
