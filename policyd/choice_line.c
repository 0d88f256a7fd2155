/*
 * See choice_line.h. The text may have been edited by hand, and holds anything.
 */
#include <arpa/inet.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "choice_line.h"
#include "moment.h"
#include "sandbox.h"
#include "text.h"

#define MARK	"# by user "	/* of lines that were written here */
#define HEAD	"# What was answered for this program (bulwark-profile(5)). Lines may be changed and removed."

static void
minute_text(const struct tm *tm, char out[CHOICE_MINUTE])
{
	if (strftime(out, CHOICE_MINUTE, "%Y-%m-%dT%H:%M", tm) != CHOICE_MINUTE - 1)
		(void)snprintf(out, CHOICE_MINUTE, "1970-01-01T00:00");
}

void
choice_minute(int64_t unix_s, char out[CHOICE_MINUTE])
{
	time_t at = (time_t)((unix_s + 59) / 60 * 60);
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };

	(void)localtime_r(&at, &tm);
	minute_text(&tm, out);
}

void
choice_local_minute(int64_t local, char out[CHOICE_MINUTE])
{
	time_t at = (time_t)local * 60;
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };

	(void)gmtime_r(&at, &tm);
	minute_text(&tm, out);
}

/*
 * The local minute at which a time is over, which a rule's until compares with: in the hour that
 * comes twice local time stands (moment.h), so the first minute after it that holds off so long.
 */
static void
end_minute(int64_t unix_s, char out[CHOICE_MINUTE])
{
	int64_t end = (unix_s + 59) / 60 * 60, there = moment_of(end).local, behind = moment_of(end - 1).local + 1;

	choice_local_minute(there > behind ? there : behind, out);
}

static void
add(char *out, size_t size, const char *a, const char *b)
{
	size_t used = strlen(out);

	(void)snprintf(out + used, size - used, "%s%s", a, b);
}

static void
add_direction(const struct choice *c, char *out, size_t size)
{
	if (c->directions == 1u << DIRECTION_OUT)
		add(out, size, " out", "");
	else if (c->directions == 1u << DIRECTION_IN)
		add(out, size, " in", "");
}

static void
add_net(const struct net *n, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN], prefix[8];

	if (inet_ntop(n->family == 4 ? AF_INET : AF_INET6, n->address, address, sizeof address) == NULL)
		address[0] = '\0';
	(void)snprintf(prefix, sizeof prefix, "/%u", n->prefix);
	add(out, size, " net ", address);
	add(out, size, prefix, "");
}

static void
add_scopes(uint8_t scopes, char *out, size_t size)
{
	add(out, size, " scope {", "");
	for (const struct word *w = scope_words; w->word != NULL; w++)
		if ((w->value & (w->value - 1)) == 0 && (scopes & w->value))
			add(out, size, " ", w->word);
	add(out, size, " }", "");
}

/* One port, or a whole protocol. */
static void
add_keys(const struct keys *k, char *out, size_t size)
{
	char proto[8], port[8];
	const char *word = word_name(protocol_words, (k->low >> 16) + 1);

	(void)snprintf(proto, sizeof proto, "%u", k->low >> 16);
	(void)snprintf(port, sizeof port, "/%u", k->low & 0xffff);
	if (word[0] == '?')
		word = proto;
	add(out, size, k->low == k->high ? " port " : " protocol ", word);
	if (k->low == k->high)
		add(out, size, port, "");
}

static void
add_file(const struct file_id *f, char *out, size_t size)
{
	char numbers[64];

	(void)snprintf(numbers, sizeof numbers, "%" PRIu64 ":%" PRIu64 ":%" PRIu64, f->dev, f->ino, f->ctime_ns);
	add(out, size, " file ", numbers);
}

static void
add_rule(const struct choice *c, char *out, size_t size)
{
	char minute[CHOICE_MINUTE];

	add(out, size, c->action == RULE_ALLOW ? "allow" : c->action == RULE_DENY ? "deny" : "ask", "");
	add_direction(c, out, size);
	if (c->target == TARGET_NAME)
		add(out, size, c->zone ? " domain ." : " domain ", c->name);
	else if (c->target == TARGET_NET)
		add_net(&c->net, out, size);
	else if (c->target == TARGET_SCOPE)
		add_scopes(c->scopes, out, size);
	if (c->keyed)
		add_keys(&c->keys, out, size);
	if (c->life == LIFE_TIME) {
		end_minute(c->until_s, minute);
		add(out, size, " until ", minute);
	}
	if (c->filed)
		add_file(&c->file, out, size);
}

