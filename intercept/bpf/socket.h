/*
 * Sockets of the kernel's, read by name, and who has one open. Part of bulwark.bpf.c.
 */
#ifndef BPF_SOCKET_H
#define BPF_SOCKET_H

/* What the verifier knows as a socket, or a packet, in its own form, to be read by name: a number to it. */
static __always_inline const void *
unknown(const void *known)
{
	const void	*it = NULL;

	(void)bpf_probe_read_kernel(&it, sizeof(it), &known);
	return it;
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

#define WORD		64	/* descriptors, of which a bit each says whether it is open */
#define WORDS		(1 << 14)
#define WORDS_OPEN	1024	/* of more than that none is looked at: who sends by one of them is not known */
#define ROW		4	/* read together: the stack has little room (512 bytes with its caller) */

struct search {
	struct file		**at;
	const unsigned long	*open;
	struct file		*wanted;
	unsigned int		 words, looked;
	bool			 found;
};

static __always_inline bool
in_row(struct file *const *at, const struct file *wanted)
{
	struct file	*row[ROW];
	bool		 found = false;

	(void)bpf_probe_read_kernel(row, sizeof(row), at);	/* all zero where it cannot */
	for (int i = 0; i < ROW; i++)
		found |= row[i] == wanted;
	return found;
}

static long
look_at(__u32 n, struct search *s)
{
	unsigned long	 open = 1;

	if (n >= s->words)
		return 1;
	if (n > 0)	/* in the first there is something, and it is mostly the only one */
		(void)bpf_probe_read_kernel(&open, sizeof(open), s->open + n);
	if (open == 0)
		return 0;
	for (__u32 i = 0; i < WORD && !s->found; i += ROW)
		s->found = in_row(s->at + n * WORD + i, s->wanted);
	return s->found || ++s->looked == WORDS_OPEN;
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
	if (in_row(s.at, wanted) || in_row(s.at + ROW, wanted))	/* mostly it is there */
		return true;
	s.open = fdt->open_fds;
	s.words = fdt->max_fds / WORD;
	(void)bpf_loop(WORDS, look_at, &s, 0);
	return s.found;
}

#endif
