/*
 * What whod reads of /proc: the first byte says which file, the rest are its
 * bytes. What a parser points at must lie inside of what it was given.
 */
/* links: intercept/who/parse.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static const char	*begin, *end;

static void
must_lie_inside(const char *at, size_t len)
{
	if (at < begin || at > end || len > (size_t)(end - at))
		abort();
}

static bool
raw_line(const char *line, size_t len, void *ctx)
{
	struct raw_facts	f;

	(void)ctx;
	must_lie_inside(line, len);
	(void)parse_raw_line(line, len, &f);
	return true;
}

static bool
queue_line(const char *line, size_t len, void *ctx)
{
	struct queue_facts	f;

	(void)ctx;
	(void)parse_queue_line(line, len, &f);
	return true;
}

static bool
group_line(const char *line, size_t len, void *ctx)
{
	struct group_facts	f;

	(void)ctx;
	if (parse_group_line(line, len, &f) == 0)
		must_lie_inside(f.name, f.name_len);
	return true;
}

static bool
mount_line(const char *line, size_t len, void *ctx)
{
	struct mount_facts	f;

	(void)ctx;
	if (parse_mount_line(line, len, &f) == -1)
		return true;
	must_lie_inside(f.point, f.point_len);
	must_lie_inside(f.type, f.type_len);
	must_lie_inside(f.options, f.options_len);
	return true;
}

static void
cgroup_file(const char *bytes, size_t len)
{
	struct cgroup_facts	f;

	if (parse_cgroup(bytes, len, &f) == -1)
		return;
	if (f.unified != NULL)
		must_lie_inside(f.unified, f.unified_len);
	if (f.named != NULL)
		must_lie_inside(f.named, f.named_len);
}

static void
small_file(const char *bytes, size_t len)
{
	struct stat_facts	stat;
	uint64_t		n;
	uint32_t		pid;

	(void)parse_stat(bytes, len, &stat);
	(void)parse_last_pid(bytes, len, &pid);
	(void)parse_forks(bytes, len, &n);
	(void)parse_pid(bytes, len, &pid);
	(void)parse_socket_link(bytes, len, &n);
	(void)parse_namespace_link(bytes, len, "net:", &n);
}

static bool	(*const lines[])(const char *, size_t, void *) = { raw_line, queue_line, group_line,
    mount_line };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gid_list	admins = { 2, { 27, 4 } };
	struct status_facts		status;
	char				*copy;

	/* An object of its own: a read past its end is seen. */
	if (size < 2 || (copy = malloc(size - 1)) == NULL)
		return 0;
	memcpy(copy, data + 1, size - 1);
	begin = copy;
	end = copy + size - 1;
	switch (data[0] % 7) {
	case 0:
		small_file(copy, size - 1);
		break;
	case 1:
		(void)parse_status(copy, size - 1, &admins, &status);
		break;
	case 2:
		cgroup_file(copy, size - 1);
		break;
	default:
		parse_lines(copy, size - 1, lines[data[0] % 7 - 3], NULL);
		break;
	}
	free(copy);
	return 0;
}
