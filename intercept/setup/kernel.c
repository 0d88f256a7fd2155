/*
 * "kernel": loads the suite's part in the kernel, attaches it to the cgroup that the parent gives
 * and to the tracepoints of processes, pins what rules match by, and hands everything to the
 * parent (proto/handover.h). The power to load ends with this process. libbpf reads nothing but the
 * object that is built in and the kernel's own description of its types.
 */
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../bpf/maps.h"
#include "handover.h"
#include "kernel_object.h"
#include "lifeline.h"
#include "sandbox.h"
#include "setup.h"

#define WHY_BYTES	200

static const char *const	maps[] = {
	[PART_CONTROL] = "control", [PART_GRANTS] = "grants", [PART_NOTES] = "notes",
	[PART_OWNERS] = "owners", [PART_USES] = "uses", [PART_REFUSALS] = "refusals",
	[PART_BELOW] = "below", [PART_BELOW_MAY] = "below_may",
	[PART_PORTS] = "ports", [PART_PORT_NEWS] = "port_news",
	[PART_EVENTS] = "events", [PART_LOST] = "lost",
};
#define MAPS	(sizeof(maps) / sizeof(maps[0]))

static const struct {
	const char	*program;
	bool		 cgroup;	/* else a tracepoint */
} links[] = {
	[PART_CONNECT4] = { "connected4", true },
	[PART_CONNECT6] = { "connected6", true },
	[PART_SENDMSG4] = { "sent4", true },
	[PART_SENDMSG6] = { "sent6", true },
	[PART_RELEASE] = { "released", true },
	[PART_BIND4] = { "bound4", true },
	[PART_BIND6] = { "bound6", true },
	[PART_EXEC] = { "process_exec", false },
	[PART_FORK] = { "process_fork", false },
	[PART_EXIT] = { "process_exit", false },
	[PART_QUEUED] = { "queued", false },
	[PART_OPTION] = { "option_set", true },
};

#define LINKS_END	PART_GATE

/* What comes behind the maps is attached, up to the end. */
_Static_assert(MAPS == PART_CONNECT4 && sizeof(links) / sizeof(links[0]) == LINKS_END, "parts in their order");

static const char *const	matches[] = { "out", "asked", "stranger", "heir" };

/* The parent knows the maps' forms by these numbers. */
_Static_assert(sizeof(struct kernel_control) == KERNEL_CONTROL_BYTES, "control");
_Static_assert(sizeof(struct kernel_lost) == KERNEL_LOST_BYTES, "lost");
_Static_assert(sizeof(struct kernel_grant_key) == KERNEL_GRANT_KEY_BYTES, "grants");
_Static_assert(sizeof(struct kernel_grant) == KERNEL_GRANT_BYTES, "grants");
_Static_assert(sizeof(struct kernel_refusal_key) == KERNEL_REFUSAL_KEY_BYTES, "refusals");
_Static_assert(sizeof(struct kernel_refusal) == KERNEL_REFUSAL_BYTES, "refusals");
_Static_assert(sizeof(struct kernel_tuple) == KERNEL_TUPLE_BYTES, "notes");
_Static_assert(sizeof(struct kernel_owners) == KERNEL_OWNERS_BYTES, "owners");
_Static_assert(sizeof(struct kernel_program) == KERNEL_PROGRAM_BYTES, "below_may");
_Static_assert(sizeof(struct kernel_ports) == KERNEL_PORTS_BYTES, "ports");
_Static_assert(sizeof(struct kernel_note) == KERNEL_NOTE_BYTES, "notes");

/* What the verifier says is for those who look for a fault. */
static int __attribute__((format(printf, 2, 0)))
say_debug(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char	line[400];

	if (level == LIBBPF_DEBUG)
		return 0;
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	log_debug("%s", line);
	return 0;
}

static int
fault(char *why, const char *what)
{
	(void)snprintf(why, WHY_BYTES, "%s (%s)", strerrordesc_np(errno), what);
	return -1;
}

static int
take_maps(struct bpf_object *object, int fd[static KERNEL_PARTS], char *why)
{
	for (size_t i = 0; i < MAPS; i++) {
		fd[i] = bpf_object__find_map_fd_by_name(object, maps[i]);
		if (fd[i] < 0)
			return fault(why, maps[i]);
	}
	return 0;
}