void
choice_words(const struct choice *c, char out[CHOICE_LINE_MOST])
{
	struct choice always = *c;

	always.life = LIFE_ALWAYS;
	always.filed = false;
	out[0] = '\0';
	add_rule(&always, out, CHOICE_LINE_MOST);
}

void
choice_line(const struct choice *c, const char *why, int64_t now_s, char out[CHOICE_LINE_MOST])
{
	char because[CHOICE_WHY_MOST + 1], who[16], when[CHOICE_MINUTE];
	size_t len = strnlen(why, CHOICE_WHY_MOST);

	memcpy(because, why, len);
	len = text_printable(because, len, false);
	because[len] = '\0';
	choice_minute(now_s, when);
	(void)snprintf(who, sizeof who, "%u", c->by);
	out[0] = '\0';
	add_rule(c, out, CHOICE_LINE_MOST);
	add(out, CHOICE_LINE_MOST, " " MARK, who);
	add(out, CHOICE_LINE_MOST, ", ", when);
	if (len > 0)
		add(out, CHOICE_LINE_MOST, ": ", because);
}

int
choice_quote(const char *text, char *out, size_t size)
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		unsigned char b = (unsigned char)*text;
		int n = b == '"' || b == '\\' ? snprintf(out + used, size - used, "\\%c", b) :
		    b < 0x20 || b > 0x7e ? snprintf(out + used, size - used, "\\x%02x", b) :
		    snprintf(out + used, size - used, "%c", b);

		used += (size_t)n;
		if (used >= size)
			return -1;
	}
	out[used] = '\0';
	return 0;
}

/* --- reading what was written --- */

/* The next word; false at the comment or the line's end. */
static bool
next_word(const char **at, const char *end, char word[CHOICE_LINE_MOST])
{
	size_t n = 0;

	while (*at < end && (**at == ' ' || **at == '\t' || **at == '{' || **at == '}'))
		(*at)++;
	while (*at < end && strchr(" \t\r{}#;\"", **at) == NULL && n < CHOICE_LINE_MOST - 1)
		word[n++] = *(*at)++;
	word[n] = '\0';
	return n > 0;
}

static bool
read_net(const char *word, struct net *n)
{
	char copy[INET6_ADDRSTRLEN + 8], *slash;
	unsigned prefix;

	(void)snprintf(copy, sizeof copy, "%s", word);
	if ((slash = strchr(copy, '/')) == NULL || sscanf(slash, "/%3u", &prefix) != 1)
		return false;
	*slash = '\0';
	n->family = strchr(copy, ':') == NULL ? 4 : 6;
	n->prefix = (uint8_t)prefix;
	return prefix <= (n->family == 4 ? 32 : 128) &&
	    inet_pton(n->family == 4 ? AF_INET : AF_INET6, copy, n->address) == 1;
}

static bool
read_keys(const char *word, bool port, struct choice *c)
{
	char proto[16];
	unsigned number = 0, value;

	if (sscanf(word, "%15[a-z0-9]/%5u", proto, &number) != (port ? 2 : 1) || number > 0xffff)
		return false;
	value = word_value(protocol_words, proto);
	if (value == 0 && sscanf(proto, "%3u", &value) == 1)
		value++;
	if (value == 0 || value > 256)
		return false;
	c->keyed = true;
	c->keys.low = KEY(value - 1, number);
	c->keys.high = port ? c->keys.low : KEY(value - 1, 0xffff);
	return true;
}

static bool
read_name(const char *word, struct choice *c)
{
	c->target = TARGET_NAME;
	c->zone = word[0] == '.';
	if (strlen(word) > DOMAIN_MOST)
		return false;
	(void)snprintf(c->name, sizeof c->name, "%s", word + c->zone);
	return true;
}

/* One more match: keyword, then its value. */
static bool
read_match(const char *keyword, const char *word, struct choice *c, char minute[CHOICE_MINUTE])
{
	if (strcmp(keyword, "domain") == 0)
		return read_name(word, c);
	if (strcmp(keyword, "net") == 0) {
		c->target = TARGET_NET;
		return read_net(word, &c->net);
	}
	if (strcmp(keyword, "port") == 0 || strcmp(keyword, "protocol") == 0)
		return read_keys(word, keyword[1] == 'o', c);
	if (strcmp(keyword, "file") == 0)
		return true;		/* whichever: choice_covers() */
	if (strcmp(keyword, "until") != 0 || strlen(word) != CHOICE_MINUTE - 1)
		return false;
	memcpy(minute, word, CHOICE_MINUTE);
	return true;
}

