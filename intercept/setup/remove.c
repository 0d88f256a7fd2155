/* What is taken out of a table with our rules (remove.h). */
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>

#include "remove.h"
#include "sandbox.h"

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

void
nft_remove_ours(struct batch *b, const struct nft_state *st, const struct nft_table *t)
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
