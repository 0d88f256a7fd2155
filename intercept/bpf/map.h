/*
 * Access to BPF maps by their descriptors, as bpf(2) gives it to a process that holds no more
 * than these. Sizes of keys and values are the map's: the caller's must be those of maps.h.
 */
#ifndef BPF_MAP_H
#define BPF_MAP_H

int	kernel_map_get(int map, const void *key, void *value);	/* 0, or -1 with errno (ENOENT: none) */
int	kernel_map_take(int map, const void *key, void *value);	/* the same, and it is deleted */
int	kernel_map_set(int map, const void *key, const void *value);
int	kernel_map_add(int map, const void *key, const void *value);	/* only if there is none: else -1, EEXIST */
int	kernel_map_delete(int map, const void *key);
/* Deletes all, at most so many; key: room for one. */
void	kernel_map_clear(int map, void *key, unsigned most);

#endif
