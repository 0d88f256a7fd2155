#!/bin/bash
# What each flag, each property and each match of a rule does to real packets. One program a case, with a
# profile of its own, and a place that no other case talks to; all of them talk at once, and then the wire
# is looked at. docs/tests.md says where the rest is shown.
. "$(dirname "$0")/../lab/lib.sh"
. "$LAB_TOP/tests/lab/cases.sh"

USER_ID=1000 SYSTEM_ID=33
P=''

# program NAME SOURCE LINE...: a copy of talk, curl or ping with that profile
program() {
	put_program "$P/$1" "$2"
	profile "$1" "$P/$1" "${@:3}"
}
put_program() {
	case $2 in
	talk) cp "$LAB_TOP/build/release/tests/lab/talk" "$1";;
	*) cp "$(readlink -f "/usr/bin/$2")" "$1";;
	esac
}

# to WANT TEXT PROGRAM "PROTO ADDRESS PORT" [UID]; @ is a fresh address, @6 one of IPv6
to() {
	local proto address port
	read -r proto address port <<<"$4"
	case $address in
	@) fresh; address=$F4;;
	@6) fresh; address=$F6;;
	esac
	try "$1" "$2 ($proto $address $port)" "> $address.$port: " as "${5:-0}" "$P/$3" once "$proto" "$address" "$port"
}

# by_name WANT TEXT PROGRAM NAME: it fetches a page from there; the name has an address of its own
by_name() {
	fresh
	echo "$F4 $4" >>"$LAB_DIR/hosts"
	try "$1" "$2 ($4)" "> $F4.80: " on desk "$P/$3" -4 -s -o /dev/null --max-time 5 "http://$4/"
}

# pings WANT TEXT PROGRAM: alone, since each raw socket could have sent what another one seems to
pings() {
	fresh
	try_alone "$1" "$2" "> $F4: ICMP echo request" on desk "$P/$3" -nc1 -W2 "$F4"
}

# served NAME LINE...: a program that listens, on a port of its own: PORT
PORT=7200
served() {
	PORT=$((PORT + 1))
	program "$1" talk "${@:2}"
	lab_spawn on desk "$P/$1" sink tcp $PORT </dev/null >/dev/null
	PORTS+=" $PORT"
}
PORTS=
# from WANT TEXT HOST: somebody there connects to it
from() {
	local address=$STRANGER4
	[ "$3" = stranger ] || address=9.1.0.2
	try "$1" "$2 (from the $3)" "$DESK4.$PORT > $address.*: Flags \[S\.\]" on "$3" "$LAB_DIR/caller" once tcp $DESK4 $PORT
}

# matcher NAME MATCH FITS OTHER: of two programs one is denied what fits and may all else, the other is
# allowed it and may nothing else. In all words % is another number for each of the two.
matcher() {
	local name=$1
	program "$name-deny" talk "$OPEN" "rules { deny ${2//%/1} }"
	program "$name-allow" talk "$OPEN" "default deny" "rules { allow ${2//%/2} }"
	to refused/11 "deny $2: what fits" "$name-deny" "${3//%/1}" "${5:-}"
	to passes "deny $2: another" "$name-deny" "${4//%/1}" "${6:-${5:-}}"
	to passes "allow $2: what fits" "$name-allow" "${3//%/2}" "${5:-}"
	to refused/18 "allow $2: another" "$name-allow" "${4//%/2}" "${6:-${5:-}}"
}

