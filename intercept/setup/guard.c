/* The guard table (guard.h). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>

#include "guard.h"
#include "sandbox.h"

#ifndef NFT_TABLE_F_OWNER
#define NFT_TABLE_F_OWNER 0x2
#endif

static void
add_table(struct batch *b, unsigned type, uint32_t flags)
{
	struct nftnl_table	*t = nftnl_table_alloc();
	struct nlmsghdr		*nlh;

	if (t == NULL)
		fatal("table");
	nftnl_table_set_str(t, NFTNL_TABLE_NAME, GUARD_TABLE);
	if (flags != 0)
		nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, flags);
	nlh = batch_next(b, type, NFPROTO_INET, type == NFT_MSG_NEWTABLE ?
	    NLM_F_CREATE | NLM_F_EXCL : 0);
	nftnl_table_nlmsg_build_payload(nlh, t);
	batch_take(b, nlh);
	nftnl_table_free(t);
}

static void
add_chain(struct batch *b, const struct guard_chain *gc)
{
	struct nftnl_chain	*c = nftnl_chain_alloc();
	struct nlmsghdr		*nlh;

	if (c == NULL)
		fatal("chain");
	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, GUARD_TABLE);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, gc->name);
	nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter");
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, gc->hook);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, gc->priority);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, gc->closed ? NF_DROP : NF_ACCEPT);
	nlh = batch_next(b, NFT_MSG_NEWCHAIN, NFPROTO_INET, NLM_F_CREATE | NLM_F_EXCL);
	nftnl_chain_nlmsg_build_payload(nlh, c);
	batch_take(b, nlh);
	nftnl_chain_free(c);
}

static void
add_rule(struct batch *b, const char *chain, const struct guard_rule *gr)
{
	struct nftnl_rule	*r = nftnl_rule_alloc();
	struct nlmsghdr		*nlh;

	if (r == NULL)
		fatal("rule");
	nftnl_rule_set_str(r, NFTNL_RULE_TABLE, GUARD_TABLE);
	nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
	nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, NFPROTO_INET);
	guard_build(r, gr);
	nlh = batch_next(b, NFT_MSG_NEWRULE, NFPROTO_INET, NLM_F_CREATE | NLM_F_APPEND);
	nftnl_rule_nlmsg_build_payload(nlh, r);
	batch_take(b, nlh);
	nftnl_rule_free(r);
}

static int
guard_create(struct nl *owner, bool replace, uint32_t flags)
{
	static struct batch	b;

	batch_begin(&b, owner, 0);
	if (replace)
		add_table(&b, NFT_MSG_DELTABLE, 0);
	add_table(&b, NFT_MSG_NEWTABLE, flags);
	for (const struct guard_chain *c = guard_chains; c->name != NULL; c++) {
		add_chain(&b, c);
		for (const struct guard_rule *r = c->rules; r->step[0].op != GUARD_END; r++)
			if ((flags & GUARD_STAYS) == 0 || !r->beside_security)
				add_rule(&b, c->name, r);
	}
	return batch_commit(&b);
}

static bool
is_unknown(int error)
{
	return error == EOPNOTSUPP || error == EINVAL;
}

/* As it stays, if the kernel can. */
static int
guard_create_best(struct nl *owner, bool replace)
{
	if (guard_create(owner, replace, NFT_TABLE_F_OWNER | GUARD_STAYS) == 0)
		return 0;
	return is_unknown(errno) ? guard_create(owner, replace, NFT_TABLE_F_OWNER) : -1;
}

bool
guard_ensure(struct nl *owner, const struct nft_state *st, char *why, size_t size)
{
	const char	*reason;

	if (owner->fd != -1 && st->guard && st->guard_owner == owner->port)
		return true;
	if (owner->fd == -1) {
		reason = "no socket to own it";
	} else if (st->guard && st->guard_owner != 0) {
		reason = "another process holds it";
	} else if (guard_create_best(owner, st->guard) == 0) {
		return true;
	} else if (is_unknown(errno)) {
		reason = "this kernel has no tables with an owner";
	} else {
		reason = strerrordesc_np(errno);
	}
	(void)snprintf(why, size, "%s", reason);
	return false;
}

void
guard_remove(struct batch *b)
{
	add_table(b, NFT_MSG_DELTABLE, 0);
}
