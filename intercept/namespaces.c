/*
 * Namespaces behind interfaces. A pair of virtual interfaces says by a number
 * (nsid) where its other end lies; the kernel gives the same number for a process
 * there. Behind a bridge the port counts, found by the sender's address on the
 * link. Called by owner.c and who_client.c. What is not found is only not named:
 * forwarded packets are judged by their device all the same.
 */
#include <time.h>

#include "links.h"
#include "namespaces.h"
#include "who_client.h"

#define ASK_AGAIN_S	2

static struct {
	int32_t		nsid;
	uint64_t	process;
} known[WHO_NAMESPACES_COUNT];
static unsigned	known_count;
static time_t	asked_at;

void
namespaces_ask(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	asked_at = t.tv_sec;
	who_client_ask_namespaces();
}

void
namespaces_learn(const struct who_namespaces *w)
{
	unsigned	i;
	int32_t		nsid;

	known_count = 0;
	for (i = 0; i < w->count; i++) {
		if ((nsid = nsid_of_process(w->ns[i].pid)) == LINK_NO_NSID)
			continue;
		known[known_count].nsid = nsid;
		known[known_count++].process = w->ns[i].process;
	}
}

void
namespaces_forget(void)
{
	known_count = 0;
}

static const struct link *
link_behind(const struct meeting *m)
{
	const struct link	*l = link_by_index(m->device);
	uint32_t		 port = m->port;

	if (l == NULL || !l->bridge)
		return l;
	if ((port == 0 || port == m->device) && m->has_hardware)
		port = bridge_port(m->device, m->hardware);
	return port != 0 ? link_by_index(port) : l;
}

uint64_t
namespace_behind(const struct meeting *m)
{
	const struct link	*l = link_behind(m);
	struct timespec		 t;
	unsigned		 i;

	if (l == NULL || l->nsid == LINK_NO_NSID)
		return 0;
	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	if (t.tv_sec - asked_at >= ASK_AGAIN_S)
		namespaces_ask();
	for (i = 0; i < known_count; i++)
		if (known[i].nsid == l->nsid)
			return known[i].process;
	return 0;
}
