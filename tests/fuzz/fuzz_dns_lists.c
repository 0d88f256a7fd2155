/*
 * Block lists. The text is loaded as a list beside another one; each rule that its lines hold must
 * be found then, with its line or an earlier one, and nothing of it after it is dropped.
 */
/* links: resolverd/dname.c resolverd/list_line.c resolverd/list_set.c resolverd/list_file.c */
/* links: resolverd/lists.c */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lists.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define OTHER	"ads.other.example\n"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static int
load(const char *name, const void *text, size_t len, struct list_report *report)
{
	int	fd = memfd_create("list", MFD_CLOEXEC), result;

	must(fd != -1 && write(fd, text, len) == (ssize_t)len);
	result = lists_load(strcmp(name, "other") == 0, name, "tag", fd, report);
	close(fd);
	must((result == 0) == (report->refused == NULL));
	must(report->wrong == 0 || (report->first[0].line != 0 && report->first[0].what != NULL));
	return result;
}

static void
must_be_found(const struct list_rule *r, uint32_t line, bool loaded)
{
	struct list_hit	hit;
	struct dname	again;
	char		text[DNAME_TEXT];
	enum list_word	word = lists_find(&r->name, UINT64_MAX, &hit);

	dname_text(&r->name, text);
	must(dname_parse(text, strlen(text), &again) == 0 && dname_equal(&again, &r->name));
	if (!loaded) {
		must(word == LIST_SILENT || strcmp(hit.list, "other") == 0);
		return;
	}
	must(word != LIST_SILENT && dname_equal(&hit.rule, &r->name));
	must(word == LIST_EXCEPTED || r->kind != LIST_EXCEPT);
	must(hit.line <= line || word == LIST_EXCEPTED || r->kind == LIST_BELOW);
}

static unsigned
lines_hold(const char *text, size_t len, bool loaded)
{
	struct list_line	 l = { 0 };
	struct list_rule	 r;
	const char		*what, *end;
	enum list_item		 item;
	uint32_t		 line = 1;
	unsigned		 rules = 0;

	for (const char *at = text; at < text + len; at = end + 1, line++) {
		end = memchr(at, '\n', (size_t)(text + len - at));
		if (end == NULL)
			end = text + len;
		list_line_start(&l, at, (size_t)(end - at));
		while ((item = list_line_next(&l, &r, &what)) != ITEM_NONE)
			if (item == ITEM_RULE) {
				must_be_found(&r, line, loaded);
				rules++;
			}
	}
	return rules;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char	mark[] = "\xef\xbb\xbf";
	static bool		begun;
	struct list_report	report;
	size_t			skip = size >= 3 && memcmp(data, mark, 3) == 0 ? 3 : 0;
	const char		*text = (const char *)data + skip;

	if (size >= LIST_LINE)
		return 0;
	if (!begun)
		lists_init();
	begun = true;
	must(load("other", OTHER, strlen(OTHER), &report) == 0);
	if (load("fuzz", data, size, &report) == 0) {
		must(lines_hold(text, size - skip, true) == report.rules && lists_rules() <= report.rules + 1);
		must(lists_drop("fuzz") == 0);
	}
	must(lists_rules() == 1);
	(void)lines_hold(text, size - skip, false);
	must(lists_drop("other") == 0 && lists_rules() == 0);
	return 0;
}