static int
attach(struct bpf_object *object, int fd[static KERNEL_PARTS], char *why)
{
	for (size_t i = MAPS; i < LINKS_END; i++) {
		struct bpf_program	*p = bpf_object__find_program_by_name(object, links[i].program);
		struct bpf_link		*link = NULL;

		if (p != NULL)
			link = links[i].cgroup ? bpf_program__attach_cgroup(p, FD_SETUP_CGROUP) :
			    bpf_program__attach(p);
		if (link == NULL)
			return fault(why, links[i].program);
		fd[i] = bpf_link__fd(link);
	}
	return 0;
}

/* Runs a program for each process that is there. It writes nothing; a call looks at a million at most. */
static int
look_once(const struct bpf_link *link)
{
	int	fd = bpf_iter_create(bpf_link__fd(link));
	char	nothing[1];
	ssize_t	n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n == -1 && errno == EAGAIN);
	(void)close(fd);
	return n == 0 ? 0 : -1;
}

/* Twice: who began meanwhile, of a parent that was not looked at yet, may have a number that was passed already. */
static int
look_at_processes(struct bpf_object *object, char *why)
{
	struct bpf_program	*p = bpf_object__find_program_by_name(object, "process_there");
	struct bpf_link		*link = p == NULL ? NULL : bpf_program__attach(p);

	if (link == NULL || look_once(link) == -1 || look_once(link) == -1 || bpf_link__destroy(link) != 0)
		return fault(why, "process_there");
	return 0;
}

static int
take_gate(struct bpf_object *object, int fd[static KERNEL_PARTS], char *why)
{
	struct bpf_program	*p = bpf_object__find_program_by_name(object, "gate");

	if (p == NULL)
		return fault(why, "gate");
	fd[PART_GATE] = bpf_program__fd(p);
	return 0;
}

static int
pin(struct bpf_object *object, const char *name, char *why)
{
	char	path[96];

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct bpf_program	*p = bpf_object__find_program_by_name(object, matches[i]);

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s/%s", FD_SETUP_KERNEL, name, matches[i]);
		if (p == NULL || bpf_obj_pin(bpf_program__fd(p), path) != 0)
			return fault(why, matches[i]);
	}
	return 0;
}

static int
hand_over(const int fd[static KERNEL_PARTS], char *why)
{
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(KERNEL_PARTS * sizeof(int))];
	} with = { .bytes = { 0 } };
	struct kernel_header	 header = { .magic = KERNEL_MAGIC, .parts = KERNEL_PARTS };
	struct iovec		 iov = { .iov_base = &header, .iov_len = sizeof(header) };
	struct msghdr		 m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &with,
				     .msg_controllen = sizeof(with) };
	struct cmsghdr		*c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(KERNEL_PARTS * sizeof(int));
	memcpy(CMSG_DATA(c), fd, KERNEL_PARTS * sizeof(int));
	return sendmsg(FD_SETUP_PARENT, &m, MSG_NOSIGNAL) == sizeof(header) ? 0 : fault(why, "handing over");
}

/* The object stays open until the process ends, and with it all that is not handed over. */
int
setup_kernel(struct setup *s)
{
	struct bpf_object	*object;
	int			 fd[KERNEL_PARTS];
	char			 why[WHY_BYTES] = "the parent names no folder";

	(void)libbpf_set_print(say_debug);
	if (s->lifelines.kernel[0] == '\0')
		goto fail;
	object = bpf_object__open_mem(kernel_object, kernel_object_bytes, NULL);
	if (object == NULL || bpf_object__load(object) != 0) {
		(void)fault(why, "loading");
		goto fail;
	}
	if (take_maps(object, fd, why) == -1 || attach(object, fd, why) == -1 ||
	    look_at_processes(object, why) == -1 || take_gate(object, fd, why) == -1 ||
	    pin(object, s->lifelines.kernel, why) == -1 || hand_over(fd, why) == -1)
		goto fail;
	setup_say("loaded");
	return 0;
fail:
	setup_say("failed %s", why);
	return 1;
}