static bool
read_scopes(const char **at, const char *end, struct choice *c)
{
	char word[CHOICE_LINE_MOST];
	const char *before = *at;
	unsigned scope;

	c->target = TARGET_SCOPE;
	while (next_word(at, end, word) && (scope = word_value(scope_words, word)) != 0) {
		c->scopes |= (uint8_t)scope;
		before = *at;
	}
	*at = before;
	return c->scopes != 0;
}

/* False: the line was not written here, or was changed since. minute: "" without until. */
static bool
read_line(const char *from, const char *end, struct choice *c, char minute[CHOICE_MINUTE])
{
	char keyword[CHOICE_LINE_MOST], word[CHOICE_LINE_MOST];
	size_t mark = strlen(MARK);

	*c = (struct choice){ .target = TARGET_PROGRAM, .directions = 1u << DIRECTION_OUT | 1u << DIRECTION_IN };
	minute[0] = '\0';
	if (!next_word(&from, end, keyword) || (strcmp(keyword, "allow") != 0 && strcmp(keyword, "deny") != 0 &&
	    strcmp(keyword, "ask") != 0))
		return false;
	while (next_word(&from, end, keyword)) {
		if (strcmp(keyword, "out") == 0 || strcmp(keyword, "in") == 0)
			c->directions = (uint8_t)(1u << (keyword[0] == 'o' ? DIRECTION_OUT : DIRECTION_IN));
		else if (strcmp(keyword, "scope") == 0 ? !read_scopes(&from, end, c) :
		    !next_word(&from, end, word) || !read_match(keyword, word, c, minute))
			return false;
	}
	return (size_t)(end - from) > mark && memcmp(from, MARK, mark) == 0;
}

/* --- editing --- */

struct edit {
	const char	*text, *end;
	const struct choice *choice;
	char		 now[CHOICE_MINUTE];
	char		*out;
	size_t		 used, size;
	uint32_t	 lines;		/* of out */
	unsigned	 covered;	/* lines that went since the choice covers them */
};

static void
put(struct edit *e, const char *bytes, size_t len)
{
	if (e->used + len + 1 > e->size) {
		e->size = (e->used + len + 1) * 2;
		if ((e->out = realloc(e->out, e->size)) == NULL)
			fatal("memory for an answer");
	}
	memcpy(e->out + e->used, bytes, len);
	e->used += len;
	for (size_t i = 0; i < len; i++)
		e->lines += bytes[i] == '\n';
}

static void
put_text(struct edit *e, const char *text)
{
	put(e, text, strlen(text));
}

/* Behind the line's newline. */
static const char *
line_end(const struct edit *e, const char *from)
{
	const char *newline = memchr(from, '\n', (size_t)(e->end - from));

	return newline == NULL ? e->end : newline + 1;
}

/* Is the line, but for blanks, just this? */
static bool
line_is(const char *from, const char *end, const char *words)
{
	size_t len = strlen(words);

	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	return (size_t)(end - from) == len && memcmp(from, words, len) == 0;
}

static const char *
opening(const struct choice *c)
{
	return c->root ? "answers {" : "answers session {";
}

/* The place behind the block's first line; NULL: there is none. */
static const char *
find_block(const struct edit *e)
{
	const char *next;

	for (const char *at = e->text; at < e->end; at = next) {
		next = line_end(e, at);
		if (line_is(at, next, opening(e->choice)))
			return next;
	}
	return NULL;
}

/* The last line that is a brace alone: that of the profile. */
static const char *
find_last_brace(const struct edit *e)
{
	const char *next, *found = NULL;

	for (const char *at = e->text; at < e->end; at = next) {
		next = line_end(e, at);
		if (line_is(at, next, "}"))
			found = at;
	}
	return found;
}

/* Copies the block's lines up to its end without those that go. Returns how many written here stay. */
static unsigned
put_block(struct edit *e, const char **at)
{
	char minute[CHOICE_MINUTE];
	unsigned kept = 0;
	struct choice old;

	while (*at < e->end) {
		const char *next = line_end(e, *at);
		bool ours = read_line(*at, next, &old, minute);
		bool over = ours && minute[0] != '\0' && strcmp(minute, e->now) < 0;

		if (line_is(*at, next, "}"))
			break;
		if (!over && !(ours && choice_covers(e->choice, &old))) {
			put(e, *at, (size_t)(next - *at));
			kept += ours;
		} else if (!over)
			e->covered++;
		*at = next;
	}
	return kept;
}

