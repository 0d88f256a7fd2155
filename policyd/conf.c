/*
 * bulwark.conf; see conf.h. Included files lie in the same folder or below
 * and hold the same statements.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "list_tags.h"
#include "scan.h"
#include "upstream.h"

/* Rule blocks in the order in which they stand, over all included files. */
struct conf_build {
	struct build	*b;
	const struct file_source *source;
	struct conf	*conf;
	struct settings	 stated;	/* as written */
	struct rule	*rules;
	unsigned	 rules_count;
	unsigned	 depth;
};

static void read_statements(struct conf_build *, const struct ast *);

static void
add_rules(struct conf_build *c, const struct ast_statement *st)
{
	struct build *b = c->b;
	struct ruleset set;

	rules_build(b, st->rules, &set);
	if (c->rules_count + set.count > RULES_MOST) {
		diag_add(b->diag, st->at, "more than %d global rules", RULES_MOST);
		return;
	}
	if (c->rules == NULL)
		c->rules = arena_get(b->scratch, RULES_MOST * sizeof *c->rules);
	if (set.count > 0)
		memcpy(c->rules + c->rules_count, set.rules, set.count * sizeof *c->rules);
	c->rules_count += set.count;
}

static bool
name_is_inside(const char *name)
{
	return name[0] != '/' && name[0] != '\0' && strcmp(name, "..") != 0 &&
	    strncmp(name, "../", 3) != 0 && strstr(name, "/../") == NULL && strlen(name) < 200 &&
	    (strlen(name) < 3 || strcmp(name + strlen(name) - 3, "/..") != 0);
}

/* The errors of an included file are told with its name, at the line that includes it. */
static void
pass_errors(struct build *b, const struct ast_statement *st, const char *shown, const struct diag *inner)
{
	char name[81];

	(void)diag_safe(shown, name, sizeof name);
	for (size_t i = 0; i < inner->lines_used; i++)
		diag_add(b->diag, st->at, "%s:%u:%u: %.200s", name, inner->lines[i].at.line,
		    inner->lines[i].at.column, inner->lines[i].text);
}

/* A file of its own only for the name that reasons show; it lives in the including one's arena. */
static struct file *
named_file(struct build *b, const char *shown)
{
	struct file *file = arena_get(b->arena, sizeof *file);

	file->refs = 1;
	file->layer = LAYER_ADMIN;
	file->name = file->shown = arena_text(b->arena, shown, strlen(shown));
	return file;
}

static void
read_included(struct conf_build *c, const struct ast_statement *st, const struct text *text,
    const char *shown)
{
	struct build *b = c->b;
	const struct file *outer = b->file;
	struct diag *diag = b->diag, inner = { 0 };
	struct ast ast = { .statements = NULL };

	b->file = named_file(b, shown);
	b->diag = &inner;
	parse_text(text->bytes, text->len, &ast, &inner);
	for (const struct ast_statement *s = ast.statements; s != NULL; s = s->next)
		if (s->kind == STATEMENT_DEFINE)
			define_build(b, s, &c->conf->defines);
	b->defines = c->conf->defines;
	read_statements(c, &ast);
	ast_free(&ast);
	b->file = outer;
	b->diag = diag;
	pass_errors(b, st, shown, &inner);
	diag_free(&inner);
}

static void
add_include(struct conf_build *c, const struct ast_statement *st)
{
	struct build *b = c->b;
	char path[512], shown[512];
	struct text text;

	if (c->source->folder == NULL || !name_is_inside(st->name->text)) {
		diag_add(b->diag, st->name->at, "a file to include is named from this folder, without ..");
		return;
	}
	if (c->depth == INCLUDE_DEPTH || c->conf->includes == INCLUDES_MOST) {
		diag_add(b->diag, st->at, "too many files include each other");
		return;
	}
	(void)snprintf(path, sizeof path, "%s/%s", c->source->folder, st->name->text);
	(void)snprintf(shown, sizeof shown, "%s/%s", c->source->folder_shown, st->name->text);
	c->conf->include[c->conf->includes] = arena_text(b->arena, path, strlen(path));
	if (text_read(path, &text) == -1) {
		diag_add(b->diag, st->name->at, "can't be read: %s", text_refusal(path, errno));
		(void)stamp_of(path, &c->conf->include_stamp[c->conf->includes++]);
		return;
	}
	c->conf->include_stamp[c->conf->includes++] = text.stamp;
	c->depth++;
	read_included(c, st, &text, shown);
	c->depth--;
	text_free(&text);
}

