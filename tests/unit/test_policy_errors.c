/*
 * Every error of the policy language, with its place. One row each: the text of a profile's file,
 * of an administrator's one that extends (EXTENDS), or of bulwark.conf.
 */
/* links: @language */
#include "policy_text.h"
#include "value_build.h"

struct row { const char *text, *errors; };

static void
rows_hold(const struct row *rows, size_t count, enum file_kind kind, enum layer layer, const char *before,
    const char *after)
{
	for (size_t i = 0; i < count; i++) {
		const char *errors;
		char *text;

		cr_assert_neq(asprintf(&text, "%s%s%s", before, rows[i].text, after), -1);
		errors = text_errors(kind, layer, text, strlen(text));
		cr_expect_str_eq(errors, rows[i].errors, "%s\n  is      %s\n  wanted  %s", text, errors,
		    rows[i].errors);
		free(text);
	}
}
#define ROWS(rows, ...)	rows_hold(rows, sizeof (rows) / sizeof (rows)[0], __VA_ARGS__)

#define STATEMENTS "end of file, end of line, profile, extend, level, set, define, include, rules, list, resolver, session-may or framework"
#define PROPERTIES "end of line, level, rules, path, prefix, virtual, description, icon, flags, connect-ports, listen-ports, " \
	"default, tls, vendor-domains, domains, answers, ignore-lists or '}'"
#define MATCHES	"end of line, file, direction, in, out, forward, address, net, range, scope, port, protocol, icmp-type, domain, up-to, " \
	"country, as, user, network, at, days, until, direct, exit or hops"

static const struct row statements[] = {
	{ "frobnicate", "1:1: unknown word \"frobnicate\"; here may stand " STATEMENTS },
	{ "\n  path \"/a\"", "2:3: unexpected path; here may stand " STATEMENTS },
	{ "\"x\"", "1:1: unexpected \"text\"; here may stand " STATEMENTS },
	{ "$x { a }", "1:1: unexpected $name; here may stand " STATEMENTS },
	{ "}", "1:1: unexpected '}'; here may stand " STATEMENTS },
	{ "{ }", "1:1: unexpected '{'; here may stand " STATEMENTS },
	{ "lifeline tcp/22 from 192.0.2.0/24", "1:1: \"lifeline\" is set in bulwarkd.conf" },
	{ "profile", "1:8: unexpected end of line; here may stand \"text\"" },
	{ "profile name { path \"/a\" }", "1:9: this stands in double quotes: \"name\"" },
	{ "profile path { path \"/a\" }", "1:9: this stands in double quotes: \"path\"" },
	{ "profile { path \"/a\" }", "1:9: unexpected '{'; here may stand \"text\"" },
	{ "profile \"a\"", "1:12: unexpected end of line; here may stand '{'" },
	{ "profile \"a\" { path \"/a\"", "1:24: unexpected end of file: a '}' is missing for the '{' in line 1" },
	{ "profile \"a\" {\n path \"/a\"\n\nprofile \"b\" { path \"/b\" }\n",
	    "4:1: unexpected profile: a '}' is missing for the '{' in line 1\n"
	    "5:1: unexpected end of file: a '}' is missing for the '{' in line 1" },
	{ "\nprofile \"a\" { path \"/a\"\n rules {\n allow\n",
	    "5:1: unexpected end of file: a '}' is missing for the '{' in line 3" },
	{ "profile \"a\" { path \"/a\" } more", "1:27: unknown word \"more\"; here may stand end of line" },
	{ "extend", "1:7: unexpected end of line; here may stand profile" },
	{ "extend \"a\" { }", "1:8: unexpected \"text\"; here may stand profile" },
	{ "define", "1:7: unexpected end of line; here may stand $name" },
	{ "define office { 192.0.2.1 }", "1:8: unknown word \"office\"; here may stand $name" },
	{ "define $office 192.0.2.1", "1:16: unknown word \"192.0.2.1\"; here may stand '{'" },
	{ "define $a { 1 } 2", "1:17: unknown word \"2\"; here may stand end of line" },
	{ "define $a { $b }", "1:13: a define may not name another" },
	{ "define $a { 1 }\ndefine $b { 2 }\n define $a { 3 }", "3:9: $a is defined twice" },
	{ "define $\x1b { 1 }\ndefine $\x1b { 2 }", "1:9: control byte 0x1b\n2:9: control byte 0x1b\n"
	    "2:8: $\\x1b is defined twice" },
	{ "level dynamic", "1:1: this belongs into bulwark.conf" },
	{ "list \"a\" file \"/a\" tag a", "1:1: this belongs into bulwark.conf" },
	{ "set lan { dynamic ask }", "1:1: this belongs into bulwark.conf" },
	{ "include \"x\"", "1:1: this belongs into bulwark.conf" },
	{ "\n rules { }", "2:2: this belongs into bulwark.conf" },
	/* After an error the next line counts again, and what a brace opened is skipped. */
	{ "frob {\n a {\n b }\n }\nfrub", "1:1: unknown word \"frob\"; here may stand " STATEMENTS "\n"
	    "5:1: unknown word \"frub\"; here may stand " STATEMENTS },
	{ "profile x {\n path 3\n}\nprofile \"y\" { }", "1:9: this stands in double quotes: \"x\"\n"
	    "4:1: a profile needs a path, a prefix or a virtual name" },
};

Test(policy_errors, statements)
{
	ROWS(statements, FILE_PROFILES, LAYER_ADMIN, "", "");
}

#define CONTAINER "a container is \"container:ENGINE\" or \"container:ENGINE/NAME\", with docker, podman, containerd, crio or " \
	"kubernetes and the first 12 digits of an id, or with lxc or machine and its name"
#define VIRTUAL "virtual names of this version are \"system\", \"kernel\", \"forward:DEVICE\" and KIND:NAME, with " \
	"systemd, systemd-user, flatpak, snap, appimage, container or script for KIND"
#define PLAIN_PATH "a path is absolute, without //, /./ and /../"
#define FLAGS "known are internet, localnet, service, system, admin, user, gateway, browser, strict, directconnect, packets"
#define VALUES "known are off, on, permit, note, own-subnets, unencrypted, ask, deny, block, drop, " \
	"nxdomain, zero, refused"
#define TWICE "said twice in one profile"
#define PORT_FORM "is not a port such as tcp/443 or udp/1000-2000"

