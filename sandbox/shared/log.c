/*
 * The log: one line a call, to stderr or, in a child after child_start(), to
 * the parent. Any code may call it at any time; it allocates nothing and needs
 * no call that a narrowed process lacks. Text that others cause is written as
 * printable characters only.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

static const char	*log_name = "bulwark";
static void		(*log_sink)(enum log_level, const char *);
static void		(*log_flush)(void);
static bool		log_debugging;
static bool		log_journal;	/* stderr is the journal's: lines begin with <priority> */

void
log_init(const char *name)
{
	log_name = name;
	log_debugging = getenv(LOG_DEBUG_ENV) != NULL;
	log_journal = getenv("JOURNAL_STREAM") != NULL;
}

void
log_set_sink(void (*sink)(enum log_level, const char *))
{
	log_sink = sink;
}

void
log_set_flush(void (*flush)(void))
{
	log_flush = flush;
}

void
log_set_debug(bool on)
{
	log_debugging = on;
}

bool
log_is_debug(void)
{
	return log_debugging;
}

static int
log_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return 3;
	case LOG_LEVEL_WARN:
		return 4;
	case LOG_LEVEL_INFO:
		return 6;
	case LOG_LEVEL_DEBUG:
		break;
	}
	return 7;
}

void
log_line_of(const char *name, enum log_level level, const char *text)
{
	char	line[CONTROL_LOG_BYTES + 64];
	int	n;

	if (log_journal)
		n = snprintf(line, sizeof(line), "<%d>%s: %s\n", log_priority(level), name, text);
	else
		n = snprintf(line, sizeof(line), "%s: %s\n", name, text);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line)) {
		n = (int)sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	/* One write a line, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, (size_t)n) == -1)
		return;		/* nobody listens: nothing can be said about it either */
}

/* Control characters could steer a terminal or fake a line. */
static void
make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static void __attribute__((format(printf, 3, 0)))
log_write(enum log_level level, int error, const char *fmt, va_list ap)
{
	char	text[CONTROL_LOG_BYTES];
	int	n;
	size_t	used;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		return;
	used = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	if (error != 0)
		(void)snprintf(text + used, sizeof(text) - used, ": %s", strerrordesc_np(error));
	make_printable(text);
	if (log_sink != NULL)
		log_sink(level, text);
	else
		log_line_of(log_name, level, text);
}

void
log_debug(const char *fmt, ...)
{
	va_list	ap;

	if (!log_debugging)
		return;
	va_start(ap, fmt);
	log_write(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	log_write(LOG_LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int	error = errno;
	va_list	ap;

	va_start(ap, fmt);
	log_write(LOG_LEVEL_WARN, error, fmt, ap);
	va_end(ap);
	errno = error;
}

void
log_warnx(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	log_write(LOG_LEVEL_WARN, 0, fmt, ap);
	va_end(ap);
}

/* No atexit() handlers: a narrowed process has no calls for them. */
static void __attribute__((noreturn))
log_end(void)
{
	if (log_flush != NULL)
		log_flush();
	_exit(1);
}

void
fatal(const char *fmt, ...)
{
	int	error = errno;
	va_list	ap;

	va_start(ap, fmt);
	log_write(LOG_LEVEL_ERROR, error, fmt, ap);
	va_end(ap);
	log_end();
}

void
fatalx(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	log_write(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
	log_end();
}

bool
log_rate_ok(struct log_rate *rate, unsigned burst)
{
	struct timespec	now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return false;
	if (now.tv_sec != rate->second) {
		if (rate->hidden > 0)
			log_info("%u lines of this kind were not shown", rate->hidden);
		*rate = (struct log_rate){ .second = now.tv_sec };
	}
	if (rate->count >= burst) {
		rate->hidden++;
		return false;
	}
	rate->count++;
	return true;
}