/* Of several for one reason the highest counts. */
static void
read_level_rule(struct conf_build *c, const struct ast_statement *st, unsigned level)
{
	const struct atom *first = st->values, *second = first->next;
	struct level_rule *rule = NULL;

	if (strcmp(first->text, "attack") == 0 && second == NULL)
		rule = &c->conf->level_rule[REASON_ATTACK];
	else if (strcmp(first->text, "network") == 0 && second != NULL && second->next == NULL &&
	    strcmp(second->text, "unknown") == 0)
		rule = &c->conf->level_rule[REASON_NETWORK];
	if (rule == NULL)
		diag_add(c->b->diag, first->at, "a level counts when attack, or when network unknown");
	else if (level > rule->level)
		*rule = (struct level_rule){ (uint8_t)level, { c->b->file, st->at.line } };
}

static void
read_level(struct conf_build *c, const struct ast_statement *st)
{
	unsigned level = word_read(level_words, st->name, "level", c->b->diag);

	if (st->values != NULL) {
		read_level_rule(c, st, level);
		return;
	}
	if (level <= c->conf->level)	/* said twice: the higher one */
		return;
	c->conf->level = (uint8_t)level;
	c->conf->level_where = (struct where){ c->b->file, st->at.line };
}

/* Said twice: the stricter one. */
static void
read_session_may(struct conf_build *c, const struct ast_statement *st)
{
	unsigned may = word_read(session_words, st->name, "value of session-may", c->b->diag);

	if (may == 0)		/* not known what was meant */
		may = SESSION_NOTHING;
	if (c->conf->session_may != 0 && may >= c->conf->session_may)
		return;
	c->conf->session_may = (uint8_t)may;
	c->conf->session_where = (struct where){ c->b->file, st->at.line };
}

static bool
list_is_good(struct conf_build *c, const struct ast_statement *st)
{
	const struct atom *name = st->name, *path = st->values, *tag = path->next;
	size_t errors = c->b->diag->count;

	if (!name_is_plain(name->text) || strlen(name->text) > LIST_NAME_MOST)
		diag_add(c->b->diag, name->at, "a list's name is 1 to %d printable bytes", LIST_NAME_MOST);
	if (!path_is_plain(path->text))
		diag_add(c->b->diag, path->at, "a path is absolute, without //, /./ and /../");
	else if (path->text[strlen(path->text) - 1] == '/')
		diag_add(c->b->diag, path->at, "this is a folder: name a file");
	if (!list_tag_is_plain(tag->text))
		diag_add(c->b->diag, tag->at, "a tag is 1 to %d of a-z, 0-9 and -", LIST_TAG_MOST);
	if (strcmp(name->text, LIST_RESOLVERS_NAME) == 0)
		diag_add(c->b->diag, name->at, "the suite's own list has this name");
	for (unsigned i = 0; i < c->conf->lists_count; i++)
		if (strcmp(c->conf->lists[i].name, name->text) == 0)
			diag_add(c->b->diag, name->at, "there is a list of this name already");
	return c->b->diag->count == errors;
}

static void
add_list(struct conf_build *c, const struct ast_statement *st)
{
	struct conf *conf = c->conf;
	struct arena *arena = c->b->arena;
	const struct atom *path = st->values, *tag = path->next;

	if (!list_is_good(c, st))
		return;
	if (conf->lists_count == LISTS_MOST) {
		diag_add(c->b->diag, st->at, "more than %d lists", LISTS_MOST);
		return;
	}
	if (conf->lists == NULL)
		conf->lists = arena_get(arena, LISTS_MOST * sizeof *conf->lists);
	conf->lists[conf->lists_count++] = (struct conf_list){
		.name = arena_text(arena, st->name->text, strlen(st->name->text)),
		.path = arena_text(arena, path->text, strlen(path->text)),
		.tag = arena_text(arena, tag->text, strlen(tag->text)), .where = { c->b->file, st->at.line },
		.setting = list_setting(tag->text) };
}

