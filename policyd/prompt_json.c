/*
 * See prompt_json.h. Paths and commands are bytes that hostile programs chose.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "prompt_json.h"
#include "text.h"

static void
set(json_t *o, const char *key, json_t *value)
{
	(void)json_object_set_new(o, key, value);
}

/* As text, and if that loses anything also whole, in hex, as KEY_bytes. */
static void
set_bytes(json_t *o, const char *key, const char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char text[PATH_BYTES + 1], hex[2 * PATH_BYTES + 1], name[32];
	size_t n;

	if (len > PATH_BYTES)
		len = PATH_BYTES;
	memcpy(text, bytes, len);
	n = text_printable(text, len, false);
	set(o, key, json_stringn(text, n));
	if (n == len && memcmp(text, bytes, len) == 0)
		return;
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[(unsigned char)bytes[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)bytes[i] & 15];
	}
	(void)snprintf(name, sizeof name, "%s_bytes", key);
	set(o, name, json_stringn(hex, 2 * len));
}

static void
set_time(json_t *o, int64_t us)
{
	char text[40], second[24];
	time_t s = (time_t)(us / 1000000);
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };

	(void)gmtime_r(&s, &tm);
	(void)strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text, sizeof text, "%s.%06lldZ", second, (long long)(us % 1000000));
	set(o, "time", json_string(text));
	set(o, "time_us", json_integer(us));
}

static void
set_id(json_t *o, uint64_t id)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)id);
	set(o, "id", json_string(text));
}

static void
set_program(json_t *o, const struct prompt *p)
{
	set(o, "uid", json_integer(p->about.uid));
	set(o, "pid", json_integer(p->pid));
	set_bytes(o, "path", p->about.path, strlen(p->about.path));
	set_bytes(o, "command", p->command, p->command_len);
	set(o, "known", json_boolean(p->vouched));
	if (p->parent_len > 0)
		set_bytes(o, "parent", p->parent, p->parent_len);
}

static void
set_address(json_t *o, uint8_t family, const uint8_t address[16])
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family == 4 ? AF_INET : AF_INET6, address, text, sizeof text) != NULL)
		set(o, "address", json_string(text));
}

static void
set_proto(json_t *o, uint8_t proto)
{
	const char *word = word_name(protocol_words, proto + 1u);
	char number[8];

	(void)snprintf(number, sizeof number, "%u", proto);
	set(o, "proto", json_string(word[0] == '?' ? number : word));
}

static void
set_flow(json_t *o, const struct prompt *p)
{
	const struct tuple *t = &p->tuple;
	bool ports = has_ports(t->proto);

	set(o, "direction", json_string(p->direction == DIRECTION_IN ? "in" : "out"));
	if (p->about.target == TARGET_NAME)
		set(o, "name", json_string(p->about.name));
	if (p->scope == 0) {
		set(o, "qtype_number", json_integer(p->qtype));
		return;
	}
	set_address(o, t->family, p->direction == DIRECTION_IN ? t->src : t->dst);
	set_proto(o, t->proto);
	if (ports)
		set(o, "port", json_integer(t->dport));
	set(o, "scope", json_string(word_name(scope_words, p->scope)));
}

static char *
line_of(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT), *line = NULL;

	if (text != NULL && asprintf(&line, "%s\n", text) == -1)
		line = NULL;
	free(text);
	json_decref(o);
	return line;
}

char *
prompt_json(const struct prompt *p, int64_t now_ms)
{
	json_t *o = json_object();
	int64_t left = p->waiting && p->until_ms > now_ms ? p->until_ms - now_ms : 0;
	char reason[sizeof p->reason];

	set(o, "type", json_string("prompt"));
	set_id(o, p->id);
	set(o, "state", json_string(p->waiting ? "waiting" : "unanswered"));
	set(o, "left_ms", json_integer(left));
	set(o, "times", json_integer(p->times));
	set_time(o, p->since_us);
	set_program(o, p);
	set_flow(o, p);
	set(o, "check", json_integer(p->check));
	memcpy(reason, p->reason, sizeof reason);
	set(o, "reason", json_stringn(reason, text_printable(reason, strlen(reason), false)));
	return line_of(o);
}

char *
prompt_gone_json(const struct prompt *p)
{
	json_t *o = json_object();

	set(o, "type", json_string("gone"));
	set_id(o, p->id);
	return line_of(o);
}
