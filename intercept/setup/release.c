/*
 * "release": takes everything back. One atomic batch removes the guard, our
 * jumps and chains, and the base chains and tables that were not there before
 * us and are empty; then our nibble leaves all conntrack marks, and the gate all devices.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conntrack.h"
#include "guard.h"
#include "marks.h"
#include "nft.h"
#include "remove.h"
#include "setup.h"

#define RELEASE_TRIES	20

/* 0, or -1 with errno: ERESTART when the rules changed meanwhile. */
static int
remove_all(struct setup *s, const struct nft_state *st)
{
	static struct batch	b;
	bool			guard = st->guard && st->guard_owner == s->guard.port;

	batch_begin(&b, s->guard.fd != -1 ? &s->guard : &s->nl, st->generation);
	if (guard || (st->guard && st->guard_owner == 0))
		guard_remove(&b);
	for (size_t i = 0; i < NFT_TABLES; i++)
		if (st->table[i].there)
			nft_remove_ours(&b, st, &st->table[i]);
	return b.last == b.first ? 0 : batch_commit(&b);
}

static int
no_nibble(const struct conntrack_entry *entry, void *arg)
{
	(void)arg;
	return (entry->mark & MARK_MASK) != 0 ? 0 : -1;
}

static int
remove_until_gone(struct setup *s, bool *acct, char *why, size_t size)
{
	static struct nft_state	st;

	for (int i = 0; i < RELEASE_TRIES; i++) {
		if (nft_read(&s->nl, &s->ours[0], &s->ours[1], true, &st) == -1) {
			(void)snprintf(why, size, "cannot read nf_tables: %s",
			    strerrordesc_np(errno));
			return -1;
		}
		if (st.guard && st.guard_owner != 0 &&
		    (s->guard.fd == -1 || st.guard_owner != s->guard.port)) {
			(void)snprintf(why, size, "the guard belongs to a process that lives");
			return -1;
		}
		*acct = *acct || nft_has_note(&st, 4, "mangle", "ACCT");
		if (!nft_has_ours(&st) && !st.guard)
			return 0;
		if (remove_all(s, &st) == -1 && errno != ERESTART && errno != ENOENT)
			(void)snprintf(why, size, "%s", strerrordesc_np(errno));
	}
	if (why[0] == '\0')
		(void)snprintf(why, size, "the rules change all the time");
	return -1;
}

int
setup_release(struct setup *s)
{
	char	why[512] = "";
	bool	acct = false;

	if (remove_until_gone(s, &acct, why, sizeof(why)) == -1) {
		setup_say("failed %s", why);
		return 1;
	}
	if (acct)
		(void)acct_set(0);
	if (conntrack_set_nibbles(no_nibble, NULL) == -1) {
		setup_say("failed conntrack marks: %s", strerrordesc_np(errno));
		return 1;
	}
	if (gate_remove() == -1) {
		setup_say("failed devices: %s", strerrordesc_np(errno));
		return 1;
	}
	setup_say("released");
	return 0;
}
