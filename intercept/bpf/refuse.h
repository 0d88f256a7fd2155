/*
 * Calls that fail at once, with EPERM: connect(), and what is sent by UDP with an address. Part of
 * bulwark.bpf.c. intercept lends a refusal as it lends a grant; without one the call goes on, and
 * the packet is asked about. So whatever is not sure here is left to the packet.
 */
#ifndef BPF_REFUSE_H
#define BPF_REFUSE_H

#define BOUND_PORT	8	/* the kernel's SOCK_BINDPORT_LOCK: the program chose its port */
#define SECOND_NS	1000000000

/* The socket, to be read by name. */
static __always_inline const struct sock *
socket_in(struct bpf_sock_addr *c)
{
	return unknown((const void *)c->sk);
}

/* NULL: nothing is refused, or not here: in other network namespaces the same address is another machine. */
static __always_inline struct kernel_control *
refusals_count(struct bpf_sock_addr *c)
{
	struct kernel_control	*now;
	__u32			 zero = 0;

	if ((now = bpf_map_lookup_elem(&control, &zero)) == NULL || now->refusals == 0)
		return NULL;
	return now->netns == bpf_get_netns_cookie(c) && is_leased(now, bpf_ktime_get_ns()) ? now : NULL;
}

/* 0: a protocol of which nothing is refused. */
static __always_inline __u8
proto_of(__u32 type, __u32 protocol)
{
	if (type == SOCK_STREAM && protocol == PROTO_TCP)
		return PROTO_TCP;
	return type == SOCK_DGRAM && protocol == PROTO_UDP ? PROTO_UDP : 0;
}

/* As packets will have it: to a mapped address IPv4's. */
static __always_inline void
destination_of(struct bpf_sock_addr *c, bool v6, struct kernel_refusal_key *k)
{
	__u32	a[4] = { 0 };

	if (!v6)
		a[0] = c->user_ip4;
	else {
		a[0] = c->user_ip6[0];
		a[1] = c->user_ip6[1];
		a[2] = c->user_ip6[2];
		a[3] = c->user_ip6[3];
	}
	if (v6 && a[0] == 0 && a[1] == 0 && a[2] == bpf_htonl(0xffff)) {
		a[0] = a[3];
		a[2] = a[3] = 0;
		v6 = false;
	}
	k->family = v6 ? 6 : 4;
	k->port = bpf_ntohs((__u16)c->user_port);
	__builtin_memcpy(k->remote, a, sizeof(a));
}

static __always_inline struct kernel_refusal *
find_refusal(struct kernel_refusal_key *k, __u32 generation)
{
	struct kernel_refusal	*r = bpf_map_lookup_elem(&refusals, k);

	if (r == NULL || r->generation != generation) {
		__builtin_memset(&k->process, 0, sizeof(k->process));
		r = bpf_map_lookup_elem(&refusals, k);
	}
	return r != NULL && r->generation == generation ? r : NULL;
}

/* Has this been told a moment ago? Two at once may both be told. */
static __always_inline bool
is_news(struct kernel_refusal *r, const struct kernel_process *p, __u64 now)
{
	if (now - r->second_ns >= SECOND_NS) {
		r->second_ns = now;
		r->told = 0;
	} else if (r->told >= KERNEL_TOLD || (r->told > 0 && r->tgid == p->tgid && r->start_ns == p->start_ns))
		return false;
	r->told++;
	r->tgid = p->tgid;
	r->start_ns = p->start_ns;
	return true;
}

static __always_inline void
tell_refused(struct bpf_sock_addr *c, const struct sock *sk, const struct kernel_refusal_key *k,
    const struct kernel_process *p, struct kernel_refusal *r)
{
	struct kernel_use	u = { .process = *p, .grant = r->id, .refused = 1 };

	u.at_ns = bpf_ktime_get_ns();
	if (!is_news(r, p, u.at_ns))
		return;
	u.tuple.family = k->family;
	u.tuple.proto = k->proto;
	u.tuple.sport = BPF_CORE_READ(sk, __sk_common.skc_num);
	u.tuple.dport = k->port;
	__builtin_memcpy(u.tuple.dst, k->remote, sizeof(u.tuple.dst));
	u.cookie = bpf_get_socket_cookie(c);
	u.inode = inode_of(file_of(sk));
	u.uid = uid_of(sk);
	if (!tell_use(&u))
		r->told = 0;
}

/*
 * What a UDP socket sends that was given a port may be an answer to what came in, which is not judged here; nor is
 * what traced programs send, nor what the kernel does in somebody's name.
 */
static __always_inline bool
is_its_own(const struct sock *sk, const struct kernel_sender *s, __u8 proto)
{
	return (s->flags & SENDER_TRACED) == 0 && inode_of(file_of(sk)) != 0 &&
	    (proto != PROTO_UDP || (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & BOUND_PORT) == 0);
}

static __always_inline bool
is_refused(struct bpf_sock_addr *c, bool v6, __u8 proto, struct kernel_control *now, const struct kernel_sender *s)
{
	const struct sock		*sk = socket_in(c);
	struct kernel_refusal_key	 key = { .program = s->program, .process = s->process };
	struct kernel_refusal		*r;

	key.proto = proto;
	destination_of(c, v6, &key);
	if ((r = find_refusal(&key, now->generation)) == NULL || !is_its_own(sk, s, proto))
		return false;
	__sync_fetch_and_add(&now->refused, 1);
	tell_refused(c, sk, &key, &s->process, r);
	return true;
}

#endif
