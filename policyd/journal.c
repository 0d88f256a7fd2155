/*
 * See journal.h. A line is "TIME\tWHAT\tWHO\tBEFORE\tAFTER\tWHY\n", time in
 * microseconds since the epoch, no text with a control byte. Files: "journal",
 * and "journal.1" before it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "clock.h"
#include "journal.h"
#include "sandbox.h"

#define FIELDS	6

static char	path[600], path_before[608];

void
journal_start(const char *folder)
{
	(void)snprintf(path, sizeof path, "%s/journal", folder);
	(void)snprintf(path_before, sizeof path_before, "%s.1", path);
}

/* Opens the file to append to; a full one is moved away first. -1: errno. */
static int
open_to_add(size_t len)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_size + (off_t)len > JOURNAL_BYTES && rename(path, path_before) == -1)
		return -1;
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

static void
write_line(const char *line, size_t len)
{
	static struct log_rate rate;
	int fd = open_to_add(len);
	bool good = fd != -1 && write(fd, line, len) == (ssize_t)len;

	if (!good && log_rate_ok(&rate, 1))
		log_warn("the journal of changes");
	if (fd != -1)
		(void)close(fd);
}

/* Appends a text and what ends it, each control byte as a space. */
static size_t
put(char *line, size_t used, const char *text, char end)
{
	for (size_t i = 0; i < JOURNAL_TEXT && text[i] != '\0'; i++)
		line[used++] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
	line[used++] = end;
	return used;
}

void
journal_add(const char *what, const char *who, const char *before, const char *after, const char *why)
{
	char line[FIELDS * (JOURNAL_TEXT + 1)], when[24];
	size_t used;

	(void)snprintf(when, sizeof when, "%lld", (long long)clock_us(CLOCK_REALTIME));
	used = put(line, 0, when, '\t');
	used = put(line, used, what, '\t');
	used = put(line, used, who, '\t');
	used = put(line, used, before, '\t');
	used = put(line, used, after, '\t');
	used = put(line, used, why, '\n');
	write_line(line, used);
}

/* Up to JOURNAL_BYTES; NULL: none. The caller frees it. */
static char *
read_all(const char *from)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = fd == -1 ? NULL : malloc(JOURNAL_BYTES + 1);
	size_t len = 0;
	ssize_t n;

	while (text != NULL && len < JOURNAL_BYTES && (n = read(fd, text + len, JOURNAL_BYTES - len)) > 0)
		len += (size_t)n;
	if (text != NULL)
		text[len] = '\0';
	if (fd != -1)
		(void)close(fd);
	return text;
}

/* A disk may have failed, a file be cut: only whole lines count. */
static bool
is_change(const char *line)
{
	size_t digits = strspn(line, "0123456789"), tabs = 0;

	for (const char *p = line; *p != '\0'; p++)
		tabs += *p == '\t';
	return tabs == FIELDS - 1 && digits > 0 && digits < 18 && line[digits] == '\t';
}

/* Keeps pointers to the last JOURNAL_SHOWN lines in a ring. */
static void
gather(char *text, const char *lines[JOURNAL_SHOWN], size_t *count)
{
	char *end;

	for (; text != NULL && (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		if (is_change(text))
			lines[(*count)++ % JOURNAL_SHOWN] = text;
	}
}

static bool
show(const char *line)
{
	const char *what = strchr(line, '\t') + 1, *rest = strchr(what, '\t') + 1;
	char name[JOURNAL_TEXT], text[FIELDS * JOURNAL_TEXT];

	(void)snprintf(name, sizeof name, "%.*s", (int)(rest - what - 1), what);
	(void)snprintf(text, sizeof text, "%.*s\t%s", (int)(what - line - 1), line, rest);
	return answer_row(0, 0, name, "", 0, text);
}

void
journal_show(void)
{
	static const char *lines[JOURNAL_SHOWN];
	char *before = read_all(path_before), *text = read_all(path);
	size_t count = 0, first;
	bool taken = true;

	gather(before, lines, &count);
	gather(text, lines, &count);
	first = count > JOURNAL_SHOWN ? count - JOURNAL_SHOWN : 0;
	for (size_t i = first; i < count && taken; i++)
		taken = show(lines[i % JOURNAL_SHOWN]);
	answer_end();
	free(before);
	free(text);
}
