/*
 * Sockets of the kernel's, read by name, and who has one open. Part of bulwark.bpf.c.
 */
#ifndef BPF_SOCKET_H
#define BPF_SOCKET_H

/* What the verifier knows as a socket in its own form, to be read by name: a number to it. */
static __always_inline const struct sock *
unknown(const void *known)
{
	const void	*sk = NULL;

	(void)bpf_probe_read_kernel(&sk, sizeof(sk), &known);
	return sk;
}

/* Of the suite's network; until intercept says which that is, none is. */
static __always_inline bool
is_here(const struct sock *sk)
{
	const struct kernel_control	*c;
	__u32				 zero = 0;

	return (c = bpf_map_lookup_elem(&control, &zero)) != NULL && c->netns != 0 &&
	    BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie) == c->netns;
}

/* NULL: no program has it open, the kernel sends by itself. Then the current task may be anybody. */
static __always_inline struct file *
file_of(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_socket, file);
}

/* 0: likewise. */
static __always_inline __u64
inode_of(const struct file *f)
{
	return BPF_CORE_READ(f, f_inode, i_ino);
}

static __always_inline __u32
uid_of(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_uid.val);
}

#define FILES	4096	/* open ones that are looked through */
#define ROW	4	/* read together: the stack has little room (512 bytes with its caller); tables have places by the 64 */

struct search {
	struct file	**at;
	struct file	*wanted;
	unsigned int	 count;
	bool		 found;
};

static long
look_at(__u32 n, struct search *s)
{
	struct file	*row[ROW];

	(void)bpf_probe_read_kernel(row, sizeof(row), s->at + n * ROW);	/* all zero where it cannot */
	for (int i = 0; i < ROW; i++)
		s->found |= row[i] == s->wanted;
	return s->found || (n + 1) * ROW >= s->count;
}

/*
 * Has the current task this socket open? Packets of tunnels leave by their daemon's socket in
 * the context of whoever sends through them, and the kernel's own answers in anybody's.
 */
static __always_inline bool
has_open(const struct task_struct *t, struct file *wanted)
{
	struct search		 s = { .wanted = wanted };
	const struct files_struct *files;
	const struct fdtable	*fdt;

	if (wanted == NULL || (files = t->files) == NULL || (fdt = files->fdt) == NULL)
		return false;
	s.at = fdt->fd;
	s.count = fdt->max_fds;
	(void)bpf_loop(FILES / ROW, look_at, &s, 0);
	return s.found;
}

#endif
