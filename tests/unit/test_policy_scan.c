/*
 * The scanner of policy files: where tokens stand, which bytes may be in a file, and every bound.
 */
/* links: @language */
#include "policy_text.h"

#define ERRORS(text)	text_errors(FILE_PROFILES, LAYER_ADMIN, text, strlen(text))

static void
same(const char *what, const char *is, const char *wanted)
{
	cr_expect_str_eq(is, wanted, "%s\n  is      %s\n  wanted  %s", what, is, wanted);
}

/* Bytes that may not be in a file, with their place; a column is a character. */
static const struct { const char *text; size_t len; const char *errors; } bytes[] = {
#define T(text, errors) { text, sizeof(text) - 1, errors }
	T("", ""),
	T("\n", ""),
	T("\r\n\r\n", ""),
	T(" \t;;; # \xc3\xa9\n", ""),
	T("\xef\xbb\xbf", "1:1: unknown word \"\xef\xbb\xbf\"; here may stand end of file, end of line, "
	    "profile, extend, level, set, define, include, rules, list, resolver, session-may or framework"),
	T("\0", "1:1: control byte 0x00"),
	T("#\0", "1:2: control byte 0x00"),
	T("\n\n  \x01\n", "3:3: control byte 0x01"),
	T("# \x7f", "1:3: control byte 0x7f"),
	T("\xc3\xa9\x1b[1m", "1:2: control byte 0x1b\n1:1: unknown word \"\xc3\xa9\\x1b[1m\"; here may stand end "
	    "of file, end of line, profile, extend, level, set, define, include, rules, list, resolver, session-may or framework"),
	T("# \xff", "1:3: byte 0xff is not valid UTF-8"),
	T("# \xc3", "1:3: byte 0xc3 is not valid UTF-8"),			/* cut short by the end */
	T("# \xc3\n", "1:3: byte 0xc3 is not valid UTF-8"),
	T("# \xe2\x82", "1:3: byte 0xe2 is not valid UTF-8\n1:4: byte 0x82 is not valid UTF-8"),
	T("# \xc0\xaf", "1:3: byte 0xc0 is not valid UTF-8\n1:4: byte 0xaf is not valid UTF-8"),
	T("# \xc1\xbf", "1:3: byte 0xc1 is not valid UTF-8\n1:4: byte 0xbf is not valid UTF-8"),
	T("# \xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", ""),
	T("# \xe0\x9f\xbf", "1:3: byte 0xe0 is not valid UTF-8\n1:4: byte 0x9f is not valid UTF-8\n"
	    "1:5: byte 0xbf is not valid UTF-8"),
	T("# \xed\xa0\x80", "1:3: byte 0xed is not valid UTF-8\n1:4: byte 0xa0 is not valid UTF-8\n"
	    "1:5: byte 0x80 is not valid UTF-8"),
	T("# \xf0\x8f\xbf\xbf", "1:3: byte 0xf0 is not valid UTF-8\n1:4: byte 0x8f is not valid UTF-8\n"
	    "1:5: byte 0xbf is not valid UTF-8\n1:6: byte 0xbf is not valid UTF-8"),
	T("# \xf4\x90\x80\x80", "1:3: byte 0xf4 is not valid UTF-8\n1:4: byte 0x90 is not valid UTF-8\n"
	    "1:5: byte 0x80 is not valid UTF-8\n1:6: byte 0x80 is not valid UTF-8"),
	T("# \xf5\x80", "1:3: byte 0xf5 is not valid UTF-8\n1:4: byte 0x80 is not valid UTF-8"),
	T("# \xe2\x82\xac\x02", "1:4: control byte 0x02"),
	T("profile \"\xe2\x82\xac\xff\" { path \"/a\" }", "1:11: byte 0xff is not valid UTF-8"),
	T("profile \"a\0b\" { path \"/a\" }", "1:11: control byte 0x00\n"
	    "1:9: a profile's name is 1 to 100 printable bytes"),
	T("profile \"a\" { path \"/a\"\0 }", "1:24: control byte 0x00"),
	T("profile \"a\" { path \"/a\" ; flags internet\0localnet }", "1:41: control byte 0x00"),
#undef T
};

Test(policy_scan, bytes)
{
	for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++)
		same(bytes[i].text, text_errors(FILE_PROFILES, LAYER_ADMIN, bytes[i].text, bytes[i].len),
		    bytes[i].errors);
}

