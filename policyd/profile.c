/*
 * From the syntax tree to profiles; see profile.h. Trusts nothing in the text.
 */
#include <string.h>

#include "framework.h"
#include "identity.h"
#include "profile.h"

static struct where
where(const struct build *b, struct pos at)
{
	return (struct where){ b->file, at.line };
}

static const char *
keep(struct build *b, const struct atom *a)
{
	return arena_text(b->arena, a->text, strlen(a->text));
}

bool
path_is_plain(const char *path)
{
	size_t len = strlen(path);

	return path[0] == '/' && len < PATH_BYTES && strstr(path, "//") == NULL &&
	    strstr(path, "/./") == NULL && strstr(path, "/../") == NULL &&
	    (len < 2 || strcmp(path + len - 2, "/.") != 0) &&
	    (len < 3 || strcmp(path + len - 3, "/..") != 0);
}

static bool
virtual_is_known(const char *name)
{
	size_t len;

	if (identity_is_known(name))
		return true;
	if (strcmp(name, "system") == 0 || strcmp(name, "kernel") == 0)
		return true;
	if (strncmp(name, "forward:", 8) != 0)
		return false;
	len = strlen(name + 8);
	return len > 0 && len < DEVICE_BYTES && strchr(name + 8, '/') == NULL;
}

static void
read_name(struct build *b, const struct ast_prop *p, struct profile_name *name)
{
	const char *text = p->values->text;
	size_t len = strlen(text);

	if (p->kind == PROP_VIRTUAL && !virtual_is_known(text))
		diag_add(b->diag, p->values->at, strncmp(text, "container:", 10) == 0 ?
		    "a container is \"container:ENGINE\" or \"container:ENGINE/NAME\", with docker, podman, containerd, crio "
		    "or kubernetes and the first 12 digits of an id, or with lxc or machine and its name" :
		    "virtual names of this version are \"system\", "
		    "\"kernel\", \"forward:DEVICE\" and KIND:NAME, with systemd, systemd-user, flatpak, snap, appimage, "
		    "container or script for KIND");
	if (p->kind != PROP_VIRTUAL && !path_is_plain(text))
		diag_add(b->diag, p->values->at, "a path is absolute, without //, /./ and /../");
	if (p->kind == PROP_PATH && len > 0 && text[len - 1] == '/')
		diag_add(b->diag, p->values->at, "this is a folder: use prefix");
	if (p->kind == PROP_PREFIX && len > 0 && text[len - 1] == '/')
		len--;
	*name = (struct profile_name){ .kind = p->kind, .len = len, .where = where(b, p->at),
		.text = arena_text(b->arena, text, len) };
}

/* A framework is looked for by paths only; its last part may be a pattern. */
static bool
is_name(const struct profile *profile, const struct ast_prop *p)
{
	return p->kind == PROP_PATH || (profile->framework == NULL && p->kind <= PROP_VIRTUAL);
}

static void
read_names(struct build *b, const struct ast_statement *st, struct profile *profile)
{
	struct profile_name *names;
	unsigned count = 0;

	for (const struct ast_prop *p = st->props; p != NULL; p = p->next)
		count += is_name(profile, p);
	profile->names = names = arena_get(b->arena, (count + 1) * sizeof *names);
	profile->names_count = count;
	if (count == 0 && !profile->extends)
		diag_add(b->diag, st->at, profile->framework == NULL ?
		    "a profile needs a path, a prefix or a virtual name" : "a framework needs a path");
	count = 0;
	for (const struct ast_prop *p = st->props; p != NULL; p = p->next)
		if (is_name(profile, p))
			read_name(b, p, &names[count++]);
}

static void
read_flags(struct build *b, const struct ast_prop *p, struct profile *profile)
{
	for (const struct atom *a = p->values; a != NULL; a = a->next) {
		unsigned flag = word_read(flag_words, a, "flag", b->diag);

		if (flag & profile->flags)
			diag_add(b->diag, a->at, "flag %s is said twice", a->text);
		profile->flags |= (uint16_t)flag;
	}
	profile->flags_stated = true;
	profile->flags_where = where(b, p->at);
	if (profile->flags & FLAG_STRICT && profile->flags & (FLAG_GATEWAY | FLAG_BROWSER))
		diag_add(b->diag, p->at, "strict does not go with gateway or browser: nobody can say which domains "
		    "are related to those");
}

static void
read_default(struct build *b, const struct ast_prop *p, struct profile *profile)
{
	unsigned value = word_read(value_words, p->values, "default", b->diag);

	if (value != 0 && value != VALUE_PERMIT && value != VALUE_ASK && value != VALUE_DENY &&
	    value != VALUE_BLOCK && value != VALUE_DROP)
		diag_add(b->diag, p->values->at, "default is permit, ask, deny, block or drop");
	profile->fallback = (uint8_t)value;
	profile->fallback_where = where(b, p->at);
}

