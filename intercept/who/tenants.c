/*
 * See tenants.h. Called by namespaces.c. Whoever may make network namespaces makes as many as
 * he likes: that must cost others nothing.
 */
#include <stdlib.h>

#include "processes.h"
#include "tenants.h"

/* A namespace. */
static struct net {
	uint32_t	first, end;	/* tenants */
	uint32_t	parties;
	uint32_t	rank;		/* parties of its share before it */
	uint64_t	share;		/* of its oldest tenant */
	uint64_t	start;		/* of that one */
}		nets[PROCESSES_MAX];

static int
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_party(const void *a, const void *b)
{
	const struct tenant	*s = a, *t = b;
	int			 order = compare(s->inode, t->inode);

	if (order == 0)
		order = compare(s->container, t->container);
	if (order == 0)
		order = compare(s->start, t->start);
	return order != 0 ? order : compare(s->pid, t->pid);
}

static int
by_share(const void *a, const void *b)
{
	const struct net	*m = a, *n = b;
	int			 order = compare(m->share, n->share);

	return order != 0 ? order : compare(m->start, n->start);
}

static int
by_rank(const void *a, const void *b)
{
	const struct net	*m = a, *n = b;
	int			 order = compare(m->rank, n->rank);

	return order != 0 ? order : compare(m->start, n->start);
}

static uint32_t
party_end(const struct tenant *t, uint32_t first, uint32_t end)
{
	uint32_t	i = first;

	while (i < end && t[i].inode == t[first].inode && t[i].container == t[first].container)
		i++;
	return i;
}

static struct net
net_at(const struct tenant *t, uint32_t first, uint32_t n)
{
	struct net	net = { .first = first, .end = first, .share = t[first].share, .start = t[first].start };

	for (; net.end < n && t[net.end].inode == t[first].inode; net.end = party_end(t, net.end, n)) {
		net.parties++;
		if (t[net.end].start < net.start) {
			net.share = t[net.end].share;
			net.start = t[net.end].start;
		}
	}
	return net;
}

static unsigned
find_nets(const struct tenant *t, uint32_t n)
{
	unsigned	count = 0;

	for (uint32_t at = 0; at < n; at = nets[count++].end)
		nets[count] = net_at(t, at, n);
	qsort(nets, count, sizeof(*nets), by_share);
	for (unsigned i = 1; i < count; i++)
		if (nets[i].share == nets[i - 1].share)
			nets[i].rank = nets[i - 1].rank + nets[i - 1].parties;
	qsort(nets, count, sizeof(*nets), by_rank);
	return count;
}

static void
add_parties(const struct tenant *t, const struct net *net, struct party *to)
{
	struct party	p;
	unsigned	n = 0;

	for (uint32_t at = net->first; at < net->end; at = p.end) {
		p = (struct party){ t[at].inode, at, party_end(t, at, net->end),
				    net->parties == 1 && t[at].container != 0 };
		to[n++] = p;
		if (t[at].start < t[to[0].first].start) {
			to[n - 1] = to[0];
			to[0] = p;
		}
	}
}

unsigned
tenants_choose(struct tenant *t, unsigned n, struct party chosen[WHO_NAMESPACES_COUNT], bool *whole)
{
	unsigned	count, parties = 0;

	qsort(t, n, sizeof(*t), by_party);
	count = find_nets(t, n);
	*whole = true;
	for (unsigned i = 0; i < count; i++) {
		if (nets[i].parties > HOLDERS_MAX || nets[i].parties > WHO_NAMESPACES_COUNT - parties) {
			*whole = false;
			continue;
		}
		add_parties(t, &nets[i], &chosen[parties]);
		parties += nets[i].parties;
	}
	return parties;
}
