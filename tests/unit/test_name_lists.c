/*
 * Block lists that do not count as they stand: said once, with the line of bulwark.conf that
 * names them and why, and shown as long as it is so.
 */
/* links: policyd/name_lists.c */
#include <criterion/criterion.h>

#include <stdarg.h>

#include "current.h"
#include "name_lists.h"
#include "tell.h"
#include "temp_folder.h"

static struct policy	policy;
static struct layers	layers;
static struct file	file = { .shown = "/etc/bulwark/bulwark.conf" };
static struct conf_list	list = { .name = "ads", .tag = "ads", .where = { &file, 3 } };
static struct conf	conf = { .lists_count = 1, .lists = &list };
static char		notice[1000], path[512];
static unsigned		notices, gifts;

const struct policy *
current_policy(void)
{
	return &policy;
}

const struct layers *
current_layers(void)
{
	return &layers;
}

void
tell_notice(enum ui_notice_level level, const char *format, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, format);
	vsnprintf(notice, sizeof notice, format, ap);
	va_end(ap);
	notices++;
}

static void
start(void)
{
	folder_start();
	policy.conf = &conf;
	layers.etc = layers.etc_shown = top;
	snprintf(path, sizeof path, "%s/ads.hosts", top);
	list.path = path;
}

TestSuite(name_lists, .init = start, .fini = folder_finish);

static void
give(unsigned number, const char *name, const char *tag, int fd)
{
	cr_expect_eq(number, 0);
	cr_expect_str_eq(name, "ads");
	(void)tag;
	gifts += fd != -1;
}

static void
keep(void *out, const char *text)
{
	strcat(out, text);
}

/* Looks, and says what the status would. */
static const char *
wrong(void)
{
	static char text[4096];

	name_lists_send(give);
	text[0] = '\0';
	name_lists_wrong(keep, text);
	return text;
}

static void
was_read(uint32_t rules, const char *text)
{
	struct names_listed m = { .name = "ads", .rules = rules, .wrong = 2 };

	snprintf(m.text, sizeof m.text, "%s", text);
	name_lists_read(&m);
}

/* The end of a text that begins with the line and the list. */
static void
ends(const char *text, const char *end)
{
	static const char begin[] = "/etc/bulwark/bulwark.conf:3: list \"ads\": ";

	cr_expect_eq(strncmp(text, begin, sizeof begin - 1), 0, "%s", text);
	cr_assert(strlen(text) >= strlen(end), "%s", text);
	cr_expect_str_eq(text + strlen(text) - strlen(end), end);
}

Test(name_lists, no_file)
{
	ends(wrong(), "/ads.hosts is not read: No such file or directory; no name of it is blocked");
	ends(wrong(), "no name of it is blocked");
	cr_expect_eq(notices, 1, "said once");
	ends(notice, "no name of it is blocked");
	put("ads.hosts", "0.0.0.0 ads.example\n");
	cr_expect_str_eq(wrong(), "");
	cr_expect_eq(gifts, 1);
	was_read(1, "");
	cr_expect_str_eq(notice, "list \"ads\": 1 name, 0 lines skipped");
	cr_assert_eq(remove(path), 0);
	ends(wrong(), "No such file or directory; what stood stays");
}

Test(name_lists, no_file_of_a_list)
{
	list.path = "/etc/hosts";
	ends(wrong(), "list \"ads\": /etc/hosts is not read: it does not lie below bulwark.conf's folder; "
	    "no name of it is blocked");
	list.path = path;
	cr_assert_eq(mkdir(path, 0755), 0);
	ends(wrong(), "it is no regular file; no name of it is blocked");
	cr_assert_eq(rmdir(path), 0);
	cr_assert_eq(symlink("/etc/hosts", path), 0);
	ends(wrong(), "it is a symbolic link: name the file itself; no name of it is blocked");
	cr_expect_eq(notices, 3, "each was said");
	cr_expect_eq(gifts, 0);
}

/* A list keeps its number while it stands, wherever bulwark.conf has it. */
Test(name_lists, numbers)
{
	static struct conf_list two[2];

	two[0] = two[1] = list;
	cr_expect_eq(name_lists_numbers()[0], 0);
	put("ads.hosts", "0.0.0.0 ads.example\n");
	cr_expect_str_eq(wrong(), "");
	cr_expect_eq(name_lists_numbers()[0], 1);
	two[0].name = "other";
	two[0].path = "/nowhere";
	conf.lists = two;
	conf.lists_count = 2;
	(void)wrong();
	cr_expect_eq(name_lists_numbers()[0], 2);
	cr_expect_eq(name_lists_numbers()[1], 1);
	name_lists_forget();
	cr_expect_eq(name_lists_numbers()[0], 0);
}

static char states[200];

static void
add_state(const struct name_list_state *s)
{
	size_t used = strlen(states);

	snprintf(states + used, sizeof states - used, "%s %s %u %u%s%s;", s->list->name, s->state, s->rules, s->wrong,
	    s->changed_s > 0 ? " dated" : "", s->problem[0] != '\0' ? " wrong" : "");
}

static void
state_is(const char *wanted)
{
	states[0] = '\0';
	name_lists_each(add_state);
	cr_expect_str_eq(states, wanted);
}

Test(name_lists, each)
{
	wrong();
	state_is("ads refused 0 0 wrong;");
	put("ads.hosts", "0.0.0.0 ads.example\n");
	wrong();
	state_is("ads reading 0 0 dated;");
	was_read(1, "");
	state_is("ads read 1 2 dated;");
	put("ads.hosts", "<html>\n");
	wrong();
	was_read(0, "more in it is wrong than right");
	state_is("ads kept 1 2 dated wrong;");
	conf.lists_count = 0;
	state_is("");
}

Test(name_lists, refused)
{
	put("ads.hosts", "<html>\n");
	cr_expect_str_eq(wrong(), "");
	was_read(0, "more in it is wrong than right: line 1: not a name");
	ends(wrong(), "\"ads\": more in it is wrong than right: line 1: not a name; no name of it is blocked");
	cr_expect_eq(gifts, 1, "not given again before it changes");
	put("ads.hosts", "0.0.0.0 ads.example\nfoo bar\n");
	cr_expect_str_eq(wrong(), "", "a new one is given");
	was_read(1, "line 2: more than a name");
	cr_expect_str_eq(notice, "list \"ads\": 1 name, 0 lines skipped, 2 wrong: line 2: more than a name");
	cr_expect_str_eq(wrong(), "", "some lines wrong is no trouble");
	put("ads.hosts", "<html><body>\n");
	cr_expect_str_eq(wrong(), "");
	was_read(0, "more in it is wrong than right");
	ends(wrong(), "wrong than right; what stood stays");
	conf.lists_count = 0;
	cr_expect_str_eq(wrong(), "", "nothing is said of one that bulwark.conf names no more");
	was_read(0, "late");
	cr_expect_str_eq(wrong(), "");
}
