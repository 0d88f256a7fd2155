/*
 * See words.h. Numbers come from validated messages, but an unlisted one still
 * has a word: "?".
 */
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control.h"
#include "names.h"
#include "ui.h"
#include "words.h"

#define WORD(table, n)	((n) < sizeof(table) / sizeof((table)[0]) && (table)[n] != NULL ? (table)[n] : "?")

static const char *const actions[] = {
	[ACTION_ACCEPT] = "accept", [ACTION_BLOCK] = "block", [ACTION_DROP] = "drop",
	[ACTION_NAMESERVER] = "nameserver", [ACTION_TUNNEL] = "tunnel",
};

static const char *const directions[] = {
	[DIRECTION_OUT] = "out", [DIRECTION_IN] = "in", [DIRECTION_FORWARD] = "forward",
};

static const char *const owners[] = {
	[OWNER_PROCESS] = "process", [OWNER_UNKNOWN] = "unknown", [OWNER_KERNEL] = "kernel",
	[OWNER_NOBODY] = "nobody", [OWNER_FORWARDED] = "forwarded",
};

static const char *const sources[] = {
	[UI_BY_DECISION] = "decision", [UI_BY_GRANT] = "grant", [UI_AGAIN] = "again",
};

static const char *const levels[] = {
	[LEVEL_DYNAMIC] = "dynamic", [LEVEL_SECURE] = "secure", [LEVEL_FORTRESS] = "fortress",
};

static const char *const rules[] = {
	[0] = "unknown", [RULES_LOADED] = "loaded", [RULES_KEPT] = "kept",
	[RULES_PUT_BACK] = "put-back", [RULES_FAILED] = "failed",
};

static const char *const states[] = {
	[STATE_STARTING] = "starting", [STATE_RUNNING] = "running", [STATE_DOWN] = "down",
};

static const char *const notices[] = {
	[UI_INFO] = "info", [UI_WARN] = "warn", [UI_ALARM] = "alarm",
};

static const char *const ways[] = {
	[BELOW_WAY_OPEN] = "open", [BELOW_WAY_SENT] = "sent", [BELOW_WAY_PAST_QUEUES] = "past-queues",
	[BELOW_WAY_FRAMES] = "frames",
};

static const char *const questions[] = {
	[NAMES_RESOLVE] = "resolved", [NAMES_REFUSE] = "refused", [NAMES_BLOCK] = "blocked",
	[NAMES_LATER] = "asked",
};

static const char *const transports[] = { [NAMES_CLEAR] = "clear", [NAMES_TLS] = "TLS",
	[NAMES_HTTPS] = "HTTPS" };

static const char *const proofs[] = {
	[NAMES_BY_NOTHING] = "nothing", [NAMES_BY_ADDRESS] = "address", [NAMES_BY_NAME] = "name",
	[NAMES_BY_KEY] = "key", [NAMES_BY_NAME_AND_KEY] = "name and key",
};

static const char *const validations[] = {
	[NAMES_UNCHECKED] = "unchecked", [NAMES_SECURE] = "secure", [NAMES_INSECURE] = "insecure",
	[NAMES_BOGUS] = "bogus", [NAMES_CAPTIVE] = "captive",
};

/* RFC 6895, 2.3 */
static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };

static const struct {
	const char	*word;
	unsigned	 number;
} qtypes[] = {
	{ "A", 1 }, { "NS", 2 }, { "CNAME", 5 }, { "SOA", 6 }, { "PTR", 12 }, { "MX", 15 },
	{ "TXT", 16 }, { "AAAA", 28 }, { "SRV", 33 }, { "NAPTR", 35 }, { "DS", 43 }, { "SSHFP", 44 },
	{ "RRSIG", 46 }, { "NSEC", 47 }, { "DNSKEY", 48 }, { "TLSA", 52 }, { "SVCB", 64 },
	{ "HTTPS", 65 }, { "ANY", 255 }, { "CAA", 257 },
};
#define QTYPES	(sizeof(qtypes) / sizeof(qtypes[0]))

static const char *const process_flags[] = {
	"proven", "deleted", "traced", "root-file", "safe-mode", "root-cgroup", "kernel", "admin",
	"preload", "own-mounts", "named-cgroup",
};
_Static_assert(PROCESS_FLAGS == (1 << 11) - 1, "a word for each process flag");

