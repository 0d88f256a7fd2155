/*
 * Ways below the rules (AF_PACKET, AF_XDP): who takes one is told, once each process and socket. Part of
 * bulwark.bpf.c.
 *
 * What a packet socket sends leaves inside the system call of the one who sends it, but frames of a program
 * elsewhere may pass a device here while anybody runs: who has the socket open sent, else it is asked for by its
 * number. Past the device's queue (PACKET_QDISC_BYPASS) nothing is seen of a packet, nor of AF_XDP; both take an
 * option of the socket first.
 */
#ifndef BPF_BELOW_H
#define BPF_BELOW_H

#define FAMILY_PACKET	17	/* AF_PACKET */
#define FAMILY_XDP	44	/* AF_XDP */
#define LEVEL_PACKET	263	/* SOL_PACKET */
#define LEVEL_XDP	283	/* SOL_XDP */
#define PAST_QUEUES	20	/* PACKET_QDISC_BYPASS */

struct below_key {
	struct kernel_process	process;	/* all zero: not known */
	__u64			inode;
	__u32			way, pad;
};
MAP(below_told, BPF_MAP_TYPE_LRU_HASH, struct below_key, __u8, KERNEL_BELOW_TOLD, 0);
RING(below, KERNEL_BELOW);

/* Of the suite's network; until intercept says which that is, none is. */
static __always_inline bool
is_here(const struct sock *sk)
{
	const struct kernel_control	*c;
	__u32				 zero = 0;

	return (c = bpf_map_lookup_elem(&control, &zero)) != NULL && c->network != 0 &&
	    BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie) == c->network;
}

static __always_inline bool
is_told(const struct below_key *k)
{
	return bpf_map_lookup_elem(&below_told, k) != NULL;
}

/* Without room in the ring it is told by the next packet. */
static __always_inline void
tell_below(const struct below_key *k, struct kernel_below *b)
{
	__u64	how = bpf_ringbuf_query(&below, BPF_RB_AVAIL_DATA) == 0 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	__u8	one = 1;

	b->way = k->way;
	b->inode = k->inode;
	if (bpf_ringbuf_output(&below, b, sizeof(*b), how) == 0)
		(void)bpf_map_update_elem(&below_told, k, &one, BPF_ANY);
}

static __always_inline void
sent_below(const struct sk_buff *skb, const struct sock *sk)
{
	const struct task_struct	*task = bpf_get_current_task_btf();
	struct below_key		 k = { .inode = inode_of(sk), .way = BELOW_SENT };
	struct kernel_below		 b = { 0 };

	process_of(task, &k.process);
	if (is_told(&k))
		return;
	if (!has_open(task, sk) || !sender_of(task, &b.sender)) {
		__builtin_memset(&k.process, 0, sizeof(k.process));
		if (is_told(&k))
			return;
	}
	b.uid = BPF_CORE_READ(sk, sk_uid.val);
	b.ethertype = __builtin_bswap16(BPF_CORE_READ(skb, protocol));
	(void)bpf_probe_read_kernel_str(b.device, sizeof(b.device), skb->dev->name);
	tell_below(&k, &b);
}

SEC("tp_btf/net_dev_queue")
int
BPF_PROG(queued, struct sk_buff *skb)
{
	const struct sock	*sk = skb->sk;

	if (sk != NULL && sk->__sk_common.skc_family == FAMILY_PACKET && is_here(sk))
		sent_below(skb, sk);
	return 0;
}

/* 0: the option opens no way. */
static __always_inline __u32
way_of(const struct bpf_sockopt *o, __u32 family)
{
	if (o->level == LEVEL_XDP && family == FAMILY_XDP)
		return BELOW_FRAMES;
	if (o->level == LEVEL_PACKET && family == FAMILY_PACKET && o->optname == PAST_QUEUES)
		return BELOW_PAST_QUEUES;
	return 0;
}

static __always_inline void
tell_option(const struct sock *sk, __u32 way)
{
	const struct task_struct	*task = bpf_get_current_task_btf();
	struct below_key		 k = { .inode = inode_of(sk), .way = way };
	struct kernel_below		 b = { 0 };

	process_of(task, &k.process);
	if (is_told(&k) || !sender_of(task, &b.sender))
		return;
	b.uid = BPF_CORE_READ(sk, sk_uid.val);
	tell_below(&k, &b);
}

SEC("cgroup/setsockopt")
int
option_set(struct bpf_sockopt *o)
{
	const void	*known = (const void *)o->sk;
	const void	*sk = NULL;
	__u32		 way = o->sk != NULL ? way_of(o, o->sk->family) : 0;

	if (way != 0 && bpf_probe_read_kernel(&sk, sizeof(sk), &known) == 0 && is_here(sk))
		tell_option(sk, way);
	o->optlen = 0;	/* as it stands: longer ones than a page would be refused */
	return 1;
}

#endif
