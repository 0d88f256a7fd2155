/*
 * The scanner of policy files; see scan.h. After an error it goes on with the
 * next byte or line, so that one run names all errors of a file; only a bound
 * that is reached ends it.
 */
#include <string.h>

#include "lang_scan.h"
#include "scan.h"

#define AGAIN	(-1)		/* no token: the end's number is 0, errors and kinds are above */

static const struct { const char *word; int token; } keywords[] = {
	{ "profile", PROFILE }, { "extend", EXTEND }, { "level", LEVEL }, { "set", SET },
	{ "define", DEFINE }, { "include", INCLUDE }, { "rules", RULES },
	{ "list", LIST }, { "file", LIST_FILE }, { "tag", LIST_TAG }, { "resolver", RESOLVER },
	{ "answers", ANSWERS }, { "session", SESSION }, { "session-may", SESSION_MAY }, { "path", PATH },
	{ "prefix", PREFIX }, { "virtual", VIRTUAL }, { "description", DESCRIPTION },
	{ "icon", ICON }, { "flags", FLAGS }, { "connect-ports", CONNECT_PORTS },
	{ "listen-ports", LISTEN_PORTS }, { "default", DEFAULT }, { "tls", TLS },
	{ "vendor-domains", VENDOR_DOMAINS }, { "allow", ALLOW }, { "deny", DENY }, { "block", BLOCK },
	{ "drop", DROP },
	{ "ask", ASK }, { "tunnel", TUNNEL }, { "direction", DIRECTION }, { "in", IN },
	{ "out", OUT }, { "forward", FORWARD }, { "address", ADDRESS }, { "net", NET },
	{ "range", RANGE }, { "scope", SCOPE }, { "port", PORT }, { "protocol", PROTOCOL },
	{ "icmp-type", ICMP_TYPE }, { "domain", DOMAIN }, { "domains", DOMAINS }, { "up-to", UP_TO },
	{ "ignore-lists", IGNORE_LISTS },
	{ "country", COUNTRY }, { "as", AS }, { "user", USER }, { "network", NETWORK }, { "at", AT }, { "days", DAYS },
	{ "until", UNTIL }, { "direct", DIRECT }, { "exit", EXIT }, { "hops", HOPS },
	{ "framework", FRAMEWORK }, { "find", FIND }, { "build", BUILD }, { "parent-level", PARENT_LEVEL },
	{ "merge", MERGE },
	{ "when", WHEN },
};

static int
keyword(const char *word)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (word[0] == keywords[i].word[0] && strcmp(word, keywords[i].word) == 0)
			return keywords[i].token;
	return WORD;
}

void
scan_start(struct scan *s, const char *text, size_t len, struct arena *arena, struct diag *diag)
{
	*s = (struct scan){ .pos = text, .end = text + len, .at = { 1, 1 }, .arena = arena,
		.diag = diag, .last = NL, .text = "" };
	if (len > SCAN_FILE_MOST) {
		diag_add(diag, s->at, "file is longer than %u bytes", SCAN_FILE_MOST);
		s->pos = s->end;
	}
}

