/*
 * The sentences of reasons. Fixed text, so that a reason is told once and
 * then named by a number; addresses and ports stand beside it in the event.
 */
#ifndef POLICYD_SAY_H
#define POLICYD_SAY_H

#include <stddef.h>
#include <stdint.h>

#define SENTENCES(X)									\
	X(EXISTED, "the connection existed before the suite began")			\
	X(NOT_OWN, "not a process of the suite")					\
	X(OWN, "a process of the suite itself may not use the network")			\
	X(OWN_SERVER, "resolverd asks its server")					\
	X(OWN_ITSELF, "resolverd asks itself")						\
	X(OWN_ASKS_ALL, "resolverd asks the neighbours (multicast DNS)")			\
	X(OWN_ANSWER, "a neighbour answers resolverd (multicast DNS)")			\
	X(OWN_TRY, "the suite looks whether questions still come to it")			\
	X(OWN_PORT, "a port that the suite has for itself")				\
	X(PLAUSIBLE, "addresses and ports are plausible")				\
	X(BOGUS_LOOPBACK, "a loopback address on a network device")			\
	X(BOGUS_OWN, "it claims to come from this very machine")			\
	X(BOGUS_SOURCE, "its source is no address that can send")			\
	X(BOGUS_DESTINATION, "its destination is no address that can be reached")	\
	X(BOGUS_MAPPED, "an IPv4 address in an IPv6 packet")				\
	X(BOGUS_PORT, "port 0")								\
	X(MIDDLE, "the middle of a connection that nothing is known of")			\
	X(SENT_INSIDE, "inside this machine: judged when it was sent")			\
	X(NOT_INFRASTRUCTURE, "it belongs to a program")				\
	X(KNOWN, "its program is known")						\
	X(UNKNOWN, "its program could not be found")					\
	X(UNLOOKED, "what acts in its program is not known yet: its arguments are still to be read") \
	X(UNKNOWN_LISTENER, "the program that listens could not be found")			\
	X(NOBODY, "no program waits for it")						\
	X(FORWARDED, "it passes through this machine")					\
	X(BROKEN, "the file of its profile has an error")				\
	X(TRACED, "the program is traced by another")					\
	X(UNPROVEN, "the program's file can't be found under its path")			\
	X(UNKNOWN_ORIGIN, "the program's file is of unknown origin")			\
	X(EXACT, "profile by exact path")						\
	X(PREFIX, "profile by prefix of the path")					\
	X(VIRTUAL, "profile by virtual name")						\
	X(NO_PROFILE, "no profile names this program")					\
	X(USER_FITS, "run by a user that it may be run by")				\
	X(NEEDS_SYSTEM, "must be run by a system user")					\
	X(NEEDS_ADMIN, "must be run by an administrator")				\
	X(NEEDS_USER, "must be run by a person who is there (flag user)")		\
	X(QUESTION, "a question for a name goes to the suite's resolver")		\
	X(OUTGOING, "outgoing")								\
	X(SERVICE, "the profile permits to be a service")				\
	X(NO_SERVICE, "the profile does not permit to be a service (flag service)")	\
	X(LISTEN_PORT, "the profile does not permit to listen on this port")		\
	X(LISTEN_PROTOCOL, "the profile lists ports to listen on; this protocol has none") \
	X(ANSWER, "answers the program's own question to a group")			\
	X(INCOMING, "incoming, to a program without a profile")				\
	X(SCOPE_FITS, "the profile permits this network")				\
	X(SCOPE_FREE, "no profile limits the networks")					\
	X(INSIDE, "inside this machine")						\
	X(NO_INTERNET, "the profile does not permit the Internet (flag internet)")	\
	X(NO_LOCALNET, "the profile does not permit the local network (flag localnet)")	\
	X(LAN, "the local network, for a program without a profile")			\
	X(OTHER_USER, "the listening program is another person's")			\
	X(PORT_FITS, "the profile permits this port")					\
	X(PORT_FREE, "no profile limits the ports")					\
	X(CONNECT_PORT, "the profile does not permit to connect to this port")		\
	X(CONNECT_PROTOCOL, "the profile lists ports to connect to; this protocol has none") \
	X(NO_RULE, "no rule speaks of it")						\
	X(RULE_ALLOWS, "a rule of the profile allows it")				\
	X(RULE_DENIES, "a rule of the profile denies it")				\
	X(RULE_ASKS, "a rule of the profile asks")					\
	X(RULE_TUNNELS, "a rule of the profile sends it through the tunnel")		\
	X(GLOBAL_ALLOWS, "a global rule allows it")					\
	X(GLOBAL_DENIES, "a global rule denies it")					\
	X(GLOBAL_ASKS, "a global rule asks")						\
	X(GLOBAL_TUNNELS, "a global rule sends it through the tunnel")			\
	X(NAMED, "the program asked the suite's resolver for this address")		\
	X(DIRECT_FITS, "the profile permits direct connections (flag directconnect)")	\
	X(DIRECT, "a direct connection: the program did not ask for a name that has this address") \
	X(DOMAIN_FITS, "the profile permits this domain")				\
	X(DOMAIN_MISSES, "the profile lists domains; this one is not among them")	\
	X(DOMAIN_UNKNOWN, "the profile lists domains; this address belongs to none that it asked for") \
	X(DOMAIN_OFF, "the profile lists domains, but none is known while nameserver is off") \
	X(RELATED_VENDOR, "a domain of the program's vendor (vendor-domains)")		\
	X(RELATED_PACKAGE, "a domain of the package that the program is from")		\
	X(RELATED_LISTED, "one of the domains that the profile lists")			\
	X(UNRELATED, "the domain is not related to the program (flag strict)")		\
	X(BYPASS_PORT, "a port for encrypted questions to another resolver")		\
	X(BYPASS_NAME, "the name of another resolver, which would be asked past the suite's") \
	X(BYPASS_ADDRESS, "the address of another resolver, which would be asked past the suite's") \
	X(BYPASS_BROWSER, "a browser's own way to another resolver (flag browser)")	\
	X(BYPASS_STUN, "STUN or TURN, which shows the address that the tunnel hides")	\
	X(DISCOVERY, "it looks for names in the local network by itself")		\
	X(LISTS, "block lists are looked at")						\
	X(LISTED, "the name is on a block list")					\
	X(MACHINE_NAMES, "many different machine-made names below one domain: data may leave in them") \
	X(ANSWER_ALLOWS, "somebody allowed it")						\
	X(ANSWER_DENIES, "somebody denied it")						\
	X(ANSWER_ASKS, "somebody wants to be asked for it")				\
	X(DEFAULT_PERMITS, "the profile permits what nothing else decided")		\
	X(DEFAULT_DENIES, "the profile denies what no rule allows")			\
	X(DEFAULT_ASKS, "the profile asks")						\
	X(DEFAULT_OUTGOING, "outgoing, by a program without a profile")			\
	X(DEFAULT_FORWARDED, "passes through; no profile for its device")		\
	X(TUNNEL_OFF, "it must go through the tunnel, which is off")			\
	X(TUNNEL_PROTOCOL, "it must go through the tunnel, which takes TCP and UDP only") \
	X(RULE_DENIES_PLACE, "a rule of the profile denies it by country or AS, and where its address lies is not known") \
	X(RULE_ASKS_PLACE, "a rule of the profile asks by country or AS, where its address lies is not known, and nobody is there to answer") \
	X(GLOBAL_DENIES_PLACE, "a global rule denies it by country or AS, and where its address lies is not known") \
	X(GLOBAL_ASKS_PLACE, "a global rule asks by country or AS, where its address lies is not known, and nobody is there to answer") \
	X(IDENTITY, "profile by a virtual name that root gave the program")		\
	X(FRAMEWORK, "profile by framework")						\
	X(SCRIPT_ORIGIN, "the program's script is of unknown origin")			\
	X(NO_FINDING, "no finding names where it comes from")				\
	X(ATTACKER, "it comes from an address that attacks")				\
	X(FINDING, "inspection found something wrong in it")				\
	X(UNJUDGED, "nobody said whose it is, or judged it: it is ended") /* not by decide() */

enum say {
#define X(name, text)	SAY_##name,
	SENTENCES(X)
#undef X
	SAY_COUNT,
};

/* A setting that stated a verdict: which, at which level, with which value. 0: none did. */
#define SAY_SETTING(setting, level, value) \
	((uint16_t)(0x8000 | (unsigned)(setting) << 8 | (unsigned)(level) << 4 | (unsigned)(value)))

/* What became of a question (judge.h: asked), said behind the sentence. */
enum asked {
	ASKED_NOTHING,
	ASKED_ANSWERED,
	ASKED_NOBODY,
	ASKED_WAITS,
	ASKED_LATE,
	ASKED_TOO_MANY,
	ASKED_MAX = ASKED_TOO_MANY,
};

struct step;
/* The whole sentence, with the setting if one spoke. */
void	say_text(const struct step *, char *, size_t);
/* The same, and the line that made it. */
void	say_reason(const struct step *, char *, size_t);

#endif
