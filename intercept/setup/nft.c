/* nf_tables as the kernel tells it (nft.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>

#include "guard.h"
#include "nft.h"
#include "sandbox.h"

#define READ_TRIES	10

uint8_t
nft_family(int family)
{
	return family == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
}

static struct nft_table *
find_table(struct nft_state *st, uint32_t family, const char *name)
{
	for (size_t i = 0; i < NFT_TABLES; i++)
		if (name != NULL && nft_family(st->table[i].family) == family &&
		    strcmp(st->table[i].name, name) == 0)
			return &st->table[i];
	return NULL;
}

static const struct nft_table *
get_table(const struct nft_state *st, int family, const char *name)
{
	return find_table((struct nft_state *)st, nft_family(family), name);
}

static struct nft_chain *
find_chain(const struct nft_table *t, const char *name)
{
	for (size_t i = 0; t != NULL && name != NULL && i < t->chains; i++)
		if (strcmp(t->chain[i].name, name) == 0)
			return (struct nft_chain *)&t->chain[i];
	return NULL;
}

bool
nft_has_table(const struct nft_state *st, int family, const char *table)
{
	const struct nft_table	*t = get_table(st, family, table);

	return t != NULL && t->there;
}

bool
nft_has_chain(const struct nft_state *st, int family, const char *table, const char *chain)
{
	return find_chain(get_table(st, family, table), chain) != NULL;
}

bool
nft_has_note(const struct nft_state *st, int family, const char *table, const char *what)
{
	char	name[2 * NAME_BYTES];

	(void)snprintf(name, sizeof(name), NOTE_PREFIX "%s", what);
	return nft_has_chain(st, family, table, name);
}

bool
nft_has_ours(const struct nft_state *st)
{
	for (size_t i = 0; i < NFT_TABLES; i++) {
		if (st->table[i].jumps > 0)
			return true;
		for (size_t n = 0; n < st->table[i].chains; n++)
			if (st->table[i].chain[n].ours || st->table[i].chain[n].note)
				return true;
	}
	return false;
}

static int
on_table(const struct nlmsghdr *nlh, void *arg)
{
	struct nft_state	*st = arg;
	struct nft_table	*t;
	struct nftnl_table	*nt = nftnl_table_alloc();
	uint32_t		 family;
	const char		*name;

	if (nt == NULL || nftnl_table_nlmsg_parse(nlh, nt) < 0)
		fatal("table");
	family = nftnl_table_get_u32(nt, NFTNL_TABLE_FAMILY);
	name = nftnl_table_get_str(nt, NFTNL_TABLE_NAME);
	if (family == NFPROTO_INET && name != NULL && strcmp(name, GUARD_TABLE) == 0) {
		st->guard = true;
		st->guard_owner = nftnl_table_is_set(nt, NFTNL_TABLE_OWNER) ?
		    nftnl_table_get_u32(nt, NFTNL_TABLE_OWNER) : 0;
		st->guard_stays = (nftnl_table_get_u32(nt, NFTNL_TABLE_FLAGS) & GUARD_STAYS) != 0;
	}
	t = find_table(st, family, name);
	if (t != NULL) {
		t->there = true;
		t->use = nftnl_table_get_u32(nt, NFTNL_TABLE_USE);
	}
	nftnl_table_free(nt);
	return 0;
}

/* Keeps base chains, our chains and notes; the others are none of our business. */
static void
keep_chain(struct nft_state *st, struct nft_table *t, const struct nftnl_chain *nc)
{
	const char		*name = nftnl_chain_get_str(nc, NFTNL_CHAIN_NAME);
	struct nft_chain	 c = { 0 };

	if (name == NULL || strlen(name) >= sizeof(c.name))
		return;
	memcpy(c.name, name, strlen(name) + 1);
	c.base = nftnl_chain_is_set(nc, NFTNL_CHAIN_HOOKNUM);
	c.accepts = c.base && nftnl_chain_get_u32(nc, NFTNL_CHAIN_POLICY) == NF_ACCEPT;
	c.note = !c.base && strncmp(name, NOTE_PREFIX, strlen(NOTE_PREFIX)) == 0;
	c.ours = !c.base && table_chain(ruleset_table(st->known[t->family == 6], t->name),
	    name) != NULL;
	if (!c.base && !c.note && !c.ours)
		return;
	if (t->chains == NFT_CHAINS)
		st->overflow = true;
	else
		t->chain[t->chains++] = c;
}

static int
on_chain(const struct nlmsghdr *nlh, void *arg)
{
	struct nft_state	*st = arg;
	struct nft_table	*t;
	struct nftnl_chain	*nc = nftnl_chain_alloc();

	if (nc == NULL || nftnl_chain_nlmsg_parse(nlh, nc) < 0)
		fatal("chain");
	t = find_table(st, nftnl_chain_get_u32(nc, NFTNL_CHAIN_FAMILY),
	    nftnl_chain_get_str(nc, NFTNL_CHAIN_TABLE));
	if (t != NULL)
		keep_chain(st, t, nc);
	nftnl_chain_free(nc);
	return 0;
}

static bool
rule_leads_into_ours(const struct nft_table *t, const struct nftnl_rule *nr)
{
	struct nftnl_expr_iter	*it = nftnl_expr_iter_create(nr);
	struct nftnl_expr	*e;
	bool			 found = false;

	if (it == NULL)
		fatal("rule");
	while (!found && (e = nftnl_expr_iter_next(it)) != NULL) {
		const char		*name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
		const struct nft_chain	*c;

		if (name == NULL || strcmp(name, "immediate") != 0 ||
		    !nftnl_expr_is_set(e, NFTNL_EXPR_IMM_CHAIN))
			continue;
		c = find_chain(t, nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN));
		found = c != NULL && (c->ours || c->note);
	}
	nftnl_expr_iter_destroy(it);
	return found;
}

