/*
 * The message that says what a process id stands for (who.h). Made by whod
 * from what hostile processes chose, believed by nobody beyond its form.
 */
#include "who.h"

#include <string.h>

#include "process.pb-c.h"
#include "check.h"
#include "wire.h"

static bool
text_valid(const char *bytes, size_t len, size_t room)
{
	return len <= room && memchr(bytes, '\0', len) == NULL;
}

static bool
process_valid(const struct process *p)
{
	if (p->id == 0 || p->pid == 0 || (p->flags & ~(uint32_t)PROCESS_FLAGS) != 0)
		return false;
	if (!text_valid(p->path, p->path_len, PATH_BYTES) ||
	    !text_valid(p->cgroup, p->cgroup_len, CGROUP_BYTES) ||
	    !text_valid(p->command, p->command_len, COMMAND_BYTES))
		return false;
	/* A kernel thread has no file. */
	if ((p->flags & PROCESS_KERNEL) != 0 && (p->path_len > 0 || p->dev != 0 || p->ino != 0))
		return false;
	/* Only a path can be proven. */
	return (p->flags & PROCESS_PROVEN) == 0 || (p->path_len > 0 && p->path[0] == '/');
}

size_t
process_pack(const struct process *p, uint8_t *out, size_t room)
{
	Wire__Process w = WIRE__PROCESS__INIT;

	if (!process_valid(p))
		return 0;
	w.id = p->id;
	w.pid = p->pid;
	w.ppid = p->ppid;
	w.uid = p->uid;
	w.flags = p->flags;
	w.start = p->start;
	w.dev = p->dev;
	w.ino = p->ino;
	w.ctime_ns = p->ctime_ns;
	w.file_uid = p->file_uid;
	w.path = wire_bytes(p->path, p->path_len);
	w.cgroup = wire_bytes(p->cgroup, p->cgroup_len);
	w.command = wire_bytes(p->command, p->command_len);
	return wire_pack(&w.base, out, room);
}

int
process_unpack(const uint8_t *body, size_t len, struct process *p)
{
	const Wire__Process *w = wire_unpack(&wire__process__descriptor, body, len,
	    WHO_PROCESS_MAX);

	if (w == NULL)
		return -1;
	memset(p, 0, sizeof(*p));
	p->id = w->id;
	p->pid = w->pid;
	p->ppid = w->ppid;
	p->uid = w->uid;
	p->flags = w->flags;
	p->start = w->start;
	p->dev = w->dev;
	p->ino = w->ino;
	p->ctime_ns = w->ctime_ns;
	p->file_uid = w->file_uid;
	if (!field_bytes(p->path, &p->path_len, PATH_BYTES, &w->path) ||
	    !field_bytes(p->cgroup, &p->cgroup_len, CGROUP_BYTES, &w->cgroup) ||
	    !field_bytes(p->command, &p->command_len, COMMAND_BYTES, &w->command))
		return -1;
	return process_valid(p) ? 0 : -1;
}
