/*
 * Policy files. The first byte says which: '0' vendor's, '1' administrator's, '2' a user's profiles,
 * '3' bulwark.conf; the rest is the text. What is built must hold together, whatever the text: names
 * found, ranges in order, an index that gives what the rules give, and with an error only what tightens.
 */
/* links: @policy */
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "list_tags.h"
#include "policy.h"
#include "scan.h"
#include "scope.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Errors go to terminals: no control characters, and places that exist. */
static void
errors_hold(const struct diag *diag, const char *text, size_t len)
{
	uint32_t lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	must(diag->lines_used == (diag->count < DIAG_MOST ? diag->count : DIAG_MOST));
	for (size_t i = 0; i < diag->lines_used; i++) {
		const struct diag_line *l = &diag->lines[i];

		must(l->at.line >= 1 && l->at.line <= lines && l->at.column >= 1 && l->at.column <= len + 1);
		must(memchr(l->text, '\0', sizeof l->text) != NULL && l->text[0] != '\0');
		for (const unsigned char *c = (const unsigned char *)l->text; *c != '\0'; c++)
			must(*c >= 0x20 && *c != 0x7f);
	}
}

static void
keys_hold(const struct keys *keys, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		must(keys[i].low <= keys[i].high && keys[i].high <= KEY_MOST &&
		    (i == 0 || keys[i].low > keys[i - 1].high + 1));
}

static const struct rule *
linear(const struct ruleset *set, const struct rule_query *q)
{
	for (unsigned i = 0; i < set->count; i++)
		if (rule_matches(&set->rules[i], q))
			return &set->rules[i];
	return NULL;
}

/* At the edges of this rule the index finds what a look at each one finds. */
static void
index_holds(const struct ruleset *set, const struct rule *r)
{
	static const uint8_t zero[16];
	const struct condition *c = r->condition;
	struct whereabouts whereabouts = { .of = NULL };
	struct moment now = { .unix_s = 1, .local = c == NULL ? 0 : c->until };
	const struct circumstances with = { .now = &now, .whereabouts = &whereabouts, .has_uid = true,
		.uid = c != NULL && c->uids_count > 0 ? c->uids[0].high : 0,
		.network = c != NULL && c->networks_count > 0 ? c->networks[0] : NULL };

	for (unsigned i = 0; i < 24; i++) {
		const struct net *n = r->nets_count > 0 ? &r->nets[i % r->nets_count] : NULL;
		const struct keys *k = r->keys_count > 0 ? &r->keys[i % r->keys_count] : NULL;
		struct rule_query q = { .direction = 1 + i % 3, .scope = 1u << i % 8, .level = 1 + i / 2 % 3,
			.family = n == NULL ? (i % 2 ? 4 : 6) : n->family, .address = n == NULL ? zero : n->address,
			.key = k == NULL ? i : i % 2 ? k->low : k->high, .question = i % 5 == 0, .with = i % 4 == 0 ? NULL : &with };

		now.local = (c == NULL ? 0 : c->until) - i % 2;
		now.minute = (uint16_t)(c != NULL && c->spans_count > 0 ? c->spans[0].to - i % 2 : i) % DAY_MINUTES;
		now.weekday = i % 7;
		if (r->names_count > 0) {
			q.name = r->names[i % r->names_count].text;
			q.name_len = r->names[i % r->names_count].len;
		}
		must(ruleset_match(set, &q) == linear(set, &q));
	}
}

