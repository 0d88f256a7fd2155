/*
 * The packet in hand: its tuple, as intercept has it (packet.h there). The bytes are hostile.
 */
#ifndef BPF_PACKET_H
#define BPF_PACKET_H

#include "maps.h"

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_SCTP	132
#define V4_BYTES	20
#define V6_BYTES	40
#define FRAGMENT	0x3fff	/* more follow, or it does not begin here */

static __always_inline bool
load(const struct __sk_buff *skb, __u32 at, void *to, __u32 len)
{
	return bpf_skb_load_bytes_relative(skb, at, to, len, BPF_HDR_START_NET) == 0;
}

static __always_inline bool
ports_of(const struct __sk_buff *skb, __u32 at, struct kernel_tuple *t)
{
	__be16	port[2];

	if (t->proto != PROTO_TCP && t->proto != PROTO_UDP)
		return true;
	if (!load(skb, at, port, sizeof(port)))
		return false;
	t->sport = bpf_ntohs(port[0]);
	t->dport = bpf_ntohs(port[1]);
	return true;
}

#define V4_OPTIONS	40
#define OPTION_END	0
#define OPTION_NOP	1
#define OPTION_LSRR	131
#define OPTION_SSRR	137

/* Does somebody else choose where it goes, or can its options not be read? len: of these. */
static __always_inline bool
is_routed_v4(const struct __sk_buff *skb, __u32 len)
{
	__u8	o[2];	/* kind, length */
	__u32	at = 0;

	for (int i = 0; i < V4_OPTIONS && at < len; i++) {
		if (!load(skb, V4_BYTES + at, o, sizeof(o)))
			return true;
		if (o[0] == OPTION_END)
			return false;
		if (o[0] != OPTION_NOP && (o[0] == OPTION_LSRR || o[0] == OPTION_SSRR || o[1] < 2))
			return true;
		at += o[0] == OPTION_NOP ? 1 : o[1];
	}
	return false;
}

static __always_inline bool
tuple_v4(const struct __sk_buff *skb, struct kernel_tuple *t)
{
	__u8	h[V4_BYTES];
	__u32	len;

	if (!load(skb, 0, h, sizeof(h)) || (((__u16)h[6] << 8 | h[7]) & FRAGMENT) != 0)
		return false;
	len = (__u32)(h[0] & 15) * 4;
	if (len != V4_BYTES && (len < V4_BYTES || is_routed_v4(skb, len - V4_BYTES)))
		return false;
	t->family = 4;
	t->proto = h[9];
	__builtin_memcpy(t->src, h + 12, 4);
	__builtin_memcpy(t->dst, h + 16, 4);
	return ports_of(skb, len, t);
}

#define V6_HEADERS	8	/* as many as intercept steps over (packet.c) */
#define HOP_BY_HOP	0
#define ROUTING		43
#define FRAGMENTED	44
#define AUTHENTICATION	51
#define OPTIONS		60

/* Length of the header at this place; 0: it is none to step over. */
static __always_inline __u32
extension(const struct __sk_buff *skb, __u8 type, __u32 at, __u8 *next)
{
	__u8	h[4];

	if (!load(skb, at, h, sizeof(h)))
		return 0;
	*next = h[0];
	if (type == FRAGMENTED)
		return (((__u16)h[2] << 8 | h[3]) & 0xfff9) == 0 ? 8 : 0;
	if (type == AUTHENTICATION)
		return ((__u32)h[1] + 2) * 4;
	return type == ROUTING && h[3] != 0 ? 0 : ((__u32)h[1] + 1) * 8;
}

static __always_inline bool
is_extension(__u8 type)
{
	return type == HOP_BY_HOP || type == ROUTING || type == FRAGMENTED || type == AUTHENTICATION || type == OPTIONS;
}

static __always_inline bool
tuple_v6(const struct __sk_buff *skb, struct kernel_tuple *t)
{
	__u8	next;
	__u32	at = V6_BYTES, len;

	if (!load(skb, 6, &next, 1) || !load(skb, 8, t->src, 16) || !load(skb, 24, t->dst, 16))
		return false;
	for (int i = 0; i < V6_HEADERS && is_extension(next); i++) {
		if ((len = extension(skb, next, at, &next)) == 0)
			return false;
		at += len;
	}
	t->family = 6;
	t->proto = next;
	return !is_extension(next) && ports_of(skb, at, t);
}

/* t is zeroed by the caller. False: it takes the slower way. Of other protocols than TCP and UDP there are no ports. */
static __always_inline bool
tuple_of(const struct __sk_buff *skb, struct kernel_tuple *t)
{
	__u8	first;

	if (!load(skb, 0, &first, 1))
		return false;
	return first >> 4 == 4 ? tuple_v4(skb, t) : first >> 4 == 6 ? tuple_v6(skb, t) : false;
}

#endif
