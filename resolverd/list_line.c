/*
 * See list_line.h. Called by list_file.c; trusts nothing in the line.
 */
#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include "list_line.h"

struct part {
	const char	*at;
	size_t		 len;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool
starts(const struct list_line *l, const char *with)
{
	size_t	len = strlen(with);

	return (size_t)(l->end - l->at) >= len && memcmp(l->at, with, len) == 0;
}

/* Takes the spaces around away, and a comment behind; # within a word is none. */
static void
trim(struct list_line *l)
{
	while (l->at < l->end && is_space(*l->at))
		l->at++;
	for (const char *p = l->at; p < l->end; p++)
		if (*p == '#' && (p == l->at || is_space(p[-1])))
			l->end = p;
	while (l->end > l->at && (is_space(l->end[-1]) || l->end[-1] == '\r'))
		l->end--;
}

void
list_line_start(struct list_line *l, const char *text, size_t len)
{
	l->at = text;
	l->end = text + len;
	l->hosts = false;
	trim(l);
	if (l->at == l->end)
		return;
	if (*l->at == '!')
		l->at = l->end;
	else if (*l->at == '[' && l->end[-1] == ']') {
		l->adblock = true;
		l->at = l->end;
	}
}

/* Up to the next space, and beyond. */
static struct part
take_word(struct list_line *l)
{
	struct part	w = { .at = l->at };

	while (l->at < l->end && !is_space(*l->at))
		l->at++;
	w.len = (size_t)(l->at - w.at);
	while (l->at < l->end && is_space(*l->at))
		l->at++;
	return w;
}

static bool
has_control(const struct list_line *l)
{
	for (const char *p = l->at; p < l->end; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return true;
	return false;
}

/* Marks of Adblock's patterns: ports, paths, wildcards, parts of pages. */
static bool
is_pattern(struct part w)
{
	for (size_t i = 0; i < w.len; i++)
		if (w.at[i] != '\0' && strchr("*/^|$#?=&:%", w.at[i]) != NULL)
			return true;
	return false;
}

static bool
is_foreign(struct part w)
{
	for (size_t i = 0; i < w.len; i++)
		if ((unsigned char)w.at[i] >= 0x80)
			return true;
	return false;
}

static bool
is_name(struct part w)
{
	for (size_t i = 0; i < w.len; i++) {
		char	c = w.at[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_' && c != '.')
			return false;
	}
	return true;
}

/* An address in text, of IPv6 maybe with its link behind %. Its family; 0: none. */
static int
address(struct part w, uint8_t bytes[static 16])
{
	char		text[INET6_ADDRSTRLEN];
	const char	*link = memchr(w.at, '%', w.len);

	if (link != NULL)
		w.len = (size_t)(link - w.at);
	if (w.len == 0 || w.len >= sizeof(text))
		return 0;
	memcpy(text, w.at, w.len);
	text[w.len] = '\0';
	if (inet_pton(AF_INET, text, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, bytes) == 1 ? AF_INET6 : 0;
}

/* Addresses that lead nowhere: 0.0.0.0, 127.0.0.0/8, ::, ::1. */
static bool
leads_nowhere(int family, const uint8_t *bytes)
{
	static const uint8_t	zero[16];

	if (family == AF_INET)
		return bytes[0] == 127 || memcmp(bytes, zero, 4) == 0;
	return memcmp(bytes, zero, 15) == 0 && bytes[15] <= 1;
}

/* Names that hosts files begin with: this machine's own and groups. */
static bool
is_never_blocked(struct part w)
{
	static const char *const names[] = { "localhost", "localhost.localdomain", "localhost4", "localhost6",
		"local", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix",
		"ip6-allnodes", "ip6-allrouters", "ip6-allhosts" };
	uint8_t			 bytes[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (w.len == strlen(names[i]) && strncasecmp(w.at, names[i], w.len) == 0)
			return true;
	return address(w, bytes) != 0;
}

static enum list_item
name_of(struct part w, struct list_rule *r, const char **what)
{
	if (is_foreign(w) || is_never_blocked(w))
		return ITEM_SKIPPED;
	if (!is_name(w) || dname_parse(w.at, w.len, &r->name) == -1 || r->name.len == 1) {
		*what = "not a name";
		return ITEM_WRONG;
	}
	dname_lower(&r->name);
	return ITEM_RULE;
}

/* Options with which a rule still speaks of the whole domain. */
static bool
options_are_plain(struct part w)
{
	static const char *const plain[] = { "third-party", "3p", "important", "all" };

	while (w.len > 0) {
		const char	*comma = memchr(w.at, ',', w.len);
		size_t		 len = comma == NULL ? w.len : (size_t)(comma - w.at), i = 0;

		while (i < sizeof(plain) / sizeof(plain[0]) &&
		    (len != strlen(plain[i]) || memcmp(w.at, plain[i], len) != 0))
			i++;
		if (i == sizeof(plain) / sizeof(plain[0]))
			return false;
		if (comma == NULL)
			return true;
		w.at += len + 1;
		w.len -= len + 1;
	}
	return false;
}

/* What may stand behind ||name^ */
static bool
is_whole_domain(struct part w)
{
	if (w.len > 0 && *w.at == '|') {
		w.at++;
		w.len--;
	}
	if (w.len == 0)
		return true;
	return *w.at == '$' && options_are_plain((struct part){ w.at + 1, w.len - 1 });
}

static enum list_item
adblock_rule(struct list_line *l, struct list_rule *r, const char **what)
{
	struct part	name, rest;
	const char	*mark, *end = l->end;

	r->kind = LIST_BELOW;
	if (starts(l, "@@")) {
		r->kind = LIST_EXCEPT;
		l->at += 2;
	}
	mark = starts(l, "||") ? memchr(l->at, '^', (size_t)(end - l->at)) : NULL;
	name.at = l->at + 2;
	l->at = end;
	if (mark == NULL)
		return ITEM_SKIPPED;
	name.len = (size_t)(mark - name.at);
	rest = (struct part){ mark + 1, (size_t)(end - mark - 1) };
	if (is_pattern(name) || !is_whole_domain(rest))
		return ITEM_SKIPPED;
	return name_of(name, r, what);
}

static enum list_item
plain_name(struct list_line *l, struct part w, struct list_rule *r, const char **what)
{
	bool	more = l->at < l->end;

	l->at = l->end;
	r->kind = LIST_BELOW;
	if (w.len > 2 && w.at[0] == '*' && w.at[1] == '.') {
		w.at += 2;
		w.len -= 2;
	} else if (w.len > 1 && w.at[0] == '.') {
		w.at++;
		w.len--;
	}
	if (is_pattern(w))
		return ITEM_SKIPPED;
	if (more) {
		*what = "more than a name";
		return ITEM_WRONG;
	}
	return name_of(w, r, what);
}

/* What a line begins with; ITEM_NONE: an address, and the names behind it come next. */
static enum list_item
first_of(struct list_line *l, struct list_rule *r, const char **what)
{
	uint8_t		bytes[16];
	struct part	w;
	int		family;

	if (has_control(l)) {
		l->at = l->end;
		*what = "a control byte";
		return ITEM_WRONG;
	}
	if (l->adblock || starts(l, "||") || starts(l, "@@"))
		return adblock_rule(l, r, what);
	w = take_word(l);
	if ((family = address(w, bytes)) == 0)
		return plain_name(l, w, r, what);
	if (l->at == l->end) {
		*what = "an address without a name";
		return ITEM_WRONG;
	}
	if (!leads_nowhere(family, bytes)) {
		l->at = l->end;
		return ITEM_SKIPPED;
	}
	l->hosts = true;
	return ITEM_NONE;
}

enum list_item
list_line_next(struct list_line *l, struct list_rule *r, const char **what)
{
	enum list_item	item;

	if (l->at == l->end)
		return ITEM_NONE;
	if (!l->hosts && (item = first_of(l, r, what)) != ITEM_NONE)
		return item;
	r->kind = LIST_EXACT;
	return name_of(take_word(l), r, what);
}