/* Where a line ends and where a word does. */
static const struct { const char *text, *errors; } layout[] = {
	{ "profile \"a\" {\r\n\tpath\t\"/a\"\r\n\tflags internet nope\r\n}\r\n",
	    "3:17: unknown flag \"nope\"; known are internet, localnet, service, system, admin, user, "
	    "gateway, browser, strict, directconnect, packets" },
	{ "profile \"a\" { path \"/a\"; flags internet; level dynamic }", "" },
	{ "profile\"a\"{path\"/a\"flags internet}", "1:20: unexpected flags; here may stand end of line\n"
	    "1:1: a profile needs a path, a prefix or a virtual name" },
	{ "profile\"a\"{path\"/a\";flags internet}#x", "" },
	{ "profile \"a\" { path \"/a\" # } \"\n flags internet # { ; \"\n}", "" },
	{ "profile \"a\" {\n#\npath \"/a\"\n\n\n;;\n}\n\n", "" },
	{ "profile \"a\" { path \"/a\"; connect-ports {\n\ttcp/1 # one\n\n\ttcp/2;tcp/3\n} }", "" },
	{ "profile \"a\" { path \"/a\" }\nprofile \"b\" { path \"/b\" }", "" },
	{ "profile \"a\" { path \"/a\" } profile \"b\" { path \"/b\" }",
	    "1:27: unexpected profile; here may stand end of line" },
	{ "profile\n\"a\" { path \"/a\" }", "1:8: unexpected end of line; here may stand \"text\"\n"
	    "2:1: unexpected \"text\"; here may stand end of file, end of line, profile, extend, level, set, "
	    "define, include, rules, list, resolver, session-may or framework" },
	{ "profile \"a\"\n{ path \"/a\" }", "1:12: unexpected end of line; here may stand '{'\n"
	    "2:1: unexpected '{'; here may stand end of file, end of line, profile, extend, level, set, "
	    "define, include, rules, list, resolver, session-may or framework" },
	{ "profile \"\xe2\x82\xac\" { pat }", "1:15: unknown word \"pat\" (did you mean path?); here may stand end of line, level, rules, path, "
	    "prefix, virtual, description, icon, flags, connect-ports, listen-ports, default, tls, vendor-domains, domains, answers, ignore-lists or '}'\n"
	    "1:1: a profile needs a path, a prefix or a virtual name" },
	{ "profile \"a\" { path \"/a }\n}", "1:20: text has no closing \" in its line" },
	{ "profile \"a\" { path \"/a", "1:20: text has no closing \" in its line\n1:23: unexpected end of file: a '}' is missing for the '{' in line 1" },
	{ "profile \"a\" { path \"", "1:20: text has no closing \" in its line\n1:21: unexpected end of file: a '}' is missing for the '{' in line 1" },
	{ "profile \"a\" { path \"/a\" }}", "1:26: unexpected '}'; here may stand end of file, end of line, "
	    "profile, extend, level, set, define, include, rules, list, resolver, session-may or framework" },
	{ "a{", "1:1: unknown word \"a\"; here may stand end of file, end of line, profile, extend, level, "
	    "set, define, include, rules, list, resolver, session-may or framework" },
};

Test(policy_scan, layout)
{
	for (size_t i = 0; i < sizeof layout / sizeof layout[0]; i++)
		same(layout[i].text, ERRORS(layout[i].text), layout[i].errors);
}

static const struct { const char *written, *name, *errors; } texts[] = {
	{ "a b\tc", NULL, "1:9: a profile's name is 1 to 100 printable bytes" },
	{ "a#b{c}d;e", "a#b{c}d;e", "" },
	{ "\\\"\\\\", "\"\\", "" },
	{ "\\x41\\x7A\\x7e\\xfF", "Az~\xff", "" },
	{ "\\x22\\x5c", "\"\\", "" },
	{ "\\x00", NULL, "1:11: after \\ may stand \", \\ or x with two digits (not 00)" },
	{ "a\\x4", NULL, "1:12: after \\ may stand \", \\ or x with two digits (not 00)" },
	{ "a\\x4g", NULL, "1:12: after \\ may stand \", \\ or x with two digits (not 00)" },
	{ "a\\n", NULL, "1:12: after \\ may stand \", \\ or x with two digits (not 00)" },
	{ "\xc3\xa9\\\xc3\xa9", NULL, "1:12: after \\ may stand \", \\ or x with two digits (not 00)" },
	{ "\\x1b[1m", NULL, "1:9: a profile's name is 1 to 100 printable bytes" },
	{ "", NULL, "1:9: a profile's name is 1 to 100 printable bytes" },
};