static void
read_vendor(struct build *b, const struct ast_prop *p, struct profile *profile)
{
	struct atom *values = values_expand(b, p->values);
	const char **vendor;
	unsigned count = 0;

	for (const struct atom *a = values; a != NULL; a = a->next)
		count++;
	profile->vendor = vendor = arena_get(b->arena, (count + 1) * sizeof *vendor);
	profile->vendor_count = count;
	for (const struct atom *a = values; a != NULL; a = a->next) {
		if (strlen(a->text) > 253 || strchr(a->text, '.') == NULL ||
		    strspn(a->text, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(a->text))
			diag_add(b->diag, a->at, "not a domain in lower-case letters");
		*vendor++ = keep(b, a);
	}
	vendor_zones_build(b, p->at, profile);
}

static void
read_prop(struct build *b, const struct ast_prop *p, struct profile *profile)
{
	switch (p->kind) {
	case PROP_PATH:
	case PROP_PREFIX:
	case PROP_VIRTUAL:
		break;			/* read_names() */
	case PROP_DESCRIPTION:
		profile->description = keep(b, p->values);
		break;
	case PROP_ICON:
		profile->icon = keep(b, p->values);
		break;
	case PROP_LEVEL:
		profile->level = (uint8_t)word_read(level_words, p->values, "level", b->diag);
		profile->level_where = where(b, p->at);
		break;
	case PROP_FLAGS:
		read_flags(b, p, profile);
		break;
	case PROP_CONNECT:
		ports_build(b, p->at, p->values, &profile->connect);
		break;
	case PROP_LISTEN:
		ports_build(b, p->at, p->values, &profile->listen);
		break;
	case PROP_DOMAINS:
		domains_build(b, p->at, p->values, &profile->domains);
		break;
	case PROP_DEFAULT:
		read_default(b, p, profile);
		break;
	case PROP_TLS:
		profile->tls = (uint8_t)word_read(tls_words, p->values, "value of tls", b->diag);
		break;
	case PROP_VENDOR:
		read_vendor(b, p, profile);
		break;
	case PROP_IGNORE_LISTS:
		ignored_build(b, p, profile);
		break;
	case PROP_RULES:
		rules_build(b, p->rules, &profile->rules);
		break;
	case PROP_ANSWERS:
		answers_build(b, p, &profile->by_root);
		profile->answers_stated = true;
		break;
	case PROP_SESSION_ANSWERS:
		answers_build(b, p, &profile->by_session);
		profile->answers_stated = true;
		break;
	case PROP_FIND:
	case PROP_BUILD:
	case PROP_PARENT_LEVEL:
	case PROP_MERGE:
		break;			/* framework_build() */
	}
}

bool
name_is_plain(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return *name != '\0' && strlen(name) <= NAME_MOST;
}

struct profile *
profile_build(struct build *b, const struct ast_statement *st)
{
	struct profile *profile = arena_get(b->arena, sizeof *profile);
	unsigned seen = 0;

	profile->name = keep(b, st->name);
	profile->where = where(b, st->at);
	profile->extends = st->kind == STATEMENT_EXTEND;
	if (!name_is_plain(profile->name))
		diag_add(b->diag, st->name->at, "a profile's name is 1 to %d printable bytes", NAME_MOST);
	if (st->kind == STATEMENT_FRAMEWORK)
		profile->framework = framework_build(b, st);
	read_names(b, st, profile);
	for (const struct ast_prop *p = st->props; p != NULL; p = p->next) {
		if (p->kind > PROP_VIRTUAL && seen & 1u << p->kind)
			diag_add(b->diag, p->at, "said twice in one profile");
		seen |= 1u << p->kind;
		read_prop(b, p, profile);
	}
	return profile;
}

/* Joins two arrays of elements of one size in arena. */
static void *
join(struct arena *arena, const void *a, size_t n, const void *b, size_t m, size_t size)
{
	unsigned char *both = arena_get(arena, (n + m + 1) * size);

	if (n > 0)
		memcpy(both, a, n * size);
	if (m > 0)
		memcpy(both + n * size, b, m * size);
	return both;
}

struct profile *
profile_merge(struct arena *arena, const struct profile *upper, const struct profile *base)
{
	struct profile *p = arena_copy(arena, base, sizeof *p);

	p->where = upper->where;
	p->extends = false;
	p->names = join(arena, upper->names, upper->names_count, base->names, base->names_count,
	    sizeof *p->names);
	p->names_count = upper->names_count + base->names_count;
	if (upper->description != NULL)
		p->description = upper->description;
	if (upper->icon != NULL)
		p->icon = upper->icon;
	if (upper->level != 0) {
		p->level = upper->level;
		p->level_where = upper->level_where;
	}
	if (upper->flags_stated) {
		p->flags = upper->flags;
		p->flags_stated = true;
		p->flags_where = upper->flags_where;
	}
	if (upper->connect.stated)
		p->connect = upper->connect;
	if (upper->listen.stated)
		p->listen = upper->listen;
	if (upper->domains.stated)
		p->domains = upper->domains;
	if (upper->fallback != 0) {
		p->fallback = upper->fallback;
		p->fallback_where = upper->fallback_where;
	}
	if (upper->tls != 0)
		p->tls = upper->tls;
	if (upper->vendor_count > 0) {
		p->vendor = upper->vendor;
		p->vendor_count = upper->vendor_count;
		p->vendor_zones = upper->vendor_zones;
	}
	if (upper->ignored_count > 0) {
		p->ignored = upper->ignored;
		p->ignored_count = upper->ignored_count;
		p->ignored_where = upper->ignored_where;
	}
	p->rules.rules = join(arena, upper->rules.rules, upper->rules.count, base->rules.rules,
	    base->rules.count, sizeof *p->rules.rules);
	p->rules.count = upper->rules.count + base->rules.count;
	p->rules.index = NULL;
	p->rules.named = p->rules.by_address = p->rules.timely = p->rules.tunnels = false;
	if (p->rules.count > RULES_MOST || ruleset_index(&p->rules, arena) == -1)
		p->broken = "together with the profile it extends it has too many rules";
	return p;
}
