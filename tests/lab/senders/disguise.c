/*
 * This program, with the other's file as what its memory is said to run. Without any rights: those for it has everybody
 * in a user namespace of his own, and a child that shares this one's memory goes there.
 */
#include "senders.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/prctl.h>

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK	65536

/* Puts a copy of the pages in their place, that no file lies behind. */
static void
cut_off(char *begin, size_t len, int protection)
{
	char *copy = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		err(1, "mmap");
	memcpy(copy, begin, len);
	if (mprotect(copy, len, protection) == -1 ||
	    mremap(copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, begin) == MAP_FAILED)
		err(1, "mremap");
}

static void
cut_off_all(void)
{
	struct part { char *begin; size_t len; int protection; } part[32];
	char line[4352], may[5], path[4096];
	uintptr_t begin, end;
	unsigned n = 0;
	FILE *f = fopen("/proc/self/maps", "re");

	if (f == NULL)
		err(1, "/proc/self/maps");
	while (n < 32 && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %4095s", &begin, &end, may, path) == 4 && strcmp(path, job.self) == 0)
			part[n++] = (struct part){ (char *)begin, end - begin, (may[0] == 'r' ? PROT_READ : 0) |
			    (may[1] == 'w' ? PROT_WRITE : 0) | (may[2] == 'x' ? PROT_EXEC : 0) };
	(void)fclose(f);
	for (unsigned i = 0; i < n; i++)
		cut_off(part[i].begin, part[i].len, part[i].protection);
}

/* What the kernel says of this memory's parts now: /proc/self/stat, by the numbers of its fields. */
static uint64_t
field(const char *stat, unsigned number)
{
	const char *at = strrchr(stat, ')');

	for (unsigned i = 2; i < number && at != NULL; i++)
		at = strchr(at + 1, ' ');
	return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static int
become_other(void *unused)
{
	struct prctl_mm_map m = { 0 };
	char stat[2048];
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, stat, sizeof stat - 1);

	(void)unused;
	(void)close(fd);
	stat[n > 0 ? n : 0] = '\0';
	m.start_code = field(stat, 26);
	m.end_code = field(stat, 27);
	m.start_stack = field(stat, 28);
	m.start_data = field(stat, 45);
	m.end_data = field(stat, 46);
	m.start_brk = field(stat, 47);
	m.brk = (uintptr_t)sbrk(0);
	m.arg_start = field(stat, 48);
	m.arg_end = field(stat, 49);
	m.env_start = field(stat, 50);
	m.env_end = field(stat, 51);
	m.exe_fd = (uint32_t)open(job.other, O_RDONLY | O_CLOEXEC);
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &m, sizeof m, 0) == 0 ? 0 : 1;
}

/* 0, NOT_HERE. Not before its input has a line, or an end: who wants it to be old by then keeps it waiting. */
static int
disguise(void)
{
	char *stack = malloc(STACK), exe[4096];
	int status;
	ssize_t n;
	pid_t pid;

	(void)getchar();
	if (setgid(65534) == -1 || setuid(65534) == -1 || stack == NULL)
		err(1, "setuid");
	cut_off_all();
	pid = clone(become_other, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_NEWUSER | SIGCHLD, NULL);
	if (pid == -1)
		return missing("user namespaces");
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return missing("PR_SET_MM_MAP");
	n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = '\0';
	if (strcmp(exe, job.other) != 0)
		errx(1, "still %s", exe);
	return 0;
}

static void
send_disguised(unsigned i)
{
	int fd = udp_to(i);

	told(i);
	finish(fd);
}

static int
run_disguised(void)
{
	int result = disguise();

	for (unsigned i = 0; i < job.n && result == 0; i++)
		send_disguised(i);
	return result;
}

static int
run_disguised_child(void)
{
	int result = disguise();

	for (unsigned i = 0; i < job.n && result == 0; i++)
		in_child(send_disguised, i);
	return result;
}

const struct way disguise_ways[] = {
	{ "disguised", run_disguised },
	{ "disguised-child", run_disguised_child },
	{ NULL, NULL },
};
