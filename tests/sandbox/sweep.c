/*
 * Every system call there is, and for each one that is tested by argument
 * every neighbour of what is allowed: the kernel's answer must be the table's.
 * The tries run as nobody in particular, narrowed in ids and by the filter.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "enter.h"
#include "sandbox.h"
#include "shared/filter.h"
#include "shared/narrow.h"

#define X32_BIT	0x40000000

/*
 * The kernel's own way back from a probe: newer kernels let no filter see
 * these, and refuse them from anywhere but that place.
 */
#define NR_URETPROBE	335
#define NR_UPROBE	336

struct attempt {
	const struct row	*row;
	struct filter		*filter;
	int			 nr;
	uint64_t		 args[6];
	int			 expected;	/* errno, CALL_KILL; CALL_ALLOW: anything but a kill */
};

static unsigned	attempts, faults;

static void
enter_row(const struct row *row, struct filter *filter)
{
	if (row->user != NULL)
		narrow_ids(row, TEST_UID, TEST_GID);
	else
		narrow_caps(row->caps);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		_exit(FAULT);
	(void)filter_enter(filter);
}

static void
attempt_child(void *arg)
{
	const struct attempt	*a = arg;
	long			 r;

	enter_row(a->row, a->filter);
	errno = 0;
	r = syscall(a->nr, a->args[0], a->args[1], a->args[2], a->args[3], a->args[4], a->args[5]);
	if (a->expected == CALL_ALLOW || (r == -1 && errno == a->expected))
		_exit(0);
	_exit(FAULT);
}

static void
attempt(const struct row *row, struct filter *filter, int nr, const uint64_t args[static 6],
    int expected)
{
	struct attempt	a = { row, filter, nr, { 0 }, expected };
	int		status;
	bool		ok;

	for (int i = 0; i < 6; i++)
		a.args[i] = args[i];
	status = in_child(attempt_child, &a);
	ok = expected == CALL_KILL ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS :
	    WIFEXITED(status) && WEXITSTATUS(status) == 0;
	attempts++;
	if (ok)
		return;
	faults++;
	result(false, "%s: call %d (%#llx, %#llx, %#llx, %#llx): %s, the table says %d", row->name,
	    nr, (unsigned long long)args[0], (unsigned long long)args[1],
	    (unsigned long long)args[2], (unsigned long long)args[3], status_text(status),
	    expected);
}

/* A row of tests is met by these arguments. */
static void
meet(const struct call *call, uint64_t args[static 6])
{
	for (int i = 0; i < 6; i++)
		args[i] = 0;
	for (int i = 0; i < CALL_TESTS; i++)
		if (call->test[i].kind != TEST_NONE)
			args[call->test[i].arg] = call->test[i].value;
}

static void
neighbour(const struct row *row, struct filter *filter, const struct call *call,
    const uint64_t args[static 6])
{
	int	answer = row_answer(row, call->nr, args);

	/* What another row allows has tries of its own. */
	if (answer != CALL_ALLOW)
		attempt(row, filter, call->nr, args, answer);
}

static void
neighbours(const struct row *row, struct filter *filter, const struct call *call)
{
	uint64_t	met[6], args[6];

	meet(call, met);
	for (int i = 0; i < CALL_TESTS; i++) {
		const struct call_test	*t = &call->test[i];
		uint64_t		 mask = t->kind == TEST_BITS ? t->mask : ~UINT64_C(0);

		if (t->kind == TEST_NONE)
			continue;
		for (int bit = 0; bit < 64; bit++) {
			if ((mask >> bit & 1) == 0)
				continue;
			for (int k = 0; k < 6; k++)
				args[k] = met[k];
			args[t->arg] ^= UINT64_C(1) << bit;
			neighbour(row, filter, call, args);
		}
	}
}

static bool
listed(const struct row *row, int nr)
{
	const struct call	*call;
	unsigned		 state = 0;

	while ((call = row_next_call(row, &state)) != NULL)
		if (call->nr == nr)
			return true;
	return false;
}

/* Calls that do not return, wait, or end something when they are allowed. */
static bool
cannot_be_tried(int nr)
{
	static const int	calls[] = {
		__NR_exit, __NR_exit_group, __NR_rt_sigreturn, __NR_restart_syscall, __NR_kill,
		__NR_tgkill, __NR_clone, __NR_fork, __NR_vfork, __NR_wait4, __NR_waitid,
		__NR_futex, __NR_close_range, __NR_munmap, __NR_mprotect, __NR_brk, __NR_mremap,
		__NR_poll, __NR_ppoll, __NR_select, __NR_pselect6, __NR_mmap,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i] == nr)
			return true;
	return false;
}

static void
sweep_listed(const struct row *row, struct filter *filter)
{
	const struct call	*call;
	unsigned		 state = 0;
	uint64_t		 args[6];

	while ((call = row_next_call(row, &state)) != NULL) {
		meet(call, args);
		if (call->answer != CALL_ALLOW || !cannot_be_tried(call->nr))
			attempt(row, filter, call->nr, args, call->answer);
		if (call->test[0].kind != TEST_NONE)
			neighbours(row, filter, call);
	}
}

static void
other_architecture(void *arg)
{
	const struct attempt	*a = arg;
	int			 r;

	enter_row(a->row, a->filter);
	/* getpid of the 32-bit table */
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
	_exit(r > 0 ? FAULT : 0);
}

static void
sweep_foreign(const struct row *row, struct filter *filter)
{
	const uint64_t	none[6] = { 0 };
	struct attempt	a = { row, filter, 0, { 0 }, 0 };
	int		status;

	for (int nr = CALL_NEWEST + 1; nr < CALL_NEWEST + 40; nr++)
		attempt(row, filter, nr, none, ENOSYS);
	attempt(row, filter, X32_BIT | __NR_getpid, none, CALL_KILL);
	attempt(row, filter, X32_BIT | 520, none, CALL_KILL);
	status = in_child(other_architecture, &a);
	/* ENOSYS where the kernel has no 32-bit calls at all. */
	result((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "%s: 32-bit calls: %s", row->name, status_text(status));
}

void
sweep(const struct row *row)
{
	const uint64_t	none[6] = { 0 };
	struct filter	*filter = filter_make(row);
	unsigned	unlisted = 0;

	attempts = faults = 0;
	/* The parent's list says what nobody may; the rest is not for trying. */
	for (int nr = row->fallback == CALL_ALLOW ? CALL_NEWEST + 1 : 0; nr <= CALL_NEWEST; nr++) {
		if (listed(row, nr) || nr == NR_URETPROBE || nr == NR_UPROBE)
			continue;
		attempt(row, filter, nr, none, row->fallback);
		unlisted++;
	}
	if (unlisted > 0)
		result(faults == 0, "%s: %u calls that the table does not list", row->name,
		    unlisted);
	faults = 0;
	sweep_listed(row, filter);
	result(faults == 0, "%s: calls of the table, and %u tries in all", row->name, attempts);
	sweep_foreign(row, filter);
}
