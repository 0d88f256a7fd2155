/* What intercept shares with the kernel's part: lease, generation, notes, owners. The maps are ours here. */
/* links: intercept/kernel.c */
#include <criterion/criterion.h>

#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../intercept/bpf/owners.h"
#include "../../intercept/kernel.h"
#include "sandbox.h"

static struct kernel_control	*control;
static struct kernel_note	 note;
static struct kernel_tuple	 noted;
static bool			 has_note, refuses, noted_meanwhile;
static struct kernel_owners	*owners;
static int			 control_map, owners_map;

int
kernel_map_take(int map, const void *key, void *value)
{
	cr_assert_eq(map, FD_INTERCEPT_NOTES);
	if (!has_note || memcmp(key, &noted, sizeof(noted)) != 0) {
		errno = ENOENT;
		return -1;
	}
	memcpy(value, &note, sizeof(note));
	has_note = false;
	return 0;
}

int
kernel_map_get(int map, const void *key, void *value)
{
	(void)key;
	(void)value;
	cr_assert_eq(map, FD_INTERCEPT_NOTES);
	errno = refuses ? EPERM : ENOENT;
	return -1;
}

int
kernel_map_set(int map, const void *key, const void *value)
{
	cr_assert_eq(map, FD_INTERCEPT_NOTES);
	cr_assert_eq(memcmp(key, &noted, sizeof(noted)), 0);
	memcpy(&note, value, sizeof(note));
	has_note = true;
	return 0;
}

int
kernel_map_add(int map, const void *key, const void *value)
{
	if (noted_meanwhile) {
		errno = EEXIST;
		return -1;
	}
	return kernel_map_set(map, key, value);
}

static void
begin(void)
{
	control_map = memfd_create("control", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(control_map, 4096), 0);
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, control_map, 0);
	cr_assert_neq(control, MAP_FAILED);
	*control = (struct kernel_control){ .lease_ns = UINT64_MAX, .generation = 41 };
	owners_map = memfd_create("owners", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(owners_map, KERNEL_OWNERS * sizeof(*owners)), 0);
	owners = mmap(NULL, KERNEL_OWNERS * sizeof(*owners), PROT_READ, MAP_SHARED, owners_map, 0);
	cr_assert_neq(owners, MAP_FAILED);
}

TestSuite(kernel, .init = begin, .timeout = 10);

static uint64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

Test(kernel, what_was_granted_before_does_not_count)
{
	cr_assert(kernel_open(control_map, owners_map));
	cr_expect_eq(kernel_path(), KERNEL_PATH_WORKS);
	cr_expect_eq(control->lease_ns, 0);
	cr_expect_eq(control->generation, 42);
	cr_expect_eq(kernel_generation(), 42);
}

Test(kernel, lease)
{
	uint64_t before = now();

	cr_assert(kernel_open(control_map, owners_map));
	kernel_renew();
	cr_expect_geq(control->lease_ns, before + 2400000000u);
	cr_expect_leq(control->lease_ns, now() + 2600000000u);
	kernel_void();
	cr_expect_eq(control->generation, 43);
	cr_expect_gt(control->lease_ns, now());
	kernel_stop();
	cr_expect_eq(control->lease_ns, 0);
}

Test(kernel, refusals)
{
	control->refusals = 9;
	control->refused = 100;
	cr_assert(kernel_open(control_map, owners_map));
	cr_expect_eq(control->refusals, 0);
	cr_expect_neq(control->netns, 0, "they are for this network alone");
	kernel_refusals(3);
	cr_expect_eq(control->refusals, 3);
	cr_expect_eq(kernel_refused(), 0, "what an earlier one counted is told");
	control->refused += 7;
	cr_expect_eq(kernel_refused(), 7);
}

Test(kernel, one_wake_up_is_asked_for)
{
	cr_assert(kernel_open(control_map, owners_map));
	cr_expect_eq(control->awaited, 0);
	kernel_await_use();
	cr_expect_eq(control->awaited, 1);
}

Test(kernel, there_is_none)
{
	struct tuple	t = { .family = 4, .proto = 17 };
	uint64_t	cookie;

	control_map = open("/dev/null", O_RDWR);
	cr_expect(!kernel_open(control_map, owners_map));
	cr_expect(!kernel_here());
	cr_expect_eq(kernel_path(), KERNEL_PATH_NONE);
	has_note = true;
	kernel_renew();
	kernel_void();
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 0 }, &note));
	kernel_owner_set(&t, 5);
	kernel_refusals(1);
	cr_expect_eq(kernel_refused(), 0);
	cr_expect(!kernel_owner(&t, &cookie));
}

