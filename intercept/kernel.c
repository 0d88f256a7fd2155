/*
 * See kernel.h. Called by those whose matter what the kernel does is, and by main; trusts the parent, who says which
 * descriptor is which map, and the kernel.
 */
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "bpf/map.h"
#include "bpf/owners.h"
#include "clock.h"
#include "kernel.h"
#include "sandbox.h"


_Static_assert(sizeof(struct tuple) == sizeof(struct kernel_tuple), "both sides say tuple alike");
_Static_assert(offsetof(struct tuple, dst) == offsetof(struct kernel_tuple, dst), "the same");

static struct kernel_control	*control;	/* NULL: there is no such part */
static struct kernel_owners	*owners;
static uint8_t			 use = KERNEL_PATH_NONE;	/* enum kernel_path */
static uint64_t			 refused_before;
static uint32_t			 below_lost_before;

/* With no more rights than this process keeps: older kernels refuse that. */
static bool
maps_serve(void)
{
	struct kernel_tuple	none = { 0 };
	struct kernel_note	n;

	return kernel_map_get(FD_INTERCEPT_NOTES, &none, &n) == 0 || errno == ENOENT;
}

/* 0: it is not known. */
static uint64_t
here(void)
{
	uint64_t	cookie = 0;
	socklen_t	len = sizeof(cookie);
	int		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) == -1)
		log_warn("the network namespace is not known");
	if (fd != -1)
		(void)close(fd);
	return cookie;
}

/* NULL: there is none, or it is of no use (said). */
static void *
mapped(int map, size_t bytes)
{
	void	*at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (at != MAP_FAILED)
		return at;
	if (errno != ENODEV && errno != EBADF) {
		log_warn("the kernel's part cannot be used");
		use = KERNEL_PATH_UNMAPPED;
	}
	return NULL;
}

/* Stays what it was while the maps do: an intercept that is started anew knows whose flows are. */
static void
keep_secret(void)
{
	if (control->secret[0] == 0 && getrandom(control->secret, sizeof(control->secret), 0) != sizeof(control->secret))
		fatal("getrandom");
}

static void
give_up(void)
{
	(void)munmap(control, sizeof(*control));
	if (owners != NULL)
		(void)munmap(owners, KERNEL_OWNERS * sizeof(*owners));
	control = NULL;
	owners = NULL;
}

bool
kernel_open(int control_map, int owners_map)
{
	if ((control = mapped(control_map, sizeof(*control))) == NULL)
		return false;
	kernel_stop();
	kernel_void();
	kernel_refusals(0);
	if ((owners = mapped(owners_map, KERNEL_OWNERS * sizeof(*owners))) == NULL) {
		give_up();
		return false;
	}
	keep_secret();
	refused_before = control->refused;
	below_lost_before = control->below_lost;
	control->netns = here();
	use = control->netns == 0 ? KERNEL_PATH_NO_NETWORK : !maps_serve() ? KERNEL_PATH_NO_MAPS : KERNEL_PATH_WORKS;
	if (use != KERNEL_PATH_WORKS) {
		log_warn("the kernel's part cannot be used");
		give_up();
	}
	return control != NULL;
}

bool
kernel_here(void)
{
	return control != NULL;
}

uint8_t
kernel_path(void)
{
	return use;
}

void
kernel_below_close(bool closed)
{
	if (control != NULL)
		__atomic_store_n(&control->closed, closed, __ATOMIC_SEQ_CST);
}

static void
set_lease(uint64_t until_ns)
{
	if (control != NULL)
		__atomic_store_n(&control->lease_ns, until_ns, __ATOMIC_SEQ_CST);
}

void
kernel_renew(void)
{
	set_lease((uint64_t)clock_ns() + KERNEL_LEASE_NS);
}

void
kernel_stop(void)
{
	set_lease(0);
}

void
kernel_void(void)
{
	if (control != NULL)
		(void)__atomic_add_fetch(&control->generation, 1, __ATOMIC_SEQ_CST);
}

uint32_t
kernel_generation(void)
{
	return control != NULL ? control->generation : 0;
}

