/*
 * Putting a policy together and finding profiles in it; see policy.h.
 *
 * One hash table holds all names: paths, prefixes and virtual names, and the
 * same for each user's files. Between layers the upper one has a name; within
 * a layer the file whose name sorts first, so that the order in which files
 * are read never matters. Users' profiles of one name all stay: each may
 * only tighten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "framework.h"
#include "identity.h"
#include "policy.h"

#define NO_USER		UINT32_MAX

struct policy_entry {
	uint64_t	 hash;
	enum prop_kind	 kind;
	uint32_t	 uid;			/* NO_USER: of vendor and administrator */
	const struct profile_name *name;
	enum layer	 layer;
	unsigned	 count;
	const struct profile *profile[USER_PROFILES];
};

/* FNV-1a, so that each prefix of a path is a step on the way to the whole. */
#define HASH_START	0xcbf29ce484222325u
#define HASH_STEP(h, c)	(((h) ^ (uint8_t)(c)) * 0x100000001b3u)

static uint64_t
hash_end(uint64_t h, enum prop_kind kind, uint32_t uid)
{
	h ^= (uint64_t)uid << 8 | kind;
	h *= 0xff51afd7ed558ccdu;
	return h ^ h >> 32;
}

static uint64_t
hash_name(const char *text, size_t len, enum prop_kind kind, uint32_t uid)
{
	uint64_t h = HASH_START;

	for (size_t i = 0; i < len; i++)
		h = HASH_STEP(h, text[i]);
	return hash_end(h, kind, uid);
}

static struct policy_entry *
find(const struct policy *p, uint64_t hash, enum prop_kind kind, uint32_t uid, const char *text,
    size_t len)
{
	struct policy_entry *e;

	for (unsigned at = (unsigned)hash & p->names_mask; (e = p->names[at]) != NULL;
	    at = (at + 1) & p->names_mask)
		if (e->hash == hash && e->kind == kind && e->uid == uid && e->name->len == len &&
		    memcmp(e->name->text, text, len) == 0)
			return e;
	return NULL;
}

const struct profile *
policy_exact(const struct policy *p, const char *path, size_t len)
{
	const struct policy_entry *e = find(p, hash_name(path, len, PROP_PATH, NO_USER), PROP_PATH,
	    NO_USER, path, len);

	return e == NULL ? NULL : e->profile[0];
}

const struct profile *
policy_virtual(const struct policy *p, const char *name)
{
	size_t len = strlen(name);
	const struct policy_entry *e = find(p, hash_name(name, len, PROP_VIRTUAL, NO_USER),
	    PROP_VIRTUAL, NO_USER, name, len);

	return e == NULL ? NULL : e->profile[0];
}

/* The longest prefix that ends before a slash; the prefix "/" is the empty one. */
static const struct policy_entry *
longest(const struct policy *p, uint32_t uid, unsigned depth, const char *path, size_t len)
{
	const struct policy_entry *best = NULL;
	uint64_t h = HASH_START;

	for (size_t i = 0; i < len; i++) {
		if (path[i] == '/') {
			const struct policy_entry *e = find(p, hash_end(h, PROP_PREFIX, uid),
			    PROP_PREFIX, uid, path, i);

			if (e != NULL)
				best = e;
			if (depth-- == 0)
				break;
		}
		h = HASH_STEP(h, path[i]);
	}
	return best;
}

const struct profile *
policy_prefix(const struct policy *p, const char *path, size_t len)
{
	const struct policy_entry *e = p->prefixes ?
	    longest(p, NO_USER, p->prefix_depth, path, len) : NULL;

	return e == NULL ? NULL : e->profile[0];
}

unsigned
policy_user(const struct policy *p, uint32_t uid, const char *path, size_t len,
    const struct profile *out[USER_PROFILES])
{
	const struct policy_entry *e;

	if (!p->user_names || uid == NO_USER)
		return 0;
	e = find(p, hash_name(path, len, PROP_PATH, uid), PROP_PATH, uid, path, len);
	if (e == NULL)
		e = longest(p, uid, p->user_prefix_depth, path, len);
	if (e == NULL)
		return 0;
	memcpy(out, e->profile, e->count * sizeof(struct profile *));
	return e->count;
}

