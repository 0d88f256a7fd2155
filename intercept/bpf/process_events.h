/*
 * Processes that begin, run another program and end: each is told in the ring of events. Part of bulwark.bpf.c.
 */
#ifndef BPF_PROCESS_EVENTS_H
#define BPF_PROCESS_EVENTS_H

/* A name is written from its end, part by part, and then copied behind the facts. */
#define PARTS	48	/* of a path; deeper ones are not told */
#define PART	256

struct scratch {
	__u64	exec[sizeof(struct kernel_exec) / 8];
	char	text[2 * KERNEL_PATH];	/* what exec ends with */
	char	back[2 * KERNEL_PATH];
};
_Static_assert(sizeof(struct kernel_exec) % 8 == 0, "its text follows it at once");
MAP(scratches, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct scratch, 1, 0);

static __always_inline void
event_of(__u32 kind, const struct task_struct *t, struct kernel_event *e)
{
	e->kind = kind;
	e->parent = (__u32)BPF_CORE_READ(t, real_parent, tgid);
	e->at_ns = bpf_ktime_get_ns();
	process_of(t, &e->sender.process);
}

static __always_inline void
tell_event(void *bytes, __u64 len)
{
	struct kernel_lost	*l;
	__u32			 zero = 0;
	__u64			 filled = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
	__u64			 how = filled == 0 || filled > KERNEL_EVENTS / 2 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;

	if (bpf_ringbuf_output(&events, bytes, len, how) != 0 && (l = bpf_map_lookup_elem(&lost, &zero)) != NULL)
		__sync_fetch_and_add(&l->events, 1);
}

/* Puts "/NAME" before what begins at `begin`. Returns where it begins now; KERNEL_PATH: there is no room. */
static __always_inline __u32
put_part(char *to, __u32 begin, const void *name, __u32 len)
{
	if (len >= PART || len + 1 >= begin)
		return KERNEL_PATH;
	begin = (begin - len - 1) & (KERNEL_PATH - 1);
	to[begin] = '/';
	(void)bpf_probe_read_kernel(to + begin + 1, len & (PART - 1), name);
	return begin;
}

/*
 * Writes the file's path up to the root of all mounts, so that it ends at to[KERNEL_PATH]. Returns
 * where it begins; KERNEL_PATH: it is too long.
 */
static __always_inline __u32
write_path(char *to, const struct file *f)
{
	const struct dentry	*d = BPF_CORE_READ(f, f_path.dentry), *root, *up;
	const struct mount	*m = mount_of(BPF_CORE_READ(f, f_path.mnt)), *above;
	__u32			 begin = KERNEL_PATH;

	if (BPF_CORE_READ(d, d_parent) == d)	/* in no folder: a memfd */
		return put_part(to, begin, BPF_CORE_READ(d, d_name.name), BPF_CORE_READ(d, d_name.len));
	for (int i = 0; i < PARTS; i++) {
		root = BPF_CORE_READ(m, mnt.mnt_root);
		up = BPF_CORE_READ(d, d_parent);
		if (d == root || d == up) {
			above = BPF_CORE_READ(m, mnt_parent);
			if (above == m)
				return begin;
			d = BPF_CORE_READ(m, mnt_mountpoint);
			m = above;
			continue;
		}
		begin = put_part(to, begin, BPF_CORE_READ(d, d_name.name), BPF_CORE_READ(d, d_name.len));
		if (begin == KERNEL_PATH)
			break;
		d = up;
	}
	return KERNEL_PATH;
}

static __always_inline const struct kernfs_node *
folder_above(const struct kernfs_node *n)
{
	const struct kernfs_node___1	*first = (const void *)n;
	const struct kernfs_node___2	*second = (const void *)n;

	return bpf_core_field_exists(second->__parent) ? BPF_CORE_READ(second, __parent) : BPF_CORE_READ(first, parent);
}

/* The same for the cgroup's name; of the root it is "/". */
static __always_inline __u32
write_cgroup(char *to, const struct task_struct *t)
{
	const struct kernfs_node	*n = BPF_CORE_READ(t, cgroups, dfl_cgrp, kn), *up;
	__u32				 begin = KERNEL_PATH;
	const char			*name;
	char				 part[PART];
	long				 len;

	for (int i = 0; i < PARTS / 2; i++) {
		up = folder_above(n);
		if (up == NULL)
			return i == 0 ? put_part(to, begin, "", 0) : begin;
		name = BPF_CORE_READ(n, name);
		len = bpf_probe_read_kernel_str(part, sizeof(part), name);
		if (len <= 1 || (begin = put_part(to, begin, name, (__u32)len - 1)) == KERNEL_PATH)
			break;
		n = up;
	}
	return KERNEL_PATH;
}

