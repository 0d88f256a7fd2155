/*
 * See upstreams.h. A pure function of the file's bytes, which root wrote and tools
 * may have garbled.
 */
#include <string.h>

#include "marks.h"
#include "upstreams.h"

static bool
is_ours(const struct upstream *u)
{
	static const uint8_t door4[2][4] = { DOOR4, { 127, 0, 0, 1 } };
	static const uint8_t door6[16] = DOOR6;

	return u->family == 4 ?
	    memcmp(u->address, door4[0], 4) == 0 || memcmp(u->address, door4[1], 4) == 0 :
	    memcmp(u->address, door6, 16) == 0;
}

bool
upstreams_for_all_names(const struct upstreams *u)
{
	for (unsigned i = 0; i < u->count; i++)
		if (!u->server[i].scoped)
			return true;
	return false;
}

struct line {
	const char	*at, *end;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; false: there is none. */
static bool
next_word(struct line *l, const char **word, size_t *len)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
	*word = l->at;
	while (l->at < l->end && !is_blank(*l->at))
		l->at++;
	*len = (size_t)(l->at - *word);
	return *len > 0;
}

static bool
is_word(const char *word, size_t len, const char *wanted)
{
	return len == strlen(wanted) && memcmp(word, wanted, len) == 0;
}

/* An address alone: how it is asked, and for what, is not a network's to say. */
static void
add_server(struct upstreams *to, const char *text, size_t len)
{
	struct upstream *u = &to->server[to->count];
	struct upstream_fault fault;

	if (to->count == NAMES_SERVERS || memchr(text, '/', len) != NULL ||
	    !upstream_read(text, len, u, &fault) || is_ours(u))
		return;
	to->count++;
}

static void
add_search(struct resolv_conf *to, const char *text, size_t len)
{
	char *search;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (to->searches == NAMES_SEARCHES || domain_labels(text, len) < 2)
		return;
	search = to->search[to->searches++];
	for (size_t i = 0; i < len; i++)
		search[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	search[len] = '\0';
}

static void
read_line(struct line l, struct resolv_conf *to)
{
	const char *word;
	size_t len;

	if (l.at == l.end || is_blank(*l.at) || !next_word(&l, &word, &len))
		return;
	if (is_word(word, len, "nameserver")) {
		if (next_word(&l, &word, &len))
			add_server(&to->servers, word, len);
	} else if (is_word(word, len, "search") || is_word(word, len, "domain")) {
		to->searches = 0;
		while (next_word(&l, &word, &len))
			add_search(to, word, len);
	}
}

void
upstreams_read(const struct control_resolvers *r, struct resolv_conf *to)
{
	const char *end;

	memset(to, 0, sizeof *to);
	for (size_t at = 0; at < r->len; at = (size_t)(end - r->text) + 1) {
		if ((end = memchr(r->text + at, '\n', r->len - at)) == NULL) {
			/* A longer file was cut here: half an address is another one. */
			if (r->len == sizeof r->text)
				return;
			end = r->text + r->len;
		}
		read_line((struct line){ r->text + at, end }, to);
	}
}
