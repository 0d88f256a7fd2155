/* bpf(2) on real maps, where this machine permits making them. */
/* links: intercept/bpf/map.c */
#include <criterion/criterion.h>

#include <sys/syscall.h>

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "map.h"

static int
make(uint32_t type)
{
	union bpf_attr	attr;
	int		fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = sizeof(uint64_t);
	attr.max_entries = 4;
	if ((fd = (int)syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr))) == -1)
		cr_skip_test("no BPF here: %s", strerror(errno));
	return fd;
}

Test(map, elements)
{
	int		fd = make(BPF_MAP_TYPE_LRU_HASH);
	uint32_t	key = 1;
	uint64_t	value = 5, got = 0;

	cr_expect(kernel_map_get(fd, &key, &got) == -1 && errno == ENOENT);
	cr_assert_eq(kernel_map_set(fd, &key, &value), 0);
	cr_assert_eq(kernel_map_get(fd, &key, &got), 0);
	cr_expect_eq(got, 5);
	got = 0;
	cr_assert_eq(kernel_map_take(fd, &key, &got), 0);
	cr_expect_eq(got, 5);
	cr_expect(kernel_map_take(fd, &key, &got) == -1 && errno == ENOENT);
	cr_assert_eq(kernel_map_add(fd, &key, &value), 0);
	cr_expect(kernel_map_add(fd, &key, &value) == -1 && errno == EEXIST);
	cr_assert_eq(kernel_map_delete(fd, &key), 0);
	cr_expect(kernel_map_delete(fd, &key) == -1 && errno == ENOENT);
}

static unsigned
count(int fd)
{
	unsigned	n = 0;
	uint64_t	got;

	for (uint32_t key = 1; key <= 4; key++)
		n += kernel_map_get(fd, &key, &got) == 0;
	return n;
}

Test(map, clear)
{
	int		fd = make(BPF_MAP_TYPE_HASH);
	uint64_t	value = 5;
	uint32_t	room;

	for (uint32_t key = 1; key <= 4; key++)
		cr_assert_eq(kernel_map_set(fd, &key, &value), 0);
	kernel_map_clear(fd, &room, 3);
	cr_expect_eq(count(fd), 1);
	kernel_map_clear(fd, &room, 3);
	cr_expect_eq(count(fd), 0);
	kernel_map_clear(fd, &room, 3);
	kernel_map_clear(-1, &room, 3);
}

Test(map, no_map)
{
	uint32_t	key = 1;
	uint64_t	value = 5;

	cr_expect_eq(kernel_map_set(STDIN_FILENO, &key, &value), -1);
	cr_expect_eq(kernel_map_get(-1, &key, &value), -1);
}