/* Where in the text it is stands in the words: escapes in it have moved the column. */
static void
refuse_resolver(struct build *b, const struct atom *url, const struct upstream_fault *fault)
{
	char rest[64];

	(void)diag_safe(url->text + fault->at, rest, sizeof rest);
	diag_add(b->diag, url->at, "resolver: %s, at %s%s%s", fault->why, rest[0] == '\0' ? "its end" : "\"", rest,
	    rest[0] == '\0' ? "" : "\"");
}

static void
add_resolver(struct conf_build *c, const struct ast_statement *st)
{
	struct conf *conf = c->conf;
	const struct atom *url = st->name;
	struct upstream_fault fault;
	struct upstream u;
	bool good = upstream_read(url->text, strlen(url->text), &u, &fault);

	conf->resolver_unread |= !good;
	if (!good)
		refuse_resolver(c->b, url, &fault);
	else if (conf->resolvers_count == RESOLVERS_MOST)
		diag_add(c->b->diag, st->at, "more than %d resolvers", RESOLVERS_MOST);
	else
		conf->resolver[conf->resolvers_count++] = arena_text(c->b->arena, url->text,
		    strlen(url->text));
}

static void
read_statements(struct conf_build *c, const struct ast *ast)
{
	for (const struct ast_statement *st = ast->statements; st != NULL; st = st->next)
		switch (st->kind) {
		case STATEMENT_LEVEL:
			read_level(c, st);
			break;
		case STATEMENT_SET:
			settings_read(&c->stated, st, c->b->file, c->b->diag);
			break;
		case STATEMENT_INCLUDE:
			add_include(c, st);
			break;
		case STATEMENT_RULES:
			add_rules(c, st);
			break;
		case STATEMENT_LIST:
			add_list(c, st);
			break;
		case STATEMENT_RESOLVER:
			add_resolver(c, st);
			break;
		case STATEMENT_SESSION_MAY:
			read_session_may(c, st);
			break;
		case STATEMENT_PROFILE:
		case STATEMENT_EXTEND:
		case STATEMENT_FRAMEWORK:
			if (c->depth > 0)
				diag_add(c->b->diag, st->at, "this belongs into a file of the folder profiles");
			break;
		case STATEMENT_DEFINE:
			break;
		}
}

/*
 * With an error somewhere: rules that deny, and only those that could be read whole.
 * What would have been asked or gone through the tunnel is denied, too: it must not go
 * in the clear instead, and a rule that can't be read may have stood before.
 */
static void
keep_denying(struct conf_build *c)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->rules_count; i++)
		if (c->rules[i].action != RULE_ALLOW && c->rules[i].action != RULE_NONE) {
			c->rules[kept] = c->rules[i];
			if (!rule_denies(c->rules[i].action))
				c->rules[kept].action = RULE_DENY;
			kept++;
		}
	c->rules_count = kept;
	if (c->conf->session_may > SESSION_TEMPORARY)
		c->conf->session_may = 0;
	settings_builtin(&c->conf->settings);
	settings_tighten(&c->conf->settings, &c->stated);
	for (int i = 0; i < LEVEL_REASONS; i++)
		if (c->conf->level_rule[i].level < LEVEL_SECURE)
			c->conf->level_rule[i] = (struct level_rule){ 0 };
}

static int
take_rules(struct conf_build *c)
{
	struct build *b = c->b;

	c->conf->rules = (struct ruleset){ .count = c->rules_count,
		.rules = arena_copy(b->arena, c->rules, c->rules_count * sizeof *c->rules) };
	return ruleset_index(&c->conf->rules, b->arena);
}

void
conf_build(struct build *b, const struct file_source *source, const struct ast *ast,
    struct define *defines, struct conf **out)
{
	struct conf *conf = arena_get(b->arena, sizeof *conf);
	struct conf_build c = { .b = b, .source = source, .conf = conf };

	conf->defines = defines;
	settings_builtin(&c.stated);
	read_statements(&c, ast);
	conf->settings = c.stated;
	if (b->diag->count > 0)
		keep_denying(&c);
	if (take_rules(&c) == -1) {
		diag_add(b->diag, (struct pos){ 1, 1 }, "the rules overlap in too many ways");
		keep_denying(&c);
		(void)take_rules(&c);	/* without an index, then: slow, but all that deny */
	}
	*out = conf;
}