/* Lines of profile "p" { path "/p". */
static const struct row properties[] = {
	{ "foo", "3:1: unknown word \"foo\"; here may stand " PROPERTIES },
	{ "\"foo\"", "3:1: unexpected \"text\"; here may stand " PROPERTIES },
	{ "allow", "3:1: unexpected allow; here may stand " PROPERTIES },
	{ "set lan { dynamic ask }", "3:1: unexpected set; here may stand " PROPERTIES },
	{ "path", "3:5: unexpected end of line; here may stand \"text\"" },
	{ "path /a", "3:6: this stands in double quotes: \"/a\"" },
	{ "path \"/a\" \"/b\"", "3:11: unexpected \"text\"; here may stand end of line" },
	{ "path \"a\"", "3:6: " PLAIN_PATH },
	{ "path \"\"", "3:6: " PLAIN_PATH },
	{ "path \"/a//b\"", "3:6: " PLAIN_PATH },
	{ "path \"/a/./b\"", "3:6: " PLAIN_PATH },
	{ "path \"/a/../b\"", "3:6: " PLAIN_PATH },
	{ "path \"/a/.\"", "3:6: " PLAIN_PATH },
	{ "path \"/..\"", "3:6: " PLAIN_PATH },
	{ "path \"/a/..b/.c/...\"", "" },
	{ "path \"/a/\"", "3:6: this is a folder: use prefix" },
	{ "path \"/\"", "3:6: this is a folder: use prefix" },
	{ "prefix \"/a/\"; prefix \"/\"; prefix \"/a\"", "" },
	{ "prefix \"a/\"", "3:8: " PLAIN_PATH },
	{ "prefix \"/a//\"", "3:8: " PLAIN_PATH },
	{ "domains", "3:8: unexpected end of line; here may stand '{'" },
	{ "domains example.org", "3:9: unknown word \"example.org\"; here may stand '{'" },
	{ "domains { }", "" },
	{ "domains { a.example .b.example *.c.example }; domains { }", "3:47: said twice in one profile" },
	{ "domains { a.example b@c }", "3:21: \"b@c\" is not a domain: labels are made of letters, digits, - and _" },
	{ "virtual \"system\"; virtual \"kernel\"; virtual \"forward:br-1\"", "" },
	{ "virtual \"/a\"", "3:9: " VIRTUAL },
	{ "virtual \"container:podman/web\"", "3:9: " CONTAINER },
	{ "virtual \"container:\"", "3:9: " CONTAINER },
	{ "virtual \"container:docker/3f2a9c0d1e5b\"; virtual \"container:lxc/web\"; virtual \"container:podman\"", "" },
	{ "virtual \"forward:\"", "3:9: " VIRTUAL },
	{ "virtual \"forward:a/b\"", "3:9: " VIRTUAL },
	{ "description x", "3:13: this stands in double quotes: \"x\"" },
	{ "description \"a\"\n description \"b\"", "4:2: " TWICE },
	{ "icon \"a\"; icon \"b\"", "3:11: " TWICE },
	{ "level", "3:6: unexpected end of line" },
	{ "level \"secure\"", "3:7: unexpected \"text\"" },
	{ "level high", "3:7: unknown level \"high\"; known are dynamic, secure, fortress" },
	{ "level secure; level secure", "3:15: " TWICE },
	{ "level secure dynamic", "3:14: unknown word \"dynamic\"; here may stand end of line" },
	{ "flags", "3:6: unexpected end of line" },
	{ "flags internet \"localnet\"", "3:16: unexpected \"text\"" },
	{ "flags internet { localnet }", "3:16: unexpected '{'" },
	{ "flags internet intranet", "3:16: unknown flag \"intranet\" (did you mean internet?); " FLAGS },
	{ "flags internet localnet internet", "3:25: flag internet is said twice" },
	{ "flags Internet", "3:7: unknown flag \"Internet\" (did you mean internet?); " FLAGS },
	{ "flags path", "3:7: unknown flag \"path\"; " FLAGS },
	{ "flags internet\nflags localnet", "4:1: " TWICE },
	{ "default", "3:8: unexpected end of line" },
	{ "default maybe", "3:9: unknown default \"maybe\"; " VALUES },
	{ "default on", "3:9: default is permit, ask, deny, block or drop" },
	{ "default own-subnets", "3:9: default is permit, ask, deny, block or drop" },
	{ "default deny; default permit", "3:15: " TWICE },
	{ "tls on", "3:5: unknown value of tls \"on\"; known are off, warn, enforce" },
	{ "tls off; tls warn", "3:10: " TWICE },
	{ "vendor-domains a.org", "3:16: unknown word \"a.org\"; here may stand '{'" },
	{ "vendor-domains { org }", "3:18: not a domain in lower-case letters" },
	{ "vendor-domains { a.org A.org }", "3:24: not a domain in lower-case letters" },
	{ "vendor-domains { a.org }; vendor-domains { }", "3:27: " TWICE },
	{ "ignore-lists ads", "3:14: unknown word \"ads\"; here may stand '{'" },
	{ "ignore-lists { Ads }", "3:16: a tag is 1 to 31 of a-z, 0-9 and -" },
	{ "ignore-lists { \"\" }", "3:16: a tag is 1 to 31 of a-z, 0-9 and -" },
	{ "ignore-lists { ads malware }", "3:20: lists with tag malware can't be ignored" },
	{ "ignore-lists { phishing }", "3:16: lists with tag phishing can't be ignored" },
	{ "ignore-lists { a b c d e f g h i j k l m n o p q r }", "3:48: more than 16 tags" },
	{ "ignore-lists { ads }; ignore-lists { ads }", "3:23: " TWICE },
	{ "flags strict gateway", "3:1: strict does not go with gateway or browser: nobody can say which domains are "
	    "related to those" },
	{ "flags browser strict", "3:1: strict does not go with gateway or browser: nobody can say which domains are "
	    "related to those" },
	{ "vendor-domains { $v }", "3:18: \"$v\" is not defined" },
	{ "connect-ports tcp/80", "3:15: unknown word \"tcp/80\"; here may stand '{'" },
	{ "connect-ports { 80 }", "3:17: \"80\" " PORT_FORM },
	{ "connect-ports { $p }", "3:17: \"$p\" is not defined" },
	{ "connect-ports { }; connect-ports { }", "3:20: " TWICE },
	{ "listen-ports { tcp/80 {", "3:23: unexpected '{'\n5:1: unexpected end of file: a '}' is missing for the '{' in line 3" },
	{ "listen-ports { tcp/80\n tcp/x }", "4:2: \"tcp/x\" " PORT_FORM },
	{ "listen-ports { }; listen-ports { }", "3:19: " TWICE },
	{ "rules", "3:6: unexpected end of line; here may stand '{'" },
	{ "rules { }; rules { }", "3:12: " TWICE },
};

Test(policy_errors, properties)
{
	ROWS(properties, FILE_PROFILES, LAYER_VENDOR, "profile \"p\" {\npath \"/p\"\n", "\n}\n");
}

