/*
 * Decisions by the table decide_table.txt, whose head explains its rows.
 */
/* links: @decide */
#include <arpa/inet.h>
#include <ctype.h>
#include <time.h>

#include "agents.h"
#include "framework.h"
#include "policy_make.h"
#include "registrable.h"

#define TABLE		"tests/unit/decide_table.txt"
#define TEXTS_MOST	200
#define FILES_OF_ROW	8

struct text_of_table {
	char	name[64];
	enum layer layer;
	uint32_t uid;
	char	*text;
};

static struct text_of_table texts[TEXTS_MOST];
static size_t texts_count;

static const char *const says[] = {
#define X(name, text)	#name,
	SENTENCES(X)
#undef X
};
/* What some row led to: each sentence, each verdict of a check and value of a setting at each level. */
static bool said[SAY_COUNT], judged[21][LEVEL_MAX + 1], set[SETTINGS_COUNT][LEVEL_MAX + 1][VALUE_REFUSED + 1];

static const char *const actions[] = { "?", "accept", "block", "drop", "nameserver", "tunnel" };

static struct links desk = {
	.count = 5,
	.net = {
		{ 4, 24, { 10, 0, 0, 2 }, { 10, 0, 0, 255 }, "eth0" },
		{ 6, 64, { 0xfd, 0, 0, 1, [15] = 2 }, { 0 }, "eth0" },
		{ 4, 28, { 203, 0, 113, 18 }, { 203, 0, 113, 31 }, "eth0" },
		{ 6, 64, { 0xfe, 0x80, [15] = 2 }, { 0 }, "eth0" },
		{ 4, 16, { 172, 17, 0, 1 }, { 172, 17, 255, 255 }, "docker0" },
	},
};
static struct links others;	/* the same, and what a row adds */
static const struct upstreams upstreams = { .count = 4, .offers = true, .server = { { .family = 4, .port = 53, .address = { 192, 0, 2, 53 } },
	{ .family = 4, .port = 5353, .address = { 192, 0, 2, 55 } }, { .family = 4, .port = 53, .address = { 127, 0, 0, 53 } },
	{ .family = 4, .port = 8443, .address = { 192, 0, 2, 56 }, .encrypted = true } },
	.multicasts = 2, .multicast = { { "eth0", 4, 24, { 10, 0, 0, 2 } }, { "eth0", 6, 64, { 0xfe, 0x80, [15] = 2 } } } };
static struct own own = { 2, { { 77, 7700, false }, { 78, 7800, true } }, true, &upstreams, "" };
static struct own doorless = { 2, { { 77, 7700, false }, { 78, 7800, true } }, false, &upstreams, "" };

static struct upstreams silent;	/* the same, which offer nothing */
static struct own unoffered = { 2, { { 77, 7700, false }, { 78, 7800, true } }, true, &silent, "" };

static struct geo *geo;		/* of invented data: tests/data/mmdb */

static void
geo_told_none(const char *name, const char *why)
{
	cr_assert_fail("%s: %s", name, why);
}

struct row {
	struct facts	facts;
	struct agents	agents;
	struct program	program[2 * HOLDERS_MAX];
	struct hints	hints[2 * HOLDERS_MAX];
	struct found	found[2 * HOLDERS_MAX];
	unsigned	programs;
	struct package	package;
	char		*zone;
	struct made_file files[FILES_OF_ROW];
	size_t		files_count;
	enum level	level;
	char		*name, action[16], say[40], extra[120];
	int		check;
};

static const char *
end_of_address(const char *text)
{
	return text[0] == '[' ? strchr(text, ']') : text + strcspn(text, ":");
}

/* 192.0.2.1:80 or [2001:db8::1]:80; ":type/code" for ICMP. */
static void
read_end(struct tuple *t, const char *text, uint8_t *address, uint16_t *port, int line)
{
	char copy[64];
	const char *end = end_of_address(text);
	unsigned type, code;

	cr_assert(end != NULL && end - text < 60, "line %d: address %s", line, text);
	t->family = text[0] == '[' ? 6 : 4;
	snprintf(copy, sizeof copy, "%.*s", (int)(end - text - (text[0] == '[')), text + (text[0] == '['));
	cr_assert_eq(inet_pton(t->family == 6 ? AF_INET6 : AF_INET, copy, address), 1,
	    "line %d: address %s", line, text);
	end += *end == ']';
	if (sscanf(end, ":%u/%u", &type, &code) == 2)
		*port = (uint16_t)(type << 8 | code);
	else if (*end == ':')
		*port = (uint16_t)atoi(end + 1);
}

