/*
 * See conf_edit.h. The tokens are those of docs/policy.md, "The language".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_edit.h"

enum kind { END, WORD, TEXT, OPEN, CLOSE, LINE };

struct token {
	enum kind	kind;
	size_t		at, len;
};

struct cursor {
	const char	*text;
	size_t		 len, pos;
};

/* Where the value stands, or may be put. */
struct place {
	bool	found;		/* a statement that sets it */
	bool	has_level;	/* and this level: the value is at, len */
	size_t	at, len;
};

bool
conf_word(const char *word)
{
	size_t	len = strlen(word);

	return len > 0 && len < 64 && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* Up to the closing quote, or the line's end. */
static size_t
text_length(const struct cursor *c, size_t from)
{
	size_t	i = from + 1;

	while (i < c->len && c->text[i] != '"' && c->text[i] != '\n')
		i += c->text[i] == '\\' && i + 1 < c->len && c->text[i + 1] != '\n' ? 2 : 1;
	return i < c->len && c->text[i] == '"' ? i + 1 - from : i - from;
}

static size_t
word_length(const struct cursor *c, size_t from)
{
	size_t	i = from;

	while (i < c->len && strchr(" \t\r\n{}\";#", c->text[i]) == NULL && c->text[i] != '\0')
		i++;
	return i > from ? i - from : 1;		/* a NUL: no word of ours */
}

static struct token
next_token(struct cursor *c)
{
	struct token	t = { .kind = END };

	for (;; c->pos++) {
		while (c->pos < c->len && c->text[c->pos] == '#')
			while (c->pos < c->len && c->text[c->pos] != '\n')
				c->pos++;
		if (c->pos >= c->len || (c->text[c->pos] != ' ' && c->text[c->pos] != '\t' &&
		    c->text[c->pos] != '\r'))
			break;
	}
	t.at = c->pos;
	if (c->pos >= c->len)
		return t;
	t.len = 1;
	switch (c->text[c->pos]) {
	case '{':
		t.kind = OPEN;
		break;
	case '}':
		t.kind = CLOSE;
		break;
	case '\n':
	case ';':
		t.kind = LINE;
		break;
	case '"':
		t.kind = TEXT;
		t.len = text_length(c, c->pos);
		break;
	default:
		t.kind = WORD;
		t.len = word_length(c, c->pos);
	}
	c->pos += t.len;
	return t;
}

static bool
is_word(const struct cursor *c, struct token t, const char *word)
{
	return t.kind == WORD && t.len == strlen(word) && memcmp(c->text + t.at, word, t.len) == 0;
}

/* Within the braces of a statement that sets it; a lone level at the end has no value to change. */
static void
read_values(struct cursor *c, const char *level, struct place *p)
{
	struct token	t, before = { .kind = END };
	size_t		words = 0;

	*p = (struct place){ .found = true, .at = c->pos };
	while ((t = next_token(c)).kind != CLOSE && t.kind != END && t.kind != OPEN) {
		if (t.kind == LINE)
			continue;
		if (words++ % 2 == 1 && t.kind == WORD && is_word(c, before, level)) {
			p->has_level = true;
			p->at = t.at;
			p->len = t.len;
		} else if (!p->has_level)
			p->at = t.at + t.len;
		before = t;
	}
}

/* The rest of a statement, with what stands in its braces. */
static void
skip_statement(struct cursor *c, struct token t)
{
	size_t	depth = 0;

	for (; t.kind != END && (t.kind != LINE || depth > 0); t = next_token(c)) {
		depth += t.kind == OPEN;
		depth -= t.kind == CLOSE && depth > 0;
	}
}

static struct place
find_place(const char *text, size_t len, const char *setting, const char *level)
{
	struct cursor	c = { .text = text, .len = len };
	struct place	p = { .found = false };
	struct token	t;

	while ((t = next_token(&c)).kind != END) {
		if (is_word(&c, t, "include"))
			p = (struct place){ .found = false };
		else if (is_word(&c, t, "set")) {
			t = next_token(&c);
			if (is_word(&c, t, setting) && (t = next_token(&c)).kind == OPEN) {
				read_values(&c, level, &p);
				continue;
			}
		}
		skip_statement(&c, t);
	}
	return p;
}

char *
conf_set(const char *text, size_t len, const char *setting, const char *level, const char *value, size_t *out_len)
{
	struct place	 p = find_place(text, len, setting, level);
	char		 put[256], *out;
	int		 n;

	if (!p.found) {
		p.at = len;
		n = snprintf(put, sizeof(put), "%sset %s { %s %s }\n", len > 0 && text[len - 1] != '\n' ? "\n" : "",
		    setting, level, value);
	} else if (p.has_level)
		n = snprintf(put, sizeof(put), "%s", value);
	else
		n = snprintf(put, sizeof(put), " %s %s", level, value);
	if ((out = malloc(len + (size_t)n + 1)) == NULL)
		return NULL;
	memcpy(out, text, p.at);
	memcpy(out + p.at, put, (size_t)n);
	memcpy(out + p.at + (size_t)n, text + p.at + p.len, len - p.at - p.len);
	*out_len = len - p.len + (size_t)n;
	out[*out_len] = '\0';
	return out;
}
