/*
 * What stands in /proc, read: right forms, odd names, and what is not a form at all.
 */
/* links: intercept/who/parse.c */
#include <criterion/criterion.h>

#include <string.h>

#include "parse.h"

#define TEXT(s) (s), sizeof(s) - 1

Test(whod_parse, stat)
{
	struct stat_facts f;

	cr_assert_eq(parse_stat(TEXT("12 (a) S b) (c) Z 34 56 78 0 -1 2097216 1 2 3 4 5 6 7 8 20 0 9 0 4242 0\n"), &f), 0);
	cr_expect_eq(f.state, 'Z');
	cr_expect_eq(f.ppid, 34);
	cr_expect_eq(f.session, 78);
	cr_expect_eq(f.flags, PF_KTHREAD | PF_FORKNOEXEC);
	cr_expect_eq(f.threads, 9);
	cr_expect_eq(f.start, 4242);
	cr_expect_eq(parse_stat(TEXT(""), &f), -1);
	cr_expect_eq(parse_stat(TEXT("12 (x)"), &f), -1);
	cr_expect_eq(parse_stat(TEXT("12 (x) S 1 2 3 0 -1 0 1 2 3 4 5 6 7 8 20 0 9 0"), &f), -1);
	cr_expect_eq(parse_stat(TEXT("12 (x) S 99999999999 2 3 0 -1 0 1 2 3 4 5 6 7 8 20 0 9 0 1"), &f), -1);
}

#define STATUS(groups) "Name:\ta\\nUid:\t0\nState:\tS (sleeping)\nTracerPid:\t7\n" \
	"Uid:\t1000\t1001\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nFDSize:\t64\nGroups:\t" groups "\n" \
	"VmPeak:\t1 kB\nCapInh:\t0000000000000000\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n"

Test(whod_parse, status)
{
	static const struct gid_list admins = { 1, { 27 } };
	struct status_facts f;

	cr_assert_eq(parse_status(TEXT(STATUS("4 24 27 30 ")), &admins, &f), 0);
	cr_expect_eq(f.tracer, 7);
	cr_expect_eq(f.uid, 1000);
	cr_expect_eq(f.euid, 1001);
	cr_expect_eq(f.caps, 0x1ffffffffff);
	cr_expect(f.in_groups);
	cr_assert_eq(parse_status(TEXT(STATUS("")), &admins, &f), 0);
	cr_expect(!f.in_groups);
	cr_expect_eq(parse_status(TEXT(STATUS("4 x")), &admins, &f), -1);
	/* Cut off before the capabilities: nothing is known of them. */
	cr_expect_eq(parse_status(STATUS("1"), strlen(STATUS("1")) - 50, &admins, &f), -1);
}

Test(whod_parse, cgroup)
{
	static const char both[] = "2:cpu:/x\n1:name=systemd:/user.slice\n0::/a b\n";
	struct cgroup_facts f;

	cr_assert_eq(parse_cgroup(TEXT(both), &f), 0);
	cr_expect_eq(f.unified_len, 4);
	cr_expect_arr_eq(f.unified, "/a b", 4);
	cr_expect_eq(f.named_len, 11);
	cr_expect_eq(parse_cgroup(TEXT("2:cpu:/x\n"), &f), -1);
	cr_expect_eq(parse_cgroup(TEXT("0::x\n"), &f), -1);
	cr_expect_eq(parse_cgroup(TEXT("0::/cut off"), &f), -1);
}

Test(whod_parse, raw)
{
	struct raw_facts f;

	cr_assert_eq(parse_raw_line(TEXT("  255: 00000000:00FF 00000000:0000 07 00000000:00000000 "
	    "00:00000000 00000000  1000        0 18446744073709551615 2 0000000000000000 0"), &f), 0);
	cr_expect_eq(f.port, 255);
	cr_expect_eq(f.uid, 1000);
	cr_expect_eq(f.inode, UINT64_MAX);
	cr_assert_eq(parse_raw_line(TEXT("   58: 00000000000000000000000000000000:003A "
	    "00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5 2"), &f), 0);
	cr_expect_eq(f.port, 58);
	cr_expect_eq(parse_raw_line(TEXT("  sl  local_address rem_address   st tx_queue"), &f), -1);
	cr_expect_eq(parse_raw_line(TEXT("  1: 0:10000 0:0 7 0:0 0:0 0 0 0 5"), &f), -1);
}

Test(whod_parse, links)
{
	uint64_t inode;
	uint64_t forks;
	uint32_t pid;

	cr_expect_eq(parse_socket_link(TEXT("socket:[42]"), &inode), 0);
	cr_expect_eq(inode, 42);
	cr_expect_eq(parse_socket_link(TEXT("/socket:[42]"), &inode), -1);
	cr_expect_eq(parse_socket_link(TEXT("socket:[42] (deleted)"), &inode), -1);
	cr_expect_eq(parse_socket_link(TEXT("socket:[]"), &inode), -1);
	cr_expect_eq(parse_socket_link(TEXT("socket:[18446744073709551616]"), &inode), -1);
	cr_expect_eq(parse_namespace_link(TEXT("net:[4026531840]"), "net:", &inode), 0);
	cr_expect_eq(parse_namespace_link(TEXT("net:[4026531840]"), "user:", &inode), -1);
	cr_expect_eq(parse_pid(TEXT("4294967296"), &pid), -1);
	cr_expect_eq(parse_pid(TEXT("12a"), &pid), -1);
	cr_expect_eq(parse_last_pid(TEXT("0.10 0.12 0.07 1/82 8377\n"), &pid), 0);
	cr_expect_eq(pid, 8377);
	cr_expect_eq(parse_forks(TEXT("cpu 1 2\nbtime 5\nprocesses 421\nprocs_running 1\n"), &forks), 0);
	cr_expect_eq(forks, 421);
	cr_expect_eq(parse_forks(TEXT("cpu 1 2\nbtime 5\nprocesses x\n"), &forks), -1);
	cr_expect_eq(parse_forks(TEXT("cpu 1 2\nbtime 5"), &forks), -1);
}

Test(whod_parse, queue_group_mount)
{
	struct queue_facts q;
	struct group_facts g;
	struct mount_facts m;

	cr_assert_eq(parse_queue_line(TEXT("17040  12345     3 2 65531     4     5       17  1"), &q), 0);
	cr_expect(q.number == 17040 && q.waiting == 3 && q.dropped == 4 && q.user_dropped == 5 && q.total == 17);
	cr_expect_eq(parse_queue_line(TEXT("70000 1 3 2 65531 4 5 17 1"), &q), -1);
	cr_assert_eq(parse_group_line(TEXT("sudo:x:27:anna"), &g), 0);
	cr_expect(g.gid == 27 && g.name_len == 4);
	cr_expect_eq(parse_group_line(TEXT("sudo:x:27x:"), &g), -1);
	cr_expect_eq(parse_group_line(TEXT("sudo"), &g), -1);
	cr_assert_eq(parse_mount_line(TEXT("41 31 0:38 / /sys/fs/cgroup rw shared:9 master:1 - cgroup2 none rw,nsdelegate"), &m), 0);
	cr_expect(m.point_len == 14 && m.type_len == 7 && m.options_len == 13);
	cr_expect_eq(parse_mount_line(TEXT("41 31 0:38 / /sys/fs/cgroup rw"), &m), -1);
}
