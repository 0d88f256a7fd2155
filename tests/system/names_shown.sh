#!/bin/bash
# What people see of questions and names: the monitor, connections, bulwarkctl dns.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=2 +tries=1 "$@" 2>&1; }

LAB_TTL=300 # seconds: what is answered is kept
lab_begin
put "$ETC/bulwark.conf" <<-E
	level dynamic
E
profile dig /usr/bin/dig "$OPEN"
profile nslookup /usr/bin/nslookup "$OPEN" "domains { .example.org }"
allowed curl /usr/bin/curl
suite_start
monitor_start
fresh
lab_spawn ctl monitor </dev/null >"$LAB_DIR/monitor.text" 2>&1
is "a question" "$(dug www.example.org)" "$INET4"
is "again, of another server" "$(dug @9.9.9.9 www.example.org)" "$INET4"
is "AAAA" "$(dug @9.9.9.9 AAAA www.example.org)" "$INET6"

question() { # TEXT JQ-CONDITION
	if told 2 ".type == \"question\" and ($2)"; then pass "$1"; else fail "$1: $(jq -c 'select(.type == "question")' "$MONITOR" | tail -3)"; fi
}
lines_have() { grep -qE "$1" "$LAB_DIR/monitor.text"; }

question "the monitor shows a question" '.outcome == "resolved" and .name == "www.example.org" and .qtype == "A" and
	.rcode == "NOERROR" and .addresses == 1 and .process.path == "/usr/bin/dig" and .server != ""'
question "one that was answered from the cache" '.outcome == "resolved" and .name == "www.example.org" and .cached'
question "AAAA" '.qtype == "AAAA" and .addresses == 1'
on desk nslookup -timeout=2 -retry=0 www.example.net >/dev/null 2>&1
question "a name that is not for the program" '.outcome == "blocked" and .name == "www.example.net" and
	.process.path == "/usr/bin/nslookup"'
check "as lines" lab_wait 2 lines_have '^[0-9:.]+ +resolved +[0-9]+ us +dig\[[0-9]+\] root +\? www\.example\.org A  1 address'
check "blocked, too" lab_wait 2 lines_have ' blocked .* nslookup\[[0-9]+\] root +\? www\.example\.net A  NXDOMAIN  the profile lists domains; this one is not among them \(.*/nslookup.conf:[0-9]+\)$'

lab_spawn on desk curl -4 -s -o /dev/null http://www.example.org/slow </dev/null >/dev/null 2>&1
check "a decision has the name" told 3 '.type == "event" and .name == "www.example.org" and .dport == 80 and
	.dst == "'$INET4'" and .process.path == "/usr/bin/curl"'
on desk curl -4 -s -o /dev/null -H "Connection: close" http://www.example.org/ http://www.example.org/
check "so has one that a grant made" told 3 '.type == "event" and .source == "grant" and .name == "www.example.org" and
	.process.path == "/usr/bin/curl"'
is "so has a connection" "$(ctl connections --json app:curl | jq -r 'select(.dport == 80) | .name' | sort -u)" www.example.org
check "as text" grep -q -- "-> www.example.org:80/tcp ($INET4)" <(ctl connections app:curl)
is "an address that nobody asked for has none" "$(on desk curl -4 -s -o /dev/null "http://$F4/"
	told 3 ".dst == \"$F4\"" && jq -r "select(.dst == \"$F4\") | .name" "$MONITOR" | sort -u)" null

check "dns servers" grep -qE "^$DNS4 +in the clear +all names +nothing +good, [0-9.]+ ms +resolv.conf" <(ctl dns servers)
check "dns cache" grep -qE "^www.example.org +A +[0-9]+ s +1 address +unchecked +$DNS4" <(ctl dns cache)
check "dns query: a name for the program" grep -q "^verdict: accept" <(ctl dns query --as /usr/bin/nslookup www.example.org)
check "dns query: a name that is not" grep -q "^verdict: block" <(ctl dns query --as /usr/bin/nslookup WWW.example.net AAAA)

# Which domains are related to a program, ways past the resolver, block lists that count at some levels.
status_of() { dig_says "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
dig_says() { on desk dig +time=2 +tries=1 "$@" 2>&1; }
explained() { ctl dns query --as "$1" "$2" >"$LAB_DIR/out"; grep -qE "$3" "$LAB_DIR/out"; }
fetches() { on desk curl -4 -s -o /dev/null --max-time 3 "http://$1/"; }
echo "ads.example.org" >"$ETC/ads.names"
put "$ETC/bulwark.conf" <<-E
	level dynamic
	list "ads" file "$ETC/ads.names" tag ads
	set lists-tracking { dynamic off secure on }
E
profile curl /usr/bin/curl "flags internet strict"
profile nc "$(readlink -f "$(command -v nc)")" "$OPEN"
suite_settle
check "a domain of the package that the program is from" lab_wait 10 explained /usr/bin/curl www.curl.se "package that the program is from"
check "another domain" explained /usr/bin/curl www.example.org "not related to the program.*curl.conf:"
check "curl reaches the one" fetches www.curl.se
check "and not the other" eval '! fetches www.example.org'
is "a list that does not count at this level" "$(status_of ads.example.org)" NOERROR
is "another resolver, at Dynamic" "$(status_of dns.quad9.net)" NOERROR
ctl level secure >/dev/null
is "at Secure the list counts" "$(status_of ads.example.org)" NXDOMAIN
check "and is named" grep -q 'list "ads", line 1' <(dig_says ads.example.org)
check "explained, too" explained /usr/bin/dig ads.example.org 'list "ads", line 1'
is "another resolver, at Secure" "$(status_of dns.quad9.net)" NXDOMAIN
check "which is said" grep -qE "known resolvers|another resolver" <(dig_says dns.quad9.net)
check "its port is shut" eval '! on desk timeout 3 nc -z '"$INET4"' 853'
check "by the setting" told 2 '.type == "event" and .dport == 853 and .verdict == "block" and .reason.check == 15'
