/*
 * The profiles that come along, policyd/profiles: each names programs of Debian by paths that were
 * looked up (vendor_paths.txt), says what for, and permits what its line in docs/profiles.md says,
 * no more and no less. These lines are what decide() answers.
 */
/* links: policyd/[a-z]*.c policyd/lang.y */
#include <arpa/inet.h>
#include <dirent.h>

#include "policy_make.h"

#define FOLDER		"policyd/profiles/"
#define VENDOR_FILES	200
#define ANY_PORT	50001	/* stands for those that no list names */

static struct made_file		 files[VENDOR_FILES];
static size_t			 count;
static struct policy		*policy;
static const struct links	 links = { .count = 1, .net = { { 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" } } };
static const struct own		 own = { .doors = true };
static const char		*const levels[] = { " up to Dynamic", " up to Secure", "" };

static const struct { const char *name, *address; } places[] = {
	{ "this machine", "10.0.0.2" }, { "the local network", "10.0.0.7" }, { "the Internet", "198.51.100.7" },
};
enum { HERE, LAN, INTERNET };

static char *
whole_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	cr_assert_not_null(f, "%s: run from the top folder", path);
	cr_assert_gt(getdelim(&text, &size, '\0', f), 0, "%s", path);
	fclose(f);
	return text;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct made_file *)a)->name, ((const struct made_file *)b)->name);
}

static void
setup(void)
{
	DIR *dir = opendir(FOLDER);
	char path[300];

	cr_assert_not_null(dir, "run from the top folder");
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, "framework-", 10) == 0)	/* test_framework.c */
			continue;
		cr_assert_lt(count, VENDOR_FILES);
		snprintf(path, sizeof path, FOLDER "%s", e->d_name);
		files[count++] = (struct made_file){ LAYER_VENDOR, 0, strdup(e->d_name), whole_file(path) };
	}
	closedir(dir);
	qsort(files, count, sizeof files[0], by_name);
	policy = policy_make(files, count);
	cr_assert_eq(policy->broken_files, 0);
}

TestSuite(vendor, .init = setup);

/* Each file's profiles, built on their own. */
static struct file *
built(size_t i)
{
	const struct file_source source = { .kind = FILE_PROFILES, .layer = LAYER_VENDOR, .name = files[i].name,
		.shown = files[i].name };
	struct diag diag = { 0 };
	struct file *file = file_build(&source, files[i].text, strlen(files[i].text), &diag);

	cr_assert_eq(diag.count, 0, "%s:%u: %s", files[i].name, diag.lines[0].at.line, diag.lines[0].text);
	return file;
}

Test(vendor, sixty_files_of_one_profile)
{
	cr_expect_geq(count, 60);
	for (size_t i = 0; i < count; i++) {
		struct file *file = built(i);

		cr_expect_eq(file->profiles_count, 1, "%s", files[i].name);
		file_drop(file);
	}
}

/* "/usr/bin/curl curl": a line of vendor_paths.txt for it. */
static bool
is_listed(const char *paths, const char *path)
{
	size_t len = strlen(path);

	for (const char *p = paths; (p = strstr(p, path)) != NULL; p += len)
		if ((p == paths || p[-1] == '\n') && p[len] == ' ')
			return true;
	return false;
}

Test(vendor, paths_of_debian)
{
	char *paths = whole_file("tests/unit/vendor_paths.txt");
	size_t named = 0, listed = 0;

	for (size_t i = 0; i < count; i++) {
		struct file *file = built(i);

		for (unsigned k = 0; k < file->profiles[0]->names_count; k++) {
			const char *path = file->profiles[0]->names[k].text;
			const struct profile *found = policy_exact(policy, path, strlen(path));

			cr_expect_eq(file->profiles[0]->names[k].kind, PROP_PATH, "%s", path);
			cr_expect(is_listed(paths, path), "%s: %s is not in vendor_paths.txt", files[i].name, path);
			cr_expect(found != NULL && strcmp(found->where.file->name, files[i].name) == 0,
			    "%s: %s is another file's, too", files[i].name, path);
			named++;
		}
		file_drop(file);
	}
	for (const char *p = paths; *p != '\0'; p = strchr(p, '\n') + 1)
		listed += *p == '/';
	cr_expect_eq(named, listed, "%zu paths, %zu in vendor_paths.txt", named, listed);
	free(paths);
}