matchers() {
	local now=12:00 soon=13:00
	matcher address "address 9.9.201.%" "tcp 9.9.201.% 7" "tcp 9.9.202.% 7"
	matcher address6 "address 2a00:1::a:%" "udp 2a00:1::a:% 7" "udp 2a00:1::b:% 7"
	matcher net "net { 10.9.9.0/24 9.9.203.0/24 }" "udp 9.9.203.% 7" "tcp 9.9.204.% 7"
	matcher net6 "net 2a00:1::c:0/112" "tcp 2a00:1::c:% 7" "tcp 2a00:1::d:% 7"
	matcher range "range 9.9.205.10-9.9.205.19" "tcp 9.9.205.1% 7" "tcp 9.9.205.2% 7"
	# shellcheck disable=SC2016 # a set's name
	matcher define 'net $lab' "tcp 9.9.206.% 7" "tcp 9.9.207.% 7"
	matcher lan "scope lan" "tcp 192.168.77.13% 7" "tcp @ 7"
	matcher internet "scope internet" "tcp @ 7" "tcp 192.168.77.14% 7"
	matcher port "port tcp/7" "tcp @ 7" "tcp @ 80"
	matcher port-range "port any/5-10" "udp @ 7" "tcp @ 22"
	matcher protocol "protocol udp" "udp @ 7" "tcp @ 7"
	matcher country "country se" "tcp 89.160.20.12% 7" "tcp 81.2.69.16% 7"
	matcher as "as AS64496" "tcp 9.9.210.% 7" "tcp 9.9.211.% 7"
	matcher user "user $USER_ID" "tcp @ 7" "tcp @ 7" $USER_ID $SYSTEM_ID
	matcher root "user root" "tcp @ 7" "tcp @ 7" 0 $USER_ID
	matcher person "user person" "tcp @ 7" "tcp @ 7" $USER_ID $SYSTEM_ID
	matcher system-users "user system" "tcp @ 7" "tcp @ 7" $SYSTEM_ID $USER_ID
	now=$(date -d '-2 hours' +%H:%M) soon=$(date -d '2 hours' +%H:%M)
	always at "at $now-$soon" "at $soon-$now"
	now=$(LC_ALL=C date +%a) soon=$(LC_ALL=C date -d '1 day' +%a)
	always days "days { ${now,} ${soon,} }" "days $(LC_ALL=C date -d '3 days' +%a | tr '[:upper:]' '[:lower:]')"
	always until "until 2099-01-01" "until 2001-01-01"
	always up-to "up-to dynamic" "" "level secure"
	always out "out" "in"
	always direction "direction { out forward }" "direction in"
	unknown country "country se"
	unknown network "network \"office\""
	program ping-fits ping "$OPEN" "rules { deny icmp-type echo-request }"
	program ping-other ping "$OPEN" "default deny" "rules { allow icmp-type echo-reply }"
	program ping-may ping "$OPEN" "default deny" "rules { allow icmp-type 8 }"
	program ping-icmp ping "$OPEN" "default deny" "rules { allow protocol icmp }"
	pings refused "deny icmp-type echo-request" ping-fits
	pings refused "allow icmp-type echo-reply" ping-other
	pings passes "allow icmp-type 8" ping-may
	pings passes "allow protocol icmp" ping-icmp
}

# always NAME FITS NEVER [LINE]: a match that fits whatever is sent now, and one that does not
always() {
	program "$1-fits" talk "$OPEN" "default deny" "rules { allow $2 }"
	to passes "allow $2" "$1-fits" "tcp @ 7"
	if [ -n "$3" ]; then
		program "$1-denied" talk "$OPEN" "rules { deny $2 }"
		program "$1-spared" talk "$OPEN" "rules { deny $3 }"
		to refused/11 "deny $2" "$1-denied" "tcp @ 7"
		to passes "deny $3" "$1-spared" "tcp @ 7"
	fi
	program "$1-never" talk "$OPEN" "default deny" "${4:-level dynamic}" "rules { allow ${3:-$2} }"
	to refused/18 "allow ${3:-$2}${4:+ at $4}" "$1-never" "tcp @ 7"
}

# unknown NAME MATCH: of what is not known
unknown() {
	program "unknown-$1-deny" talk "$OPEN" "rules { deny $2 }"
	program "unknown-$1-allow" talk "$OPEN" "default deny" "rules { allow $2 }"
	to refused/11 "deny $2, which is not known" "unknown-$1-deny" "tcp @ 7"
	to refused/18 "allow $2, which is not known" "unknown-$1-allow" "tcp @ 7"
}

