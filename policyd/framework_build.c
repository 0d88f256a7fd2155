/*
 * From the syntax tree to a framework; see framework.h. Called by profile.c and file.c.
 * Trusts nothing in the text.
 */
#include <string.h>

#include "framework.h"
#include "glob.h"
#include "identity.h"
#include "value_build.h"

static void
read_find(struct build *b, const struct ast_prop *p, struct framework *f)
{
	const struct atom *a = p->values;
	struct pos at = a->at;
	char why[120], safe[200];
	size_t offset;

	f->find = regex_compile(b->arena, a->text, &offset, why, sizeof why);
	f->find_where = (struct where){ b->file, p->at.line };
	if (f->find != NULL)
		return;
	at.column += 1 + (uint32_t)offset;
	diag_add(b->diag, at, "regular expression: %s", diag_safe(why, safe, sizeof safe));
}

/* {1} to {9}, {0} and {CWD}: its length; 0: no such thing stands there. */
static size_t
placeholder(const char *text)
{
	if (strncmp(text, "{CWD}", 5) == 0)
		return 5;
	return text[0] == '{' && text[1] >= '0' && text[1] <= '9' && text[2] == '}' ? 3 : 0;
}

static void
check_template(struct build *b, const struct atom *a, const struct template *t)
{
	const char *c = t->text;

	if (t->is_virtual && (strncmp(c, "script:", 7) != 0 || c[7] == '\0'))
		diag_add(b->diag, a->at, "a virtual name that a framework makes begins with script:");
	if (!t->is_virtual && c[0] != '/' && c[0] != '{')
		diag_add(b->diag, a->at, "what build makes is a path: it begins with / or {");
	while (*c != '\0')
		if (*c != '{' && *c != '}')
			c++;
		else if (placeholder(c) > 0)
			c += placeholder(c);
		else {
			diag_add(b->diag, a->at, "between { and } stands a digit or CWD");
			return;
		}
}

/* Templates are divided by '|'. */
static void
read_templates(struct build *b, const struct ast_prop *p, struct framework *f)
{
	const char *at = p->values->text;

	for (;;) {
		size_t len = strcspn(at, "|");
		struct template *t;

		if (f->templates == TEMPLATES_MOST) {
			diag_add(b->diag, p->values->at, "more than %d templates", TEMPLATES_MOST);
			return;
		}
		t = &f->template[f->templates++];
		*t = (struct template){ arena_text(b->arena, at, len), p->kind == PROP_VIRTUAL };
		check_template(b, p->values, t);
		if (at[len] == '\0')
			return;
		at += len + 1;
	}
}

static void
read_parent(struct build *b, const struct ast_prop *p, struct framework *f)
{
	const char *text = p->values->text;
	unsigned n = 0;

	if (!number_read(text, strlen(text), PARENTS_MOST, &n))
		diag_add(b->diag, p->values->at, "a number from 0 (none) to %d", PARENTS_MOST);
	f->parent_level = (uint8_t)n;
}

static void
read_prop(struct build *b, const struct ast_prop *p, struct framework *f)
{
	switch (p->kind) {
	case PROP_FIND:
		read_find(b, p, f);
		break;
	case PROP_BUILD:
	case PROP_VIRTUAL:
		read_templates(b, p, f);
		break;
	case PROP_PARENT_LEVEL:
		read_parent(b, p, f);
		break;
	case PROP_MERGE:
		f->merge = true;
		break;
	case PROP_PREFIX:
		diag_add(b->diag, p->at, "a framework has paths; * stands for any characters of the last part");
		break;
	case PROP_PATH:
	default:		/* as in any profile */
		break;
	}
}

static void
check_path(struct build *b, const struct atom *a)
{
	const char *star = strchr(a->text, '*'), *last = strrchr(a->text, '/');

	if (star != NULL && strchr(star, '/') != NULL)
		diag_add(b->diag, a->at, "* may stand in the last part of the path only");
	if (last != NULL && strlen(last + 1) > UINT8_MAX)
		diag_add(b->diag, a->at, "no part of a path is that long");
}

const struct framework *
framework_build(struct build *b, const struct ast_statement *st)
{
	struct framework *f = arena_get(b->arena, sizeof *f);
	bool has_virtual = false, has_find = false;

	for (const struct ast_prop *p = st->props; p != NULL; p = p->next) {
		read_prop(b, p, f);
		if (p->kind == PROP_VIRTUAL && has_virtual)
			diag_add(b->diag, p->at, "said twice in one profile");
		has_virtual |= p->kind == PROP_VIRTUAL;
		has_find |= p->kind == PROP_FIND;
		if (p->kind == PROP_PATH)
			check_path(b, p->values);
	}
	if (has_find != (f->templates > 0))
		diag_add(b->diag, st->at, "find and build (or virtual) belong together");
	if (has_find == (f->parent_level > 0))
		diag_add(b->diag, st->at, "a framework has find and build, or a parent-level");
	if (f->merge && f->parent_level == 0)
		diag_add(b->diag, st->at, "merge needs a parent-level");
	return f;
}

bool
framework_fits(const struct profile *p, const char *path, size_t len)
{
	for (unsigned i = 0; i < p->names_count; i++)
		if (p->names[i].kind == PROP_PATH && glob_fits_path(p->names[i].text, p->names[i].len, path, len))
			return true;
	return false;
}

/* --- loops --- */

/* Where a framework leads whatever the arguments are: its first template, if that is a whole path. */
static const char *
leads_to(const struct profile *p)
{
	const struct framework *f = p->framework;

	if (f == NULL || f->templates == 0 || f->template[0].is_virtual ||
	    strchr(f->template[0].text, '{') != NULL)
		return NULL;
	return f->template[0].text;
}

static const struct profile *
among(struct profile *const *profiles, unsigned count, const char *path)
{
	for (unsigned i = 0; i < count; i++)
		if (profiles[i]->framework != NULL && framework_fits(profiles[i], path, strlen(path)))
			return profiles[i];
	return NULL;
}

void
frameworks_check(struct build *b, struct profile *const *profiles, unsigned count)
{
	unsigned frameworks = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct profile *p = profiles[i];
		const char *path;

		if (p->framework != NULL && ++frameworks > FRAMEWORKS_MOST) {
			diag_add(b->diag, (struct pos){ p->where.line, 1 }, "more than %d frameworks", FRAMEWORKS_MOST);
			return;
		}
		for (unsigned n = 0; n <= REMATCHES_MOST && p != NULL; n++) {
			path = leads_to(p);
			p = path == NULL ? NULL : among(profiles, count, path);
			if (p != NULL && p == profiles[i]) {
				diag_add(b->diag, (struct pos){ p->where.line, 1 }, "this framework leads back to itself");
				break;
			}
		}
	}
}