static __always_inline void
groups_of(const struct cred *c, struct kernel_exec *e)
{
	const struct group_info	*g = BPF_CORE_READ(c, group_info);
	__u32			 n = (__u32)BPF_CORE_READ(g, ngroups);

	e->groups = 0;
	e->gid[0] = BPF_CORE_READ(c, gid.val);
	e->gid[1] = BPF_CORE_READ(c, egid.val);
	e->gid[2] = BPF_CORE_READ(c, sgid.val);
	e->gid[3] = BPF_CORE_READ(c, fsgid.val);
	if (n <= KERNEL_GROUPS - 4 && bpf_probe_read_kernel(e->gid + 4, n * sizeof(e->gid[0]),
	    (const char *)g + bpf_core_field_offset(struct group_info, gid)) == 0)
		e->groups = n + 4;
}

static __always_inline bool
exec_of(const struct task_struct *t, struct kernel_exec *e)
{
	const struct inode	*i = BPF_CORE_READ(t, mm, exe_file, f_inode);

	__builtin_memset(&e->event, 0, sizeof(e->event));
	event_of(EVENT_EXEC, t, &e->event);
	if (!program_of(t, &e->event.sender.program))
		return false;
	image_set(&e->event.sender.process, &e->event.sender.program, BPF_ANY);
	if (BPF_CORE_READ(t, ptrace) != 0)
		e->event.sender.flags |= SENDER_TRACED;
	e->file_uid = BPF_CORE_READ(i, i_uid.val);
	e->links = BPF_CORE_READ(i, i_nlink);
	groups_of(BPF_CORE_READ(t, real_cred), e);
	return true;
}

SEC("tp_btf/sched_process_exec")
int
BPF_PROG(process_exec, struct task_struct *t)
{
	struct scratch		*s;
	struct kernel_exec	*e;
	__u32			 zero = 0, begin, path, group;

	if ((s = bpf_map_lookup_elem(&scratches, &zero)) == NULL)
		return 0;
	e = (struct kernel_exec *)s->exec;
	if (!exec_of(t, e))
		return 0;
	begin = write_path(s->back, BPF_CORE_READ(t, mm, exe_file));
	path = (KERNEL_PATH - begin) & (KERNEL_PATH - 1);
	(void)bpf_probe_read_kernel(s->text, path, s->back + (begin & (2 * KERNEL_PATH - 1)));
	begin = write_cgroup(s->back, t);
	group = KERNEL_PATH - begin;
	if (group >= KERNEL_CGROUP)
		group = 0;
	(void)bpf_probe_read_kernel(s->text + path, group, s->back + (begin & (2 * KERNEL_PATH - 1)));
	e->path_len = (__u16)path;
	e->cgroup_len = (__u16)group;
	tell_event(e, sizeof(*e) + path + group);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int
BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct kernel_event	e = { 0 };
	struct kernel_process	p = { 0 };

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0;
	event_of(EVENT_FORK, child, &e);
	e.parent = (__u32)BPF_CORE_READ(parent, tgid);
	if (program_of(child, &e.sender.program)) {
		process_of(parent, &p);
		image_inherit(&p, &e.sender.process, &e.sender.program);
	}
	tell_event(&e, sizeof(e));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int
BPF_PROG(process_exit, struct task_struct *t)
{
	struct kernel_event	e = { 0 };

	if (BPF_CORE_READ(t, signal, live.counter) != 0)
		return 0;
	event_of(EVENT_EXIT, t, &e);
	image_end(&e.sender.process);
	tell_event(&e, KERNEL_EXIT_BYTES);
	return 0;
}

/* Read once, when the others are attached (bulwark-setup): what is known by then of a process is newer. */
SEC("iter/task")
int
process_there(struct bpf_iter__task *c)
{
	const struct task_struct	*t = c->task;
	struct kernel_process		 p = { 0 };
	struct kernel_program		 of = { 0 };

	if (t == NULL || !program_of(t, &of))
		return 0;
	process_of(t, &p);
	image_set(&p, &of, BPF_NOEXIST);
	return 0;
}

#endif
