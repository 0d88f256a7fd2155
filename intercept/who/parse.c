/*
 * Parsers of /proc's lines. Called by whod's other files and the fuzzers;
 * trust no byte.
 */
#include <string.h>

#include "parse.h"

struct cursor {
	const char	*pos, *end;
};

static bool
digit_value(char c, unsigned base, unsigned *value)
{
	if (c >= '0' && c <= '9')
		*value = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*value = (unsigned)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		*value = (unsigned)(c - 'A') + 10;
	else
		return false;
	return *value < base;
}

/* At least one digit, no overflow. */
static bool
get_number(struct cursor *c, unsigned base, uint64_t *value)
{
	const char	*start = c->pos;
	uint64_t	 n = 0;
	unsigned	 digit;

	for (; c->pos < c->end && digit_value(*c->pos, base, &digit); c->pos++)
		if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n))
			return false;
	*value = n;
	return c->pos > start;
}

static bool
get_u32(struct cursor *c, uint32_t *value)
{
	uint64_t	n;

	if (!get_number(c, 10, &n) || n > UINT32_MAX)
		return false;
	*value = (uint32_t)n;
	return true;
}

static bool
get_char(struct cursor *c, char want)
{
	if (c->pos == c->end || *c->pos != want)
		return false;
	c->pos++;
	return true;
}

static bool
get_text(struct cursor *c, const char *want)
{
	size_t	len = strlen(want);

	if ((size_t)(c->end - c->pos) < len || memcmp(c->pos, want, len) != 0)
		return false;
	c->pos += len;
	return true;
}

static void
skip_blanks(struct cursor *c)
{
	while (c->pos < c->end && (*c->pos == ' ' || *c->pos == '\t'))
		c->pos++;
}

/* The next word; false at the end of the line. */
static bool
get_word(struct cursor *c, const char **word, size_t *len)
{
	skip_blanks(c);
	*word = c->pos;
	while (c->pos < c->end && *c->pos != ' ' && *c->pos != '\t' && *c->pos != '\n')
		c->pos++;
	*len = (size_t)(c->pos - *word);
	return *len > 0;
}

static bool
skip_words(struct cursor *c, unsigned count)
{
	const char	*word;
	size_t		 len;

	for (; count > 0; count--)
		if (!get_word(c, &word, &len))
			return false;
	skip_blanks(c);
	return true;
}

/* The name in field 2 may hold anything, ") " too: the last ')' ends it. */
int
parse_stat(const char *buf, size_t len, struct stat_facts *f)
{
	const char	*close = memrchr(buf, ')', len);
	struct cursor	 c = { close, buf + len };
	uint64_t	 start;

	if (close == NULL)
		return -1;
	c.pos++;
	skip_blanks(&c);
	if (c.pos == c.end)
		return -1;
	f->state = *c.pos++;
	skip_blanks(&c);
	if (!get_u32(&c, &f->ppid) || !skip_words(&c, 1) || !get_u32(&c, &f->session))
		return -1;
	if (!skip_words(&c, 2) || !get_u32(&c, &f->flags))	/* tty, its group, then field 9 */
		return -1;
	if (!skip_words(&c, 10) || !get_u32(&c, &f->threads))	/* 20 */
		return -1;
	if (!skip_words(&c, 1) || !get_number(&c, 10, &start))	/* 22 */
		return -1;
	f->start = start;
	return 0;
}

static bool
gid_listed(const struct gid_list *l, uint32_t gid)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->gid[i] == gid)
			return true;
	return false;
}

struct status_state {
	const struct gid_list	*admins;
	struct status_facts	*f;
	unsigned		 seen;
	bool			 bad;
};
enum { SEEN_TRACER = 1, SEEN_UID = 2, SEEN_GID = 4, SEEN_GROUPS = 8, SEEN_CAPS = 16, SEEN_ALL = 31 };

static bool
status_groups(struct cursor *c, struct status_state *s)
{
	uint32_t	gid;

	for (skip_blanks(c); c->pos < c->end; skip_blanks(c)) {
		if (!get_u32(c, &gid))
			return false;
		if (gid_listed(s->admins, gid))
			s->f->in_groups = true;
	}
	return true;
}

static bool
status_line(const char *line, size_t len, void *ctx)
{
	struct status_state	*s = ctx;
	struct cursor		 c = { line, line + len };
	bool			 ok = true;

	if (get_text(&c, "TracerPid:\t")) {
		ok = get_u32(&c, &s->f->tracer);
		s->seen |= SEEN_TRACER;
	} else if (get_text(&c, "Uid:\t")) {
		ok = get_u32(&c, &s->f->uid) && get_char(&c, '\t') && get_u32(&c, &s->f->euid);
		s->seen |= SEEN_UID;
	} else if (get_text(&c, "Gid:\t")) {
		ok = status_groups(&c, s);
		s->seen |= SEEN_GID;
	} else if (get_text(&c, "Groups:")) {
		ok = status_groups(&c, s);
		s->seen |= SEEN_GROUPS;
	} else if (get_text(&c, "CapEff:\t")) {
		ok = get_number(&c, 16, &s->f->caps);
		s->seen |= SEEN_CAPS;
	}
	s->bad |= !ok;
	return ok && s->seen != SEEN_ALL;
}

int
parse_status(const char *buf, size_t len, const struct gid_list *admins, struct status_facts *f)
{
	struct status_state	s = { .admins = admins, .f = f };

	memset(f, 0, sizeof(*f));
	parse_lines(buf, len, status_line, &s);
	return s.bad || s.seen != SEEN_ALL ? -1 : 0;
}

