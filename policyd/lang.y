/*
 * The language of policy files: bulwark.conf and profiles. The grammar is the
 * whole shape of it (docs/policy.md repeats it for people); what words mean is
 * checked after parsing, by conf.c, profile.c and rule_build.c.
 */
%require "3.8"
%define api.pure full
%define api.prefix {lang}
%define parse.error custom
%define parse.lac full
%locations
%param { struct parse *parse }

%code requires {
#include "scan.h"

struct span { struct pos first; };
#define LANGLTYPE struct span
#define YYLLOC_DEFAULT(Current, Rhs, N) \
	((Current).first = (N) ? YYRHSLOC(Rhs, 1).first : YYRHSLOC(Rhs, 0).first)

/* Lists under construction: last points at the last link. */
struct atoms { struct atom *first, *last; };
struct matches { struct ast_match *first, *last; };
struct rules { struct ast_rule *first, *last; };
struct props { struct ast_prop *first, *last; };
}

%union {
	struct atom *atom;
	struct atoms atoms;
	struct ast_match *match;
	struct matches matches;
	enum rule_action action;
	struct ast_rule *rule;
	struct rules rules;
	enum prop_kind prop_kind;
	enum match_kind match_kind;
	struct ast_prop *prop;
	struct props props;
	struct ast_statement *statement;
}

%code {
#include <stdio.h>
#include <string.h>

#include "lang_scan.h"
#include "nearest.h"

static void *make(struct parse *, size_t);
static struct ast_match *match(struct parse *, struct pos, enum match_kind, struct atom *);
static struct ast_prop *prop(struct parse *, struct pos, enum prop_kind, struct atom *);
static struct ast_statement *statement(struct parse *, struct pos, enum statement_kind, struct atom *);
static void add_statement(struct parse *, struct ast_statement *);
static void langerror(const LANGLTYPE *, struct parse *, const char *);

#define EXPECTED_MOST	30	/* more that could stand at a place are not listed: any word */

/* Appends an element to a list of its kind. */
#define PUSH(list, element) do {				\
	if ((element) == NULL)					\
		break;						\
	if ((list).last == NULL)				\
		(list).first = (element);			\
	else							\
		(list).last->next = (element);			\
	(list).last = (element);				\
} while (0)
}

%token NL "end of line"
%token <atom> WORD "word" STRING "\"text\"" VARIABLE "$name"
/* Words with a place in the grammar; each may also stand where any word may. */
%token <atom>
	PROFILE "profile" EXTEND "extend" LEVEL "level" SET "set" DEFINE "define" INCLUDE "include"
	RULES "rules" LIST "list" LIST_FILE "file" LIST_TAG "tag" RESOLVER "resolver"
	PATH "path" PREFIX "prefix" VIRTUAL "virtual" DESCRIPTION "description"
	ICON "icon" FLAGS "flags" CONNECT_PORTS "connect-ports" LISTEN_PORTS "listen-ports"
	DEFAULT "default" TLS "tls" VENDOR_DOMAINS "vendor-domains" ALLOW "allow" DENY "deny" BLOCK "block" DROP "drop"
	ASK "ask" TUNNEL "tunnel" DIRECTION "direction" IN "in" OUT "out" FORWARD "forward"
	ADDRESS "address" NET "net" RANGE "range" SCOPE "scope" PORT "port" PROTOCOL "protocol"
	ICMP_TYPE "icmp-type" DOMAIN "domain" DOMAINS "domains" UP_TO "up-to"
%token <atom> ANSWERS "answers" SESSION "session" SESSION_MAY "session-may"
%token <atom>
	COUNTRY "country" AS "as" USER "user" NETWORK "network" AT "at" DAYS "days" UNTIL "until" DIRECT "direct"
	EXIT "exit" HOPS "hops"
%token <atom> FRAMEWORK "framework" FIND "find" BUILD "build" PARENT_LEVEL "parent-level" MERGE "merge"
%token <atom> WHEN "when"

