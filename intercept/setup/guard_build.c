/*
 * Turns a line of guard_rules.c into nf_tables expressions. Register 1 holds
 * what is compared. Byte orders: marks, states and lengths as the host has
 * them, what stands in the packet as in the packet.
 */
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

#include "guard.h"
#include "marks.h"
#include "sandbox.h"

static struct nftnl_expr *
expr_add(struct nftnl_rule *r, const char *name)
{
	struct nftnl_expr	*e = nftnl_expr_alloc(name);

	if (e == NULL)
		fatal("expression %s", name);
	nftnl_rule_add_expr(r, e);
	return e;
}

static void
load_meta(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr	*e = expr_add(r, "meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void
load_ct(struct nftnl_rule *r, uint32_t key)
{
	struct nftnl_expr	*e = expr_add(r, "ct");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, NFT_REG_1);
}

static void
load_packet(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t len)
{
	struct nftnl_expr	*e = expr_add(r, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
}

static void
mask(struct nftnl_rule *r, uint32_t bits, uint32_t len)
{
	struct nftnl_expr	*e = expr_add(r, "bitwise");
	uint8_t			 byte = (uint8_t)bits, none[4] = { 0 };
	const void		*m = len == 1 ? (const void *)&byte : (const void *)&bits;

	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set_data(e, NFTNL_EXPR_BITWISE_MASK, m, len);
	nftnl_expr_set_data(e, NFTNL_EXPR_BITWISE_XOR, none, len);
}

static void
compare(struct nftnl_rule *r, uint32_t op, const void *data, uint32_t len)
{
	struct nftnl_expr	*e = expr_add(r, "cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set_data(e, NFTNL_EXPR_CMP_DATA, data, len);
}

static void
compare_u32(struct nftnl_rule *r, uint32_t op, uint32_t value)
{
	compare(r, op, &value, sizeof(value));
}

static void
compare_u8(struct nftnl_rule *r, uint32_t op, uint32_t value)
{
	uint8_t	byte = (uint8_t)value;

	compare(r, op, &byte, sizeof(byte));
}

static void
compare_address(struct nftnl_rule *r, const struct guard_step *s)
{
	uint32_t	offset;

	if (s->a == NFPROTO_IPV6)
		offset = s->op == GUARD_FROM ? 8 : 24;
	else
		offset = s->op == GUARD_FROM ? 12 : 16;
	load_meta(r, NFT_META_NFPROTO);
	compare_u8(r, NFT_CMP_EQ, s->a);
	load_packet(r, NFT_PAYLOAD_NETWORK_HEADER, offset, s->b);
	compare(r, s->op == GUARD_NOT_TO ? NFT_CMP_NEQ : NFT_CMP_EQ, s->address, s->b);
}

/* Lengths are compared as bytes: they need the order of the network. */
static void
compare_length(struct nftnl_rule *r, uint32_t most)
{
	struct nftnl_expr	*e;
	uint32_t		 value = htonl(most);

	load_meta(r, NFT_META_LEN);
	e = expr_add(r, "byteorder");
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_LEN, 4);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BYTEORDER_SIZE, 4);
	compare(r, NFT_CMP_LTE, &value, sizeof(value));
}

static void
clear_packet_mark(struct nftnl_rule *r)
{
	struct nftnl_expr	*e;

	load_meta(r, NFT_META_MARK);
	mask(r, ~MARK_MASK, 4);
	e = expr_add(r, "meta");
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void
clear_conntrack_mark(struct nftnl_rule *r)
{
	struct nftnl_expr	*e;

	load_ct(r, NFT_CT_MARK);
	mask(r, ~MARK_MASK, 4);
	e = expr_add(r, "ct");
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void
verdict(struct nftnl_rule *r, uint32_t code)
{
	struct nftnl_expr	*e = expr_add(r, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, code);
}

static void
build_packet_test(struct nftnl_rule *r, const struct guard_step *s)
{
	uint16_t	port = htons((uint16_t)s->a), loopback = ARPHRD_LOOPBACK;

	switch (s->op) {
	case GUARD_PROTOCOL:
		load_meta(r, NFT_META_L4PROTO);
		compare_u8(r, NFT_CMP_EQ, s->a);
		break;
	case GUARD_PORT:
		load_packet(r, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
		compare(r, NFT_CMP_EQ, &port, sizeof(port));
		break;
	case GUARD_LOOPBACK:
		load_meta(r, NFT_META_IIFTYPE);
		compare(r, NFT_CMP_EQ, &loopback, sizeof(loopback));
		break;
	case GUARD_NOT_TO:
	case GUARD_TO:
	case GUARD_FROM:
		compare_address(r, s);
		break;
	case GUARD_ICMP6:
		load_packet(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
		compare_u8(r, NFT_CMP_GTE, s->a);
		compare_u8(r, NFT_CMP_LTE, s->b);
		break;
	case GUARD_HOPS:
		load_packet(r, NFT_PAYLOAD_NETWORK_HEADER, 7, 1);
		compare_u8(r, NFT_CMP_EQ, s->a);
		break;
	case GUARD_SHORT:
		compare_length(r, s->a);
		break;
	case GUARD_RESET:
		load_packet(r, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
		mask(r, 0x04, 1);
		compare_u8(r, NFT_CMP_NEQ, 0);
		break;
	default:
		fatalx("guard step %d", (int)s->op);
	}
}

static void
build_step(struct nftnl_rule *r, const struct guard_step *s)
{
	switch (s->op) {
	case GUARD_NIBBLE:
	case GUARD_OTHER_NIBBLE:
		load_ct(r, NFT_CT_MARK);
		mask(r, s->b, 4);
		compare_u32(r, s->op == GUARD_NIBBLE ? NFT_CMP_EQ : NFT_CMP_NEQ, s->a);
		break;
	case GUARD_STATE:
		load_ct(r, NFT_CT_STATE);
		mask(r, s->a, 4);
		compare_u32(r, NFT_CMP_NEQ, 0);
		break;
	case GUARD_REDIRECTED:
		load_ct(r, NFT_CT_STATUS);
		mask(r, IPS_DST_NAT, 4);
		compare_u32(r, NFT_CMP_NEQ, 0);
		break;
	case GUARD_REPLY:
		load_ct(r, NFT_CT_DIRECTION);
		compare_u8(r, NFT_CMP_EQ, s->a);
		break;
	case GUARD_SOCKET:
		/* Without a program's socket there is no uid to compare, and the rule ends. */
		load_meta(r, NFT_META_SKUID);
		compare_u32(r, NFT_CMP_GTE, 0);
		break;
	case GUARD_MARKED:
		load_meta(r, NFT_META_MARK);
		mask(r, MARK_MASK, 4);
		compare_u32(r, NFT_CMP_NEQ, 0);
		break;
	case GUARD_UNMARK:
		clear_packet_mark(r);
		break;
	case GUARD_FORGET:
		clear_conntrack_mark(r);
		break;
	case GUARD_ACCEPT:
		verdict(r, NF_ACCEPT);
		break;
	case GUARD_DROP:
		verdict(r, NF_DROP);
		break;
	default:
		build_packet_test(r, s);
	}
}

void
guard_build(struct nftnl_rule *r, const struct guard_rule *rule)
{
	for (size_t i = 0; i < GUARD_STEPS && rule->step[i].op != GUARD_END; i++)
		build_step(r, &rule->step[i]);
}
