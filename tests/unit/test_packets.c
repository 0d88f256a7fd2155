/* Ways below the rules: at which level they are closed, and for whom they are open all the same. */
/* links: @decide policyd/below.c */
#include "policy_make.h"

#include "agents.h"
#include "below.h"
#include "current.h"
#include "framework.h"
#include "gather.h"
#include "registrable.h"

#define SAFE	(PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE)
#define UNIT	"/system.slice/dhcp.service"
#define ALICE	1000u

static struct policy	*policy;
static enum level	 level = LEVEL_DYNAMIC;
static struct agents	 agents;

const struct policy *
current_policy(void)
{
	return policy;
}

enum level
level_now(void)
{
	return level;
}

void
facts_begin(struct facts *f)
{
	*f = (struct facts){ .agents = &agents };	/* and no device is looked for */
}

static void
make(const char *profile, const char *conf)
{
	const struct made_file files[] = {
		{ LAYER_ADMIN, 0, "f", profile }, { LAYER_BUILTIN, 0, "bulwark.conf", conf },
	};

	policy_free(policy);
	policy = policy_make(files, conf[0] == '\0' ? 1 : 2);
}

static bool
permits(const char *path, uint32_t flags, const char *cgroup, uint32_t uid)
{
	struct found	found = { 0 };
	struct program	p = { .id = 1, .pid = 20, .uid = uid, .flags = flags, .path = path, .command = "",
			      .path_len = (uint16_t)strlen(path), .cgroup = cgroup,
			      .cgroup_len = (uint16_t)strlen(cgroup), .found = &found };

	framework_search(policy, &p, &found, NULL, NULL);
	return below_permits(&p);
}

static bool
at(enum level l)
{
	level = l;
	return below_is_closed();
}

Test(packets, closed_by_the_level_in_force)
{
	make("profile \"p\" { path \"/bin/p\" }", "");
	cr_expect(!at(LEVEL_DYNAMIC) && !at(LEVEL_SECURE) && at(LEVEL_FORTRESS));
	make("profile \"p\" { path \"/bin/p\" }", "set packet-sockets { secure deny }");
	cr_expect(!at(LEVEL_DYNAMIC) && at(LEVEL_SECURE) && at(LEVEL_FORTRESS));
}

Test(packets, by_a_proven_path)
{
	make("profile \"p\" { path \"/bin/p\"; flags packets }\nprofile \"q\" { path \"/bin/q\"; flags internet }\n"
	    "profile \"r\" { path \"/bin/r\" }", "");
	cr_expect(permits("/bin/p", PROCESS_PROVEN, "/", 0));
	cr_expect(!permits("/bin/p", 0, "/", 0), "it says so itself");
	cr_expect(!permits("/bin/p", PROCESS_PROVEN | PROCESS_TRACED, "/", 0), "another acts in it");
	cr_expect(!permits("/bin/q", PROCESS_PROVEN, "/", 0), "without the flag");
	cr_expect(!permits("/bin/r", PROCESS_PROVEN, "/", 0), "without flags");
	cr_expect(!permits("/bin/none", SAFE, "/", 0), "without a profile");
	cr_expect(!below_permits(NULL), "who could not be named");
}

Test(packets, a_folder_only_with_files_of_roots)
{
	make("profile \"p\" { prefix \"/opt\"; flags packets }\nprofile \"t\" { prefix \"/tmp\"; flags packets }", "");
	cr_expect(permits("/opt/p", SAFE, "/", 0));
	cr_expect(!permits("/opt/p", PROCESS_PROVEN | PROCESS_ROOT_FILE, "/", 0), "others may write it");
	cr_expect(!permits("/opt/p", PROCESS_PROVEN | PROCESS_SAFE_MODE, "/", 0), "it is somebody's");
	cr_expect(!permits("/tmp/p", SAFE, "/", 0), "everybody's folder");
}

Test(packets, what_root_made_it_to_be)
{
	make("profile \"p\" { virtual \"systemd:dhcp.service\"; flags packets }", "");
	cr_expect(permits("/x", PROCESS_ROOT_CGROUP, UNIT, 0));
	cr_expect(!permits("/x", 0, UNIT, 0), "a user's cgroup");
	cr_expect(!permits("/x", PROCESS_ROOT_CGROUP | PROCESS_DELETED, UNIT, 0), "its file is gone");
	cr_expect(!permits("/x", PROCESS_ROOT_CGROUP | PROCESS_TRACED, UNIT, 0), "another acts in it");
	cr_expect(!permits("/x", PROCESS_ROOT_CGROUP | PROCESS_NAMED_CGROUP, UNIT, 0),
	    "the kernel does not know this cgroup, so others' facts would be equal");
	cr_expect(!permits("/x", PROCESS_ROOT_CGROUP, "/system.slice/other.service", 0));
}

/* A broken file denies, and what a program says of itself leads to no right. */
Test(packets, not_by_what_denies_or_tightens)
{
	make("profile \"p\" { path \"/bin/p\"; flags packets nonsense }", "");
	cr_expect(!permits("/bin/p", PROCESS_PROVEN, "/", 0));
	make("profile \"a\" { virtual \"appimage:a\"; flags packets }", "");
	cr_expect(!permits("/tmp/.mount_aabcdef/a", SAFE, "/", 0));
	make("framework \"f\" { path \"/bin/p\"; parent-level 1; flags packets }", "");
	cr_expect(!permits("/bin/p", SAFE, "/", 0));
}

/* The profile's other flags count, but what the kernel does not compare leads to no right that it carries on. */
Test(packets, who_may_run_it)
{
	make("profile \"s\" { path \"/bin/s\"; flags packets system }\n"
	    "profile \"a\" { path \"/bin/a\"; flags packets admin }\n"
	    "profile \"u\" { path \"/bin/u\"; flags packets user }", "");
	cr_expect(permits("/bin/s", PROCESS_PROVEN, "/", 0));
	cr_expect(!permits("/bin/s", PROCESS_PROVEN, "/", ALICE));
	cr_expect(permits("/bin/s", PROCESS_PROVEN | PROCESS_ROOT_CGROUP, UNIT, ALICE));
	cr_expect(!permits("/bin/s", PROCESS_PROVEN | PROCESS_ROOT_CGROUP | PROCESS_NAMED_CGROUP, UNIT, ALICE));
	cr_expect(permits("/bin/a", PROCESS_PROVEN, "/", 0));
	cr_expect(!permits("/bin/a", PROCESS_PROVEN, "/", ALICE));
	cr_expect(!permits("/bin/a", PROCESS_PROVEN | PROCESS_ADMIN, "/", ALICE), "by its groups, perhaps");
	cr_expect(!permits("/bin/u", PROCESS_PROVEN, "/", ALICE), "nobody is there");
	cr_assert(agents_add(&agents, ALICE));
	cr_expect(permits("/bin/u", PROCESS_PROVEN, "/", ALICE));
}
