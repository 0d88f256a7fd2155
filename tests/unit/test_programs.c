/*
 * Programs by id: kept until some seconds after their end, and never more than there is room for.
 */
/* links: policyd/programs.c policyd/known_names.c policyd/resolvers_known.c policyd/hash.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "known_names.h"
#include "programs.h"

static struct process p;

static bool
add(uint64_t id, uint32_t pid, const char *path)
{
	p = (struct process){ .id = id, .pid = pid, .start = id * 10, .path_len = (uint16_t)strlen(path) };
	memcpy(p.path, path, strlen(path));
	return programs_add(&p);
}

static void
gone(uint64_t id, int64_t now_s)
{
	struct who_gone g = { .count = 1, .id = { id } };

	programs_gone(&g, now_s);
}

Test(programs, all_of_it_is_kept)
{
	static struct process out;
	const struct hints *h;

	memset(&p, 0xa5, sizeof p);
	p.path_len = PATH_BYTES - 1;
	p.cgroup_len = CGROUP_BYTES - 1;
	p.command_len = COMMAND_BYTES - 1;
	memset(p.path, '/', sizeof p.path);
	p.cgroup_root = 7;
	p.netns = 4026531840;
	p.hints.scripts = p.hints.parents = 1;
	p.hints.read = true;
	p.hints.cwd_len = p.hints.arguments_len = p.hints.script[0].path_len = p.hints.parent[0].path_len = 9;
	programs_add(&p);
	program_process(programs_find(p.id), &out);
	cr_assert_eq(out.id, p.id);
	cr_assert(out.pid == p.pid && out.ppid == p.ppid && out.uid == p.uid && out.flags == p.flags);
	cr_assert(out.start == p.start && out.dev == p.dev && out.ino == p.ino && out.ctime_ns == p.ctime_ns);
	cr_assert_eq(out.file_uid, p.file_uid);
	cr_assert(out.cgroup_root == p.cgroup_root && out.netns == p.netns);
	cr_assert_eq(memcmp(out.path, p.path, p.path_len), 0);
	cr_assert_eq(memcmp(out.cgroup, p.cgroup, p.cgroup_len), 0);
	cr_assert_eq(memcmp(out.command, p.command, p.command_len), 0);
	cr_assert_eq(out.path[p.path_len], '\0');
	cr_assert_eq(out.hints.cwd_len + out.hints.arguments_len + out.hints.scripts + out.hints.parents, 0);
	cr_assert_eq(programs_find(p.id)->path[p.path_len], '\0');
	cr_assert_eq(programs_find(p.id)->cgroup[p.cgroup_len], '\0');
	h = programs_find(p.id)->hints;
	cr_assert(h->read && h->cwd_len == 9 && h->arguments_len == 9 && h->scripts == 1 && h->parents == 1);
	cr_assert(memcmp(h->cwd, p.hints.cwd, 9) == 0 && h->cwd[9] == '\0');
	cr_assert_eq(memcmp(h->arguments, p.hints.arguments, 9), 0);
	cr_assert(h->script[0].argument == p.hints.script[0].argument && h->script[0].flags == p.hints.script[0].flags);
	cr_assert(h->script[0].len == 9 && memcmp(h->script[0].path, p.hints.script[0].path, 9) == 0);
	cr_assert(h->parent[0].pid == p.hints.parent[0].pid && h->parent[0].start == p.hints.parent[0].start);
	cr_assert(h->parent[0].len == 9 && memcmp(h->parent[0].path, p.hints.parent[0].path, 9) == 0);
	p = (struct process){ .id = 5 };
	programs_add(&p);
	cr_assert_str_eq(programs_find(5)->path, "");
	cr_assert(!programs_find(5)->hints->read);
	programs_forget_all();
	cr_assert_null(programs_find(5));
}

Test(programs, same_id_again)
{
	add(1, 100, "/bin/sh");
	program_set_told(programs_find(1), 7);
	cr_assert_eq(program_told(programs_find(1)), 7);
	add(1, 100, "/bin/ls");
	cr_assert_str_eq(programs_find(1)->path, "/bin/ls");
	cr_assert_eq(program_told(programs_find(1)), 0);
	gone(1, 50);
	add(1, 101, "/bin/cat");	/* it runs again: its end is forgotten */
	programs_tick(1000);
	cr_assert_eq(programs_find(1)->pid, 101);
}

/* What a program knew of names goes with it, and not before. */
Test(programs, names_go_with_it)
{
	static const uint8_t address[1][16] = { { 192, 0, 2, 7 } }, family[1] = { 4 };
	struct program child = { .id = 2 };
	uint64_t lists;
	uint16_t len;

	add(1, 100, "/bin/sh");
	names_learnt(programs_find(1), "example.org", 11, address, family, 1, 0);
	p.id = 2;
	p.ppid = 100;
	programs_add(&p);
	cr_assert_str_eq(names_find(&child, 4, address[0], &len, &lists), "example.org");
	add(1, 100, "/bin/sh");
	gone(1, 50);
	programs_tick(50 + PROGRAM_STAYS_S);
	cr_assert_str_eq(names_find(programs_find(1), 4, address[0], &len, &lists), "example.org");
	programs_tick(51 + PROGRAM_STAYS_S);
	cr_assert_str_eq(names_find(&child, 4, address[0], &len, &lists), "example.org");
	programs_forget_all();
	cr_assert_eq(names_count(), 0);
	cr_assert_null(names_find(&child, 4, address[0], &len, &lists));
}