#define A_NET "is not a net such as 192.0.2.0/24"
#define A_RANGE "is not a range such as 192.0.2.10-192.0.2.20"
#define A_PROTOCOL "is not a protocol: a name such as udp, or a number to 255"
#define A_COUNTRY "is not a country's code of two letters (ISO 3166) such as ch"
#define AN_AS "is not an autonomous system such as AS64496"
#define A_USER "is not a user: a number (id -u NAME shows it), root, system or person"
#define A_TIME "is not a time of day such as 08:30-17:00"
#define A_DAY "is not a day or days such as sat or mon-fri"
#define A_DATE "is not a date such as 2027-01-31 or 2027-01-31T18:00"
#define FILES "file is for answers that allow"
#define HOPS "is not a number of hops from 2 to 8"
#define AN_ICMP "is not an ICMP type: echo-request, echo-reply or a number to 255"
#define NOTHING "a list without a value matches nothing"
#define SCOPES "known are host, link, site, lan, multicast, broadcast, internet, internet-multicast"

#define A_DOMAIN "is not a domain: "
#define ONLY_OUT "domain fits what goes out: of what comes in or passes through no name is known"
#define AN_ADDRESS "it looks like an address: use address or net"
#define L57 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L63 L57 "aaaaaa"

/* Lines of a block of rules. */
static const struct row rules[] = {
	{ "permit", "2:1: unknown word \"permit\"; here may stand end of line, allow, deny, block, drop, ask, "
	    "tunnel or '}'" },
	{ "allow foo", "2:7: unknown word \"foo\"; here may stand " MATCHES },
	{ "allow \"foo\"", "2:7: unexpected \"text\"; here may stand " MATCHES },
	{ "allow port", "2:11: unexpected end of line" },
	{ "allow port tcp/80 tcp/81", "2:19: unknown word \"tcp/81\"; here may stand " MATCHES },
	{ "allow direction sideways", "2:17: unknown direction \"sideways\"; known are out, in, forward" },
	{ "allow direction { in out forward }", "" },
	{ "allow in out", "2:10: said twice in one rule" },
	{ "allow address 192.0.2.0/24", "2:15: \"192.0.2.0/24\" is not an address" },
	{ "allow address 192.0.2", "2:15: \"192.0.2\" is not an address" },
	{ "allow address 192.0.2.256", "2:15: \"192.0.2.256\" is not an address" },
	{ "allow address 192.0.2.01", "2:15: \"192.0.2.01\" is not an address" },
	{ "allow address ::1%lo", "2:15: \"::1%lo\" is not an address" },
	{ "allow address \"\"", "2:15: \"\" is not an address" },
	{ "allow address 0000:0000:0000:0000:0000:0000:0000:0000:0000",
	    "2:15: \"0000:0000:0000:0000:0000:0000:0000:0000:0000\" is not an address" },
	{ "allow address { 192.0.2.1 2001:db8::1 } net ::/0 range ::1-::2", "" },
	{ "allow net 192.0.2.0", "2:11: \"192.0.2.0\" " A_NET },
	{ "allow net x/24", "2:11: \"x/24\" " A_NET },
	{ "allow net 192.0.2.0/", "2:11: \"192.0.2.0/\" is not a net: the length is wrong" },
	{ "allow net 192.0.2.0/33", "2:11: \"192.0.2.0/33\" is not a net: the length is wrong" },
	{ "allow net 2001:db8::/129", "2:11: \"2001:db8::/129\" is not a net: the length is wrong" },
	{ "allow net 192.0.2.0/-1", "2:11: \"192.0.2.0/-1\" is not a net: the length is wrong" },
	{ "allow net 192.0.2.0/24/25", "2:11: \"192.0.2.0/24/25\" is not a net: the length is wrong" },
	{ "allow net 192.0.2.0/4294967320", "2:11: \"192.0.2.0/4294967320\" is not a net: the length is wrong" },
	{ "allow net 192.0.2.1/24", "2:11: \"192.0.2.1/24\" is not a net: there are bits set beyond its length" },
	{ "allow net 2001:db8::1/127",
	    "2:11: \"2001:db8::1/127\" is not a net: there are bits set beyond its length" },
	{ "allow net { 192.0.2.1/32 0.0.0.0/0 128.0.0.0/1 ::1/128 8000::/1 }", "" },
	{ "allow range 192.0.2.1", "2:13: \"192.0.2.1\" " A_RANGE },
	{ "allow range 192.0.2.2-192.0.2.1", "2:13: \"192.0.2.2-192.0.2.1\" " A_RANGE },
	{ "allow range 192.0.2.1-::2", "2:13: \"192.0.2.1-::2\" " A_RANGE },
	{ "allow range -192.0.2.1", "2:13: \"-192.0.2.1\" " A_RANGE },
	{ "allow range 192.0.2.1-", "2:13: \"192.0.2.1-\" " A_RANGE },
	{ "allow range 192.0.2.1-192.0.2.2-192.0.2.3", "2:13: \"192.0.2.1-192.0.2.2-192.0.2.3\" " A_RANGE },
	{ "allow range 192.0.2.1-192.0.2.1", "" },
	{ "allow scope home", "2:13: unknown scope \"home\"; " SCOPES },
	{ "allow scope \"host\"", "2:13: host stands without quotes" },
	{ "allow scope { host } scope link", "2:22: said twice in one rule" },
	{ "allow port 80", "2:12: \"80\" " PORT_FORM },
	{ "allow port tcp/", "2:12: \"tcp/\" " PORT_FORM },
	{ "allow port /80", "2:12: \"/80\" " PORT_FORM },
	{ "allow port icmp/8", "2:12: \"icmp/8\" " PORT_FORM },
	{ "allow port an/53", "2:12: \"an/53\" " PORT_FORM },
	{ "allow port tcpx/80", "2:12: \"tcpx/80\" " PORT_FORM },
	{ "allow port tcp/65536", "2:12: \"tcp/65536\" " PORT_FORM },
	{ "allow port tcp/4294967376", "2:12: \"tcp/4294967376\" " PORT_FORM },
	{ "allow port tcp/00000000080", "2:12: \"tcp/00000000080\" " PORT_FORM },
	{ "allow port tcp/81-80", "2:12: \"tcp/81-80\" " PORT_FORM },
	{ "allow port tcp/80-", "2:12: \"tcp/80-\" " PORT_FORM },
	{ "allow port tcp/-80", "2:12: \"tcp/-80\" " PORT_FORM },
	{ "allow port tcp/80-81-82", "2:12: \"tcp/80-81-82\" " PORT_FORM },
	{ "allow port { tcp/0-65535 udp/1 sctp/2 dccp/3 any/4 \"tcp/5\" }", "" },
	{ "allow port tcp/80 port tcp/81", "2:19: said twice in one rule" },
	{ "allow protocol ipx", "2:16: \"ipx\" " A_PROTOCOL },
	{ "allow protocol 256", "2:16: \"256\" " A_PROTOCOL },
	{ "allow protocol { 0 255 tcp udp icmp icmp6 igmp sctp dccp gre esp ah }", "" },
	{ "allow protocol tcp protocol udp", "2:20: said twice in one rule" },
	{ "allow protocol udp port tcp/80", "2:1: no port of this rule belongs to its protocol" },
	{ "allow protocol udp port any/80", "" },
	{ "allow icmp-type ping", "2:17: \"ping\" " AN_ICMP },
	{ "allow icmp-type 256", "2:17: \"256\" " AN_ICMP },
	{ "allow icmp-type { echo-request echo-reply 0 255 }", "" },
	{ "allow country { ch IN at as no de }", "" },
	{ "allow country chf", "2:15: \"chf\" " A_COUNTRY },
	{ "allow country { ch zz \"de\" c1 }", "2:20: \"zz\" " A_COUNTRY "\n2:23: \"de\" " A_COUNTRY "\n2:28: \"c1\" " A_COUNTRY },
	{ "allow country uk", "2:15: \"uk\" is not a country's code; the United Kingdom's is gb" },
	{ "allow country { }", "2:7: a list without a value matches nothing" },
	{ "allow country ch country de", "2:18: said twice in one rule" },
	{ "allow as { AS64496 as1 4294967295 }", "" },
	{ "allow as { AS0 AS 4294967296 ASx -1 }", "2:12: \"AS0\" " AN_AS "\n2:16: \"AS\" " AN_AS "\n2:19: \"4294967296\" " AN_AS
	    "\n2:30: \"ASx\" " AN_AS "\n2:34: \"-1\" " AN_AS },
	{ "allow user { root system person 0 4294967294 }", "" },
	{ "allow user { bob 4294967295 }", "2:14: \"bob\" " A_USER "\n2:18: \"4294967295\" " A_USER },
	{ "allow network { office \"my home\" }", "" },
	{ "allow network \"\"", "2:15: \"\" is not a network's name of 1 to 100 bytes" },
	{ "allow at { 00:00-24:00 22:00-06:00 }", "" },
	{ "allow at { 8:00-9:00 24:00-01:00 10:00-10:00 10:60-11:00 10:00-25:00 10:00 10:00-11:000 }",
	    "2:12: \"8:00-9:00\" " A_TIME "\n2:22: \"24:00-01:00\" " A_TIME "\n2:34: \"10:00-10:00\" " A_TIME
	    "\n2:46: \"10:60-11:00\" " A_TIME "\n2:58: \"10:00-25:00\" " A_TIME "\n2:70: \"10:00\" " A_TIME
	    "\n2:76: \"10:00-11:000\" " A_TIME },
	{ "allow days { mon-fri sat sun-mon }", "" },
	{ "allow days { monday mo mon- mon-fr mon-friday }", "2:14: \"monday\" " A_DAY "\n2:21: \"mo\" " A_DAY
	    "\n2:24: \"mon-\" " A_DAY "\n2:29: \"mon-fr\" " A_DAY "\n2:36: \"mon-friday\" " A_DAY },
	{ "allow until 2027-01-01; allow until 2028-02-29T23:59", "" },
	{ "allow until 2027-02-29", "2:13: \"2027-02-29\" " A_DATE },
	{ "allow until 2027-13-01", "2:13: \"2027-13-01\" " A_DATE },
	{ "allow until 2027-1-1", "2:13: \"2027-1-1\" " A_DATE },
	{ "allow until 2027-01-01T24:00", "2:13: \"2027-01-01T24:00\" " A_DATE },
	{ "allow until 2027-01-01 12:00", "2:24: unknown word \"12:00\"; here may stand " MATCHES },
	{ "allow until 1969-12-31", "2:13: \"1969-12-31\" " A_DATE },
	{ "allow until { 2027-01-01 }", "2:13: unexpected '{'" },
	{ "allow until $office", "2:13: unexpected $name" },
	{ "allow direct direct", "2:14: said twice in one rule" },
	{ "allow direct domain a.example", "2:1: direct fits what has no name: not together with domain" },
	{ "allow in direct", "2:1: direct fits what goes out: of what comes in or passes through no name is known" },
	{ "tunnel country { ru cn } exit country { ch se } hops 4", "" },
	{ "allow exit country ch", "2:7: exit and hops are for rules that tunnel" },
	{ "allow file 1:2:3", "2:7: " FILES }, { "tunnel file 1:2:3", "2:8: " FILES },
	{ "deny hops 3", "2:6: exit and hops are for rules that tunnel" },
	{ "tunnel hops 1; tunnel hops 2; tunnel hops 8; tunnel hops 9", "2:13: \"1\" " HOPS "\n2:58: \"9\" " HOPS },
	{ "tunnel exit as 1", "2:13: unexpected as; here may stand country" },
	{ "allow icmp-type 1 icmp-type 2", "2:19: said twice in one rule" },
	{ "allow icmp-type 1 port tcp/80", "2:19: a rule has ports or ICMP types, not both" },
	{ "allow port tcp/80 icmp-type 1", "2:19: a rule has ports or ICMP types, not both" },
	{ "allow protocol tcp icmp-type 1", "2:1: no port of this rule belongs to its protocol" },
	{ "allow domain { example.org .Example.ORG cdn*.example.org * *x* xn--bcher-kva.example _dmarc.a \"b-c.d\" a }", "" },
	{ "allow domain", "2:13: unexpected end of line" },
	{ "allow domain a.example domain b.example", "2:24: said twice in one rule" },
	{ "deny in domain a.org", "2:1: " ONLY_OUT }, { "deny domain a.org forward", "2:1: " ONLY_OUT },
	{ "deny direction { in out } domain a.org", "" },
	{ "deny domain { }", "2:6: " NOTHING },
	{ "deny domain $n", "2:13: \"$n\" is not defined\n2:6: " NOTHING },
	{ "allow domain \"\"", "2:14: \"\" " A_DOMAIN "there is no name" },
	{ "allow domain .", "2:14: \".\" " A_DOMAIN "there is no name" },
	{ "allow domain example.org.", "2:14: \"example.org.\" " A_DOMAIN "write it without the last dot" },
	{ "allow domain ..org", "2:14: \"..org\" " A_DOMAIN "there is an empty label" },
	{ "allow domain a..org", "2:14: \"a..org\" " A_DOMAIN "there is an empty label" },
	{ "allow domain -a.org", "2:14: \"-a.org\" " A_DOMAIN "a label begins or ends with -" },
	{ "allow domain a.org-", "2:14: \"a.org-\" " A_DOMAIN "a label begins or ends with -" },
	{ "allow domain a/b.org", "2:14: \"a/b.org\" " A_DOMAIN "labels are made of letters, digits, - and _" },
	{ "allow domain \"a b.org\"", "2:14: \"a b.org\" " A_DOMAIN "labels are made of letters, digits, - and _" },
	{ "allow domain b\xc3\xbc" "cher.example",
	    "2:14: \"b\xc3\xbc" "cher.example\" " A_DOMAIN "write it in ASCII, as xn--..." },
	{ "allow domain { a.org 192.0.2.1 }", "2:22: \"192.0.2.1\" " A_DOMAIN AN_ADDRESS },
	{ "allow domain 2001:db8::1", "2:14: \"2001:db8::1\" " A_DOMAIN AN_ADDRESS },
	{ "allow domain .*.org", "2:14: \".*.org\" " A_DOMAIN "it is a zone, or has a *, not both" },
	{ "allow domain a**.org", "2:14: \"a**.org\" " A_DOMAIN "one * is enough" },
	{ "allow domain " L63 "." L63 "." L63 ".aa.b" L57, "" },
	{ "allow domain " L63 "a.org", "2:14: \"" L63 "a.org\" " A_DOMAIN "a label is longer than 63 bytes" },
	{ "allow domain " L63 "." L63 "." L63 ".aaa.b" L57,
	    "2:14: \"" L63 ".aaaaaaaaaaa\" " A_DOMAIN "it is longer than 253 bytes" },
	{ "allow up-to high", "2:13: unknown level \"high\"; known are dynamic, secure, fortress" },
	{ "allow up-to { secure }", "2:13: unexpected '{'" },
	{ "allow up-to secure up-to secure", "2:20: said twice in one rule" },
	{ "tunnel up-to secure", "2:8: up-to is for rules that allow: a higher level never permits more" },
	{ "deny up-to secure", "2:6: up-to is for rules that allow: a higher level never permits more" },
	{ "block up-to secure", "2:7: up-to is for rules that allow: a higher level never permits more" },
	{ "drop up-to secure", "2:6: up-to is for rules that allow: a higher level never permits more" },
	{ "ask up-to secure", "2:5: up-to is for rules that allow: a higher level never permits more" },
	{ "deny address { }", "2:6: " NOTHING },
	{ "deny net { } port { }", "2:6: " NOTHING "\n2:14: " NOTHING },
	{ "deny port { ; }", "2:6: " NOTHING },
	{ "deny net $n", "2:10: \"$n\" is not defined\n2:6: " NOTHING },
	/* Each is said, not only the first. */
	{ "deny foo\nallow port x\n\tdeny net y", "2:6: unknown word \"foo\"; here may stand " MATCHES "\n3:12: \"x\" " PORT_FORM
	    "\n4:11: \"y\" " A_NET },
};