Test(kernel, an_intercept_that_is_started_anew_knows_owners)
{
	struct tuple	t = { .family = 4, .proto = 17, .sport = 1, .dport = 2 };
	uint64_t	cookie, secret;

	cr_assert(kernel_open(control_map, owners_map));
	kernel_owner_set(&t, 5);
	secret = control->secret[0];
	cr_expect_neq(secret, 0);
	cr_assert(kernel_open(control_map, owners_map));
	cr_expect_eq(control->secret[0], secret);
	cr_expect(kernel_owner(&t, &cookie) && cookie == 5);
	t.dport++;
	cr_expect(!kernel_owner(&t, &cookie));
}

Test(kernel, that_may_not_be_used)
{
	refuses = true;
	cr_expect(!kernel_open(control_map, owners_map));
	cr_expect_eq(kernel_path(), KERNEL_PATH_NO_MAPS);
	cr_expect_eq(control->lease_ns, 0);
}

/* Nothing would be seen, and nothing closed, where it is not known which network is meant. */
Test(kernel, without_its_network)
{
	struct rlimit	before, none;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	cr_expect(!kernel_open(control_map, owners_map));
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_expect(!kernel_here());
	cr_expect_eq(kernel_path(), KERNEL_PATH_NO_NETWORK);
	cr_expect_eq(control->lease_ns, 0);
}

Test(kernel, whose_memory_cannot_be_had)
{
	int	closed = open("/dev/zero", O_WRONLY);

	cr_expect(!kernel_open(closed, owners_map));
	cr_expect_eq(kernel_path(), KERNEL_PATH_UNMAPPED);
}

Test(kernel, whose_owners_cannot_be_had)
{
	cr_expect(!kernel_open(control_map, open("/dev/zero", O_WRONLY)));
	cr_expect_eq(kernel_path(), KERNEL_PATH_UNMAPPED);
	cr_expect(!kernel_here());
	cr_expect_eq(control->lease_ns, 0, "what was granted before does not count");
	cr_expect_eq(control->generation, 42);
}

static struct tuple
begin_note(void)
{
	struct tuple t = { .family = 4, .proto = 17, .sport = 4000, .dport = 53, .src = { 10 }, .dst = { 9 } };

	kernel_tuple(&t, &noted);
	has_note = true;
	note = (struct kernel_note){ .cookie = 5, .inode = 6, .uid = 1000 };
	note.sender.process.tgid = 7;
	note.sender.program.ino = 8;
	cr_assert(kernel_open(control_map, owners_map));
	return t;
}

Test(kernel, note)
{
	struct tuple		t = begin_note(), other = t;
	struct kernel_note	n;

	other.sport++;
	cr_expect(!kernel_note_take(&other, &(uint32_t){ 1000 }, &n));
	cr_assert(kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	cr_expect_eq(n.cookie, 5);
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n), "it is taken");
}

Test(kernel, notes_that_do_not_count)
{
	struct tuple		t = begin_note();
	struct kernel_note	n;

	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1001 }, &n), "another user's socket sent the packet");
	has_note = true;
	note.flags = NOTE_MIXED;
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	cr_expect(has_note && note.flags == NOTE_MIXED, "the others' packets may wait still");
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	note.flags = NOTE_KERNEL;
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	cr_expect(has_note && n.flags == NOTE_KERNEL, "more of the tunnel's may wait");
	noted_meanwhile = true;
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	cr_expect((n.flags & NOTE_MIXED) != 0 && (note.flags & NOTE_MIXED) != 0, "and others' that are no tunnel's");
	note.flags = 0;
	cr_expect(!kernel_note_take(&t, NULL, &n));
	cr_expect(has_note, "a program's is not for what the kernel sends");
	note.flags = NOTE_RAW;
	cr_expect(kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	has_note = true;
	note.inode = 0;
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	has_note = true;
	cr_expect(kernel_note_take(&t, NULL, &n), "the kernel's socket, that a program had it connect");
	has_note = true;
	note.inode = UINT64_C(1) << 32;
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
	has_note = true;
	note.inode = 6;
	note.sender.process.tgid = 0;
	cr_expect(!kernel_note_take(&t, &(uint32_t){ 1000 }, &n));
}

/* Where the kernel's programs see no ports, ours have them (an echo's number and so on). */
Test(kernel, tuples)
{
	struct tuple		icmp = { .family = 4, .proto = 1, .sport = 99, .dport = 8 << 8 };
	struct kernel_tuple	k;
	uint64_t		cookie, hash;

	kernel_tuple(&icmp, &k);
	cr_expect(k.proto == 1 && k.sport == 0 && k.dport == 0);
	cr_assert(kernel_open(control_map, owners_map));
	kernel_owner_set(&icmp, 77);
	cr_assert(kernel_owner(&icmp, &cookie));
	cr_expect_eq(cookie, 77);
	hash = owner_hash(&k, control->secret);
	cr_expect_eq(owners[owner_set(hash)].word[0], owner_tag(hash) | 77, "as the kernel's programs look for it");
}