/* Length of a valid UTF-8 sequence at p, 0 for none (RFC 3629: no overlong forms, no surrogates). */
static unsigned
utf8_length(const unsigned char *p, const unsigned char *end)
{
	unsigned n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
	    p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || (size_t)(end - p) < n)
		return 0;
	for (unsigned i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Steps over one character; false, with an error, if it may not be in a file. */
static bool
step(struct scan *s)
{
	const unsigned char *p = (const unsigned char *)s->pos;
	unsigned n = utf8_length(p, (const unsigned char *)s->end);
	bool good = true;

	if (n == 0) {
		diag_add(s->diag, s->at, "byte 0x%02x is not valid UTF-8", *p);
		good = false;
		n = 1;
	} else if ((*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r') || *p == 0x7f) {
		diag_add(s->diag, s->at, "control byte 0x%02x", *p);
		good = false;
	}
	s->pos += n;
	if (*p == '\n') {
		s->at.line++;
		s->at.column = 1;
	} else
		s->at.column++;
	return good;
}

/* Spaces and comments, up to a line's end or a token. */
static void
skip_space(struct scan *s)
{
	while (s->pos < s->end) {
		if (*s->pos == '#')
			while (s->pos < s->end && *s->pos != '\n')
				(void)step(s);
		else if (*s->pos == ' ' || *s->pos == '\t' || *s->pos == '\r')
			(void)step(s);
		else if ((unsigned char)*s->pos < 0x20 && *s->pos != '\n')
			(void)step(s);		/* says the error */
		else
			return;
	}
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* After a backslash: the byte it stands for, or -1 with an error. */
static int
escape(struct scan *s)
{
	struct pos at = s->at;
	int high, low;

	if (s->end - s->pos >= 3 && *s->pos == 'x' && (high = hex_digit(s->pos[1])) >= 0 &&
	    (low = hex_digit(s->pos[2])) >= 0 && (high | low) != 0) {
		for (int i = 0; i < 3; i++)
			(void)step(s);
		return high << 4 | low;
	}
	if (s->pos < s->end && (*s->pos == '"' || *s->pos == '\\')) {
		char c = *s->pos;

		(void)step(s);
		return c;
	}
	diag_add(s->diag, at, "after \\ may stand \", \\ or x with two digits (not 00)");
	return -1;
}

/*
 * The next bytes of a text, as they count; returns how many, at most 8. After find they are a
 * regular expression: a pair with \ stays, but for \" (so that "\\" does not hide the quote after it).
 */
static size_t
string_bytes(struct scan *s, char out[8])
{
	const char *from = s->pos;
	int byte;

	(void)step(s);
	if (*from == '\\' && (s->last != FIND || s->pos >= s->end || *s->pos == '"' || *s->pos == '\n')) {
		if ((byte = escape(s)) < 0)
			return 0;
		out[0] = (char)byte;
		return 1;
	}
	if (*from == '\\')
		(void)step(s);
	memcpy(out, from, (size_t)(s->pos - from));
	return (size_t)(s->pos - from);
}

/* From the opening quote to the closing one. */
static int
scan_string(struct scan *s, struct atom *atom)
{
	char text[SCAN_TOKEN_MOST + 8];		/* a pair of characters may pass the bound */
	size_t n = 0;

	text[0] = '\0';
	(void)step(s);
	while (s->pos < s->end && *s->pos != '"' && *s->pos != '\n') {
		n += string_bytes(s, text + n);
		if (n > SCAN_TOKEN_MOST) {
			diag_add(s->diag, atom->at, "text is longer than %u bytes", SCAN_TOKEN_MOST);
			s->stop = true;
			return LANGerror;
		}
	}
	if (s->pos < s->end && *s->pos == '"')
		(void)step(s);
	else
		diag_add(s->diag, atom->at, "text has no closing \" in its line");
	atom->text = memchr(text, '\0', n) != NULL ? "" : arena_text(s->arena, text, n);
	atom->quoted = true;
	return STRING;
}

static int
scan_word(struct scan *s, struct atom *atom)
{
	const char *from = s->pos;

	while (s->pos < s->end && strchr(" \t\r\n{};#\"", *s->pos) == NULL)
		(void)step(s);
	if (s->pos == from)		/* a NUL: strchr() finds the terminator */
		(void)step(s);
	if (s->pos - from > SCAN_TOKEN_MOST) {
		diag_add(s->diag, atom->at, "word is longer than %u bytes", SCAN_TOKEN_MOST);
		s->stop = true;
		return LANGerror;
	}
	if (memchr(from, '\0', (size_t)(s->pos - from)) != NULL)
		return AGAIN;		/* said by step() */
	atom->text = arena_text(s->arena, from, (size_t)(s->pos - from));
	return *from == '$' ? VARIABLE : keyword(atom->text);
}

static int
scan_brace(struct scan *s)
{
	char c = *s->pos;

	/* A statement before '}' ends there as at a line's end. */
	if (c == '}' && s->last != NL && s->last != '{')
		return NL;
	if (c == '{' && s->depth == SCAN_DEPTH) {
		diag_add(s->diag, s->at, "more than %d braces deep", SCAN_DEPTH);
		s->stop = true;
		return LANGerror;
	}
	if (c == '{')
		s->opened[s->depth++] = s->at.line;
	else if (s->depth > 0)
		s->depth--;
	(void)step(s);
	s->text = c == '{' ? "{" : "}";
	return c;
}

/* One token of any kind but the end, or AGAIN: there was none. */
static int
scan_some(struct scan *s, LANGSTYPE *value, struct pos at)
{
	char c = *s->pos;
	int token;

	if (c == '\n' || c == ';') {
		(void)step(s);
		return s->last == NL ? AGAIN : NL;
	}
	if (c == '{' || c == '}')
		return scan_brace(s);
	if (s->arena == NULL)
		return LANGerror;
	value->atom = arena_get(s->arena, sizeof *value->atom);
	value->atom->at = at;
	token = c == '"' ? scan_string(s, value->atom) : scan_word(s, value->atom);
	if (token > 0 && value->atom->text != NULL)
		s->text = value->atom->text;
	return token;
}

static int
scan_token(struct scan *s, LANGSTYPE *value, LANGLTYPE *span)
{
	int token = AGAIN;

	while (token == AGAIN) {
		skip_space(s);
		span->first = s->at;
		if (s->stop || s->pos >= s->end)
			token = s->last == NL ? LANGEOF : NL;
		else if (s->tokens++ == SCAN_TOKENS) {
			diag_add(s->diag, s->at, "more than %d words", SCAN_TOKENS);
			s->stop = true;
		} else
			token = scan_some(s, value, span->first);
	}
	s->last = token;
	return token;
}

void
scan_skip(struct scan *s, int unexpected)
{
	if (unexpected == 0 || unexpected == '}')
		return;
	s->skip = 1 + s->depth - (unexpected == '{');
}

int
langlex(LANGSTYPE *value, LANGLTYPE *span, struct parse *parse)
{
	struct scan *s = &parse->scan;
	int token = scan_token(s, value, span);

	while (s->skip != 0 && token != LANGEOF) {
		if (token == LANGerror || (token == NL && s->depth < s->skip)) {
			s->skip = 0;
			break;
		}
		token = scan_token(s, value, span);
	}
	return token;
}

void
scan_names(const char *text, size_t len,
    void (*on)(void *, enum prop_kind, const char *, struct pos), void *ctx)
{
	struct arena arena = { 0 };
	struct diag diag = { 0 };
	struct scan s;
	LANGSTYPE value = { .atom = NULL };
	LANGLTYPE span;
	int token, before = NL;

	scan_start(&s, text, len, &arena, &diag);
	s.tokens = SCAN_TOKENS + 1;	/* only the text's end ends this search, no bound within it */
	while ((token = scan_token(&s, &value, &span)) != LANGEOF) {
		s.depth = 0;
		s.stop = false;
		if (token == STRING && value.atom->text[0] != '\0' &&
		    (before == PATH || before == PREFIX || before == VIRTUAL))
			on(ctx, before == PATH ? PROP_PATH : before == PREFIX ? PROP_PREFIX :
			    PROP_VIRTUAL, value.atom->text, span.first);
		before = token;
	}
	arena_free(&arena);
	diag_free(&diag);
}