static const struct {
	const char	*word;
	unsigned	 number;
} protocols[] = {
	{ "icmp", IPPROTO_ICMP }, { "igmp", IPPROTO_IGMP }, { "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP }, { "dccp", IPPROTO_DCCP }, { "ipv6", IPPROTO_IPV6 },
	{ "gre", IPPROTO_GRE }, { "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
	{ "icmp6", IPPROTO_ICMPV6 }, { "sctp", IPPROTO_SCTP }, { "udplite", IPPROTO_UDPLITE },
};
#define PROTOCOLS	(sizeof(protocols) / sizeof(protocols[0]))

const char *
word_action(unsigned action)
{
	return WORD(actions, action);
}

const char *
word_direction(unsigned direction)
{
	return WORD(directions, direction);
}

const char *
word_owner(unsigned owner)
{
	return WORD(owners, owner);
}

const char *
word_source(unsigned source)
{
	return WORD(sources, source);
}

const char *
word_level(unsigned level)
{
	return WORD(levels, level);
}

const char *
word_rules(unsigned rules_state)
{
	return WORD(rules, rules_state);
}

const char *
word_state(unsigned process_state)
{
	return WORD(states, process_state);
}

const char *
word_notice(unsigned notice_level)
{
	return WORD(notices, notice_level);
}

const char *
word_below(unsigned way)
{
	return WORD(ways, way);
}

const char *
word_question(unsigned names_word)
{
	return WORD(questions, names_word);
}

const char *
word_validation(unsigned names_validation)
{
	return WORD(validations, names_validation);
}

const char *
word_transport(unsigned names_transport)
{
	return WORD(transports, names_transport);
}

const char *
word_proof(unsigned names_proof)
{
	return WORD(proofs, names_proof);
}

const char *
word_rcode(unsigned rcode)
{
	return rcode < sizeof(rcodes) / sizeof(rcodes[0]) ? rcodes[rcode] : NULL;
}

const char *
word_qtype(unsigned qtype)
{
	for (size_t i = 0; i < QTYPES; i++)
		if (qtypes[i].number == qtype)
			return qtypes[i].word;
	return NULL;
}

const char *
word_process_flag(unsigned bit)
{
	return bit < sizeof(process_flags) / sizeof(process_flags[0]) ? process_flags[bit] : NULL;
}

const char *
word_protocol(unsigned proto)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == proto)
			return protocols[i].word;
	return NULL;
}

static unsigned
find_word(const char *const *table, unsigned count, const char *word)
{
	for (unsigned i = 1; i < count; i++)
		if (table[i] != NULL && strcmp(table[i], word) == 0)
			return i;
	return 0;
}

unsigned
outcome_question(unsigned names_word)
{
	return ACTION_MAX + names_word;
}

unsigned
outcome_below(bool refused)
{
	return ACTION_MAX + (refused ? NAMES_REFUSE : NAMES_WORD_MAX + 1);
}

unsigned
word_to_outcome(const char *word)
{
	unsigned	n = find_word(actions, sizeof(actions) / sizeof(actions[0]), word);

	if (n != 0)
		return n;
	if ((n = find_word(questions, sizeof(questions) / sizeof(questions[0]), word)) != 0)
		return outcome_question(n);
	return strcmp(word, "below") == 0 ? outcome_below(false) : 0;
}

unsigned
word_to_direction(const char *word)
{
	return find_word(directions, sizeof(directions) / sizeof(directions[0]), word);
}

int
word_to_protocol(const char *word)
{
	char	*end;
	long	 number;

	for (size_t i = 0; i < PROTOCOLS; i++)
		if (strcmp(protocols[i].word, word) == 0)
			return (int)protocols[i].number;
	if (word[0] < '0' || word[0] > '9')
		return -1;
	number = strtol(word, &end, 10);
	return *end == '\0' && number <= 255 ? (int)number : -1;
}

unsigned
word_to_qtype(const char *word)
{
	char		*end;
	unsigned long	 number;

	for (size_t i = 0; i < QTYPES; i++)
		if (strcasecmp(qtypes[i].word, word) == 0)
			return qtypes[i].number;
	if (strncasecmp(word, "TYPE", 4) != 0 || word[4] < '0' || word[4] > '9')
		return 0;
	number = strtoul(word + 4, &end, 10);
	return *end == '\0' && number <= UINT16_MAX ? (unsigned)number : 0;
}

unsigned
mark_of(unsigned action, bool permanent)
{
	switch (action) {
	case ACTION_ACCEPT:
		return permanent ? 1710 : 1700;
	case ACTION_BLOCK:
		return permanent ? 1711 : 1701;
	case ACTION_DROP:
		return permanent ? 1712 : 1702;
	case ACTION_NAMESERVER:
		return 1799;
	case ACTION_TUNNEL:
		return 1717;
	default:
		return 0;
	}
}
