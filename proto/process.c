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
script_valid(const struct process_script *s)
{
	return s->argument != 0 && (s->flags & ~(uint32_t)(PROCESS_ROOT_FILE | PROCESS_SAFE_MODE)) == 0 &&
	    s->path_len > 0 && text_valid(s->path, s->path_len, SCRIPT_BYTES) && s->path[0] == '/';
}

static bool
parent_valid(const struct process_parent *p)
{
	const uint32_t	flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;

	if (p->pid == 0 || (p->flags & ~flags) != 0 || !text_valid(p->path, p->path_len, PARENT_BYTES))
		return false;
	return (p->flags & PROCESS_PROVEN) == 0 || (p->path_len > 0 && p->path[0] == '/');
}

static bool
hints_valid(const struct process_hints *h)
{
	if (!h->read)
		return h->cwd_len == 0 && h->arguments_len == 0 && h->scripts == 0 && h->parents == 0;
	if (!text_valid(h->cwd, h->cwd_len, CWD_BYTES) || h->arguments_len > ARGUMENTS_BYTES ||
	    h->scripts > SCRIPTS_MOST || h->parents > PARENTS_MOST)
		return false;
	if ((h->cwd_len > 0 && h->cwd[0] != '/') ||
	    (h->arguments_len > 0 && h->arguments[h->arguments_len - 1] != '\0'))
		return false;
	for (unsigned i = 0; i < h->scripts; i++)
		if (!script_valid(&h->script[i]) ||
		    (i > 0 && h->script[i].argument <= h->script[i - 1].argument))
			return false;
	for (unsigned i = 0; i < h->parents; i++)
		if (!parent_valid(&h->parent[i]))
			return false;
	return true;
}

static bool
process_valid(const struct process *p)
{
	if (p->id == 0 || p->pid == 0 || (p->flags & ~(uint32_t)PROCESS_FLAGS) != 0)
		return false;
	if (!text_valid(p->path, p->path_len, PATH_BYTES) ||
	    !text_valid(p->cgroup, p->cgroup_len, CGROUP_BYTES) ||
	    !text_valid(p->command, p->command_len, COMMAND_BYTES) || !hints_valid(&p->hints))
		return false;
	if (p->cgroup_root > p->cgroup_len)
		return false;
	/* A kernel thread has no file. */
	if ((p->flags & PROCESS_KERNEL) != 0 && (p->path_len > 0 || p->dev != 0 || p->ino != 0))
		return false;
	/* Only a path can be proven. */
	return (p->flags & PROCESS_PROVEN) == 0 || (p->path_len > 0 && p->path[0] == '/');
}

/* What a message points to while it is packed. */
struct packed {
	Wire__ProcessScript	 script[SCRIPTS_MOST], *scripts[SCRIPTS_MOST];
	Wire__ProcessParent	 parent[PARENTS_MOST], *parents[PARENTS_MOST];
};

static void
pack_hints(const struct process_hints *h, Wire__Process *w, struct packed *packed)
{
	w->hinted = h->read;
	w->cwd = wire_bytes(h->cwd, h->cwd_len);
	w->arguments = wire_bytes(h->arguments, h->arguments_len);
	w->n_script = h->scripts;
	w->script = packed->scripts;
	for (unsigned i = 0; i < h->scripts; i++) {
		Wire__ProcessScript *s = packed->scripts[i] = &packed->script[i];

		wire__process_script__init(s);
		s->argument = h->script[i].argument;
		s->flags = h->script[i].flags;
		s->path = wire_bytes(h->script[i].path, h->script[i].path_len);
	}
	w->n_parent = h->parents;
	w->parent = packed->parents;
	for (unsigned i = 0; i < h->parents; i++) {
		Wire__ProcessParent *p = packed->parents[i] = &packed->parent[i];

		wire__process_parent__init(p);
		p->pid = h->parent[i].pid;
		p->flags = h->parent[i].flags;
		p->start = h->parent[i].start;
		p->path = wire_bytes(h->parent[i].path, h->parent[i].path_len);
	}
}

static bool
unpack_script(const Wire__ProcessScript *w, struct process_script *s)
{
	s->flags = w->flags;
	return field_u8(&s->argument, w->argument) &&
	    field_bytes(s->path, &s->path_len, SCRIPT_BYTES, &w->path);
}

static bool
unpack_parent(const Wire__ProcessParent *w, struct process_parent *p)
{
	p->pid = w->pid;
	p->flags = w->flags;
	p->start = w->start;
	return field_bytes(p->path, &p->path_len, PARENT_BYTES, &w->path);
}

static bool
unpack_hints(const Wire__Process *w, struct process_hints *h)
{
	if (w->n_script > SCRIPTS_MOST || w->n_parent > PARENTS_MOST ||
	    !field_bytes(h->cwd, &h->cwd_len, CWD_BYTES, &w->cwd) ||
	    !field_bytes(h->arguments, &h->arguments_len, ARGUMENTS_BYTES, &w->arguments))
		return false;
	h->read = w->hinted != 0;
	h->scripts = (uint8_t)w->n_script;
	for (unsigned i = 0; i < h->scripts; i++)
		if (!unpack_script(w->script[i], &h->script[i]))
			return false;
	h->parents = (uint8_t)w->n_parent;
	for (unsigned i = 0; i < h->parents; i++)
		if (!unpack_parent(w->parent[i], &h->parent[i]))
			return false;
	return true;
}

size_t
process_pack(const struct process *p, uint8_t *out, size_t room)
{
	Wire__Process w = WIRE__PROCESS__INIT;
	struct packed packed;

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
	w.cgroup_root = p->cgroup_root;
	w.netns = p->netns;
	pack_hints(&p->hints, &w, &packed);
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
	p->netns = w->netns;
	if (!field_u16(&p->cgroup_root, w->cgroup_root) ||
	    !field_bytes(p->path, &p->path_len, PATH_BYTES, &w->path) ||
	    !field_bytes(p->cgroup, &p->cgroup_len, CGROUP_BYTES, &w->cgroup) ||
	    !field_bytes(p->command, &p->command_len, COMMAND_BYTES, &w->command) || !unpack_hints(w, &p->hints))
		return -1;
	return process_valid(p) ? 0 : -1;
}
