// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The suite's part in the kernel. Its kinds of programs:
 *	connected*, sent*	a program connects, or sends by UDP: what is refused to it fails here (refuse.h),
 *			and by whom a TCP socket was connected is noted (cgroup hooks)
 *	out, asked	matches of the rules (xt_bpf): is this first packet granted; a packet that is asked about anyway
 *	stranger, heir	is this UDP packet of another socket than its flow was judged for
 *	process_*	programs begin and end (process_events.h; tracepoints)
 *	released, bound*	ports of UDP flows that are watched (ports.h; cgroup hooks)
 *	queued, option_set, gate	ways below the rules: below.h (tracepoint, cgroup hook, tc)
 * A grant is used up here without a word to anybody but the ring; all else goes to the
 * queue as if there were no such programs, with a note of who sent it.
 *
 * Who sends: what is not TCP leaves inside the system call of the one who sends it, so the
 * current task is the sender, whoever made or connected the socket, if it has it open. TCP's
 * first packet may leave by a timer; there it is who connected the socket.
 */
#include "kernel.h"
#include "owners.h"
#include "packet.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define MAP(name, t, k, v, most, how) \
	struct { \
		__uint(type, t); \
		__type(key, k); \
		__type(value, v); \
		__uint(max_entries, most); \
		__uint(map_flags, how); \
	} name SEC(".maps")
#define RING(name, bytes) \
	struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, bytes); } name SEC(".maps")

char LICENSE[] SEC("license") = "Dual BSD/GPL";

MAP(control, BPF_MAP_TYPE_ARRAY, __u32, struct kernel_control, 1, BPF_F_MMAPABLE);
MAP(grants, BPF_MAP_TYPE_HASH, struct kernel_grant_key, struct kernel_grant, KERNEL_GRANTS, BPF_F_NO_PREALLOC);
MAP(refusals, BPF_MAP_TYPE_HASH, struct kernel_refusal_key, struct kernel_refusal, KERNEL_REFUSALS, BPF_F_NO_PREALLOC);
MAP(sockets, BPF_MAP_TYPE_ARRAY, __u32, struct kernel_socket, KERNEL_SOCKETS, 0);
MAP(notes, BPF_MAP_TYPE_LRU_HASH, struct kernel_tuple, struct kernel_note, KERNEL_NOTES, 0);
MAP(owners, BPF_MAP_TYPE_ARRAY, __u32, struct kernel_owners, KERNEL_OWNERS, BPF_F_MMAPABLE);
RING(uses, KERNEL_USES);
RING(events, KERNEL_EVENTS);
MAP(lost, BPF_MAP_TYPE_ARRAY, __u32, struct kernel_lost, 1, BPF_F_MMAPABLE);

#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define FAMILY_INET	2
#define FAMILY_INET6	10
#define FAMILY_PPPOX	24	/* AF_PPPOX */

static __always_inline bool
is_leased(const struct kernel_control *c, __u64 now)
{
	__u64	until = c->lease_ns;

	return now < until && until - now <= KERNEL_LEASE_NS;
}

#include "image.h"
#include "sender.h"
#include "socket.h"

/*
 * A wake-up costs as much as the connect that it is about: only who sleeps gets one, and then takes its time. It may
 * fall asleep just now, and miss one: it looks each second, too.
 */
