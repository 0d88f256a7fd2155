/*
 * What people may send to bulwark.sock: lines are read as requests, and the
 * filter that comes out is tried on an event whose process and reason are made
 * of the same bytes, which are then written as JSON and read back.
 */
/* links: uid/request.c uid/view.c uid/words.c uid/jw.c uid/object.c uid/object_policy.c */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "request.h"
#include "words.h"

static char	room[OBJECT_MAX];

static void
must_read_back(const char *text, size_t len)
{
	json_error_t	 fault;
	json_t		*object = json_loadb(text, len, JSON_ALLOW_NUL, &fault);

	if (object == NULL || memchr(text, '\n', len) != text + len - 1)
		abort();
	for (size_t i = 0; i + 1 < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			abort();
	json_decref(object);
}

/* Names and servers are what messages let through: no NUL, no control characters. */
static void
show_question(const char *bytes, size_t len, const struct program *p)
{
	struct names_answer	a = { .word = 1, .validation = 1, .asker = 1 };
	struct jw		j;

	for (size_t i = 0; i < len && i + 1 < sizeof(a.name); i++)
		a.name[i] = bytes[i] > ' ' && bytes[i] < 0x7f ? bytes[i] : 'x';
	memcpy(&a.qtype, bytes, len < sizeof(a.qtype) ? len : sizeof(a.qtype));
	a.rcode = a.qtype;
	jw_start(&j, room, sizeof(room));
	object_question(&j, &a, 0, p);
	if (j.over)
		abort();
	must_read_back(j.buf, j.len);
}

static void
show(const struct filter *filter, const char *bytes, size_t len)
{
	struct program	*p = calloc(1, sizeof(*p) + 3 * PATH_BYTES);
	struct why	*w = calloc(1, sizeof(*w) + 3 * PATH_BYTES);
	struct ui_event	 e = { .flow = 1, .process = 1, .reason = 1 };
	struct jw	 j;

	if (p == NULL || w == NULL)
		abort();
	len = len < PATH_BYTES ? len : PATH_BYTES;
	p->path_len = (uint16_t)len;
	p->command_len = (uint16_t)(len < COMMAND_BYTES ? len : COMMAND_BYTES);
	w->profile_len = (uint16_t)(len < UI_NAME_BYTES ? len : UI_NAME_BYTES);
	memcpy(p->bytes, bytes, len);
	p->cgroup_len = p->cgroup_root = (uint16_t)(len < CGROUP_BYTES ? len : CGROUP_BYTES);
	p->flags = PROCESS_OWN_MOUNTS;
	memcpy(p->bytes + len, bytes, p->cgroup_len);
	memcpy(p->bytes + len + p->cgroup_len, bytes, p->command_len);
	memcpy(w->bytes, bytes, w->profile_len);
	memcpy(&e.tuple, bytes, len < sizeof(e.tuple) ? len : sizeof(e.tuple));
	(void)filter_passes(filter, e.action, &e, p, w);
	(void)filter_passes(filter, outcome_below(true), NULL, p, NULL);
	jw_start(&j, room, sizeof(room));
	object_event(&j, &e, p, w);
	if (j.over)
		abort();
	must_read_back(j.buf, j.len);
	show_question(bytes, len, p);
	free(p);
	free(w);
}

/* Rows as messages let them through: no control characters but tabs, valid UTF-8. */
static void
show_row(const char *bytes, size_t len)
{
	char		text[1000];
	struct ui_row	row = { .name = "name", .file = "file", .text = text };

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i + 1 < sizeof(text) && i < len ? bytes[i] : '\0';
	for (char *p = text; *p != '\0'; p++)
		if ((*p < ' ' && *p != '\t') || *p == 0x7f)
			*p = '\t';
	for (unsigned kind = UI_SETTINGS; kind <= UI_QUERY_MAX_KIND; kind++) {
		struct jw	j;

		jw_start(&j, room, sizeof(room));
		object_row(&j, kind, &row);
		if (j.over)
			abort();
		must_read_back(j.buf, j.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request	request;
	char		error[REQUEST_ERROR_BYTES];
	const char	*line = (const char *)data;
	size_t		len = size < REQUEST_LINE_MAX ? size : REQUEST_LINE_MAX;

	if (request_read(line, len, &request, error) == -1 && error[0] == '\0')
		abort();
	show(&request.filter, line, len);
	show_row(line, len);
	return 0;
}
