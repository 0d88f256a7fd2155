/*
 * Settings; see settings.h. The explanations are what a person is shown.
 */
#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "settings.h"

#define V(x)	(1u << VALUE_##x)
#define LEVELS(d, s, f)	{ 0, VALUE_##d, VALUE_##s, VALUE_##f }

const struct setting_info setting_infos[SETTINGS_COUNT] = {
	[SETTING_DEFAULT_OUTGOING] = { "default-outgoing", V(PERMIT) | V(ASK) | V(DENY),
		LEVELS(PERMIT, ASK, DENY), true, true,
		"outgoing flows of programs without a profile, also inside this machine" },
	[SETTING_INCOMING] = { "incoming", V(PERMIT) | V(ASK) | V(DENY), LEVELS(DENY, DENY, DENY),
		true, true,
		"incoming flows to programs without a profile" },
	[SETTING_UNKNOWN_ORIGIN] = { "unknown-origin", V(PERMIT) | V(ASK) | V(DENY),
		LEVELS(ASK, DENY, DENY), true, true,
		"programs whose file, or a folder above it, does not belong to root or can be written by "
		"others, or that lie below /tmp, /var/tmp or /dev/shm; and programs that are being traced" },
	[SETTING_UNPROVEN] = { "unproven", V(PERMIT) | V(ASK) | V(DENY), LEVELS(ASK, DENY, DENY),
		true, true,
		"programs whose path does not lead to the file that runs: deleted, in memory only, in a mount "
		"of their own" },
	[SETTING_DIRECT] = { "direct", V(PERMIT) | V(NOTE) | V(BLOCK), LEVELS(NOTE, BLOCK, BLOCK),
		true, true,
		"connections to Internet addresses that the program asked the suite's resolver no name for, "
		"without the flag directconnect; judged while nameserver is on" },
	[SETTING_LAN] = { "lan", V(PERMIT) | V(OWN_SUBNETS) | V(ASK) | V(DENY),
		LEVELS(OWN_SUBNETS, ASK, DENY), false, true,
		"what programs without a profile send to the local network; own-subnets: only to networks "
		"that this machine is in, farther private addresses are judged as the Internet is" },
	[SETTING_FORWARDED] = { "forwarded", V(PERMIT) | V(ASK) | V(DENY),
		LEVELS(PERMIT, ASK, DENY), false, true,
		"what passes through this machine, where no profile of a container or forward:DEVICE speaks" },
	[SETTING_HOST_OTHER_USERS] = { "host-other-users", V(PERMIT) | V(DENY),
		LEVELS(PERMIT, PERMIT, DENY), false, true,
		"connections inside this machine to a program of another user with a number above 999" },
	[SETTING_REFUSE_AT_ONCE] = { "refuse-at-once", V(OFF) | V(ON), LEVELS(ON, ON, ON), false, false,
		"what a program tries again after it was refused fails in the call itself, without a packet; "
		"acts where the kernel path is on" },
	[SETTING_NAMESERVER] = { "nameserver", V(OFF) | V(ON), LEVELS(ON, ON, ON), false, false,
		"outgoing questions to port 53, to whatever server, are led to resolverd, and judged by the "
		"name and the program that asks" },
	[SETTING_TUNNEL] = { "tunnel", V(OFF) | V(ON), LEVELS(OFF, OFF, OFF), false, false,
		"rules that say tunnel are obeyed; it is not there yet: leave it off, and such flows are "
		"refused" },
	[SETTING_PACKET_SOCKETS] = { "packet-sockets", V(NOTE) | V(DENY), LEVELS(NOTE, NOTE, DENY), false, true,
		"programs without the flag packets that send by packet sockets (AF_PACKET, AF_XDP, AF_PPPOX), which the "
		"rules don't see; note: they may, and monitor tells who does; deny: only frames of ARP, EAPOL and "
		"LLDP pass; needs the suite's part in the kernel" },
	[SETTING_DNSSEC] = { "dnssec", V(OFF) | V(ON), LEVELS(ON, ON, ON), true, true,
		"answers of signed zones that do not stand the proof are refused; needs servers that pass "
		"signatures on" },
	[SETTING_ENCRYPTED_DNS] = { "encrypted-dns", V(OFF) | V(ON), LEVELS(OFF, ON, ON), true, true,
		"once a resolver is named that offers TLS, no other is asked" },
	[SETTING_DESIGNATED] = { "designated-resolvers", V(OFF) | V(ON), LEVELS(ON, ON, ON), false, false,
		"servers that are asked in clear are asked which encrypted ways they offer at their own "
		"address, TLS or HTTPS (RFC 9462), and over those from then on, as long as they work" },
	[SETTING_REBINDING] = { "rebinding-protection", V(OFF) | V(ON), LEVELS(ON, ON, ON), true, true,
		"answers that give a name of the Internet an address of this machine or its networks are "
		"refused" },
	[SETTING_NETWORK_NAMES] = { "network-names", V(PERMIT) | V(UNENCRYPTED) | V(DENY),
		LEVELS(UNENCRYPTED, UNENCRYPTED, DENY), false, true,
		"the servers of /etc/resolv.conf are asked for names below its search domains, and those with "
		"a private address for local names" },
	[SETTING_CAPTIVE] = { "captive-portals", V(PERMIT) | V(UNENCRYPTED) | V(DENY),
		LEVELS(UNENCRYPTED, UNENCRYPTED, DENY), false, true,
		"the names by which systems and browsers find out whether a network wants a login first are "
		"asked of the servers of /etc/resolv.conf" },
	[SETTING_MULTICAST_NAMES] = { "multicast-names", V(PERMIT) | V(DENY), LEVELS(DENY, DENY, DENY), false, true,
		"names below .local, and link-local addresses backwards, are asked of all neighbours by "
		"multicast DNS (RFC 6762), on each device with a private address" },
	[SETTING_BLOCKED_ANSWER] = { "blocked-answer", V(NXDOMAIN) | V(ZERO) | V(REFUSED),
		LEVELS(NXDOMAIN, NXDOMAIN, NXDOMAIN), false, false,
		"what a name that is blocked gets: no such name; the address 0.0.0.0 or ::; a refusal" },
	[SETTING_IGNORE_NETWORK] = { "ignore-network-resolvers", V(OFF) | V(ON), LEVELS(OFF, ON, ON), false, true,
		"servers that the network names (DHCP) are asked for nothing but its own names and its login page; "
		"stored, acts with knowledge of networks; network-names and captive-portals act already" },
	[SETTING_FORWARD_SPECIAL] = { "forward-special-names", V(OFF), LEVELS(OFF, OFF, OFF), true, true,
		"names for special use (RFC 6761), such as localhost, are sent to servers of the Internet: never, "
		"this shows that it is so" },
	[SETTING_TLS] = { "tls-checks", V(OFF) | V(NOTE) | V(BLOCK), LEVELS(NOTE, BLOCK, BLOCK), true, true,
		"TLS older than 1.2, broken suites, bad or missing certificate chains; stored, acts with inspection" },
	[SETTING_CLEAR_TEXT] = { "clear-text-logins", V(OFF) | V(NOTE) | V(BLOCK), LEVELS(OFF, NOTE, BLOCK), false, true,
		"plain HTTP and other protocols that show a login to everybody on the way; stored, acts with "
		"inspection" },
	[SETTING_DEFENCE] = { "network-defence", V(OFF) | V(NOTE) | V(BLOCK), LEVELS(NOTE, BLOCK, BLOCK), false, true,
		"machines that scan ports or lie about hardware addresses (ARP, ND); block refuses new incoming "
		"connections of theirs; stored, acts with inspection" },
	[SETTING_ATTACK] = { "attack-state", V(OFF) | V(ON), LEVELS(ON, ON, ON), true, true,
		"new connections from addresses that a finding of inspection names are dropped (check 5); acts with inspection" },
	[SETTING_TUNNEL_ALL] = { "tunnel-all", V(OFF) | V(ON), LEVELS(OFF, ON, ON), false, true,
		"all of the Internet goes through the tunnel, not only what rules say; stored, acts with the tunnel" },
	[SETTING_TUNNEL_HOPS] = { "tunnel-more-hops", V(OFF) | V(ON), LEVELS(OFF, OFF, ON), false, true,
		"ways through the tunnel have more hops than usual; stored, acts with the tunnel" },
	[SETTING_LOCK_ON_CHANGE] = { "judge-anew-on-change", V(OFF) | V(ON), LEVELS(ON, ON, ON), true, true,
		"when the machine wakes up or changes its network, every connection is judged anew; stored, acts "
		"with knowledge of networks; a changed policy or level does so already" },
	[SETTING_DNS_BYPASS] = { "dns-bypass", V(PERMIT) | V(NOTE) | V(BLOCK), LEVELS(NOTE, BLOCK, BLOCK),
		true, true,
		"programs that ask other resolvers past the suite's: over TLS, HTTPS or QUIC, and STUN of "
		"programs that are tunnelled" },
	[SETTING_LOCAL_DISCOVERY] = { "local-discovery", V(PERMIT) | V(ASK) | V(DENY),
		LEVELS(PERMIT, ASK, DENY), false, true,
		"programs that look for names in the local network by themselves: multicast DNS, LLMNR, NetBIOS" },
	[SETTING_LISTS_THREATS] = { "lists-threats", V(OFF) | V(ON), LEVELS(ON, ON, ON), true, true,
		"names on block lists with tag malware or phishing are blocked" },
	[SETTING_LISTS_TRACKING] = { "lists-tracking", V(OFF) | V(ON), LEVELS(ON, ON, ON), false, true,
		"names on block lists with tag tracking, ads or telemetry are blocked" },
	[SETTING_LISTS_OTHERS] = { "lists-others", V(OFF) | V(ON), LEVELS(ON, ON, ON), false, true,
		"names on block lists with any other tag are blocked" },
	[SETTING_LISTS_ALIASES] = { "lists-aliases", V(OFF) | V(ON), LEVELS(ON, ON, ON), true, true,
		"a name is blocked, too, when a block list has what it is an alias of (CNAME cloaking)" },
	[SETTING_MACHINE_NAMES] = { "machine-names", V(PERMIT) | V(NOTE) | V(BLOCK), LEVELS(NOTE, BLOCK, BLOCK),
		false, true,
		"a program that asks for many different machine-made names below one domain, by which data "
		"may leave (DNS tunnels)" },
};