static bool
cgroup_line(const char *line, size_t len, void *ctx)
{
	struct cgroup_facts	*f = ctx;
	struct cursor		 c = { line, line + len };
	uint64_t		 number;

	if (get_text(&c, "0::")) {
		f->unified = c.pos;
		f->unified_len = (size_t)(c.end - c.pos);
	} else if (get_number(&c, 10, &number) && get_text(&c, ":name=systemd:")) {
		f->named = c.pos;
		f->named_len = (size_t)(c.end - c.pos);
	}
	return true;
}

int
parse_cgroup(const char *buf, size_t len, struct cgroup_facts *f)
{
	memset(f, 0, sizeof(*f));
	parse_lines(buf, len, cgroup_line, f);
	if (f->unified != NULL && (f->unified_len == 0 || f->unified[0] != '/'))
		f->unified = NULL;
	if (f->named != NULL && (f->named_len == 0 || f->named[0] != '/'))
		f->named = NULL;
	return f->unified == NULL && f->named == NULL ? -1 : 0;
}

/* "  1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1234 ..." */
int
parse_raw_line(const char *line, size_t len, struct raw_facts *f)
{
	struct cursor	c = { line, line + len };
	uint64_t	number, port;
	unsigned	digit;

	skip_blanks(&c);
	if (!get_number(&c, 10, &number) || !get_char(&c, ':'))
		return -1;
	skip_blanks(&c);
	while (c.pos < c.end && digit_value(*c.pos, 16, &digit))	/* an address, 8 or 32 digits */
		c.pos++;
	if (!get_char(&c, ':') || !get_number(&c, 16, &port) || port > UINT16_MAX)
		return -1;
	if (!skip_words(&c, 5) || !get_u32(&c, &f->uid))
		return -1;
	if (!skip_words(&c, 1) || !get_number(&c, 10, &f->inode))
		return -1;
	f->port = (uint16_t)port;
	return 0;
}

/* number, port id, waiting, copy mode, copy range, dropped, user dropped, last packet id, 1 */
int
parse_queue_line(const char *line, size_t len, struct queue_facts *f)
{
	struct cursor	c = { line, line + len };
	uint32_t	number;

	skip_blanks(&c);
	if (!get_u32(&c, &number) || number > UINT16_MAX || !skip_words(&c, 1) ||
	    !get_u32(&c, &f->waiting))
		return -1;
	if (!skip_words(&c, 2) || !get_number(&c, 10, &f->dropped))
		return -1;
	skip_blanks(&c);
	if (!get_number(&c, 10, &f->user_dropped))
		return -1;
	skip_blanks(&c);
	if (!get_number(&c, 10, &f->total))
		return -1;
	f->number = (uint16_t)number;
	return 0;
}

/* "0.10 0.12 0.07 1/82 8377" */
int
parse_last_pid(const char *buf, size_t len, uint32_t *pid)
{
	struct cursor	c = { buf, buf + len };

	return skip_words(&c, 4) && get_u32(&c, pid) ? 0 : -1;
}

/* The line "processes 123456" of /proc/stat: all that were begun since boot, threads too. */
int
parse_forks(const char *buf, size_t len, uint64_t *forks)
{
	static const char	 title[] = "\nprocesses ";
	const char		*line = memmem(buf, len, title, sizeof(title) - 1);
	struct cursor		 c = { line, buf + len };

	if (line == NULL)
		return -1;
	c.pos += sizeof(title) - 1;
	return get_number(&c, 10, forks) ? 0 : -1;
}

int
parse_socket_link(const char *link, size_t len, uint64_t *inode)
{
	return parse_namespace_link(link, len, "socket:", inode);
}

int
parse_namespace_link(const char *link, size_t len, const char *kind, uint64_t *inode)
{
	struct cursor	c = { link, link + len };

	if (!get_text(&c, kind) || !get_char(&c, '[') || !get_number(&c, 10, inode))
		return -1;
	return get_char(&c, ']') && c.pos == c.end ? 0 : -1;
}

int
parse_group_line(const char *line, size_t len, struct group_facts *f)
{
	struct cursor	 c = { line, line + len };
	const char	*colon = memchr(line, ':', len);

	if (colon == NULL || colon == line)
		return -1;
	f->name = line;
	f->name_len = (size_t)(colon - line);
	c.pos = colon + 1;
	colon = memchr(c.pos, ':', (size_t)(c.end - c.pos));
	if (colon == NULL)
		return -1;
	c.pos = colon + 1;
	return get_u32(&c, &f->gid) && (c.pos == c.end || *c.pos == ':') ? 0 : -1;
}

/* "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw" */
int
parse_mount_line(const char *line, size_t len, struct mount_facts *f)
{
	struct cursor	 c = { line, line + len };
	const char	*word;
	size_t		 word_len;

	if (!skip_words(&c, 4) || !get_word(&c, &f->point, &f->point_len))
		return -1;
	do {
		if (!get_word(&c, &word, &word_len))
			return -1;
	} while (word_len != 1 || word[0] != '-');
	if (!get_word(&c, &f->type, &f->type_len) || !get_word(&c, &word, &word_len))
		return -1;
	return get_word(&c, &f->options, &f->options_len) ? 0 : -1;
}

int
parse_pid(const char *name, size_t len, uint32_t *pid)
{
	struct cursor	c = { name, name + len };

	return get_u32(&c, pid) && c.pos == c.end ? 0 : -1;
}

void
parse_lines(const char *buf, size_t len, bool (*line)(const char *, size_t, void *), void *ctx)
{
	const char	*end = buf + len, *newline;

	while (buf < end && (newline = memchr(buf, '\n', (size_t)(end - buf))) != NULL) {
		if (!line(buf, (size_t)(newline - buf), ctx))
			return;
		buf = newline + 1;
	}
}
