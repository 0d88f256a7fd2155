/*
 * The process table: what its rows may say, and that no row has slipped.
 */
#include <sys/syscall.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "shared/filter.h"
#include "shared/table.h"

static const struct row *const	rows[] = {
	&row_intercept, &row_whod, &row_policyd, &row_resolverd, &row_uid, &row_setup, &row_kernel, &row_bulwarkd,
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

Test(table, rows_are_sound)
{
	char	text[128];

	for (size_t i = 0; i < ROWS; i++)
		cr_assert_null(row_fault(rows[i], text, sizeof(text)), "%s", text);
}

Test(table, filters_can_be_made)
{
	for (size_t i = 0; i < ROWS; i++)
		cr_assert_not_null(filter_make(rows[i]));
}

Test(table, faults_are_found)
{
	static const struct call	both[] = {
		CALL(read, "x"), CALL_IF(read, "x", INT_IS(0, 3)), CALLS_END,
	};
	static const struct call	silent[] = { CALL(read, ""), CALLS_END };
	static const struct call	idle[] = { CALL_FATAL(read, "x"), CALLS_END };
	static const struct call	*lists[2];
	struct row			row = { .name = "x", .calls = lists, .fallback = CALL_KILL };
	char				text[128];

	lists[0] = both;
	cr_assert_str_eq(row_fault(&row, text, sizeof(text)),
	    "x: read stands there both with and without tests");
	lists[0] = silent;
	cr_assert_str_eq(row_fault(&row, text, sizeof(text)), "x: read has no reason");
	lists[0] = idle;
	cr_assert_str_eq(row_fault(&row, text, sizeof(text)), "x: read says what the fallback says");
}

/* Which capability whom belongs to is decided in the architecture, not by accident. */
Test(table, capabilities)
{
	cr_assert_eq(row_intercept.caps, UINT64_C(1) << CAP_NET_ADMIN);
	cr_assert_eq(row_whod.caps, UINT64_C(1) << CAP_SYS_PTRACE |
	    UINT64_C(1) << CAP_DAC_READ_SEARCH);
	cr_assert_eq(row_policyd.caps, 0);
	cr_assert_eq(row_uid.caps, 0);
	cr_assert_eq(row_setup.caps, UINT64_C(1) << CAP_NET_ADMIN);
	cr_assert_eq(row_kernel.caps, UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON |
	    UINT64_C(1) << CAP_NET_ADMIN);
	cr_assert_eq(row_bulwarkd.caps & (UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON), 0);
}

Test(table, who_talks_to_whom)
{
	for (unsigned channel = 1; channel <= CHANNEL_NAME_MAX; channel++) {
		unsigned	ends = 0;

		for (const struct row *const *r = row_children; *r != NULL; r++)
			ends += (*r)->channels >> channel & 1;
		cr_assert_eq(ends, 2, "channel %u", channel);
	}
	for (const struct row *const *r = row_children; *r != NULL; r++)
		cr_assert_eq((*r)->hub, *r == &row_policyd);
}

/* What no child may have, whatever a later change finds convenient. */
Test(table, never)
{
	static const int	never[] = {
		__NR_execve, __NR_execveat, __NR_ptrace, __NR_mount, __NR_umount2, __NR_pivot_root,
		__NR_chroot, __NR_setns, __NR_unshare, __NR_bpf, __NR_init_module, __NR_keyctl,
		__NR_listen, __NR_socketpair, __NR_setuid, __NR_capset,
		__NR_seccomp, __NR_io_uring_setup, __NR_process_vm_readv, __NR_symlink, __NR_link,
		__NR_mknod, __NR_chmod, __NR_chown, __NR_memfd_create,
		__NR_perf_event_open, __NR_userfaultfd, __NR_pidfd_getfd, __NR_setrlimit,
	};
	static const uint64_t	args[6];

	for (const struct row *const *r = row_children; *r != NULL; r++) {
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			cr_assert_eq(row_answer(*r, never[i], args), CALL_KILL, "%s: %d",
			    (*r)->name, never[i]);
		cr_assert_eq(row_answer(*r, __NR_clone3, args), ENOSYS, "%s", (*r)->name);
		cr_assert_eq((*r)->fallback, CALL_KILL);
		cr_assert_eq((*r)->fd_kinds & FD_OTHER, 0, "%s", (*r)->name);
		cr_assert_not_null((*r)->user);
	}
	/* One alone asks other machines, and by sockets of two kinds. */
	for (const struct row *const *r = row_children; *r != NULL; r++) {
		bool	asks = *r == &row_resolverd;

		cr_assert_eq(row_answer(*r, __NR_socket, args), asks ? CALL_KILL : EACCES);
		cr_assert_eq(row_answer(*r, __NR_connect, args), asks ? CALL_ALLOW : CALL_KILL);
		cr_assert_eq(row_answer(*r, __NR_bind, args), asks ? CALL_ALLOW : CALL_KILL);
		cr_assert_eq(row_answer(*r, __NR_setsockopt, args), CALL_KILL);
		cr_assert_eq(((*r)->fd_kinds & FD_INET) != 0, asks);
		cr_assert_eq((*r)->connects, asks);
	}
	cr_assert_neq(row_policyd.namespaces & CLONE_NEWNET, 0);
	cr_assert_neq(row_uid.namespaces & CLONE_NEWNET, 0);
}

/* Once loading is over, commands of bpf(2) are those of a map's entries and iptables-restore's look; whoever runs. */
Test(table, bpf)
{
	for (unsigned cmd = 0; cmd < 128; cmd++) {
		bool	entries = (cmd >= 1 && cmd <= 4) || cmd == 21, look = cmd == 7;

		cr_expect_eq(row_answer(&row_bulwarkd, __NR_bpf, (uint64_t[6]){ cmd }),
		    entries || look ? CALL_ALLOW : CALL_KILL, "%u", cmd);
		cr_expect_eq(row_answer(&row_setup, __NR_bpf, (uint64_t[6]){ cmd }), look ? CALL_ALLOW : ENOSYS);
	}
	for (const struct row *const *r = row_children; *r != NULL; r++)
		for (unsigned cmd = 0; cmd < 128; cmd++)
			cr_expect(row_answer(*r, __NR_bpf, (uint64_t[6]){ cmd }) == CALL_KILL ||
			    row_answer(&row_bulwarkd, __NR_bpf, (uint64_t[6]){ cmd }) == CALL_ALLOW, "%s: %u", (*r)->name, cmd);
}

Test(table, answers)
{
	cr_assert_eq(row_answer(&row_policyd, __NR_mmap, (uint64_t[6]){ 0, 1, 3 }), CALL_ALLOW);
	cr_assert_eq(row_answer(&row_policyd, __NR_mmap, (uint64_t[6]){ 0, 1, 4 }), CALL_KILL);
	cr_assert_eq(row_answer(&row_policyd, __NR_mmap, (uint64_t[6]){ 0, 1, 7 }), CALL_KILL);
	/* The upper half of an int is rubbish that libc may leave there. */
	cr_assert_eq(row_answer(&row_uid, __NR_fcntl, (uint64_t[6]){ 3, UINT64_C(7) << 32 | 3 }),
	    CALL_ALLOW);
	cr_assert_eq(row_answer(&row_uid, 9999, (uint64_t[6]){ 0 }), CALL_KILL);
	cr_assert_null(row_find("nobody"));
	cr_assert_eq(row_find("setup"), &row_setup);
}