/* What an allow lets out passes all later checks, such as block lists: not for a vendor to say, but of neighbours. */
static void
expect_careful(const struct profile *p, const char *name)
{
	for (unsigned r = 0; r < p->rules.count; r++)
		cr_expect(p->rules.rules[r].action != RULE_ALLOW || p->rules.rules[r].directions == 1 << DIRECTION_IN ||
		    (p->rules.rules[r].scopes != 0 && !(p->rules.rules[r].scopes & ~SCOPE_LAN)),
		    "%s:%u: allows more than incoming connections", name, p->rules.rules[r].where.line);
	cr_expect(!(p->flags & FLAG_STRICT) || p->vendor_count > 0, "%s: strict, but to whom?", name);
	cr_expect(!(p->flags & FLAG_STRICT) || !(p->flags & (FLAG_GATEWAY | FLAG_BROWSER)), "%s: strict never applies",
	    name);
	cr_expect(!(p->flags & FLAG_USER), "%s: without an agent nobody could use it", name);
	cr_expect_eq(p->level, 0, "%s: the machine's level is its owner's affair", name);
	cr_expect_neq(p->fallback, VALUE_ASK, "%s: what has a profile is not asked about", name);
	cr_expect(!(p->flags & FLAG_SERVICE) || p->listen.stated || p->rules.count > 0 ||
	    strstr("docker-proxy.conf dropbear.conf nfs.conf sshd.conf", name) != NULL, "%s: takes anything", name);
}

Test(vendor, careful)
{
	for (size_t i = 0; i < count; i++) {
		struct file *file = built(i);
		const struct profile *p = file->profiles[0];

		cr_expect(p->description != NULL && strlen(p->description) > 10, "%s: no description", files[i].name);
		cr_expect(p->icon == NULL || p->icon[0] != '\0');
		expect_careful(p, files[i].name);
		for (size_t k = 0; k < i; k++) {
			struct file *other = built(k);

			cr_expect_str_neq(other->profiles[0]->name, p->name, "%s and %s", files[k].name, files[i].name);
			file_drop(other);
		}
		file_drop(file);
	}
}