Test(policy_errors, rules_of_profiles)
{
	ROWS(rules, FILE_PROFILES, LAYER_USER, "profile \"p\" { path \"/p\"; rules {\n", "\n} }\n");
}

Test(policy_errors, rules_of_conf)
{
	ROWS(rules, FILE_CONF, LAYER_ADMIN, "rules {\n", "\n}\n");
}

#define LIST_NAME "a list's name is 1 to 63 printable bytes"
#define LIST_TAG "a tag is 1 to 31 of a-z, 0-9 and -"
#define MILDER(a, b) "1:1: lan is milder at " a " than at " b

static const struct row conf[] = {
	{ "level", "1:6: unexpected end of line" },
	{ "level high", "1:7: unknown level \"high\"; known are dynamic, secure, fortress" },
	{ "level dynamic secure", "1:15: unknown word \"secure\"; here may stand end of line or when" },
	{ "level secure when", "1:18: unexpected end of line" },
	{ "level high when attack", "1:7: unknown level \"high\"; known are dynamic, secure, fortress" },
	{ "level secure when \"attack\"", "1:19: unexpected \"text\"" },
	{ "level secure when raining", "1:19: a level counts when attack, or when network unknown" },
	{ "level secure when attack network unknown", "1:19: a level counts when attack, or when network unknown" },
	{ "level secure when network", "1:19: a level counts when attack, or when network unknown" },
	{ "level secure when network known", "1:19: a level counts when attack, or when network unknown" },
	{ "set", "1:4: unexpected end of line" },
	{ "set lan", "1:8: unexpected end of line; here may stand '{'" },
	{ "set nope { dynamic ask }", "1:5: unknown setting \"nope\"; 'bulwarkctl settings' lists them" },
	{ "set lann { dynamic ask }", "1:5: unknown setting \"lann\" (did you mean lan?); 'bulwarkctl settings' lists them" },
	{ "set lan { dynamic }", "1:11: no value for dynamic" },
	{ "set lan { ask dynamic }", "1:11: unknown level \"ask\"; known are dynamic, secure, fortress" },
	{ "set lan { dynamic maybe }", "1:19: \"maybe\" is no value of lan, which may be permit, own-subnets, ask, deny" },
	{ "set lan { dynamic \"ask\" }", "1:19: ask stands without quotes" },
	{ "set lan { dynamic on }", "1:19: \"on\" is no value of lan, which may be permit, own-subnets, ask, deny" },
	{ "set lan { dynamic drop }", "1:19: \"drop\" is no value of lan, which may be permit, own-subnets, ask, deny" },
	{ "set lan { dynamic deny secure ask }", MILDER("secure", "dynamic") },
	{ "set lan { secure deny fortress own-subnets }", MILDER("fortress", "secure") },
	{ "set incoming { fortress ask }", "1:1: incoming is locked at fortress: not milder than deny" },
	{ "set incoming { dynamic ask secure ask fortress ask }",
	    "1:1: incoming is locked at fortress: not milder than deny" },
	{ "set incoming { dynamic drop }", "" },
	{ "set lan { dynamic permit secure permit fortress permit }", "" },
	{ "set nameserver { dynamic on secure off }", "" },
	{ "list \"ads\" file \"/etc/bulwark/ads.hosts\" tag ads", "" },
	{ "list \"a\" file \"/a\" tag 0-9; list \"b\" file \"/a\" tag list", "" },
	{ "list", "1:5: unexpected end of line; here may stand \"text\"" },
	{ "list ads file \"/a\" tag ads", "1:6: this stands in double quotes: \"ads\"" },
	{ "list \"ads\"", "1:11: unexpected end of line; here may stand file" },
	{ "list \"ads\" \"/a\"", "1:12: unexpected \"text\"; here may stand file" },
	{ "list \"ads\" path \"/a\"", "1:12: unexpected path; here may stand file" },
	{ "list \"ads\" file /a tag ads", "1:17: this stands in double quotes: \"/a\"" },
	{ "list \"ads\" file \"/a\"", "1:21: unexpected end of line; here may stand tag" },
	{ "list \"ads\" file \"/a\" tag", "1:25: unexpected end of line" },
	{ "list \"ads\" file \"/a\" tag \"ads\"", "1:26: unexpected \"text\"" },
	{ "list \"ads\" file \"/a\" tag ads more", "1:30: unknown word \"more\"; here may stand end of line" },
	{ "list \"ads\" file \"/a\" tag { ads }", "1:26: unexpected '{'" },
	{ "list \"\" file \"/a\" tag ads", "1:6: " LIST_NAME },
	{ "list \"a\\x0ab\" file \"/a\" tag ads", "1:6: " LIST_NAME },
	{ "list \"ads\" file \"a\" tag ads", "1:17: " PLAIN_PATH },
	{ "list \"ads\" file \"\" tag ads", "1:17: " PLAIN_PATH },
	{ "list \"ads\" file \"/a/../b\" tag ads", "1:17: " PLAIN_PATH },
	{ "list \"ads\" file \"/a/\" tag ads", "1:17: this is a folder: name a file" },
	{ "list \"ads\" file \"/a\" tag Ads", "1:26: " LIST_TAG },
	{ "list \"ads\" file \"/a\" tag a_b", "1:26: " LIST_TAG },
	{ "list \"ads\" file \"/a\" tag $a", "1:26: unexpected $name" },
	{ "list \"\" file \"\" tag A", "1:6: " LIST_NAME "\n1:14: " PLAIN_PATH "\n1:21: " LIST_TAG },
	{ "list \"a\" file \"/a\" tag a\nlist \"b\" file \"/a\" tag a\n\tlist \"a\" file \"/b\" tag b",
	    "3:7: there is a list of this name already" },
	{ "list \"A\" file \"/a\" tag a; list \"a\" file \"/a\" tag a", "" },
	{ "define list { a }", "1:8: unexpected list; here may stand $name" },
	{ "include x", "1:9: this stands in double quotes: \"x\"" },
	{ "include \"x\"", "1:9: a file to include is named from this folder, without .." },
	{ "profile \"a\" { path \"/a\" }", "1:1: this belongs into a file of the folder profiles" },
	{ "extend profile \"a\" { }", "1:1: this belongs into a file of the folder profiles" },
};

