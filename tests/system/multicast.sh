#!/bin/bash
# Names in .local: while the setting denies them nothing is sent. Where it permits them they are asked of
# neighbours by multicast DNS alone, on each link, and a neighbour is believed on its link and from its port.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=3 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
dig_all() { on desk dig +time=3 +tries=1 "$@" 2>&1; }
status_of() { dig_all "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
ttl_of() { dig_all "$@" | awk '$4 == "A" && /^[a-z]/ { print $2 }'; }
soa_of() { dig_all "$@" | awk '$4 == "SOA" && /^[a-z]/ { print $1 }'; }
conf() { put "$ETC/bulwark.conf"; }
neighbour() { # HOST ADDRESS4 ADDRESS6 OFF-LINK [NAME]
	local host=$1
	shift
	lab_spawn on "$host" /usr/bin/python3 "$LAB_TOP/tests/lab/neighbour.py" "$@" </dev/null >"$LAB_DIR/$host.heard"
	lab_wait 5 grep -q ready "$LAB_DIR/$host.heard" || die "no neighbour"
}
# heard HOST NAME: how often it was asked for it
heard() { grep -c " $2 " "$LAB_DIR/$1.heard"; }
no_alarm() { ! told_now '.type == "notice" and (.text | test("taken over"))'; }
GROUP="udp and (dst host 224.0.0.251 or dst host ff02::fb)"
MINE="(src host $DESK4 or ip6 net fe80::/10)"

lab_begin
wire_start
# An address of no net of the desk, whose way back it knows nevertheless.
ip -n "${LAB}stranger" addr add 192.168.99.66/32 dev v0
neighbour stranger 192.168.77.50 fd77::50 192.168.99.66
neighbour box 10.77.0.50 fd78::50 10.77.0.2 box.local
neighbour desk 192.168.77.2 fd77::2 127.0.0.1 nobody-here.local
profile dig /usr/bin/dig "$OPEN"
suite_start
monitor_start

# as it is built in
is "denied: no such name" "$(status_of printer.local)" NXDOMAIN
is "nothing is sent for it" "$(wire_count "udp port 5353")" 0
is "nor to the machine's resolver" "$(wire_show "dst host $DNS4" | grep -c local)" 0

conf <<-E
	level dynamic
	set multicast-names { dynamic permit }
E
suite_settle
is "permitted: a neighbour's address" "$(dug printer.local)" 192.168.77.50
is "over IPv6, too" "$(dug AAAA printer.local)" fd77::50
least "both groups were asked" "$(wire_count "$GROUP and $MINE")" 4
is "and nobody else" "$(wire_count "udp dst port 5353 and not ($GROUP)")" 0
is "with 255 hops, and nothing behind the question" "$(awk '$3 != 255 || $4 != 0' "$LAB_DIR/stranger.heard")" ready
is "another link is asked, too" "$(dug box.local)" 10.77.0.50
check "told as what it is" told 3 '.name == "printer.local" and .server == "multicast DNS" and .validation == "insecure"'
before=$(heard stranger printer.local)
dug printer.local >/dev/null
is "kept" "$(heard stranger printer.local)" "$before"
most "for ten seconds" "$(ttl_of printer.local)" 10

# lies
for lie in port id far here alias cut off; do
	is "the truth behind a lie: $lie" "$(dug $lie-lie.local)" 192.168.77.50
done
is "addresses backwards" "$(dug -x 169.254.3.4)" thing.local.
is "over IPv6" "$(dug -x fe80::1234)" thing.local.

# what is not there
is "denied by who has the name" "$(status_of AAAA denied-one.local)" NOERROR
dug only4-one.local >/dev/null
is "silence about a name that is there" "$(status_of AAAA only4-one.local)" NOERROR
from=$(now_ms)
is "silence" "$(status_of nobody.local)" NXDOMAIN
soon "ends the wait" $(($(now_ms) - from)) 2500
before=$(heard stranger nobody.local)
is "it is said as of a zone" "$(soa_of nobody.local)" local.
is "and kept" "$(heard stranger nobody.local)" "$before"
is "the zone itself is nobody's" "$(status_of SOA local)" NXDOMAIN
is "a program of this machine is no neighbour" "$(status_of nobody-here.local)" NXDOMAIN
is "and hears nothing" "$(heard desk nobody-here.local)" 0
is "an answer that comes late" "$(status_of late-one.local)" NXDOMAIN
check "goes to nobody" told 3 '.src == "'$STRANGER4'" and .sport == 5353 and .verdict != "accept"'
is "the machine's resolver heard of none" "$(wire_show "dst host $DNS4" | grep -cE 'local|254\.169|\.e\.f\.ip6')" 0

# programs, and the suite's own packets
profile dig /usr/bin/dig "default deny"
suite_settle
is "a program that may nothing" "$(status_of forbidden.local)" NXDOMAIN
is "for it nobody is asked" "$(heard stranger forbidden.local)" 0
check "the monitor shows a question" told 3 '.dst == "224.0.0.251" and .verdict == "accept"'
check "a neighbour that lies is no alarm" no_alarm

# again as it was
profile dig /usr/bin/dig "$OPEN"
conf <<-E
	level dynamic
E
suite_settle
asked=$(wire_count "$GROUP")
is "denied again: no such name, though it was kept" "$(status_of printer.local)" NXDOMAIN
is "nothing is sent" "$(wire_count "$GROUP")" "$asked"
