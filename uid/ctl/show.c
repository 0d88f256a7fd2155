/*
 * See show.h.
 */
#include <sys/ioctl.h>

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "show.h"
#include "text.h"

static struct {
	bool		terminal, colours, utf8;
	unsigned	width;
} screen;

static const char *const colour_codes[] = {
	[PLAIN] = "\033[0m", [BOLD] = "\033[1m", [DIM] = "\033[2m", [RED] = "\033[31m",
	[GREEN] = "\033[32m", [YELLOW] = "\033[33m", [CYAN] = "\033[36m",
};

void
show_start(void)
{
	const char	*no = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize	 size;

	screen.terminal = isatty(STDOUT_FILENO) == 1;
	screen.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	screen.colours = screen.terminal && (no == NULL || no[0] == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
	if (screen.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		screen.width = size.ws_col;
}

bool
show_on_terminal(void)
{
	return screen.terminal;
}

void
line_start(struct line *l, FILE *to)
{
	l->to = to;
	l->len = 0;
	l->column = 0;
	l->width = to == stdout ? screen.width : 0;
	l->colour = PLAIN;
	l->colours = to == stdout && screen.colours;
	l->cut = l->wraps = false;
	l->indent = 0;
	l->space = 0;
}

static void
raw(struct line *l, const char *s, size_t len)
{
	if (len < sizeof(l->text) - l->len) {
		memcpy(l->text + l->len, s, len);
		l->len += len;
	}
}

void
line_colour(struct line *l, enum colour colour)
{
	if (!l->colours || l->colour == colour)
		return;
	raw(l, colour_codes[PLAIN], strlen(colour_codes[PLAIN]));
	if (colour != PLAIN)
		raw(l, colour_codes[colour], strlen(colour_codes[colour]));
	l->colour = colour;
}

static void
next_line(struct line *l)
{
	raw(l, "\n", 1);
	for (l->column = 0; l->column < l->indent; l->column++)
		raw(l, " ", 1);
	l->space = 0;
}

/* Breaks behind the last space, or where there is none right here. */
static void
wrap(struct line *l)
{
	static char	tail[LINE_BYTES];
	size_t		len = l->len - l->space;
	unsigned	columns = l->column - l->space_column;

	if (l->space == 0) {
		next_line(l);
		return;
	}
	memcpy(tail, l->text + l->space, len);
	l->len = l->space;
	while (l->len > 0 && l->text[l->len - 1] == ' ')
		l->len--;
	next_line(l);
	raw(l, tail, len);
	l->column += columns;
}

/* One sign of this many columns, or the mark that the line goes on unseen. */
static void
sign(struct line *l, const char *s, size_t len, unsigned columns)
{
	if (l->cut)
		return;
	if (l->wraps && l->width != 0 && l->column + columns > l->width)
		wrap(l);
	else if (!l->wraps && l->width != 0 && l->column + columns > l->width - 1) {
		raw(l, screen.utf8 ? "\xe2\x80\xa6" : ">", screen.utf8 ? 3 : 1);
		l->column++;
		l->cut = true;
		return;
	}
	raw(l, s, len);
	l->column += columns;
	if (*s == ' ') {
		l->space = l->len;
		l->space_column = l->column;
	}
}

/* \x1b for a byte, \u{202e} for a code point. */
static void
escape(struct line *l, bool code_point, unsigned value)
{
	char	text[16];
	int	n = code_point ? snprintf(text, sizeof(text), "\\u{%x}", value) :
	    snprintf(text, sizeof(text), "\\x%02x", value);

	for (int i = 0; i < n; i++)
		sign(l, text + i, 1, 1);
}

static void
put_code(struct line *l, const char *s, size_t len, uint32_t code)
{
	int	columns;

	if (code == '\n' || code == '\t' || code == '\r') {
		sign(l, "\\", 1, 1);
		sign(l, code == '\n' ? "n" : code == '\t' ? "t" : "r", 1, 1);
	} else if (code < 0x20 || code == 0x7f)
		escape(l, false, code);
	else if (code < 0x7f)
		sign(l, s, 1, 1);
	else if (!screen.utf8 || !text_harmless(code) || (columns = wcwidth((wchar_t)code)) < 0)
		escape(l, true, code);
	else
		sign(l, s, len, (unsigned)columns);
}

static void
put_bytes(struct line *l, const char *s, size_t len, bool doubled)
{
	size_t		pos = 0, n;
	uint32_t	code;

	while (pos < len) {
		n = text_utf8(s + pos, len - pos, &code);
		if (n == 0) {
			escape(l, false, (unsigned char)s[pos]);
			n = 1;
		} else
			put_code(l, s + pos, n, code);
		if (doubled && s[pos] == '\\')
			sign(l, "\\", 1, 1);
		pos += n;
	}
}

void
line_bytes(struct line *l, const char *s, size_t len)
{
	put_bytes(l, s, len, true);
}

void
line_put(struct line *l, const char *s)
{
	put_bytes(l, s, strlen(s), false);
}

void
line_print(struct line *l, const char *format, ...)
{
	char	text[8192];
	va_list	ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	line_put(l, text);
}

void
line_pad(struct line *l, unsigned column)
{
	do
		sign(l, " ", 1, 1);
	while (l->column < column && !l->cut);
}

void
line_wrap(struct line *l, unsigned indent)
{
	l->wraps = true;
	l->indent = indent < l->width / 2 ? indent : 2;
	l->space = 0;
}

/* What a text takes on the screen, with its escapes. */
static unsigned
columns_of(const char *s)
{
	static struct line	probe;

	line_start(&probe, stderr);
	line_put(&probe, s);
	return probe.column;
}

void
line_whole(struct line *l, const char *s)
{
	unsigned	columns;

	if (l->width != 0 && l->column > l->indent) {
		columns = columns_of(s);
		if (l->column + columns > l->width)
			next_line(l);
	}
	line_put(l, s);
}

void
line_end(struct line *l)
{
	line_colour(l, PLAIN);
	/* Room is kept: raw() never fills the last byte. */
	l->text[l->len++] = '\n';
	(void)fwrite(l->text, 1, l->len, l->to);
	l->len = 0;
}

size_t
show_bytes_of(const json_t *object, const char *key, char *to, size_t room)
{
	char		 name[64];
	const char	*hex, *text;
	size_t		 n = 0;

	(void)snprintf(name, sizeof(name), "%s_bytes", key);
	hex = json_string_value(json_object_get(object, name));
	if (hex != NULL) {
		for (; n < room && hex[2 * n] != '\0' && hex[2 * n + 1] != '\0'; n++) {
			const char	two[3] = { hex[2 * n], hex[2 * n + 1], '\0' };

			to[n] = (char)strtoul(two, NULL, 16);
		}
		return n;
	}
	text = json_string_value(json_object_get(object, key));
	if (text == NULL)
		return 0;
	n = strlen(text) < room ? strlen(text) : room;
	memcpy(to, text, n);
	return n;
}

void
show_json(const json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	(void)fputc('\n', stdout);
}

void
show_json_error(const char *code, const char *text)
{
	char	clean[2048];
	size_t	len = strnlen(text, sizeof(clean));
	json_t	*object;

	memcpy(clean, text, len);
	len = text_printable(clean, len, false);
	object = json_pack("{s:s, s:s, s:s%}", "type", "error", "code", code, "text", clean, len);
	if (object != NULL)
		show_json(object);
	json_decref(object);
}
