/*
 * Ports of UDP flows that intercept watches, because another socket could go on with them: who closes a socket
 * that has one, and who takes one, is told at once. What closes and binds elsewhere wakes nobody. Part of bulwark.bpf.c.
 */
#ifndef BPF_PORTS_H
#define BPF_PORTS_H

MAP(ports, BPF_MAP_TYPE_ARRAY, __u32, struct kernel_ports, 1, BPF_F_MMAPABLE);
RING(port_news, KERNEL_PORT_NEWS);

/* Without room in the ring there is news that was not read: its reader is awake. */
static __always_inline void
tell_port(bool closed)
{
	struct kernel_port_news	*n = bpf_ringbuf_reserve(&port_news, sizeof(*n), 0);

	if (n == NULL)
		return;
	*n = (struct kernel_port_news){ .closed = closed };
	bpf_ringbuf_submit(n, 0);
}

/* NULL: none is. */
static __always_inline const struct kernel_ports *
watched_ports(void)
{
	const struct kernel_ports	*p;
	__u32				 zero = 0;

	return (p = bpf_map_lookup_elem(&ports, &zero)) != NULL && p->count != 0 ? p : NULL;
}

static __always_inline bool
is_watched(const struct kernel_ports *p, __u16 port)
{
	return (p->bit[port / 8] & 1 << port % 8) != 0;
}

static __always_inline void
socket_has_port(struct bpf_sock *s, bool closed)
{
	const struct kernel_ports	*p = watched_ports();
	const struct sock		*sk;

	if (p == NULL)
		return;
	sk = unknown(s);
	if (is_watched(p, BPF_CORE_READ(sk, __sk_common.skc_num)) && is_here(sk))
		tell_port(closed);
}

static __always_inline void
closes_port(struct bpf_sock *s)
{
	socket_has_port(s, true);
}

/* It will be given a port, and where both sockets permit that, maybe one that another has. */
static __always_inline void
connects_by_port(struct bpf_sock_addr *c)
{
	const struct sock	*sk;

	if (watched_ports() == NULL)
		return;
	sk = socket_in(c);
	if (BPF_CORE_READ(sk, __sk_common.skc_num) == 0 && is_here(sk) &&
	    (BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuse) != 0 ||
	    BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuseport) != 0))
		tell_port(false);
}

SEC("cgroup/post_bind4")
int
bound4(struct bpf_sock *s)
{
	if (s->type == SOCK_DGRAM)
		socket_has_port(s, false);
	return 1;
}

SEC("cgroup/post_bind6")
int
bound6(struct bpf_sock *s)
{
	if (s->type == SOCK_DGRAM)
		socket_has_port(s, false);
	return 1;
}

#endif
