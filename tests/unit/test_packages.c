/*
 * dpkg's database: which package a file is from, and which domains are that one's.
 */
/* links: policyd/packages.c policyd/package_index.c policyd/dpkg_text.c policyd/registrable.c policyd/arena.c policyd/hash.c */
#include <dirent.h>
#include <time.h>

#include <event2/event.h>

#include "dpkg_text.h"
#include "package_index.h"
#include "packages.h"
#include "temp_folder.h"

static unsigned			 changes;
static struct event_base	*base;

static void
folder(const char *name)
{
	cr_assert_eq(mkdir(place(name), 0755), 0);
}

static void
on_change(void)
{
	changes++;
}

static void
read_all(const char *folder)
{
	if (base == NULL) {
		base = event_base_new();
		packages_start(base, folder, on_change);
	}
	while (packages_read_some())
		continue;
}

/* "PACKAGE HOMEPAGE MAINTAINER", - for a domain that is none; "": of no package. */
static const char *
owner(const char *path)
{
	static char out[800];
	const struct package *p = packages_find(path, strlen(path));

	if (p == NULL)
		return "";
	snprintf(out, sizeof out, "%s %s %s", p->name, p->zone[0] == NULL ? "-" : p->zone[0],
	    p->zone[1] == NULL ? "-" : p->zone[1]);
	return out;
}
#define OWNER(path, wanted)	cr_expect_str_eq(owner(path), wanted, "%s is %s", path, owner(path))

TestSuite(packages, .init = folder_start, .fini = folder_finish, .timeout = 60);

static const char status[] =
    "Package: curl\nStatus: install ok installed\nMaintainer: A <ghedo@debian.org>\nHomepage: https://curl.se/\n\n"
    "Package: lib\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: L <l@lists.lib.co.uk>\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nHomepage: https://gone.example/\n\n"
    "Package: forge\nStatus: hold ok installed\nHomepage: http://user@github.com/a/b\nMaintainer: F <f@gmail.com>\n\n"
    "Package: pages\nStatus: install ok installed\nHomepage: https://Pages.GitHub.IO:8080/x\nMaintainer: no address\n\n"
    "Package: diverter\nStatus: install ok installed\nHomepage: ftp://div.example\n\n"
    "Package: old\nStatus: install ok installed\nHomepage: https://www.old.example\nDescription: x\n Package: liar\n"
    " Homepage: https://liar.example/\n";

static void
write_all(void)
{
	folder("info");
	put("status", "%s", status);
	put("diversions", "/bin/tool\n/bin/tool.distrib\ndiverter\n/usr/bin/local\n/usr/bin/local.real\n:\n/usr/bin/half\n");
	put("info/curl.list", "/.\n/usr\n/usr/bin\n/usr/bin/curl\n/usr/share/doc/curl/README\n");
	put("info/lib:amd64.list", "/lib/x86_64-linux-gnu/libl.so.1\n/sbin/lib-helper\n");
	put("info/gone.list", "/usr/bin/gone\n");
	put("info/forge.list", "/usr/bin/forge");
	put("info/pages.list", "/usr/lib/pages/program\n/usr/lib/pages/loaded.so\n/usr/lib/pages/.so.1\n");
	put("info/diverter.list", "/usr/bin/tool\n");
	put("info/old.list", "/bin/tool\n/usr/bin/local\n");
	put("info/nobody.list", "/usr/bin/nobody\n");
	put("info/curl.md5sums", "0 usr/bin/md5\n");
}

Test(packages, made)
{
	write_all();
	read_all(top);
	cr_expect_eq(changes, 1);
	OWNER("/usr/bin/curl", "curl curl.se -");
	OWNER("/bin/curl", "curl curl.se -");
	OWNER("/usr/share/doc/curl/README", "");
	OWNER("/usr/lib/pages/loaded.so", "");
	OWNER("/usr/lib/pages/.so.1", "pages pages.github.io -");
	OWNER("/usr/bin/gone", "");
	OWNER("/usr/bin/nobody", "");
	OWNER("/usr/bin/curlx", "");
	OWNER("curl", "");
	OWNER("", "");
	OWNER("/usr/lib/x86_64-linux-gnu/libl.so.1", "lib - lib.co.uk");
	OWNER("/lib/x86_64-linux-gnu/libl.so.1", "lib - lib.co.uk");
	OWNER("/usr/sbin/lib-helper", "lib - lib.co.uk");
	OWNER("/usr/bin/forge", "forge - -");
	OWNER("/usr/lib/pages/program", "pages pages.github.io -");
}

Test(packages, diverted)
{
	write_all();
	read_all(top);
	OWNER("/usr/bin/tool", "diverter div.example -");
	OWNER("/bin/tool.distrib", "old old.example -");
	OWNER("/usr/bin/local", "");
	OWNER("/usr/bin/local.real", "old old.example -");
}

Test(packages, none)
{
	read_all(top);
	OWNER("/usr/bin/curl", "");
	cr_expect_eq(changes, 0);
	packages_tick();
}