bool
setting_is_switch(const struct setting_info *info)
{
	return (info->values & ~(V(OFF) | V(ON))) == 0;
}

void
settings_builtin(struct settings *s)
{
	*s = (struct settings){ 0 };
	for (int i = 0; i < SETTINGS_COUNT; i++)
		memcpy(s->value[i], setting_infos[i].builtin, sizeof s->value[i]);
}

void
settings_strictest(struct settings *s, struct where where)
{
	settings_builtin(s);
	for (int i = 0; i < SETTINGS_COUNT; i++) {
		if (!setting_infos[i].ordered)
			continue;
		for (int l = LEVEL_DYNAMIC; l < LEVEL_FORTRESS; l++)
			s->value[i][l] = s->value[i][LEVEL_FORTRESS];
		s->stated[i] = true;
		s->where[i] = where;
	}
}

static int
find_setting(const struct atom *name, struct diag *diag)
{
	struct nearest near = { .word = name->text };
	char word[80], hint[NEAREST_HINT];

	for (int i = 0; i < SETTINGS_COUNT; i++) {
		if (!name->quoted && strcmp(name->text, setting_infos[i].name) == 0)
			return i;
		nearest_look(&near, setting_infos[i].name);
	}
	diag_add(diag, name->at, "unknown setting \"%s\"%s; 'bulwarkctl settings' lists them",
	    diag_safe(name->text, word, sizeof word), nearest_hint(&near, hint));
	return -1;
}

