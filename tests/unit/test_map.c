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
	uint32_t	key = 1, next = 0;
	uint64_t	value = 5, got = 0;

	cr_expect(kernel_map_get(fd, &key, &got) == -1 && errno == ENOENT);
	cr_expect(kernel_map_next(fd, NULL, &next) == -1 && errno == ENOENT);
	cr_assert_eq(kernel_map_set(fd, &key, &value), 0);
	cr_assert_eq(kernel_map_get(fd, &key, &got), 0);
	cr_expect_eq(got, 5);
	cr_assert_eq(kernel_map_next(fd, NULL, &next), 0);
	cr_expect_eq(next, 1);
	cr_expect(kernel_map_next(fd, &key, &next) == -1 && errno == ENOENT);
	got = 0;
	cr_assert_eq(kernel_map_take(fd, &key, &got), 0);
	cr_expect_eq(got, 5);
	cr_expect(kernel_map_take(fd, &key, &got) == -1 && errno == ENOENT);
	cr_assert_eq(kernel_map_set(fd, &key, &value), 0);
	cr_assert_eq(kernel_map_delete(fd, &key), 0);
	cr_expect(kernel_map_delete(fd, &key) == -1 && errno == ENOENT);
}

Test(map, no_map)
{
	uint32_t	key = 1;
	uint64_t	value = 5;

	cr_expect_eq(kernel_map_set(STDIN_FILENO, &key, &value), -1);
	cr_expect_eq(kernel_map_get(-1, &key, &value), -1);
}