static void
read_flags(struct program *p, const char *flag, int line)
{
	static const struct { const char *name; uint32_t set, clear; } flags[] = {
		{ "unproven", 0, PROCESS_PROVEN }, { "deleted", PROCESS_DELETED, PROCESS_PROVEN },
		{ "traced", PROCESS_TRACED, 0 }, { "notroot", 0, PROCESS_ROOT_FILE },
		{ "writable", 0, PROCESS_SAFE_MODE }, { "admin", PROCESS_ADMIN, 0 },
		{ "rootcgroup", PROCESS_ROOT_CGROUP, 0 }, { "kernel", PROCESS_KERNEL, 0 },
		{ "preload", PROCESS_PRELOAD, 0 },
		{ "ownmounts", PROCESS_OWN_MOUNTS, 0 }, { "namedcgroup", PROCESS_NAMED_CGROUP, 0 },
	};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(flags[i].name, flag) == 0) {
			p->flags = (p->flags | flags[i].set) & ~flags[i].clear;
			return;
		}
	cr_assert_fail("line %d: unknown flag %s", line, flag);
}

static struct program *
add_program(struct row *r, const char *path)
{
	struct program *p = &r->program[r->programs];

	cr_assert_lt(r->programs, sizeof r->program / sizeof r->program[0]);
	r->hints[r->programs] = (struct hints){ .read = true, .cwd = "", .arguments = "" };
	*p = (struct program){ .id = r->programs + 1, .pid = 101 + r->programs, .start = 1000, .uid = 1000,
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE, .cgroup = "",
		.command = "", .path = strdup(path), .path_len = (uint16_t)strlen(path),
		.hints = &r->hints[r->programs], .found = &r->found[r->programs] };
	r->programs++;
	return p;
}

static void
read_owner(struct facts *f, const char *word, int line)
{
	static const char *const owners[] = { "", "process", "unknown", "kernel", "nobody", "forwarded" };

	for (uint8_t i = 1; i <= OWNER_MAX; i++)
		if (strcmp(word, owners[i]) == 0) {
			f->owner = i;
			f->has_socket = i == OWNER_PROCESS || i == OWNER_UNKNOWN;
			return;
		}
	cr_assert_fail("line %d: unknown owner %s", line, word);
}

/* "arguments A,B", "cwd FOLDER", "script N:PATH[:writable|:notroot]", "parent PATH[:unproven]". */
static bool
read_hint(struct hints *h, const char *word, const char *value, int line)
{
	char *copy = strdup(value), *more = strchr(copy, ':'), *end = more == NULL ? NULL : strchr(more + 1, ':');
	const uint32_t good = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;

	if (strcmp(word, "arguments") == 0) {
		h->arguments = copy;
		h->arguments_len = (uint16_t)(strlen(copy) + 1);
		for (char *c = copy; *c != '\0'; c++)
			*c = *c == ',' ? '\0' : *c;
	} else if (strcmp(word, "cwd") == 0) {
		h->cwd = copy;
		h->cwd_len = (uint16_t)strlen(copy);
	} else if (strcmp(word, "script") == 0) {
		cr_assert(more != NULL && h->scripts < SCRIPTS_MOST, "line %d: script %s", line, value);
		if (end != NULL)
			*end++ = '\0';
		h->script[h->scripts].argument = (uint8_t)atoi(copy);
		h->script[h->scripts].flags = end == NULL ? good : strcmp(end, "writable") == 0 ?
		    PROCESS_ROOT_FILE : PROCESS_SAFE_MODE;
		h->script[h->scripts].path = more + 1;
		h->script[h->scripts++].len = (uint16_t)strlen(more + 1);
	} else if (strcmp(word, "parent") == 0) {
		if (more != NULL)
			*more = '\0';
		h->parent[h->parents].flags = more == NULL ? good | PROCESS_PROVEN : 0;
		h->parent[h->parents].pid = 50u + h->parents;
		h->parent[h->parents].path = copy;
		h->parent[h->parents++].len = (uint16_t)strlen(copy);
	} else {
		free(copy);
		return false;
	}
	return true;
}

/* The machine of this row, to be changed. */
static struct links *
links_of(struct facts *f)
{
	if (f->links == &desk)
		others = desk;
	f->links = &others;
	return &others;
}

/* ADDRESS/PREFIX@DEVICE: one more address of this machine. */
static void
read_net(struct facts *f, const char *text, int line)
{
	struct links *l = links_of(f);
	struct link_net *n = &l->net[l->count++];
	char address[50];
	unsigned prefix;

	*n = (struct link_net){ .family = strchr(text, ':') == NULL ? 4 : 6 };
	cr_assert_eq(sscanf(text, "%49[^/]/%u@%15s", address, &prefix, n->device), 3, "line %d: net %s", line, text);
	cr_assert_eq(inet_pton(n->family == 4 ? AF_INET : AF_INET6, address, n->address), 1, "line %d: net %s", line,
	    text);
	n->prefix = (uint8_t)prefix;
	for (unsigned i = 0; n->family == 4 && i < 4; i++)
		n->broadcast[i] = (uint8_t)(n->address[i] | (0xffffffffull >> prefix) >> (24 - 8 * i));
}

