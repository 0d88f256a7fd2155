/*
 * Which file each process ran when it began, or called exec. Its memory can be said to run another one since
 * (prctl(PR_SET_MM_MAP)): the right for that has everybody in a user namespace of his own, and it changes the memory of
 * all who share it, wherever they are. Part of bulwark.bpf.c.
 */
#ifndef BPF_IMAGE_H
#define BPF_IMAGE_H

#define IMAGES	131072	/* processes at a time */

struct image {
	struct kernel_process	process;
	__u64			ino;
	__u32			dev;
	__u32			pad;
};
MAP(images, BPF_MAP_TYPE_HASH, __u32, struct image, IMAGES, BPF_F_NO_PREALLOC);

static __always_inline bool
image_set(const struct kernel_process *p, const struct kernel_program *of)
{
	struct image	i = { .process = *p, .ino = of->ino, .dev = of->dev };

	return bpf_map_update_elem(&images, &p->tgid, &i, BPF_ANY) == 0;
}

static __always_inline const struct image *
image_of(const struct kernel_process *p)
{
	const struct image	*i = bpf_map_lookup_elem(&images, &p->tgid);

	return i != NULL && i->process.start_ns == p->start_ns && i->process.exec == p->exec ? i : NULL;
}

/* One that is older than this part is believed when it is seen first. */
static __always_inline bool
is_disguised(const struct kernel_process *p, const struct kernel_program *now)
{
	const struct image	*i = image_of(p);

	return i == NULL ? !image_set(p, now) : i->ino != now->ino || i->dev != now->dev;
}

/* What a process that begins has is its parent's, whatever that is said to run by now. */
static __always_inline void
image_inherit(const struct kernel_process *parent, const struct kernel_process *child, const struct kernel_program *now)
{
	const struct image	*i = image_of(parent);
	struct kernel_program	 of = { .ino = i != NULL ? i->ino : now->ino, .dev = i != NULL ? i->dev : now->dev };

	(void)image_set(child, &of);
}

static __always_inline void
image_end(const struct kernel_process *p)
{
	(void)bpf_map_delete_elem(&images, &p->tgid);
}

#endif
