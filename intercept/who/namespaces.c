/*
 * Network namespaces and who made them, for flows that are forwarded. Called
 * when intercept asks; trusts the kernel's links.
 */
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "identity.h"
#include "namespaces.h"
#include "parse.h"
#include "processes.h"
#include "procfs.h"
#include "who.h"

static struct oldest {
	uint64_t	 inode;
	struct proc	*proc;		/* pinned while the answer is being made */
}		found[WHO_NAMESPACES_COUNT];
static unsigned	count;
static bool	working;

static bool
namespace_of(struct proc *p, uint64_t *inode)
{
	char	name[40], link[LINK_BYTES];
	int	dir = proc_dir(p);
	ssize_t	len;

	if (dir == -1)
		return false;
	len = readlinkat(dir, proc_path(p, "ns/net", name, sizeof(name)), link, sizeof(link));
	return len > 0 && parse_namespace_link(link, (size_t)len, "net:", inode) == 0;
}

static bool
older(const struct proc *p, const struct proc *q)
{
	return p->start < q->start || (p->start == q->start && p->pid < q->pid);
}

static void
note(uint64_t inode, struct proc *p)
{
	unsigned	i = 0;

	while (i < count && found[i].inode != inode)
		i++;
	if (i == WHO_NAMESPACES_COUNT || (i < count && !older(p, found[i].proc)))
		return;
	if (i == count)
		count++;
	found[i].inode = inode;
	found[i].proc = p;
}

void
namespaces_tell(void)
{
	struct proc	*p;
	uint64_t	 inode;

	if (working)
		return;
	processes_relist();
	count = 0;
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = TAILQ_NEXT(p, by_use))
		if (!p->kthread && !p->zombie && namespace_of(p, &inode))
			note(inode, p);
	for (unsigned i = 0; i < count; i++)
		proc_pin(found[i].proc);
	working = true;
	namespaces_ready();
}

void
namespaces_ready(void)
{
	static struct who_namespaces	m;
	static uint8_t			body[WHO_NAMESPACES_MAX];
	uint64_t			stale;

	if (!working)
		return;
	for (unsigned i = 0; i < count; i++)
		if (identity_check(found[i].proc, &stale) == IDENTITY_WAIT)
			return;
	working = false;
	m.count = 0;
	for (unsigned i = 0; i < count; i++)
		if (found[i].proc->id != 0)
			m.ns[m.count++] = (struct who_namespace){ found[i].inode,
								  found[i].proc->pid,
								  found[i].proc->id };
	answers_send(WHO_NAMESPACES, body, who_namespaces_pack(&m, body, sizeof(body)));
	for (unsigned i = 0; i < count; i++)
		proc_unpin(found[i].proc);
	answers_flush();
}
