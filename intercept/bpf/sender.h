/*
 * Who acts: the current task's process and program, read from the kernel's own structures. Plain loads
 * where the verifier knows the type: it sees to it that a bad pointer reads as 0. A copy by
 * BPF_CORE_READ() costs thirty times as much. Part of bulwark.bpf.c.
 */
#ifndef BPF_SENDER_H
#define BPF_SENDER_H

#include "kernel.h"
#include "image.h"
#include "maps.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define NAME_BYTES	64	/* of a file's name that count; its length counts as well */
#define CTIME_MASK	0x7fffffffu	/* above: whether it was asked for */

static __always_inline __s64
ctime_of(const struct inode *i)
{
	const struct inode___1 *first = (const void *)i;
	const struct inode___2 *second = (const void *)i;
	const struct inode___3 *third = (const void *)i;

	if (bpf_core_field_exists(third->i_ctime_sec))
		return third->i_ctime_sec * 1000000000 + (third->i_ctime_nsec & CTIME_MASK);
	if (bpf_core_field_exists(second->__i_ctime))
		return second->__i_ctime.tv_sec * 1000000000 + second->__i_ctime.tv_nsec;
	return first->i_ctime.tv_sec * 1000000000 + first->i_ctime.tv_nsec;
}

/* Tells names of one folder's links to one file apart: nobody gains by two that meet. */
static __always_inline __u64
name_of(const struct dentry *d)
{
	__u64	word[NAME_BYTES / 8] = { 0 }, hash = d->d_name.len;
	__u32	len = hash < NAME_BYTES ? hash : NAME_BYTES;

	(void)bpf_probe_read_kernel(word, len, d->d_name.name);
	for (__u32 i = 0; i < NAME_BYTES / 8 && i * 8 < len; i++) {
		hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	return hash;
}

static __always_inline const struct mount *
mount_of(const struct vfsmount *m)
{
	return (const void *)((const char *)m - bpf_core_field_offset(struct mount, mnt));
}

/* False: it runs no program (a thread of the kernel). */
static __always_inline bool
program_of(const struct task_struct *t, struct kernel_program *p)
{
	const struct mm_struct	*mm = t->mm;
	const struct cred	*c = t->real_cred;
	const struct file	*f;
	const struct inode	*i;
	const struct dentry	*d;

	if (mm == NULL || (f = mm->exe_file) == NULL || (i = f->f_inode) == NULL)
		return false;
	d = f->f_path.dentry;
	p->ino = i->i_ino;
	p->dev = i->i_sb->s_dev;
	p->ctime_ns = ctime_of(i);
	p->folder = d->d_parent->d_inode->i_ino;
	p->name = name_of(d);
	p->mount = (__u32)BPF_CORE_READ(mount_of(f->f_path.mnt), mnt_id);
	p->mount_ns = t->nsproxy->mnt_ns->ns.inum;
	p->cgroup = t->cgroups->dfl_cgrp->kn->id;
	p->user_ns = c->user_ns->ns.inum;
	p->uid = c->uid.val;
	p->euid = c->euid.val;
	p->caps = *(const __u64 *)&c->cap_effective;
	return true;
}

static __always_inline void
process_of(const struct task_struct *t, struct kernel_process *p)
{
	p->start_ns = t->group_leader->start_boottime;
	p->exec = t->group_leader->self_exec_id;
	p->tgid = (__u32)t->tgid;
}

/*
 * s is zeroed by the caller, so that it can be part of a key. Who is not what it began as counts as traced: it may
 * be anybody. False: no program.
 */
static __always_inline bool
sender_of(const struct task_struct *t, struct kernel_sender *s)
{
	if (!program_of(t, &s->program))
		return false;
	process_of(t, &s->process);
	if (t->ptrace != 0 || t->group_leader->ptrace != 0 || is_disguised(&s->process, &s->program))
		s->flags |= SENDER_TRACED;
	return true;
}

#endif
