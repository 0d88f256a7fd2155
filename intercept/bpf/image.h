/*
 * Which file each process ran when it began, or called exec; of those that were there before this part, when it came.
 * Its memory can be said to run another one since (prctl(PR_SET_MM_MAP)): the right for that has everybody in a user
 * namespace of his own, and it changes the memory of all who share it, wherever they are. A process that is not in here
 * found no room, and counts as disguised until it calls exec. Part of bulwark.bpf.c.
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
MAP(image_last, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 1, 0);	/* a hash of what was found right: one word, for others run in between */

static __always_inline void
image_set(const struct kernel_process *p, const struct kernel_program *of, __u64 how)
{
	struct image	i = { .process = *p, .ino = of->ino, .dev = of->dev };

	(void)bpf_map_update_elem(&images, &p->tgid, &i, how);
}

static __always_inline const struct image *
image_of(const struct kernel_process *p)
{
	const struct image	*i = bpf_map_lookup_elem(&images, &p->tgid);

	return i != NULL && i->process.start_ns == p->start_ns && i->process.exec == p->exec ? i : NULL;
}

static __always_inline __u64
image_hash(const struct kernel_process *p, const struct kernel_program *now, __u64 secret)
{
	__u64	h = (secret ^ p->start_ns) * 0x9e3779b97f4a7c15;

	h = (h ^ h >> 29 ^ p->exec ^ (__u64)p->tgid << 32) * 0xd6e8feb86659fd93;
	h = (h ^ h >> 32 ^ now->ino ^ (__u64)now->dev << 32) * 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

static __always_inline bool
is_disguised(const struct kernel_process *p, const struct kernel_program *now)
{
	const struct kernel_control	*c;
	const struct image		*i;
	__u32				 zero = 0;
	__u64				*last, hash;

	if ((c = bpf_map_lookup_elem(&control, &zero)) == NULL || (last = bpf_map_lookup_elem(&image_last, &zero)) == NULL)
		return true;
	hash = image_hash(p, now, c->secret[0]);
	if (c->secret[0] != 0 && *last == hash)
		return false;
	i = image_of(p);
	if (i == NULL || i->ino != now->ino || i->dev != now->dev)
		return true;
	*last = hash;
	return false;
}

/*
 * What a process that begins has is its parent's, whatever that is said to run by now: it is said to be that. Of a parent
 * that found no room it is not known: the child counts as disguised, too.
 */
static __always_inline void
image_inherit(const struct kernel_process *parent, const struct kernel_process *child, struct kernel_program *of)
{
	const struct image	*i = image_of(parent);

	if (i == NULL)
		return;
	of->ino = i->ino;
	of->dev = i->dev;
	image_set(child, of, BPF_ANY);
}

static __always_inline void
image_end(const struct kernel_process *p)
{
	(void)bpf_map_delete_elem(&images, &p->tgid);
}

#endif