Test(policy_errors, conf)
{
	ROWS(conf, FILE_CONF, LAYER_ADMIN, "", "");
}

Test(policy_errors, extend_is_the_administrators)
{
	static const struct row none[] = { { "\nextend profile \"a\" { level secure }", "" } },
	    not[] = { { none[0].text, "2:1: only an administrator's file extends another" } };

	ROWS(none, FILE_PROFILES, LAYER_ADMIN, "", "");
	ROWS(not, FILE_PROFILES, LAYER_VENDOR, "", "");
	ROWS(not, FILE_PROFILES, LAYER_USER, "", "");
}

#define PAIR	"find and build (or virtual) belong together"

/* Line 1 begins the framework, line 2 is its path. */
static const struct row frameworks[] = {
	{ "find \"a(b)\"\tbuild \"{1}\" parent-level 0", "" },
	{ "find \"a(b)\" flags internet", "3:13: unexpected flags; here may stand end of line, find, build, parent-level or "
	    "merge\n1:1: a framework has find and build, or a parent-level" },
	{ "find \"a(b)\"; build \"{1}|{CWD}/{1}|/usr/{0}/x\"", "" },
	{ "find \"\\S\\\\\"; build \"{1}\"", "" },
	{ "find \"\\\"\"; build \"{1}\"", "" },
	{ "find \"a\\", "3:9: after \\ may stand \", \\ or x with two digits (not 00)\n"
	    "3:6: text has no closing \" in its line\n1:1: " PAIR },
	{ "find \"a(b\"; build \"{1}\"", "3:10: regular expression: missing closing parenthesis" },
	{ "find \"abc)\"; build \"{1}\"", "3:10: regular expression: unmatched closing parenthesis" },
	{ "find \"[z-a]\"; build \"{1}\"", "3:10: regular expression: range out of order in character class" },
	{ "find \"(*UTF)a\"; build \"{1}\"", "3:13: regular expression: using UTF is disabled by the application" },
	{ "find \"()()()()()()()()()()\"; build \"{1}\"", "3:7: regular expression: more than 9 groups" },
	{ "find \"(a{1,60000}){1,60000}\"; build \"{1}\"", "3:28: regular expression: regular expression is too large" },
	{ "find \"\\C\"; build \"{1}\"", "3:9: regular expression: using \\C is disabled by the application" },
	{ "find \"a\"; find \"b\"; build \"{1}\"", "3:11: " TWICE },
	{ "find \"a\"; build \"{1}\"; build \"{2}\"", "3:24: " TWICE },
	{ "find \"a\"", "1:1: " PAIR },
	{ "build \"{1}\"", "1:1: " PAIR "\n1:1: a framework has find and build, or a parent-level" },
	{ "find \"a\"; build \"x{1}\"", "3:17: what build makes is a path: it begins with / or {" },
	{ "find \"a\"; build \"{1}|\"", "3:17: what build makes is a path: it begins with / or {" },
	{ "find \"a\"; build \"{A}\"", "3:17: between { and } stands a digit or CWD" },
	{ "find \"a\"; build \"/{1\"", "3:17: between { and } stands a digit or CWD" },
	{ "find \"a\"; build \"/}\"", "3:17: between { and } stands a digit or CWD" },
	{ "find \"a\"; build \"/1|/2|/3|/4|/5|/6|/7|/8|/9\"", "3:17: more than 8 templates" },
	{ "find \"a\"; virtual \"script:{1}\"", "" },
	{ "find \"a\"; virtual \"systemd:{1}\"",
	    "3:19: a virtual name that a framework makes begins with script:" },
	{ "find \"a\"; virtual \"script:{1}\"; virtual \"script:{2}\"", "3:33: " TWICE },
	{ "parent-level 1", "" },
	{ "parent-level 4; merge", "" },
	{ "parent-level 0", "1:1: a framework has find and build, or a parent-level" },
	{ "parent-level 5", "3:14: a number from 0 (none) to 4" },
	{ "parent-level -1", "3:14: a number from 0 (none) to 4\n1:1: a framework has find and build, or a parent-level" },
	{ "parent-level 1; find \"a\"; build \"{1}\"", "1:1: a framework has find and build, or a parent-level" },
	{ "find \"a\"; build \"{1}\"; parent-level 0", "" },
	{ "find \"a\"; build \"{1}\"; merge", "1:1: merge needs a parent-level" },
	{ "parent-level 1; prefix \"/a/\"",
	    "3:17: a framework has paths; * stands for any characters of the last part" },
	{ "parent-level 1; path \"/usr/*/a\"", "3:22: * may stand in the last part of the path only" },
	{ "parent-level 1; path \"/usr/a*b*\"", "" },
	{ "parent-level 1; path \"/usr/bin/\"", "3:22: this is a folder: use prefix" },
	{ "find \"a\"; build \"/usr/bin/py3\"", "1:1: this framework leads back to itself" },
	{ "find \"a\"; build \"/b\"\n}\nframework \"b\" { path \"/b\"; find \"b\"; build \"/usr/bin/py\"",
	    "1:1: this framework leads back to itself\n5:1: this framework leads back to itself" },
	{ "find \"a\"; build \"/b\"\n}\nframework \"b\" { path \"/b\"; find \"b\"; build \"/c\"", "" },
	{ "level secure; flags internet; parent-level 1; default deny; rules { deny }", "" },
	{ "sha256 { x }", "3:1: \"sha256\" is not supported in this version\n"
	    "1:1: a framework has find and build, or a parent-level" },
};

