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

static __always_inline bool
tuple_v4(const struct __sk_buff *skb, struct kernel_tuple *t)
{
	__u8	h[V4_BYTES];

	if (!load(skb, 0, h, sizeof(h)) || (((__u16)h[6] << 8 | h[7]) & FRAGMENT) != 0)
		return false;
	t->family = 4;
	t->proto = h[9];
	__builtin_memcpy(t->src, h + 12, 4);
	__builtin_memcpy(t->dst, h + 16, 4);
	return ports_of(skb, (__u32)(h[0] & 15) * 4, t);
}

/* Behind other headers there is nothing for us: such a packet takes the slower way. */
static __always_inline bool
tuple_v6(const struct __sk_buff *skb, struct kernel_tuple *t)
{
	__u8	next;

	if (!load(skb, 6, &next, 1) || !load(skb, 8, t->src, 16) || !load(skb, 24, t->dst, 16))
		return false;
	t->family = 6;
	t->proto = next;
	return ports_of(skb, V6_BYTES, t);
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
