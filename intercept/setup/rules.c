/* The rules as they should be (rules.h). */
#include <stdio.h>
#include <string.h>

#include "nft.h"
#include "rules.h"
#include "sandbox.h"

extern const char rules_v4[], rules_v6[];	/* made from intercept/rules at build time */

#define LINE_BYTES	1024
#define KERNEL_LINE	"#kernel "
#define GUARDED_LINE	"#guarded "
#define ALONE_LINE	"#alone "

/*
 * Incoming flows to the port get nibble 1 before anything is asked, and so do
 * their answers if something took the nibble away. Never on the loopback
 * device: there the sender is a local program, which is judged.
 */
static void
lifelines_text(int family, const struct lifelines *all, bool in, struct text *t)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct lifeline	*l = &all->line[i];
		char			 net[80] = "";

		if (l->family != family)
			continue;
		if (l->length > 0)
			(void)snprintf(net, sizeof(net), "-%c %s ", in ? 's' : 'd', l->net);
		text_add(t, "-A BW-%s %s! -%c lo -p %s -m %s --%cport %u -m conntrack --ctstate %s "
		    "--ctdir %s -g BW-LIFE\n", in ? "IN" : "OUT", net, in ? 'i' : 'o', l->proto,
		    l->proto, in ? 'd' : 's', l->port, in ? "NEW,ESTABLISHED" : "ESTABLISHED",
		    in ? "ORIGINAL" : "REPLY");
	}
}

/* The next line of text without its newline; NULL at the end. */
static const char *
next_line(const char **at, char *line, size_t size)
{
	size_t	len = strcspn(*at, "\n");

	if (**at == '\0')
		return NULL;
	if (len >= size)
		fatalx("a line of the rules is too long");
	memcpy(line, *at, len);
	line[len] = '\0';
	*at += len + ((*at)[len] == '\n');
	return line;
}

/* A line that matches by what lies in the parent's folder, with the way there in the place of @. */
static void
kernel_text(const char *line, const char *name, struct text *t)
{
	size_t	before = strcspn(line, "@");

	if (line[before] != '@')
		fatalx("a line of the rules for the kernel's part has no @");
	text_add(t, "%.*s" KERNEL_FOLDER "%s%s\n", (int)before, line, name, line + before + 1);
}

/* The line behind its prefix; NULL: it has another. */
static const char *
behind(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0 ? line + strlen(prefix) : NULL;
}

static void
line_text(int family, const struct lifelines *all, const char *line, struct text *t)
{
	const char	*rest;

	if (strcmp(line, "#lifeline in") == 0)
		lifelines_text(family, all, true, t);
	else if (strcmp(line, "#lifeline out") == 0)
		lifelines_text(family, all, false, t);
	else if ((rest = behind(line, KERNEL_LINE)) != NULL && all->kernel[0] != '\0')
		kernel_text(rest, all->kernel, t);
	else if ((rest = behind(line, all->guarded ? GUARDED_LINE : ALONE_LINE)) != NULL)
		text_add(t, "%s\n", rest);
	else if (line[0] != '#')
		text_add(t, "%s\n", line);
}

/* The whole text of one family. */
static void
rules_text(int family, const struct lifelines *all, struct text *t)
{
	const char	*at = family == 4 ? rules_v4 : rules_v6;
	char		 line[LINE_BYTES];
	bool		 skip = false;

	while (next_line(&at, line, sizeof(line)) != NULL) {
		if (all->guarded && behind(line, ALONE_LINE "*") != NULL)
			skip = true;
		if (!skip)
			line_text(family, all, line, t);
		if (strcmp(line, "COMMIT") == 0)
			skip = false;
	}
}

void
rules_expected(int family, const struct lifelines *all, struct ruleset *want)
{
	struct text	 t = { 0 };
	const char	*at;
	char		 line[LINE_BYTES];

	*want = (struct ruleset){ .family = family };
	rules_text(family, all, &t);
	at = text_str(&t);
	while (next_line(&at, line, sizeof(line)) != NULL)
		ruleset_line(want, line);
	text_free(&t);
	if (want->broken || want->tables == 0)
		fatalx("the built-in rules cannot be read");
}

/* What the table lacks now, or lacked when our rules first came. */
static void
notes_text(int family, const struct table *want, const struct nft_state *nft, bool acct,
    struct text *t)
{
	const char	*name = want->name;

	if (!nft_has_table(nft, family, name) || nft_has_note(nft, family, name, "TABLE"))
		text_add(t, ":" NOTE_PREFIX "TABLE - [0:0]\n");
	for (size_t i = 0; i < want->jumps; i++) {
		const char	*base = want->jump[i].base;

		if (!nft_has_chain(nft, family, name, base) ||
		    nft_has_note(nft, family, name, base))
			text_add(t, ":" NOTE_PREFIX "%s - [0:0]\n", base);
	}
	if (family == 4 && strcmp(name, "mangle") == 0 &&
	    (acct || nft_has_note(nft, family, name, "ACCT")))
		text_add(t, ":" NOTE_PREFIX "ACCT - [0:0]\n");
}

/* One table from its "*name" line on. */
static void
table_text(const char **at, const struct table *want, const struct table *have, const char *head,
    struct text *t)
{
	char	line[LINE_BYTES];
	bool	begun = false;

	text_add(t, "*%s\n", want->name);
	while (next_line(at, line, sizeof(line)) != NULL) {
		if (line[0] == '-' && !begun) {
			begun = true;
			text_add(t, "%s", head);
			for (size_t i = 0; have != NULL && i < have->jumps; i++)
				text_add(t, "-D %s %s\n", have->jump[i].base,
				    text_str(&have->jump[i].spec));
		}
		text_add(t, "%s\n", line);
		if (strcmp(line, "COMMIT") == 0)
			break;
	}
}

void
rules_restore(int family, const struct lifelines *all, const struct ruleset *want,
    const struct ruleset *have, const struct nft_state *nft, bool acct, struct text *t)
{
	struct text	 whole = { 0 }, notes = { 0 };
	const char	*at;
	char		 line[LINE_BYTES], why[CONTROL_LOG_BYTES];

	rules_text(family, all, &whole);
	at = text_str(&whole);
	while (next_line(&at, line, sizeof(line)) != NULL) {
		const struct table	*w, *h;

		if (line[0] != '*')
			continue;
		w = ruleset_table(want, line + 1);
		h = ruleset_table(have, line + 1);
		if (w == NULL || table_same(w, h, why, sizeof(why)))
			continue;
		notes_text(family, w, nft, acct, &notes);
		table_text(&at, w, h, text_str(&notes), t);
		text_free(&notes);
	}
	text_free(&whole);
}