static void
keep_rule(struct nft_state *st, struct nft_table *t, const struct nftnl_rule *nr)
{
	const char		*chain = nftnl_rule_get_str(nr, NFTNL_RULE_CHAIN);
	struct nft_chain	*c = find_chain(t, chain);
	bool			 leads = false;

	if (chain == NULL || (c != NULL && (c->ours || c->note)))
		return;
	if (rule_leads_into_ours(t, nr)) {
		leads = true;
		if (t->jumps == TABLE_JUMPS || strlen(chain) >= sizeof(t->jump[0].chain)) {
			st->overflow = true;
		} else {
			memcpy(t->jump[t->jumps].chain, chain, strlen(chain) + 1);
			t->jump[t->jumps++].handle = nftnl_rule_get_u64(nr, NFTNL_RULE_HANDLE);
		}
	}
	if (c != NULL) {
		c->rules++;
		c->led += leads;
	}
}

static int
on_rule(const struct nlmsghdr *nlh, void *arg)
{
	struct nft_state	*st = arg;
	struct nft_table	*t;
	struct nftnl_rule	*nr = nftnl_rule_alloc();

	if (nr == NULL || nftnl_rule_nlmsg_parse(nlh, nr) < 0)
		fatal("rule");
	t = find_table(st, nftnl_rule_get_u32(nr, NFTNL_RULE_FAMILY),
	    nftnl_rule_get_str(nr, NFTNL_RULE_TABLE));
	if (t != NULL)
		keep_rule(st, t, nr);
	nftnl_rule_free(nr);
	return 0;
}

static int
on_generation_attribute(const struct nlattr *a, void *arg)
{
	uint32_t	*generation = arg;

	if (mnl_attr_get_type(a) == NFTA_GEN_ID && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
		*generation = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

static int
on_generation(const struct nlmsghdr *nlh, void *arg)
{
	return mnl_attr_parse(nlh, sizeof(struct nfgenmsg), on_generation_attribute, arg) < 0 ?
	    -1 : 0;
}

static int
generation_read(struct nl *nl, uint32_t *generation)
{
	char	buf[256];

	*generation = 0;
	return nl_ask(nl, nl_request(nl, buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, AF_UNSPEC, 0),
	    on_generation, generation);
}

static int
dump(struct nl *nl, unsigned type, uint8_t family, int (*each)(const struct nlmsghdr *, void *),
    struct nft_state *st)
{
	char	buf[256];

	return nl_dump(nl, nl_request(nl, buf, NFNL_SUBSYS_NFTABLES, type, family, 0), each, st);
}

static void
state_clear(struct nft_state *st, const struct ruleset *v4, const struct ruleset *v6)
{
	memset(st, 0, sizeof(*st));
	st->known[0] = v4;
	st->known[1] = v6;
	for (size_t i = 0; i < NFT_TABLES; i++) {
		const struct ruleset	*r = st->known[i & 1];

		if (i / 2 >= r->tables)
			continue;
		st->table[i].family = r->family;
		memcpy(st->table[i].name, r->table[i / 2].name, strlen(r->table[i / 2].name) + 1);
	}
}

static int
read_once(struct nl *nl, bool rules, struct nft_state *st)
{
	uint32_t	after;

	if (generation_read(nl, &st->generation) == -1 ||
	    dump(nl, NFT_MSG_GETTABLE, NFPROTO_UNSPEC, on_table, st) == -1)
		return -1;
	for (int family = 4; family <= 6; family += 2) {
		if (dump(nl, NFT_MSG_GETCHAIN, nft_family(family), on_chain, st) == -1)
			return -1;
		if (rules && dump(nl, NFT_MSG_GETRULE, nft_family(family), on_rule, st) == -1)
			return -1;
	}
	if (generation_read(nl, &after) == -1)
		return -1;
	if (after == st->generation)
		return 0;
	errno = EINTR;
	return -1;
}

int
nft_read(struct nl *nl, const struct ruleset *v4, const struct ruleset *v6, bool rules,
    struct nft_state *st)
{
	for (int i = 0; i < READ_TRIES; i++) {
		state_clear(st, v4, v6);
		if (read_once(nl, rules, st) == 0) {
			errno = E2BIG;
			return st->overflow ? -1 : 0;
		}
		if (errno != EINTR)
			return -1;
	}
	return -1;
}

void
batch_begin(struct batch *b, struct nl *nl, uint32_t generation)
{
	struct nlmsghdr	*nlh;

	b->nl = nl;
	b->used = 0;
	b->first = b->last = ++nl->seq;
	nlh = nftnl_batch_begin(b->buf, b->first);
	if (generation != 0)
		mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(generation));
	batch_take(b, nlh);
}

struct nlmsghdr *
batch_next(struct batch *b, unsigned type, uint8_t family, unsigned flags)
{
	if (b->used + NL_BUFFER > sizeof(b->buf))
		fatalx("too much for one batch");
	b->last = ++b->nl->seq;
	return nftnl_nlmsg_build_hdr(b->buf + b->used, (uint16_t)type, family,
	    (uint16_t)(flags | NLM_F_ACK), b->last);
}

void
batch_take(struct batch *b, const struct nlmsghdr *nlh)
{
	b->used += MNL_ALIGN(nlh->nlmsg_len);
}

int
batch_commit(struct batch *b)
{
	struct nlmsghdr	*nlh = nftnl_batch_end(b->buf + b->used, ++b->nl->seq);

	batch_take(b, nlh);
	return nl_transact(b->nl, b->buf, b->used, b->first, b->last);
}