/* The program of a profile, run by whom it may be run by. */
static struct program
program_of(const struct profile *p)
{
	return (struct program){ .id = 1, .pid = 100, .start = 1, .path = p->names[0].text,
		.path_len = (uint16_t)p->names[0].len, .cgroup = "", .command = "",
		.uid = p->flags & FLAG_ADMIN ? 0 : p->flags & FLAG_SYSTEM ? 100 : 1000,
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
}

static void
fill_tuple(struct tuple *t, const char *from, const char *to, uint32_t key)
{
	*t = (struct tuple){ .family = 4, .proto = (uint8_t)(key >> 16), .sport = 40000, .dport = (uint16_t)key };
	cr_assert_eq(inet_pton(AF_INET, from, t->src), 1);
	cr_assert_eq(inet_pton(AF_INET, to, t->dst), 1);
}

static bool
passes(const struct facts *f, enum level level)
{
	struct decision d;

	decide(f, policy, level, &d);
	/* Of questions for names the suite's resolver takes each. */
	return d.action == ACTION_ACCEPT || d.action == ACTION_NAMESERVER;
}

static bool
connects(const struct profile *p, int place, uint32_t key, const char *name, enum level level)
{
	struct program program = program_of(p);
	struct facts f = { .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true, .device = "eth0",
		.holders = 1, .holder = { &program }, .links = &links, .own = &own, .name = name,
		.name_len = (uint16_t)(name == NULL ? 0 : strlen(name)) };

	fill_tuple(&f.tuple, "10.0.0.2", places[place].address, key);
	return passes(&f, level);
}

/* From this machine it is the way out of another program, to this one that listens. */
static bool
takes(const struct profile *p, int place, uint32_t key, enum level level)
{
	static const struct program nobodys = { .id = 2, .pid = 101, .start = 1, .uid = 0, .path = "/usr/bin/other",
		.path_len = 14, .cgroup = "", .command = "",
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	struct program program = program_of(p);
	struct facts f = { .direction = DIRECTION_IN, .owner = OWNER_PROCESS, .has_socket = true, .device = "eth0",
		.holders = 1, .holder = { &program }, .links = &links, .own = &own };

	fill_tuple(&f.tuple, places[place].address, "10.0.0.2", key);
	if (place == HERE) {
		f.direction = DIRECTION_OUT;
		f.holder[0] = &nobodys;
		f.has_listener = true;
		f.listeners = 1;
		f.listener[0] = &program;
		/* Of programs without a profile only at Dynamic nothing else is in the way. */
		level = LEVEL_DYNAMIC;
	}
	return passes(&f, level);
}

static void
put_ports(FILE *out, const struct keys *keys, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		fprintf(out, " %s/%u", keys[i].low >> 16 == 6 ? "tcp" : "udp", keys[i].low & 0xffff);
		if (keys[i].high != keys[i].low)
			fprintf(out, "-%u", keys[i].high & 0xffff);
	}
}

/* Questions for names, to whomever: they are the suite's affair. */
static bool
is_for_names(uint16_t port)
{
	return port == 53 || port == 853 || port == 5353 || port == 5355 || port == 137;
}

/* One of its ports; if it can be, one that the suite has no opinion on. */
static uint32_t
port_of(const struct profile *p)
{
	for (unsigned i = 0; i < p->connect.count; i++)
		if (!is_for_names((uint16_t)p->connect.keys[i].low))
			return p->connect.keys[i].low;
	return p->connect.count > 0 ? p->connect.keys[0].low : KEY(6, ANY_PORT);
}

/* The name of what it connects to: with flag strict only its own domains count. */
static const char *
name_for(const struct profile *p, int place)
{
	return place != INTERNET ? NULL : p->vendor_count > 0 ? p->vendor[0] : "www.example.org";
}

/* True if there was something to say. */
static bool
put_connects(FILE *out, const struct profile *p)
{
	uint32_t key = port_of(p);
	bool any = false;
	int level;

	for (int place = LAN; place <= INTERNET; place++) {
		const char *name = name_for(p, place);

		if (!connects(p, place, key, name, LEVEL_DYNAMIC))
			continue;
		level = connects(p, place, key, name, LEVEL_FORTRESS) ? LEVEL_FORTRESS :
		    connects(p, place, key, name, LEVEL_SECURE) ? LEVEL_SECURE : LEVEL_DYNAMIC;
		fprintf(out, "%s %s%s%s", any ? " and" : "connects to", connects(p, place, key, NULL, level) ?
		    "" : p->flags & FLAG_STRICT ? "its own names in " : "names in ", places[place].name, levels[level - 1]);
		any = true;
	}
	if (any) {
		fputs(p->connect.stated ? ":" : ": any port", out);
		put_ports(out, p->connect.keys, p->connect.count);
	}
	return any;
}

/* The ports to be asked about: those that it or its rules name, else one that stands for all others. */
static unsigned
listen_keys(const struct profile *p, struct keys *out, unsigned most)
{
	unsigned n = 0;

	if (p->listen.stated) {
		cr_assert_leq(p->listen.count, most);
		memcpy(out, p->listen.keys, p->listen.count * sizeof *out);
		return p->listen.count;
	}
	out[n++] = (struct keys){ KEY(6, ANY_PORT), KEY(6, ANY_PORT) };
	for (unsigned r = 0; r < p->rules.count; r++)
		for (unsigned k = 0; k < p->rules.rules[r].keys_count && n < most; k++)
			out[n++] = p->rules.rules[r].keys[k];
	return n;
}

/* Those of keys that it takes connections on up to this level, and not at the next. */
static unsigned
taken(const struct profile *p, int place, int level, const struct keys *keys, unsigned n, struct keys *out)
{
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++)
		if (takes(p, place, keys[i].low, level) &&
		    (level == LEVEL_MAX || !takes(p, place, keys[i].low, level + 1)))
			out[found++] = keys[i];
	return found;
}