/* Sorted, each once, in lower case, and none that matches all by mistake. */
static void
names_hold(const struct name_pattern *names, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		must(strlen(names[i].text) == names[i].len && names[i].len > 0 && names[i].len <= DOMAIN_MOST);
		must(strpbrk(names[i].text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ/: ") == NULL);
		must((strchr(names[i].text, '*') != NULL) == (names[i].kind == NAME_GLOB));
		must(i == 0 || name_compare(&names[i - 1], &names[i]) < 0);
	}
}

static void
rules_hold(const struct ruleset *set, bool good)
{
	must(set->count <= RULES_MOST);
	for (unsigned i = 0; i < set->count; i++) {
		const struct rule *r = &set->rules[i];

		must(r->action >= RULE_ALLOW && r->action <= RULE_TUNNEL && (good || rule_denies(r->action)));
		must(r->directions != 0 && r->scopes != 0 && r->up_to >= 1 && r->up_to <= LEVEL_MAX);
		must(r->up_to == LEVEL_MAX || r->action == RULE_ALLOW || r->action == RULE_TUNNEL);
		must(r->where.file != NULL && r->where.line > 0);
		keys_hold(r->keys, r->keys_count);
		names_hold(r->names, r->names_count);
		for (unsigned k = 0; k < r->nets_count; k++)
			must(r->nets[k].family == 4 ? r->nets[k].prefix <= 32 : r->nets[k].prefix <= 128);
		if (i < 40)
			index_holds(set, r);
	}
}

static void
lists_hold(const struct conf *conf)
{
	must(conf->lists_count <= LISTS_MOST);
	for (unsigned i = 0; i < conf->lists_count; i++) {
		const struct conf_list *l = &conf->lists[i];

		must(l->name[0] != '\0' && strlen(l->name) <= LIST_NAME_MOST && l->where.line > 0);
		must(l->path[0] == '/' && strlen(l->path) < PATH_BYTES && strstr(l->path, "/../") == NULL);
		must(list_tag_is_plain(l->tag) && l->setting == list_setting(l->tag));
		for (unsigned k = 0; k < i; k++)
			must(strcmp(conf->lists[k].name, l->name) != 0);
	}
}

static void
conf_holds(const struct conf *conf, bool good)
{
	must(conf->level <= LEVEL_MAX);
	lists_hold(conf);
	rules_hold(&conf->rules, good);
	for (int i = 0; i < SETTINGS_COUNT; i++)
		for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++) {
			const struct setting_info *info = &setting_infos[i];
			uint8_t v = conf->settings.value[i][l];

			must(info->values & 1u << v);
			must(!info->ordered || l == LEVEL_DYNAMIC || v >= conf->settings.value[i][l - 1]);
			must(!info->locked || l != LEVEL_FORTRESS || v >= info->builtin[l]);
			must(good || (info->ordered ? v >= info->builtin[l] : v == info->builtin[l]));
		}
}

static bool
has_name(const struct file *file, const struct profile_name *name)
{
	for (unsigned i = 0; i < file->profiles_count; i++)
		for (unsigned k = 0; k < file->profiles[i]->names_count; k++) {
			const struct profile_name *n = &file->profiles[i]->names[k];

			if (n->kind == name->kind && n->len == name->len && memcmp(n->text, name->text, n->len) == 0)
				return true;
		}
	return false;
}

static void
profile_holds(const struct profile *p, enum layer layer)
{
	size_t len = strlen(p->name);

	must(len >= 1 && len <= NAME_MOST && p->broken == NULL && p->level <= LEVEL_MAX);
	must(p->names_count > 0 || p->extends);
	must(!p->extends || layer == LAYER_ADMIN);
	keys_hold(p->connect.keys, p->connect.count);
	keys_hold(p->listen.keys, p->listen.count);
	for (unsigned i = 0; i < p->names_count; i++)
		must(strlen(p->names[i].text) == p->names[i].len && p->names[i].len < PATH_BYTES);
	rules_hold(&p->rules, true);
	must(!(p->flags & FLAG_STRICT) || !(p->flags & (FLAG_GATEWAY | FLAG_BROWSER)));
	for (unsigned i = 0; i < p->vendor_count; i++)
		must(domains_have(&p->vendor_zones, p->vendor[i], strlen(p->vendor[i])));
	must(p->ignored_count <= IGNORED_MOST);
	for (unsigned i = 0; i < p->ignored_count; i++)
		must(list_tag_is_plain(p->ignored[i]) && !setting_infos[list_setting(p->ignored[i])].locked);
}

