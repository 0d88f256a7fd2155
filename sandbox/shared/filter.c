/*
 * From a row of the table to a filter in the kernel. Called once a process, as
 * the last step of narrowing. libseccomp makes the program; a few instructions
 * in front of it answer ENOSYS to calls that are newer than the tables, which
 * libseccomp cannot express.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "filter.h"
#include "log.h"
#include "sandbox.h"

#define X32_BIT		0x40000000u
#define PROGRAM_MAX	4096	/* instructions; the kernel's bound */

/*
 * In builds for tests a forbidden call is named before it ends the process; in
 * others the kernel's log names it.
 */
#ifdef BULWARK_TEST
#define ACTION_FATAL	SCMP_ACT_TRAP

static void
on_forbidden(int sig, siginfo_t *info, void *context)
{
	const greg_t	*reg = ((ucontext_t *)context)->uc_mcontext.gregs;
	char		*name;

	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, info->si_syscall);
	log_warnx("forbidden system call %s (%d), arguments %#llx %#llx %#llx %#llx",
	    name != NULL ? name : "unknown", info->si_syscall, reg[REG_RDI], reg[REG_RSI],
	    reg[REG_RDX], reg[REG_R10]);
	log_set_sink(NULL);
	log_warnx("forbidden system call %s (%d)", name != NULL ? name : "unknown",
	    info->si_syscall);
	/* Without handler the same call, made again, ends the process. */
	(void)signal(sig, SIG_DFL);
	(void)syscall(info->si_syscall, reg[REG_RDI], reg[REG_RSI], reg[REG_RDX], reg[REG_R10],
	    reg[REG_R8], reg[REG_R9]);
	_exit(1);
}

static void
name_forbidden(void)
{
	struct sigaction	action = { .sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGSYS, &action, NULL) == -1)
		fatal("SIGSYS");
}
#else
#define ACTION_FATAL	SCMP_ACT_KILL_PROCESS
#endif

static uint32_t
action_of(int answer)
{
	if (answer == CALL_ALLOW)
		return SCMP_ACT_ALLOW;
	if (answer == CALL_KILL)
		return ACTION_FATAL;
	return SCMP_ACT_ERRNO((uint32_t)answer);
}

static void
add_call(scmp_filter_ctx filter, const struct call *call)
{
	struct scmp_arg_cmp	compare[CALL_TESTS] = { 0 };
	unsigned		count = 0;
	int			error;

	for (unsigned i = 0; i < CALL_TESTS; i++) {
		const struct call_test *test = &call->test[i];

		switch (test->kind) {
		case TEST_NONE:
			continue;
		case TEST_EQUAL:
			compare[count++] = SCMP_CMP64(test->arg, SCMP_CMP_EQ, test->value, 0);
			break;
		case TEST_BITS:
			compare[count++] = SCMP_CMP64(test->arg, SCMP_CMP_MASKED_EQ, test->mask,
			    test->value);
			break;
		}
	}
	error = seccomp_rule_add_exact_array(filter, action_of(call->answer), call->nr, count,
	    compare);
	if (error < 0)
		fatalx("seccomp: %s: %s", call->name, strerrordesc_np(-error));
}

static scmp_filter_ctx
make_program(const struct row *row, unsigned *rules)
{
	const struct call	*call;
	scmp_filter_ctx		 filter;
	unsigned		 state = 0;
	char			 text[128];

	if (row_fault(row, text, sizeof(text)) != NULL)
		fatalx("seccomp: %s", text);
	filter = seccomp_init(action_of(row->fallback));
	if (filter == NULL || seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) < 0 || seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		fatalx("seccomp: filter");
	*rules = 0;
	while ((call = row_next_call(row, &state)) != NULL) {
		add_call(filter, call);
		(*rules)++;
	}
	return filter;
}

/* Reads the program that libseccomp made; returns the number of instructions. */
static size_t
export_program(scmp_filter_ctx filter, struct sock_filter *program, size_t max)
{
	int	fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t	n;

	if (fd == -1 || seccomp_export_bpf(filter, fd) < 0)
		fatal("seccomp: program");
	n = pread(fd, program, max * sizeof(*program), 0);
	if (n <= 0 || (size_t)n % sizeof(*program) != 0 || (size_t)n == max * sizeof(*program))
		fatal("seccomp: program of %zd bytes", n);
	(void)close(fd);
	return (size_t)n / sizeof(*program);
}

struct filter {
	unsigned		rules;
	bool			named;		/* forbidden calls, in builds for tests */
	unsigned short		len;
	struct sock_filter	program[PROGRAM_MAX];
};

struct filter *
filter_make(const struct row *row)
{
	static const struct sock_filter	newer[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, CALL_NEWEST, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	const size_t	front = sizeof(newer) / sizeof(newer[0]);
	struct filter	*f = calloc(1, sizeof(*f));
	scmp_filter_ctx	 made;

	if (f == NULL)
		fatal("seccomp");
	made = make_program(row, &f->rules);
	memcpy(f->program, newer, sizeof(newer));
	f->len = (unsigned short)(front +
	    export_program(made, f->program + front, PROGRAM_MAX - front));
	seccomp_release(made);
	f->named = !row->oneshot;	/* a handler would not live through its exec */
	return f;
}

unsigned
filter_enter(struct filter *f)
{
	struct sock_fprog	prog = { .len = f->len, .filter = f->program };
	unsigned		rules = f->rules;

#ifdef BULWARK_TEST
	if (f->named)
		name_forbidden();
#endif
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &prog) != 0)
		fatal("seccomp");
	free(f);
	return rules;
}