void
kernel_refusals(uint32_t count)
{
	if (control != NULL)
		__atomic_store_n(&control->refusals, count, __ATOMIC_SEQ_CST);
}

void
kernel_await_use(void)
{
	if (control != NULL)
		__atomic_store_n(&control->awaited, 1, __ATOMIC_SEQ_CST);
}

uint64_t
kernel_refused(void)
{
	return control != NULL ? __atomic_load_n(&control->refused, __ATOMIC_RELAXED) - refused_before : 0;
}

uint32_t
kernel_below_lost(void)
{
	uint32_t	now = control != NULL ? __atomic_load_n(&control->below_lost, __ATOMIC_RELAXED) : 0,
			lost = now - below_lost_before;

	below_lost_before = now;
	return lost;
}

void
kernel_tuple(const struct tuple *t, struct kernel_tuple *k)
{
	memcpy(k, t, sizeof(*k));
	if (t->proto != IPPROTO_TCP && t->proto != IPPROTO_UDP)
		k->sport = k->dport = 0;
}

/* What somebody sent alike meanwhile is noted by itself, and would be taken for a tunnel's: then it is neither's. */
static void
note_put_back(const struct kernel_tuple *key, struct kernel_note *n)
{
	if ((n->flags & (NOTE_MIXED | NOTE_KERNEL)) == NOTE_KERNEL && kernel_map_add(FD_INTERCEPT_NOTES, key, n) == 0)
		return;
	if ((n->flags & NOTE_KERNEL) != 0)
		n->flags |= NOTE_MIXED;
	(void)kernel_map_set(FD_INTERCEPT_NOTES, key, n);
}

bool
kernel_note_take(const struct tuple *t, const uint32_t *uid, struct kernel_note *n)
{
	struct kernel_tuple	key;

	n->flags = 0;
	if (control == NULL)
		return false;
	kernel_tuple(t, &key);
	if (kernel_map_take(FD_INTERCEPT_NOTES, &key, n) == -1)
		return false;
	/* It is another packet's, or more of them may wait: the next note would be taken for one of those. */
	if ((n->flags & (NOTE_MIXED | NOTE_KERNEL)) != 0 || (uid == NULL && n->inode != 0)) {
		note_put_back(&key, n);
		return false;
	}
	return (uid == NULL ? n->inode == 0 : n->uid == *uid && n->inode != 0) && n->cookie != 0 && n->inode <= UINT32_MAX &&
	    n->sender.process.tgid != 0 && n->sender.program.ino != 0;
}

static struct kernel_owners *
owners_of(const struct tuple *t, __u64 *hash)
{
	struct kernel_tuple	key;

	kernel_tuple(t, &key);
	*hash = owner_hash(&key, control->secret);
	return &owners[owner_set(*hash)];
}

void
kernel_owner_set(const struct tuple *t, uint64_t cookie)
{
	static __u32		 any;
	struct kernel_owners	*set;
	__u64			 hash;

	if (control == NULL)
		return;
	set = owners_of(t, &hash);
	owner_put(set, hash, cookie, any++);
}

bool
kernel_owner(const struct tuple *t, uint64_t *cookie)
{
	struct kernel_owners	*set;
	__u64			 hash, owner;

	if (control == NULL)
		return false;
	set = owners_of(t, &hash);
	if (!owner_get(set, hash, &owner))
		return false;
	*cookie = owner;
	return true;
}

void
kernel_sender_told(const struct kernel_sender *s, struct who_sender *w)
{
	*w = (struct who_sender){ .pid = s->process.tgid, .start_ns = s->process.start_ns, .exec = s->process.exec,
				  .ino = s->program.ino, .dev = s->program.dev, .mount = s->program.mount,
				  .ctime_ns = s->program.ctime_ns, .uid = s->program.uid, .euid = s->program.euid,
				  .caps = s->program.caps, .cgroup = s->program.cgroup,
				  .mount_ns = s->program.mount_ns, .user_ns = s->program.user_ns,
				  .traced = (s->flags & SENDER_TRACED) != 0 };
}
