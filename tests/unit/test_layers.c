/*
 * The folders of policy files: what is read, and what stays in force when files break, go or are none.
 */
/* links: @policy */
#include <sys/resource.h>

#include "policy_folders.h"
#include "scan.h"

TestSuite(layers, .init = folders_start, .fini = folders_finish);

static char told[4000];

static void
on_told(void *ctx, const struct slot *s)
{
	size_t used = strlen(told);

	(void)ctx;
	snprintf(told + used, sizeof told - used, "%s%s", used == 0 ? "" : "\n", s->broken ? s->error : s->shown);
}

static bool
look(void)
{
	told[0] = '\0';
	return layers_look(&layers, on_told, NULL);
}

/* Each file in order: "layer uid name: profiles", with a ! if it is broken and a ? if it is a stand-in. */
static const char *
state(void)
{
	static const char *const names[] = { "", "vendor", "admin", "user" };
	static char out[4000];
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < layers.count; i++) {
		const struct slot *s = &layers.slots[i];

		used += (size_t)snprintf(out + used, sizeof out - used, "%s%s", used == 0 ? "" : ", ",
		    names[s->layer]);
		if (s->layer == LAYER_USER)
			used += (size_t)snprintf(out + used, sizeof out - used, " %u", s->uid);
		used += (size_t)snprintf(out + used, sizeof out - used, " %s:%s%s", s->name,
		    s->broken ? "!" : "", s->file->stand_in ? "?" : "");
		for (unsigned k = 0; k < s->file->profiles_count; k++)
			used += (size_t)snprintf(out + used, sizeof out - used, " %s", s->file->profiles[k]->name);
	}
	return out;
}

#define LOOK(changes, says, is) do {					\
	cr_assert_eq(look(), changes, "told: %s", told);		\
	cr_assert_str_eq(told, says);					\
	cr_assert_str_eq(state(), is);					\
} while (0)

Test(layers, nothing_there)
{
	LOOK(false, "", "");
	cr_assert_eq(rmdir(place("etc/profiles")) | rmdir(place("vendor")), 0);
	LOOK(false, "", "");
}

Test(layers, in_order)
{
	put_profile("etc/profiles/b.conf", "ab");
	put_profile("etc/profiles/a.conf", "aa");
	put_profile("vendor/z.conf", "vz");
	put_profile("vendor/b.conf", "vb");
	put_profile("state/profiles/1000-x.conf", "ux");
	LOOK(true, "", "vendor b.conf: vb, vendor z.conf: vz, admin a.conf: aa, admin b.conf: ab, "
	    "user 1000 1000-x.conf: ux");
	cr_assert_str_eq(layers.slots[0].shown, "/usr/b.conf");
	cr_assert_str_eq(layers.slots[2].shown, "/etc/profiles/a.conf");
	cr_assert_str_eq(layers.slots[4].shown, "/var/profiles/1000-x.conf");
	grow_old();
	LOOK(false, "", "vendor b.conf: vb, vendor z.conf: vz, admin a.conf: aa, admin b.conf: ab, "
	    "user 1000 1000-x.conf: ux");
}

Test(layers, names_that_count)
{
	static const char *const none[] = { "etc/profiles/.a.conf", "etc/profiles/a", "etc/profiles/.conf",
		"etc/profiles/a.conf~", "etc/profiles/a.conf.dpkg-new", "etc/profiles/aconf", "etc/a.conf",
		"state/profiles/a.conf", "state/profiles/-a.conf", "state/profiles/1000a.conf",
		"state/profiles/1000-a", "state/profiles/x-a.conf", "state/profiles/4294967296-a.conf",
		"state/profiles/99999999999-a.conf", "state/profiles/4294967295-a.conf" };

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		put_profile(none[i], "no");
	put_profile("etc/profiles/é .conf", "yes");
	put_profile("state/profiles/0-.conf", "root");
	put_profile("state/profiles/4294967294-a.conf", "last");
	LOOK(true, "", "admin é .conf: yes, user 0 0-.conf: root, user 4294967294 4294967294-a.conf: last");
}

