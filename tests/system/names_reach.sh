#!/bin/bash
# Addresses that the asking program may not reach are not in its answers, hints of HTTPS records
# included; another program gets them from the same cache at the same time.
. "$(dirname "$0")/../lab/lib.sh"

PUBLIC4=9.9.1.1 PUBLIC6=2a00:1::1
dug() { local p=$1; shift; on desk "$LAB_DIR/$p" +short +time=2 +tries=1 "$@" 2>/dev/null | grep -v '^;' | sort | xargs; }
says() { on desk "$LAB_DIR/$2" +time=2 +tries=1 "${@:3}" 2>&1 | grep -q -- "$1"; }
program() { cp "$(readlink -f "/usr/bin/$1")" "$LAB_DIR/$2"; profile "$2" "$LAB_DIR/$2" "${@:3}"; }
gets() { [ "$(dug "$1" "${@:3}")" = "$2" ]; }
# The question is still at the server when the others come: one goes upstream.
at_once() {
	local p
	for p in open internet lan; do dug "$p" once.corp.example >"$LAB_DIR/$p.got" & done
	wait
}
got() { cat "$LAB_DIR/$1.got"; }
quiet() { ! told_now '.dst == "'$STRANGER4'" and .process.path == "'"$LAB_DIR/fetch"'"'; }
asked() { sleep 0.1; wire_show "dst host $STRANGER4 and udp dst port 53" | grep -ciE " ($1)\.? "; }

lab_begin
wire_start
lab_unbound corp stranger "$STRANGER4@53" <<-E2
	local-zone: "corp.example." redirect
	local-data: "corp.example. 300 A $PUBLIC4"
	local-data: "corp.example. 300 A $STRANGER4"
	local-data: "corp.example. 300 AAAA $PUBLIC6"
	local-data: "corp.example. 300 AAAA $STRANGER6"
	local-data: "corp.example. 300 HTTPS 1 . alpn=h2 ipv4hint=$PUBLIC4,$STRANGER4 ipv6hint=$STRANGER6"
	local-zone: "inner.corp.example." redirect
	local-data: "inner.corp.example. 300 A $STRANGER4"
	local-data: "inner.corp.example. 300 AAAA $PUBLIC6"
E2
put "$ETC/bulwark.conf" <<-E2
	level dynamic
	resolver "udp://$DNS4"
	resolver "udp://$STRANGER4?search=corp.example"
E2
program dig open "$OPEN"
program dig internet "flags internet"
program dig lan "flags localnet directconnect" "default permit"
program dig net "$OPEN" "rules {" "allow domain .corp.example address 9.9.1.1 port tcp/443" "deny net { 9.9.1.0/24 192.168.77.0/24 }" "}"
program dig ports "$OPEN" "connect-ports { tcp/443 }" "rules {" "deny net 9.9.1.0/24 port tcp/25" "deny protocol udp" "}"
program dig four "$OPEN" "rules {" "deny net ::/0" "}"
program curl fetch "flags internet" "default deny" "rules {" "allow domain .corp.example" "}"
suite_start
monitor_start

# one answer, and who gets what of it
at_once
is "who may reach all gets all" "$(got open)" "$STRANGER4 $PUBLIC4"
is "without the flag localnet: no address of the local network" "$(got internet)" "$PUBLIC4"
is "without the flag internet: no question for a name of the Internet" "$(got lan)" ""
is "one question went to the server" "$(asked "A\? once.corp.example")" 1
is "IPv6" "$(dug internet AAAA once.corp.example)" "$PUBLIC6"
is "all of it, for another" "$(dug open AAAA once.corp.example)" "$PUBLIC6 $STRANGER6"
is "again, from the cache" "$(dug internet once.corp.example)" "$PUBLIC4"
check "an HTTPS record's hints" says "ipv4hint=$PUBLIC4\$" internet HTTPS once.corp.example
check "with what else it says" says 'alpn="h2"' internet HTTPS once.corp.example
check "all of them, for another" says "ipv4hint=.*$STRANGER4.*ipv6hint=$STRANGER6\$" open HTTPS once.corp.example
check "that there was more is said" says "EDE: 17" internet once.corp.example

# rules
is "a rule by address" "$(dug net inner.corp.example)" ""
is "but what some port is allowed of is left" "$(dug net www.corp.example)" "$PUBLIC4"
is "ports and protocols take nothing out" "$(dug ports www.corp.example)" "$STRANGER4 $PUBLIC4"
is "no IPv6" "$(dug four AAAA www.corp.example)" ""
is "IPv4 all the same" "$(dug four www.corp.example)" "$STRANGER4 $PUBLIC4"

# nothing is left
check "where nothing is left there is no address" says "status: NOERROR.*" internet inner.corp.example
is "none" "$(dug internet inner.corp.example)" ""
check "but of the other family" gets internet "$PUBLIC6" AAAA inner.corp.example
check "it is called filtered" says "EDE: 17" internet inner.corp.example
check "which rule is said" says "TXT.*flag localnet.*internet.conf:3" internet inner.corp.example
check "to the monitor, too" told 3 '.type == "question" and .name == "inner.corp.example" and .outcome == "blocked" and
	(.reason | test("flag localnet"))'

# what is delivered is what the program's connections are known by
check "a connection by that name" on desk "$LAB_DIR/fetch" -s -o /dev/null --max-time 3 http://www.corp.example/
check "goes where it may, at once" told 3 '.name == "www.corp.example" and .dst == "'$PUBLIC4'" and .verdict == "accept" and
	.process.path == "'"$LAB_DIR/fetch"'"'
check "and does not try what it may not" quiet

# another policy, at once
profile internet "$LAB_DIR/internet" "$OPEN"
suite_settle
is "with the flag it gets all" "$(dug internet once.corp.example)" "$STRANGER4 $PUBLIC4"
profile internet "$LAB_DIR/internet" "flags internet"
put "$ETC/bulwark.conf" <<-E2
	level dynamic
	set blocked-answer { dynamic zero secure zero fortress zero }
	resolver "udp://$DNS4"
	resolver "udp://$STRANGER4?search=corp.example"
	rules {
		deny net 9.9.1.0/24
	}
E2
suite_settle
is "as the setting says" "$(dug internet inner.corp.example)" 0.0.0.0
is "a global rule" "$(dug open www.corp.example)" "$STRANGER4"