Test(policy_errors, frameworks)
{
	ROWS(frameworks, FILE_PROFILES, LAYER_VENDOR, "framework \"f\" {\npath \"/usr/bin/py*\"\n", "\n}\n");
	ROWS(frameworks, FILE_PROFILES, LAYER_ADMIN, "framework \"f\" {\npath \"/usr/bin/py*\"\n", "\n}\n");
	cr_expect_str_eq(text_errors(FILE_PROFILES, LAYER_USER, "framework \"f\" { path \"/a\"; parent-level 1 }", 43),
	    "1:1: a user's file has no frameworks");
	cr_expect_str_eq(text_errors(FILE_PROFILES, LAYER_ADMIN, "framework \"f\" { parent-level 1 }", 32),
	    "1:1: a framework needs a path");
	cr_expect_str_eq(text_errors(FILE_CONF, LAYER_ADMIN, "framework \"f\" { path \"/a\"; parent-level 1 }", 43),
	    "1:1: this belongs into a file of the folder profiles");
}

/* Words that only a later version judges: said so wherever they would stand. */
Test(policy_errors, words_of_later_versions)
{
	static const struct { const char *words[16], *before, *after; unsigned line, column; } places[] = {
		{ { "locked" }, "", " \"x\" {\n y\n}\n", 1, 1 },
		{ { "strict-domains", "sha256", "package", "locked" },
		    "profile \"a\" { path \"/a\"\n ", " { x }\n}\n", 2, 2 },
		{ { "list", "from" }, "profile \"a\" { path \"/a\"; rules {\n deny ", " x\n} }\n", 2, 7 },
	};

	for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
		for (size_t w = 0; places[p].words[w] != NULL; w++) {
			char *text, *wanted;

			cr_assert_neq(asprintf(&text, "%s%s%s", places[p].before, places[p].words[w],
			    places[p].after), -1);
			cr_assert_neq(asprintf(&wanted, "%u:%u: \"%s\" is not supported in this version",
			    places[p].line, places[p].column, places[p].words[w]), -1);
			cr_expect_str_eq(text_errors(FILE_PROFILES, LAYER_ADMIN, text, strlen(text)), wanted,
			    "%s: %s", text, text_errors(FILE_PROFILES, LAYER_ADMIN, text, strlen(text)));
			free(text);
			free(wanted);
		}
}

