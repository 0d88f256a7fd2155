/*
 * What the reader does with one question. Runs in the reader's own process
 * (and in tests); whatever waits here keeps nobody else waiting.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hints.h"
#include "identity.h"
#include "origin.h"
#include "procfs.h"
#include "reader.h"

#define ENVIRON_BYTES	65536

/* /proc/PID, if it still is the process that was meant. */
static int
open_process(const struct reader_question *q)
{
	struct stat_facts	f;
	char			name[24];
	int			dir;

	number_put(name, q->pid);
	dir = openat(procfs_root(), name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return -1;
	if (procfs_facts(dir, "stat", &f) && f.start == q->start)
		return dir;
	close(dir);
	return -1;
}

static uint16_t
read_command(const struct reader_question *q, int dir, char *to)
{
	char	name[40], buf[COMMAND_BYTES + 1];
	ssize_t	len = procfs_read(dir, procfs_entry(q->stand_in, "cmdline", name, sizeof(name)), buf,
		    sizeof(buf));

	while (len > 0 && buf[len - 1] == '\0')
		len--;
	for (ssize_t i = 0; i < len; i++)
		to[i] = buf[i] == '\0' ? ' ' : buf[i];
	return len > 0 ? (uint16_t)len : 0;
}

/* Is it in another namespace of this kind than the first process, or is that not known? */
static bool
own_namespace(const struct reader_question *q, int dir, const char *kind, uint64_t first)
{
	char	entry[16], name[40];

	(void)snprintf(entry, sizeof(entry), "ns/%s", kind);
	return first != 0 &&
	    procfs_namespace(dir, procfs_entry(q->stand_in, entry, name, sizeof(name)), kind) != first;
}

static bool
is_preload(const char *entry)
{
	return strncmp(entry, "LD_PRELOAD=", 11) == 0 ||
	    strncmp(entry, "LD_LIBRARY_PATH=", 16) == 0 || strncmp(entry, "LD_AUDIT=", 9) == 0;
}

static bool
read_preload(const struct reader_question *q, int dir)
{
	static char	buf[ENVIRON_BYTES];
	char		name[40];
	ssize_t		len;

	len = procfs_read(dir, procfs_entry(q->stand_in, "environ", name, sizeof(name)), buf, sizeof(buf));
	for (const char *at = buf; len > 0 && at < buf + len; at += strlen(at) + 1)
		if (is_preload(at))
			return true;
	return false;
}

static bool
same_file(const struct reader_question *q, int dir)
{
	struct statx	sx;
	char		name[40];

	return procfs_stat(dir, procfs_entry(q->stand_in, "exe", name, sizeof(name)), true, &sx) == 0 &&
	    procfs_dev(&sx) == q->dev && sx.stx_ino == q->ino;
}

int
reader_read(const struct reader_question *q, struct reader_answer *a)
{
	char	name[40];
	int	dir, mm = -1;

	memset(a, 0, sizeof(*a));
	a->seq = q->seq;
	a->changed = true;
	if (q->past) {
		if (!q->deleted)
			a->flags = origin_past(q->path, q->dev, q->ino, q->mount, q->ctime_ns, &a->file);
		return -1;
	}
	dir = open_process(q);
	if (!q->deleted)
		a->flags = origin_path(q->path, q->dev, q->ino);
	if (dir == -1)
		return -1;
	/* The memory first: while it lives, what is read after it belongs to one exec. */
	mm = openat(dir, procfs_entry(q->stand_in, "pagemap", name, sizeof(name)), O_RDONLY | O_CLOEXEC);
	if (same_file(q, dir)) {
		a->changed = false;
		/*
		 * In a user namespace of its own a program may have the kernel name any other file as its
		 * own (PR_SET_MM_EXE_FILE): what exe says proves nothing there.
		 */
		if (own_namespace(q, dir, "user", origin_user_namespace()))
			a->flags = 0;
		a->command_len = read_command(q, dir, a->command);
		if (read_preload(q, dir))
			a->flags |= PROCESS_PRELOAD;
		if (own_namespace(q, dir, "mnt", origin_mount_namespace()))
			a->flags |= PROCESS_OWN_MOUNTS;
	}
	if (mm != -1 && (a->changed || !memory_alive(mm))) {
		a->changed = true;
		close(mm);
		mm = -1;
	}
	close(dir);
	return mm;
}

/* If it runs another program by now, its id ends with the memory that it had. */
void
reader_read_hints(const struct reader_question *q, struct reader_hints *h)
{
	int	dir = open_process(q);

	memset(h, 0, sizeof(*h));
	h->seq = q->seq;
	if (dir == -1)
		return;
	if (same_file(q, dir))
		hints_read(q, dir, &h->hints);
	close(dir);
}
