/*
 * Who may talk to whom: rows that name the same channel are its two ends. A
 * child that came up gets a fresh pair with each of its peers that runs; the
 * old one is void, for both sides.
 */
#include <unistd.h>

#include "parent.h"

static struct slot *
peer_of(const struct slot *slot, unsigned channel)
{
	struct suite	*suite = slot->suite;

	for (int i = 0; i < SLOTS; i++)
		if (&suite->slot[i] != slot && suite->slot[i].state == SLOT_RUNNING &&
		    (suite->slot[i].row->channels & 1u << channel) != 0)
			return &suite->slot[i];
	return NULL;
}

static int
hand_over(struct slot *slot, const struct control_peer *peer, int fd)
{
	uint8_t	body[CONTROL_PEER_MAX];
	size_t	len = control_peer_pack(peer, body, sizeof(body));

	return channel_send(slot->control, CONTROL_PEER, 0, body, len, fd);
}

static void
connect_pair(struct slot *a, struct slot *b, unsigned channel)
{
	struct control_peer	peer = { .channel = (uint8_t)channel };
	int			ends[2];

	if (channel_pair(ends) == -1)
		fatal("channel");
	peer.generation = ++a->suite->generation[channel];
	if (hand_over(a, &peer, ends[0]) == -1)
		slot_kill(a, "it does not take its channels");
	if (hand_over(b, &peer, ends[1]) == -1)
		slot_kill(b, "it does not take its channels");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

void
peers_connect(struct slot *slot)
{
	for (unsigned channel = 1; channel <= CHANNEL_NAME_MAX; channel++) {
		struct slot	*peer;

		if ((slot->row->channels & 1u << channel) == 0)
			continue;
		peer = peer_of(slot, channel);
		if (peer != NULL)
			connect_pair(slot, peer, channel);
	}
}