%token <atom> IGNORE_LISTS "ignore-lists"

%type <atom> word value
%type <atoms> words items list values
%type <match> match
%type <matches> matches
%type <match_kind> match_word
%type <action> action
%type <rule> rule
%type <rules> rule_lines rule_block
%type <prop_kind> prop_text prop_word prop_list frame_text
%type <prop> prop frame_prop
%type <props> prop_lines frame_lines frame_line
%type <statement> statement

%%

file:
	  %empty
	| file NL
	| file statement NL		{ add_statement(parse, $2); }
	| file error NL			{ yyerrok; }
	;

statement:
	  PROFILE STRING '{' prop_lines '}'
		{ $$ = statement(parse, @1.first, STATEMENT_PROFILE, $2); $$->props = $4.first; }
	| EXTEND PROFILE STRING '{' prop_lines '}'
		{ $$ = statement(parse, @1.first, STATEMENT_EXTEND, $3); $$->props = $5.first; }
	| LEVEL word
		{ $$ = statement(parse, @1.first, STATEMENT_LEVEL, $2); }
	| LEVEL word WHEN words
		{ $$ = statement(parse, @1.first, STATEMENT_LEVEL, $2); $$->values = $4.first; }
	| SET word list
		{ $$ = statement(parse, @1.first, STATEMENT_SET, $2); $$->values = $3.first; }
	| DEFINE VARIABLE list
		{ $$ = statement(parse, @1.first, STATEMENT_DEFINE, $2); $$->values = $3.first; }
	| INCLUDE STRING
		{ $$ = statement(parse, @1.first, STATEMENT_INCLUDE, $2); }
	| RULES rule_block
		{ $$ = statement(parse, @1.first, STATEMENT_RULES, NULL); $$->rules = $2.first; }
	| LIST STRING LIST_FILE STRING LIST_TAG word
		{ $$ = statement(parse, @1.first, STATEMENT_LIST, $2); $$->values = $4; $4->next = $6; }
	| RESOLVER STRING
		{ $$ = statement(parse, @1.first, STATEMENT_RESOLVER, $2); }
	| SESSION_MAY word
		{ $$ = statement(parse, @1.first, STATEMENT_SESSION_MAY, $2); }
	| FRAMEWORK STRING '{' frame_lines '}'
		{ $$ = statement(parse, @1.first, STATEMENT_FRAMEWORK, $2); $$->props = $4.first; }
	;

prop_lines:
	  %empty			{ $$ = (struct props){ NULL, NULL }; }
	| prop_lines NL			{ $$ = $1; }
	| prop_lines prop NL		{ $$ = $1; PUSH($$, $2); }
	| prop_lines error NL		{ $$ = $1; yyerrok; }
	;

prop:
	  prop_text STRING		{ $$ = prop(parse, @1.first, $1, $2); }
	| prop_word word		{ $$ = prop(parse, @1.first, $1, $2); }
	| FLAGS words			{ $$ = prop(parse, @1.first, PROP_FLAGS, $2.first); }
	| prop_list list		{ $$ = prop(parse, @1.first, $1, $2.first); }
	| RULES rule_block
		{ $$ = prop(parse, @1.first, PROP_RULES, NULL); $$->rules = $2.first; }
	| ANSWERS rule_block
		{ $$ = prop(parse, @1.first, PROP_ANSWERS, NULL); $$->rules = $2.first; }
	| ANSWERS SESSION rule_block
		{ $$ = prop(parse, @1.first, PROP_SESSION_ANSWERS, NULL); $$->rules = $3.first; }
	;

frame_lines:
	  %empty			{ $$ = (struct props){ NULL, NULL }; }
	| frame_lines NL		{ $$ = $1; }
	| frame_lines prop NL		{ $$ = $1; PUSH($$, $2); }
	| frame_lines frame_line NL
		{ $$ = $1; PUSH($$, $2.first); $$.last = $2.last; }
	| frame_lines error NL		{ $$ = $1; yyerrok; }
	;