names() {
	local match
	for match in exact.example .zone.example 'cdn*.glob.example'; do
		program "deny-$match" curl "$OPEN" "rules { deny domain $match }"
		program "allow-$match" curl "$OPEN" "default deny" "rules { allow domain $match }"
	done
	by_name refused "deny domain exact.example" deny-exact.example exact.example
	by_name passes "deny domain exact.example" deny-exact.example www.exact.example
	by_name passes "allow domain .zone.example" allow-.zone.example www.zone.example
	by_name refused "allow domain .zone.example" allow-.zone.example www.azone.example
	by_name refused "deny domain .zone.example" deny-.zone.example zone.example
	by_name passes "allow domain cdn*.glob.example" 'allow-cdn*.glob.example' cdn7.glob.example
	by_name refused "deny domain cdn*.glob.example" 'deny-cdn*.glob.example' cdn.x.glob.example
	by_name refused "allow domain cdn*.glob.example" 'allow-cdn*.glob.example' acdn.glob.example
	program direct curl "$OPEN" "rules { deny direct }"
	by_name passes "deny direct: by name" direct direct.example
	fresh
	try refused "deny direct: by address" "> $F4.80: " on desk "$P/direct" -s -o /dev/null --max-time 3 "http://$F4/"
	program domains curl "$OPEN" "domains { .listed.example }"
	by_name passes "domains { .listed.example }" domains www.listed.example
	by_name refused "domains { .listed.example }" domains unlisted.example
	program strict curl "flags internet strict" "vendor-domains { www.vendor.example }"
	by_name passes "flag strict: at a vendor domain" strict cdn.vendor.example
	by_name refused "flag strict: another domain" strict stranger.example
	program gateway curl "flags internet gateway" "vendor-domains { www.vendor.example }"
	by_name passes "flag gateway: any domain" gateway chosen.example
	program listed curl "flags internet"
	program ignores curl "flags internet" "ignore-lists { ads }"
	program ignores-all curl "flags internet browser" "ignore-lists { ads }"
	by_name refused "a list" listed x.ads.example
	by_name passes "ignore-lists { ads }" ignores y.ads.example
	by_name refused "ignore-lists, but flag browser" ignores-all z.ads.example
	program no-internet curl "flags localnet"
	by_name refused "no flag internet: a name" no-internet flagless.example
}

flags() {
	program flagless talk "default permit"
	program internet talk "flags internet directconnect"
	program localnet talk "flags localnet"
	program system talk "$OPEN system"
	program admin talk "$OPEN admin"
	to refused/9 "no flag: Internet" flagless "tcp @ 7"
	to refused/9 "no flag: LAN" flagless "tcp 192.168.77.150 7"
	to passes "flag internet: Internet" internet "tcp @ 7"
	to refused/9 "flag internet: LAN" internet "tcp 192.168.77.151 7"
	to refused/9 "flag localnet: Internet" localnet "tcp @6 7"
	to passes "flag localnet: LAN" localnet "tcp 192.168.77.152 7"
	to passes "flag system: a system user" system "tcp @ 7" $SYSTEM_ID
	to refused/7 "flag system: a person" system "tcp @ 7" $USER_ID
	to passes "flag admin: root" admin "tcp @ 7"
	to refused/7 "flag admin: a person" admin "tcp @ 7" $USER_ID
	program user talk "$OPEN user"
	to refused/7 "flag user: a person who is not there" user "tcp @ 7" $USER_ID
	program direct-not talk "flags internet" "level secure"
	program direct-may talk "flags internet directconnect" "level secure"
	to refused/12 "no flag directconnect, at Secure" direct-not "tcp @ 7"
	to passes "flag directconnect, at Secure" direct-may "tcp @ 7"
	program browser talk "flags internet browser"
	program no-browser talk "flags internet"
	to refused/15 "flag browser: another resolver" browser "tcp @ 853"
	to passes "no flag browser: another resolver, at Dynamic" no-browser "tcp @ 853"
}

