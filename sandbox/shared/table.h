/*
 * The process table: one row a process. What a process may do is what its row
 * says; narrowing, the parent's checks, the audit and the tests all read it.
 *
 * A system call stands in a row either once without tests or several times
 * with tests, never both; tests of one entry must all hold. What is not listed
 * ends the process, except where the row's fallback says otherwise.
 */
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "control.h"

/* Newest system call that the tables were written against; newer ones: ENOSYS. */
#define CALL_NEWEST	450

enum call_test_kind {
	TEST_NONE = 0,
	TEST_EQUAL,		/* argument == value */
	TEST_BITS,		/* (argument & mask) == value */
};

/*
 * Arguments have 64 bits, but of one that the kernel reads as int only the
 * lower half counts; libc may leave anything above. The INT_ macros below
 * therefore test by mask.
 */
struct call_test {
	uint8_t			arg;	/* 0..5 */
	enum call_test_kind	kind;
	uint64_t		value;
	uint64_t		mask;
};

#define CALL_TESTS	3
#define CALL_ALLOW	0		/* positive answers: an errno */
#define CALL_KILL	(-1)		/* end the process */

struct call {
	int			nr;
	const char		*name;
	int			answer;		/* CALL_ALLOW, an errno or CALL_KILL */
	struct call_test	test[CALL_TESTS];
	const char		*reason;	/* what needs it */
};

/* Lists end with a call whose reason is NULL. */
#define CALL(call, why)			{ __NR_##call, #call, CALL_ALLOW, { { 0 } }, why }
#define CALL_IF(call, why, ...)		{ __NR_##call, #call, CALL_ALLOW, { __VA_ARGS__ }, why }
#define CALL_ERRNO(call, error, why)	{ __NR_##call, #call, error, { { 0 } }, why }
#define CALL_ERRNO_IF(call, error, why, ...) { __NR_##call, #call, error, { __VA_ARGS__ }, why }
#define CALL_FATAL(call, why)		{ __NR_##call, #call, CALL_KILL, { { 0 } }, why }
#define CALL_FATAL_IF(call, why, ...)	{ __NR_##call, #call, CALL_KILL, { __VA_ARGS__ }, why }
#define CALLS_END			{ .reason = NULL }

#define INT_MASK		UINT64_C(0xffffffff)
/* The int argument n is exactly v. */
#define INT_IS(n, v)		{ n, TEST_BITS, (uint64_t)(v) & INT_MASK, INT_MASK }
/* The int argument n has no bit set but those in v. */
#define INT_ONLY(n, v)		{ n, TEST_BITS, 0, ~(uint64_t)(v) & INT_MASK }
#define INT_HAS(n, v)		{ n, TEST_BITS, (v), (v) }
#define ARG_IS(n, v)		{ n, TEST_EQUAL, (uint64_t)(v), 0 }

enum row_root {
	ROOT_EMPTY,		/* an empty read-only tmpfs */
	ROOT_POLICY,		/* the same with /vendor, /etc (read-only) and /state */
	ROOT_HOST,		/* the machine's; Landlock says what of it */
};

/* What a descriptor is, as the kernel shows it; the audit compares. */
enum fd_kind {
	FD_NULL		= 1 << 0,	/* /dev/null */
	FD_PIPE		= 1 << 1,
	FD_UNIX		= 1 << 2,
	FD_NETLINK	= 1 << 3,
	FD_EPOLL	= 1 << 4,	/* also eventfd and timerfd: no way out of the process */
	FD_INOTIFY	= 1 << 5,
	FD_MEMFD	= 1 << 6,
	FD_PROC		= 1 << 7,	/* below /proc */
	FD_OWN_ROOT	= 1 << 8,	/* files and folders of its own root */
	FD_INET		= 1 << 9,
	FD_HOST		= 1 << 10,	/* files and folders of the machine */
	FD_OTHER	= 1 << 11,	/* no row has this */
	FD_BPF		= 1 << 12,	/* BPF map, link or program */
};

struct row_fd {
	int		 fd;
	unsigned	 kind;		/* enum fd_kind */
	bool		 optional;	/* may be missing */
	const char	*what;
};

/* Address space of a child: far above what it uses, far below what would hurt the machine. */
#ifdef BULWARK_ASAN
#define ROW_MEMORY	RLIM_INFINITY
#else
#define ROW_MEMORY	(UINT64_C(1) << 30)
#endif

struct row_limit {
	int		 resource;
	rlim_t		 value;
};

struct row_path {
	const char	*path;		/* as seen from the row's own root; a missing one is skipped */
	bool		 write;		/* else read */
	bool		 execute;
};

struct row {
	const char		*name;		/* CONTROL_HELLO, log lines, RUNDIR/suite */
	const char		*binary;
	const char		*user;		/* NULL: stays root */
	bool			 hub;		/* its loss ends the others */
	bool			 oneshot;	/* no control channel; narrowed before exec */
	enum row_root		 root;
	int			 namespaces;	/* CLONE_NEW*, unshared */
	uint64_t		 caps;		/* bits 1 << CAP_* */
	const struct row_limit	*limits;	/* ends with resource -1 */
	const struct row_fd	*fds;		/* ends with what == NULL */
	unsigned		 fd_kinds;	/* all it may ever hold */
	unsigned		 channels;	/* 1 << enum channel_name */
	bool			 landlock;
	bool			 connects;	/* Landlock lets it connect over TCP, too */
	const struct row_path	*paths;		/* ends with path == NULL; NULL: nothing */
	const struct call	*const *calls;	/* lists, ends with NULL */
	int			 fallback;	/* answer to what is not listed; CALL_KILL in every child */
};

extern const struct row row_intercept, row_whod, row_policyd, row_uid, row_resolverd, row_setup, row_kernel,
    row_bulwarkd;

extern const struct call calls_common[];	/* calls_common.c */
extern const struct call calls_probe[];
#ifdef BULWARK_ASAN
extern const struct call calls_asan[];
#endif

/* Rows of the suite's lasting children in the order in which they start; ends with NULL. */
extern const struct row *const row_children[];

const struct row	*row_find(const char *name);		/* NULL if there is none */
/* Walks all calls of a row's lists: start with state 0; NULL at the end. */
const struct call	*row_next_call(const struct row *, unsigned *state);
/*
 * What the row's filter answers to this call: CALL_ALLOW, an errno, or
 * CALL_KILL. The tables' meaning in plain C, for the tests.
 */
int			 row_answer(const struct row *, int nr, const uint64_t args[static 6]);
/* NULL, or what is wrong with the row: a call both plain and tested, no reason. */
const char		*row_fault(const struct row *, char *text, size_t);

#endif
