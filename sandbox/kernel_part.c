/*
 * What bulwark-setup hands over, taken as if it were in an attacker's hands: one message of one form, and each
 * descriptor is what the kernel says of it (/proc/self/fdinfo). A map of another form would have intercept
 * and whod read beyond what they keep. Called by the parent.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

static const struct {
	uint64_t	type, key, value;
} maps[] = {
	[PART_CONTROL] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), KERNEL_CONTROL_BYTES },
	[PART_GRANTS] = { BPF_MAP_TYPE_HASH, KERNEL_GRANT_KEY_BYTES, KERNEL_GRANT_BYTES },
	[PART_NOTES] = { BPF_MAP_TYPE_LRU_HASH, KERNEL_TUPLE_BYTES, KERNEL_NOTE_BYTES },
	[PART_OWNERS] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), KERNEL_OWNERS_BYTES },
	[PART_USES] = { BPF_MAP_TYPE_RINGBUF, 0, 0 },
	[PART_REFUSALS] = { BPF_MAP_TYPE_HASH, KERNEL_REFUSAL_KEY_BYTES, KERNEL_REFUSAL_BYTES },
	[PART_BELOW] = { BPF_MAP_TYPE_RINGBUF, 0, 0 },
	[PART_BELOW_MAY] = { BPF_MAP_TYPE_LRU_HASH, KERNEL_PROGRAM_BYTES, 1 },
	[PART_PORTS] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), KERNEL_PORTS_BYTES },
	[PART_PORT_NEWS] = { BPF_MAP_TYPE_RINGBUF, 0, 0 },
	[PART_EVENTS] = { BPF_MAP_TYPE_RINGBUF, 0, 0 },
	[PART_LOST] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), KERNEL_LOST_BYTES },
};
#define MAPS	(sizeof(maps) / sizeof(maps[0]))

static const struct {
	const char	*tracepoint;	/* NULL: of the cgroup */
	uint64_t	 attached;
} links[] = {
	[PART_CONNECT4] = { NULL, BPF_CGROUP_INET4_CONNECT },
	[PART_CONNECT6] = { NULL, BPF_CGROUP_INET6_CONNECT },
	[PART_SENDMSG4] = { NULL, BPF_CGROUP_UDP4_SENDMSG },
	[PART_SENDMSG6] = { NULL, BPF_CGROUP_UDP6_SENDMSG },
	[PART_RELEASE] = { NULL, BPF_CGROUP_INET_SOCK_RELEASE },
	[PART_BIND4] = { NULL, BPF_CGROUP_INET4_POST_BIND },
	[PART_BIND6] = { NULL, BPF_CGROUP_INET6_POST_BIND },
	[PART_EXEC] = { "sched_process_exec", 0 },
	[PART_FORK] = { "sched_process_fork", 0 },
	[PART_EXIT] = { "sched_process_exit", 0 },
	[PART_QUEUED] = { "net_dev_queue", 0 },
	[PART_OPTION] = { NULL, BPF_CGROUP_SETSOCKOPT },
};

static ssize_t
read_info(int fd, char *text, size_t size)
{
	char	path[40];
	int	info;
	ssize_t	n;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info == -1)
		return -1;
	n = read(info, text, size - 1);
	(void)close(info);
	if (n > 0)
		text[n] = '\0';
	return n > 0 ? 0 : -1;
}

/* What stands behind "\nKEY:\t"; NULL: there is no such line. */
static const char *
field(const char *text, const char *key)
{
	char		 line[40];
	const char	*at;

	(void)snprintf(line, sizeof(line), "\n%s:\t", key);
	at = strstr(text, line);
	return at == NULL ? NULL : at + strlen(line);
}

static bool
is_number(const char *text, const char *key, uint64_t wanted)
{
	const char	*at = field(text, key);
	char		*end;

	return at != NULL && strtoull(at, &end, 10) == wanted && *end == '\n';
}

static bool
is_word(const char *text, const char *key, const char *wanted)
{
	const char	*at = field(text, key);
	size_t		 len = strlen(wanted);

	return at != NULL && strncmp(at, wanted, len) == 0 && at[len] == '\n';
}

static bool
is_kind(int fd, const char *kind)
{
	char	path[40], link[40];
	ssize_t	n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	return n == (ssize_t)strlen(kind) && memcmp(link, kind, (size_t)n) == 0;
}

bool
kernel_part_right(int fd, enum kernel_part part, int cgroup)
{
	char		text[1024];
	struct stat	st;

	if (read_info(fd, text, sizeof(text)) == -1)
		return false;
	if (part < MAPS)
		return is_kind(fd, "anon_inode:bpf-map") && is_number(text, "map_type", maps[part].type) &&
		    is_number(text, "key_size", maps[part].key) && is_number(text, "value_size", maps[part].value);
	if (part == PART_GATE)
		return is_kind(fd, "anon_inode:bpf-prog") && is_number(text, "prog_type", BPF_PROG_TYPE_SCHED_CLS);
	if (!is_kind(fd, "anon_inode:bpf_link"))
		return false;
	if (links[part].tracepoint != NULL)
		return is_word(text, "tp_name", links[part].tracepoint);
	return fstat(cgroup, &st) == 0 && is_word(text, "link_type", "cgroup") &&
	    is_number(text, "cgroup_id", st.st_ino) && is_number(text, "attach_type", links[part].attached);
}

/* Takes descriptors out of a message; how many. More than wanted are closed. */
static unsigned
take_descriptors(struct msghdr *m, int part[static KERNEL_PARTS])
{
	unsigned	got = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		size_t	count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int	fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (got < KERNEL_PARTS)
				part[got++] = fd;
			else
				(void)close(fd);
		}
	}
	return got;
}

int
kernel_parts_read(int fd, int cgroup, int part[static KERNEL_PARTS])
{
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(KERNEL_PARTS * sizeof(int))];
	} with;
	struct kernel_header	 header = { 0 };
	struct iovec		 iov = { .iov_base = &header, .iov_len = sizeof(header) };
	struct msghdr		 m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &with,
				     .msg_controllen = sizeof(with) };
	ssize_t			 n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	unsigned		 got = n == -1 ? 0 : take_descriptors(&m, part);
	bool			 right = n == sizeof(header) && (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
				     header.magic == KERNEL_MAGIC && header.parts == KERNEL_PARTS && got == KERNEL_PARTS;

	for (unsigned i = 0; right && i < got; i++)
		right = kernel_part_right(part[i], (enum kernel_part)i, cgroup);
	for (unsigned i = 0; !right && i < got; i++)
		(void)close(part[i]);
	return right ? 0 : -1;
}
