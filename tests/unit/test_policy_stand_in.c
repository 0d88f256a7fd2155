/*
 * What stands in for a broken file: each name that its text holds, denied, whatever else is wrong in it.
 */
/* links: @language */
#include <dirent.h>

#include "policy_text.h"

static const struct file_source source = { .kind = FILE_PROFILES, .layer = LAYER_ADMIN, .name = "f",
	.shown = "/etc/f" };

/* "path:/a prefix:/b virtual:c" */
static const char *
names_of(const struct file *file)
{
	static const char *const kinds[] = { "", "path", "prefix", "virtual" };
	static char out[2000];
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < file->profiles_count; i++)
		for (unsigned k = 0; k < file->profiles[i]->names_count; k++) {
			const struct profile_name *n = &file->profiles[i]->names[k];

			cr_assert_eq(strlen(n->text), n->len);
			used += (size_t)snprintf(out + used, sizeof out - used, "%s%s:%s", used == 0 ? "" : " ",
			    kinds[n->kind], n->text);
		}
	return out;
}

static const struct { const char *text, *names; } rows[] = {
	{ "", "" },
	{ "profile \"a\" { path \"/a\"; flags nonsense }", "path:/a" },
	{ "path \"/a\"\nprefix \"/b/\" prefix \"/c\" virtual \"kernel\"", "path:/a prefix:/b prefix:/c virtual:kernel" },
	{ "prefix \"/\"", "prefix:" },
	{ "profile { } } } path \"/a\" {{ path \"/b\"", "path:/a path:/b" },
	{ "path\n\"/a\"", "" },
	{ "path \"\"", "" },
	{ "# path \"/a\"\n description \"path\" \"/b\"", "" },
	{ "path \"/a", "path:/a" },
	{ "path \"/a\xff\" ; path \"/b\"", "path:/a\xff path:/b" },
	{ "path \"/\\x41\\q\"", "path:/Aq" },
	{ "path \"/a\"\r\npath \"/a\"\r\n", "path:/a path:/a" },
};

Test(policy_stand_in, names)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct file *file = file_stand_in(&source, rows[i].text, strlen(rows[i].text), 7, "it is broken");

		cr_expect_str_eq(names_of(file), rows[i].names, "%s: %s", rows[i].text, names_of(file));
		cr_assert(file->stand_in && file->profiles_count == 1);
		cr_assert_str_eq(file->profiles[0]->broken, "it is broken");
		cr_assert_eq(file->profiles[0]->where.line, 7);
		cr_assert_eq(file->profiles[0]->where.file, file);
		file_drop(file);
	}
}

/* A bound that ends the reading of a file does not end the search for names. */
Test(policy_stand_in, beyond_bounds)
{
	static const struct { const char *each; size_t count; } before[] = {
		{ "{", SCAN_DEPTH + 1 }, { "w", SCAN_TOKEN_MOST + 1 }, { " w", SCAN_TOKENS + 1 },
		{ "}", SCAN_DEPTH + 1 },
	};
	char *text = text_around("description \"", "d", SCAN_TOKEN_MOST + 1, "\"\npath \"/a\"");
	struct file *file = file_stand_in(&source, text, strlen(text), 1, "");

	cr_expect_str_eq(names_of(file), "path:/a");
	file_drop(file);
	free(text);
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		text = text_around("", before[i].each, before[i].count, "\npath \"/a\"");
		file = file_stand_in(&source, text, strlen(text), 1, "");
		cr_expect_str_eq(names_of(file), "path:/a", "row %zu", i);
		file_drop(file);
		free(text);
	}
}

Test(policy_stand_in, of_another_file)
{
	struct file *good = text_good(FILE_PROFILES, LAYER_VENDOR, "profile \"a\" { path \"/a\"; prefix \"/b/\" }\n"
	    "profile \"c\" { virtual \"kernel\"; flags internet; default permit }"),
	    *because = file_stand_in(&source, "", 0, 3, "x"), *deny = file_deny(good, "why", because);

	file_drop(good);	/* nothing of it is used */
	cr_assert_str_eq(names_of(deny), "path:/a prefix:/b virtual:kernel");
	cr_assert(deny->stand_in && deny->layer == LAYER_VENDOR && deny->profiles_count == 2);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_str_eq(deny->profiles[i]->broken, "why");
		cr_assert_eq(deny->profiles[i]->where.file, because);
		cr_assert_eq(deny->profiles[i]->flags, 0);
	}
	cr_assert_str_eq(deny->profiles[1]->name, "c");
	file_drop(deny);
	file_drop(because);
}

/* The profiles that come along are without error, and a stand-in finds all of their names. */
Test(policy_stand_in, vendor_files)
{
	DIR *dir = opendir("policyd/profiles");
	unsigned files = 0;

	cr_assert_not_null(dir, "run from the top folder");
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		struct file *good, *stand_in;
		struct text text;
		char path[300], *names;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "policyd/profiles/%s", e->d_name);
		cr_assert_eq(text_read(path, &text), 0);
		text.bytes[text.len] = '\0';
		good = text_good(FILE_PROFILES, LAYER_VENDOR, text.bytes);
		stand_in = file_stand_in(&source, text.bytes, text.len, 1, "");
		names = strdup(names_of(good));
		cr_assert_str_eq(names_of(stand_in), names);
		cr_assert_str_neq(names, "");
		free(names);
		file_drop(good);
		file_drop(stand_in);
		text_free(&text);
		files++;
	}
	closedir(dir);
	cr_assert_geq(files, 20);
}