/* Numbers of a program. */
static bool
read_number(struct facts *f, struct program *p, const char *word, const char *value)
{
	uint32_t n = (uint32_t)strtoul(value, NULL, 10);

	if (strcmp(word, "uid") == 0) {
		p->uid = n;
		if (f->listeners > 0 && f->listener[f->listeners - 1] == p)
			f->listener_uid = n;
	} else if (strcmp(word, "pid") == 0)
		p->pid = n;
	else if (strcmp(word, "start") == 0)
		p->start = n;
	else if (strcmp(word, "fileuid") == 0)
		p->file_uid = n;
	else
		return false;
	return true;
}

/* The local time, YYYY-MM-DDTHH:MM. */
static void
read_now(struct facts *f, const char *text, int line)
{
	unsigned year, month, day, hour, minute;

	cr_assert_eq(sscanf(text, "%u-%u-%uT%u:%u", &year, &month, &day, &hour, &minute), 5, "line %d: time", line);
	minute += hour * 60;
	f->now = (struct moment){ .unix_s = 1, .local = moment_local(year, month, day, minute),
		.minute = (uint16_t)minute };
	f->now.weekday = (uint8_t)((f->now.local / DAY_MINUTES + 3) % 7);
}

/* A word with a value; returns whether it took one. */
static bool
read_pair(struct row *r, struct program **p, const char *word, const char *value, int line)
{
	struct facts *f = &r->facts;
	uintmax_t file[3];

	if (strcmp(word, "by") == 0 || strcmp(word, "and") == 0) {
		*p = add_program(r, value);
		f->holder[f->holders++] = *p;
		f->owner = f->direction == DIRECTION_FORWARD ? OWNER_FORWARDED : OWNER_PROCESS;
		f->has_socket = true;
	} else if (strcmp(word, "listener") == 0) {
		*p = add_program(r, value);
		f->has_listener = true;
		f->listener[f->listeners++] = *p;
	} else if (strcmp(word, "name") == 0) {
		r->name = strdup(value);
		facts_set_name(f, r->name, (uint16_t)strlen(value));
	} else if (strcmp(word, "agent") == 0) {
		f->agents = &r->agents;
		(void)agents_add(&r->agents, (uint32_t)atoi(value));
	} else if (strcmp(word, "listens") == 0) {
		f->has_listener = true;
		f->listener_uid = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(word, "net") == 0)
		read_net(f, value, line);
	else if (strcmp(word, "flag") == 0)
		read_flags(*p, value, line);
	else if (strcmp(word, "cgroup") == 0) {
		(*p)->cgroup = strdup(value);
		(*p)->cgroup_len = (uint16_t)strlen(value);
	} else if (strcmp(word, "roots") == 0) {
		(*p)->cgroup_root = (uint16_t)strlen(value);
	} else if (strcmp(word, "file") == 0) {
		cr_assert_eq(sscanf(value, "%ju:%ju:%ju", &file[0], &file[1], &file[2]), 3, "line %d: file", line);
		(*p)->dev = file[0];
		(*p)->ino = file[1];
		(*p)->ctime_ns = (int64_t)file[2];
	} else if (strcmp(word, "inspection") == 0)
		f->inspection = strcmp(value, "more") == 0 ? INSPECTION_MORE : strcmp(value, "blocks") == 0 ?
		    INSPECTION_BLOCKS : INSPECTION_DROPS;
	else if (strcmp(word, "now") == 0)
		read_now(f, value, line);
	else if (strcmp(word, "network") == 0)
		f->network = strdup(value);
	else if (strcmp(word, "package") == 0) {
		r->package.zone[0] = r->zone = strdup(value);
		f->package[f->holders - 1] = &r->package;
	} else if (strcmp(word, "listed") == 0)
		f->listed |= UINT64_C(1) << atoi(value);
	else if (strcmp(word, "owner") == 0)
		read_owner(f, value, line);
	else if (strcmp(word, "device") == 0)
		snprintf(f->device, sizeof f->device, "%s", value);
	else
		return *p != NULL && (read_number(f, *p, word, value) ||
		    read_hint(&r->hints[*p - r->program], word, value, line));
	return true;
}

