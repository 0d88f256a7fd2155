/*
 * Network namespaces and who is in them, for flows that are forwarded. Called
 * when intercept asks; trusts the kernel's links.
 */
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "cgroup.h"
#include "identity.h"
#include "namespaces.h"
#include "origin.h"
#include "parse.h"
#include "processes.h"
#include "procfs.h"
#include "who.h"

#define SHARE	(WHO_NAMESPACES_COUNT / 8)	/* of one user, root excepted */

/* What is in one container there, or in none. */
static struct found {
	uint64_t	 inode;
	struct proc	*oldest;	/* pinned while the answer is being made */
	uint32_t	 uid;		/* of the process that was seen first */
	uint16_t	 len;		/* of cgroup, which names the container; 0: none */
	char		 cgroup[CGROUP_BYTES];
}		found[WHO_NAMESPACES_COUNT];
static unsigned	count;
static uint8_t	left_out[512];		/* bits: namespaces of which a process was, by inode */
static uint32_t	asked, answering;	/* the newest question; the one that is worked at, 0: none is */
static uint64_t	own;			/* whod's and the suite's */
static bool	again, voided;		/* it is to be worked at next; nobody waits for the one before */

/* Most processes are in it, and no interface leads there. */
static uint64_t
own_namespace(void)
{
	char		link[LINK_BYTES];
	uint64_t	inode;
	ssize_t		len = readlinkat(procfs_root(), "self/ns/net", link, sizeof(link));

	return len > 0 && parse_namespace_link(link, (size_t)len, "net:", &inode) == 0 ? inode : 0;
}

static bool
uid_of(struct proc *p, uint32_t *uid)
{
	char			name[40], buf[8192];
	struct status_facts	s;
	int			dir = proc_dir(p);
	ssize_t			len = dir == -1 ? -1 : procfs_read(dir, proc_path(p, "status", name, sizeof(name)),
				    buf, sizeof(buf));

	if (len <= 0 || parse_status(buf, (size_t)len, origin_admin_groups(), &s) == -1)
		return false;
	*uid = s.uid;
	return true;
}

static bool
older(const struct proc *p, const struct proc *q)
{
	return p->start < q->start || (p->start == q->start && p->pid < q->pid);
}

/* Writes the part of its cgroup's path that names a container; returns the length, 0: it is in none. */
static uint16_t
container_of(struct proc *p, char cgroup[CGROUP_BYTES + 1])
{
	struct cgroup_container	c;
	bool			unified;

	cgroup[identity_cgroup(p, cgroup, &unified)] = '\0';
	return cgroup_container(cgroup, &c) ? (uint16_t)c.end : 0;
}

static void
leave_out(uint64_t inode)
{
	left_out[inode / 8 % sizeof(left_out)] |= (uint8_t)(1 << inode % 8);
}

static bool
was_left_out(uint64_t inode)
{
	return left_out[inode / 8 % sizeof(left_out)] & 1 << inode % 8;
}

/* For one more. Users have their share, root what they leave and then theirs. NULL: there is none. */
static struct found *
place_for(uint32_t uid)
{
	unsigned	i, others = count, users = 0;

	for (i = 0; i < count; i++) {
		users += found[i].uid == uid;
		if (found[i].uid != 0)
			others = i;
	}
	if (uid != 0 && users >= SHARE)
		return NULL;
	if (count < WHO_NAMESPACES_COUNT)
		return &found[count++];
	if (uid != 0 || others == count)
		return NULL;
	leave_out(found[others].inode);
	return &found[others];
}

static void
note(uint64_t inode, struct proc *p)
{
	char		 cgroup[CGROUP_BYTES + 1];
	uint16_t	 len = inode == own ? 0 : container_of(p, cgroup);
	struct found	*f;
	uint32_t	 uid;
	unsigned	 i, same = 0;

	for (i = 0; i < count; i++) {
		if (found[i].inode != inode)
			continue;
		same++;
		if (found[i].len == len && memcmp(found[i].cgroup, cgroup, len) == 0) {
			if (older(p, found[i].oldest))
				found[i].oldest = p;
			return;
		}
	}
	if (!uid_of(p, &uid))	/* it ended */
		return;
	if (same == HOLDERS_MAX || (f = place_for(uid)) == NULL) {
		leave_out(inode);
		return;
	}
	*f = (struct found){ .inode = inode, .oldest = p, .uid = uid, .len = len };
	memcpy(f->cgroup, cgroup, len);
}

static void
begin(void)
{
	struct proc	*p;
	uint64_t	 inode;

	answering = asked;
	again = voided = false;
	processes_relist();
	own = own_namespace();
	count = 0;
	memset(left_out, 0, sizeof(left_out));
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = TAILQ_NEXT(p, by_use))
		if (!p->kthread && !p->zombie && (inode = proc_namespace(p, "net")) != 0)
			note(inode, p);
	for (unsigned i = 0; i < count; i++)
		proc_pin(found[i].oldest);
	namespaces_ready();
}

static bool
is_alone(const struct found *f)
{
	unsigned	i, same = 0;

	for (i = 0; i < count; i++)
		same += found[i].inode == f->inode;
	return f->len > 0 && same == 1 && processes_complete() && !was_left_out(f->inode);
}

static bool
is_oldest(const struct found *f)
{
	unsigned	i;

	for (i = 0; i < count; i++)
		if (found[i].inode == f->inode && older(found[i].oldest, f->oldest))
			return false;
	return true;
}

static void
answer(void)
{
	static struct who_namespaces	m;
	static uint8_t			body[WHO_NAMESPACES_MAX];

	m.count = 0;
	for (unsigned pass = 0; pass < 2; pass++)	/* the oldest of each first */
		for (unsigned i = 0; i < count; i++)
			if (found[i].oldest->id != 0 && is_oldest(&found[i]) == (pass == 0))
				m.ns[m.count++] = (struct who_namespace){ found[i].inode, found[i].oldest->pid,
									  found[i].oldest->id, is_alone(&found[i]) };
	if (!voided)
		answers_send(WHO_NAMESPACES, answering, body, who_namespaces_pack(&m, body, sizeof(body)));
	for (unsigned i = 0; i < count; i++)
		proc_unpin(found[i].oldest);
	answers_flush();
}

void
namespaces_tell(uint32_t id)
{
	asked = id;
	again = true;
	if (answering == 0)
		begin();
}

void
namespaces_void(void)
{
	voided = true;
	again = false;
}

void
namespaces_ready(void)
{
	uint64_t	stale;

	if (answering == 0)
		return;
	for (unsigned i = 0; i < count; i++)
		if (identity_check(found[i].oldest, &stale) == IDENTITY_WAIT)
			return;
	answer();
	answering = 0;
	if (again)	/* what was asked meanwhile is about what is there now */
		begin();
}
