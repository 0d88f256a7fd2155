/*
 * bpf(2), without libbpf, which brings readers of ELF and of compressed files along. Called
 * by intercept and whod on maps that the parent handed them. Trusts the kernel.
 */
#include <sys/syscall.h>

#include <linux/bpf.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "map.h"

static int
element(enum bpf_cmd cmd, int map, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr	attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;	/* of BPF_MAP_GET_NEXT_KEY: next_key, the same place */
	attr.flags = flags;
	return (int)syscall(__NR_bpf, cmd, &attr, sizeof(attr));
}

int
kernel_map_get(int map, const void *key, void *value)
{
	return element(BPF_MAP_LOOKUP_ELEM, map, key, value, 0);
}

int
kernel_map_take(int map, const void *key, void *value)
{
	return element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, map, key, value, 0);
}

int
kernel_map_set(int map, const void *key, const void *value)
{
	return element(BPF_MAP_UPDATE_ELEM, map, key, value, BPF_ANY);
}

int
kernel_map_add(int map, const void *key, const void *value)
{
	return element(BPF_MAP_UPDATE_ELEM, map, key, value, BPF_NOEXIST);
}

int
kernel_map_delete(int map, const void *key)
{
	return element(BPF_MAP_DELETE_ELEM, map, key, NULL, 0);
}

void
kernel_map_clear(int map, void *key, unsigned most)
{
	for (unsigned i = 0; i < most && element(BPF_MAP_GET_NEXT_KEY, map, NULL, key, 0) == 0; i++)
		if (kernel_map_delete(map, key) == -1)
			return;
}
