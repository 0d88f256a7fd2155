/*
 * What the kernel says of a process, from /proc/PID. Nothing here comes from
 * the process itself but its name, which is skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procstat.h"

ssize_t
proc_read(pid_t pid, const char *name, char *buf, size_t size)
{
	char	path[64];
	size_t	len = 0;
	ssize_t	n = 0;
	int	fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(fd);
	if (n == -1)
		return -1;
	buf[len] = '\0';
	return (ssize_t)len;
}

/* The rest of the line that begins with key, or NULL. */
static const char *
line_of(const char *text, const char *key)
{
	size_t	len = strlen(key);

	/* The process chose its own name, which stands in the first line only. */
	for (const char *p = strchr(text, '\n'); p != NULL; p = strchr(p, '\n')) {
		p++;
		if (strncmp(p, key, len) == 0 && p[len] == ':')
			return p + len + 1;
	}
	return NULL;
}

static int
number_of(const char *text, const char *key, int base, uint64_t *n)
{
	const char	*line = line_of(text, key);
	char		*end;

	if (line == NULL)
		return -1;
	errno = 0;
	*n = strtoull(line, &end, base);
	return errno == 0 && *end == '\n' ? 0 : -1;
}

static int
ids_of(const char *text, const char *key, unsigned id[static 4])
{
	const char	*line = line_of(text, key);

	if (line == NULL)
		return -1;
	/* The kernel wrote these: numbers that fit. */
	return sscanf(line, "%u %u %u %u", &id[0], &id[1], &id[2], &id[3]) == 4 ? 0 : -1;
}

int
proc_status(pid_t pid, struct proc_status *st)
{
	char		text[4096];
	const char	*groups;
	uint64_t	threads, nnp, seccomp, filters = 0;

	if (proc_read(pid, "status", text, sizeof(text)) == -1)
		return -1;
	groups = line_of(text, "Groups");
	if (ids_of(text, "Uid", st->uid) == -1 || ids_of(text, "Gid", st->gid) == -1 ||
	    groups == NULL || number_of(text, "Threads", 10, &threads) == -1 ||
	    number_of(text, "CapInh", 16, &st->cap_inh) == -1 ||
	    number_of(text, "CapPrm", 16, &st->cap_prm) == -1 ||
	    number_of(text, "CapEff", 16, &st->cap_eff) == -1 ||
	    number_of(text, "CapBnd", 16, &st->cap_bnd) == -1 ||
	    number_of(text, "CapAmb", 16, &st->cap_amb) == -1 ||
	    number_of(text, "NoNewPrivs", 10, &nnp) == -1 ||
	    number_of(text, "Seccomp", 10, &seccomp) == -1) {
		errno = EPROTO;
		return -1;
	}
	(void)number_of(text, "Seccomp_filters", 10, &filters);
	groups += strspn(groups, "\t ");
	st->groups = *groups != '\n';
	st->threads = (unsigned)threads;
	st->no_new_privs = (unsigned)nnp;
	st->seccomp = (unsigned)seccomp;
	st->filters = (unsigned)filters;
	return 0;
}

/* Field 22 of /proc/PID/stat; the name before it may hold blanks and brackets. */
int
proc_start(pid_t pid, uint64_t *ticks)
{
	char	text[1024];
	char	*p;

	if (proc_read(pid, "stat", text, sizeof(text)) == -1)
		return -1;
	p = strrchr(text, ')');
	for (int field = 2; p != NULL && field < 22; field++) {
		p = strchr(p, ' ');
		if (p != NULL)
			p++;
	}
	if (p == NULL)
		return -1;
	errno = 0;
	*ticks = strtoull(p, NULL, 10);
	return errno == 0 ? 0 : -1;
}

int
proc_rss_kib(pid_t pid, uint32_t *kib)
{
	char		text[128];
	uint64_t	size, resident;

	if (proc_read(pid, "statm", text, sizeof(text)) == -1 ||
	    sscanf(text, "%" SCNu64 " %" SCNu64, &size, &resident) != 2)
		return -1;
	*kib = (uint32_t)(resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024);
	return 0;
}

static bool
all_are(const unsigned id[static 4], unsigned wanted)
{
	return id[0] == wanted && id[1] == wanted && id[2] == wanted && id[3] == wanted;
}

const char *
row_status_fault(const struct row *row, const struct proc_status *st, uid_t uid, gid_t gid,
    unsigned filters)
{
	if (!all_are(st->uid, uid))
		return "it has another user";
	if (!all_are(st->gid, gid) || st->groups)
		return "it has other groups";
	if (st->cap_prm != row->caps || st->cap_eff != row->caps)
		return "it has other capabilities";
	if (st->cap_bnd != row->caps || st->cap_inh != 0 || st->cap_amb != 0)
		return "other capabilities are within its reach";
	if (st->no_new_privs != 1)
		return "no-new-privileges is not set";
	if (st->seccomp != 2)
		return "it has no system call filter";
	if (st->filters != 0 && st->filters <= filters)
		return "it has no system call filter of its own";
	if (st->threads != 1)
		return "it has more than one thread";
	return NULL;
}
