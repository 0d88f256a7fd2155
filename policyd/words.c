/*
 * The words of the policy language; see words.h.
 */
#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "words.h"

const struct word level_words[] = {
	{ "dynamic", LEVEL_DYNAMIC }, { "secure", LEVEL_SECURE }, { "fortress", LEVEL_FORTRESS },
	{ NULL, 0 },
};

const struct word flag_words[] = {
	{ "internet", FLAG_INTERNET }, { "localnet", FLAG_LOCALNET }, { "service", FLAG_SERVICE },
	{ "system", FLAG_SYSTEM }, { "admin", FLAG_ADMIN }, { "user", FLAG_USER },
	{ "gateway", FLAG_GATEWAY }, { "browser", FLAG_BROWSER }, { "strict", FLAG_STRICT },
	{ "directconnect", FLAG_DIRECTCONNECT }, { "packets", FLAG_PACKETS }, { NULL, 0 },
};

const struct word scope_words[] = {
	{ "host", SCOPE_HOST }, { "link", SCOPE_LINK }, { "site", SCOPE_SITE },
	{ "lan", SCOPE_LINK | SCOPE_SITE }, { "multicast", SCOPE_MULTICAST },
	{ "broadcast", SCOPE_BROADCAST }, { "internet", SCOPE_INTERNET },
	{ "internet-multicast", SCOPE_INTERNET_MULTICAST }, { NULL, 0 },
};

const struct word value_words[] = {
	{ "off", VALUE_OFF }, { "on", VALUE_ON }, { "permit", VALUE_PERMIT }, { "note", VALUE_NOTE },
	{ "own-subnets", VALUE_OWN_SUBNETS }, { "unencrypted", VALUE_UNENCRYPTED }, { "ask", VALUE_ASK },
	{ "deny", VALUE_DENY },
	{ "block", VALUE_BLOCK }, { "drop", VALUE_DROP },
	{ "nxdomain", VALUE_NXDOMAIN }, { "zero", VALUE_ZERO }, { "refused", VALUE_REFUSED }, { NULL, 0 },
};

const struct word tls_words[] = {
	{ "off", VALUE_OFF }, { "warn", VALUE_NOTE }, { "enforce", VALUE_ON }, { NULL, 0 },
};

/* The value is the protocol number plus one: 0 is a number as well. */
const struct word protocol_words[] = {
	{ "tcp", 6 + 1 }, { "udp", 17 + 1 }, { "icmp", 1 + 1 }, { "icmp6", 58 + 1 },
	{ "igmp", 2 + 1 }, { "sctp", 132 + 1 }, { "dccp", 33 + 1 }, { "gre", 47 + 1 },
	{ "esp", 50 + 1 }, { "ah", 51 + 1 }, { NULL, 0 },
};

const struct word session_words[] = {
	{ "nothing", SESSION_NOTHING }, { "temporary", SESSION_TEMPORARY }, { "everything", SESSION_EVERYTHING },
	{ NULL, 0 },
};

unsigned
word_value(const struct word *table, const char *word)
{
	for (; table->word != NULL; table++)
		if (strcmp(table->word, word) == 0)
			return table->value;
	return 0;
}

const char *
word_name(const struct word *table, unsigned value)
{
	for (; table->word != NULL; table++)
		if (table->value == value)
			return table->word;
	return "?";
}

unsigned
word_read(const struct word *table, const struct atom *atom, const char *what, struct diag *diag)
{
	unsigned value = word_value(table, atom->text);
	struct nearest near = { .word = atom->text };
	char known[160], word[80], hint[NEAREST_HINT];
	size_t used = 0;

	if (value != 0 && !atom->quoted)
		return value;
	if (value != 0) {
		diag_add(diag, atom->at, "%s stands without quotes", atom->text);
		return 0;
	}
	known[0] = '\0';
	for (const struct word *w = table; w->word != NULL && used < sizeof known; w++) {
		int n = snprintf(known + used, sizeof known - used, "%s%s", used == 0 ? "" : ", ",
		    w->word);

		used += n < 0 ? sizeof known : (size_t)n;
		nearest_look(&near, w->word);
	}
	diag_add(diag, atom->at, "unknown %s \"%s\"%s; known are %s", what,
	    diag_safe(atom->text, word, sizeof word), nearest_hint(&near, hint), known);
	return 0;
}

void
word_list(const struct word *table, unsigned flags, char *out, size_t size)
{
	size_t used = 0;

	if (size > 0)
		out[0] = '\0';
	for (; table->word != NULL && used < size; table++) {
		int n;

		if ((flags & table->value) != table->value)
			continue;
		n = snprintf(out + used, size - used, "%s%s", used == 0 ? "" : " ", table->word);
		used += n < 0 ? size : (size_t)n;
	}
}