/* What belongs together may stand in one line. */
frame_line:
	  frame_prop			{ $$ = (struct props){ $1, $1 }; }
	| frame_line frame_prop		{ $$ = $1; PUSH($$, $2); }
	;

frame_prop:
	  frame_text STRING		{ $$ = prop(parse, @1.first, $1, $2); }
	| PARENT_LEVEL word		{ $$ = prop(parse, @1.first, PROP_PARENT_LEVEL, $2); }
	| MERGE				{ $$ = prop(parse, @1.first, PROP_MERGE, $1); }
	;

frame_text:
	  FIND				{ $$ = PROP_FIND; }
	| BUILD				{ $$ = PROP_BUILD; }
	;

prop_text:
	  PATH				{ $$ = PROP_PATH; }
	| PREFIX			{ $$ = PROP_PREFIX; }
	| VIRTUAL			{ $$ = PROP_VIRTUAL; }
	| DESCRIPTION			{ $$ = PROP_DESCRIPTION; }
	| ICON				{ $$ = PROP_ICON; }
	;

prop_word:
	  LEVEL				{ $$ = PROP_LEVEL; }
	| DEFAULT			{ $$ = PROP_DEFAULT; }
	| TLS				{ $$ = PROP_TLS; }
	;

prop_list:
	  CONNECT_PORTS			{ $$ = PROP_CONNECT; }
	| LISTEN_PORTS			{ $$ = PROP_LISTEN; }
	| VENDOR_DOMAINS		{ $$ = PROP_VENDOR; }
	| DOMAINS			{ $$ = PROP_DOMAINS; }
	| IGNORE_LISTS			{ $$ = PROP_IGNORE_LISTS; }
	;

rule_block:
	  '{' rule_lines '}'		{ $$ = $2; }
	;

rule_lines:
	  %empty			{ $$ = (struct rules){ NULL, NULL }; }
	| rule_lines NL			{ $$ = $1; }
	| rule_lines rule NL		{ $$ = $1; PUSH($$, $2); }
	| rule_lines error NL		{ $$ = $1; yyerrok; }
	;

rule:
	  action matches
		{ $$ = make(parse, sizeof *$$); $$->at = @1.first; $$->action = $1; $$->matches = $2.first; }
	;

action:
	  ALLOW				{ $$ = RULE_ALLOW; }
	| DENY				{ $$ = RULE_DENY; }
	| BLOCK				{ $$ = RULE_BLOCK; }
	| DROP				{ $$ = RULE_DROP; }
	| ASK				{ $$ = RULE_ASK; }
	| TUNNEL			{ $$ = RULE_TUNNEL; }
	;

matches:
	  %empty			{ $$ = (struct matches){ NULL, NULL }; }
	| matches match			{ $$ = $1; PUSH($$, $2); }
	;

match:
	  IN				{ $$ = match(parse, @1.first, MATCH_DIRECTION, $1); }
	| OUT				{ $$ = match(parse, @1.first, MATCH_DIRECTION, $1); }
	| FORWARD			{ $$ = match(parse, @1.first, MATCH_DIRECTION, $1); }
	| match_word values		{ $$ = match(parse, @1.first, $1, $2.first); }
	| UP_TO word			{ $$ = match(parse, @1.first, MATCH_UP_TO, $2); }
	| UNTIL word			{ $$ = match(parse, @1.first, MATCH_UNTIL, $2); }
	| DIRECT			{ $$ = match(parse, @1.first, MATCH_DIRECT, $1); }
	| EXIT COUNTRY values		{ $$ = match(parse, @1.first, MATCH_EXIT, $3.first); }
	| HOPS word			{ $$ = match(parse, @1.first, MATCH_HOPS, $2); }
	| LIST_FILE word		{ $$ = match(parse, @1.first, MATCH_FILE, $2); }
	;

