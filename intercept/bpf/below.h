/*
 * Ways below the rules (AF_PACKET, AF_PPPOX, AF_LLC, AF_XDP): who takes one is told, once each process and socket; and while they
 * are closed, refused, but for whom intercept named. Part of bulwark.bpf.c.
 *
 * What a packet socket sends leaves inside the system call of the one who sends it, but frames of a program
 * elsewhere may pass a device here while anybody runs: who has the socket open sent, else it is asked for by its
 * number. Past the device's queue (PACKET_QDISC_BYPASS) nothing is seen of a packet, nor of AF_XDP; both take an
 * option of the socket first. What a socket of PPPoE sends by itself is as a packet socket's, and wants no capability;
 * what goes through a device of PPP still belongs to who sent it there.
 */
#ifndef BPF_BELOW_H
#define BPF_BELOW_H

#define FAMILY_PACKET	17	/* AF_PACKET */
#define FAMILY_LLC	26	/* AF_LLC */
#define FAMILY_XDP	44	/* AF_XDP */
#define LEVEL_PACKET	263	/* SOL_PACKET */
#define LEVEL_XDP	283	/* SOL_XDP */
#define PAST_QUEUES	20	/* PACKET_QDISC_BYPASS */
#define GO_ON		(-1)	/* TC_ACT_UNSPEC: others have their say */
#define DROP		2	/* TC_ACT_SHOT */
#define AGAIN_BITS	32	/* of nanoseconds: about four seconds */
#define ETHERNET	1	/* ARPHRD_ETHER */
#define TYPE_AT		12	/* in its header */

struct below_key {
	struct kernel_process	process;	/* all zero: not known */
	__u64			inode;
	__u32			way;
	__u32			when;		/* refused ones are told again; else 0 */
};
MAP(below_may, BPF_MAP_TYPE_LRU_HASH, struct kernel_program, __u8, KERNEL_BELOW_MAY, 0);
MAP(below_told, BPF_MAP_TYPE_LRU_HASH, struct below_key, __u8, KERNEL_BELOW_TOLD, 0);
RING(below, KERNEL_BELOW);

static __always_inline bool
sends_frames(__u32 family)
{
	return family == FAMILY_PACKET || family == FAMILY_PPPOX || family == FAMILY_LLC;
}

/* Whether the way is closed to the task that runs. */
static __always_inline bool
is_closed_to_it(void)
{
	const struct kernel_control	*c;
	struct kernel_sender		 s = { 0 };
	__u32				 zero = 0;

	if ((c = bpf_map_lookup_elem(&control, &zero)) == NULL || c->closed == 0)
		return false;
	return !sender_of(bpf_get_current_task_btf(), &s) || (s.flags & SENDER_TRACED) != 0 ||
	    bpf_map_lookup_elem(&below_may, &s.program) == NULL;
}

static __always_inline bool
is_told(const struct below_key *k)
{
	return bpf_map_lookup_elem(&below_told, k) != NULL;
}

/* Without room in the ring it is told by the next packet, and counted. */
static __always_inline void
tell_below(const struct below_key *k, struct kernel_below *b)
{
	__u64	how = bpf_ringbuf_query(&below, BPF_RB_AVAIL_DATA) == 0 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	struct kernel_control	*c;
	__u32	zero = 0;
	__u8	one = 1;

	b->way = k->way;
	b->inode = k->inode;
	b->refused = k->when != 0;
	if (bpf_ringbuf_output(&below, b, sizeof(*b), how) == 0)
		(void)bpf_map_update_elem(&below_told, k, &one, BPF_ANY);
	else if ((c = bpf_map_lookup_elem(&control, &zero)) != NULL)
		__sync_fetch_and_add(&c->below_lost, 1);
}

static __always_inline __u32
key_time(bool refused)
{
	return refused ? (__u32)(bpf_ktime_get_ns() >> AGAIN_BITS) | 1u << 31 : 0;
}

/* The frame's own word: what the sender told the socket may be another. */
static __always_inline __u16
type_of(const struct sk_buff *skb)
{
	__u16	type = BPF_CORE_READ(skb, protocol);

	if (BPF_CORE_READ(skb, dev, type) == ETHERNET)
		(void)bpf_probe_read_kernel(&type, sizeof(type), BPF_CORE_READ(skb, data) + TYPE_AT);
	return __builtin_bswap16(type);
}

static __always_inline void
tell_sent(const struct sk_buff *skb, const struct sock *sk, bool refused)
{
	const struct task_struct	*task = bpf_get_current_task_btf();
	const struct net_device		*dev = BPF_CORE_READ(skb, dev);
	struct below_key		 k = { .inode = inode_of(file_of(sk)), .way = BELOW_SENT, .when = key_time(refused) };
	struct kernel_below		 b = { 0 };

	process_of(task, &k.process);
	if (is_told(&k))
		return;
	if (!has_open(task, file_of(sk)) || !sender_of(task, &b.sender)) {
		__builtin_memset(&k.process, 0, sizeof(k.process));
		if (is_told(&k))
			return;
	}
	b.uid = uid_of(sk);
	b.ethertype = type_of(skb);
	(void)bpf_probe_read_kernel_str(b.device, sizeof(b.device), dev->name);
	tell_below(&k, &b);
}

SEC("tp_btf/net_dev_queue")
int
BPF_PROG(queued, struct sk_buff *skb)
{
	const struct sock	*sk = skb->sk;

	if (sk != NULL && sends_frames(sk->__sk_common.skc_family) && is_here(sk))
		tell_sent(skb, sk, false);
	return 0;
}

/* It stays on the link: addresses of neighbours, the login at a network, who is at the cable's other end. */
static __always_inline bool
is_of_the_link(const struct sk_buff *skb)
{
	__u16	type = type_of(skb);

	return BPF_CORE_READ(skb, dev, type) == ETHERNET &&
	    (type == 0x0806 || type == 0x888e || type == 0x88c7 || type == 0x88cc);
}

/* At each device's way out (tc), while the ways are closed. */
SEC("tc")
int
gate(struct __sk_buff *c)
{
	const struct sk_buff	*skb = (const void *)c;
	const struct sock	*sk;

	if (c->sk == NULL || !sends_frames(c->sk->family))
		return GO_ON;
	sk = unknown(c->sk);
	if (!is_here(sk) || is_of_the_link(skb) || !is_closed_to_it())
		return GO_ON;
	tell_sent(skb, sk, true);
	return DROP;
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

/* Whether the option is refused. */
static __always_inline bool
judge_option(const struct sock *sk, __u32 way)
{
	const struct task_struct	*task = bpf_get_current_task_btf();
	bool				 refused = is_closed_to_it();
	struct below_key		 k = { .inode = inode_of(file_of(sk)), .way = way, .when = key_time(refused) };
	struct kernel_below		 b = { 0 };

	process_of(task, &k.process);
	if (is_told(&k) || !sender_of(task, &b.sender))
		return refused;
	b.uid = uid_of(sk);
	tell_below(&k, &b);
	return refused;
}

SEC("cgroup/setsockopt")
int
option_set(struct bpf_sockopt *o)
{
	__u32			 way = o->sk != NULL ? way_of(o, o->sk->family) : 0;
	const struct sock	*sk;

	if (way != 0 && is_here(sk = unknown((const void *)o->sk)) && judge_option(sk, way))
		return 0;
	o->optlen = 0;	/* as it stands: longer ones than a page would be refused */
	return 1;
}

#endif