static void
read_word(struct row *r, struct program *p, const char *word, int line)
{
	struct facts *f = &r->facts;

	if (strcmp(word, "existed") == 0)
		f->existed = true;
	else if (strcmp(word, "machine") == 0)
		f->machine_made = true;
	else if (strcmp(word, "odd") == 0)
		f->odd_names = true;
	else if (strcmp(word, "attacker") == 0)
		f->attacker = true;
	else if (strcmp(word, "again") == 0)
		f->again = true;
	else if (strcmp(word, "letonce") == 0)
		f->let_once = true;
	else if (strcmp(word, "supposed") == 0)
		f->suppose = true;
	else if (strcmp(word, "socket") == 0)
		f->has_socket = true;
	else if (strcmp(word, "geo") == 0)
		f->geo = geo;
	else if (strcmp(word, "anylistener") == 0)
		f->has_listener = f->listener_unknown = true;
	else if (strcmp(word, "alone") == 0)
		f->alone = true;
	else if (strcmp(word, "middle") == 0)
		f->middle = true;
	else if (strcmp(word, "more") == 0)
		links_of(f)->more = true;
	else if (strcmp(word, "nodoors") == 0)
		f->own = &doorless;
	else if (strcmp(word, "nooffers") == 0)
		f->own = &unoffered;
	else if (strcmp(word, "nosocket") == 0)
		f->has_socket = false;
	else if (strcmp(word, "unread") == 0)
		r->hints[p - r->program].read = false;
	else if (strcmp(word, "nosuite") == 0)
		f->own = NULL;
	else if (strcmp(word, "resolver") == 0) {
		p->pid = 78;
		p->start = 7800;
	} else if (strcmp(word, "itslistener") == 0) {
		static const struct program resolver = { .id = 78, .pid = 78, .start = 7800,
			.path = "/usr/libexec/bulwark/resolverd", .path_len = 30 };

		f->has_listener = true;
		f->listeners = 1;
		f->listener[0] = &resolver;
	} else if (strcmp(word, "sent") == 0)
		f->sent_here = true;
	else if (strcmp(word, "answers") == 0)
		f->answers_query = true;
	else if (strcmp(word, "own") == 0) {
		p->pid = 77;
		p->start = 7700;
	} else
		cr_assert_fail("line %d: unknown word %s", line, word);
}

static uint8_t
read_proto(const char *word, int line)
{
	static const struct { const char *name; uint8_t proto; } protos[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmp6", 58 }, { "igmp", 2 },
		{ "sctp", 132 }, { "gre", 47 },
	};

	for (size_t i = 0; i < sizeof protos / sizeof protos[0]; i++)
		if (strcmp(protos[i].name, word) == 0)
			return protos[i].proto;
	cr_assert_fail("line %d: protocol %s", line, word);
	return 0;
}

static void
read_words(struct row *r, char *text, int line)
{
	struct program *p = NULL;
	char *save, *next;

	for (char *word = strtok_r(text, " \t", &save); word != NULL; word = next) {
		next = strtok_r(NULL, " \t", &save);
		if (next != NULL && read_pair(r, &p, word, next, line))
			next = strtok_r(NULL, " \t", &save);
		else
			read_word(r, p, word, line);
	}
}

/* NAME, then words; "." is the root. */
static void
read_question(struct row *r, char *text, int line)
{
	size_t len = strcspn(text, " \t");

	r->facts.question = true;
	r->facts.qtype = 1;
	r->facts.owner = OWNER_UNKNOWN;
	if (len != 1 || text[0] != '.') {
		r->name = strndup(text, len);
		facts_set_name(&r->facts, r->name, (uint16_t)len);
	}
	read_words(r, text + len, line);
}

/* ADDRESS, then words. */
static void
read_reach(struct row *r, char *text, int line)
{
	struct facts *f = &r->facts;
	size_t len = strcspn(text, " \t");
	uint16_t none;

	f->reach = true;
	f->direction = DIRECTION_OUT;
	f->owner = OWNER_UNKNOWN;
	text[len] = '\0';
	read_end(&f->tuple, text, f->tuple.dst, &none, line);
	read_words(r, text + len + 1, line);
}

static void
read_facts(struct row *r, char *text, int line)
{
	static const char *const directions[] = { "", "out", "in", "forward" };
	struct facts *f = &r->facts;
	char *save, *word = strtok_r(text, " \t", &save), *target;
	bool src = false;

	f->links = &desk;
	f->own = &own;
	silent = upstreams;
	silent.offers = false;
	if (strcmp(word, "ask") == 0) {
		read_question(r, strtok_r(NULL, "", &save), line);
		return;
	}
	if (strcmp(word, "reach") == 0) {
		read_reach(r, strtok_r(NULL, "", &save), line);
		return;
	}
	for (f->direction = 1; strcmp(directions[f->direction], word) != 0; f->direction++)
		cr_assert_lt(f->direction, 3, "line %d: direction %s", line, word);
	f->tuple.proto = read_proto(strtok_r(NULL, " \t", &save), line);
	f->owner = f->direction == DIRECTION_FORWARD ? OWNER_FORWARDED : OWNER_UNKNOWN;
	f->tuple.sport = 40000;
	target = strtok_r(NULL, " \t", &save);
	if (strncmp(save, "> ", 2) == 0) {
		read_end(&f->tuple, target, f->tuple.src, &f->tuple.sport, line);
		(void)strtok_r(NULL, " \t", &save);
		target = strtok_r(NULL, " \t", &save);
		src = true;
	}
	read_end(&f->tuple, target, f->tuple.dst, &f->tuple.dport, line);
	if (f->tuple.proto == 1 || f->tuple.proto == 58 || f->tuple.proto == 2)
		f->tuple.sport = 0;
	if (!src)
		memcpy(f->tuple.src, desk.net[f->tuple.family == 4 ? 0 : 1].address, 16);
	strcpy(f->device, "eth0");
	read_words(r, save, line);
}

