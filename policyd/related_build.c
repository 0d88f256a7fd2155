/*
 * From the syntax tree: the properties of checks 14 and 16 (profile.h). Trusts nothing in
 * the text.
 */
#include <string.h>

#include "list_tags.h"
#include "registrable.h"
#include "value_build.h"

/*
 * The registrable domain of each of the vendor's; one that is a public suffix itself stands
 * for itself, since the profile says so.
 */
void
vendor_zones_build(struct build *b, struct pos at, struct profile *profile)
{
	struct names list = { 0 };

	for (unsigned i = 0; i < profile->vendor_count; i++) {
		const char *domain = profile->vendor[i];
		size_t len = strlen(domain), begin = zone_begin(domain, len);
		struct atom zone = { .at = at };
		char *text = arena_get(b->scratch, len + 2);

		if (begin == len)
			begin = 0;
		text[0] = '.';
		memcpy(text + 1, domain + begin, len - begin + 1);
		zone.text = text;
		name_build(b, &zone, &list);
	}
	domains_of(b, at, &list, &profile->vendor_zones);
}

static bool
tag_is_locked(const char *tag)
{
	return setting_infos[list_setting(tag)].locked;
}

void
ignored_build(struct build *b, const struct ast_prop *p, struct profile *profile)
{
	struct atom *values = values_expand(b, p->values);
	const char **ignored = arena_get(b->arena, IGNORED_MOST * sizeof *ignored);

	profile->ignored = ignored;
	profile->ignored_where = (struct where){ b->file, p->at.line };
	for (const struct atom *a = values; a != NULL; a = a->next) {
		if (!list_tag_is_plain(a->text))
			diag_add(b->diag, a->at, "a tag is 1 to %d of a-z, 0-9 and -", LIST_TAG_MOST);
		else if (tag_is_locked(a->text))
			diag_add(b->diag, a->at, "lists with tag %s can't be ignored", a->text);
		else if (profile->ignored_count == IGNORED_MOST) {
			diag_add(b->diag, a->at, "more than %d tags", IGNORED_MOST);
			return;
		} else
			ignored[profile->ignored_count++] = arena_text(b->arena, a->text, strlen(a->text));
	}
}
