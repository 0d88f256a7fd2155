/*
 * "release": takes everything back. One atomic batch removes the guard, our
 * jumps and chains, and the base chains and tables that were not there before
 * us and are empty; then our nibble leaves all conntrack marks, and the gate all devices.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>

#include "conntrack.h"
#include "guard.h"
#include "nft.h"
#include "sandbox.h"
#include "setup.h"

#define RELEASE_TRIES	20
#define NIBBLE		0x0f000000u

/* All rules of a chain, or with a handle that one. */
static void
remove_rules(struct batch *b, const struct nft_table *t, const char *chain, uint64_t handle)
{
	struct nftnl_rule	*r = nftnl_rule_alloc();
	struct nlmsghdr		*nlh;

	if (r == NULL)
		fatal("rule");
	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, t->name);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	if (handle != 0)
		nftnl_rule_set_u64(r, NFTNL_RULE_HANDLE, handle);
	nlh = batch_next(b, NFT_MSG_DELRULE, nft_family(t->family), 0);
	nftnl_rule_nlmsg_build_payload(nlh, r);
	batch_take(b, nlh);
	nftnl_rule_free(r);
}

static void
remove_chain(struct batch *b, const struct nft_table *t, const char *chain)
{
	struct nftnl_chain	*c = nftnl_chain_alloc();
	struct nlmsghdr		*nlh;

	if (c == NULL)
		fatal("chain");
	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, t->name);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, chain);
	nlh = batch_next(b, NFT_MSG_DELCHAIN, nft_family(t->family), 0);
	nftnl_chain_nlmsg_build_payload(nlh, c);
	batch_take(b, nlh);
	nftnl_chain_free(c);
}

static void
remove_table(struct batch *b, const struct nft_table *t)
{
	struct nftnl_table	*nt = nftnl_table_alloc();
	struct nlmsghdr		*nlh;

	if (nt == NULL)
		fatal("table");
	nftnl_table_set_str(nt, NFTNL_TABLE_NAME, t->name);
	nlh = batch_next(b, NFT_MSG_DELTABLE, nft_family(t->family), 0);
	nftnl_table_nlmsg_build_payload(nlh, nt);
	batch_take(b, nlh);
	nftnl_table_free(nt);
}

/* A base chain that came with us, and that nobody uses besides. */
static bool
chain_came_with_us(const struct nft_state *st, const struct nft_table *t,
    const struct nft_chain *c)
{
	return c->base && c->accepts && c->rules == c->led &&
	    nft_has_note(st, t->family, t->name, c->name);
}

static void
remove_from_table(struct batch *b, const struct nft_state *st, const struct nft_table *t)
{
	uint32_t	removed = 0;

	for (size_t i = 0; i < t->jumps; i++)
		remove_rules(b, t, t->jump[i].chain, t->jump[i].handle);
	for (size_t i = 0; i < t->chains; i++)
		if (t->chain[i].ours)
			remove_rules(b, t, t->chain[i].name, 0);
	for (size_t i = 0; i < t->chains; i++) {
		const struct nft_chain	*c = &t->chain[i];

		if (!c->ours && !c->note && !chain_came_with_us(st, t, c))
			continue;
		remove_chain(b, t, c->name);
		removed++;
	}
	if (nft_has_note(st, t->family, t->name, "TABLE") && removed == t->use)
		remove_table(b, t);
}

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
			remove_from_table(&b, st, &st->table[i]);
	return b.last == b.first ? 0 : batch_commit(&b);
}

static int
no_nibble(const struct conntrack_entry *entry, void *arg)
{
	(void)arg;
	return (entry->mark & NIBBLE) != 0 ? 0 : -1;
}

static int
remove_until_gone(struct setup *s, bool *acct, char *why, size_t size)
{
	static struct nft_state	st;

	for (int i = 0; i < RELEASE_TRIES; i++) {
		if (nft_read(&s->nl, &s->want[0], &s->want[1], true, &st) == -1) {
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