static void
read_row(struct row *r, char *text, int line)
{
	char *bar = strchr(text, '|'), *bar2 = bar == NULL ? NULL : strchr(bar + 1, '|'), *arrow, *save;
	char level[16];

	cr_assert(bar != NULL && bar2 != NULL, "line %d: no bars", line);
	arrow = strstr(bar2, "->");
	cr_assert(arrow != NULL, "line %d: no arrow", line);
	*bar = *bar2 = *arrow = '\0';
	read_facts(r, text, line);
	for (char *w = strtok_r(bar + 1, " \t", &save); w != NULL; w = strtok_r(NULL, " \t", &save)) {
		size_t i = 0;

		while (i < texts_count && strcmp(texts[i].name, w) != 0)
			i++;
		cr_assert_lt(i, texts_count, "line %d: no text %s", line, w);
		r->files[r->files_count++] = (struct made_file){ texts[i].layer, texts[i].uid,
			texts[i].name, texts[i].text };
	}
	cr_assert_eq(sscanf(bar2 + 1, "%15s", level), 1);
	r->level = word_value(level_words, level);
	cr_assert_neq(r->level, 0, "line %d: level", line);
	cr_assert_geq(sscanf(arrow + 2, "%15s %d %39s %119[^\n]", r->action, &r->check, r->say, r->extra),
	    3, "line %d: expectation", line);
}

/* Did a check on the way say it? */
static bool
went_by(const struct decision *d, const char *say)
{
	for (unsigned i = 0; i < d->steps; i++)
		if (strcmp(says[d->step[i].say], say) == 0)
			return true;
	return false;
}

/* NAME=VALUE of the setting that stated the verdict. */
static bool
setting_is(const struct step *s, const char *text)
{
	char is[80];

	if (s->setting == 0)
		return false;
	snprintf(is, sizeof is, "%s=%s", setting_infos[s->setting >> 8 & 0x7f].name,
	    word_name(value_words, s->setting & 15));
	return strcmp(is, text) == 0;
}

/* Words that have one after them. */
static bool
pair_holds(const struct decision *d, const char *word, const char *value)
{
	if (strcmp(word, "via") == 0)
		return went_by(d, value);
	if (strcmp(word, "not") == 0)
		return !went_by(d, value);
	if (strcmp(word, "set") == 0)
		return setting_is(decision_reason(d), value);
	return d->holder == strtoul(value, NULL, 10);
}

/* FILE:LINE of the verdict. */
static bool
where_is(const struct step *s, const char *text)
{
	char at[100];

	snprintf(at, sizeof at, "%s:%u", s->where.file == NULL ? "-" : s->where.file->shown, s->where.line);
	return strcmp(text, at) == 0;
}

static bool
word_holds(const struct decision *d, const char *word)
{
	const struct { const char *word; bool holds; } words[] = {
		{ "once", !d->permanent && d->grant == GRANT_NONE }, { "permanent", d->permanent },
		{ "grant", d->grant != GRANT_NONE }, { "nogrant", d->grant == GRANT_NONE },
		{ "toprogram", d->grant == GRANT_PROGRAM }, { "toprocess", d->grant == GRANT_PROCESS }, { "ask", d->ask }, { "noask", !d->ask },
		{ "atonce", d->at_once }, { "notatonce", !d->at_once },
		{ "sift", d->by_address }, { "nosift", !d->by_address }, { "alarm", d->alarm },
		{ "noalarm", !d->alarm }, { "named", d->named }, { "unnamed", !d->named },
		{ "nobody", decision_reason(d)->asked == ASKED_NOBODY }, { "lasting", d->vouched },
		{ "somebody", decision_reason(d)->asked == ASKED_WAITS }, { "unlasting", !d->vouched },
		{ "changed", decision_reason(d)->changed }, { "unchanged", !decision_reason(d)->changed },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].holds;
	if (strncmp(word, "lists=", 6) == 0)
		return d->lists == strtoull(word + 6, NULL, 16);
	return where_is(decision_reason(d), word);
}