/* Counts: one less is good. */
Test(policy_errors, too_many)
{
	static const struct { enum file_kind kind; const char *before, *each; size_t most; const char *after,
	    *error; } many[] = {
		{ FILE_PROFILES, "", "profile \"a\" { path \"/a\" }\n", PROFILES_MOST, "",
		    "1:1: more than 10000 profiles" },
		{ FILE_PROFILES, "profile \"a\" { path \"/a\"; rules {\n", "deny\n", RULES_MOST, "} }\n",
		    "10002:1: more than 10000 rules" },
		{ FILE_CONF, "rules {\n", "deny\n", RULES_MOST, "}\n", "10002:1: more than 10000 rules" },
		{ FILE_CONF, "rules { ask }\n", "rules { deny }\n", RULES_MOST - 1, "",
		    "10001:1: more than 10000 global rules" },
		{ FILE_PROFILES, "define $a { any/1 }\nprofile \"a\" { path \"/a\"; connect-ports {", " $a", 50000,
		    "} }", "2:150042: more than 50000 values" },
	};

	for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
		for (size_t more = 0; more < 2; more++) {
			char *text = text_around(many[i].before, many[i].each, many[i].most + more, many[i].after);

			cr_expect_str_eq(text_errors(many[i].kind, LAYER_VENDOR, text, strlen(text)),
			    more == 0 ? "" : many[i].error, "row %zu: %s", i,
			    text_errors(many[i].kind, LAYER_VENDOR, text, strlen(text)));
			free(text);
		}
}

/* Each has its own name; the longest that a name and a tag may be. */
Test(policy_errors, lists)
{
	char *text, last[256];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; i < LISTS_MOST; i++)
		fprintf(out, "list \"%0*u\" file \"/a\" tag %031u\n", LIST_NAME_MOST, i, i);
	fflush(out);
	cr_expect_str_eq(text_errors(FILE_CONF, LAYER_ADMIN, text, len), "");
	fprintf(out, " list \"more\" file \"/a\" tag a");
	fclose(out);
	cr_expect_str_eq(text_errors(FILE_CONF, LAYER_ADMIN, text, len), "64:2: more than 63 lists");
	free(text);
	snprintf(last, sizeof last, "list \"%064u\" file \"/a\" tag %032u", 0, 0);
	cr_expect_str_eq(text_errors(FILE_CONF, LAYER_ADMIN, last, strlen(last)),
	    "1:6: " LIST_NAME "\n1:87: " LIST_TAG);
}

/* Many nets with many ports each: said where the first rule stands, or of all blocks together. */
Test(policy_errors, overlap_in_too_many_ways)
{
	static const struct { enum file_kind kind; const char *text, *error; } rows[] = {
		{ FILE_PROFILES, "profile \"a\" { path \"/a\"; rules {\nallow net $n port $p; deny net $n port $q\n} }",
		    "3:1: these rules overlap in too many ways" },
		{ FILE_CONF, "rules {\nallow net $n port $p; deny net $n port $q\n}",
		    "3:1: these rules overlap in too many ways" },
		{ FILE_CONF, "rules { allow net $n port $p }\nrules { deny net $n port $q }",
		    "1:1: the rules overlap in too many ways" },
	};
	char *sets, *text;
	size_t len;
	FILE *out = open_memstream(&sets, &len);

	fprintf(out, "define $n {");
	for (unsigned i = 0; i < 20000; i++)
		fprintf(out, " 10.%u.%u.0/24", i >> 8, i & 0xff);
	for (unsigned i = 0; i < 240; i++)
		fprintf(out, "%s tcp/%u", i == 0 ? "}; define $p {" : i == 120 ? "}; define $q {" : "", 2 * i);
	fprintf(out, "}\n");
	fclose(out);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct diag diag = { 0 };
		struct file *file;

		cr_assert_neq(asprintf(&text, "%s%s", sets, rows[i].text), -1);
		file = text_build(rows[i].kind, LAYER_ADMIN, text, strlen(text), &diag);
		cr_assert_eq(diag.count, 1);
		cr_expect_str_eq(diag.lines[0].text, rows[i].error + 5);
		cr_expect_eq(diag.lines[0].at.line, rows[i].error[0] - '0');
		/* Of bulwark.conf the rule that denies is left. */
		cr_expect(file == NULL || (file->conf->rules.count == 1 &&
		    rule_denies(file->conf->rules.rules[0].action)));
		diag_free(&diag);
		file_drop(file);
		free(text);
	}
	free(sets);
}