Test(layers, folders_of_users)
{
	cr_assert_eq(mkdir(place("state/profiles/1000"), 0755) | mkdir(place("state/profiles/1001"), 0755) |
	    mkdir(place("state/profiles/1000/1001"), 0755) | mkdir(place("state/profiles/bob"), 0755) |
	    mkdir(place("state/profiles/4294967295"), 0755) |
	    mkdir(place("state/profiles/4294967295/4294967295"), 0755), 0);
	put_profile("state/profiles/1000/a.conf", "a");
	put_profile("state/profiles/1000-a.conf", "b");
	put_profile("state/profiles/1001/1000-a.conf", "c");
	put_profile("state/profiles/1000/1001/a.conf", "no");
	put_profile("state/profiles/bob/a.conf", "no");
	put_profile("state/profiles/4294967295/a.conf", "no");
	put_profile("state/profiles/4294967295/1000-a.conf", "no");
	put_profile("state/profiles/4294967295/4294967295/a.conf", "no");
	LOOK(true, "", "user 1000 1000-a.conf: b, user 1000 a.conf: a, user 1001 1000-a.conf: c");
}

Test(layers, last_good_form)
{
	put_profile("etc/profiles/a.conf", "good");
	LOOK(true, "", "admin a.conf: good");
	put("etc/profiles/a.conf", "profile \"new\" {\n path \"/x\"; flags bad }");
	LOOK(true, "/etc/profiles/a.conf:2:19: unknown flag \"bad\"; known are internet, localnet, service, "
	    "system, admin, user, gateway, browser, strict, directconnect, packets", "admin a.conf:! good");
	cr_assert_eq(layers.slots[0].line, 2);
	grow_old();
	LOOK(false, "", "admin a.conf:! good");
	put("etc/profiles/a.conf", "frob");
	cr_assert(look());
	cr_assert_str_eq(state(), "admin a.conf:! good");
	put_profile("etc/profiles/a.conf", "better");
	LOOK(true, "/etc/profiles/a.conf", "admin a.conf: better");
}

Test(layers, stand_in)
{
	put("vendor/a.conf", "profile \"a\" { path \"/bin/a\" }}");
	cr_assert(look());
	cr_assert_str_eq(state(), "vendor a.conf:!? broken file");
	cr_assert_str_eq(layers.slots[0].file->profiles[0]->names[0].text, "/bin/a");
	put("vendor/a.conf", "profile \"a\" { path \"/bin/b\" ");
	cr_assert(look());
	cr_assert_str_eq(layers.slots[0].file->profiles[0]->names[0].text, "/bin/b");
	put_profile("vendor/a.conf", "good");
	LOOK(true, "/usr/a.conf", "vendor a.conf: good");
}

Test(layers, removed_and_renamed)
{
	put_profile("etc/profiles/a.conf", "a");
	put_profile("etc/profiles/b.conf", "b");
	put("etc/profiles/c.conf", "frob");
	cr_assert(look());
	grow_old();
	cr_assert_eq(unlink(place("etc/profiles/a.conf")) | unlink(place("etc/profiles/c.conf")), 0);
	LOOK(true, "", "admin b.conf: b");
	cr_assert_eq(rename(place("etc/profiles/b.conf"), place("etc/profiles/d.conf")), 0);
	LOOK(true, "", "admin d.conf: b");
	/* A file in place of another, as tools write. */
	put_profile("etc/profiles/.new", "n");
	cr_assert_eq(rename(place("etc/profiles/.new"), place("etc/profiles/d.conf")), 0);
	LOOK(true, "", "admin d.conf: n");
	cr_assert_eq(unlink(place("etc/profiles/d.conf")) | rmdir(place("etc/profiles")), 0);
	LOOK(true, "", "");
}

#define LINK "symbolic links out of the folder are not followed, and this one leads nowhere in it"