/* Words after the sentence. */
static bool
extra_holds(const struct row *r, const struct decision *d)
{
	static const char *const pairs[] = { "via", "not", "set", "holder" };
	char copy[120], *save, *word, *value;
	bool good = true;

	snprintf(copy, sizeof copy, "%s", r->extra);
	for (word = strtok_r(copy, " \t", &save); word != NULL; word = strtok_r(NULL, " \t", &save)) {
		value = NULL;
		for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
			if (strcmp(word, pairs[i]) == 0)
				value = strtok_r(NULL, " \t", &save);
		good &= value != NULL ? pair_holds(d, word, value) : word_holds(d, word);
	}
	return good;
}

static void
note_steps(const struct decision *d, enum level level)
{
	for (unsigned i = 0; i < d->steps; i++) {
		const struct step *s = &d->step[i];

		said[s->say] = true;
		judged[s->check][level] |= s->action != 0;
		if (s->setting != 0)
			set[s->setting >> 8 & 0x7f][s->setting >> 4 & 15][s->setting & 15] = true;
	}
}

static bool
row_holds(char *text, int line)
{
	struct row r = { .programs = 0 };
	struct decision d;
	struct policy *p;
	char *copy = strdup(text);
	bool good;

	read_row(&r, copy, line);
	p = policy_make(r.files, r.files_count);
	for (unsigned i = 0; i < r.programs; i++)
		framework_search(p, &r.program[i], &r.found[i], NULL, NULL);
	decide(&r.facts, p, r.level, &d);
	note_steps(&d, r.level);
	good = strcmp(actions[d.action], r.action) == 0 && decision_reason(&d)->check == r.check &&
	    strcmp(says[decision_reason(&d)->say], r.say) == 0 && extra_holds(&r, &d);
	cr_expect(good, "%s:%d: %s    is %s %d %s at %s:%u permanent %d grant %d ask %d lists %jx", TABLE, line, text,
	    actions[d.action], decision_reason(&d)->check, says[decision_reason(&d)->say],
	    decision_reason(&d)->where.file == NULL ? "-" : decision_reason(&d)->where.file->shown,
	    decision_reason(&d)->where.line, d.permanent, d.grant, d.ask, (uintmax_t)d.lists);
	policy_free(p);
	for (unsigned i = 0; i < r.programs; i++) {
		free((char *)(uintptr_t)r.program[i].path);
		if (r.program[i].cgroup_len > 0)
			free((char *)(uintptr_t)r.program[i].cgroup);
	}
	free(r.name);
	free(r.zone);
	free((char *)(uintptr_t)r.facts.network);
	free(copy);
	return good;
}

/* "= vendor NAME", "= admin NAME", "= user UID NAME", "= conf NAME", up to a line "=". */
static void
read_text(FILE *in, const char *head, int *line)
{
	struct text_of_table *t = &texts[texts_count++];
	char layer[16], buffer[600];
	size_t len = 0;
	FILE *out = open_memstream(&t->text, &len);

	if (sscanf(head, "= user %u %63s", &t->uid, t->name) == 2)
		t->layer = LAYER_USER;
	else {
		cr_assert_eq(sscanf(head, "= %15s %63s", layer, t->name), 2, "line %d", *line);
		t->layer = strcmp(layer, "vendor") == 0 ? LAYER_VENDOR : strcmp(layer, "admin") == 0 ?
		    LAYER_ADMIN : LAYER_BUILTIN;
	}
	while (fgets(buffer, sizeof buffer, in) != NULL && ++*line && strcmp(buffer, "=\n") != 0)
		fputs(buffer, out);
	fclose(out);
}

/* The others are the resolver's, whose answers no decision is; of those for lists rows say which count. */
static bool
is_judged(int setting)
{
	return setting <= SETTING_TUNNEL || setting == SETTING_DNS_BYPASS || setting == SETTING_LOCAL_DISCOVERY ||
	    setting == SETTING_MACHINE_NAMES;
}

/* Nothing that decide() can say is without a row. */
static void
all_noted(void)
{
	for (int say = 0; say < SAY_COUNT; say++)
		cr_expect(said[say] || say == SAY_UNJUDGED, "no row leads to %s", says[say]);
	for (int check = 0; check <= 20; check++)
		for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++)
			cr_expect(judged[check][l] || check == 5,
			    "no row has a verdict of check %d at level %d", check, l);
	for (int i = 0; i < SETTINGS_COUNT; i++)
		for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++)
			for (int v = 0; v <= VALUE_REFUSED; v++)
				cr_expect(set[i][l][v] || !is_judged(i) || !(setting_infos[i].values & 1u << v) ||
				    !setting_infos[i].ordered || (setting_infos[i].locked && l == LEVEL_FORTRESS &&
				    v < setting_infos[i].builtin[l]), "no row for setting %s %s at level %d",
				    setting_infos[i].name, word_name(value_words, (unsigned)v), l);
}