Test(programs, ends)
{
	struct who_gone g = { .count = WHO_BATCH };

	for (uint64_t i = 0; i < WHO_BATCH; i++)
		add(g.id[i] = 1000 + i, 1, "/x");
	add(1, 100, "/bin/sh");
	add(2, 100, "/bin/sh");
	gone(3, 50);		/* nobody knows it */
	gone(2, 50);
	gone(2, 60);		/* it ends only once */
	programs_tick(50 + PROGRAM_STAYS_S);
	cr_assert_not_null(programs_find(2));
	programs_tick(51 + PROGRAM_STAYS_S);
	cr_assert_null(programs_find(2));
	cr_assert_not_null(programs_find(1));
	programs_gone(&g, 60);
	programs_tick(61 + PROGRAM_STAYS_S);
	for (unsigned i = 0; i < WHO_BATCH; i++)
		cr_assert_null(programs_find(g.id[i]));
}

Test(programs, newest_running)
{
	add(1, 100, "/bin/sh");
	add(2, 100, "/bin/sh");
	add(3, 101, "/bin/sh");
	add(4, 101, "/bin/sh2");
	cr_assert_eq(programs_by_pid(100)->id, 2);
	cr_assert_eq(programs_by_path("/bin/sh", 7)->id, 3);
	cr_assert_eq(programs_by_path("/bin/sh2", 7)->id, 3);	/* by length, not to a NUL */
	cr_assert_null(programs_by_path("/bin/s", 6));
	cr_assert_null(programs_by_pid(7));
	gone(2, 1);
	gone(3, 1);
	cr_assert_eq(programs_by_pid(100)->id, 1);
	cr_assert_eq(programs_by_pid(101)->id, 4);
	cr_assert_eq(programs_by_path("/bin/sh", 7)->id, 1);
	gone(1, 1);
	cr_assert_null(programs_by_pid(100));
	cr_assert_not_null(programs_find(1));
}

/* What runs under the ids of another whod is told by new ones; by the old ones it is only named. */
Test(programs, another_whod)
{
	uint64_t old = UINT64_C(1) << 32 | 1, new = UINT64_C(2) << 32 | 1;

	cr_expect(add(old, 100, "/bin/sh"));
	cr_expect(!add(old + 1, 101, "/bin/sh"));
	cr_expect(!program_is_past(programs_find(old)));
	cr_expect(add(new, 100, "/bin/sh"));
	cr_expect(!add(new + 1, 102, "/bin/sh"));
	cr_expect(program_is_past(programs_find(old)) && program_is_past(programs_find(old + 1)));
	cr_expect(!program_is_past(programs_find(new)));
	gone(new, 50);
	cr_expect(program_is_past(programs_find(new)));
}

/* Those that ended make room first, then the oldest. */
Test(programs, bound)
{
	for (uint64_t i = 1; i <= PROGRAMS_MOST; i++)
		add(i, (uint32_t)i, "/x");
	gone(300, 10);
	gone(200, 11);
	add(PROGRAMS_MOST, 1, "/x");	/* known: no room needed */
	cr_assert_not_null(programs_find(300));
	add(PROGRAMS_MOST + 1, 1, "/x");
	cr_assert(programs_find(300) == NULL && programs_find(200) != NULL && programs_find(1) != NULL);
	add(PROGRAMS_MOST + 2, 1, "/x");
	cr_assert(programs_find(200) == NULL && programs_find(1) != NULL);
	add(PROGRAMS_MOST + 3, 1, "/x");
	cr_assert(programs_find(1) == NULL && programs_find(2) != NULL);
	for (uint64_t i = 2; i <= PROGRAMS_MOST + 3; i++)
		cr_assert_eq(programs_find(i) != NULL, i != 200 && i != 300);
}

/* Against a plain table: ids that share much, in any order of deeds. */
Test(programs, random_deeds)
{
	static struct { bool known, ended; int64_t end; uint32_t pid; } model[64];
	uint32_t seed = 1;

	for (int64_t step = 0, now = 0; step < 20000; step++) {
		unsigned i;

		seed = seed * 1664525 + 1013904223;
		i = seed >> 8 & 63;
		now += seed >> 30;
		if (seed >> 14 & 1) {
			add((uint64_t)i << 32 | 7, (uint32_t)step, "/x");
			model[i].known = true;
			model[i].ended = false;
			model[i].pid = (uint32_t)step;
		} else {
			gone((uint64_t)i << 32 | 7, now);
			if (!model[i].ended) {
				model[i].ended = true;
				model[i].end = now;
			}
		}
		programs_tick(now);
		for (i = 0; i < 64; i++) {
			const struct program *found = programs_find((uint64_t)i << 32 | 7);

			model[i].known &= !model[i].ended || model[i].end + PROGRAM_STAYS_S >= now;
			cr_assert_eq(found != NULL, model[i].known, "step %d", (int)step);
			if (found != NULL)
				cr_assert_eq(found->pid, model[i].pid);
		}
	}
}