/* What is no file can't be read, is said once, and keeps nobody waiting. */
Test(layers, not_a_file)
{
	put_profile("good", "good");
	put_profile("etc/profiles/was.conf", "was");
	cr_assert(look());
	cr_assert_eq(mkdir(place("etc/profiles/dir.conf"), 0755) | mkfifo(place("etc/profiles/fifo.conf"), 0644) |
	    symlink("nowhere", place("etc/profiles/gone.conf")) | symlink("loop.conf",
	    place("etc/profiles/loop.conf")) | symlink("../../good", place("etc/profiles/symlink.conf")) |
	    symlink("/dev/zero", place("etc/profiles/zero.conf")) | unlink(place("etc/profiles/was.conf")) |
	    symlink("nowhere", place("etc/profiles/was.conf")), 0);
	LOOK(true, "/etc/profiles/dir.conf:1:1: can't be read: it is a folder\n"
	    "/etc/profiles/fifo.conf:1:1: can't be read: it is no regular file\n"
	    "/etc/profiles/gone.conf:1:1: can't be read: " LINK "\n"
	    "/etc/profiles/loop.conf:1:1: can't be read: Too many levels of symbolic links\n"
	    "/etc/profiles/was.conf:1:1: can't be read: " LINK "\n"
	    "/etc/profiles/zero.conf:1:1: can't be read: it is no regular file",
	    "admin dir.conf:!? broken file, admin fifo.conf:!? broken file, admin gone.conf:!? broken file, "
	    "admin loop.conf:!? broken file, admin symlink.conf: good, admin was.conf:! was, "
	    "admin zero.conf:!? broken file");
	grow_old();
	cr_assert(!look(), "%s", told);
	cr_assert_str_eq(told, "");
	put_profile("etc/profiles/nowhere", "there");
	cr_assert(look());
	cr_assert_str_eq(told, "/etc/profiles/gone.conf\n/etc/profiles/was.conf");
}

Test(layers, too_long_a_file)
{
	put("vendor/a.conf", "%*s", SCAN_FILE_MOST, "");
	LOOK(true, "", "vendor a.conf:");
	put("vendor/a.conf", "%*s", SCAN_FILE_MOST + 1, "");
	LOOK(true, "/usr/a.conf:1:1: can't be read: larger than a policy file may be", "vendor a.conf:!");
}

/* A folder that can't be opened now is not an empty one. */
Test(layers, folder_out_of_reach)
{
	struct rlimit before, none;
	bool changed;

	put_profile("etc/profiles/a.conf", "a");
	put_profile("vendor/v.conf", "v");
	cr_assert_eq(mkdir(place("state/profiles/1000"), 0755), 0);
	put_profile("state/profiles/1000/u.conf", "u");
	cr_assert(look());
	grow_old();
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	changed = look();
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_assert(!changed);
	cr_assert_str_eq(state(), "vendor v.conf: v, admin a.conf: a, user 1000 u.conf: u");
	cr_assert_eq(unlink(place("state/profiles/1000/u.conf")), 0);
	LOOK(true, "", "vendor v.conf: v, admin a.conf: a");
}

/* Many files, some of them broken. */
Test(layers, many_files)
{
	char name[40];
	unsigned broken = 0;

	for (unsigned i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "vendor/%04u.conf", i);
		put(name, "profile \"p%u\" { path \"/bin/%u\"; flags inter%s }\n", i, i, i % 10 == 3 ? "n" : "net");
	}
	cr_assert(look());
	cr_assert_eq(layers.count, 2000);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "/bin/%u", i);
		cr_assert_eq(layers.slots[i].broken, i % 10 == 3);
		cr_assert_str_eq(layers.slots[i].file->profiles[0]->names[0].text, name);
		broken += layers.slots[i].broken;
	}
	cr_assert_eq(broken, 200);
	grow_old();
	cr_assert(!look());
	put_profile("vendor/0003.conf", "mended");
	cr_assert(look());
	cr_assert_str_eq(told, "/usr/0003.conf");
}

Test(layers, more_files_than_are_read)
{
	char name[40];

	put_profile("one", "one");
	for (unsigned i = 0; i < FILES_MOST + 2; i++) {
		snprintf(name, sizeof name, "vendor/%05u.conf", i);
		cr_assert_eq(link(place("one"), place(name)), 0);
	}
	cr_assert(look());
	cr_assert_eq(layers.count, FILES_MOST);
	cr_assert_eq(layers.too_many, 2);
	for (unsigned i = 10000; i < 10002; i++) {
		snprintf(name, sizeof name, "vendor/%05u.conf", i);
		cr_assert_eq(unlink(place(name)), 0);
	}
	grow_old();
	look();
	look();
	cr_assert_eq(layers.count, FILES_MOST);
	cr_assert_eq(layers.too_many, 0);
}
