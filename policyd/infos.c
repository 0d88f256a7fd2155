/*
 * See infos.h.
 */
#include <stddef.h>

#include "infos.h"

const struct info infos[] = {
	{ INFO_STATEMENT, "profile", "A profile with that name, for people and for extend." },
	{ INFO_STATEMENT, "extend", "Lies over the profile with that name in the vendor's file of the same file "
	    "name." },
	{ INFO_STATEMENT, "define", "A set of values, for lists." },
	{ INFO_STATEMENT, "level", "The level in force: dynamic (the default), secure or fortress." },
	{ INFO_STATEMENT, "when", "The level that a reason switches to." },
	{ INFO_STATEMENT, "set", "Sets one of the settings for one or more levels." },
	{ INFO_STATEMENT, "include", "Reads these statements from another file in this folder or below it." },
	{ INFO_STATEMENT, "rules", "Global rules, asked after the rules of the flow's profile." },
	{ INFO_STATEMENT, "list", "A block list: the names in it are not resolved." },
	{ INFO_STATEMENT, "resolver", "A server that is asked for names." },
	{ INFO_STATEMENT, "session-may", "What a person's session may allow its own programs when they ask: nothing; once, "
	    "until the program ends or for a time; or for good as well." },
	{ INFO_STATEMENT, "framework", "A profile that leads from an interpreter to its script." },
	{ INFO_PROPERTY, "path", "The program's file, by its whole path as the kernel has it." },
	{ INFO_PROPERTY, "prefix", "All programs below a folder." },
	{ INFO_PROPERTY, "virtual", "Traffic without a program, or a program by its container, unit, snap, Flatpak or image." },
	{ INFO_PROPERTY, "description", "For people." },
	{ INFO_PROPERTY, "icon", "For people." },
	{ INFO_PROPERTY, "level", "The least level at which this program is judged: dynamic, secure or fortress." },
	{ INFO_PROPERTY, "flags", "What the program may, or demands." },
	{ INFO_PROPERTY, "connect-ports", "The only ports that it may connect to." },
	{ INFO_PROPERTY, "listen-ports", "The only ports at which it may be reached, if it has the flag service." },
	{ INFO_PROPERTY, "domains", "The only domains that it may ask the suite's resolver for and connect to." },
	{ INFO_PROPERTY, "default", "What becomes of a flow that nothing else decided." },
	{ INFO_PROPERTY, "rules", "Rules, the first that fits counts." },
	{ INFO_PROPERTY, "answers", "Users' files only: what root, and what the user's sessions, answered about the path." },
	{ INFO_PROPERTY, "tls", "Whether TLS is checked and enforced; stored, acts with inspection." },
	{ INFO_PROPERTY, "vendor-domains", "Domains of the program's maker, for the flag strict." },
	{ INFO_PROPERTY, "ignore-lists", "Block lists with these tags do not count for the program." },
	{ INFO_PROPERTY, "find", "Of a framework: a regular expression for the program's arguments." },
	{ INFO_PROPERTY, "build", "Of a framework: the script's path, made of what find fitted." },
	{ INFO_PROPERTY, "parent-level", "Of a framework: leads so many processes up." },
	{ INFO_PROPERTY, "merge", "Of a framework: the program counts as a part of that parent." },
	{ INFO_FLAG, "internet", "May talk with the Internet." },
	{ INFO_FLAG, "localnet", "May talk with the local network." },
	{ INFO_FLAG, "service", "May be connected to." },
	{ INFO_FLAG, "system", "Must be run by a system user, or in a unit below /system.slice." },
	{ INFO_FLAG, "admin", "Must be run by root, a member of an administrative group, or with administrative "
	    "capabilities." },
	{ INFO_FLAG, "user", "Must be run by a person, whose agent is there to answer questions." },
	{ INFO_FLAG, "gateway", "Its destinations are its user's choice, as those of ssh: strict never applies." },
	{ INFO_FLAG, "browser", "Its destinations can't be predicted: strict never applies." },
	{ INFO_FLAG, "strict", "May talk only with domains that are related to the program." },
	{ INFO_FLAG, "packets", "May send by packet sockets (AF_PACKET, AF_XDP, AF_PPPOX), which the rules don't see, where the "
	    "setting packet-sockets denies that." },
	{ INFO_FLAG, "directconnect", "May connect to Internet addresses that it asked the suite's resolver no name "
	    "for." },
	{ INFO_ACTION, "allow", "Permit." },
	{ INFO_ACTION, "deny", "Refuse: with an answer at once (TCP reset, ICMP) to programs of this machine and to "
	    "what passes through, in silence to machines that connect to this one." },
	{ INFO_ACTION, "block", "Refuse with an answer at once, whoever asks." },
	{ INFO_ACTION, "drop", "Refuse in silence, whoever asks." },
	{ INFO_ACTION, "ask", "Ask a person; refuse where nobody answers." },
	{ INFO_ACTION, "tunnel", "Permit, but through the tunnel only." },
	{ INFO_MATCH, "in", "What comes in." },
	{ INFO_MATCH, "out", "What goes out." },
	{ INFO_MATCH, "forward", "What passes through this machine." },
	{ INFO_MATCH, "direction", "Several directions: direction { in out }." },
	{ INFO_MATCH, "address", "Addresses of the other end: the destination, for incoming flows the source." },
	{ INFO_MATCH, "net", "Nets, such as 192.0.2.0/24 or 2001:db8::/32." },
	{ INFO_MATCH, "range", "Ranges, such as 192.0.2.10-192.0.2.20." },
	{ INFO_MATCH, "scope", "Where the other end lies: host (this machine), link, site, lan (both), multicast (of the "
	    "local network), broadcast, internet, internet-multicast." },
	{ INFO_MATCH, "port", "Ports of the destination, such as tcp/443 or udp/1000-2000: the other end's for outgoing, the "
	    "local one for incoming flows." },
	{ INFO_MATCH, "protocol", "The protocol, by name or number: tcp, udp, icmp, icmp6, igmp, sctp, dccp, gre, esp, ah or a number." },
	{ INFO_MATCH, "icmp-type", "The type of an ICMP message: echo-request, echo-reply (of both families) or a number." },
	{ INFO_MATCH, "domain", "Names of the other end: www.example.org that name, .example.org it and all below it, "
	    "cdn*.example.org a pattern." },
	{ INFO_MATCH, "up-to", "Rules that allow only: fits while the level in force is not higher." },
	{ INFO_MATCH, "country", "Internet addresses in these countries, by their codes of two letters (ISO 3166)." },
	{ INFO_MATCH, "as", "Internet addresses of these autonomous systems, such as AS64496." },
	{ INFO_MATCH, "user", "Programs run by these accounts: numbers, root, system (accounts of no person) or person." },
	{ INFO_MATCH, "network", "While this machine is in the network of that name." },
	{ INFO_MATCH, "at", "Times of day by the local clock, such as 08:30-17:00 or, over midnight, 22:00-06:00." },
	{ INFO_MATCH, "days", "Days such as sat or mon-fri." },
	{ INFO_MATCH, "until", "Before that moment of the local clock: 2027-01-31 or 2027-01-31T18:00." },
	{ INFO_MATCH, "direct", "What goes out to the Internet and no name was asked for." },
	{ INFO_MATCH, "exit", "Rules that tunnel only: the countries in which to leave the tunnel." },
	{ INFO_MATCH, "hops", "Over how many hops (2 to 8)." },
	{ INFO_MATCH, "file", "Answers that allow only: while the program's file is that one (device, inode, last change)." },
	{ 0, NULL, NULL },
};

const char *
info_kind_name(enum info_kind kind)
{
	static const char *const names[] = { [INFO_STATEMENT] = "statement", [INFO_PROPERTY] = "property",
		[INFO_FLAG] = "flag", [INFO_ACTION] = "action", [INFO_MATCH] = "match" };

	return names[kind];
}