Test(decide, table)
{
	FILE *in = fopen(TABLE, "r");
	char text[600];
	int line = 0, rows = 0, wrong = 0;

	cr_assert_not_null(in, "run from the top folder");
	geo = geo_new("tests/data/geo");
	geo_want(geo, true, true);
	cr_assert(geo_look(geo, geo_told_none) && geo_look(geo, geo_told_none));
	while (fgets(text, sizeof text, in) != NULL) {
		line++;
		if (text[0] == '#' || text[0] == '\n')
			continue;
		if (text[0] == '=') {
			read_text(in, text, &line);
			continue;
		}
		rows++;
		wrong += !row_holds(text, line);
	}
	fclose(in);
	geo_free(geo);
	for (size_t i = 0; i < texts_count; i++)
		free(texts[i].text);
	cr_assert_eq(wrong, 0, "%d of %d rows are wrong", wrong, rows);
	cr_assert_gt(rows, 100);
	all_noted();
}

/* Rules by domain, global ones and a list of domains, each as long as may be: 5 us a decision at most. */
Test(decide, ten_thousand_rules_by_domain)
{
	struct program p = { .id = 1, .pid = 100, .start = 1, .uid = 1000, .path = "/bin/p", .path_len = 6,
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	struct facts f = { .tuple = { .family = 4, .proto = 6, .sport = 40000, .dport = 443, .src = { 10, 0, 0, 2 },
		.dst = { 192, 0, 2, 7 } }, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true,
		.holders = 1, .holder = { &p }, .links = &desk, .own = &own, .device = "eth0" };
	struct made_file files[2] = { { LAYER_VENDOR, 0, "p", NULL }, { LAYER_BUILTIN, 0, "conf", NULL } };
	const int rounds = 100000;
	struct timespec from, to;
	struct policy *policy;
	double us;

	for (unsigned i = 0; i < 2; i++) {
		size_t len;
		FILE *out = open_memstream((char **)(uintptr_t)&files[i].text, &len);

		fprintf(out, i == 0 ? "profile \"p\" {\npath \"/bin/p\"\nflags internet\nrules {\n" : "rules {\n");
		for (unsigned k = 0; k < RULES_MOST; k++)
			fprintf(out, "deny domain %sn%u.%s.example\n", k % 2 ? "." : "", k, i == 0 ? "p" : "conf");
		for (unsigned k = 0; i == 0 && k < RULES_MOST; k++)
			fprintf(out, "%sn%u.listed.example ", k == 0 ? "}\ndomains { " : "", k);
		fprintf(out, i == 0 ? "}\n}\n" : "}\nset nameserver { dynamic on }\n");
		fclose(out);
	}
	policy = policy_make(files, 2);
	cr_assert_eq(policy->broken_files, 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (int i = 0; i < rounds; i++) {
		static const char *const zones[] = { "p", "conf", "listed" };
		struct decision d;
		char name[40];

		f.name_len = (uint16_t)snprintf(name, sizeof name, "n%d.%s.example", i % RULES_MOST, zones[i % 3]);
		f.name = name;
		f.question = i % 2;
		decide(&f, policy, LEVEL_DYNAMIC, &d);
		cr_assert_eq(d.action, i % 3 == 2 ? ACTION_ACCEPT : ACTION_BLOCK, "%s", name);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / rounds;
#ifdef BULWARK_ASAN
	us /= 10;
#endif
	cr_expect_lt(us, 5, "%.2f us a decision", us);
	policy_free(policy);
	free((char *)(uintptr_t)files[0].text);
	free((char *)(uintptr_t)files[1].text);
}

/* Rules by country and AS, as many as may be, of a profile and of all: 5 us a decision at most, with each address looked up. */
Test(decide, ten_thousand_rules_by_place)
{
	struct program p = { .id = 1, .pid = 100, .start = 1, .uid = 1000, .path = "/bin/p", .path_len = 6,
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	struct facts f = { .tuple = { .family = 4, .proto = 6, .sport = 40000, .dport = 443, .src = { 10, 0, 0, 2 } },
		.direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true, .holders = 1, .holder = { &p },
		.links = &desk, .own = &own, .device = "eth0" };
	static const char *const countries[] = { "ch", "de", "fr", "it", "at", "se" };
	static const uint8_t addresses[3][4] = { { 89, 160, 20, 113 }, { 2, 125, 160, 216 }, { 1, 128, 0, 1 } };
	struct made_file files[2] = { { LAYER_VENDOR, 0, "p", NULL }, { LAYER_BUILTIN, 0, "conf", NULL } };
	const int rounds = 100000;
	struct timespec from, to;
	struct policy *policy;
	double us;

	for (unsigned i = 0; i < 2; i++) {
		size_t len;
		FILE *out = open_memstream((char **)(uintptr_t)&files[i].text, &len);

		fprintf(out, i == 0 ? "profile \"p\" {\npath \"/bin/p\"\nflags internet directconnect\nrules {\n" : "rules {\n");
		for (unsigned k = 0; k + 1 < RULES_MOST; k++)
			if (k % 2)
				fprintf(out, "allow as %u port tcp/443\n", 100000 + k);
			else
				fprintf(out, "allow country %s port tcp/%u\n", countries[k / 2 % 6], 1000 + k / 2);
		fprintf(out, i == 0 ? "allow as 1221\n}\n}\n" : "allow country gb\n}\n");
		fclose(out);
	}
	policy = policy_make(files, 2);
	cr_assert_eq(policy->broken_files, 0);
	geo = geo_new("tests/data/geo");
	geo_want(geo, true, true);
	cr_assert(geo_look(geo, geo_told_none) && geo_look(geo, geo_told_none));
	f.geo = geo;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (int i = 0; i < rounds; i++) {
		static const enum say said_of[] = { SAY_DEFAULT_PERMITS, SAY_GLOBAL_ALLOWS, SAY_RULE_ALLOWS };
		struct decision d;

		memcpy(f.tuple.dst, addresses[i % 3], 4);
		decide(&f, policy, LEVEL_DYNAMIC, &d);
		cr_assert_eq(decision_reason(&d)->say, said_of[i % 3], "%d", i);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / rounds;
#ifdef BULWARK_ASAN
	us /= 10;
#endif
	cr_expect_lt(us, 5, "%.2f us a decision", us);
	policy_free(policy);
	geo_free(geo);
	free((char *)(uintptr_t)files[0].text);
	free((char *)(uintptr_t)files[1].text);
}

/* Microseconds a decision for a strict program with so many domains, and as many lists and ignored tags as may be. */
static double
strict_us(int vendors)
{
	struct program p = { .id = 1, .pid = 100, .start = 1, .uid = 1000, .path = "/bin/p", .path_len = 6,
		.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE };
	static const struct package package = { "p", { "other.example", "another.example" } };
	struct facts f = { .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .has_socket = true, .holders = 1,
		.holder = { &p }, .package = { &package }, .question = true, .qtype = 1, .links = &desk, .own = &own };
	struct made_file files[2] = { { LAYER_VENDOR, 0, "p", NULL }, { LAYER_BUILTIN, 0, "conf", NULL } };
	const int rounds = 100000;
	struct timespec from, to;
	struct policy *policy;
	double us;

	for (unsigned i = 0; i < 2; i++) {
		size_t len;
		FILE *out = open_memstream((char **)(uintptr_t)&files[i].text, &len);

		if (i == 0) {
			fprintf(out, "profile \"p\" {\npath \"/bin/p\"\nflags internet strict\nignore-lists {");
			for (int k = 0; k < IGNORED_MOST; k++)
				fprintf(out, " tag-%d", 40 + k);
			fprintf(out, " }\nvendor-domains {\n");
			for (int k = 0; k < vendors; k++)
				fprintf(out, "www.vendor%d.co.uk\n", k);
			fprintf(out, "}\n}\n");
		}
		for (int k = 0; i == 1 && k < LISTS_MOST; k++)
			fprintf(out, "list \"l%d\" file \"/etc/bulwark/l%d\" tag tag-%d\n", k, k, k);
		fclose(out);
	}
	policy = policy_make(files, 2);
	cr_assert_eq(policy->broken_files, 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (int i = 0; i < rounds; i++) {
		struct decision d;
		char name[60];

		f.name_len = (uint16_t)snprintf(name, sizeof name, "x.y.vendor%d.co.uk", i % (2 * vendors));
		facts_set_name(&f, name, f.name_len);
		decide(&f, policy, LEVEL_SECURE, &d);
		cr_assert_eq(d.action, i % (2 * vendors) < vendors ? ACTION_ACCEPT : ACTION_BLOCK, "%s", name);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / rounds;
	policy_free(policy);
	free((char *)(uintptr_t)files[0].text);
	free((char *)(uintptr_t)files[1].text);
	return us;
}

/* A thousand times as many domains cost a few misses of the cache: a ratio, for processors differ. */
Test(decide, strict_with_all_lists)
{
	double	few = strict_us(40), most = strict_us(40000);

	cr_log_info("%.2f us, %.2f us", few, most);
	cr_expect_lt(most, 3 * few, "%.2f us a decision, %.2f us with a thousandth of the domains", most, few);
}