/* "a, b, c": what the setting may be. */
static const char *
known_values(const struct setting_info *info, char out[160])
{
	size_t used = 0;

	out[0] = '\0';
	for (const struct word *w = value_words; w->word != NULL && used < 160; w++) {
		int n;

		if ((info->values & 1u << w->value) == 0)
			continue;
		n = snprintf(out + used, 160 - used, "%s%s", used == 0 ? "" : ", ", w->word);
		used += n < 0 ? 160 : (size_t)n;
	}
	return out;
}

/* "drop" is another word for it: what comes in is dropped when denied. */
static unsigned
read_value(const struct setting_info *info, const struct atom *a, struct diag *diag)
{
	unsigned value = word_value(value_words, a->text);
	char word[80], known[160];

	if (info == &setting_infos[SETTING_INCOMING] && value == VALUE_DROP)
		value = VALUE_DENY;
	if (value != 0 && a->quoted) {
		diag_add(diag, a->at, "%s stands without quotes", a->text);
		return 0;
	}
	if (value != 0 && (info->values & 1u << value) != 0)
		return value;
	diag_add(diag, a->at, "\"%s\" is no value of %s, which may be %s", diag_safe(a->text, word, sizeof word),
	    info->name, known_values(info, known));
	return 0;
}

static bool
check_order(const struct setting_info *info, const uint8_t *v, struct pos at, struct diag *diag)
{
	if (!info->ordered)
		return true;
	if (info->locked && v[LEVEL_FORTRESS] < info->builtin[LEVEL_FORTRESS]) {
		diag_add(diag, at, "%s is locked at fortress: not milder than %s", info->name,
		    word_name(value_words, info->builtin[LEVEL_FORTRESS]));
		return false;
	}
	for (int l = LEVEL_SECURE; l <= LEVEL_FORTRESS; l++)
		if (v[l] < v[l - 1]) {
			diag_add(diag, at, "%s is milder at %s than at %s", info->name,
			    word_name(level_words, (unsigned)l), word_name(level_words, (unsigned)l - 1));
			return false;
		}
	return true;
}