static void
put_profile(struct edit *e, const char *line)
{
	const char *path = e->choice->path, *base = strrchr(path, '/');
	char quoted[4 * PATH_BYTES + 1], name[4 * 100 + 1], shown[80 + 1];

	base = base == NULL ? path : base + 1;
	(void)snprintf(shown, sizeof shown, "%.80s", base[0] == '\0' ? "program" : base);
	shown[text_printable(shown, strlen(shown), false)] = '\0';
	(void)choice_quote(path, quoted, sizeof quoted);
	(void)choice_quote(shown, name, sizeof name);
	put_text(e, HEAD "\nprofile \"");
	put_text(e, name);
	put_text(e, "\" {\n\tpath\t\"");
	put_text(e, quoted);
	put_text(e, "\"\n\t");
	put_text(e, opening(e->choice));
	put_text(e, "\n\t\t");
	put_text(e, line);
	put_text(e, "\n\t}\n}\n");
}

/* The block stands; its line becomes the first. */
static bool
put_into_block(struct edit *e, const char *at, const char *line, uint32_t *number)
{
	put(e, e->text, (size_t)(at - e->text));
	if (at[-1] != '\n')
		put_text(e, "\n");
	*number = e->lines + 1;
	put_text(e, "\t\t");
	put_text(e, line);
	put_text(e, "\n");
	if (put_block(e, &at) >= CHOICES_OF_BLOCK)
		return false;
	put(e, at, (size_t)(e->end - at));
	return true;
}

static bool
put_new_block(struct edit *e, const char *line, uint32_t *number)
{
	const char *at = find_last_brace(e);

	if (at == NULL)
		return false;
	put(e, e->text, (size_t)(at - e->text));
	*number = e->lines + 2;
	put_text(e, "\t");
	put_text(e, opening(e->choice));
	put_text(e, "\n\t\t");
	put_text(e, line);
	put_text(e, "\n\t}\n");
	put(e, at, (size_t)(e->end - at));
	return true;
}

char *
choice_insert(const char *text, size_t len, const struct choice *c, const char *why, int64_t now_s,
    size_t *out_len, uint32_t *line)
{
	struct edit e = { .text = text, .end = text + len, .choice = c };
	char written[CHOICE_LINE_MOST];
	const char *block = find_block(&e);
	bool done = true;

	choice_minute(now_s - 60, e.now);
	choice_line(c, why, now_s, written);
	if (len == 0) {
		put_profile(&e, written);
		*line = 5;
	} else if (block != NULL)
		done = put_into_block(&e, block, written, line);
	else
		done = put_new_block(&e, written, line);
	if (!done) {
		free(e.out);
		return NULL;
	}
	*out_len = e.used;
	return e.out;
}

/* Is the line one quoted text between these? */
static bool
line_quotes(const char *from, const char *end, const char *before, const char *behind)
{
	unsigned quotes = 0;

	for (const char *at = from; at < end; at++)
		quotes += *at == '"';
	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	while (end > from && end[-1] == '\n')
		end--;
	return quotes == 2 && (size_t)(end - from) >= strlen(before) + strlen(behind) &&
	    memcmp(from, before, strlen(before)) == 0 && memcmp(end - strlen(behind), behind, strlen(behind)) == 0;
}

/* Nothing but what choice_insert() writes around its lines. */
static bool
is_frame(const char *text, size_t len)
{
	const struct edit e = { .text = text, .end = text + len };
	const char *next;

	for (const char *at = text; at < e.end; at = next) {
		next = line_end(&e, at);
		if (!line_is(at, next, "") && !line_is(at, next, HEAD) && !line_is(at, next, "}") &&
		    !line_is(at, next, "answers {") && !line_is(at, next, "answers session {") &&
		    !line_quotes(at, next, "profile \"", "\" {") && !line_quotes(at, next, "path\t\"", "\""))
			return false;
	}
	return true;
}

char *
choice_remove(const char *text, size_t len, const struct choice *c, int64_t now_s, size_t *out_len, unsigned *count)
{
	struct edit e = { .text = text, .end = text + len, .choice = c };
	const char *at = find_block(&e);

	choice_minute(now_s - 60, e.now);
	put(&e, text, at == NULL ? len : (size_t)(at - text));
	if (at != NULL) {
		(void)put_block(&e, &at);
		put(&e, at, (size_t)(e.end - at));
	}
	*count = e.covered;
	*out_len = is_frame(e.out, e.used) ? 0 : e.used;
	return e.out;
}