/* Of patterns that end in the same labels each is tried: there are few, in all rules together. */
Test(policy_errors, patterns_that_end_alike)
{
	for (unsigned more = 0; more < 2; more++) {
		char *list, *rules, *domains;
		size_t len;
		FILE *out = open_memstream(&list, &len);

		for (unsigned i = 0; i < GLOBS_MOST + more; i++)
			fprintf(out, " a%u*.example.org", i);
		fclose(out);
		cr_assert_neq(asprintf(&rules, "rules {\ndeny domain {%s b*.example.com }\nallow domain .example.org\n}",
		    list), -1);
		cr_assert_neq(asprintf(&domains, "profile \"a\" { path \"/a\"\n domains {%s } }", list), -1);
		cr_expect_str_eq(text_errors(FILE_CONF, LAYER_ADMIN, rules, strlen(rules)), more == 0 ? "" :
		    "2:1: these rules overlap in too many ways\n1:1: the rules overlap in too many ways");
		cr_expect_str_eq(text_errors(FILE_PROFILES, LAYER_ADMIN, domains, strlen(domains)), more == 0 ? "" :
		    "2:2: more than 64 patterns end alike");
		free(list);
		free(rules);
		free(domains);
	}
}

/* A named set counts wherever it stands: a short file can't take all memory. */
Test(policy_errors, too_much_in_one_file)
{
	static const struct { const char *value; size_t values; const char *rule; size_t most; const char *error; }
	    sets[] = {
		{ " any/1", 1000, "deny port $a\n", VALUES_MOST / 1000, "502:11: more than 500000 values in one file" },
		/* 254 nets each */
		{ " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 1024, "deny domain $a\n", 256,
		    "258:13: more than 16 MiB of domains in one file" },
		{ " ::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 10, "deny range $a\n", NETS_MOST / 2540,
		    "395:12: more than 1000000 nets in one file" },
	};

	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
		for (size_t more = 0; more < 2; more++) {
			char *before = text_around("define $a {", sets[i].value, sets[i].values, "}; rules {\n"),
			    *text = text_around(before, sets[i].rule, sets[i].most + more, "}\n");
			const char *errors = text_errors(FILE_CONF, LAYER_ADMIN, text, strlen(text));

			cr_expect(more == 0 ? errors[0] == '\0' : strstr(errors, sets[i].error) == errors,
			    "row %zu: %.200s", i, errors);
			free(before);
			free(text);
		}
}

/* It may have been an encrypted one: then no other is asked. */
Test(policy_errors, resolver_that_can_not_be_read)
{
	static const char	 good[] = "resolver \"192.0.2.1\"", bad[] = "resolver \"192.0.2.1\"\nresolver \"dot:/192.0.2.2\"";
	struct diag		 diag = { 0 };
	struct file		*file = text_good(FILE_CONF, LAYER_ADMIN, good);

	cr_expect_not(file->conf->resolver_unread);
	file_drop(file);
	file = text_build(FILE_CONF, LAYER_ADMIN, bad, sizeof bad - 1, &diag);
	cr_assert_not_null(file);
	cr_expect(file->stand_in && file->conf->resolver_unread);
	cr_expect_eq(file->conf->resolvers_count, 1);
	file_drop(file);
	diag_free(&diag);
}

/* Each slip in a server's text is refused with what and where, not left out later. */
static const struct row resolvers[] = {
	{ "dns.quad9.net", "1:10: resolver: not an IP address alone, nor udp://, dot:// (TLS) or doh:// (HTTPS) with one, "
	    "at \"dns.quad9.net\"" },
	{ "tls://9.9.9.9", "1:10: resolver: neither udp://, dot:// (TLS), doh:// (HTTPS) nor an IP address alone, "
	    "at \"tls://9.9.9.9\"" },
	{ "dot://dns.quad9.net", "1:10: resolver: not an IP address (no server is asked for another one's: a name stands "
	    "behind, as ?name=), at \"dns.quad9.net\"" },
	{ "dot://9.9.9.9?nam=dns.quad9.net", "1:10: resolver: neither name=, pin=, search=, insecure nor public, "
	    "at \"nam=dns.quad9.net\"" },
	{ "dot://9.9.9.9?pin=abc", "1:10: resolver: pin: not 44 characters of base64 (SHA-256 of the server's key), "
	    "at \"abc\"" },
	{ "dot://9.9.9.9?name=", "1:10: resolver: name: neither a host's name nor an IP address, at its end" },
	{ "udp://9.9.9.9:99999", "1:10: resolver: not a port, 1 to 65535 (an IPv6 address stands in []), at \"99999\"" },
	{ "0.0.0.0", "1:10: resolver: no server can have this address, at \"0.0.0.0\"" },
	{ "udp://9.9.9.9?insecure", "1:10: resolver: insecure without search=, at \"insecure\"" },
};

Test(policy_errors, resolvers)
{
	ROWS(resolvers, FILE_CONF, LAYER_ADMIN, "resolver \"", "\"");
}

#define A_FILE "is not a file: the numbers of its device, inode and last change, such as 2049:131:1790000000000000000"
static const struct row answers[] = {
	{ "allow file 2049:131:1790000000000000000; allow domain a.example until 2027-01-01 file 0:0:0", "" },
	{ "allow file 18446744073709551615:18446744073709551615:18446744073709551615", "" },
	{ "allow file 18446744073709551616:1:1", "2:12: \"18446744073709551616:1:1\" " A_FILE },
	{ "allow file 1:1:000000000000000000001", "2:12: \"1:1:000000000000000000001\" " A_FILE },
	{ "allow file 1:2", "2:12: \"1:2\" " A_FILE },
	{ "allow file 1:2:", "2:12: \"1:2:\" " A_FILE },
	{ "allow file 1::3", "2:12: \"1::3\" " A_FILE },
	{ "allow file 1:2:3:4", "2:12: \"1:2:3:4\" " A_FILE },
	{ "allow file 1:-2:+3", "2:12: \"1:-2:+3\" " A_FILE },
	{ "allow file 1:2:3 file 1:2:3", "2:18: said twice in one rule" },
	{ "allow file \"1:2:3\"", "2:12: unexpected \"text\"" },
	{ "deny file 1:2:3; ask file 1:2:3", "2:6: " FILES "\n2:22: " FILES },
};

Test(policy_errors, answers)
{
	ROWS(answers, FILE_PROFILES, LAYER_USER, "profile \"p\" { path \"/p\"; answers session {\n", "\n} }\n");
	ROWS(answers, FILE_PROFILES, LAYER_USER, "profile \"p\" { path \"/p\"; answers {\n", "\n} }\n");
}