/* Each name of the file leads to a profile. */
static void
names_are_found(const struct policy *policy, const struct file *file)
{
	const struct profile *users[USER_PROFILES];
	char inside[PATH_BYTES + 2];

	for (unsigned i = 0; i < file->profiles_count; i++)
		for (unsigned k = 0; k < file->profiles[i]->names_count && file->profiles[i]->framework == NULL; k++) {
			const struct profile_name *n = &file->profiles[i]->names[k];
			bool path = n->kind == PROP_PATH;

			memcpy(inside, n->text, n->len);
			memcpy(inside + n->len, "/x", 2);
			if (file->layer == LAYER_USER && n->kind != PROP_VIRTUAL)
				must(file->profiles[i]->answers_stated || policy_user(policy, file->uid, path ? n->text : inside,
				    n->len + (path ? 0 : 2), users) > 0);
			else if (file->layer == LAYER_USER)
				continue;
			else if (n->kind == PROP_VIRTUAL)
				must(policy_virtual(policy, n->text) != NULL);
			else if (path)
				must(policy_exact(policy, n->text, n->len) != NULL);
			else
				must(policy_prefix(policy, inside, n->len + 2) != NULL);
		}
}

static void
policy_holds(struct file *file, enum layer layer)
{
	struct slot slot = { .layer = layer, .uid = 1000, .name = "f", .path = "f", .shown = "f", .file = file };
	struct layers layers = { .builtin = builtin_profiles(), .slots = &slot, .count = 1 };
	struct policy *policy;

	if (file->conf != NULL) {
		layers.count = 0;
		layers.conf = slot;
	}
	policy = policy_new(&layers);
	if (file->conf == NULL)		/* profiles in bulwark.conf are an error */
		names_are_found(policy, file);
	file_drop(layers.builtin);
	policy_free(policy);
}

/* The names of a good file are those that a stand-in for its text denies, and so does a copy that denies. */
static void
stand_in_holds(const struct file_source *source, const char *text, size_t len, const struct file *good)
{
	struct file *stand_in = file_stand_in(source, text, len, 1, "why"), *deny;

	must(stand_in->stand_in && stand_in->profiles_count == 1 && stand_in->profiles[0]->broken != NULL);
	policy_holds(stand_in, source->layer);
	if (good != NULL) {
		deny = file_deny(good, "why", stand_in);
		for (unsigned i = 0; i < good->profiles_count; i++)
			for (unsigned k = 0; k < good->profiles[i]->names_count; k++)
				must(has_name(stand_in, &good->profiles[i]->names[k]) &&
				    has_name(deny, &good->profiles[i]->names[k]));
		file_drop(deny);
	}
	file_drop(stand_in);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum layer layers[] = { LAYER_VENDOR, LAYER_ADMIN, LAYER_USER, LAYER_ADMIN };
	struct file_source source = { .uid = 1000, .name = "f", .shown = "f", .folder = "/nowhere",
		.folder_shown = "/nowhere" };
	struct diag diag = { 0 };
	struct file *file;
	size_t len = size - 1;
	char *text;

	/* An object of its own: a read past its end is seen. */
	if (size < 1 || (text = malloc(len)) == NULL)
		return 0;
	memcpy(text, data + 1, len);
	source.kind = (data[0] & 3) == 3 ? FILE_CONF : FILE_PROFILES;
	source.layer = layers[data[0] & 3];
	file = file_build(&source, text, len, &diag);
	errors_hold(&diag, text, len);
	must((file != NULL) == (diag.count == 0 || source.kind == FILE_CONF));
	if (file != NULL) {
		must(file->stand_in == (diag.count > 0) && (file->conf != NULL) == (source.kind == FILE_CONF));
		if (file->conf != NULL)
			conf_holds(file->conf, diag.count == 0);
		for (unsigned i = 0; i < file->profiles_count && file->conf == NULL; i++)
			profile_holds(file->profiles[i], source.layer);
		policy_holds(file, source.layer);
	}
	if (source.kind == FILE_PROFILES)
		stand_in_holds(&source, text, len, file);
	file_drop(file);
	diag_free(&diag);
	free(text);
	return 0;
}