Test(policy_scan, texts)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct file *file;
		char *text;

		cr_assert_neq(asprintf(&text, "profile \"%s\" { path \"/a\" }", texts[i].written), -1);
		same(text, ERRORS(text), texts[i].errors);
		if (texts[i].name != NULL) {
			file = text_good(FILE_PROFILES, LAYER_ADMIN, text);
			same(text, file->profiles[0]->name, texts[i].name);
			file_drop(file);
		}
		free(text);
	}
}

/* One is the longest, one more is an error. */
static const struct { const char *before, *each; size_t most; const char *after, *errors; } bounds[] = {
	{ "", "#", SCAN_FILE_MOST, "", "1:1: file is longer than 1048576 bytes" },
	{ "profile \"a\" { description \"", "x", SCAN_TOKEN_MOST, "\"; path \"/a\" }",
	    "1:27: text is longer than 4096 bytes" },
	{ "profile \"a\" { description \"\xc3\xa9", "\xc3\xa9", SCAN_TOKEN_MOST / 2 - 1, "\"; path \"/a\" }",
	    "1:27: text is longer than 4096 bytes" },
	{ "profile \"a\" { path \"/a\"; vendor-domains { $", "y", SCAN_TOKEN_MOST - 1, " } }",
	    "1:43: word is longer than 4096 bytes" },
	{ "profile \"", "n", NAME_MOST, "\" { path \"/a\" }",
	    "1:9: a profile's name is 1 to 100 printable bytes" },
	{ "profile \"a\" { path \"/", "p", PATH_BYTES - 2, "\" }",
	    "1:20: a path is absolute, without //, /./ and /../" },
	{ "profile \"a\" { virtual \"forward:", "e", DEVICE_BYTES - 1, "\" }",
	    "1:23: virtual names of this version are \"system\", \"kernel\", \"forward:DEVICE\" and KIND:NAME, with "
	    "systemd, systemd-user, flatpak, snap, appimage, container or script for KIND" },
	/* Each brace is a word as well, and so is the end of the line before the last one. */
	{ "define $a {", " b", SCAN_TOKENS - 5, "}", "more than 200000 words" },
};

Test(policy_scan, bounds)
{
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
		for (size_t more = 0; more < 2; more++) {
			char *text = text_around(bounds[i].before, bounds[i].each, bounds[i].most + more,
			    bounds[i].after);
			const char *errors = ERRORS(text);

			cr_expect((strstr(errors, bounds[i].errors) != NULL) == more, "row %zu, %zu more: %s", i,
			    more, errors);
			free(text);
		}
}

/* Nothing is read beyond a bound, however long the text. */
Test(policy_scan, depth)
{
	char *deep = text_around("profile \"a\" { path \"/a\" ; rules { deny net { ", "{ ", 5000, "");

	same("deep", ERRORS(deep), "1:46: unexpected '{'\n1:48: more than 4 braces deep\n1:48: unexpected end of "
	    "file; here may stand end of line, allow, deny, block, drop, ask, tunnel or '}'");
	free(deep);
}

Test(policy_scan, errors_are_counted)
{
	char *text = text_repeat("nonsense\n", 500);
	struct diag diag = { 0 };

	cr_assert_null(text_build(FILE_PROFILES, LAYER_ADMIN, text, strlen(text), &diag));
	cr_assert_eq(diag.count, 500);
	cr_assert_eq(diag.lines_used, DIAG_MOST);
	cr_assert_eq(diag.lines[DIAG_MOST - 1].at.line, DIAG_MOST);
	diag_free(&diag);
	free(text);
}

Test(policy_scan, safe_to_show)
{
	char out[12];

	cr_assert_str_eq(diag_safe("a\x1b\"\x7f", out, sizeof out), "a\\x1b\\x22");
	cr_assert_str_eq(diag_safe("", out, sizeof out), "");
	cr_assert_str_eq(diag_safe("\xc3\xa9", out, sizeof out), "\xc3\xa9");
}