static bool
put_takes_from(FILE *out, const struct profile *p, int place, bool before)
{
	struct keys keys[64], some[64];
	unsigned n = listen_keys(p, keys, 64), found;

	for (int level = LEVEL_MAX; level >= LEVEL_DYNAMIC; level--) {
		if ((found = taken(p, place, level, keys, n, some)) == 0)
			continue;
		fprintf(out, "%sfrom %s%s:", before ? "; " : "takes connections ", places[place].name, levels[level - 1]);
		if ((some[0].low & 0xffff) == ANY_PORT)
			fputs(" any port", out);
		else
			put_ports(out, some, found);
		before = true;
	}
	return before;
}

/* Is there anything that it takes from there, at any level? */
static bool
takes_from(const struct profile *p, int place)
{
	struct keys keys[64];
	unsigned n = listen_keys(p, keys, 64);

	for (unsigned i = 0; i < n; i++)
		if (takes(p, place, keys[i].low, LEVEL_DYNAMIC))
			return true;
	return false;
}

static void
put_may_not(FILE *out, const struct profile *p)
{
	const char *sep = "";

	if (p->flags & FLAG_SYSTEM)
		sep = fputs("be run by a person", out) < 0 ? "" : "; ";
	if (p->flags & FLAG_ADMIN)
		sep = fputs("be run by others than administrators", out) < 0 ? "" : "; ";
	for (int place = LAN; place <= INTERNET; place++)
		if (!connects(p, place, port_of(p), name_for(p, place), LEVEL_DYNAMIC)) {
			fprintf(out, "%sconnect to %s", sep, places[place].name);
			sep = "; ";
		}
	for (int place = LAN; place <= INTERNET; place++)
		if (!takes_from(p, place)) {
			fprintf(out, "%stake connections from %s", sep, places[place].name);
			sep = "; ";
		}
}

/* "| curl | Fetches what ... | connects to ... | take connections from ... |\n" */
static char *
row_of(const struct profile *p)
{
	size_t len;
	char *row = NULL;
	FILE *out = open_memstream(&row, &len);
	bool any;

	cr_assert_not_null(out);
	fprintf(out, "| %s | %s | ", p->name, p->description);
	any = put_connects(out, p);
	for (int place = HERE; place <= INTERNET; place++)
		any = put_takes_from(out, p, place, any);
	fprintf(out, "%s | ", any ? "" : "nothing");
	put_may_not(out, p);
	fputs(" |\n", out);
	fclose(out);
	return row;
}

Test(vendor, documented)
{
	char *doc = whole_file("docs/profiles.md");
	size_t rows = 0;

	for (size_t i = 0; i < count; i++) {
		struct file *file = built(i);
		char *row = row_of(file->profiles[0]);

		cr_expect_not_null(strstr(doc, row), "docs/profiles.md lacks: %s", row);
		free(row);
		file_drop(file);
	}
	for (const char *p = doc; (p = strstr(p, "\n| ")) != NULL; p++)
		rows++;
	cr_expect_eq(rows, count + 1, "%zu rows for %zu profiles and the head", rows, count);
	free(doc);
}