match_word:
	  DIRECTION			{ $$ = MATCH_DIRECTION; }
	| ADDRESS			{ $$ = MATCH_ADDRESS; }
	| NET				{ $$ = MATCH_NET; }
	| RANGE				{ $$ = MATCH_RANGE; }
	| SCOPE				{ $$ = MATCH_SCOPE; }
	| PORT				{ $$ = MATCH_PORT; }
	| PROTOCOL			{ $$ = MATCH_PROTOCOL; }
	| ICMP_TYPE			{ $$ = MATCH_ICMP; }
	| DOMAIN			{ $$ = MATCH_DOMAIN; }
	| COUNTRY			{ $$ = MATCH_COUNTRY; }
	| AS				{ $$ = MATCH_AS; }
	| USER				{ $$ = MATCH_USER; }
	| NETWORK			{ $$ = MATCH_NETWORK; }
	| AT				{ $$ = MATCH_AT; }
	| DAYS				{ $$ = MATCH_DAYS; }
	;

values:
	  value				{ $$ = (struct atoms){ $1, $1 }; }
	| list
	;

list:
	  '{' items '}'			{ $$ = $2; }
	;

items:
	  %empty			{ $$ = (struct atoms){ NULL, NULL }; }
	| items NL			{ $$ = $1; }
	| items value			{ $$ = $1; PUSH($$, $2); }
	;

words:
	  word				{ $$ = (struct atoms){ $1, $1 }; }
	| words word			{ $$ = $1; PUSH($$, $2); }
	;

value:
	  word
	| STRING
	| VARIABLE
	;

word:
	  WORD
	| PROFILE | EXTEND | LEVEL | SET | DEFINE | INCLUDE | RULES | LIST | LIST_FILE | LIST_TAG | RESOLVER
	| PATH | PREFIX | VIRTUAL | DESCRIPTION | ICON | FLAGS | CONNECT_PORTS | LISTEN_PORTS | DEFAULT | TLS
	| VENDOR_DOMAINS | ALLOW | DENY | BLOCK | DROP | ASK | TUNNEL | DIRECTION | IN | OUT | FORWARD | ADDRESS
	| NET | RANGE | SCOPE | PORT | PROTOCOL | ICMP_TYPE | DOMAIN | DOMAINS | UP_TO
	| ANSWERS | SESSION | SESSION_MAY
	| IGNORE_LISTS
	| COUNTRY | AS | USER | NETWORK | AT | DAYS | UNTIL | DIRECT | EXIT | HOPS
	| FRAMEWORK | FIND | BUILD | PARENT_LEVEL | MERGE
	| WHEN
	;

%%

static void *
make(struct parse *parse, size_t n)
{
	return arena_get(&parse->ast->arena, n);
}

static struct ast_match *
match(struct parse *parse, struct pos at, enum match_kind kind, struct atom *values)
{
	struct ast_match *m = make(parse, sizeof *m);

	*m = (struct ast_match){ .at = at, .kind = kind, .values = values };
	return m;
}

static struct ast_prop *
prop(struct parse *parse, struct pos at, enum prop_kind kind, struct atom *values)
{
	struct ast_prop *p = make(parse, sizeof *p);

	*p = (struct ast_prop){ .at = at, .kind = kind, .values = values };
	return p;
}

static struct ast_statement *
statement(struct parse *parse, struct pos at, enum statement_kind kind, struct atom *name)
{
	struct ast_statement *s = make(parse, sizeof *s);

	*s = (struct ast_statement){ .at = at, .kind = kind, .name = name };
	return s;
}

static void
add_statement(struct parse *parse, struct ast_statement *s)
{
	*parse->last = s;
	parse->last = &s->next;
}