unsigned
policy_answers(const struct policy *p, uint32_t uid, const char *path, size_t len,
    const struct profile *out[USER_PROFILES])
{
	const struct policy_entry *e = !p->answers || uid == NO_USER ? NULL :
	    find(p, hash_name(path, len, PROP_ANSWERS, uid), PROP_ANSWERS, uid, path, len);

	if (e == NULL)
		return 0;
	memcpy(out, e->profile, e->count * sizeof(struct profile *));
	return e->count;
}

bool
policy_has_flag(const struct policy *p, enum flag flag)
{
	for (unsigned i = 0; i < p->profiles_count; i++)
		if (p->profiles[i]->flags & flag)
			return true;
	return false;
}

/* --- putting together --- */

static void
warn(struct policy *p, const char *what, const char *name, const struct file *file)
{
	char safe[60];

	if (p->warnings < POLICY_WARNINGS)
		(void)snprintf(p->warning[p->warnings++], sizeof p->warning[0], "%.40s %s (%.50s)", what,
		    diag_safe(name, safe, sizeof safe), file->shown);
}

static unsigned
slashes(const struct profile_name *n)
{
	unsigned count = 0;

	for (size_t i = 0; i < n->len; i++)
		count += n->text[i] == '/';
	return count;
}

/* A fifth file of a user for one program: rather too strict than one of them not heard. */
static void
too_many(struct policy *p, struct policy_entry *e)
{
	struct profile *deny = arena_copy(&p->arena, e->profile[USER_PROFILES - 1], sizeof *deny);

	deny->broken = "this user has too many profiles for one program";
	e->profile[USER_PROFILES - 1] = deny;
}

static void
add_again(struct policy *p, struct policy_entry *e, const struct profile *profile,
    const struct profile_name *name, const struct file *file)
{
	if (file->layer == LAYER_USER && e->count < USER_PROFILES)
		e->profile[e->count++] = profile;
	else if (file->layer == LAYER_USER)
		too_many(p, e);
	else if (e->layer == file->layer && e->profile[0] != profile)
		warn(p, "named by two files:", name->text, file);
}

/* kind: the name's own, or PROP_ANSWERS for a path whose answers are looked for. */
static void
add_name(struct policy *p, const struct profile *profile, const struct profile_name *name,
    enum prop_kind kind, const struct file *file)
{
	uint32_t uid = file->layer == LAYER_USER ? file->uid : NO_USER;
	uint64_t hash = hash_name(name->text, name->len, kind, uid);
	struct policy_entry *e = find(p, hash, kind, uid, name->text, name->len);
	unsigned at = (unsigned)hash & p->names_mask;

	if (e != NULL) {
		add_again(p, e, profile, name, file);
		return;
	}
	while (p->names[at] != NULL)
		at = (at + 1) & p->names_mask;
	p->names[at] = e = arena_get(&p->arena, sizeof *e);
	*e = (struct policy_entry){ .hash = hash, .kind = kind, .uid = uid, .name = name,
		.layer = file->layer, .count = 1, .profile = { profile } };
	if (kind == PROP_ANSWERS)
		p->answers = true;
	else if (kind == PROP_PREFIX && uid == NO_USER) {
		p->prefixes = true;
		if (slashes(name) > p->prefix_depth)
			p->prefix_depth = slashes(name);
	} else if (uid != NO_USER) {
		p->user_names = true;
		if (kind == PROP_PREFIX && slashes(name) > p->user_prefix_depth)
			p->user_prefix_depth = slashes(name);
	}
}

static bool
has_answers(const struct profile *p)
{
	return p->by_root.rules.count > 0 || p->by_session.rules.count > 0;
}

/* Such a profile takes no name away from one with a prefix, which says what the program may do. */
static bool
has_answers_alone(const struct profile *p)
{
	return p->answers_stated && p->broken == NULL && p->level == 0 && !p->flags_stated && !p->connect.stated &&
	    !p->listen.stated && !p->domains.stated && p->fallback == 0 && p->tls == 0 && p->rules.count == 0;
}

static void
add_names(struct policy *p, const struct profile *profile, const struct file *file)
{
	for (unsigned k = 0; k < profile->names_count; k++) {
		const struct profile_name *name = &profile->names[k];

		if (!has_answers_alone(profile))
			add_name(p, profile, name, name->kind, file);
		if (has_answers(profile) && name->kind == PROP_PATH)
			add_name(p, profile, name, PROP_ANSWERS, file);
	}
}

