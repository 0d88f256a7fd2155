/*
 * bulwarkd.conf: `key value` lines, "#" begins a comment. Called by the parent
 * at start, while it is still fully privileged: hence no parser worth the name,
 * and a file that anybody but root could have written is refused.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"

#define FILE_MAX_BYTES	65536
#define WORDS		8
#define LINE_BYTES	512

struct word {
	const char	*text;		/* NUL-terminated */
	unsigned	 column;	/* from 1 */
};

struct reader {
	const char	*name;
	unsigned	 line;
	struct word	 word[WORDS];
	unsigned	 words;
	unsigned	 end;		/* column after the last word */
	struct conf	*conf;
	bool		 stop_seen, kernel_seen;
	char		*text;		/* of the error */
	size_t		 size;
};

static int __attribute__((format(printf, 3, 4)))
fault(struct reader *r, unsigned column, const char *fmt, ...)
{
	char	what[160];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(r->text, r->size, "%s:%u:%u: %s", r->name, r->line, column, what);
	return -1;
}

/* Digits only, no sign, no blank, no leading zero. */
static int
parse_number(const char *s, unsigned max, unsigned *out)
{
	unsigned	n = 0;

	if (*s == '\0' || (*s == '0' && s[1] != '\0'))
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (unsigned)(*s - '0');
		if (n > max)
			return -1;
	}
	*out = n;
	return 0;
}

static bool
host_bits_clear(const uint8_t *address, unsigned prefix, unsigned bits)
{
	for (unsigned i = prefix; i < bits; i++)
		if ((address[i / 8] >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

static int
parse_net(struct reader *r, const struct word *w, struct lifeline *l)
{
	char		text[LINE_BYTES];
	uint8_t		address[16];
	char		*slash;
	unsigned	bits, prefix;
	int		family;

	(void)snprintf(text, sizeof(text), "%s", w->text);
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	bits = family == AF_INET6 ? 128 : 32;
	if (inet_pton(family, text, address) != 1)
		return fault(r, w->column, "%s is not an address", text);
	prefix = bits;
	if (slash != NULL && parse_number(slash + 1, bits, &prefix) == -1)
		return fault(r, w->column + (unsigned)(slash - text) + 1,
		    "the prefix goes from 0 to %u", bits);
	if (!host_bits_clear(address, prefix, bits))
		return fault(r, w->column, "bits are set to the right of the prefix");
	if (inet_ntop(family, address, l->net, sizeof(l->net)) == NULL)
		return fault(r, w->column, "not an address");
	l->prefix = (uint8_t)prefix;
	return 0;
}

/* lifeline PROTOCOL/PORT from NET */
static int
set_lifeline(struct reader *r)
{
	struct lifeline	l = { 0 };
	const char	*port;
	unsigned	n;

	if (r->words != 4 || strcmp(r->word[2].text, "from") != 0)
		return fault(r, r->words > 2 ? r->word[2].column : r->end,
		    "a lifeline is `lifeline tcp/22 from 192.0.2.0/24`");
	if (r->conf->lifelines == CONF_LIFELINES)
		return fault(r, r->word[0].column, "more than %d lifelines", CONF_LIFELINES);
	l.udp = strncmp(r->word[1].text, "udp/", 4) == 0;
	if (!l.udp && strncmp(r->word[1].text, "tcp/", 4) != 0)
		return fault(r, r->word[1].column, "tcp/PORT or udp/PORT");
	port = r->word[1].text + 4;
	if (parse_number(port, 65535, &n) == -1 || n == 0)
		return fault(r, r->word[1].column + 4, "a port goes from 1 to 65535");
	l.port = (uint16_t)n;
	if (parse_net(r, &r->word[3], &l) == -1)
		return -1;
	r->conf->lifeline[r->conf->lifelines++] = l;
	return 0;
}

/* stop release|hold */
static int
set_stop(struct reader *r)
{
	if (r->stop_seen)
		return fault(r, r->word[0].column, "stop was set before");
	r->stop_seen = true;
	if (r->words == 2 && strcmp(r->word[1].text, "hold") == 0)
		r->conf->hold = true;
	else if (r->words == 2 && strcmp(r->word[1].text, "release") == 0)
		r->conf->hold = false;
	else
		return fault(r, r->words > 1 ? r->word[1].column : r->end,
		    "stop is `release` or `hold`");
	return 0;
}

/* resolved-socket take|leave */
static int
set_resolved(struct reader *r)
{
	if (r->conf->resolved != RESOLVED_BY_NETWORK)
		return fault(r, r->word[0].column, "resolved-socket was set before");
	if (r->words == 2 && strcmp(r->word[1].text, "take") == 0)
		r->conf->resolved = RESOLVED_TAKE;
	else if (r->words == 2 && strcmp(r->word[1].text, "leave") == 0)
		r->conf->resolved = RESOLVED_LEAVE;
	else
		return fault(r, r->words > 1 ? r->word[1].column : r->end,
		    "resolved-socket is `take` or `leave`");
	return 0;
}

/* kernel on|off */
static int
set_kernel(struct reader *r)
{
	if (r->kernel_seen)
		return fault(r, r->word[0].column, "kernel was set before");
	r->kernel_seen = true;
	if (r->words == 2 && strcmp(r->word[1].text, "off") == 0)
		r->conf->no_kernel = true;
	else if (r->words != 2 || strcmp(r->word[1].text, "on") != 0)
		return fault(r, r->words > 1 ? r->word[1].column : r->end, "kernel is `on` or `off`");
	return 0;
}

/* cgroup PATH */
static int
set_cgroup(struct reader *r)
{
	if (r->conf->cgroup[0] != '\0')
		return fault(r, r->word[0].column, "cgroup was set before");
	if (r->words != 2 || r->word[1].text[0] != '/')
		return fault(r, r->words > 1 ? r->word[1].column : r->end,
		    "cgroup is a folder of the cgroup2 hierarchy, from /");
	(void)snprintf(r->conf->cgroup, sizeof(r->conf->cgroup), "%s", r->word[1].text);
	r->conf->cgroup_line = r->line;
	r->conf->cgroup_column = r->word[1].column;
	return 0;
}

static const struct {
	const char	*key;
	int		(*set)(struct reader *);
} keys[] = {
	{ "lifeline",	set_lifeline },
	{ "stop",	set_stop },
	{ "resolved-socket", set_resolved },
	{ "kernel",	set_kernel },
	{ "cgroup",	set_cgroup },
};

/* line is cut into words in place. */
static int
split(struct reader *r, char *line)
{
	char	*p = line;

	r->words = 0;
	r->end = 1;
	for (;;) {
		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#')
			return 0;
		if (r->words == WORDS)
			return fault(r, (unsigned)(p - line) + 1, "too many words");
		r->word[r->words++] = (struct word){ p, (unsigned)(p - line) + 1 };
		p += strcspn(p, " \t");
		r->end = (unsigned)(p - line) + 1;
		if (*p != '\0')
			*p++ = '\0';
	}
}

static int
parse_line(struct reader *r, const char *bytes, size_t len)
{
	char	line[LINE_BYTES];

	if (len >= sizeof(line))
		return fault(r, 1, "line is longer than %zu bytes", sizeof(line) - 1);
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)bytes[i] < 0x20 && bytes[i] != '\t') || bytes[i] == 0x7f)
			return fault(r, (unsigned)i + 1, "control character");
	memcpy(line, bytes, len);
	line[len] = '\0';
	if (split(r, line) == -1)
		return -1;
	if (r->words == 0)
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(r->word[0].text, keys[i].key) == 0)
			return keys[i].set(r);
	return fault(r, r->word[0].column, "unknown key %.32s", r->word[0].text);
}