/* Words of policies that this version doesn't judge: said clearly, never skipped over. */
static bool
for_later(const char *word)
{
	static const char *const words[] = {
		"list", "from", "sha256", "package", "locked", "strict-domains" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* "a, b or c" of what could stand here, and which of it comes near to what does. */
static void
expected(const yypcontext_t *context, char *out, size_t size, struct nearest *near)
{
	yysymbol_kind_t kinds[60];
	int n = yypcontext_expected_tokens(context, kinds, 60);
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < n && used < size; i++) {
		int put = snprintf(out + used, size - used, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ",
		    yysymbol_name(kinds[i]));

		used += put < 0 ? size : (size_t)put;
	}
	for (int i = 0; i < n; i++)
		nearest_look(near, yysymbol_name(kinds[i]));
	if (n <= 0 || n > EXPECTED_MOST || used >= size)
		out[0] = '\0';
}

/* A word, or one that has a place in the grammar. */
static bool
is_word(yysymbol_kind_t kind)
{
	return kind == YYSYMBOL_WORD || (kind >= YYSYMBOL_PROFILE && kind <= YYSYMBOL_IGNORE_LISTS);
}

static void
report(struct scan *scan, struct pos at, yysymbol_kind_t kind, const char *wanted, const struct nearest *near)
{
	const char *then = wanted[0] != '\0' ? "; here may stand " : "";
	char word[80], hint[NEAREST_HINT];

	(void)diag_safe(scan->text, word, sizeof word);
	if ((kind == YYSYMBOL_WORD || (kind == YYSYMBOL_LIST && scan->depth > 0)) && for_later(scan->text))
		diag_add(scan->diag, at, "\"%s\" is not supported in this version", word);
	else if (kind == YYSYMBOL_WORD && strcmp(scan->text, "lifeline") == 0)
		diag_add(scan->diag, at, "\"lifeline\" is set in bulwarkd.conf");
	else if (is_word(kind) && strcmp(wanted, "\"text\"") == 0)
		diag_add(scan->diag, at, "this stands in double quotes: \"%s\"", word);
	else if (kind == YYSYMBOL_WORD)
		diag_add(scan->diag, at, "unknown word \"%s\"%s%s%s", word, nearest_hint(near, hint), then, wanted);
	else if (scan->depth > 0 && !scan->stop && (kind == YYSYMBOL_YYEOF || kind == YYSYMBOL_PROFILE))
		diag_add(scan->diag, at, "unexpected %s: a '}' is missing for the '{' in line %u",
		    kind == YYSYMBOL_YYEOF ? "end of file" : "profile", scan->opened[scan->depth - 1]);
	else
		diag_add(scan->diag, at, "unexpected %s%s%s", kind == YYSYMBOL_YYEOF ? "end of file" :
		    yysymbol_name(kind), then, wanted);
}

static int
yyreport_syntax_error(const yypcontext_t *context, struct parse *parse)
{
	yysymbol_kind_t kind = yypcontext_token(context);
	struct scan *scan = &parse->scan;
	struct nearest near = { .word = scan->text };
	char wanted[320];

	if (kind == YYSYMBOL_YYerror)		/* the scanner has said it */
		return 0;
	expected(context, wanted, sizeof wanted, &near);
	report(scan, yypcontext_location(context)->first, kind, wanted, &near);
	scan_skip(scan, kind == YYSYMBOL_NL ? 0 : kind == YYSYMBOL_YYEOF ? 0 : *scan->text);
	return 0;
}

static void
langerror(const LANGLTYPE *at, struct parse *parse, const char *text)
{
	diag_add(parse->scan.diag, at->first, "%s", text);
}

void
parse_text(const char *text, size_t len, struct ast *ast, struct diag *diag)
{
	struct parse parse = { .ast = ast };

	parse.last = &ast->statements;
	scan_start(&parse.scan, text, len, &ast->arena, diag);
	(void)langparse(&parse);
}

void
ast_free(struct ast *ast)
{
	arena_free(&ast->arena);
	ast->statements = NULL;
}