/* What is in force, in the order in which names are given away. */
struct chosen {
	const struct profile *profile;
	const struct file *file;
};

struct gather {
	struct policy	*p;
	struct chosen	*chosen;
	size_t		 count, size;
};

static void
choose(struct gather *g, const struct profile *profile, const struct file *file)
{
	if (g->count == g->size) {
		g->size = g->size == 0 ? 256 : g->size * 2;
		if ((g->chosen = reallocarray(g->chosen, g->size, sizeof *g->chosen)) == NULL)
			fatal("policy memory");
	}
	g->chosen[g->count++] = (struct chosen){ profile, file };
}

static void
hold(struct policy *p, struct file *file)
{
	if (p->files_count == p->files_size) {
		p->files_size = p->files_size == 0 ? 64 : p->files_size * 2;
		if ((p->files = reallocarray(p->files, p->files_size, sizeof *p->files)) == NULL)
			fatal("policy memory");
	}
	p->files[p->files_count++] = file_ref(file);
}

static const struct profile *
profile_named(const struct file *file, const char *name)
{
	for (unsigned i = 0; file != NULL && i < file->profiles_count; i++)
		if (strcmp(file->profiles[i]->name, name) == 0)
			return file->profiles[i];
	return NULL;
}

/* An administrator's file over the vendor's of the same name (which may be NULL). */
static void
choose_admin(struct gather *g, struct file *admin, struct file *vendor)
{
	for (unsigned i = 0; i < admin->profiles_count; i++) {
		const struct profile *p = admin->profiles[i];
		const struct profile *base = p->extends ? profile_named(vendor, p->name) : NULL;

		build_may_pause();
		if (p->extends && base == NULL)
			warn(g->p, "nothing to extend for profile", p->name, admin);
		choose(g, base == NULL ? p : profile_merge(&g->p->arena, p, base), admin);
	}
}

/* The vendor's profiles that an administrator's file of the same name leaves in force. */
static void
choose_vendor(struct gather *g, struct file *vendor, const struct file *admin, const char *why)
{
	struct file *deny;

	if (admin != NULL && admin->stand_in) {
		/* The administrator meant something for these programs, but it can't be read. */
		deny = file_deny(vendor, why, admin);
		hold(g->p, deny);
		for (unsigned i = 0; i < deny->profiles_count; i++)
			choose(g, deny->profiles[i], deny);
		file_drop(deny);
		return;
	}
	if (admin != NULL && !admin->extends)
		return;			/* replaced */
	for (unsigned i = 0; i < vendor->profiles_count; i++) {
		build_may_pause();
		if (profile_named(admin, vendor->profiles[i]->name) == NULL)
			choose(g, vendor->profiles[i], vendor);
	}
}

static const struct slot *
same_name(const struct layers *l, enum layer layer, const char *name)
{
	size_t low = 0, high = l->count;

	while (low < high) {		/* within a layer's folder, slots are sorted by name */
		size_t middle = (low + high) / 2;
		const struct slot *s = &l->slots[middle];
		int c = s->layer != layer ? (s->layer < layer ? -1 : 1) : strcmp(s->name, name);

		if (c == 0)
			return s;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void
choose_layer(struct gather *g, const struct layers *l, enum layer layer, bool stand_ins)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct slot *s = &l->slots[i], *other = NULL;

		build_may_pause();
		if (s->layer != layer || s->file == NULL || s->file->stand_in != stand_ins)
			continue;
		if (layer == LAYER_ADMIN && s->file->extends)
			other = same_name(l, LAYER_VENDOR, s->name);
		else if (layer == LAYER_VENDOR)
			other = same_name(l, LAYER_ADMIN, s->name);
		hold(g->p, s->file);
		if (layer == LAYER_VENDOR)
			choose_vendor(g, s->file, other == NULL ? NULL : other->file,
			    other == NULL ? NULL : other->error);
		else
			choose_admin(g, s->file, other == NULL ? NULL : other->file);
	}
}

/* Also a stand-in whose text has a pattern: it may have been a framework's. */
static void
add_framework(struct policy *p, const struct profile *profile, const struct file *file)
{
	bool is = profile->framework != NULL;

	for (unsigned i = 0; i < profile->names_count && !is && profile->broken != NULL; i++)
		is = profile->names[i].kind == PROP_PATH && strchr(profile->names[i].text, '*') != NULL;
	if (!is || file->layer == LAYER_USER)
		return;
	if (p->frameworks_count == FRAMEWORKS_MOST)
		warn(p, "too many frameworks, left out:", profile->name, file);
	else
		p->frameworks[p->frameworks_count++] = profile;
}