/* What counted counts until all is read, and dpkg is done. */
Test(packages, another_state)
{
	write_all();
	read_all(top);
	put("info/curl.list", "/usr/bin/curl2\n");
	put("status", "Package: curl\nStatus: install ok installed\nHomepage: https://other.example\n");
	for (unsigned i = 0; i < 3; i++) {
		packages_tick();
		cr_expect_not(packages_read_some());
	}
	packages_tick();
	cr_expect(packages_read_some());
	OWNER("/usr/bin/curl", "curl curl.se -");
	while (packages_read_some())
		continue;
	OWNER("/usr/bin/curl", "");
	OWNER("/usr/bin/curl2", "curl other.example -");
	cr_expect_eq(changes, 2);
}

/* Long lines, NUL bytes, fields without a value, folders and pipes in the place of files. */
Test(packages, hostile)
{
	char *line = malloc(100000);

	folder("info");
	memset(line, 'x', 99999);
	line[99999] = '\0';
	memcpy(line, "Package: ", 9);
	put("status", "%s", line);
	put("diversions", "%s", line);
	folder("info/folder.list");
	memcpy(line, "/usr/bin/", 9);
	put("info/curl.list", "%s", line);
	read_all(top);
	OWNER("/usr/bin/curl", "");
	put("status", "Package: a%cb\nStatus: install ok installed\nHomepage\nHomepage:\nHomepage: ://\n"
	    "Maintainer: @\n\n\n\nPackage: c\nStatus: install ok installed\nHomepage: x://-.\xff\nMaintainer: x <a@x...y>\n", '\0');
	put("info/c.list", "relative\n//\n\n/\n/usr/bin/c\n");
	for (unsigned i = 0; i < 4; i++)
		packages_tick();
	while (packages_read_some())
		continue;
	OWNER("/usr/bin/c", "c - -");
	free(line);
}

/* Slices are short, the memory is bounded; this machine's own database agrees with dpkg. */
Test(packages, this_machine)
{
	struct timespec from, to;
	double longest = 0, ms;
	bool more;

	if (access("/var/lib/dpkg/status", R_OK) == -1)
		cr_skip_test("there is none");
	base = event_base_new();
	packages_start(base, "/var/lib/dpkg", on_change);
	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		more = packages_read_some();
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
		longest = ms > longest ? ms : longest;
	} while (more);
	fprintf(stderr, "longest slice %.2f ms\n", longest);
	cr_expect_lt(longest, 10, "a slice of %.2f ms", longest);
	OWNER("/usr/bin/dpkg", "dpkg - -");
	OWNER("/bin/ls", "coreutils gnu.org -");
	OWNER("/usr/bin/ls", "coreutils gnu.org -");
}

Test(packages, memory)
{
	struct package_index *x = package_index_new();
	const struct package *p;
	unsigned paths = 0;
	char text[80];

	package_index_room(x, 3000 * 133);
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(text, sizeof text, "package-%u", i);
		cr_assert(package_index_add(x, text, "example.org", ""));
		cr_assert_not_null(p = package_index_named(x, text));
		for (unsigned k = 0; k < 133; k++) {
			int n = snprintf(text, sizeof text, "/usr/lib/package-%u/a/file/%u", i, k);

			paths += package_index_path(x, p, text, (size_t)n);
		}
	}
	cr_expect_eq(paths, 3000 * 133);
	cr_expect_leq(package_index_bytes(x), 8u << 20, "%zu", package_index_bytes(x));
	cr_expect_str_eq(package_index_find(x, "/usr/lib/package-2999/a/file/132", 32)->name, "package-2999");
	cr_expect_null(package_index_find(x, "/usr/lib/package-2999/a/file/133", 32));
	package_index_free(x);
}

Test(packages, full)
{
	struct package_index *x = package_index_new();
	const struct package *p;
	char text[40];
	unsigned i = 0;

	for (; i <= PACKAGES_MOST; i++) {
		snprintf(text, sizeof text, "p%u", i);
		if (!package_index_add(x, text, "", ""))
			break;
	}
	cr_expect_eq(i, PACKAGES_MOST);
	cr_expect_null(package_index_named(x, "p20000"));
	cr_assert_not_null(p = package_index_named(x, "p19999"));
	cr_expect_not(package_index_path(x, p, "/p", 2), "there is no room yet");
	package_index_room(x, 500);
	for (i = 0; i < 1000; i++)
		if (!package_index_path(x, p, text, (size_t)snprintf(text, sizeof text, "/%u", i)))
			break;
	cr_expect_eq(i, 500, "what there is room for, and a place stays free");
	cr_expect_null(package_index_find(x, "/none", 5));
	for (i = 0; i < DIVERSIONS_MOST; i++)
		cr_assert(package_index_divert(x, "/a", "/b", ""));
	cr_expect_not(package_index_divert(x, "/a", "/b", ""));
	package_index_free(x);
}
