/*
 * Ports of UDP flows that intercept watches, because another socket could go on with them: whose socket is closed,
 * and that somebody takes such a port, is told at once. What closes and binds elsewhere wakes nobody. Part of bulwark.bpf.c.
 */
#ifndef BPF_PORTS_H
#define BPF_PORTS_H

MAP(ports, BPF_MAP_TYPE_ARRAY, __u32, struct kernel_ports, 1, BPF_F_MMAPABLE);
RING(port_news, KERNEL_PORT_NEWS);

static __always_inline bool
tell_port(struct kernel_ports *p, __u64 closed)
{
	struct kernel_port_news	*n = bpf_ringbuf_reserve(&port_news, sizeof(*n), 0);

	if (n == NULL) {
		__sync_fetch_and_add(&p->lost, 1);
		return false;
	}
	n->closed = closed;
	bpf_ringbuf_submit(n, 0);
	return true;
}

/* Once until sockets are listed, however many do so: intercept takes the flag back before it looks. */
static __always_inline void
tell_taken(struct kernel_ports *p)
{
	if (p->taken != 0)
		return;
	p->taken = 1;
	if (!tell_port(p, 0))
		p->taken = 0;
}

/* NULL: none is. */
static __always_inline struct kernel_ports *
watched_ports(void)
{
	struct kernel_ports	*p;
	__u32			 zero = 0;

	return (p = bpf_map_lookup_elem(&ports, &zero)) != NULL && p->count != 0 ? p : NULL;
}

static __always_inline bool
has_bit(const __u8 *bits, __u16 n)
{
	return (bits[n / 8] & 1 << n % 8) != 0;
}

static __always_inline void
closes_socket(struct bpf_sock *s)
{
	struct kernel_ports	*p = watched_ports();
	__u64			 cookie;

	if (p == NULL)
		return;
	cookie = bpf_get_socket_cookie(s);
	if (has_bit(p->socket, (__u16)cookie))
		(void)tell_port(p, cookie);
}

static __always_inline void
takes_port(struct bpf_sock *s)
{
	struct kernel_ports	*p = watched_ports();
	const struct sock	*sk;

	if (p == NULL)
		return;
	sk = unknown(s);
	if (has_bit(p->port, BPF_CORE_READ(sk, __sk_common.skc_num)) && is_here(sk))
		tell_taken(p);
}

/*
 * It will be given a port by connect(), or was by the sending of this datagram; and where both sockets permit that,
 * maybe one that another has.
 */
static __always_inline void
is_given_port(struct bpf_sock_addr *c)
{
	struct kernel_ports	*p = watched_ports();
	const struct sock	*sk;
	__u16			 port;

	if (p == NULL)
		return;
	sk = socket_in(c);
	if ((BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuse) == 0 &&
	    BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuseport) == 0) ||
	    (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & BOUND_PORT) != 0)
		return;
	port = BPF_CORE_READ(sk, __sk_common.skc_num);
	if ((port == 0 || has_bit(p->port, port)) && is_here(sk))
		tell_taken(p);
}

SEC("cgroup/post_bind4")
int
bound4(struct bpf_sock *s)
{
	if (s->type == SOCK_DGRAM)
		takes_port(s);
	return 1;
}

SEC("cgroup/post_bind6")
int
bound6(struct bpf_sock *s)
{
	if (s->type == SOCK_DGRAM)
		takes_port(s);
	return 1;
}

#endif