int
conf_parse(const char *name, const char *bytes, size_t len, struct conf *conf, char *text,
    size_t size)
{
	struct reader	r = { .name = name, .conf = conf, .text = text, .size = size };
	const char	*end = bytes + len;

	*conf = (struct conf){ .hold = false };
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline != NULL ? newline : end;

		r.line++;
		if (parse_line(&r, bytes, (size_t)(stop - bytes)) == -1)
			return -1;
		bytes = newline != NULL ? newline + 1 : end;
	}
	return 0;
}

static int
read_whole(int fd, char *bytes, size_t max, size_t *len)
{
	ssize_t	n;

	*len = 0;
	while (*len < max) {
		n = read(fd, bytes + *len, max - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			return 0;
		*len += (size_t)n;
	}
	errno = EFBIG;
	return -1;
}

int
conf_read(const char *path, struct conf *conf, char *text, size_t size)
{
	struct stat	st;
	char		*bytes = NULL;
	size_t		len;
	int		fd, result = -1;

	*conf = (struct conf){ .hold = false };
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)snprintf(text, size, "%s: %s", path, strerrordesc_np(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)snprintf(text, size,
		    "%s:1:1: must be a file that root owns and nobody else can write", path);
		goto out;
	}
	bytes = malloc(FILE_MAX_BYTES);
	if (bytes == NULL || read_whole(fd, bytes, FILE_MAX_BYTES, &len) == -1) {
		(void)snprintf(text, size, "%s: %s", path, strerrordesc_np(errno));
		goto out;
	}
	result = conf_parse(path, bytes, len, conf, text, size);
out:
	free(bytes);
	if (fd != -1)
		(void)close(fd);
	return result;
}

int
conf_open_cgroup(const char *name, const struct conf *conf, char *text, size_t size)
{
	int		fd = open(conf->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs	fs;
	const char	*what;

	if (fd != -1 && fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	what = fd == -1 ? strerrordesc_np(errno) : "no folder of a cgroup2 hierarchy";
	(void)snprintf(text, size, "%s:%u:%u: %s: %s", name, conf->cgroup_line, conf->cgroup_column,
	    conf->cgroup, what);
	if (fd != -1)
		(void)close(fd);
	return -1;
}
