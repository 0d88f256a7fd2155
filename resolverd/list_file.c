/*
 * See list_file.h. Called by lists.c; trusts nothing in the file, nor that it stays as
 * it is: it is read into a buffer, not mapped.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "list_file.h"

#define ENTRIES_FIRST	4096

struct reading {
	int			 fd;
	off_t			 offset;	/* of what is read next */
	char			*buf;		/* LIST_LINE bytes; those from..len are to come */
	size_t			 from, len;
	bool			 ended, too_long;	/* too_long: the line at hand, up to its end */
	uint32_t		 line;		/* number of the line at hand */
	unsigned		 list;
	size_t			 most;
	struct list_entries	*entries;
	struct list_report	*report;
};

static void
wrong(struct reading *r, const char *what)
{
	if (r->report->wrong < LIST_TOLD)
		r->report->first[r->report->wrong] = (struct list_error){ r->line, what };
	r->report->wrong++;
}

static int
refuse(struct reading *r, const char *why)
{
	r->report->refused = why;
	return -1;
}

/* More bytes behind those that are there. */
static int
fill(struct reading *r)
{
	ssize_t	n;

	memmove(r->buf, r->buf + r->from, r->len - r->from);
	r->len -= r->from;
	r->from = 0;
	do
		n = pread(r->fd, r->buf + r->len, LIST_LINE - r->len, r->offset);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return refuse(r, strerror(errno));
	r->offset += n;
	if (r->offset > LIST_BYTES)
		return refuse(r, "it is too large");
	r->len += (size_t)n;
	r->ended = n == 0;
	return 0;
}

/* The next line without its end, in the buffer until the next call. 1, 0: no more, or -1. */
static int
next_line(struct reading *r, const char **text, size_t *len)
{
	char	*end;

	while ((end = memchr(r->buf + r->from, '\n', r->len - r->from)) == NULL && !r->ended) {
		if (r->len - r->from == LIST_LINE) {
			r->too_long = true;
			r->from = r->len;
		}
		if (fill(r) == -1)
			return -1;
	}
	if (end == NULL && r->from == r->len && !r->too_long)
		return 0;
	*text = r->buf + r->from;
	*len = (end == NULL ? r->len : (size_t)(end - r->buf)) - r->from;
	r->from += *len + (end != NULL);
	r->line++;
	return 1;
}

/* Room for twice as many. 0, or -1: no memory. */
static int
grow(struct list_entries *e)
{
	size_t	 size = e->size == 0 ? ENTRIES_FIRST : e->size * 2, bytes = size * sizeof(e->entry[0]);
	void	*p;

	if (e->size == 0)
		p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		p = mremap(e->entry, e->size * sizeof(e->entry[0]), bytes, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		return -1;
	e->entry = p;
	e->size = size;
	return 0;
}

void
list_entries_free(struct list_entries *e)
{
	if (e->entry != NULL)
		(void)munmap(e->entry, e->size * sizeof(e->entry[0]));
	*e = (struct list_entries){ 0 };
}

static int
add(struct reading *r, const struct list_rule *rule)
{
	struct list_entries	*e = r->entries;

	if (e->count == r->most)
		return refuse(r, "too many names");
	if (e->count == e->size && grow(e) == -1)
		return refuse(r, "no memory");
	e->entry[e->count++] = (struct list_entry){ .hash = list_hash(rule->name.wire, rule->name.len),
		.line = r->line, .list = (uint8_t)r->list, .kind = (uint8_t)rule->kind };
	r->report->rules++;
	return 0;
}

static int
read_line(struct reading *r, struct list_line *l, const char *text, size_t len)
{
	struct list_rule	 rule;
	const char		*what;
	enum list_item		 item;

	list_line_start(l, text, len);
	while ((item = list_line_next(l, &rule, &what)) != ITEM_NONE) {
		if (item == ITEM_WRONG)
			wrong(r, what);
		else if (item == ITEM_SKIPPED)
			r->report->skipped++;
		else if (add(r, &rule) == -1)
			return -1;
	}
	return 0;
}

/* Something else than a list: a page that says there is none, a picture. */
static bool
is_hopeless(const struct list_report *report, unsigned wrong_most)
{
	return report->wrong > wrong_most && report->wrong > report->rules;
}

static int
read_lines(struct reading *r)
{
	struct list_line	 l = { 0 };
	const char		*text;
	size_t			 len;
	int			 more;

	while ((more = next_line(r, &text, &len)) == 1) {
		if (r->line == 1 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
			text += 3;
			len -= 3;
		}
		if (r->too_long)
			wrong(r, "too long");
		else if (read_line(r, &l, text, len) == -1)
			return -1;
		r->too_long = false;
		if (is_hopeless(r->report, LIST_WRONG))
			break;
	}
	if (more == -1)
		return -1;
	return is_hopeless(r->report, 0) ? refuse(r, "more in it is wrong than right") : 0;
}

int
list_file_read(int fd, unsigned list, size_t most, struct list_entries *entries, struct list_report *report)
{
	struct reading	r = { .fd = fd, .list = list, .most = most, .entries = entries, .report = report };
	int		result;

	if ((r.buf = malloc(LIST_LINE)) == NULL)
		return refuse(&r, "no memory");
	result = read_lines(&r);
	free(r.buf);
	return result;
}