void
settings_read(struct settings *s, const struct ast_statement *st, const struct file *file,
    struct diag *diag)
{
	int i = find_setting(st->name, diag);
	uint8_t v[LEVEL_MAX + 1];
	bool good = i != -1, said[LEVEL_MAX + 1] = { false };

	if (i == -1)
		return;
	memcpy(v, s->value[i], sizeof v);
	for (const struct atom *a = st->values; a != NULL; a = a->next) {
		unsigned level = word_read(level_words, a, "level", diag), value = 0;

		if (level != 0 && a->next == NULL)
			diag_add(diag, a->at, "no value for %s", a->text);
		else if (level != 0)
			value = read_value(&setting_infos[i], a = a->next, diag);
		if (level == 0 || value == 0) {
			good = false;
			break;
		}
		v[level] = (uint8_t)value;
		said[level] = true;
	}
	/* A level that is not named is at least as strict as the one below. */
	for (int l = LEVEL_SECURE; l <= LEVEL_FORTRESS; l++)
		if (!said[l] && v[l] < v[l - 1])
			v[l] = v[l - 1];
	if (!good || !check_order(&setting_infos[i], v, st->at, diag))
		return;
	memcpy(s->value[i], v, sizeof v);
	s->stated[i] = true;
	s->where[i] = (struct where){ file, st->at.line };
}

void
settings_tighten(struct settings *s, const struct settings *by)
{
	for (int i = 0; i < SETTINGS_COUNT; i++)
		for (int l = LEVEL_DYNAMIC; by->stated[i] && setting_infos[i].ordered && l <= LEVEL_MAX; l++)
			if (by->value[i][l] > s->value[i][l]) {
				s->value[i][l] = by->value[i][l];
				s->stated[i] = true;
				s->where[i] = by->where[i];
			}
}
