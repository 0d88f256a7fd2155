/*
 * What bulwark-setup hands over: whatever is not exactly the message with its descriptors is
 * refused, and nothing of it stays open. Maps are the kernel's own; links need the programs, which
 * tests/system/kernel.sh has.
 */
/* links: sandbox/kernel_part.c */
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

static int
make_map(uint32_t type, uint32_t key, uint32_t value)
{
	union bpf_attr	attr = { .map_type = type, .key_size = key, .value_size = value,
			    .max_entries = type == BPF_MAP_TYPE_RINGBUF ? 4096 : 1 };

	return (int)syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static unsigned
open_descriptors(void)
{
	DIR		*d = opendir("/proc/self/fd");
	unsigned	 n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
send_parts(int to, const void *bytes, size_t len, const int *fd, unsigned count)
{
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(2 * KERNEL_PARTS * sizeof(int))];
	} with = { .bytes = { 0 } };
	struct iovec	iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr	m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &with,
			    .msg_controllen = CMSG_SPACE(count * sizeof(int)) };

	if (count == 0)
		m.msg_controllen = 0;
	else {
		with.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET,
		    .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&with.head), fd, count * sizeof(int));
	}
	cr_assert_eq(sendmsg(to, &m, 0), (ssize_t)len);
}

/* The result for a message with these descriptors, and that none stays when it is -1. */
static int
handed(const void *bytes, size_t len, const int *fd, unsigned count)
{
	int		pair[2], part[KERNEL_PARTS], result;
	unsigned	before;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	before = open_descriptors();
	send_parts(pair[1], bytes, len, fd, count);
	result = kernel_parts_read(pair[0], 0, part);
	if (result == -1)
		cr_expect_eq(open_descriptors(), before, "a descriptor stays open");
	close(pair[0]);
	close(pair[1]);
	return result;
}

Test(kernel_parts, message)
{
	struct kernel_header	right = { KERNEL_MAGIC, KERNEL_PARTS }, other = { KERNEL_MAGIC + 1, KERNEL_PARTS },
				fewer = { KERNEL_MAGIC, KERNEL_PARTS - 1 };
	int			fd[2 * KERNEL_PARTS];
	char			longer[sizeof(right) + 1] = { 0 };

	for (unsigned i = 0; i < 2 * KERNEL_PARTS; i++)
		fd[i] = eventfd(0, EFD_CLOEXEC);
	memcpy(longer, &right, sizeof(right));
	for (unsigned count = 0; count <= 2 * KERNEL_PARTS; count++)
		cr_expect_eq(handed(&right, sizeof(right), fd, count), -1, "%u", count);
	cr_expect_eq(handed(&right, sizeof(right) - 1, fd, KERNEL_PARTS), -1);
	cr_expect_eq(handed(longer, sizeof(longer), fd, KERNEL_PARTS), -1);
	cr_expect_eq(handed(&other, sizeof(other), fd, KERNEL_PARTS), -1);
	cr_expect_eq(handed(&fewer, sizeof(fewer), fd, KERNEL_PARTS - 1), -1);
}

Test(kernel_parts, nothing_came)
{
	int	pair[2], part[KERNEL_PARTS];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	cr_expect_eq(kernel_parts_read(pair[0], 0, part), -1);
	close(pair[1]);
	cr_expect_eq(kernel_parts_read(pair[0], 0, part), -1);
}

static const struct form { enum kernel_part part; uint32_t type, key, value; bool right; } forms[] = {
	{ PART_CONTROL, BPF_MAP_TYPE_ARRAY, 4, KERNEL_CONTROL_BYTES, true },
	{ PART_CONTROL, BPF_MAP_TYPE_ARRAY, 4, KERNEL_CONTROL_BYTES + 8, false },
	{ PART_CONTROL, BPF_MAP_TYPE_HASH, 4, KERNEL_CONTROL_BYTES, false },
	{ PART_GRANTS, BPF_MAP_TYPE_HASH, KERNEL_GRANT_KEY_BYTES, KERNEL_GRANT_BYTES, true },
	{ PART_GRANTS, BPF_MAP_TYPE_HASH, KERNEL_GRANT_KEY_BYTES - 8, KERNEL_GRANT_BYTES, false },
	{ PART_REFUSALS, BPF_MAP_TYPE_HASH, KERNEL_REFUSAL_KEY_BYTES, KERNEL_REFUSAL_BYTES, true },
	{ PART_REFUSALS, BPF_MAP_TYPE_HASH, KERNEL_GRANT_KEY_BYTES, KERNEL_REFUSAL_BYTES, false },
	{ PART_REFUSALS, BPF_MAP_TYPE_HASH, KERNEL_REFUSAL_KEY_BYTES, KERNEL_GRANT_BYTES, false },
	{ PART_NOTES, BPF_MAP_TYPE_LRU_HASH, KERNEL_TUPLE_BYTES, KERNEL_NOTE_BYTES, true },
	{ PART_NOTES, BPF_MAP_TYPE_LRU_HASH, KERNEL_TUPLE_BYTES, 10 * KERNEL_NOTE_BYTES, false },
	{ PART_OWNERS, BPF_MAP_TYPE_ARRAY, 4, KERNEL_OWNERS_BYTES, true },
	{ PART_OWNERS, BPF_MAP_TYPE_ARRAY, 4, KERNEL_OWNERS_BYTES / 2, false },
	{ PART_USES, BPF_MAP_TYPE_RINGBUF, 0, 0, true },
	{ PART_EVENTS, BPF_MAP_TYPE_ARRAY, 4, 8, false },
	{ PART_LOST, BPF_MAP_TYPE_ARRAY, 4, KERNEL_LOST_BYTES, true },
	{ PART_LOST, BPF_MAP_TYPE_ARRAY, 4, KERNEL_CONTROL_BYTES, false },
};

Test(kernel_parts, forms_of_maps)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		int	fd = make_map(forms[i].type, forms[i].key, forms[i].value);

		if (fd == -1)
			cr_skip_test("no maps here");
		cr_expect_eq(kernel_part_right(fd, forms[i].part, -1), forms[i].right, "row %zu", i);
		cr_expect(!kernel_part_right(fd, PART_EXEC, -1) && !kernel_part_right(fd, PART_CONNECT4, -1));
		close(fd);
	}
	cr_expect(!kernel_part_right(-1, PART_CONTROL, -1));
	cr_expect(!kernel_part_right(STDERR_FILENO, PART_CONTROL, -1));
}