static void
note_units(struct policy *p, const struct profile *profile)
{
	for (unsigned i = 0; i < profile->names_count; i++)
		p->units |= profile->names[i].kind == PROP_VIRTUAL && identity_by_cgroup(profile->names[i].text);
}

static void
index_names(struct policy *p, const struct gather *g)
{
	size_t names = 0, size = 64;

	for (size_t i = 0; i < g->count; i++)
		names += g->chosen[i].profile->names_count * 2;	/* again for answers */
	while (size < names * 2)
		size *= 2;
	p->names_mask = (unsigned)size - 1;
	p->names = arena_get(&p->arena, size * sizeof(struct policy_entry *));
	p->profiles = arena_get(&p->arena, (g->count + 1) * sizeof(struct profile *));
	p->frameworks = arena_get(&p->arena, FRAMEWORKS_MOST * sizeof(struct profile *));
	for (size_t i = 0; i < g->count; i++) {
		const struct profile *profile = g->chosen[i].profile;

		build_may_pause();
		p->profiles[p->profiles_count++] = profile;
		add_framework(p, profile, g->chosen[i].file);
		note_units(p, profile);
		if (profile->framework == NULL)
			add_names(p, profile, g->chosen[i].file);
	}
}

static void
take_conf(struct policy *p, const struct layers *l)
{
	const struct conf *conf = l->conf.file == NULL ? NULL : l->conf.file->conf;

	settings_builtin(&p->settings);
	p->level = LEVEL_DYNAMIC;
	p->session_may = SESSION_TEMPORARY;
	p->conf_broken = l->conf.broken;
	p->broken_files = l->conf.broken;
	if (conf == NULL)
		return;
	hold(p, l->conf.file);
	p->conf = conf;
	p->settings = conf->settings;
	p->rules = conf->rules;
	p->conf_unread = conf->unread;
	if (conf->session_may != 0) {
		p->session_may = conf->session_may;
		p->session_where = conf->session_where;
	}
	if (conf->level != 0) {
		p->level = conf->level;
		p->level_where = conf->level_where;
	}
}

static void
note_rules(struct policy *p, const struct ruleset *set)
{
	if (schedule_add(&p->schedule, set) == -1)
		fatal("policy memory");
	p->by_country |= set->by_country;
	p->by_as |= set->by_as;
}

/* What all rules together depend on. */
static void
note_all_rules(struct policy *p)
{
	note_rules(p, &p->rules);
	for (unsigned i = 0; i < p->profiles_count; i++) {
		note_rules(p, &p->profiles[i]->rules);
		note_rules(p, &p->profiles[i]->by_root.rules);
		note_rules(p, &p->profiles[i]->by_session.rules);
	}
	schedule_finish(&p->schedule);
}

struct policy *
policy_new(const struct layers *l)
{
	static uint32_t serial;
	struct policy *p = calloc(1, sizeof *p);
	struct gather g = { .p = p };

	if (p == NULL)
		fatal("policy memory");
	if (++serial == 0)
		serial = 1;
	p->serial = serial;
	take_conf(p, l);
	for (size_t i = 0; i < l->count; i++)
		p->broken_files += l->slots[i].broken;
	/* Within a layer, what denies for want of a readable file comes first. */
	choose_layer(&g, l, LAYER_USER, true);
	choose_layer(&g, l, LAYER_USER, false);
	choose_layer(&g, l, LAYER_ADMIN, true);
	choose_layer(&g, l, LAYER_ADMIN, false);
	choose_layer(&g, l, LAYER_VENDOR, true);
	choose_layer(&g, l, LAYER_VENDOR, false);
	hold(p, l->builtin);
	for (unsigned i = 0; i < l->builtin->profiles_count; i++)
		choose(&g, l->builtin->profiles[i], l->builtin);
	index_names(p, &g);
	note_all_rules(p);
	free(g.chosen);
	return p;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->files_count; i++) {
		build_may_pause();
		file_drop(p->files[i]);
	}
	free(p->files);
	schedule_free(&p->schedule);
	arena_free(&p->arena);
	free(p);
}
