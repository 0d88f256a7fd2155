/*
 * From words to names of domains, for rules and for the property domains.
 * Trusts nothing in the text.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "value_build.h"

/* What is wrong with this label, or NULL. Beside a '*' nothing need begin or end. */
static const char *
label_error(const char *label, size_t len)
{
	bool star = memchr(label, '*', len) != NULL;

	if (len == 0)
		return "there is an empty label";
	if (len > LABEL_MOST)
		return "a label is longer than 63 bytes";
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c >= 0x80)
			return "write it in ASCII, as xn--...";
		if (!isalnum(c) && c != '-' && c != '_' && c != '*')
			return "labels are made of letters, digits, - and _";
	}
	if (!star && (label[0] == '-' || label[len - 1] == '-'))
		return "a label begins or ends with -";
	return NULL;
}

static const char *
labels_error(const char *name, size_t len)
{
	const char *error = NULL, *label = name, *end = name + len;

	while (error == NULL) {
		const char *dot = memchr(label, '.', (size_t)(end - label));

		error = label_error(label, (size_t)((dot == NULL ? end : dot) - label));
		if (dot == NULL)
			break;
		label = dot + 1;
	}
	return error;
}

static const char *
name_error(const char *text, const char *name, size_t len)
{
	const char *last = strrchr(name, '.');

	if (len == 0)
		return "there is no name";
	if (len > DOMAIN_MOST)
		return "it is longer than 253 bytes";
	if (name[len - 1] == '.')
		return "write it without the last dot";
	if (strstr(name, "**") != NULL)
		return "one * is enough";
	if (name != text && strchr(name, '*') != NULL)
		return "it is a zone, or has a *, not both";
	last = last == NULL ? name : last + 1;
	if (strchr(text, ':') != NULL || strspn(last, "0123456789") == strlen(last))
		return "it looks like an address: use address or net";
	return labels_error(name, len);
}

static void
add_name(struct names *out, struct build *b, uint8_t kind, const char *name, size_t len)
{
	char *copy = arena_text(b->arena, name, len);

	for (size_t i = 0; i < len; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	if (out->count == out->size) {
		size_t size = out->size == 0 ? 8 : out->size * 2;
		struct name_pattern *grown = arena_get(b->scratch, size * sizeof *grown);

		if (out->count > 0)
			memcpy(grown, out->name, out->count * sizeof *grown);
		out->name = grown;
		out->size = size;
	}
	out->name[out->count++] = (struct name_pattern){ .kind = kind, .len = (uint8_t)len, .text = copy };
}

void
name_build(struct build *b, const struct atom *a, struct names *out)
{
	const char *name = a->text + (a->text[0] == '.'), *error;
	size_t len = strlen(name);
	char word[80];

	if ((error = name_error(a->text, name, len)) != NULL) {
		diag_add(b->diag, a->at, "\"%s\" is not a domain: %s", diag_safe(a->text, word, sizeof word),
		    error);
		return;
	}
	if ((b->name_bytes += len) > NAME_BYTES_MOST) {
		diag_add(b->diag, a->at, "more than %u MiB of domains in one file", NAME_BYTES_MOST >> 20);
		return;
	}
	add_name(out, b, name != a->text ? NAME_ZONE : strchr(name, '*') != NULL ? NAME_GLOB : NAME_EXACT,
	    name, len);
}

static int
compare(const void *a, const void *b)
{
	build_may_pause();
	return name_compare(a, b);
}

void
names_normal(struct names *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->name, list->count, sizeof *list->name, compare);
	for (size_t i = 1; i < list->count; i++)
		if (name_compare(&list->name[i], &list->name[kept]) != 0)
			list->name[++kept] = list->name[i];
	list->count = kept + 1;
}

void
domains_of(struct build *b, struct pos at, struct names *list, struct domains *out)
{
	struct name_value *values = arena_get(b->scratch, (list->count + 1) * sizeof *values);

	names_normal(list);
	out->stated = true;
	out->where = (struct where){ b->file, at.line };
	for (size_t i = 0; i < list->count; i++)
		values[i] = (struct name_value){ list->name[i], (uint32_t)i };
	out->index = name_index_make(b->arena, values, list->count);
	if (out->index == NULL)
		diag_add(b->diag, at, "more than %d patterns end alike", GLOBS_MOST);
}

void
domains_build(struct build *b, struct pos at, const struct atom *values, struct domains *out)
{
	struct names list = { 0 };

	for (const struct atom *a = values_expand(b, values); a != NULL; a = a->next)
		name_build(b, a, &list);
	domains_of(b, at, &list, out);
}

static void
on_listed(void *ctx, uint32_t value)
{
	bool *listed = ctx;

	(void)value;
	*listed = true;
}

bool
domains_have(const struct domains *d, const char *name, size_t len)
{
	bool listed = false;

	name_index_find(d->index, name, len, on_listed, &listed);
	return listed;
}