properties() {
	local word
	program level-not talk "flags internet" "level dynamic"
	to passes "level dynamic" level-not "tcp @ 7"	# level secure: directconnect above
	program connect talk "$OPEN" "connect-ports { udp/7 tcp/20-30 }"
	to passes "connect-ports: listed" connect "udp @ 7"
	to passes "connect-ports: in a range" connect "tcp @ 22"
	to refused/10 "connect-ports: the same port, another protocol" connect "tcp @ 7"
	program connect-none talk "$OPEN" "connect-ports { }"
	to refused/10 "connect-ports: none" connect-none "tcp @ 7"
	for word in permit ask deny block drop; do
		program "default-$word" talk "$OPEN" "default $word"
		program "rule-$word" talk "$OPEN" "default permit" "rules { ${word/permit/allow} }"
	done
	to passes "default permit" default-permit "udp @6 7"
	to passes "a rule that permits" rule-permit "udp @6 7"
	for word in ask deny block drop; do
		to refused/18 "default $word" "default-$word" "tcp @ 7"
		to refused/11 "a rule: $word" "rule-$word" "udp @ 7"
	done
	program tunnel talk "$OPEN" "rules { tunnel exit country { ch se } hops 4 }"
	to refused/19 "tunnel, while there is none" tunnel "tcp @ 7"
	to refused/19 "tunnel, while there is none" tunnel "udp @6 7"
	program order talk "$OPEN" "rules { allow net 9.9.212.0/25; deny net 9.9.212.0/24 }"
	to passes "the first rule that fits" order "tcp 9.9.212.5 7"
	to refused/11 "the second" order "tcp 9.9.212.205 7"
	program global talk "$OPEN"
	to refused/11 "a global rule" global "tcp 9.9.240.1 7"
	program global-not talk "$OPEN" "rules { allow net 9.9.240.0/24 }"
	to passes "a rule of the profile goes before" global-not "tcp 9.9.240.2 7"
	prefixes
	program group-may talk "$OPEN" "default deny" "rules { allow scope multicast port udp/7 }"
	program group-may-not talk "$OPEN" "rules { deny scope multicast port udp/7 }"
}

# Folders of root's: a program below them is of known origin.
prefixes() {
	mkdir -p "$PROGRAMS/apps/inner/more" "$PROGRAMS/apps2"
	for word in apps/a apps/exact apps/inner/b apps/inner/more/c apps2/d; do
		put_program "$PROGRAMS/$word" talk
	done
	printf 'profile "%s" { prefix "%s"; flags internet directconnect; default %s }\n' \
		outer "$PROGRAMS/apps/" deny inner "$PROGRAMS/apps/inner/" permit | put "$ETC/profiles/prefixes.conf"
	profile exact "$PROGRAMS/apps/exact" "$OPEN"
	below refused/18 "prefix" apps/a
	below passes "an exact path before a prefix" apps/exact
	below passes "the longest prefix" apps/inner/b
	below passes "below it" apps/inner/more/c
	below passes "a folder whose name begins so is another" apps2/d
}
below() { fresh; try "$1" "$2" "> $F4.7: " on desk "$PROGRAMS/$3" once tcp "$F4" 7; }

incoming() {
	served in-service "flags internet localnet service"
	from passes "flag service" stranger
	served in-closed "flags internet localnet"
	from refused "no flag service" stranger
	served in-lan "flags localnet service"
	from refused "no flag internet" inet
	served in-internet "flags internet service"
	from refused "no flag localnet" stranger
	from passes "flag internet" inet
	served in-ports "flags internet localnet service" "listen-ports { tcp/$((PORT + 1)) }"
	from passes "listen-ports: listed" stranger
	served in-ports-not "flags internet localnet service" "listen-ports { tcp/80 udp/$((PORT + 1)) }"
	from refused "listen-ports: another" stranger
	served in-net "flags internet localnet service" "rules { deny in net 9.1.0.0/24 }"
	from refused "deny in net: what fits" inet
	from passes "deny in net: another" stranger
	served in-port "flags internet localnet service" "default deny" "rules { allow in port tcp/$((PORT + 1)) scope lan }"
	from passes "allow in port, scope: what fits" stranger
	from refused "allow in port, scope: another scope" inet
	served in-out "flags internet localnet service" "default deny" "rules { allow out }"
	from refused "allow out: incoming" stranger
	served in-root "flags internet localnet service" "default deny" "rules { allow direction in user root }"
	from passes "allow in user root" stranger
	served in-block "flags internet localnet service" "default block"
	from refused "default block" stranger
}

