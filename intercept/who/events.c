/*
 * The proc connector. Called by main.c and before each batch of questions;
 * trusts the kernel's messages, but not their length.
 */
#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "answers.h"
#include "events.h"
#include "identity.h"
#include "kernel_events.h"
#include "processes.h"
#include "sandbox.h"
#include "sweep.h"

#define EXECS	1024	/* the latest of each pid, by its lower bits */

static struct {
	uint32_t	pid;
	int64_t		us;
} execs[EXECS];

static int		 connector = -1;
static struct event	*readable;

/* Exec and changes of rights: what the id says has to be looked at again. */
static void
doubt(uint32_t tgid)
{
	struct proc	*p = processes_find(tgid);

	if (p == NULL || p->id == 0)
		return;
	identity_doubt(p);
	answers_doubt(p);
	sweep_soon();
}

/* The main thread may end before the others: then the process goes on. */
void
events_exit(uint32_t pid)
{
	struct proc	*p = processes_find(pid);

	if (p == NULL || (proc_restat(p) && !p->zombie))
		return;
	proc_remove(p);
}

void
events_exec(uint32_t pid, int64_t us)
{
	struct proc	*p;

	execs[pid % EXECS].pid = pid;
	execs[pid % EXECS].us = us;
	doubt(pid);
	if ((p = processes_find(pid)) != NULL && p->id != 0)
		identity_left(p);
}

bool
events_exec_since(uint32_t pid, int64_t us)
{
	return execs[pid % EXECS].pid == pid && execs[pid % EXECS].us >= us;
}

static void
take(const struct proc_event *e)
{
	switch (e->what) {
	case PROC_EVENT_EXEC:
		events_exec((uint32_t)e->event_data.exec.process_tgid,
		    (int64_t)(e->timestamp_ns / 1000));
		break;
	case PROC_EVENT_UID:
	case PROC_EVENT_GID:
		doubt((uint32_t)e->event_data.id.process_tgid);
		break;
	case PROC_EVENT_PTRACE:
		doubt((uint32_t)e->event_data.ptrace.process_tgid);
		break;
	case PROC_EVENT_EXIT:
		if (e->event_data.exit.process_pid == e->event_data.exit.process_tgid)
			events_exit((uint32_t)e->event_data.exit.process_tgid);
		break;
	default:	/* fork: found by its number like all others */
		break;
	}
}

static void
read_message(const uint8_t *body, size_t room)
{
	struct cn_msg		cn;
	struct proc_event	e;

	if (room < sizeof(cn))
		return;
	memcpy(&cn, body, sizeof(cn));
	if (cn.id.idx != CN_IDX_PROC || cn.id.val != CN_VAL_PROC ||
	    cn.len < offsetof(struct proc_event, event_data) || cn.len > room - sizeof(cn))
		return;
	memset(&e, 0, sizeof(e));
	memcpy(&e, body + sizeof(cn), cn.len < sizeof(e) ? cn.len : sizeof(e));
	take(&e);
}

void
events_read(const void *buf, size_t len)
{
	const uint8_t	*at = buf;
	struct nlmsghdr	 n;
	size_t		 step;

	/* By hand: NLMSG_NEXT() runs past the end if the last message's length is not aligned. */
	for (; len >= sizeof(n); at += step, len -= step) {
		memcpy(&n, at, sizeof(n));
		if (n.nlmsg_len < sizeof(n) || n.nlmsg_len > len)
			return;
		if (n.nlmsg_type == NLMSG_DONE)
			read_message(at + NLMSG_HDRLEN, n.nlmsg_len - NLMSG_HDRLEN);
		step = NLMSG_ALIGN(n.nlmsg_len);
		if (step > len)
			return;
	}
}

/* Every id has to be looked at again. */
void
events_lost(void)
{
	struct proc	*p;

	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = TAILQ_NEXT(p, by_use))
		if (p->id != 0) {
			identity_doubt(p);
			answers_doubt(p);
		}
	sweep_soon();
}

static void
drain_connector(void)
{
	static uint8_t		buf[16384] __attribute__((aligned(8)));
	struct sockaddr_nl	from = { 0 };
	socklen_t		from_len;
	ssize_t			len;

	if (connector == -1)
		return;
	for (;;) {
		from_len = sizeof(from);
		len = recvfrom(connector, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&from,
		    &from_len);
		if (len == -1 && errno == ENOBUFS) {
			events_lost();
			continue;
		}
		if (len <= 0)
			return;
		if (from_len == sizeof(from) && from.nl_pid == 0)
			events_read(buf, (size_t)len);
	}
}

void
events_drain(void)
{
	kernel_events_drain();
	drain_connector();
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	events_drain();
	answers_flush();
}

/*
 * What the kernel tells otherwise does not wake us: only changes of rights pass. The connector
 * says first what happened, in the machine's order; filters read the network's.
 */
static void
only_rights(int fd)
{
#define WHAT	(NLMSG_HDRLEN + sizeof(struct cn_msg) + offsetof(struct proc_event, what))
	struct sock_filter	code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_UID), 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_GID), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_PTRACE), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog	filter = { sizeof(code) / sizeof(code[0]), code };

	/* Without it all are taken twice, which does no harm. */
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
#undef WHAT
}

void
events_init(struct event_base *base, int fd, bool rest)
{
	int		protocol;
	socklen_t	len = sizeof(protocol);

	/* Where the kernel gives no events the number may be anything's. */
	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == -1 ||
	    protocol != NETLINK_CONNECTOR)
		return;
	readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, NULL);
	if (readable == NULL || event_add(readable, NULL) == -1)
		fatalx("event");
	connector = fd;
	if (rest)
		only_rights(fd);
	sweep_events(true);
}