static __always_inline __u64
wake_up(void)
{
	struct kernel_control	*c;
	__u32			 zero = 0;

	if ((c = bpf_map_lookup_elem(&control, &zero)) == NULL || c->awaited == 0)
		return BPF_RB_NO_WAKEUP;
	c->awaited = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* False: there is no room, so the grant is not used. */
static __always_inline bool
tell_use(const struct kernel_use *u)
{
	struct kernel_use	*to = bpf_ringbuf_reserve(&uses, sizeof(*to), 0);

	if (to == NULL)
		return false;
	*to = *u;
	bpf_ringbuf_submit(to, wake_up());
	return true;
}

#include "refuse.h"
#include "ports.h"

/* --- sockets --- */

static __always_inline struct kernel_socket *
place_of(__u64 cookie)
{
	__u32	at = cookie & (KERNEL_SOCKETS - 1);

	return bpf_map_lookup_elem(&sockets, &at);
}

/*
 * What counts is who connected a moment ago: its first packet follows at once. One writes at a time, or two
 * sockets' senders could mix; who comes meanwhile is not noted, and asked about.
 */
static __always_inline void
set_connected(__u64 cookie, const struct kernel_sender *s)
{
	struct kernel_socket	*k = place_of(cookie);
	__u64			 was;

	if (k == NULL || (was = k->cookie) == SOCKET_BUSY ||
	    __sync_val_compare_and_swap(&k->cookie, was, SOCKET_BUSY) != was)
		return;
	k->sender = *s;
	(void)__sync_lock_test_and_set(&k->cookie, cookie);
}

/* False: it is not known. The socket itself is locked, so that its own entry stays; another's may come. */
static __always_inline bool
get_connected(__u64 cookie, struct kernel_sender *s)
{
	struct kernel_socket	*k = place_of(cookie);

	if (k == NULL || k->cookie != cookie)
		return false;
	*s = k->sender;
	return __sync_fetch_and_add(&k->cookie, 0) == cookie;
}

static __always_inline int
connected(struct bpf_sock_addr *c, bool v6)
{
	struct kernel_control	*refusing = refusals_count(c);
	struct kernel_sender	 s = { 0 };
	__u32			 type = c->type;
	__u8			 proto = proto_of(type, c->protocol);

	if (type == SOCK_DGRAM)
		is_given_port(c);
	if ((type != SOCK_STREAM && refusing == NULL) || !sender_of(bpf_get_current_task_btf(), &s))
		return 1;
	if (refusing != NULL && proto != 0 && is_refused(c, v6, proto, refusing, &s))
		return 0;
	if (type == SOCK_STREAM)
		set_connected(bpf_get_socket_cookie(c), &s);
	return 1;
}

static __always_inline int
sent(struct bpf_sock_addr *c, bool v6)
{
	struct kernel_control	*refusing = refusals_count(c);
	struct kernel_sender	 s = { 0 };

	is_given_port(c);
	return refusing == NULL || proto_of(c->type, c->protocol) != PROTO_UDP ||
	    !sender_of(bpf_get_current_task_btf(), &s) || !is_refused(c, v6, PROTO_UDP, refusing, &s);
}

SEC("cgroup/connect4")
int
connected4(struct bpf_sock_addr *c)
{
	return connected(c, false);
}

SEC("cgroup/connect6")
int
connected6(struct bpf_sock_addr *c)
{
	return connected(c, true);
}

/* Datagrams with an address of their own. */
SEC("cgroup/sendmsg4")
int
sent4(struct bpf_sock_addr *c)
{
	return sent(c, false);
}

SEC("cgroup/sendmsg6")
int
sent6(struct bpf_sock_addr *c)
{
	return sent(c, true);
}

SEC("cgroup/sock_release")
int
released(struct bpf_sock *s)
{
	if (s->type == SOCK_DGRAM)
		closes_socket(s);
	return 1;
}

/* --- packets --- */

/* The socket that sent the packet in hand. Each reading by name costs as much as a line of the rules: once is enough. */
struct origin {
	const struct sock	*sk;		/* to be read by name */
	__u64			 cookie;
	struct file		*file;		/* NULL: no program has it open */
	__u64			 inode;		/* 0: likewise */
	bool			 own_port;	/* false: a raw socket, which writes any, or a tunnel of the kernel's */
	bool			 late;		/* a datagram that lay corked while its socket left the port */
	bool			 wrapped;	/* by a tunnel: the packet still belongs to the socket that sent what is in it; not by
						   L2TP's own socket, whose program sends through another's */
	bool			 tunneled;	/* likewise, and sure: the kernel made it from one that was judged */
};

/* IP keeps beside each packet that it sends it a second time. Nobody else can write there. A kernel may be without IPv6. */
static __always_inline bool
is_ipsec(const struct sk_buff *it, __u8 family)
{
	const char	*beside = (const char *)it + bpf_core_field_offset(struct sk_buff, cb);
	__u16		 flags = 0;

	if (family == 4) {
		(void)bpf_probe_read_kernel(&flags, sizeof(flags), beside + bpf_core_field_offset(struct inet_skb_parm, flags));
		return (flags & IPSKB_XFRM_TRANSFORMED) != 0;
	}
	if (bpf_core_type_exists(struct inet6_skb_parm))
		(void)bpf_probe_read_kernel(&flags, sizeof(flags), beside + bpf_core_field_offset(struct inet6_skb_parm, flags));
	return (flags & IP6SKB_XFRM_TRANSFORMED) != 0;
}

/*
 * Did the kernel make it from a packet that was judged before? Tunnels say that they are (encapsulation), and IPsec does;
 * not for a packet socket at their device, whose packets nobody judged. Nor did anybody what SCTP wraps in UDP, as each
 * program may have it (RFC 6951).
 */
static __always_inline bool
is_tunneled(const struct __sk_buff *skb, const struct sock *sk, __u32 sk_family, __u8 family)
{
	const struct sk_buff	*it = unknown(skb);

	return (sk_family == FAMILY_INET || sk_family == FAMILY_INET6) && BPF_CORE_READ(sk, sk_protocol) != PROTO_SCTP &&
	    (BPF_CORE_READ_BITFIELD_PROBED(it, encapsulation) != 0 || is_ipsec(it, family));
}

/* Other tunnels come from a device (L2TP), or from a thread of the kernel. */
static __always_inline bool
is_late(const struct __sk_buff *skb, const struct origin *o, const struct kernel_tuple *t, __u16 type)
{
	const struct sk_buff	*it = unknown(skb);
	const struct sock	*sk = o->sk;

	return t->proto == PROTO_UDP && !o->own_port && !o->tunneled && type == SOCK_DGRAM &&
	    BPF_CORE_READ(sk, sk_protocol) == PROTO_UDP && (bpf_get_current_task_btf()->flags & PF_KTHREAD) == 0 &&
	    BPF_CORE_READ(it, dev) == NULL;
}

/* All but file and inode. False: it has none. */
static __always_inline bool
origin_of(struct __sk_buff *skb, const struct kernel_tuple *t, struct origin *o)
{
	const struct bpf_sock	*sk = skb->sk;
	const struct sock	*by_name;
	__u16			 type;

	if (sk == NULL)
		return false;
	o->sk = by_name = unknown(sk);
	type = BPF_CORE_READ(by_name, sk_type);
	o->cookie = bpf_get_socket_cookie(skb);
	o->own_port = sk->src_port == t->sport &&
	    ((t->proto == PROTO_TCP && type == SOCK_STREAM) || (t->proto == PROTO_UDP && type == SOCK_DGRAM));
	o->tunneled = !o->own_port && is_tunneled(skb, by_name, sk->family, t->family);
	o->late = is_late(skb, o, t, type);
	o->wrapped = t->proto == PROTO_UDP && type != SOCK_RAW && !o->own_port && !o->late && sk->family != FAMILY_PPPOX;
	return true;
}

static __always_inline void
read_file(struct origin *o)
{
	o->file = file_of(o->sk);
	o->inode = inode_of(o->file);
}

static __always_inline bool
uses_ring(const struct task_struct *t)
{
	return (t->flags & PF_IO_WORKER) != 0 || (bpf_core_field_exists(t->io_uring) && t->io_uring != NULL);
}

/* TCP that is not answered yet; sent again by a timer, or inside the system call of the program. */
static __always_inline bool
opens(const struct origin *o)
{
	const struct sock	*sk = o->sk;

	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_SENT;
}

static __always_inline bool
is_first(const struct origin *o)
{
	const struct sock	*sk = o->sk;
	const struct tcp_sock	*tcp = (const void *)sk;

	return BPF_CORE_READ(tcp, total_retrans) == 0;
}

/* A socket that the kernel made for whoever asks it to send (AF_RXRPC). */
static __always_inline bool
serves_anybody(const struct origin *o, const struct kernel_tuple *t)
{
	const struct sock	*sk = o->sk;
	const struct udp_sock	*udp = (const void *)sk;

	return o->inode == 0 && o->own_port && t->proto == PROTO_UDP && BPF_CORE_READ(udp, encap_type) == UDP_ENCAP_RXRPC;
}

/* Whether a program sends it: then it has to be known which. Further paths of Multipath TCP a thread of the kernel opens. */
static __always_inline bool
has_sender(const struct origin *o, const struct kernel_tuple *t)
{
	if (serves_anybody(o, t))
		return true;
	if (o->inode == 0 || (!o->own_port && !o->late))
		return false;
	return t->proto != PROTO_TCP ||
	    (opens(o) && !((bpf_get_current_task_btf()->flags & PF_KTHREAD) != 0 && is_first(o)));
}

/*
 * flags: NOTE_RING for a task that has no such socket open, but uses an io_uring, which may have it. Were it not
 * named, others who have the socket would be taken for the sender.
 */
static __always_inline bool
who_sends(const struct origin *o, const struct kernel_tuple *t, struct kernel_sender *s, __u32 *flags)
{
	const struct task_struct	*task = bpf_get_current_task_btf();

	if (o->wrapped)
		return false;
	if (t->proto == PROTO_TCP) {
		if (get_connected(o->cookie, s))
			return true;
		if (!opens(o) || !is_first(o))
			return false;
		__builtin_memset(s, 0, sizeof(*s));
	}
	if (!has_open(task, o->file)) {
		if (o->file == NULL || !uses_ring(task))
			return false;
		*flags |= NOTE_RING;
	}
	return sender_of(task, s);
}

/* Mostly a grant is the program's. */
static __always_inline const struct kernel_grant *
find_grant(const struct kernel_tuple *t, const struct kernel_sender *s, __u64 now)
{
	struct kernel_grant_key		 key = { .program = s->program, .family = t->family, .proto = t->proto,
						 .port = t->dport };
	const struct kernel_control	*c;
	const struct kernel_grant	*g;
	__u32				 zero = 0;

	__builtin_memcpy(key.local, t->src, sizeof(key.local));
	__builtin_memcpy(key.remote, t->dst, sizeof(key.remote));
	if ((c = bpf_map_lookup_elem(&control, &zero)) == NULL || !is_leased(c, now))
		return NULL;
	g = bpf_map_lookup_elem(&grants, &key);
	if (g == NULL || g->generation != c->generation) {
		key.process = s->process;
		g = bpf_map_lookup_elem(&grants, &key);
	}
	return g != NULL && g->generation == c->generation ? g : NULL;
}

static __always_inline struct kernel_owners *
owners_of(const struct kernel_tuple *t, __u64 *hash)
{
	const struct kernel_control	*c;
	__u32				 zero = 0, set;

	if ((c = bpf_map_lookup_elem(&control, &zero)) == NULL)
		return NULL;
	*hash = owner_hash(t, c->secret);
	set = owner_set(*hash);
	return bpf_map_lookup_elem(&owners, &set);
}

static __always_inline void
set_owner(const struct kernel_tuple *t, __u64 cookie)
{
	struct kernel_owners	*o;
	__u64			 hash;

	if ((o = owners_of(t, &hash)) != NULL)
		owner_put(o, hash, cookie, bpf_get_prandom_u32());
}

static __always_inline bool
is_owner(const struct kernel_tuple *t, __u64 cookie)
{
	const struct kernel_owners	*o;
	__u64				 hash, owner;

	return (o = owners_of(t, &hash)) != NULL && owner_get(o, hash, &owner) && owner == (cookie & OWNER_COOKIE);
}

static __always_inline bool
use_grant(const struct __sk_buff *skb, const struct origin *o, const struct kernel_tuple *t, const struct kernel_sender *s)
{
	const struct kernel_grant	*g;
	struct kernel_use		 u = { .tuple = *t, .process = s->process, .cookie = o->cookie, .inode = o->inode };

	u.at_ns = bpf_ktime_get_ns();
	if ((s->flags & SENDER_TRACED) != 0 || !o->own_port || o->inode == 0 || (g = find_grant(t, s, u.at_ns)) == NULL)
		return false;
	u.grant = g->id;
	u.uid = uid_of(o->sk);
	u.device = skb->ifindex;
	if (!tell_use(&u))
		return false;
	if (t->proto == PROTO_UDP)
		set_owner(t, o->cookie);
	return true;
}

static __always_inline bool
same_sender(const struct kernel_process *a, const struct kernel_process *b)
{
	return a->tgid == b->tgid && a->start_ns == b->start_ns && a->exec == b->exec;
}

/*
 * Until intercept takes it out. If another sends the same meanwhile, or it is not known who does (s is
 * NULL), the note says so and names one of them at most; such a one intercept leaves here, for others'
 * packets may wait still. Packets of a socket that no program has open are the kernel's, but where a program had it connected
 * (AF_SMC), and of what serves anybody; so are those of tunnels, whose socket is the one that sent what is in them.
 */
static __always_inline void
note(const struct origin *o, const struct kernel_tuple *t, const struct kernel_sender *s, __u32 flags)
{
	struct kernel_note	n = { .inode = o->inode, .cookie = o->cookie, .since_ns = bpf_ktime_get_ns(), .flags = flags }, *old;

	if (o->inode == 0 && s == NULL && !serves_anybody(o, t))
		return;
	if (s != NULL)
		n.sender = *s;
	n.uid = uid_of(o->sk);
	if (!o->own_port)
		n.flags |= NOTE_RAW;
	if (o->tunneled)
		n.flags |= NOTE_KERNEL;
	else if (s == NULL)
		n.flags |= NOTE_MIXED | (has_sender(o, t) ? NOTE_LOST : 0);
	/* At one stroke, so that of two who send at once neither is missed. */
	if (bpf_map_update_elem(&notes, t, &n, BPF_NOEXIST) == 0)
		return;
	if ((old = bpf_map_lookup_elem(&notes, t)) == NULL || n.since_ns - old->since_ns > NOTE_NS)
		(void)bpf_map_update_elem(&notes, t, &n, BPF_ANY);
	else if ((n.flags & old->flags & NOTE_KERNEL) != 0)
		return;
	else if (s == NULL || (old->flags & NOTE_KERNEL) != 0 || old->cookie != o->cookie ||
	    !same_sender(&old->sender.process, &s->process)) {
		old->flags |= NOTE_MIXED | (n.flags & NOTE_LOST);
		if (s != NULL && old->sender.process.tgid == 0)
			old->sender = *s;
	} else {	/* what it may do can have changed */
		old->sender = *s;
		old->flags |= flags;
	}
}

/* Who sends it? A grant of his, where one may count, is used: true. Else it is noted, with these flags. */
static __always_inline bool
grant_or_note(struct __sk_buff *skb, struct origin *o, const struct kernel_tuple *t, __u32 flags, bool may_count)
{
	struct kernel_sender	s = { 0 };
	bool			known;

	read_file(o);
	known = !o->tunneled && who_sends(o, t, &s, &flags);
	if (may_count && known && flags == 0 && use_grant(skb, o, t, &s))
		return true;
	note(o, t, known ? &s : NULL, flags);
	return false;
}

/* A packet that nobody judged yet. Matches: it is granted. */
SEC("socket")
int
out(struct __sk_buff *skb)
{
	struct kernel_tuple	t = { 0 };
	struct origin		o = { 0 };

	return tuple_of(skb, &t) && origin_of(skb, &t, &o) && grant_or_note(skb, &o, &t, 0, true);
}

static __always_inline bool
is_answer(const struct __sk_buff *skb)
{
	const struct sk_buff	*it = unknown(skb);

	return (BPF_CORE_READ(it, _nfct) & NFCT_INFO) >= NFCT_REPLY;
}

/* A packet that is asked about. */
SEC("socket")
int
asked(struct __sk_buff *skb)
{
	struct kernel_tuple	t = { 0 };
	struct origin		o = { 0 };

	if (tuple_of(skb, &t) && origin_of(skb, &t, &o))
		(void)grant_or_note(skb, &o, &t, is_answer(skb) ? NOTE_ANSWER : 0, false);
	return 1;
}

/* may_inherit: by a grant of its own it has the flow from now on. */
static __always_inline bool
is_strange(struct __sk_buff *skb, bool may_inherit)
{
	struct kernel_tuple	t = { 0 };
	struct origin		o = { 0 };
	bool			here;

	if (!tuple_of(skb, &t))
		return true;
	here = origin_of(skb, &t, &o);
	if (is_owner(&t, o.wrapped ? 0 : o.cookie) || o.tunneled)	/* the flow of who exchanges keys is IPsec's as well */
		return false;
	return !here || !grant_or_note(skb, &o, &t, 0, may_inherit);
}

/* A packet of a UDP flow that was accepted. Matches, and its sender is noted: another socket sends it than the one that was judged. */
SEC("socket")
int
stranger(struct __sk_buff *skb)
{
	return is_strange(skb, false);
}

/* The same of an accepted UDP flow that goes where it says: a new socket often has the port of one whose entry is still there, and a grant of its own. */
SEC("socket")
int
heir(struct __sk_buff *skb)
{
	return is_strange(skb, true);
}

#include "below.h"
#include "process_events.h"