geo() {
	mkdir "$LAB_DIR/geo"
	cp "$LAB_TOP/tests/data/mmdb/GeoLite2-Country-Test.mmdb" "$LAB_DIR/geo/country.mmdb"
	printf '9.9.%d.0,9.9.%d.255,%d\n' 210 210 64496 211 211 64497 >"$LAB_DIR/as.csv"
	"$BIN/../policyd/geo/compile" "$LAB_DIR/as.csv" >"$LAB_DIR/geo/as.mmdb" || die "no database of AS"
	lab_batch router <<-E
		route add 89.160.20.0/24 via 9.1.0.2
		route add 81.2.69.0/24 via 9.1.0.2
	E
	lab_batch inet <<-E
		route add local 89.160.20.0/24 dev lo
		route add local 81.2.69.0/24 dev lo
	E
	# the stranger is many machines
	lab_batch stranger <<<"route add local 192.168.77.128/25 dev lo"
}

# What goes to a group has no answer: the wire alone says what became of it.
groups() {
	local n=0 name
	for name in group-may group-may-not; do
		n=$((n + 1))
		on desk "$P/$name" from 4200$n udp 239.9.9.$n 7 10
		on desk "$P/$name" from 4200$n udp 239.9.8.$n 8 10
	done
	least "allow scope multicast: what fits" "$(wire_to 239.9.9.1)" 1
	is "deny scope multicast: what fits" "$(wire_to 239.9.9.2)" 0
	is "allow scope multicast, and port: another port" "$(wire_to 239.9.8.1)" 0
	least "deny scope multicast, and port: another port" "$(wire_to 239.9.8.2)" 1
}

# Of a name that may not be asked no server hears.
unasked() {
	local name
	for name in exact zone cdn.x.glob acdn.glob www.azone unlisted stranger x.ads flagless; do
		is "no server is asked for $name.example, which is refused" "$(grep -ci " $name.example\. " "$CASES_WIRE")" 0
	done
	least "but for one that is permitted" "$(grep -ci " www.zone.example\. " "$CASES_WIRE")" 1
}

lab_begin
wire_start
lab_programs
P=$LAB_DIR/p
mkdir "$P"
talker caller
: >"$LAB_DIR/hosts"
geo
put "$ETC/bulwark.conf" <<-E
	level dynamic
	resolver "udp://$INET4:5353"
	list "ads" file "$ETC/ads.hosts" tag ads
	define \$lab { 9.9.206.0/24 }
	rules {
		deny net 9.9.240.0/24
	}
E
echo ".ads.example" >"$ETC/ads.hosts"
matchers
names
flags
properties
incoming
lab_daemon dnsmasq-names inet dnsmasq -k -C /dev/null --no-resolv --no-hosts --addn-hosts="$LAB_DIR/hosts" \
	--user=root --port=5353 --pid-file= --log-facility=-
lab_daemon resolver-strange inet python3 "$LAB_TOP/tests/lab/echo.py" 853
lab_wait 5 lab_listening inet 5353 853 || die "a server"
suite_start
monitor_start
# shellcheck disable=SC2086 # a list of numbers
lab_wait 5 lab_listening desk $PORTS || die "a program does not listen"
is "no file has an error" "$(ctl status --json | jq -c '.problems // []')" "[]"
cases_run
unasked
groups
